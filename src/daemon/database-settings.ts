/** What the configuration says of databases beyond where they are. */
import type { Config, ConfigResource } from './config/config.js';

/** Credentials that lie in the vault until an approval needs them. */
export function onDemandCredentials(config: Config): readonly string[] {
  const resources = Object.values(config.resources);
  const used = resources.flatMap((one) =>
    one.kind === 'postgres' ? [one.credentials.write, one.credentials.read] : [one.credential],
  );
  return resources.flatMap((one) => {
    const owner = one.kind === 'postgres' ? one.credentials.owner : undefined;
    return owner === undefined || used.includes(owner) ? [] : [owner];
  });
}

/** Extensions that the operator says reach nothing outside a transaction. */
export function vouchedFor(config: Config): (resource: string) => readonly string[] {
  return (name) => {
    const resource = config.resources[name];
    return resource?.kind === 'postgres' ? resource.harmless_extensions : [];
  };
}

/** The secrets that a resource needs. */
export function secretsOf(resource: ConfigResource | undefined): readonly string[] {
  if (resource === undefined) return [];
  return resource.kind === 'postgres' ? [resource.credentials.write] : [resource.credential];
}
