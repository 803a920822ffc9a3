// Keeps snapshots in a state folder until it is killed, and prints one line of JSON for each that was acknowledged to it; or,
// with `once`, tries to keep one and prints what came of it. Runs on the build, as the daemon does.
//
//     node snapshot-child.mjs FOLDER KEY BYTES [once]     KEY as JSON, BYTES in each snapshot
import { createHash, randomBytes } from 'node:crypto';
import { writeSync } from 'node:fs';
import { join } from 'node:path';
import { Secret } from '#base/secret';
import { openSnapshots } from '#protect/snapshots';
import { openDatabase } from '#store/database';
import { createSnapshotStorage } from '#store/snapshots';

const [folder, key, bytes, once] = process.argv.slice(2);
const { recipient, identity } = JSON.parse(key);
const acknowledge = (what) => writeSync(1, `${JSON.stringify(what)}\n`);

const database = await openDatabase(join(folder, 'state.sqlite'));
const snapshots = openSnapshots({
  folder: join(folder, 'snapshots'),
  storage: createSnapshotStorage(database.kysely),
  key: { recipient, identity: new Secret(identity) },
  clock: { now: () => Date.now() },
  limits: { keep: 86_400_000, mostBytes: 1024 ** 3 },
});
const session = { id: 'ses_1', agent: 'torture', intent: '', environments: ['*'], mode: 'work', tier: 'advisory' };

async function keep() {
  const about = { actionId: 'act_1', session, resource: 'orders-db', environments: ['production'], summary: 'x' };
  const draft = await snapshots.begin(about);
  const digest = createHash('sha256');
  const part = await draft.part('rows');
  try {
    for (let left = Number(bytes); left > 0; left -= 50_000) {
      const chunk = randomBytes(Math.min(left, 50_000));
      digest.update(chunk);
      await part.write(chunk);
    }
    await part.end();
    const { id, sha256 } = await draft.seal({}, { answer: 'yes', because: [] });
    return { id, sha256, rows: digest.digest('hex') };
  } catch (error) {
    await draft.discard();
    throw error;
  }
}

acknowledge({ ready: true });
if (once === undefined) {
  for (let round = 0; ; round += 1) {
    const sealed = await keep();
    acknowledge({ sealed });
    if (round % 3 === 0) await snapshots.done(sealed.id).then(() => acknowledge({ done: sealed.id }));
    if (round % 3 === 1) {
      acknowledge({ leaving: sealed.id });
      await snapshots.unneeded(sealed.id);
    }
  }
} else {
  acknowledge(await keep().catch(({ code, message }) => ({ code, message })));
  await database.close();
}
