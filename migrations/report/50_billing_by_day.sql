-- Answers: what each day cost, by kind of charge. Every charge and credit is in it once, so its sum is that of warehouse.charges, to the cent.
-- Runs with the caller's rights, so a BI login sees the accounts it was granted.

-- The months are made of it, by a script behind this one.
drop view if exists report.billing_by_month, report.billing_by_day;

create view report.billing_by_day with (security_invoker = true) as
with
  -- Directions are the provider's words, of which there may be any: one that is called rent must not meet the rents.
  sums as (
    select account_id, usage_date as usage_date, case direction when 'rent' then 'fax rent' else direction end as charge_kind, sum(fax_count) as fax_count, sum(cost_cents) as cost_cents, 0 as credited_cents
    from rollup.fax_days
    group by 1, 2, 3
    union all
    select account_id, usage_date, case direction when 'rent' then 'fax rent' else direction end, 0, 0, sum(credited_cents)
    from rollup.credit_days
    group by 1, 2, 3
    union all
    select r.account_id, (r.billed_at at time zone a.billing_zone)::date, 'rent', 0, sum(coalesce(r.cost_cents, 0)), 0
    from warehouse.phone_number_charges r
    join warehouse.accounts a on a.account_id = r.account_id
    group by 1, 2
  )
select
  a.account_key,
  s.usage_date,
  rollup.month_of(s.usage_date) as usage_month,
  s.charge_kind,
  sum(s.fax_count)::bigint as fax_count,
  (sum(s.cost_cents) + sum(s.credited_cents))::bigint as charged_cents,
  sum(s.credited_cents)::bigint as credited_cents,
  sum(s.cost_cents)::bigint as cost_cents,
  (sum(s.cost_cents) / 100.0)::numeric(14, 2) as cost_usd
from sums s
join warehouse.accounts a on a.account_id = s.account_id
group by a.account_key, s.usage_date, s.charge_kind
having sum(s.fax_count) <> 0 or sum(s.cost_cents) <> 0 or sum(s.credited_cents) <> 0;

comment on view report.billing_by_day is 'What was charged, one row a day of use and kind of charge; its sum is all charges, to the cent. Test faxes are not billed and are not in it.';
comment on column report.billing_by_day.account_key is 'Name of the account in the settings.';
comment on column report.billing_by_day.usage_date is 'Day, in the account''s billing zone, on which the fax was requested or received, or the month of the rent began.';
comment on column report.billing_by_day.usage_month is 'First day of its month.';
comment on column report.billing_by_day.charge_kind is 'sent, received, or another word of the provider: faxes; rent: numbers; null: faxes whose direction was not sent. Should the provider call a direction rent, it reads fax rent. The words of imported invoices.';
comment on column report.billing_by_day.fax_count is 'Faxes, free ones among them; 0 for rent.';
comment on column report.billing_by_day.charged_cents is 'US cents taken for them, up to now.';
comment on column report.billing_by_day.credited_cents is 'US cents given back of them, up to now, whenever that was; above zero.';
comment on column report.billing_by_day.cost_cents is 'US cents charged less credited.';
comment on column report.billing_by_day.cost_usd is 'The same in US dollars.';

grant select on report.billing_by_day to faxsync_reader, faxsync_bi;
