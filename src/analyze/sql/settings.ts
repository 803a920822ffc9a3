import type { Verb } from '#action/effect';
import { settingName, shown, shownText } from './names.js';

export interface SettingJudgement {
  readonly verb: Extract<Verb, 'read' | 'configure' | 'grant'>;
  readonly explain: string;
  /** True when later texts on the connection may not be read by the server as they are read here. */
  readonly changesReading: boolean;
}

/** What a setting is set to: literals; undefined when the text does not show it; `default` for RESET and TO DEFAULT. */
export type SettingValue = readonly string[] | 'default' | undefined;

/**
 * Settings that only change speed, formats, time limits or messages of the own session, whatever the value. With row_security
 * off a statement fails where policies would filter rows; it shows nobody more (rls.c, `check_enable_rls`).
 */
const HARMLESS = new Set(
  `application_name array_nulls bytea_output check_function_bodies client_connection_check_interval client_min_messages
  constraint_exclusion cursor_tuple_fraction datestyle debug_pretty_print debug_print_parse debug_print_plan
  debug_print_rewritten default_statistics_target default_table_access_method default_tablespace
  default_text_search_config default_toast_compression default_transaction_deferrable default_transaction_isolation
  effective_cache_size effective_io_concurrency escape_string_warning extra_float_digits from_collapse_limit geqo
  gin_fuzzy_search_limit hash_mem_multiplier idle_in_transaction_session_timeout idle_session_timeout intervalstyle jit
  join_collapse_limit lc_messages lc_monetary lc_numeric lc_time lock_timeout maintenance_io_concurrency
  maintenance_work_mem max_parallel_maintenance_workers max_parallel_workers max_parallel_workers_per_gather
  min_parallel_index_scan_size min_parallel_table_scan_size parallel_leader_participation parallel_setup_cost
  parallel_tuple_cost plan_cache_mode quote_all_identifiers random_page_cost recursive_worktable_factor
  restrict_nonsystem_relation_kind row_security seed
  seq_page_cost
  statement_timeout stats_fetch_consistency synchronize_seqscans tcp_keepalives_count tcp_keepalives_idle
  tcp_keepalives_interval tcp_user_timeout temp_buffers temp_tablespaces timezone timezone_abbreviations
  transaction_deferrable transaction_isolation transaction_timeout work_mem xmlbinary xmloption`.split(/\s+/),
);
const HARMLESS_FAMILY = /^(?:enable|jit|geqo|cpu)_[a-z_]+$/;

const ON = /^(?:on|true|t|yes|y|1)$/i;

/** Settings whose value decides. */
const HARMLESS_VALUE: ReadonlyMap<string, (values: readonly string[]) => boolean> = new Map([
  ['standard_conforming_strings', isOn],
  // Any other encoding lets a byte of a character be read as a quote or a backslash.
  ['client_encoding', (values) => values.every((value) => /^(?:utf-?8|unicode|sql_ascii)$/i.test(value))],
  ['default_transaction_read_only', isOn],
  ['transaction_read_only', isOn],
  ['synchronous_commit', (values) => values.every((value) => ON.test(value) || /^remote_apply$/i.test(value))],
  ['search_path', keepsBuiltinsFirst],
]);

/** Settings that decide how a text is read. */
const READING = new Set(['standard_conforming_strings', 'client_encoding', 'backslash_quote']);
const IDENTITY = new Set(['role', 'session_authorization']);

/** What they do, for the card. */
const MEANING: ReadonlyMap<string, string> = new Map([
  ['session_replication_role', 'switches triggers and foreign keys on or off'],
  ['default_transaction_read_only', 'lets transactions write'],
  ['transaction_read_only', 'lets this transaction write'],
  ['standard_conforming_strings', 'changes how the server reads backslashes in texts'],
  ['backslash_quote', 'changes how the server reads backslashes in texts'],
  ['client_encoding', 'changes how the server reads the bytes of texts'],
  ['search_path', 'lets other functions take the place of built-in ones'],
  ['synchronous_commit', 'lets a crash lose what was committed'],
]);

/** Judges a change of a session's setting, by SET, RESET or set_config. Names are case-insensitive (guc.c, `find_option`). */
export function judgeSetting(givenName: string, value: SettingValue): SettingJudgement {
  const name = givenName.toLowerCase();
  if (IDENTITY.has(name)) {
    const role = value === 'default' || value === undefined ? 'another role' : `role ${value.map(shown).join(', ')}`;
    return { verb: 'grant', explain: `makes the session act as ${role}`, changesReading: false };
  }
  if (isHarmless(name, value)) {
    return { verb: 'read', explain: `sets ${settingName(name)} for this session`, changesReading: false };
  }
  const meaning = MEANING.get(name);
  const to = value === undefined || value === 'default' ? '' : ` to ${value.map(shownText).join(', ')}`;
  return {
    verb: 'configure',
    explain: `sets ${settingName(name)}${to} for this session${meaning === undefined ? '' : `, which ${meaning}`}`,
    changesReading: READING.has(name),
  };
}

function isHarmless(name: string, value: SettingValue): boolean {
  if (HARMLESS.has(name) || HARMLESS_FAMILY.test(name)) return true;
  // Whose default it returns to is the role's: ALTER ROLE may have set it to anything but a shadowing path, and to no less
  // than the session began with.
  if (value === 'default') return name === 'search_path' || name === 'default_transaction_read_only';
  return value !== undefined && HARMLESS_VALUE.get(name)?.(value) === true;
}

function isOn(values: readonly string[]): boolean {
  return values.every((value) => ON.test(value));
}

/**
 * pg_catalog is searched first unless the path names it later (PostgreSQL manual, 5.10.5). A schema on the path may still
 * hold a better-matching overload of a built-in function (CVE-2018-1058): making one is an act of its own.
 */
function keepsBuiltinsFirst(values: readonly string[]): boolean {
  const schemas = values
    .flatMap((value) => value.split(','))
    .map((part) => part.trim().replaceAll('"', '').toLowerCase());
  return schemas.lastIndexOf('pg_catalog') <= 0;
}
