-- Answers: how long a fax takes from the request until it is over. Exact to the second: each percentile is the time of a fax that was seen.
-- Runs with the caller's rights, so a BI login sees the accounts it was granted.

drop view if exists report.delivery_times;

create view report.delivery_times with (security_invoker = true) as
with
  times as (
    select a.account_key, d.usage_month, d.direction, d.status, d.seconds, sum(d.fax_count) as fax_count
    from rollup.delivery_months d
    join warehouse.accounts a on a.account_id = d.account_id
    group by a.account_key, d.usage_month, d.direction, d.status, d.seconds
    having sum(d.fax_count) <> 0
  ),
  ranked as (
    select
      account_key, usage_month, direction, status, seconds,
      sum(fax_count) over (partition by account_key, usage_month, direction, status) as fax_count,
      sum(fax_count) over (partition by account_key, usage_month, direction, status order by seconds) as place
    from times
  )
select
  account_key,
  usage_month,
  direction,
  status,
  max(fax_count)::bigint as fax_count,
  min(seconds) filter (where place * 100 >= fax_count * 50) as seconds_p50,
  min(seconds) filter (where place * 100 >= fax_count * 90) as seconds_p90,
  min(seconds) filter (where place * 100 >= fax_count * 95) as seconds_p95,
  min(seconds) filter (where place * 100 >= fax_count * 99) as seconds_p99,
  max(seconds) as seconds_max
from ranked
group by account_key, usage_month, direction, status;

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
