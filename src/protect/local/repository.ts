import { messageOf } from '#base/errors';
import { type BytePath, isWithin, pathOfBytes } from './byte-path.js';
import { Folder, realPath } from './folder.js';
import { askGit } from './git-command.js';
import type { Pace } from './pace.js';
import { cannotKeep } from './planned.js';

/** A git repository as it lies on the disk. Paths are absolute and without links. */
export interface Repository {
  /** Undefined for a bare one. */
  readonly workTree: BytePath | undefined;
  /** Of this working tree: `.git`, or `.git/worktrees/x`. */
  readonly gitFolder: BytePath;
  /** What all its working trees share: `.git`. */
  readonly state: BytePath;
  readonly format: 'sha1' | 'sha256';
}

/**
 * The repository in which a folder lies.
 *
 * @throws ProtectError `NOT_UNDOABLE` when it is none, or one that cannot be kept.
 */
export async function findRepository(path: BytePath, pace: Pace): Promise<Repository> {
  const real = realPath(path);
  if (real === undefined) throw cannotKeep(path, 'is not there');
  let folder: Folder;
  try {
    folder = Folder.open(real);
  } catch (error) {
    throw cannotKeep(path, `cannot be read: ${messageOf(error)}`);
  }
  try {
    const together = await askGit(
      folder,
      [
        'rev-parse',
        '--path-format=absolute',
        '--is-inside-work-tree',
        '--show-toplevel',
        '--git-dir',
        '--git-common-dir',
        '--show-object-format',
      ],
      pace,
    );
    const lines = pathOfBytes(together.output).replace(/\n$/, '').split('\n');
    const ask = async (...what: string[]) => {
      const { status, output } = await askGit(folder, ['rev-parse', '--path-format=absolute', ...what], pace);
      return status === 0 ? pathOfBytes(output).replace(/\n$/, '') : undefined;
    };
    // One by one where there is no working tree, or where a path holds the line break that tells the answers apart.
    const [inside, top, git, common, format] =
      together.status === 0 && lines.length === 5
        ? lines
        : await Promise.all([
            ask('--is-inside-work-tree'),
            ask('--show-toplevel'),
            ask('--git-dir'),
            ask('--git-common-dir'),
            ask('--show-object-format'),
          ]);
    const gitFolder = git && realPath(git);
    const state = common && realPath(common);
    if (!gitFolder || !state || (format !== 'sha1' && format !== 'sha256'))
      throw cannotKeep(path, 'is in no git repository that can be read');
    if (folder.stat('.') === undefined || state === '/') throw cannotKeep(path, 'is no repository of its own');
    const workTree = inside === 'true' && top ? realPath(top) : undefined;
    // A working tree that the repository's own configuration places elsewhere is not believed.
    if (workTree !== undefined && (workTree === '/' || !isWithin(real, workTree)))
      throw cannotKeep(path, 'has its working tree somewhere else');
    if (workTree === undefined && inside !== 'false') throw cannotKeep(path, 'has no working tree that can be read');
    return { workTree, gitFolder, state, format };
  } finally {
    folder.close();
  }
}
