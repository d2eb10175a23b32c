import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import { InvariantError, SettingsError } from '../domain/errors.ts';
import type { Instant } from '../domain/time.ts';
import { toWarehouseError, WarehouseError } from './database-error.ts';
import type { DB } from './schema.generated.ts';

/** Settings of a pool; every one has a default that fits a function or the command line. */
export interface WarehousePoolOptions {
  /** Shown in `pg_stat_activity`; default `faxsync`. */
  readonly applicationName?: string;
  /** Most connections at once; default 4. A function that does one thing at a time uses 1. */
  readonly connectionsMax?: number;
  /** Longest wait for a connection; default 20 000 ms, since a database that scales from zero takes 15 s. */
  readonly connectTimeoutMs?: number;
  /** Asked anew for every connection: IAM tokens last 15 minutes, passwords rotate. Default: the one in the URL. */
  readonly password?: () => Promise<string>;
  /** Certificate authority (PEM) that the server must present; default: what the URL's `sslmode` says. */
  readonly certificateAuthority?: string;
  /** Told when an idle connection is lost. The pool replaces it by itself, so the default does nothing. */
  readonly onIdleError?: (error: WarehouseError) => void;
}

/** How long a connection may lie idle before it is closed. */
export const IDLE_MAX_MS = 30_000;

const OID_DATE = 1082;
const OID_INT8 = 20;

/**
 * How values come back, the same for every query of the project:
 * - `bigint`, and so `count(*)` and `sum(int)`: decimal text, lossless ({@link int8ToNumber} where a number is wanted);
 * - `numeric`: decimal text;
 * - `timestamptz`: a `Date` ({@link instantOf}), NULL is null;
 * - `date`: `YYYY-MM-DD`, not the driver's local midnight;
 * - `json`, `jsonb`: parsed.
 */
const parsers: pg.CustomTypesConfig = {
  getTypeParser: (oid: number, format?: 'text' | 'binary') => {
    if ((oid === OID_INT8 || oid === OID_DATE) && format !== 'binary') return String;
    return format === 'binary' ? pg.types.getTypeParser(oid, 'binary') : pg.types.getTypeParser(oid, 'text');
  },
};

/**
 * A pool on the warehouse. Statements are never named and nothing is SET for a session, so a proxy need not pin it:
 * timeouts belong to a transaction (`set local`).
 * Connects on first use; end it with `pool.end()`.
 * @throws {SettingsError} when the text is not a database URL.
 */
export function createWarehousePool(connectionString: string, options: WarehousePoolOptions = {}): pg.Pool {
  const pool = new pg.Pool({ ...readUrl(connectionString, options), ...poolConfig(options) });
  listenToIdle(pool, options);
  return pool;
}

/** What holds for every pool, wherever it logs in. */
export function poolConfig({ applicationName, connectionsMax, connectTimeoutMs }: WarehousePoolOptions): pg.PoolConfig {
  return {
    application_name: applicationName ?? 'faxsync',
    max: connectionsMax ?? 4,
    connectionTimeoutMillis: connectTimeoutMs ?? 20_000,
    idleTimeoutMillis: IDLE_MAX_MS,
    keepAlive: true,
    types: parsers,
  };
}

/** Without a listener the loss of an idle connection would end the process. */
export function listenToIdle(pool: pg.Pool, { onIdleError }: WarehousePoolOptions): void {
  pool.on('error', (error) => {
    const translated = toWarehouseError(error);
    if (translated instanceof WarehouseError) onIdleError?.(translated);
  });
}

/**
 * The URL as the driver's options. The driver lets what stands in the URL win over every other option, so where the
 * password or the certificate comes from elsewhere, the URL is taken apart here. With any `sslmode` but `disable` and `no-verify` the
 * server must prove its name, by an authority that Node knows (`NODE_EXTRA_CA_CERTS` adds some) or by the one given.
 * @throws {SettingsError} when the text is not a database URL.
 */
export function readUrl(connectionString: string, options: WarehousePoolOptions): pg.PoolConfig {
  // The driver's own message would quote the text, password included; so would the URL parser's.
  if (!URL.canParse(connectionString) || !/^postgres(ql)?:$/.test(new URL(connectionString).protocol)) {
    throw new SettingsError(
      'FAXSYNC_DATABASE_URL is not a database URL. Write it as postgres://user:password@host:5432/database.',
      { code: 'setting_invalid', context: { setting: 'FAXSYNC_DATABASE_URL' } },
    );
  }
  const { password, certificateAuthority: ca } = options;
  if (password === undefined && ca === undefined) return { connectionString };
  const url = new URL(connectionString);
  return {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? 5432 : Number(url.port),
    user: decodeURIComponent(url.username),
    password: password ?? decodeURIComponent(url.password),
    database: decodeURIComponent(url.pathname.slice(1)),
    ssl: ca === undefined ? sslOf(url.searchParams.get('sslmode')) : { ca, rejectUnauthorized: true },
  };
}

function sslOf(mode: string | null): pg.PoolConfig['ssl'] {
  if (mode === null || mode === 'disable') return false;
  return { rejectUnauthorized: mode !== 'no-verify' };
}

/** Typed queries over the same pool; destroying it ends the pool. */
export function createKysely(pool: pg.Pool): Kysely<DB> {
  return new Kysely<DB>({ dialect: new PostgresDialect({ pool }) });
}

/** Milliseconds since 1970 of a `timestamptz` as the driver returns it; null stays null. */
export function instantOf(value: Date): Instant;
export function instantOf(value: Date | null): Instant | null;
export function instantOf(value: Date | null): Instant | null {
  return value === null ? null : value.getTime();
}

/**
 * The number of a `bigint` that is known to be small (a count, a sum of cents).
 * @throws {InvariantError} beyond 2^53, where a number would lie.
 */
export function int8ToNumber(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new InvariantError('A bigint does not fit a number; keep it as text.');
  return value;
}

/**
 * Runs `work` in one transaction on one connection: committed when it returns, rolled back when it throws.
 * A connection that failed is thrown away, never given back. `begin` may hold further statements without parameters (a lock, and
 * what is read under it): they travel with it, each sees what was committed before it began, and `work` is given their answers.
 * @throws {WarehouseError} for failures of the database; what `work` throws on purpose comes through as it is.
 */
export async function inTransaction<T>(
  pool: pg.Pool,
  work: (client: pg.PoolClient, begun: readonly pg.QueryResult[]) => Promise<T>,
  begin = 'begin',
): Promise<T> {
  const client = await pool.connect().catch((error: unknown) => {
    throw toWarehouseError(error);
  });
  let broken: Error | undefined;
  // Without a listener a connection lost between two statements would end the process.
  const onError = (error: Error) => {
    broken = error;
  };
  client.on('error', onError);
  try {
    const begun: pg.QueryResult | pg.QueryResult[] = await client.query(begin);
    const result = await work(client, Array.isArray(begun) ? begun : [begun]);
    await client.query('commit');
    return result;
  } catch (thrown) {
    const error = toWarehouseError(thrown);
    // A session that became read-only stays so; a new one may find the new primary.
    if (error instanceof WarehouseError && error.failure === 'failover') broken ??= error;
    await client.query('rollback').catch((rollbackError: Error) => {
      broken ??= rollbackError;
    });
    throw error;
  } finally {
    client.off('error', onError);
    client.release(broken);
  }
}
