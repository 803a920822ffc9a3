/** The SQL that makes the three roles of a guarded database: readable, and the same whenever it is run again. */
import { quoteIdentifier } from '#action/sql-connection';
import { LANES, type Lane } from './report.js';
import type { Survey, SurveyedOwner } from './survey.js';
import { scramVerifier } from './verifier.js';

export interface ProvisionPlan {
  readonly survey: Survey;
  /** The schemas to give rights on. */
  readonly schemas: readonly string[];
  readonly names: Readonly<Record<Lane, string>>;
  readonly passwords: Readonly<Record<Lane, string>>;
  /** Sends the passwords themselves: for servers that take no verifier, and never for people to read. */
  readonly plainPasswords?: boolean;
  /** Moves tables and sequences whose owner is too mighty to be a member of. */
  readonly takeOwnership?: boolean;
}

/** One command, or words between commands. */
export interface ProvisionStep {
  /** For people, without the dashes. */
  readonly comment: string;
  readonly commands: readonly string[];
}

/** PostgreSQL 17 has MAINTAIN (release notes of 17). */
const MAINTAIN_VERSION = 170_000;

const quote = quoteIdentifier;
const literal = (text: string) => `'${text.replaceAll("'", "''")}'`;

/** The steps in order; all their commands fit into one transaction. */
export function provisionSteps(plan: ProvisionPlan): readonly ProvisionStep[] {
  return [
    ...LANES.map((lane) => roleStep(plan, lane)),
    settingsStep(plan),
    connectStep(plan),
    ...openSchemaSteps(plan),
    ...plan.schemas.map((schema) => schemaStep(plan, schema)),
    ...ownershipSteps(plan),
    defaultsStep(plan),
  ];
}

/** The steps as one text for people and for psql. */
export function provisionSql(plan: ProvisionPlan): string {
  const body = provisionSteps(plan).map(({ comment, commands }) =>
    [...comment.split('\n').map((line) => `-- ${line}`.trimEnd()), ...commands.map((command) => `${command};`)].join(
      '\n',
    ),
  );
  return ['BEGIN;', ...body, 'COMMIT;'].join('\n\n');
}

const PURPOSE: Readonly<Record<Lane, string>> = {
  read: 'What agents read with: SELECT and nothing else.',
  write: 'What measured and approved writes run with: rows, and no definitions.',
  owner:
    'What approved definitions (CREATE, ALTER, DROP, TRUNCATE) run with: opened for one statement and closed again.',
};

function roleStep({ survey, names, passwords, plainPasswords }: ProvisionPlan, lane: Lane): ProvisionStep {
  const name = names[lane];
  const password = plainPasswords === true ? passwords[lane] : scramVerifier(passwords[lane], name);
  const create = `BEGIN
  IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname OPERATOR(pg_catalog.=) ${literal(name)}) THEN
    CREATE ROLE ${quote(name)};
  END IF;
END`;
  return {
    comment: `${PURPOSE[lane]}\nThe password is in Firebreak's vault; this is only what the server needs to recognise it.`,
    commands: [
      `DO ${dollarQuote(create)}`,
      `ALTER ROLE ${quote(name)} LOGIN PASSWORD ${literal(password)}`,
      // Whoever is no superuser must be a member to speak for it below.
      ...(lane === 'owner' && !survey.superuser ? [`GRANT ${quote(name)} TO CURRENT_USER`] : []),
    ],
  };
}

/** A dollar quote that the text does not contain (documentation, "Dollar-Quoted String Constants"). */
function dollarQuote(text: string): string {
  let tag = '$firebreak$';
  for (let more = 1; text.includes(tag); more += 1) tag = `$firebreak${more}$`;
  return `${tag}${text}${tag}`;
}

function settingsStep({ names }: ProvisionPlan): ProvisionStep {
  const set = (lane: Lane, setting: string, value: string) =>
    `ALTER ROLE ${quote(names[lane])} SET ${setting} = ${literal(value)}`;
  return {
    comment: `Belts beside the braces: a session can change these, and Firebreak relies on none of them.
Nothing waits long for a lock or keeps one; a query that nobody waits for any more ends.`,
    commands: [
      set('read', 'default_transaction_read_only', 'on'),
      set('read', 'statement_timeout', '2min'),
      set('write', 'statement_timeout', '10min'),
      ...LANES.flatMap((lane) => [
        set(lane, 'lock_timeout', '10s'),
        set(lane, 'idle_in_transaction_session_timeout', '15min'),
      ]),
    ],
  };
}

function connectStep({ survey, names }: ProvisionPlan): ProvisionStep {
  const database = quote(survey.database);
  if (!survey.databaseGrantable) {
    return {
      comment: `The role that runs this does not own the database. Its owner has to run:
  GRANT CONNECT ON DATABASE ${oneLine(database)} TO ${LANES.map((lane) => oneLine(quote(names[lane]))).join(', ')};`,
      commands: [],
    };
  }
  // The owner lane may act in the name of an owner that cannot log in, and undoing needs temporary tables.
  const had = [...new Set([...survey.logins, ...survey.owners.map(({ name }) => name)])];
  const keep = had.filter((login) => !LANES.some((lane) => names[lane] === login));
  return {
    comment: `Temporary tables are for the write lane and the owner lane, so they are no longer for PUBLIC.
Roles that could log in before keep them; a role that is made later needs the same GRANT.`,
    commands: [
      `GRANT CONNECT ON DATABASE ${database} TO ${LANES.map((lane) => quote(names[lane])).join(', ')}`,
      `GRANT TEMPORARY ON DATABASE ${database} TO ${[names.write, names.owner, ...keep].map(quote).join(', ')}`,
      `GRANT CREATE ON DATABASE ${database} TO ${quote(names.owner)}`,
      `REVOKE TEMPORARY ON DATABASE ${database} FROM PUBLIC`,
    ],
  };
}

/** Before PostgreSQL 15 `public` is open to everybody (release notes of 15; CVE-2018-1058). */
function openSchemaSteps({ survey, schemas, names }: ProvisionPlan): readonly ProvisionStep[] {
  const open = survey.schemas.filter(({ name, open: isOpen, owned }) => isOpen && owned && schemas.includes(name));
  if (open.length === 0) return [];
  return [
    {
      comment: `Everybody may make tables and functions in ${open.map(({ name }) => oneLine(name)).join(', ')}: agents could put one in the place of
another that your statements mean. Roles that own something in the database keep the right; a new one needs the same GRANT.`,
      commands: open.flatMap(({ name }) => {
        const keep = survey.owners.map((owner) => owner.name);
        return [
          ...(keep.length === 0 ? [] : [`GRANT CREATE ON SCHEMA ${quote(name)} TO ${keep.map(quote).join(', ')}`]),
          `GRANT CREATE ON SCHEMA ${quote(name)} TO ${quote(names.owner)}`,
          `REVOKE CREATE ON SCHEMA ${quote(name)} FROM PUBLIC`,
        ];
      }),
    },
  ];
}

function schemaStep({ survey, names }: ProvisionPlan, schema: string): ProvisionStep {
  const [read, write, owner] = LANES.map((lane) => quote(names[lane]));
  const here = `IN SCHEMA ${quote(schema)}`;
  const beyond = `TRUNCATE, REFERENCES, TRIGGER${survey.version >= MAINTAIN_VERSION ? ', MAINTAIN' : ''}`;
  return {
    comment: `Rights on what is in the schema ${oneLine(schema)}. What an earlier hand gave too much is taken back.`,
    commands: [
      ...(survey.schemas.find(({ name }) => name === schema)?.owned === false
        ? []
        : [
            `GRANT USAGE ON SCHEMA ${quote(schema)} TO ${read}, ${write}, ${owner}`,
            `GRANT CREATE ON SCHEMA ${quote(schema)} TO ${owner}`,
          ]),
      `REVOKE INSERT, UPDATE, DELETE, ${beyond} ON ALL TABLES ${here} FROM ${read}`,
      `REVOKE ${beyond} ON ALL TABLES ${here} FROM ${write}`,
      `REVOKE USAGE, UPDATE ON ALL SEQUENCES ${here} FROM ${read}`,
      `REVOKE UPDATE ON ALL SEQUENCES ${here} FROM ${write}`,
      `GRANT SELECT ON ALL TABLES ${here} TO ${read}`,
      `GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES ${here} TO ${write}`,
      `GRANT SELECT ON ALL SEQUENCES ${here} TO ${read}`,
      `GRANT SELECT, USAGE ON ALL SEQUENCES ${here} TO ${write}`,
    ],
  };
}

function ownershipSteps(plan: ProvisionPlan): readonly ProvisionStep[] {
  const { survey, names, schemas, takeOwnership } = plan;
  const owner = quote(names.owner);
  const steps = ownersIn(plan).map((one): ProvisionStep => {
    const count = `${one.relations.length} relation${one.relations.length === 1 ? '' : 's'}`;
    const relations = one.relations.filter(
      ({ schema, target }) => schemas.includes(schema) && /^(TABLE|SEQUENCE) /.test(target),
    );
    if (one.tooMighty === undefined && one.lendable) {
      return {
        comment: `${oneLine(one.name)} owns ${count}. A member may do with them what the owner may.`,
        commands: [`GRANT ${quote(one.name)} TO ${owner}`],
      };
    }
    if (one.tooMighty === undefined) {
      return {
        comment: `${oneLine(one.name)} owns ${count}, and the role that runs this may not lend it. Somebody who may has to run:
  GRANT ${oneLine(quote(one.name))} TO ${oneLine(owner)};`,
        commands: [],
      };
    }
    if (takeOwnership !== true || !one.grantable) {
      return {
        comment: `${oneLine(one.name)} owns ${count}, and ${one.tooMighty}: membership in it would give the owner lane all of that.
Until they have another owner, what is approved for the owner lane will fail on them.
\`firebreak db provision --take-ownership\` prints what moves them; run it as ${oneLine(one.name)}.`,
        commands: [],
      };
    }
    return {
      comment: `${oneLine(one.name)} ${one.tooMighty}, so its tables and sequences move to the owner lane's role, of which it
is a member or needs not be: it can do with them what it could. Views and functions stay, for they have its rights.`,
      commands: [
        // A superuser needs no membership, and the role that runs this has it already.
        ...(survey.superuser && one.tooMighty !== 'is a superuser' ? [`GRANT ${owner} TO ${quote(one.name)}`] : []),
        ...relations.map(({ target }) => `ALTER ${target} OWNER TO ${owner}`),
      ],
    };
  });
  const acts = onlyOwner(plan);
  if (acts === undefined) return steps;
  return [
    ...steps,
    {
      comment: `What the owner lane makes belongs to ${oneLine(acts.name)}, as everything did before, so that your application can use it.`,
      commands: [`ALTER ROLE ${owner} SET role = ${literal(acts.name)}`],
    },
  ];
}

/** Those with something in the chosen schemas: what a provider keeps in its own stays the provider's. */
function ownersIn({ survey, schemas }: ProvisionPlan): readonly SurveyedOwner[] {
  return survey.owners.filter(({ relations }) => relations.some(({ schema }) => schemas.includes(schema)));
}

/** The owner in whose name the owner lane acts: the only one that it becomes a member of. */
function onlyOwner(plan: ProvisionPlan): SurveyedOwner | undefined {
  const { survey, takeOwnership } = plan;
  const owners = ownersIn(plan);
  const members = owners.filter(({ tooMighty, lendable }) => tooMighty === undefined && lendable);
  const moves = survey.ownerOwns || (takeOwnership === true && owners.some(({ tooMighty }) => tooMighty !== undefined));
  return members.length === 1 && !moves ? members[0] : undefined;
}

function defaultsStep(plan: ProvisionPlan): ProvisionStep {
  const { names, schemas } = plan;
  const [read, write] = LANES.map((lane) => quote(names[lane]));
  const makers = [
    ...ownersIn(plan)
      .filter(({ grantable }) => grantable)
      .map(({ name }) => name),
    names.owner,
  ];
  return {
    comment: 'The same rights on tables and sequences that will be made, by whom they have been made so far.',
    commands: makers.flatMap((maker) =>
      schemas.flatMap((schema) => {
        const by = `ALTER DEFAULT PRIVILEGES FOR ROLE ${quote(maker)} IN SCHEMA ${quote(schema)}`;
        return [
          `${by} GRANT SELECT ON TABLES TO ${read}`,
          `${by} GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO ${write}`,
          `${by} GRANT SELECT ON SEQUENCES TO ${read}`,
          `${by} GRANT SELECT, USAGE ON SEQUENCES TO ${write}`,
        ];
      }),
    ),
  };
}

/** Within a comment: a name with a line break in it must not end the comment and begin a command. */
function oneLine(name: string): string {
  return name.replaceAll(/[\r\n\f\v\u0085\u2028\u2029]/g, ' ');
}
