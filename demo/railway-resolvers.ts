import { randomUUID } from 'node:crypto';
import type { RailwayOptions } from './railway-standin.js';
import type { RailwayVolume } from './railway-state.js';

/** Resolvers as graphql-js takes them from a root value: objects whose functions are called with the arguments. */
export function railwayResolvers(options: RailwayOptions) {
  const { state } = options;
  const { project } = state;

  const environment = (id: string) => {
    const found = wanted(state.environments.find((candidate) => candidate.id === id));
    return {
      ...found,
      projectId: project.id,
      volumeInstances: () =>
        connection(instancesOf(({ environmentId }) => environmentId === id).map(({ id }) => volumeInstance(id))),
    };
  };
  const service = (id: string) => ({
    ...wanted(state.services.find((candidate) => candidate.id === id)),
    projectId: project.id,
  });
  const volume = (found: RailwayVolume) => ({
    id: found.id,
    name: found.name,
    createdAt: found.createdAt,
    projectId: project.id,
    volumeInstances: () => connection(found.instances.map(({ id }) => volumeInstance(id))),
  });
  const instancesOf = (matches: (instance: RailwayVolume['instances'][number]) => boolean) =>
    state.volumes.flatMap(({ instances }) => instances.filter(matches));
  const volumeOf = (instanceId: string) =>
    wanted(state.volumes.find(({ instances }) => instances.some(({ id }) => id === instanceId)));
  const volumeInstance = (id: string) => {
    const owner = volumeOf(id);
    const instance = wanted(owner.instances.find((candidate) => candidate.id === id));
    return {
      ...instance,
      createdAt: owner.createdAt,
      environment: () => environment(instance.environmentId),
      service: () => service(instance.serviceId),
      state: 'READY',
      isPendingDeletion: false,
      sizeMB: owner.sizeMB,
      currentSizeMB: async () => {
        const backups = await options.listBackups(owner.id);
        return backups.reduce((sum, { usedMB }) => sum + usedMB, 0);
      },
      volumeId: owner.id,
      volume: () => volume(owner),
    };
  };
  const projectNode = () => ({
    ...project,
    workspaceId: state.workspace.id,
    environments: () => connection(state.environments.map(({ id }) => environment(id))),
    services: () => connection(state.services.map(({ id }) => service(id))),
    volumes: () => connection(state.volumes.map(volume)),
  });

  return {
    me: () => ({ ...state.user, workspaces: [state.workspace] }),
    projects: () => connection([projectNode()]),
    project: ({ id }: { id: string }) => wanted(id === project.id ? projectNode() : undefined),
    environments: ({ projectId }: { projectId: string }) =>
      wanted(projectId === project.id ? projectNode() : undefined).environments(),
    environment: ({ id }: { id: string }) => environment(id),
    volumeInstance: ({ id }: { id: string }) => volumeInstance(id),
    volumeInstanceBackupList: async ({ volumeInstanceId }: { volumeInstanceId: string }) => {
      const backups = await options.listBackups(volumeOf(volumeInstanceId).id);
      return backups.map((backup) => ({ ...backup, externalId: backup.id, referencedMB: backup.usedMB }));
    },
    variables: ({ environmentId, serviceId }: { environmentId: string; serviceId?: string | null }) => {
      const prefix = `${environmentId}/${serviceId ?? ''}/`;
      const entries = [...state.variables].filter(([key]) => key.startsWith(prefix));
      return Object.fromEntries(entries.map(([key, value]) => [key.slice(prefix.length), value]));
    },

    volumeDelete: async ({ volumeId }: { volumeId: string }) => {
      const index = state.volumes.findIndex(({ id }) => id === volumeId);
      wanted(state.volumes[index]);
      await options.onVolumeDelete(volumeId);
      state.volumes.splice(index, 1);
      return true;
    },
    volumeUpdate: ({ volumeId, input }: { volumeId: string; input: { name?: string | null } }) => {
      const found = wanted(state.volumes.find(({ id }) => id === volumeId));
      found.name = input.name ?? found.name;
      return volume(found);
    },
    volumeInstanceBackupCreate: async ({
      volumeInstanceId,
      name,
    }: {
      volumeInstanceId: string;
      name?: string | null;
    }) => {
      await options.createBackup(volumeOf(volumeInstanceId).id, name ?? 'manual');
      return { workflowId: `createVolumeInstanceBackup/${volumeInstanceId}` };
    },
    variableUpsert: ({ input }: { input: VariableUpsertInput }) => {
      environment(input.environmentId);
      state.variables.set(`${input.environmentId}/${input.serviceId ?? ''}/${input.name}`, input.value);
      return true;
    },
    deploymentRedeploy: ({ id }: { id: string }) => {
      const previous = wanted(state.deployments.find((deployment) => deployment.id === id));
      const next = { ...previous, id: randomUUID() };
      state.deployments.push(next);
      return { ...next, status: 'SUCCESS' };
    },
    customDomainCreate: ({ input }: { input: CustomDomainCreateInput }) => {
      const domain = { ...input, id: randomUUID() };
      state.customDomains.push(domain);
      return domain;
    },
  };
}

interface VariableUpsertInput {
  readonly environmentId: string;
  readonly serviceId?: string | null;
  readonly name: string;
  readonly value: string;
}

interface CustomDomainCreateInput {
  readonly domain: string;
  readonly environmentId: string;
  readonly serviceId: string;
}

/** What the API says of an object that does not exist, or is not yours: it does not tell the two apart. */
function wanted<T>(found: T | undefined): T {
  if (found === undefined) throw new Error('Not Authorized');
  return found;
}

function connection<T>(nodes: readonly T[]) {
  const edges = nodes.map((node, index) => ({ cursor: String(index), node }));
  const pageInfo = { endCursor: edges.at(-1)?.cursor, startCursor: edges[0]?.cursor };
  return { edges, pageInfo: { ...pageInfo, hasNextPage: false, hasPreviousPage: false } };
}
