/** Folders that a command makes anew, and that nobody wants to wait for while they are copied. */
import { type BytePath, bytesOfPath, joined, nameOf, parentOf } from './byte-path.js';
import type { Folder } from './folder.js';
import { askGit, listOf } from './git-command.js';
import type { Pace } from './pace.js';

/** Whatever git says of them, unless it follows files in them. */
const MADE_ANEW = new Set(
  (
    'node_modules bower_components __pycache__ .pytest_cache .mypy_cache .ruff_cache .tox .nox .gradle .next .nuxt ' +
    '.turbo .parcel-cache .svelte-kit .angular .vite .nyc_output .eggs .dart_tool DerivedData'
  ).split(' '),
);
/** A Python environment says so itself (PEP 405). */
const ENVIRONMENTS = new Set(['.venv', 'venv', 'env']);
/** Common names, so only where git is told to ignore them. */
const BUILT = new Set('build dist target out coverage htmlcov obj .output'.split(' '));

/** What git knows of the names below a folder. Paths are relative to it. */
export interface GitView {
  hasTracked(path: BytePath): boolean;
  isIgnored(path: BytePath): boolean;
}

/** Whether this folder is left out, by its name and by what git says of it. */
export function isRegenerable(path: BytePath, inFolder: Folder, view: GitView | undefined): boolean {
  const name = nameOf(path) || nameOf(inFolder.path);
  if (view?.hasTracked(path) === true) return false;
  if (MADE_ANEW.has(name)) return true;
  if (ENVIRONMENTS.has(name) && inFolder.stat(`${name}/pyvenv.cfg`) !== undefined) return true;
  return BUILT.has(name) && view?.isIgnored(path) === true;
}

/** True for names about which git has to be asked. */
export function mightBeRegenerable(name: BytePath): boolean {
  return MADE_ANEW.has(name) || ENVIRONMENTS.has(name) || BUILT.has(name);
}

/** What git says of everything below a name in this folder; undefined: it is in no working tree. */
export async function gitViewOf(folder: Folder, name: BytePath, pace: Pace): Promise<GitView | undefined> {
  const inside = await askGit(folder, ['rev-parse', '--is-inside-work-tree'], pace);
  if (inside.status !== 0 || inside.output.toString().trim() !== 'true') return undefined;
  const text = bytesOfPath(name).toString('utf8');
  // Without a name that can be given as a word, all of the folder is listed.
  const only = Buffer.from(text).toString('latin1') === name ? ['--', text] : [];
  const [tracked, ignored] = await Promise.all([
    askGit(folder, ['ls-files', '-z', ...only], pace),
    askGit(folder, ['ls-files', '-z', '--others', '--ignored', '--exclude-standard', '--directory', ...only], pace),
  ]);
  if (tracked.status !== 0 || ignored.status !== 0) return undefined;
  return viewOf(listOf(tracked.output), listOf(ignored.output), name);
}

/** @param ignored folders end in a slash. @param prefix of every path in the lists. */
export function viewOf(tracked: readonly BytePath[], ignored: readonly BytePath[], prefix: BytePath): GitView {
  const followed = new Set<BytePath>();
  for (const path of tracked) {
    for (let folder = path; folder !== '' && !followed.has(folder); folder = parentOf(folder)) followed.add(folder);
  }
  const set = new Set(ignored.map((path) => path.replace(/\/$/, '')));
  return {
    hasTracked: (path) => followed.has(joined(prefix, path)),
    isIgnored: (path) => {
      for (let at = joined(prefix, path); at !== ''; at = parentOf(at)) if (set.has(at)) return true;
      return false;
    },
  };
}
