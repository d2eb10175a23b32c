-- Answers: what each of the account's own numbers cost in a month, faxes and rent. Its sum is that of warehouse.charges, to the cent.
-- Runs with the caller's rights, so a BI login sees the accounts it was granted. Shown: the account's own numbers, and never those of others.

drop view if exists report.billing_by_number;

create view report.billing_by_number with (security_invoker = true) as
with
  -- One month after the other, so that a question about one month reads the faxes of that month alone.
  months as (
    select d.account_id, m.usage_month, m.usage_month::timestamp at time zone d.billing_zone as starts_at,
      (m.usage_month + interval '1 month') at time zone d.billing_zone as ends_at
    from warehouse.accounts d
    cross join lateral (select distinct rollup.month_of(f.usage_date) as usage_month from rollup.fax_days f where f.account_id = d.account_id) m
  ),
  charges as (
    select m.account_id, m.usage_month, f.phone_number, f.charge_kind, f.fax_count, f.cents
    from months m
    cross join lateral (
      select case when f.direction = 'received' then f.to_number else f.caller_id end as phone_number, f.direction as charge_kind, count(*) as fax_count,
        coalesce(sum(f.cost_cents), 0) as cents
      from warehouse.faxes f
      where f.account_id = m.account_id and f.is_test is not true
        and (f.created_at >= m.starts_at and f.created_at < m.ends_at
          or f.created_at is null and coalesce(f.completed_at, f.observed_at) >= m.starts_at and coalesce(f.completed_at, f.observed_at) < m.ends_at)
      group by 1, 2
    ) f
    union all
    select r.account_id, rollup.month_of((r.billed_at at time zone a.billing_zone)::date), r.phone_number, 'rent', 0, sum(coalesce(r.cost_cents, 0))
    from warehouse.phone_number_charges r
    join warehouse.accounts a on a.account_id = r.account_id
    group by 1, 2, 3
  )
select
  a.account_key,
  c.usage_month,
  c.phone_number,
  c.charge_kind,
  c.fax_count::bigint as fax_count,
  c.cents::bigint as cost_cents,
  (c.cents / 100.0)::numeric(14, 2) as cost_usd
from charges c
join warehouse.accounts a on a.account_id = c.account_id;

comment on view report.billing_by_number is 'What the account''s own numbers cost, one row a month, number and kind of charge; its sum is all charges, to the cent.';
comment on column report.billing_by_number.account_key is 'Name of the account in the settings.';
comment on column report.billing_by_number.usage_month is 'First day of the month of use, in the account''s billing zone.';
comment on column report.billing_by_number.phone_number is 'Own number: the one that received the fax, the caller id it was sent with, or the one that is rented. Null where the provider did not say: then the cost is shared by all.';
comment on column report.billing_by_number.charge_kind is 'sent or received: faxes; rent: the number itself; null: faxes whose direction was not sent.';
comment on column report.billing_by_number.fax_count is 'Faxes, free ones among them; 0 for rent.';
comment on column report.billing_by_number.cost_cents is 'US cents, credits taken off.';
comment on column report.billing_by_number.cost_usd is 'The same in US dollars.';

grant select on report.billing_by_number to faxsync_reader, faxsync_bi;
