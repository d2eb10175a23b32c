-- Answers: which check says what of a month's bill, and what it holds against what. Figures only; what differs is in recon.items.
--   The names and sides of the checks are those of docs/reconciliation.md; a test holds them against the code.
-- Runs with the caller's rights, so a BI login sees the accounts it was granted.

drop view if exists report.reconciliation_checks;

create view report.reconciliation_checks with (security_invoker = true) as
with
  checks (check_id, check_name, left_side, right_side) as (values
    ('C1', 'window_completeness', 'faxes stored that the last listing of the window showed', 'faxes the listing showed'),
    ('C2', 'counter_completeness', 'faxes of the day that must be counted, by what is stored', 'faxes the provider''s counters show'),
    ('C3', 'three_way_presence', 'fax shown by list or look-up', 'fax stored'),
    ('C4', 'recipient_completeness', 'recipients stored', 'recipients the newest look showed'),
    ('C5', 'stuck_faxes', 'hours open when first seen so for too long', 'hours a fax may be open'),
    ('C6', 'uniqueness', 'cents of the fax in its history, and in other accounts', 'cost of the fax'),
    ('C7', 'orphans', 'rows whose fax or number is not stored', 'none'),
    ('C8', 'status_coherence', 'recipients that succeeded', 'as many as the status of the fax allows'),
    ('C9', 'cost_drift', 'cost now', 'cost when settled, or as billed in a closed month'),
    ('C10', 'credit_due', 'cost of the fax', 'price of its successful recipients'),
    ('C11', 'rate_card', 'cost of the fax', 'pages x recipients x price that held'),
    ('C12', 'price_without_card', 'price of a page', 'most frequent price for country, direction and day'),
    ('C13', 'cost_shape', 'cost of the fax', 'a price where it succeeded, nothing where it failed'),
    ('C14', 'rent_expected', 'rent billed for an anniversary, as last_billed_at showed it', 'one month of rent'),
    ('C15', 'rent_changes', 'rent of a number', 'the rent it was listed with before'),
    ('C16', 'rent_after_release', 'rent of numbers that were given back or lie idle', 'none'),
    ('C17', 'balance', 'what the balance lost, recharges left out', 'charges less credits, and rents'),
    ('C18', 'recharges', 'recharges that the balance shows', 'receipts that were imported'),
    ('C19', 'invoice', 'line of the provider''s invoice', 'charges of its kind and country, as known when it was issued'),
    ('C20', 'chargeback', 'cost of a tag value, of the untagged, the received and the shared in report.chargeback', 'the same by the charges of the run'),
    ('C21', 'export', 'sum of the export, by kind', 'sum of what it is made of'),
    ('C22', 'volume', 'faxes, cost and failures of a day', 'median of the same weekday in eight weeks'),
    ('C23', 'freshness', 'days beyond the limit since the last complete look', 'none'),
    ('C24', 'quarantine', 'records and values set aside', 'none')
  )
select
  a.account_key,
  p.period as usage_month,
  s.check_id,
  k.check_name,
  k.left_side,
  k.right_side,
  s.severity,
  s.outcome,
  s.tested_count,
  s.within_count,
  s.explained_count,
  s.exception_count,
  s.untestable_count,
  s.exception_cents,
  (s.exception_cents / 100.0)::numeric(14, 2) as exception_usd,
  s.owed_cents,
  (s.owed_cents / 100.0)::numeric(14, 2) as owed_usd,
  s.reason,
  r.run_id,
  r.finished_at as last_run_at
from recon.periods p
join warehouse.accounts a on a.account_id = p.account_id
cross join lateral recon.last_full_run(p.account_id, p.period) r
cross join lateral (
  select
    x.check_id, max(x.severity) as severity,
    (array_agg(x.outcome order by array_position(array['exception', 'explained', 'within_tolerance', 'pass', 'not_testable'], x.outcome)))[1] as outcome,
    sum(x.tested_count)::bigint as tested_count,
    sum(x.within_count)::bigint as within_count,
    sum(x.explained_count)::bigint as explained_count,
    sum(x.exception_count)::bigint as exception_count,
    sum(x.untestable_count)::bigint as untestable_count,
    sum(x.exception_cents)::bigint as exception_cents,
    sum(x.owed_cents)::bigint as owed_cents,
    -- Of the row that weighs most.
    (array_agg(x.reason order by
      array_position(array['exception', 'explained', 'not_testable', 'within_tolerance', 'pass'], x.outcome),
      x.exception_count desc, x.explained_count desc, x.untestable_count desc, x.grain) filter (where x.reason is not null))[1] as reason
  from recon.results x
  where x.run_id = r.results_run_id
  group by x.check_id
) s
left join checks k on k.check_id = s.check_id;

comment on view report.reconciliation_checks is 'What each check of the reconciliation found in a month, one row an account, month and check of the last complete run of all checks. What people decided since does not change it; see reconciliation_by_month.';
comment on column report.reconciliation_checks.account_key is 'Name of the account in the settings; with usage_month and check_id the key of the view.';
comment on column report.reconciliation_checks.usage_month is 'First day of the month of the bill, in the account''s billing zone.';
comment on column report.reconciliation_checks.check_id is 'C1 to C24; docs/reconciliation.md says what each is for.';
comment on column report.reconciliation_checks.check_name is 'Its name; null for a check that this version does not have any more.';
comment on column report.reconciliation_checks.left_side is 'What it holds ...';
comment on column report.reconciliation_checks.right_side is '... against what.';
comment on column report.reconciliation_checks.severity is 'error, warn or info: what an exception of it is worth.';
comment on column report.reconciliation_checks.outcome is 'The worst of its rows: exception, then explained, within_tolerance, pass; not_testable where nothing could be tested.';
comment on column report.reconciliation_checks.tested_count is 'Rows that were tested.';
comment on column report.reconciliation_checks.within_count is 'Rows that differ by no more than the tolerance.';
comment on column report.reconciliation_checks.explained_count is 'Rows that differ for a reason the check itself knows.';
comment on column report.reconciliation_checks.exception_count is 'Rows that differ.';
comment on column report.reconciliation_checks.untestable_count is 'Rows that could not be tested.';
comment on column report.reconciliation_checks.exception_cents is 'US cents at stake in the rows that differ, each without its sign.';
comment on column report.reconciliation_checks.exception_usd is 'The same in US dollars.';
comment on column report.reconciliation_checks.owed_cents is 'US cents of these that the provider owes.';
comment on column report.reconciliation_checks.owed_usd is 'The same in US dollars.';
comment on column report.reconciliation_checks.reason is 'Why, as a stable word of docs/reconciliation.md: of the exceptions, else of what is explained, else of what cannot be tested; null where all passes.';
comment on column report.reconciliation_checks.run_id is 'Number of the run.';
comment on column report.reconciliation_checks.last_run_at is 'When it ended.';

grant select on report.reconciliation_checks to faxsync_reader, faxsync_bi;
