import { type Period, parsePeriod, RECONCILIATION_DEFAULTS } from '../../src/domain/reconciliation.ts';
import type { Instant } from '../../src/domain/time.ts';
import { type Check, EXACT } from '../../src/warehouse/recon/check.ts';
import { approvePeriod, type ClosedPeriod, preparePeriod } from '../../src/warehouse/recon/close.ts';
import { type RunSummary, runChecks } from '../../src/warehouse/recon/run.ts';
import type { ReconBed } from './recon-bed.ts';

/** A row that a check of a test gives. */
export interface GivenRow {
  readonly subject: string;
  readonly kind?: string;
  readonly left?: number | null;
  readonly right?: number | null;
  readonly cents?: number;
  readonly owed?: number;
  readonly verdict?: string | null;
  readonly reason?: string | null;
}

/** A check that finds what it is given, so that the life of items can be told without the world that leads to them. */
export function givenCheck(id: `C${number}`, over: Partial<Check> = {}): Check {
  return {
    id,
    name: `given_${id.toLowerCase()}`,
    left: 'what the test says',
    right: 'what it should be',
    why: 'So that items can be followed.',
    unit: 'cents',
    severity: 'error',
    tolerance: EXACT,
    isGate: false,
    every: 'day',
    reasons: {},
    sql: `
    select 'period' as grain, subject_kind, subject_id, left_value, right_value, cents, owed_cents, verdict, reason
    from public.given_rows where check_id = '${id}' and account_id = (select account_id from asked)`,
    ...over,
  };
}

/** A balance that always agrees: with it a month may become ready. */
export const agreeingBalance: Check = givenCheck('C17', {
  sql: `
  select 'period' as grain, 'account' as subject_kind, account_key as subject_id, 1::numeric as left_value, 1::numeric as right_value,
    0::bigint as cents, 0::bigint as owed_cents, null::text as verdict, null::text as reason
  from asked`,
});

/** The month of a text such as `2026-07`. */
export function monthOf(text: string): Period {
  const period = parsePeriod(text);
  if (period === null) throw new Error(`${text} is no month`);
  return period;
}

/** What a run of a test is asked. */
export interface TestRun {
  readonly period: string;
  readonly asOf: Instant;
  readonly now?: Instant;
  readonly checks: readonly Check[];
  readonly every?: 'hour' | 'day';
  readonly timeoutMs?: number;
}

/** Makes the table of given rows in the database of the bed. */
export async function makeGivenRows(bed: ReconBed): Promise<void> {
  await bed.database.pool.query(`
    create table public.given_rows (account_id integer, check_id text, subject_kind text, subject_id text, left_value numeric, right_value numeric,
      cents bigint, owed_cents bigint, verdict text, reason text);
    grant select on public.given_rows to public`);
}

/** From here on the check finds these rows of the account, and no others. */
export async function give(bed: ReconBed, check: string, rows: readonly GivenRow[]): Promise<void> {
  const { pool } = bed.database;
  const account = '(select account_id from warehouse.accounts where account_key = $1)';
  await pool.query(`delete from public.given_rows where check_id = $2 and account_id = ${account}`, [
    bed.account,
    check,
  ]);
  for (const {
    subject,
    kind = 'fax',
    left = 1,
    right = 0,
    cents = 1,
    owed = 0,
    verdict = null,
    reason = null,
  } of rows) {
    await pool.query(`insert into public.given_rows values (${account}, $2, $3, $4, $5, $6, $7, $8, $9, $10)`, [
      bed.account,
      check,
      kind,
      subject,
      left,
      right,
      cents,
      owed,
      verdict,
      reason,
    ]);
  }
}

/** Runs checks on the account of the bed, with its login. */
export async function run(bed: ReconBed, of: TestRun): Promise<RunSummary> {
  const { period, asOf, now = asOf, checks, every = 'day', timeoutMs = 60_000 } = of;
  const request = {
    account: bed.account,
    period: monthOf(period),
    asOf,
    settings: RECONCILIATION_DEFAULTS,
    checks,
    every,
    now,
    timeoutMs,
  };
  const summary = await runChecks(bed.pool, { ...request, codeVersion: 'test' });
  if (summary === null) throw new Error('the test loaded nothing of the account');
  return summary;
}

/** Every row of schema recon of the account by table, with the transaction that wrote it: equal states, nothing written. */
export async function writtenRows(bed: ReconBed, but: readonly string[] = []): Promise<Record<string, string[]>> {
  const tables = [
    'settings_versions',
    'runs',
    'results',
    'items',
    'periods',
    'closings',
    'closing_items',
    'bill_lines',
    'events',
  ];
  const written: Record<string, string[]> = {};
  for (const table of tables.filter((name) => !but.includes(name))) {
    const { rows } = await bed.database.pool.query<{ row: string }>(
      `select t.xmin || ' ' || t::text as row from recon.${table} t
       where account_id = (select account_id from warehouse.accounts where account_key = $1) order by 1`,
      [bed.account],
    );
    written[table] = rows.map(({ row }) => row);
  }
  return written;
}

/** Events of the account in their order. */
export async function eventsOf(
  bed: ReconBed,
): Promise<Array<{ kind: string; actor: string; details: Record<string, unknown> }>> {
  const { rows } = await bed.database.pool.query<{ kind: string; actor: string; details: string }>(
    `select kind, actor, details from recon.events
     where account_id = (select account_id from warehouse.accounts where account_key = $1) order by sequence_no`,
    [bed.account],
  );
  return rows.map(({ kind, actor, details }) => ({
    kind,
    actor,
    details: JSON.parse(details) as Record<string, unknown>,
  }));
}

/** Two people who sign in tests. */
export const PREPARER = 'Anna Berg';
export const APPROVER = 'Ben Cole';

/** Runs the checks as of an instant at which the month has settled, prepares and approves it. */
export async function closeMonth(
  bed: ReconBed,
  period: string,
  asOf: Instant,
  checks: readonly Check[] = [agreeingBalance],
): Promise<ClosedPeriod> {
  await run(bed, { period, asOf, checks });
  const step = { account: bed.account, period: monthOf(period), now: asOf };
  await preparePeriod(bed.pool, { ...step, preparer: PREPARER, statement: 'As counted.' });
  return approvePeriod(bed.pool, { ...step, approver: APPROVER });
}

/** The bill of a month, one text a line: day, kind, subject, `c` for corrections, `closed` where it is, pages or months, US cents. */
export async function billOf(bed: ReconBed, period: string): Promise<string[]> {
  const { rows } = await bed.pool.query<{ line: string }>(
    `select concat_ws(' ', usage_date, charge_kind, subject_id, case when is_correction then 'c' end, case when is_closed then 'closed' end,
       coalesce(quantity::text, '-'), cents) as line
     from recon.bill
     where account_id = (select account_id from warehouse.accounts where account_key = $1) and billing_period = $2::date
     order by usage_date, charge_kind, subject_id collate "C", is_closed desc`,
    [bed.account, monthOf(period)],
  );
  return rows.map(({ line }) => line);
}

/** What an item of a test is asked for. */
export interface SeenItem {
  readonly itemId: number;
  readonly check: string;
  readonly subject: string;
  readonly state: string;
  readonly reason: string;
  readonly cents: number;
  readonly decidedBy: string | null;
  readonly reopenedCount: number;
}

/** The items of the account in the order in which they were opened. */
export async function itemsOf(bed: ReconBed): Promise<SeenItem[]> {
  const { rows } = await bed.database.pool.query<SeenItem>(
    `select item_id::float8 as "itemId", check_id as "check", subject_id as subject, state, reason, cents::float8 as cents,
       decided_by as "decidedBy", reopened_count as "reopenedCount"
     from recon.items
     where account_id = (select account_id from warehouse.accounts where account_key = $1) order by item_id`,
    [bed.account],
  );
  return rows;
}
