/**
 * The files that a patch touches. Two forms: the one of Codex's `apply_patch` (openai/codex,
 * codex-rs/apply-patch/apply_patch_tool_instructions.md), and a unified diff.
 */
export interface PatchedFile {
  readonly act: 'write' | 'edit' | 'delete';
  readonly path: string;
}

/** What stands before a path, longest first. `*** Move to:` names where the file updated above it goes. */
const HEADERS: readonly (readonly [RegExp, PatchedFile['act']])[] = [
  [/^\s*\*\*\* Add File: (.+)$/u, 'write'],
  [/^\s*\*\*\* Move to: (.+)$/u, 'write'],
  [/^\s*\*\*\* Update File: (.+)$/u, 'edit'],
  [/^\s*\*\*\* Delete File: (.+)$/u, 'delete'],
];

const DIFF_FROM = /^--- (?:a\/)?([^\t\n]+)/u;
const DIFF_TO = /^\+\+\+ (?:b\/)?([^\t\n]+)/u;
const NOWHERE = '/dev/null';

/** @returns undefined when it names no file, so that nobody knows what it does. */
export function filesOfPatch(text: string): readonly PatchedFile[] | undefined {
  const files: PatchedFile[] = [];
  let from: string | undefined;
  for (const line of text.split(/\r?\n/u)) {
    const header = HEADERS.map(([pattern, act]) => ({ act, path: pattern.exec(line)?.[1] })).find(({ path }) => path);
    if (header?.path !== undefined) {
      const updated = files.at(-1);
      // What is moved away from a path is gone there.
      if (/Move to/u.test(line) && updated !== undefined) files.push({ act: 'delete', path: updated.path });
      files.push({ act: header.act, path: header.path.trim() });
      continue;
    }
    const old = DIFF_FROM.exec(line)?.[1];
    const to = from === undefined ? undefined : DIFF_TO.exec(line)?.[1];
    if (from !== undefined && to !== undefined) {
      if (to === NOWHERE) files.push({ act: 'delete', path: from });
      else files.push({ act: from === NOWHERE ? 'write' : 'edit', path: to });
    }
    from = old;
  }
  return files.length === 0 ? undefined : files;
}
