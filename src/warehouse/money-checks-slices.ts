import type pg from 'pg';
import { toIso } from '../domain/time.ts';
import { int8ToNumber } from './connection.ts';
import type { MoneyScope } from './money-checks-scope.ts';

/** Differences that are named; all are counted. */
const NAMED_MAX = 20;

/** A window whose faxes are not what its last look was told. */
export interface SliceDifference {
  /** Number of the look. */
  readonly observation: number;
  readonly pass: string | null;
  /** Creation times covered, `[after, before)`, ISO 8601. */
  readonly after: string;
  readonly before: string;
  /** Faxes that are stored, less those that the look counted; what it missed and what came later left out. */
  readonly faxes: number;
  /** Their cents at the look, by their history, less the look's sum. */
  readonly cents: number;
}

/** What {@link checkSlices} found. */
export interface SliceCheck {
  /** Settled windows held against what is stored. */
  readonly windows: number;
  /** Faxes and cents that the provider showed in them. */
  readonly faxes: number;
  readonly cents: number;
  /** What differs today and is explained: faxes first seen after the look or missed by it, and changes of cost after it. */
  readonly laterFaxes: number;
  readonly laterCents: number;
  /** Windows that differ while the look itself was not whole: a record or value of it was refused, or lost against a better look. */
  readonly unclear: number;
  readonly differing: number;
  /** Sums of the differences, each without its sign. */
  readonly differingFaxes: number;
  readonly differingCents: number;
  /** The largest ones first. */
  readonly differences: readonly SliceDifference[];
}

/**
 * Left: count and cents of each complete listing of a window that was settled when it was listed, as the provider showed it (ops.slices).
 * Right: the faxes stored in the window now, with their cost as of that look by their history. Tolerance: none.
 * Why: the control totals are taken from the answer and not from the tables; what was lost, doubled or altered since shows here. Explained
 * are faxes that the look did not show (missing, or first seen later) and every change of cost by a later look, which the history carries.
 * Not told by it: what is wrong in the provider's own answer, and windows that are not settled yet.
 * Of looks at one window the last settled one counts, a wider one included. By lateral, as in the check of the history.
 */
const SLICE_TOTALS = `
with asked as (
  select account_id from warehouse.accounts where account_key = $1
), settled as materialized (
  select s.observation_no, s.pass, s.created_within, s.record_count, coalesce(s.cost_cents, 0) as cost_cents
  from ops.slices s
  where s.account_id = (select account_id from asked) and s.stream = 'faxes' and s.is_complete
    and s.created_within && tstzrange($2::timestamptz, $3::timestamptz)
    and upper(s.created_within) <= s.requested_at - $4::interval
    and not exists (
      select from ops.slices l
      where l.account_id = s.account_id and l.stream = 'faxes' and l.is_complete
        and l.created_within @> s.created_within and l.observation_no > s.observation_no
        and upper(l.created_within) <= l.requested_at - $4::interval)
), stored as (
  select s.observation_no,
    count(*) filter (where shown.is_shown) as faxes,
    coalesce(sum(h.cents_then) filter (where shown.is_shown), 0) as cents,
    count(*) filter (where not shown.is_shown) as later_faxes,
    coalesce(sum(case when shown.is_shown then h.cents_later else h.cents_then + h.cents_later end), 0) as later_cents,
    bool_or(coalesce(look.outcome = 'stale', false)) as has_stale
  from settled s
  join warehouse.faxes f on f.account_id = (select account_id from asked)
    and f.created_at >= lower(s.created_within) and f.created_at < upper(s.created_within)
  cross join lateral (
    select min(observation_no) as first_no,
      coalesce(sum(cost_delta_cents) filter (where observation_no <= s.observation_no), 0) as cents_then,
      coalesce(sum(cost_delta_cents) filter (where observation_no > s.observation_no), 0) as cents_later
    from warehouse.fax_history
    where account_id = (select account_id from asked) and fax_id = f.fax_id
  ) h
  left join lateral (
    select outcome from ops.fax_looks
    where account_id = (select account_id from asked) and fax_id = f.fax_id and observation_no = s.observation_no
    offset 0
  ) look on true
  cross join lateral (
    select coalesce(h.first_no, 0) <= s.observation_no and coalesce(look.outcome <> 'missing', true) as is_shown
  ) shown
  group by s.observation_no
), compared as materialized (
  select s.*, coalesce(t.faxes, 0) - s.record_count as more_faxes, coalesce(t.cents, 0) - s.cost_cents as more_cents,
    coalesce(t.later_faxes, 0) as later_faxes, coalesce(t.later_cents, 0) as later_cents, coalesce(t.has_stale, false) as has_stale
  from settled s left join stored t using (observation_no)
), judged as materialized (
  select c.*, c.has_stale or exists (
    select from ops.landed_objects o
    where o.account_id = (select account_id from asked) and o.observation_no = c.observation_no and o.rejected_count > 0) as is_unclear
  from compared c where c.more_faxes <> 0 or c.more_cents <> 0
), differing as (
  select * from judged where not is_unclear
)
select
  (select count(*) from compared) as windows,
  (select coalesce(sum(record_count), 0)::bigint from compared) as faxes,
  (select coalesce(sum(cost_cents), 0)::bigint from compared) as cents,
  (select coalesce(sum(later_faxes), 0)::bigint from compared) as later_faxes,
  (select coalesce(sum(later_cents), 0)::bigint from compared) as later_cents,
  (select count(*) from judged where is_unclear) as unclear,
  (select count(*) from differing) as differing,
  (select coalesce(sum(abs(more_faxes)), 0)::bigint from differing) as differing_faxes,
  (select coalesce(sum(abs(more_cents)), 0)::bigint from differing) as differing_cents,
  (select coalesce(jsonb_agg(jsonb_build_object(
      'observation', observation_no, 'pass', pass, 'after', lower(created_within), 'before', upper(created_within),
      'faxes', more_faxes, 'cents', more_cents)), '[]')
    from (select * from differing order by abs(more_cents) desc, observation_no limit ${NAMED_MAX}) named) as differences`;

interface SliceRow {
  readonly windows: string;
  readonly faxes: string;
  readonly cents: string;
  readonly later_faxes: string;
  readonly later_cents: string;
  readonly unclear: string;
  readonly differing: string;
  readonly differing_faxes: string;
  readonly differing_cents: string;
  readonly differences: readonly SliceDifference[];
}

/** Holds what is stored against the control totals of every settled window that reaches into the scope. */
export async function checkSlices(
  client: pg.ClientBase,
  { account, createdFrom, createdTo, settledAfterMs }: MoneyScope,
): Promise<SliceCheck> {
  const { rows } = await client.query<SliceRow>(SLICE_TOTALS, [
    account,
    toIso(createdFrom),
    toIso(createdTo),
    `${settledAfterMs} milliseconds`,
  ]);
  const [row] = rows;
  const numberOf = (text: string | undefined) => int8ToNumber(text ?? '0');
  return {
    windows: numberOf(row?.windows),
    faxes: numberOf(row?.faxes),
    cents: numberOf(row?.cents),
    laterFaxes: numberOf(row?.later_faxes),
    laterCents: numberOf(row?.later_cents),
    unclear: numberOf(row?.unclear),
    differing: numberOf(row?.differing),
    differingFaxes: numberOf(row?.differing_faxes),
    differingCents: numberOf(row?.differing_cents),
    differences: row?.differences ?? [],
  };
}
