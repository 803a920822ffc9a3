import { describe, expect, it } from 'vitest';
import { cliTool } from './cli-tool.js';
import { COMMON_VERBS, verbsWith } from './cli-verbs.js';
import { invoke } from './invocation.case.js';
import { judged } from './judged.case.js';

const demo = cliTool({
  names: ['demo'],
  values: ['-n', '--name', '--size'],
  below: { group: { values: ['-f'], flags: ['-n'] } },
  colons: true,
  resource: 'demo',
  place: 'remote',
  environment: ['--env'],
  naming: ['--name'],
  dryRun: ['--dry-run', '--mode=show'],
  rules: [
    { command: 'group rm|del', does: 'destroy', reversible: 'no', explain: 'deletes the group' },
    { command: 'scale', when: ['--size=0'], does: 'destroy', reversible: 'yes', explain: 'stops' },
    { command: 'scale', does: 'write', explain: 'scales' },
    { command: 'put', unless: ['--new'], does: 'configure', explain: 'replaces' },
    { command: 'put', does: 'write', explain: 'adds' },
    { command: 'keys *-all', does: 'reveal', explain: 'prints keys' },
    { command: '** last', does: 'grant', explain: 'grants' },
  ],
});

describe('a command line told as data', () => {
  it.each<readonly [line: string, found: readonly string[]]>([
    ['demo group rm a b', ['destroy remote']],
    ['demo group:del a', ['destroy remote']],
    ['demo --name rm group del a', ['destroy remote']],
    ['demo --env staging group rm a', ['destroy remote staging']],
    ['demo scale web --size 0', ['destroy remote']],
    ['demo scale web --size=0', ['destroy remote']],
    ['demo scale web --size 3', ['write remote']],
    ['demo put a', ['configure remote']],
    ['demo put a --new', ['write remote']],
    ['demo put a --new=false', ['configure remote']],
    ['demo keys print-all', ['reveal remote']],
    ['demo any number of words last', ['grant remote']],
    ['demo thing purge', ['destroy remote']],
    ['demo drop-everything', ['destroy remote']],
  ])('%s', (line, found) => {
    expect(judged([demo], line)).toEqual(found);
  });

  it.each([
    'demo',
    'demo --help',
    'demo group rm a --help',
    'demo group rm a --dry-run',
    'demo group rm a --mode=show',
    'demo help group rm',
    'demo --version',
    'demo group list',
    'demo show delete',
    'demo create purge',
    'demo thing --filter delete',
    'demo --name delete thing list',
  ])('finds nothing in %s', (line) => {
    expect(judged([demo], line)).toEqual([]);
  });

  it('does not take the version of something for a question about its own', () => {
    expect(judged([demo], 'demo group rm a --version 1.2')).toEqual(['destroy remote']);
  });

  it('does not take an option that is switched off for given', () => {
    expect(judged([demo], 'demo group rm a --dry-run=false')).toEqual(['destroy remote']);
  });

  it('FAIL-CLOSED: a command word that nobody knows, where the right one would do harm, waits for a person', () => {
    expect(judged([demo], 'demo group $WHAT a')).toEqual(['opaque']);
    expect(judged([demo], 'demo $WHAT a')).toEqual(['opaque']);
    expect(judged([demo], 'demo $OPTIONS list')).toEqual([]);
    expect(judged([demo], 'demo scale $WHAT')).toEqual(['write remote']);
  });

  it('FAIL-CLOSED: a dry run whose value nobody knows is none', () => {
    expect(judged([demo], 'demo group rm a --dry-run=$MODE')).toEqual(['destroy remote']);
    expect(judged([demo], 'demo group rm a --dry-run=client')).toEqual([]);
  });

  it('INVARIANT: the value of an assignment never gets into an explanation', () => {
    const found = demo.judge(invoke("demo put TOKEN=s3cret 'KEY=s3cret too' web=0"));
    expect(JSON.stringify(found)).not.toContain('s3cret');
    expect(found).toMatchObject([{ resource: { name: 'TOKEN=...' }, explain: 'replaces TOKEN=... KEY=... web=0' }]);
  });

  it('names what it is about, and counts what only adds', () => {
    const [finding] = demo.judge({
      name: 'demo',
      program: { text: 'demo', certainty: 'exact', written: 'demo' },
      args: ['scale', '--name', 'web'].map((text) => ({ text, certainty: 'exact', written: text })),
      folder: '.',
      input: { kind: 'inherited' },
      variables: new Map(),
    });
    expect(finding).toMatchObject({ resource: { kind: 'demo:scale', name: 'web' }, count: 1, explain: 'scales web' });
  });
});

describe('nouns with a verb behind', () => {
  const nouns = cliTool({
    names: ['nouns'],
    flags: ['--force'],
    resource: 'nouns',
    place: 'remote',
    verbs: verbsWith({ explode: { does: 'destroy', explain: 'explodes' } }),
    rules: [],
  });

  it.each<readonly [line: string, found: readonly string[]]>([
    ['nouns a b c delete x', ['destroy remote']],
    ['nouns --zone list a delete x', ['destroy remote']],
    ['nouns a --force delete list', ['destroy remote']],
    ['nouns a explode', ['destroy remote']],
    ['nouns a remove-tags x', ['destroy remote']],
    ['nouns a update x', ['configure remote']],
    ['nouns a create delete', ['write remote']],
    ['nouns a list delete', []],
    ['nouns a describe --filter delete', []],
  ])('%s', (line, found) => {
    expect(judged([nouns], line)).toEqual(found);
  });

  it('has verbs that say what they do', () => {
    for (const [word, { explain }] of COMMON_VERBS) expect(explain, word).not.toBe('');
  });
});
