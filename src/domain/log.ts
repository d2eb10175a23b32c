/**
 * Every key that may be logged. Keys say what happened to how many of what: ids, counts, times, names of our own.
 * None may ever carry a phone number, a name, a tag, a barcode, a document or a secret: think before adding one.
 */
export const LOGGABLE_KEYS = [
  // where and by whom
  'account',
  'check',
  'code',
  'component',
  'dialect',
  'every',
  'fence',
  'fax_id',
  'function_name',
  'holder',
  'is_repeat',
  'item_id',
  'kind',
  'landed_key',
  'observation',
  'operation',
  'pass',
  'period',
  'provider_request_id',
  'reason',
  'run_id',
  'setting',
  'source',
  'store',
  'stream',
  // how much
  'accepted_count',
  'announced_count',
  'applied_count',
  'attempt',
  'attempts',
  'byte_count',
  'call_count',
  'changed_count',
  'charged_cents',
  'differing_cents',
  'differing_count',
  'drift_count',
  'exception_count',
  'explained_cents',
  'explained_count',
  'failed_count',
  'folded_count',
  'given_up_count',
  'gone_count',
  'incomplete_count',
  'limit',
  'matched_cents',
  'matched_count',
  'new_count',
  'object_count',
  'open_count',
  'owed_cents',
  'rebuilt_count',
  'record_count',
  'refused_count',
  'remaining_count',
  'rejected_count',
  'retry_count',
  'row_count',
  'slice_count',
  'stale_count',
  'tested_cents',
  'tested_count',
  'unchanged_count',
  'unclear_count',
  'unloaded_count',
  'warn_count',
  'young_count',
  // when and how long
  'after',
  'age_ms',
  'before',
  'cursor',
  'due_at',
  'duration_ms',
  'lag_ms',
  'remaining_ms',
  'retry_after_ms',
  'wait_ms',
  'width_ms',
  // what went wrong
  'cause_code',
  'column',
  'constraint',
  'expected',
  'fault',
  'http_status',
  'last',
  'line',
  'migration',
  'network_code',
  'newest_known',
  'retryable',
  'script',
  'sql_state',
  'table',
  'updated',
] as const;

/** A key that may be logged. */
export type LoggableKey = (typeof LOGGABLE_KEYS)[number];

/** What is logged beside the message: one line, no nesting. */
export type LogKeys = { readonly [Key in LoggableKey]?: string | number | boolean | null | undefined };

/**
 * Where a run says what it did. Messages are constant and in the past tense ("slice landed"); what varies is in the keys.
 * One summary line a run; `error` takes the error itself, of which class, code and message of our own errors are kept.
 */
export interface Log {
  debug(message: string, keys?: LogKeys): void;
  info(message: string, keys?: LogKeys): void;
  warn(message: string, keys?: LogKeys, error?: unknown): void;
  error(message: string, error: unknown, keys?: LogKeys): void;
}
