/** Two servers set up alike, one behind the door: statements go to both, and what they answer is compared. */
import { type GuardedRig, ROLES, startGuarded } from '../integration/guarded-rig.js';
import { RawClient } from '../integration/postgres-door-rig.js';
import { type Answered, ask, difference, type Protocol, type Step } from './wire-twins.js';

/** Statements of one session, in order. */
export interface Script {
  readonly name: string;
  readonly statements: readonly Step[];
}

/** Why two answers may differ. */
export interface Exception {
  readonly reason: string;
  readonly matches: (statement: string, difference: string) => boolean;
}

export interface Difference {
  readonly script: string;
  readonly statement: string;
  readonly difference: string;
}

export interface Report {
  readonly statements: number;
  readonly failedAlike: number;
  readonly held: readonly { readonly script: string; readonly statement: string; readonly why: string }[];
  readonly differences: readonly Difference[];
  readonly excepted: ReadonlyMap<string, readonly Difference[]>;
  readonly reconnected: number;
}

export interface Twins {
  run(scripts: readonly Script[], protocol: Protocol, exceptions: readonly Exception[]): Promise<Report>;
  stop(): Promise<void>;
}

const PASSWORD = 'the real password';
const TOKENS = { production: `fbk_production_${'p'.repeat(26)}`, staging: `fbk_staging_${'s'.repeat(26)}` };
/** A statement that waits longer waits for something that never comes. */
const PATIENCE_MS = 20_000;
/** Blocks that a script opens and does not end are ended after so many statements. */
const LONGEST_BLOCK = 12;

/**
 * @param schema SQL that makes what the scripts need.
 * @param environment `staging`: one credential, a superuser's. `production`: protected, with three roles; directly, the
 * statements then run as the writing one.
 */
export async function startTwins(schema: string, environment: 'staging' | 'production' = 'staging'): Promise<Twins> {
  const staging = environment === 'staging';
  const options = { ...(staging ? { before: `ALTER ROLE ${ROLES.owner} SUPERUSER` } : {}), schema };
  const [behind, direct] = await Promise.all([startGuarded(options), startGuarded(options)]);

  const throughDoor = async () => {
    const client = await RawClient.connect(behind.port);
    await client.login(TOKENS[environment], { database: staging ? 'sandbox-db' : 'orders-db' });
    return client;
  };
  const past = async () => {
    const client = await RawClient.connect(direct.server.port);
    await client.login(PASSWORD, {
      user: staging ? ROLES.owner : ROLES.write,
      database: staging ? 'sandbox' : 'orders',
    });
    return client;
  };

  return {
    async run(scripts, protocol, exceptions) {
      const held: { script: string; statement: string; why: string }[] = [];
      const differences: Difference[] = [];
      const excepted = new Map<string, Difference[]>();
      let [statements, failedAlike, reconnected] = [0, 0, 0];
      for (const { name, statements: texts } of scripts) {
        let [door, plain] = await Promise.all([throughDoor(), past()]);
        let inBlock = 0;
        for (const step of texts) {
          const statement = nameOf(step);
          statements += 1;
          const approve = () => approveFirst(behind);
          const [ours, theirs] = await Promise.all([
            ask(door, protocol, step, approve, PATIENCE_MS),
            ask(plain, protocol, step, undefined, PATIENCE_MS),
          ]);
          if (ours.held !== undefined) held.push({ script: name, statement, why: ours.held });
          const found = difference(ours.lines, theirs.lines);
          if (found !== undefined) {
            const one = { script: name, statement, difference: found };
            const exception = exceptions.find(({ matches }) => matches(statement, found));
            if (exception === undefined) differences.push(one);
            else excepted.set(exception.reason, [...(excepted.get(exception.reason) ?? []), one]);
          } else if (failed(theirs)) failedAlike += 1;
          const apart = ours.status !== theirs.status || ours.status === undefined || theirs.status === undefined;
          inBlock = ours.status === 'I' ? 0 : inBlock + 1;
          if (apart || (found !== undefined && /client_encoding/.test(found))) {
            reconnected += 1;
            door.socket.destroy();
            plain.socket.destroy();
            [door, plain] = await Promise.all([throughDoor(), past()]);
            inBlock = 0;
          } else if (inBlock > LONGEST_BLOCK) {
            await Promise.all([door, plain].map((client) => ask(client, 'simple', 'ROLLBACK', undefined, PATIENCE_MS)));
            inBlock = 0;
          }
        }
        await Promise.all([door.close(), plain.close()]);
      }
      return { statements, failedAlike, held, differences, excepted, reconnected };
    },
    async stop() {
      await Promise.all([behind.stop(), direct.stop()]);
    },
  };
}

function nameOf(step: Step): string {
  if (typeof step === 'string') return step;
  return 'copy' in step ? step.copy : step.about;
}

async function approveFirst(rig: GuardedRig): Promise<void> {
  await rig.approve(await rig.nextHold());
}

function failed({ lines }: Answered): boolean {
  return lines.some((line) => line.startsWith('E '));
}

/** The first words of a statement, for lists by kind. */
export function kindOf(statement: string): string {
  const words = statement
    .replaceAll(/--[^\n]*\n|\/\*[\s\S]*?\*\//g, ' ')
    .trim()
    .split(/\s+/);
  return words.slice(0, 2).join(' ').toUpperCase();
}
