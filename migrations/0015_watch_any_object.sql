-- Why: the watch list carries objects of any stream, first of all PhaxCodes that a loaded barcode names (ADR 0017).
-- Locks: the watch list, exclusively, while its rows are written anew: some thousand at most.
-- Safe with the code before it: no. A puller or loader of the version before fails at the watch list (its table is gone) until it is
--   replaced; nothing is lost by that, since rows are committed before the list is written and the passes find the same faxes again.

alter table ops.sync_watched_faxes rename to sync_watched_objects;
alter table ops.sync_watched_objects rename column fax_id to subject_id;
alter table ops.sync_watched_objects drop constraint sync_watched_faxes_pkey;
alter table ops.sync_watched_objects rename constraint sync_watched_faxes_attempts_not_negative to sync_watched_objects_attempts_not_negative;
drop index ops.sync_watched_faxes_due_at_idx;

alter table ops.sync_watched_objects
  alter column subject_id type text using subject_id::text,
  add column stream text not null default 'faxes';
alter table ops.sync_watched_objects alter column stream drop default;

alter table ops.sync_watched_objects add constraint sync_watched_objects_pkey primary key (account, stream, subject_id);
create index sync_watched_objects_due_at_idx on ops.sync_watched_objects (account, stream, due_at);

comment on table ops.sync_watched_objects is
  'The watch list: single objects that the next pull fetches by id. Faxes whose looks disagree or that stay open too long, and PhaxCodes of which nothing is stored yet.';
comment on column ops.sync_watched_objects.stream is 'The stream the object belongs to: faxes or phax_codes.';
comment on column ops.sync_watched_objects.subject_id is
  'The provider''s id of the object: a fax''s digits, or a PhaxCode''s identifier as the barcode has it, without "px:". The latter may be personal data.';
comment on column ops.sync_watched_objects.reason is 'Why it is here, as first given: looks_disagree, open_too_long or not_looked_up.';
