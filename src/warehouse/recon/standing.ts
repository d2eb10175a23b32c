import type pg from 'pg';
import type { Period } from '../../domain/reconciliation.ts';
import type { Instant } from '../../domain/time.ts';
import { instantOf, int8ToNumber } from '../connection.ts';
import { toWarehouseError } from '../database-error.ts';

/** What the reconciliation left of one account, over all its months, as it is now: also what people decided since the last run. */
export interface Standing {
  /** US cents of open items of severity error, each without its sign. */
  readonly unexplainedCents: number;
  /** Open items of severity error, and of severity warn. */
  readonly errors: number;
  readonly warnings: number;
  /** US cents that the provider owes by items that are open or disputed, less what it has credited of them. */
  readonly owedCents: number;
  /**
   * Of the complete runs that have seen most of months that are not closed: per cent of the faxes held against their price that agree, rounded down to
   * hundredths; null where none was.
   */
  readonly matchedByCount: number | null;
  /** The same of their cost. */
  readonly matchedByMoney: number | null;
  /** Up to when all months that are not closed were reconciled: the instant of the one that is furthest behind; null before the first run. */
  readonly reconciledAt: Instant | null;
  /** When anything of the account was loaded first; null where nothing was. */
  readonly knownSince: Instant | null;
}

/** Along indexes only: items that stand, a row a month, and for each month its latest runs. $1 account. */
const STANDING = `
with asked as (
  select account_id, created_at from warehouse.accounts where account_key = $1
), standing as (
  select coalesce(sum(abs(cents)) filter (where state = 'open' and severity = 'error'), 0) as unexplained_cents,
    count(*) filter (where state = 'open' and severity = 'error') as errors,
    count(*) filter (where state = 'open' and severity = 'warn') as warnings,
    coalesce(sum(greatest(owed_cents - coalesce(credited_cents, 0), 0)) filter (where state in ('open', 'disputed')), 0) as owed_cents
  from recon.items
  where account_id = (select account_id from asked) and state <> 'cleared'
), latest as (
  select p.state, r.tested_count, r.matched_count, r.tested_cents, r.matched_cents, least(r.as_of, r.finished_at) as known_at
  from recon.periods p
  cross join lateral (
    select r.tested_count, r.matched_count, r.tested_cents, r.matched_cents, r.as_of, r.finished_at from recon.runs r
    where r.account_id = p.account_id and r.period = p.period and r.status = 'complete' and r.every = 'day'
    order by r.as_of desc, r.run_id desc limit 1
  ) r
  where p.account_id = (select account_id from asked)
), whole as (
  select coalesce(min(known_at) filter (where state <> 'closed'), max(known_at)) as reconciled_at,
    sum(tested_count) filter (where state <> 'closed') as tested_count, sum(matched_count) filter (where state <> 'closed') as matched_count,
    sum(tested_cents) filter (where state <> 'closed') as tested_cents, sum(matched_cents) filter (where state <> 'closed') as matched_cents
  from latest
)
select s.unexplained_cents::bigint, s.errors::integer, s.warnings::integer, s.owed_cents::bigint, w.reconciled_at,
  (floor(10000 * w.matched_count / nullif(w.tested_count, 0)) / 100)::float8 as matched_by_count,
  (floor(10000 * w.matched_cents / nullif(w.tested_cents, 0)) / 100)::float8 as matched_by_money,
  (select created_at from asked) as known_since
from standing s cross join whole w`;

interface StandingRow {
  readonly unexplained_cents: string;
  readonly errors: number;
  readonly warnings: number;
  readonly owed_cents: string;
  readonly matched_by_count: number | null;
  readonly matched_by_money: number | null;
  readonly reconciled_at: Date | null;
  readonly known_since: Date | null;
}

/**
 * Reads what stands of one account; zeros and nulls where nothing was ever reconciled. Cheap enough for every quarter of an hour.
 * @throws {WarehouseError}
 */
export async function readStanding(pool: pg.Pool, account: string): Promise<Standing> {
  try {
    const { rows } = await pool.query<StandingRow>(STANDING, [account]);
    const [row] = rows;
    return {
      unexplainedCents: int8ToNumber(row?.unexplained_cents ?? '0'),
      errors: row?.errors ?? 0,
      warnings: row?.warnings ?? 0,
      owedCents: int8ToNumber(row?.owed_cents ?? '0'),
      matchedByCount: row?.matched_by_count ?? null,
      matchedByMoney: row?.matched_by_money ?? null,
      reconciledAt: instantOf(row?.reconciled_at ?? null),
      knownSince: instantOf(row?.known_since ?? null),
    };
  } catch (error) {
    throw toWarehouseError(error);
  }
}

/** An exception as it may be told outside of the warehouse: by its number, never by a phone number. */
export interface OpenError {
  readonly itemId: number;
  readonly checkId: string;
  readonly reason: string;
  readonly cents: number;
  readonly owedCents: number;
  /** Id of the fax where it is about one; null for everything else. */
  readonly faxId: string | null;
}

/** Which exceptions are asked for. */
export interface OpenErrorsRequest {
  readonly account: string;
  readonly period: Period;
  /** Only what this run found or found changed; null: whatever stands. */
  readonly changedByRun: number | null;
  readonly limit: number;
}

/** Most money first. $1 account, $2 period, $3 run or null, $4 how many. */
const OPEN_ERRORS = `
select item_id, check_id, reason, cents, owed_cents, case when subject_kind = 'fax' and subject_id ~ '^[0-9]+$' then subject_id end as fax_id
from recon.items
where account_id = (select account_id from warehouse.accounts where account_key = $1) and period = $2::date and state <> 'cleared'
  and state = 'open' and severity = 'error' and ($3::bigint is null or changed_run_id = $3::bigint)
order by abs(cents) desc, item_id limit $4`;

interface OpenErrorRow {
  readonly item_id: string;
  readonly check_id: string;
  readonly reason: string;
  readonly cents: string;
  readonly owed_cents: string;
  readonly fax_id: string | null;
}

/** Reads the exceptions of severity error of a month that nobody has explained, most money first. @throws {WarehouseError} */
export async function readOpenErrors(pool: pg.Pool, request: OpenErrorsRequest): Promise<OpenError[]> {
  const { account, period, changedByRun, limit } = request;
  try {
    const { rows } = await pool.query<OpenErrorRow>(OPEN_ERRORS, [account, period, changedByRun, limit]);
    return rows.map((row) => ({
      itemId: int8ToNumber(row.item_id),
      checkId: row.check_id,
      reason: row.reason,
      cents: int8ToNumber(row.cents),
      owedCents: int8ToNumber(row.owed_cents),
      faxId: row.fax_id,
    }));
  } catch (error) {
    throw toWarehouseError(error);
  }
}
