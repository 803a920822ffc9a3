import { chmodSync, mkdirSync } from 'node:fs';
import { ProtectError } from '../errors.js';
import { type BytePath, bytesOfPath, joined, nameOf, parentOf, shownPath } from './byte-path.js';
import { Folder, realPath } from './folder.js';
import type { Scope } from './kept-format.js';
import { openScope, type Place, type ScopeFolders } from './scope-folders.js';

/** Finds the place of an entry of any scope, for writing. One scope is open at a time. */
export class OpenScopes {
  readonly #scopes: readonly Scope[];
  #current: { readonly number: number; readonly folders: ScopeFolders } | undefined;
  /** Folders that let nobody write, and were made to for a while. */
  readonly #opened = new Map<BytePath, number>();

  constructor(scopes: readonly Scope[]) {
    this.#scopes = scopes;
  }

  /** Undefined when a folder on the way is not there. */
  find(number: number, path: BytePath): Place | undefined {
    if (this.#current?.number !== number) {
      this.close();
      const scope = this.#scopes[number];
      if (scope === undefined) return undefined;
      makeFolder(scope.base);
      this.#current = { number, folders: openScope(scope) };
    }
    const place = this.#current.folders.holding(path);
    if (place !== undefined) this.#letWrite(place.folder);
    return place;
  }

  /** @throws ProtectError `UNDO_FAILED` when a folder on the way is not there. */
  at(number: number, path: BytePath): Place {
    const place = this.find(number, path);
    if (place === undefined)
      throw new ProtectError('UNDO_FAILED', `the folder of \`${shownPath(path)}\` is not there any more`);
    return place;
  }

  /** Absolute. */
  pathOf(number: number, path: BytePath): BytePath {
    const scope = this.#scopes[number];
    return scope === undefined ? path : joined(joined(scope.base, scope.name), path);
  }

  close(): void {
    this.#current?.folders.close();
    this.#current = undefined;
  }

  /** Gives folders their own modes again. */
  shut(): void {
    for (const [path, mode] of this.#opened) {
      const parent = realPath(parentOf(path));
      if (parent === undefined) continue;
      const folder = Folder.open(parent);
      try {
        if (folder.stat(nameOf(path))?.isDirectory() === true) chmodSync(folder.at(nameOf(path)), mode);
      } finally {
        folder.close();
      }
    }
    this.#opened.clear();
  }

  #letWrite(folder: Folder): void {
    const mode = Number((folder.stat('.')?.mode ?? 0o700n) & 0o7777n);
    if ((mode & 0o300) === 0o300 || process.geteuid?.() === 0 || this.#opened.has(folder.path)) return;
    this.#opened.set(folder.path, mode);
    chmodSync(folder.at('.'), mode | 0o700);
  }
}

/** The folder in which everything lay may be gone as well. */
function makeFolder(path: BytePath): void {
  if (realPath(path) === undefined) mkdirSync(bytesOfPath(path), { recursive: true });
}
