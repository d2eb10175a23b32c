-- Why: what the provider knows of a PhaxCode that a received fax carries (v2.1).
-- Locks: new tables only. Safe with the code before it: yes, nothing reads them.

create table warehouse.phax_codes (
  account_id integer not null,
  identifier text not null,
  metadata text,
  created_at timestamptz,
  extra jsonb,
  observation_no bigint not null,
  observed_at timestamptz not null,
  constraint phax_codes_pkey primary key (account_id, identifier)
);
comment on table warehouse.phax_codes is 'One row a PhaxCode that was looked up because a barcode of a received fax names it. Personal data. A code without a row was not asked for yet, or is not known to the provider.';
comment on column warehouse.phax_codes.account_id is 'warehouse.accounts.account_id.';
comment on column warehouse.phax_codes.identifier is 'Identifier without the "px:" that some barcodes put before it: regexp_replace(fax_barcodes.identifier, ''^px:'', '''').';
comment on column warehouse.phax_codes.metadata is 'What was stored with the code when it was made; null when nothing was, or it was not sent.';
comment on column warehouse.phax_codes.created_at is 'When the code was made. Seen to move by six hours over the years: never part of a key.';
comment on column warehouse.phax_codes.extra is 'Fields this version does not know, as sent; null when none.';
comment on column warehouse.phax_codes.observation_no is 'Number of the look-up that showed the current values. A mark of loading.';
comment on column warehouse.phax_codes.observed_at is 'When that look-up was made. A mark of loading.';
select ops.protect_mirror_table('phax_codes', false);
