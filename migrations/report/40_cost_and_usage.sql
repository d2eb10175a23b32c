-- Answers: every line of every month's bill in the terms of FOCUS, the format of cost and usage that finance tools read. Amounts are those of
-- recon.bill: closed months as they were closed, corrections in the month that bills them. Ask for a billing_account_id and an x_billing_period: then only the faxes
-- of that month are read; the billing_period_* and charge_period_* are reckoned from it and find nothing by themselves.
-- Runs with the caller's rights, so a BI login sees the accounts it was granted.

drop view if exists report.cost_and_usage;

create view report.cost_and_usage with (security_invoker = true) as
select
  a.account_key as billing_account_id,
  'USD' as billing_currency,
  b.billing_period::timestamp at time zone a.billing_zone as billing_period_start,
  (b.billing_period + interval '1 month') at time zone a.billing_zone as billing_period_end,
  b.usage_date::timestamp at time zone a.billing_zone as charge_period_start,
  (b.usage_date + interval '1 day') at time zone a.billing_zone as charge_period_end,
  case b.charge_kind when 'rent' then 'Purchase' else 'Usage' end as charge_category,
  case when b.is_correction then 'Correction' end as charge_class,
  case b.charge_kind when 'rent' then 'Recurring' else 'Usage-Based' end as charge_frequency,
  case
    when b.charge_kind = 'rent' then 'Fax number, one month'
    else concat_ws(', ', 'Fax ' || f.direction, case f.num_pages when 1 then '1 page' else f.num_pages || ' pages' end, f.status)
  end as charge_description,
  (b.cents / 100.0)::numeric(14, 2) as billed_cost,
  (b.cents / 100.0)::numeric(14, 2) as effective_cost,
  b.quantity as pricing_quantity,
  case when b.quantity is not null then case b.charge_kind when 'rent' then 'Months' else 'Pages' end end as pricing_unit,
  'Business Applications' as service_category,
  'Phaxio Fax API' as service_name,
  'Phaxio' as provider_name,
  'Phaxio' as invoice_issuer_name,
  case b.charge_kind when 'rent' then 'number-month' else 'fax-page-' || f.direction end as sku_id,
  case b.charge_kind when 'rent' then split_part(b.subject_id, '@', 1) end as resource_id,
  f.tags,
  f.fax_id as x_fax_id,
  b.charge_kind as x_charge_kind,
  b.charge_period as x_charge_period,
  b.billing_period as x_billing_period,
  b.is_closed as x_is_closed,
  b.cents as x_cents
from warehouse.accounts a
-- One account after the other. The step is written out so that the account, and a month that is asked for, reach into the bill.
cross join lateral (
  with lines as (
    select l.* from recon.bill l where l.account_id = a.account_id
  )
  select l.* from lines l
) b
-- By key, however many faxes there are besides: offset 0 keeps the planner from going through all of them.
left join lateral (
  select x.fax_id, x.direction, x.num_pages, x.status, x.tags from warehouse.faxes x
  where x.account_id = b.account_id and x.fax_id = case when b.charge_kind = 'fax' then b.subject_id::bigint end
  offset 0
) f on true;

comment on view report.cost_and_usage is 'The bill of every month in the terms of FOCUS, one row a line of recon.bill. No number but the account''s own. Ask for a billing_account_id and an x_billing_period: it is large, and quick by these alone; by billing_period_start or charge_period_start it reads every month.';
comment on column report.cost_and_usage.billing_account_id is 'BillingAccountId: name of the account in the settings.';
comment on column report.cost_and_usage.billing_currency is 'BillingCurrency: USD.';
comment on column report.cost_and_usage.billing_period_start is 'BillingPeriodStart: the month''s begin, in the account''s billing zone.';
comment on column report.cost_and_usage.billing_period_end is 'BillingPeriodEnd: its end, itself not included.';
comment on column report.cost_and_usage.charge_period_start is 'ChargePeriodStart: begin of the day on which the fax was sent or received or the rent taken.';
comment on column report.cost_and_usage.charge_period_end is 'ChargePeriodEnd: end of that day, itself not included.';
comment on column report.cost_and_usage.charge_category is 'ChargeCategory: Usage for faxes, Purchase for rents.';
comment on column report.cost_and_usage.charge_class is 'ChargeClass: Correction where the line changes what a closed month said; else null.';
comment on column report.cost_and_usage.charge_frequency is 'ChargeFrequency: Usage-Based or Recurring.';
comment on column report.cost_and_usage.charge_description is 'ChargeDescription: direction, pages and status; no numbers.';
comment on column report.cost_and_usage.billed_cost is 'BilledCost in US dollars, credits taken off.';
comment on column report.cost_and_usage.effective_cost is 'EffectiveCost in US dollars; the same, as nothing is paid ahead for single faxes.';
comment on column report.cost_and_usage.pricing_quantity is 'PricingQuantity: pages or months; null where not known.';
comment on column report.cost_and_usage.pricing_unit is 'PricingUnit: Pages or Months; null with the quantity.';
comment on column report.cost_and_usage.service_category is 'ServiceCategory.';
comment on column report.cost_and_usage.service_name is 'ServiceName.';
comment on column report.cost_and_usage.provider_name is 'ProviderName.';
comment on column report.cost_and_usage.invoice_issuer_name is 'InvoiceIssuerName.';
comment on column report.cost_and_usage.sku_id is 'SkuId: number-month for rents, fax-page-sent, fax-page-received or another word of the provider after fax-page-; null for faxes whose direction was not sent.';
comment on column report.cost_and_usage.resource_id is 'ResourceId: own number of a rent; null for faxes.';
comment on column report.cost_and_usage.tags is 'Tags of the fax as they were given; null for rents.';
comment on column report.cost_and_usage.x_fax_id is 'Id of the fax; null for rents.';
comment on column report.cost_and_usage.x_charge_kind is 'fax or rent.';
comment on column report.cost_and_usage.x_charge_period is 'Month in which the fax was sent or received or the rent taken, its first day.';
comment on column report.cost_and_usage.x_billing_period is 'Month in whose bill the line stands, its first day.';
comment on column report.cost_and_usage.x_is_closed is 'True where the month is closed and the line never changes.';
comment on column report.cost_and_usage.x_cents is 'The amount in whole US cents.';

grant select on report.cost_and_usage to faxsync_reader, faxsync_bi;
