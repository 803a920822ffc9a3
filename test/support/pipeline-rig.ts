import { readFileSync } from 'node:fs';
import type { Action } from '#action/action';
import type { Effect } from '#action/effect';
import { type Environment, undeclaredEnvironment } from '#action/environment';
import type { Permit } from '#action/permit';
import type { RecordEvent } from '#action/record-event';
import type { Session } from '#action/session';
import type { Execution, HoldNotice, Outcome, Submission, Submit } from '#action/submission';
import type { Analyze } from '#analyze/analysis';
import { openDestroyedCount } from '#pipeline/destroyed-count';
import { type FreezeBoard, openFreezeBoard } from '#pipeline/freeze-board';
import { createPipeline, type PipelineOptions } from '#pipeline/pipeline';
import type { PolicyAnswer } from '#policy/decide';
import type { Freeze } from '#policy/freeze';
import type { Limits } from '#policy/limits';
import { createMemo } from '#policy/memo';
import { loadPolicies, type PolicyFile } from '#policy/policy-set';
import { createDestroyedStorage } from '#store/destroyed';
import { createFreezeStorage } from '#store/freezes';
import { type DeskRig, openDeskRig } from './desk-rig.js';
import { DROP, DROPS_USERS, SESSION } from './sample-hold.js';

const read = (name: string): PolicyFile => ({
  name,
  text: readFileSync(new URL(`../../policies/${name}`, import.meta.url), 'utf8'),
});
const SCHEMA = read('firebreak.cedarschema');
const SHIPPED = read('default.cedar');

const ENVIRONMENTS: readonly Environment[] = [
  { name: 'production', protected: true, approvals: { approvers: 1, factor: 'totp' }, tier: 'advisory' },
  { name: 'guarded', protected: true, approvals: { approvers: 2, factor: 'totp' }, tier: 'advisory' },
  { name: 'local', protected: false, approvals: { approvers: 1, factor: 'totp' }, tier: 'advisory' },
  { name: 'staging', protected: false, approvals: { approvers: 1, factor: 'totp' }, tier: 'advisory' },
];

export interface PipelineRigOptions extends Partial<Pick<PipelineOptions, 'resolve' | 'snapshots' | 'local'>> {
  /** Where its clearing up goes when it lives longer than one test. */
  readonly atEnd?: (clear: () => void | Promise<void>) => void;
  /** What analysis says of every action; a table that is dropped in production when nothing is said. */
  readonly analyze?: Analyze;
  readonly effects?: readonly Effect[];
  readonly limits?: Limits;
  /** 0 unless told: a hold whose client has gone is withdrawn at once. */
  readonly retryWithin?: number;
  readonly scheduled?: readonly Freeze[];
  /** Cedar policies beside the shipped ones. */
  readonly morePolicies?: string;
}

/** What a test door saw and did. */
export interface TestDoor {
  readonly submission: Submission;
  readonly controller: AbortController;
  readonly notices: HoldNotice[];
  readonly permits: Permit[];
  /** What went to the upstream, in order. */
  readonly sent: Action[];
}

export interface PipelineRig extends Pick<DeskRig, 'clock' | 'recorder' | 'enrol' | 'approve' | 'database' | 'desk'> {
  readonly freezes: FreezeBoard;
  readonly submit: Submit;
  /** A door that does what doors must: redeem first, then send. */
  door(options?: {
    readonly action?: Action;
    readonly session?: Partial<Session>;
    readonly environments?: readonly string[];
    readonly execute?: (door: TestDoor, permit: Permit) => Promise<Execution>;
    /** Called when the action is held. */
    readonly held?: (door: TestDoor, notice: HoldNotice) => void;
    readonly answer?: Submission['door']['answer'];
    /** Its client is told to send the same again. */
    readonly comesBack?: boolean;
  }): TestDoor;
  /** Submits, approves what is held, and waits for the end. */
  approved(door: TestDoor): Promise<Outcome>;
  /** Submits, and resolves with the hold's name once it is held. */
  held(door: TestDoor): Promise<{ readonly id: string; readonly outcome: Promise<Outcome> }>;
  /** Nothing was sent, nothing counts as done. */
  nothingRan(door: TestDoor): boolean;
}

export const effect = (rest: Partial<Effect> = {}): Effect => ({ ...DROPS_USERS, ...rest });

export async function openPipelineRig(options: PipelineRigOptions = {}): Promise<PipelineRig> {
  const { retryWithin = 0 } = options;
  const rig = await openDeskRig(options.atEnd, retryWithin);
  await rig.enrol('dana');
  await rig.enrol('lee');
  rig.recorder.events.length = 0;
  const { kysely } = rig.database;
  const freezes = await openFreezeBoard({
    storage: createFreezeStorage(kysely),
    scheduled: options.scheduled ?? [],
    recorder: rig.recorder,
    clock: rig.clock,
    // As the daemon does: what is held in a frozen environment is rejected.
    changed: async () => {
      for (const hold of await rig.desk.list()) {
        const frozen = hold.effects.flatMap((one) => one.environments).find((name) => freezes.of(name) !== undefined);
        if (frozen !== undefined) await rig.desk.reject(hold.id, 'freeze', `${frozen} is frozen`);
      }
    },
  });
  let counter = 0;
  const more = options.morePolicies === undefined ? [] : [{ name: 'more.cedar', text: options.morePolicies }];
  const submit = createPipeline({
    analyze: options.analyze ?? (() => ({ effects: options.effects ?? [DROPS_USERS], questions: [] })),
    resolve: options.resolve ?? (async () => undefined),
    analysisContext: { resources: new Map(), environments: [] },
    policies: loadPolicies(SCHEMA, [SHIPPED, ...more]),
    memo: createMemo<PolicyAnswer>(100),
    environmentOf: (name) => ENVIRONMENTS.find((one) => one.name === name) ?? undeclaredEnvironment(name),
    refusesForeignCredential: (action) => action.kind === 'http' && action.credential.kind === 'foreign',
    freezes,
    limitsOf: () => options.limits ?? {},
    destroyed: await openDestroyedCount(createDestroyedStorage(kysely), rig.clock),
    snapshots: options.snapshots ?? NO_SNAPSHOTS,
    local: options.local,
    holds: rig.desk,
    recorder: rig.recorder,
    clock: rig.clock,
    ids: {
      next: (prefix) => {
        counter += 1;
        return `${prefix}_${counter}`;
      },
    },
    holdMilliseconds: 600_000,
    retryWithin,
    approveAt: () => 'http://127.0.0.1:1',
  });

  const held: PipelineRig['held'] = async (door) => {
    const outcome = submit(door.submission);
    while (door.notices.length === 0) {
      const early = await Promise.race([
        outcome,
        new Promise<undefined>((resolve) => setImmediate(() => resolve(undefined))),
      ]);
      if (early !== undefined) throw new Error(`it was not held: ${JSON.stringify(early)}`);
    }
    return { id: door.notices[0]?.holdId ?? '', outcome };
  };

  return {
    ...rig,
    freezes,
    submit,
    door({
      action = DROP,
      session = {},
      environments = [],
      execute = redeemAndSend,
      held: onHeld,
      answer,
      comesBack,
    } = {}) {
      const controller = new AbortController();
      const door: TestDoor = {
        submission: {
          action,
          session: { ...SESSION, ...session },
          environments,
          door: {
            signal: controller.signal,
            held: (notice) => {
              door.notices.push(notice);
              onHeld?.(door, notice);
            },
            execute: (permit) => {
              door.permits.push(permit);
              return execute(door, permit);
            },
            ...(answer === undefined ? {} : { answer }),
            ...(comesBack === undefined ? {} : { comesBack }),
          },
        },
        controller,
        notices: [],
        permits: [],
        sent: [],
      };
      return door;
    },
    held,
    async approved(door) {
      const { id, outcome } = await held(door);
      await rig.approve(id, 'dana');
      return outcome;
    },
    nothingRan: (door) =>
      door.sent.length === 0 && !rig.recorder.events.some((event: RecordEvent) => event.kind === 'completed'),
  };
}

/** For doors that try nothing out. */
const NO_SNAPSHOTS: PipelineOptions['snapshots'] = {
  begin: () => Promise.reject(new Error('no door of this rig keeps anything')),
  done: async () => {},
  unneeded: async () => {},
  uncertain: async () => {},
};

/** What every door does. */
export async function redeemAndSend(door: TestDoor, permit: Permit): Promise<Execution> {
  permit.redeem(door.submission.action);
  door.sent.push(door.submission.action);
  return { ok: true, summary: 'DROP TABLE' };
}
