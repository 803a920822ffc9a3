import { type CliRule, cliTool } from '../../cli-tool.js';

/** Options with a value when it is not attached. Source: Terraform CLI commands; OpenTofu's and Terragrunt's are the same. */
const VALUES = [
  '-chdir',
  '-var',
  '-var-file',
  '-target',
  '-replace',
  '-exclude',
  '-out',
  '-state',
  '-state-out',
  '-backup',
  '-lock-timeout',
  '-parallelism',
  '-backend-config',
  '-generate-config-out',
  '-plugin-dir',
  '--terragrunt-working-dir',
  '--terragrunt-config',
  '--terragrunt-source',
  '--working-dir',
  '--queue-include-dir',
  '--queue-exclude-dir',
];

/** Before a command: `terragrunt run-all`, `terragrunt run`, `terragrunt stack run`; with `--all` too. */
const GROUPS = ['', 'run-all ', 'run ', 'stack run '];

/** Terraform, OpenTofu, Terragrunt. A plan is harmless whatever it plans; what applies one is a deployment. */
export const terraform = cliTool({
  names: ['terraform', 'tofu', 'terragrunt', 'opentofu', 'terramate'],
  values: VALUES,
  singleDash: true,
  resource: 'terraform',
  place: 'remote',
  naming: ['-target', '-replace'],
  rules: [
    {
      command:
        'plan|validate|fmt|show|output|graph|providers|version|get|console|metadata|modules|hclfmt|hcl|find|list|login|logout|test',
      does: 'harmless',
      explain: '',
    },
    ...GROUPS.flatMap((group): readonly CliRule[] => [
      { command: `${group}destroy`, does: 'destroy', reversible: 'no', explain: 'destroys the infrastructure' },
      {
        command: `${group}apply`,
        when: ['-destroy', '--destroy'],
        does: 'destroy',
        reversible: 'no',
        explain: 'destroys the infrastructure',
      },
      {
        command: `${group}apply`,
        when: ['-replace'],
        does: 'destroy',
        reversible: 'no',
        explain: 'destroys and makes anew',
      },
      {
        command: `${group}apply`,
        does: 'deploy',
        explain: 'changes the infrastructure, and destroys what the configuration no longer has',
      },
    ]),
    { command: 'destroy-all', does: 'destroy', reversible: 'no', explain: 'destroys the infrastructure' },
    {
      command: 'apply-all',
      does: 'deploy',
      explain: 'changes the infrastructure, and destroys what the configuration no longer has',
    },
    { command: 'state list|show|pull', does: 'harmless', explain: '' },
    { command: 'state rm', does: 'destroy', explain: 'forgets infrastructure that goes on running' },
    { command: 'state push', does: 'destroy', explain: 'overwrites the state' },
    { command: 'state mv', when: ['-dry-run'], does: 'harmless', explain: '' },
    { command: 'state mv|replace-provider', unless: ['-dry-run'], does: 'configure', explain: 'rewrites the state' },
    { command: 'taint', does: 'configure', explain: 'marks for destruction' },
    { command: 'untaint', does: 'write', explain: 'unmarks' },
    { command: 'import', does: 'write', explain: 'adds to the state' },
    { command: 'refresh', does: 'write', explain: 'refreshes the state' },
    { command: 'force-unlock', does: 'configure', explain: 'breaks a lock of the state that may be in use' },
    { command: 'workspace delete', does: 'destroy', explain: 'deletes the workspace' },
    { command: 'workspace *', does: 'harmless', explain: '' },
    {
      command: 'init',
      when: ['-force-copy'],
      does: 'configure',
      explain: 'copies the state over that of another backend',
    },
  ],
});
