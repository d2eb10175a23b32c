-- Answers: what the month will cost, and how sure that is. By the same weekdays of the last eight weeks; no trend, no holidays, the same figures for the same rows.
--   A day still to come is expected to be the mean of its weekday, the day under way at least what it already is; rents still due come on top.
--   Low and high are 1.96 standard deviations away: of each weekday that comes k times and was seen n times, with the sample variance v, k v + k^2 v / n
--   (the spread of the days themselves, and of the mean they are expected to be); the sum over the weekdays. So about 95 months of 100 end between them,
--   as far as days are independent of each other and like those before.
-- Runs with the caller's rights, so a BI login sees the accounts it was granted.

drop view if exists report.month_forecast;

create view report.month_forecast with (security_invoker = true) as
select
  a.account_key,
  f.usage_month,
  f.day_count,
  f.over_day_count,
  f.history_day_count,
  f.cost_so_far_cents,
  (f.cost_so_far_cents / 100.0)::numeric(14, 2) as cost_so_far_usd,
  f.unsettled_cents,
  f.rent_due_cents,
  case when f.is_known then round(f.expected_cents)::bigint end as expected_cost_cents,
  (case when f.is_known then round(f.expected_cents) end / 100.0)::numeric(14, 2) as expected_cost_usd,
  case when f.is_known then greatest(round(f.expected_cents - f.spread_cents), f.least_cents)::bigint end as low_cost_cents,
  (case when f.is_known then greatest(round(f.expected_cents - f.spread_cents), f.least_cents) end / 100.0)::numeric(14, 2) as low_cost_usd,
  case when f.is_known then round(f.expected_cents + f.spread_cents)::bigint end as high_cost_cents,
  (case when f.is_known then round(f.expected_cents + f.spread_cents) end / 100.0)::numeric(14, 2) as high_cost_usd,
  f.so_far_fax_count,
  case when f.is_known then round(f.expected_count)::bigint end as expected_fax_count,
  case when f.is_known then greatest(round(f.expected_count - f.spread_count), f.least_count)::bigint end as low_fax_count,
  case when f.is_known then round(f.expected_count + f.spread_count)::bigint end as high_fax_count
from warehouse.accounts a
-- One account after the other, so that a question about one reads its rows alone.
cross join lateral (
  with
    calendar as (
      select
        m.first_day, (m.first_day + interval '1 month')::date as end_day, k.known_to, k.known_to - 56 as history_from,
        (select min(d.usage_date) + 1 from rollup.fax_days d where d.account_id = a.account_id) as whole_from
      from (select date_trunc('month', now() at time zone a.billing_zone)::date as first_day) m
      -- The first day that is not over, or not listed to its end: what was not looked at is not nothing.
      cross join (
        select (least(now(), u.at) at time zone a.billing_zone)::date as known_to
        from (select warehouse.faxes_known_until(a.account_id) as at) u
        where u.at is not null
      ) k
    ),
    days as (
      select d.usage_date, sum(d.cost_cents) as cents, sum(d.fax_count) filter (where not d.is_gone) as fax_count, sum(d.cost_cents) filter (where d.is_open) as open_cents
      from rollup.fax_days d
      cross join calendar c
      where d.account_id = a.account_id and d.usage_date >= least(c.history_from, c.first_day) and d.usage_date < c.end_day
      group by d.usage_date
    ),
    history as (
      -- A day without faxes counts as nothing; one before the first whole day is unknown.
      select h.at::date as usage_date, coalesce(d.cents, 0) as cents, coalesce(d.fax_count, 0) as fax_count
      from calendar c
      cross join lateral generate_series(
        case when c.whole_from is not null then greatest(c.history_from, c.whole_from) end::timestamp, c.known_to - interval '1 day', interval '1 day') h (at)
      left join days d on d.usage_date = h.at::date
    ),
    weekdays as (
      select
        extract(isodow from usage_date) as weekday, count(*) as seen_count, avg(cents) as mean_cents, coalesce(var_samp(cents), 0) as variance_cents,
        avg(fax_count) as mean_count, coalesce(var_samp(fax_count), 0) as variance_count
      from history
      group by extract(isodow from usage_date)
    ),
    to_come as (
      select
        w.weekday, w.seen_count, w.variance_cents, w.variance_count,
        -- The day under way may be more than usual already.
        case when r.at::date = c.known_to then greatest(w.mean_cents, d.cents) else w.mean_cents end as cents,
        case when r.at::date = c.known_to then greatest(w.mean_count, d.fax_count) else w.mean_count end as fax_count
      from calendar c
      cross join lateral generate_series(greatest(c.known_to, c.first_day)::timestamp, c.end_day - interval '1 day', interval '1 day') r (at)
      join weekdays w on w.weekday = extract(isodow from r.at)
      left join days d on d.usage_date = r.at::date
    ),
    coming as (
      select
        coalesce(sum(s.cents), 0) as cents, coalesce(sum(s.fax_count), 0) as fax_count,
        1.96 * sqrt(coalesce(sum(s.day_count * s.variance_cents * (1 + s.day_count / s.seen_count)), 0)) as spread_cents,
        1.96 * sqrt(coalesce(sum(s.day_count * s.variance_count * (1 + s.day_count / s.seen_count)), 0)) as spread_count
      from (
        select
          t.weekday, sum(t.cents) as cents, sum(t.fax_count) as fax_count, count(*)::numeric as day_count,
          max(t.seen_count) as seen_count, max(t.variance_cents) as variance_cents, max(t.variance_count) as variance_count
        from to_come t
        group by t.weekday
      ) s
    ),
    month as (
      select
        coalesce(sum(d.cents) filter (where d.usage_date < c.known_to), 0) as over_cents,
        coalesce(sum(d.fax_count) filter (where d.usage_date < c.known_to), 0) as over_count,
        coalesce(sum(d.cents), 0) as seen_cents, coalesce(sum(d.fax_count), 0) as seen_count,
        coalesce(sum(d.open_cents) filter (where d.usage_date < c.known_to), 0)::bigint as unsettled_cents
      from calendar c
      left join days d on d.usage_date >= c.first_day
      group by c.known_to
    ),
    rents as (
      select coalesce(sum(r.cost_cents), 0)::bigint as cents
      from calendar c
      join warehouse.phone_number_charges r on r.account_id = a.account_id
        and r.billed_at >= c.first_day::timestamp at time zone a.billing_zone and r.billed_at < c.end_day::timestamp at time zone a.billing_zone
    ),
    rents_due as (
      -- One that is three days late is for the reconciliation, not for the forecast.
      select coalesce(sum(p.cost_cents), 0)::bigint as cents
      from calendar c
      cross join lateral (
        select greatest(c.first_day::timestamp at time zone a.billing_zone, now() - interval '3 days') as since, c.end_day::timestamp at time zone a.billing_zone as until
      ) t
      join warehouse.phone_numbers p on p.account_id = a.account_id and p.released_at is null
      cross join lateral warehouse.rent_anniversaries(coalesce(p.provisioned_at, p.last_billed_at), t.since, t.until) e
      where p.cost_cents > 0 and e.expected_at >= t.since and e.expected_at < t.until and not exists (
        select from warehouse.phone_number_charges r
        where r.account_id = p.account_id and r.phone_number = p.phone_number
          and r.billed_at between e.expected_at - interval '3 days' and e.overflow_at + interval '3 days')
    )
  select
    c.first_day as usage_month,
    c.end_day - c.first_day as day_count,
    greatest(c.known_to - c.first_day, 0) as over_day_count,
    h.day_count as history_day_count,
    (m.over_cents + r.cents)::bigint as cost_so_far_cents,
    m.unsettled_cents,
    q.cents as rent_due_cents,
    h.day_count >= 14 as is_known,
    m.over_cents + r.cents + n.cents + q.cents as expected_cents,
    m.seen_cents + r.cents + q.cents as least_cents,
    n.spread_cents,
    m.over_count::bigint as so_far_fax_count,
    m.over_count + n.fax_count as expected_count,
    m.seen_count as least_count,
    n.spread_count
  from calendar c
  cross join (select count(*)::integer as day_count from history) h
  cross join month m
  cross join coming n
  cross join rents r
  cross join rents_due q
) f;

comment on view report.month_forecast is 'What the current month will cost and how many faxes it will have, one row an account whose faxes were ever listed, by the same weekdays of the last eight weeks. The figures change with every day; those of what happened are not estimates.';
comment on column report.month_forecast.account_key is 'Name of the account in the settings; the key of the view.';
comment on column report.month_forecast.usage_month is 'First day of the current month, in the account''s billing zone.';
comment on column report.month_forecast.day_count is 'Days of the month.';
comment on column report.month_forecast.over_day_count is 'Of these that are over and whose faxes were listed to their end.';
comment on column report.month_forecast.history_day_count is 'Whole days before the first that is not over whose faxes are known, at most 56; with fewer than 14 nothing is expected.';
comment on column report.month_forecast.cost_so_far_cents is 'US cents of the faxes of the days that are over, less what was credited of them, and of the rents of the month that were taken.';
comment on column report.month_forecast.cost_so_far_usd is 'The same in US dollars.';
comment on column report.month_forecast.unsettled_cents is 'Of these the US cents of faxes that are still under way: what fails of them is given back.';
comment on column report.month_forecast.rent_due_cents is 'US cents of rents that fall due until the end of the month, or fell due in the last three days and were not seen yet.';
comment on column report.month_forecast.expected_cost_cents is 'US cents expected of the whole month, rents included; null with fewer than 14 days of history.';
comment on column report.month_forecast.expected_cost_usd is 'The same in US dollars.';
comment on column report.month_forecast.low_cost_cents is 'US cents that the month will hardly stay below, never less than what was already taken and rents still due; null with fewer than 14 days of history.';
comment on column report.month_forecast.low_cost_usd is 'The same in US dollars.';
comment on column report.month_forecast.high_cost_cents is 'US cents that the month will hardly go beyond: of 100 months about 95 lie between low and high, if days are like those before. Null with fewer than 14 days of history.';
comment on column report.month_forecast.high_cost_usd is 'The same in US dollars.';
comment on column report.month_forecast.so_far_fax_count is 'Faxes of the days that are over; test faxes and faxes gone at the source are left out.';
comment on column report.month_forecast.expected_fax_count is 'Faxes expected of the whole month; null with fewer than 14 days of history.';
comment on column report.month_forecast.low_fax_count is 'As low_cost_cents, of faxes.';
comment on column report.month_forecast.high_fax_count is 'As high_cost_cents, of faxes.';

grant select on report.month_forecast to faxsync_reader, faxsync_bi;
