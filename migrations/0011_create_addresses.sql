-- Why: addresses of number owners, which regulated countries demand. The endpoint is not documented: it is asked only where the settings name it.
-- Locks: new tables only. Safe with the code before it: yes, nothing reads them.

create table warehouse.addresses (
  account_id integer not null,
  address_id bigint not null,
  end_subscriber_type text,
  company_name text,
  first_name text,
  last_name text,
  phone_number text,
  email_address text,
  vat_number text,
  street text,
  street_number text,
  residence text,
  floor text,
  box text,
  postal_code text,
  city text,
  state text,
  country text,
  service_usage text,
  extra jsonb,
  observation_no bigint not null,
  observed_at timestamptz not null,
  gone_at_source_at timestamptz,
  constraint addresses_pkey primary key (account_id, address_id)
);
comment on table warehouse.addresses is 'One row an address of a number''s owner, as last listed; only where FAXSYNC_UNDOCUMENTED_STREAMS names it. Personal data.';
comment on column warehouse.addresses.address_id is 'The provider''s id of the address.';
comment on column warehouse.addresses.end_subscriber_type is 'company or individual; other words are kept as sent.';
comment on column warehouse.addresses.company_name is 'Company that owns the number; null for individuals.';
comment on column warehouse.addresses.first_name is 'First name of the individual; null for companies.';
comment on column warehouse.addresses.last_name is 'Last name of the individual; null for companies.';
comment on column warehouse.addresses.phone_number is 'Phone number of the owner, E.164 where it could be read, else as sent.';
comment on column warehouse.addresses.email_address is 'Email address of the owner.';
comment on column warehouse.addresses.vat_number is 'Value added tax number.';
comment on column warehouse.addresses.street is 'Street.';
comment on column warehouse.addresses.street_number is 'Number in the street.';
comment on column warehouse.addresses.residence is 'Name of the residence.';
comment on column warehouse.addresses.floor is 'Floor.';
comment on column warehouse.addresses.box is 'Box.';
comment on column warehouse.addresses.postal_code is 'Postal code.';
comment on column warehouse.addresses.city is 'City.';
comment on column warehouse.addresses.state is 'State, province or territory.';
comment on column warehouse.addresses.country is 'ISO 3166-1 alpha-2.';
comment on column warehouse.addresses.service_usage is 'What the address is used for, as given by the user.';
select ops.add_mirror_history('addresses', 'address_history');
