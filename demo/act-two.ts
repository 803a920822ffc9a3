/** The second act: the same agent, byte for byte, with Firebreak between it and everything. */

import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { HoldView } from '#action/hold-view';
import { type Containment, canContain } from '#launch/probe';
import { prepareLaunch } from '#launch/run-session';
import { verifyLog } from '#record/verify';
import { logFolderReader } from '#store/log-files';
import { type Attempt, runAgent } from './agent-run.js';
import { type Guard, startGuard } from './guard.js';
import { packageFile } from './package-root.js';
import { type PageVisitor, signIn } from './page-visitor.js';
import type { Person } from './person.js';
import { type DatabaseState, type Stage, type StageOptions, setStage, type VolumeReport } from './stage.js';

export interface ActTwoOptions extends StageOptions {
  readonly directory: string;
  readonly say: (line: string) => void;
  /** Told of each hold as it appears. A person decides; without one the replay's own approver does. */
  readonly person: Pick<Person, 'tell' | 'leftItToUs'> | undefined;
}

export interface ActTwoResult {
  readonly attempts: readonly Attempt[];
  readonly tier: 'contained' | 'advisory';
  /** Every hold of the act, oldest first, as it ended. */
  readonly holds: readonly HoldView[];
  /** What the freeze said, when the replay declared one. */
  readonly freeze: string | undefined;
  readonly before: DatabaseState;
  readonly after: DatabaseState;
  readonly volumeAfter: VolumeReport;
  /** True when every table has the checksum that it had, and the volume and its backups are there. */
  readonly intact: boolean;
  readonly log: { readonly ok: boolean; readonly entries: number };
}

/** How often new holds are looked for. */
const LOOK_MILLISECONDS = 100;
const TELL_AFTER_MILLISECONDS = 300;

export async function runActTwo(options: ActTwoOptions): Promise<ActTwoResult> {
  const { say, signal } = options;
  const stage = await setStage(options.directory, options);
  let guard: Guard | undefined;
  try {
    const before = await stage.database();
    guard = await startGuard(stage, signal);
    const containment = canContain(stage.tools.path);
    const tier = containment.able ? 'contained' : 'advisory';
    say(
      containment.able
        ? "Tier: contained. The agent runs in a namespace whose only ways out are Firebreak's doors."
        : `Tier: advisory (${containment.reason}). The doors are set by environment variables only: an agent could go round them.`,
    );
    say(`The daemon is up; people decide at ${guard.pageUrl}`);
    const watch = watchHolds(guard, options);
    let attempts: readonly Attempt[];
    try {
      const ends = AbortSignal.any([watch.failed, ...(signal === undefined ? [] : [signal])]);
      attempts = await runGuarded(stage, guard, containment, { ...options, signal: ends });
    } finally {
      await watch.stop();
    }
    const freeze = await liftFreeze(guard);
    const holds = [...(await guard.operations.holds({ all: true }))].reverse();
    const after = await stage.database();
    const volumeAfter = await stage.volumeState();
    await guard.close();
    const report = await verifyLog(logFolderReader(guard.state.log), {
      publicKey: readFileSync(guard.state.logKey, 'utf8').trim(),
    });
    return {
      attempts,
      tier,
      holds,
      freeze,
      before,
      after,
      volumeAfter,
      intact: stage.postgres.running() && sameTables(before, after) && volumeAfter.exists && volumeAfter.backups > 0,
      log: { ok: report.ok, entries: report.size },
    };
  } finally {
    await guard?.close();
    await guard?.remove();
    await stage.close();
  }
}

async function runGuarded(
  stage: Stage,
  guard: Guard,
  containment: Containment,
  options: ActTwoOptions,
): Promise<readonly Attempt[]> {
  const opened = await guard.operations.openSession({
    agent: 'agent.sh',
    intent: 'apply migration 0007 to staging',
    environments: ['staging', 'production'],
    mode: 'work',
    tier: containment.able ? 'contained' : 'advisory',
  });
  const launch = prepareLaunch({
    opened,
    command: ['/bin/sh', packageFile('demo', 'agent.sh')],
    workspace: stage.workspace,
    // The person's own; the agent has one of its own here.
    home: homedir(),
    inherited: {},
    writable: [join(stage.directory, 'home')],
    hidden: opened.hidden,
    readOnly: [join(stage.directory, 'bin')],
    bwrap: containment.able ? containment.bwrap : undefined,
    packageRoot: dirname(packageFile('package.json')),
  });
  try {
    // The staging settings of the project are stale in both acts; in this one they lead to the door.
    const stale = `postgresql://staging:rotated-in-january@${launch.postgres}/staging`;
    const { DATABASE_URL = '', RAILWAY_API_TOKEN = '', ...doors } = launch.variables;
    const environment = {
      ...doors,
      ...stage.agentEnvironment(
        { kind: 'proxied', httpsProxy: `http://${launch.httpProxy}`, caFile: launch.caBundle },
        { DATABASE_URL, STAGING_DATABASE_URL: stale, RAILWAY_API_TOKEN },
      ),
    };
    const { attempts } = await runAgent({
      workspace: stage.workspace,
      environment,
      onLine: options.say,
      signal: options.signal,
      launch: () => launch.command,
    });
    return attempts;
  } finally {
    launch.cleanUp();
    await guard.operations.closeSession(opened.session.id);
  }
}

interface HoldWatch {
  /** Aborted when it cannot go on. */
  readonly failed: AbortSignal;
  /** @throws what it failed with. */
  stop(): Promise<void>;
}

/** Decides holds as they appear, until stopped. Whoever decides is told of each hold once. */
function watchHolds(guard: Guard, { person, say }: ActTwoOptions): HoldWatch {
  const told = new Set<string>();
  const decided = new Set<string>();
  let running = true;
  let visitor: PageVisitor | undefined;
  const decide = async (hold: HoldView) => {
    if (hold.effects.some((effect) => effect.resource.kind === 'railway:volume')) {
      // A freeze ends what waits as well.
      say('    [person] freezes production, with this hold still waiting');
      await guard.operations.freeze({
        environment: 'production',
        reason: 'incident review',
        until: Date.now() + 3_600_000,
        by: guard.approver.name,
      });
      return;
    }
    say(`    [person] reads ${hold.id} on the approval page and rejects it`);
    visitor ??= await signIn(guard.pageUrl, guard.approver.name, await guard.authenticator.take());
    await visitor.reject(hold.id, 'this is production; the task was staging');
  };
  const loop = (async () => {
    while (running) {
      for (const hold of await guard.operations.holds({ all: false })) {
        if (hold.state !== 'waiting') continue;
        if (person !== undefined && !person.leftItToUs) {
          if (told.has(hold.id)) continue;
          told.add(hold.id);
          // Below what the agent was told at the same time.
          await setTimeout(TELL_AFTER_MILLISECONDS);
          person.tell(hold, guard);
        } else if (!decided.has(hold.id)) {
          decided.add(hold.id);
          await decide(hold);
        }
      }
      await setTimeout(LOOK_MILLISECONDS);
    }
  })();
  // Without anybody who decides, the agent would wait for ever. What went wrong is told by `stop`.
  const failed = new AbortController();
  loop.catch((error: unknown) => failed.abort(error));
  return {
    failed: failed.signal,
    async stop() {
      running = false;
      await loop;
    },
  };
}

/** Lifts the replay's freeze as a person would: asked for, held, approved with a code, on the record. */
async function liftFreeze({ operations, approver, authenticator }: Guard): Promise<string | undefined> {
  const freeze = (await operations.freezes()).find((one) => one.inForce);
  if (freeze === undefined) return undefined;
  const { holdId } = await operations.unfreeze({ environment: freeze.environment, reason: 'the review is over' });
  if (holdId !== undefined) {
    const { digest } = await operations.hold(holdId);
    await operations.approve(holdId, { approver: approver.name, code: await authenticator.take(), digest });
  }
  return `${freeze.environment}: ${freeze.reason}`;
}

function sameTables(before: DatabaseState, after: DatabaseState): boolean {
  if (before.kind !== 'alive' || after.kind !== 'alive') return false;
  return JSON.stringify(before.tables) === JSON.stringify(after.tables);
}
