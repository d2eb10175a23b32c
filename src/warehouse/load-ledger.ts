import { toIso } from '../domain/time.ts';
import type { LoadTransaction, SliceTotals, WriteCounts } from './load-transaction.ts';

/** The same look read again by a better decoder has better totals. */
export const REPLACE_TOTALS = `on conflict (account_id, stream, observation_no) do update set
  is_complete = excluded.is_complete, record_count = excluded.record_count, cost_cents = excluded.cost_cents,
  content_digest = excluded.content_digest, missing_count = excluded.missing_count,
  shown_keys = excluded.shown_keys`;

const INSERT_SLICE = `
insert into ops.slices (account_id, stream, observation_no, requested_at, pass, created_within, is_complete, record_count,
  cost_cents, content_digest, missing_count)
select $1, $2, $3, $4, $5, tstzrange($6::timestamptz, $7::timestamptz), $8, $9, $10, $11, $12
${REPLACE_TOTALS}`;

/**
 * An object that changed nothing does not wait for the disk: should the server lose its line in a crash, the hourly audit has
 * the object loaded again, which also restores what little such an object may have written beside it (absence marks lifted). (`synchronous_commit` counts for this transaction only.)
 */
const COMMIT_MODE = `
with commit_mode as (
  select set_config('synchronous_commit', case when $5 = 'off' then 'off' else current_setting('synchronous_commit') end, true)
)`;
const INSERT_LANDED = `
insert into ops.landed_objects (account_id, stream, observation_no, requested_at, landed_key, kind, dialect, responded_at,
  record_count, new_count, changed_count, stale_count, rejected_count)
select $1, $2, $3, $4, $6, $7, $8, $9, $10, $11, $12, $13, $14 from commit_mode
on conflict (landed_key) do nothing`;
const INSERT_LANDED_WITH_SLICE = `${COMMIT_MODE}, slice as (
  insert into ops.slices (account_id, stream, observation_no, requested_at, pass, created_within, is_complete, record_count,
    cost_cents, content_digest, missing_count)
  select $1, $2, $3, $4, $15, tstzrange($16::timestamptz, $17::timestamptz), $18, $19, $20, $21, $22
  ${REPLACE_TOTALS}
)${INSERT_LANDED}`;
const INSERT_LANDED_ALONE = COMMIT_MODE + INSERT_LANDED;

function lookParameters(load: LoadTransaction): unknown[] {
  return [load.accountId, load.stream, load.observation, toIso(load.requestedAt)];
}

function sliceParameters(load: LoadTransaction, slice: SliceTotals): unknown[] {
  const { window, isComplete, records, costCents, digest, missing } = slice;
  return [load.pass, toIso(window.after), toIso(window.before), isComplete, records, costCents, digest, missing];
}

/** Writes the control totals of a slice at once, where something must be read by them before the object is done. */
export async function recordSlice(load: LoadTransaction, slice: SliceTotals): Promise<void> {
  await load.client.query(INSERT_SLICE, [...lookParameters(load), ...sliceParameters(load, slice)]);
}

/** Writes the object's line in the load ledger and, in the same statement, control totals that are not written yet. */
export async function recordLanded(
  load: LoadTransaction,
  counts: WriteCounts,
  rejected: number,
  slice: SliceTotals | null,
): Promise<void> {
  const { records, added, changed, stale, missing } = counts;
  const changesNothing = added + changed + stale + missing + rejected === 0;
  const parameters = [
    ...lookParameters(load),
    changesNothing ? 'off' : 'as_set',
    load.landedKey,
    load.kind,
    load.dialect,
    toIso(load.respondedAt),
    records,
    added,
    changed,
    stale,
    rejected,
  ];
  if (slice === null) await load.client.query(INSERT_LANDED_ALONE, parameters);
  else await load.client.query(INSERT_LANDED_WITH_SLICE, [...parameters, ...sliceParameters(load, slice)]);
}
