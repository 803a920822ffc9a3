import type { Dialect, SqlToken } from './sql-tokens.js';

/** Statements that only look at something, or change only this connection, by their first words. */
const READS: Readonly<Record<Exclude<Dialect, 'postgres'>, RegExp>> = {
  mysql:
    /^(?:SHOW|DESCRIBE|DESC|USE|HELP|STATUS|CHECK TABLE|CHECKSUM|LOCK TABLES?|UNLOCK TABLES|EXPLAIN(?! ANALYZE)|ANALYZE|OPTIMIZE|SET(?! (?:GLOBAL|PERSIST|PERSIST_ONLY|PASSWORD|DEFAULT|ROLE|RESOURCE|@@GLOBAL|@@PERSIST\w*))|DELIMITER|WARNINGS|NOWARNING|TEE|NOTEE|PAGER|CONNECT)(?: |$)/iu,
  sqlite:
    /^(?:EXPLAIN(?! ANALYZE)|DESCRIBE|DESC|SUMMARIZE|SHOW|USE|ATTACH|DETACH|VACUUM|REINDEX|ANALYZE|CHECKPOINT|INSTALL|LOAD|SAVEPOINT|RELEASE|PRAGMA(?! (?:\w+ \. )?writable_schema)|SET|RESET)(?: |$)/iu,
  other:
    /^(?:SHOW|DESCRIBE|DESC|USE|HELP|EXPLAIN(?! ANALYZE)|LIST|CONSISTENCY|TRACING|PAGING|EXPAND|SOURCE|LOGIN|PRINT|ANALYZE|SET(?! (?:GLOBAL|CLUSTER|SYSTEM|PASSWORD))|EXISTS|CHECK TABLE|SUMMARIZE|WAITFOR)(?: |$)/iu,
};

export function isRead(tokens: readonly SqlToken[], dialect: Exclude<Dialect, 'postgres'>): boolean {
  if (tokens.some(({ kind }) => kind === 'odd')) return false;
  const words = tokens.slice(0, 4).map(({ text }) => text);
  return READS[dialect].test(words.join(' '));
}

/**
 * Functions of other dialects that compute something of what they are given, or read files for a table. PostgreSQL has none of
 * these names. What is not here stays a function that nobody knows.
 */
const HARMLESS_FUNCTIONS = new Set(
  (
    'ifnull if isnull nvl nvl2 iff concat_ws group_concat instr locate field find_in_set substring_index lcase ucase ' +
    'date_format date_add date_sub datediff timestampdiff timestampadd str_to_date unix_timestamp from_unixtime curdate curtime ' +
    'sysdate utc_timestamp utc_date dayname monthname dayofweek dayofmonth dayofyear weekday yearweek week weekofyear quarter ' +
    'year month day hour minute second microsecond last_day makedate maketime time_to_sec sec_to_time to_days from_days ' +
    'json_extract json_unquote json_object json_array json_contains json_length json_keys json_type json_valid json_arrayagg ' +
    'json_objectagg json_each json_tree json_group_array json_group_object json inet_aton inet_ntoa uuid uuid_short ' +
    'last_insert_id found_rows row_count database schema connection_id hex unhex bin oct conv crc32 sha sha1 sha2 ' +
    'truncate rand pow log2 ceiling elt make_set export_set space strcmp soundex quote bit_count any_value std stddev ' +
    'variance group_concat_max_len format convert binary char char_length length octet_length mid ' +
    'strftime julianday unixepoch datetime typeof total changes total_changes last_insert_rowid sqlite_version printf iif likely ' +
    'unlikely randomblob zeroblob unicode glob like rowid pragma_table_info pragma_table_list pragma_index_list ' +
    'read_csv read_csv_auto read_parquet parquet_scan read_json read_json_auto read_text glob range list list_value struct_pack ' +
    'approx_count_distinct countif count_if sumif uniq uniqexact toyyyymm todate tostring touint32 today yesterday arrayjoin ' +
    'getdate getutcdate dateadd datepart datename len charindex patindex newid object_id object_name db_name db_id ' +
    'schema_name suser_name serverproperty isnumeric try_cast try_convert stuff datefromparts eomonth format_date ' +
    'parse_date timestamp_trunc date_diff timestamp_diff safe_cast safe_divide generate_array array_length token toDateTime ' +
    'writetime ttl todate minute_of arrayMap formatReadableSize formatReadableQuantity duckdb_tables duckdb_columns version_comment'
  )
    .toLowerCase()
    .split(' '),
);

export function isHarmlessFunction(name: string): boolean {
  return HARMLESS_FUNCTIONS.has(name.toLowerCase());
}
