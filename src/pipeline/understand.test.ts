import { describe, expect, test } from 'vitest';
import { type Answer, type Answers, type Question, questionKey } from '#action/question';
import type { Handling } from '#action/submission';
import type { Analysis, Analyze } from '#analyze/analysis';
import { effect } from '../../test/support/pipeline-rig.js';
import { DROP } from '../../test/support/sample-hold.js';
import { type Resolve, understand } from './understand.js';

const question = (name: string): Question => ({ kind: 'prepared-statement', name });
const answer = (text: string): Answer => ({ kind: 'prepared-statement', text });
const has = (answers: Answers, name: string) => answers.has(questionKey(question(name)));

function doorWith(answering?: Handling['answer']): Handling {
  const execute = async () => ({ ok: true, summary: '' });
  const { signal } = new AbortController();
  return answering === undefined ? { signal, execute } : { signal, execute, answer: answering };
}

async function run(analyze: Analyze, resolve: Resolve, door = doorWith(), fresh = false) {
  const context = { resources: new Map(), environments: [] };
  const { effects } = await understand(DROP, { analyze, resolve, context }, door, fresh);
  return effects;
}

/** Unknown until every named question is answered. */
const asking =
  (...names: string[]): Analyze =>
  (_action, answers): Analysis => ({
    effects: [effect({ evidence: names.every((name) => has(answers, name)) ? 'resolved' : 'unknown' })],
    questions: names.map(question),
  });

describe('questions', () => {
  test('are put to the resolver, and analysis is done again with the answers', async () => {
    const [found] = await run(asking('a', 'b'), async () => answer('select 1'));
    expect(found?.evidence).toBe('resolved');
  });

  test('are put to the door first, which has the connection', async () => {
    const resolved: Question[] = [];
    const [found] = await run(
      asking('a', 'b'),
      async (one) => {
        resolved.push(one);
        return answer('from the resolver');
      },
      doorWith(async (one) => (one.kind === 'prepared-statement' && one.name === 'a' ? answer('mine') : undefined)),
    );
    expect(resolved).toEqual([question('b')]);
    expect(found?.evidence).toBe('resolved');
  });

  test('are asked once each, though analysis repeats them', async () => {
    let asked = 0;
    await run(asking('a'), async () => {
      asked += 1;
      return undefined;
    });
    expect(asked).toBe(1);
  });

  test('that lead to others are followed for eight rounds, and the ninth stays unknown', async () => {
    const chain: (depth: number) => Analyze = (depth) => (_action, answers) => {
      const next = Array.from({ length: depth }, (_, index) => `q${index}`).find((name) => !has(answers, name));
      return {
        effects: [effect({ evidence: next === undefined ? 'resolved' : 'unknown' })],
        questions: next === undefined ? [] : [question(next)],
      };
    };
    expect((await run(chain(8), async () => answer('x')))[0]?.evidence).toBe('resolved');
    expect((await run(chain(9), async () => answer('x')))[0]?.evidence).toBe('unknown');
    expect((await run(chain(1_000_000), async () => answer('x')))[0]?.evidence).toBe('unknown');
  });

  test('of more than two hundred at once none is asked, and the effect stays unknown', async () => {
    let asked = 0;
    const count: Resolve = async () => {
      asked += 1;
      return answer('x');
    };
    const names = Array.from({ length: 201 }, (_, index) => `q${index}`);
    expect((await run(asking(...names), count))[0]?.evidence).toBe('unknown');
    expect(asked).toBe(0);
    expect((await run(asking(...names.slice(1)), count))[0]?.evidence).toBe('resolved');
    expect(asked).toBe(200);
  });
});

describe('a question whose answer fails stays unanswered, and its effect unknown', () => {
  const failing: [string, Resolve][] = [
    ['rejects', async () => Promise.reject(new Error('no network'))],
    [
      'throws at once',
      () => {
        throw new Error('no network');
      },
    ],
    ['does not know', async () => undefined],
  ];
  test.each(failing)('when the resolver %s', async (_how, resolve) => {
    expect((await run(asking('a'), resolve))[0]?.evidence).toBe('unknown');
  });

  test.each(failing)('when the door %s, and then the resolver is asked', async (_how, ask) => {
    const door = doorWith((one) => ask(one, { fresh: false, signal: new AbortController().signal }));
    expect((await run(asking('a'), async () => answer('x'), door))[0]?.evidence).toBe('resolved');
  });

  test('and the answers to the others count', async () => {
    const resolve: Resolve = async (one) =>
      one.kind === 'prepared-statement' && one.name === 'a' ? Promise.reject(new Error('no')) : answer('x');
    const both: Analyze = (_action, answers) => ({
      effects: ['a', 'b'].map((name) => effect({ evidence: has(answers, name) ? 'resolved' : 'unknown' })),
      questions: ['a', 'b'].map(question),
    });
    expect((await run(both, resolve)).map(({ evidence }) => evidence)).toEqual(['unknown', 'resolved']);
  });
});

test('the resolver learns whether remembered answers will do, and when the client is gone', async () => {
  const controller = new AbortController();
  const seen: [boolean, AbortSignal][] = [];
  const resolve: Resolve = async (_question, { fresh, signal }) => {
    seen.push([fresh, signal]);
    return undefined;
  };
  const door = { ...doorWith(), signal: controller.signal };
  for (const fresh of [false, true]) await run(asking('a'), resolve, door, fresh);
  expect(seen).toEqual([
    [false, controller.signal],
    [true, controller.signal],
  ]);
});

test('an analysis that throws is the caller’s to refuse', async () => {
  const broken: Analyze = () => {
    throw new Error('the parser crashed');
  };
  await expect(run(broken, async () => undefined)).rejects.toThrow('the parser crashed');
});
