import type pg from 'pg';
import type { Instant } from '../domain/time.ts';
import { instantOf } from './connection.ts';
import { toWarehouseError } from './database-error.ts';
import { listMirrorTables } from './mirror-tables.ts';
import { countObjects, type ObjectCounts, type StreamTables } from './object-counts.ts';

/** How one account's mirror stands; counts are exact, so a million faxes cost about half a second. */
export interface MirrorStatus {
  /** Rows by table, e.g. `warehouse.faxes`. */
  readonly rows: Readonly<Record<string, number>>;
  /** Sum of the cost of all faxes but test faxes, in US cents; a decimal text. */
  readonly costCents: string;
  readonly faxes: {
    /** Not final yet. */
    readonly open: number;
    /** Not shown by the latest complete look, not yet confirmed. */
    readonly missing: number;
    /** Gone at the source: of test faxes expected, of others an alarm. */
    readonly goneTest: number;
    readonly goneLive: number;
  };
  /** One for each table of objects, in the order of the streams that were asked for. */
  readonly objects: readonly ObjectCounts[];
  /** PhaxCodes that barcodes of received faxes name and that were not looked up yet, or are not known to the provider. */
  readonly phaxCodesNotLookedUp: number;
  /** When the newest migration ran: no stream can have been mirrored longer than its table is there. Null on an empty database. */
  readonly migratedAt: Instant | null;
  readonly slices: { readonly complete: number; readonly incomplete: number };
  /** The latest listings that were not taken as complete. */
  readonly latestIncomplete: readonly IncompleteSlice[];
  readonly lastLoadedAt: Instant | null;
  readonly rejected: readonly RejectedCount[];
  readonly drift: readonly DriftCount[];
}

/** A listing that proves no absence. */
export interface IncompleteSlice {
  readonly stream: string;
  readonly pass: string | null;
  readonly requestedAt: Instant;
  readonly recordCount: number;
  readonly missingCount: number;
}

/** Open rejected records of one reason. */
export interface RejectedCount {
  readonly stream: string;
  readonly object: string;
  readonly scope: string;
  readonly reason: string;
  readonly records: number;
  readonly occurrences: number;
}

/** One way in which the provider's objects differ from their documentation. */
export interface DriftCount {
  readonly stream: string;
  readonly dialect: string;
  readonly object: string;
  readonly field: string;
  readonly kind: string;
  readonly detail: string;
  /** A decimal text. */
  readonly occurrences: string;
}

const SUM_FAXES = `
select
  coalesce(sum(cost_cents) filter (where is_test is not true), 0)::text as cost_cents,
  count(*) filter (where stage < 2)::integer as open,
  count(*) filter (where missing_since is not null and gone_at_source_at is null)::integer as missing,
  count(*) filter (where gone_at_source_at is not null and is_test)::integer as gone_test,
  count(*) filter (where gone_at_source_at is not null and is_test is not true)::integer as gone_live
from warehouse.faxes where account_id = $1`;

const COUNT_SLICES = `
select count(*) filter (where is_complete)::integer as complete, count(*) filter (where not is_complete)::integer as incomplete,
  (select max(loaded_at) from ops.landed_objects where account_id = $1) as last_loaded_at
from ops.slices where account_id = $1`;

const LATEST_INCOMPLETE = `
select stream, pass, requested_at, record_count, missing_count
from ops.slices where account_id = $1 and not is_complete
order by requested_at desc limit 10`;

const COUNT_REJECTED = `
select stream, object, scope, reason, count(*)::integer as records, sum(occurrences)::integer as occurrences
from ops.rejected_records where account_id = $1 and resolved_at is null
group by stream, object, scope, reason
order by records desc, reason`;

const LIST_DRIFT = `
select stream, dialect, object, field, kind, detail, occurrences
from ops.schema_drift where account_id = $1
order by occurrences desc, field limit 100`;

/** Only what could be looked up: the rule of `phaxCodeIdentifier` in src/domain/phax-code.ts, for one statement over all barcodes. */
const COUNT_PHAX_CODES = `
select count(distinct b.code)::integer as not_looked_up
from (
  select regexp_replace(identifier, '^px:', '') as code
  from warehouse.fax_barcodes where account_id = $1 and type = 'phax_code'
) b
where b.code not in ('', '.', '..') and octet_length(b.code) <= 200
  and not exists (select from warehouse.phax_codes c where c.account_id = $1 and c.identifier = b.code)`;

const LAST_MIGRATION = 'select max(applied_at) as migrated_at from ops.migrations';

/**
 * Reads how one account's mirror stands; null where nothing of it was ever loaded. `streams`: those whose objects are counted.
 * @throws {WarehouseError}
 */
export async function readMirrorStatus(
  pool: pg.Pool,
  account: string,
  streams: readonly StreamTables[] = [],
): Promise<MirrorStatus | null> {
  try {
    const { rows } = await pool.query<{ account_id: number }>(
      'select account_id from warehouse.accounts where account_key = $1',
      [account],
    );
    const accountId = rows[0]?.account_id;
    return accountId === undefined ? null : await readStatus(pool, accountId, streams);
  } catch (error) {
    throw toWarehouseError(error);
  }
}

interface FaxSums {
  readonly cost_cents: string;
  readonly open: number;
  readonly missing: number;
  readonly gone_test: number;
  readonly gone_live: number;
}

interface SliceCounts {
  readonly complete: number;
  readonly incomplete: number;
  readonly last_loaded_at: Date | null;
}

interface IncompleteRow {
  readonly stream: string;
  readonly pass: string | null;
  readonly requested_at: Date;
  readonly record_count: number;
  readonly missing_count: number;
}

async function readStatus(pool: pg.Pool, accountId: number, streams: readonly StreamTables[]): Promise<MirrorStatus> {
  const ask = async <Row extends pg.QueryResultRow>(sql: string) => (await pool.query<Row>(sql, [accountId])).rows;
  const countRows = (await listMirrorTables(pool)).map(
    (table) => `select '${table}' as table_name, count(*) as row_count from ${table} where account_id = $1`,
  );
  const counts = await ask<{ table_name: string; row_count: string }>(countRows.join('\nunion all '));
  const [sums] = await ask<FaxSums>(SUM_FAXES);
  const [slices] = await ask<SliceCounts>(COUNT_SLICES);
  const [codes] = await ask<{ not_looked_up: number }>(COUNT_PHAX_CODES);
  const migrations = await pool.query<{ migrated_at: Date | null }>(LAST_MIGRATION);
  const incomplete = await ask<IncompleteRow>(LATEST_INCOMPLETE);
  return {
    rows: Object.fromEntries(counts.map((row) => [row.table_name, Number(row.row_count)])),
    costCents: sums?.cost_cents ?? '0',
    faxes: {
      open: sums?.open ?? 0,
      missing: sums?.missing ?? 0,
      goneTest: sums?.gone_test ?? 0,
      goneLive: sums?.gone_live ?? 0,
    },
    objects: streams.length === 0 ? [] : await countObjects(pool, accountId, streams),
    phaxCodesNotLookedUp: codes?.not_looked_up ?? 0,
    migratedAt: instantOf(migrations.rows[0]?.migrated_at ?? null),
    slices: { complete: slices?.complete ?? 0, incomplete: slices?.incomplete ?? 0 },
    latestIncomplete: incomplete.map((row) => ({
      stream: row.stream,
      pass: row.pass,
      requestedAt: instantOf(row.requested_at),
      recordCount: row.record_count,
      missingCount: row.missing_count,
    })),
    lastLoadedAt: instantOf(slices?.last_loaded_at ?? null),
    rejected: await ask<RejectedCount>(COUNT_REJECTED),
    drift: await ask<DriftCount>(LIST_DRIFT),
  };
}
