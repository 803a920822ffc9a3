import type { Finding } from '../../finding.js';
import type { Invocation } from '../../invocation.js';
import { judgeMigration, type MigrationRules } from './migration-tool.js';

const SUPABASE: MigrationRules = {
  names: ['supabase'],
  values: [
    '--db-url',
    '--project-ref',
    '--workdir',
    '--profile',
    '-p',
    '--password',
    '-s',
    '--schema',
    '-f',
    '--file',
    '--version',
    '--last',
    '--level',
    '--network-id',
    '-o',
    '--output',
  ],
  url: ['--db-url'],
  dryRun: ['--dry-run'],
  rules: [
    {
      command: 'db reset',
      when: ['--linked', '--db-url'],
      does: 'destroy',
      explain: 'drops every table of the linked project and makes them anew',
    },
    {
      command: 'db reset',
      does: 'destroy',
      own: true,
      explain: 'drops every table of the local database and makes them anew',
    },
    { command: 'db push', when: ['--local'], does: 'configure', own: true, explain: 'applies migrations' },
    { command: 'db push', does: 'configure', explain: 'applies migrations to the linked project' },
    { command: 'db remote commit|changes', does: 'harmless', explain: '' },
    {
      command: 'migration down',
      when: ['--linked', '--db-url'],
      does: 'destroy',
      explain: 'undoes migrations of the linked project, with the data of what they added',
    },
    { command: 'migration down', does: 'destroy', own: true, explain: 'undoes migrations of the local database' },
    {
      command: 'migration up',
      when: ['--linked', '--db-url'],
      does: 'configure',
      explain: 'applies migrations to the linked project',
    },
    {
      command: 'migration repair',
      unless: ['--local'],
      does: 'configure',
      explain: 'changes the record of the migrations of the linked project',
    },
    {
      command: 'migration squash',
      when: ['--linked', '--db-url'],
      does: 'configure',
      explain: 'replaces the record of the migrations of the linked project',
    },
  ],
};

/** `supabase db ...` and `supabase migration ...`. @returns undefined: it is another of its commands. */
export function judgeSupabaseDb(invocation: Invocation): readonly Finding[] | undefined {
  const command = invocation.args.find(({ text }) => /^[a-z]/u.test(text))?.text;
  return command === 'db' || command === 'migration' || command === 'migrations'
    ? judgeMigration(SUPABASE, invocation)
    : undefined;
}
