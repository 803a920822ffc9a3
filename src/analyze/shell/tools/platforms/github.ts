import { knownText } from '../../argument.js';
import { cliTool } from '../../cli-tool.js';
import { readOptions } from '../../options.js';
import type { Tool } from '../../tool.js';
import { judgeApi } from './github-api.js';

const VALUES = [
  '-R',
  '--repo',
  '--hostname',
  '-b',
  '--body',
  '-F',
  '--body-file',
  '-t',
  '--title',
  '-n',
  '--notes',
  '--notes-file',
  '-L',
  '--limit',
  '-l',
  '--label',
  '-a',
  '--assignee',
  '-A',
  '--author',
  '-s',
  '--state',
  '-S',
  '--search',
  '-q',
  '--jq',
  '-T',
  '--template',
  '--json',
  '-B',
  '--base',
  '-H',
  '--head',
  '-c',
  '--comment',
  '-r',
  '--reason',
  '--ref',
  '-f',
  '--raw-field',
  '--field',
  '-e',
  '--env',
  '-o',
  '--org',
  '-u',
  '--user',
  '--visibility',
  '-m',
  '--milestone',
  '--add-label',
  '--remove-label',
  '--add-assignee',
  '--remove-assignee',
  '--target',
  '--subject',
  '-k',
  '--key',
  '-d',
  '--description',
  '-w',
  '--workflow',
  '-C',
  '-D',
  '--dir',
  '-p',
  '--pattern',
  '--codespace',
  '--owner',
  '--name',
  '--match-head-commit',
  '--author-email',
  '--homepage',
  '--default-branch',
  '--add-topic',
  '--remove-topic',
];

const table = cliTool({
  names: ['gh'],
  values: VALUES,
  below: {
    release: { flags: ['-p', '-d'] },
    pr: { flags: ['-d', '-s', '-r', '-m', '-c', '-e', '-f', '-w', '-o'] },
    issue: { flags: ['-e', '-w'] },
    repo: { flags: ['-c', '-p', '-s'] },
    cache: { flags: ['-a'] },
    codespace: { flags: ['-f'] },
    cs: { flags: ['-f'] },
  },
  resource: 'github',
  place: 'remote',
  naming: ['-R', '--repo'],
  rules: [
    { command: 'auth token', does: 'reveal', place: 'local', explain: 'prints the token of GitHub' },
    {
      command: 'auth status',
      when: ['-t', '--show-token'],
      does: 'reveal',
      place: 'local',
      explain: 'prints the token of GitHub',
    },
    {
      command:
        'auth|config|alias|extension|extensions|ext|browse|search|status|completion|help|skyline|copilot|attestation|at|preview|licenses **',
      does: 'harmless',
      explain: '',
    },
    {
      command:
        '* list|ls|view|status|diff|checks|watch|download|verify|verify-asset|clone|checkout|co|get|ports|logs|set-default|license|gitignore|check',
      does: 'harmless',
      explain: '',
    },
    {
      command:
        'repo|release|gist|issue|label|ssh-key|gpg-key|secret|variable|codespace|cs|project|ruleset|run|agent-task delete',
      does: 'destroy',
      explain: 'deletes',
    },
    { command: 'secret|variable|label|ssh-key remove|rm', does: 'destroy', explain: 'deletes' },
    { command: 'release delete-asset', does: 'destroy', explain: 'deletes a file of the release' },
    { command: 'release upload', when: ['--clobber'], does: 'destroy', explain: 'overwrites files of the release' },
    { command: 'repo deploy-key delete', does: 'destroy', explain: 'deletes the key' },
    { command: 'repo autolink delete', does: 'destroy', explain: 'deletes the link' },
    { command: 'repo deploy-key add', does: 'grant', explain: 'gives a key access to the repository' },
    { command: 'repo archive', does: 'destroy', reversible: 'yes', explain: 'archives the repository' },
    { command: 'repo sync', when: ['--force'], does: 'destroy', explain: 'overwrites the branch of' },
    {
      command: 'repo edit',
      when: ['--visibility', '--default-branch'],
      does: 'configure',
      explain: 'changes the repository',
    },
    { command: 'repo rename|transfer', does: 'configure', explain: 'renames the repository' },
    { command: 'pr merge', when: ['--admin'], does: 'configure', explain: 'merges past the rules of the branch' },
    { command: 'workflow disable', does: 'configure', explain: 'turns the workflow off' },
    { command: 'codespace|cs ssh', does: 'write', explain: 'opens a session in a codespace' },
    {
      command: 'project delete|item-delete|field-delete',
      does: 'destroy',
      explain: 'deletes from the project',
    },
    { command: 'ssh-key|gpg-key add', does: 'grant', explain: 'gives a key access to the account' },
    { command: 'cache delete', does: 'write', explain: 'empties the cache' },
    { command: '* *', does: 'write', explain: 'changes' },
  ],
});

/** GitHub. `gh api` is a request like any other. */
export const gh: Tool = {
  names: ['gh'],
  judge: (invocation) => {
    const [first, ...rest] = readOptions(invocation.args, { values: VALUES, stopAtOperand: true }).operands;
    if (knownText(first) !== 'api') return table.judge(invocation);
    return judgeApi(rest, (hostname) =>
      hostname === undefined || hostname === 'github.com' ? 'https://api.github.com/' : `https://${hostname}/api/v3/`,
    );
  },
};

const gitlabTable = cliTool({
  names: ['glab'],
  values: [
    '-R',
    '--repo',
    '-g',
    '--group',
    '-d',
    '--description',
    '-t',
    '--title',
    '-l',
    '--label',
    '-m',
    '--message',
    '-b',
    '--branch',
    '-F',
    '--output',
    '--ref',
    '-s',
    '--scope',
    '-n',
    '--name',
    '-P',
    '--per-page',
    '-p',
    '--page',
    '--milestone',
    '-a',
    '--assignee',
    '--reviewer',
    '--source-branch',
    '--target-branch',
    '--variables',
  ],
  resource: 'gitlab',
  place: 'remote',
  naming: ['-R', '--repo', '-g', '--group'],
  rules: [
    { command: 'auth|config|alias|completion|check-update|version|help|duo **', does: 'harmless', explain: '' },
    {
      command: '* list|ls|view|show|status|diff|get|trace|browse|lint|clone|checkout|search|artifact|contributors',
      does: 'harmless',
      explain: '',
    },
    { command: '* delete|remove|rm', does: 'destroy', explain: 'deletes' },
    { command: '* * delete|remove|rm|revoke', does: 'destroy', explain: 'deletes' },
    { command: 'repo archive|transfer', does: 'configure', explain: 'changes the repository' },
    { command: 'token|deploy-key|ssh-key create|add|rotate', does: 'grant', explain: 'gives access' },
    { command: 'repo update|mirror|protect|unprotect', does: 'configure', explain: 'changes the repository' },
    { command: 'variable export|get', does: 'reveal', explain: 'prints variables' },
    { command: '* *', does: 'write', explain: 'changes' },
  ],
});

/** GitLab, by its own command line. */
export const glab: Tool = {
  names: ['glab'],
  judge: (invocation) => {
    const [first, ...rest] = readOptions(invocation.args, {
      values: ['-R', '--repo', '-g', '--group'],
      stopAtOperand: true,
    }).operands;
    if (knownText(first) !== 'api') return gitlabTable.judge(invocation);
    return judgeApi(rest, (hostname) => `https://${hostname ?? 'gitlab.com'}/api/v4/`);
  },
};

/** Gitea, Bitbucket, Codeberg and others whose commands are nouns with a verb behind. */
export const otherForges = cliTool({
  names: ['tea', 'bitbucket', 'fj', 'berg'],
  values: ['--repo', '-r', '--login', '-l', '--remote', '-R', '-m', '--message', '--output', '-o'],
  resource: 'forge',
  place: 'remote',
  rules: [
    { command: '* delete|rm|remove', does: 'destroy', explain: 'deletes' },
    { command: 'delete', does: 'destroy', explain: 'deletes the repository' },
    { command: 'login|logins|logout|open|browse **', does: 'harmless', explain: '' },
  ],
});
