import type { CredentialUse, HttpAction, HttpHeader } from '#action/action';
import type { Credential, CredentialBroker, Placeholder } from '#action/credential';
import { sha256 } from '#base/bytes';
import type { StoredRequest } from './stored-request.js';

/** The form of a placeholder, `fbk_<environment>_<26 characters>`; bounded, so that a search stays linear. */
const PLACEHOLDER = /fbk_[a-z0-9-]{1,64}_[0-9a-z]{26}/;
const PLACEHOLDERS = new RegExp(PLACEHOLDER, 'g');

/** Headers whose whole value is a credential, after an authentication scheme where there is one. */
const CREDENTIAL_HEADERS: ReadonlySet<string> = new Set([
  'api-key',
  'authorization',
  'cookie',
  'private-token',
  'project-access-token',
  'proxy-authorization',
  'x-api-key',
  'x-auth-token',
]);

/** Query parameters that carry credentials by long custom (RFC 6750, 2.3, for the first). */
const CREDENTIAL_PARAMETERS = /([?&](?:access_token|api_?key|auth_token)=)([^&#]*)/gi;

/** A request with its credentials taken out, and whose they were. */
export interface Taken {
  readonly kind: 'taken';
  readonly action: HttpAction;
  readonly placeholder: Placeholder | undefined;
  /** The placeholder's text, to be swapped when the request is sent; undefined when there was none. */
  readonly text: string | undefined;
}

export interface MisusedPlaceholder {
  readonly kind: 'misused';
  readonly reason: string;
  readonly hint: string;
}

/** What a door does with a credential before anyone else sees the request. Deterministic: equal requests, equal actions. */
export function takeCredentials(
  request: StoredRequest,
  resource: string,
  broker: CredentialBroker,
): Taken | MisusedPlaceholder {
  const found = new Finder(broker);
  const headers = request.headers.map(([name, value]): HttpHeader => [name, found.inHeader(name, value)]);
  const target = found.inTarget(request.target);
  if (PLACEHOLDER.test(request.body.toString('latin1'))) {
    return misused('a placeholder was sent in the body', 'send it in the Authorization header');
  }
  const [text, ...more] = found.texts;
  if (text === undefined) {
    const [fingerprint] = found.foreign;
    const credential: CredentialUse = fingerprint === undefined ? { kind: 'none' } : { kind: 'foreign', fingerprint };
    return { kind: 'taken', action: toAction(request, headers, target, credential), placeholder: undefined, text };
  }
  if (more.length > 0) return misused('several placeholders were sent at once', 'send one');
  const placeholder = broker.identify(text);
  if (placeholder === undefined) {
    return misused('the placeholder was not issued here or is no longer valid', 'ask a person for a new one');
  }
  if (placeholder.resource !== resource) {
    return misused(
      `the placeholder is for \`${placeholder.resource}\` and not for \`${resource}\``,
      'use the placeholder that was issued for this host',
    );
  }
  if (found.foreign.length > 0) {
    return misused('a placeholder and another credential were sent at once', 'send the placeholder alone');
  }
  const credential = { kind: 'placeholder', id: placeholder.id, environment: placeholder.environment } as const;
  return { kind: 'taken', action: toAction(request, headers, target, credential), placeholder, text };
}

/** True when a text that is going elsewhere has a placeholder in it. */
export function carriesPlaceholder(text: string): boolean {
  return PLACEHOLDER.test(text) || decodedBasic(text).some((inner) => PLACEHOLDER.test(inner));
}

/** The headers and target to send, with the real credential where the placeholder stood. */
export function giveCredential(
  request: StoredRequest,
  text: string | undefined,
  credential: Credential | undefined,
): Pick<StoredRequest, 'headers' | 'target'> {
  if (text === undefined || credential === undefined) return request;
  const secret = credential.secret.reveal();
  const headers = request.headers.map(([name, value]): HttpHeader => {
    const basic = basicOf(name, value);
    if (basic === undefined) return [name, value.replaceAll(text, () => secret)];
    return [name, `Basic ${Buffer.from(basic.replaceAll(text, () => secret)).toString('base64')}`];
  });
  return { headers, target: request.target.replaceAll(text, () => encodeURIComponent(secret)) };
}

/** Collects placeholders and other credentials, and says what to write in their place. */
class Finder {
  readonly #broker: CredentialBroker;
  readonly #texts = new Set<string>();
  readonly #foreign = new Set<string>();

  constructor(broker: CredentialBroker) {
    this.#broker = broker;
  }

  get texts(): readonly string[] {
    return [...this.#texts];
  }

  get foreign(): readonly string[] {
    return [...this.#foreign];
  }

  inHeader(name: string, value: string): string {
    if (!CREDENTIAL_HEADERS.has(name)) return this.#hidePlaceholders(value);
    const basic = basicOf(name, value);
    if (basic !== undefined) {
      if (this.#hidePlaceholders(basic) === basic) return `Basic ${this.#foreignMark(basic)}`;
      // The other half may be a secret, too.
      return `Basic ${basic
        .split(':')
        .map((half) => this.#halfOfBasic(half))
        .join(':')}`;
    }
    const hidden = this.#hidePlaceholders(value);
    if (hidden !== value) return hidden;
    const [, scheme = '', secret = ''] = /^\s*([A-Za-z][\w-]*\s+)?(.*)$/s.exec(value) ?? [];
    return secret.trim() === '' ? value : `${scheme}${this.#foreignMark(secret)}`;
  }

  inTarget(target: string): string {
    return this.#hidePlaceholders(target).replace(CREDENTIAL_PARAMETERS, (whole, name: string, value: string) =>
      value === '' || value.startsWith('[placeholder') ? whole : `${name}${this.#foreignMark(value)}`,
    );
  }

  #halfOfBasic(half: string): string {
    const hidden = this.#hidePlaceholders(half);
    return hidden !== half || half === '' ? hidden : mark(half);
  }

  #hidePlaceholders(value: string): string {
    return value.replace(PLACEHOLDERS, (text) => {
      this.#texts.add(text);
      return `[placeholder-${this.#broker.identify(text)?.id ?? 'unknown'}]`;
    });
  }

  #foreignMark(secret: string): string {
    this.#foreign.add(fingerprintOf(secret));
    return mark(secret);
  }
}

function mark(secret: string): string {
  return `[credential-${fingerprintOf(secret)}]`;
}

/** The first 16 hexadecimal digits of the SHA-256 of a credential's text. */
function fingerprintOf(secret: string): string {
  return sha256(secret).toString('hex').slice(0, 16);
}

/** `user:password` of Basic credentials (RFC 7617); undefined for anything else. */
function basicOf(name: string, value: string): string | undefined {
  if (name !== 'authorization' && name !== 'proxy-authorization') return undefined;
  return decodedBasic(value)[0];
}

function decodedBasic(value: string): string[] {
  return [...value.matchAll(/\bBasic\s+([A-Za-z0-9+/=_-]{1,4096})\s*$/gi)].map(([, encoded = '']) =>
    Buffer.from(encoded, 'base64').toString('utf8'),
  );
}

function toAction(
  { origin, method, body }: StoredRequest,
  headers: readonly HttpHeader[],
  target: string,
  credential: CredentialUse,
): HttpAction {
  return { kind: 'http', method, url: `${origin}${target}`, headers, body, credential };
}

function misused(reason: string, hint: string): MisusedPlaceholder {
  return { kind: 'misused', reason, hint };
}
