/** `firebreak demo`: the incident twice with the same agent, and a comparison that says what survived. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type ActOneResult, runActOne } from './act-one.js';
import { runActTwo } from './act-two.js';
import { type Paint, paintFor } from './paint.js';
import { createPerson } from './person.js';
import { makeScratchFolder } from './stage.js';
import { summary } from './summary.js';
import { buildVolume } from './volume.js';

export interface ReplayOptions {
  /** Nobody is asked: the replay's own approver decides. */
  readonly yes: boolean;
  readonly json: boolean;
}

/** @returns 0 only when act one lost everything and act two lost nothing; 1 otherwise; 130 after Ctrl-C. */
export async function replay(options: ReplayOptions): Promise<number> {
  const paint = paintFor(process.stdout.isTTY === true && process.env['NO_COLOR'] === undefined && !options.json);
  const print = (line: string) => (options.json ? process.stderr : process.stdout).write(`${line}\n`);
  const abort = new AbortController();
  const interrupt = () => {
    print('\nStopping, and clearing up ...');
    abort.abort(new Error('interrupted'));
  };
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, interrupt);
  const scratch = await makeScratchFolder();
  const startedAt = Date.now();
  try {
    print(paint.title('Firebreak: the nine-second replay'));
    print(
      'In April 2026 a coding agent deleted a production database and its backups with one API call, in nine seconds.',
    );
    print('The same happens here, on a real PostgreSQL in a scratch folder. Nothing leaves this machine.\n');
    print('Building a car-rental company: PostgreSQL, 146,512 rows, and a backup on the same volume ...');
    const template = await buildVolume(join(scratch, 'template'));
    abort.signal.throwIfAborted();

    print(paint.title('\nAct one: unguarded'));
    const one = await runActOne({
      directory: join(scratch, 'one'),
      template,
      signal: abort.signal,
      say: (line) => print(paint.agent(line)),
    });
    print(lossLine(one, paint));

    print(paint.title('\nAct two: the same agent, guarded by Firebreak'));
    const person = options.yes ? undefined : createPerson(print, paint);
    const two = await runActTwo({
      directory: join(scratch, 'two'),
      template,
      signal: abort.signal,
      say: (line) => print(paint.agent(line)),
      person,
    });
    const ok = one.lost && two.intact && two.log.ok;
    if (options.json)
      process.stdout.write(`${JSON.stringify({ ok, seconds: (Date.now() - startedAt) / 1000, one, two })}\n`);
    else print(summary(one, two, Date.now() - startedAt, paint));
    return ok ? 0 : 1;
  } catch (error) {
    if (abort.signal.aborted) return 130;
    throw error;
  } finally {
    for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.off(name, interrupt);
    await rm(scratch, { recursive: true, force: true, maxRetries: 20 });
  }
}

function lossLine(one: ActOneResult, paint: Paint): string {
  if (!one.lost || one.elapsedMilliseconds === undefined)
    return paint.bad('Act one did not lose its data; something is wrong with the replay.');
  const seconds = (one.elapsedMilliseconds / 1000).toFixed(1);
  return paint.bad(`\nThe database and its backups are gone, ${seconds} seconds after the first destructive command.`);
}
