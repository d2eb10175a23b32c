import type pg from 'pg';
import type { Instant } from '../domain/time.ts';
import { instantOf, int8ToNumber } from './connection.ts';
import { toWarehouseError } from './database-error.ts';

/** A server as it answers. */
export interface ServerHealth {
  /** 180004 is 18.4. */
  readonly versionNumber: number;
  /** As people write it: `18.4`. */
  readonly version: string;
  /** Its clock. */
  readonly at: Instant;
  /** True for a copy that takes no writes. */
  readonly isReplica: boolean;
}

/** How lately an account was worked on; null where it never was. */
export interface AccountHealth {
  readonly pulledAt: Instant | null;
  readonly loadedAt: Instant | null;
  readonly calledBackAt: Instant | null;
  readonly reconciledAt: Instant | null;
  /** Records and values that could not be taken as sent and are still open. */
  readonly rejectedCount: number;
  /** Zone by which its days and months were loaded. */
  readonly billingZone: string;
}

const SERVER = `
select current_setting('server_version_num')::integer as "versionNumber", split_part(current_setting('server_version'), ' ', 1) as version,
  clock_timestamp() as at, pg_is_in_recovery() as "isReplica"`;

const PENDING_TABLES = `
select format('%I.%I', n.nspname, c.relname) as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
where n.nspname = 'rollup' and c.relkind = 'r' and c.relname like '%\\_pending' order by 1`;

const ACCOUNT = `
select
  (select requested_at from ops.landed_objects o where o.account_id = a.account_id and o.kind <> 'callback' order by o.observation_no desc limit 1) as pulled_at,
  (select max(loaded_at) from ops.landed_objects o where o.account_id = a.account_id) as loaded_at,
  (select max(requested_at) from ops.landed_objects o where o.account_id = a.account_id and o.kind = 'callback') as called_back_at,
  (select max(finished_at) from recon.runs r where r.account_id = a.account_id and r.status = 'complete') as reconciled_at,
  (select coalesce(sum(open_count), 0)::integer from ops.rejected_counts c where c.account_id = a.account_id) as rejected_count,
  a.billing_zone
from warehouse.accounts a where a.account_key = $1`;

/** Asks the server who it is and what time it has. @throws {WarehouseError} */
export async function readServerHealth(pool: pg.Pool): Promise<ServerHealth> {
  const row = await one<Omit<ServerHealth, 'at'> & { readonly at: Date }>(pool, SERVER);
  return { ...row, at: instantOf(row.at) };
}

/**
 * Counts the rows that loads appended to the sums of the reports and nobody has folded yet; of each sum at most `max` + 1, so that asking takes no longer where it is late.
 * @throws {WarehouseError}
 */
export async function countPendingRows(pool: pg.Pool, max: number): Promise<number> {
  try {
    const { rows: tables } = await pool.query<{ name: string }>(PENDING_TABLES);
    const counts = tables.map(
      ({ name }) => `(select count(*) from (select from ${name} limit ${Math.floor(max) + 1}) p)`,
    );
    const { rows } = await pool.query<{ row_count: string }>(`select ${['0', ...counts].join(' + ')} as row_count`);
    return int8ToNumber(rows[0]?.row_count ?? '0');
  } catch (error) {
    throw toWarehouseError(error);
  }
}

interface AccountRow {
  readonly pulled_at: Date | null;
  readonly loaded_at: Date | null;
  readonly called_back_at: Date | null;
  readonly reconciled_at: Date | null;
  readonly rejected_count: number;
  readonly billing_zone: string;
}

/** Asks how lately an account was worked on; null where nothing of it was ever loaded. @throws {WarehouseError} */
export async function readAccountHealth(pool: pg.Pool, account: string): Promise<AccountHealth | null> {
  const row = await first<AccountRow>(pool, ACCOUNT, [account]);
  if (row === undefined) return null;
  return {
    pulledAt: instantOf(row.pulled_at),
    loadedAt: instantOf(row.loaded_at),
    calledBackAt: instantOf(row.called_back_at),
    reconciledAt: instantOf(row.reconciled_at),
    rejectedCount: row.rejected_count,
    billingZone: row.billing_zone,
  };
}

async function first<Row extends object>(pool: pg.Pool, sql: string, values: string[] = []): Promise<Row | undefined> {
  try {
    return (await pool.query<Row & pg.QueryResultRow>(sql, values)).rows[0];
  } catch (error) {
    throw toWarehouseError(error);
  }
}

async function one<Row extends object>(pool: pg.Pool, sql: string): Promise<Row> {
  // A select without a table has one row.
  return (await first<Row>(pool, sql)) as Row;
}
