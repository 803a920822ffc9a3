/**
 * What the knowledge of one tool says of one invocation. Tools only name things here; `effects/` decides what they come to
 * (in which environment, undoable or not), and the walk follows what runs something else.
 */
import type { Verb } from '#action/effect';
import type { GitPart } from '#action/local-loss';
import type { Argument } from './argument.js';
import type { Input } from './invocation.js';

export type Finding =
  | FilesFinding
  | LinkFinding
  | GitFinding
  | EffectFinding
  | CommandFinding
  | ShellFinding
  | CodeFinding
  | ScriptFinding
  | TaskFinding
  | SqlFinding
  | HttpFinding
  | OpaqueFinding;

/** It does something to files at a path given as an argument. */
export interface FilesFinding {
  readonly kind: 'files';
  /**
   * `delete`: removes it, and what is below when `recursive`. `empty`: removes a folder only when it is empty. `overwrite`:
   * replaces or truncates what is there. `edit`: changes it in place. `modes`: changes owner, group, mode or attributes.
   * `move`: it is no longer at this path. `place`: makes a new name here (the target of a copy or move), over what is there.
   * `read`: reads its content.
   */
  readonly act: 'delete' | 'empty' | 'overwrite' | 'edit' | 'append' | 'modes' | 'move' | 'place' | 'read';
  readonly path: Argument;
  readonly recursive: boolean;
  /** Of `place`: when a link lies there, it is written through, as by cp(1). */
  readonly through?: true | undefined;
  /** In words when the act alone does not say it: `deletes files older than a week`. Third person, no final period. */
  readonly explain?: string | undefined;
}

/** It makes a name under which something else can be reached: ln(1), `cp -l`, `mount --bind`. */
export interface LinkFinding {
  readonly kind: 'link';
  readonly at: Argument;
  /** A symbolic link's starts at the folder of `at`. */
  readonly to: Argument;
  readonly how: 'symbolic' | 'hard' | 'mount';
}

/** It takes away work or history of the git repository of the folder. */
export interface GitFinding {
  readonly kind: 'git';
  /** None: it puts work into the repository, from where a later command may lose it. */
  readonly loses: readonly GitPart[];
  /** `-C`, `--work-tree`: relative to the invocation's folder. */
  readonly folder?: Argument | undefined;
  readonly explain: string;
}

/** It does something to anything else than files. */
export interface EffectFinding {
  readonly kind: 'effect';
  readonly verb: Verb;
  readonly resource: { readonly kind: string; readonly name: string };
  /** `local`: on this machine. `remote`: elsewhere; in which environment only the configuration may tell. */
  readonly place: 'local' | 'remote';
  /** The environment as the command itself names it (`--environment staging`), when it does. */
  readonly environment?: Argument | undefined;
  /** By its nature: `yes` when the same tool brings it back easily, `no` when nothing does. Absent: not known. */
  readonly reversible?: 'yes' | 'no' | undefined;
  /** How many objects, when the command says so. */
  readonly count?: number | undefined;
  /** One sentence in the third person, without a final period. */
  readonly explain: string;
}

/** It starts another program with these words: `sudo`, `env`, `xargs`, `timeout`... */
export interface CommandFinding {
  readonly kind: 'command';
  readonly words: readonly Argument[];
  readonly input?: Input | undefined;
  /** Replaced when it changes folder first. */
  readonly folder?: Argument | undefined;
  readonly variables?: ReadonlyMap<string, Argument> | undefined;
  /** In words, where it runs, when that is not this machine's own file system: `on host db1`, `in the container web`. */
  readonly elsewhere?: string | undefined;
  /** Who runs it: `sudo`, `find -exec`. */
  readonly by: string;
}

/** It has a shell run this text: `bash -c`, `ssh host '...'`, `watch '...'`. */
export interface ShellFinding {
  readonly kind: 'shell';
  readonly text: Argument;
  /** `$0`, `$1`, ... */
  readonly parameters?: readonly Argument[] | undefined;
  readonly elsewhere?: string | undefined;
  readonly folder?: Argument | undefined;
  /** It runs at the root of the repository. */
  readonly atRoot?: true | undefined;
  readonly by: string;
}

/** It runs this program text. */
export interface CodeFinding {
  readonly kind: 'code';
  readonly language: Language;
  readonly text: Argument;
  /** The words that it is started with. */
  readonly args?: readonly Argument[] | undefined;
  readonly by: string;
}

export type Language =
  | 'python'
  | 'javascript'
  | 'ruby'
  | 'perl'
  | 'php'
  | 'awk'
  | 'powershell'
  | 'applescript'
  | 'other';

/** It runs the program in this file. */
export interface ScriptFinding {
  readonly kind: 'script';
  readonly path: Argument;
  readonly language: Language | 'shell' | 'sql';
  /** Of a text of SQL; `postgres` when absent. */
  readonly dialect?: SqlFinding['dialect'] | undefined;
  readonly args: readonly Argument[];
  readonly by: string;
}

/** It runs a task that a file of the project defines: an npm script, a target of make or just. */
export interface TaskFinding {
  readonly kind: 'task';
  readonly runner: 'npm' | 'make' | 'just';
  /** Absent: the default one (make, just). */
  readonly task?: Argument | undefined;
  /** `--prefix`, `-C`: the folder of the file that defines it. */
  readonly folder?: Argument | undefined;
  /** `-f`: the file that defines it. */
  readonly file?: Argument | undefined;
  readonly args: readonly Argument[];
}

/** It sends this text to a database. */
export interface SqlFinding {
  readonly kind: 'sql';
  readonly dialect: 'postgres' | 'mysql' | 'sqlite' | 'other';
  readonly text: Argument;
  /** Of SQLite: the database is a file. */
  readonly file?: Argument | undefined;
  /** Who sends it: `psql`. */
  readonly by: string;
}

/** It sends a request. */
export interface HttpFinding {
  readonly kind: 'http';
  readonly method: string;
  readonly url: Argument;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Argument | undefined;
}

/**
 * It may do harm, and nobody can tell from its text: an unknown word at the place of a command, code that is computed.
 * FAIL-CLOSED: what cannot be read and could do harm waits for a person.
 */
export interface OpaqueFinding {
  readonly kind: 'opaque';
  readonly explain: string;
}
