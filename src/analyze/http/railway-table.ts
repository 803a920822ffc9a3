// What Railway's API operations do, as data. Names and arguments as in the public schema
// (railwayapp/cli, src/gql/schema.json, MIT). One line an operation; what is not listed falls back to the words of its
// name, see `railway.ts`.
import type { Reversible, Verb } from '#action/effect';

/** What sort of object an argument names; the first six can be looked up. */
export type RailwayKind =
  | 'volume'
  | 'volume-instance'
  | 'service'
  | 'environment'
  | 'project'
  | 'deployment'
  | 'workspace'
  | 'bucket'
  | 'plugin';

export interface RailwayRule {
  readonly verb: Verb;
  readonly reversible: Reversible;
  /** What it does, before the object's name: `deletes volume car-rental-data`. */
  readonly does: string;
  /** What goes with it; appended. */
  readonly consequence?: string;
  /** Where the object's id stands, as a path into the arguments; the first that is present counts. */
  readonly target?: { readonly kind: RailwayKind; readonly at: readonly string[] };
  /** When this argument names an environment, only that environment is touched. */
  readonly within?: string;
  /** When this argument is there and not `false`, the operation destroys after all. */
  readonly destroysWhen?: string;
}

type Target = RailwayRule['target'];

const volume: Target = { kind: 'volume', at: ['volumeId'] };
const volumeInstance: Target = { kind: 'volume-instance', at: ['volumeInstanceId'] };
const service: Target = { kind: 'service', at: ['id', 'serviceId', 'input.serviceId'] };
const environment: Target = { kind: 'environment', at: ['environmentId', 'input.environmentId', 'id'] };
const ownEnvironment: Target = { kind: 'environment', at: ['id'] };
const project: Target = { kind: 'project', at: ['id', 'projectId', 'input.projectId'] };
const deployment: Target = { kind: 'deployment', at: ['id'] };
const workspace: Target = { kind: 'workspace', at: ['id', 'workspaceId', 'input.workspaceId'] };
const bucket: Target = { kind: 'bucket', at: ['id', 'bucketId'] };
const plugin: Target = { kind: 'plugin', at: ['id'] };

function rule(verb: Verb, reversible: Reversible, does: string, target?: Target, more: Partial<RailwayRule> = {}) {
  return { verb, reversible, does, ...(target === undefined ? {} : { target }), ...more } satisfies RailwayRule;
}

function destroys(does: string, target?: Target, consequence?: string, more: Partial<RailwayRule> = {}): RailwayRule {
  return rule('destroy', 'no', does, target, consequence === undefined ? more : { consequence, ...more });
}

const BACKUPS_TOO = 'with everything on it including its backups; volume-level backups die with it';

export const RAILWAY_MUTATIONS: Readonly<Record<string, RailwayRule>> = {
  // Volumes. `volumeInstanceUpdate` without an environment touches every instance (its own description).
  volumeDelete: destroys('deletes', volume, BACKUPS_TOO),
  volumeInstanceUpdate: destroys('changes where it is mounted, or the state, of', volume, undefined, {
    within: 'environmentId',
  }),
  volumeInstanceBackupDelete: destroys('deletes a backup of', volumeInstance),
  volumeInstanceBackupBatchDelete: destroys('deletes backups of', volumeInstance),
  volumeInstanceBackupRestore: destroys('puts an older backup in the place of', volumeInstance, 'losing what is newer'),
  volumeInstanceBackupScheduleUpdate: rule('configure', 'unknown', 'changes the backup schedule of', volumeInstance),
  volumeInstanceBackupCreate: rule('write', 'yes', 'makes a backup of', volumeInstance),
  volumeInstanceBackupLock: rule('configure', 'unknown', 'keeps a backup for good of', volumeInstance),
  volumeUpdate: rule('configure', 'unknown', 'renames', volume),
  volumeCreate: rule('write', 'yes', 'adds a volume to', project, { within: 'input.environmentId' }),

  // Environments. A patch can delete services and volumes, and its content is free-form.
  environmentDelete: destroys('deletes', environment, 'with its services, variables and volumes'),
  environmentPatchCommit: destroys('applies a patch to', environment, 'which can delete services and volumes'),
  environmentPatchCommitStaged: destroys(
    'applies the staged changes to',
    environment,
    'which can delete anything in it',
  ),
  environmentApplyChangeSet: destroys('applies a change set to', environment, 'which can delete anything in it'),
  environmentStageChanges: rule('write', 'yes', 'stages changes, without applying them, for', environment),
  environmentTriggersDeploy: rule('deploy', 'unknown', 'deploys everything in', environment),
  environmentRename: rule('configure', 'yes', 'renames', ownEnvironment),
  environmentUnskipService: rule('deploy', 'unknown', 'deploys a service in', environment),
  environmentCreate: rule('write', 'yes', 'adds an environment to', project),
  privateNetworksForEnvironmentDelete: destroys('deletes all private networks of', environment),

  // Projects and the workspace.
  projectDelete: destroys('deletes', project, 'with all its environments, services and volumes'),
  projectScheduleDelete: destroys('schedules the deletion in 48 hours of', project, 'with everything in it'),
  projectScheduleDeleteForce: destroys('deletes at once', project, 'with everything in it, without the grace period'),
  projectScheduleDeleteCancel: rule('configure', 'unknown', 'cancels the scheduled deletion of', project),
  projectTransfer: destroys('gives away', { kind: 'project', at: ['projectId'] }),
  projectTransferInitiate: destroys('offers to give away', project),
  projectTransferConfirm: destroys('completes giving away a project'),
  projectTransferToTeam: destroys('gives away', project),
  projectLeave: destroys('leaves', project),
  projectUpdate: rule('configure', 'unknown', 'changes the settings of', project),
  projectCreate: rule('write', 'yes', 'creates a project'),
  projectClaim: rule('configure', 'unknown', 'claims', project),
  workspaceDelete: destroys('deletes', workspace, 'with all its projects'),
  workspaceLeave: destroys('leaves', workspace),
  workspaceUpdate: rule('configure', 'unknown', 'changes the settings of', workspace),
  workspaceTwoFactorEnforcementUpdate: rule(
    'grant',
    'unknown',
    'changes whether two factors are asked for in',
    workspace,
  ),
  userDelete: destroys('deletes the user of the credential'),

  // Services. `serviceDelete` may act on every environment even when it names one (its own description).
  serviceDelete: destroys('deletes', service, 'with its deployments and variables'),
  serviceInstanceUpdate: rule('configure', 'unknown', 'changes the settings of', service, { within: 'environmentId' }),
  serviceInstanceLimitsUpdate: rule('configure', 'unknown', 'changes the resource limits of', service, {
    within: 'input.environmentId',
  }),
  serviceUpdate: rule('configure', 'yes', 'changes the name or icon of', service),
  serviceConnect: rule('deploy', 'unknown', 'connects a source to', service),
  serviceDisconnect: rule('configure', 'unknown', 'disconnects the source from', service),
  serviceDuplicate: rule('write', 'yes', 'duplicates', service),
  serviceInstanceDeploy: rule('deploy', 'unknown', 'deploys', service, { within: 'environmentId' }),
  serviceInstanceDeployV2: rule('deploy', 'unknown', 'deploys', service, { within: 'environmentId' }),
  serviceInstanceRedeploy: rule('deploy', 'unknown', 'deploys again', service, { within: 'environmentId' }),
  serviceCreate: rule('write', 'yes', 'adds a service to', project, { within: 'input.environmentId' }),
  serviceRemoveUpstreamUrl: destroys('removes the upstream address of', service),
  serviceDomainCreate: rule('configure', 'yes', 'gives a public domain to', service, { within: 'input.environmentId' }),
  customDomainCreate: rule('configure', 'yes', 'gives a custom domain to', service, { within: 'input.environmentId' }),
  tcpProxyCreate: rule('configure', 'yes', 'opens to the network', service, { within: 'input.environmentId' }),
  egressGatewayAssociationsClear: destroys('removes the outgoing addresses of', service, undefined, {
    within: 'input.environmentId',
  }),

  // Deployments.
  deploymentRemove: destroys('removes', deployment, 'taking down what it serves'),
  deploymentStop: destroys('stops', deployment, 'taking down what it serves'),
  deploymentRollback: destroys('rolls back to', deployment),
  deploymentCancel: rule('configure', 'unknown', 'cancels', deployment),
  deploymentRestart: rule('deploy', 'unknown', 'restarts', deployment),
  deploymentRedeploy: rule('deploy', 'unknown', 'deploys again', deployment),
  deploymentApprove: rule('deploy', 'unknown', 'approves', deployment),
  deploymentInstanceExecutionCreate: rule('execute', 'unknown', 'runs a job of', service),

  // Variables. They hold secrets; what they held before is not kept.
  variableDelete: destroys('deletes a variable of', environment),
  variableUpsert: rule('configure', 'unknown', 'sets a variable of', environment),
  variableCollectionUpsert: rule('configure', 'unknown', 'sets variables of', environment, {
    destroysWhen: 'input.replace',
  }),
  sharedVariableConfigure: rule('configure', 'unknown', 'shares a variable of', environment),

  // Buckets and plugins.
  bucketCredentialsReset: destroys('replaces the credentials, locking out their users, of a bucket in', environment),
  bucketUpdate: rule('configure', 'unknown', 'changes', bucket),
  pluginDelete: destroys('deletes', plugin, 'with its data'),
  pluginReset: destroys('resets', plugin, 'with its data'),
  pluginResetCredentials: destroys('replaces the credentials, locking out their users, of', plugin),

  // Who may do what.
  projectInviteUser: rule('grant', 'unknown', 'lets another person into', project),
  projectInvitationCreate: rule('grant', 'unknown', 'lets another person into', project),
  projectMemberAdd: rule('grant', 'unknown', 'lets another person into', project),
  projectMemberUpdate: rule('grant', 'unknown', 'changes what a member may do in', project),
  projectMemberRemove: rule('grant', 'unknown', 'takes a member out of', project),
  workspaceUserInvite: rule('grant', 'unknown', 'lets another person into', workspace),
  workspaceUserRemove: rule('grant', 'unknown', 'takes a member out of', workspace),
  workspacePermissionChange: rule('grant', 'unknown', 'changes what a member may do in', workspace),
  workspaceInviteCodeCreate: rule('grant', 'unknown', 'makes an invitation into', workspace),
  trustedDomainCreate: rule('grant', 'unknown', 'lets everyone of a mail domain into', workspace),
  sshPublicKeyCreate: rule('grant', 'unknown', 'gives a key a way into the services of the credential'),
  twoFactorInfoDelete: rule('grant', 'unknown', 'turns off two-factor sign-in'),

  // What hands out secrets.
  apiTokenCreate: rule('reveal', 'no', 'makes a new access token, and shows it, for', {
    kind: 'workspace',
    at: ['input.workspaceId'],
  }),
  projectTokenCreate: rule('reveal', 'no', 'makes a new access token, and shows it, for', environment),
  loginSessionConsume: rule('reveal', 'no', 'shows the token of a sign-in'),
  twoFactorInfoSecret: rule('reveal', 'no', 'shows the secret of two-factor sign-in'),
  twoFactorInfoCreate: rule('reveal', 'no', 'sets up two-factor sign-in, and shows its recovery codes'),
  recoveryCodeGenerate: rule('reveal', 'no', 'makes new recovery codes, and shows them'),
  cloudAgentHarnessToken: rule('reveal', 'no', 'shows the token of an agent'),
  generateShellToken: rule('reveal', 'no', 'makes a token that opens a shell, and shows it'),
};

/** Root fields of a query that return secrets. */
export const RAILWAY_SECRET_QUERIES: Readonly<Record<string, RailwayRule>> = {
  variables: rule('reveal', 'no', 'shows the variables, secrets included, of', environment),
  variablesForServiceDeployment: rule('reveal', 'no', 'shows the variables, secrets included, of', environment),
  bucketS3Credentials: rule('reveal', 'no', 'shows the credentials of a bucket in', environment),
};

/** Fields that return secrets wherever they are selected. */
export const RAILWAY_SECRET_FIELDS: ReadonlySet<string> = new Set([
  'variables',
  'variablesForServiceDeployment',
  'bucketS3Credentials',
  'serializedConfig',
]);
