/** Logs in to the real server with the real credential, up to its first ReadyForQuery. */
import { randomBytes } from 'node:crypto';
import type { Duplex } from 'node:stream';
import type { Credential } from '#action/credential';
import { messageOf } from '#base/errors';
import { passwordMessage, saslInitialResponse, saslResponse, startupMessage } from '#wire/postgres/build';
import { FrameReader } from '#wire/postgres/frame-reader';
import { serverRules } from '#wire/postgres/frame-rules';
import { Backend } from '#wire/postgres/letters';
import { SCRAM_SHA_256 } from '#wire/postgres/scram';
import { type ClientFinal, clientFinal, clientFirst, verifyServerFinal } from '#wire/postgres/scram-client';
import {
  type Authentication,
  decodeAuthentication,
  decodeBackendKeyData,
  decodeParameterStatus,
  decodeReport,
} from '#wire/postgres/server-messages';
import type { CancelKey } from '#wire/postgres/startup-packet';
import { PostgresDoorError } from './errors.js';
import type { PostgresResource } from './options.js';
import { receive } from './receive.js';
import { SqlState } from './sqlstates.js';
import { connectUpstream } from './upstream-connect.js';

/** A server that is ready for the first statement. */
export interface Upstream {
  readonly socket: Duplex;
  /** Holds what came behind the first ReadyForQuery, normally nothing. */
  readonly reader: FrameReader;
  /** As the server reported them. */
  readonly parameters: Map<string, string>;
  /** Undefined: it cannot be asked to cancel (some managed gateways send none). */
  readonly key: CancelKey | undefined;
}

/** @throws PostgresDoorError `UPSTREAM_*`. Its message never holds the password, nor the server's word on it. */
export async function openUpstream(
  resource: PostgresResource,
  credential: Credential,
  settings: readonly (readonly [string, string])[],
  deadline: AbortSignal,
): Promise<Upstream> {
  if (credential.user === undefined) {
    throw refused(`the credential \`${resource.credential}\` has no user name`, 'add it again with its user name');
  }
  const { socket, verified } = await connectUpstream(resource.upstream, deadline);
  try {
    socket.write(startupMessage([['user', credential.user], ['database', resource.upstream.database], ...settings]));
    return await new Login(socket, resource, credential, verified, deadline).run();
  } catch (thrown) {
    socket.destroy();
    if (thrown instanceof PostgresDoorError) throw thrown;
    throw new PostgresDoorError(
      'UPSTREAM_REFUSED',
      SqlState.connectionFailure,
      `the database server did not let Firebreak in: ${messageOf(thrown)}`,
      { cause: thrown },
    );
  }
}

class Login {
  readonly #socket: Duplex;
  readonly #resource: PostgresResource;
  readonly #credential: Credential;
  readonly #verified: boolean;
  readonly #deadline: AbortSignal;
  readonly #reader = new FrameReader(serverRules);
  readonly #nonce = randomBytes(18).toString('base64');
  readonly #parameters = new Map<string, string>();
  #key: CancelKey | undefined;
  #final: ClientFinal | undefined;
  #scramBegun = false;
  #serverProved = false;

  constructor(
    socket: Duplex,
    resource: PostgresResource,
    credential: Credential,
    verified: boolean,
    deadline: AbortSignal,
  ) {
    this.#socket = socket;
    this.#resource = resource;
    this.#credential = credential;
    this.#verified = verified;
    this.#deadline = deadline;
  }

  async run(): Promise<Upstream> {
    for (let accepted = false; ; ) {
      const event = await receive(
        this.#socket,
        (chunk) => this.#reader.push(chunk),
        () => this.#reader.next(),
        this.#deadline,
      );
      if (event.kind !== 'message') throw refused('it sent data before it was asked for any');
      switch (event.type) {
        case Backend.Authentication:
          accepted = this.#authenticate(decodeAuthentication(event.bytes));
          break;
        case Backend.ErrorResponse:
          throw this.#rejected(event.bytes);
        case Backend.NoticeResponse:
          break;
        case Backend.ParameterStatus: {
          const { name, value } = decodeParameterStatus(event.bytes);
          this.#parameters.set(name, value);
          break;
        }
        case Backend.BackendKeyData:
          this.#key = decodeBackendKeyData(event.bytes);
          break;
        case Backend.ReadyForQuery:
          if (!accepted) throw refused('it was ready before it authenticated anybody');
          return { socket: this.#socket, reader: this.#reader, parameters: this.#parameters, key: this.#key };
        default:
          throw refused('it sent a message that does not belong to a start-up');
      }
    }
  }

  /** True when the server has let us in. */
  #authenticate(asked: Authentication): boolean {
    switch (asked.kind) {
      case 'ok':
        // A server that says OK in the middle of SCRAM has not proved that it knows the password: it may be another one.
        if (this.#scramBegun && !this.#serverProved) throw refused('it broke off the SCRAM exchange');
        return true;
      case 'sasl':
        if (!asked.mechanisms.includes(SCRAM_SHA_256)) throw refused('it offers no SCRAM-SHA-256');
        this.#scramBegun = true;
        this.#socket.write(saslInitialResponse(SCRAM_SHA_256, clientFirst(this.#nonce)));
        return false;
      case 'sasl-continue':
        this.#final = clientFinal(this.#credential.secret.reveal(), this.#nonce, asked.data);
        this.#socket.write(saslResponse(this.#final.message));
        return false;
      case 'sasl-final':
        if (this.#final === undefined) throw refused('it ended a SCRAM exchange that had not begun');
        verifyServerFinal(this.#final, asked.data);
        this.#serverProved = true;
        return false;
      case 'cleartext':
        // FAIL-CLOSED: the real password is never sent in cleartext, but over TLS whose certificate and name were checked.
        if (!this.#verified) {
          throw refused(
            'it asks for the password in cleartext',
            'use `tls: verify-full`, or SCRAM-SHA-256 on the server',
          );
        }
        this.#socket.write(passwordMessage(this.#credential.secret.reveal()));
        return false;
      case 'md5':
        throw refused('it asks for an md5 password, which can be stolen and replayed', MOVE_TO_SCRAM);
      case 'unsupported':
        throw refused(`it asks for authentication method ${asked.method}, which is not supported`, MOVE_TO_SCRAM);
    }
  }

  #rejected(message: Buffer): PostgresDoorError {
    const { code, message: text } = decodeReport(message);
    // Class 28 is about the credential: what the server says of it is for the operator's own log, not for the agent.
    if (code.startsWith('28')) {
      return refused(
        `the server of \`${this.#resource.name}\` does not accept the credential \`${this.#resource.credential}\` (${code})`,
        'a person must correct it with `firebreak secrets rotate`',
      );
    }
    const said = text.replaceAll(this.#credential.secret.reveal(), '[secret]');
    return new PostgresDoorError('UPSTREAM_REFUSED', code, `the server of \`${this.#resource.name}\` says: ${said}`);
  }
}

const MOVE_TO_SCRAM = 'set `password_encryption = scram-sha-256` on the server and set the password again';

function refused(message: string, hint?: string): PostgresDoorError {
  return new PostgresDoorError(
    'UPSTREAM_REFUSED',
    SqlState.connectionRejected,
    `the database server was refused: ${message}`,
    hint === undefined ? {} : { hint },
  );
}
