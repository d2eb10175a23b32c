/** How a panel shows its rows. */
export type PanelKind = 'stat' | 'table' | 'timeseries';

/** A panel of the Grafana dashboard. */
export interface DashboardPanel {
  readonly title: string;
  /** View of schema report whose comment explains the panel. */
  readonly view: string;
  readonly kind: PanelKind;
  /** Of the 24 columns of the dashboard. */
  readonly width: 6 | 8 | 12 | 24;
  /** With Grafana's macros; `time` first in a series. */
  readonly sql: string;
  /** Unit of a series whose columns are named by their rows; else the names of the columns say it. */
  readonly unit?: 'currencyUSD' | 'short';
  readonly isStacked?: boolean;
  /** Its axis begins at nothing: for counts and shares. Money may be negative, as credits are. */
  readonly isFromZero?: boolean;
}

/** Accounts that are chosen at the top of the dashboard. */
const ACCOUNTS = `account_key in (\${account:sqlstring})`;
const PERIOD = '$__timeFilter(usage_date)';
/** Months of which at least a day is asked for. */
const MONTHS = "usage_month between date_trunc('month', $__timeFrom()::date)::date and $__timeTo()::date";
const DAY = "$__timeGroup(usage_date, '1d') as time";

/** Choices at the top: their names, and the SQL that lists them. */
export const DASHBOARD_CHOICES = [
  {
    name: 'account',
    label: 'Account',
    sql: 'select account_key from warehouse.accounts order by account_key',
    isMany: true,
  },
  {
    name: 'tag',
    label: 'Tag',
    sql: `select distinct tag_name from report.chargeback where ${ACCOUNTS} and ${MONTHS} order by tag_name`,
    isMany: false,
  },
] as const;

/** The panels in their order; rows of the dashboard fill from the left. */
export const DASHBOARD_PANELS: readonly DashboardPanel[] = [
  {
    title: 'Cost',
    view: 'billing_by_day',
    kind: 'stat',
    width: 6,
    sql: `select coalesce(sum(cost_usd), 0) as cost_usd from report.billing_by_day where ${ACCOUNTS} and ${PERIOD}`,
  },
  {
    title: 'Delivered at the first call',
    view: 'outcomes_by_day',
    kind: 'stat',
    width: 6,
    sql: `select sum(first_attempt_recipient_count)::numeric / nullif(sum(finished_recipient_count), 0) as first_attempt_share
from report.outcomes_by_day where ${ACCOUNTS} and ${PERIOD} and direction = 'sent'`,
  },
  {
    title: 'Faxes under way, and stuck ones',
    view: 'open_faxes',
    kind: 'stat',
    width: 6,
    sql: `select count(*) as open_count, count(*) filter (where is_stuck) as stuck_count from report.open_faxes where ${ACCOUNTS}`,
  },
  {
    title: 'Behind the provider',
    view: 'freshness',
    kind: 'stat',
    width: 6,
    sql: `select max(behind_minutes) as behind_minutes from report.freshness where ${ACCOUNTS}`,
  },
  {
    title: 'Balance, and how long it lasts',
    view: 'balance_forecast',
    kind: 'stat',
    width: 6,
    sql: `select sum(balance_usd) as balance_usd, min(days_until_empty) as days_until_empty from report.balance_forecast where ${ACCOUNTS}`,
  },
  {
    title: 'Money that nobody has explained',
    view: 'reconciliation_by_month',
    kind: 'stat',
    width: 6,
    sql: `select coalesce(sum(unexplained_usd), 0) as unexplained_usd, coalesce(sum(owed_usd), 0) as owed_usd
from report.reconciliation_by_month where ${ACCOUNTS} and ${MONTHS}`,
  },
  {
    title: 'What should not be and is',
    view: 'data_quality',
    kind: 'stat',
    width: 6,
    sql: `select coalesce(sum(value_count) filter (where is_alarm), 0) as alarm_count from report.data_quality where ${ACCOUNTS}`,
  },
  {
    title: 'Numbers and their rent',
    view: 'number_inventory',
    kind: 'stat',
    width: 6,
    sql: `select count(*) as number_count, sum(monthly_rent_usd) as monthly_rent_usd
from report.number_inventory where ${ACCOUNTS} and inventory_status = 'active'`,
  },
  {
    title: 'Cost per day',
    view: 'billing_by_day',
    kind: 'timeseries',
    width: 12,
    unit: 'currencyUSD',
    isStacked: true,
    sql: `select ${DAY}, coalesce(charge_kind, 'direction not sent') as metric, sum(cost_usd) as cost_usd
from report.billing_by_day where ${ACCOUNTS} and ${PERIOD}
group by 1, 2 order by 1, 2`,
  },
  {
    title: 'Charged and credited per day',
    view: 'billing_by_day',
    kind: 'timeseries',
    width: 12,
    sql: `select ${DAY}, sum(charged_cents) / 100.0 as charged_usd, sum(credited_cents) / 100.0 as credited_usd
from report.billing_by_day where ${ACCOUNTS} and ${PERIOD}
group by 1 order by 1`,
  },
  {
    title: 'Outcomes per day',
    view: 'outcomes_by_day',
    kind: 'timeseries',
    width: 12,
    isStacked: true,
    isFromZero: true,
    sql: `select ${DAY}, sum(success_count) as success_count, sum(partial_count) as partial_count, sum(failure_count) as failure_count,
  sum(open_count) as open_count, sum(other_count) as other_count
from report.outcomes_by_day where ${ACCOUNTS} and ${PERIOD}
group by 1 order by 1`,
  },
  {
    title: 'Delivered at the first call, per day',
    view: 'outcomes_by_day',
    kind: 'timeseries',
    width: 12,
    isFromZero: true,
    sql: `select ${DAY}, sum(first_attempt_recipient_count)::numeric / nullif(sum(finished_recipient_count), 0) as first_attempt_share,
  sum(reached_recipient_count)::numeric / nullif(sum(finished_recipient_count), 0) as reached_share
from report.outcomes_by_day where ${ACCOUNTS} and ${PERIOD} and direction = 'sent'
group by 1 order by 1`,
  },
  {
    title: 'Why faxes fail, and what to do',
    view: 'errors_by_day',
    kind: 'table',
    width: 24,
    sql: `select error_class, message, advice, sum(failure_count) as failure_count
from report.errors_by_day where ${ACCOUNTS} and ${PERIOD}
group by 1, 2, 3 order by failure_count desc limit 20`,
  },
  {
    title: 'Faxes under way, oldest first',
    view: 'open_faxes',
    kind: 'table',
    width: 12,
    sql: `select account_key, fax_id, direction, status, created_at, open_hours, is_stuck, is_missing, held_usd
from report.open_faxes where ${ACCOUNTS}
order by open_hours desc limit 100`,
  },
  {
    title: 'Cost by the chosen tag',
    view: 'chargeback',
    kind: 'table',
    width: 12,
    sql: `select share_kind, tag_value, sum(fax_count) as fax_count, sum(page_count) as page_count, sum(cost_usd) as cost_usd
from report.chargeback where ${ACCOUNTS} and ${MONTHS} and tag_name = \${tag:sqlstring}
group by 1, 2 order by cost_usd desc limit 50`,
  },
  {
    title: 'Numbers that cost rent for nothing',
    view: 'idle_numbers',
    kind: 'table',
    width: 12,
    sql: `select account_key, phone_number, finding, last_used_date, idle_days, monthly_rent_usd, wasted_rent_usd, advice
from report.idle_numbers where ${ACCOUNTS}
order by wasted_rent_usd desc nulls last limit 100`,
  },
  {
    title: 'What the month will cost',
    view: 'month_forecast',
    kind: 'table',
    width: 12,
    sql: `select account_key, usage_month, cost_so_far_usd, low_cost_usd, expected_cost_usd, high_cost_usd
from report.month_forecast where ${ACCOUNTS}
order by account_key`,
  },
  {
    title: 'Days that stand out',
    view: 'anomalies',
    kind: 'table',
    width: 12,
    sql: `select account_key, usage_date, measure, value, median, robust_z
from report.anomalies where ${ACCOUNTS} and ${PERIOD} and is_anomaly
order by usage_date desc, measure limit 100`,
  },
  {
    title: 'Does the bill agree?',
    view: 'reconciliation_by_month',
    kind: 'table',
    width: 24,
    sql: `select account_key, usage_month, state, verdict, agrees_with, matched_by_count_percent, open_error_count, unexplained_usd, owed_usd, warehouse_usd, invoice_usd, last_run_at
from report.reconciliation_by_month where ${ACCOUNTS} and ${MONTHS}
order by account_key, usage_month desc`,
  },
  {
    title: 'Difference between balance and warehouse per day',
    view: 'bill_agreement_by_day',
    kind: 'timeseries',
    width: 12,
    sql: `select ${DAY}, sum(difference_usd) as difference_usd
from report.bill_agreement_by_day where ${ACCOUNTS} and ${PERIOD}
group by 1 order by 1`,
  },
  {
    title: 'Checks with something to look at',
    view: 'reconciliation_checks',
    kind: 'table',
    width: 12,
    sql: `select account_key, usage_month, check_id, check_name, severity, outcome, exception_count, exception_usd, owed_usd, reason
from report.reconciliation_checks where ${ACCOUNTS} and ${MONTHS} and outcome in ('exception', 'not_testable')
order by usage_month desc, array_position(array['error', 'warn', 'info'], severity), exception_count desc limit 100`,
  },
  {
    title: 'When each list was last read',
    view: 'freshness',
    kind: 'table',
    width: 12,
    sql: `select account_key, stream, last_look_at, look_age_minutes, is_last_complete, behind_minutes
from report.freshness where ${ACCOUNTS}
order by account_key, stream`,
  },
  {
    title: 'Can the figures be trusted?',
    view: 'data_quality',
    kind: 'table',
    width: 12,
    sql: `select account_key, measure, value_count, day_count, is_alarm, advice
from report.data_quality where ${ACCOUNTS} and value_count > 0
order by is_alarm desc, measure`,
  },
];
