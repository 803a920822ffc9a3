import type { Tool } from '../../tool.js';
import { django } from './django.js';
import { ENGINES } from './engines.js';
import { FRAMEWORKS } from './frameworks.js';
import { JAVASCRIPT_MIGRATIONS } from './javascript.js';
import { JVM_MIGRATIONS } from './jvm.js';
import { PHP_MIGRATIONS } from './php.js';

export { judgeSupabaseDb } from './supabase.js';

export const MIGRATION_TOOLS: readonly Tool[] = [
  ...JAVASCRIPT_MIGRATIONS,
  ...FRAMEWORKS,
  django,
  ...PHP_MIGRATIONS,
  ...JVM_MIGRATIONS,
  ...ENGINES,
];
