-- Answers: at which hours and on which weekdays faxes get through. Counts only.
-- Runs with the caller's rights, so a BI login sees the accounts it was granted.

drop view if exists report.outcomes_by_hour;

create view report.outcomes_by_hour with (security_invoker = true) as
select
  a.account_key,
  rollup.month_of(h.usage_date) as usage_month,
  extract(isodow from h.usage_date)::smallint as weekday,
  h.hour,
  sum(h.reached_count + h.failed_count)::bigint as finished_recipient_count,
  sum(h.reached_count)::bigint as reached_recipient_count,
  sum(h.first_attempt_count)::bigint as first_attempt_recipient_count,
  sum(h.failed_count)::bigint as failed_recipient_count
from rollup.recipient_hours h
join warehouse.accounts a on a.account_id = h.account_id
group by a.account_key, rollup.month_of(h.usage_date), extract(isodow from h.usage_date), h.hour
having sum(h.reached_count + h.failed_count) <> 0;

comment on view report.outcomes_by_hour is 'What became of the recipients of sent faxes, one row a month, weekday and hour in which the fax was requested. Counts only, so that rows may be added up; test faxes, faxes gone at the source and faxes without created_at are left out.';
comment on column report.outcomes_by_hour.account_key is 'Name of the account in the settings.';
comment on column report.outcomes_by_hour.usage_month is 'First day of the month, in the account''s billing zone.';
comment on column report.outcomes_by_hour.weekday is '1 Monday to 7 Sunday, in that zone.';
comment on column report.outcomes_by_hour.hour is 'Hour of the day, 0 to 23, in that zone; the hour that a change of clocks repeats counts twice.';
comment on column report.outcomes_by_hour.finished_recipient_count is 'Recipients that were reached or failed.';
comment on column report.outcomes_by_hour.reached_recipient_count is 'Recipients that were reached.';
comment on column report.outcomes_by_hour.first_attempt_recipient_count is 'Recipients that were reached without a retry.';
comment on column report.outcomes_by_hour.failed_recipient_count is 'Recipients that failed.';

grant select on report.outcomes_by_hour to faxsync_reader, faxsync_bi;
