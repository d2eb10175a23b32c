-- Answers: does the bill of a month agree, against what was it held, and how far is it from being closed. Figures only; what differs is in recon.items.
-- Runs with the caller's rights, so a BI login sees the accounts it was granted.

drop view if exists report.reconciliation_by_month;

create view report.reconciliation_by_month with (security_invoker = true) as
select
  a.account_key,
  p.period as usage_month,
  p.state,
  p.settles_on as settles_date,
  r.run_id,
  r.finished_at as last_run_at,
  r.as_of as known_until_at,
  case
    when r.run_id is null then 'not_checked'
    when i.error_count > 0 and i.unexplained_cents > 0 then 'differs'
    when i.error_count > 0 then 'incomplete'
    -- What came since was held against nothing.
    when r.charged_cents is distinct from w.cents then 'outdated'
    when b.agrees_with is null then 'not_tied_out'
    else 'agrees'
  end as verdict,
  b.agrees_with,
  r.tested_count as tested_fax_count,
  r.matched_count as matched_fax_count,
  (floor(10000 * r.matched_count / nullif(r.tested_count, 0)) / 100)::numeric(5, 2) as matched_by_count_percent,
  (floor(10000 * r.matched_cents / nullif(r.tested_cents, 0)) / 100)::numeric(5, 2) as matched_by_money_percent,
  i.error_count as open_error_count,
  i.warning_count as open_warning_count,
  i.info_count as open_info_count,
  i.unexplained_cents,
  (i.unexplained_cents / 100.0)::numeric(14, 2) as unexplained_usd,
  i.owed_cents,
  (i.owed_cents / 100.0)::numeric(14, 2) as owed_usd,
  r.charged_cents as run_cents,
  w.cents as warehouse_cents,
  (w.cents / 100.0)::numeric(14, 2) as warehouse_usd,
  v.invoice_cents,
  (v.invoice_cents / 100.0)::numeric(14, 2) as invoice_usd,
  v.tax_cents as invoice_tax_cents,
  v.invoice_cents - w.cents as invoice_difference_cents,
  c.closed_at,
  c.billed_cents,
  (c.billed_cents / 100.0)::numeric(14, 2) as billed_usd,
  c.correction_cents
from recon.periods p
join warehouse.accounts a on a.account_id = p.account_id
left join lateral recon.last_full_run(p.account_id, p.period) r on true
cross join lateral (
  -- As what stands was decided about since.
  select
    count(*) filter (where x.state = 'open' and x.severity = 'error') as error_count,
    count(*) filter (where x.state = 'open' and x.severity = 'warn') as warning_count,
    count(*) filter (where x.state = 'open' and x.severity = 'info') as info_count,
    coalesce(sum(abs(x.cents)) filter (where x.state = 'open' and x.severity = 'error'), 0)::bigint as unexplained_cents,
    coalesce(sum(greatest(x.owed_cents - coalesce(x.credited_cents, 0), 0)) filter (where x.state in ('open', 'disputed')), 0)::bigint as owed_cents
  from recon.items x
  where x.account_id = p.account_id and x.period = p.period and x.state <> 'cleared'
) i
cross join lateral (
  -- What the provider itself says of the money: its balance (C17) or its invoice (C19), with more rows tested than not.
  select string_agg(k.name, ' and ' order by k.name) as agrees_with
  from (
    select case x.check_id when 'C17' then 'balance' else 'invoice' end as name
    from recon.results x
    where x.run_id = r.results_run_id and x.check_id in ('C17', 'C19')
    group by x.check_id
    having sum(x.tested_count) > sum(x.untestable_count)
  ) k
) b
cross join lateral (
  select (
    coalesce((
      select sum(d.cost_cents) from rollup.fax_days d
      where d.account_id = p.account_id and d.usage_date >= p.period and d.usage_date < (p.period + interval '1 month')::date), 0)
    + coalesce((
      select sum(x.cost_cents) from warehouse.phone_number_charges x
      where x.account_id = p.account_id and x.billed_at >= p.period::timestamp at time zone a.billing_zone
        and x.billed_at < (p.period + interval '1 month') at time zone a.billing_zone), 0)
  )::bigint as cents
) w
cross join lateral (
  select
    sum(l.cents) filter (where not l.is_tax)::bigint as invoice_cents,
    sum(l.cents) filter (where l.is_tax)::bigint as tax_cents
  from recon.invoices x
  join recon.invoice_lines l on l.account_id = x.account_id and l.invoice_id = x.invoice_id
  where x.account_id = p.account_id and x.period = p.period
) v
cross join lateral (
  select
    case when p.state = 'closed' then max(x.closed_at) end as closed_at,
    sum(x.billed_cents)::bigint as billed_cents, sum(x.correction_cents)::bigint as correction_cents
  from recon.closings x
  where x.account_id = p.account_id and x.period = p.period
) c;

comment on view report.reconciliation_by_month is 'Whether the bill of a month agrees and where it stands, one row an account and month of which a run was made. Figures of items are those of now, also where somebody decided since the last run.';
comment on column report.reconciliation_by_month.account_key is 'Name of the account in the settings; with usage_month the key of the view.';
comment on column report.reconciliation_by_month.usage_month is 'First day of the month of the bill, in the account''s billing zone.';
comment on column report.reconciliation_by_month.state is 'open; settling: it ended and is not ready, until settles_date since credits still come, from then on since an item holds it up or its money was held against neither balance nor invoice ("faxsync periods" says which); ready: by its last run nothing holds it up; prepared, closed, reopened.';
comment on column report.reconciliation_by_month.settles_date is 'Day from which on it may be ready; it becomes so only by a run that finds nothing to hold it up.';
comment on column report.reconciliation_by_month.run_id is 'Number of the last run of all checks; null where none is complete.';
comment on column report.reconciliation_by_month.last_run_at is 'When that run ended.';
comment on column report.reconciliation_by_month.known_until_at is 'What had been looked at until this instant the run has seen.';
comment on column report.reconciliation_by_month.verdict is 'not_checked: no run of all checks is complete; differs: something of severity error is open, and unexplained_cents are at stake; incomplete: something of severity error is open, of which no amount is known, as of a fax whose cost was not sent or a time that no listing covers; outdated: nothing is, but warehouse_cents are no longer what the last run saw (run_cents); not_tied_out: they are, but neither balance nor invoice could be held against the money; agrees.';
comment on column report.reconciliation_by_month.agrees_with is 'What of the provider''s own the money was held against, more of it tested than not: balance, invoice, or "balance and invoice"; null where neither.';
comment on column report.reconciliation_by_month.tested_fax_count is 'Faxes whose cost was held against their price, by that run.';
comment on column report.reconciliation_by_month.matched_fax_count is 'Those whose cost agrees.';
comment on column report.reconciliation_by_month.matched_by_count_percent is 'Per cent of the tested faxes that agree, rounded down to hundredths; null where none was tested.';
comment on column report.reconciliation_by_month.matched_by_money_percent is 'The same of their cost.';
comment on column report.reconciliation_by_month.open_error_count is 'Items of severity error that nobody has explained.';
comment on column report.reconciliation_by_month.open_warning_count is 'The same of severity warn.';
comment on column report.reconciliation_by_month.open_info_count is 'The same of severity info.';
comment on column report.reconciliation_by_month.unexplained_cents is 'US cents at stake in the open errors, each without its sign; 0 where of none an amount is known.';
comment on column report.reconciliation_by_month.unexplained_usd is 'The same in US dollars.';
comment on column report.reconciliation_by_month.owed_cents is 'US cents the provider owes by items that are open or disputed, less what it has credited of them.';
comment on column report.reconciliation_by_month.owed_usd is 'The same in US dollars.';
comment on column report.reconciliation_by_month.run_cents is 'US cents that the run saw charged for the month.';
comment on column report.reconciliation_by_month.warehouse_cents is 'US cents charged for the month as known now: faxes less credits, and rents.';
comment on column report.reconciliation_by_month.warehouse_usd is 'The same in US dollars.';
comment on column report.reconciliation_by_month.invoice_cents is 'US cents of the imported invoices of the month, taxes left out; null where none was imported.';
comment on column report.reconciliation_by_month.invoice_usd is 'The same in US dollars.';
comment on column report.reconciliation_by_month.invoice_tax_cents is 'US cents of their taxes, which no charge is held against; null where there are none.';
comment on column report.reconciliation_by_month.invoice_difference_cents is 'Invoices less the charges as known now; credits that came after the invoice are in it, check C19 allows for them. Null without an invoice.';
comment on column report.reconciliation_by_month.closed_at is 'When it was closed last; null where it is not closed.';
comment on column report.reconciliation_by_month.billed_cents is 'US cents its bill came to over all its closings, corrections of earlier months included; null where it was never closed.';
comment on column report.reconciliation_by_month.billed_usd is 'The same in US dollars.';
comment on column report.reconciliation_by_month.correction_cents is 'Of these what corrects earlier months.';

grant select on report.reconciliation_by_month to faxsync_reader, faxsync_bi;
