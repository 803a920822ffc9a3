/**
 * `firebreak explain`: the verdict engine as a filter. Nothing is executed, and no provider asked; of a command with a `cwd`,
 * the files that it names are looked at.
 */
import type { Action, HttpAction, HttpHeader, JsonObject } from '#action/action';
import type { Effect } from '#action/effect';
import type { Question } from '#action/question';
import type { Session } from '#action/session';
import type { Verdict } from '#action/verdict';
import { analyze } from '#analyze/analyze';
import { loadSqlParser } from '#analyze/sql/parser';
import { sha256 } from '#base/bytes';
import { messageOf } from '#base/errors';
import { NO_ANSWERS, understand } from '#pipeline/understand';
import { decide, type PolicyAnswer } from '#policy/decide';
import { createMemo } from '#policy/memo';
import { answerLocal } from '#resolve/local';
import { looksLikePlaceholder } from '#secrets/placeholders';
import { type Config, configSchema } from './config/config.js';
import { settingsOf } from './settings.js';
import { loadAllPolicies } from './shipped.js';

export interface ExplainOptions {
  /** Undefined: `defaultConfig`. */
  readonly config: Config | undefined;
  /** Relative paths in the configuration start here. */
  readonly configFolder: string;
  /** The environment of everything that the configuration does not resolve. */
  readonly environment: string | undefined;
}

export type Explanation =
  | {
      readonly verdict: Verdict['decision'];
      readonly obligations: readonly string[];
      readonly effects: readonly ExplainedEffect[];
      readonly policies: readonly string[];
      readonly reason: string;
    }
  | { readonly error: string };

export interface ExplainedEffect {
  readonly verb: string;
  readonly resource: string;
  readonly environment: string;
  readonly reversible: string;
  readonly evidence: string;
  readonly explain: string;
}

/** Without a firebreak.yaml: production is protected, staging and development are not, and any other name is. */
export const defaultConfig: Config = configSchema.parse({
  version: 1,
  environments: { production: { protected: true }, staging: {}, development: {} },
});

/** A longer line is no action. */
const LONGEST_LINE = 16 * 1024 * 1024;

/**
 * Makes the function that explains one line of input (without its newline).
 *
 * @throws PolicyError when the policies cannot be used.
 */
export async function createExplainer(
  options: ExplainOptions,
): Promise<(line: string) => Explanation | Promise<Explanation>> {
  const config = options.config ?? defaultConfig;
  const settings = settingsOf(config);
  const policies = loadAllPolicies(options.configFolder, config.policies);
  await loadSqlParser();
  const memo = createMemo<PolicyAnswer>(10_000);
  const environments = options.environment === undefined ? [] : [options.environment];
  const session: Session = {
    id: 'explain',
    agent: 'explain',
    intent: '',
    environments: ['*'],
    mode: 'work',
    tier: 'advisory',
  };
  const context = { resources: settings.resources, environments };

  return (line) => {
    try {
      const action = readAction(line);
      if (action.kind === 'shell' && action.cwd !== undefined) {
        return lookedUp(action).then(
          ({ effects }) => explain(action, effects),
          (error: unknown) => ({ error: messageOf(error) }),
        );
      }
      return explain(action, analyze(action, NO_ANSWERS, context).effects);
    } catch (error) {
      return { error: messageOf(error) };
    }
  };

  /** What lies where the command would run is looked at, and what its scripts say. */
  function lookedUp(action: Action) {
    const door = {
      signal: AbortSignal.timeout(LOOKING),
      execute: () => Promise.reject(new Error('nothing is executed')),
    };
    const resolve = async (question: Question) => {
      const local = question.kind === 'file-text' || question.kind === 'path' || question.kind === 'workspace';
      return local ? answerLocal(question) : undefined;
    };
    return understand(action, { analyze, resolve, context }, door, false);
  }

  function explain(action: Action, effects: readonly Effect[]): Explanation {
    // What a provider would have to be asked lies where `--environment` says.
    const placed = effects.map((effect) => (effect.environments.length > 0 ? effect : { ...effect, environments }));
    const declared =
      action.kind === 'http' && [...settings.resources.values()].some((one) => one.hosts.includes(hostOf(action.url)));
    const verdict = decide(
      {
        actionKind: action.kind,
        effects: placed,
        session,
        foreignCredential: declared && action.kind === 'http' && action.credential.kind === 'foreign',
        environmentOf: settings.environmentOf,
        freezeOf: () => undefined,
      },
      policies,
      memo,
    );
    return {
      verdict: verdict.decision,
      obligations: verdict.obligations,
      effects: placed.map(explained),
      policies: verdict.policies,
      reason: foretold(verdict),
    };
  }
}

/** How long looking at files may take, in milliseconds. */
const LOOKING = 5_000;

/** What a door does before it lets an allowed action last. Its own count may still lead to a hold. */
function foretold({ decision, obligations, reason }: Verdict): string {
  if (decision !== 'allow') return reason;
  const first = [
    ...(obligations.includes('measure') ? ['counted first, then allowed within the limits'] : []),
    ...(obligations.includes('snapshot') ? ['a copy is kept first, else it is held'] : []),
  ];
  return [reason, ...first].join('; ');
}

function explained(effect: Effect): ExplainedEffect {
  return {
    verb: effect.verb,
    resource: effect.resource.name,
    environment: effect.environments.length === 0 ? 'unknown' : effect.environments.join(', '),
    // As it stands: the copy that would undo it is an obligation.
    reversible: effect.reversible === 'snapshot' ? 'no' : effect.reversible,
    evidence: effect.evidence,
    explain: effect.explain,
  };
}

/** One line of input as an action. Fields that are not asked for are ignored, so that labelled data can be piped in. */
function readAction(line: string): Action {
  if (line.length > LONGEST_LINE) throw new TypeError('the line is longer than 16 MiB');
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw new TypeError('not valid JSON');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new TypeError('not a JSON object');
  const fields = new Map<string, unknown>(Object.entries(value));
  const text = (name: string): string => {
    const field = fields.get(name);
    if (typeof field !== 'string') throw new TypeError(`\`${name}\` is missing or not a text`);
    return field;
  };
  const optional = (name: string) => (fields.get(name) == null ? undefined : text(name));
  const object = (name: string): JsonObject => {
    const field = fields.get(name) ?? {};
    if (typeof field !== 'object' || field === null || Array.isArray(field))
      throw new TypeError(`\`${name}\` is not an object`);
    return field as JsonObject; // Came out of JSON.parse.
  };
  if (!fields.has('kind')) throw new TypeError('`kind` is missing');
  const kind = text('kind');
  switch (kind) {
    case 'sql':
      return { kind, statements: [{ text: text('text'), parameters: [] }], resource: optional('resource') };
    case 'shell':
      return { kind, text: text('text'), cwd: optional('cwd') };
    case 'http':
      return readHttp(text('method'), text('url'), object('headers'), optional('body') ?? '');
    case 'tool':
      return {
        kind,
        server: text('server'),
        name: text('name'),
        arguments: object('arguments'),
        definition: object('definition'),
      };
    case 'completion':
      return { kind, model: text('model'), request: object('request') };
    case 'deploy':
      return { kind, target: text('target'), revision: text('revision') };
    default:
      throw new TypeError(
        `\`${kind}\` is not a kind of action; the kinds are shell, sql, http, tool, completion and deploy`,
      );
  }
}

function readHttp(method: string, url: string, headers: JsonObject, body: string): HttpAction {
  const list = Object.entries(headers).map(([name, value]): HttpHeader => [name.toLowerCase(), String(value)]);
  const token = list.find(([name]) => name === 'authorization')?.[1].replace(/^(Bearer|Token)\s+/i, '');
  return {
    kind: 'http',
    method,
    url,
    headers: list.filter(([name]) => name !== 'authorization'),
    body: Buffer.from(body, 'utf8'),
    credential:
      token === undefined
        ? { kind: 'none' }
        : looksLikePlaceholder(token)
          ? { kind: 'placeholder', id: 'explain', environment: token.split('_')[1] ?? '' }
          : { kind: 'foreign', fingerprint: sha256(token).toString('hex').slice(0, 16) },
  };
}

function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).hostname.toLowerCase() : '';
}
