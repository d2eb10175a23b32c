-- Why: analog telephone adapters, through which fax machines speak to the provider (v2.1). Their user names and passwords have no column:
--   they are dropped before an answer is stored anywhere.
-- Locks: new tables only. Safe with the code before it: yes, nothing reads them.

create table warehouse.atas (
  account_id integer not null,
  ata_id bigint not null,
  name text,
  description text,
  user_phone_number text,
  domain text,
  mac_address text,
  last_registered_at timestamptz,
  expires_at timestamptz,
  user_agent text,
  sip_uri text,
  group_name text,
  extra jsonb,
  observation_no bigint not null,
  observed_at timestamptz not null,
  gone_at_source_at timestamptz,
  constraint atas_pkey primary key (account_id, ata_id)
);
comment on table warehouse.atas is 'One row an analog telephone adapter (ATA) the account has or had, as last listed; v2.1 only. User names and passwords are never stored.';
comment on column warehouse.atas.ata_id is 'The provider''s id of the adapter.';
comment on column warehouse.atas.name is 'Name given to it.';
comment on column warehouse.atas.description is 'Description given to it.';
comment on column warehouse.atas.user_phone_number is 'Phone number attached to it, E.164 where it could be read, else as sent.';
comment on column warehouse.atas.domain is 'Domain it registers with. The provider''s page lists "domain" twice; the second is mac_address.';
comment on column warehouse.atas.mac_address is 'MAC address, 12 hexadecimal digits, as sent.';
comment on column warehouse.atas.last_registered_at is 'When it last registered (last_registered, undocumented); null when never.';
comment on column warehouse.atas.expires_at is 'When that registration ends (expiry_time, undocumented).';
comment on column warehouse.atas.user_agent is 'What it calls itself (undocumented).';
comment on column warehouse.atas.sip_uri is 'Where it registered from (undocumented), without the user''s part, which is its user name.';
comment on column warehouse.atas.group_name is 'Group it belongs to (group, undocumented).';
select ops.add_mirror_history('atas', 'ata_history');
