-- Answers: at which hours and on which weekdays faxes get through. Counts only.
-- Runs with the caller's rights, so a BI login sees the accounts it was granted.

drop view if exists report.outcomes_by_hour;

create view report.outcomes_by_hour with (security_invoker = true) as
with
  finished as (
    select
      r.account_id, r.status, r.retry_count,
      coalesce(f.created_at, f.completed_at, f.observed_at) at time zone a.billing_zone as used_at
    from warehouse.fax_recipients r
    join warehouse.faxes f on f.account_id = r.account_id and f.fax_id = r.fax_id
    join warehouse.accounts a on a.account_id = r.account_id
    where r.status in ('success', 'failure') and f.is_test is not true and f.gone_at_source_at is null
  )
select
  a.account_key,
  date_trunc('month', x.used_at)::date as usage_month,
  extract(isodow from x.used_at)::smallint as weekday,
  extract(hour from x.used_at)::smallint as hour,
  count(*) as finished_recipient_count,
  count(*) filter (where x.status = 'success') as reached_recipient_count,
  count(*) filter (where x.status = 'success' and x.retry_count = 0) as first_attempt_recipient_count,
  count(*) filter (where x.status = 'failure') as failed_recipient_count
from finished x
join warehouse.accounts a on a.account_id = x.account_id
group by a.account_key, date_trunc('month', x.used_at)::date, extract(isodow from x.used_at)::smallint, extract(hour from x.used_at)::smallint;

comment on view report.outcomes_by_hour is 'What became of the recipients of sent faxes, one row a month, weekday and hour in which the fax was requested. Counts only, so that rows may be added up; test faxes and faxes gone at the source are left out.';
comment on column report.outcomes_by_hour.account_key is 'Name of the account in the settings.';
comment on column report.outcomes_by_hour.usage_month is 'First day of the month, in the account''s billing zone.';
comment on column report.outcomes_by_hour.weekday is '1 Monday to 7 Sunday, in that zone.';
comment on column report.outcomes_by_hour.hour is 'Hour of the day, 0 to 23, in that zone; the hour that a change of clocks repeats counts twice.';
comment on column report.outcomes_by_hour.finished_recipient_count is 'Recipients that were reached or failed.';
comment on column report.outcomes_by_hour.reached_recipient_count is 'Recipients that were reached.';
comment on column report.outcomes_by_hour.first_attempt_recipient_count is 'Recipients that were reached without a retry.';
comment on column report.outcomes_by_hour.failed_recipient_count is 'Recipients that failed.';

grant select on report.outcomes_by_hour to faxsync_reader, faxsync_bi;
