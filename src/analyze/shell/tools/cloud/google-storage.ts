import { cliTool } from '../../cli-tool.js';
import { readOptions } from '../../options.js';
import type { Tool } from '../../tool.js';
import { downloaded } from './downloads.js';

const table = cliTool({
  names: ['gsutil'],
  values: ['-o', '-u', '-h'],
  below: {
    rsync: { values: ['-x', '-y', '-j', '-i'] },
    cp: { values: ['-a', '-j', '-L', '-s', '-z'] },
    mb: { values: ['-c', '-l', '-p', '-b'] },
    iam: { values: ['-e'] },
    acl: { values: ['-u', '-g', '-p'] },
  },
  resource: 'gcs',
  place: 'remote',
  rules: [
    { command: 'rsync', when: ['-n'], does: 'harmless', explain: '' },
    {
      command: 'rsync',
      when: ['-d'],
      does: 'destroy',
      reversible: 'no',
      explain: 'deletes whatever the source does not have:',
    },
    { command: 'rm', does: 'destroy', reversible: 'no', explain: 'deletes' },
    { command: 'rb', does: 'destroy', explain: 'deletes the bucket' },
    { command: 'mv', does: 'destroy', reversible: 'yes', explain: 'moves away' },
    { command: 'iam set|ch', does: 'grant', explain: 'changes who may read and write' },
    { command: 'acl|defacl set|ch', does: 'grant', explain: 'changes who may read and write' },
    {
      command:
        'lifecycle|retention|versioning|cors|logging|requesterpays|ubla|pap|web|defstorageclass|autoclass|kms set|clear|lock|encryption',
      does: 'configure',
      explain: 'changes the bucket',
    },
    { command: 'signurl', does: 'harmless', explain: '' },
    { command: 'cp|rsync|mb|rewrite|setmeta|compose|notification', does: 'write', explain: 'writes' },
  ],
});

/** The older command line of Google Cloud Storage. `-d` of rsync with a local target deletes local files. */
export const gsutil: Tool = {
  names: ['gsutil'],
  judge: (invocation) => {
    const findings = table.judge(invocation);
    const [only] = findings;
    const options = readOptions(invocation.args, {
      values: ['-o', '-u', '-h', '-x', '-y', '-j', '-i', '-a', '-L', '-s', '-z'],
    });
    const [command, source, ...rest] = options.operands;
    const target = rest.at(-1);
    if (only?.kind !== 'effect' || target === undefined || /^(?:gs|s3):\/\//u.test(target.text)) return findings;
    if (command?.text === 'rsync' && only.verb === 'destroy') {
      const explain = 'deletes whatever the source does not have';
      return [{ kind: 'files', act: 'delete', path: target, recursive: true, explain }];
    }
    const place =
      source === undefined
        ? undefined
        : downloaded(source, target, command?.text === 'rsync' || options.has('-r', '-R'));
    if (command?.text === 'cp' || command?.text === 'rsync')
      return target.text === '-' || place === undefined ? [] : [place];
    return findings;
  },
};

const tables = cliTool({
  names: ['bq'],
  values: ['--project_id', '--dataset_id', '--location', '--format', '--job_id', '--credential_file'],
  flags: [
    '--force',
    '--recursive',
    '--use_legacy_sql',
    '--nouse_legacy_sql',
    '--quiet',
    '--sync',
    '--nosync',
    '--headless',
    '--dry_run',
    '--replace',
    '--append_table',
    '--no_clobber',
    '--dataset',
    '--table',
    '--view',
    '--model',
    '--transfer_config',
    '--help',
  ],
  resource: 'bigquery',
  place: 'remote',
  dryRun: ['--dry_run'],
  rules: [
    { command: 'rm', does: 'destroy', explain: 'deletes' },
    { command: 'load', when: ['--replace'], does: 'destroy', explain: 'replaces the rows of' },
    { command: 'cp', when: ['-f', '--force'], does: 'destroy', explain: 'overwrites a table with a copy of' },
    { command: 'query', when: ['--replace'], does: 'destroy', explain: 'replaces the rows of a table with those of' },
    { command: 'truncate', does: 'destroy', explain: 'deletes the rows of' },
    {
      command: 'add-iam-policy-binding|remove-iam-policy-binding|set-iam-policy',
      does: 'grant',
      explain: 'changes who may do what',
    },
    { command: 'update', does: 'configure', explain: 'changes' },
    { command: 'cancel', does: 'write', explain: 'stops the job' },
    { command: 'load|mk|cp|insert|extract|undelete', does: 'write', explain: 'writes' },
  ],
});

/** BigQuery; `bq query` sends SQL. Source: bq command-line tool reference. */
export const bq: Tool = {
  names: ['bq'],
  judge: (invocation) => {
    const options = readOptions(invocation.args, {
      values: ['--project_id', '--location', '--format', '--destination_table', '-n', '--max_rows', '--parameter'],
    });
    const [command, text] = options.operands;
    const found = tables.judge(invocation);
    if (command?.text !== 'query' || options.has('--dry_run', '--help', '-h')) return found;
    const sql = text ?? (invocation.input.kind === 'text' ? invocation.input.text : undefined);
    return sql === undefined ? found : [...found, { kind: 'sql', dialect: 'other', text: sql, by: 'bq' }];
  },
};
