import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import type { Session } from '#action/session';
import { systemIds } from '#base/ids';
import { Secret } from '#base/secret';
import { type Database, openDatabase } from '#store/database';
import { createPlaceholderStorage } from '#store/placeholders';
import { createSessionStorage } from '#store/sessions';
import { scramKeys } from '#wire/postgres/scram';
import { FakeClock } from '../../test/support/fake-clock.js';
import { SESSION } from '../../test/support/sample-hold.js';
import { temporaryFolder } from '../../test/support/temporary-folder.js';
import { openBroker } from './broker.js';
import { looksLikePlaceholder, openPlaceholders, placeholderText } from './placeholders.js';
import { openSessions } from './sessions.js';
import { createVault, openVault, type Vault } from './vault.js';

let folder: string;
let database: Database;
let clock: FakeClock;
let vault: Vault;
beforeEach(async () => {
  folder = temporaryFolder();
  database = await openDatabase(join(folder, 'state.sqlite'));
  onTestFinished(() => database.close());
  clock = new FakeClock();
  const identity = await createVault(join(folder, 'vault'), undefined);
  vault = await openVault(join(folder, 'vault'), { kind: 'identity', identity });
});

async function reopen(): Promise<void> {
  await database.close();
  database = await openDatabase(join(folder, 'state.sqlite'));
}

const open = () =>
  openPlaceholders({
    storage: createPlaceholderStorage(database.kysely),
    clock,
    ids: systemIds,
    scramKeys: async (text) => scramKeys(text),
  });
const openAll = async () => {
  const placeholders = await open();
  const sessions = await openSessions(createSessionStorage(database.kysely));
  return { placeholders, sessions, broker: await openBroker(vault, placeholders, sessions) };
};

const PLAN: Session = { ...SESSION, id: 'ses_plan', environments: ['staging'], mode: 'plan', tier: 'contained' };

describe('a placeholder', () => {
  test('names its environment, and no two are alike', () => {
    const texts = Array.from({ length: 200 }, () => placeholderText('staging'));
    expect(new Set(texts).size).toBe(200);
    for (const text of texts) expect(text).toMatch(/^fbk_staging_[0-9a-z]{26}$/);
    expect(texts.every(looksLikePlaceholder)).toBe(true);
    for (const text of ['', 'fbk_staging_', 'fbk__x', 'sk-live-1', `${texts[0]}x`, ` ${texts[0]}`])
      expect(looksLikePlaceholder(text)).toBe(false);
  });

  test('is recognised by its text only, also after a restart', async () => {
    const { placeholder, text } = await (await open()).issue({ environment: 'staging', resource: 'db' });
    await reopen();
    const again = await open();
    expect(again.identify(text.reveal())).toMatchObject({ id: placeholder.id, environment: 'staging', resource: 'db' });
    for (const wrong of [
      `${text.reveal()}x`,
      text.reveal().slice(0, -1),
      text.reveal().toUpperCase(),
      placeholder.id,
      '',
    ])
      expect(again.identify(wrong)).toBeUndefined();
    expect(again.forResource('db')).toHaveLength(1);
    expect(again.forResource('other')).toEqual([]);
  });

  test('is kept as a hash: its text stands in no file of the state folder', async () => {
    const placeholders = await open();
    const texts: string[] = [];
    for (const resource of ['a', 'b', 'c'])
      texts.push((await placeholders.issue({ environment: 'staging', resource })).text.reveal());
    const files = () => readdirSync(folder).filter((file) => file.startsWith('state.sqlite'));
    const clean = () => {
      for (const file of files()) {
        const bytes = readFileSync(join(folder, file), 'latin1');
        for (const text of texts) {
          expect(bytes).not.toContain(text);
          expect(bytes).not.toContain(text.slice('fbk_staging_'.length));
        }
      }
    };
    expect(files()).toContain('state.sqlite-wal');
    clean();
    await database.close();
    clean();
    database = await openDatabase(join(folder, 'state.sqlite'));
  });

  test('prints as [secret]', async () => {
    const issued = await (await open()).issue({ environment: 'staging', resource: 'db' });
    const shown = inspect(issued, { depth: 9, showHidden: true }) + JSON.stringify(issued);
    expect(shown).toContain('[secret]');
    expect(shown).not.toContain(issued.text.reveal());
  });

  test('that was revoked is not recognised any more, at once and after a restart; others are', async () => {
    const placeholders = await open();
    const gone = await placeholders.issue({ environment: 'staging', resource: 'db' });
    const stays = await placeholders.issue({ environment: 'staging', resource: 'api' });
    expect(await placeholders.revoke({ resource: 'db' })).toEqual([gone.placeholder.id]);
    expect(await placeholders.revoke({ resource: 'db' })).toEqual([]);
    expect(placeholders.identify(gone.text.reveal())).toBeUndefined();
    await reopen();
    const again = await open();
    expect(again.identify(gone.text.reveal())).toBeUndefined();
    expect(again.identify(stays.text.reveal())).toBeDefined();
  });
});

describe('a session', () => {
  test('that a placeholder was issued to is the one that it speaks for, also after a restart', async () => {
    const { sessions, placeholders } = await openAll();
    await sessions.open(PLAN, clock.now());
    const { text } = await placeholders.issue({ environment: 'staging', resource: 'db', sessionId: PLAN.id });
    await reopen();
    const { broker, sessions: again } = await openAll();
    const found = broker.identify(text.reveal());
    expect(found && broker.sessionOf(found)).toEqual(PLAN);
    expect([again.count(), again.ids(), again.get(PLAN.id)]).toEqual([1, [PLAN.id], PLAN]);
  });

  test('that has ended: the placeholder of a session that has ended opens nothing, revoked or not', async () => {
    const { sessions, placeholders, broker } = await openAll();
    await sessions.open(PLAN, clock.now());
    const { text, placeholder } = await placeholders.issue({
      environment: 'staging',
      resource: 'db',
      sessionId: PLAN.id,
    });
    expect(broker.placeholdersFor('db')).toHaveLength(1);
    await sessions.close(PLAN.id, clock.now());
    expect(broker.identify(text.reveal())).toBeUndefined();
    expect(broker.placeholdersFor('db')).toEqual([]);
    // The placeholder of a session that has ended does not become a standing one, which may do more.
    expect(() => broker.sessionOf(placeholder)).toThrow(expect.objectContaining({ code: 'SESSION_ENDED' }));
    await reopen();
    expect((await openAll()).broker.identify(text.reveal())).toBeUndefined();
  });

  test('of a placeholder in a tool’s settings is a standing one, of its environment only and fenced in by nothing', async () => {
    const { placeholders, broker } = await openAll();
    const { text, placeholder } = await placeholders.issue({ environment: 'staging', resource: 'db' });
    expect(broker.identify(text.reveal())?.id).toBe(placeholder.id);
    expect(broker.sessionOf(placeholder)).toMatchObject({
      id: `standing_${placeholder.id}`,
      environments: ['staging'],
      mode: 'work',
      tier: 'advisory',
    });
  });
});

describe('the broker', () => {
  const credential = (text: string) => ({ user: 'app', secret: new Secret(text) });

  test('gives the real credential by its name, and says which one is missing', async () => {
    await vault.write('credentials', 'orders', credential('hunter2'), 1);
    const { broker } = await openAll();
    expect(broker.credential('orders').secret.reveal()).toBe('hunter2');
    expect(() => broker.credential('other')).toThrow(
      expect.objectContaining({ code: 'SECRET_MISSING', hint: 'run `firebreak secrets add other`' }),
    );
    for (const name of ['__proto__', 'constructor', '../keys/log'])
      expect(() => broker.credential(name)).toThrow(expect.objectContaining({ code: 'SECRET_MISSING' }));
  });

  test('learns of a change when it is told, and forgets what is gone', async () => {
    const { broker } = await openAll();
    await vault.write('credentials', 'orders', credential('first'), 1);
    await broker.refresh('orders');
    await vault.write('credentials', 'orders', credential('second'), 2);
    expect(broker.credential('orders').secret.reveal()).toBe('first');
    await broker.refresh('orders');
    expect(broker.credential('orders').secret.reveal()).toBe('second');
    vault.remove('credentials', 'orders');
    await broker.refresh('orders');
    expect(() => broker.credential('orders')).toThrow(expect.objectContaining({ code: 'SECRET_MISSING' }));
  });

  test('starts though a credential is damaged, so that it can be replaced; whoever asks for it is told', async () => {
    await vault.write('credentials', 'good', credential('fine'), 1);
    await vault.write('credentials', 'bad', credential('lost'), 1);
    writeFileSync(join(folder, 'vault', 'credentials', 'bad.age'), 'garbage');
    writeFileSync(join(folder, 'vault', 'credentials', 'good.json'), 'garbage');
    const { broker } = await openAll();
    expect(broker.credential('good').secret.reveal()).toBe('fine');
    expect(() => broker.credential('bad')).toThrow(expect.objectContaining({ code: 'VAULT_DAMAGED' }));
    await vault.write('credentials', 'bad', credential('new'), 2);
    await broker.refresh('bad');
    expect(broker.credential('bad').secret.reveal()).toBe('new');
  });
});
