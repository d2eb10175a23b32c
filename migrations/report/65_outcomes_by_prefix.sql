-- Answers: which areas faxes do not reach. An area is told by the first five characters of a number: in North America +1 and the area code.
-- Runs with the caller's rights, so a BI login sees the accounts it was granted. No whole number leaves this view.

drop view if exists report.outcomes_by_prefix;

create view report.outcomes_by_prefix with (security_invoker = true) as
with
  finished as (
    select
      r.account_id, r.status, r.retry_count, left(r.phone_number, 5) as dest_prefix,
      date_trunc('month', coalesce(f.created_at, f.completed_at, f.observed_at) at time zone a.billing_zone)::date as usage_month
    from warehouse.fax_recipients r
    join warehouse.faxes f on f.account_id = r.account_id and f.fax_id = r.fax_id
    join warehouse.accounts a on a.account_id = r.account_id
    where r.status in ('success', 'failure') and f.is_test is not true and f.gone_at_source_at is null
  )
select
  a.account_key,
  x.usage_month,
  x.dest_prefix,
  count(*) as finished_recipient_count,
  count(*) filter (where x.status = 'success') as reached_recipient_count,
  count(*) filter (where x.status = 'success' and x.retry_count = 0) as first_attempt_recipient_count,
  count(*) filter (where x.status = 'failure') as failed_recipient_count,
  coalesce(sum(x.retry_count), 0)::bigint as retry_count
from finished x
join warehouse.accounts a on a.account_id = x.account_id
group by a.account_key, x.usage_month, x.dest_prefix;

comment on view report.outcomes_by_prefix is 'What became of the recipients of sent faxes, one row a month and area of the number called. Counts only, so that rows may be added up; test faxes and faxes gone at the source are left out.';
comment on column report.outcomes_by_prefix.account_key is 'Name of the account in the settings.';
comment on column report.outcomes_by_prefix.usage_month is 'First day of the month, in the account''s billing zone, in which the fax was requested.';
comment on column report.outcomes_by_prefix.dest_prefix is 'First five characters of the number called, +1414: in North America +1 and the area code, elsewhere the country and what follows it. Null where the number was not sent.';
comment on column report.outcomes_by_prefix.finished_recipient_count is 'Recipients that were reached or failed.';
comment on column report.outcomes_by_prefix.reached_recipient_count is 'Recipients that were reached.';
comment on column report.outcomes_by_prefix.first_attempt_recipient_count is 'Recipients that were reached without a retry; of the finished ones the first-attempt success rate.';
comment on column report.outcomes_by_prefix.failed_recipient_count is 'Recipients that failed.';
comment on column report.outcomes_by_prefix.retry_count is 'Retries of these recipients.';

grant select on report.outcomes_by_prefix to faxsync_reader, faxsync_bi;
