-- Answers: why faxes fail and what to do about it. A row a cause, with plain advice; causes that nobody has described are in it by the provider's own words.
-- Runs with the caller's rights, so a BI login sees the accounts it was granted.

drop view if exists report.errors_by_day;

create view report.errors_by_day with (security_invoker = true) as
with
  failures as (
    -- A fax that failed as a whole says why on each of its recipients; one that has none, as every received one, says it itself.
    select
      f.account_id, f.direction, r.error_type, r.error_id,
      (coalesce(f.created_at, f.completed_at, f.observed_at) at time zone a.billing_zone)::date as usage_date
    from warehouse.fax_recipients r
    join warehouse.faxes f on f.account_id = r.account_id and f.fax_id = r.fax_id
    join warehouse.accounts a on a.account_id = f.account_id
    where r.status = 'failure' and f.is_test is not true and f.gone_at_source_at is null
    union all
    select
      f.account_id, f.direction, f.error_type, f.error_id,
      (coalesce(f.created_at, f.completed_at, f.observed_at) at time zone a.billing_zone)::date
    from warehouse.faxes f
    join warehouse.accounts a on a.account_id = f.account_id
    where f.status = 'failure' and f.is_test is not true and f.gone_at_source_at is null
      and not exists (select from warehouse.fax_recipients r where r.account_id = f.account_id and r.fax_id = f.fax_id)
  )
select
  a.account_key,
  x.usage_date,
  x.direction,
  x.error_type,
  x.error_id,
  coalesce(e.class, 'unknown') as error_class,
  e.message,
  coalesce(e.advice, 'Not described yet. Look at one of these faxes, and ask the provider what the number means.') as advice,
  count(*) as failure_count
from failures x
join warehouse.accounts a on a.account_id = x.account_id
left join warehouse.error_codes e on e.error_type = x.error_type and e.error_id = x.error_id
group by a.account_key, x.usage_date, x.direction, x.error_type, x.error_id, e.class, e.message, e.advice;

comment on view report.errors_by_day is 'Why faxes failed, one row a day, direction and error of the provider, with what to do. Test faxes and faxes gone at the source are left out.';
comment on column report.errors_by_day.account_key is 'Name of the account in the settings.';
comment on column report.errors_by_day.usage_date is 'Day, in the account''s billing zone, on which the fax was requested or received.';
comment on column report.errors_by_day.direction is 'sent or received; null where it was not sent.';
comment on column report.errors_by_day.error_type is 'The provider''s word for the kind of error; null where none was sent.';
comment on column report.errors_by_day.error_id is 'Number of the error, which means something only together with its type; null where none was sent.';
comment on column report.errors_by_day.error_class is 'Family: retry_soon, retry_later, bad_number, bad_document, cancelled, money, system, simulated; unknown where the error is not described.';
comment on column report.errors_by_day.message is 'What happened, in the provider''s words; null where the error is not described.';
comment on column report.errors_by_day.advice is 'What to do, in plain words.';
comment on column report.errors_by_day.failure_count is 'Recipients of sent faxes that failed so, and faxes without recipients that did.';

grant select on report.errors_by_day to faxsync_reader, faxsync_bi;
