/**
 * Changes a JSON text (RFC 8259) in place, so that a person's settings keep their order and their looks: the new part is
 * written in, everything else stays byte for byte.
 */
import type { JsonObject, JsonValue } from '#action/action';
import { InstallationError } from './errors.js';
import { isObject } from './json.js';

/** Where a value stands in the text: `end` is behind its last character. */
interface Node {
  readonly start: number;
  readonly end: number;
  readonly members?: readonly { readonly key: string; readonly start: number; readonly value: Node }[];
  readonly items?: readonly Node[];
}

export type Path = readonly (string | number)[];

/** @throws InstallationError `SETTINGS_NOT_READ`: not JSON, or with comments, which this cannot keep apart from the rest. */
export function parseSettings(text: string, path: string): JsonObject {
  let value: JsonValue;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new InstallationError('SETTINGS_NOT_READ', `\`${path}\` is not plain JSON`, {
      hint: 'comments and trailing commas count; make it plain JSON, or put the hooks in by hand as the guide says',
      cause,
    });
  }
  if (!isObject(value)) {
    throw new InstallationError('SETTINGS_NOT_READ', `\`${path}\` does not hold an object`, {
      hint: 'look at what is in it',
    });
  }
  if (repeatsKey(nodeOf(text))) {
    throw new InstallationError('SETTINGS_NOT_READ', `\`${path}\` has the same key twice`, {
      hint: 'take one of them out',
    });
  }
  return value;
}

/** Writes a value at a path whose parents exist: a member of an object, replaced or added at its end. */
export function withMember(text: string, parents: Path, key: string, value: JsonValue): string {
  const parent = nodeAt(text, parents);
  const members = parent?.members;
  if (parent === undefined || members === undefined) return text;
  const depth = parents.length + 1;
  const old = members.find((member) => member.key === key)?.value;
  if (old !== undefined) return splice(text, old.start, old.end, written(text, value, depth));
  return appended(text, parent, members.at(-1)?.value, `${JSON.stringify(key)}: ${written(text, value, depth)}`, depth);
}

/** Adds an item at the end of the list at a path. */
export function withItem(text: string, parents: Path, value: JsonValue): string {
  const parent = nodeAt(text, parents);
  if (parent?.items === undefined) return text;
  const depth = parents.length + 1;
  return appended(text, parent, parent.items.at(-1), written(text, value, depth), depth);
}

/** Takes out what is at a path, with its comma; text without it stays as it is. */
export function without(text: string, path: Path): string {
  const parent = nodeAt(text, path.slice(0, -1));
  const last = path.at(-1);
  const parts = parent?.members ?? parent?.items?.map((value) => ({ key: '', start: value.start, value })) ?? [];
  const index = typeof last === 'number' ? last : parts.findIndex(({ key }) => key === last);
  const part = parts[index];
  if (parent === undefined || part === undefined) return text;
  const before = parts[index - 1];
  const after = parts[index + 1];
  if (before !== undefined) return splice(text, before.value.end, part.value.end, '');
  if (after !== undefined) return splice(text, part.start, after.start, '');
  return splice(text, parent.start + 1, parent.end - 1, '');
}

function splice(text: string, start: number, end: number, by: string): string {
  return text.slice(0, start) + by + text.slice(end);
}

function appended(text: string, parent: Node, last: Node | undefined, part: string, depth: number): string {
  const line = `${newline(text)}${indentOf(text).repeat(depth)}`;
  if (last !== undefined) return splice(text, last.end, last.end, `,${line}${part}`);
  const close = `${newline(text)}${indentOf(text).repeat(depth - 1)}`;
  return splice(text, parent.start + 1, parent.end - 1, `${line}${part}${close}`);
}

function written(text: string, value: JsonValue, depth: number): string {
  const indent = indentOf(text);
  return JSON.stringify(value, undefined, indent).replaceAll('\n', `${newline(text)}${indent.repeat(depth)}`);
}

/** How the text indents its first level; two spaces when it does not. */
function indentOf(text: string): string {
  return /^\s*\{[^\S\n]*\r?\n([ \t]+)"/.exec(text)?.[1] ?? '  ';
}

function newline(text: string): string {
  return text.includes('\r\n') ? '\r\n' : '\n';
}

function nodeAt(text: string, path: Path): Node | undefined {
  return path.reduce<Node | undefined>(
    (node, part) =>
      typeof part === 'number' ? node?.items?.[part] : node?.members?.find(({ key }) => key === part)?.value,
    nodeOf(text),
  );
}

function repeatsKey(node: Node): boolean {
  const keys = node.members?.map(({ key }) => key) ?? [];
  if (new Set(keys).size < keys.length) return true;
  return [...(node.members?.map(({ value }) => value) ?? []), ...(node.items ?? [])].some(repeatsKey);
}

/** Reads what `JSON.parse` has found sound. */
function nodeOf(text: string): Node {
  const token = /\s*("(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+)/gsy;
  token.lastIndex = text.startsWith('\ufeff') ? 1 : 0;
  const next = (): { readonly start: number; readonly end: number; readonly word: string } => {
    const word = token.exec(text)?.[1] ?? '';
    return { start: token.lastIndex - word.length, end: token.lastIndex, word };
  };
  const value = (first = next()): Node => {
    if (first.word === '{') {
      const members: { key: string; start: number; value: Node }[] = [];
      for (let at = next(); ; at = next()) {
        if (at.word === '}' || at.word === '') return { start: first.start, end: at.end, members };
        if (at.word === ',') continue;
        next(); // The colon.
        members.push({ key: String(JSON.parse(at.word)), start: at.start, value: value() });
      }
    }
    if (first.word === '[') {
      const items: Node[] = [];
      for (let at = next(); ; at = next()) {
        if (at.word === ']' || at.word === '') return { start: first.start, end: at.end, items };
        if (at.word !== ',') items.push(value(at));
      }
    }
    return { start: first.start, end: first.end };
  };
  return value();
}
