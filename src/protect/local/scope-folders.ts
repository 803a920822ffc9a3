import { type BytePath, joined, nameOf, parentOf } from './byte-path.js';
import { Folder, isMissing } from './folder.js';
import type { Scope } from './kept-format.js';

export interface Place {
  readonly folder: Folder;
  /** In that folder. */
  readonly name: BytePath;
}

export interface ScopeFolders {
  /**
   * The folder in which an entry lies; it stays open until another one is asked for. Undefined when a folder on the way is
   * not there, or is none.
   */
  holding(path: BytePath): Place | undefined;
  close(): void;
}

/**
 * The folders of a scope, opened one below the other without following a link. Cheap when paths come in the order of a walk.
 *
 * @throws an error of the file system when the folder in which the root lies is gone or elsewhere.
 */
export function openScope({ base, name }: Pick<Scope, 'base' | 'name'>): ScopeFolders {
  const bottom = Folder.open(base);
  const open: { readonly path: BytePath; readonly folder: Folder }[] = [];

  function enter(path: BytePath): Folder | undefined {
    for (let last = open.at(-1); last !== undefined && !holds(last.path, path); last = open.at(-1)) {
      open.pop();
      last.folder.close();
    }
    for (;;) {
      const last = open.at(-1);
      if (last?.path === path) return last.folder;
      const next = last === undefined ? name : (rest(last.path, path).split('/')[0] ?? '');
      const inner = last === undefined ? '' : joined(last.path, next);
      try {
        open.push({ path: inner, folder: (last?.folder ?? bottom).child(next) });
      } catch (error) {
        if (isMissing(error) || isLink(error)) return undefined;
        throw error;
      }
    }
  }

  return {
    holding(path) {
      if (path === '') return { folder: bottom, name };
      const folder = enter(parentOf(path));
      return folder && { folder, name: nameOf(path) };
    },
    close() {
      for (const { folder } of open.splice(0)) folder.close();
      bottom.close();
    },
  };
}

function holds(folder: BytePath, path: BytePath): boolean {
  return folder === '' || path === folder || path.startsWith(`${folder}/`);
}

function rest(folder: BytePath, path: BytePath): BytePath {
  return folder === '' ? path : path.slice(folder.length + 1);
}

function isLink(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ELOOP';
}
