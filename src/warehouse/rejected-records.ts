import type pg from 'pg';
import type { Instant } from '../domain/time.ts';
import { toIso } from '../domain/time.ts';
import { plainArray, textArray } from './array-literal.ts';
import { instantOf } from './connection.ts';
import { toWarehouseError } from './database-error.ts';

/** Something that could not be taken as sent, without what was sent. */
export interface RejectedRecord {
  /** Short key, a decimal text. */
  readonly rejectedId: string;
  readonly account: string;
  readonly stream: string;
  /** `record`: refused whole; `value`: loaded without this value. */
  readonly scope: string;
  readonly object: string;
  /** The provider's id; empty where it could not be read. */
  readonly recordId: string;
  readonly path: string;
  readonly reason: string;
  readonly occurrences: number;
  readonly firstLandedKey: string;
  readonly lastLandedKey: string;
  readonly firstSeenAt: Instant;
  readonly lastSeenAt: Instant;
  /** Null while open. */
  readonly resolvedAt: Instant | null;
}

/** Which rejected records are wanted; what is left out does not narrow. */
export interface RejectedFilter {
  readonly accounts: readonly string[];
  readonly ids?: readonly string[];
  readonly reason?: string;
  /** Default false: open ones only. */
  readonly isResolvedToo?: boolean;
  /** Default: all. */
  readonly limit?: number;
}

interface RejectedRow {
  readonly rejected_id: string;
  readonly account_key: string;
  readonly stream: string;
  readonly scope: string;
  readonly object: string;
  readonly record_id: string;
  readonly path: string;
  readonly reason: string;
  readonly occurrences: number;
  readonly first_landed_key: string;
  readonly last_landed_key: string;
  readonly first_seen_at: Date;
  readonly last_seen_at: Date;
  readonly resolved_at: Date | null;
}

const LIST_REJECTED = `
select r.rejected_id, a.account_key, r.stream, r.scope, r.object, r.record_id, r.path, r.reason, r.occurrences,
  r.first_landed_key, r.last_landed_key, r.first_seen_at, r.last_seen_at, r.resolved_at
from ops.rejected_records r
join warehouse.accounts a on a.account_id = r.account_id
where a.account_key = any($1::text[])
  and ($2::bigint[] is null or r.rejected_id = any($2::bigint[]))
  and ($3::text is null or r.reason = $3)
  and ($4::boolean or r.resolved_at is null)
order by r.last_seen_at desc, r.rejected_id desc
limit $5`;

/** Lists what could not be taken as sent, latest first; never the raw text. @throws {WarehouseError} */
export async function listRejected(pool: pg.Pool, filter: RejectedFilter): Promise<RejectedRecord[]> {
  const { accounts, ids, reason, isResolvedToo = false, limit } = filter;
  const { rows } = await ask<RejectedRow>(pool, LIST_REJECTED, [
    textArray(accounts),
    ids === undefined ? null : plainArray(ids),
    reason ?? null,
    isResolvedToo,
    limit ?? null,
  ]);
  return rows.map((row) => ({
    rejectedId: row.rejected_id,
    account: row.account_key,
    stream: row.stream,
    scope: row.scope,
    object: row.object,
    recordId: row.record_id,
    path: row.path,
    reason: row.reason,
    occurrences: row.occurrences,
    firstLandedKey: row.first_landed_key,
    lastLandedKey: row.last_landed_key,
    firstSeenAt: instantOf(row.first_seen_at),
    lastSeenAt: instantOf(row.last_seen_at),
    resolvedAt: instantOf(row.resolved_at),
  }));
}

/** The raw JSON text of one rejected record: personal data, to be shown on request only. Null where there is none. @throws {WarehouseError} */
export async function readRejectedRaw(pool: pg.Pool, rejectedId: string): Promise<string | null> {
  const { rows } = await ask<{ raw: string }>(pool, 'select raw from ops.rejected_records where rejected_id = $1', [
    rejectedId,
  ]);
  return rows[0]?.raw ?? null;
}

/**
 * A refusal that came again was counted again in its object's transaction, so an equal count means that it did not. Asked after the
 * objects were read again, and not marked before: a retry that is cut short resolves nothing.
 */
const RESOLVE_REJECTED = `
update ops.rejected_records r
set resolved_at = $3
from unnest($1::bigint[], $2::integer[]) as p(rejected_id, occurrences)
where r.rejected_id = p.rejected_id and r.occurrences = p.occurrences and r.resolved_at is null
returning r.rejected_id`;

/**
 * Marks those of the records as resolved that were not met again since they were listed; returns their ids.
 * @throws {WarehouseError}
 */
export async function resolveRejected(
  pool: pg.Pool,
  listed: ReadonlyArray<Pick<RejectedRecord, 'rejectedId' | 'occurrences'>>,
  at: Instant,
): Promise<string[]> {
  const { rows } = await ask<{ rejected_id: string }>(pool, RESOLVE_REJECTED, [
    plainArray(listed.map(({ rejectedId }) => rejectedId)),
    plainArray(listed.map(({ occurrences }) => occurrences)),
    toIso(at),
  ]);
  return rows.map((row) => row.rejected_id);
}

async function ask<Row extends pg.QueryResultRow>(
  pool: pg.Pool,
  sql: string,
  values: unknown[],
): Promise<pg.QueryResult<Row>> {
  try {
    return await pool.query<Row>(sql, values);
  } catch (error) {
    throw toWarehouseError(error);
  }
}
