/** Firebreak's own logins to a guarded database, for commands that look at its roles or make them. */
import { dirname } from 'node:path';
import type { Credential } from '#action/credential';
import { FirebreakError } from '#base/errors';
import type { PostgresUpstream } from '#intercept/postgres/options';
import { type OwnConnection, openOwnConnection } from '#intercept/postgres/own-connection';
import { LANES, type Lane } from '#intercept/postgres/roles/report';
import type { Config, ConfigResource } from './config/config.js';
import { isLoopback, readPem } from './settings.js';

type ConfigDatabase = Extract<ConfigResource, { kind: 'postgres' }>;

/** A database of the configuration. */
export interface GuardedDatabase {
  readonly name: string;
  readonly environment: string;
  readonly protected: boolean;
  readonly upstream: PostgresUpstream;
  /** Names in the vault; undefined where the configuration has none. */
  readonly credentials: Readonly<Record<Lane, string | undefined>>;
}

export function guardedDatabases(config: Config, configPath: string): readonly GuardedDatabase[] {
  return Object.entries(config.resources).flatMap(([name, resource]) =>
    resource.kind === 'postgres' ? [databaseOf(name, resource, config, configPath)] : [],
  );
}

/** @throws FirebreakError `USAGE` when no database has that name. */
export function guardedDatabase(config: Config, configPath: string, name: string): GuardedDatabase {
  const all = guardedDatabases(config, configPath);
  const found = all.find((one) => one.name === name);
  if (found !== undefined) return found;
  throw new FirebreakError('USAGE', `no database is called \`${name}\` in the configuration`, {
    hint: all.length === 0 ? 'declare one under `resources`' : `it has ${all.map((one) => one.name).join(', ')}`,
  });
}

function databaseOf(name: string, resource: ConfigDatabase, config: Config, configPath: string): GuardedDatabase {
  const { host, port, database, tls, ca } = resource.upstream;
  const { read, write, owner } = resource.credentials;
  return {
    name,
    environment: resource.environment,
    // FAIL-CLOSED: an undeclared environment is protected.
    protected: config.environments[resource.environment]?.protected ?? true,
    upstream: {
      host,
      port,
      database,
      tls: { mode: tls ?? (isLoopback(host) ? 'disable' : 'verify-full'), ca: readPem(dirname(configPath), ca) },
    },
    credentials: { read, write, owner },
  };
}

/** The secret of a lane: as configured, else a name that goes with the resource. */
export function secretNameOf(database: GuardedDatabase, lane: Lane): string {
  return database.credentials[lane] ?? `${database.name}-${lane}`;
}

/**
 * Runs some work on a connection of its own, under one deadline for connecting.
 *
 * @param secretName for the error of a server that refuses it.
 * @throws PostgresDoorError `UPSTREAM_*`
 */
export async function withLogin<T>(
  { name, environment, upstream }: GuardedDatabase,
  secretName: string,
  credential: Credential,
  connectMs: number,
  work: (connection: OwnConnection) => Promise<T>,
): Promise<T> {
  const connection = await openOwnConnection(
    { name, environments: [environment], upstream, credential: secretName },
    credential,
    [['application_name', 'firebreak']],
    AbortSignal.timeout(connectMs),
  );
  try {
    return await work(connection);
  } finally {
    await connection.close();
  }
}

/** The lanes whose logins would be one and the same secret: then there is one wall less for each. */
export function sharedSecrets(database: GuardedDatabase): readonly Lane[] {
  const names = LANES.map((lane) => secretNameOf(database, lane));
  return LANES.filter((lane) => names.filter((name) => name === secretNameOf(database, lane)).length > 1);
}
