/** `firebreak init`: writes what is missing, and never overwrites. */
import { existsSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { stringify } from 'yaml';
import { Secret } from '#base/secret';
import type { InitAnswers, Prepared } from '#cli/services';
import { createVault, needsPassphrase, openVault } from '#secrets/vault';
import { openDatabase } from '#store/database';
import { createFactorStorage } from '#store/factors';
import { readConfig } from './config/read-config.js';
import { secretsOf } from './database-settings.js';
import { CONFIG_NAME, locateConfig } from './locate-config.js';
import { checkState, makeState, type StateFolder } from './state-folder.js';
import { type AskPassphrase, findVaultKey, keyFileFor, writeKeyFile } from './vault-key.js';

export async function prepare(
  named: string | undefined,
  state: StateFolder,
  answers: InitAnswers,
  environment: NodeJS.ProcessEnv,
  ask: AskPassphrase,
): Promise<Prepared> {
  const path = locateConfig(named) ?? resolve(CONFIG_NAME);
  const writesConfig = !existsSync(path);
  if (writesConfig) writeFileSync(path, configText(answers), { flag: 'wx' });
  const config = readConfig(path);

  makeState(state);
  const writesState = !existsSync(join(state.vault, 'recipient'));
  let keyFile: string | undefined;
  if (writesState) {
    const identity = await createVault(
      state.vault,
      answers.passphrase === undefined ? undefined : new Secret(answers.passphrase),
    );
    if (answers.passphrase === undefined) {
      keyFile = keyFileFor(state, environment);
      writeKeyFile(keyFile, identity);
    }
  }
  const database = await openDatabase(state.database);
  const approvers = await createFactorStorage(database.kysely).approvers();
  await database.close();
  checkState(state);
  // Proves that the key opens the vault, now and not at the first start.
  const known = answers.passphrase !== undefined && writesState && needsPassphrase(state.vault);
  const key = known
    ? ({ kind: 'passphrase', passphrase: new Secret(answers.passphrase ?? '') } as const)
    : await findVaultKey(state, environment, ask);
  const vault = await openVault(state.vault, key);
  const needed = Object.values(config.resources).flatMap(secretsOf);
  return {
    config: { path, written: writesConfig },
    state: { path: state.path, written: writesState },
    keyFile,
    missingSecrets: [...new Set(needed)].filter((name) => !vault.has('credentials', name)),
    databases: Object.entries(config.resources).flatMap(([name, resource]) =>
      resource.kind === 'postgres' && !vault.has('credentials', resource.credentials.write) ? [name] : [],
    ),
    approvers,
  };
}

/** A commented `firebreak.yaml`. */
export function configText({ environments, postgres, railway }: InitAnswers): string {
  const declared = Object.fromEntries(
    environments.map(({ name, protected: guarded }) => [name, guarded ? { protected: true } : {}]),
  );
  const resources = [
    ...postgres.map(({ name, environment, host, port, database }) => [
      name,
      {
        kind: 'postgres',
        environment,
        upstream: { host, port, database },
        // A role for each lane where something is to be protected; elsewhere one login does everything.
        credentials: environments.some((one) => one.name === environment && one.protected)
          ? { read: `${name}-read`, write: `${name}-write`, owner: `${name}-owner` }
          : { write: `${name}-write` },
      },
    ]),
    ...(railway ? [['railway', { kind: 'http', provider: 'railway', credential: 'railway-workspace' }]] : []),
  ];
  const block = (value: unknown) => stringify(value, { flowCollectionPadding: true, lineWidth: 100 }).trimEnd();
  const guarded = environments.filter((one) => one.protected).map((one) => one.name);
  return `# Firebreak: what is protected, and how. No secrets in here; safe to commit.
# Every key: docs/guides/configuration.md. An unknown key refuses to start.
version: 1

# Destructive and unknown actions wait for people where \`protected\` is true. An environment that is not declared counts
# as protected.
${block({ environments: declared })}

# What agents reach through the doors. Credentials are names in the vault: \`firebreak secrets add NAME\`.
${resources.length === 0 ? EXAMPLE_RESOURCES : block({ resources: Object.fromEntries(resources) })}

# Hard limits: an approval cannot exceed them.
${guarded.length === 0 ? '# limits: {}' : block({ limits: Object.fromEntries(guarded.map((name) => [name, { rows: 1000, destructive_per_hour: 10 }])) })}

# An environment that may only be read for a while (also: \`firebreak freeze ${guarded[0] ?? 'production'} --until ... --reason ...\`).
# freeze:
#   - { environment: ${guarded[0] ?? 'production'}, from: 2026-12-20, until: 2027-01-03, reason: holidays }

# Your own Cedar policies, added to the shipped ones.
# policies: [./policies]
`;
}

const EXAMPLE_RESOURCES = `# resources:
#   orders-db:
#     kind: postgres
#     environment: production
#     upstream: { host: db.example.com, port: 5432, database: orders }
#     credentials: { read: orders-db-read, write: orders-db-write, owner: orders-db-owner }
#     variables: [DATABASE_URL] # in which \`firebreak run\` gives the agent its placeholder
#   railway: { kind: http, provider: railway, credential: railway-workspace }`;
