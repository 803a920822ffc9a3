import { type Argument, knownText } from '../../argument.js';
import { readLine } from '../../cli-line.js';
import { cliTool, isGiven } from '../../cli-tool.js';
import type { Finding } from '../../finding.js';
import type { Input } from '../../invocation.js';
import type { Options } from '../../options.js';
import type { Tool } from '../../tool.js';

/** Global options with a value, and those that any command may have. Source: kubectl reference, kubectl options. */
const VALUES = [
  '-n',
  '--namespace',
  '--context',
  '--kubeconfig',
  '--cluster',
  '--user',
  '-s',
  '--server',
  '--token',
  '--as',
  '--as-group',
  '--as-uid',
  '--certificate-authority',
  '--client-certificate',
  '--client-key',
  '--request-timeout',
  '--cache-dir',
  '--password',
  '--username',
  '--tls-server-name',
  '-f',
  '--filename',
  '-k',
  '--kustomize',
  '-l',
  '--selector',
  '-o',
  '--output',
  '--field-selector',
  '-c',
  '--container',
  '--replicas',
  '--current-replicas',
  '--grace-period',
  '--timeout',
  '-p',
  '--patch',
  '--patch-file',
  '--type',
  '--subresource',
  '--template',
  '--field-manager',
  '--image',
  '--to-revision',
  '--revision',
  '--from',
  '--from-literal',
  '--from-file',
  '--sort-by',
  '-L',
  '--tail',
  '--since',
  '--since-time',
  '--max-log-requests',
  '-e',
  '--env',
  '--overrides',
  '--port',
  '--address',
  '--requests',
  '--limits',
  '--verb',
  '--resource',
  '--clusterrole',
  '--role',
  '--serviceaccount',
  '--cascade-mode',
  '--pod-running-timeout',
  '--chunk-size',
  '--resource-version',
  '--for',
];

const BELOW = {
  exec: { flags: ['-p', '-e', '-l', '-o', '-s', '-k'] },
  logs: { flags: ['-f', '-p'], values: [] },
  run: { flags: ['-p'] },
  debug: { flags: ['-p'] },
  adm: { flags: [] },
  cp: { flags: ['-k'] },
  rsh: { flags: ['-p'] },
} as const;

/** Contexts that the tools for clusters on one's own machine make. */
const LOCAL_CONTEXT =
  /^(?:kind-.*|k3d-.*|minikube|docker-desktop|docker-for-desktop|rancher-desktop|orbstack|colima.*|microk8s)$/u;

const SECRETS = /^(?:secrets?(?:\.v1)?)(?:\/|$|,)|(?:^|,)secrets?(?:,|$)/u;

const table = cliTool({
  names: ['kubectl', 'oc', 'k', 'kubecolor'],
  values: VALUES,
  below: BELOW,
  resource: 'kubernetes',
  place: 'remote',
  placeOf: clusterPlace,
  naming: ['-l', '--selector', '-f', '--filename', '-n', '--namespace'],
  dryRun: ['--dry-run'],
  rules: [
    {
      command:
        'get|describe|logs|top|explain|version|api-resources|api-versions|cluster-info|config|diff|wait|events|auth|completion|plugin|kustomize|options|whoami|status|projects|project|login|logout|port-forward|proxy|convert **',
      does: 'harmless',
      explain: '',
    },
    { command: 'delete', does: 'destroy', explain: 'deletes' },
    { command: 'drain', does: 'configure', explain: 'moves all pods off the node' },
    { command: 'cordon', does: 'configure', explain: 'takes the node out of service' },
    { command: 'uncordon', does: 'write', explain: 'puts the node back into service' },
    { command: 'taint ** *:NoExecute', does: 'configure', explain: 'drives pods off' },
    { command: 'taint', does: 'write', explain: 'changes what may run on' },
    {
      command: 'adm drain|cordon|taint|evict|prune|certificate|policy|upgrade',
      does: 'configure',
      explain: 'changes the cluster',
    },
    { command: 'scale', when: ['--replicas=0'], does: 'destroy', reversible: 'yes', explain: 'stops every replica of' },
    { command: 'replace', when: ['--force'], does: 'destroy', explain: 'deletes and makes anew' },
    {
      command: 'apply',
      when: ['--prune'],
      does: 'destroy',
      explain: 'applies, and deletes whatever the files do not have',
    },
    {
      command: 'apply',
      when: ['--force'],
      does: 'destroy',
      explain: 'applies, and deletes and makes anew what conflicts',
    },
    { command: 'apply view-last-applied', does: 'harmless', explain: '' },
    { command: 'rollout status|history|s', does: 'harmless', explain: '' },
    { command: 'rollout undo|restart|cancel|retry|latest', does: 'deploy', explain: 'changes what runs in' },
    { command: 'rollout pause|resume', does: 'configure', explain: 'stops or resumes the rollout of' },
    { command: 'set env', when: ['--list'], does: 'harmless', explain: '' },
    {
      command:
        'set env|image|resources|selector|serviceaccount|sa|volume|volumes|triggers|probe|deployment-hook|build-hook',
      does: 'deploy',
      explain: 'changes what runs in',
    },
    { command: 'set subject', does: 'grant', explain: 'changes who may do what' },
    { command: 'patch|edit', does: 'configure', explain: 'changes' },
    { command: 'certificate approve|deny', does: 'grant', explain: 'decides a certificate' },
    {
      command: 'create clusterrolebinding|rolebinding|clusterrole|role|token',
      does: 'grant',
      explain: 'gives access with',
    },
    { command: 'policy **', does: 'grant', explain: 'changes who may do what' },
    {
      command:
        'autoscale|expose|annotate|label|create|apply|replace|run|attach|cp|new-app|new-project|start-build|debug|import-image|tag|scale|extract',
      does: 'write',
      explain: 'changes',
    },
    { command: 'rsh', does: 'write', explain: 'opens a session in' },
  ],
});

/** Kubernetes, and OpenShift's `oc`, which has the same commands and some more. */
export const kubectl: Tool = {
  names: ['kubectl', 'oc', 'k', 'kubecolor'],
  judge: (invocation) => {
    const { args } = invocation;
    const separator = args.findIndex(({ text, certainty }) => text === '--' && certainty === 'exact');
    const own = separator < 0 ? args : args.slice(0, separator);
    const { options, operands } = readLine(own, { values: VALUES, below: BELOW });
    const command = knownText(operands[0]);
    if (options.has('--help', '-h')) return [];
    if (command === 'exec' || command === 'rsh' || command === 'debug' || command === 'run') {
      const words = separator >= 0 ? args.slice(separator + 1) : withoutSeparator(command, operands);
      if (words.length > 0) return [inPod(words, operands[1], invocation.input)];
    }
    if (command === 'get' && isSecret(operands) && printsWhole(options)) {
      return [
        reveal(
          `prints the secrets of Kubernetes ${operands
            .slice(1)
            .map(({ written }) => written)
            .join(' ')}`,
          options,
        ),
      ];
    }
    if (command === 'create' && operands[1]?.text === 'token')
      return [reveal('prints a token of the cluster', options)];
    if (command === 'scale' && !isGiven(options, ['--dry-run'])) {
      if (knownText(options.value('--replicas')) === undefined) return scaleOfUnknown(operands, options);
    }
    if (
      command === 'patch' &&
      /"finalizers"\s*:\s*(?:null|\[\s*\])/u.test(options.value('-p', '--patch')?.text ?? '')
    ) {
      return table.judge({
        ...invocation,
        args: [{ text: 'delete', certainty: 'exact', written: 'delete' }, ...withoutFirst(args, operands[0])],
      });
    }
    return table.judge(invocation);
  },
};

function withoutFirst(args: readonly Argument[], word: Argument | undefined): readonly Argument[] {
  return args.filter((one) => one !== word);
}

/** Words after the pod, as older versions and `oc rsh` take them without `--`. */
function withoutSeparator(command: string, operands: readonly Argument[]): readonly Argument[] {
  return command === 'exec' || command === 'rsh' ? operands.slice(2) : [];
}

function inPod(words: readonly Argument[], pod: Argument | undefined, input: Input): Finding {
  return {
    kind: 'command',
    words,
    input,
    elsewhere: `in the pod ${pod?.written ?? 'of Kubernetes'}`,
    by: 'kubectl exec',
  };
}

function isSecret(operands: readonly Argument[]): boolean {
  return operands.slice(1).some(({ text }) => SECRETS.test(text));
}

function printsWhole(options: Options): boolean {
  const form = options.value('-o', '--output', '--template')?.text ?? '';
  return /^(?:yaml|json|jsonpath|go-template|custom-columns|template)/u.test(form) && !/\.metadata|\.type/u.test(form);
}

function clusterPlace(options: Options): 'local' | undefined {
  const context = knownText(options.value('--context', '--kube-context'));
  return context !== undefined && LOCAL_CONTEXT.test(context) ? 'local' : undefined;
}

function reveal(explain: string, options: Options): Finding {
  const resource = { kind: 'kubernetes:secret', name: 'secret' };
  return { kind: 'effect', verb: 'reveal', resource, place: clusterPlace(options) ?? 'remote', explain };
}

function scaleOfUnknown(operands: readonly Argument[], options: Options): readonly Finding[] {
  const name = operands[1]?.written ?? 'workload';
  const resource = { kind: 'kubernetes:scale', name };
  const explain = `sets how many replicas of ${name} run, to a number that is not known`;
  return [{ kind: 'effect', verb: 'configure', resource, place: clusterPlace(options) ?? 'remote', explain }];
}
