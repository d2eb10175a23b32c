/** What tells the rows of a report view apart. */
export interface ReportKey {
  /** Columns of which no two rows have the same, null counted as a value; none where a row has no name of its own. */
  readonly columns: readonly string[];
  /** Columns whose words are ours and closed, with all of them; null is allowed besides. */
  readonly words?: Readonly<Record<string, readonly string[]>>;
}

/** Every view of schema report. The catalogue knows no keys of views, and so their tests for dbt are made of these. */
export const REPORT_KEYS: Readonly<Record<string, ReportKey>> = {
  anomalies: {
    columns: ['account_key', 'usage_date', 'measure'],
    words: { measure: ['cost', 'faxes', 'failure_share'] },
  },
  balance_forecast: { columns: ['account_key'] },
  bill_agreement_by_day: {
    columns: ['account_key', 'usage_date'],
    words: { state: ['differs', 'explained', 'agrees', 'not_testable'] },
  },
  billing_by_country: {
    columns: ['account_key', 'usage_month', 'charge_kind', 'country', 'country_kind'],
    words: { country_kind: ['one', 'several', 'unknown'] },
  },
  // The kind of a charge of faxes is their direction, a word of the provider's, and so not closed.
  billing_by_day: { columns: ['account_key', 'usage_date', 'charge_kind'] },
  billing_by_month: { columns: ['account_key', 'usage_month', 'charge_kind'] },
  billing_by_number: { columns: ['account_key', 'usage_month', 'phone_number', 'charge_kind'] },
  chargeback: {
    columns: ['account_key', 'usage_month', 'tag_name', 'share_kind', 'tag_value'],
    words: { share_kind: ['tag', 'untagged', 'received', 'shared'] },
  },
  charges: {
    columns: ['account_key', 'fax_id', 'phone_number', 'observation_no', 'used_at'],
    words: { charge_kind: ['usage', 'credit', 'rent'] },
  },
  cost_and_usage: {
    columns: [],
    words: {
      charge_category: ['Usage', 'Purchase'],
      charge_class: ['Correction'],
      charge_frequency: ['Usage-Based', 'Recurring'],
      x_charge_kind: ['fax', 'rent'],
    },
  },
  cost_of_failures: { columns: ['account_key', 'usage_month'] },
  data_quality: { columns: ['account_key', 'measure'] },
  delivery_times: { columns: ['account_key', 'usage_month', 'direction', 'status'] },
  destinations: { columns: ['account_key', 'phone_number'] },
  duplicate_faxes: { columns: ['account_key', 'fax_id'] },
  errors_by_day: { columns: ['account_key', 'usage_date', 'direction', 'error_type', 'error_id'] },
  errors_by_month: { columns: ['account_key', 'usage_month', 'direction', 'error_type', 'error_id'] },
  freshness: { columns: ['account_key', 'stream'] },
  idle_numbers: {
    columns: ['account_key', 'phone_number', 'finding'],
    words: { finding: ['idle', 'billed_after_release', 'not_in_inventory'] },
  },
  line_quality: { columns: ['account_key', 'usage_month', 'dest_prefix'] },
  month_forecast: { columns: ['account_key'] },
  number_inventory: {
    columns: ['account_key', 'phone_number'],
    words: { inventory_status: ['active', 'porting', 'ported', 'released', 'port_failed', 'port_gone'] },
  },
  open_faxes: { columns: ['account_key', 'fax_id'] },
  outcomes_by_day: { columns: ['account_key', 'usage_date', 'direction'] },
  outcomes_by_hour: { columns: ['account_key', 'usage_month', 'weekday', 'hour'] },
  outcomes_by_prefix: { columns: ['account_key', 'usage_month', 'dest_prefix'] },
  ports_by_status: { columns: ['account_key', 'status'] },
  reconciliation_by_month: {
    columns: ['account_key', 'usage_month'],
    words: {
      state: ['open', 'settling', 'ready', 'prepared', 'closed', 'reopened'],
      verdict: ['not_checked', 'differs', 'incomplete', 'outdated', 'not_tied_out', 'agrees'],
      agrees_with: ['balance', 'invoice', 'balance and invoice'],
    },
  },
  reconciliation_checks: {
    columns: ['account_key', 'usage_month', 'check_id'],
    words: {
      severity: ['error', 'warn', 'info'],
      outcome: ['exception', 'explained', 'within_tolerance', 'pass', 'not_testable'],
    },
  },
  resend_chains: { columns: ['account_key', 'first_fax_id'] },
};
