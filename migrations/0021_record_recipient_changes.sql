-- Why: a run of the reconciliation is made as of an instant and must give the same figures whenever it is made again. Faxes have a history,
--   their recipients are replaced as a set. This table keeps what a recipient of a fax that was over said before a later look changed it;
--   that happens seldom, and what a fax under way says is not billed, so nothing else is kept. It follows the order in which looks were
--   loaded, hence schema ops: a look that was loaded late and changed nothing leaves no trace here.
-- Locks: a new table only. Safe with the code before it: yes; changes that code makes are not recorded.

create table ops.fax_recipient_changes (
  account_id integer not null,
  fax_id bigint not null,
  observation_no bigint not null,
  observed_at timestamptz not null,
  ordinal smallint not null,
  was_present boolean not null,
  phone_number text,
  status text,
  constraint fax_recipient_changes_pkey primary key (account_id, fax_id, observation_no, ordinal)
);
create index fax_recipient_changes_observed on ops.fax_recipient_changes (account_id, observed_at);
comment on table ops.fax_recipient_changes is 'What recipients of faxes that were over said before a later look changed, added or removed them: one row a look and recipient. Personal data.';
comment on column ops.fax_recipient_changes.account_id is 'warehouse.accounts.account_id.';
comment on column ops.fax_recipient_changes.fax_id is 'warehouse.faxes.fax_id.';
comment on column ops.fax_recipient_changes.observation_no is 'Number of the look that changed the recipient.';
comment on column ops.fax_recipient_changes.observed_at is 'When that look was made; before it, what stands here was known.';
comment on column ops.fax_recipient_changes.ordinal is 'fax_recipients.ordinal.';
comment on column ops.fax_recipient_changes.was_present is 'False where the look added the recipient: before it there was none.';
comment on column ops.fax_recipient_changes.phone_number is 'fax_recipients.phone_number before the look; null where there was none.';
comment on column ops.fax_recipient_changes.status is 'fax_recipients.status before the look; null where there was none.';

grant select, insert, delete on ops.fax_recipient_changes to faxsync_loader;
grant select on ops.fax_recipient_changes to faxsync_reader;
