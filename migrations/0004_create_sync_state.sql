-- Why: what must outlive a run and be agreed between runs, where no DynamoDB is: one machine, tests, the demo.
--   Four tables instead of one with a jsonb value: each fact is typed, commented, and moved by one conditional statement.
-- Locks: only on the tables created here.
-- Safe with the code before it: yes, nothing else is touched; code before it never used these tables.
-- Holds no personal data, so no row-level security: account keys, fax ids, times, counters and digests.

create table ops.sync_state (
  account text not null,
  last_observation bigint not null default 0,
  lease_holder text,
  lease_fence bigint not null default 0,
  lease_expires_at timestamptz,
  bucket_full_at timestamptz,
  bucket_drained_until timestamptz,
  constraint sync_state_pkey primary key (account),
  constraint sync_state_observation_not_negative check (last_observation >= 0),
  constraint sync_state_fence_not_negative check (lease_fence >= 0),
  constraint sync_state_lease_whole check (lease_holder is null or lease_expires_at is not null)
) with (fillfactor = 50);

comment on table ops.sync_state is
  'One row an account: its observation counter, the lease of its one puller, and the bucket of provider calls shared by all functions. Written by single conditional statements only.';
comment on column ops.sync_state.account is 'The account''s key from the settings.';
comment on column ops.sync_state.last_observation is
  'The highest observation number given out; 0 where none was. Numbers rise, gaps are normal: a number is drawn before the request it belongs to.';
comment on column ops.sync_state.lease_holder is 'Who pulls this account now; null when nobody does. A name made for one run, not a person.';
comment on column ops.sync_state.lease_fence is
  'How often the lease was taken; each holder''s number is higher than those before, and a late writer with a lower one is refused. 0 where it never was.';
comment on column ops.sync_state.lease_expires_at is 'From here on somebody else may take the lease; the caller''s clock. Null where it never was taken.';
comment on column ops.sync_state.bucket_full_at is
  'When the bucket of provider calls would be full again if nothing more were taken. Null where nothing ever was.';
comment on column ops.sync_state.bucket_drained_until is
  'No provider call before this: the provider said to slow down. Null where it never did.';

create table ops.sync_cursors (
  account text not null,
  stream text not null,
  pass text not null,
  position_at timestamptz not null,
  width_ms bigint,
  moved_at timestamptz not null,
  fence bigint not null,
  constraint sync_cursors_pkey primary key (account, stream, pass)
) with (fillfactor = 50);

comment on table ops.sync_cursors is
  'One row a pass over a stream of an account: how far in creation time it has landed everything. Moves forward only.';
comment on column ops.sync_cursors.account is 'The account''s key from the settings.';
comment on column ops.sync_cursors.stream is 'The stream, e.g. faxes.';
comment on column ops.sync_cursors.pass is 'The pass: head, backfill, or one that trails the present.';
comment on column ops.sync_cursors.position_at is 'Everything created before this instant has been landed by this pass.';
comment on column ops.sync_cursors.width_ms is 'Width of the window, in milliseconds, that last filled a page well; a hint only. Null where none is known.';
comment on column ops.sync_cursors.moved_at is 'When the cursor was last moved, by the mover''s clock.';
comment on column ops.sync_cursors.fence is
  'Fencing number of the lease under which it was moved; once an account has a higher one, lower ones may move none of its cursors.';

create table ops.sync_digests (
  account text not null,
  digest text not null,
  expires_at timestamptz not null,
  constraint sync_digests_pkey primary key (account, digest)
);

create index sync_digests_expires_at_idx on ops.sync_digests (expires_at);

comment on table ops.sync_digests is
  'Callbacks already taken, so that a repeated one does nothing. Rows a day past their expiry are removed by later writes.';
comment on column ops.sync_digests.account is 'The account''s key from the settings.';
comment on column ops.sync_digests.digest is 'Lowercase hex SHA-256 of all signed fields of the callback.';
comment on column ops.sync_digests.expires_at is 'From here on the digest counts as unknown, whether or not the row is still there.';

create table ops.sync_watched_faxes (
  account text not null,
  fax_id bigint not null,
  reason text not null,
  due_at timestamptz not null,
  attempts integer not null default 0,
  constraint sync_watched_faxes_pkey primary key (account, fax_id),
  constraint sync_watched_faxes_attempts_not_negative check (attempts >= 0)
);

create index sync_watched_faxes_due_at_idx on ops.sync_watched_faxes (account, due_at);

comment on table ops.sync_watched_faxes is
  'The watch list: single faxes that the next pull fetches by id, since looks at them disagree or they stay open too long.';
comment on column ops.sync_watched_faxes.account is 'The account''s key from the settings.';
comment on column ops.sync_watched_faxes.fax_id is 'The provider''s id of the fax.';
comment on column ops.sync_watched_faxes.reason is 'Why it is here, as first given: looks_disagree or open_too_long.';
comment on column ops.sync_watched_faxes.due_at is 'Not to be fetched before this instant.';
comment on column ops.sync_watched_faxes.attempts is 'How often it was fetched since it came onto the list.';

grant select, insert, update, delete
  on ops.sync_state, ops.sync_cursors, ops.sync_digests, ops.sync_watched_faxes
  to faxsync_loader;
grant select
  on ops.sync_state, ops.sync_cursors, ops.sync_digests, ops.sync_watched_faxes
  to faxsync_reader;
