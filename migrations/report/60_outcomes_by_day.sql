-- Answers: how many faxes each day had and what became of them. Counts only, so that rates of any span can be made of them.
-- Runs with the caller's rights, so a BI login sees the accounts it was granted.

drop view if exists report.outcomes_by_day;

create view report.outcomes_by_day with (security_invoker = true) as
with
  faxes as (
    select
      account_id, usage_date, direction,
      sum(fax_count) as fax_count,
      sum(fax_count) filter (where status = 'success') as success_count,
      sum(fax_count) filter (where status = 'partialsuccess') as partial_count,
      sum(fax_count) filter (where status = 'failure') as failure_count,
      sum(fax_count) filter (where is_open) as open_count,
      sum(page_count) as page_count,
      0 as recipient_count, 0 as reached_count, 0 as failed_count, 0 as first_attempt_count
    from rollup.fax_days
    where not is_gone
    group by account_id, usage_date, direction
  ),
  recipients as (
    select account_id, usage_date, sum(recipient_count) as recipient_count, sum(reached_count) as reached_count, sum(failed_count) as failed_count,
      sum(first_attempt_count) as first_attempt_count
    from rollup.recipient_hours
    group by account_id, usage_date
  ),
  -- Only sent faxes have recipients.
  added as (
    select * from faxes
    union all
    select account_id, usage_date, 'sent', 0, 0, 0, 0, 0, 0, recipient_count, reached_count, failed_count, first_attempt_count from recipients
  )
select
  a.account_key,
  b.usage_date,
  b.direction,
  sum(b.fax_count)::bigint as fax_count,
  coalesce(sum(b.success_count), 0)::bigint as success_count,
  coalesce(sum(b.partial_count), 0)::bigint as partial_count,
  coalesce(sum(b.failure_count), 0)::bigint as failure_count,
  coalesce(sum(b.open_count), 0)::bigint as open_count,
  (sum(b.fax_count) - coalesce(sum(b.success_count), 0) - coalesce(sum(b.partial_count), 0) - coalesce(sum(b.failure_count), 0)
    - coalesce(sum(b.open_count), 0))::bigint as other_count,
  sum(b.page_count)::bigint as page_count,
  sum(b.recipient_count)::bigint as recipient_count,
  (sum(b.reached_count) + sum(b.failed_count))::bigint as finished_recipient_count,
  sum(b.reached_count)::bigint as reached_recipient_count,
  sum(b.first_attempt_count)::bigint as first_attempt_recipient_count
from added b
join warehouse.accounts a on a.account_id = b.account_id
group by a.account_key, b.usage_date, b.direction
having sum(b.fax_count) <> 0 or sum(b.recipient_count) <> 0;

comment on view report.outcomes_by_day is 'What became of the faxes, one row a day and direction. Counts only, so that rows may be added up; test faxes and faxes gone at the source are left out.';
comment on column report.outcomes_by_day.account_key is 'Name of the account in the settings.';
comment on column report.outcomes_by_day.usage_date is 'Day, in the account''s billing zone, on which the fax was requested or received.';
comment on column report.outcomes_by_day.direction is 'sent or received; null where it was not sent. Recipients stand under sent, which is all that has them.';
comment on column report.outcomes_by_day.fax_count is 'Faxes: the sum of the five counts that follow.';
comment on column report.outcomes_by_day.success_count is 'Faxes that arrived whole.';
comment on column report.outcomes_by_day.partial_count is 'Faxes that arrived at some of their recipients.';
comment on column report.outcomes_by_day.failure_count is 'Faxes that arrived nowhere.';
comment on column report.outcomes_by_day.open_count is 'Faxes that are under way, a status that is not known among them.';
comment on column report.outcomes_by_day.other_count is 'Faxes that ended otherwise.';
comment on column report.outcomes_by_day.page_count is 'Pages of these faxes, each fax once whatever its recipients.';
comment on column report.outcomes_by_day.recipient_count is 'Recipients of sent faxes, those of faxes without created_at left out; 0 for received ones.';
comment on column report.outcomes_by_day.finished_recipient_count is 'Recipients that were reached or failed.';
comment on column report.outcomes_by_day.reached_recipient_count is 'Recipients that were reached.';
comment on column report.outcomes_by_day.first_attempt_recipient_count is 'Recipients that were reached without a retry; of the finished ones the first-attempt success rate.';

grant select on report.outcomes_by_day to faxsync_reader, faxsync_bi;
