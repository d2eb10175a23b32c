-- Answers: on which days cost, faxes or failures were far from what their weekday is like, and on which days in a row too much failed. The rule is that of check C22,
--   over days as they are now: a day stands out where it is more than four deviations from the median of the same weekday in the eight weeks before, and by at
--   least half of that median, and by at least 20 faxes, 5 dollars or 20 failures; so what is small, or steady to the cent, gives no alarm.
--   The deviation is 1.4826 x MAD, and no less than chance makes it: of n faxes the root of n, of their cost that times the mean price, of a share s of n faxes the
--   root of s (1 - s) / n. A share is of faxes that are over; its floor is 20 failures more or fewer than the median share would give.
-- Not by tag: a rollup keeps tags by month only, and a day of a small department is chance. Runs with the caller's rights, so a BI login sees the accounts it was granted.

drop view if exists report.anomalies;

create view report.anomalies with (security_invoker = true) as
select
  a.account_key,
  j.usage_date,
  j.measure,
  j.value::numeric(14, 2) as value,
  j.median::numeric(14, 2) as median,
  j.mad::numeric(14, 2) as mad,
  j.week_count,
  j.robust_z::numeric(14, 2) as robust_z,
  j.is_settled,
  j.is_anomaly,
  case when j.is_anomaly then j.direction end as direction,
  j.incident_begin_date
from warehouse.accounts a
-- One account after the other, so that a question about one reads its rows alone.
cross join lateral (
  with
    calendar as (
      select k.known_to,
        (select min(d.usage_date) + 1 from rollup.fax_days d where d.account_id = a.account_id) as whole_from
      -- The first day that is not over, or not listed to its end.
      from (
        select (least(now(), u.at) at time zone a.billing_zone)::date as known_to
        from (select warehouse.faxes_known_until(a.account_id) as at) u
        where u.at is not null
      ) k
    ),
    counted as (
      select
        d.usage_date, sum(d.cost_cents) as cents, sum(d.fax_count) filter (where not d.is_gone) as fax_count,
        sum(d.fax_count) filter (where not d.is_gone and d.is_open) as open_count,
        sum(d.fax_count) filter (where not d.is_gone and d.status = 'failure') as failed_count,
        sum(d.fax_count) filter (where not d.is_gone and d.status in ('success', 'partialsuccess', 'failure')) as ended_count
      from rollup.fax_days d
      cross join calendar c
      where d.account_id = a.account_id and d.usage_date >= c.known_to - 91 and d.usage_date < c.known_to
      group by d.usage_date
    ),
    days as (
      -- A day before the first whole one is not an empty one, it is unknown.
      select
        s.at::date as usage_date, s.at::date >= c.known_to - 35 as is_asked, coalesce(d.cents, 0) as cents, coalesce(d.fax_count, 0) as fax_count,
        coalesce(d.failed_count, 0) as failed_count, coalesce(d.ended_count, 0) as ended_count,
        50 * coalesce(d.open_count, 0) <= coalesce(d.fax_count, 0) as is_settled
      from calendar c
      cross join lateral generate_series(
        case when c.whole_from is not null then greatest(c.known_to - 91, c.whole_from) end::timestamp, c.known_to - interval '1 day', interval '1 day') s (at)
      left join counted d on d.usage_date = s.at::date
    ),
    measured as (
      -- amount_per: what one of the unit of value is in the unit of the floor.
      select
        d.usage_date, d.is_asked, d.is_settled, m.measure, m.value, m.size, m.amount_per, m.floor
      from days d
      cross join lateral (values
        ('faxes', d.fax_count::numeric, d.fax_count::numeric, 1::numeric, 20),
        ('cost', d.cents::numeric, d.fax_count::numeric, 1, 500),
        ('failure_share', 100.0 * d.failed_count / nullif(d.ended_count, 0), d.ended_count::numeric, d.ended_count / 100.0, 20)
      ) m (measure, value, size, amount_per, floor)
    ),
    usual as (
      select
        t.usage_date, t.measure, t.value, t.size, t.amount_per, t.floor, t.is_settled, count(b.value)::integer as week_count, avg(b.size) as usual_size,
        percentile_cont(0.5) within group (order by b.value::float8)::numeric as median, array_agg(b.value) filter (where b.value is not null) as weeks
      from measured t
      left join measured b on b.measure = t.measure and b.usage_date >= t.usage_date - 56 and b.usage_date < t.usage_date and (t.usage_date - b.usage_date) % 7 = 0
      where t.is_asked
      group by t.usage_date, t.measure, t.value, t.size, t.amount_per, t.floor, t.is_settled
    ),
    spread as (
      select
        u.*, s.mad,
        greatest(1.4826 * s.mad, case u.measure
          when 'faxes' then sqrt(greatest(u.size, u.usual_size))
          when 'cost' then greatest(u.value, u.median) / nullif(sqrt(greatest(u.size, u.usual_size)), 0)
          else 100 * sqrt(p.share * (1 - p.share) / nullif(u.size, 0))
        end) as deviation
      from usual u
      cross join lateral (select percentile_cont(0.5) within group (order by abs(w - u.median)::float8)::numeric as mad from unnest(u.weeks) w) s
      -- A share of nothing would leave no chance at all: at least one of the faxes.
      cross join lateral (select least(greatest(u.median / 100, 1 / nullif(u.size, 0)), 0.5) as share) p
    ),
    judged as (
      select
        s.usage_date, s.measure, s.value, s.median, s.mad, s.week_count, s.is_settled,
        case when s.value > s.median then 'up' else 'down' end as direction,
        case when s.week_count >= 4 then (s.value - s.median) / nullif(s.deviation, 0) end as robust_z,
        case when s.week_count >= 4 and s.is_settled and s.value is not null then
          abs(s.value - s.median) > 4 * s.deviation and abs(s.value - s.median) >= 0.5 * s.median and abs(s.value - s.median) * s.amount_per >= s.floor
        end as is_anomaly
      from spread s
    ),
    incidents as (
      select o.*, coalesce(o.measure = 'failure_share' and o.is_anomaly and o.direction = 'up', false) as is_incident from judged o
    ),
    numbered as (
      -- Days in a row less their places are one and the same day.
      select i.*, i.usage_date - (row_number() over (partition by i.measure, i.is_incident order by i.usage_date))::integer as run_day from incidents i
    )
  select n.*, case when n.is_incident then min(n.usage_date) over (partition by n.measure, n.is_incident, n.run_day) end as incident_begin_date from numbered n
) j;

comment on view report.anomalies is 'How far each of the last 35 days that are over and listed to their end is from what its weekday is like, one row a day and measure. Test faxes are left out.';
comment on column report.anomalies.account_key is 'Name of the account in the settings; with usage_date and measure the key of the view.';
comment on column report.anomalies.usage_date is 'Day, in the account''s billing zone.';
comment on column report.anomalies.measure is 'cost: of the faxes of the day, less credits, in US cents; faxes: how many; failure_share: of 100 faxes that are over, how many arrived nowhere.';
comment on column report.anomalies.value is 'Its value on the day, in the unit of the measure; null for the share of a day on which no fax ended.';
comment on column report.anomalies.median is 'Median of the same weekday in the eight weeks before, in the same unit; null where none is known.';
comment on column report.anomalies.mad is 'Median of how far those are from their median, in the same unit.';
comment on column report.anomalies.week_count is 'How many of the eight are known; with fewer than four nothing is judged.';
comment on column report.anomalies.robust_z is 'Deviations between value and median, above zero where it is more; null without a value, with fewer than four weeks, and where nothing ever varies.';
comment on column report.anomalies.is_settled is 'True where at most 2 of 100 faxes of the day are under way; other days are not judged, since their outcome and credits are still to come.';
comment on column report.anomalies.is_anomaly is 'True where the day stands out: by more than four deviations, half of the median, and 20 faxes, 5 dollars or 20 failures. Null where it is not judged.';
comment on column report.anomalies.direction is 'up or down; null where it does not stand out.';
comment on column report.anomalies.incident_begin_date is 'Of days in a row whose failure share stands out upwards: the first of them, which tells incidents apart. Null for all other rows.';

grant select on report.anomalies to faxsync_reader, faxsync_bi;
