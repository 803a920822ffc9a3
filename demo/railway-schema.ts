/**
 * The part of Railway's public GraphQL API that the replay needs, with the names and nullability of the published schema
 * (railwayapp/cli, src/gql/schema.json).
 */
export const RAILWAY_SDL = `
scalar DateTime
scalar EnvironmentVariables

type Query {
  me: User!
  projects: QueryProjectsConnection!
  project(id: String!): Project!
  environments(projectId: String!): QueryEnvironmentsConnection!
  environment(id: String!): Environment!
  volumeInstance(id: String!): VolumeInstance!
  volumeInstanceBackupList(volumeInstanceId: String!): [VolumeInstanceBackup!]!
  variables(projectId: String!, environmentId: String!, serviceId: String): EnvironmentVariables!
}

type Mutation {
  volumeDelete(volumeId: String!): Boolean!
  volumeUpdate(volumeId: String!, input: VolumeUpdateInput!): Volume!
  volumeInstanceBackupCreate(volumeInstanceId: String!, name: String): WorkflowId!
  variableUpsert(input: VariableUpsertInput!): Boolean!
  deploymentRedeploy(id: String!, usePreviousImageTag: Boolean): Deployment!
  customDomainCreate(input: CustomDomainCreateInput!): CustomDomain!
}

interface Node { id: ID! }

type User implements Node { id: ID! email: String! name: String workspaces: [Workspace!]! }
type Workspace implements Node { id: ID! name: String! }

type Project implements Node {
  id: ID!
  name: String!
  workspaceId: String
  environments: ProjectEnvironmentsConnection!
  services: ProjectServicesConnection!
  volumes: ProjectVolumesConnection!
}

type Environment implements Node {
  id: ID!
  name: String!
  projectId: String!
  isEphemeral: Boolean!
  volumeInstances: EnvironmentVolumeInstancesConnection!
}

type Service implements Node { id: ID! name: String! projectId: String! }

type Volume implements Node {
  id: ID!
  name: String!
  projectId: String!
  createdAt: DateTime!
  volumeInstances: VolumeVolumeInstancesConnection!
}

enum VolumeState { DELETED DELETING ERROR MIGRATING MIGRATION_PENDING READY RESTORING UPDATING }

type VolumeInstance implements Node {
  id: ID!
  createdAt: DateTime!
  environment: Environment!
  environmentId: String!
  service: Service!
  serviceId: String
  mountPath: String!
  state: VolumeState
  isPendingDeletion: Boolean!
  currentSizeMB: Float!
  sizeMB: Int!
  volume: Volume!
  volumeId: String!
}

type VolumeInstanceBackup {
  id: String!
  name: String
  createdAt: DateTime!
  expiresAt: DateTime
  externalId: String!
  usedMB: Int
  referencedMB: Int
}

enum DeploymentStatus { BUILDING CRASHED DEPLOYING FAILED INITIALIZING QUEUED REMOVED SUCCESS WAITING }

type Deployment implements Node { id: ID! status: DeploymentStatus! environmentId: String! serviceId: String }
type CustomDomain { id: ID! domain: String! environmentId: String! serviceId: String! }
type WorkflowId { workflowId: String }

input VolumeUpdateInput { name: String }
input VariableUpsertInput {
  projectId: String!
  environmentId: String!
  serviceId: String
  name: String!
  value: String!
  skipDeploys: Boolean
}
input CustomDomainCreateInput {
  domain: String!
  projectId: String!
  environmentId: String!
  serviceId: String!
  targetPort: Int
}

type PageInfo { endCursor: String hasNextPage: Boolean! hasPreviousPage: Boolean! startCursor: String }
${[
  ['QueryProjects', 'Project'],
  ['QueryEnvironments', 'Environment'],
  ['ProjectEnvironments', 'Environment'],
  ['ProjectServices', 'Service'],
  ['ProjectVolumes', 'Volume'],
  ['EnvironmentVolumeInstances', 'VolumeInstance'],
  ['VolumeVolumeInstances', 'VolumeInstance'],
]
  .map(
    ([name, node]) => `
type ${name}Connection { edges: [${name}ConnectionEdge!]! pageInfo: PageInfo! }
type ${name}ConnectionEdge { cursor: String! node: ${node}! }`,
  )
  .join('')}
`;
