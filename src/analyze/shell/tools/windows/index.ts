import type { Tool } from '../../tool.js';
import { CMD } from './cmd.js';
import { CONSOLE_TOOLS } from './console.js';
import { POWERSHELL } from './powershell.js';

/** What is known of Windows' own commands, by their lower-case names. */
export const windowsTools: readonly Tool[] = [...CMD, ...CONSOLE_TOOLS, ...POWERSHELL];
