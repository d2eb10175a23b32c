-- Answers: how long the prepaid balance lasts. By the mean of the last 28 days that are over; a recharge that is to come is not foreseen.
-- Runs with the caller's rights, so a BI login sees the accounts it was granted.

drop view if exists report.balance_forecast;

create view report.balance_forecast with (security_invoker = true) as
select
  a.account_key,
  b.balance_cents,
  (b.balance_cents / 100.0)::numeric(14, 2) as balance_usd,
  b.observed_at as balance_seen_at,
  s.day_count as spend_day_count,
  round(s.daily_cents)::bigint as daily_spend_cents,
  (s.daily_cents / 100.0)::numeric(14, 2) as daily_spend_usd,
  -- Rounded down: better a day too early than one too late.
  floor(l.days_left)::integer as days_until_empty,
  ((now() + l.days_left * interval '1 day') at time zone a.billing_zone)::date as empty_date,
  coalesce(l.days_left < 7, b.balance_cents <= 0) as is_low
from warehouse.accounts a
-- Looks are numbered as they are made.
cross join lateral (
  select x.balance_cents, x.observed_at from warehouse.account_snapshots x
  where x.account_id = a.account_id and x.balance_cents is not null order by x.observation_no desc limit 1
) b
cross join lateral (
  -- The first day that is not over, or not listed to its end, and the first whole day; null where nothing is known.
  select case when u.at is not null then (least(now(), u.at) at time zone a.billing_zone)::date end as known_to,
    (select min(d.usage_date) + 1 from rollup.fax_days d where d.account_id = a.account_id) as whole_from
  from (select warehouse.faxes_known_until(a.account_id) as at offset 0) u
  offset 0
) k
cross join lateral (select case when k.whole_from is not null then greatest(k.known_to - 28, k.whole_from) end as from_day offset 0) f
cross join lateral (
  select
    case when k.known_to is not null then greatest(coalesce(k.known_to - f.from_day, 0), 0) end as day_count,
    case when k.known_to - f.from_day >= 7 then (
      coalesce((select sum(d.cost_cents) from rollup.fax_days d where d.account_id = a.account_id and d.usage_date >= f.from_day and d.usage_date < k.known_to), 0)
      + coalesce((
        select sum(r.cost_cents) from warehouse.phone_number_charges r
        where r.account_id = a.account_id
          and r.billed_at >= f.from_day::timestamp at time zone a.billing_zone and r.billed_at < k.known_to::timestamp at time zone a.billing_zone), 0)
    ) / (k.known_to - f.from_day)::numeric end as daily_cents
) s
cross join lateral (
  select case when s.daily_cents > 0
    then greatest(b.balance_cents / s.daily_cents - (extract(epoch from now() - b.observed_at) / 86400)::numeric, 0) end as days_left
  offset 0
) u
-- A hundred years are no forecast, and of still more there is no date.
cross join lateral (select case when u.days_left <= 36500 then u.days_left end as days_left offset 0) l;

comment on view report.balance_forecast is 'How long the prepaid balance lasts at the pace of the last 28 days, one row an account whose balance was ever looked at. Recharges to come are not foreseen.';
comment on column report.balance_forecast.account_key is 'Name of the account in the settings; the key of the view.';
comment on column report.balance_forecast.balance_cents is 'Balance in US cents as last seen; may be below zero.';
comment on column report.balance_forecast.balance_usd is 'The same in US dollars.';
comment on column report.balance_forecast.balance_seen_at is 'When that look was made.';
comment on column report.balance_forecast.spend_day_count is 'Days whose spend is known, of the last 28 that are over and were listed to their end; null where the faxes were never listed.';
comment on column report.balance_forecast.daily_spend_cents is 'Mean of these days in US cents: charges less credits of their faxes, and rents taken in them. Null with fewer than 7 days.';
comment on column report.balance_forecast.daily_spend_usd is 'The same in US dollars.';
comment on column report.balance_forecast.days_until_empty is 'Whole days from now until the balance is empty, what was spent since the look taken off by the mean; 0 where it is. Null where nothing is spent, the spend is not known, or it lasts for more than 36,500 days.';
comment on column report.balance_forecast.empty_date is 'Day on which it will be empty, in the account''s billing zone; null as before.';
comment on column report.balance_forecast.is_low is 'True where it lasts for less than 7 days, or is empty already.';

grant select on report.balance_forecast to faxsync_reader, faxsync_bi;
