import { describe, expect, it } from 'vitest';
import { judged } from '../../judged.case.js';
import { SECRET_TOOLS } from './index.js';

type Row = readonly [line: string, ...found: readonly string[]];

function table(title: string, rows: readonly Row[]): void {
  describe(title, () => {
    it.each(rows)('%s', (line, ...found) => {
      expect(judged(SECRET_TOOLS, line)).toEqual(found);
    });
  });
}

table('vault', [
  ['vault status'],
  ['vault kv list secret/delete'],
  ['vault kv get secret/a', 'reveal remote'],
  ['vault kv put secret/a b=c', 'write remote'],
  ['vault kv delete secret/a', 'destroy remote'],
  ['vault kv metadata delete secret/a', 'destroy remote'],
  ['vault kv destroy -versions 1 secret/a', 'destroy remote'],
  ['vault secrets list'],
  ['vault secrets disable kv/', 'destroy remote'],
  ['vault policy write p f.hcl', 'grant remote'],
  ['vault token revoke t', 'destroy remote'],
  ['vault token lookup'],
  ['vault operator seal', 'destroy remote'],
  ['vault -namespace=delete policy list'],
]);

table('managers', [
  ['op read op://v/i/f', 'reveal remote'],
  ['op item delete i', 'destroy remote'],
  ['op item list --vault delete'],
  ['op run --env-file .env -- npm start', 'command npm start'],
  ['doppler secrets delete A -p p -c staging', 'destroy remote staging'],
  ['doppler secrets --only-names'],
  ['doppler secrets get A', 'reveal remote'],
  ['doppler run -p p -- rm -rf build', 'command rm -rf build'],
  ["doppler run --command 'rm -rf build'", 'shell rm -rf build'],
  ['doppler configs list'],
  ['infisical run --env=dev -- npm start', 'command npm start'],
  ['infisical secrets delete A', 'destroy remote'],
  ['chamber exec svc -- npm start', 'command npm start'],
  ['chamber delete svc key', 'destroy remote'],
  ['aws-vault exec prod -- aws s3 ls', 'command aws s3 ls'],
  ['aws-vault exec prod aws s3 ls', 'command aws s3 ls'],
  ['aws-vault list'],
  ['dotenv -f .env run -- npm start', 'command npm start'],
  ['dotenv -- npm start', 'command npm start'],
  ['dotenv npm start', 'command npm start'],
  ['envchain ns npm start', 'command npm start'],
  ['bw get password x', 'reveal remote'],
  ['bw delete item x', 'destroy remote'],
  ['bw sync'],
]);

table('files', [
  ['pass'],
  ['pass ls'],
  ['pass web/site', 'reveal remote'],
  ['pass -c web/site'],
  ['pass rm web/site', 'destroy remote'],
  ['gopass show web/site', 'reveal remote'],
  ['sops -d a.enc.yaml', 'reveal remote'],
  ['sops decrypt a.enc.yaml', 'reveal remote'],
  ['sops -e a.yaml'],
  ["sops exec-env a.enc.yaml 'npm start'", 'shell npm start'],
  ['age -d -o out in.age', 'files place out'],
  ['gpg -d f.gpg', 'reveal local'],
  ['gpg --delete-secret-keys K', 'destroy local'],
  ['gpg --list-keys'],
]);
