import type pg from 'pg';
import { type Asked, ask, monthStart, type ReportScope } from './report-page-ask.ts';
import { flag, instantOrNull, text, textOrNull, whole, wholeOrNull } from './report-page-read.ts';

/** Whether the bill of one month agrees. US cents. */
export interface BillMonth {
  /** First day of the month. */
  readonly month: string;
  /** open, settling, ready, prepared, closed or reopened. */
  readonly state: string;
  /** not_checked, differs, incomplete, outdated, not_tied_out or agrees. */
  readonly verdict: string;
  /** balance, invoice, or both; null where the money could be held against neither. */
  readonly agreesWith: string | null;
  /** What stands charged now, and what the last run saw; null where none was. */
  readonly warehouseCents: number;
  readonly runCents: number | null;
  readonly invoiceCents: number | null;
  readonly unexplainedCents: number;
  readonly owedCents: number;
  readonly openErrorCount: number;
  readonly testedCount: number;
  readonly matchedCount: number;
  /** What had been looked at until this instant the last run of all checks saw; null where none was. */
  readonly lastRunAt: number | null;
}

const BILL = `
select usage_month, state, verdict, agrees_with, warehouse_cents, run_cents, invoice_cents, unexplained_cents, owed_cents,
  open_error_count, tested_fax_count, matched_fax_count, known_until_at
from report.reconciliation_by_month
where account_key = $1 and usage_month between $2::date and $3::date
order by usage_month`;

/** Months of the bill that a run was made of, in order. */
export function readBill(client: pg.ClientBase, { account, from, to }: ReportScope): Promise<Asked<BillMonth>> {
  return ask(client, { sql: BILL, parameters: [account, monthStart(from), monthStart(to)] }, (row) => ({
    month: text(row, 'usage_month'),
    state: text(row, 'state'),
    verdict: text(row, 'verdict'),
    agreesWith: textOrNull(row, 'agrees_with'),
    warehouseCents: whole(row, 'warehouse_cents'),
    runCents: wholeOrNull(row, 'run_cents'),
    invoiceCents: wholeOrNull(row, 'invoice_cents'),
    unexplainedCents: whole(row, 'unexplained_cents'),
    owedCents: whole(row, 'owed_cents'),
    openErrorCount: whole(row, 'open_error_count'),
    testedCount: whole(row, 'tested_fax_count'),
    matchedCount: whole(row, 'matched_fax_count'),
    lastRunAt: instantOrNull(row, 'known_until_at'),
  }));
}

/** Items of a month that stand for one reason. US cents. */
export interface BillItems {
  /** First day of the month. */
  readonly month: string;
  /** `C10`; with its reason, as docs/reconciliation.md has them. */
  readonly checkId: string;
  readonly reason: string;
  /** Open and of severity error; else they are disputed, or no error, and owed. */
  readonly isUnexplained: boolean;
  readonly itemCount: number;
  /** Taken too much by those of them above zero, and too little by those below. */
  readonly overCents: number;
  readonly underCents: number;
  /** What the provider owes of it, less what it has credited. */
  readonly owedCents: number;
  /** Of that what is in dispute: claimed, and not yet answered. */
  readonly disputedCents: number;
}

// No view has items, which name faxes and numbers: here they are counted.
const BILL_ITEMS = `
select i.period, i.check_id, i.reason, i.state = 'open' and i.severity = 'error' as is_unexplained,
  count(*) as item_count,
  coalesce(sum(i.cents) filter (where i.cents > 0), 0) as over_cents,
  coalesce(sum(-i.cents) filter (where i.cents < 0), 0) as under_cents,
  sum(greatest(i.owed_cents - coalesce(i.credited_cents, 0), 0)) as owed_cents,
  coalesce(sum(greatest(i.owed_cents - coalesce(i.credited_cents, 0), 0)) filter (where i.state = 'disputed'), 0) as disputed_cents
from recon.items i
join warehouse.accounts a on a.account_id = i.account_id
where a.account_key = $1 and i.period between $2::date and $3::date and (
  i.state = 'open' and i.severity = 'error'
  or i.state in ('open', 'disputed') and i.owed_cents > coalesce(i.credited_cents, 0))
group by 1, 2, 3, 4
order by 1, 4 desc, sum(abs(i.cents)) desc, 2, 3`;

/** What stands unexplained or owed, by month, check and reason, as it is now; the dearest of a month first. */
export function readBillItems(client: pg.ClientBase, { account, from, to }: ReportScope): Promise<Asked<BillItems>> {
  return ask(client, { sql: BILL_ITEMS, parameters: [account, monthStart(from), monthStart(to)] }, (row) => ({
    month: text(row, 'period'),
    checkId: text(row, 'check_id'),
    reason: text(row, 'reason'),
    isUnexplained: flag(row, 'is_unexplained'),
    itemCount: whole(row, 'item_count'),
    overCents: whole(row, 'over_cents'),
    underCents: whole(row, 'under_cents'),
    owedCents: whole(row, 'owed_cents'),
    disputedCents: whole(row, 'disputed_cents'),
  }));
}

/** What the provider's balance says of one day. US cents; null where it could not be held against the warehouse. */
export interface BillDay {
  /** `YYYY-MM-DD` in the billing zone. */
  readonly day: string;
  /** differs, explained, agrees or not_testable. */
  readonly state: string;
  /** Why it is in this state, as a stable word; null where it agrees. */
  readonly reason: string | null;
  readonly providerCents: number | null;
  readonly warehouseCents: number | null;
  readonly differenceCents: number | null;
}

const BILL_DAYS = `
select usage_date, state, reason, provider_cents, warehouse_cents, difference_cents
from report.bill_agreement_by_day
where account_key = $1 and usage_date between $2::date and $3::date
order by usage_date`;

/** The days that a run held against the balance, in order. */
export function readBillDays(client: pg.ClientBase, { account, from, to }: ReportScope): Promise<Asked<BillDay>> {
  return ask(client, { sql: BILL_DAYS, parameters: [account, from, to] }, (row) => ({
    day: text(row, 'usage_date'),
    state: text(row, 'state'),
    reason: textOrNull(row, 'reason'),
    providerCents: wholeOrNull(row, 'provider_cents'),
    warehouseCents: wholeOrNull(row, 'warehouse_cents'),
    differenceCents: wholeOrNull(row, 'difference_cents'),
  }));
}

/** When one list of the account was last read. */
export interface StreamFreshness {
  readonly stream: string;
  /** The last complete look; null where none was. */
  readonly lastLookAt: number | null;
  readonly ageMinutes: number | null;
  readonly isLastComplete: boolean;
  /** How far the account's faxes are behind the provider, the same in every row; null where they were never listed. */
  readonly behindMinutes: number | null;
}

const FRESHNESS = `
select stream, last_look_at, look_age_minutes, is_last_complete, behind_minutes
from report.freshness
where account_key = $1
order by stream`;

/** When each list was last read. */
export function readFreshness(client: pg.ClientBase, { account }: ReportScope): Promise<Asked<StreamFreshness>> {
  return ask(client, { sql: FRESHNESS, parameters: [account] }, (row) => ({
    stream: text(row, 'stream'),
    lastLookAt: instantOrNull(row, 'last_look_at'),
    ageMinutes: wholeOrNull(row, 'look_age_minutes'),
    isLastComplete: flag(row, 'is_last_complete'),
    behindMinutes: wholeOrNull(row, 'behind_minutes'),
  }));
}

/** One measure of how sound the mirror is. */
export interface QualityMeasure {
  readonly measure: string;
  readonly count: number;
  /** Over how many days back; null: of all that is stored. */
  readonly dayCount: number | null;
  /** There should be none, and there are. */
  readonly isAlarm: boolean;
  readonly advice: string | null;
}

const QUALITY = `
select measure, value_count, day_count, is_alarm, advice
from report.data_quality
where account_key = $1
order by is_alarm desc, measure`;

/** Measures of quality, those that need a look first. */
export function readQuality(client: pg.ClientBase, { account }: ReportScope): Promise<Asked<QualityMeasure>> {
  return ask(client, { sql: QUALITY, parameters: [account] }, (row) => ({
    measure: text(row, 'measure'),
    count: whole(row, 'value_count'),
    dayCount: wholeOrNull(row, 'day_count'),
    isAlarm: flag(row, 'is_alarm'),
    advice: textOrNull(row, 'advice'),
  }));
}
