/** Knowledge as data: what the calls of the languages' own libraries do, by their full names. */
import type { Language } from '../finding.js';

export type Doing =
  | 'delete'
  | 'delete-all'
  | 'empty-folder'
  | 'overwrite'
  | 'append'
  | 'modes'
  | 'move'
  | 'copy'
  | 'read'
  /** Mode decides: `open(path, 'w')`. */
  | 'open'
  /** Its argument is a text for a shell. */
  | 'shell'
  /** Its argument is a list of words, or a text. */
  | 'words'
  /** A program, then a list of its words. */
  | 'program'
  /** Each argument is a word; a single one is a text for a shell. */
  | 'each-word'
  /** Its argument is code of the same language. */
  | 'code'
  | 'sql';

type Rows = Partial<Record<Doing, readonly string[]>>;

const PYTHON: Rows = {
  delete: ['os.remove', 'os.unlink', 'send2trash.send2trash', '*.unlink', 'Path.unlink'],
  'delete-all': ['+.rmtree', 'shutil.rmtree', 'distutils.dir_util.remove_tree', 'dir_util.remove_tree'],
  'empty-folder': ['os.rmdir', 'os.removedirs', '*.rmdir'],
  overwrite: ['os.truncate', '*.write_text', '*.write_bytes', 'np.save', 'numpy.save'],
  modes: ['os.chmod', 'os.chown', 'shutil.chown', 'os.lchown', '*.chmod'],
  move: ['os.rename', 'os.renames', 'os.replace', 'shutil.move', '*.rename'],
  copy: ['shutil.copy', 'shutil.copy2', 'shutil.copyfile', 'shutil.copytree'],
  read: ['*.read_text', '*.read_bytes'],
  open: ['open', 'io.open', 'codecs.open', '*.open'],
  shell: [
    '+.system',
    '+.popen',
    '+.getoutput',
    '+.getstatusoutput',
    'os.system',
    'os.popen',
    'subprocess.getoutput',
    'subprocess.getstatusoutput',
    'commands.getoutput',
    'commands.getstatusoutput',
    'asyncio.create_subprocess_shell',
    'pty.spawn',
  ],
  words: [
    '+.check_call',
    '+.check_output',
    '+.Popen',
    'subprocess.run',
    'subprocess.call',
    'subprocess.check_call',
    'subprocess.check_output',
    'subprocess.Popen',
    'invoke.run',
    'plumbum.local',
  ],
  program: ['os.execv', 'os.execve', 'os.execvp', 'os.execvpe'],
  'each-word': ['asyncio.create_subprocess_exec'],
  code: ['eval', 'exec', 'builtins.exec', 'builtins.eval', '__builtins__.exec', '__builtins__.eval'],
  sql: [
    '*.execute',
    '*.executescript',
    '*.executemany',
    '*.exec_driver_sql',
    '*.read_sql',
    'pd.read_sql',
    'pandas.read_sql',
    '*.raw',
    '*.fetch',
    '*.fetchrow',
    '*.fetchval',
  ],
};

const JAVASCRIPT: Rows = {
  delete: ['+.unlinkSync', 'fs.unlink', 'fs.unlinkSync', 'unlinkSync', 'trash'],
  'delete-all': [
    '+.rmSync',
    '+.removeSync',
    'fs.rm',
    'fs.rmSync',
    'rmSync',
    'rimraf',
    'rimraf.rimraf',
    'rimraf.sync',
    'rimraf.rimrafSync',
    'rimrafSync',
    'del',
    'del.sync',
    'del.deleteAsync',
    'del.deleteSync',
    'deleteAsync',
    'deleteSync',
    'fs.remove',
    'fs.removeSync',
    'fs.emptyDir',
    'fs.emptyDirSync',
    'fs.emptydirSync',
    'Deno.remove',
    'Deno.removeSync',
    'shelljs.rm',
    'shell.rm',
  ],
  'empty-folder': ['+.rmdirSync', 'fs.rmdir', 'fs.rmdirSync', 'rmdirSync'],
  overwrite: [
    '+.writeFileSync',
    '+.truncateSync',
    'fs.writeFile',
    'fs.writeFileSync',
    'writeFileSync',
    'fs.truncate',
    'fs.truncateSync',
    'truncateSync',
    'fs.createWriteStream',
    'createWriteStream',
    'fs.outputFile',
    'fs.outputFileSync',
    'fs.writeJson',
    'fs.writeJsonSync',
    'fs.writeJSONSync',
    'fs.outputJson',
    'Deno.writeTextFile',
    'Deno.writeTextFileSync',
    'Deno.writeFile',
    'Deno.writeFileSync',
    'Deno.truncate',
    'Deno.truncateSync',
    'Bun.write',
  ],
  append: ['fs.appendFile', 'fs.appendFileSync', 'appendFileSync'],
  modes: ['fs.chmod', 'fs.chmodSync', 'fs.chown', 'fs.chownSync', 'Deno.chmod', 'Deno.chown'],
  move: [
    'fs.rename',
    'fs.renameSync',
    'renameSync',
    'fs.move',
    'fs.moveSync',
    'Deno.rename',
    'Deno.renameSync',
    'shelljs.mv',
  ],
  copy: [
    'fs.copyFile',
    'fs.copyFileSync',
    'copyFileSync',
    'fs.cp',
    'fs.cpSync',
    'cpSync',
    'fs.copy',
    'fs.copySync',
    'Deno.copyFile',
    'Deno.copyFileSync',
    'shelljs.cp',
  ],
  read: [
    'fs.readFile',
    'fs.readFileSync',
    'readFileSync',
    'Deno.readTextFile',
    'Deno.readTextFileSync',
    'Deno.readFile',
    'Deno.readFileSync',
    'Bun.file',
  ],
  open: ['fs.open', 'fs.openSync', 'openSync'],
  shell: [
    '+.execSync',
    'child_process.exec',
    'child_process.execSync',
    'execSync',
    'shelljs.exec',
    'shell.exec',
    'execa.execaCommand',
    'execa.execaCommandSync',
    'execaCommand',
    'execaCommandSync',
    'execa.command',
    'Bun.$',
    '$',
    'zx.$',
    'bun.$',
    'execa.$',
    'dax.$',
    'sh',
  ],
  words: ['Bun.spawn', 'Bun.spawnSync'],
  program: [
    '+.spawnSync',
    '+.execFileSync',
    'child_process.spawn',
    'child_process.spawnSync',
    'spawnSync',
    'child_process.execFile',
    'child_process.execFileSync',
    'execFileSync',
    'execFile',
    'execa',
    'execa.execa',
    'execa.sync',
    'execa.execaSync',
    'execaSync',
    'Deno.Command',
    'cross-spawn',
    'cross-spawn.sync',
  ],
  code: [
    'eval',
    'Function',
    'vm.runInNewContext',
    'vm.runInThisContext',
    'vm.runInContext',
    'vm.Script',
    'constructor.constructor',
  ],
  sql: [
    '*.query',
    '*.execute',
    '*.exec',
    '*.run',
    '*.raw',
    '*.unsafe',
    '*.prepare',
    '*.$executeRawUnsafe',
    '*.$executeRaw',
    '*.$queryRawUnsafe',
    '*.$queryRaw',
    'sql',
    '*.all',
    '*.batch',
    '*.rpc',
  ],
};

const RUBY: Rows = {
  delete: [
    'File.delete',
    'File.unlink',
    'FileUtils.rm',
    'FileUtils.rm_f',
    'FileUtils.remove',
    'FileUtils.safe_unlink',
    'FileUtils.remove_file',
    'rm',
    'rm_f',
    '*.unlink',
  ],
  'delete-all': [
    'FileUtils.rm_r',
    'FileUtils.rm_rf',
    'FileUtils.rmtree',
    'FileUtils.remove_dir',
    'FileUtils.remove_entry',
    'FileUtils.remove_entry_secure',
    'rm_r',
    'rm_rf',
    '*.rmtree',
  ],
  'empty-folder': ['Dir.rmdir', 'Dir.delete', 'Dir.unlink', 'FileUtils.rmdir', '*.rmdir'],
  overwrite: ['File.write', 'IO.write', 'File.truncate', 'File.binwrite', 'IO.binwrite'],
  modes: ['File.chmod', 'File.chown', 'FileUtils.chmod', 'FileUtils.chmod_R', 'FileUtils.chown', 'FileUtils.chown_R'],
  move: ['File.rename', 'FileUtils.mv', 'FileUtils.move', 'mv'],
  copy: ['FileUtils.cp', 'FileUtils.cp_r', 'FileUtils.copy', 'FileUtils.copy_file', 'FileUtils.install', 'cp', 'cp_r'],
  read: ['File.read', 'IO.read', 'File.readlines', 'IO.readlines', 'File.foreach'],
  open: ['File.open', 'File.new', 'open', 'IO.popen'],
  shell: ['`'],
  'each-word': [
    'system',
    'exec',
    'spawn',
    'Process.spawn',
    'Process.exec',
    'Open3.capture2',
    'Open3.capture2e',
    'Open3.capture3',
    'Open3.popen2',
    'Open3.popen2e',
    'Open3.popen3',
    'sh',
    'PTY.spawn',
  ],
  code: [
    'eval',
    'instance_eval',
    'class_eval',
    'module_eval',
    '*.eval',
    '*.instance_eval',
    '*.class_eval',
    '*.module_eval',
  ],
  sql: [
    '*.execute',
    '*.exec_query',
    '*.exec',
    '*.query',
    '*.select_all',
    '*.find_by_sql',
    '*.async_exec',
    '*.run',
    '*.execute_batch',
    '*.exec_delete',
    '*.exec_update',
  ],
};

const PERL: Rows = {
  delete: ['unlink', '*.remove'],
  'delete-all': ['rmtree', 'remove_tree', 'dirremove', 'pathrmdir', 'pathempty', '*.rmtree', '*.remove_tree'],
  'empty-folder': ['rmdir'],
  overwrite: ['truncate', 'write_file', '*.spew', '*.spew_utf8'],
  modes: ['chmod', 'chown'],
  move: ['rename', 'move', 'mv'],
  copy: ['copy', 'cp', 'dircopy', 'fcopy', 'rcopy'],
  open: ['open', 'sysopen'],
  shell: ['`', 'readpipe'],
  'each-word': ['system', 'exec', 'IPC.Open3.open3', 'IPC.Open2.open2', 'capture', 'systemx', 'run'],
  code: ['eval'],
  sql: ['*.do', '*.prepare', '*.selectall_arrayref', '*.selectrow_array', '*.selectall_hashref', '*.query'],
};

const PHP: Rows = {
  delete: ['unlink', 'File.delete', 'Storage.delete'],
  'delete-all': ['File.deleteDirectory', 'File.cleanDirectory', 'Storage.deleteDirectory'],
  'empty-folder': ['rmdir'],
  overwrite: ['file_put_contents', 'ftruncate', 'File.put', 'copy_to'],
  modes: ['chmod', 'chown', 'chgrp'],
  move: ['rename', 'move_uploaded_file', 'File.move'],
  copy: ['copy', 'File.copy', 'File.copyDirectory'],
  read: ['file_get_contents', 'readfile', 'file'],
  open: ['fopen'],
  shell: ['exec', 'shell_exec', 'system', 'passthru', 'popen', '`'],
  words: ['proc_open', 'Process.run', 'Process.fromShellCommandline'],
  program: ['pcntl_exec'],
  code: ['eval', 'assert', 'create_function'],
  sql: [
    'mysqli_query',
    'mysqli_multi_query',
    'pg_query',
    'pg_send_query',
    'sqlite_exec',
    'mysql_query',
    '*.query',
    '*.exec',
    '*.multi_query',
    '*.prepare',
    'DB.statement',
    'DB.unprepared',
    'DB.delete',
    'DB.update',
    'DB.select',
    'DB.insert',
    '*.executeStatement',
    '*.executeQuery',
    '*.statement',
    '*.unprepared',
  ],
};

/** Lua, R, Elixir, Groovy. */
const OTHER: Rows = {
  delete: [
    'os.remove',
    'file.remove',
    'unlink',
    'File.rm',
    'File.rm!',
    'Files.delete',
    'Files.deleteIfExists',
    '*.delete',
    'lfs.unlink',
  ],
  'delete-all': [
    'File.rm_rf',
    'File.rm_rf!',
    'FileUtils.deleteDirectory',
    'FileUtils.cleanDirectory',
    '*.deleteDir',
    'fs.rmtree',
    'unlinkDirectory',
  ],
  'empty-folder': ['lfs.rmdir', 'File.rmdir', 'File.rmdir!'],
  overwrite: ['File.write', 'File.write!', 'writeLines', 'file.create'],
  move: ['os.rename', 'file.rename', 'File.rename', 'File.rename!'],
  copy: ['File.cp', 'File.cp!', 'File.cp_r'],
  shell: [
    'os.execute',
    'io.popen',
    'system',
    'shell',
    'System.shell',
    ':os.cmd',
    'os.cmd',
    'Runtime.getRuntime().exec',
    '*.execute',
  ],
  program: ['System.cmd', 'system2', 'processx.run'],
  open: ['io.open'],
  code: ['load', 'loadstring', 'dostring', 'Code.eval_string', 'evaluate', 'Eval.me', 'eval'],
};

const DOINGS: readonly Doing[] = [
  'delete',
  'delete-all',
  'empty-folder',
  'overwrite',
  'append',
  'modes',
  'move',
  'copy',
  'read',
  'open',
  'shell',
  'words',
  'program',
  'each-word',
  'code',
  'sql',
];

const TABLES: Readonly<Partial<Record<Language, ReadonlyMap<string, Doing>>>> = {
  python: compiled(PYTHON),
  javascript: compiled(JAVASCRIPT),
  ruby: compiled(RUBY),
  perl: compiled(PERL),
  php: compiled(PHP),
  other: compiled(OTHER),
};

export interface Known {
  readonly doing: Doing;
  /** It is done to what the method is called on. */
  readonly method: boolean;
}

/**
 * What a call does; undefined when nothing is known of it. In the table `*.name` is a method of anything, and `+.name` a
 * function whose module is not known, with a name that nothing else has.
 */
export function doingOf(language: Language, path: string): Known | undefined {
  const table = TABLES[language];
  if (table === undefined) return undefined;
  const plain = table.get(path);
  if (plain !== undefined) return { doing: plain, method: false };
  const dot = path.lastIndexOf('.');
  if (dot < 0) return undefined;
  const method = table.get(`*${path.slice(dot)}`);
  if (method !== undefined) return { doing: method, method: true };
  const anywhere = table.get(`+${path.slice(dot)}`);
  return anywhere === undefined ? undefined : { doing: anywhere, method: false };
}

/** Modules from which a name that nobody knows may be anything. */
export const DANGEROUS_MODULE =
  /^(?:os|shutil|subprocess|builtins|__builtins__|fs|child_process|FileUtils|File|Kernel|Dir|Process|Open3|Deno|rimraf|globalThis|pathlib)\.\?$/u;

function compiled(rows: Rows): ReadonlyMap<string, Doing> {
  const table = new Map<string, Doing>();
  for (const doing of DOINGS) for (const path of rows[doing] ?? []) table.set(path, doing);
  return table;
}
