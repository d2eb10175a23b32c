-- Why: the mirrored account. Keys start with account_id: many accounts in one warehouse, row-level security by account, and a
--   distribution key should one server become too small.
-- Locks: new tables only. Safe with the code before it: yes, nothing reads them.
-- Shape, measured: single tables (look-ups into a partitioned parent fell to 0.05-0.2 of the speed), fillfactor 90 and no index on
--   a column that changes with cost or status (98 % of such updates stay on their page; a new error_type moves the row), no foreign keys from children (0.85; a test proves the invariant).

create table warehouse.accounts (
  account_id integer generated always as identity primary key,
  account_key text not null unique,
  billing_zone text not null,
  created_at timestamptz not null default now()
);
comment on table warehouse.accounts is 'The provider accounts mirrored here, one row each; created when the first object of an account is loaded.';
comment on column warehouse.accounts.account_id is 'Short key of the account inside this warehouse; first part of every other key.';
comment on column warehouse.accounts.account_key is 'Name of the account in the settings (FAXSYNC_ACCOUNT).';
comment on column warehouse.accounts.billing_zone is 'IANA zone in which days and months of the bill begin.';
comment on column warehouse.accounts.created_at is 'When the account was first loaded.';

create table warehouse.faxes (
  account_id integer not null,
  fax_id bigint not null,
  created_at timestamptz,
  completed_at timestamptz,
  observed_at timestamptz not null,
  missing_since timestamptz,
  gone_at_source_at timestamptz,
  observation_no bigint not null,
  content_hash uuid not null,
  num_pages integer,
  cost_cents integer,
  error_id integer,
  recipient_count smallint,
  barcode_count smallint,
  stage smallint not null,
  is_test boolean,
  direction text,
  status text,
  observed_via text not null,
  caller_id text,
  from_number text,
  to_number text,
  caller_name text,
  error_type text,
  error_message text,
  tags jsonb not null default '{}',
  extra jsonb,
  constraint faxes_pkey primary key (account_id, fax_id),
  constraint faxes_stage_known check (stage between 0 and 3),
  constraint faxes_via_known check (observed_via in ('listing', 'lookup', 'callback'))
) with (fillfactor = 90);
create index faxes_created on warehouse.faxes (account_id, created_at);
create index faxes_error on warehouse.faxes (account_id, error_type, created_at) where error_type is not null;
comment on table warehouse.faxes is 'One row a fax, as the best look so far showed it. Null means the provider did not send the value. Personal data.';
comment on column warehouse.faxes.account_id is 'warehouse.accounts.account_id.';
comment on column warehouse.faxes.fax_id is 'The provider''s id of the fax (v1, v2: id).';
comment on column warehouse.faxes.created_at is 'When the fax was requested or received (v1 requested_at, v2 created_at).';
comment on column warehouse.faxes.completed_at is 'When it ended; null while open. Up to seconds before created_at on received faxes.';
comment on column warehouse.faxes.observed_at is 'When the request (or callback) whose look wrote this row was made. A mark of loading.';
comment on column warehouse.faxes.missing_since is 'Set while complete listings no longer show the fax: time of the first such look after it was last seen.';
comment on column warehouse.faxes.gone_at_source_at is 'Set once two looks at least an hour apart missed it. Expected for deleted test faxes, an alarm for live ones. Rows are never deleted.';
comment on column warehouse.faxes.observation_no is 'Number of the look that wrote this row; rises with time within an account. A mark of loading.';
comment on column warehouse.faxes.content_hash is 'Hash over the fax with its recipients, barcodes, tags and unknown fields; equal hash, equal fax.';
comment on column warehouse.faxes.num_pages is 'Pages; 0 before conversion.';
comment on column warehouse.faxes.cost_cents is 'Cost now in US cents (v1, v2: cost): the price of all recipients once under way, less what failed ones were credited. 0 is free.';
comment on column warehouse.faxes.error_id is 'Number of the error; means something only together with error_type.';
comment on column warehouse.faxes.recipient_count is 'Rows in fax_recipients; null where the provider sent no list (received faxes).';
comment on column warehouse.faxes.barcode_count is 'Rows in fax_barcodes; null where the dialect carries no barcodes.';
comment on column warehouse.faxes.stage is 'Worth of the look: 0 callback of a waiting fax, 1 open, 2 final by callback, 3 final by listing. A lower stage never replaces a higher one. A mark of loading: a listing that only confirms a callback leaves it 2.';
comment on column warehouse.faxes.is_test is 'True for test faxes: their cost is shown but not billed, so money sums leave them out.';
comment on column warehouse.faxes.direction is 'sent or received; other words are kept as sent.';
comment on column warehouse.faxes.status is 'queued, pendingbatch, inprogress, success, failure, partialsuccess; other words are kept and count as open.';
comment on column warehouse.faxes.observed_via is 'listing, lookup (by id) or callback: what kind of look wrote this row. A mark of loading.';
comment on column warehouse.faxes.caller_id is 'Number set as caller id of a sent fax, E.164.';
comment on column warehouse.faxes.from_number is 'Sender of a received fax, E.164; null on sent faxes.';
comment on column warehouse.faxes.to_number is 'Own number that received the fax, E.164; null on sent faxes.';
comment on column warehouse.faxes.caller_name is 'Name of the sender of a received fax, v2.1 only.';
comment on column warehouse.faxes.error_type is 'documentConversionError, lineError, faxError, fatalError, generalError; other words are kept.';
comment on column warehouse.faxes.error_message is 'The provider''s text (v1 error_code, v2 error_message).';
comment on column warehouse.faxes.tags is 'Tag name to value as given when the fax was sent; {} when none.';
comment on column warehouse.faxes.extra is 'Fields this version does not know, as sent; null when none.';

create table warehouse.fax_recipients (
  account_id integer not null,
  fax_id bigint not null,
  fax_created_at timestamptz,
  completed_at timestamptz,
  retry_count integer,
  bitrate integer,
  resolution integer,
  error_id integer,
  ordinal smallint not null,
  phone_number text,
  status text,
  error_type text,
  error_message text,
  extra jsonb,
  constraint fax_recipients_pkey primary key (account_id, fax_id, ordinal)
) with (fillfactor = 90);
create index fax_recipients_phone on warehouse.fax_recipients (account_id, phone_number, fax_created_at);
comment on table warehouse.fax_recipients is 'One row a recipient of a sent fax, replaced as a set with the fax. Personal data.';
comment on column warehouse.fax_recipients.account_id is 'warehouse.accounts.account_id.';
comment on column warehouse.fax_recipients.fax_id is 'warehouse.faxes.fax_id.';
comment on column warehouse.fax_recipients.fax_created_at is 'created_at of the fax, copied so that reports by destination need no join.';
comment on column warehouse.fax_recipients.completed_at is 'When this recipient ended; null while open.';
comment on column warehouse.fax_recipients.retry_count is 'Retries scheduled after failed calls.';
comment on column warehouse.fax_recipients.bitrate is 'Bits a second.';
comment on column warehouse.fax_recipients.resolution is 'Pixels a metre, horizontally.';
comment on column warehouse.fax_recipients.error_id is 'Number of the error; means something only together with error_type.';
comment on column warehouse.fax_recipients.ordinal is 'Position in the provider''s list, from 0: recipients have no id and a number may occur twice.';
comment on column warehouse.fax_recipients.phone_number is 'E.164 where it could be read, else as sent (v1 number, v2 phone_number).';
comment on column warehouse.fax_recipients.status is 'As faxes.status without partialsuccess, plus ringing, callactive, willretry; null right after creation.';
comment on column warehouse.fax_recipients.error_type is 'As faxes.error_type.';
comment on column warehouse.fax_recipients.error_message is 'The provider''s text (v1 error_code, v2 error_message).';
comment on column warehouse.fax_recipients.extra is 'Fields this version does not know, e.g. phone_calls; null when none.';

create table warehouse.fax_barcodes (
  account_id integer not null,
  fax_id bigint not null,
  ordinal smallint not null,
  page integer,
  type text,
  value text,
  identifier text,
  metadata text,
  extra jsonb,
  constraint fax_barcodes_pkey primary key (account_id, fax_id, ordinal)
) with (fillfactor = 90);
comment on table warehouse.fax_barcodes is 'One row a barcode read from a received fax, replaced as a set with the fax; v2.1 only. Personal data.';
comment on column warehouse.fax_barcodes.account_id is 'warehouse.accounts.account_id.';
comment on column warehouse.fax_barcodes.fax_id is 'warehouse.faxes.fax_id.';
comment on column warehouse.fax_barcodes.ordinal is 'Position in the provider''s list, from 0.';
comment on column warehouse.fax_barcodes.page is 'Page of the document, from 1.';
comment on column warehouse.fax_barcodes.type is 'phax_code, code_128, data_matrix; other words are kept.';
comment on column warehouse.fax_barcodes.value is 'What the barcode says; null for PhaxCodes.';
comment on column warehouse.fax_barcodes.identifier is 'Identifier of a PhaxCode; null for others.';
comment on column warehouse.fax_barcodes.metadata is 'Metadata of a PhaxCode; null for others.';
comment on column warehouse.fax_barcodes.extra is 'Fields this version does not know; null when none.';

create table warehouse.fax_history (
  account_id integer not null,
  fax_id bigint not null,
  observation_no bigint not null,
  observed_at timestamptz not null,
  cost_cents integer,
  cost_delta_cents integer not null,
  num_pages integer,
  stage smallint not null,
  observed_via text not null,
  status text,
  constraint fax_history_pkey primary key (account_id, fax_id, observation_no)
);
create index fax_history_observed on warehouse.fax_history (account_id, observed_at);
comment on table warehouse.fax_history is 'One row for each change of status, cost or pages of a fax, the first look included; the sum of deltas is the cost.';
comment on column warehouse.fax_history.account_id is 'warehouse.accounts.account_id.';
comment on column warehouse.fax_history.fax_id is 'warehouse.faxes.fax_id.';
comment on column warehouse.fax_history.observation_no is 'Number of the first look that showed this state.';
comment on column warehouse.fax_history.observed_at is 'When that look was made.';
comment on column warehouse.fax_history.cost_cents is 'Cost in US cents from this look on; null when not sent.';
comment on column warehouse.fax_history.cost_delta_cents is 'Change against the row before, null counted as 0: positive charged, negative credited.';
comment on column warehouse.fax_history.num_pages is 'Pages from this look on.';
comment on column warehouse.fax_history.stage is 'As faxes.stage; never falls along a fax''s history.';
comment on column warehouse.fax_history.observed_via is 'listing, lookup or callback.';
comment on column warehouse.fax_history.status is 'Status from this look on.';

create function warehouse.record_new_faxes() returns trigger language plpgsql as $$
begin
  insert into warehouse.fax_history
    (account_id, fax_id, observation_no, observed_at, cost_cents, cost_delta_cents, num_pages, stage, observed_via, status)
  select account_id, fax_id, observation_no, observed_at, cost_cents, coalesce(cost_cents, 0), num_pages, stage, observed_via, status
  from added;
  return null;
end
$$;
comment on function warehouse.record_new_faxes is 'Writes the first history row of every fax a statement added.';

create function warehouse.record_changed_faxes() returns trigger language plpgsql as $$
begin
  insert into warehouse.fax_history
    (account_id, fax_id, observation_no, observed_at, cost_cents, cost_delta_cents, num_pages, stage, observed_via, status)
  select n.account_id, n.fax_id, n.observation_no, n.observed_at, n.cost_cents,
    coalesce(n.cost_cents, 0) - coalesce(o.cost_cents, 0), n.num_pages, n.stage, n.observed_via, n.status
  from changed n
  join former o on o.account_id = n.account_id and o.fax_id = n.fax_id
  where (n.status, n.cost_cents, n.num_pages) is distinct from (o.status, o.cost_cents, o.num_pages)
  -- The same look read again by a better decoder mends its own history row.
  on conflict (account_id, fax_id, observation_no) do update set
    cost_delta_cents = fax_history.cost_delta_cents + excluded.cost_delta_cents, cost_cents = excluded.cost_cents,
    num_pages = excluded.num_pages, stage = excluded.stage, status = excluded.status;
  return null;
end
$$;
comment on function warehouse.record_changed_faxes is 'Writes a history row for every fax whose status, cost or pages a statement changed.';

create trigger faxes_added after insert on warehouse.faxes
  referencing new table as added for each statement execute function warehouse.record_new_faxes();
create trigger faxes_changed after update on warehouse.faxes
  referencing old table as former new table as changed for each statement execute function warehouse.record_changed_faxes();

create table warehouse.phone_numbers (
  account_id integer not null,
  phone_number text not null,
  city text,
  state text,
  country text,
  cost_cents integer,
  last_billed_at timestamptz,
  provisioned_at timestamptz,
  callback_url text,
  ata_name text,
  extra jsonb,
  observation_no bigint not null,
  observed_at timestamptz not null,
  missing_since timestamptz,
  released_at timestamptz,
  constraint phone_numbers_pkey primary key (account_id, phone_number)
);
comment on table warehouse.phone_numbers is 'One row a phone number the account has or had, as last listed.';
comment on column warehouse.phone_numbers.account_id is 'warehouse.accounts.account_id.';
comment on column warehouse.phone_numbers.phone_number is 'E.164 (v1 number: 10 digits).';
comment on column warehouse.phone_numbers.city is 'City of the area code; may be a comma list.';
comment on column warehouse.phone_numbers.state is 'State of the area code.';
comment on column warehouse.phone_numbers.country is 'Country, as text; v2 only.';
comment on column warehouse.phone_numbers.cost_cents is 'Monthly rent in US cents.';
comment on column warehouse.phone_numbers.last_billed_at is 'Last time the rent was taken. v1 sends it without a zone; the zone is a setting.';
comment on column warehouse.phone_numbers.provisioned_at is 'When the number was bought.';
comment on column warehouse.phone_numbers.callback_url is 'Where callbacks of this number go; v2 only, null when the account''s is used.';
comment on column warehouse.phone_numbers.ata_name is 'Name of the attached ATA; v2.1 only, undocumented.';
comment on column warehouse.phone_numbers.extra is 'Fields this version does not know; null when none.';
comment on column warehouse.phone_numbers.observation_no is 'Number of the first look that showed the current values. A mark of loading.';
comment on column warehouse.phone_numbers.observed_at is 'When that look was made. A mark of loading.';
comment on column warehouse.phone_numbers.missing_since is 'Set while complete listings no longer show the number: time of the first such look.';
comment on column warehouse.phone_numbers.released_at is 'Equal to missing_since once a second complete listing missed it too; null while listed.';

create table warehouse.phone_number_history (
  account_id integer not null,
  phone_number text not null,
  observation_no bigint not null,
  observed_at timestamptz not null,
  is_listed boolean not null,
  city text,
  state text,
  country text,
  cost_cents integer,
  last_billed_at timestamptz,
  provisioned_at timestamptz,
  callback_url text,
  ata_name text,
  extra jsonb,
  constraint phone_number_history_pkey primary key (account_id, phone_number, observation_no)
);
comment on table warehouse.phone_number_history is 'One row for each change of a number between complete listings; leaving the list is a change.';
comment on column warehouse.phone_number_history.account_id is 'warehouse.accounts.account_id.';
comment on column warehouse.phone_number_history.phone_number is 'warehouse.phone_numbers.phone_number.';
comment on column warehouse.phone_number_history.observation_no is 'Number of the first look that showed this state.';
comment on column warehouse.phone_number_history.observed_at is 'When that look was made.';
comment on column warehouse.phone_number_history.is_listed is 'False from the first complete listing that no longer shows the number.';
comment on column warehouse.phone_number_history.city is 'As phone_numbers.city from this look on; null while not listed.';
comment on column warehouse.phone_number_history.state is 'As phone_numbers.state from this look on; null while not listed.';
comment on column warehouse.phone_number_history.country is 'As phone_numbers.country from this look on; null while not listed.';
comment on column warehouse.phone_number_history.cost_cents is 'Monthly rent in US cents from this look on; null while not listed.';
comment on column warehouse.phone_number_history.last_billed_at is 'As phone_numbers.last_billed_at from this look on; null while not listed.';
comment on column warehouse.phone_number_history.provisioned_at is 'As phone_numbers.provisioned_at from this look on; null while not listed.';
comment on column warehouse.phone_number_history.callback_url is 'As phone_numbers.callback_url from this look on; null while not listed.';
comment on column warehouse.phone_number_history.ata_name is 'As phone_numbers.ata_name from this look on; null while not listed.';
comment on column warehouse.phone_number_history.extra is 'As phone_numbers.extra from this look on; null while not listed.';

create table warehouse.phone_number_charges (
  account_id integer not null,
  phone_number text not null,
  billed_at timestamptz not null,
  cost_cents integer,
  observation_no bigint not null,
  observed_at timestamptz not null,
  constraint phone_number_charges_pkey primary key (account_id, phone_number, billed_at)
);
comment on table warehouse.phone_number_charges is 'Each rent of a number that was seen: one row for each value last_billed_at took.';
comment on column warehouse.phone_number_charges.account_id is 'warehouse.accounts.account_id.';
comment on column warehouse.phone_number_charges.phone_number is 'warehouse.phone_numbers.phone_number.';
comment on column warehouse.phone_number_charges.billed_at is 'The provider''s last_billed_at.';
comment on column warehouse.phone_number_charges.cost_cents is 'Monthly rent in US cents as the earliest look that showed this billing listed it.';
comment on column warehouse.phone_number_charges.observation_no is 'Number of that look.';
comment on column warehouse.phone_number_charges.observed_at is 'When that look was made.';

create table warehouse.account_snapshots (
  account_id integer not null,
  observation_no bigint not null,
  observed_at timestamptz not null,
  balance_cents integer,
  sent_today integer,
  received_today integer,
  sent_this_month integer,
  received_this_month integer,
  extra jsonb,
  constraint account_snapshots_pkey primary key (account_id, observation_no)
);
comment on table warehouse.account_snapshots is 'The account''s balance and counters at each look: the provider''s own control totals.';
comment on column warehouse.account_snapshots.account_id is 'warehouse.accounts.account_id.';
comment on column warehouse.account_snapshots.observation_no is 'Number of the look.';
comment on column warehouse.account_snapshots.observed_at is 'When the look was made.';
comment on column warehouse.account_snapshots.balance_cents is 'Prepaid balance in US cents; may be negative.';
comment on column warehouse.account_snapshots.sent_today is 'Faxes sent today, by the provider''s day.';
comment on column warehouse.account_snapshots.received_today is 'Faxes received today; null in v1.';
comment on column warehouse.account_snapshots.sent_this_month is 'Faxes sent this month.';
comment on column warehouse.account_snapshots.received_this_month is 'Faxes received this month; null in v1.';
comment on column warehouse.account_snapshots.extra is 'Fields this version does not know; null when none.';

create table warehouse.rate_card (
  account_id integer not null,
  country_name text not null,
  observation_no bigint not null,
  valid_from timestamptz not null,
  is_listed boolean not null,
  alpha2 text,
  country_code integer,
  price_per_page_cents integer,
  send_support text,
  receive_support text,
  extra jsonb,
  constraint rate_card_pkey primary key (account_id, country_name, observation_no)
);
comment on table warehouse.rate_card is 'The provider''s price list, dated: one row for each change of a country between complete listings; valid until the next row.';
comment on column warehouse.rate_card.account_id is 'warehouse.accounts.account_id.';
comment on column warehouse.rate_card.country_name is 'Name of the country: the only key both dialects share.';
comment on column warehouse.rate_card.observation_no is 'Number of the first look that showed this line.';
comment on column warehouse.rate_card.valid_from is 'When that look was made; the true change lies between it and the look before.';
comment on column warehouse.rate_card.is_listed is 'False from the first complete listing without this country; the last listed price is the last known one.';
comment on column warehouse.rate_card.alpha2 is 'ISO 3166-1 alpha-2; null in v1.';
comment on column warehouse.rate_card.country_code is 'Calling code; null in v1.';
comment on column warehouse.rate_card.price_per_page_cents is 'Price of a page in US cents.';
comment on column warehouse.rate_card.send_support is 'full, none, or as sent; null in v1.';
comment on column warehouse.rate_card.receive_support is 'full, none, or as sent; null in v1.';
comment on column warehouse.rate_card.extra is 'Fields this version does not know; null when none.';

create table warehouse.error_codes (
  error_type text not null,
  error_id integer not null,
  message text not null,
  class text not null,
  advice text not null,
  source text not null,
  constraint error_codes_pkey primary key (error_type, error_id)
);
comment on table warehouse.error_codes is 'What the provider''s error numbers mean and what to do; seeded, shared by all accounts.';
comment on column warehouse.error_codes.error_type is 'As faxes.error_type; an id means different things under different types.';
comment on column warehouse.error_codes.error_id is 'As faxes.error_id.';
comment on column warehouse.error_codes.message is 'The provider''s text for it.';
comment on column warehouse.error_codes.class is 'retry_soon, retry_later, bad_number, bad_document, cancelled, money, system or simulated.';
comment on column warehouse.error_codes.advice is 'What an operator can do, in plain words.';
comment on column warehouse.error_codes.source is 'official, label (the successor''s names for the same ids) or third_party: how sure this row is.';
