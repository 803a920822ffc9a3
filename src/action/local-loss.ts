/**
 * What an action would take away on this machine, as far as a copy made before could bring it back. Analysis names it;
 * `protect/local` copies it before the action is let go. INVARIANT: a loss that is not copied whole is not allowed unasked.
 */
export type LocalLoss = PathLoss | GitLoss;

/** A file or folder with everything below it. */
export interface PathLoss {
  readonly kind: 'path';
  /** Absolute, normalised, without links resolved. */
  readonly path: string;
  /** `path` is a pattern of the shell (`*`, `?`, `[...]`), to be expanded against the folder. */
  readonly pattern: boolean;
  /**
   * `removed`: the name goes away, and with it, for a folder, all that is below. `changed`: written in place, so that a hard
   * link is no copy. `placed`: something new comes into being at this path, where nothing may be yet; undoing takes it away
   * again, or brings back what it replaced.
   */
  readonly fate: 'removed' | 'changed' | 'placed';
}

/** Work or history that a git command takes away. */
export interface GitLoss {
  readonly kind: 'git';
  /** A folder of the repository, absolute. */
  readonly folder: string;
  readonly loses: readonly GitPart[];
}

/**
 * `worktree`: changes of tracked files, not yet committed. `index`: what is staged. `untracked`, `ignored`: files that git
 * does not follow. `refs`: branches, tags, stashes, HEAD, reflogs, unreachable objects.
 */
export type GitPart = 'worktree' | 'index' | 'untracked' | 'ignored' | 'refs';
