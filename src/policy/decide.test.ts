import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Effect, Verb } from '#action/effect';
import { type Environment, undeclaredEnvironment } from '#action/environment';
import type { Session } from '#action/session';
import { type DecisionInput, decide, type PolicyAnswer } from './decide.js';
import { createMemo } from './memo.js';
import { loadPolicies, type PolicyFile } from './policy-set.js';

const read = (name: string): PolicyFile => ({
  name,
  text: readFileSync(new URL(`../../policies/${name}`, import.meta.url), 'utf8'),
});
const SCHEMA = read('firebreak.cedarschema');
const SHIPPED = loadPolicies(SCHEMA, [read('default.cedar')]);

const ENVIRONMENTS: readonly Environment[] = [
  { name: 'production', protected: true, approvals: { approvers: 1, factor: 'totp' }, tier: 'advisory' },
  { name: 'guarded', protected: true, approvals: { approvers: 2, factor: 'totp' }, tier: 'advisory' },
  { name: 'staging', protected: false, approvals: { approvers: 1, factor: 'totp' }, tier: 'advisory' },
];

const effect = (verb: Verb, environments: readonly string[], rest: Partial<Effect> = {}): Effect => ({
  verb,
  resource: { kind: 'table', name: 'users' },
  environments,
  amount: { unit: 'rows', count: 'unknown' },
  reversible: 'snapshot',
  evidence: 'parsed',
  explain: 'changes users',
  ...rest,
});

const session = (rest: Partial<Session> = {}): Session => ({
  id: 'ses_1',
  agent: 'test',
  intent: '',
  environments: ['*'],
  mode: 'work',
  tier: 'advisory',
  ...rest,
});

const ask = (effects: readonly Effect[], rest: Partial<DecisionInput> = {}, policies = SHIPPED) =>
  decide(
    {
      actionKind: 'sql',
      effects,
      session: session(),
      foreignCredential: false,
      environmentOf: (name) => ENVIRONMENTS.find((e) => e.name === name) ?? undeclaredEnvironment(name),
      freezeOf: () => undefined,
      ...rest,
    },
    policies,
    createMemo<PolicyAnswer>(100),
  );

describe('the default policy table', () => {
  const row = (verb: Verb, unprotected: string, guarded: string, rest: Partial<Effect> = {}) => ({
    verb,
    unprotected,
    guarded,
    rest,
  });
  const TABLE = [
    row('read', 'allow', 'allow'),
    row('write', 'allow', 'allow +measure'),
    row('write', 'allow', 'allow', { amount: { unit: 'rows', count: 3 } }),
    row('destroy', 'allow +snapshot', 'hold +snapshot'),
    row('destroy', 'hold +factor: totp', 'hold +factor: totp', { reversible: 'no' }),
    row('destroy', 'hold +factor: totp', 'hold +factor: totp', { reversible: 'unknown' }),
    row('grant', 'allow', 'hold'),
    row('configure', 'allow', 'hold'),
    row('deploy', 'allow', 'hold'),
    row('execute', 'allow', 'hold'),
    row('reveal', 'allow', 'hold'),
    row('spend', 'allow', 'allow', { amount: { unit: 'dollars', count: 1.5 } }),
    row('spend', 'allow', 'hold', { amount: { unit: 'dollars', count: 'unknown' } }),
    row('read', 'allow', 'hold', { evidence: 'unknown' }),
    row('write', 'allow', 'hold', { evidence: 'unknown' }),
  ];
  const shown = (verdict: ReturnType<typeof ask>) =>
    [verdict.decision, ...verdict.obligations.map((obligation) => `+${obligation}`)].join(' ');
  test.each(TABLE)(
    '$verb $rest: $unprotected when unprotected, $guarded when protected',
    ({ verb, unprotected, guarded, rest }) => {
      expect(shown(ask([effect(verb, ['staging'], rest)]))).toBe(unprotected);
      expect(shown(ask([effect(verb, ['production'], rest)]))).toBe(guarded);
    },
  );
});

test('an undeclared environment is protected, and so is an effect whose environment nobody could tell', () => {
  expect(ask([effect('destroy', ['prod-eu'])]).decision).toBe('hold');
  expect(ask([effect('destroy', [])]).decision).toBe('hold');
});

test('the strictest effect decides, and the obligations of the others remain', () => {
  const verdict = ask([
    effect('read', ['production']),
    effect('destroy', ['production']),
    effect('destroy', ['staging']),
  ]);
  expect(verdict).toMatchObject({
    decision: 'hold',
    obligations: ['snapshot'],
    policies: ['protected.destroy-undoable'],
  });
  expect(verdict.reason).toBe('changes users: production is protected');
});

test('the environment with the most approvers says how many are needed', () => {
  expect(ask([effect('destroy', ['production', 'guarded'])]).obligations).toContain('approvers: 2');
});

test('a foreign credential on a protected host is denied, even for a read', () => {
  const verdict = ask([effect('read', ['production'])], { foreignCredential: true });
  expect(verdict).toMatchObject({ decision: 'deny', policies: ['credential.foreign'] });
});

test('a session is denied what lies wholly elsewhere and held for what reaches further', () => {
  const staging = { session: session({ environments: ['staging'] }) };
  expect(ask([effect('read', ['production'])], staging).decision).toBe('deny');
  expect(ask([effect('read', ['production', 'staging'])], staging).decision).toBe('allow');
  expect(
    ask([effect('write', ['production', 'staging'], { amount: { unit: 'rows', count: 1 } })], staging).decision,
  ).toBe('hold');
});

test('a freeze denies everything but reads, in its own words; lifting one is held', () => {
  const frozen = {
    freezeOf: (name: string) => (name === 'production' ? 'production is frozen until Monday: holidays' : undefined),
  };
  expect(ask([effect('read', ['production'])], frozen).decision).toBe('allow');
  const verdict = ask([effect('write', ['production'], { amount: { unit: 'rows', count: 1 } })], frozen);
  expect(verdict).toMatchObject({ decision: 'deny', policies: ['freeze'] });
  expect(verdict.reason).toContain('production is frozen until Monday: holidays');
  const lift = effect('configure', ['production'], { resource: { kind: 'freeze', name: 'production' } });
  expect(ask([lift], frozen).decision).toBe('hold');
});

test('a planning session only reads', () => {
  const planning = { session: session({ mode: 'plan' }) };
  expect(ask([effect('read', ['staging'])], planning).decision).toBe('allow');
  expect(ask([effect('write', ['staging'])], planning).decision).toBe('deny');
});

test('a policy that errors is skipped, and a skipped forbid would fail open: an allow becomes a hold on a protected environment', () => {
  // Strict validation refuses what surely errors; an overflow is an error that only the values show.
  const overflowing = loadPolicies(SCHEMA, [
    { name: 'a', text: '@id("p") permit (principal, action, resource);' },
    {
      name: 'b',
      text: '@id("f") forbid (principal, action, resource) when { context.amount * 9223372036854775807 > 0 };',
    },
  ]);
  const two = { amount: { unit: 'rows', count: 2 } } as const;
  const verdict = ask([effect('read', ['production'], two)], {}, overflowing);
  expect(verdict).toMatchObject({ decision: 'hold', policies: ['error in f'] });
  expect(ask([effect('read', ['staging'], two)], {}, overflowing).decision).toBe('allow');
});

test('a question that Cedar cannot answer at all is held, whatever the environment', () => {
  const never = { ...SHIPPED, preparsedId: 'never prepared' };
  expect(ask([effect('read', ['staging'])], {}, never)).toMatchObject({
    decision: 'hold',
    policies: ['cedar-failure'],
  });
});

test('what no policy permits is denied', () => {
  const nothing = loadPolicies(SCHEMA, []);
  expect(ask([effect('read', ['staging'])], {}, nothing)).toMatchObject({
    decision: 'deny',
    policies: ['default-deny'],
  });
});

test('nothing to do is allowed', () => {
  expect(ask([]).decision).toBe('allow');
});

describe('a policy file that could be skipped or misread refuses to start', () => {
  test.each([
    ['syntax', 'permit (principal, action resource);', /unexpected token/],
    [
      'an attribute that the schema lacks',
      '@id("x") forbid (principal, action, resource) when { context.nothere == 1 };',
      /nothere/,
    ],
    ['no @id', 'permit (principal, action, resource);', /no @id/],
    ['an annotation that nobody reads', '@id("x") @verdit("hold") forbid (principal, action, resource);', /@verdit/],
    [
      'a verdict that does not exist',
      '@id("x") @verdict("ask") forbid (principal, action, resource);',
      /only @verdict/,
    ],
    ['a hold on a permit', '@id("x") @verdict("hold") permit (principal, action, resource);', /only a forbid/],
    [
      'an obligation that does not exist',
      '@id("x") @obligation("snapshoot") permit (principal, action, resource);',
      /snapshoot/,
    ],
    [
      'one @id twice',
      '@id("x") permit (principal, action, resource); @id("x") permit (principal, action, resource);',
      /two policies/,
    ],
  ])('%s', (_, text, message) => {
    expect(() => loadPolicies(SCHEMA, [{ name: 'mine.cedar', text }])).toThrow(message);
  });
});

describe('remembered answers', () => {
  const input = (rest: Partial<Effect>, more: Partial<DecisionInput> = {}) =>
    [[effect('write', ['production'], rest)], more] as const;
  test('whatever policies can see is in the key', async () => {
    const { requestKey, requestsFor } = await import('./request.js');
    const keyOf = ([effects, more]: ReturnType<typeof input>) => {
      const [first] = requestsFor({
        actionKind: 'sql',
        effects,
        session: session(),
        foreignCredential: false,
        environmentOf: (name) => ENVIRONMENTS.find((e) => e.name === name) ?? undeclaredEnvironment(name),
        freezeOf: () => undefined,
        ...more,
      });
      return requestKey(first?.request ?? expect.fail('a request'));
    };
    const variants = [
      input({}),
      input({ verb: 'destroy' }),
      input({ resource: { kind: 'table', name: 'orders' } }),
      input({ resource: { kind: 'schema', name: 'users' } }),
      input({ environments: ['staging'] }),
      input({ evidence: 'measured' }),
      input({ reversible: 'no' }),
      input({ amount: { unit: 'rows', count: 4 } }),
      input({}, { actionKind: 'http' }),
      input({}, { foreignCredential: true }),
      input({}, { freezeOf: () => 'frozen' }),
      input({}, { session: session({ mode: 'plan' }) }),
      input({}, { session: session({ agent: 'other' }) }),
      input({}, { session: session({ tier: 'contained' }) }),
      input({}, { session: session({ environments: ['staging'] }) }),
    ];
    expect(new Set(variants.map(keyOf)).size).toBe(variants.length);
    // What policies cannot see is not: the explanation, the session's identity.
    expect(keyOf(input({ explain: 'other words' }))).toBe(keyOf(input({})));
    expect(keyOf(input({}, { session: session({ id: 'ses_2', intent: 'other' }) }))).toBe(keyOf(input({})));
  });

  test('an equal question is asked once, and the least recently asked is forgotten first', () => {
    const memo = createMemo<number>(2);
    let asked = 0;
    const recall = (key: string) => memo.recall(key, () => (asked += 1));
    expect([recall('a'), recall('b'), recall('a'), recall('c'), recall('a'), recall('b')]).toEqual([1, 2, 1, 3, 1, 4]);
  });
});
