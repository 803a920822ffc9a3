import type { Tool } from '../../tool.js';
import { MONGO } from './mongo.js';
import { MYSQL_ADMIN } from './mysql-admin.js';
import { POSTGRES_ADMIN } from './postgres-admin.js';
import { psql } from './psql.js';
import { QUEUES } from './queues.js';
import { redis } from './redis.js';
import { SEVERAL } from './several.js';
import { SQL_CLIENTS } from './sql-clients.js';
import { sqlite, sqliteUtils } from './sqlite.js';
import { STORES } from './stores.js';

export const DATABASE_TOOLS: readonly Tool[] = [
  psql,
  ...SQL_CLIENTS,
  ...SEVERAL,
  sqlite,
  sqliteUtils,
  ...POSTGRES_ADMIN,
  ...MYSQL_ADMIN,
  ...MONGO,
  redis,
  ...QUEUES,
  ...STORES,
];
