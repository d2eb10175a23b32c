import type pg from 'pg';
import type { Period } from '../../domain/reconciliation.ts';
import { type Instant, toIso } from '../../domain/time.ts';
import { toWarehouseError } from '../database-error.ts';

/** In the first days of a month the one before it is looked at every hour too: its last faxes are not over yet. */
const HOURLY_DAYS = 3;

/** The first month of which anything is known, a fax, a rent or a look at the account, and the present one. $1 account, $2 now. */
const KNOWN = `
known as (
  select a.account_id, a.billing_zone, t.day, coalesce(date_trunc('month', least(
      (select min(f.created_at) from warehouse.faxes f where f.account_id = a.account_id),
      (select min(c.billed_at) from warehouse.phone_number_charges c where c.account_id = a.account_id),
      (select min(s.observed_at) from warehouse.account_snapshots s where s.account_id = a.account_id)
    ) at time zone a.billing_zone), date_trunc('month', t.day))::date as first_month, date_trunc('month', t.day)::date as present_month
  from warehouse.accounts a
  cross join lateral (select ($2::timestamptz at time zone a.billing_zone)::date as day) t
  where a.account_key = $1
)`;

/**
 * Every hour the present month; every day also the one before, each that is known and not closed, each closed one of which credits may still come
 * or be missed, each in which an error stands, and each of which an invoice was imported since its last run. The one that was tried the longest ago
 * comes first, so that neither a round cut short nor a month that fails starves the others.
 */
const DUE = `
with ${KNOWN}, today as (
  select account_id, day from known
), due as (
  select account_id, date_trunc('month', day)::date as period from today
  union
  select account_id, (date_trunc('month', day) - interval '1 month')::date from today
  where $3 = 'day' or extract(day from day) <= ${HOURLY_DAYS}
  union
  select p.account_id, p.period from recon.periods p join today t on t.account_id = p.account_id
  where $3 = 'day' and (p.state <> 'closed' or (p.period + interval '1 month' + make_interval(days => $4))::date > t.day)
  union
  select i.account_id, i.period from recon.items i join today t on t.account_id = i.account_id
  where $3 = 'day' and i.state = 'open' and i.severity = 'error'
  union
  select v.account_id, v.period from recon.invoices v join today t on t.account_id = v.account_id
  where $3 = 'day' and not exists (
    select from recon.runs r
    where r.account_id = v.account_id and r.period = v.period and r.every = 'day' and r.status = 'complete' and least(r.as_of, r.started_at) > v.imported_at)
)
select d.period::text as period
from due d
join known k on d.period between k.first_month and k.present_month
left join lateral (
  select max(r.run_id) as run_id from recon.runs r
  where r.account_id = d.account_id and r.period = d.period and r.every = $3
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

/** Months that can be reconciled. */
export interface KnownMonths {
  readonly first: Period;
  /** The present one, in the account's billing zone. */
  readonly last: Period;
}

/** The months from the first of which anything is known to the present one; null where nothing of the account was ever loaded. @throws {WarehouseError} */
export async function readKnownMonths(
  database: pg.Pool | pg.ClientBase,
  { account, now }: { readonly account: string; readonly now: Instant },
): Promise<KnownMonths | null> {
  try {
    const { rows } = await database.query<{ first_month: string; present_month: string }>(
      `with ${KNOWN} select first_month::text, present_month::text from known`,
      [account, toIso(now)],
    );
    const [row] = rows;
    return row === undefined ? null : { first: row.first_month as Period, last: row.present_month as Period };
  } catch (error) {
    throw toWarehouseError(error);
  }
}
