import type { Tool } from '../../tool.js';
import { LANGUAGES } from './languages.js';
import { SYSTEM_PACKAGES } from './system-packages.js';

/** What is known of package managers; those of JavaScript run scripts too, and are in `npm.ts`. */
export const packageTools: readonly Tool[] = [...SYSTEM_PACKAGES, ...LANGUAGES];
