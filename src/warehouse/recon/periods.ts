import type pg from 'pg';
import type { Period, ReconciliationSettings } from '../../domain/reconciliation.ts';
import { type Instant, toIso } from '../../domain/time.ts';
import { RUN_ACTOR } from './items.ts';

/** A month whose settings of the day it settles are no longer those of its row, while it is not ready, takes the new ones. */
const KEEP_PERIOD = `
insert into recon.periods as p (account_id, period, state, settles_on, changed_at)
select $1, $2::date, 'open', w.settles_on, $4::timestamptz
from (select ($2::date + interval '1 month' + make_interval(days => $3))::date as settles_on) w
where not exists (
  select from recon.periods k
  where k.account_id = $1 and k.period = $2::date and (k.settles_on = w.settles_on or k.state not in ('open', 'settling')))
on conflict (account_id, period) do update set settles_on = excluded.settles_on`;

/** Makes the row of the period where it is missing. */
export async function keepPeriod(
  client: pg.ClientBase,
  of: {
    readonly accountId: number;
    readonly period: Period;
    readonly settings: ReconciliationSettings;
    readonly now: Instant;
  },
): Promise<void> {
  await client.query(KEEP_PERIOD, [of.accountId, of.period, of.settings.limits.settleDays, toIso(of.now)]);
}

/** An item in this state holds its month up: a check of the gate is not explained, or money of severity error is not. `i` is the item. */
export const HOLDS_UP = `i.state = 'open' and (i.severity = 'error' or i.is_gate)`;

/**
 * Whether the balance (C17) holds the month's money: more of its days could be tested than not, and on none between the first and the last was a
 * listing or a cost wanting, which leaves every stretch of looks across that day untested. A day with a fax of unknown price under way is tested by the
 * stretches around it, one that lost no more than refused records can explain is held up by C24, and days without a look are part of the next
 * day's. What the last days cost after the last look is thus let through here: that nobody looked is told by C1. `p` is the month.
 */
const HOLDS_BALANCE = `(
  select coalesce(sum(r.tested_count) > sum(r.untestable_count), false) and not coalesce(bool_or(
      r.untestable_count > 0 and r.reason in ('not_listed', 'cost_unknown')
      and r.grain > p.period::text and r.grain < (p.period + interval '1 month - 1 day')::date::text), false)
  from run_results r where r.check_id = 'C17')`;

/**
 * Where the month goes now; no row where it stays. It becomes ready by a run as of its settling day or later that found nothing it cannot explain
 * and that held the month's money against balance (C17) or invoice (C19). Of a month that began before the first look at the balance nobody
 * can ask that: it would never be closed, and none after it. $1 account, $2 period, $3 run.
 */
const NEXT_STATE = `
with facts as (
  select p.state, a.as_of >= a.ends_at as has_ended, (a.as_of at time zone a.billing_zone)::date >= p.settles_on as has_settled,
    not exists (select from recon.items i where i.account_id = p.account_id and i.period = p.period and ${HOLDS_UP}) as is_explained,
    ${HOLDS_BALANCE}
      or exists (select from run_results r where r.check_id = 'C19' and r.tested_count > 0)
      or exists (select from recon.runs u where u.run_id = $3 and u.every = 'day') and a.starts_at < (
        select s.observed_at from warehouse.account_snapshots s where s.account_id = $1 order by s.observation_no limit 1) as is_tied
  from asked a join recon.periods p on p.account_id = $1 and p.period = $2::date
)
select case
  when state = 'open' and has_ended then 'settling'
  when state in ('settling', 'reopened') and has_settled and is_explained and is_tied then 'ready'
  when state in ('ready', 'prepared') and not is_explained then 'settling' end as next_state
from facts`;

/** $1 account, $2 period, $3 state, $4 now, $5 run. */
const STEP = `
with former as (
  select state from recon.periods where account_id = $1 and period = $2::date
), stepped as (
  update recon.periods set state = $3, changed_at = $4::timestamptz,
    prepared_by = null, prepared_at = null, prepared_run_id = null, statement = null
  where account_id = $1 and period = $2::date
)
insert into recon.events (account_id, actor, kind, period, run_id, details)
select $1, '${RUN_ACTOR}', 'period_' || $3, $2::date, $5, json_build_object('before', state)::text from former`;

/**
 * Moves the period on where the run allows it, and back where it no longer does; a run that changes nothing writes nothing. Not for one that looks back.
 * Takes the tables of the run (`asked`, `run_results`) after the items were merged.
 */
export async function stepPeriod(
  client: pg.ClientBase,
  of: { readonly runId: number; readonly accountId: number; readonly period: Period; readonly now: Instant },
): Promise<void> {
  const { runId, accountId, period, now } = of;
  // A month may end and be ready in one run, hence twice.
  for (let step = 0; step < 2; step++) {
    const { rows } = await client.query<{ next_state: string | null }>(NEXT_STATE, [accountId, period, runId]);
    const next = rows[0]?.next_state ?? null;
    if (next === null) return;
    await client.query(STEP, [accountId, period, next, toIso(now), runId]);
  }
}
