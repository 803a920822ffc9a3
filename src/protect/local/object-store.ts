import { bytesOfPath, joined } from './byte-path.js';
import { Folder, statOf } from './folder.js';
import { askGit, type GitAnswer, runGit } from './git-command.js';
import type { KeptRepository } from './kept-format.js';
import type { Pace } from './pace.js';

/** Runs git's plumbing on a repository's own folder, whether or not its working tree is there. */
export interface ObjectStore {
  ask(args: readonly string[], input?: Uint8Array | string): Promise<GitAnswer>;
  /** @throws ProtectError when git says that it failed. */
  run(args: readonly string[], input?: Uint8Array | string): Promise<Buffer>;
  close(): void;
}

/** Wherever a repository's configuration says that its working tree lies: it is not needed. */
const HERE = { GIT_DIR: '.', GIT_WORK_TREE: '.' };

/** Undefined when the repository is gone. */
export function openStore({ gitFolder, state }: Pick<KeptRepository, 'gitFolder' | 'state'>, pace: Pace) {
  // The folder of a linked working tree goes away with it; what all share stays.
  const path = [gitFolder, state].find((one) => statOf(bytesOfPath(joined(one, 'HEAD'))) !== undefined);
  if (path === undefined) return undefined;
  const folder = Folder.open(path);
  const store: ObjectStore = {
    ask: (args, input) => askGit(folder, args, pace, input, HERE),
    run: (args, input) => runGit(folder, args, pace, input, HERE),
    close: () => folder.close(),
  };
  return store;
}
