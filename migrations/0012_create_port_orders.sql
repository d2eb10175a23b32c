-- Why: orders to bring numbers from another carrier, with their numbers, and every change of either's status (v2.1).
-- Locks: new tables only. Safe with the code before it: yes, nothing reads them.

create table warehouse.port_orders (
  account_id integer not null,
  port_order_id bigint not null,
  status text,
  port_type text,
  quantity integer,
  number_count integer,
  created_at timestamptz,
  updated_at timestamptz,
  requested_for timestamptz,
  completed_at timestamptz,
  bill_received_at timestamptz,
  provider_name text,
  account_identifier text,
  name_on_account text,
  name_of_business text,
  contact_number text,
  contact_email text,
  billing_number text,
  billing_address1 text,
  billing_address2 text,
  billing_city text,
  billing_state text,
  billing_zip text,
  is_billing_zip_numeric boolean,
  esig text,
  extra jsonb,
  observation_no bigint not null,
  observed_at timestamptz not null,
  gone_at_source_at timestamptz,
  constraint port_orders_pkey primary key (account_id, port_order_id)
);
comment on table warehouse.port_orders is 'One row an order to bring numbers from another carrier, as last listed; v2.1 only. Personal data. The PIN for porting out is never stored.';
comment on column warehouse.port_orders.port_order_id is 'The provider''s id of the order.';
comment on column warehouse.port_orders.status is 'open, submitted, needinfo, succeeded or failed; other words are kept and count as open. Its numbers may differ.';
comment on column warehouse.port_orders.port_type is 'business or residential; other words are kept as sent.';
comment on column warehouse.port_orders.quantity is 'Numbers in the order, as the provider says; may differ from number_count.';
comment on column warehouse.port_orders.number_count is 'Numbers the order listed (rows of port_numbers); null when it sent no list.';
comment on column warehouse.port_orders.created_at is 'When the order was made.';
comment on column warehouse.port_orders.updated_at is 'When it last changed.';
comment on column warehouse.port_orders.requested_for is 'When it was asked to complete.';
comment on column warehouse.port_orders.completed_at is 'When it completed; null while under way.';
comment on column warehouse.port_orders.bill_received_at is 'When the carrier''s bill arrived.';
comment on column warehouse.port_orders.provider_name is 'Carrier that loses the numbers.';
comment on column warehouse.port_orders.account_identifier is 'Account of the numbers at that carrier.';
comment on column warehouse.port_orders.name_on_account is 'Name on that account.';
comment on column warehouse.port_orders.name_of_business is 'Business on that account.';
comment on column warehouse.port_orders.contact_number is 'Contact for the order, E.164 where it could be read, else as sent.';
comment on column warehouse.port_orders.contact_email is 'Contact for the order.';
comment on column warehouse.port_orders.billing_number is 'Billing number of that account, E.164 where it could be read, else as sent.';
comment on column warehouse.port_orders.billing_address1 is 'Billing address, first line.';
comment on column warehouse.port_orders.billing_address2 is 'Billing address, second line.';
comment on column warehouse.port_orders.billing_city is 'Billing address, city.';
comment on column warehouse.port_orders.billing_state is 'Billing address, state.';
comment on column warehouse.port_orders.billing_zip is 'Billing address, ZIP code, as sent.';
comment on column warehouse.port_orders.is_billing_zip_numeric is 'True where the ZIP code was sent as a number, so that leading zeros may be lost; null when none was sent.';
comment on column warehouse.port_orders.esig is 'Electronic signature (undocumented).';
select ops.add_mirror_history('port_orders', 'port_order_history');

create table warehouse.port_numbers (
  account_id integer not null,
  port_number_id bigint not null,
  port_order_id bigint,
  port_number text,
  status text,
  extra jsonb,
  observation_no bigint not null,
  observed_at timestamptz not null,
  gone_at_source_at timestamptz,
  constraint port_numbers_pkey primary key (account_id, port_number_id)
);
comment on table warehouse.port_numbers is 'One row a number of a port order, as last listed; v2.1 only. Personal data.';
comment on column warehouse.port_numbers.port_number_id is 'The provider''s id of the number in the order.';
comment on column warehouse.port_numbers.port_order_id is 'warehouse.port_orders.port_order_id.';
comment on column warehouse.port_numbers.port_number is 'Number to be brought, E.164 where it could be read, else as sent.';
comment on column warehouse.port_numbers.status is 'open, submitted, needinfo, succeeded or failed; other words are kept and count as open.';
select ops.add_mirror_history('port_numbers', 'port_number_history');
create index port_numbers_order on warehouse.port_numbers (account_id, port_order_id);
