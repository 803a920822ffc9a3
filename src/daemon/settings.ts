/** The configuration in the terms of the steps. */
import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { resolve } from 'node:path';
import { type Environment, LOCAL_ENVIRONMENT, undeclaredEnvironment } from '#action/environment';
import type { ResourceFacts } from '#analyze/analysis';
import { FirebreakError } from '#base/errors';
import type { Freeze } from '#policy/freeze';
import type { Limits } from '#policy/limits';
import { type Config, type ConfigResource, durationMilliseconds, timeMilliseconds } from './config/config.js';

export interface Settings {
  readonly environments: readonly Environment[];
  readonly environmentOf: (name: string) => Environment;
  readonly limitsOf: (environment: string) => Limits;
  readonly resources: ReadonlyMap<string, ResourceFacts>;
  readonly scheduledFreezes: readonly Freeze[];
  readonly holdMilliseconds: number;
  readonly retryWithin: number;
  readonly approvers: readonly string[] | undefined;
}

/** Host names that lead to a provider's API. */
const PROVIDER_HOSTS = { railway: ['backboard.railway.app', 'backboard.railway.com'] } as const;

export function settingsOf(config: Config): Settings {
  const environments: readonly Environment[] = Object.entries(config.environments).map(([name, environment]) => ({
    name,
    ...environment,
  }));
  return {
    environments,
    environmentOf: (name) =>
      environments.find((environment) => environment.name === name) ?? {
        ...undeclaredEnvironment(name),
        protected: name !== LOCAL_ENVIRONMENT,
      },
    limitsOf: (name) => {
      const limits = config.limits[name];
      return { rows: limits?.rows, destructivePerHour: limits?.destructive_per_hour };
    },
    resources: new Map(Object.entries(config.resources).map(([name, resource]) => [name, factsOf(name, resource)])),
    scheduledFreezes: config.freeze.map((freeze) => ({
      environment: freeze.environment,
      from: timeMilliseconds(freeze.from, 'begin'),
      until: timeMilliseconds(freeze.until, 'end'),
      reason: freeze.reason,
      by: 'firebreak.yaml',
    })),
    holdMilliseconds: durationMilliseconds(config.holds.expire_after),
    retryWithin: durationMilliseconds(config.holds.retry_within),
    approvers: config.approvers?.map((approver) => approver.name),
  };
}

function factsOf(name: string, resource: ConfigResource): ResourceFacts {
  const environments = resource.environment === undefined ? [] : [resource.environment];
  if (resource.kind === 'postgres')
    return { name, kind: 'postgres', environments, hosts: [resource.upstream.host.toLowerCase()] };
  return { name, kind: 'http', environments, provider: resource.provider, hosts: hostsOf(resource) };
}

export function hostsOf(resource: Extract<ConfigResource, { kind: 'http' }>): readonly string[] {
  const hosts = resource.hosts ?? (resource.provider === undefined ? [] : PROVIDER_HOSTS[resource.provider]);
  return hosts.map((host) => host.toLowerCase());
}

/** True for a host that cannot leave the machine. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}

/** A PEM file named in the configuration, relative to it. */
export function readPem(configFolder: string, path: string | undefined): string | undefined {
  if (path === undefined) return undefined;
  try {
    return readFileSync(resolve(configFolder, path), 'utf8');
  } catch (cause) {
    throw new FirebreakError('CONFIG_INVALID', `the certificate file \`${path}\` cannot be read`, {
      hint: 'paths are relative to firebreak.yaml',
      cause,
    });
  }
}

/** `host:port` apart; IPv6 addresses stand in brackets. */
export function splitAddress(address: string): { readonly host: string; readonly port: number } {
  const colon = address.lastIndexOf(':');
  return { host: address.slice(0, colon).replace(/^\[|\]$/g, ''), port: Number(address.slice(colon + 1)) };
}
