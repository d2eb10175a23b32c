import type pg from 'pg';
import { type Asked, ask, monthStart, type RawRow, type ReportScope } from './report-page-ask.ts';
import { text, textOrNull, whole } from './report-page-read.ts';

/** What became of the faxes of one day, sent and received together. */
export interface DayOutcome {
  /** `YYYY-MM-DD` in the billing zone. */
  readonly day: string;
  readonly faxCount: number;
  /** Of these the sent ones. */
  readonly sentCount: number;
  readonly successCount: number;
  readonly partialCount: number;
  readonly failureCount: number;
  /** Under way, or ended with a status that nobody knows. */
  readonly otherCount: number;
}

const outcomesOf = (days: string) => `
select usage_date,
  sum(fax_count) as fax_count,
  coalesce(sum(fax_count) filter (where direction = 'sent'), 0) as sent_count,
  sum(success_count) as success_count,
  sum(partial_count) as partial_count,
  sum(failure_count) as failure_count,
  sum(open_count + other_count) as other_count
from report.outcomes_by_day
where account_key = $1 and usage_date between ${days}
group by usage_date
order by usage_date`;
const OUTCOMES = outcomesOf('$2::date and $3::date');
// Eight weeks, as the view of anomalies compares.
const DAYS_BEFORE = outcomesOf('$2::date - 56 and $2::date - 1');

/** Outcomes of each day that has any. */
export function readOutcomes(client: pg.ClientBase, { account, from, to }: ReportScope): Promise<Asked<DayOutcome>> {
  return ask(client, { sql: OUTCOMES, parameters: [account, from, to] }, toDayOutcome);
}

function toDayOutcome(row: RawRow): DayOutcome {
  return {
    day: text(row, 'usage_date'),
    faxCount: whole(row, 'fax_count'),
    sentCount: whole(row, 'sent_count'),
    successCount: whole(row, 'success_count'),
    partialCount: whole(row, 'partial_count'),
    failureCount: whole(row, 'failure_count'),
    otherCount: whole(row, 'other_count'),
  };
}

/** Outcomes of the eight weeks before the range: what is usual. */
export function readDaysBefore(client: pg.ClientBase, { account, from }: ReportScope): Promise<Asked<DayOutcome>> {
  return ask(client, { sql: DAYS_BEFORE, parameters: [account, from] }, toDayOutcome);
}

const LAST_FAX = `
select usage_date
from report.outcomes_by_day
where account_key = $1 and fax_count > 0 and usage_date <= $2
order by usage_date desc
limit 1`;

/** The last day until today that has a fax, whatever the range; no row where none has. A clock that is wrong may have dated a fax into the future. */
export function readLastFaxDay(
  client: pg.ClientBase,
  account: string,
  today: string,
): Promise<Asked<{ readonly day: string }>> {
  return ask(client, { sql: LAST_FAX, parameters: [account, today] }, (row) => ({ day: text(row, 'usage_date') }));
}

/** A cause of failures. */
export interface Failure {
  /** retry_soon, retry_later, bad_number, bad_document, cancelled, money, system, simulated or unknown. */
  readonly errorClass: string;
  /** The provider's words; null where nobody has described the error. */
  readonly message: string | null;
  readonly advice: string;
  readonly failureCount: number;
}

const FAILURES = `
select error_class, message, advice, sum(failure_count) as failure_count
from report.errors_by_day
where account_key = $1 and usage_date between $2::date and $3::date
group by error_class, message, advice
order by sum(failure_count) desc, error_class, message`;

/** Causes of failures, the most frequent first. */
export function readFailures(client: pg.ClientBase, { account, from, to }: ReportScope): Promise<Asked<Failure>> {
  return ask(client, { sql: FAILURES, parameters: [account, from, to] }, (row) => ({
    errorClass: text(row, 'error_class'),
    message: textOrNull(row, 'message'),
    advice: text(row, 'advice'),
    failureCount: whole(row, 'failure_count'),
  }));
}

/** Failures of one class on one day. */
export interface FailureDay {
  /** `YYYY-MM-DD` in the billing zone. */
  readonly day: string;
  readonly errorClass: string;
  readonly failureCount: number;
}

const FAILURE_DAYS = `
select usage_date, error_class, sum(failure_count) as failure_count
from report.errors_by_day
where account_key = $1 and usage_date between $2::date - 56 and $3::date
group by usage_date, error_class
order by usage_date, error_class`;

/** Failures by day and class, from eight weeks before the range on: what rose when many faxes failed. */
export function readFailureDays(client: pg.ClientBase, { account, from, to }: ReportScope): Promise<Asked<FailureDay>> {
  return ask(client, { sql: FAILURE_DAYS, parameters: [account, from, to] }, (row) => ({
    day: text(row, 'usage_date'),
    errorClass: text(row, 'error_class'),
    failureCount: whole(row, 'failure_count'),
  }));
}

/** What became of the recipients of faxes requested in one hour of the week. */
export interface WeekHour {
  /** 1 Monday to 7 Sunday. */
  readonly weekday: number;
  /** 0 to 23. */
  readonly hour: number;
  readonly finishedCount: number;
  readonly failedCount: number;
}

const HOURS = `
select weekday, hour,
  sum(finished_recipient_count) as finished_recipient_count,
  sum(failed_recipient_count) as failed_recipient_count
from report.outcomes_by_hour
where account_key = $1 and usage_month between $2::date and $3::date
group by weekday, hour
order by weekday, hour`;

/** Outcomes by hour of the week, over whole months. */
export function readHours(client: pg.ClientBase, { account, from, to }: ReportScope): Promise<Asked<WeekHour>> {
  return ask(client, { sql: HOURS, parameters: [account, monthStart(from), monthStart(to)] }, (row) => ({
    weekday: whole(row, 'weekday'),
    hour: whole(row, 'hour'),
    finishedCount: whole(row, 'finished_recipient_count'),
    failedCount: whole(row, 'failed_recipient_count'),
  }));
}

/** What became of the recipients in one area. */
export interface Area {
  /** The first five characters of the numbers, `+1414`. */
  readonly prefix: string;
  readonly finishedCount: number;
  readonly failedCount: number;
  readonly firstAttemptCount: number;
}

// Ranked by how many more failed than would have at the account's own rate: neither a tiny area with bad luck nor the biggest one always leads.
const AREAS = `
with
  areas as (
    select dest_prefix,
      sum(finished_recipient_count) as finished_count,
      sum(failed_recipient_count) as failed_count,
      sum(first_attempt_recipient_count) as first_attempt_count
    from report.outcomes_by_prefix
    where account_key = $1 and usage_month between $2::date and $3::date
    group by dest_prefix
  ),
  whole as (
    select sum(failed_count) / nullif(sum(finished_count), 0) as failed_share from areas
  )
select a.dest_prefix, a.finished_count, a.failed_count, a.first_attempt_count
from areas a
cross join whole w
where a.finished_count >= $4 and a.dest_prefix ~ '^[+][0-9]{4}$'
order by a.failed_count - a.finished_count * w.failed_share desc, a.dest_prefix
limit 8`;

/** The areas that fail most above the account's own rate, over whole months; smaller groups than `groupMin` recipients are left out. */
export function readAreas(
  client: pg.ClientBase,
  { account, from, to }: ReportScope,
  groupMin: number,
): Promise<Asked<Area>> {
  return ask(client, { sql: AREAS, parameters: [account, monthStart(from), monthStart(to), groupMin] }, (row) => ({
    prefix: text(row, 'dest_prefix'),
    finishedCount: whole(row, 'finished_count'),
    failedCount: whole(row, 'failed_count'),
    firstAttemptCount: whole(row, 'first_attempt_count'),
  }));
}

/** How long sent faxes of one month took; of received ones the provider says no more than the end. */
export interface Speed {
  /** First day of the month. */
  readonly month: string;
  /** success or failure. */
  readonly status: string;
  readonly faxCount: number;
  /** Seconds from the request to the end. */
  readonly p50: number;
  readonly p90: number;
  readonly p95: number;
  readonly p99: number;
}

const SPEED = `
select usage_month, status, fax_count, seconds_p50, seconds_p90, seconds_p95, seconds_p99
from report.delivery_times
where account_key = $1 and usage_month between greatest($2::date, $3::date - interval '2 months') and $3::date
  and direction = 'sent' and status in ('success', 'failure')
order by status desc, usage_month`;

/** Times to deliver of the last three months asked for; percentiles cannot be added up over months. */
export function readSpeed(client: pg.ClientBase, { account, from, to }: ReportScope): Promise<Asked<Speed>> {
  return ask(client, { sql: SPEED, parameters: [account, monthStart(from), monthStart(to)] }, (row) => ({
    month: text(row, 'usage_month'),
    status: text(row, 'status'),
    faxCount: whole(row, 'fax_count'),
    p50: whole(row, 'seconds_p50'),
    p90: whole(row, 'seconds_p90'),
    p95: whole(row, 'seconds_p95'),
    p99: whole(row, 'seconds_p99'),
  }));
}

/** Faxes that are under way now. */
export interface OpenFaxes {
  readonly openCount: number;
  /** Under way for more than a day. */
  readonly stuckCount: number;
  /** US cents held for them. */
  readonly heldCents: number;
}

const OPEN = `
select count(*) as open_count,
  count(*) filter (where is_stuck) as stuck_count,
  coalesce(sum(held_cents), 0) as held_cents
from report.open_faxes
where account_key = $1`;

/** One row, whatever the range: what is under way is so now. */
export function readOpenFaxes(client: pg.ClientBase, { account }: ReportScope): Promise<Asked<OpenFaxes>> {
  return ask(client, { sql: OPEN, parameters: [account] }, (row) => ({
    openCount: whole(row, 'open_count'),
    stuckCount: whole(row, 'stuck_count'),
    heldCents: whole(row, 'held_cents'),
  }));
}
