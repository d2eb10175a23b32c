-- Why: the functions that watch the mirror log in as readers, and must know how much waits in ops.rejected_records without being able to
--   read it: what was refused is personal data, and so may be the place where it stood. A view with the owner's rights gives counts only.
-- Locks: none beyond the catalogue. Safe with the code before it: yes, nothing else is touched.

create view ops.rejected_counts with (security_barrier) as
select
  account_id,
  stream,
  scope,
  object,
  reason,
  count(*) filter (where resolved_at is null) as open_count,
  count(*) filter (where resolved_at is not null) as resolved_count,
  min(first_seen_at) filter (where resolved_at is null) as open_since_at,
  max(last_seen_at) filter (where resolved_at is null) as open_seen_at
from ops.rejected_records
group by account_id, stream, scope, object, reason;

comment on view ops.rejected_counts is 'How much of ops.rejected_records is open and how much was resolved, by kind. No personal data: readers may see it.';
comment on column ops.rejected_counts.account_id is 'warehouse.accounts.account_id.';
comment on column ops.rejected_counts.stream is 'Stream of the object it came in.';
comment on column ops.rejected_counts.scope is 'record: whole records were refused; value: records were loaded without a value as sent.';
comment on column ops.rejected_counts.object is 'fax, recipient, barcode, phone_number, ...';
comment on column ops.rejected_counts.reason is 'Why, as a stable word.';
comment on column ops.rejected_counts.open_count is 'Records and values that no retry has read without complaint.';
comment on column ops.rejected_counts.resolved_count is 'Records and values that a retry has read since.';
comment on column ops.rejected_counts.open_since_at is 'Time of the earliest look that showed an open one; null where none is open.';
comment on column ops.rejected_counts.open_seen_at is 'Time of the latest look that showed an open one; null where none is open.';

grant select on ops.rejected_counts to faxsync_reader, faxsync_loader;
