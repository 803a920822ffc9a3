import { type Argument, knownText } from '../../argument.js';
import { readLine } from '../../cli-line.js';
import { DESTROYING, isGiven } from '../../cli-tool.js';
import type { Finding } from '../../finding.js';
import type { Options } from '../../options.js';
import type { Tool } from '../../tool.js';
import { awsMeaning } from './aws-operations.js';
import { judgeS3 } from './aws-s3.js';

/** Global options with a value. Source: AWS CLI command reference, global options. */
const VALUES = [
  '--profile',
  '--region',
  '--output',
  '--endpoint-url',
  '--query',
  '--color',
  '--ca-bundle',
  '--cli-read-timeout',
  '--cli-connect-timeout',
  '--cli-binary-format',
  '--cli-input-json',
  '--cli-input-yaml',
];

/** Parameters without a value; every other parameter of an operation has one (or several). */
const FLAGS = [
  '--debug',
  '--recursive',
  '--force',
  '--delete',
  '--dryrun',
  '--dry-run',
  '--quiet',
  '--only-show-errors',
  '--with-decryption',
  '--skip-final-snapshot',
  '--delete-automated-backups',
  '--yes',
  '--follow',
  '--human-readable',
  '--summarize',
  '--exact-timestamps',
  '--size-only',
  '--follow-symlinks',
  '--apply-immediately',
  '--overwrite',
  '--recursive',
  '--force-delete-without-recovery',
  '--include-shared',
  '--interactive',
  '--help',
  '--version',
  '--force-new-deployment',
  '--enable-execute-command',
  '--hibernate',
];

/** Where an operation names what it is about, most telling first. */
const NAMING =
  /^--(?:.*-(?:name|id|ids|identifier|arn|url|names|arns)|name|id|ids|bucket|key|table|cluster|domain|resource|service)$/u;

export const aws: Tool = {
  names: ['aws', 'awslocal'],
  judge: ({ name, args }) => {
    const { options, operands } = readLine(args, { values: VALUES, flags: FLAGS });
    // An unknown word before a service and an operation holds options: `aws $PROFILE s3 ls`.
    const [service, operation, ...rest] =
      operands.length > 2 && knownText(operands[0]) === undefined ? operands.slice(1) : operands;
    if (service === undefined || isGiven(options, ['--help', '--generate-cli-skeleton'])) return [];
    if (rest.at(-1)?.text === 'help' || operation?.text === 'help') return [];
    // Localstack runs on this machine.
    const place = name === 'awslocal' || isLocal(options.value('--endpoint-url')) ? 'local' : 'remote';
    const [first, second] = [knownText(service), knownText(operation)];
    if (first === undefined || (operation !== undefined && second === undefined)) return computed(name, first);
    if (second === undefined) return [];
    if (first === 's3') return judgeS3(second, rest, options).map((one) => moved(one, place));
    if (isGiven(options, ['--dry-run'])) return [];
    const inside = carried(first, second, options);
    if (inside !== undefined) return [inside];
    return judgeOperation(first, second, args, options).map((one) => moved(one, place));
  },
};

function judgeOperation(
  service: string,
  operation: string,
  args: readonly Argument[],
  options: Options,
): readonly Finding[] {
  const batch = options.value('--request-items', '--transact-items')?.text ?? '';
  const removing =
    /"Delete(?:Request)?"|DeleteRequest/u.test(batch) ||
    `${service}-${operation}`.split('-').some((one) => DESTROYING.test(one));
  const known = awsMeaning(service, operation, (names) => isGiven(options, names));
  const fallback = removing ? ({ does: 'destroy', explain: 'deletes' } as const) : undefined;
  const meaning = batch !== '' && removing ? fallback : (known ?? fallback);
  if (meaning === undefined || meaning.does === 'harmless') return [];
  const named = objectOf(args);
  return [
    {
      kind: 'effect',
      verb: meaning.does,
      resource: { kind: `aws:${service}`, name: named ?? service },
      place: 'remote',
      ...('reversible' in meaning && meaning.reversible !== undefined ? { reversible: meaning.reversible } : {}),
      ...(meaning.does === 'write' ? { count: 1 } : {}),
      explain: `${meaning.explain}: aws ${service} ${operation}${named === undefined ? '' : ` of ${named}`}`,
    },
  ];
}

/** What is run elsewhere: SQL of the data services, a command in a container. */
function carried(service: string, operation: string, options: Options): Finding | undefined {
  const by = `aws ${service} ${operation}`;
  const sql =
    (service === 'rds-data' || service === 'redshift-data') && /^(?:batch-)?execute-(?:statement|sql)$/u.test(operation)
      ? options.value('--sql', '--sqls', '--sql-statements')
      : service === 'athena' && operation === 'start-query-execution'
        ? options.value('--query-string')
        : service === 'dynamodb' && operation === 'execute-statement'
          ? options.value('--statement')
          : undefined;
  if (sql !== undefined) return { kind: 'sql', dialect: service === 'rds-data' ? 'postgres' : 'other', text: sql, by };
  const command = service === 'ecs' && operation === 'execute-command' ? options.value('--command') : undefined;
  if (command !== undefined) return { kind: 'shell', text: command, elsewhere: 'in a container of ECS', by };
  return undefined;
}

function objectOf(args: readonly Argument[]): string | undefined {
  const at = args.findIndex(({ text }) => NAMING.test(text.split('=')[0] ?? ''));
  const option = args[at];
  if (option === undefined) return undefined;
  const equals = option.written.indexOf('=');
  return equals > 0 ? option.written.slice(equals + 1) : args[at + 1]?.written;
}

function isLocal(endpoint: Argument | undefined): boolean {
  return (
    endpoint !== undefined && /^https?:\/\/(?:localhost|127\.0\.0\.1|\[::1\])(?::\d+)?(?:\/|$)/u.test(endpoint.text)
  );
}

function moved(finding: Finding, place: 'local' | 'remote'): Finding {
  return finding.kind === 'effect' ? { ...finding, place } : finding;
}

/** FAIL-CLOSED: an operation that nobody knows waits for a person. */
function computed(name: string, service: string | undefined): readonly Finding[] {
  const what = service === undefined ? name : `${name} ${service}`;
  return [{ kind: 'opaque', explain: `runs ${what} with a command that is computed` }];
}
