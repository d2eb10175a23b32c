import type pg from 'pg';
import { type Asked, ask, type ReportScope } from './report-page-ask.ts';
import { flag, instantOrNull, text, textOrNull, whole, wholeOrNull } from './report-page-read.ts';

/** Own numbers with one finding. */
export interface NumbersFinding {
  /** idle, billed_after_release or not_in_inventory. */
  readonly finding: string;
  readonly numberCount: number;
  /** US cents a month; null where no price is known. */
  readonly monthlyRentCents: number | null;
  /** US cents that were taken for nothing so far; null where that is not known. */
  readonly wastedCents: number | null;
}

const FINDINGS = `
select finding, count(*) as number_count,
  sum(monthly_rent_cents) as monthly_rent_cents, sum(wasted_rent_cents) as wasted_rent_cents
from report.idle_numbers
where account_key = $1
group by finding
order by finding`;

/** Numbers that somebody should look at, as they are now. */
export function readNumberFindings(client: pg.ClientBase, { account }: ReportScope): Promise<Asked<NumbersFinding>> {
  return ask(client, { sql: FINDINGS, parameters: [account] }, (row) => ({
    finding: text(row, 'finding'),
    numberCount: whole(row, 'number_count'),
    monthlyRentCents: wholeOrNull(row, 'monthly_rent_cents'),
    wastedCents: wholeOrNull(row, 'wasted_rent_cents'),
  }));
}

/** What the current month will cost. US cents; null with too short a history. */
export interface MonthForecast {
  /** First day of the month. */
  readonly month: string;
  readonly soFarCents: number;
  readonly expectedCents: number | null;
  readonly lowCents: number | null;
  readonly highCents: number | null;
  /** Faxes of the last two weeks of the days that it is reckoned from, of those before, and how many days those are. */
  readonly recentFaxCount: number;
  readonly earlierFaxCount: number;
  readonly earlierDayCount: number;
}

const FORECAST = `
select f.usage_month, f.cost_so_far_cents, f.expected_cost_cents, f.low_cost_cents, f.high_cost_cents,
  d.recent_fax_count, d.earlier_fax_count, greatest(f.history_day_count - 14, 0) as earlier_day_count
from report.month_forecast f
cross join lateral (
  select
    sum(o.fax_count) filter (where o.usage_date >= f.usage_month + f.over_day_count - 14) as recent_fax_count,
    sum(o.fax_count) filter (where o.usage_date < f.usage_month + f.over_day_count - 14) as earlier_fax_count
  from report.outcomes_by_day o
  where o.account_key = f.account_key and o.usage_date < f.usage_month + f.over_day_count
    and o.usage_date >= f.usage_month + f.over_day_count - f.history_day_count
) d
where f.account_key = $1`;

/** At most one row: the current month, whatever the range. */
export function readForecast(client: pg.ClientBase, { account }: ReportScope): Promise<Asked<MonthForecast>> {
  return ask(client, { sql: FORECAST, parameters: [account] }, (row) => ({
    month: text(row, 'usage_month'),
    soFarCents: whole(row, 'cost_so_far_cents'),
    expectedCents: wholeOrNull(row, 'expected_cost_cents'),
    lowCents: wholeOrNull(row, 'low_cost_cents'),
    highCents: wholeOrNull(row, 'high_cost_cents'),
    recentFaxCount: whole(row, 'recent_fax_count'),
    earlierFaxCount: whole(row, 'earlier_fax_count'),
    earlierDayCount: whole(row, 'earlier_day_count'),
  }));
}

/** How long the prepaid balance lasts. */
export interface BalanceForecast {
  readonly balanceCents: number;
  /** When it was seen, in milliseconds since 1970. */
  readonly seenAt: number | null;
  /** Null where the spend of enough days is not known. */
  readonly dailySpendCents: number | null;
  readonly daysUntilEmpty: number | null;
  /** `YYYY-MM-DD` in the billing zone. */
  readonly emptyDate: string | null;
  readonly isLow: boolean;
}

const BALANCE = `
select balance_cents, balance_seen_at, daily_spend_cents, days_until_empty, empty_date, is_low
from report.balance_forecast
where account_key = $1`;

/** At most one row: the balance as last seen. */
export function readBalance(client: pg.ClientBase, { account }: ReportScope): Promise<Asked<BalanceForecast>> {
  return ask(client, { sql: BALANCE, parameters: [account] }, (row) => ({
    balanceCents: whole(row, 'balance_cents'),
    seenAt: instantOrNull(row, 'balance_seen_at'),
    dailySpendCents: wholeOrNull(row, 'daily_spend_cents'),
    daysUntilEmpty: wholeOrNull(row, 'days_until_empty'),
    emptyDate: textOrNull(row, 'empty_date'),
    isLow: flag(row, 'is_low'),
  }));
}

/** How one day compares with the same weekday of the weeks before; judged days only. */
export interface JudgedDay {
  /** `YYYY-MM-DD` in the billing zone. */
  readonly day: string;
  /** cost, faxes or failure_share. */
  readonly measure: string;
  /** US cents, faxes, or of 100 faxes; rounded. */
  readonly value: number;
  readonly median: number;
  readonly isAnomaly: boolean;
  /** up or down; null where it does not stand out. */
  readonly direction: string | null;
}

const JUDGED = `
select usage_date, measure, round(value)::bigint as value, round(median)::bigint as median, is_anomaly, direction
from report.anomalies
where account_key = $1 and usage_date between $2::date and $3::date and is_anomaly is not null
order by usage_date, measure`;

/** What the view of anomalies says of the days it judges: those of the last five weeks. */
export function readJudgedDays(client: pg.ClientBase, { account, from, to }: ReportScope): Promise<Asked<JudgedDay>> {
  return ask(client, { sql: JUDGED, parameters: [account, from, to] }, (row) => ({
    day: text(row, 'usage_date'),
    measure: text(row, 'measure'),
    value: whole(row, 'value'),
    median: whole(row, 'median'),
    isAnomaly: flag(row, 'is_anomaly'),
    direction: textOrNull(row, 'direction'),
  }));
}
