-- Answers: which numbers cost rent for nothing, which were given back and still cost, and which are used although no list shows them.
-- Reads the faxes of the last 90 days once, and none before.
-- Runs with the caller's rights, so a BI login sees the accounts it was granted. Shown: the account's own numbers, which are what the view is about.

drop view if exists report.idle_numbers;

create view report.idle_numbers with (security_invoker = true) as
select
  a.account_key,
  n.phone_number,
  n.finding,
  n.last_used_date,
  case when n.finding = 'idle' and n.last_used_date is not null then n.unused_days end as idle_days,
  case when n.finding = 'idle' then case when n.unused_days >= 90 then 90 when n.unused_days >= 60 then 60 else 30 end end as idle_band_days,
  n.fax_count,
  n.monthly_rent_cents,
  (n.monthly_rent_cents / 100.0)::numeric(14, 2) as monthly_rent_usd,
  n.wasted_rent_cents,
  (n.wasted_rent_cents / 100.0)::numeric(14, 2) as wasted_rent_usd,
  case
    when n.finding = 'idle' and n.is_silent
      then 'First find out why nothing comes: no number of the account had a fax for 30 days or more, as in an outage, or where the mirror stands still. Only where that is meant, give the number back.'
    when n.finding = 'idle' then 'Give the number back, or keep it knowing what it costs.'
    when n.finding = 'billed_after_release' then 'Ask the provider for the amount; "faxsync items --owed" lists what it owes.'
    else 'See at the provider whose number this is, unless it was given back before the mirror began: it was used, and no number of the list costs rent for it.'
  end as advice
from warehouse.accounts a
-- One account after the other, so that a question about one reads its rows alone.
cross join lateral (
  with
    calendar as (
      select
        d.today,
        (d.today - 90)::timestamp at time zone a.billing_zone as asked_from,
        -- Before it nobody knows of the account's faxes.
        coalesce((select min(f.usage_date) from rollup.fax_days f where f.account_id = a.account_id), (a.created_at at time zone a.billing_zone)::date) as first_known_date
      from (select (now() at time zone a.billing_zone)::date as today) d
    ),
    used as materialized (
      select f.phone_number, count(*) as fax_count, max(f.used_at) as last_used_at, (max(f.used_at) at time zone a.billing_zone)::date as last_used_date
      from calendar c
      cross join lateral (
        select case when x.direction = 'received' then x.to_number else x.caller_id end as phone_number, x.created_at as used_at
        from warehouse.faxes x
        where x.account_id = a.account_id and x.created_at >= c.asked_from and x.is_test is not true
        union all
        select case when x.direction = 'received' then x.to_number else x.caller_id end, coalesce(x.completed_at, x.observed_at)
        from warehouse.faxes x
        where x.account_id = a.account_id and x.created_at is null and coalesce(x.completed_at, x.observed_at) >= c.asked_from and x.is_test is not true
      ) f
      where f.phone_number is not null
      group by f.phone_number
    ),
    idle as (
      select
        p.phone_number, u.last_used_date, c.today - coalesce(u.last_used_date, k.known_from) as unused_days, p.cost_cents as monthly_rent_cents,
        (
          select coalesce(sum(r.cost_cents), 0)::bigint from warehouse.phone_number_charges r
          where r.account_id = a.account_id and r.phone_number = p.phone_number
            and (r.billed_at at time zone a.billing_zone)::date > coalesce(u.last_used_date, c.today - 91)
        ) as wasted_rent_cents
      from warehouse.phone_numbers p
      cross join calendar c
      left join used u on u.phone_number = p.phone_number
      -- Since when it is known to be the account's, so that a new one is not called idle.
      cross join lateral (
        select greatest(c.first_known_date, (coalesce(p.provisioned_at, (
          select min(h.observed_at) from warehouse.phone_number_history h
          where h.account_id = p.account_id and h.phone_number = p.phone_number)) at time zone a.billing_zone)::date) as known_from
      ) k
      where p.account_id = a.account_id and p.released_at is null and coalesce(u.last_used_date, k.known_from) <= c.today - 30
    ),
    billed_after_release as (
      -- By the list as it was a day before the billing; a number that was bought anew since is billed rightly.
      select r.phone_number, sum(r.cost_cents)::bigint as wasted_rent_cents
      from warehouse.phone_number_charges r
      cross join lateral (
        select h.is_listed, h.observed_at, h.observation_no from warehouse.phone_number_history h
        where h.account_id = r.account_id and h.phone_number = r.phone_number and h.observed_at <= r.billed_at - interval '1 day'
        order by h.observation_no desc limit 1
      ) gone
      left join lateral (
        select h.provisioned_at from warehouse.phone_number_history h
        where h.account_id = r.account_id and h.phone_number = r.phone_number and h.observation_no > gone.observation_no and h.is_listed
        order by h.observation_no limit 1
      ) back on true
      where r.account_id = a.account_id and not gone.is_listed and (back.provisioned_at is null or back.provisioned_at < gone.observed_at)
      group by r.phone_number
      having sum(r.cost_cents) > 0
    ),
    found as (
      select i.phone_number, 'idle' as finding, i.last_used_date, i.unused_days, coalesce(u.fax_count, 0) as fax_count, i.monthly_rent_cents, i.wasted_rent_cents
      from idle i
      left join used u on u.phone_number = i.phone_number
      union all
      select
        b.phone_number, 'billed_after_release', u.last_used_date, null, coalesce(u.fax_count, 0),
        case when p.released_at is null then p.cost_cents end, b.wasted_rent_cents
      from billed_after_release b
      left join used u on u.phone_number = b.phone_number
      left join warehouse.phone_numbers p on p.account_id = a.account_id and p.phone_number = b.phone_number
      union all
      -- Where no list of numbers was ever read, nobody can say what is missing in it.
      select u.phone_number, 'not_in_inventory', u.last_used_date, null, u.fax_count, null, null
      from used u
      left join warehouse.phone_numbers p on p.account_id = a.account_id and p.phone_number = u.phone_number
      where (p.phone_number is null or u.last_used_at > p.released_at)
        and exists (select from warehouse.phone_numbers x where x.account_id = a.account_id)
    )
  select
    f.*,
    -- One number that is silent alone is idle; all of them are no matter of numbers.
    not exists (select from used u where u.last_used_date > (select c.today from calendar c) - 30) as is_silent
  from found f
) n;

comment on view report.idle_numbers is 'Own numbers that somebody should look at, one row a number and finding: idle ones, ones that cost rent after they were given back, and ones in use that no list shows. Test faxes are no use of a number.';
comment on column report.idle_numbers.account_key is 'Name of the account in the settings; with phone_number and finding the key of the view.';
comment on column report.idle_numbers.phone_number is 'The number, E.164 where it could be read, else as sent.';
comment on column report.idle_numbers.finding is 'idle: the account has it, and no fax came in on it or was sent with it as caller id for at least 30 days; billed_after_release: a rent of it was taken a day or more after a list no longer showed it, and it was not bought anew; not_in_inventory: used in the last 90 days, and not in the list of numbers, or after it was given back.';
comment on column report.idle_numbers.last_used_date is 'Day of its last fax, in the account''s billing zone; null where it had none in the last 90 days.';
comment on column report.idle_numbers.idle_days is 'Days since its last fax; null where it had none in the last 90 days, so for numbers never used too, and for other findings.';
comment on column report.idle_numbers.idle_band_days is '30, 60 or 90: it was unused for at least that many days, by its last fax, else by how long it and the account''s faxes have been known. Null for other findings.';
comment on column report.idle_numbers.fax_count is 'Faxes of the last 90 days.';
comment on column report.idle_numbers.monthly_rent_cents is 'Rent a month in US cents as now paid; null when released, never listed, or not sent.';
comment on column report.idle_numbers.monthly_rent_usd is 'The same in US dollars.';
comment on column report.idle_numbers.wasted_rent_cents is 'Rents in US cents that were seen for nothing: of idle ones after their last fax, or in the last 90 days where they had none; of billed_after_release those. Null for not_in_inventory.';
comment on column report.idle_numbers.wasted_rent_usd is 'The same in US dollars.';
comment on column report.idle_numbers.advice is 'What to do, in plain words. Of idle numbers, where no number of the account had a fax for 30 days or more, listed or not: to find out first why nothing comes, since an outage makes every number idle.';

grant select on report.idle_numbers to faxsync_reader, faxsync_bi;
