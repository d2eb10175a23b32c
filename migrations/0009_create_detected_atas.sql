-- Why: adapters that the provider noticed by itself. The endpoint is not documented: it is asked only where the settings name it.
-- Locks: new tables only. Safe with the code before it: yes, nothing reads them.

create table warehouse.detected_atas (
  account_id integer not null,
  mac_address text not null,
  user_agent text,
  last_seen_at timestamptz,
  extra jsonb,
  observation_no bigint not null,
  observed_at timestamptz not null,
  gone_at_source_at timestamptz,
  constraint detected_atas_pkey primary key (account_id, mac_address)
);
comment on table warehouse.detected_atas is 'One row an adapter the provider noticed without its being set up, as last listed; only where FAXSYNC_UNDOCUMENTED_STREAMS names it.';
comment on column warehouse.detected_atas.mac_address is 'Its MAC address, as sent.';
comment on column warehouse.detected_atas.user_agent is 'What it calls itself.';
comment on column warehouse.detected_atas.last_seen_at is 'When it was last noticed (last_seen).';
select ops.add_mirror_history('detected_atas', 'detected_ata_history');
