-- Why: the load ledger, the control totals of every slice, what could not be taken as sent, and looks at single faxes.
-- Locks: new tables only. Safe with the code before it: yes, nothing reads them.

create table ops.landed_objects (
  landed_key text primary key,
  account_id integer not null,
  stream text not null,
  kind text not null,
  dialect text not null,
  observation_no bigint not null,
  requested_at timestamptz not null,
  responded_at timestamptz not null,
  loaded_at timestamptz not null default now(),
  record_count integer not null,
  new_count integer not null,
  changed_count integer not null,
  stale_count integer not null,
  rejected_count integer not null
);
create index landed_objects_observation on ops.landed_objects (account_id, observation_no);
comment on table ops.landed_objects is 'The load ledger: one row for each landed object, written in the same transaction as its rows.';
comment on column ops.landed_objects.landed_key is 'Key of the object in the landing zone.';
comment on column ops.landed_objects.account_id is 'warehouse.accounts.account_id.';
comment on column ops.landed_objects.stream is 'Stream of the object: faxes, phone_numbers, ...';
comment on column ops.landed_objects.kind is 'slice, snapshot, lookup or callback.';
comment on column ops.landed_objects.dialect is 'v1, v2 or v2.1.';
comment on column ops.landed_objects.observation_no is 'Number drawn before the request was sent; orders all looks of an account.';
comment on column ops.landed_objects.requested_at is 'When the request was sent (for callbacks: received).';
comment on column ops.landed_objects.responded_at is 'When the answer was complete.';
comment on column ops.landed_objects.loaded_at is 'When the object was loaded.';
comment on column ops.landed_objects.record_count is 'Records of the object that could be read.';
comment on column ops.landed_objects.new_count is 'Records that made a new row.';
comment on column ops.landed_objects.changed_count is 'Records that changed a row.';
comment on column ops.landed_objects.stale_count is 'Records that lost against a better look (final against open, late against later).';
comment on column ops.landed_objects.rejected_count is 'Records and values that could not be taken as sent; see rejected_records.';

create table ops.slices (
  account_id integer not null,
  stream text not null,
  observation_no bigint not null,
  requested_at timestamptz not null,
  pass text,
  created_within tstzrange,
  is_complete boolean not null,
  record_count integer not null,
  cost_cents bigint,
  content_digest text not null,
  missing_count integer not null,
  constraint slices_pkey primary key (account_id, stream, observation_no)
);
create index slices_window on ops.slices using gist (created_within) where is_complete;
comment on table ops.slices is 'Control totals of every complete listing: a slice of the faxes by creation time, or a snapshot of a whole stream.';
comment on column ops.slices.account_id is 'warehouse.accounts.account_id.';
comment on column ops.slices.stream is 'Stream of the listing.';
comment on column ops.slices.observation_no is 'Number of the look.';
comment on column ops.slices.requested_at is 'When the look was made.';
comment on column ops.slices.pass is 'Pass that asked: head, +15m, ...; null when not known.';
comment on column ops.slices.created_within is 'Creation time covered, [after, before); null for snapshots, which cover everything.';
comment on column ops.slices.is_complete is 'False when the listing is not taken as complete: too large a share of known objects was missing (circuit breaker), or a page could not be read.';
comment on column ops.slices.record_count is 'Objects listed inside the window.';
comment on column ops.slices.cost_cents is 'Sum of their cost in US cents; null where the objects have none.';
comment on column ops.slices.content_digest is 'Hash over id and content hash of the objects, in order of id: equal digest, equal slice.';
comment on column ops.slices.missing_count is 'Objects known inside the window that this look did not show.';

create table ops.fax_looks (
  account_id integer not null,
  fax_id bigint not null,
  observation_no bigint not null,
  requested_at timestamptz not null,
  observed_via text not null,
  outcome text not null,
  event_type text,
  digest text,
  constraint fax_looks_pkey primary key (account_id, fax_id, observation_no),
  constraint fax_looks_outcome_known check (outcome in ('seen', 'stale', 'missing'))
);
comment on table ops.fax_looks is 'Looks at single faxes: every callback and look-up, the exceptions of listings (stale, missing), and what an incomplete listing showed. All other looks follow from ops.slices.';
comment on column ops.fax_looks.account_id is 'warehouse.accounts.account_id.';
comment on column ops.fax_looks.fax_id is 'warehouse.faxes.fax_id.';
comment on column ops.fax_looks.observation_no is 'Number of the look.';
comment on column ops.fax_looks.requested_at is 'When the look was made (callbacks: received).';
comment on column ops.fax_looks.observed_via is 'listing, lookup or callback.';
comment on column ops.fax_looks.outcome is 'seen; stale: shown, but worth less than what was already known; missing: a complete look did not show it.';
comment on column ops.fax_looks.event_type is 'Callbacks: the event as sent; null in v1 and v2 and for other looks.';
comment on column ops.fax_looks.digest is 'Callbacks: SHA-256 over the signed fields; null for other looks.';

create table ops.rejected_records (
  rejected_id bigint generated always as identity primary key,
  account_id integer not null,
  stream text not null,
  scope text not null,
  object text not null,
  record_id text not null,
  path text not null,
  reason text not null,
  raw text not null,
  raw_digest text not null,
  occurrences integer not null,
  first_landed_key text not null,
  last_landed_key text not null,
  first_seen_at timestamptz not null,
  last_seen_at timestamptz not null,
  resolved_at timestamptz,
  constraint rejected_records_once unique (account_id, stream, object, record_id, path, reason, raw_digest),
  constraint rejected_records_scope_known check (scope in ('record', 'value'))
);
comment on table ops.rejected_records is 'What could not be taken as sent: whole records (not in the warehouse) or single values (there, but null or mended). Personal data.';
comment on column ops.rejected_records.rejected_id is 'Short key for the command line.';
comment on column ops.rejected_records.account_id is 'warehouse.accounts.account_id.';
comment on column ops.rejected_records.stream is 'Stream of the object it came in.';
comment on column ops.rejected_records.scope is 'record: the whole record was refused; value: the record was loaded without this value as sent.';
comment on column ops.rejected_records.object is 'fax, recipient, barcode, phone_number, ...';
comment on column ops.rejected_records.record_id is 'The provider''s id of the record; empty where it could not be read.';
comment on column ops.rejected_records.path is 'JSON path inside the record; $ is the record itself.';
comment on column ops.rejected_records.reason is 'Why, as a stable word.';
comment on column ops.rejected_records.raw is 'JSON text of what was refused, NUL and lone surrogates escaped.';
comment on column ops.rejected_records.raw_digest is 'SHA-256 of raw: the same refusal is kept once.';
comment on column ops.rejected_records.occurrences is 'How often it was read: by landed objects that showed it, and by retries.';
comment on column ops.rejected_records.first_landed_key is 'First landed object that showed it, as loaded.';
comment on column ops.rejected_records.last_landed_key is 'Last landed object that showed it, as loaded.';
comment on column ops.rejected_records.first_seen_at is 'Time of the earliest look that showed it.';
comment on column ops.rejected_records.last_seen_at is 'Time of the latest look that showed it.';
comment on column ops.rejected_records.resolved_at is 'When a retry read it without complaint; null while open.';

create table ops.schema_drift (
  account_id integer not null,
  stream text not null,
  dialect text not null,
  object text not null,
  field text not null,
  kind text not null,
  detail text not null,
  occurrences bigint not null,
  first_seen_at timestamptz not null,
  last_seen_at timestamptz not null,
  constraint schema_drift_pkey primary key (account_id, stream, dialect, object, field, kind, detail)
);
comment on table ops.schema_drift is 'Where the provider''s objects differ from their documentation; counted, never fatal. No personal data.';
comment on column ops.schema_drift.account_id is 'warehouse.accounts.account_id.';
comment on column ops.schema_drift.stream is 'Stream of the object.';
comment on column ops.schema_drift.dialect is 'v1, v2 or v2.1.';
comment on column ops.schema_drift.object is 'fax, recipient, ...';
comment on column ops.schema_drift.field is 'The provider''s field name.';
comment on column ops.schema_drift.kind is 'unknown_field, unknown_value, unexpected_type or adjusted_value.';
comment on column ops.schema_drift.detail is 'The unknown word, or what was seen instead.';
comment on column ops.schema_drift.occurrences is 'How often it was met.';
comment on column ops.schema_drift.first_seen_at is 'Time of the earliest look that showed it.';
comment on column ops.schema_drift.last_seen_at is 'Time of the latest look that showed it.';
