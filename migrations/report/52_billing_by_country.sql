-- Answers: what faxes to and from each country cost in a month. Its sum is that of warehouse.charges, to the cent: a fax to several countries is in a row of
-- its own kind, since the provider names one price for all of its recipients. Ask for an account and a month: each month reads its faxes and their recipients.
-- Runs with the caller's rights, so a BI login sees the accounts it was granted.

drop view if exists report.billing_by_country;

create view report.billing_by_country with (security_invoker = true) as
select
  a.account_key,
  c.usage_month,
  c.charge_kind,
  c.country,
  c.country_kind,
  c.fax_count::bigint as fax_count,
  c.cents::bigint as cost_cents,
  (c.cents / 100.0)::numeric(14, 2) as cost_usd
from warehouse.accounts a
-- One account and month after the other, so that a question about one reads its faxes alone.
cross join lateral (
  with
    months as (
      select u.usage_month, u.usage_month::timestamp at time zone a.billing_zone as starts_at, (u.usage_month + interval '1 month') at time zone a.billing_zone as ends_at
      from (
        select rollup.month_of(d.usage_date) as usage_month from rollup.fax_days d where d.account_id = a.account_id
        union
        select rollup.month_of((r.billed_at at time zone a.billing_zone)::date) from warehouse.phone_number_charges r where r.account_id = a.account_id
      ) u
    )
  select m.usage_month, p.charge_kind, p.country, p.country_kind, p.fax_count, p.cents
  from months m
  cross join lateral (
    with
      -- The far end of a sent fax, the own number of a received one and of a rent; a fax to several numbers is in it several times.
      numbers as materialized (
        select
          s.fax_id, s.rented_number, s.charge_kind, s.cents,
          -- In North America an area code tells the country, elsewhere at most eight digits do.
          case when s.phone_number like '+1%' then left(s.phone_number, 5) when s.phone_number like '+%' then left(s.phone_number, 9) end as head
        from (
          select
            f.fax_id, null::text as rented_number, case f.direction when 'rent' then 'fax rent' else f.direction end as charge_kind,
            coalesce(f.cost_cents, 0) as cents, case when f.direction = 'received' then f.to_number else r.phone_number end as phone_number
          from warehouse.faxes f
          left join warehouse.fax_recipients r on r.account_id = f.account_id and r.fax_id = f.fax_id and f.direction is distinct from 'received'
          where f.account_id = a.account_id and f.is_test is not true
            and (f.created_at >= m.starts_at and f.created_at < m.ends_at
              or f.created_at is null and coalesce(f.completed_at, f.observed_at) >= m.starts_at and coalesce(f.completed_at, f.observed_at) < m.ends_at)
          union all
          select null, r.phone_number, 'rent', sum(coalesce(r.cost_cents, 0)), r.phone_number
          from warehouse.phone_number_charges r
          where r.account_id = a.account_id and r.billed_at >= m.starts_at and r.billed_at < m.ends_at
          group by r.phone_number
        ) s
      ),
      countries as materialized (
        select h.head, k.alpha2
        from (select distinct n.head from numbers n where n.head is not null) h
        cross join lateral (
          select d.alpha2 from warehouse.dial_prefixes d
          where d.prefix in (
            substr(h.head, 2, 1), substr(h.head, 2, 2), substr(h.head, 2, 3), substr(h.head, 2, 4),
            substr(h.head, 2, 5), substr(h.head, 2, 6), substr(h.head, 2, 7), substr(h.head, 2, 8))
          order by length(d.prefix) desc limit 1
        ) k
      ),
      placed as (
        select
          n.fax_id, n.charge_kind, n.cents, min(k.alpha2) as country,
          min(coalesce(k.alpha2, '')) <> max(coalesce(k.alpha2, '')) as is_several
        from numbers n
        left join countries k on k.head = n.head
        group by n.fax_id, n.rented_number, n.charge_kind, n.cents
      )
    select
      g.charge_kind, g.country, g.country_kind, count(g.fax_id) as fax_count, sum(g.cents) as cents
    from (
      select
        p.fax_id, p.charge_kind, p.cents, case when not p.is_several then p.country end as country,
        case when p.is_several then 'several' when p.country is null then 'unknown' else 'one' end as country_kind
      from placed p
    ) g
    group by g.charge_kind, g.country, g.country_kind
  ) p
) c;

comment on view report.billing_by_country is 'What was charged by country, one row a month, kind of charge and country; its sum is all charges, to the cent. Sent faxes count for the country of their recipients, received ones and rents for that of the own number.';
comment on column report.billing_by_country.account_key is 'Name of the account in the settings.';
comment on column report.billing_by_country.usage_month is 'First day of the month of use, in the account''s billing zone.';
comment on column report.billing_by_country.charge_kind is 'sent, received, or another word of the provider: faxes; rent: numbers; null: faxes whose direction was not sent. Should the provider call a direction rent, it reads fax rent.';
comment on column report.billing_by_country.country is 'ISO 3166-1 alpha-2, by the leading digits of the number; null where there are several or none is known.';
comment on column report.billing_by_country.country_kind is 'one; several: the fax went to more than one country, or to one and to a number of none, and its one price is not divided; unknown: no number, or none whose digits are of a country.';
comment on column report.billing_by_country.fax_count is 'Faxes, free ones among them; 0 for rent.';
comment on column report.billing_by_country.cost_cents is 'US cents, credits taken off.';
comment on column report.billing_by_country.cost_usd is 'The same in US dollars.';

grant select on report.billing_by_country to faxsync_reader, faxsync_bi;
