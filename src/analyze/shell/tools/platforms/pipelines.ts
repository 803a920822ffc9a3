/** Services that build and deploy, by their command lines. Source: each service's own reference. */
import { cliTool } from '../../cli-tool.js';

/** Services that build and deploy. */
export const pipelines = cliTool({
  names: [
    'circleci',
    'bk',
    'buildkite',
    'buildkite-agent',
    'travis',
    'drone',
    'semaphore',

    'woodpecker',
    'woodpecker-cli',
    'gitlab-runner',
    'spacectl',
    'tkn',
    'harness',
    'octopus',
    'tfx',
  ],
  values: [
    '--host',
    '--token',
    '--org',
    '--org-id',
    '--org-slug',
    '-r',
    '--repo',
    '-n',
    '--namespace',
    '-c',
    '--config',
    '-b',
    '--branch',
    '--name',
    '-u',
    '--url',
    '--pipeline',
    '-p',
    '--project',
    '--server',
    '-t',
  ],
  resource: 'pipeline',
  place: 'remote',
  naming: ['--name', '--pipeline', '--org-slug'],
  rules: [
    {
      command:
        'config|local|diagnostic|setup|switch|update|version|open|info|completion|lint|login|logout|whoami|token **',
      does: 'harmless',
      explain: '',
    },
    { command: 'unregister|reset-token', does: 'destroy', explain: 'takes the runner off' },
    {
      command:
        'context|orb|namespace|pipeline|project|runner|env|cache|secret|secrets|orgsecret|repo|cron|user|server|agent|resource-class|trigger|policy|job|build|notebook|deployment|stack|worker delete|remove|rm|remove-secret|unlist-category|destroy|revoke|purge',
      does: 'destroy',
      explain: 'deletes',
    },
    { command: '* * delete|remove|rm|destroy', does: 'destroy', explain: 'deletes' },
    { command: 'context remove-secret', does: 'destroy', explain: 'removes a secret' },
    { command: 'context store-secret|create|restriction', does: 'write', explain: 'stores a secret' },
    { command: 'orb publish|unlist', does: 'deploy', explain: 'publishes the orb' },
    { command: 'env|secret|secrets clear|unset|rm', does: 'destroy', explain: 'removes variables' },
    { command: 'disable|delete', does: 'destroy', explain: 'takes the project off' },
    { command: 'cache', when: ['-d', '--delete'], does: 'write', explain: 'empties the cache' },
    { command: 'policy push|settings', does: 'configure', explain: 'changes policies' },
    { command: 'build stop|cancel|decline|approve|promote', does: 'write', explain: 'decides a build' },
  ],
});

/** `java -jar jenkins-cli.jar COMMAND`, under whatever name it is wrapped. */
export const jenkins = cliTool({
  names: ['jenkins-cli', 'jenkins-cli.jar', 'jcli'],
  values: ['-s', '-auth', '-i', '-user', '-logger'],
  singleDash: true,
  resource: 'jenkins',
  place: 'remote',
  rules: [
    { command: 'delete-*', does: 'destroy', reversible: 'no', explain: 'deletes' },
    { command: '* delete|remove', does: 'destroy', explain: 'deletes' },
    { command: 'groovy|groovysh', does: 'execute', explain: 'runs a script on the server' },
    {
      command:
        'shutdown|safe-shutdown|restart|safe-restart|quiet-down|offline-node|disconnect-node|disable-*|clear-queue',
      does: 'destroy',
      reversible: 'yes',
      explain: 'stops',
    },
    {
      command: 'update-*|reload-configuration|reload-*|install-plugin|import-*|replay-pipeline|set-*',
      does: 'configure',
      explain: 'changes',
    },
    {
      command:
        'build|create-*|enable-*|online-node|connect-node|copy-job|add-*|keep-build|cancel-quiet-down|stop-builds',
      does: 'write',
      explain: 'changes',
    },
    { command: 'list-credentials-as-xml', does: 'reveal', explain: 'prints credentials' },
  ],
});
