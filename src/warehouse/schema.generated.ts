// Written by "npm run generate" from the migrated schema; the comments are those of the database. Do not edit.
import type { ColumnType, GeneratedAlways } from 'kysely';

/** Which accounts a login in the role faxsync_bi may read. */
export interface WarehouseAccountGrants {
  /** The login. */
  role_name: string;
  /** warehouse.accounts.account_id. */
  account_id: number;
}

/** The account's balance and counters at each look: the provider's own control totals. */
export interface WarehouseAccountSnapshots {
  /** warehouse.accounts.account_id. */
  account_id: number;
  /** Number of the look. */
  observation_no: ColumnType<string, string | number | bigint, string | number | bigint>;
  /** When the look was made. */
  observed_at: ColumnType<Date, Date | string, Date | string>;
  /** Prepaid balance in US cents; may be negative. */
  balance_cents: number | null;
  /** Faxes sent today, by the provider's day. */
  sent_today: number | null;
  /** Faxes received today; null in v1. */
  received_today: number | null;
  /** Faxes sent this month. */
  sent_this_month: number | null;
  /** Faxes received this month; null in v1. */
  received_this_month: number | null;
  /** Fields this version does not know; null when none. */
  extra: ColumnType<unknown | null, string | null, string | null>;
}

/** The provider accounts mirrored here, one row each; created when the first object of an account is loaded. */
export interface WarehouseAccounts {
  /** Short key of the account inside this warehouse; first part of every other key. */
  account_id: GeneratedAlways<number>;
  /** Name of the account in the settings (FAXSYNC_ACCOUNT). */
  account_key: string;
  /** IANA zone in which days and months of the bill begin. */
  billing_zone: string;
  /** When the account was first loaded. */
  created_at: ColumnType<Date, Date | string | undefined, Date | string>;
}

/** What the provider's error numbers mean and what to do; seeded, shared by all accounts. */
export interface WarehouseErrorCodes {
  /** As faxes.error_type; an id means different things under different types. */
  error_type: string;
  /** As faxes.error_id. */
  error_id: number;
  /** The provider's text for it. */
  message: string;
  /** retry_soon, retry_later, bad_number, bad_document, cancelled, money, system or simulated. */
  class: string;
  /** What an operator can do, in plain words. */
  advice: string;
  /** official, label (the successor's names for the same ids) or third_party: how sure this row is. */
  source: string;
}

/** One row a barcode read from a received fax, replaced as a set with the fax; v2.1 only. Personal data. */
export interface WarehouseFaxBarcodes {
  /** warehouse.accounts.account_id. */
  account_id: number;
  /** warehouse.faxes.fax_id. */
  fax_id: ColumnType<string, string | number | bigint, string | number | bigint>;
  /** Position in the provider's list, from 0. */
  ordinal: number;
  /** Page of the document, from 1. */
  page: number | null;
  /** phax_code, code_128, data_matrix; other words are kept. */
  type: string | null;
  /** What the barcode says; null for PhaxCodes. */
  value: string | null;
  /** Identifier of a PhaxCode; null for others. */
  identifier: string | null;
  /** Metadata of a PhaxCode; null for others. */
  metadata: string | null;
  /** Fields this version does not know; null when none. */
  extra: ColumnType<unknown | null, string | null, string | null>;
}

/** One row for each change of status, cost or pages of a fax, the first look included; the sum of deltas is the cost. */
export interface WarehouseFaxHistory {
  /** warehouse.accounts.account_id. */
  account_id: number;
  /** warehouse.faxes.fax_id. */
  fax_id: ColumnType<string, string | number | bigint, string | number | bigint>;
  /** Number of the first look that showed this state. */
  observation_no: ColumnType<string, string | number | bigint, string | number | bigint>;
  /** When that look was made. */
  observed_at: ColumnType<Date, Date | string, Date | string>;
  /** Cost in US cents from this look on; null when not sent. */
  cost_cents: number | null;
  /** Change against the row before, null counted as 0: positive charged, negative credited. */
  cost_delta_cents: number;
  /** Pages from this look on. */
  num_pages: number | null;
  /** As faxes.stage; never falls along a fax's history. */
  stage: number;
  /** listing, lookup or callback. */
  observed_via: string;
  /** Status from this look on. */
  status: string | null;
}

/** One row a recipient of a sent fax, replaced as a set with the fax. Personal data. */
export interface WarehouseFaxRecipients {
  /** warehouse.accounts.account_id. */
  account_id: number;
  /** warehouse.faxes.fax_id. */
  fax_id: ColumnType<string, string | number | bigint, string | number | bigint>;
  /** created_at of the fax, copied so that reports by destination need no join. */
  fax_created_at: ColumnType<Date | null, Date | string | null, Date | string | null>;
  /** When this recipient ended; null while open. */
  completed_at: ColumnType<Date | null, Date | string | null, Date | string | null>;
  /** Retries scheduled after failed calls. */
  retry_count: number | null;
  /** Bits a second. */
  bitrate: number | null;
  /** Pixels a metre, horizontally. */
  resolution: number | null;
  /** Number of the error; means something only together with error_type. */
  error_id: number | null;
  /** Position in the provider's list, from 0: recipients have no id and a number may occur twice. */
  ordinal: number;
  /** E.164 where it could be read, else as sent (v1 number, v2 phone_number). */
  phone_number: string | null;
  /** As faxes.status without partialsuccess, plus ringing, callactive, willretry; null right after creation. */
  status: string | null;
  /** As faxes.error_type. */
  error_type: string | null;
  /** The provider's text (v1 error_code, v2 error_message). */
  error_message: string | null;
  /** Fields this version does not know, e.g. phone_calls; null when none. */
  extra: ColumnType<unknown | null, string | null, string | null>;
}

/** One row a fax, as the best look so far showed it. Null means the provider did not send the value. Personal data. */
export interface WarehouseFaxes {
  /** warehouse.accounts.account_id. */
  account_id: number;
  /** The provider's id of the fax (v1, v2: id). */
  fax_id: ColumnType<string, string | number | bigint, string | number | bigint>;
  /** When the fax was requested or received (v1 requested_at, v2 created_at). */
  created_at: ColumnType<Date | null, Date | string | null, Date | string | null>;
  /** When it ended; null while open. Up to seconds before created_at on received faxes. */
  completed_at: ColumnType<Date | null, Date | string | null, Date | string | null>;
  /** When the request (or callback) whose look wrote this row was made. A mark of loading. */
  observed_at: ColumnType<Date, Date | string, Date | string>;
  /** Set while complete listings no longer show the fax: time of the first such look after it was last seen. */
  missing_since: ColumnType<Date | null, Date | string | null, Date | string | null>;
  /** Set once two looks at least an hour apart missed it. Expected for deleted test faxes, an alarm for live ones. Rows are never deleted. */
  gone_at_source_at: ColumnType<Date | null, Date | string | null, Date | string | null>;
  /** Number of the look that wrote this row; rises with time within an account. A mark of loading. */
  observation_no: ColumnType<string, string | number | bigint, string | number | bigint>;
  /** Hash over the fax with its recipients, barcodes, tags and unknown fields; equal hash, equal fax. */
  content_hash: string;
  /** Pages; 0 before conversion. */
  num_pages: number | null;
  /** Cost now in US cents (v1, v2: cost): the price of all recipients once under way, less what failed ones were credited. 0 is free. */
  cost_cents: number | null;
  /** Number of the error; means something only together with error_type. */
  error_id: number | null;
  /** Rows in fax_recipients; null where the provider sent no list (received faxes). */
  recipient_count: number | null;
  /** Rows in fax_barcodes; null where the dialect carries no barcodes. */
  barcode_count: number | null;
  /** Worth of the look: 0 callback of a waiting fax, 1 open, 2 final by callback, 3 final by listing. A lower stage never replaces a higher one. A mark of loading: a listing that only confirms a callback leaves it 2. */
  stage: number;
  /** True for test faxes: their cost is shown but not billed, so money sums leave them out. */
  is_test: boolean | null;
  /** sent or received; other words are kept as sent. */
  direction: string | null;
  /** queued, pendingbatch, inprogress, success, failure, partialsuccess; other words are kept and count as open. */
  status: string | null;
  /** listing, lookup (by id) or callback: what kind of look wrote this row. A mark of loading. */
  observed_via: string;
  /** Number set as caller id of a sent fax, E.164. */
  caller_id: string | null;
  /** Sender of a received fax, E.164; null on sent faxes. */
  from_number: string | null;
  /** Own number that received the fax, E.164; null on sent faxes. */
  to_number: string | null;
  /** Name of the sender of a received fax, v2.1 only. */
  caller_name: string | null;
  /** documentConversionError, lineError, faxError, fatalError, generalError; other words are kept. */
  error_type: string | null;
  /** The provider's text (v1 error_code, v2 error_message). */
  error_message: string | null;
  /** Tag name to value as given when the fax was sent; {} when none. */
  tags: ColumnType<unknown, string | undefined, string>;
  /** Fields this version does not know, as sent; null when none. */
  extra: ColumnType<unknown | null, string | null, string | null>;
}

/** Each rent of a number that was seen: one row for each value last_billed_at took. */
export interface WarehousePhoneNumberCharges {
  /** warehouse.accounts.account_id. */
  account_id: number;
  /** warehouse.phone_numbers.phone_number. */
  phone_number: string;
  /** The provider's last_billed_at. */
  billed_at: ColumnType<Date, Date | string, Date | string>;
  /** Monthly rent in US cents as the earliest look that showed this billing listed it. */
  cost_cents: number | null;
  /** Number of that look. */
  observation_no: ColumnType<string, string | number | bigint, string | number | bigint>;
  /** When that look was made. */
  observed_at: ColumnType<Date, Date | string, Date | string>;
}

/** One row for each change of a number between complete listings; leaving the list is a change. */
export interface WarehousePhoneNumberHistory {
  /** warehouse.accounts.account_id. */
  account_id: number;
  /** warehouse.phone_numbers.phone_number. */
  phone_number: string;
  /** Number of the first look that showed this state. */
  observation_no: ColumnType<string, string | number | bigint, string | number | bigint>;
  /** When that look was made. */
  observed_at: ColumnType<Date, Date | string, Date | string>;
  /** False from the first complete listing that no longer shows the number. */
  is_listed: boolean;
  /** As phone_numbers.city from this look on; null while not listed. */
  city: string | null;
  /** As phone_numbers.state from this look on; null while not listed. */
  state: string | null;
  /** As phone_numbers.country from this look on; null while not listed. */
  country: string | null;
  /** Monthly rent in US cents from this look on; null while not listed. */
  cost_cents: number | null;
  /** As phone_numbers.last_billed_at from this look on; null while not listed. */
  last_billed_at: ColumnType<Date | null, Date | string | null, Date | string | null>;
  /** As phone_numbers.provisioned_at from this look on; null while not listed. */
  provisioned_at: ColumnType<Date | null, Date | string | null, Date | string | null>;
  /** As phone_numbers.callback_url from this look on; null while not listed. */
  callback_url: string | null;
  /** As phone_numbers.ata_name from this look on; null while not listed. */
  ata_name: string | null;
  /** As phone_numbers.extra from this look on; null while not listed. */
  extra: ColumnType<unknown | null, string | null, string | null>;
}

/** One row a phone number the account has or had, as last listed. */
export interface WarehousePhoneNumbers {
  /** warehouse.accounts.account_id. */
  account_id: number;
  /** E.164 (v1 number: 10 digits). */
  phone_number: string;
  /** City of the area code; may be a comma list. */
  city: string | null;
  /** State of the area code. */
  state: string | null;
  /** Country, as text; v2 only. */
  country: string | null;
  /** Monthly rent in US cents. */
  cost_cents: number | null;
  /** Last time the rent was taken. v1 sends it without a zone; the zone is a setting. */
  last_billed_at: ColumnType<Date | null, Date | string | null, Date | string | null>;
  /** When the number was bought. */
  provisioned_at: ColumnType<Date | null, Date | string | null, Date | string | null>;
  /** Where callbacks of this number go; v2 only, null when the account's is used. */
  callback_url: string | null;
  /** Name of the attached ATA; v2.1 only, undocumented. */
  ata_name: string | null;
  /** Fields this version does not know; null when none. */
  extra: ColumnType<unknown | null, string | null, string | null>;
  /** Number of the first look that showed the current values. A mark of loading. */
  observation_no: ColumnType<string, string | number | bigint, string | number | bigint>;
  /** When that look was made. A mark of loading. */
  observed_at: ColumnType<Date, Date | string, Date | string>;
  /** Set while complete listings no longer show the number: time of the first such look. */
  missing_since: ColumnType<Date | null, Date | string | null, Date | string | null>;
  /** Equal to missing_since once a second complete listing missed it too; null while listed. */
  released_at: ColumnType<Date | null, Date | string | null, Date | string | null>;
}

/** The provider's price list, dated: one row for each change of a country between complete listings; valid until the next row. */
export interface WarehouseRateCard {
  /** warehouse.accounts.account_id. */
  account_id: number;
  /** Name of the country: the only key both dialects share. */
  country_name: string;
  /** Number of the first look that showed this line. */
  observation_no: ColumnType<string, string | number | bigint, string | number | bigint>;
  /** When that look was made; the true change lies between it and the look before. */
  valid_from: ColumnType<Date, Date | string, Date | string>;
  /** False from the first complete listing without this country; the last listed price is the last known one. */
  is_listed: boolean;
  /** ISO 3166-1 alpha-2; null in v1. */
  alpha2: string | null;
  /** Calling code; null in v1. */
  country_code: number | null;
  /** Price of a page in US cents. */
  price_per_page_cents: number | null;
  /** full, none, or as sent; null in v1. */
  send_support: string | null;
  /** full, none, or as sent; null in v1. */
  receive_support: string | null;
  /** Fields this version does not know; null when none. */
  extra: ColumnType<unknown | null, string | null, string | null>;
}

/** Looks at single faxes: every callback and look-up, the exceptions of listings (stale, missing), and what an incomplete listing showed. All other looks follow from ops.slices. */
export interface OpsFaxLooks {
  /** warehouse.accounts.account_id. */
  account_id: number;
  /** warehouse.faxes.fax_id. */
  fax_id: ColumnType<string, string | number | bigint, string | number | bigint>;
  /** Number of the look. */
  observation_no: ColumnType<string, string | number | bigint, string | number | bigint>;
  /** When the look was made (callbacks: received). */
  requested_at: ColumnType<Date, Date | string, Date | string>;
  /** listing, lookup or callback. */
  observed_via: string;
  /** seen; stale: shown, but worth less than what was already known; missing: a complete look did not show it. */
  outcome: string;
  /** Callbacks: the event as sent; null in v1 and v2 and for other looks. */
  event_type: string | null;
  /** Callbacks: SHA-256 over the signed fields; null for other looks. */
  digest: string | null;
}

/** The load ledger: one row for each landed object, written in the same transaction as its rows. */
export interface OpsLandedObjects {
  /** Key of the object in the landing zone. */
  landed_key: string;
  /** warehouse.accounts.account_id. */
  account_id: number;
  /** Stream of the object: faxes, phone_numbers, ... */
  stream: string;
  /** slice, snapshot, lookup or callback. */
  kind: string;
  /** v1, v2 or v2.1. */
  dialect: string;
  /** Number drawn before the request was sent; orders all looks of an account. */
  observation_no: ColumnType<string, string | number | bigint, string | number | bigint>;
  /** When the request was sent (for callbacks: received). */
  requested_at: ColumnType<Date, Date | string, Date | string>;
  /** When the answer was complete. */
  responded_at: ColumnType<Date, Date | string, Date | string>;
  /** When the object was loaded. */
  loaded_at: ColumnType<Date, Date | string | undefined, Date | string>;
  /** Records of the object that could be read. */
  record_count: number;
  /** Records that made a new row. */
  new_count: number;
  /** Records that changed a row. */
  changed_count: number;
  /** Records that lost against a better look (final against open, late against later). */
  stale_count: number;
  /** Records and values that could not be taken as sent; see rejected_records. */
  rejected_count: number;
}

/** Which migrations this database has been through, one row each, written in the migration's own transaction. */
export interface OpsMigrations {
  /** File name without .sql. */
  migration_name: string;
  /** sha256 of the script as it ran; a script edited later is refused. */
  checksum: string;
  /** When it ran. */
  applied_at: ColumnType<Date, Date | string | undefined, Date | string>;
}

/** What could not be taken as sent: whole records (not in the warehouse) or single values (there, but null or mended). Personal data. */
export interface OpsRejectedRecords {
  /** Short key for the command line. */
  rejected_id: GeneratedAlways<string>;
  /** warehouse.accounts.account_id. */
  account_id: number;
  /** Stream of the object it came in. */
  stream: string;
  /** record: the whole record was refused; value: the record was loaded without this value as sent. */
  scope: string;
  /** fax, recipient, barcode, phone_number, ... */
  object: string;
  /** The provider's id of the record; empty where it could not be read. */
  record_id: string;
  /** JSON path inside the record; $ is the record itself. */
  path: string;
  /** Why, as a stable word. */
  reason: string;
  /** JSON text of what was refused, NUL and lone surrogates escaped. */
  raw: string;
  /** SHA-256 of raw: the same refusal is kept once. */
  raw_digest: string;
  /** How often it was read: by landed objects that showed it, and by retries. */
  occurrences: number;
  /** First landed object that showed it, as loaded. */
  first_landed_key: string;
  /** Last landed object that showed it, as loaded. */
  last_landed_key: string;
  /** Time of the earliest look that showed it. */
  first_seen_at: ColumnType<Date, Date | string, Date | string>;
  /** Time of the latest look that showed it. */
  last_seen_at: ColumnType<Date, Date | string, Date | string>;
  /** When a retry read it without complaint; null while open. */
  resolved_at: ColumnType<Date | null, Date | string | null, Date | string | null>;
}

/** The scripts that made the views of schema report; emptied by every migration, so that the views are rebuilt after it. */
export interface OpsReportScripts {
  /** File name without .sql. */
  script_name: string;
  /** sha256 of the script as it ran. */
  checksum: string;
  /** When it ran. */
  rebuilt_at: ColumnType<Date, Date | string | undefined, Date | string>;
}

/** Where the provider's objects differ from their documentation; counted, never fatal. No personal data. */
export interface OpsSchemaDrift {
  /** warehouse.accounts.account_id. */
  account_id: number;
  /** Stream of the object. */
  stream: string;
  /** v1, v2 or v2.1. */
  dialect: string;
  /** fax, recipient, ... */
  object: string;
  /** The provider's field name. */
  field: string;
  /** unknown_field, unknown_value, unexpected_type or adjusted_value. */
  kind: string;
  /** The unknown word, or what was seen instead. */
  detail: string;
  /** How often it was met. */
  occurrences: ColumnType<string, string | number | bigint, string | number | bigint>;
  /** Time of the earliest look that showed it. */
  first_seen_at: ColumnType<Date, Date | string, Date | string>;
  /** Time of the latest look that showed it. */
  last_seen_at: ColumnType<Date, Date | string, Date | string>;
}

/** Control totals of every complete listing: a slice of the faxes by creation time, or a snapshot of a whole stream. */
export interface OpsSlices {
  /** warehouse.accounts.account_id. */
  account_id: number;
  /** Stream of the listing. */
  stream: string;
  /** Number of the look. */
  observation_no: ColumnType<string, string | number | bigint, string | number | bigint>;
  /** When the look was made. */
  requested_at: ColumnType<Date, Date | string, Date | string>;
  /** Pass that asked: head, +15m, ...; null when not known. */
  pass: string | null;
  /** Creation time covered, [after, before); null for snapshots, which cover everything. */
  created_within: string | null;
  /** False when the listing is not taken as complete: too large a share of known objects was missing (circuit breaker), or a page could not be read. */
  is_complete: boolean;
  /** Objects listed inside the window. */
  record_count: number;
  /** Sum of their cost in US cents; null where the objects have none. */
  cost_cents: ColumnType<string | null, string | number | bigint | null, string | number | bigint | null>;
  /** Hash over id and content hash of the objects, in order of id: equal digest, equal slice. */
  content_digest: string;
  /** Objects known inside the window that this look did not show. */
  missing_count: number;
}

/** One row a pass over a stream of an account: how far in creation time it has landed everything. Moves forward only. */
export interface OpsSyncCursors {
  /** The account's key from the settings. */
  account: string;
  /** The stream, e.g. faxes. */
  stream: string;
  /** The pass: head, backfill, or one that trails the present. */
  pass: string;
  /** Everything created before this instant has been landed by this pass. */
  position_at: ColumnType<Date, Date | string, Date | string>;
  /** Width of the window, in milliseconds, that last filled a page well; a hint only. Null where none is known. */
  width_ms: ColumnType<string | null, string | number | bigint | null, string | number | bigint | null>;
  /** When the cursor was last moved, by the mover's clock. */
  moved_at: ColumnType<Date, Date | string, Date | string>;
  /** Fencing number of the lease under which it was moved; once an account has a higher one, lower ones may move none of its cursors. */
  fence: ColumnType<string, string | number | bigint, string | number | bigint>;
}

/** Callbacks already taken, so that a repeated one does nothing. Rows a day past their expiry are removed by later writes. */
export interface OpsSyncDigests {
  /** The account's key from the settings. */
  account: string;
  /** Lowercase hex SHA-256 of all signed fields of the callback. */
  digest: string;
  /** From here on the digest counts as unknown, whether or not the row is still there. */
  expires_at: ColumnType<Date, Date | string, Date | string>;
}

/** One row an account: its observation counter, the lease of its one puller, and the bucket of provider calls shared by all functions. Written by single conditional statements only. */
export interface OpsSyncState {
  /** The account's key from the settings. */
  account: string;
  /** The highest observation number given out; 0 where none was. Numbers rise, gaps are normal: a number is drawn before the request it belongs to. */
  last_observation: ColumnType<string, string | number | bigint | undefined, string | number | bigint>;
  /** Who pulls this account now; null when nobody does. A name made for one run, not a person. */
  lease_holder: string | null;
  /** How often the lease was taken; each holder's number is higher than those before, and a late writer with a lower one is refused. 0 where it never was. */
  lease_fence: ColumnType<string, string | number | bigint | undefined, string | number | bigint>;
  /** From here on somebody else may take the lease; the caller's clock. Null where it never was taken. */
  lease_expires_at: ColumnType<Date | null, Date | string | null, Date | string | null>;
  /** When the bucket of provider calls would be full again if nothing more were taken. Null where nothing ever was. */
  bucket_full_at: ColumnType<Date | null, Date | string | null, Date | string | null>;
  /** No provider call before this: the provider said to slow down. Null where it never did. */
  bucket_drained_until: ColumnType<Date | null, Date | string | null, Date | string | null>;
}

/** The watch list: single faxes that the next pull fetches by id, since looks at them disagree or they stay open too long. */
export interface OpsSyncWatchedFaxes {
  /** The account's key from the settings. */
  account: string;
  /** The provider's id of the fax. */
  fax_id: ColumnType<string, string | number | bigint, string | number | bigint>;
  /** Why it is here, as first given: looks_disagree or open_too_long. */
  reason: string;
  /** Not to be fetched before this instant. */
  due_at: ColumnType<Date, Date | string, Date | string>;
  /** How often it was fetched since it came onto the list. */
  attempts: ColumnType<number, number | undefined, number>;
}

/** Every table and view by its qualified name. */
export interface DB {
  'warehouse.account_grants': WarehouseAccountGrants;
  'warehouse.account_snapshots': WarehouseAccountSnapshots;
  'warehouse.accounts': WarehouseAccounts;
  'warehouse.error_codes': WarehouseErrorCodes;
  'warehouse.fax_barcodes': WarehouseFaxBarcodes;
  'warehouse.fax_history': WarehouseFaxHistory;
  'warehouse.fax_recipients': WarehouseFaxRecipients;
  'warehouse.faxes': WarehouseFaxes;
  'warehouse.phone_number_charges': WarehousePhoneNumberCharges;
  'warehouse.phone_number_history': WarehousePhoneNumberHistory;
  'warehouse.phone_numbers': WarehousePhoneNumbers;
  'warehouse.rate_card': WarehouseRateCard;
  'ops.fax_looks': OpsFaxLooks;
  'ops.landed_objects': OpsLandedObjects;
  'ops.migrations': OpsMigrations;
  'ops.rejected_records': OpsRejectedRecords;
  'ops.report_scripts': OpsReportScripts;
  'ops.schema_drift': OpsSchemaDrift;
  'ops.slices': OpsSlices;
  'ops.sync_cursors': OpsSyncCursors;
  'ops.sync_digests': OpsSyncDigests;
  'ops.sync_state': OpsSyncState;
  'ops.sync_watched_faxes': OpsSyncWatchedFaxes;
}
