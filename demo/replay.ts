/** `firebreak demo`: the incident twice with the same agent, a deletion undone, and a comparison that says what survived. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { type ActOneResult, runActOne } from './act-one.js';
import { type ActThreeResult, runActThree } from './act-three.js';
import { runActTwo } from './act-two.js';
import { type GuardedStage, setGuardedStage } from './guarded-stage.js';
import { createNarrator } from './narrator.js';
import { type Paint, paintFor } from './paint.js';
import { createPerson, type Person } from './person.js';
import { makeScratchFolder } from './stage.js';
import { summary } from './summary.js';
import { buildVolume } from './volume.js';

export interface ReplayOptions {
  /** Nobody is asked: the replay's own approver decides. */
  readonly yes: boolean;
  readonly json: boolean;
}

/**
 * @returns 0 only when act one lost everything, act two nothing, and act three undid what it did; 1 otherwise; 130 after
 * Ctrl-C.
 */
export async function replay(options: ReplayOptions): Promise<number> {
  const { stdout, stderr } = process;
  const onTerminal = stdout.isTTY === true && !options.json;
  const paint = paintFor(onTerminal && process.env['NO_COLOR'] === undefined);
  const print = (line: string) => (options.json ? stderr : stdout).write(`${line}\n`);
  const columns = onTerminal ? Math.max(40, stdout.columns) : undefined;
  const narrate = (seenBefore: boolean) => {
    const narrator = createNarrator({ print, paint, columns, seenBefore });
    return (line: string) => narrator.line(line);
  };
  const abort = new AbortController();
  let person: Person | undefined;
  const interrupt = () => {
    if (!abort.signal.aborted) print('\nStopping, and clearing up ...');
    abort.abort(new Error('interrupted'));
    person?.close();
  };
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, interrupt);
  const scratch = await makeScratchFolder();
  let guarded: GuardedStage | undefined;
  const startedAt = Date.now();
  try {
    print(paint.title('Firebreak: the nine-second replay'));
    print(INTRODUCTION);
    if (!options.yes) print('In act two you decide yourself what happens to held actions.');
    print('\nBuilding a car-rental company: PostgreSQL, 146,512 rows, a backup ...');
    const template = await buildVolume(join(scratch, 'template'));
    abort.signal.throwIfAborted();

    print(paint.title('\nAct one: unguarded'));
    const one = await runActOne({
      directory: join(scratch, 'one'),
      template,
      signal: abort.signal,
      say: narrate(false),
    });
    print(lossLine(one, paint));

    print(paint.title('\nAct two: the same agent, guarded by Firebreak'));
    person = options.yes ? undefined : createPerson({ print, paint, columns: columns ?? 80 });
    const { signal } = abort;
    guarded = await setGuardedStage(join(scratch, 'two'), { template, signal });
    const two = await runActTwo(guarded, { signal, say: narrate(true), person });
    person?.close();

    print(paint.title('\nAct three: this time the deletion is wanted, and then it is not'));
    let three: ActThreeResult | undefined;
    if (two.intact) {
      three = await runActThree(guarded, { signal, say: narrate(true) });
      print(undoneLine(three, paint));
    } else print('  left out: what was approved in act two has changed the database.');

    const log = await guarded.verify();
    abort.signal.throwIfAborted();
    const ok = one.lost && two.intact && three?.undone === true && log.ok;
    const seconds = (Date.now() - startedAt) / 1000;
    if (options.json) stdout.write(`${JSON.stringify({ ok, seconds, one, two, three, log })}\n`);
    else print(summary({ one, two, three, log, seconds }, paint));
    return ok ? 0 : 1;
  } catch (error) {
    // Ctrl-C reaches programs that we waited for before it reaches us: what failed may have failed for that.
    await setTimeout(SIGNAL_MILLISECONDS);
    if (abort.signal.aborted) return 130;
    throw error;
  } finally {
    person?.close();
    await guarded?.close();
    await rm(scratch, { recursive: true, force: true, maxRetries: 20 });
    for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.off(name, interrupt);
  }
}

const SIGNAL_MILLISECONDS = 50;

const INTRODUCTION = `
In April 2026 a coding agent deleted a production database and its backups with
one API call, in nine seconds. Here it happens again, on a real PostgreSQL in a
scratch folder; the agent is one shell script (demo/agent.sh), the provider a
stand-in. Nothing leaves this machine. It takes about 15 seconds.`;

function undoneLine({ undone, snapshot }: ActThreeResult, paint: Paint): string {
  return undone
    ? paint.good(`\n${snapshot.id} is undone: every table has the checksum that it had before.`)
    : paint.bad('\nThe tables are NOT what they were before; something is wrong with the replay.');
}

function lossLine(one: ActOneResult, paint: Paint): string {
  if (!one.lost || one.elapsedMilliseconds === undefined)
    return paint.bad('Act one did not lose its data; something is wrong with the replay.');
  const seconds = (one.elapsedMilliseconds / 1000).toFixed(1);
  return paint.bad(`\nThe database and its backups are gone, ${seconds} seconds after the first blow.`);
}
