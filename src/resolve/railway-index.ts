import { z } from 'zod';

/** What the index knows of one object: its name, and the names of every environment that it belongs to, sorted. */
interface IndexedObject {
  readonly name: string | undefined;
  readonly environments: readonly string[];
}

/** By kind and id, see `indexKey`. */
export type RailwayIndex = ReadonlyMap<string, IndexedObject>;

export function indexKey(objectKind: string, objectId: string): string {
  return JSON.stringify([objectKind, objectId]);
}

const paged = z.object({ hasNextPage: z.boolean() });

/** Absent when it was not asked for. That it may be cut short is no matter: what is not found is not answered. */
function optionalConnection<T extends z.ZodType>(node: T) {
  return z.object({ edges: z.array(z.object({ node })) }).optional();
}

/** A connection whose every edge we must have seen; without `pageInfo` nobody can tell. */
function wholeConnection<T extends z.ZodType>(node: T) {
  return z.object({ pageInfo: paged, edges: z.array(z.object({ node })) });
}

const namedEnvironment = z.object({ name: z.string().min(1) });

const volumeInstance = z.object({
  id: z.string(),
  environmentId: z.string(),
  environment: namedEnvironment.nullish(),
});

const project = z.object({
  id: z.string(),
  name: z.string().nullish(),
  environments: wholeConnection(z.object({ id: z.string(), name: z.string().min(1) })),
  services: optionalConnection(
    z.object({
      id: z.string(),
      name: z.string().nullish(),
      serviceInstances: wholeConnection(z.object({ id: z.string(), environmentId: z.string() })),
    }),
  ),
  volumes: optionalConnection(
    z.object({ id: z.string(), name: z.string().nullish(), volumeInstances: wholeConnection(volumeInstance) }),
  ),
});

/** One page of `projectsQuery`. A reply with `errors` does not fit: a partial answer is no answer. */
export const projectsReply = z.object({
  errors: z.undefined().optional(),
  data: z.object({
    projects: z.object({
      pageInfo: z.object({ hasNextPage: z.boolean(), endCursor: z.string().nullish() }),
      edges: z.array(z.object({ node: project })),
    }),
  }),
});

export const deploymentReply = z.object({
  errors: z.undefined().optional(),
  data: z.object({
    deployment: z.object({ id: z.string(), environmentId: z.string(), environment: namedEnvironment }),
  }),
});

type Project = z.infer<typeof project>;

/**
 * Builds the index over all projects of a workspace.
 *
 * FAIL-CLOSED: an object whose list of environments is cut short, or one of whose environments has no name, is left out,
 * so that asking for it finds nothing.
 */
export function buildIndex(projects: readonly Project[]): RailwayIndex {
  const index = new Map<string, IndexedObject>();
  const add = (
    kind: string,
    id: string,
    name: string | null | undefined,
    environments: readonly string[] | undefined,
  ) => {
    if (environments === undefined) return;
    index.set(indexKey(kind, id), { name: name ?? undefined, environments: [...new Set(environments)].sort() });
  };
  for (const { id, name, environments, services, volumes } of projects) {
    const names = new Map(environments.edges.map(({ node }) => [node.id, node.name]));
    for (const [environmentId, environmentName] of names)
      add('environment', environmentId, environmentName, [environmentName]);
    if (!environments.pageInfo.hasNextPage) add('project', id, name, [...names.values()]);
    for (const { node } of services?.edges ?? []) {
      const ids = node.serviceInstances.edges.map((edge) => edge.node.environmentId);
      if (!node.serviceInstances.pageInfo.hasNextPage) add('service', node.id, node.name, allNames(ids, names));
    }
    for (const { node } of volumes?.edges ?? []) {
      const instances = node.volumeInstances.edges.map((edge) => edge.node);
      const known = new Map(names);
      for (const { environmentId, environment } of instances)
        if (environment) known.set(environmentId, environment.name);
      const ids = instances.map((instance) => instance.environmentId);
      if (!node.volumeInstances.pageInfo.hasNextPage) add('volume', node.id, node.name, allNames(ids, known));
      for (const instance of instances) {
        add('volume-instance', instance.id, node.name, allNames([instance.environmentId], known));
      }
    }
  }
  return index;
}

function allNames(ids: readonly string[], names: ReadonlyMap<string, string>): string[] | undefined {
  const found = ids.map((id) => names.get(id));
  return found.every((name) => name !== undefined) ? found : undefined;
}
