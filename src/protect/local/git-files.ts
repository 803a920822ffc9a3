/** What git knows of the files of a working tree. */
import type { BytePath } from './byte-path.js';
import type { Folder, Stat } from './folder.js';
import { listOf, runGit, runTogether } from './git-command.js';
import type { Pace } from './pace.js';

export interface IndexEntry {
  readonly oid: string;
  /** `100644`, `100755`, `120000`, `160000` (a submodule). */
  readonly mode: string;
  /** What git saw of the file when it last read it; undefined when that does not count. */
  readonly seen:
    | { readonly size: bigint; readonly mtime: bigint; readonly ctime: bigint; readonly ino: bigint }
    | undefined;
}

export interface GitFiles {
  /** What git follows, less what a merge has left undecided. */
  readonly tracked: ReadonlyMap<BytePath, IndexEntry>;
  /** Followed, with more than one version in the index. */
  readonly undecided: ReadonlySet<BytePath>;
  readonly untracked: ReadonlySet<BytePath>;
  /** Folders that are repositories of their own, which git does not look into. */
  readonly nested: ReadonlySet<BytePath>;
  /** Files, and whole folders. */
  readonly ignored: ReadonlySet<BytePath>;
}

const EMPTY = Buffer.alloc(0);

/** @param top of the working tree. */
export async function gitFilesOf(top: Folder, pace: Pace): Promise<GitFiles> {
  const [index = EMPTY, others = EMPTY, ignored = EMPTY] = await runTogether(
    top,
    [
      ['ls-files', '-z', '--stage', '--debug'],
      ['ls-files', '-z', '--others', '--exclude-standard'],
      ['ls-files', '-z', '--others', '--ignored', '--exclude-standard', '--directory'],
    ],
    pace,
  );
  const untracked = listOf(others);
  return {
    ...indexOf(index.toString('latin1')),
    untracked: new Set(untracked.filter((path) => !path.endsWith('/'))),
    nested: new Set(untracked.filter((path) => path.endsWith('/')).map((path) => path.slice(0, -1))),
    ignored: new Set(listOf(ignored).map((path) => path.replace(/\/$/, ''))),
  };
}

/** One entry of `git ls-files --stage --debug -z`: a path may hold anything but NUL, the rest are numbers. */
const ENTRY =
  /(\d{6}) ([0-9a-f]{40,64}) (\d)\t([^\0]*)\0 {2}ctime: (\d+):(\d+)\n {2}mtime: (\d+):(\d+)\n {2}dev: \d+\tino: (\d+)\n {2}uid: \d+\tgid: \d+\n {2}size: (\d+)\tflags: ([0-9a-f]+)\n/y;
/** CE_VALID (assume unchanged) and CE_SKIP_WORKTREE: git does not look at these files, so what it saw does not count. */
const NOT_LOOKED_AT = 0x8000n | 0x4000_0000n;

function indexOf(text: string): Pick<GitFiles, 'tracked' | 'undecided'> {
  const tracked = new Map<BytePath, IndexEntry>();
  const undecided = new Set<BytePath>();
  ENTRY.lastIndex = 0;
  for (let at = 0; at < text.length; at = ENTRY.lastIndex) {
    const found = ENTRY.exec(text);
    if (found === null) throw new TypeError('git lists its index in a form that is not known');
    const [
      ,
      mode = '',
      oid = '',
      stage,
      path = '',
      cs = '0',
      cn = '0',
      ms = '0',
      mn = '0',
      ino = '0',
      size = '0',
      flags = '0',
    ] = found;
    if (stage !== '0') undecided.add(path);
    else {
      const looked = (BigInt(`0x${flags}`) & NOT_LOOKED_AT) === 0n;
      const seen = { size: BigInt(size), mtime: time(ms, mn), ctime: time(cs, cn), ino: BigInt(ino) };
      tracked.set(path, { oid, mode, seen: looked ? seen : undefined });
    }
  }
  return { tracked, undecided };
}

function time(seconds: string, nanoseconds: string): bigint {
  return BigInt(seconds) * 1_000_000_000n + BigInt(nanoseconds);
}

const LOW_32 = 0xffff_ffffn;

/**
 * Whether the file is exactly what git last saw. A file as young as the index itself may have been changed right after that
 * ("racy git").
 */
export function isAsSeen(stat: Stat, { seen }: IndexEntry, indexTime: bigint): boolean {
  return (
    seen !== undefined &&
    seen.mtime === stat.mtimeNs &&
    seen.ctime === stat.ctimeNs &&
    seen.size === (stat.size & LOW_32) &&
    seen.ino === (stat.ino & LOW_32) &&
    seen.mtime < indexTime
  );
}

/** Those of these paths whose bytes git changes on the way between the object and the disk (gitattributes(5)). */
export async function converted(top: Folder, paths: readonly BytePath[], pace: Pace): Promise<ReadonlySet<BytePath>> {
  const input = Buffer.from(paths.map((path) => `${path}\0`).join(''), 'latin1');
  const output = await runGit(
    top,
    ['check-attr', '-z', '--stdin', 'filter', 'ident', 'working-tree-encoding'],
    pace,
    input,
  );
  const found = new Set<BytePath>();
  const words = listOf(output);
  for (let at = 0; at + 2 < words.length; at += 3) {
    const [path = '', , value] = words.slice(at, at + 3);
    if (value !== 'unspecified' && value !== 'unset') found.add(path);
  }
  return found;
}

/**
 * The type and the size of each object that is there.
 *
 * @param run runs git in the repository.
 */
export async function objectsOf(
  run: (args: readonly string[], input: string) => Promise<Buffer>,
  oids: Iterable<string>,
): Promise<ReadonlyMap<string, { readonly type: string; readonly size: number }>> {
  const asked = [...new Set(oids)];
  const found = new Map<string, { readonly type: string; readonly size: number }>();
  if (asked.length === 0) return found;
  const output = await run(['cat-file', '--batch-check'], `${asked.join('\n')}\n`);
  for (const line of output.toString('latin1').split('\n')) {
    const [oid = '', type = '', size = ''] = line.split(' ');
    if (/^\d+$/.test(size)) found.set(oid, { type, size: Number(size) });
  }
  return found;
}
