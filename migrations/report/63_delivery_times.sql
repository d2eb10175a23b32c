-- Answers: how long a fax takes from the request until it is over. Exact to the second: each percentile is the time of a fax that was seen.
-- Runs with the caller's rights, so a BI login sees the accounts it was granted.

drop view if exists report.delivery_times;

create view report.delivery_times with (security_invoker = true) as
with
  ended as (
    select
      f.account_id, f.direction, f.status,
      date_trunc('month', f.created_at at time zone a.billing_zone)::date as usage_month,
      -- A received fax may end, by the provider's clocks, a moment before it began.
      greatest(floor(extract(epoch from f.completed_at - f.created_at)), 0)::integer as seconds
    from warehouse.faxes f
    join warehouse.accounts a on a.account_id = f.account_id
    where f.created_at is not null and f.completed_at is not null and f.stage >= 2 and f.is_test is not true and f.gone_at_source_at is null
  )
select
  a.account_key,
  e.usage_month,
  e.direction,
  e.status,
  count(*) as fax_count,
  percentile_disc(0.5) within group (order by e.seconds) as seconds_p50,
  percentile_disc(0.9) within group (order by e.seconds) as seconds_p90,
  percentile_disc(0.95) within group (order by e.seconds) as seconds_p95,
  percentile_disc(0.99) within group (order by e.seconds) as seconds_p99,
  max(e.seconds) as seconds_max
from ended e
join warehouse.accounts a on a.account_id = e.account_id
group by a.account_key, e.usage_month, e.direction, e.status;

comment on view report.delivery_times is 'How long faxes took from their request until they were over, one row a month, direction and outcome. Percentiles may not be added up or averaged. Left out: test faxes, faxes gone at the source, and faxes without one of the times.';
comment on column report.delivery_times.account_key is 'Name of the account in the settings.';
comment on column report.delivery_times.usage_month is 'First day of the month, in the account''s billing zone, in which the fax was requested or received.';
comment on column report.delivery_times.direction is 'sent or received; null where it was not sent.';
comment on column report.delivery_times.status is 'How it ended, in the provider''s word.';
comment on column report.delivery_times.fax_count is 'Faxes that are over and whose times are known.';
comment on column report.delivery_times.seconds_p50 is 'Whole seconds in which half of them were over.';
comment on column report.delivery_times.seconds_p90 is 'Whole seconds in which 90 of 100 were over.';
comment on column report.delivery_times.seconds_p95 is 'Whole seconds in which 95 of 100 were over.';
comment on column report.delivery_times.seconds_p99 is 'Whole seconds in which 99 of 100 were over.';
comment on column report.delivery_times.seconds_max is 'Whole seconds that the slowest took.';

grant select on report.delivery_times to faxsync_reader, faxsync_bi;
