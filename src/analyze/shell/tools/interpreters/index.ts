import type { Tool } from '../../tool.js';
import { JAVASCRIPT } from './javascript.js';
import { LINE_LANGUAGES } from './line-languages.js';
import { OTHERS } from './others.js';
import { python } from './python.js';

export const INTERPRETER_TOOLS: readonly Tool[] = [python, ...JAVASCRIPT, ...LINE_LANGUAGES, ...OTHERS];
