/**
 * What a call of an agent's own tool would do. Editing files is an agent's daily work, so few of its calls are asked about:
 * those that leave the work, and those that touch what guards the agent. Of tools that nobody here knows, MCP's among them,
 * only their names are judged.
 */
import type { JsonObject, JsonValue, ToolAction } from '#action/action';
import { type Effect, NO_AMOUNT } from '#action/effect';
import { LOCAL_ENVIRONMENT } from '#action/environment';
import type { LocalLoss } from '#action/local-loss';
import { type Question, questionKey } from '#action/question';
import type { Analysis, AnalysisContext, Analyze } from '../analysis.js';
import { destructiveWord } from '../http/verb-words.js';
import { AGENT_SERVERS, type AgentTool, agentTool, EDITOR_COMMANDS, PATCH_KEYS, PATH_KEYS } from './agent-tools.js';
import { type FileCall, type FileGround, fileCall, readCall } from './file-call.js';
import { filesOfPatch } from './patch.js';

export const analyzeTool: Analyze<ToolAction> = (action, answers, context) => {
  const tool = agentTool(action.server, action.name);
  const does = tool === 'editor' ? editorCommand(action.arguments) : tool;
  if (does === undefined || does === 'editor') return { effects: [unknownTool(action, context)], questions: [] };

  const questions = new Map<string, Question>();
  const ask = (question: Question) => questions.set(questionKey(question), question);
  const folder = action.cwd?.startsWith('/') === true ? action.cwd : undefined;
  const ground: FileGround = { folder, answers, ask, environments: context.environments };
  const calls = callsOf(does, action.arguments);
  if (does === 'read') {
    const effects = calls.flatMap(({ path }) => readCall(path, action.name, ground));
    return { effects: effects.length === 0 ? [looks(action)] : effects, questions: [...questions.values()] };
  }
  // FAIL-CLOSED: an editing tool whose files nobody can tell waits for a person.
  if (calls.length === 0) return { effects: [untold(action)], questions: [] };
  const outcomes = calls.map((call) => fileCall(call, ground));
  return finished(outcomes, [...questions.values()]);
};

function finished(
  outcomes: readonly { readonly effect: Effect; readonly loss?: LocalLoss | undefined }[],
  questions: readonly Question[],
): Analysis {
  return {
    effects: outcomes.map(({ effect }) => effect),
    losses: outcomes.flatMap(({ loss }) => (loss === undefined ? [] : [loss])),
    questions,
  };
}

function editorCommand(given: JsonObject): AgentTool | undefined {
  const command = textAt(given, 'command');
  return command === undefined ? undefined : EDITOR_COMMANDS[command];
}

function callsOf(does: Exclude<AgentTool, 'editor'>, given: JsonObject): readonly FileCall[] {
  if (does === 'patch') {
    const [text] = PATCH_KEYS.flatMap((key) => textsAt(given, key));
    if (text !== undefined) return filesOfPatch(text) ?? [];
  }
  const act = does === 'patch' ? 'edit' : does === 'read' ? 'read' : does;
  const paths = PATH_KEYS.flatMap((key) => textsAt(given, key));
  return [...new Set([...paths, ...editsIn(given)])].map((path) => ({ act, path }));
}

/** Some tools take a list of edits, each with a path of its own. */
function editsIn(given: JsonObject): readonly string[] {
  const edits = Object.hasOwn(given, 'edits') ? given['edits'] : undefined;
  if (!isList(edits)) return [];
  return edits.flatMap((edit) => (isObject(edit) ? PATH_KEYS.flatMap((key) => textsAt(edit, key)) : []));
}

/** A text, or every text of a list (Codex writes a command as a list of words). */
function textsAt(given: JsonObject, key: string): readonly string[] {
  const value = Object.hasOwn(given, key) ? given[key] : undefined;
  if (typeof value === 'string') return value === '' ? [] : [value];
  return isList(value) ? value.filter((item) => typeof item === 'string').filter((item) => item !== 'apply_patch') : [];
}

function textAt(given: JsonObject, key: string): string | undefined {
  return textsAt(given, key)[0];
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** `Array.isArray` does not tell a readonly array from an object. */
function isList(value: JsonValue | undefined): value is readonly JsonValue[] {
  return Array.isArray(value);
}

const LOCAL: Pick<Effect, 'environments' | 'amount'> = { environments: [LOCAL_ENVIRONMENT], amount: NO_AMOUNT };

function looks({ name, server }: ToolAction): Effect {
  const explain = `looks around with the tool ${name} of ${server}`;
  return { ...LOCAL, verb: 'read', resource: { kind: 'tool', name }, reversible: 'yes', evidence: 'parsed', explain };
}

function unknownTool({ name, server }: ToolAction, { environments }: AnalysisContext): Effect {
  const word = AGENT_SERVERS.has(server) ? undefined : destructiveWord(name);
  if (word !== undefined) {
    // What it reaches nobody knows; that it takes something away, its name says.
    return {
      verb: 'destroy',
      resource: { kind: 'tool', name: `${server}/${name}` },
      environments,
      amount: NO_AMOUNT,
      reversible: 'unknown',
      evidence: 'unknown',
      explain: `calls the tool ${name} of ${server}, whose name says "${word}"`,
    };
  }
  return {
    ...LOCAL,
    // Where nobody says that it reaches further, it is this machine's.
    environments: environments.length > 0 ? environments : LOCAL.environments,
    verb: 'execute',
    resource: { kind: 'tool', name: `${server}/${name}` },
    reversible: 'unknown',
    evidence: 'unknown',
    explain: `calls the tool ${name} of ${server}, of which Firebreak knows nothing`,
  };
}

function untold({ name }: ToolAction): Effect {
  return {
    ...LOCAL,
    verb: 'destroy',
    resource: { kind: 'files', name: 'unknown' },
    reversible: 'unknown',
    evidence: 'unknown',
    explain: `changes files with the tool ${name}, and which files nobody can tell`,
  };
}
