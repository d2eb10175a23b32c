-- Answers: why faxes fail and what to do about it, month by month. A row a cause, with plain advice; causes that nobody has described are in it
-- by the provider's own words. Runs with the caller's rights, so a BI login sees the accounts it was granted.

drop view if exists report.errors_by_month;

create view report.errors_by_month with (security_invoker = true) as
select
  d.account_key,
  rollup.month_of(d.usage_date) as usage_month,
  d.direction,
  d.error_type,
  d.error_id,
  d.error_class,
  d.message,
  d.advice,
  sum(d.failure_count)::bigint as failure_count
from report.errors_by_day d
group by d.account_key, rollup.month_of(d.usage_date), d.direction, d.error_type, d.error_id, d.error_class, d.message, d.advice
having sum(d.failure_count) <> 0;

comment on view report.errors_by_month is 'Why faxes failed, one row a month, direction and error of the provider, with what to do. Test faxes, faxes gone at the source and recipients of faxes without created_at are left out.';
comment on column report.errors_by_month.account_key is 'Name of the account in the settings.';
comment on column report.errors_by_month.usage_month is 'First day of the month, in the account''s billing zone, in which the fax was requested or received.';
comment on column report.errors_by_month.direction is 'sent or received; null where it was not sent. Recipients stand under sent, which is all that has them.';
comment on column report.errors_by_month.error_type is 'The provider''s word for the kind of error; null where none was sent.';
comment on column report.errors_by_month.error_id is 'Number of the error, which means something only together with its type; null where none was sent.';
comment on column report.errors_by_month.error_class is 'Family: retry_soon, retry_later, bad_number, bad_document, cancelled, money, system, simulated; unknown where the error is not described.';
comment on column report.errors_by_month.message is 'What happened, in the provider''s words; null where the error is not described.';
comment on column report.errors_by_month.advice is 'What to do, in plain words.';
comment on column report.errors_by_month.failure_count is 'Recipients of sent faxes that failed so, and faxes without recipients that did.';

grant select on report.errors_by_month to faxsync_reader, faxsync_bi;
