/** The dialects of all agents, by the name in paths. */
import { claudeCode } from './claude-code/dialect.js';
import { codex } from './codex/dialect.js';
import { copilot } from './copilot/dialect.js';
import { cursor } from './cursor/dialect.js';
import type { Dialect } from './dialect.js';
import { gemini } from './gemini/dialect.js';
import { opencode } from './opencode/dialect.js';

export const DIALECTS: ReadonlyMap<string, Dialect> = new Map(
  [claudeCode, codex, gemini, opencode, cursor, copilot].map((dialect) => [dialect.agent, dialect]),
);
