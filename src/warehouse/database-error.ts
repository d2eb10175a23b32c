import { type ErrorContext, FaxsyncError } from '../domain/errors.ts';

/**
 * What a database failure asks for.
 * - `conflict`: another transaction was in the way; do the whole transaction again (at most 3 times).
 * - `connection`: the session is lost or could not be had; new connection, same batch.
 * - `failover`: we talk to a server that became read-only; drop the pool's connections, then again.
 * - `lock_timeout`: a lock was not to be had in the time allowed; later, with jitter.
 * - `statement_timeout`: a statement took longer than allowed; later, with jitter.
 * - `credentials`: the server does not let us in; a fresh password once, then an operator.
 * - `storage`: the disk is full; an operator.
 * - `bad_value`: a row holds what the database cannot take; split the batch, set the row aside, go on.
 * - `our_bug`: must never happen in a release; fail loudly.
 */
export type WarehouseFailure =
  | 'conflict'
  | 'connection'
  | 'failover'
  | 'lock_timeout'
  | 'statement_timeout'
  | 'credentials'
  | 'storage'
  | 'bad_value'
  | 'our_bug';

/**
 * A failure of the database, without the driver's detail, parameters, context and values: they quote rows.
 * Code `warehouse_<failure>`; `context` carries table, constraint and column where the server named them.
 */
export class WarehouseError extends FaxsyncError {
  readonly failure: WarehouseFailure;
  /** Five characters, or null where the failure came from the network or the driver. */
  readonly sqlState: string | null;

  constructor(message: string, failure: WarehouseFailure, sqlState: string | null, context: ErrorContext = {}) {
    super(message, { code: `warehouse_${failure}`, retryable: RETRYABLE.has(failure), context });
    this.failure = failure;
    this.sqlState = sqlState;
  }
}

const RETRYABLE: ReadonlySet<WarehouseFailure> = new Set([
  'conflict',
  'connection',
  'failover',
  'lock_timeout',
  'statement_timeout',
]);

/** What is said about each failure, and what to do. */
const ADVICE: Readonly<Record<WarehouseFailure, string>> = {
  conflict: 'Another transaction was in the way; the work is done again.',
  connection: 'The database cannot be reached; check that it runs and that FAXSYNC_DATABASE_URL points to it.',
  failover: 'The server is read-only, probably after a failover; the work is done again on a new connection.',
  lock_timeout: 'Another session held a lock longer than allowed; the work is done again later.',
  statement_timeout: 'A statement took longer than the time allowed; the work is done again later.',
  credentials:
    'The database refuses the login; check user, password and database name in FAXSYNC_DATABASE_URL, or of a login by IAM its rights.',
  storage: "The database's disk is full; enlarge it, then run again.",
  bad_value: 'The database cannot take a value; the record is set aside.',
  our_bug: 'This is a defect of faxsync or a schema it does not know; run "faxsync migrate", else report it.',
};

/** SQLSTATEs that differ from the rest of their class. */
const BY_STATE: Readonly<Record<string, WarehouseFailure>> = {
  '21000': 'our_bug',
  '23502': 'bad_value',
  '23505': 'conflict', // the rival's row is seen when the transaction is done again
  '23514': 'bad_value',
  '25006': 'failover',
  '25P03': 'connection',
  '3D000': 'credentials',
  '40003': 'connection',
  '53100': 'storage',
  '54000': 'bad_value', // a text too long for an index
  '54001': 'bad_value', // JSON nested too deep
  '55P03': 'lock_timeout',
  '57014': 'statement_timeout',
  '08P01': 'our_bug',
};

/** The rest, by the first two characters of the SQLSTATE. */
const BY_CLASS: Readonly<Record<string, WarehouseFailure>> = {
  '08': 'connection',
  '22': 'bad_value',
  '28': 'credentials',
  '40': 'conflict',
  '53': 'connection',
  '57': 'connection',
  '58': 'connection',
};

/** What an SQLSTATE asks for; `our_bug` for every one not listed. */
export function failureOfSqlState(sqlState: string): WarehouseFailure {
  return BY_STATE[sqlState] ?? BY_CLASS[sqlState.slice(0, 2)] ?? 'our_bug';
}

const NETWORK_CODE = /^(E[A-Z]{3,}|EAI_[A-Z]+)$/;
const LOST_CONNECTION =
  /connection terminated|connection timeout|timeout exceeded when trying to connect|not queryable/i;

/** The parts of a driver's error that hold no values. */
interface DriverError {
  readonly code: string;
  readonly message: string;
  readonly table: string | undefined;
  readonly column: string | undefined;
  readonly constraint: string | undefined;
  readonly frames: string;
}

function readDriverError(error: unknown): DriverError {
  const fields: Partial<Record<string, unknown>> = typeof error === 'object' && error !== null ? { ...error } : {};
  const text = (value: unknown) => (typeof value === 'string' ? value : undefined);
  const stack = error instanceof Error ? (error.stack ?? '') : '';
  return {
    code: text(fields['code']) ?? '',
    message: error instanceof Error ? error.message : '',
    table: text(fields['table']),
    column: text(fields['column']),
    constraint: text(fields['constraint']),
    frames: stack
      .split('\n')
      .filter((line) => /^\s+at /.test(line))
      .join('\n'),
  };
}

/**
 * Turns whatever a database call threw into an error that may be shown and logged; a {@link FaxsyncError} comes back as it is.
 * The original is not kept as `cause`, since its detail quotes values; only the frames of its stack are.
 */
export function toWarehouseError(error: unknown): FaxsyncError {
  if (error instanceof FaxsyncError) return error;
  const seen = readDriverError(error);
  const result = translate(seen);
  if (seen.frames !== '') result.stack = `${result.name}: ${result.message}\n${seen.frames}`;
  return result;
}

function translate({ code, message, table, column, constraint }: DriverError): WarehouseError {
  const context = { table, column, constraint };
  if (/^[0-9A-Z]{5}$/.test(code) && /[0-9]/.test(code)) {
    const failure = failureOfSqlState(code);
    const on = [table && `table ${table}`, constraint && `constraint ${constraint}`, column && `column ${column}`];
    const where = on.filter(Boolean).join(', ');
    // Messages of class 42 name identifiers of our own statements, never values, and nothing else explains them.
    const why = code.startsWith('42') ? ` The server says: ${message}.` : '';
    const text = `Database error ${code}${where === '' ? '' : ` on ${where}`}. ${ADVICE[failure]}${why}`;
    return new WarehouseError(text, failure, code, { sql_state: code, ...context });
  }
  if (NETWORK_CODE.test(code) || LOST_CONNECTION.test(message)) {
    const what = code === '' ? 'The connection to the database was lost' : `Database connection failed (${code})`;
    return new WarehouseError(`${what}. ${ADVICE.connection}`, 'connection', null, { network_code: code });
  }
  return new WarehouseError(`A database call failed inside faxsync. ${ADVICE.our_bug}`, 'our_bug', null);
}

/** The reason for which the database refused a value, or null where the failure was something else. */
export function badValueReason(error: unknown): string | null {
  const failure = toWarehouseError(error);
  return failure instanceof WarehouseError && failure.failure === 'bad_value' ? (failure.sqlState ?? 'value') : null;
}
