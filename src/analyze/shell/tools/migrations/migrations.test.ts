// Long because it is a table: what each command of each tool comes to.
import { describe, expect, test } from 'vitest';
import { exactly } from '../../argument.js';
import type { Finding } from '../../finding.js';
import { invoke } from '../../invocation.case.js';
import { judgeSupabaseDb, MIGRATION_TOOLS } from './index.js';

const TOOLS = new Map(MIGRATION_TOOLS.flatMap((tool) => tool.names.map((name) => [name, tool] as const)));

function say(finding: Finding): string {
  switch (finding.kind) {
    case 'effect':
      return `${finding.place} ${finding.verb}`;
    case 'script':
      return `script ${finding.path.text}`;
    case 'code':
      return `${finding.language}: ${finding.text.text}`;
    case 'command':
      return `command ${finding.words.map(({ text }) => text).join(' ')}`;
    case 'sql':
      return `sql ${finding.text.text}`;
    default:
      return finding.kind;
  }
}

/** `NAME=value` before the command as the shell would give it. */
function judged(line: string): readonly string[] {
  const [, assignments = '', command = ''] = /^((?:[A-Z_]+=\S+ )*)(.*)$/su.exec(line) ?? [];
  const variables = new Map(
    assignments
      .split(' ')
      .filter(Boolean)
      .map((one) => [one.split('=')[0] ?? '', exactly(one.split('=')[1] ?? '')] as const),
  );
  const invocation = { ...invoke(command), variables };
  const tool = TOOLS.get(invocation.name);
  if (tool === undefined) throw new Error(`no tool for ${line}`);
  return tool.judge(invocation).map(say);
}

type Row = readonly [line: string, ...findings: string[]];

const DESTROYS: readonly string[] = [
  'prisma migrate reset --force',
  'prisma db push --force-reset',
  'prisma db push --accept-data-loss',
  'drizzle-kit push --force',
  'knex migrate:rollback --all',
  'knex --env production migrate:rollback',
  'typeorm schema:drop -d ds.ts',
  'typeorm migration:revert',
  'sequelize db:drop',
  'sequelize-cli db:migrate:undo:all',
  'mikro-orm schema:fresh -r',
  'mikro-orm migration:down',
  'convex import --replace data.zip',
  'rails db:drop',
  'rails db:reset',
  'rake db:drop:all',
  'rails db:schema:load',
  'rails db:migrate:reset',
  'rails db:rollback STEP=3',
  'RAILS_ENV=production rails db:drop',
  'manage.py flush --no-input',
  'manage.py reset_db',
  'manage.py migrate app zero',
  'artisan migrate:fresh --seed',
  'artisan migrate:rollback',
  'artisan db:wipe',
  'mix ecto.drop',
  'mix ecto.reset',
  'mix ecto.rollback',
  'console doctrine:database:drop --force',
  'console doctrine:schema:drop --force',
  'console doctrine:fixtures:load',
  'phinx rollback -t 0',
  'flyway clean',
  'flyway -url=jdbc:postgresql://db/x clean migrate',
  'liquibase drop-all',
  'liquibase dropAll',
  'liquibase rollback v1',
  'alembic downgrade base',
  'flask db downgrade',
  'goose -dir m postgres dsn reset',
  'goose down',
  'migrate -path m -database postgres://db/x drop -f',
  'migrate -path m -database postgres://db/x down 1',
  'dbmate drop',
  'dbmate rollback',
  'atlas schema clean -u postgres://db/x',
  'atlas schema apply --auto-approve --env prod',
  'sqitch revert',
  'diesel database reset',
  'diesel migration redo',
  'sqlx database drop -y',
  'sea-orm-cli migrate fresh',
  'hasura migrate apply --down all',
  'hasura metadata clear',
  'gel branch wipe x',
  'edgedb instance destroy -I x',
  'dotnet-ef database drop --force',
];

const CONFIGURES: readonly string[] = [
  'prisma migrate deploy',
  'prisma db push',
  'drizzle-kit push',
  'drizzle-kit migrate',
  'knex migrate:latest',
  'typeorm migration:run',
  'sequelize db:migrate',
  'rails db:migrate',
  'manage.py migrate',
  'artisan migrate --force',
  'mix ecto.migrate',
  'flyway migrate',
  'flyway repair',
  'liquibase update',
  'alembic upgrade head',
  'goose up',
  'migrate -path m -database postgres://db/x up',
  'dbmate up',
  'sqitch deploy',
  'diesel migration run',
  'hasura migrate apply',
];

const NOTHING: readonly string[] = [
  'prisma generate',
  'prisma studio',
  'prisma validate',
  'prisma format',
  'prisma migrate status',
  'prisma migrate diff --from-empty --to-schema-datamodel x',
  'prisma migrate dev --create-only',
  'prisma migrate reset --help',
  'drizzle-kit generate',
  'drizzle-kit check',
  'knex migrate:make add_users',
  'knex migrate:list',
  'typeorm migration:generate x',
  'sequelize db:migrate:status',
  'rails routes',
  'rails generate migration DropUsers',
  'rails db:migrate:status',
  'rails db:version',
  'rails server',
  'rake -T',
  'rake db:test:prepare',
  'manage.py sqlflush',
  'manage.py showmigrations',
  'manage.py makemigrations',
  'manage.py migrate --plan',
  'manage.py runserver',
  'artisan migrate:status',
  'artisan migrate --pretend',
  'artisan make:model Drop',
  'mix test',
  'mix ecto.gen.migration drop',
  'flyway info',
  'flyway validate',
  'liquibase status',
  'liquibase update-sql',
  'liquibase rollback-sql v1',
  'alembic history',
  'alembic upgrade head --sql',
  'alembic revision -m drop',
  'goose status',
  'goose create drop sql',
  'migrate create -ext sql drop',
  'dbmate new drop',
  'dbmate status',
  'atlas schema inspect -u x',
  'atlas schema apply --dry-run --env prod',
  'diesel migration generate x',
  'sqlx migrate info',
  'sqitch status',
];

const LOCAL: readonly Row[] = [
  ['RAILS_ENV=test rails db:drop', 'local destroy'],
  ['rake db:reset RAILS_ENV=development', 'local destroy'],
  ['rails db:drop -e test', 'local destroy'],
  ['MIX_ENV=test mix ecto.reset', 'local destroy'],
  ['knex --env development migrate:rollback', 'local destroy'],
  ['migrate -path m -database postgres://localhost:5432/x down', 'local destroy'],
  ['dbmate --url sqlite:db.sqlite3 drop', 'local destroy'],
  ['prisma migrate dev', 'local configure'],
  ['console doctrine:database:drop --env=test', 'local destroy'],
  ['migrate -path m -database postgres://user@localhost.example.com/x down', 'remote destroy'],
];

describe('migration tools', () => {
  test.each(DESTROYS)('%s destroys', (line) => {
    expect(judged(line)[0]).toBe('remote destroy');
  });
  test.each(CONFIGURES)('%s changes the schema', (line) => {
    expect(judged(line)).toEqual(['remote configure']);
  });
  test.each(NOTHING)('%s is nothing of note', (line) => {
    expect(judged(line)).toEqual([]);
  });
  test.each(LOCAL)('%s: %s', (line, expected) => {
    expect(judged(line)).toEqual([expected]);
  });
  test.each<Row>([
    ["rails runner 'User.delete_all'", 'ruby: User.delete_all'],
    ['rails runner script/clean.rb', 'script script/clean.rb'],
    ["manage.py shell -c 'x()'", 'python: x()'],
    ["manage.py dbshell -- -c 'DROP TABLE x'", 'command psql -c DROP TABLE x'],
    ["artisan tinker --execute 'User::truncate();'", 'php: User::truncate();'],
    ['prisma db execute --file x.sql', 'script x.sql'],
    ['rails $X'],
    ['prisma migrate $X', 'opaque'],
  ])('%s hands on what it runs', (line, ...expected) => {
    expect(judged(line)).toEqual(expected);
  });
});

test('supabase works on the local database unless it is told otherwise', () => {
  expect(judgeSupabaseDb(invoke('supabase db reset'))?.map(say)).toEqual(['local destroy']);
  expect(judgeSupabaseDb(invoke('supabase db reset --linked'))?.map(say)).toEqual(['remote destroy']);
  expect(judgeSupabaseDb(invoke('supabase db push'))?.map(say)).toEqual(['remote configure']);
  expect(judgeSupabaseDb(invoke('supabase db push --dry-run'))).toEqual([]);
  expect(judgeSupabaseDb(invoke('supabase db diff'))).toEqual([]);
  expect(judgeSupabaseDb(invoke('supabase functions deploy x'))).toBeUndefined();
});
