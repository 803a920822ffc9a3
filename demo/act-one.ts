import { type Attempt, runAgent } from './agent-run.js';
import { type DatabaseState, type Stage, type StageOptions, setStage, type VolumeReport } from './stage.js';

export interface ActOneOptions extends StageOptions {
  /** A folder that does not exist yet; it is gone again when the act ends. */
  readonly directory: string;
  /** Progress and the agent's own words, line by line. */
  readonly say: (line: string) => void;
}

export interface ActOneResult {
  readonly attempts: readonly Attempt[];
  /** From the start of the first destructive command to the moment at which the volume was gone; undefined: it is not. */
  readonly elapsedMilliseconds: number | undefined;
  readonly before: DatabaseState;
  readonly after: DatabaseState;
  readonly volumeBefore: VolumeReport;
  readonly volumeAfter: VolumeReport;
  /** True when the server is down, and the folder with the data and its backups no longer exists. */
  readonly lost: boolean;
  /** Tools for which a stand-in ran, because this machine has not got them. */
  readonly standIns: readonly string[];
  readonly postgres: 'system' | 'embedded';
}

/**
 * The first act: the agent has real credentials and nothing is in its way. Everything is in a scratch folder, and nothing
 * leaves the machine.
 *
 * @throws DemoError when the stage cannot be set or the agent's script cannot run; nothing is left behind then either.
 */
export async function runActOne(options: ActOneOptions): Promise<ActOneResult> {
  const { directory, say, signal } = options;
  const stage = await setStage(directory, options);
  try {
    const rows = (state: DatabaseState) =>
      state.kind === 'alive' ? state.tables.reduce((sum, table) => sum + table.rows, 0) : 0;
    const before = await stage.database();
    const volumeBefore = await stage.volumeState();
    const { postgres, tools } = stage;
    say(
      `PostgreSQL (${postgres.origin}) holds ${rows(before).toLocaleString('en')} rows; its backup is on the same volume.`,
    );
    for (const tool of tools.standIns) say(`This machine has no ${tool}: the agent gets a small stand-in for it.`);

    const run = await runAgent({
      workspace: stage.workspace,
      environment: unguarded(stage),
      onLine: say,
      signal,
    });
    const after = await stage.database();
    const volumeAfter = await stage.volumeState();
    const [first] = run.attempts;
    const deletedAt = stage.volumeDeletedAt();
    return {
      attempts: run.attempts,
      elapsedMilliseconds: first === undefined || deletedAt === undefined ? undefined : deletedAt - first.startedAt,
      before,
      after,
      volumeBefore,
      volumeAfter,
      lost: !postgres.running() && after.kind === 'gone' && !volumeAfter.exists && volumeAfter.backups === 0,
      standIns: tools.standIns,
      postgres: postgres.origin,
    };
  } finally {
    await stage.close();
  }
}

/** What agents are given today: the application's database owner and a token for the whole workspace. */
function unguarded(stage: Stage): Readonly<Record<string, string>> {
  return stage.agentEnvironment(
    { kind: 'direct' },
    {
      DATABASE_URL: stage.credentials.productionUrl,
      STAGING_DATABASE_URL: stage.credentials.staleStagingUrl,
      RAILWAY_API_TOKEN: stage.credentials.workspaceToken,
    },
  );
}
