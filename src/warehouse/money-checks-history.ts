import type pg from 'pg';
import { type Instant, toIso } from '../domain/time.ts';
import { int8ToNumber } from './connection.ts';
import type { MoneyScope } from './money-checks-scope.ts';

/** Differences that are named; all are counted. */
const NAMED_MAX = 20;

/** A fax whose history does not sum to its cost. */
export interface HistoryDifference {
  readonly faxId: string;
  readonly costCents: number;
  readonly historyCents: number;
}

/** What {@link checkHistory} found. */
export interface HistoryCheck {
  readonly faxes: number;
  readonly differing: number;
  /** Sum of the differences, each without its sign. */
  readonly differingCents: number;
  /** The largest ones first. */
  readonly differences: readonly HistoryDifference[];
}

/**
 * Left: the cost of each fax. Right: the sum of the cost differences in its history. Tolerance: none.
 * Why: reports on money by day add up the history, those by fax take the cost; both must be one sum. They are written by one transaction, so
 * a difference is a defect of ours, or somebody's own update.
 * By lateral: one probe of the history's key for each fax, 3 us; a join would read the whole account's history.
 */
const HISTORY_SUMS = `
with asked as (
  select account_id from warehouse.accounts where account_key = $1
), scope as (
  select fax_id, cost_cents from warehouse.faxes
  where account_id = (select account_id from asked) and created_at >= $2::timestamptz and created_at < $3::timestamptz
  union all
  select fax_id, cost_cents from warehouse.faxes
  where account_id = (select account_id from asked) and created_at is null
), compared as (
  select s.fax_id, coalesce(s.cost_cents, 0)::bigint as cost_cents, h.history_cents
  from scope s
  cross join lateral (
    select coalesce(sum(cost_delta_cents), 0)::bigint as history_cents from warehouse.fax_history
    where account_id = (select account_id from asked) and fax_id = s.fax_id
  ) h
), differing as materialized (
  select * from compared where cost_cents <> history_cents
)
select
  (select count(*) from scope) as faxes,
  (select count(*) from differing) as differing,
  (select coalesce(sum(abs(cost_cents - history_cents)), 0)::bigint from differing) as differing_cents,
  (select coalesce(jsonb_agg(jsonb_build_object(
      'faxId', fax_id::text, 'costCents', cost_cents, 'historyCents', history_cents)), '[]')
    from (select * from differing order by abs(cost_cents - history_cents) desc, fax_id limit ${NAMED_MAX}) named) as differences`;

interface HistoryRow {
  readonly faxes: string;
  readonly differing: string;
  readonly differing_cents: string;
  readonly differences: readonly HistoryDifference[];
}

/** Holds the cost of every fax created in the scope against its history. */
export async function checkHistory(
  client: pg.ClientBase,
  { account, createdFrom, createdTo }: MoneyScope,
): Promise<HistoryCheck> {
  const scope: readonly Instant[] = [createdFrom, createdTo];
  const { rows } = await client.query<HistoryRow>(HISTORY_SUMS, [account, ...scope.map(toIso)]);
  const [row] = rows;
  return {
    faxes: int8ToNumber(row?.faxes ?? '0'),
    differing: int8ToNumber(row?.differing ?? '0'),
    differingCents: int8ToNumber(row?.differing_cents ?? '0'),
    differences: row?.differences ?? [],
  };
}
