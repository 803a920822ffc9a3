/**
 * What an operation of the AWS command line does, by its name: operations are named verb first (`delete-stack`,
 * `batch-delete-image`), and the verbs mean the same in every service. Exceptions by service stand before the verbs.
 * Source: AWS CLI command reference.
 */
import type { Verb } from '#action/effect';
import { compileCommand } from '../../cli-command.js';

export interface AwsMeaning {
  readonly does: Verb | 'harmless';
  readonly reversible?: 'yes' | 'no' | undefined;
  /** Before the words of the command: `deletes for good`. */
  readonly explain: string;
  /** Only with one of these options. */
  readonly when?: readonly string[] | undefined;
}

type Row = readonly [command: string, does: AwsMeaning['does'], explain: string, more?: Partial<AwsMeaning>];

const UNDONE = { reversible: 'yes' } as const;
const FOR_GOOD = { reversible: 'no' } as const;

const ROWS: readonly Row[] = [
  // ---- what is named otherwise than it acts --------------------------------------------------------------------------
  ['configure export-credentials', 'reveal', 'prints credentials'],
  ['configure *', 'harmless', ''],
  ['sso|login|logout|history|help *', 'harmless', ''],
  ['*  wait', 'harmless', ''],
  ['eks update-kubeconfig', 'harmless', ''],
  ['cloudformation package', 'write', 'uploads templates'],
  [
    'cloudformation deploy|update-stack|execute-change-set|update-stack-set|continue-update-rollback',
    'deploy',
    'changes a stack',
  ],
  ['cloudformation create-change-set|estimate-template-cost', 'harmless', ''],
  ['cloudformation cancel-update-stack|rollback-stack', 'deploy', 'rolls a stack back'],
  ['ecs update-service', 'destroy', 'stops all tasks of a service', { when: ['--desired-count=0'], ...UNDONE }],
  ['ecs deploy|update-service|update-service-primary-task-set', 'deploy', 'changes what a service runs'],
  ['ecs execute-command', 'execute', 'runs a command in a container'],
  ['lambda update-function-code|update-alias', 'deploy', 'changes the code of a function'],
  [
    'lambda put-function-concurrency',
    'destroy',
    'stops a function',
    { when: ['--reserved-concurrent-executions=0'], ...UNDONE },
  ],
  ['lambda add-layer-version-permission|add-permission', 'grant', 'lets others use it'],
  ['deploy create-deployment', 'deploy', 'deploys a revision'],
  ['deploy install|uninstall', 'configure', 'changes the agent on this host'],
  ['codepipeline start-pipeline-execution|retry-stage-execution|put-approval-result', 'deploy', 'runs a pipeline'],
  ['codecommit merge-*', 'write', 'merges branches'],
  ['amplify start-job|start-deployment', 'deploy', 'deploys an app'],
  ['apprunner start-deployment|update-service', 'deploy', 'deploys a service'],
  ['elasticbeanstalk update-environment|swap-environment-cnames', 'deploy', 'changes an environment'],
  ['elasticbeanstalk rebuild-environment', 'destroy', 'deletes and recreates all resources of an environment'],
  ['sagemaker update-endpoint*', 'deploy', 'changes an endpoint'],
  ['ssm send-command|start-automation-execution', 'execute', 'runs commands on instances'],
  [
    'ssm start-session',
    'write',
    'opens a tunnel to an instance',
    {
      when: [
        '--document-name=AWS-StartPortForwardingSession',
        '--document-name=AWS-StartPortForwardingSessionToRemoteHost',
      ],
    },
  ],
  ['ssm start-session|resume-session', 'execute', 'opens a session on an instance'],
  [
    'ssm get-parameter|get-parameters|get-parameters-by-path|get-parameter-history',
    'reveal',
    'prints secret parameters',
    { when: ['--with-decryption'] },
  ],
  ['secretsmanager get-secret-value|batch-get-secret-value', 'reveal', 'prints a secret'],
  [
    'secretsmanager update-secret|put-secret-value|rotate-secret|update-secret-version-stage',
    'configure',
    'replaces a secret',
  ],
  ['kms decrypt', 'reveal', 'prints decrypted data'],
  ['ec2 get-password-data', 'reveal', 'prints a password'],
  ['lightsail download-default-key-pair', 'reveal', 'prints a private key'],
  ['redshift get-cluster-credentials*', 'reveal', 'prints credentials'],
  [
    'kms disable-key|disable-key-rotation|schedule-key-deletion',
    'destroy',
    'takes a key out of use; what it encrypted cannot be read',
  ],
  [
    'iam create-access-key|create-login-profile|create-service-specific-credential|update-assume-role-policy|set-default-policy-version|create-policy-version',
    'grant',
    'gives access',
  ],
  [
    'iam add-*-to-*|attach-*|put-*-policy|put-*-permissions-boundary|update-login-profile|update-access-key',
    'grant',
    'changes who may do what',
  ],
  ['iam remove-*|detach-*|deactivate-*', 'grant', 'changes who may do what'],
  [
    'cognito-idp admin-disable-user|admin-reset-user-password|admin-user-global-sign-out',
    'configure',
    'shuts a user out',
  ],
  ['cognito-idp admin-set-user-password|admin-add-user-to-group', 'grant', 'changes what a user may do'],
  [
    'organizations leave-organization|remove-account-from-organization|close-account',
    'destroy',
    'takes an account out of the organization',
  ],
  ['account close-account|disable-region', 'destroy', 'closes an account or a region'],
  ['cloudtrail stop-logging', 'destroy', 'stops the audit log', UNDONE],
  ['route53 change-resource-record-sets', 'configure', 'changes DNS records'],
  ['cloudfront create-invalidation', 'write', 'empties a cache'],
  ['sqs receive-message|change-message-visibility*', 'harmless', ''],
  ['*  receive-*', 'harmless', ''],
  [
    'athena|logs|cloudtrail|timestream-query|rekognition|textract|transcribe stop-*|cancel-*',
    'write',
    'stops a query or a job',
  ],
  ['logs put-retention-policy', 'configure', 'has old logs deleted'],
  ['ec2 import-key-pair', 'write', 'adds a key'],
  ['ec2 restore-*|enable-*|start-*', 'write', 'turns something on'],
  ['ec2 replace-route*|replace-network-acl*|replace-iam-*', 'configure', 'changes the network'],
  [
    'ec2 modify-snapshot-attribute|modify-image-attribute|modify-vpc-endpoint-service-permissions',
    'grant',
    'changes who may use it',
  ],
  ['ec2 release-*|withdraw-*|reject-*', 'destroy', 'gives up'],
  ['rds modify-db-snapshot-attribute|modify-db-cluster-snapshot-attribute', 'grant', 'changes who may use a snapshot'],
  ['rds restore-*|copy-*', 'write', 'makes a copy'],
  ['rds failover-*|switchover-*|promote-*', 'deploy', 'changes which database is the primary'],
  ['rds remove-from-global-cluster', 'configure', 'takes a cluster out of a global one'],
  [
    's3api put-bucket-acl|put-bucket-policy|put-object-acl|put-public-access-block|put-bucket-ownership-controls|put-access-point-policy',
    'grant',
    'changes who may read and write',
  ],
  ['s3api put-bucket-tagging|put-object*|put-bucket-metrics*|put-bucket-inventory*', 'write', 'writes'],
  ['s3api put-bucket-*', 'configure', 'changes a bucket'],
  ['s3api restore-object|create-*|upload-*|copy-object|complete-multipart-upload', 'write', 'writes an object'],
  ['s3api abort-multipart-upload', 'write', 'gives up an upload'],
  ['s3control put-*policy*|put-public-access-block', 'grant', 'changes who may read and write'],
  ['elbv2|elb deregister-*', 'configure', 'takes targets out of service'],
  ['ecr put-lifecycle-policy', 'configure', 'has old images deleted'],
  ['ecr start-*|put-image', 'write', 'writes an image'],
  [
    'autoscaling set-desired-capacity|update-auto-scaling-group',
    'destroy',
    'stops all instances of a group',
    { when: ['--desired-capacity=0', '--max-size=0'], ...UNDONE },
  ],
  ['autoscaling exit-standby|resume-processes', 'write', 'puts instances back'],
  ['autoscaling detach-*|enter-standby|suspend-processes', 'configure', 'takes instances out of service'],
  ['application-autoscaling put-*|register-*', 'configure', 'changes scaling'],
  ['dynamodb batch-write-item|transact-write-items', 'write', 'writes items'],
  ['dynamodb update-item', 'write', 'writes an item'],
  ['dynamodb update-continuous-backups|update-time-to-live', 'configure', 'changes how long data are kept'],
  ['opensearch|es update-domain-config', 'configure', 'changes a domain'],
  ['emr modify-*|set-*', 'configure', 'changes a cluster'],
  ['glacier|backup abort-*', 'write', 'stops a job'],
  ['backup start-restore-job', 'write', 'restores a copy'],
  ['sts *', 'harmless', ''],
  // ---- by verb -------------------------------------------------------------------------------------------------------
  [
    '* put-*policy*|set-*policy*|add-permission*|authorize-*|create-grant|put-permission|grant-*|attach-*-policy|put-*-acl|share-*|associate-iam*|create-access-entry|associate-access-policy',
    'grant',
    'changes who may do what',
  ],
  [
    '* remove-permission*|revoke-grant|retire-grant|detach-policy|revoke-permissions|disassociate-access-policy',
    'grant',
    'changes who may do what',
  ],
  ['* untag-*|remove-tags*|tag-*|add-tags*|delete-tags|remove-tags-*', 'write', 'changes tags'],
  [
    '* describe-*|list-*|get-*|head-*|batch-get-*|batch-describe-*|search*|query*|scan*|lookup-*|check-*|validate-*|test-*|estimate-*|preview-*|simulate-*|detect-*|verify-*|select-*|filter-*|view-*|generate-*|decode-*|download-*|poll-*|tail|ls|admin-get-*|admin-list-*|discover*|retrieve*|count-*|compare-*|is-*|export-*|read-*|analyze-*|classify-*|recognize-*|synthesize-*|translate-*|assume-*|admin-initiate-auth|initiate-auth|presign|login|lookup',
    'harmless',
    '',
  ],
  [
    '* delete*|batch-delete-*|admin-delete-*|bulk-delete-*|force-delete-*|terminate*|batch-terminate*|purge-*|destroy-*|schedule-*-deletion|expire-*|flush-*|evict-*|close-*|deprovision-*|decommission-*|erase-*|empty-*',
    'destroy',
    'deletes',
    FOR_GOOD,
  ],
  [
    '* deregister-*|batch-delete|remove-*|batch-remove-*|unsubscribe*|discard-*|forget-*|retire-*|release-*|cancel-*|batch-cancel-*|abort-*|leave-*|unassign-*|dissociate-*',
    'destroy',
    'takes away',
  ],
  ['* stop-*|batch-stop-*|reboot-*|shutdown*|halt-*|pause-*|suspend-*|force-stop-*', 'destroy', 'stops', UNDONE],
  ['* restore-*-from-*|restore-*-to-*|copy-*|import-*', 'write', 'makes a copy'],
  [
    '* reset-*|restore-*|rollback-*|revert-*|failover-*|disable-*|batch-disable-*|detach-*|disassociate-*|batch-disassociate-*|revoke-*|deactivate-*|replace-*|modify-*|update-*|batch-update-*|set-*|change-*|reject-*|block-*|transfer-*|move-*|promote-*|switchover-*|swap-*|apply-*|rotate-*|rebuild-*|unlink-*|archive-*',
    'configure',
    'changes',
  ],
  [
    '* create-*|run-*|start-*|put-*|add-*|associate-*|attach-*|register-*|upload-*|send-*|publish*|enable-*|subscribe*|accept-*|allocate-*|request-*|submit-*|invoke*|execute-*|batch-*|admin-*|post-*|push*|merge-*|tag*|resume-*|retry-*|renew-*|initiate-*|complete-*|confirm-*|record-*|signal-*|provision-*|deploy*|write-*|assign-*|monitor-*|unmonitor-*|notify-*|redrive*|resend-*|sign-*|install|encrypt|re-encrypt|open-*',
    'write',
    'changes',
  ],
];

const COMPILED = ROWS.map(([command, does, explain, more]) => ({
  matches: compileCommand(command.replace('  ', ' ')),
  meaning: { does, explain, ...more } satisfies AwsMeaning,
}));

/** What this operation does; undefined: no verb of its name is known. */
export function awsMeaning(
  service: string,
  operation: string,
  given: (names: readonly string[]) => boolean,
): AwsMeaning | undefined {
  const words = [service, operation];
  return COMPILED.find(
    ({ matches, meaning }) => matches(words) !== undefined && (meaning.when === undefined || given(meaning.when)),
  )?.meaning;
}
