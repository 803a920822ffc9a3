import type { Tool } from '../../tool.js';
import { DISKS } from './disks.js';
import { MACOS } from './macos.js';
import { NETWORK } from './network.js';
import { PROCESSES } from './processes.js';
import { SERVICES } from './services.js';
import { USERS } from './users.js';
import { VOLUMES } from './volumes.js';

/** What is known of programs that work on the machine itself. */
export const systemTools: readonly Tool[] = [
  ...DISKS,
  ...VOLUMES,
  ...PROCESSES,
  ...SERVICES,
  ...NETWORK,
  ...USERS,
  ...MACOS,
];
