/**
 * Paths are bytes to Linux, not text. In this folder a path is a string of which each character stands for one byte
 * (`latin1`), so that a name that is no UTF-8 keeps its bytes and can stand in JSON.
 */
import { visibleLine } from '#action/visible-text';

export type BytePath = string;

export function pathOfText(text: string): BytePath {
  return Buffer.from(text, 'utf8').toString('latin1');
}

export function pathOfBytes(bytes: Uint8Array): BytePath {
  return Buffer.from(bytes).toString('latin1');
}

export function bytesOfPath(path: BytePath): Buffer {
  return Buffer.from(path, 'latin1');
}

/** For people. Bytes that are no text are shown as U+FFFD. */
export function shownPath(path: BytePath): string {
  return visibleLine(bytesOfPath(path).toString('utf8'));
}

export function joined(folder: BytePath, name: BytePath): BytePath {
  if (folder === '') return name;
  if (name === '') return folder;
  return folder.endsWith('/') ? folder + name : `${folder}/${name}`;
}

/** `/` for what lies in the root; `` for a name alone. */
export function parentOf(path: BytePath): BytePath {
  const slash = path.lastIndexOf('/');
  return slash < 0 ? '' : slash === 0 ? '/' : path.slice(0, slash);
}

export function nameOf(path: BytePath): BytePath {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** True for the folder itself and everything below. */
export function isWithin(path: BytePath, folder: BytePath): boolean {
  return folder === '' || path === folder || path.startsWith(folder.endsWith('/') ? folder : `${folder}/`);
}

/** Absolute, without `.`, `..`, doubled or last slashes, by the text alone. */
export function normalised(path: BytePath): BytePath {
  const names: string[] = [];
  for (const name of path.split('/')) {
    if (name === '..') names.pop();
    else if (name !== '' && name !== '.') names.push(name);
  }
  return `/${names.join('/')}`;
}
