import pg from 'pg';
import { toWarehouseError } from './database-error.ts';
import { firstWord } from './sql-first-word.ts';

/** A column of an answer. */
export interface SqlColumn {
  readonly name: string;
  /** Set to the right: whole and decimal numbers. */
  readonly isNumeric: boolean;
}

/** Cells as Postgres writes them; null where there is no value. */
export type SqlRow = ReadonlyArray<string | null>;

/** Takes an answer piece by piece. */
export interface SqlSink {
  /** Comes first, also where no row follows. */
  begin(columns: readonly SqlColumn[]): void;
  /** Takes some rows; false: it wants no more. */
  take(rows: readonly SqlRow[]): Promise<boolean>;
}

/** Why the server did not do what was asked. It is told to who asked and to nobody else: it may quote values. */
export interface SqlRefusal {
  readonly sqlState: string;
  readonly message: string;
  readonly detail: string | null;
  readonly hint: string | null;
  /** Character of the statement, from 1 on, at which it stopped; null where it does not say. */
  readonly position: number | null;
}

/** How a statement ended; `isWhole` is false where the sink wanted no more. */
export type SqlOutcome =
  | { readonly kind: 'rows'; readonly count: number; readonly isWhole: boolean }
  | { readonly kind: 'done'; readonly command: string }
  | ({ readonly kind: 'refused' } & SqlRefusal);

/** How a session is made. */
export interface SqlSessionOptions {
  /** Longest time a statement may take. */
  readonly timeoutMs: number;
  /** Told of what the server says beside its answers. */
  readonly onNotice?: (text: string) => void;
}

/** What a session of SQL begins with; the limits are there so that one forgotten does not hold up the mirror. */
export const SQL_SETTINGS: readonly string[] = [
  'default_transaction_read_only = on',
  'search_path = report, warehouse',
  `timezone = 'UTC'`,
  `datestyle = 'ISO, YMD'`,
  'jit = off',
  `lock_timeout = '10s'`,
  `idle_in_transaction_session_timeout = '15min'`,
];

/** Rows that are fetched at a time: all that memory ever holds. */
const ROWS_AT_ONCE = 1_000;
/** What a cursor can be declared for: these have answers of any size. */
const READS: ReadonlySet<string> = new Set(['select', 'with', 'values', 'table']);
const CURSOR = 'declare faxsync_rows no scroll cursor for ';
/** As the server says it. */
const CANCELLED: SqlOutcome = {
  kind: 'refused',
  sqlState: '57014',
  message: 'canceling statement due to user request',
  detail: null,
  hint: null,
  position: null,
};
/** smallint, integer, bigint, real, double precision, numeric. */
const NUMBERS: ReadonlySet<number> = new Set([20, 21, 23, 700, 701, 1700]);
/** Every value as the server writes it. */
const TEXTS: pg.CustomTypesConfig = { getTypeParser: () => String };

/**
 * Statements of somebody who reads, each in a read-only transaction of its own that nothing in it can leave: the server is asked a first question before, after which
 * it lets nobody make it writable, and takes one statement at a time, since that is all the extended protocol has. What holds beyond that is the login's rights ({@link openSqlLogin}).
 */
export class SqlSession {
  readonly #url: string;
  readonly #options: SqlSessionOptions;
  #client: pg.Client | null = null;
  #pid: number | null = null;
  #isRunning = false;
  #isCancelled = false;
  #isStopped = false;

  constructor(url: string, options: SqlSessionOptions) {
    this.#url = url;
    this.#options = options;
  }

  /** Whether a statement is under way. */
  get isRunning(): boolean {
    return this.#isRunning;
  }

  /**
   * Runs one statement without its semicolon and gives the rows to `sink`.
   * @throws {WarehouseError} where the connection is lost or cannot be had; the next statement connects anew. What `sink` throws comes through.
   */
  async run(text: string, sink: SqlSink): Promise<SqlOutcome> {
    this.#isRunning = true;
    this.#isCancelled = this.#isStopped;
    try {
      const word = firstWord(text);
      if (word === 'copy')
        return refusal('42601', 'COPY is not for this prompt.', 'Rows as CSV: \\csv FILE, or --csv.');
      if (this.#isStopped) return CANCELLED;
      const client = await this.#connected();
      return await this.#inReadOnly(client, () =>
        READS.has(word) ? this.#readRows(client, text, sink) : ask(client, text, sink),
      );
    } finally {
      this.#isRunning = false;
    }
  }

  /** Rows of a question of our own about the catalogue. @throws {WarehouseError} */
  async query<Row extends pg.QueryResultRow>(text: string, values: readonly unknown[] = []): Promise<Row[]> {
    const client = await this.#connected();
    try {
      return (await client.query<Row>(text, [...values])).rows;
    } catch (error) {
      throw toWarehouseError(error);
    }
  }

  /** Connects, where it is not connected yet. @throws {WarehouseError} */
  async connect(): Promise<void> {
    await this.#connected();
  }

  /** Has the server end the statement that is under way; it then comes back as refused. */
  async cancel(): Promise<void> {
    const pid = this.#pid;
    if (!this.#isRunning) return;
    // Between two pieces of an answer the server has nothing to end.
    this.#isCancelled = true;
    if (pid === null) return;
    const other = this.#newClient();
    try {
      await other.connect();
      if (this.#isRunning) await other.query('select pg_cancel_backend($1)', [pid]);
    } catch {
      // It ends by its time limit then.
    } finally {
      await other.end().catch(() => undefined);
    }
  }

  /** Has the statement that is under way end, and lets no further one begin. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.cancel();
  }

  /** Ends the connection. */
  async close(): Promise<void> {
    const client = this.#client;
    this.#client = null;
    await client?.end().catch(() => undefined);
  }

  #newClient(): pg.Client {
    const client = new pg.Client({
      connectionString: this.#url,
      application_name: 'faxsync-sql',
      connectionTimeoutMillis: 20_000,
    });
    // Without a listener a connection that is lost between two statements would end the process.
    client.on('error', () => {
      if (this.#client === client) this.#client = null;
    });
    return client;
  }

  async #connected(): Promise<pg.Client> {
    if (this.#client !== null) return this.#client;
    const client = this.#newClient();
    try {
      await client.connect();
      const answers = await client.query(
        `${SQL_SETTINGS.map((setting) => `set ${setting}; `).join('')}select pg_backend_pid() as pid`,
      );
      this.#pid = pidOf(answers);
    } catch (error) {
      await client.end().catch(() => undefined);
      throw toWarehouseError(error);
    }
    client.on('notice', ({ message }) => this.#options.onNotice?.(message ?? ''));
    this.#client = client;
    return client;
  }

  async #inReadOnly(client: pg.Client, work: () => Promise<SqlOutcome>): Promise<SqlOutcome> {
    let end = 'rollback';
    try {
      await client.query(
        `begin isolation level repeatable read read only; set local statement_timeout = ${Math.ceil(this.#options.timeoutMs)};
        set local cursor_tuple_fraction = 1; select 1`,
      );
      const outcome = await work();
      // Committed, so that a setting such as the time zone stays.
      if (outcome.kind !== 'refused') end = 'commit';
      return outcome;
    } catch (error) {
      throw toWarehouseError(error);
    } finally {
      // Locks that a function takes beyond its transaction would hold up the mirror.
      await client.query(`${end}; select pg_advisory_unlock_all()`).catch(() => this.#give(client));
    }
  }

  async #readRows(client: pg.Client, text: string, sink: SqlSink): Promise<SqlOutcome> {
    try {
      await client.query(alone(CURSOR + text));
    } catch (error) {
      return refused(error, CURSOR.length);
    }
    for (let count = 0; ; ) {
      const fetched = this.#isCancelled ? CANCELLED : await fetchRows(client);
      if ('kind' in fetched) return fetched;
      if (count === 0) sink.begin(columnsOf(fetched));
      const { rows } = fetched;
      if (rows.length === 0) return { kind: 'rows', count, isWhole: true };
      count += rows.length;
      if (!(await sink.take(rows))) return { kind: 'rows', count, isWhole: false };
      if (rows.length < ROWS_AT_ONCE) return { kind: 'rows', count, isWhole: true };
    }
  }

  /** Gives up a connection that is of no use any more. */
  async #give(client: pg.Client): Promise<void> {
    if (this.#client === client) this.#client = null;
    await client.end().catch(() => undefined);
  }
}

/** A statement by the extended protocol, which takes no second one behind it. */
function alone(text: string): pg.QueryArrayConfig {
  const config = { text, queryMode: 'extended', rowMode: 'array' as const, types: TEXTS };
  return config;
}

async function fetchRows(client: pg.Client): Promise<pg.QueryArrayResult<Array<string | null>> | SqlOutcome> {
  try {
    const fetch = { text: `fetch ${ROWS_AT_ONCE} from faxsync_rows`, rowMode: 'array' as const, types: TEXTS };
    return await client.query<Array<string | null>>(fetch);
  } catch (error) {
    return refused(error, 0, false);
  }
}

/** What has a short answer, or none: `show`, `explain`, `set`. */
async function ask(client: pg.Client, text: string, sink: SqlSink): Promise<SqlOutcome> {
  try {
    const answer = await client.query<Array<string | null>>(alone(text));
    if (answer.fields.length === 0) return { kind: 'done', command: answer.command ?? '' };
    sink.begin(columnsOf(answer));
    const isWhole = await sink.take(answer.rows);
    return { kind: 'rows', count: answer.rows.length, isWhole };
  } catch (error) {
    return refused(error, 0);
  }
}

function columnsOf({ fields }: pg.QueryArrayResult): SqlColumn[] {
  return fields.map(({ name, dataTypeID }) => ({ name, isNumeric: NUMBERS.has(dataTypeID) }));
}

/** @throws {WarehouseError} where it was no answer of the server. */
function refused(error: unknown, prefix: number, hasPosition = true): SqlOutcome {
  if (!(error instanceof pg.DatabaseError) || error.code === undefined || /^(57P|08)/.test(error.code))
    throw toWarehouseError(error);
  const at = Number(error.position ?? 0) - prefix;
  return {
    kind: 'refused',
    sqlState: error.code,
    message: error.message,
    detail: error.detail ?? null,
    hint: error.hint ?? null,
    position: hasPosition && at > 0 ? at : null,
  };
}

function refusal(sqlState: string, message: string, hint: string): SqlOutcome {
  return { kind: 'refused', sqlState, message, detail: null, hint, position: null };
}

function pidOf(answers: unknown): number | null {
  const last: unknown = Array.isArray(answers) ? answers.at(-1) : answers;
  return (last as pg.QueryResult<{ pid: number }>).rows[0]?.pid ?? null;
}
