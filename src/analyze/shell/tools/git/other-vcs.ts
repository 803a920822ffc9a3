/** Version control besides git. What is only local has no copy of Firebreak's: what can be lost waits. */
import { cliTool } from '../../cli-tool.js';
import type { Tool } from '../../tool.js';

/** Mercurial and Sapling: `hg help COMMAND`. */
const mercurial = cliTool({
  names: ['hg', 'sl', 'chg'],
  values: ['-R', '--repository', '--cwd', '--config', '--encoding'],
  resource: 'hg',
  place: 'local',
  dryRun: ['-n', '--dry-run'],
  rules: [
    {
      command: 'up|update|co|checkout|goto',
      when: ['-C', '--clean'],
      does: 'destroy',
      explain: 'throws away changes that are not committed, at',
    },
    // `hg revert` keeps what it replaces as `.orig`.
    { command: 'revert', when: ['--no-backup', '-C'], does: 'destroy', explain: 'throws away changes of' },
    { command: 'purge|clean', when: ['-p', '--print'], does: 'harmless', explain: '' },
    { command: 'purge|clean', does: 'destroy', explain: 'deletes files that are not tracked' },
    { command: 'strip', does: 'destroy', explain: 'removes changesets' },
    { command: 'debugstrip', does: 'destroy', explain: 'removes changesets' },
    { command: 'rollback', does: 'destroy', explain: 'takes back the last transaction' },
    {
      command: 'histedit|rebase|amend|absorb|fold|prune|uncommit|hide|fix',
      does: 'destroy',
      reversible: 'yes',
      explain: 'makes changesets anew',
    },
    {
      command: 'rm|remove|forget',
      when: ['-f', '--force'],
      does: 'destroy',
      explain: 'removes files with their changes',
    },
    { command: 'shelve', when: ['-d', '--delete', '--cleanup'], does: 'destroy', explain: 'deletes shelved changes' },
    {
      command: 'bookmark|bookmarks|book',
      when: ['-d', '--delete', '-f', '--force'],
      does: 'destroy',
      reversible: 'yes',
      explain: 'moves a bookmark',
    },
    {
      command: 'push',
      when: ['-f', '--force', '--delete'],
      does: 'destroy',
      place: 'remote',
      explain: 'forces its history on the remote',
    },
    { command: 'push', does: 'write', place: 'remote', explain: 'pushes changesets' },
    { command: '*', does: 'harmless', explain: '' },
  ],
});

/** Subversion. */
const subversion = cliTool({
  names: ['svn'],
  values: [
    '-r',
    '--revision',
    '-m',
    '--message',
    '-F',
    '--file',
    '--username',
    '--password',
    '--depth',
    '--config-dir',
    '-c',
    '--limit',
    '-l',
  ],
  resource: 'svn',
  place: 'local',
  dryRun: ['--dry-run'],
  rules: [
    { command: 'revert', does: 'destroy', explain: 'throws away changes of' },
    {
      command: 'cleanup',
      when: ['--remove-unversioned', '--remove-ignored'],
      does: 'destroy',
      explain: 'deletes files that are not versioned',
    },
    {
      command: 'delete|del|remove|rm *://*',
      does: 'destroy',
      place: 'remote',
      reversible: 'yes',
      explain: 'deletes in the repository',
    },
    { command: 'delete|del|remove|rm', when: ['--force'], does: 'destroy', explain: 'deletes with changes' },
    {
      command: 'switch|sw|update|up|checkout|co',
      when: ['--force'],
      does: 'destroy',
      reversible: 'yes',
      explain: 'lets unversioned files be replaced',
    },
    {
      command: 'propdel|pdel|pd|propset|pset|ps',
      when: ['--revprop'],
      does: 'destroy',
      place: 'remote',
      explain: 'changes properties of a revision',
    },
    { command: 'commit|ci|import|mkdir|copy|cp|lock|unlock', does: 'write', place: 'remote', explain: 'commits' },
    { command: '*', does: 'harmless', explain: '' },
  ],
});

const subversionAdmin = cliTool({
  names: ['svnadmin'],
  resource: 'svn',
  place: 'local',
  rules: [
    {
      command: 'rmtxns|rmlocks|load|setrevprop|delrevprop|recover',
      does: 'destroy',
      explain: 'changes a repository for good',
    },
    { command: '*', does: 'harmless', explain: '' },
  ],
});

/** Jujutsu: every operation can be undone by `jj undo`, until the operation log is abandoned. */
const jujutsu = cliTool({
  names: ['jj'],
  values: ['-R', '--repository', '--at-operation', '--config', '--color', '-r', '--revisions'],
  resource: 'jj',
  place: 'local',
  rules: [
    { command: 'operation|op abandon', does: 'destroy', explain: 'forgets operations' },
    { command: 'util gc', does: 'destroy', explain: 'deletes what no operation holds' },
    { command: 'workspace forget', does: 'destroy', reversible: 'yes', explain: 'forgets the workspace' },
    {
      command: 'git push',
      when: ['--deleted', '--delete'],
      does: 'destroy',
      place: 'remote',
      explain: 'deletes branches at the remote',
    },
    { command: 'git push', when: ['--dry-run'], does: 'harmless', explain: '' },
    { command: 'git push', does: 'write', place: 'remote', explain: 'pushes' },
    {
      command: 'abandon|restore|squash|rebase|undo|split|absorb|describe|edit',
      does: 'destroy',
      reversible: 'yes',
      explain: 'changes commits',
    },
    { command: 'bookmark|branch|b|tag delete|d|forget|f', does: 'destroy', reversible: 'yes', explain: 'deletes' },
    { command: '*', does: 'harmless', explain: '' },
  ],
});

const fossil = cliTool({
  names: ['fossil', 'bzr', 'brz', 'darcs', 'cvs', 'pijul'],
  resource: 'vcs',
  place: 'local',
  dryRun: ['--dry-run', '-n'],
  rules: [
    {
      command: 'revert|clean|uncommit|clean-tree|unrecord|obliterate|amend-record|scrub|shun|purge|unpull|reset',
      does: 'destroy',
      explain: 'takes away changes',
    },
    {
      command: 'push|send',
      when: ['--overwrite', '--force'],
      does: 'destroy',
      place: 'remote',
      explain: 'forces its history on the remote',
    },
    { command: '*', does: 'harmless', explain: '' },
  ],
});

/** BFG Repo-Cleaner makes every ref anew. */
const bfg: Tool = {
  names: ['bfg'],
  judge: ({ args }) =>
    args.length === 0 || args.some(({ text }) => /^(?:--help|--version)$/u.test(text))
      ? []
      : [
          {
            kind: 'effect',
            verb: 'destroy',
            resource: { kind: 'git', name: 'repository' },
            place: 'local',
            reversible: 'no',
            explain: 'makes all of the history anew',
          },
        ],
};

export const OTHER_VCS: readonly Tool[] = [mercurial, subversion, subversionAdmin, jujutsu, fossil, bfg];
