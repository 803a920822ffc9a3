/** What it comes to when a tool writes, edits, deletes or reads the file at a path. */
import { dirname, join } from 'node:path/posix';
import { type Effect, NO_AMOUNT, type Reversible, type Verb } from '#action/effect';
import { LOCAL_ENVIRONMENT } from '#action/environment';
import type { LocalLoss } from '#action/local-loss';
import { type Answers, type PathEntry, type Question, questionKey } from '#action/question';
import { ownPath } from '../own-paths.js';
import { exactly } from '../shell/argument.js';
import { type Ground, groundOf, isIn, type Located, locate, type Place, TEMPORARY } from '../shell/effects/where.js';
import { NOTE_FOLDERS } from './agent-tools.js';

export interface FileCall {
  readonly act: 'write' | 'edit' | 'delete' | 'read';
  readonly path: string;
}

export interface FileGround {
  /** Where the tool is called; undefined: nobody knows. */
  readonly folder: string | undefined;
  readonly answers: Answers;
  readonly ask: (question: Question) => void;
  /** Of what a tool reveals. */
  readonly environments: readonly string[];
}

export interface FileOutcome {
  readonly effect: Effect;
  readonly loss?: LocalLoss | undefined;
}

const IN_WORK: ReadonlySet<Place> = new Set(['work', 'whole', 'regenerable', 'built', 'temporary']);

export function fileCall(call: FileCall, given: FileGround): FileOutcome {
  const ground = groundOf(given.folder, given);
  const found = locate(exactly(call.path), given.folder, ground, false);
  const guarded = guardedBy(found, call);
  if (guarded !== undefined) return { effect: guarded };
  if (isNote(found.path, ground.home)) return { effect: local(call, 'write', 'yes', words(call)) };
  switch (found.place) {
    case 'temporary':
    case 'regenerable':
      return through(call, found, ground, given) ?? { effect: local(call, 'write', 'yes', words(call)) };
    case 'work':
    case 'built':
    case 'whole':
      return through(call, found, ground, given) ?? inWork(call, found, given);
    case 'nowhere':
      return { effect: local(call, 'write', 'yes', words(call)) };
    case 'unknown':
      return { effect: held(call, `${words(call)}, and where that is nobody can tell`, 'unknown') };
    default:
      return { effect: held(call, `${words(call)}, outside the work`) };
  }
}

/** What a reading tool shows that nobody should see; empty: nothing of that kind. */
export function readCall(path: string, tool: string, given: FileGround): readonly Effect[] {
  const ground = groundOf(given.folder, given);
  const { path: found } = locate(exactly(path), given.folder, ground, false);
  // A search reads everything below.
  const own =
    found?.startsWith('/') === true ? ownPath(found, ground.home, /grep|search|many/iu.test(tool)) : undefined;
  if (own === undefined || own.readable) return [];
  const resource = { kind: own.kind === 'credentials' ? 'files' : 'firebreak', name: path };
  const environments = own.kind === 'credentials' ? given.environments : [LOCAL_ENVIRONMENT];
  return [
    {
      verb: 'reveal',
      resource,
      environments,
      amount: NO_AMOUNT,
      reversible: 'no',
      evidence: 'parsed',
      explain: `reads ${own.what}: ${path}`,
    },
  ];
}

function guardedBy({ place, what }: Located, call: FileCall): Effect | undefined {
  if (place === 'own') {
    const explain = `changes ${what ?? 'what makes agents obey Firebreak'}: ${call.path}`;
    return { ...local(call, 'configure', 'no', explain), resource: { kind: 'firebreak', name: call.path } };
  }
  if (place === 'credentials') return held(call, `${words(call)}, ${what ?? 'a file of credentials'}`);
  return place === 'device' ? held(call, `${words(call)}, a device`) : undefined;
}

/** A path in the work can lead out of it: it is a link itself, or one of its folders is. */
function through(call: FileCall, { path }: Located, ground: Ground, given: FileGround): FileOutcome | undefined {
  if (path?.startsWith('/') !== true) return undefined;
  const entries = look(path, given);
  if (entries === undefined) return undefined; // Asked for; or nobody can look, and the copy decides.
  const [entry] = entries;
  if (entry?.type === 'link' && call.act !== 'delete') {
    return { effect: held(call, `${words(call)}, which is a symbolic link`) };
  }
  const real = entry?.path ?? realPathOfNew(path, ground, given);
  if (real === undefined) return { effect: held(call, `${words(call)}, through a symbolic link`) };
  const there = locate(exactly(real), undefined, { ...ground, root: ground.realRoot }, false);
  const guarded = guardedBy(there, call);
  if (guarded !== undefined) return { effect: guarded };
  return IN_WORK.has(there.place) ? undefined : { effect: held(call, `${words(call)}, which leads to ${real}`) };
}

/**
 * Where a file that is not there yet would come to lie: below the deepest of its folders that is there.
 *
 * @returns undefined when that is a link, of which nobody knows here where it leads.
 */
function realPathOfNew(path: string, ground: Ground, given: FileGround): string | undefined {
  const anchors = new Map([...TEMPORARY, ...ground.temporary].map((folder) => [folder, folder]));
  if (ground.root !== undefined) anchors.set(ground.root, ground.realRoot ?? ground.root);
  const folders: string[] = [];
  let at = dirname(path);
  for (; !anchors.has(at) && at !== dirname(at); at = dirname(at)) folders.push(at);
  const anchor = anchors.get(at) ?? at;
  // All of them are asked for at once.
  const looked = folders.map((folder) => ({ folder, entry: look(folder, given)?.[0] }));
  const deepest = looked.find(({ entry }) => entry !== undefined);
  if (deepest?.entry === undefined) return join(anchor, path.slice(at.length));
  return deepest.entry.type === 'link' ? undefined : join(deepest.entry.path, path.slice(deepest.folder.length));
}

function inWork(call: FileCall, { path }: Located, given: FileGround): FileOutcome {
  const there = path?.startsWith('/') === true ? look(path, given) : undefined;
  // Git is asked about what a whole file replaces, and nothing else: that takes a process.
  const replaces = call.act === 'write' && path !== undefined && there !== undefined && there.length > 0;
  const entries = replaces ? look(path, given, true) : there;
  const change = local(call, 'write', 'yes', words(call));
  switch (call.act) {
    case 'edit':
    case 'read':
      // The call itself says what was there.
      return { effect: change };
    case 'write':
      if (entries?.length === 0) return { effect: { ...change, explain: `writes ${call.path}, where nothing is` } };
      if (entries?.every(({ tracked }) => tracked) === true) return { effect: change };
      break;
    case 'delete':
      if (entries?.length === 0) return { effect: { ...change, explain: `deletes ${call.path}, where nothing is` } };
      break;
  }
  const effect = local(call, 'destroy', 'snapshot', words(call));
  // FAIL-CLOSED: what cannot be named cannot be kept, and waits for a person.
  if (path?.startsWith('/') !== true) return { effect: { ...effect, reversible: 'unknown' } };
  return { effect, loss: { kind: 'path', path, pattern: false, fate: call.act === 'delete' ? 'removed' : 'changed' } };
}

/** What lies there; undefined when nobody has looked yet. */
function look(path: string, { answers, ask }: FileGround, git = false): readonly PathEntry[] | undefined {
  const question: Question = { kind: 'path', path, pattern: false, git };
  const answer = answers.get(questionKey(question));
  if (answer?.kind === 'path') return answer.entries;
  ask(question);
  return undefined;
}

function isNote(path: string | undefined, home: string): boolean {
  return path !== undefined && NOTE_FOLDERS.some((folder) => isIn(path, join(home, folder).replace(/\/$/u, '')));
}

const DOES: Readonly<Record<FileCall['act'], string>> = {
  write: 'writes',
  edit: 'edits',
  delete: 'deletes',
  read: 'reads',
};

function words({ act, path }: FileCall): string {
  return `${DOES[act]} ${path}`;
}

function local({ path }: FileCall, verb: Verb, reversible: Reversible, explain: string): Effect {
  return {
    verb,
    resource: { kind: 'files', name: path },
    environments: [LOCAL_ENVIRONMENT],
    amount: NO_AMOUNT,
    reversible,
    evidence: 'parsed',
    explain,
  };
}

function held(call: FileCall, explain: string, evidence: Effect['evidence'] = 'parsed'): Effect {
  return { ...local(call, 'destroy', 'unknown', explain), evidence };
}
