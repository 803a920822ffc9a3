/** Migration tools of the Java world. Source: each tool's reference of its command line. */
import { isGiven } from '../../cli-tool.js';
import type { Finding } from '../../finding.js';
import { readOptions } from '../../options.js';
import type { Tool } from '../../tool.js';
import { APPLIES, migrationTool, UNDOES } from './migration-tool.js';

const liquibase = migrationTool({
  names: ['liquibase'],
  values: [
    '--changelog-file',
    '--changeLogFile',
    '--username',
    '--password',
    '--defaults-file',
    '--defaultsFile',
    '--contexts',
    '--label-filter',
    '--count',
    '--tag',
    '--driver',
    '--classpath',
    '--log-level',
    '--url',
  ],
  url: ['--url'],
  rules: [
    { command: 'drop-all|dropAll', does: 'destroy', explain: 'drops every object of the schema' },
    {
      command:
        '*-sql|*SQL|*-one-sql|future-rollback*|status|history|validate|diff*|generate-*|snapshot*|list-*|db-doc|dbDoc|unexpected-*',
      does: 'harmless',
      explain: '',
    },
    { command: 'rollback*|update-testing-rollback', does: 'destroy', explain: UNDOES },
    {
      command: 'update*|changelog-sync*|changelogSync*|execute-sql|tag|release-locks|clear-checksums|mark-next-*',
      does: 'configure',
      explain: APPLIES,
    },
  ],
});

/** Each of several commands in one line counts: `flyway clean migrate`. */
const flyway: Tool = {
  names: ['flyway'],
  judge: ({ args, name }): readonly Finding[] => {
    const options = readOptions(args, { singleDash: true });
    if (isGiven(options, ['-help', '--help', '-dryRunOutput', '-v'])) return [];
    const found = options.operands.flatMap(({ text }): readonly Finding[] => {
      const said = FLYWAY.get(text);
      return said === undefined
        ? []
        : [
            {
              kind: 'effect',
              verb: said[0],
              resource: { kind: 'database', name: `the database of ${name}` },
              place: local(args.map((one) => one.text)) ? 'local' : 'remote',
              explain: said[1],
            },
          ];
    });
    return found;
  },
};

const FLYWAY = new Map<string, readonly ['destroy' | 'configure', string]>([
  ['clean', ['destroy', 'drops every object of the schemas']],
  ['undo', ['destroy', UNDOES]],
  ['migrate', ['configure', APPLIES]],
  ['baseline', ['configure', 'marks where the migrations begin']],
  ['repair', ['configure', 'changes the record of the migrations']],
  ['deploy', ['configure', APPLIES]],
]);

function local(words: readonly string[]): boolean {
  return words.some((word) =>
    /^-(?:url|environment)=(?:jdbc:\w+:\/\/(?:localhost|127\.0\.0\.1)|jdbc:(?:h2:mem|sqlite)|(?:dev|development|test|local)$)/iu.test(
      word,
    ),
  );
}

export const JVM_MIGRATIONS: readonly Tool[] = [flyway, liquibase];
