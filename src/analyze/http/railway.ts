import type { HttpAction, JsonValue } from '#action/action';
import { type Effect, NO_AMOUNT } from '#action/effect';
import { type Answer, type Answers, type Question, questionKey } from '#action/question';
import type { Analysis } from '../analysis.js';
import type { Operation, RootField } from './graphql-document.js';
import { isObject, readGraphqlRequest } from './graphql-request.js';
import type { HttpTarget } from './http-target.js';
import {
  RAILWAY_MUTATIONS,
  RAILWAY_SECRET_FIELDS,
  RAILWAY_SECRET_QUERIES,
  type RailwayKind,
  type RailwayRule,
} from './railway-table.js';
import { destructiveWord } from './verb-words.js';
import { joined, quoted } from './words.js';

/** Host names of Railway's public API; a declared resource with `provider: railway` adds its own. */
const RAILWAY_HOSTS: ReadonlySet<string> = new Set(['backboard.railway.app', 'backboard.railway.com']);

export function isRailwayGraphql({ url, declared, segments }: HttpTarget): boolean {
  const railway = declared?.provider === 'railway' || RAILWAY_HOSTS.has(url.hostname.replace(/\.$/, ''));
  return railway && segments[0]?.toLowerCase() === 'graphql';
}

/**
 * What a request to Railway's GraphQL API would do: one effect for each root field of each operation.
 *
 * FAIL-CLOSED: a request that cannot be read with certainty is an unknown effect in an unknown environment.
 */
export function analyzeRailway(action: HttpAction, method: string, target: HttpTarget, answers: Answers): Analysis {
  const request = readGraphqlRequest(action, method, target.url);
  if (!request.ok) {
    return { effects: [unknownEffect(`sends Railway a request that cannot be read: ${request.why}`)], questions: [] };
  }
  const effects: Effect[] = [];
  const questions = new Map<string, Question>();
  for (const operation of request.operations) {
    for (const { effect, asks } of effectsOf(operation, target, answers)) {
      effects.push(effect);
      for (const question of asks) questions.set(questionKey(question), question);
    }
  }
  return { effects, questions: [...questions.values()] };
}

interface Found {
  readonly effect: Effect;
  readonly asks: readonly Question[];
}

function effectsOf(operation: Operation, target: HttpTarget, answers: Answers): Found[] {
  if (operation.type === 'mutation') return operation.fields.map((field) => mutation(field, target, answers));
  const secrets = operation.fields.flatMap((field) => secret(field, target, answers));
  const rest = operation.fields.filter(({ name }) => ruleFor(RAILWAY_SECRET_QUERIES, name) === undefined);
  if (rest.length === 0) return secrets;
  const names = joined([...new Set(rest.map(({ name }) => name))].slice(0, 10));
  const effect: Effect = {
    verb: 'read',
    resource: { kind: 'railway', name: target.url.host },
    environments: target.environments,
    amount: NO_AMOUNT,
    reversible: 'yes',
    evidence: 'parsed',
    explain: `reads ${names} from Railway`,
  };
  return [...secrets, { effect, asks: [] }];
}

function mutation(field: RootField, target: HttpTarget, answers: Answers): Found {
  const rule = ruleFor(RAILWAY_MUTATIONS, field.name);
  if (rule !== undefined) return apply(rule, field, target, answers);
  if (field.name === '__typename') {
    return {
      effect: { ...unknownEffect('asks Railway for the name of a type'), verb: 'read', evidence: 'parsed' },
      asks: [],
    };
  }
  const word = destructiveWord(field.name);
  const explain =
    word === undefined
      ? `calls Railway's \`${field.name}\`, of which nothing is known`
      : `calls Railway's \`${field.name}\`, whose name says that it destroys something (\`${word}\`)`;
  return { effect: { ...unknownEffect(explain), verb: word === undefined ? 'write' : 'destroy' }, asks: [] };
}

function secret(field: RootField, target: HttpTarget, answers: Answers): Found[] {
  const rule = ruleFor(RAILWAY_SECRET_QUERIES, field.name);
  if (rule !== undefined) return [apply(rule, field, target, answers)];
  const hidden = [...field.below].filter((name) => RAILWAY_SECRET_FIELDS.has(name));
  if (hidden.length === 0) return [];
  const explain = `shows ${joined(hidden)} of \`${field.name}\`, secrets included`;
  return [{ effect: { ...unknownEffect(explain), verb: 'reveal' }, asks: [] }];
}

function apply(rule: RailwayRule, field: RootField, target: HttpTarget, answers: Answers): Found {
  const destroysAfterAll = rule.destroysWhen !== undefined && mayBeTrue(field, rule.destroysWhen);
  const base = {
    verb: destroysAfterAll ? 'destroy' : rule.verb,
    amount: { unit: 'objects', count: 1 },
    reversible: destroysAfterAll ? 'no' : rule.reversible,
  } as const;
  const tail = rule.consequence === undefined ? '' : ` ${rule.consequence}`;
  if (rule.target === undefined) {
    const effect: Effect = { ...unknownEffect(`${rule.does} at Railway${tail}`), ...base };
    return { effect, asks: [] };
  }
  const { kind, at } = rule.target;
  const id = at.map((path) => textAt(field, path)).find((found) => found !== undefined);
  if (id === undefined) {
    const effect: Effect = { ...unknownEffect(`${rule.does} a Railway ${kind} that it does not name${tail}`), ...base };
    return { effect, asks: [] };
  }
  const within = rule.within === undefined ? undefined : textAt(field, rule.within);
  const own = ask(target, kind, id, answers);
  const only = within === undefined ? undefined : ask(target, 'environment', within, answers);
  const asks = [...own.asks, ...(only?.asks ?? [])];
  const decisive = only ?? own;
  const name = own.answer?.name ?? id;
  const resource = { kind: `railway:${kind}`, name };
  const subject = `${rule.does} ${kind} ${quoted(name)}`;
  if (decisive.answer === undefined) {
    const known = target.declared === undefined ? target.environments : [];
    const where =
      known.length > 0 ? `, taken to belong to ${joined(known)}` : ', whose environments could not be looked up';
    const effect: Effect = {
      ...base,
      resource,
      environments: known,
      evidence: known.length > 0 ? 'parsed' : 'unknown',
      explain: `${subject}${where}${tail === '' ? '' : `,${tail}`}`,
    };
    return { effect, asks };
  }
  const { environments } = decisive.answer;
  const where =
    kind === 'environment'
      ? ''
      : environments.length === 0
        ? ', which belongs to no environment that Railway knows'
        : `, ${only === undefined ? 'which belongs to' : 'in'} ${joined(environments.map(quoted))}`;
  const effect: Effect = {
    ...base,
    resource,
    environments,
    evidence: 'resolved',
    explain: `${subject}${where}${tail === '' ? '' : `,${tail}`}`,
  };
  return { effect, asks };
}

type EnvironmentsAnswer = Extract<Answer, { kind: 'provider-environments' }>;

function ask(
  { declared }: HttpTarget,
  objectKind: RailwayKind,
  objectId: string,
  answers: Answers,
): { readonly asks: readonly Question[]; readonly answer: EnvironmentsAnswer | undefined } {
  // Without a declared resource there is no credential that could look anything up.
  if (declared === undefined) return { asks: [], answer: undefined };
  const question: Question = {
    kind: 'provider-environments',
    resource: declared.name,
    provider: 'railway',
    objectKind,
    objectId,
  };
  const answer = answers.get(questionKey(question));
  return { asks: [question], answer: answer?.kind === 'provider-environments' ? answer : undefined };
}

function ruleFor(table: Readonly<Record<string, RailwayRule>>, name: string): RailwayRule | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined;
}

/** The value of an argument, or of a member of an input object: `volumeId`, `input.environmentId`. */
function valueAt(field: RootField, path: string): JsonValue | undefined {
  const [first = '', ...rest] = path.split('.');
  const argument = field.arguments.get(first);
  let value: JsonValue | undefined = argument?.known === true ? argument.value : undefined;
  for (const name of rest) value = isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;
  return value;
}

function textAt(field: RootField, path: string): string | undefined {
  const value = valueAt(field, path);
  return typeof value === 'string' && value !== '' && value.length <= 200 ? value : undefined;
}

function mayBeTrue(field: RootField, path: string): boolean {
  const first = field.arguments.get(path.split('.')[0] ?? '');
  if (first !== undefined && !first.known) return true;
  const value = valueAt(field, path);
  return value !== undefined && value !== null && value !== false;
}

function unknownEffect(explain: string): Effect {
  return {
    verb: 'write',
    resource: { kind: 'railway', name: 'unknown' },
    environments: [],
    amount: NO_AMOUNT,
    reversible: 'unknown',
    evidence: 'unknown',
    explain,
  };
}
