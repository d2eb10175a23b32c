-- Why: what carriers and support wrote on numbers being ported: why a port waits (v2.1).
-- Locks: new tables only. Safe with the code before it: yes, nothing reads them.

create table warehouse.port_number_notes (
  account_id integer not null,
  port_number_id bigint not null,
  note_id bigint not null,
  note text,
  author text,
  created_at timestamptz,
  updated_at timestamptz,
  extra jsonb,
  observation_no bigint not null,
  observed_at timestamptz not null,
  gone_at_source_at timestamptz,
  constraint port_number_notes_pkey primary key (account_id, port_number_id, note_id)
);
comment on table warehouse.port_number_notes is 'One row a note on a number of a port order, as last listed; v2.1 only. Personal data: free text.';
comment on column warehouse.port_number_notes.port_number_id is 'warehouse.port_numbers.port_number_id.';
comment on column warehouse.port_number_notes.note_id is 'The provider''s id of the note.';
comment on column warehouse.port_number_notes.note is 'The text.';
comment on column warehouse.port_number_notes.author is 'Who wrote it.';
comment on column warehouse.port_number_notes.created_at is 'When it was written.';
comment on column warehouse.port_number_notes.updated_at is 'When it last changed.';
select ops.add_mirror_history('port_number_notes', 'port_number_note_history');
