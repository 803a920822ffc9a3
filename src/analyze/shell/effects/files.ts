/** What it comes to when a command deletes, overwrites, moves or reads files. */
import { type Effect, NO_AMOUNT, type Reversible, type Verb } from '#action/effect';
import { LOCAL_ENVIRONMENT } from '#action/environment';
import type { LocalLoss, PathLoss } from '#action/local-loss';
import { type Answers, type PathEntry, type Question, questionKey } from '#action/question';
import { ownPath } from '#analyze/own-paths';
import { type Argument, exactly } from '../argument.js';
import type { FilesFinding } from '../finding.js';
import { pathIn } from '../paths.js';
import { type Ground, type Located, locate } from './where.js';

export interface FileAsking {
  readonly ground: Ground;
  readonly answers: Answers;
  readonly ask: (question: Question) => void;
  /** Of what a command reveals. */
  readonly environments: readonly string[];
}

export interface Outcome {
  readonly effects: readonly Effect[];
  readonly losses: readonly LocalLoss[];
}

const NOTHING: Outcome = { effects: [], losses: [] };

export function fileOutcome(finding: FilesFinding, folder: string | undefined, asking: FileAsking): Outcome {
  const { act, path: argument } = finding;
  if (argument.text === '' && argument.certainty === 'exact') return NOTHING;
  if (argument.certainty === 'pattern' && argument.text.includes('**'))
    return fileOutcome({ ...finding, path: aboveStars(argument), recursive: true }, folder, asking);
  const found = locate(argument, folder, asking.ground, finding.recursive);
  if (act === 'read') return read(finding, found, asking);
  const bent = bends(argument.text, folder, asking);
  if (bent !== undefined) return one(finding, 'destroy', 'unknown', `${words(finding)}, through the link ${bent}`);
  switch (found.place) {
    case 'nowhere':
      return NOTHING;
    case 'own':
      return one(finding, 'configure', 'no', `changes ${found.what ?? 'what makes agents obey Firebreak'}`, {
        kind: 'firebreak',
      });
    case 'credentials':
      return one(finding, 'destroy', 'unknown', `${words(finding)}, ${found.what ?? 'a file of credentials'}`);
    case 'device':
      return one(finding, 'destroy', 'no', `${words(finding)}, a device`);
    case 'unknown':
      if (act === 'append' || act === 'modes') return one(finding, 'write', 'unknown', words(finding));
      return one(finding, 'destroy', 'unknown', `${words(finding)}, and which path that is nobody can tell`, {
        evidence: 'unknown',
      });
    case 'wide':
      return wide(finding, found, asking);
    case 'temporary':
    case 'regenerable': {
      const out = leadsOut(finding, found, asking);
      if (out !== undefined) return one(finding, 'destroy', 'unknown', `${words(finding)}, which leads to ${out}`);
      const anew = found.place === 'regenerable' ? ', which can be made anew' : '';
      return one(finding, 'write', 'yes', `${words(finding)}${anew}`);
    }
    case 'outside':
      return outside(finding, found, asking);
    case 'built':
    case 'work':
    case 'whole':
      return inWork(finding, found, asking);
  }
}

/** A pattern that reaches any number of folders down: all of the folder in which it begins. */
function aboveStars(argument: Argument): Argument {
  const at = argument.text.indexOf('**');
  const above = argument.text.slice(0, argument.text.lastIndexOf('/', at) + 1);
  const text = above === '' ? '.' : above;
  return { text, certainty: /[*?[]/u.test(text) ? 'pattern' : 'exact', written: argument.written };
}

/** The first link before a `..`: the folder above is then another one than the text says. */
function bends(text: string, folder: string | undefined, asking: FileAsking): string | undefined {
  for (const { index } of text.matchAll(/(?<=[^/.]|[^/]\.)\/+\.\.(?=\/|$)/gu)) {
    const path = pathIn(folder, text.slice(0, index));
    if (path === undefined || !path.startsWith('/')) continue;
    if (
      lookAt({ kind: 'path', path, pattern: false, git: false }, asking)?.some(({ type }) => type === 'link') === true
    )
      return path;
  }
  return undefined;
}

/** Where a short-lived path really lies, when that is somewhere else: `/tmp/link/x`, `node_modules/link/x`. */
function leadsOut(
  { act, path: argument, through }: FilesFinding,
  { path }: Located,
  asking: FileAsking,
): string | undefined {
  if (path === undefined || !path.startsWith('/') || act === 'append') return undefined;
  const real = { ...asking.ground, root: asking.ground.realRoot };
  const inside = (one: string) => INSIDE.has(locate(exactly(one), undefined, real, false).place);
  // What is in a folder is looked at by the folder: there may be many.
  const above = path.replace(/\/[^/]*$/u, '');
  const folder = argument.certainty === 'pattern' && /[*?[]/u.test(above) ? undefined : above;
  const [entry] =
    lookAt(
      { kind: 'path', path: folder === undefined ? path : `${folder}/.`, pattern: folder === undefined, git: false },
      asking,
    ) ?? [];
  // The folder for short-lived files is in itself no short-lived one.
  const lands = entry?.path.replace(/\/\.$/u, '');
  if (lands !== undefined && !inside(folder === undefined ? lands : `${lands}/x`)) return lands;
  const written = act === 'overwrite' || act === 'edit' || through === true || argument.text.endsWith('/');
  if (!written || argument.certainty === 'pattern') return undefined;
  const [own] = lookAt({ kind: 'path', path, pattern: false, git: false }, asking) ?? [];
  return own?.type === 'link' ? `where the link ${own.path} leads` : undefined;
}

function lookAt(
  question: Extract<Question, { kind: 'path' }>,
  { answers, ask }: FileAsking,
): readonly PathEntry[] | undefined {
  const answer = answers.get(questionKey(question));
  if (answer?.kind === 'path') return answer.entries;
  ask(question);
  return undefined;
}

/** Firebreak's own files among those that fit a pattern. */
function ownAmong(
  finding: FilesFinding,
  entries: readonly PathEntry[] | undefined,
  asking: FileAsking,
): Located | undefined {
  if (finding.path.certainty !== 'pattern') return undefined;
  return entries
    ?.map(({ path }) => locate(exactly(path), undefined, asking.ground, finding.recursive))
    .find(
      ({ place, readable }) =>
        (place === 'own' || place === 'credentials') && (finding.act !== 'read' || readable === false),
    );
}

/** Of a folder in a home that is read with all that is in it: what must not be read there. */
function ownBelow({ recursive }: FilesFinding, { place, path }: Located, { ground }: FileAsking): Located | undefined {
  if (!recursive || place !== 'wide' || path === undefined || !path.startsWith(`${ground.home}/.`)) return undefined;
  const own = ownPath(path, ground.home, true);
  return own?.readable === false
    ? { place: own.kind === 'credentials' ? 'credentials' : 'own', path, what: own.what, readable: false }
    : undefined;
}

function read(finding: FilesFinding, located: Located, asking: FileAsking): Outcome {
  // A pattern may fit what must not be read; in the work there is nothing of the kind.
  const isPattern = finding.path.certainty === 'pattern' && /^(?:wide|outside)$/u.test(located.place);
  const { place, path, what, readable } =
    ownBelow(finding, located, asking) ??
    (isPattern ? ownAmong(finding, entriesOf(located, finding, asking), asking) : undefined) ??
    located;
  if ((place !== 'own' && place !== 'credentials') || readable !== false) return NOTHING;
  // Public halves, and which hosts are known, are no secrets.
  if (/\.pub$|\/\.ssh\/(?:known_hosts|config)$/u.test(path ?? '')) return NOTHING;
  const explain = `reads ${what ?? 'secrets'}: ${finding.path.written}`;
  if (place === 'own') return one(finding, 'reveal', 'no', explain, { kind: 'firebreak' });
  return one(finding, 'reveal', 'no', explain, { environments: asking.environments });
}

/** Its reach is the system's or a home's own folder. */
function wide(finding: FilesFinding, found: Located, asking: FileAsking): Outcome {
  switch (finding.act) {
    case 'append':
    case 'place':
    case 'empty':
    case 'overwrite':
    case 'edit':
    case 'move':
    case 'delete':
    case 'modes': {
      if (finding.act === 'append' || finding.act === 'empty') return one(finding, 'write', 'unknown', words(finding));
      const entries = entriesOf(found, finding, asking);
      if (entries?.length === 0 && isNew(finding))
        return one(finding, 'write', 'yes', `${words(finding)}, where nothing is`);
      return one(finding, 'destroy', 'no', `${words(finding)}, a folder of the system or of a person`);
    }
    case 'read':
      return NOTHING;
  }
}

function outside(finding: FilesFinding, found: Located, asking: FileAsking): Outcome {
  if (finding.act === 'append' || finding.act === 'empty') return one(finding, 'write', 'unknown', words(finding));
  if (finding.act === 'modes' && !finding.recursive) return one(finding, 'write', 'unknown', words(finding));
  const entries = entriesOf(found, finding, asking);
  if (ownAmong(finding, entries, asking) !== undefined) return own(finding);
  if (entries?.length === 0) return one(finding, 'write', 'yes', `${words(finding)}, where nothing is`);
  // Where nobody can look, something new is taken to be new.
  if (!asking.ground.seen && finding.act === 'place')
    return one(finding, 'write', 'unknown', `${words(finding)}, outside the work`);
  return one(finding, 'destroy', 'unknown', `${words(finding)}, outside the work`);
}

function inWork(finding: FilesFinding, found: Located, asking: FileAsking): Outcome {
  const entries = entriesOf(found, finding, asking);
  if (ownAmong(finding, entries, asking)?.place === 'own') return own(finding);
  if (finding.act === 'append' || finding.act === 'empty') return one(finding, 'write', 'yes', words(finding));
  // Of attributes no copy is kept; of modes and owners one is.
  if (finding.act === 'modes' && finding.explain !== undefined) return one(finding, 'write', 'unknown', words(finding));
  if (entries !== undefined) {
    if (entries.length === 0) {
      const losses = isNew(finding) ? lossesOf(finding, found) : [];
      return { ...one(finding, 'write', 'yes', `${words(finding)}, where nothing is`), losses };
    }
    // A folder on the way is a link that leads out of the work.
    const real = { ...asking.ground, root: asking.ground.realRoot };
    const out = entries.find(({ path }) => !INSIDE.has(locate(exactly(path), undefined, real, false).place));
    if (out !== undefined) return one(finding, 'destroy', 'unknown', `${words(finding)}, which leads to ${out.path}`);
    const mount = entries.find((entry) => entry.mount);
    if (mount !== undefined)
      return one(finding, 'destroy', 'no', `${words(finding)}, where another file system is mounted`);
    const through = entries.find(({ type }) => type === 'link');
    const intoLink = /^(?:overwrite|edit|modes)$/u.test(finding.act) || finding.through === true;
    if (through !== undefined && (intoLink || finding.path.text.endsWith('/'))) {
      return one(finding, 'destroy', 'unknown', `${words(finding)}, through a symbolic link`);
    }
    if (found.place === 'built' && entries.every(({ ignored, tracked }) => ignored && !tracked)) {
      return one(finding, 'write', 'yes', `${words(finding)}, which git ignores and a build makes anew`);
    }
  }
  return { ...one(finding, 'destroy', 'snapshot', words(finding)), losses: lossesOf(finding, found) };
}

function own(finding: FilesFinding): Outcome {
  return one(finding, 'configure', 'no', 'changes files that make agents obey Firebreak', { kind: 'firebreak' });
}

const INSIDE: ReadonlySet<Located['place']> = new Set(['work', 'whole', 'regenerable', 'built', 'temporary']);

const isNew = ({ act }: FilesFinding) => act === 'place' || act === 'overwrite';

function lossesOf({ act, path: argument }: FilesFinding, { path }: Located): readonly PathLoss[] {
  // Only of a known place can anything be kept.
  if (path === undefined || !path.startsWith('/')) return [];
  const fate = act === 'delete' || act === 'move' ? 'removed' : act === 'place' ? 'placed' : 'changed';
  return [{ kind: 'path', path, pattern: argument.certainty === 'pattern', fate }];
}

/** What lies there; undefined when nobody has looked. */
function entriesOf(
  { path, place }: Located,
  { path: argument }: FilesFinding,
  asking: FileAsking,
): readonly PathEntry[] | undefined {
  if (path === undefined || !path.startsWith('/')) return undefined;
  return lookAt({ kind: 'path', path, pattern: argument.certainty === 'pattern', git: place === 'built' }, asking);
}

const DOES: Readonly<Record<FilesFinding['act'], string>> = {
  delete: 'deletes',
  empty: 'deletes, when it is empty,',
  overwrite: 'overwrites',
  edit: 'changes',
  append: 'appends to',
  modes: 'changes owner or mode of',
  move: 'moves away',
  place: 'writes',
  read: 'reads',
};

function words({ act, path, recursive, explain }: FilesFinding): string {
  if (explain !== undefined) return explain.includes(path.written) ? explain : `${explain} (${path.written})`;
  return `${DOES[act]} ${path.written}${recursive && act === 'delete' ? ' with everything in it' : ''}`;
}

function one(
  { path }: FilesFinding,
  verb: Verb,
  reversible: Reversible,
  explain: string,
  more: {
    readonly kind?: string;
    readonly environments?: readonly string[];
    readonly evidence?: Effect['evidence'];
  } = {},
): Outcome {
  const effect: Effect = {
    verb,
    resource: { kind: more.kind ?? 'files', name: path.written },
    environments: more.environments ?? [LOCAL_ENVIRONMENT],
    amount: NO_AMOUNT,
    reversible,
    evidence: more.evidence ?? 'parsed',
    explain,
  };
  return { effects: [effect], losses: [] };
}
