/** What installs into and removes from clusters of Kubernetes. Source: each program's own reference. */
import { cliTool } from '../../cli-tool.js';

const CLUSTER_VALUES = [
  '-n',
  '--namespace',
  '--kube-context',
  '--kubeconfig',
  '--context',
  '--kube-apiserver',
  '--kube-token',
];

export const helm = cliTool({
  names: ['helm', 'helm3'],
  values: [
    ...CLUSTER_VALUES,
    '-f',
    '--values',
    '--set',
    '--set-string',
    '--set-file',
    '--set-json',
    '--version',
    '--timeout',
    '-o',
    '--output',
    '--repo',
    '--username',
    '--password',
    '--description',
    '--history-max',
    '--max',
    '--revision',
    '--registry-config',
    '--repository-cache',
    '--repository-config',
    '--destination',
    '-d',
    '--post-renderer',
    '--filter',
    '-l',
    '--selector',
    '--cascade',
  ],
  resource: 'helm',
  place: 'remote',
  dryRun: ['--dry-run'],
  placeOf: (options) =>
    /^(?:kind-|k3d-|minikube$|docker-desktop$)/u.test(options.value('--kube-context')?.text ?? '')
      ? 'local'
      : undefined,
  rules: [
    {
      command:
        'get|list|ls|show|inspect|status|history|hist|search|template|lint|verify|repo|dependency|dep|dependencies|plugin|env|version|completion|create|package|pull|fetch|registry|test **',
      does: 'harmless',
      explain: '',
    },
    { command: 'uninstall|delete|del|un', does: 'destroy', explain: 'uninstalls' },
    { command: 'rollback', does: 'deploy', explain: 'rolls back' },
    {
      command: 'upgrade',
      when: ['--force', '--force-replace'],
      does: 'destroy',
      explain: 'upgrades, and deletes and makes anew what conflicts in',
    },
    { command: 'install|upgrade', does: 'write', explain: 'installs' },
    { command: 'push', does: 'write', explain: 'publishes the chart' },
  ],
});

export const helmfile = cliTool({
  names: ['helmfile', 'helmsman', 'skaffold', 'tilt', 'devspace', 'garden', 'kapp', 'kpt'],
  values: [
    ...CLUSTER_VALUES,
    '-f',
    '--file',
    '-e',
    '--environment',
    '-l',
    '--selector',
    '-p',
    '--profile',
    '--args',
    '--set',
    '-a',
    '--app',
    '-m',
  ],
  resource: 'kubernetes-release',
  place: 'remote',
  environment: ['-e', '--environment'],
  dryRun: ['--dry-run', '--diff-run'],
  rules: [
    { command: 'destroy|delete|purge|cleanup', does: 'destroy', explain: 'uninstalls' },
    { command: 'live destroy', does: 'destroy', explain: 'uninstalls' },
    {
      command: 'apply|sync|charts|deploy',
      does: 'deploy',
      explain: 'installs, and uninstalls what is no longer wanted',
    },
    { command: 'live apply', does: 'deploy', explain: 'installs' },
  ],
});

export const argocd = cliTool({
  names: ['argocd', 'argo', 'kubectl-argo-rollouts'],
  values: [
    '--server',
    '--auth-token',
    '--config',
    '--kube-context',
    '-N',
    '--app-namespace',
    '-n',
    '--namespace',
    '-o',
    '--output',
    '--revision',
    '--resource',
    '-l',
    '--selector',
    '-p',
    '--parameter',
    '--project',
  ],
  resource: 'argocd',
  place: 'remote',
  dryRun: ['--dry-run'],
  rules: [
    { command: '* get|list|ls|diff|history|logs|resources|manifests|wait|status|lint', does: 'harmless', explain: '' },
    { command: 'app delete|delete-resource', does: 'destroy', explain: 'deletes the application with its resources:' },
    {
      command: 'app sync',
      when: ['--prune', '--force', '--replace'],
      does: 'destroy',
      explain: 'syncs, and deletes what is no longer wanted of',
    },
    {
      command: 'app rollback|sync|terminate-op|patch|patch-resource|actions|set|unset|edit',
      does: 'deploy',
      explain: 'changes',
    },
    {
      command: 'account|proj|cert|gpg|repo|cluster|appset|admin|repocreds delete|rm|remove|remove-*|delete-*',
      does: 'destroy',
      explain: 'deletes',
    },
    { command: 'account update-password|generate-token|can-i', does: 'grant', explain: 'changes an account' },
    { command: 'proj role|add-*|allow-*|deny-*|set **', does: 'grant', explain: 'changes what a project may do' },
    { command: 'delete|terminate|stop', does: 'destroy', explain: 'deletes' },
    { command: 'promote|abort|undo|restart|set', does: 'deploy', explain: 'changes' },
  ],
});

export const flux = cliTool({
  names: ['flux'],
  values: [
    ...CLUSTER_VALUES,
    '--timeout',
    '--url',
    '--branch',
    '--path',
    '--interval',
    '--source',
    '--chart',
    '--owner',
    '--repository',
  ],
  resource: 'flux',
  place: 'remote',
  dryRun: ['--dry-run'],
  rules: [
    {
      command: 'get|check|logs|events|stats|tree|trace|export|diff|version|completion|envsubst|pull|list **',
      does: 'harmless',
      explain: '',
    },
    { command: 'delete **', does: 'destroy', explain: 'deletes' },
    { command: 'uninstall', does: 'destroy', explain: 'uninstalls Flux' },
    { command: 'suspend **', does: 'configure', explain: 'stops' },
    {
      command: 'create|reconcile|resume|bootstrap|push|tag|install|build|migrate **',
      does: 'write',
      explain: 'changes',
    },
  ],
});
