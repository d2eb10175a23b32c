import type pg from 'pg';
import { DAY_MS, type Instant, toIso } from '../domain/time.ts';
import { instantOf } from './connection.ts';
import { toWarehouseError } from './database-error.ts';

/** From this age on a fax should be final: the loader has asked for it by id. */
export const OPEN_FROM_MS = DAY_MS;
/** Beyond this age an open fax is the provider's last word (a status that is not known); it is asked for no more. */
export const OPEN_TO_MS = 7 * DAY_MS;

/** How one account's mirror stands, by figures cheap enough for every quarter of an hour. */
export interface Measures {
  /** Live faxes created {@link OPEN_FROM_MS} to {@link OPEN_TO_MS} ago that are not final. */
  readonly openOverDay: number;
  /** Records and values set aside and not resolved. */
  readonly rejectedOpen: number;
  /** Ways in which the provider's objects left their documentation that were first seen during the last day. */
  readonly driftFields: number;
  /** Faxes that are no tests and that listings of the last day showed to be gone. */
  readonly goneLive: number;
  /** Listings of the last day that were not taken as complete. */
  readonly listingsIncomplete: number;
  /** When the provider gave the newest answer that is loaded; null where nothing is. */
  readonly newestAnswerAt: Instant | null;
  /** When the canary was sent that is stored; null where none is. */
  readonly canaryAt: Instant | null;
}

/** What is measured. */
export interface MeasureRequest {
  readonly account: string;
  /** The one fax of another account that is sent through the whole road now and then. */
  readonly canary: { readonly account: string; readonly faxId: number };
  readonly now: Instant;
}

/** Lines at the ledger's end among which the newest answer is: objects of one minute are loaded in any order. */
const LATEST_LINES = 200;

/**
 * One statement and one answer, along indexes only: 70 ms on two cores with a million faxes a month, nearly all of it for the open ones.
 * - Open faxes: the index (account, created_at) over six days, 200,000 rows with a million faxes a month, which lie side by side. An index
 *   on the stage would be smaller, and would cost every update of a fax its place on the page.
 * - The listings of the last day: for each stream (found by jumping along the key of ops.slices) backwards from the last one until one is
 *   older. What is gone is looked for in the windows of those that missed any fax, joined so that no fax is read twice; each by a query of
 *   its own, since a join would read all faxes.
 * - Newest answer: the end of the index (account, observation).
 * The account's number is asked for by subqueries, since the planner must know that it is one value to read an index in its order; "offset 0"
 * keeps it from turning the lookups into joins over whole tables.
 */
const MEASURE = `
with recursive asked as (
  select account_id from warehouse.accounts where account_key = $1
), streams as (
  (select stream from ops.slices where account_id = (select account_id from asked) order by stream limit 1)
  union all
  select (
    select s.stream from ops.slices s
    where s.account_id = (select account_id from asked) and s.stream > known.stream
    order by s.stream limit 1)
  from streams known where known.stream is not null
), listings as materialized (
  select late.stream, late.is_complete, late.missing_count, late.created_within
  from streams
  cross join lateral (
    select coalesce((
      select s.observation_no from ops.slices s
      where s.account_id = (select account_id from asked) and s.stream = streams.stream and s.requested_at < $2::timestamptz
      order by s.observation_no desc limit 1), -1) as observation_no
    offset 0
  ) older
  cross join lateral (
    select s.stream, s.is_complete, s.missing_count, s.created_within from ops.slices s
    where s.account_id = (select account_id from asked) and s.stream = streams.stream
      and s.observation_no > older.observation_no and s.requested_at >= $2::timestamptz
    offset 0
  ) late
  where streams.stream is not null
), missed as (
  select unnest(range_agg(created_within)) as created_within
  from listings where stream = 'faxes' and is_complete and missing_count > 0
)
select
  (select count(*)::integer from warehouse.faxes
    where account_id = (select account_id from asked) and created_at >= $3::timestamptz and created_at < $4::timestamptz
      and stage < 2 and is_test is not true and gone_at_source_at is null) as open_over_day,
  (select coalesce(sum(open_count), 0)::integer from ops.rejected_counts
    where account_id = (select account_id from asked)) as rejected_open,
  (select count(distinct (stream, object, field, kind))::integer from ops.schema_drift
    where account_id = (select account_id from asked) and first_seen_at >= $2::timestamptz) as drift_fields,
  (select coalesce(sum(gone.faxes), 0)::integer from missed
    cross join lateral (
      select count(*) as faxes from warehouse.faxes
      where account_id = (select account_id from asked)
        and created_at >= lower(missed.created_within) and created_at < upper(missed.created_within)
        and gone_at_source_at >= $2::timestamptz and is_test is not true
    ) gone) as gone_live,
  (select count(*)::integer from listings where not is_complete) as listings_incomplete,
  (select max(responded_at) from (
    select responded_at from ops.landed_objects where account_id = (select account_id from asked)
    order by observation_no desc limit $5) latest) as newest_answer_at,
  (select f.observed_at from warehouse.faxes f
    where f.account_id = (select account_id from warehouse.accounts where account_key = $6) and f.fax_id = $7::bigint) as canary_at`;

interface MeasuredRow {
  readonly open_over_day: number;
  readonly rejected_open: number;
  readonly drift_fields: number;
  readonly gone_live: number;
  readonly listings_incomplete: number;
  readonly newest_answer_at: Date | null;
  readonly canary_at: Date | null;
}

/**
 * Measures one account as of `now`; zeros and nulls for one of which nothing was ever loaded. Needs the rights of a reader only.
 * @throws {WarehouseError}
 */
export async function measureAccount(pool: pg.Pool, { account, canary, now }: MeasureRequest): Promise<Measures> {
  try {
    const { rows } = await pool.query<MeasuredRow>(MEASURE, [
      account,
      toIso(now - DAY_MS),
      toIso(now - OPEN_TO_MS),
      toIso(now - OPEN_FROM_MS),
      LATEST_LINES,
      canary.account,
      canary.faxId,
    ]);
    const [row] = rows;
    return {
      openOverDay: row?.open_over_day ?? 0,
      rejectedOpen: row?.rejected_open ?? 0,
      driftFields: row?.drift_fields ?? 0,
      goneLive: row?.gone_live ?? 0,
      listingsIncomplete: row?.listings_incomplete ?? 0,
      newestAnswerAt: instantOf(row?.newest_answer_at ?? null),
      canaryAt: instantOf(row?.canary_at ?? null),
    };
  } catch (error) {
    throw toWarehouseError(error);
  }
}
