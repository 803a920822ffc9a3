/** What a text for mongosh does to databases: judged by the calls on `db`, `rs` and `sh`, and not by words in it. */
import type { Verb } from '#action/effect';
import type { Finding } from '../finding.js';
import { Bindings } from './bindings.js';
import { lex } from './lexer.js';
import { Reader } from './reader.js';
import { type Call, jsonOf, type Value } from './value.js';

/** Source: MongoDB manual, "mongosh Methods". Methods that none of these has only look at something. */
const METHODS: readonly (readonly [RegExp, Verb, string])[] = [
  [
    /^(?:drop|dropDatabase|dropIndex|dropIndexes|remove|deleteOne|deleteMany|findOneAndDelete|findAndModify|dropUser|dropAllUsers|dropRole|dropAllRoles|dropSearchIndex|removeShard|removeShardFromZone|removeRangeFromZone|shutdownServer|convertToCapped|replaceOne|findOneAndReplace|clearPlanCaches|emptyCapped|killOp)$/u,
    'destroy',
    'deletes or replaces what is in',
  ],
  [
    /^(?:createUser|createRole|updateUser|updateRole|grantRolesToUser|grantRolesToRole|grantPrivilegesToRole|revokeRolesFromUser|revokePrivilegesFromRole|changeUserPassword)$/u,
    'grant',
    'changes the rights of',
  ],
  [
    /^(?:renameCollection|setProfilingLevel|reconfig|stepDown|freeze|add|addArb|initiate|syncFrom|addShard|enableSharding|shardCollection|moveChunk|stopBalancer|startBalancer|setBalancerState|fsyncLock|setFeatureCompatibilityVersion|collMod|reshardCollection)$/u,
    'configure',
    'changes how the server works:',
  ],
];

const COMMANDS: readonly (readonly [RegExp, Verb])[] = [
  [
    /^(?:drop|dropDatabase|dropIndexes|delete|findAndModify|shutdown|dropUser|dropAllUsersFromDatabase|dropRole|convertToCapped|removeShard|cloneCollectionAsCapped)$/u,
    'destroy',
  ],
  [/^(?:createUser|updateUser|grantRolesToUser|revokeRolesFromUser|createRole|updateRole)$/u, 'grant'],
  [
    /^(?:renameCollection|setParameter|replSet\w+|collMod|setFeatureCompatibilityVersion|enableSharding|shardCollection|moveChunk|fsync)$/u,
    'configure',
  ],
];

export function judgeMongo(text: string): readonly Finding[] {
  const { tokens } = lex('javascript', text);
  const bindings = new Bindings();
  new Reader('javascript', bindings, () => undefined).program(tokens);
  bindings.settle();
  const findings: Finding[] = [];
  new Reader('javascript', bindings, (call) => findings.push(...judge(call))).program(tokens);
  return findings;
}

function judge(call: Call): readonly Finding[] {
  if (!/^(?:db|rs|sh|\?|Mongo\(\)|connect\(\)|client)\b|^\?/u.test(call.path)) return [];
  const name = call.path.slice(call.path.lastIndexOf('.') + 1);
  const on = call.path.slice(0, Math.max(call.path.lastIndexOf('.'), 0)).replaceAll('()', '');
  if (/^(?:runCommand|adminCommand)$/u.test(name)) return commanded(call);
  const [first, second] = call.args;
  if (/^(?:update|updateMany)$/u.test(name)) {
    // Without a condition every document is changed.
    const everything = first === undefined || isEmpty(first);
    const many = name === 'updateMany' || (second !== undefined && jsonHas(call.args[2], 'multi'));
    return everything && many
      ? [effect('destroy', `changes every document of ${on}`, on)]
      : [effect('write', `changes documents of ${on}`, on)];
  }
  if (
    /^(?:updateOne|insert|insertOne|insertMany|save|findOneAndUpdate|createIndex|createIndexes|createCollection|createView)$/u.test(
      name,
    )
  ) {
    return [effect('write', `adds to ${on}`, on)];
  }
  if (name === 'bulkWrite') {
    const given = first === undefined ? undefined : jsonOf(first);
    return given === undefined || /"(?:delete|replace)/u.test(given)
      ? [effect('destroy', `changes or deletes documents of ${on}`, on)]
      : [effect('write', `changes documents of ${on}`, on)];
  }
  if (name === 'aggregate') {
    return call.args.some((one) => /\$out|\$merge/u.test(jsonOf(one) ?? stages(one)))
      ? [effect('destroy', `writes the result over a collection, from ${on}`, on)]
      : [];
  }
  if (name === 'remove' && !/^db\b/u.test(call.path)) return [];
  const found = METHODS.find(([pattern]) => pattern.test(name));
  return found === undefined ? [] : [effect(found[1], `${found[2]} ${on}: calls ${name}`, on)];
}

function commanded({ args }: Call): readonly Finding[] {
  const [command] = args;
  const name =
    command?.kind === 'record'
      ? [...command.entries.keys()][0]
      : command?.kind === 'text'
        ? command.argument.text
        : undefined;
  if (name === undefined) return [{ kind: 'opaque', explain: 'sends a database a command that is computed' }];
  const found = COMMANDS.find(([pattern]) => pattern.test(name));
  return found === undefined ? [] : [effect(found[1], `sends the command ${name}`, name)];
}

function isEmpty(value: Value): boolean {
  // Braces without entries are read as a block.
  return value.kind === 'unknown' || (value.kind === 'record' && value.entries.size === 0);
}

function jsonHas(value: Value | undefined, name: string): boolean {
  return value?.kind === 'record' && value.entries.has(name);
}

/** The names of an aggregation's stages, when not all of it is known. */
function stages(value: Value): string {
  if (value.kind === 'list') return value.items.map(stages).join(' ');
  return value.kind === 'record' ? [...value.entries.keys()].join(' ') : '';
}

function effect(verb: Verb, explain: string, name: string): Finding {
  return {
    kind: 'effect',
    verb,
    resource: { kind: 'database', name },
    place: 'remote',
    ...(verb === 'write' ? { count: 1 } : {}),
    explain,
  };
}
