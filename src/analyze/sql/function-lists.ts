// Judgements on PostgreSQL's own functions, on top of the generated lists.

/** Volatile by declaration, but without any effect outside the value that they return. */
export const HARMLESS_VOLATILE = new Set(
  `array_sample array_shuffle bernoulli clock_timestamp current_query currval gen_random_uuid lastval pg_blocking_pids
  pg_collation_actual_version pg_current_logfile pg_current_wal_flush_lsn pg_current_wal_insert_lsn pg_current_wal_lsn
  pg_database_collation_actual_version pg_database_size pg_get_backend_memory_contexts pg_get_multixact_members
  pg_get_sequence_data pg_get_shmem_allocations pg_get_wait_events pg_get_wal_replay_pause_state pg_indexes_size
  pg_is_in_recovery pg_is_wal_replay_paused pg_jit_available pg_last_committed_xact pg_last_wal_receive_lsn
  pg_last_wal_replay_lsn pg_last_xact_replay_timestamp pg_lock_status pg_notification_queue_usage pg_partition_ancestors
  pg_partition_tree pg_prepared_xact pg_relation_size pg_replication_origin_progress
  pg_replication_origin_session_is_setup pg_safe_snapshot_blocking_pids pg_sequence_last_value
  pg_show_replication_origin_status pg_stat_get_backend_io pg_stat_get_backend_wal pg_stat_get_io
  pg_stat_get_recovery_prefetch pg_stat_get_xact_blocks_fetched pg_stat_get_xact_blocks_hit
  pg_stat_get_xact_function_calls pg_stat_get_xact_function_self_time pg_stat_get_xact_function_total_time
  pg_stat_get_xact_numscans pg_stat_get_xact_tuples_deleted pg_stat_get_xact_tuples_fetched
  pg_stat_get_xact_tuples_hot_updated pg_stat_get_xact_tuples_inserted pg_stat_get_xact_tuples_newpage_updated
  pg_stat_get_xact_tuples_returned pg_stat_get_xact_tuples_updated pg_stat_have_stats pg_table_size pg_tablespace_size
  pg_total_relation_size pg_xact_commit_timestamp pg_xact_status random random_normal setseed system timeofday txid_status
  uuidv4 uuidv7`.split(/\s+/),
);

/**
 * What is known of functions that are not simply values: the end of `calls pg_read_file(), ...`. Each is held as unknown;
 * the first match speaks. Some of them are stable by declaration, which is why this list is asked before the generated one.
 */
export const DENIED: readonly (readonly [name: RegExp, meaning: string])[] = [
  [/^(?:query|cursor)_to_xml/, 'which runs the SQL text that it is given'],
  [/^(?:table|schema|database)_to_xml/, 'which reads tables that it is given as text'],
  [/^ts_stat$|^ts_rewrite$/, 'which may run an SQL text that it is given'],
  [/^pg_read_|^pg_ls_|^pg_stat_file$|^pg_hba_file|^pg_ident_file|^pg_show_all_file/, "which reads the server's files"],
  [/^lo_|^loread$|^lowrite$/, "which works on large objects or on the server's files"],
  [/^pg_(?:terminate|cancel)_backend$/, "which breaks another session's work off"],
  [/^dblink/, 'which runs a statement on another server'],
  [
    /^pg_logical_|^pg_replication_(?:slot|origin_(?!oid|progress))|^pg_(?:create|drop|copy)_\w*replication_slot/,
    'which changes how the database is replicated',
  ],
  [/^pg_(?:switch|create_restore|backup|promote|wal_replay|log_standby)/, "which steers the server's log or recovery"],
  [/^pg_reload_conf$|^pg_rotate_logfile$/, 'which makes the server read its configuration or logs anew'],
  [/^pg_stat_(?:reset|clear|force)|^pg_(?:clear|restore)_\w+_stats$/, 'which changes statistics'],
  [/^pg_export_snapshot$/, 'which leaves a snapshot open to other sessions'],
  [/^currtid/, 'which reads a table that it is given as text'],
  [/^(?:brin|gin)_/, 'which works on an index'],
  [/^binary_upgrade_/, 'which changes the system catalogs'],
];

/** Advisory locks hold nothing up but other users of the same lock, and end with the session. */
export const ADVISORY_LOCK = /^pg_(?:try_)?advisory_(?:xact_)?(?:un)?lock/;
export const SLEEP = /^pg_sleep(?:_for|_until)?$/;
