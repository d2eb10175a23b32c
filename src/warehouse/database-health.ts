import type pg from 'pg';
import type { Instant } from '../domain/time.ts';
import { instantOf } from './connection.ts';
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

/** What the roles may do. Names of tables and roles only. */
export interface RightsHealth {
  /** Group roles that are not there. */
  readonly missingRoles: readonly string[];
  /** Tables that the loader must write and may not. */
  readonly loaderLacks: readonly string[];
  /** `role: table` for each table that a role of readers may write, or that holds refused records and it may read. */
  readonly readersMay: readonly string[];
  /** Tables and views that BI logins may read without being held to the accounts they were granted. */
  readonly unprotected: readonly string[];
  /** Whether the login that asks may load. */
  readonly mayLoad: boolean;
}

/** How lately an account was worked on; null where it never was. */
export interface AccountHealth {
  readonly pulledAt: Instant | null;
  readonly loadedAt: Instant | null;
  readonly calledBackAt: Instant | null;
  readonly reconciledAt: Instant | null;
  /** Records and values that could not be taken as sent and are still open. */
  readonly rejectedCount: number;
}

const SERVER = `
select current_setting('server_version_num')::integer as "versionNumber", split_part(current_setting('server_version'), ' ', 1) as version,
  clock_timestamp() as at, pg_is_in_recovery() as "isReplica"`;

const RIGHTS = `
with expected as (
  select unnest(array['faxsync_loader', 'faxsync_reader', 'faxsync_bi', 'faxsync_reconciler']) as name
), roles as (
  select r.oid, r.rolname as name from pg_roles r join expected e on e.name = r.rolname
), relations as (
  select c.oid, format('%s.%s', n.nspname, c.relname) as name, n.nspname as schema, c.relkind as kind, c.relrowsecurity as is_protected,
    coalesce(c.reloptions @> '{security_invoker=true}', false) as is_of_caller,
    exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'account_id' and not a.attisdropped) as has_account
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where n.nspname in ('warehouse', 'ops', 'report', 'recon', 'rollup') and c.relkind in ('r', 'p', 'v', 'm')
), loaded as (
  select oid, name from relations where name in ('warehouse.faxes', 'warehouse.fax_recipients', 'ops.landed_objects', 'ops.rejected_records')
)
select
  array(select e.name from expected e where e.name not in (select name from roles)) as "missingRoles",
  array(select l.name from loaded l join roles r on r.name = 'faxsync_loader' where not has_table_privilege(r.oid, l.oid, 'insert')) as "loaderLacks",
  array(
    select format('%s: %s', r.name, t.name) from roles r cross join relations t
    where r.name in ('faxsync_reader', 'faxsync_bi') and (has_table_privilege(r.oid, t.oid, 'insert, update, delete, truncate')
      or (t.name = 'ops.rejected_records' and has_table_privilege(r.oid, t.oid, 'select')))
    order by 1
  ) as "readersMay",
  array(
    select t.name from relations t join roles r on r.name = 'faxsync_bi'
    where has_schema_privilege(r.oid, t.schema, 'usage') and has_table_privilege(r.oid, t.oid, 'select')
      and case when t.kind = 'v' then not t.is_of_caller else t.has_account and not t.is_protected end
    order by 1
  ) as "unprotected",
  (select bool_and(has_table_privilege(l.oid, 'insert')) from loaded l) as "mayLoad"`;

const ACCOUNT = `
select
  (select requested_at from ops.landed_objects o where o.account_id = a.account_id and o.kind <> 'callback' order by o.observation_no desc limit 1) as pulled_at,
  (select max(loaded_at) from ops.landed_objects o where o.account_id = a.account_id) as loaded_at,
  (select max(requested_at) from ops.landed_objects o where o.account_id = a.account_id and o.kind = 'callback') as called_back_at,
  (select max(finished_at) from recon.runs r where r.account_id = a.account_id and r.status = 'complete') as reconciled_at,
  (select coalesce(sum(open_count), 0)::integer from ops.rejected_counts c where c.account_id = a.account_id) as rejected_count
from warehouse.accounts a where a.account_key = $1`;

/** Asks the server who it is and what time it has. @throws {WarehouseError} */
export async function readServerHealth(pool: pg.Pool): Promise<ServerHealth> {
  const row = await one<Omit<ServerHealth, 'at'> & { readonly at: Date }>(pool, SERVER);
  return { ...row, at: instantOf(row.at) };
}

/** Asks what the roles may do. The schema must be there. @throws {WarehouseError} */
export function readRightsHealth(pool: pg.Pool): Promise<RightsHealth> {
  return one<RightsHealth>(pool, RIGHTS);
}

interface AccountRow {
  readonly pulled_at: Date | null;
  readonly loaded_at: Date | null;
  readonly called_back_at: Date | null;
  readonly reconciled_at: Date | null;
  readonly rejected_count: number;
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
