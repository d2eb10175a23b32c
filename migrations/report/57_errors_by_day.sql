-- Answers: why faxes fail and what to do about it, day by day. A row a cause, with plain advice; causes that nobody has described are in it
-- by the provider's own words. Runs with the caller's rights, so a BI login sees the accounts it was granted.

-- The months are made of it, by a script behind this one.
drop view if exists report.errors_by_month, report.errors_by_day;

create view report.errors_by_day with (security_invoker = true) as
select
  a.account_key,
  d.usage_date,
  d.direction,
  d.error_type,
  d.error_id,
  coalesce(e.class, 'unknown') as error_class,
  e.message,
  coalesce(e.advice, 'Not described yet. Look at one of these faxes, and ask the provider what the number means.') as advice,
  sum(d.failure_count)::bigint as failure_count
from rollup.error_days d
join warehouse.accounts a on a.account_id = d.account_id
left join warehouse.error_codes e on e.error_type = d.error_type and e.error_id = d.error_id
group by a.account_key, d.usage_date, d.direction, d.error_type, d.error_id, e.class, e.message, e.advice
having sum(d.failure_count) <> 0;

comment on view report.errors_by_day is 'Why faxes failed, one row a day, direction and error of the provider, with what to do. Test faxes, faxes gone at the source and recipients of faxes without created_at are left out.';
comment on column report.errors_by_day.account_key is 'Name of the account in the settings.';
comment on column report.errors_by_day.usage_date is 'Day, in the account''s billing zone, on which the fax was requested or received.';
comment on column report.errors_by_day.direction is 'sent or received; null where it was not sent. Recipients stand under sent, which is all that has them.';
comment on column report.errors_by_day.error_type is 'The provider''s word for the kind of error; null where none was sent.';
comment on column report.errors_by_day.error_id is 'Number of the error, which means something only together with its type; null where none was sent.';
comment on column report.errors_by_day.error_class is 'Family: retry_soon, retry_later, bad_number, bad_document, cancelled, money, system, simulated; unknown where the error is not described.';
comment on column report.errors_by_day.message is 'What happened, in the provider''s words; null where the error is not described.';
comment on column report.errors_by_day.advice is 'What to do, in plain words.';
comment on column report.errors_by_day.failure_count is 'Recipients of sent faxes that failed so, and faxes without recipients that did.';

grant select on report.errors_by_day to faxsync_reader, faxsync_bi;
