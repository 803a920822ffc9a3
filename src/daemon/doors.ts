/** The doors of a daemon, from its configuration. */
import type { Session } from '#action/session';
import { splitSql } from '#analyze/sql/split';
import { messageOf } from '#base/errors';
import type { Authority } from '#intercept/http/authority';
import { createHttpDoor, type HttpDoor } from '#intercept/http/http-door';
import type { HttpResource } from '#intercept/http/options';
import type { PostgresDoorOptions, PostgresResource } from '#intercept/postgres/options';
import { createPostgresDoor, type PostgresDoor } from '#intercept/postgres/postgres-door';
import { postgresKeeper } from '#protect/postgres/keeper';
import type { Core } from './core.js';
import { hostsOf, isLoopback, readPem } from './settings.js';

/** A door for one launch, or the standing one. */
export function httpDoor(core: Core, authority: Authority, session: Session | undefined): HttpDoor {
  return createHttpDoor({
    submit: core.submit,
    broker: core.broker,
    authority,
    resources: httpResources(core),
    session,
    anonymousSession: ANONYMOUS,
    egress: { unlisted: core.config.egress.unlisted },
    report: ({ kind, subject, detail }) =>
      core.note({ act: kind, by: session?.id ?? 'agent', subject, detail, ok: kind === 'tunnel-opened' }),
  });
}

export async function postgresDoor(
  core: Core,
  authority: Authority,
  onDefect: (text: string) => void,
): Promise<PostgresDoor> {
  const { certPem, keyPem } = await authority.certificateFor('localhost');
  const options: PostgresDoorOptions = {
    resources: postgresResources(core),
    submit: core.submit,
    split: splitSql,
    keeper: postgresKeeper(),
    admit: (lane, resource) => core.roles.admit(lane, resource),
    outside: (resource) => core.roles.outside(resource),
    broker: core.broker,
    tls: { cert: certPem, key: keyPem },
    report: (event) => {
      // What it tells of did not happen; an unwritable log refuses everything that follows.
      core.log.append({ ...event, time: core.clock.now() }).catch((error: unknown) => onDefect(messageOf(error)));
    },
  };
  return createPostgresDoor(options);
}

/** Requests without a placeholder on the standing door: nobody knows whose they are, so they may touch nothing. */
const ANONYMOUS: Session = {
  id: 'anonymous',
  agent: 'an agent without a placeholder',
  intent: '',
  environments: [],
  mode: 'work',
  tier: 'advisory',
};

function httpResources(core: Core): readonly HttpResource[] {
  return Object.entries(core.config.resources).flatMap(([name, resource]) => {
    if (resource.kind !== 'http') return [];
    const { upstream } = resource;
    return [
      {
        name,
        provider: resource.provider,
        hosts: hostsOf(resource),
        environments: core.settings.resources.get(name)?.environments ?? [],
        credential: resource.credential,
        upstream: upstream && { host: upstream.host, port: upstream.port, ca: readPem(core.configFolder, upstream.ca) },
      },
    ];
  });
}

export function postgresResources(
  core: Pick<Core, 'config' | 'configFolder' | 'settings'>,
): readonly PostgresResource[] {
  return Object.entries(core.config.resources).flatMap(([name, resource]) => {
    if (resource.kind !== 'postgres') return [];
    const { host, port, database, tls, ca } = resource.upstream;
    const environments = core.settings.resources.get(name)?.environments ?? [];
    return [
      {
        name,
        environments,
        upstream: {
          host,
          port,
          database,
          tls: { mode: tls ?? (isLoopback(host) ? 'disable' : 'verify-full'), ca: readPem(core.configFolder, ca) },
        },
        credential: resource.credentials.write,
        lanes: { read: resource.credentials.read, owner: resource.credentials.owner },
        // FAIL-CLOSED: a database whose environment nobody declared is guarded.
        guarded: environments.length === 0 || environments.some((one) => core.settings.environmentOf(one).protected),
      },
    ];
  });
}
