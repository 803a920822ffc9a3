/** Firebreak for the guarded acts. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Authenticator, createAuthenticator } from './authenticator.js';
import { type Approver, type FirebreakProcess, prepareFirebreak, startFirebreak } from './daemon-process.js';
import { DemoError } from './errors.js';
import { PRODUCTION_DATABASE } from './rental-database.js';
import type { Stage } from './stage.js';

export interface Guard extends FirebreakProcess {
  readonly approver: Approver;
  /** The approver's app. Whoever plays the approver takes codes from it, so that none is used twice. */
  readonly authenticator: Authenticator;
  /** Decides in act three. Each person has codes of their own, and each code works once. */
  readonly colleague: { readonly name: string; readonly authenticator: Authenticator };
  readonly pageUrl: string;
  /** Removes its folder; close it first. */
  remove(): Promise<void>;
}

export async function startGuard(stage: Stage, signal: AbortSignal | undefined): Promise<Guard> {
  const folder = await shortFolder();
  const remove = () => rm(folder, { recursive: true, force: true, maxRetries: 20 });
  try {
    return { ...(await start(folder, stage, signal)), remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** Sockets lie in it, and their paths have to be short (unix(7)); temporary folders can be deep. */
function shortFolder(): Promise<string> {
  return mkdtemp(join(tmpdir().length <= 40 ? tmpdir() : '/tmp', 'fb-'));
}

async function start(folder: string, stage: Stage, signal: AbortSignal | undefined): Promise<Omit<Guard, 'remove'>> {
  const { read, write, owner } = stage.credentials.logins;
  const prepared = await prepareFirebreak({
    folder,
    config: configuration(stage),
    secrets: [
      // Three lanes: none of them can do more than it is for, and the owner's is opened for one approved statement.
      { name: 'rental-read', user: read.user, secret: read.password },
      { name: 'rental-write', user: write.user, secret: write.password },
      { name: 'rental-owner', user: owner.user, secret: owner.password },
      { name: 'railway-workspace', secret: stage.credentials.workspaceToken },
    ],
    approvers: ['you', 'dana'],
  });
  signal?.throwIfAborted();
  const [approver, colleague] = prepared.approvers;
  if (approver === undefined || colleague === undefined) throw new DemoError('GUARD_FAILED', 'nobody is enrolled');
  const firebreak = await startFirebreak(prepared);
  return {
    ...firebreak,
    approver,
    authenticator: createAuthenticator(approver.totpSecret),
    colleague: { name: colleague.name, authenticator: createAuthenticator(colleague.totpSecret) },
    pageUrl: `http://${firebreak.addresses.human}`,
  };
}

/** The incident's set-up: one workspace token for everything, and a volume that two environments share. */
function configuration(stage: Stage): string {
  const { postgres, railway, railwayCaFile } = stage;
  return `version: 1
environments:
  production: { protected: true }
  staging: {}
resources:
  rental-db:
    kind: postgres
    environment: production
    upstream: { host: ${postgres.host}, port: ${postgres.port}, database: ${PRODUCTION_DATABASE} }
    credentials: { read: rental-read, write: rental-write, owner: rental-owner }
    variables: [DATABASE_URL]
  railway:
    kind: http
    provider: railway
    credential: railway-workspace
    upstream: { host: 127.0.0.1, port: ${railway.port}, ca: ${JSON.stringify(railwayCaFile)} }
    variables: [RAILWAY_API_TOKEN]
listen: { human: '127.0.0.1:0', hooks: '127.0.0.1:0', postgres: '127.0.0.1:0', http: '127.0.0.1:0' }
`;
}
