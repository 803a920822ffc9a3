/** Placeholders that a person puts into a tool's settings: which there are, and which there must not be. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Secret } from '#base/secret';
import { parseConfig } from '#daemon/config/read-config';
import { openCore } from '#daemon/core';
import { createOperations } from '#daemon/operations';
import { locateState, makeState } from '#daemon/state-folder';
import { createVault } from '#secrets/vault';
import { openDatabase } from '#store/database';

const CONFIG = `version: 1
environments:
  production: { protected: true, tier: contained }
  staging: {}
resources:
  orders-db: { kind: postgres, environment: production, upstream: { host: 127.0.0.1, database: orders }, credentials: { write: orders-write } }
  railway: { kind: http, provider: railway, credential: workspace }
`;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fb-standing-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test('a standing placeholder comes with no fence, so an environment that demands one gets none', async () => {
  const state = locateState(join(folder, 'state'), {});
  makeState(state);
  const identity: Secret<string> = await createVault(state.vault, undefined);
  await (await openDatabase(state.database)).close();
  const configPath = join(folder, 'firebreak.yaml');
  const core = await openCore({
    config: parseConfig(CONFIG, configPath),
    configPath,
    state,
    key: { kind: 'identity', identity },
    approveAt: () => '',
  });
  try {
    const operations = createOperations(core, undefined);
    expect(await operations.addSecret({ name: 'orders-write', user: 'app', secret: 'pw' })).toEqual([]);
    const issued = await operations.addSecret({ name: 'workspace', secret: 'token' });
    expect(issued.map(({ resource, environment }) => [resource, environment])).toEqual([['railway', 'staging']]);
    expect(core.placeholders.forResource('orders-db')).toEqual([]);
  } finally {
    await core.close();
  }
});
