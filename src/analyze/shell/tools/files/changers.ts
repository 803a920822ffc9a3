import type { Tool } from '../../tool.js';
import { ARCHIVE } from './archive.js';
import { COMPRESS } from './compress.js';
import { COPY } from './copy.js';
import { IN_PLACE_TOOLS } from './in-place.js';
import { MODES } from './modes.js';
import { REMOVE } from './remove.js';
import { SED } from './sed.js';
import { WRITE } from './write.js';

/** Programs that change the files that they are given. */
export const CHANGERS: readonly Tool[] = [
  ...REMOVE,
  ...COPY,
  ...WRITE,
  ...IN_PLACE_TOOLS,
  ...MODES,
  ...COMPRESS,
  ...ARCHIVE,
  ...SED,
];
