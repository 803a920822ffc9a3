/** Reads `firebreak.yaml`. Whatever is not understood refuses to start, with the line and what was probably meant. */
import { readFileSync } from 'node:fs';
import { isMap, isNode, isPair, LineCounter, type Node, type ParsedNode, parseDocument } from 'yaml';
import type { z } from 'zod';
import { FirebreakError } from '#base/errors';
import { type Config, configJsonSchema, configSchema } from './config.js';
import { nearest } from './nearest.js';

export type ConfigErrorCode = 'CONFIG_MISSING' | 'CONFIG_INVALID';

export class ConfigError extends FirebreakError<ConfigErrorCode> {}

/** A configuration file larger than this is not one. */
const MOST_BYTES = 1024 * 1024;

/** @throws ConfigError `CONFIG_MISSING`, `CONFIG_INVALID` */
export function readConfig(path: string): Config {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    throw new ConfigError('CONFIG_MISSING', `there is no \`${path}\``, {
      hint: 'run `firebreak init` to write one, or name it with --config',
      cause,
    });
  }
  return parseConfig(text, path);
}

/**
 * @param shownPath how messages name the file.
 * @throws ConfigError `CONFIG_INVALID`: `file:line:column: what`, with a hint.
 */
export function parseConfig(text: string, shownPath: string): Config {
  if (text.length > MOST_BYTES) throw new ConfigError('CONFIG_INVALID', `${shownPath}: larger than 1 MiB`);
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true, strict: true });
  const at = (offset: number | undefined) => {
    const { line, col } = lines.linePos(offset ?? 0);
    return `${shownPath}:${line}:${col}`;
  };
  const [broken] = [...document.errors, ...document.warnings];
  if (broken !== undefined) {
    const [what] = broken.message.split(/ at line \d+/);
    throw new ConfigError('CONFIG_INVALID', `${at(broken.pos[0])}: ${what?.replace(/:$/, '') ?? 'not YAML'}`, {
      hint: 'the file is not valid YAML there',
    });
  }
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: 50 });
  } catch (cause) {
    throw new ConfigError('CONFIG_INVALID', `${shownPath}: too many aliases`, { cause });
  }
  const result = configSchema.safeParse(value);
  if (!result.success) {
    const { issues } = result.error;
    // A misspelt key also makes the right one missing; the misspelt one is what to mend.
    const issue = issues.find(({ code }) => code === 'unrecognized_keys') ?? issues[0];
    if (issue !== undefined) throw explain(issue, document.contents, at);
    throw new ConfigError('CONFIG_INVALID', `${shownPath}: not a configuration`);
  }
  checkReferences(result.data, (path) => at(offsetOf(document.contents, path)));
  return result.data;
}

function explain(
  issue: z.core.$ZodIssue,
  root: ParsedNode | null,
  at: (offset: number | undefined) => string,
): ConfigError {
  const path = issue.path.map(String);
  if (issue.code === 'unrecognized_keys') {
    const [key = ''] = issue.keys;
    const close = nearest(key, knownKeys(path, root));
    const inside = path.length === 0 ? '' : ` in \`${path.join('.')}\``;
    return new ConfigError(
      'CONFIG_INVALID',
      `${at(offsetOf(root, [...path, key], true))}: unknown key \`${key}\`${inside}`,
      {
        hint:
          close === undefined ? `known keys here: ${knownKeys(path, root).join(', ')}` : `did you mean \`${close}\`?`,
      },
    );
  }
  const where = path.length === 0 ? (root === null ? 'the empty file' : 'the file') : `\`${path.join('.')}\``;
  const missing = path.length > 0 && offsetOf(root, path) === undefined;
  const message = missing ? 'is missing' : `is not right: ${issue.message.replace(/^Invalid (input|option): /, '')}`;
  return new ConfigError('CONFIG_INVALID', `${at(deepestOffset(root, path))}: ${where} ${message}`, {
    hint: 'docs/guides/configuration.md describes every key',
  });
}

/** Names that are used but not declared are mistakes too: a limit on `prodution` would protect nothing. */
function checkReferences(config: Config, at: (path: readonly string[]) => string): void {
  const declared = Object.keys(config.environments);
  const check = (environment: string | undefined, path: readonly string[]) => {
    if (environment === undefined || declared.includes(environment)) return;
    const close = nearest(environment, declared);
    throw new ConfigError('CONFIG_INVALID', `${at(path)}: the environment \`${environment}\` is not declared`, {
      hint: close === undefined ? `declared: ${declared.join(', ')}` : `did you mean \`${close}\`?`,
    });
  };
  for (const [name, resource] of Object.entries(config.resources)) {
    check(resource.environment, ['resources', name, 'environment']);
    if (resource.kind === 'http' && resource.provider === undefined && resource.hosts === undefined) {
      throw new ConfigError(
        'CONFIG_INVALID',
        `${at(['resources', name])}: \`${name}\` names neither a provider nor hosts`,
        {
          hint: 'add `provider: railway`, or `hosts: [api.example.com]`',
        },
      );
    }
  }
  for (const name of Object.keys(config.limits)) check(name, ['limits', name]);
  config.freeze.forEach((freeze, index) => {
    check(freeze.environment, ['freeze', String(index), 'environment']);
    if (Date.parse(freeze.from) > Date.parse(freeze.until)) {
      throw new ConfigError('CONFIG_INVALID', `${at(['freeze', String(index)])}: the freeze ends before it begins`);
    }
  });
}

/** The keys that the schema knows at a path; a key that a person chose (an environment's name) matches any. */
function knownKeys(path: readonly string[], root: Node | null): readonly string[] {
  let schemas: JsonSchema[] = [configJsonSchema() as JsonSchema]; // Made by zod in this form.
  path.forEach((step, depth) => {
    schemas = schemas.flatMap((schema) => {
      const here = schema.properties?.[step] ?? schema.additionalProperties ?? schema.items;
      if (typeof here !== 'object') return [];
      const alternatives = here.oneOf ?? here.anyOf ?? [here];
      const kind = valueAt(root, [...path.slice(0, depth + 1), 'kind']);
      const fitting = alternatives.filter((one) => one.properties?.['kind']?.const === kind);
      return fitting.length > 0 ? fitting : alternatives;
    });
  });
  return [...new Set(schemas.flatMap((schema) => Object.keys(schema.properties ?? {})))];
}

interface JsonSchema {
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly additionalProperties?: JsonSchema | boolean;
  readonly items?: JsonSchema;
  readonly oneOf?: readonly JsonSchema[];
  readonly anyOf?: readonly JsonSchema[];
  readonly const?: unknown;
}

function valueAt(root: Node | null, path: readonly string[]): unknown {
  const found = descend(root, path);
  return isNode(found) && 'value' in found ? found.value : undefined;
}

function offsetOf(root: Node | null, path: readonly string[], ofKey = false): number | undefined {
  const last = path.at(-1);
  const parent = descend(root, path.slice(0, -1));
  if (isMap(parent)) {
    const pair = parent.items.find(
      (item) => isPair(item) && isNode(item.key) && 'value' in item.key && String(item.key.value) === last,
    );
    const node = pair && (ofKey || pair.value === null ? pair.key : pair.value);
    return isNode(node) ? node.range?.[0] : undefined;
  }
  const node = descend(root, path);
  return isNode(node) ? node.range?.[0] : undefined;
}

/** Where the nearest existing ancestor stands, for what is missing. */
function deepestOffset(root: Node | null, path: readonly string[]): number | undefined {
  for (let length = path.length; length > 0; length -= 1) {
    const offset = offsetOf(root, path.slice(0, length), length < path.length);
    if (offset !== undefined) return offset;
  }
  return 0;
}

function descend(root: Node | null, path: readonly string[]): unknown {
  let node: unknown = root;
  for (const step of path) {
    if (typeof node !== 'object' || node === null || !('get' in node) || typeof node.get !== 'function')
      return undefined;
    const next: unknown = node.get(/^\d+$/.test(step) && !isMap(node) ? Number(step) : step, true);
    node = next;
  }
  return node;
}
