import type pg from 'pg';
import type { Instant } from '../../domain/time.ts';
import { instantOf, int8ToNumber } from '../connection.ts';
import { toWarehouseError } from '../database-error.ts';

/** Where a month of an account's bill stands. */
export interface PeriodFacts {
  /** `YYYY-MM-DD`, its first day. */
  readonly period: string;
  /** open, settling, ready, prepared, closed or reopened. */
  readonly state: string;
  /** `YYYY-MM-DD`, from which day on it may be ready. */
  readonly settlesOn: string;
  readonly changedAt: Instant;
  /** Null while nobody has prepared it. */
  readonly preparedBy: string | null;
  readonly preparedAt: Instant | null;
  readonly statement: string | null;
  /** How often it was closed. */
  readonly closingNo: number;
  /** Of its latest closing; null while it was never closed. */
  readonly approvedBy: string | null;
  readonly closedAt: Instant | null;
  /** US cents its bill came to, corrections included, over all its closings; null while it was never closed. */
  readonly billedCents: number | null;
  /** Of these what corrects earlier months. */
  readonly correctionCents: number | null;
  /** US cents that the complete run that has seen most saw charged for its days; null before the first. */
  readonly chargedCents: number | null;
  /** Items that nobody has explained, and those of them of severity error. */
  readonly openItems: number;
  readonly openErrors: number;
}

const PERIODS = `
with asked as (
  select account_id from warehouse.accounts where account_key = $1
)
select p.period, p.state, p.settles_on, p.changed_at, p.prepared_by, p.prepared_at, p.statement, p.closing_no,
  l.approved_by, l.closed_at, c.billed_cents, c.correction_cents, r.charged_cents, i.open_items, i.open_errors
from recon.periods p
left join recon.closings l on l.account_id = p.account_id and l.period = p.period and l.closing_no = p.closing_no
cross join lateral (
  select sum(k.billed_cents)::bigint as billed_cents, sum(k.correction_cents)::bigint as correction_cents
  from recon.closings k where k.account_id = p.account_id and k.period = p.period
) c
left join lateral (
  select u.charged_cents from recon.runs u
  where u.account_id = p.account_id and u.period = p.period and u.status = 'complete'
  order by u.as_of desc, u.run_id desc limit 1
) r on true
cross join lateral (
  select count(*)::integer as open_items, (count(*) filter (where o.severity = 'error'))::integer as open_errors
  from recon.items o where o.account_id = p.account_id and o.period = p.period and o.state = 'open'
) i
where p.account_id = (select account_id from asked)
order by p.period`;

interface PeriodRow {
  readonly period: string;
  readonly state: string;
  readonly settles_on: string;
  readonly changed_at: Date;
  readonly prepared_by: string | null;
  readonly prepared_at: Date | null;
  readonly statement: string | null;
  readonly closing_no: number;
  readonly approved_by: string | null;
  readonly closed_at: Date | null;
  readonly billed_cents: string | null;
  readonly correction_cents: string | null;
  readonly charged_cents: string | null;
  readonly open_items: number;
  readonly open_errors: number;
}

/** Every month of the account of which a run was made, in their order; none where nothing was reconciled. @throws {WarehouseError} */
export async function readPeriods(pool: pg.Pool, account: string): Promise<PeriodFacts[]> {
  try {
    const { rows } = await pool.query<PeriodRow>(PERIODS, [account]);
    return rows.map(factsOf);
  } catch (error) {
    throw toWarehouseError(error);
  }
}

function factsOf(row: PeriodRow): PeriodFacts {
  return {
    period: row.period,
    state: row.state,
    settlesOn: row.settles_on,
    changedAt: instantOf(row.changed_at),
    preparedBy: row.prepared_by,
    preparedAt: instantOf(row.prepared_at),
    statement: row.statement,
    closingNo: row.closing_no,
    approvedBy: row.approved_by,
    closedAt: instantOf(row.closed_at),
    billedCents: centsOf(row.billed_cents),
    correctionCents: centsOf(row.correction_cents),
    chargedCents: centsOf(row.charged_cents),
    openItems: row.open_items,
    openErrors: row.open_errors,
  };
}

function centsOf(text: string | null): number | null {
  return text === null ? null : int8ToNumber(text);
}
