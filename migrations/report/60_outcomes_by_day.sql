-- Answers: how many faxes arrived, failed or are under way, day by day, and how often the first call already worked. Counts only.
-- Runs with the caller's rights, so a BI login sees the accounts it was granted.

drop view if exists report.outcomes_by_day;

create view report.outcomes_by_day with (security_invoker = true) as
with
  live_faxes as (
    select
      f.account_id, f.fax_id, f.direction, f.status, f.stage, f.num_pages,
      (coalesce(f.created_at, f.completed_at, f.observed_at) at time zone a.billing_zone)::date as usage_date
    from warehouse.faxes f
    join warehouse.accounts a on a.account_id = f.account_id
    where f.is_test is not true and f.gone_at_source_at is null
  ),
  recipients as (
    select
      r.account_id, f.usage_date, f.direction,
      count(*) as recipient_count,
      count(*) filter (where r.status in ('success', 'failure')) as finished_count,
      count(*) filter (where r.status = 'success') as reached_count,
      count(*) filter (where r.status = 'success' and r.retry_count = 0) as first_attempt_count
    from warehouse.fax_recipients r
    join live_faxes f on f.account_id = r.account_id and f.fax_id = r.fax_id
    group by r.account_id, f.usage_date, f.direction
  ),
  faxes as (
    select
      account_id, usage_date, direction,
      count(*) as fax_count,
      count(*) filter (where status = 'success') as success_count,
      count(*) filter (where status = 'partialsuccess') as partial_count,
      count(*) filter (where status = 'failure') as failure_count,
      count(*) filter (where stage < 2) as open_count,
      coalesce(sum(num_pages), 0)::bigint as page_count
    from live_faxes
    group by account_id, usage_date, direction
  )
select
  a.account_key,
  f.usage_date,
  f.direction,
  f.fax_count,
  f.success_count,
  f.partial_count,
  f.failure_count,
  f.open_count,
  f.fax_count - f.success_count - f.partial_count - f.failure_count - f.open_count as other_count,
  f.page_count,
  coalesce(r.recipient_count, 0) as recipient_count,
  coalesce(r.finished_count, 0) as finished_recipient_count,
  coalesce(r.reached_count, 0) as reached_recipient_count,
  coalesce(r.first_attempt_count, 0) as first_attempt_recipient_count
from faxes f
join warehouse.accounts a on a.account_id = f.account_id
left join recipients r on r.account_id = f.account_id and r.usage_date = f.usage_date and r.direction is not distinct from f.direction;

comment on view report.outcomes_by_day is 'What became of the faxes, one row a day and direction. Counts only, so that rows may be added up; test faxes and faxes gone at the source are left out.';
comment on column report.outcomes_by_day.account_key is 'Name of the account in the settings.';
comment on column report.outcomes_by_day.usage_date is 'Day, in the account''s billing zone, on which the fax was requested or received.';
comment on column report.outcomes_by_day.direction is 'sent or received; null where it was not sent.';
comment on column report.outcomes_by_day.fax_count is 'Faxes: the sum of the five counts that follow.';
comment on column report.outcomes_by_day.success_count is 'Faxes that arrived whole.';
comment on column report.outcomes_by_day.partial_count is 'Faxes that arrived at some of their recipients.';
comment on column report.outcomes_by_day.failure_count is 'Faxes that arrived nowhere.';
comment on column report.outcomes_by_day.open_count is 'Faxes that are under way, a status that is not known among them.';
comment on column report.outcomes_by_day.other_count is 'Faxes that ended otherwise.';
comment on column report.outcomes_by_day.page_count is 'Pages of these faxes, each fax once whatever its recipients.';
comment on column report.outcomes_by_day.recipient_count is 'Recipients of sent faxes; 0 for received ones.';
comment on column report.outcomes_by_day.finished_recipient_count is 'Recipients that were reached or failed.';
comment on column report.outcomes_by_day.reached_recipient_count is 'Recipients that were reached.';
comment on column report.outcomes_by_day.first_attempt_recipient_count is 'Recipients that were reached without a retry; of the finished ones the first-attempt success rate.';

grant select on report.outcomes_by_day to faxsync_reader, faxsync_bi;
