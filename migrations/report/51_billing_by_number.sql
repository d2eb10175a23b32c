-- Answers: what each of the account's own numbers cost in a month, faxes and rent. Its sum is that of warehouse.charges, to the cent.
-- Runs with the caller's rights, so a BI login sees the accounts it was granted. Shown: the account's own numbers, and never those of others.

drop view if exists report.billing_by_number;

create view report.billing_by_number with (security_invoker = true) as
select
  a.account_key,
  c.usage_month,
  c.phone_number,
  c.charge_kind,
  c.fax_count::bigint as fax_count,
  c.cents::bigint as cost_cents,
  (c.cents / 100.0)::numeric(14, 2) as cost_usd
from warehouse.accounts a
-- One account and month after the other, so that a question about one reads its faxes alone.
cross join lateral (
  with
    months as (
      select u.usage_month, u.usage_month::timestamp at time zone a.billing_zone as starts_at, (u.usage_month + interval '1 month') at time zone a.billing_zone as ends_at
      from (select distinct rollup.month_of(d.usage_date) as usage_month from rollup.fax_days d where d.account_id = a.account_id) u
    )
  select m.usage_month, f.phone_number, f.charge_kind, f.fax_count, f.cents
  from months m
  cross join lateral (
    select
      case when x.direction = 'received' then x.to_number else x.caller_id end as phone_number, case x.direction when 'rent' then 'fax rent' else x.direction end as charge_kind,
      count(*) as fax_count, coalesce(sum(x.cost_cents), 0) as cents
    from warehouse.faxes x
    where x.account_id = a.account_id and x.is_test is not true
      and (x.created_at >= m.starts_at and x.created_at < m.ends_at
        or x.created_at is null and coalesce(x.completed_at, x.observed_at) >= m.starts_at and coalesce(x.completed_at, x.observed_at) < m.ends_at)
    group by 1, 2
  ) f
  union all
  select rollup.month_of((r.billed_at at time zone a.billing_zone)::date), r.phone_number, 'rent', 0, sum(coalesce(r.cost_cents, 0))
  from warehouse.phone_number_charges r
  where r.account_id = a.account_id
  group by 1, 2
) c;

comment on view report.billing_by_number is 'What the account''s own numbers cost, one row a month, number and kind of charge; its sum is all charges, to the cent.';
comment on column report.billing_by_number.account_key is 'Name of the account in the settings.';
comment on column report.billing_by_number.usage_month is 'First day of the month of use, in the account''s billing zone.';
comment on column report.billing_by_number.phone_number is 'Own number: the one that received the fax, the caller id it was sent with, or the one that is rented. Null where the provider did not say: then the cost is shared by all.';
comment on column report.billing_by_number.charge_kind is 'sent, received, or another word of the provider: faxes; rent: the number itself; null: faxes whose direction was not sent. Should the provider call a direction rent, it reads fax rent.';
comment on column report.billing_by_number.fax_count is 'Faxes, free ones among them; 0 for rent.';
comment on column report.billing_by_number.cost_cents is 'US cents, credits taken off.';
comment on column report.billing_by_number.cost_usd is 'The same in US dollars.';

grant select on report.billing_by_number to faxsync_reader, faxsync_bi;
