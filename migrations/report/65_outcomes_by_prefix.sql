-- Answers: which areas faxes do not reach. An area is told by the first five characters of a number: in North America +1 and the area code.
-- Runs with the caller's rights, so a BI login sees the accounts it was granted. No whole number leaves this view.

drop view if exists report.outcomes_by_prefix;

create view report.outcomes_by_prefix with (security_invoker = true) as
select
  a.account_key,
  p.usage_month,
  p.dest_prefix,
  sum(p.reached_count + p.failed_count)::bigint as finished_recipient_count,
  sum(p.reached_count)::bigint as reached_recipient_count,
  sum(p.first_attempt_count)::bigint as first_attempt_recipient_count,
  sum(p.failed_count)::bigint as failed_recipient_count,
  sum(p.retry_count)::bigint as retry_count
from rollup.prefix_months p
join warehouse.accounts a on a.account_id = p.account_id
group by a.account_key, p.usage_month, p.dest_prefix
having sum(p.reached_count + p.failed_count) <> 0;

comment on view report.outcomes_by_prefix is 'What became of the recipients of sent faxes, one row a month and area of the number called. Counts only, so that rows may be added up; test faxes, faxes gone at the source and faxes without created_at are left out.';
comment on column report.outcomes_by_prefix.account_key is 'Name of the account in the settings.';
comment on column report.outcomes_by_prefix.usage_month is 'First day of the month, in the account''s billing zone, in which the fax was requested.';
comment on column report.outcomes_by_prefix.dest_prefix is 'First five characters of the number called, +1414: in North America +1 and the area code, elsewhere the country and what follows it. Null where the number was not sent.';
comment on column report.outcomes_by_prefix.finished_recipient_count is 'Recipients that were reached or failed.';
comment on column report.outcomes_by_prefix.reached_recipient_count is 'Recipients that were reached.';
comment on column report.outcomes_by_prefix.first_attempt_recipient_count is 'Recipients that were reached without a retry; of the finished ones the first-attempt success rate.';
comment on column report.outcomes_by_prefix.failed_recipient_count is 'Recipients that failed.';
comment on column report.outcomes_by_prefix.retry_count is 'Retries of these recipients.';

grant select on report.outcomes_by_prefix to faxsync_reader, faxsync_bi;
