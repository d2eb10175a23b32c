import type pg from 'pg';
import { int8ToNumber } from '../connection.ts';
import { toWarehouseError } from '../database-error.ts';

/** What one check of a run came to, over all its rows. */
export interface CheckSums {
  readonly checkId: string;
  /** The worst of its rows: exception, then explained, within_tolerance, pass; not_testable where nothing could be tested. */
  readonly outcome: string;
  readonly severity: string;
  readonly tested: number;
  readonly within: number;
  readonly explained: number;
  readonly exceptions: number;
  readonly untestable: number;
  /** US cents at stake in the exceptions, each without its sign. */
  readonly exceptionCents: number;
  /** The most frequent reason: of the exceptions, else of what is explained, else of what cannot be tested; null where all passes. */
  readonly reason: string | null;
  /** Items of the month that stand open now, after what people decided. */
  readonly openItems: number;
  /** Their US cents, each without its sign. */
  readonly openCents: number;
}

/** $1 run. Numbers of checks are ordered as numbers. */
const CHECK_SUMS = `
with run as (
  select account_id, period, results_run_id from recon.runs where run_id = $1
), open_items as (
  select i.check_id, count(*) as items, sum(abs(i.cents)) as cents
  from recon.items i join run r on r.account_id = i.account_id and r.period = i.period
  where i.state = 'open' group by i.check_id
), sums as (
  select x.check_id, max(x.severity) as severity,
    bool_or(x.outcome = 'exception') as is_exception, bool_or(x.outcome = 'explained') as is_explained,
    bool_or(x.outcome = 'within_tolerance') as is_within, bool_or(x.outcome = 'pass') as is_pass,
    sum(x.tested_count) as tested, sum(x.within_count) as within, sum(x.explained_count) as explained, sum(x.exception_count) as exceptions,
    sum(x.untestable_count) as untestable, sum(x.exception_cents) as exception_cents,
    coalesce(
      mode() within group (order by x.reason) filter (where x.outcome = 'exception'),
      mode() within group (order by x.reason) filter (where x.outcome = 'explained'),
      mode() within group (order by x.reason)) as reason
  from recon.results x where x.run_id = (select results_run_id from run) group by x.check_id
)
select coalesce(s.check_id, o.check_id) as check_id,
  case when s.is_exception then 'exception' when s.is_explained then 'explained' when s.is_within then 'within_tolerance'
    when s.is_pass then 'pass' else 'not_testable' end as outcome,
  coalesce(s.severity, '') as severity, coalesce(s.tested, 0)::bigint as tested, coalesce(s.within, 0)::bigint as within,
  coalesce(s.explained, 0)::bigint as explained, coalesce(s.exceptions, 0)::bigint as exceptions, coalesce(s.untestable, 0)::bigint as untestable,
  coalesce(s.exception_cents, 0)::bigint as exception_cents, s.reason, coalesce(o.items, 0)::bigint as open_items, coalesce(o.cents, 0)::bigint as open_cents
from sums s full join open_items o on o.check_id = s.check_id
order by substr(coalesce(s.check_id, o.check_id), 2)::integer`;

/**
 * Sums up a run by check, in order of the checks; also checks that were not run and of which something stands open.
 * @throws {WarehouseError}
 */
export async function readCheckSums(pool: pg.Pool, runId: number): Promise<CheckSums[]> {
  try {
    const { rows } = await pool.query<{
      check_id: string;
      outcome: string;
      severity: string;
      tested: string;
      within: string;
      explained: string;
      exceptions: string;
      untestable: string;
      exception_cents: string;
      reason: string | null;
      open_items: string;
      open_cents: string;
    }>(CHECK_SUMS, [runId]);
    return rows.map((row) => ({
      checkId: row.check_id,
      outcome: row.outcome,
      severity: row.severity,
      tested: int8ToNumber(row.tested),
      within: int8ToNumber(row.within),
      explained: int8ToNumber(row.explained),
      exceptions: int8ToNumber(row.exceptions),
      untestable: int8ToNumber(row.untestable),
      exceptionCents: int8ToNumber(row.exception_cents),
      reason: row.reason,
      openItems: int8ToNumber(row.open_items),
      openCents: int8ToNumber(row.open_cents),
    }));
  } catch (error) {
    throw toWarehouseError(error);
  }
}
