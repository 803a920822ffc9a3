import type { Tool } from '../../tool.js';
import { CHANGERS } from './changers.js';
import { FIND } from './find.js';
import { NOTHING } from './nothing.js';
import { READ } from './read.js';
import { rsync } from './rsync.js';
import { TAR } from './tar.js';

/** What is known of programs that work on files. */
export const fileTools: readonly Tool[] = [...CHANGERS, ...FIND, ...READ, rsync, ...TAR, ...NOTHING];
