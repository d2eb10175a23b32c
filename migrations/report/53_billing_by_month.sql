-- Answers: what each month cost, by kind of charge. Every charge and credit is in it once, so its sum is that of warehouse.charges, to the cent.
-- Runs with the caller's rights, so a BI login sees the accounts it was granted.

drop view if exists report.billing_by_month;

create view report.billing_by_month with (security_invoker = true) as
select
  d.account_key,
  d.usage_month,
  d.charge_kind,
  sum(d.fax_count)::bigint as fax_count,
  sum(d.charged_cents)::bigint as charged_cents,
  sum(d.credited_cents)::bigint as credited_cents,
  sum(d.cost_cents)::bigint as cost_cents,
  (sum(d.cost_cents) / 100.0)::numeric(14, 2) as cost_usd
from report.billing_by_day d
group by d.account_key, d.usage_month, d.charge_kind
having sum(d.fax_count) <> 0 or sum(d.cost_cents) <> 0 or sum(d.credited_cents) <> 0;

comment on view report.billing_by_month is 'What was charged, one row a month of use and kind of charge; its sum is all charges, to the cent. Test faxes are not billed and are not in it.';
comment on column report.billing_by_month.account_key is 'Name of the account in the settings.';
comment on column report.billing_by_month.usage_month is 'First day of the month, in the account''s billing zone, in which the faxes were requested or received, or the months of the rents began.';
comment on column report.billing_by_month.charge_kind is 'sent, received, or another word of the provider: faxes; rent: numbers; null: faxes whose direction was not sent. Should the provider call a direction rent, it reads fax rent. The words of imported invoices.';
comment on column report.billing_by_month.fax_count is 'Faxes, free ones among them; 0 for rent.';
comment on column report.billing_by_month.charged_cents is 'US cents taken for them, up to now.';
comment on column report.billing_by_month.credited_cents is 'US cents given back of them, up to now, whenever that was; above zero.';
comment on column report.billing_by_month.cost_cents is 'US cents charged less credited.';
comment on column report.billing_by_month.cost_usd is 'The same in US dollars.';

grant select on report.billing_by_month to faxsync_reader, faxsync_bi;
