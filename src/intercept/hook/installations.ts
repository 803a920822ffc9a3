/** How hooks are installed for every agent, in the order in which people are asked. */
import { claudeCodeEvents, claudeCodeInstallation } from './claude-code/installation.js';
import type { ClientEvent } from './client/script.js';
import { codexEvents, codexInstallation } from './codex/installation.js';
import { copilotEvents, copilotInstallation } from './copilot/installation.js';
import { cursorEvents, cursorInstallation } from './cursor/installation.js';
import { geminiEvents, geminiInstallation } from './gemini/installation.js';
import type { Installation } from './installation.js';
import { opencodeInstallation } from './opencode/installation.js';

export const INSTALLATIONS: readonly Installation[] = [
  claudeCodeInstallation,
  codexInstallation,
  geminiInstallation,
  opencodeInstallation,
  cursorInstallation,
  copilotInstallation,
];

/** What the client must know how to refuse. */
export const CLIENT_EVENTS: readonly ClientEvent[] = [
  ...claudeCodeEvents,
  ...codexEvents,
  ...geminiEvents,
  ...cursorEvents,
  ...copilotEvents,
];
