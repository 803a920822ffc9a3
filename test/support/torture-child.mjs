// Works on a state folder until it is killed: opens holds, approves and releases some of them with one-time codes, appends
// to the log, and prints one line of JSON for each thing that was acknowledged to it. Runs on the build, as the daemon does.
//
//     node torture-child.mjs FOLDER CLOCK KEYS     CLOCK in milliseconds since the epoch, KEYS as JSON
import { createHmac } from 'node:crypto';
import { writeSync } from 'node:fs';
import { join } from 'node:path';
import { createHoldDesk } from '#approve/hold-desk';
import { createFactors } from '#approve/totp';
import { Secret } from '#base/secret';
import { openLog } from '#record/log';
import { openDatabase } from '#store/database';
import { createFactorStorage } from '#store/factors';
import { createHoldStorage } from '#store/holds';
import { openLogFolder } from '#store/log-files';

const [folder, start, keys] = process.argv.slice(2);
const { publicKey, signingKey, totpKey, totpSecret } = JSON.parse(keys);
const clock = { time: Number(start), now: () => clock.time };
const acknowledge = (what) => writeSync(1, `${JSON.stringify(what)}\n`);

const database = await openDatabase(join(folder, 'state.sqlite'));
const log = await openLog({
  storage: await openLogFolder(join(folder, 'log')),
  key: { publicKey, signingKey: new Secret(signingKey) },
  // Small enough that segments are dropped, and often enough that tiles are written, within a short life.
  publishDelay: 5,
  segmentBytes: 8_000,
});
const factors = createFactors({
  storage: createFactorStorage(database.kysely),
  secrets: { totpSecret: async () => new Secret(totpSecret), keepTotpSecret: async () => undefined },
  recorder: log,
  clock,
});
const desk = createHoldDesk({ storage: createHoldStorage(database.kysely), factors, recorder: log, clock });

/** RFC 6238 for the clock of this process, which goes one step on for each code. */
function nextCode() {
  clock.time += 30_000;
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(clock.time / 30_000)));
  const mac = createHmac('sha1', Buffer.from(totpKey, 'hex')).update(counter).digest();
  const number = mac.readUInt32BE(mac[19] & 15) & 0x7fff_ffff;
  return String(number % 1_000_000).padStart(6, '0');
}

const session = { id: 'ses_1', agent: 'torture', intent: '', environments: ['*'], mode: 'work', tier: 'advisory' };
const effect = {
  verb: 'destroy',
  resource: { kind: 'table', name: 'users' },
  environments: ['production'],
  amount: { unit: 'rows', count: 'all' },
  reversible: 'no',
  evidence: 'parsed',
  explain: 'drops table users',
};
const verdict = { decision: 'hold', obligations: [], policies: ['protected'], reason: 'it is protected' };

async function lifeOfAHold(round) {
  const subject = {
    action: { kind: 'sql', statements: [{ text: `drop table users_${round}`, parameters: [] }] },
    effects: [effect],
    session: session.id,
    policyVersion: 'sha256:policies',
    snapshot: null,
    nonce: `${start}_${round}`,
    expiresAt: clock.time + 86_400_000,
  };
  const hold = await desk.open({ actionId: `act_${round}`, session, subject, verdict, approversNeeded: 1 });
  acknowledge({ opened: hold.id, digest: hold.digest });
  if (round % 4 === 3) {
    await desk.reject(hold.id, 'dana', 'no');
    acknowledge({ rejected: hold.id });
  } else if (round % 4 !== 2) {
    const code = nextCode();
    const step = Math.floor(clock.time / 30_000);
    await desk.approve(hold.id, 'dana', code, hold.digest);
    acknowledge({ approved: hold.id, step });
    if (round % 4 === 0 && (await desk.release(hold.id))) acknowledge({ released: hold.id });
  }
}

async function entry(round) {
  const subject = `${start}-${round}`;
  const event = { kind: 'administered', act: 'tunnel-opened', by: 'torture', subject, ok: true, time: clock.time };
  acknowledge({ entry: await log.append(event), subject });
}

acknowledge({ ready: true });
for (let round = 0; ; round += 4) {
  const lives = [0, 1, 2, 3].map((kind) => lifeOfAHold(round + kind));
  await Promise.all([...lives, entry(round), entry(round + 1)]);
}
