-- Answers: how far the mirror is behind the provider, and which lists were not read lately. Times only.
-- Runs with the caller's rights, so a BI login sees the accounts it was granted; what schema ops knows comes by functions that give no more than this.

drop view if exists report.freshness;

create view report.freshness with (security_invoker = true) as
select
  a.account_key,
  l.stream,
  l.looked_at as last_look_at,
  -- The mirror's clock may be ahead of the database's; of a null greatest would make 0.
  case when l.looked_at is not null then greatest(floor(extract(epoch from now() - l.looked_at) / 60), 0)::integer end as look_age_minutes,
  l.tried_at as last_try_at,
  l.is_last_complete,
  l.loaded_at as last_loaded_at,
  k.known_until as faxes_known_until_at,
  case when k.known_until is not null then greatest(floor(extract(epoch from now() - k.known_until) / 60), 0)::integer end as behind_minutes,
  u.unread_from as unread_from_at,
  u.unread_to as unread_to_at
from warehouse.accounts a
cross join lateral warehouse.stream_looks(a.account_id) l
cross join lateral (select warehouse.faxes_known_until(a.account_id) as known_until) k
left join lateral warehouse.unread_range(a.account_id) u on l.stream = 'faxes';

comment on view report.freshness is 'When each list of an account was last read, one row a stream that was ever listed; and how far its faxes are behind the provider.';
comment on column report.freshness.account_key is 'Name of the account in the settings; with stream the key of the view.';
comment on column report.freshness.stream is 'What is listed: faxes, phone_numbers, account_status, ...; PhaxCodes are looked up one by one and have no list.';
comment on column report.freshness.last_look_at is 'When the last look was made that was complete; null where none was. Of notes of numbers being ported, whose lists are many, the last of them.';
comment on column report.freshness.look_age_minutes is 'Whole minutes since then; null as before.';
comment on column report.freshness.last_try_at is 'When the last look was made, complete or not.';
comment on column report.freshness.is_last_complete is 'False where that one missed too much of what is known, or held records that could not be read, and so proves nothing absent.';
comment on column report.freshness.last_loaded_at is 'When that one came into the warehouse; long after last_try_at where loading is behind.';
comment on column report.freshness.faxes_known_until_at is 'Up to which creation time the account''s faxes were listed, the same on all its rows; null where they never were.';
comment on column report.freshness.behind_minutes is 'Whole minutes since then: how far the account is behind the provider; null as before.';
comment on column report.freshness.unread_from_at is 'Of faxes: where a backfill that is under way has got to, the earliest one first. Null where none is, and on AWS, where the state is not kept in the database.';
comment on column report.freshness.unread_to_at is 'Of faxes: where that backfill ends; what was created in between is not known yet. Null as before.';

grant select on report.freshness to faxsync_reader, faxsync_bi;
