import { once } from 'node:events';
import { request } from 'node:https';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type RailwayStandIn, startRailwayStandIn } from './railway-standin.js';
import { type RailwayState, rentalProject } from './railway-state.js';
import type { VolumeBackup } from './volume.js';

let state: RailwayState;
let backups: VolumeBackup[];
let deleted: string[];
let railway: RailwayStandIn;

beforeEach(async () => {
  state = rentalProject();
  backups = [{ id: 'b1', name: 'daily', createdAt: '2026-04-24T02:00:00.000Z', usedMB: 66 }];
  deleted = [];
  railway = await startRailwayStandIn({
    state,
    tokens: { workspace: 'right' },
    onVolumeDelete: async (id) => void deleted.push(id),
    listBackups: async () => backups,
    createBackup: async (_, name) => {
      const backup = { id: `b${backups.length + 1}`, name, createdAt: '2026-04-25T02:00:00.000Z', usedMB: 66 };
      backups.push(backup);
      return backup;
    },
  });
});

afterEach(() => railway.close());

async function post(body: string, token = 'right', path = '/graphql/v2') {
  const outgoing = request({
    host: '127.0.0.1',
    port: railway.port,
    path,
    method: 'POST',
    servername: 'backboard.railway.app',
    ca: railway.caPem,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
  });
  outgoing.end(body);
  const [response] = await once(outgoing, 'response');
  return { status: response.statusCode, body: JSON.parse(await text(response)) };
}

const ask = (query: string, variables?: object) => post(JSON.stringify({ query, variables }));

test('a volume tells the environments that it is mounted in, by every way to it', async () => {
  const instances =
    'volumeInstances { edges { node { id environmentId mountPath state isPendingDeletion environment { name isEphemeral } } } }';
  const byProject = await ask(
    `query($id: String!) { project(id: $id) { name volumes { edges { node { id name ${instances} } } } } }`,
    { id: state.project.id },
  );
  const [volume] = byProject.body.data.project.volumes.edges;
  expect(volume.node.id).toBe(state.volumes[0]?.id);
  const names = volume.node.volumeInstances.edges.map(
    (edge: { node: { environment: { name: string } } }) => edge.node.environment.name,
  );
  expect(names).toEqual(['production', 'staging']);

  const byWorkspace = await ask(
    `{ me { workspaces { name } } projects { edges { node { volumes { edges { node { ${instances} } } } } } } }`,
  );
  expect(byWorkspace.body.data.projects.edges[0].node.volumes.edges[0].node.volumeInstances).toEqual(
    volume.node.volumeInstances,
  );
  const id = state.environments[1]?.id;
  const byEnvironment = await ask(
    `{ environment(id: "${id}") { name volumeInstances { edges { node { volume { id } service { name } } } } } }`,
  );
  expect(byEnvironment.body.data.environment).toEqual({
    name: 'staging',
    volumeInstances: { edges: [{ node: { volume: { id: volume.node.id }, service: { name: 'postgres' } } }] },
  });
});

test('deleting a volume calls the platform, and afterwards nobody knows the volume', async () => {
  const id = state.volumes[0]?.id;
  const answer = await ask('mutation VolumeDelete($id: String!) { volumeDelete(volumeId: $id) }', { id });
  expect(answer).toEqual({ status: 200, body: { data: { volumeDelete: true } } });
  expect(deleted).toEqual([id]);
  expect((await ask('{ projects { edges { node { volumes { edges { node { id } } } } } } }')).body.data).toEqual({
    projects: { edges: [{ node: { volumes: { edges: [] } } }] },
  });
  const again = await ask(`mutation { volumeDelete(volumeId: "${id}") }`);
  expect(again.body.errors[0].message).toBe('Not Authorized');
  expect(deleted).toHaveLength(1);
});

test('backups, variables, redeployments and domains keep their state', async () => {
  const instance = state.volumes[0]?.instances[0]?.id;
  const [project, environment, service] = [state.project.id, state.environments[1]?.id, state.services[0]?.id];
  await ask(`mutation { volumeInstanceBackupCreate(volumeInstanceId: "${instance}", name: "before") { workflowId } }`);
  const listed = await ask(
    `{ volumeInstanceBackupList(volumeInstanceId: "${instance}") { id name usedMB expiresAt } }`,
  );
  expect(listed.body.data.volumeInstanceBackupList.map(({ name }: VolumeBackup) => name)).toEqual(['daily', 'before']);

  const input = { projectId: project, environmentId: environment, serviceId: service, name: 'MODE', value: 'calm' };
  await ask('mutation($input: VariableUpsertInput!) { variableUpsert(input: $input) }', { input });
  const variables = await ask(
    `{ variables(projectId: "${project}", environmentId: "${environment}", serviceId: "${service}") }`,
  );
  expect(variables.body.data.variables).toEqual({ MODE: 'calm' });

  const deployment = await ask(`mutation { deploymentRedeploy(id: "${state.deployments[0]?.id}") { id status } }`);
  expect(deployment.body.data.deploymentRedeploy.status).toBe('SUCCESS');
  const domain = { domain: 'rent.example.com', projectId: project, environmentId: environment, serviceId: service };
  await ask('mutation($input: CustomDomainCreateInput!) { customDomainCreate(input: $input) { id } }', {
    input: domain,
  });
  expect(state.customDomains.map(({ domain }) => domain)).toEqual(['rent.example.com']);
});

test('an unknown token gets nothing done, and every request is listed with whose token it was', async () => {
  const refused = await post(
    JSON.stringify({ query: `mutation { volumeDelete(volumeId: "${state.volumes[0]?.id}") }` }),
    'wrong',
  );
  expect(refused.body).toEqual({ errors: [{ message: 'Not Authorized' }], data: null });
  expect(deleted).toEqual([]);
  await ask('{ me { email } projects { edges { node { id } } } }');
  expect(railway.requests.map(({ token, operation }) => [token, operation])).toEqual([
    [undefined, 'mutation volumeDelete'],
    ['workspace', 'query me projects'],
  ]);
});

test('what is not a GraphQL request is refused as such', async () => {
  expect((await post('not json')).status).toBe(400);
  expect((await post('{"query": 7}')).status).toBe(400);
  expect((await ask('{ me {')).status).toBe(400);
  expect((await ask('{ everything }')).body.errors[0].message).toContain('Cannot query field');
  expect((await post('{}', 'right', '/elsewhere')).status).toBe(404);
  expect((await post(`{"query": "${'x'.repeat(1_100_000)}"}`)).status).toBe(500);
});
