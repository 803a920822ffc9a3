/**
 * Recall and false holds of the shell analysis on labelled commands, per file and per family of tools, with every
 * disagreement: `npm run measure [-- --all] [FOLDER]`. The folder holds JSON lines with `kind`, `text` and `label`.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { createExplainer } from '#daemon/explain';

interface Line {
  readonly text: string;
  readonly label: 'destructive' | 'harmless' | 'unlabelled';
}

interface Judged extends Line {
  readonly family: string;
  readonly answer: 'stopped' | 'undoable' | 'free' | 'error';
  readonly why: string;
}

const arguments_ = process.argv.slice(2);
const folder = arguments_.find((one) => !one.startsWith('--')) ?? join('..', 'shared', 'data');
const only = arguments_.find((one) => one.startsWith('--only='))?.slice('--only='.length);
const family = arguments_.find((one) => one.startsWith('--family='))?.slice('--family='.length);
const all = arguments_.includes('--all');

/** Words with which people name what takes something away: without labels, they tell which lines may. */
const TELLING =
  /\b(?:delet\w*|del|remov\w*|rm|rmdir|destroy\w*|purge|wipe|erase|drop\w*|unlink|shred|truncate|format|mkfs\S*|prune|clean\w*|reset|uninstall|terminate|kill\w*|overwrite|discard|revert|rollback|force|flush\w*|clear|dd|fdisk|parted|revoke|disable|stop|shutdown|reboot|poweroff|detach|expire|unregister|deregister|undo)\b/iu;

const explain = await createExplainer({ config: undefined, configFolder: process.cwd(), environment: undefined });
const files = readdirSync(folder).filter(
  (name) => name.endsWith('.jsonl') && (only === undefined || name.includes(only)),
);
const started = process.cpuUsage();
let count = 0;

for (const file of files.toSorted()) {
  const judged: Judged[] = [];
  for (const text of readFileSync(join(folder, file), 'utf8').split('\n')) {
    if (text === '') continue;
    const line: unknown = JSON.parse(text);
    if (!isShell(line)) continue;
    if (family !== undefined && familyOf(line.text) !== family) continue;
    const answer = await explain(JSON.stringify({ kind: 'shell', text: line.text }));
    count += 1;
    judged.push({ ...line, family: familyOf(line.text), ...read(answer) });
  }
  if (judged.length > 0) report(file, judged);
}
const { user } = process.cpuUsage(started);
process.stdout.write(`\n${count} commands, ${(user / 1000 / Math.max(1, count)).toFixed(3)} ms CPU each\n`);

function report(file: string, judged: readonly Judged[]): void {
  const destructive = judged.filter(({ label }) => label === 'destructive');
  const harmless = judged.filter(({ label }) => label === 'harmless');
  const unlabelled = judged.filter(({ label }) => label === 'unlabelled');
  const quiet = unlabelled.filter(({ text }) => !TELLING.test(text));
  const missed = destructive.filter(({ answer }) => answer === 'free' || answer === 'error');
  const held = harmless.filter(({ answer }) => answer === 'stopped');
  const heldQuiet = quiet.filter(({ answer }) => answer === 'stopped');
  print(`\n== ${basename(file, '.jsonl')}: ${judged.length} commands`);
  if (destructive.length > 0) {
    const undoable = destructive.filter(({ answer }) => answer === 'undoable').length;
    print(
      `  destructive ${destructive.length}: stopped or undoable ${share(destructive.length - missed.length, destructive.length)} (undoable ${undoable})`,
    );
  }
  if (harmless.length > 0) print(`  harmless ${harmless.length}: held ${share(held.length, harmless.length)}`);
  if (unlabelled.length > 0) {
    const stopped = unlabelled.filter(({ answer }) => answer === 'stopped').length;
    print(
      `  unlabelled ${unlabelled.length}: held ${share(stopped, unlabelled.length)}; of ${quiet.length} without a word that takes away, held ${share(heldQuiet.length, quiet.length)}`,
    );
  }
  families('missed', missed, destructive);
  families('held', [...held, ...heldQuiet], [...harmless, ...quiet]);
  for (const one of missed) print(`  MISSED  ${shown(one)}`);
  for (const one of held) print(`  HELD    ${shown(one)}`);
  for (const one of heldQuiet) print(`  HELD?   ${shown(one)}`);
  if (all) for (const one of unlabelled) if (!heldQuiet.includes(one)) print(`  ${one.answer.padEnd(8)}${shown(one)}`);
}

function families(what: string, some: readonly Judged[], of: readonly Judged[]): void {
  const names = [...new Set(some.map((one) => one.family))];
  const counted = names.map((name) => ({
    name,
    some: some.filter((one) => one.family === name).length,
    of: of.filter((one) => one.family === name).length,
  }));
  const parts = counted.toSorted((a, b) => b.some - a.some).map((one) => `${one.name} ${one.some}/${one.of}`);
  if (parts.length > 0) print(`  ${what} by tool: ${parts.join(', ')}`);
}

function familyOf(text: string): string {
  const word = text
    .trim()
    .split(/\s+/u)
    .find((one) => !/^(?:sudo|\w+=.*|echo|time|env|\(|\{)$/u.test(one));
  return basename((word ?? '').replace(/^[({]+/u, '')) || '?';
}

function read(answer: object): Pick<Judged, 'answer' | 'why'> {
  if (!('verdict' in answer) || !('obligations' in answer) || !('reason' in answer))
    return { answer: 'error', why: JSON.stringify(answer) };
  const why = String(answer.reason);
  if (answer.verdict !== 'allow') return { answer: 'stopped', why };
  return { answer: Array.isArray(answer.obligations) && answer.obligations.length > 0 ? 'undoable' : 'free', why };
}

function isShell(line: unknown): line is Line {
  return (
    typeof line === 'object' &&
    line !== null &&
    'kind' in line &&
    line.kind === 'shell' &&
    'text' in line &&
    'label' in line
  );
}

function shown({ text, why }: Judged): string {
  return `${JSON.stringify(text.slice(0, 160))}  -> ${why.slice(0, 120)}`;
}

function share(some: number, of: number): string {
  return `${some} (${((100 * some) / Math.max(1, of)).toFixed(1)} %)`;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
