import type { Tool } from '../../tool.js';
import { dashed, git } from './git.js';
import { OTHER_VCS } from './other-vcs.js';

/** What is known of version control. */
export const gitTools: readonly Tool[] = [git, dashed, ...OTHER_VCS];
