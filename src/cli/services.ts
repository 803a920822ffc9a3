/** What commands need done: implemented by `daemon/`, so that commands only parse and render. */

import type { Tier } from '#action/environment';
import type { IssuedPlaceholder, Operations } from '#action/operations';
import type { LogReader, LogStorage } from '#record/storage';

export interface Where {
  /** `--config`; by default `firebreak.yaml` in this folder or the nearest above. */
  readonly config: string | undefined;
  /** `--state`; by default FIREBREAK_STATE, or `$XDG_STATE_HOME/firebreak`. */
  readonly state: string | undefined;
}

export interface Services {
  /** The running daemon's operations; without one, the same operations on the state folder itself. */
  connect(where: Where): Promise<Operations & { close(): Promise<void> }>;
  up(where: Where): Promise<RunningDaemon>;
  /** The configuration that `prepare` would keep; undefined when it would write one. */
  configuration(where: Where): string | undefined;
  /** Makes what is missing of configuration, state folder and vault; never overwrites. */
  prepare(where: Where, answers: InitAnswers): Promise<Prepared>;
  /** What would have to change in agents' settings for their calls to be decided on; nothing is changed yet. */
  agentHooks(where: Where, request: AgentHooksRequest): Promise<AgentHooksPlan>;
  /** What takes the hooks out of agents' settings again. */
  agentHooksUndo(where: Where, request: Pick<AgentHooksRequest, 'agents'>): Promise<AgentHooksPlan>;
  /** Opens the state folder for enrolment; nobody else may have it open. */
  enrolment(where: Where): Promise<EnrolmentDesk>;
  explainer(
    where: Where & { readonly environment: string | undefined },
  ): Promise<(line: string) => object | Promise<object>>;
  doctor(where: Where): Promise<readonly Finding[]>;
  /** Makes the three roles of a database, or the SQL for them. Needs the vault, and no daemon. */
  provisionDatabase(where: Where, request: ProvisionRequest): Promise<Provisioned>;
  /** Logs in with each of a database's credentials and says what is wrong with its role. */
  checkDatabase(where: Where, resource: string): Promise<readonly LaneCheck[]>;
  /** Starts an agent contained, or as contained as this machine can. Resolves with its exit status. */
  run(where: Where, request: RunRequest): Promise<number>;
  demo(options: { readonly yes: boolean; readonly json: boolean }): Promise<number>;
  log(where: Where): { readonly reader: LogReader; readonly publicKey: string };
  /** A folder with a log in it, anywhere. */
  logAt(folder: string): LogReader;
  emptyLogFolder(folder: string): Promise<LogStorage>;
}

export interface RunningDaemon {
  readonly operations: Operations;
  close(): Promise<void>;
}

export interface InitAnswers {
  readonly environments: readonly { readonly name: string; readonly protected: boolean }[];
  readonly postgres: readonly {
    readonly name: string;
    readonly environment: string;
    readonly host: string;
    readonly port: number;
    readonly database: string;
  }[];
  readonly railway: boolean;
  /** Undefined: the vault's key goes into a file of its own. */
  readonly passphrase: string | undefined;
}

export interface Prepared {
  readonly config: { readonly path: string; readonly written: boolean };
  readonly state: { readonly path: string; readonly written: boolean };
  readonly keyFile: string | undefined;
  /** Names of secrets that the configuration needs and the vault lacks. */
  readonly missingSecrets: readonly string[];
  /** Databases of which the vault lacks a credential. */
  readonly databases: readonly string[];
  readonly approvers: readonly string[];
}

/** Who can take a hook away again, strongest first: an administrator, the user, whoever changes the repository. */
export type HookLevel = 'managed' | 'user' | 'project';

export interface AgentHooksRequest {
  /** Undefined: all that are on this machine. */
  readonly agents: readonly string[] | undefined;
  /** Undefined: the strongest that can be written. */
  readonly level: HookLevel | undefined;
}

export interface AgentHooksPlan {
  readonly agents: readonly PlannedAgent[];
  /** All that changes, with what agents share. Empty: nothing is to be done. */
  readonly files: readonly PlannedFile[];
  /** @throws FirebreakError `SETTINGS_CHANGED`, and then nothing was changed */
  apply(): Promise<void>;
}

export interface PlannedAgent {
  readonly agent: string;
  readonly title: string;
  readonly version: string | undefined;
  readonly level: HookLevel | undefined;
  /** Why nothing can be done for it. */
  readonly problem: string | undefined;
  /** What a person should know or do. */
  readonly notes: readonly string[];
  readonly files: readonly PlannedFile[];
}

export interface PlannedFile {
  readonly agent: string;
  readonly level: HookLevel;
  readonly path: string;
  readonly kind: 'new' | 'changed' | 'removed';
  /** As `diff -u` shows it. */
  readonly diff: string;
}

export interface EnrolmentDesk {
  readonly approvers: readonly string[];
  /** Starts an enrolment; nothing is kept until `confirm`. An existing approver must vouch for a further one. */
  begin(
    approver: string,
    voucher: { readonly approver: string; readonly code: string } | undefined,
  ): Promise<{ readonly uri: string; readonly secret: string }>;
  confirm(code: string): Promise<void>;
  close(): Promise<void>;
}

export interface Finding {
  readonly level: 'ok' | 'warning' | 'problem';
  readonly what: string;
  readonly hint?: string | undefined;
}

export interface RunRequest {
  readonly command: readonly string[];
  readonly environments: readonly string[];
  readonly intent: string;
  readonly plan: boolean;
  /** `contained`: refuse to start when it cannot be reached. `advisory`: do not contain. */
  readonly tier: Tier | undefined;
  /** Folders beside the current one that a contained agent may change. */
  readonly writable: readonly string[];
}

export interface ProvisionRequest {
  readonly resource: string;
  /** Runs it; otherwise the SQL is for people to run. */
  readonly apply: boolean;
  /** Who may make roles: a secret of the vault, or a user with a password that was asked for. */
  readonly admin:
    | { readonly kind: 'secret'; readonly name: string }
    | { readonly kind: 'login'; readonly user: string; readonly password: string }
    | undefined;
  /** Empty: every schema that the administrator may grant on. */
  readonly schemas: readonly string[];
  readonly takeOwnership: boolean;
  /** Replaces secrets that are other roles' passwords. */
  readonly replace: boolean;
  readonly plainPasswords: boolean;
}

export interface Provisioned {
  readonly resource: string;
  readonly roles: Readonly<Record<DatabaseLane, string>>;
  /** Lines that `credentials` in firebreak.yaml lacks. */
  readonly configure: readonly string[];
  /** Undefined when it was applied. */
  readonly sql: string | undefined;
  readonly applied: boolean;
  /** What logging in as the three roles showed; empty unless applied. */
  readonly checks: readonly LaneCheck[];
  readonly placeholders: readonly IssuedPlaceholder[];
  /** What a person should know, in words. */
  readonly notes: readonly string[];
}

type DatabaseLane = 'read' | 'write' | 'owner';

/** What is wrong with the role of one lane of a database. */
export interface LaneCheck {
  readonly lane: DatabaseLane;
  /** Its secret; undefined: the configuration has none. */
  readonly secret: string | undefined;
  /** The role that logged in; undefined when none did. */
  readonly role: string | undefined;
  /** Nothing speaks against using it on a protected environment. */
  readonly fit: boolean;
  readonly findings: readonly {
    readonly severity: 'refuse' | 'warn';
    readonly what: string;
    readonly why: string;
    readonly fix: string;
  }[];
  /** What in the database reaches beyond a transaction. */
  readonly outside: readonly { readonly name: string; readonly why: string }[];
  /** Why it could not be checked. */
  readonly problem: string | undefined;
  readonly hint: string | undefined;
}
