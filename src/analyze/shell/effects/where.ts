/** Where on a machine a path lies, in the terms of what may be done there unasked. */

import { normalize } from 'node:path/posix';
import { type Answers, type Question, questionKey } from '#action/question';
import { ownPath } from '#analyze/own-paths';
import { type Argument, UNKNOWN_PART } from '../argument.js';
import { pathIn, throughProc } from '../paths.js';

export interface Ground {
  /** The root of the work; undefined: nobody knows it, or it is a home or a root. */
  readonly root: string | undefined;
  /** The same with every link resolved. */
  readonly realRoot: string | undefined;
  readonly home: string;
  /** Somebody can look at what lies there. */
  readonly seen: boolean;
  readonly temporary: readonly string[];
  /** This installation's own folders and files. */
  readonly own: readonly string[];
}

/** What surrounds a folder. Asks when nobody has looked yet; until then the folder itself is taken for the work. */
export function groundOf(
  folder: string | undefined,
  { answers, ask }: { readonly answers: Answers; readonly ask: (question: Question) => void },
): Ground {
  if (folder === undefined) return NO_GROUND;
  const question: Question = { kind: 'workspace', folder };
  const answer = answers.get(questionKey(question));
  if (answer?.kind === 'workspace') return { ...answer, own: answer.own ?? [], seen: true };
  ask(question);
  return { ...NO_GROUND, root: folder, realRoot: folder, seen: true };
}

/** Nothing is known of the machine: relative paths are taken to lie in the work. */
const NO_GROUND: Ground = {
  root: undefined,
  realRoot: undefined,
  home: '/~',
  seen: false,
  temporary: [],
  own: [],
};

export type Place =
  /** In the work, and not the root of it. */
  | 'work'
  /** The root of the work: everything. */
  | 'whole'
  /** Made anew by a command: node_modules, caches. */
  | 'regenerable'
  /** Perhaps made anew: build, dist. Whoever can look, looks. */
  | 'built'
  | 'temporary'
  /** A device that keeps nothing, or a descriptor. */
  | 'nowhere'
  | 'device'
  /** Firebreak's own files, or those that make agents obey it. */
  | 'own'
  | 'credentials'
  /** A home folder, or one of the system's. */
  | 'wide'
  | 'outside'
  | 'unknown';

export interface Located {
  readonly place: Place;
  /** Undefined when nobody knows it. */
  readonly path: string | undefined;
  /** Of `own` and `credentials`, in words. */
  readonly what?: string | undefined;
  /** Of `own` and `credentials`: there is no secret in it. */
  readonly readable?: boolean | undefined;
}

const REGENERABLE =
  /^(?:node_modules|bower_components|__pycache__|\.pytest_cache|\.mypy_cache|\.ruff_cache|\.tox|\.nox|\.gradle|\.next|\.nuxt|\.turbo|\.parcel-cache|\.svelte-kit|\.angular|\.cache|\.vite|\.nyc_output|\.terraform|\.serverless|\.eggs|\.venv|\.dart_tool|DerivedData|\.phpunit\.cache|\.eslintcache|\.DS_Store|\.coverage|\*\.pyc|[^/]+\.(?:pyc|pyo|o|obj|class|tsbuildinfo))$/u;
const BUILT =
  /^(?:build|dist|target|out|coverage|htmlcov|venv|env|[^/]+\.egg-info|cmake-build-[a-z]+|bin|obj|tmp|temp|logs?)$/u;
/** Firebreak's own program, as npm installs it. */
const OWN_CODE = /\/node_modules\/firebreak(?:\/|$)|\/bin\/firebreak$/u;

const WIDE =
  /^\/(?:$|\*|\.\*?$)|^\/(?:bin|boot|dev|etc|home|lib|lib32|lib64|media|mnt|opt|proc|root|run|sbin|srv|sys|usr|var|Users|System|Library|Applications|Volumes|private|cores)(?:\/\*?)?$|^\/(?:usr|var|etc)\/[^/]+(?:\/\*)?$|^[A-Za-z]:[/\\]?\*?$/u;

export function locate(argument: Argument, folder: string | undefined, ground: Ground, below: boolean): Located {
  const text = throughProc(argument.text, folder);
  if (
    /^\/dev\/(?!.*\/\.\.(?:\/|$))(?:null|zero|full|stdin|stdout|stderr|tty\w*|fd\/.*|random|urandom|pts\/.*|shm\/.+|tcp\/.*|udp\/.*)$/u.test(
      text,
    )
  ) {
    return { place: 'nowhere', path: text };
  }
  if (/^\/dev\/(?!.*\/\.\.(?:\/|$))./u.test(text) || /^\\\\\.\\|^[A-Za-z]:$/u.test(text))
    return { place: 'device', path: text };
  const path = pathIn(folder, text);
  if (path === undefined) {
    // Below whichever home it is.
    const tail = text.startsWith(UNKNOWN_PART) ? text.slice(UNKNOWN_PART.length) : '';
    const kind =
      /^\/\.[\w]/u.test(tail) && !tail.includes(UNKNOWN_PART)
        ? ownPath(normalize(`/home/~${tail}`), ground.home)
        : undefined;
    if (kind !== undefined)
      return {
        place: kind.kind === 'credentials' ? 'credentials' : 'own',
        path: undefined,
        what: kind.what,
        readable: kind.readable,
      };
    // What an unknown part of a temporary path stands for is taken for a name.
    return {
      place:
        (/^\/tmp\/\w/u.test(text) && !text.includes('..')) || isInTemporaryVariable(argument) ? 'temporary' : 'unknown',
      path: undefined,
    };
  }
  if (!path.startsWith('/')) {
    if (path === '..' || path.startsWith('../')) return { place: 'outside', path };
    const kind = ownPath(`/work/${path}`, ground.home, below && path !== '.');
    if (kind !== undefined && kind.kind !== 'credentials')
      return { place: 'own', path, what: kind.what, readable: kind.readable };
    return { place: path === '.' || path === '*' ? 'whole' : named(path), path };
  }
  if (ground.own.some((one) => isIn(path, one) || (below && isIn(one, path) && !isWide(path, ground)))) {
    return { place: 'own', path, what: "Firebreak's own state and keys", readable: false };
  }
  if (OWN_CODE.test(path) || /\/\.git\/(?:[^/]+\/)*firebreak(?:\/|$)/u.test(path))
    return { place: 'own', path, what: "Firebreak's own files", readable: true };
  const own = ownPath(path, ground.home, below);
  const inWork = ground.root !== undefined && isIn(path, ground.root);
  if (own !== undefined && !(inWork && (path === ground.root || path === `${ground.root}/*`))) {
    const exact = ownPath(path, ground.home) !== undefined;
    // A folder so wide that something protected lies in it is a question of its own.
    if (exact || !isWide(path, ground))
      return {
        place: own.kind === 'credentials' ? 'credentials' : 'own',
        path,
        what: own.what,
        readable: own.readable,
      };
  }
  if (inWork && ground.root !== undefined) {
    const inner = path.slice(ground.root.length + 1);
    return { place: inner === '' || inner === '*' ? 'whole' : named(inner), path };
  }
  if (isWide(path, ground)) return { place: 'wide', path };
  if ([...TEMPORARY, ...ground.temporary].some((one) => isIn(path, one) && path !== one && path !== `${one}/*`)) {
    return { place: 'temporary', path };
  }
  return { place: 'outside', path };
}

/**
 * `$TMPDIR/name`: nobody knows where that is, but it is short-lived; unless it is not set, and the rest names a folder of the
 * system.
 */
function isInTemporaryVariable({ text, written }: Argument): boolean {
  const inner = /^"?\$\{?(?:TMPDIR|TMP|TEMP)\}?"?(\/.*?)"?$/su.exec(written)?.[1];
  if (inner === undefined || !text.startsWith(UNKNOWN_PART) || text.indexOf(UNKNOWN_PART, 1) >= 0) return false;
  return /^\/[\w-]/u.test(inner) && !inner.includes('..') && !WIDE.test(`/${inner.split('/')[1] ?? ''}`);
}

export const TEMPORARY = ['/tmp', '/var/tmp', '/private/tmp', '/dev/shm'];

/** Where people keep what is their own, at any depth. */
const PERSONAL =
  /^(?:\/~|\/root|\/(?:home|Users)\/[^/]+)\/(?:Desktop|Documents|Downloads|Library|Movies|Music|Pictures|Videos|Photos|Public|OneDrive|Dropbox|iCloud[^/]*|Google Drive)(?:\/|$)/u;

function isWide(path: string, { home }: Ground): boolean {
  return (
    WIDE.test(path) ||
    path === home ||
    path === `${home}/*` ||
    // A person's own folders: Documents, Pictures and what else lies right in the home.
    (isIn(path, home) && !path.slice(home.length + 1).includes('/')) ||
    PERSONAL.test(path) ||
    /^\/(?:home|Users)\/[^/]+(?:\/[^/]*)?$/u.test(path) ||
    /^\/root(?:\/[^/]*)?$/u.test(path)
  );
}

/** A home, a folder of the system, or one that holds a home. */
export function isWhole(path: string, { home }: Ground): boolean {
  return WIDE.test(path) || isIn(home, path);
}

function named(inner: string): Place {
  const names = inner.split('/');
  if (names.some((name) => REGENERABLE.test(name))) return 'regenerable';
  return names.some((name) => BUILT.test(name)) ? 'built' : 'work';
}

export function isIn(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder === '/' ? '/' : `${folder}/`);
}
