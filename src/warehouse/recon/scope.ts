import type pg from 'pg';
import type { Period, ReconciliationSettings } from '../../domain/reconciliation.ts';
import { type Instant, toIso } from '../../domain/time.ts';

/** What a run looks at. */
export interface RunScope {
  readonly account: string;
  readonly period: Period;
  readonly asOf: Instant;
  readonly settings: ReconciliationSettings;
  /**
   * Only this fax, whatever month it is of; left out: all of the month. Prices seen on other faxes are then unknown, so one from before the
   * first price list stays unrated.
   */
  readonly faxId?: string;
}

/**
 * The run in one row, table `asked`. Month and days begin in the account's billing zone. `closed_as_of` is null while the month was never closed.
 * `corrects_from`: the bill of this month takes late changes of closed months from there up to it, as `recon.pending_corrections` has them; null of
 * a closed month, which takes none.
 */
const ASK = `
create temp table asked on commit drop as
select a.account_id, a.account_key, a.billing_zone, p.period,
  (p.period::timestamp at time zone a.billing_zone) as starts_at,
  ((p.period + interval '1 month') at time zone a.billing_zone) as ends_at,
  $3::timestamptz as as_of,
  $4::jsonb as limits,
  coalesce(s.state = 'closed', false) as is_closed,
  (select max(c.as_of) from recon.closings c where c.account_id = a.account_id and c.period = p.period) as closed_as_of,
  case when s.state is distinct from 'closed' then coalesce((
    select (max(e.period) + interval '1 month')::date from recon.periods e
    where e.account_id = a.account_id and e.period < p.period and e.state <> 'closed'), date '2000-01-01') end as corrects_from
from warehouse.accounts a
cross join (select $2::date as period) p
left join recon.periods s on s.account_id = a.account_id and s.period = p.period
where a.account_key = $1`;

const OF_MONTH = `
  select f.*, f.created_at as used_at from warehouse.faxes f
  where f.account_id = (select account_id from asked)
    and f.created_at >= (select starts_at from asked) and f.created_at < (select ends_at from asked)
  union all
  select f.*, u.used_at
  from asked a
  join warehouse.faxes f on f.account_id = (select account_id from asked) and f.created_at is null
  cross join lateral (select recon.used_at(a.account_id, f.fax_id, f.completed_at, f.observed_at, a.billing_zone) offset 0) u (used_at)
  where u.used_at >= a.starts_at and u.used_at < a.ends_at`;

const OF_ID = `
  select f.*, coalesce(f.created_at, recon.used_at(a.account_id, f.fax_id, f.completed_at, f.observed_at, a.billing_zone)) as used_at
  from asked a
  join warehouse.faxes f on f.account_id = (select account_id from asked) and f.fax_id = $1::bigint`;

/**
 * The faxes of the month as they were known at `as_of`, table `run_faxes`: the row itself where its last change is not younger, else what
 * its history had by then. A fax counts by the day it was requested or received. Rating adds its columns (rate-faxes.ts).
 */
const TAKE_FAXES = (inside: string): string => `
create temp table run_faxes on commit drop as
with inside as (${inside}
), seen as (
  select f.*, coalesce(h.status, f.status) as status_then, coalesce(h.stage, f.stage) as stage_then,
    case when h.observation_no is null then f.num_pages else h.num_pages end as pages_then,
    case when h.observation_no is null then f.cost_cents else h.cost_cents end as cents_then,
    coalesce(h.observed_at, f.observed_at) as changed_at
  from inside f
  left join lateral (
    select h.observation_no, h.status, h.stage, h.num_pages, h.cost_cents, h.observed_at from warehouse.fax_history h
    where f.observed_at > (select as_of from asked)
      and h.account_id = f.account_id and h.fax_id = f.fax_id and h.observed_at <= (select as_of from asked)
    order by h.observation_no desc limit 1
  ) h on true
  where f.observed_at <= (select as_of from asked) or h.observation_no is not null
)
select s.fax_id, s.used_at, (s.used_at at time zone (select billing_zone from asked))::date as usage_date,
  s.created_at, case when s.stage_then >= 2 then s.completed_at end as completed_at, s.direction, s.status_then as status, s.stage_then as stage,
  coalesce(s.is_test, false) as is_test, s.pages_then as num_pages, s.cents_then as cost_cents,
  s.recipient_count, s.changed_at, s.to_number,
  case when s.missing_since <= (select as_of from asked) then s.missing_since end as missing_since,
  case when s.gone_at_source_at <= (select as_of from asked) then s.gone_at_source_at end as gone_at,
  s.tags ->> ((select limits from asked) ->> 'chargebackTag') as tag_value
from seen s`;

/**
 * Of a large table that was never analyzed the planner believes that a range has one row, and a loop over two such ranges took the square of their rows: 4.5 s
 * of 21,000 faxes, right after the first history was read. Until statistics come, such loops are not planned; probes of an index still are.
 */
const WITHOUT_STATISTICS = `
select set_config('enable_nestloop', 'off', true) from pg_class
where oid in ('warehouse.faxes'::regclass, 'warehouse.fax_recipients'::regclass, 'warehouse.fax_history'::regclass)
  and reltuples < 0 and pg_relation_size(oid) > 512 * 1024 limit 1`;

/** Sets up the tables of one run on a connection that is in its transaction; false where nothing of the account was ever loaded. */
export async function takeScope(client: pg.ClientBase, scope: RunScope): Promise<boolean> {
  const { account, period, asOf, settings, faxId } = scope;
  await client.query(ASK, [account, period, toIso(asOf), JSON.stringify(settings.limits)]);
  const { rows } = await client.query<{ found: boolean }>('select exists (select from asked) as found');
  if (rows[0]?.found !== true) return false;
  await client.query('analyze asked');
  if (faxId === undefined) {
    await client.query(WITHOUT_STATISTICS);
    await client.query(TAKE_FAXES(OF_MONTH));
  } else await client.query(TAKE_FAXES(OF_ID), [faxId]);
  return true;
}
