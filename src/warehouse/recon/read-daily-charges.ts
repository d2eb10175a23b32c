import type pg from 'pg';
import { type Instant, toIso } from '../../domain/time.ts';
import { int8ToNumber } from '../connection.ts';
import { toWarehouseError } from '../database-error.ts';

/** What was charged for the use of one day, credits taken off. */
export interface DailyCharges {
  /** `YYYY-MM-DD` in the billing zone. */
  readonly day: string;
  readonly cents: number;
}

const DAILY_CHARGES = `
select c.usage_date as day, sum(c.cents)::bigint as cents
from warehouse.charges c join warehouse.accounts a on a.account_id = c.account_id
where a.account_key = $1 and (c.charge_kind <> 'rent' or c.used_at >= $2::timestamptz)
group by c.usage_date order by c.usage_date`;

/**
 * The charges of an account by day of use: faxes of every day, rents from an instant on, since lists show of a rent only that it was taken last.
 * @throws {WarehouseError}
 */
export async function readDailyCharges(
  pool: pg.Pool,
  { account, rentsFrom }: { readonly account: string; readonly rentsFrom: Instant },
): Promise<DailyCharges[]> {
  try {
    const { rows } = await pool.query<{ day: string; cents: string }>(DAILY_CHARGES, [account, toIso(rentsFrom)]);
    return rows.map(({ day, cents }) => ({ day, cents: int8ToNumber(cents) }));
  } catch (error) {
    throw toWarehouseError(error);
  }
}
