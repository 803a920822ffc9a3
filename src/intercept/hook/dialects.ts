/** The dialects of all agents, by the name in paths. */
import { claudeCode } from './claude-code/dialect.js';
import type { Dialect } from './dialect.js';

export const DIALECTS: ReadonlyMap<string, Dialect> = new Map([claudeCode].map((dialect) => [dialect.agent, dialect]));
