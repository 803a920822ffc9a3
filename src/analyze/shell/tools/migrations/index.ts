import type { Tool } from '../../tool.js';
import { ENGINES } from './engines.js';
import { FRAMEWORKS } from './frameworks.js';
import { JAVASCRIPT_MIGRATIONS } from './javascript.js';

export { judgeSupabaseDb } from './supabase.js';

export const MIGRATION_TOOLS: readonly Tool[] = [...JAVASCRIPT_MIGRATIONS, ...FRAMEWORKS, ...ENGINES];
