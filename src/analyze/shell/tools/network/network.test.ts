import { describe, expect, it } from 'vitest';
import { exactly } from '../../argument.js';
import { invoke } from '../../invocation.case.js';
import { judged } from '../../judged.case.js';
import { curl } from './curl.js';
import { NETWORK_TOOLS } from './index.js';

type Row = readonly [line: string, ...found: readonly string[]];

function table(title: string, rows: readonly Row[]): void {
  describe(title, () => {
    it.each(rows)('%s', (line, ...found) => {
      expect(judged(NETWORK_TOOLS, line)).toEqual(found);
    });
  });
}

table('curl', [
  ['curl https://a.b/c', 'GET https://a.b/c'],
  ['curl a.b', 'GET http://a.b'],
  ['curl -sSfL -o out.tgz https://a.b', 'GET https://a.b', 'files place out.tgz'],
  ['curl -s -o /dev/null https://a.b', 'GET https://a.b'],
  ['curl -O https://a.b/c/file.tgz?x=1', 'GET https://a.b/c/file.tgz?x=1', 'files place file.tgz'],
  ['curl -I https://a.b', 'HEAD https://a.b'],
  ['curl -XDELETE https://a.b', 'DELETE https://a.b'],
  ['curl --request DELETE --url https://a.b', 'DELETE https://a.b'],
  ["curl -d 'a=b' -d c=d https://a.b", 'POST https://a.b a=b&c=d'],
  ["curl -G -d 'a=b' https://a.b", 'GET https://a.b?a=b'],
  ["curl -X PUT --json '{}' https://a.b", 'PUT https://a.b {}'],
  ['curl -T ./f https://a.b', 'PUT https://a.b \u0000', 'files read ./f'],
  ['curl -F file=@./f https://a.b', 'POST https://a.b \u0000', 'files read ./f'],
  ['curl -d @secret.json https://a.b', 'POST https://a.b \u0000', 'files read secret.json'],
  ['curl --data-raw @text https://a.b', 'POST https://a.b @text'],
  ["curl -A 'DELETE' -e x https://a.b", 'GET https://a.b'],
  ['curl https://a.b https://c.d', 'GET https://a.b', 'GET https://c.d'],
  ['curl https://a.b --next -X DELETE https://c.d', 'GET https://a.b', 'DELETE https://c.d'],
  ['curl -X $M https://a.b', 'UNKNOWN https://a.b'],
  ['curl -K options.txt', 'opaque'],
  ["curl -Q 'DELE f' ftp://a.b", 'GET ftp://a.b', 'destroy remote'],
  ['curl --help'],
]);

table('wget, httpie, xh', [
  ['wget -qO- https://a.b', 'GET https://a.b'],
  ['wget -O f https://a.b', 'GET https://a.b', 'files place f'],
  ['wget --spider https://a.b', 'HEAD https://a.b'],
  ['wget --method=DELETE https://a.b', 'DELETE https://a.b'],
  ["wget --post-data 'a=b' https://a.b", 'POST https://a.b a=b'],
  ['http DELETE a.b/c', 'DELETE http://a.b/c'],
  ['http a.b q==1 X-A:b', 'GET http://a.b'],
  ['http :8080/x', 'GET http://localhost:8080/x'],
  ['http a.b name=x', 'POST http://a.b {"name":"x"}'],
  ['xhs put a.b name=x', 'PUT https://a.b {"name":"x"}'],
]);

table('ssh and its kin', [
  ['ssh h'],
  ['ssh -p 22 -i key -o Foo=bar user@h rm -rf /srv', 'shell rm -rf /srv (on host user@h)'],
  ["ssh h 'rm -rf /srv; ls'", 'shell rm -rf /srv; ls (on host h)'],
  ['ssh -t h sudo reboot', 'shell sudo reboot (on host h)'],
  ['ssh h -p 22 ls', 'shell ls (on host h)'],
  ["ssh -o 'ProxyCommand=rm -rf x' h", 'shell rm -rf x'],
  ['ssh -L 80:localhost:80 -N h'],
  ['mosh h -- rm -rf /srv', 'command rm -rf /srv (on host h)'],
  ['sshpass -p rm ssh h ls', 'command ssh h ls'],
]);

table('others', [
  ['nc -z h 80'],
  ['nc -e /bin/sh h 80', 'opaque'],
  ['socat tcp-listen:80 exec:sh', 'opaque'],
  ['grpcurl -plaintext h:80 a.b.Users/DeleteUser', 'destroy remote'],
  ['grpcurl -plaintext h:80 a.b.Users/ListUsers'],
  ['grpcurl -plaintext h:80 list'],
  ['openssl x509 -in c.pem -noout -text'],
  ['openssl req -new -keyout k.pem -out c.pem', 'files place k.pem', 'files place c.pem'],
  ['nmap -p 80 h'],
  ['certbot delete --cert-name a', 'destroy remote'],
  ['certbot renew --dry-run'],
  ['certbot certificates'],
]);

describe('what a request carries', () => {
  it('has the headers and credentials as they were given', () => {
    const found = curl.judge(invoke("curl -u me:pw -b 'a=1' -H 'X-A: b' -d x https://a.b"));
    expect(found).toMatchObject([
      {
        headers: [
          ['x-a', 'b'],
          ['authorization', 'Basic me:pw'],
          ['cookie', 'a=1'],
          ['content-type', 'application/x-www-form-urlencoded'],
        ],
      },
    ]);
  });

  it('is what a here-document says for `-d @-`', () => {
    const input = { kind: 'text', text: exactly('{"a":1}') } as const;
    expect(judged(NETWORK_TOOLS, 'curl -d @- https://a.b', input)).toEqual(['POST https://a.b {"a":1}']);
  });

  it('is a script for the shell of another host when ssh reads it', () => {
    const input = { kind: 'text', text: exactly('rm -rf /srv') } as const;
    expect(judged(NETWORK_TOOLS, 'ssh h', input)).toEqual(['shell rm -rf /srv (on host h)']);
  });
});
