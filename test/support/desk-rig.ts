import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Hold } from '#action/hold';
import { createHoldDesk, type HoldDesk } from '#approve/hold-desk';
import type { FactorSecrets } from '#approve/storage';
import { createFactors, type Factors, newEnrolment } from '#approve/totp';
import type { Secret } from '#base/secret';
import { type Database, openDatabase } from '#store/database';
import { createFactorStorage } from '#store/factors';
import { createHoldStorage } from '#store/holds';
import { codeAt } from './authenticator.js';
import { FakeClock } from './fake-clock.js';
import { RecordingRecorder } from './recording-recorder.js';
import { temporaryFolder } from './temporary-folder.js';

/** A hold desk on the real store and the real one-time codes; only the clock and the record are the test's. */
export interface DeskRig {
  readonly clock: FakeClock;
  readonly recorder: RecordingRecorder;
  readonly changed: Hold[];
  readonly desk: HoldDesk;
  readonly factors: Factors;
  readonly database: Database;
  /** Enrols a person, whose first code is spent by that. */
  enrol(approver: string): Promise<void>;
  /** The code that the person's authenticator shows, some steps from now. */
  code(approver: string, steps?: number): string;
  /** Waits for the person's next code, and approves with it. */
  approve(id: string, approver: string, digest?: string): Promise<Hold>;
  /** What a restart of the daemon does: everything anew on the same files. */
  restart(): Promise<void>;
}

export const STEP = 30_000;

/** @param atEnd where its clearing up goes when it lives longer than one test. */
export async function openDeskRig(
  atEnd: (clear: () => void | Promise<void>) => void = onTestFinished,
  retryWithin = 0,
): Promise<DeskRig> {
  const path = join(temporaryFolder(atEnd), 'state.sqlite');
  const clock = new FakeClock();
  const recorder = new RecordingRecorder();
  const changed: Hold[] = [];
  const kept = new Map<string, Secret<string>>();
  const secrets: FactorSecrets = {
    totpSecret: async (approver) => kept.get(approver),
    keepTotpSecret: async (approver, secret) => void kept.set(approver, secret),
  };
  const open = async () => {
    const database = await openDatabase(path);
    const factors = createFactors({ storage: createFactorStorage(database.kysely), secrets, recorder, clock });
    const desk = createHoldDesk({
      storage: createHoldStorage(database.kysely),
      factors,
      recorder,
      clock,
      retryWithin,
      changed: (hold) => void changed.push(hold),
    });
    return { database, factors, desk };
  };
  let parts = await open();
  atEnd(() => parts.database.close());

  const code = (approver: string, steps = 0) => {
    const secret = kept.get(approver);
    if (secret === undefined) throw new Error(`nobody enrolled \`${approver}\``);
    return codeAt(secret.reveal(), clock.now() + steps * STEP);
  };
  return {
    clock,
    recorder,
    changed,
    get desk() {
      return parts.desk;
    },
    get factors() {
      return parts.factors;
    },
    get database() {
      return parts.database;
    },
    code,
    async enrol(approver) {
      const enrolment = newEnrolment(approver);
      await parts.factors.enrol(approver, enrolment, codeAt(enrolment.secret.reveal(), clock.now()));
    },
    async approve(id, approver, digest) {
      clock.advance(STEP);
      const shown = digest ?? (await parts.desk.get(id))?.digest ?? '';
      return parts.desk.approve(id, approver, code(approver), shown);
    },
    async restart() {
      await parts.database.close();
      parts = await open();
    },
  };
}
