-- Answers: which numbers faxes do not reach, since when and why, so that somebody calls them; and which can be relied on. Over the last 90 days.
-- To find the worst of an account it goes through all of its recipients of these days, and the more there are the longer that takes (seconds from a million on). A number
-- that is asked for is found by index, and so is an area (phone_number >= '+1414' and phone_number < '+1415'; by like '+1414%' only where the collation of the database
-- is C); report.outcomes_by_prefix says at once which area is the worst.
-- A failure is of the call where it is of the number or of the way to it: busy, nobody there, no fax machine, the line. Documents that could not be converted, money that
-- was missing, faults of the provider, what was cancelled or simulated say nothing of a number: there was no call. What nobody has described may be of the call.
-- Runs with the caller's rights, so a BI login sees the accounts it was granted. Shows whole numbers of others, since its purpose is to call them.

drop view if exists report.destinations;

create view report.destinations with (security_invoker = true) as
select
  a.account_key,
  d.phone_number,
  d.finished_recipient_count,
  d.reached_recipient_count,
  d.first_attempt_recipient_count,
  d.finished_recipient_count - d.reached_recipient_count as failed_recipient_count,
  d.call_failed_recipient_count,
  d.retry_count,
  d.attempt_day_count,
  d.first_attempt_at,
  d.last_attempt_at,
  d.last_reached_at,
  d.last_failed_at,
  d.call_failed_recipient_count >= 3 and d.call_day_count >= 2 and d.reached_recipient_count = 0 as is_always_failing,
  d.reached_recipient_count >= 3 and d.call_day_count >= 2 and d.call_failed_recipient_count = 0 as is_known_good,
  d.main_error ->> 0 as main_error_type,
  (d.main_error ->> 1)::integer as main_error_id,
  case when d.main_error is not null then coalesce(e.class, 'unknown') end as main_error_class,
  case
    when d.main_error is not null
      then coalesce(e.advice, 'Not described yet. Look at one of these faxes, and ask the provider what the number means.')
  end as advice,
  d.failed_page_count
from warehouse.accounts a
-- One account after the other, so that a question about one reads its last 90 days alone.
cross join lateral (
  with
    finished as (
      select r.phone_number, r.status, r.retry_count, r.error_type, r.error_id, f.created_at as asked_at, f.num_pages
      from warehouse.faxes f
      join warehouse.fax_recipients r on r.account_id = f.account_id and r.fax_id = f.fax_id and r.fax_created_at >= now() - interval '90 days'
      where f.account_id = a.account_id and f.created_at >= now() - interval '90 days'
        and r.status in ('success', 'failure') and r.phone_number is not null
        and f.direction is distinct from 'received' and f.is_test is not true and f.gone_at_source_at is null
      union all
      select r.phone_number, r.status, r.retry_count, r.error_type, r.error_id, coalesce(f.completed_at, f.observed_at), f.num_pages
      from warehouse.faxes f
      join warehouse.fax_recipients r on r.account_id = f.account_id and r.fax_id = f.fax_id
      where f.account_id = a.account_id and f.created_at is null and coalesce(f.completed_at, f.observed_at) >= now() - interval '90 days'
        and r.status in ('success', 'failure') and r.phone_number is not null
        and f.direction is distinct from 'received' and f.is_test is not true and f.gone_at_source_at is null
    ),
    judged as (
      select
        f.phone_number, f.status, f.retry_count, f.error_type, f.error_id, f.asked_at, f.num_pages,
        f.status = 'success' or coalesce(e.class, 'unknown') not in ('bad_document', 'cancelled', 'money', 'system', 'simulated') as is_call
      from finished f
      left join warehouse.error_codes e on e.error_type = f.error_type and e.error_id = f.error_id
    )
  select
    phone_number,
    count(*) as finished_recipient_count,
    count(*) filter (where status = 'success') as reached_recipient_count,
    count(*) filter (where status = 'failure' and is_call) as call_failed_recipient_count,
    count(*) filter (where status = 'success' and retry_count = 0) as first_attempt_recipient_count,
    coalesce(sum(retry_count), 0)::bigint as retry_count,
    count(distinct (asked_at at time zone a.billing_zone)::date) as attempt_day_count,
    count(distinct (asked_at at time zone a.billing_zone)::date) filter (where is_call) as call_day_count,
    min(asked_at) as first_attempt_at,
    max(asked_at) as last_attempt_at,
    max(asked_at) filter (where status = 'success') as last_reached_at,
    max(asked_at) filter (where status = 'failure') as last_failed_at,
    coalesce(sum(num_pages) filter (where status = 'failure'), 0)::bigint as failed_page_count,
    -- What is of the call says more of the number than what is not.
    coalesce(
      mode() within group (order by jsonb_build_array(error_type, error_id)) filter (where status = 'failure' and is_call),
      mode() within group (order by jsonb_build_array(error_type, error_id)) filter (where not is_call)) as main_error
  from judged
  group by phone_number
) d
left join warehouse.error_codes e on e.error_type = d.main_error ->> 0 and e.error_id = (d.main_error ->> 1)::integer;

comment on view report.destinations is 'What became of faxes to each number over the last 90 days, one row a number that was reached or failed. Personal data: whole numbers of others, so that somebody can call them. Test faxes and faxes gone at the source are left out. Where is_always_failing: the numbers to call first. Quick where a phone_number or a range of them is asked for; all numbers of an account take seconds from a million recipients on.';
comment on column report.destinations.account_key is 'Name of the account in the settings.';
comment on column report.destinations.phone_number is 'The number called, E.164 where it could be read, else as sent. Personal data. Recipients whose number was not sent are left out.';
comment on column report.destinations.finished_recipient_count is 'Times the number was reached or failed as recipient of a fax.';
comment on column report.destinations.reached_recipient_count is 'Times it was reached.';
comment on column report.destinations.first_attempt_recipient_count is 'Times it was reached without a retry.';
comment on column report.destinations.failed_recipient_count is 'Times it failed, for whatever reason.';
comment on column report.destinations.call_failed_recipient_count is 'Of these, times that the number or the way to it was the reason, or nobody has described the error: not those of families bad_document, cancelled, money, system and simulated, in which there was no call.';
comment on column report.destinations.retry_count is 'Retries in all.';
comment on column report.destinations.attempt_day_count is 'Days, in the account''s billing zone, on which faxes to it were requested.';
comment on column report.destinations.first_attempt_at is 'When the first of these faxes was requested.';
comment on column report.destinations.last_attempt_at is 'When the last of them was requested.';
comment on column report.destinations.last_reached_at is 'When the last of those was requested that reached it; null where none did.';
comment on column report.destinations.last_failed_at is 'When the last of those was requested that failed; null where none did. Later than last_reached_at: it fails now.';
comment on column report.destinations.is_always_failing is 'True where it was never reached, and the calls to it failed (call_failed_recipient_count) at least 3 times on at least 2 days.';
comment on column report.destinations.is_known_good is 'True where it was reached at least 3 times on at least 2 days, and no call to it failed.';
comment on column report.destinations.main_error_type is 'Kind of the most frequent error of the calls to it, of all its errors where no call failed, in the provider''s word; null where it never failed or none was sent.';
comment on column report.destinations.main_error_id is 'Number of that error, which means something only together with its type; null as there.';
comment on column report.destinations.main_error_class is 'Family of that error, as in report.errors_by_month; unknown where it is not described, null where the number never failed.';
comment on column report.destinations.advice is 'What to do about it, in plain words; null where the number never failed.';
comment on column report.destinations.failed_page_count is 'Pages of the faxes that failed to reach it.';

grant select on report.destinations to faxsync_reader, faxsync_bi;
