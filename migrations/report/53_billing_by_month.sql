-- Answers: what each month cost, by kind of charge. Every charge and credit is in it once, so its sum is that of warehouse.charges, to the cent.
-- Runs with the caller's rights, so a BI login sees the accounts it was granted.

drop view if exists report.billing_by_month;

create view report.billing_by_month with (security_invoker = true) as
select
  a.account_key,
  date_trunc('month', c.usage_date)::date as usage_month,
  case when c.charge_kind = 'rent' then 'rent' else c.direction end as charge_kind,
  count(distinct c.fax_id) as fax_count,
  coalesce(sum(c.cents) filter (where c.cents > 0), 0)::bigint as charged_cents,
  coalesce(-sum(c.cents) filter (where c.cents < 0), 0)::bigint as credited_cents,
  sum(c.cents)::bigint as cost_cents,
  (sum(c.cents) / 100.0)::numeric(14, 2) as cost_usd
from warehouse.charges c
join warehouse.accounts a on a.account_id = c.account_id
group by a.account_key, date_trunc('month', c.usage_date)::date, case when c.charge_kind = 'rent' then 'rent' else c.direction end;

comment on view report.billing_by_month is 'What was charged, one row a month of use and kind of charge; its sum is all charges, to the cent. Test faxes are not billed and are not in it.';
comment on column report.billing_by_month.account_key is 'Name of the account in the settings.';
comment on column report.billing_by_month.usage_month is 'First day of the month, in the account''s billing zone, in which the faxes were requested or received, or the months of the rents began.';
comment on column report.billing_by_month.charge_kind is 'sent or received: faxes; rent: numbers; null: faxes whose direction was not sent. The words of imported invoices.';
comment on column report.billing_by_month.fax_count is 'Faxes, free ones among them; 0 for rent.';
comment on column report.billing_by_month.charged_cents is 'US cents taken for them, up to now.';
comment on column report.billing_by_month.credited_cents is 'US cents given back of them, up to now, whenever that was; above zero.';
comment on column report.billing_by_month.cost_cents is 'US cents charged less credited.';
comment on column report.billing_by_month.cost_usd is 'The same in US dollars.';

grant select on report.billing_by_month to faxsync_reader, faxsync_bi;
