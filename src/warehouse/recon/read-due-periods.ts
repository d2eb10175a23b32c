import type pg from 'pg';
import type { Period } from '../../domain/reconciliation.ts';
import { type Instant, toIso } from '../../domain/time.ts';
import { toWarehouseError } from '../database-error.ts';

/** In the first days of a month the one before it is looked at every hour too: its last faxes are not over yet. */
const HOURLY_DAYS = 3;

/**
 * Every hour the present month; every day also the one before, each that is known and not closed, and each closed one of which credits may
 * still come or be missed. The one whose last whole run is the longest ago comes first, so that a round cut short starves none.
 */
const DUE = `
with today as (
  select account_id, ($2::timestamptz at time zone billing_zone)::date as day from warehouse.accounts where account_key = $1
), due as (
  select account_id, date_trunc('month', day)::date as period from today
  union
  select account_id, (date_trunc('month', day) - interval '1 month')::date from today
  where $3 = 'day' or extract(day from day) <= ${HOURLY_DAYS}
  union
  select p.account_id, p.period from recon.periods p join today t on t.account_id = p.account_id
  where $3 = 'day' and (p.state <> 'closed' or (p.period + interval '1 month' + make_interval(days => $4))::date > t.day)
)
select d.period::text as period from due d
left join lateral (
  select max(r.run_id) as run_id from recon.runs r
  where r.account_id = d.account_id and r.period = d.period and r.every = $3 and r.status = 'complete'
) latest on true
order by latest.run_id nulls first, d.period desc`;

/** Which months of an account a round looks at, the most overdue first; none where nothing of it was ever loaded. @throws {WarehouseError} */
export async function readDuePeriods(
  pool: pg.Pool,
  {
    account,
    now,
    every,
    watchedDays,
  }: {
    readonly account: string;
    readonly now: Instant;
    readonly every: 'hour' | 'day';
    /** Days after its end for which a closed month is still looked at. */
    readonly watchedDays: number;
  },
): Promise<Period[]> {
  try {
    const { rows } = await pool.query<{ period: string }>(DUE, [account, toIso(now), every, watchedDays]);
    return rows.map(({ period }) => period as Period);
  } catch (error) {
    throw toWarehouseError(error);
  }
}
