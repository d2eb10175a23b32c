-- Answers: what faxes to and from each country cost in a month. Its sum is that of warehouse.charges, to the cent: a fax to several countries is in a row of
-- its own kind, since the provider names one price for all of its recipients.
-- Runs with the caller's rights, so a BI login sees the accounts it was granted.

drop view if exists report.billing_by_country;

create view report.billing_by_country with (security_invoker = true) as
with
  charges as (
    select
      c.account_id, c.fax_id, c.direction, c.phone_number, date_trunc('month', c.usage_date)::date as usage_month, c.cents,
      case when c.charge_kind = 'rent' then 'rent' else c.direction end as charge_kind
    from warehouse.charges c
  ),
  -- The far end of a sent fax, the own number of a received one and of a rent.
  numbers as (
    select c.account_id, c.fax_id, null::text as rented_number, r.phone_number
    from charges c
    join warehouse.fax_recipients r on r.account_id = c.account_id and r.fax_id = c.fax_id
    where c.charge_kind is distinct from 'rent' and c.direction is distinct from 'received'
    union all
    select c.account_id, c.fax_id, null::text, f.to_number
    from charges c
    join warehouse.faxes f on f.account_id = c.account_id and f.fax_id = c.fax_id
    where c.direction = 'received'
    union all
    select c.account_id, null::bigint, c.phone_number, c.phone_number from charges c where c.charge_kind = 'rent'
  ),
  -- In North America an area code tells the country, elsewhere at most eight digits do.
  headed as (
    select
      account_id, fax_id, rented_number,
      case when phone_number like '+1%' then left(phone_number, 6) when phone_number like '+%' then left(phone_number, 9) end as head
    from numbers
  ),
  countries as materialized (
    select h.head, p.alpha2
    from (select distinct head from headed where head is not null) h
    cross join lateral (
      select d.alpha2 from warehouse.dial_prefixes d
      where d.prefix in (
        substr(h.head, 2, 1), substr(h.head, 2, 2), substr(h.head, 2, 3), substr(h.head, 2, 4),
        substr(h.head, 2, 5), substr(h.head, 2, 6), substr(h.head, 2, 7), substr(h.head, 2, 8))
      order by length(d.prefix) desc limit 1
    ) p
  ),
  subjects as (
    select
      n.account_id, n.fax_id, n.rented_number, min(k.alpha2) as country,
      count(distinct coalesce(k.alpha2, '')) > 1 as is_several
    from headed n
    left join countries k on k.head = n.head
    group by n.account_id, n.fax_id, n.rented_number
  ),
  placed as (
    -- A charge is of a fax or of a rented number.
    select c.*, s.country, coalesce(s.is_several, false) as is_several
    from charges c
    left join subjects s on s.account_id = c.account_id and s.fax_id = c.fax_id
    where c.charge_kind is distinct from 'rent'
    union all
    select c.*, s.country, false
    from charges c
    left join subjects s on s.account_id = c.account_id and s.rented_number = c.phone_number
    where c.charge_kind = 'rent'
  )
select
  a.account_key,
  p.usage_month,
  p.charge_kind,
  case when not p.is_several then p.country end as country,
  case when p.is_several then 'several' when p.country is null then 'unknown' else 'one' end as country_kind,
  count(distinct p.fax_id) as fax_count,
  sum(p.cents)::bigint as cost_cents,
  (sum(p.cents) / 100.0)::numeric(14, 2) as cost_usd
from placed p
join warehouse.accounts a on a.account_id = p.account_id
group by a.account_key, p.usage_month, p.charge_kind, case when not p.is_several then p.country end,
  case when p.is_several then 'several' when p.country is null then 'unknown' else 'one' end;

comment on view report.billing_by_country is 'What was charged by country, one row a month, kind of charge and country; its sum is all charges, to the cent. Sent faxes count for the country of their recipients, received ones and rents for that of the own number.';
comment on column report.billing_by_country.account_key is 'Name of the account in the settings.';
comment on column report.billing_by_country.usage_month is 'First day of the month of use, in the account''s billing zone.';
comment on column report.billing_by_country.charge_kind is 'sent or received: faxes; rent: numbers; null: faxes whose direction was not sent.';
comment on column report.billing_by_country.country is 'ISO 3166-1 alpha-2, by the leading digits of the number; null where there are several or none is known.';
comment on column report.billing_by_country.country_kind is 'one; several: the fax went to more than one country, or to one and to a number of none, and its one price is not divided; unknown: no number, or none whose digits are of a country.';
comment on column report.billing_by_country.fax_count is 'Faxes of which anything was charged, free ones left out; 0 for rent.';
comment on column report.billing_by_country.cost_cents is 'US cents, credits taken off.';
comment on column report.billing_by_country.cost_usd is 'The same in US dollars.';

grant select on report.billing_by_country to faxsync_reader, faxsync_bi;
