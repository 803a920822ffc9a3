import type { Reversible } from '#action/effect';
import { parsed, tryable, unforeseen } from './findings.js';
import { dotted, nameParts, objectName, relationIn, settingName, shown } from './names.js';
import { objectWord } from './object-kinds.js';
import type { Directions, Page, Reader } from './reader.js';
import { bare, child, children, constantOf, flag, type Node, stringOf, text } from './tree.js';

// Everything else that makes or changes an object, and what may do anything at all.

type NameOf = (node: Node) => string;

/** One name in a text member, or in a list of its parts. */
function at(member: string): NameOf {
  return (node) => {
    const parts = nameParts(node, member);
    return parts.length > 0 ? dotted(parts) : shown(text(node, member));
  };
}

/** The name of a function in a bare member. */
function functionIn(member: string): NameOf {
  return (node) => dotted(nameParts(bare(node, member) ?? {}, 'objname'));
}

function defines(kind: string, name: NameOf, phrase: string, reversible: Reversible, directions?: Directions): Reader {
  return (node, page) => {
    const called = name(node);
    page.tell(
      parsed(
        'configure',
        { kind, name: called },
        reversible,
        phrase.replace('NAME', () => called),
      ),
    );
    return directions;
  };
}

function creates(kind: string, name: NameOf, directions?: Directions): Reader {
  return defines(kind, name, `creates ${kind} NAME`, 'yes', directions);
}

function changes(kind: string, name: NameOf, directions?: Directions): Reader {
  return defines(kind, name, `changes ${kind} NAME`, 'snapshot', directions);
}

function anything(kind: string, name: NameOf, phrase: string): Reader {
  return (node, page) => {
    const called = name(node);
    page.tell(
      unforeseen(
        { kind, name: called },
        phrase.replace('NAME', () => called),
      ),
    );
    return undefined;
  };
}

const createFunction: Reader = (node, page) => {
  const name = dotted(nameParts(node, 'funcname'));
  const kind = flag(node, 'is_procedure') ? 'procedure' : 'function';
  const options = children(node, 'options');
  const definer = options.some(
    ({ node: option }) => text(option, 'defname') === 'security' && constantOf(child(option, 'arg')) === 'true',
  );
  const rights = definer ? " that runs with its owner's rights" : '';
  const explain = `${flag(node, 'replace') ? 'creates or replaces' : 'creates'} ${kind} ${name}()${rights}; its body runs when it is called`;
  page.tell(parsed('configure', { kind, name }, flag(node, 'replace') ? 'snapshot' : 'yes', explain));
  return { below: 'later' };
};

const define: Reader = (node, page) => {
  const kind = objectWord(text(node, 'kind'));
  const name = dotted(nameParts(node, 'defnames'));
  page.tell(parsed('configure', { kind, name }, flag(node, 'replace') ? 'snapshot' : 'yes', `creates ${kind} ${name}`));
  return undefined;
};

/** RENAME, SET SCHEMA, DEPENDS and COMMENT name their object as a relation or in any other form. */
function onObject(typeMember: string, phrase: (word: string, name: string, node: Node) => string): Reader {
  return (node, page) => {
    const word = objectWord(text(node, typeMember));
    const relation = bare(node, 'relation');
    const name = relation !== undefined ? relationIn(node, 'relation') : objectName(child(node, 'object'));
    page.tell(parsed('configure', { kind: word, name }, 'snapshot', phrase(word, name, node)));
    return { skip: ['relation', 'object'] };
  };
}

function renaming(word: string, name: string, node: Node): string {
  const part = text(node, 'subname');
  const what = part === '' ? `${word} ${name}` : `${word} ${shown(part)} of ${name}`;
  return `renames ${what} to ${shown(text(node, 'newname'))}`;
}

const trigger: Reader = (node, page) => {
  const name = shown(text(node, 'trigname'));
  const table = relationIn(node, 'relation');
  const body = dotted(nameParts(node, 'funcname'));
  const explain = `makes ${table} call ${body}() whenever its rows change`;
  page.tell(parsed('configure', { kind: 'trigger', name }, flag(node, 'replace') ? 'snapshot' : 'yes', explain));
  return { skip: ['relation', 'constrrel'], below: 'later' };
};

const rule: Reader = (node, page) => {
  const name = shown(text(node, 'rulename'));
  const explain = `creates rule ${name}, which changes what commands on ${relationIn(node, 'relation')} do`;
  page.tell(parsed('configure', { kind: 'rule', name }, flag(node, 'replace') ? 'snapshot' : 'yes', explain));
  return { skip: ['relation'], below: 'later' };
};

const reindex: Reader = (node, page) => {
  const name = bare(node, 'relation') === undefined ? shown(text(node, 'name')) : relationIn(node, 'relation');
  page.tell(
    parsed(
      'configure',
      { kind: 'index', name },
      'yes',
      `builds indexes of ${name === '""' ? 'the database' : name} anew`,
    ),
  );
  return { skip: ['relation'] };
};

const cluster: Reader = (node, page) => {
  const name = bare(node, 'relation') === undefined ? 'every clustered table' : relationIn(node, 'relation');
  page.tell(parsed('configure', { kind: 'table', name }, 'yes', `rewrites ${name} in the order of an index`));
  return { skip: ['relation'] };
};

function onDatabase(explain: string): Reader {
  return (_node, page) => {
    page.tell(parsed('configure', page.database, 'yes', explain));
    return undefined;
  };
}

const doBlock: Reader = (node, page: Page) => {
  const language = children(node, 'args').flatMap(({ node: option }) =>
    text(option, 'defname') === 'language' ? (stringOf(child(option, 'arg')) ?? []) : [],
  );
  const [name = 'plpgsql'] = language;
  const explain = `runs a block of ${shown(name)} code, which may change anything`;
  // An untrusted language reaches the server's files and the network, which no rollback takes back.
  page.tell(name.toLowerCase() === 'plpgsql' ? tryable(page.database, explain) : unforeseen(page.database, explain));
  return undefined;
};

export const DEFINITION_READERS: readonly (readonly [string, Reader])[] = [
  ['CreateFunctionStmt', createFunction],
  ['AlterFunctionStmt', changes('function', functionIn('func'), { below: 'later' })],
  ['DefineStmt', define],
  ['RenameStmt', onObject('renameType', renaming)],
  [
    'AlterObjectSchemaStmt',
    onObject('objectType', (word, name, node) => `moves ${word} ${name} to schema ${shown(text(node, 'newschema'))}`),
  ],
  [
    'AlterObjectDependsStmt',
    onObject('objectType', (word, name) => `changes which extension ${word} ${name} belongs to`),
  ],
  ['CommentStmt', onObject('objtype', (word, name) => `changes the comment on ${word} ${name}`)],
  ['CreateTrigStmt', trigger],
  ['RuleStmt', rule],
  ['ReindexStmt', reindex],
  ['ClusterStmt', cluster],
  ['CheckPointStmt', onDatabase('makes the server write everything to disk')],
  ['CreateSchemaStmt', creates('schema', at('schemaname'))],
  ['CreateEnumStmt', creates('type', at('typeName'))],
  ['CreateRangeStmt', creates('type', at('typeName'))],
  ['CreateDomainStmt', creates('domain', at('domainname'), { below: 'later' })],
  [
    'CreateCastStmt',
    creates(
      'cast',
      (node) =>
        `${objectName({ type: 'TypeName', node: bare(node, 'sourcetype') ?? {} })} to ${objectName({ type: 'TypeName', node: bare(node, 'targettype') ?? {} })}`,
    ),
  ],
  ['CreateConversionStmt', creates('conversion', at('conversion_name'))],
  ['CreateTransformStmt', creates('transform', at('lang'))],
  ['CreateOpClassStmt', creates('operator class', at('opclassname'))],
  ['CreateOpFamilyStmt', creates('operator family', at('opfamilyname'))],
  ['CreateStatsStmt', creates('statistics', at('defnames'))],
  ['CreatePublicationStmt', creates('publication', at('pubname'), { below: 'later' })],
  ['CreateEventTrigStmt', creates('event trigger', at('trigname'))],
  ['CreateForeignServerStmt', creates('server', at('servername'))],
  ['CreateFdwStmt', creates('foreign-data wrapper', at('fdwname'))],
  ['CreateUserMappingStmt', creates('user mapping', at('servername'))],
  ['CreateTableSpaceStmt', creates('tablespace', at('tablespacename'))],
  ['CreatedbStmt', creates('database', at('dbname'))],
  ['CreateAmStmt', creates('access method', at('amname'))],
  ['ImportForeignSchemaStmt', defines('schema', at('local_schema'), 'creates foreign tables in schema NAME', 'yes')],
  ['AlterDomainStmt', changes('domain', at('typeName'))],
  ['AlterEnumStmt', changes('type', at('typeName'))],
  ['AlterTypeStmt', changes('type', at('typeName'))],
  ['AlterCollationStmt', changes('collation', at('collname'))],
  ['AlterDatabaseStmt', changes('database', at('dbname'))],
  ['AlterDatabaseSetStmt', changes('database', at('dbname'))],
  ['AlterDatabaseRefreshCollStmt', changes('database', at('dbname'))],
  ['AlterEventTrigStmt', changes('event trigger', at('trigname'))],
  ['AlterFdwStmt', changes('foreign-data wrapper', at('fdwname'))],
  ['AlterForeignServerStmt', changes('server', at('servername'))],
  ['AlterUserMappingStmt', changes('user mapping', at('servername'))],
  ['AlterOpFamilyStmt', changes('operator family', at('opfamilyname'))],
  ['AlterOperatorStmt', changes('operator', functionIn('opername'))],
  ['AlterPublicationStmt', changes('publication', at('pubname'), { below: 'later' })],
  ['AlterSeqStmt', changes('sequence', (node) => relationIn(node, 'sequence'), { skip: ['sequence'] })],
  ['AlterStatsStmt', changes('statistics', at('defnames'))],
  ['AlterTSConfigurationStmt', changes('text search configuration', at('cfgname'))],
  ['AlterTSDictionaryStmt', changes('text search dictionary', at('dictname'))],
  ['AlterTableMoveAllStmt', changes('tablespace', at('orig_tablespacename'))],
  ['AlterTableSpaceOptionsStmt', changes('tablespace', at('tablespacename'))],
  ['DoStmt', doBlock],
  ['LoadStmt', anything('library', at('filename'), 'loads the library NAME into the server')],
  [
    'CreateExtensionStmt',
    anything('extension', at('extname'), 'installs extension NAME, whose script may change anything'),
  ],
  [
    'AlterExtensionStmt',
    anything('extension', at('extname'), 'updates extension NAME, whose script may change anything'),
  ],
  ['AlterExtensionContentsStmt', anything('extension', at('extname'), 'changes what belongs to extension NAME')],
  ['CreatePLangStmt', anything('language', at('plname'), 'adds the language NAME, whose code may do anything')],
  [
    'AlterSystemStmt',
    anything(
      'setting',
      (node) => settingName(text(bare(node, 'setstmt') ?? {}, 'name')),
      'changes setting NAME of the whole server',
    ),
  ],
  [
    'CreateSubscriptionStmt',
    anything('subscription', at('subname'), 'lets another server write here through subscription NAME'),
  ],
  [
    'AlterSubscriptionStmt',
    anything('subscription', at('subname'), 'changes subscription NAME, through which another server writes here'),
  ],
];
