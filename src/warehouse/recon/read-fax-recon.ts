import type pg from 'pg';
import type { Instant } from '../../domain/time.ts';
import { instantOf, int8ToNumber } from '../connection.ts';
import { toWarehouseError } from '../database-error.ts';

/** An item about the fax. */
export interface FaxItem {
  readonly itemId: string;
  /** `YYYY-MM-DD`, first day of the month in whose bill it stands. */
  readonly period: string;
  readonly checkId: string;
  readonly reason: string;
  readonly severity: string;
  readonly state: string;
  /** Decimal texts in the unit of the check; null where not known. */
  readonly actual: string | null;
  readonly expected: string | null;
  readonly cents: number;
  /** What it was found to owe; of it {@link creditedCents} is settled. */
  readonly owedCents: number;
  /** What people wrote down as credited; null where nothing. */
  readonly creditedCents: number | null;
  readonly openedAt: Instant;
  readonly openedRunId: string;
}

/** An event of the chain about one of these items. */
export interface FaxEvent {
  readonly sequence: number;
  readonly at: Instant;
  readonly kind: string;
  readonly actor: string;
  readonly itemId: string;
  readonly runId: string | null;
}

/** A line of a closed bill. */
export interface FaxLine {
  readonly billingPeriod: string;
  readonly closingNo: number;
  readonly closedAt: Instant | null;
  readonly chargePeriod: string;
  readonly isCorrection: boolean;
  readonly quantity: number | null;
  readonly cents: number;
}

/** The latest complete run over the month of the fax. */
export interface FaxRun {
  readonly runId: string;
  readonly asOf: Instant;
  readonly finishedAt: Instant | null;
  /** Checks that were run. */
  readonly checks: readonly string[];
}

/** What the reconciliation says of one fax. */
export interface FaxRecon {
  readonly items: readonly FaxItem[];
  readonly events: readonly FaxEvent[];
  readonly lines: readonly FaxLine[];
  /** Null where its month was never reconciled. */
  readonly run: FaxRun | null;
}

const ITEMS = `
select item_id, period, check_id, reason, severity, state, actual::text, expected::text, cents, owed_cents, credited_cents, opened_at, opened_run_id
from recon.items where account_id = $1 and subject_kind = 'fax' and subject_id = $2::bigint::text order by item_id`;

const EVENTS = `
select e.sequence_no, e.happened_at, e.kind, e.actor, e.item_id, e.run_id
from recon.events e
join recon.items i on i.account_id = e.account_id and i.item_id = e.item_id
where e.account_id = $1 and i.subject_kind = 'fax' and i.subject_id = $2::bigint::text order by e.sequence_no`;

const LINES = `
select l.billing_period, l.closing_no, c.closed_at, l.charge_period, l.is_correction, l.quantity, l.cents
from recon.bill_lines l
left join recon.closings c on c.account_id = l.account_id and c.period = l.billing_period and c.closing_no = l.closing_no
where l.account_id = $1 and l.charge_kind = 'fax' and l.subject_id = $2::bigint::text
order by l.billing_period, l.closing_no`;

const RUN = `
select r.run_id, r.as_of, r.finished_at,
  (select array_agg(distinct x.check_id order by x.check_id) from recon.results x where x.run_id = r.results_run_id) as checks
from recon.runs r
where r.account_id = $1 and r.period = $2::date and r.status = 'complete' and r.every = 'day'
order by r.as_of desc, r.run_id desc limit 1`;

/**
 * Reads what the reconciliation says of one fax. `period`: first day of its month in the billing zone.
 * @throws {WarehouseError}
 */
export async function readFaxRecon(
  pool: pg.Pool,
  { accountId, faxId, period }: { readonly accountId: number; readonly faxId: string; readonly period: string },
): Promise<FaxRecon> {
  const keys = [accountId, faxId];
  try {
    return {
      items: await readItemsOf(pool, keys),
      events: await readEventsOf(pool, keys),
      lines: await readLinesOf(pool, keys),
      run: await readRunOf(pool, [accountId, period]),
    };
  } catch (error) {
    throw toWarehouseError(error);
  }
}

type Keys = ReadonlyArray<number | string>;

async function readItemsOf(pool: pg.Pool, keys: Keys): Promise<FaxItem[]> {
  const { rows } = await pool.query<{
    item_id: string;
    period: string;
    check_id: string;
    reason: string;
    severity: string;
    state: string;
    actual: string | null;
    expected: string | null;
    cents: string;
    owed_cents: string;
    credited_cents: string | null;
    opened_at: Date;
    opened_run_id: string;
  }>(ITEMS, [...keys]);
  return rows.map((row) => ({
    itemId: row.item_id,
    period: row.period,
    checkId: row.check_id,
    reason: row.reason,
    severity: row.severity,
    state: row.state,
    actual: row.actual,
    expected: row.expected,
    cents: int8ToNumber(row.cents),
    owedCents: int8ToNumber(row.owed_cents),
    creditedCents: row.credited_cents === null ? null : int8ToNumber(row.credited_cents),
    openedAt: instantOf(row.opened_at),
    openedRunId: row.opened_run_id,
  }));
}

async function readEventsOf(pool: pg.Pool, keys: Keys): Promise<FaxEvent[]> {
  const { rows } = await pool.query<{
    sequence_no: string;
    happened_at: Date;
    kind: string;
    actor: string;
    item_id: string;
    run_id: string | null;
  }>(EVENTS, [...keys]);
  return rows.map((row) => ({
    sequence: int8ToNumber(row.sequence_no),
    at: instantOf(row.happened_at),
    kind: row.kind,
    actor: row.actor,
    itemId: row.item_id,
    runId: row.run_id,
  }));
}

async function readLinesOf(pool: pg.Pool, keys: Keys): Promise<FaxLine[]> {
  const { rows } = await pool.query<{
    billing_period: string;
    closing_no: number;
    closed_at: Date | null;
    charge_period: string;
    is_correction: boolean;
    quantity: number | null;
    cents: string;
  }>(LINES, [...keys]);
  return rows.map((row) => ({
    billingPeriod: row.billing_period,
    closingNo: row.closing_no,
    closedAt: instantOf(row.closed_at),
    chargePeriod: row.charge_period,
    isCorrection: row.is_correction,
    quantity: row.quantity,
    cents: int8ToNumber(row.cents),
  }));
}

async function readRunOf(pool: pg.Pool, keys: Keys): Promise<FaxRun | null> {
  const { rows } = await pool.query<{ run_id: string; as_of: Date; finished_at: Date | null; checks: string[] | null }>(
    RUN,
    [...keys],
  );
  const [row] = rows;
  if (row === undefined) return null;
  return {
    runId: row.run_id,
    asOf: instantOf(row.as_of),
    finishedAt: instantOf(row.finished_at),
    checks: (row.checks ?? []).sort((a, b) => Number(a.slice(1)) - Number(b.slice(1))),
  };
}
