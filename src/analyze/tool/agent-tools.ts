/**
 * The tools that coding agents bring along, by what they do. Names are compared in lower case and without what separates
 * words, so that `MultiEdit`, `multi_edit` and `multiedit` are one. Sources: the tool lists of Claude Code 2.1 (`sdk-tools.d.ts`),
 * Codex CLI, Gemini CLI (`docs/tools`), opencode, Cursor and GitHub Copilot CLI.
 */

/** Servers under which agents' own tools appear: the names of agents. Tools of the same name elsewhere may do anything. */
export const AGENT_SERVERS: ReadonlySet<string> = new Set([
  'claude-code',
  'codex',
  'gemini',
  'opencode',
  'cursor',
  'copilot',
]);

export type AgentTool =
  /** It only looks, or keeps notes of its own. */
  | 'read'
  /** It replaces a whole file, or makes a new one. */
  | 'write'
  /** It replaces a part of a file that it names, so the call itself says what was there. */
  | 'edit'
  | 'delete'
  /** Its text is a patch: files in it are added, changed, deleted and moved. */
  | 'patch'
  /** One tool with a `command` that says which of these it is. */
  | 'editor';

const TOOLS: Readonly<Record<AgentTool, readonly string[]>> = {
  read: [
    'read',
    'readfile',
    'readmanyfiles',
    'readlints',
    'view',
    'viewimage',
    'notebookread',
    'glob',
    'globfilesearch',
    'grep',
    'grepsearch',
    'searchfilecontent',
    'codebasesearch',
    'filesearch',
    'findfiles',
    'ls',
    'list',
    'listdir',
    'listdirectory',
    'lsp',
    'webfetch',
    'websearch',
    'googlewebsearch',
    'fetch',
    'todoread',
    'todowrite',
    'writetodos',
    'updateplan',
    'updatetodo',
    'savememory',
    'task',
    'taskoutput',
    'taskcreate',
    'taskget',
    'tasklist',
    'taskupdate',
    'taskstop',
    'agent',
    'listagents',
    'sendmessage',
    'skill',
    'toolsearch',
    'structuredoutput',
    'reportfindings',
    'reportintent',
    'askuserquestion',
    'askuser',
    'question',
    'enterplanmode',
    'exitplanmode',
    'bashoutput',
    'killshell',
    'killbash',
    'readbash',
    'stopbash',
    'listmcpresources',
    'listmcpresourcestool',
    'readmcpresource',
    'readmcpresourcetool',
    'readnotifications',
    'schedulewakeup',
    'cronlist',
    'invalid',
    'batch',
  ],
  write: ['write', 'writefile', 'create', 'createfile', 'filewrite'],
  edit: [
    'edit',
    'editfile',
    'multiedit',
    'notebookedit',
    'editnotebook',
    'replace',
    'strreplace',
    'searchreplace',
    'insert',
    'fileedit',
  ],
  delete: ['delete', 'deletefile', 'remove', 'removefile'],
  patch: ['applypatch', 'patch'],
  editor: ['strreplaceeditor', 'strreplacebasededittool', 'strreplaceedittool'],
};

const BY_NAME: ReadonlyMap<string, AgentTool> = new Map(
  (['read', 'write', 'edit', 'delete', 'patch', 'editor'] as const).flatMap((does) =>
    TOOLS[does].map((name) => [name, does] as const),
  ),
);

/** What this tool of an agent does; undefined: nobody here knows. */
export function agentTool(server: string, name: string): AgentTool | undefined {
  return AGENT_SERVERS.has(server) ? BY_NAME.get(name.toLowerCase().replaceAll(/[^a-z0-9]/g, '')) : undefined;
}

/** Where tools take the path of a file from, the most telling first. */
export const PATH_KEYS = [
  'file_path',
  'filePath',
  'notebook_path',
  'absolute_path',
  'target_file',
  'target_notebook',
  'path',
  'filename',
  'file',
] as const;

/** Where `patch` tools take their text from. */
export const PATCH_KEYS = ['input', 'patchText', 'patch', 'command', 'patch_text'] as const;

/** What the `command` of an `editor` tool does. */
export const EDITOR_COMMANDS: Readonly<Record<string, AgentTool>> = {
  view: 'read',
  create: 'write',
  write: 'write',
  str_replace: 'edit',
  insert: 'edit',
  edit: 'edit',
  undo_edit: 'edit',
};

/** Folders in which agents keep notes of their own, relative to a home: written by their tools without anybody's loss. */
export const NOTE_FOLDERS = [
  '.claude/plans/',
  '.claude/projects/',
  '.claude/todos/',
  '.codex/memories/',
  '.gemini/tmp/',
  '.local/share/opencode/plans/',
  '.copilot/session-state/',
  '.cursor/plans/',
] as const;
