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

/** One row for each change of a row of addresses between complete listings; leaving the list is a change. */
export interface WarehouseAddressHistory {
  /** warehouse.accounts.account_id. */
  account_id: number;
  /** warehouse.addresses.address_id. */
  address_id: ColumnType<string, string | number | bigint, string | number | bigint>;
  /** As addresses.end_subscriber_type from this look on; null while not listed. */
  end_subscriber_type: string | null;
  /** As addresses.company_name from this look on; null while not listed. */
  company_name: string | null;
  /** As addresses.first_name from this look on; null while not listed. */
  first_name: string | null;
  /** As addresses.last_name from this look on; null while not listed. */
  last_name: string | null;
  /** As addresses.phone_number from this look on; null while not listed. */
  phone_number: string | null;
  /** As addresses.email_address from this look on; null while not listed. */
  email_address: string | null;
  /** As addresses.vat_number from this look on; null while not listed. */
  vat_number: string | null;
  /** As addresses.street from this look on; null while not listed. */
  street: string | null;
  /** As addresses.street_number from this look on; null while not listed. */
  street_number: string | null;
  /** As addresses.residence from this look on; null while not listed. */
  residence: string | null;
  /** As addresses.floor from this look on; null while not listed. */
  floor: string | null;
  /** As addresses.box from this look on; null while not listed. */
  box: string | null;
  /** As addresses.postal_code from this look on; null while not listed. */
  postal_code: string | null;
  /** As addresses.city from this look on; null while not listed. */
  city: string | null;
  /** As addresses.state from this look on; null while not listed. */
  state: string | null;
  /** As addresses.country from this look on; null while not listed. */
  country: string | null;
  /** As addresses.service_usage from this look on; null while not listed. */
  service_usage: string | null;
  /** As addresses.extra from this look on; null while not listed. */
  extra: ColumnType<unknown | null, string | null, string | null>;
  /** Number of the first look that showed this state. */
  observation_no: ColumnType<string, string | number | bigint, string | number | bigint>;
  /** When that look was made. */
  observed_at: ColumnType<Date, Date | string, Date | string>;
  /** False from the first complete listing that no longer shows the object. */
  is_listed: boolean;
}

/** One row an address of a number's owner, as last listed; only where FAXSYNC_UNDOCUMENTED_STREAMS names it. Personal data. */
export interface WarehouseAddresses {
  /** warehouse.accounts.account_id. */
  account_id: number;
  /** The provider's id of the address. */
  address_id: ColumnType<string, string | number | bigint, string | number | bigint>;
  /** company or individual; other words are kept as sent. */
  end_subscriber_type: string | null;
  /** Company that owns the number; null for individuals. */
  company_name: string | null;
  /** First name of the individual; null for companies. */
  first_name: string | null;
  /** Last name of the individual; null for companies. */
  last_name: string | null;
  /** Phone number of the owner, E.164 where it could be read, else as sent. */
  phone_number: string | null;
  /** Email address of the owner. */
  email_address: string | null;
  /** Value added tax number. */
  vat_number: string | null;
  /** Street. */
  street: string | null;
  /** Number in the street. */
  street_number: string | null;
  /** Name of the residence. */
  residence: string | null;
  /** Floor. */
  floor: string | null;
  /** Box. */
  box: string | null;
  /** Postal code. */
  postal_code: string | null;
  /** City. */
  city: string | null;
  /** State, province or territory. */
  state: string | null;
  /** ISO 3166-1 alpha-2. */
  country: string | null;
  /** What the address is used for, as given by the user. */
  service_usage: string | null;
  /** Fields this version does not know, as sent; null when none. */
  extra: ColumnType<unknown | null, string | null, string | null>;
  /** Number of the first look that showed the current values. A mark of loading. */
  observation_no: ColumnType<string, string | number | bigint, string | number | bigint>;
  /** When that look was made. A mark of loading. */
  observed_at: ColumnType<Date, Date | string, Date | string>;
  /** Set once two complete listings no longer showed the object: time of the first of them. Null while listed, and after only one. */
  gone_at_source_at: ColumnType<Date | null, Date | string | null, Date | string | null>;
}

/** One row for each change of a row of atas between complete listings; leaving the list is a change. */
export interface WarehouseAtaHistory {
  /** warehouse.accounts.account_id. */
  account_id: number;
  /** warehouse.atas.ata_id. */
  ata_id: ColumnType<string, string | number | bigint, string | number | bigint>;
  /** As atas.name from this look on; null while not listed. */
  name: string | null;
  /** As atas.description from this look on; null while not listed. */
  description: string | null;
  /** As atas.user_phone_number from this look on; null while not listed. */
  user_phone_number: string | null;
  /** As atas.domain from this look on; null while not listed. */
  domain: string | null;
  /** As atas.mac_address from this look on; null while not listed. */
  mac_address: string | null;
  /** As atas.last_registered_at from this look on; null while not listed. */
  last_registered_at: ColumnType<Date | null, Date | string | null, Date | string | null>;
  /** As atas.expires_at from this look on; null while not listed. */
  expires_at: ColumnType<Date | null, Date | string | null, Date | string | null>;
  /** As atas.user_agent from this look on; null while not listed. */
  user_agent: string | null;
  /** As atas.sip_uri from this look on; null while not listed. */
  sip_uri: string | null;
  /** As atas.group_name from this look on; null while not listed. */
  group_name: string | null;
  /** As atas.extra from this look on; null while not listed. */
  extra: ColumnType<unknown | null, string | null, string | null>;
  /** Number of the first look that showed this state. */
  observation_no: ColumnType<string, string | number | bigint, string | number | bigint>;
  /** When that look was made. */
  observed_at: ColumnType<Date, Date | string, Date | string>;
  /** False from the first complete listing that no longer shows the object. */
  is_listed: boolean;
}

/** One row an analog telephone adapter (ATA) the account has or had, as last listed; v2.1 only. User names and passwords are never stored. */
export interface WarehouseAtas {
  /** warehouse.accounts.account_id. */
  account_id: number;
  /** The provider's id of the adapter. */
  ata_id: ColumnType<string, string | number | bigint, string | number | bigint>;
  /** Name given to it. */
  name: string | null;
  /** Description given to it. */
  description: string | null;
  /** Phone number attached to it, E.164 where it could be read, else as sent. */
  user_phone_number: string | null;
  /** Domain it registers with. The provider's page lists "domain" twice; the second is mac_address. */
  domain: string | null;
  /** MAC address, 12 hexadecimal digits, as sent. */
  mac_address: string | null;
  /** When it last registered (last_registered, undocumented); null when never. */
  last_registered_at: ColumnType<Date | null, Date | string | null, Date | string | null>;
  /** When that registration ends (expiry_time, undocumented). */
  expires_at: ColumnType<Date | null, Date | string | null, Date | string | null>;
  /** What it calls itself (undocumented). */
  user_agent: string | null;
  /** Where it registered from (undocumented), without the user's part, which is its user name. */
  sip_uri: string | null;
  /** Group it belongs to (group, undocumented). */
  group_name: string | null;
  /** Fields this version does not know, as sent; null when none. */
  extra: ColumnType<unknown | null, string | null, string | null>;
  /** Number of the first look that showed the current values. A mark of loading. */
  observation_no: ColumnType<string, string | number | bigint, string | number | bigint>;
  /** When that look was made. A mark of loading. */
  observed_at: ColumnType<Date, Date | string, Date | string>;
  /** Set once two complete listings no longer showed the object: time of the first of them. Null while listed, and after only one. */
  gone_at_source_at: ColumnType<Date | null, Date | string | null, Date | string | null>;
}

/** One row for each change of a row of blocking_rules between complete listings; leaving the list is a change. */
export interface WarehouseBlockingRuleHistory {
  /** warehouse.accounts.account_id. */
  account_id: number;
  /** warehouse.blocking_rules.blocking_rule_id. */
  blocking_rule_id: ColumnType<string, string | number | bigint, string | number | bigint>;
  /** As blocking_rules.direction from this look on; null while not listed. */
  direction: string | null;
  /** As blocking_rules.from_rule from this look on; null while not listed. */
  from_rule: string | null;
  /** As blocking_rules.to_rule from this look on; null while not listed. */
  to_rule: string | null;
  /** As blocking_rules.is_locked from this look on; null while not listed. */
  is_locked: boolean | null;
  /** As blocking_rules.extra from this look on; null while not listed. */
  extra: ColumnType<unknown | null, string | null, string | null>;
  /** Number of the first look that showed this state. */
  observation_no: ColumnType<string, string | number | bigint, string | number | bigint>;
  /** When that look was made. */
  observed_at: ColumnType<Date, Date | string, Date | string>;
  /** False from the first complete listing that no longer shows the object. */
  is_listed: boolean;
}

/** One row a rule by which the provider refuses faxes of the account, as last listed; v2.1 only. Personal data: rules name numbers. */
export interface WarehouseBlockingRules {
  /** warehouse.accounts.account_id. */
  account_id: number;
  /** The provider's id of the rule. */
  blocking_rule_id: ColumnType<string, string | number | bigint, string | number | bigint>;
  /** send or receive (not sent and received, as for faxes); other words are kept as sent. */
  direction: string | null;
  /** Source it blocks (from): *, a country (alpha-2), or an E.164 number; as sent. */
  from_rule: string | null;
  /** Destination it blocks (to): *, a country (alpha-2), or an E.164 number; as sent. */
  to_rule: string | null;
  /** True where only the provider can change the rule. */
  is_locked: boolean | null;
  /** Fields this version does not know, as sent; null when none. */
  extra: ColumnType<unknown | null, string | null, string | null>;
  /** Number of the first look that showed the current values. A mark of loading. */
  observation_no: ColumnType<string, string | number | bigint, string | number | bigint>;
  /** When that look was made. A mark of loading. */
  observed_at: ColumnType<Date, Date | string, Date | string>;
  /** Set once two complete listings no longer showed the object: time of the first of them. Null while listed, and after only one. */
  gone_at_source_at: ColumnType<Date | null, Date | string | null, Date | string | null>;
}

/** Every charge and credit that was seen, one row each: the price of a fax, what was credited of it, a month's rent of a number. Test faxes are not billed and have none. Days are those of the account's billing zone. */
export interface WarehouseCharges {
  /** warehouse.accounts.account_id. */
  account_id: ColumnType<number | null, never, never>;
  /** usage: price of a fax; credit: what was given back of it; rent: a month of a number. */
  charge_kind: ColumnType<string | null, never, never>;
  /** warehouse.faxes.fax_id; null for rents. */
  fax_id: ColumnType<string | null, never, never>;
  /** Own number the rent is for; null for faxes. */
  phone_number: ColumnType<string | null, never, never>;
  /** Number of the first look that showed it. */
  observation_no: ColumnType<string | null, never, never>;
  /** When the fax was requested or received; when the month of the rent begins. */
  used_at: ColumnType<Date | null, never, never>;
  /** That day. */
  usage_date: ColumnType<string | null, never, never>;
  /** When the provider moved the money: taken at the fax's own time, given back at the latest by the look that showed it. */
  posted_at: ColumnType<Date | null, never, never>;
  /** That day. */
  posting_date: ColumnType<string | null, never, never>;
  /** When that look was made. */
  observed_at: ColumnType<Date | null, never, never>;
  /** sent or received; null for rents. */
  direction: ColumnType<string | null, never, never>;
  /** Pages of the fax at that look; 1 month for rents. */
  quantity: ColumnType<number | null, never, never>;
  /** US cents: above zero taken from the account, below zero given back. */
  cents: ColumnType<string | null, never, never>;
}

/** What a country may be called in the provider's price list. Seeded, shared by all accounts. */
export interface WarehouseCountryNames {
  /** The name in lower case. */
  country_name: string;
  /** ISO 3166-1 alpha-2 (and XK) of the country. */
  alpha2: string;
}

/** One row for each change of a row of detected_atas between complete listings; leaving the list is a change. */
export interface WarehouseDetectedAtaHistory {
  /** warehouse.accounts.account_id. */
  account_id: number;
  /** warehouse.detected_atas.mac_address. */
  mac_address: string;
  /** As detected_atas.user_agent from this look on; null while not listed. */
  user_agent: string | null;
  /** As detected_atas.last_seen_at from this look on; null while not listed. */
  last_seen_at: ColumnType<Date | null, Date | string | null, Date | string | null>;
  /** As detected_atas.extra from this look on; null while not listed. */
  extra: ColumnType<unknown | null, string | null, string | null>;
  /** Number of the first look that showed this state. */
  observation_no: ColumnType<string, string | number | bigint, string | number | bigint>;
  /** When that look was made. */
  observed_at: ColumnType<Date, Date | string, Date | string>;
  /** False from the first complete listing that no longer shows the object. */
  is_listed: boolean;
}

/** One row an adapter the provider noticed without its being set up, as last listed; only where FAXSYNC_UNDOCUMENTED_STREAMS names it. */
export interface WarehouseDetectedAtas {
  /** warehouse.accounts.account_id. */
  account_id: number;
  /** Its MAC address, as sent. */
  mac_address: string;
  /** What it calls itself. */
  user_agent: string | null;
  /** When it was last noticed (last_seen). */
  last_seen_at: ColumnType<Date | null, Date | string | null, Date | string | null>;
  /** Fields this version does not know, as sent; null when none. */
  extra: ColumnType<unknown | null, string | null, string | null>;
  /** Number of the first look that showed the current values. A mark of loading. */
  observation_no: ColumnType<string, string | number | bigint, string | number | bigint>;
  /** When that look was made. A mark of loading. */
  observed_at: ColumnType<Date, Date | string, Date | string>;
  /** Set once two complete listings no longer showed the object: time of the first of them. Null while listed, and after only one. */
  gone_at_source_at: ColumnType<Date | null, Date | string | null, Date | string | null>;
}

/** Country of a telephone number by its leading digits; the longest prefix wins. Seeded, shared by all accounts. */
export interface WarehouseDialPrefixes {
  /** Leading digits of the E.164 number, without the plus sign. */
  prefix: string;
  /** ISO 3166-1 alpha-2 (and XK) of the country. */
  alpha2: string;
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
  /** False for recipients of test faxes, of faxes gone at the source and of faxes without created_at: reports of outcomes leave them out. Follows the fax; null only where there is no fax. */
  is_counted: boolean | null;
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

/** One row a PhaxCode that was looked up because a barcode of a received fax names it. Personal data. A code without a row was not asked for yet, or is not known to the provider. */
export interface WarehousePhaxCodes {
  /** warehouse.accounts.account_id. */
  account_id: number;
  /** Identifier without the "px:" that some barcodes put before it: regexp_replace(fax_barcodes.identifier, '^px:', ''). */
  identifier: string;
  /** What was stored with the code when it was made; null when nothing was, or it was not sent. */
  metadata: string | null;
  /** When the code was made. Seen to move by six hours over the years: never part of a key. */
  created_at: ColumnType<Date | null, Date | string | null, Date | string | null>;
  /** Fields this version does not know, as sent; null when none. */
  extra: ColumnType<unknown | null, string | null, string | null>;
  /** Number of the look-up that showed the current values. A mark of loading. */
  observation_no: ColumnType<string, string | number | bigint, string | number | bigint>;
  /** When that look-up was made. A mark of loading. */
  observed_at: ColumnType<Date, Date | string, Date | string>;
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

/** One row for each change of a row of port_numbers between complete listings; leaving the list is a change. */
export interface WarehousePortNumberHistory {
  /** warehouse.accounts.account_id. */
  account_id: number;
  /** warehouse.port_numbers.port_number_id. */
  port_number_id: ColumnType<string, string | number | bigint, string | number | bigint>;
  /** As port_numbers.port_order_id from this look on; null while not listed. */
  port_order_id: ColumnType<string | null, string | number | bigint | null, string | number | bigint | null>;
  /** As port_numbers.port_number from this look on; null while not listed. */
  port_number: string | null;
  /** As port_numbers.status from this look on; null while not listed. */
  status: string | null;
  /** As port_numbers.extra from this look on; null while not listed. */
  extra: ColumnType<unknown | null, string | null, string | null>;
  /** Number of the first look that showed this state. */
  observation_no: ColumnType<string, string | number | bigint, string | number | bigint>;
  /** When that look was made. */
  observed_at: ColumnType<Date, Date | string, Date | string>;
  /** False from the first complete listing that no longer shows the object. */
  is_listed: boolean;
}

/** One row for each change of a row of port_number_notes between complete listings; leaving the list is a change. */
export interface WarehousePortNumberNoteHistory {
  /** warehouse.accounts.account_id. */
  account_id: number;
  /** warehouse.port_number_notes.port_number_id. */
  port_number_id: ColumnType<string, string | number | bigint, string | number | bigint>;
  /** warehouse.port_number_notes.note_id. */
  note_id: ColumnType<string, string | number | bigint, string | number | bigint>;
  /** As port_number_notes.note from this look on; null while not listed. */
  note: string | null;
  /** As port_number_notes.author from this look on; null while not listed. */
  author: string | null;
  /** As port_number_notes.created_at from this look on; null while not listed. */
  created_at: ColumnType<Date | null, Date | string | null, Date | string | null>;
  /** As port_number_notes.updated_at from this look on; null while not listed. */
  updated_at: ColumnType<Date | null, Date | string | null, Date | string | null>;
  /** As port_number_notes.extra from this look on; null while not listed. */
  extra: ColumnType<unknown | null, string | null, string | null>;
  /** Number of the first look that showed this state. */
  observation_no: ColumnType<string, string | number | bigint, string | number | bigint>;
  /** When that look was made. */
  observed_at: ColumnType<Date, Date | string, Date | string>;
  /** False from the first complete listing that no longer shows the object. */
  is_listed: boolean;
}

/** One row a note on a number of a port order, as last listed; v2.1 only. Personal data: free text. */
export interface WarehousePortNumberNotes {
  /** warehouse.accounts.account_id. */
  account_id: number;
  /** warehouse.port_numbers.port_number_id. */
  port_number_id: ColumnType<string, string | number | bigint, string | number | bigint>;
  /** The provider's id of the note. */
  note_id: ColumnType<string, string | number | bigint, string | number | bigint>;
  /** The text. */
  note: string | null;
  /** Who wrote it. */
  author: string | null;
  /** When it was written. */
  created_at: ColumnType<Date | null, Date | string | null, Date | string | null>;
  /** When it last changed. */
  updated_at: ColumnType<Date | null, Date | string | null, Date | string | null>;
  /** Fields this version does not know, as sent; null when none. */
  extra: ColumnType<unknown | null, string | null, string | null>;
  /** Number of the first look that showed the current values. A mark of loading. */
  observation_no: ColumnType<string, string | number | bigint, string | number | bigint>;
  /** When that look was made. A mark of loading. */
  observed_at: ColumnType<Date, Date | string, Date | string>;
  /** Set once two complete listings no longer showed the object: time of the first of them. Null while listed, and after only one. */
  gone_at_source_at: ColumnType<Date | null, Date | string | null, Date | string | null>;
}

/** One row a number of a port order, as last listed; v2.1 only. Personal data. */
export interface WarehousePortNumbers {
  /** warehouse.accounts.account_id. */
  account_id: number;
  /** The provider's id of the number in the order. */
  port_number_id: ColumnType<string, string | number | bigint, string | number | bigint>;
  /** warehouse.port_orders.port_order_id. */
  port_order_id: ColumnType<string | null, string | number | bigint | null, string | number | bigint | null>;
  /** Number to be brought, E.164 where it could be read, else as sent. */
  port_number: string | null;
  /** open, submitted, needinfo, succeeded or failed; other words are kept and count as open. */
  status: string | null;
  /** Fields this version does not know, as sent; null when none. */
  extra: ColumnType<unknown | null, string | null, string | null>;
  /** Number of the first look that showed the current values. A mark of loading. */
  observation_no: ColumnType<string, string | number | bigint, string | number | bigint>;
  /** When that look was made. A mark of loading. */
  observed_at: ColumnType<Date, Date | string, Date | string>;
  /** Set once two complete listings no longer showed the object: time of the first of them. Null while listed, and after only one. */
  gone_at_source_at: ColumnType<Date | null, Date | string | null, Date | string | null>;
}

/** One row for each change of a row of port_orders between complete listings; leaving the list is a change. */
export interface WarehousePortOrderHistory {
  /** warehouse.accounts.account_id. */
  account_id: number;
  /** warehouse.port_orders.port_order_id. */
  port_order_id: ColumnType<string, string | number | bigint, string | number | bigint>;
  /** As port_orders.status from this look on; null while not listed. */
  status: string | null;
  /** As port_orders.port_type from this look on; null while not listed. */
  port_type: string | null;
  /** As port_orders.quantity from this look on; null while not listed. */
  quantity: number | null;
  /** As port_orders.number_count from this look on; null while not listed. */
  number_count: number | null;
  /** As port_orders.created_at from this look on; null while not listed. */
  created_at: ColumnType<Date | null, Date | string | null, Date | string | null>;
  /** As port_orders.updated_at from this look on; null while not listed. */
  updated_at: ColumnType<Date | null, Date | string | null, Date | string | null>;
  /** As port_orders.requested_for from this look on; null while not listed. */
  requested_for: ColumnType<Date | null, Date | string | null, Date | string | null>;
  /** As port_orders.completed_at from this look on; null while not listed. */
  completed_at: ColumnType<Date | null, Date | string | null, Date | string | null>;
  /** As port_orders.bill_received_at from this look on; null while not listed. */
  bill_received_at: ColumnType<Date | null, Date | string | null, Date | string | null>;
  /** As port_orders.provider_name from this look on; null while not listed. */
  provider_name: string | null;
  /** As port_orders.account_identifier from this look on; null while not listed. */
  account_identifier: string | null;
  /** As port_orders.name_on_account from this look on; null while not listed. */
  name_on_account: string | null;
  /** As port_orders.name_of_business from this look on; null while not listed. */
  name_of_business: string | null;
  /** As port_orders.contact_number from this look on; null while not listed. */
  contact_number: string | null;
  /** As port_orders.contact_email from this look on; null while not listed. */
  contact_email: string | null;
  /** As port_orders.billing_number from this look on; null while not listed. */
  billing_number: string | null;
  /** As port_orders.billing_address1 from this look on; null while not listed. */
  billing_address1: string | null;
  /** As port_orders.billing_address2 from this look on; null while not listed. */
  billing_address2: string | null;
  /** As port_orders.billing_city from this look on; null while not listed. */
  billing_city: string | null;
  /** As port_orders.billing_state from this look on; null while not listed. */
  billing_state: string | null;
  /** As port_orders.billing_zip from this look on; null while not listed. */
  billing_zip: string | null;
  /** As port_orders.is_billing_zip_numeric from this look on; null while not listed. */
  is_billing_zip_numeric: boolean | null;
  /** As port_orders.esig from this look on; null while not listed. */
  esig: string | null;
  /** As port_orders.extra from this look on; null while not listed. */
  extra: ColumnType<unknown | null, string | null, string | null>;
  /** Number of the first look that showed this state. */
  observation_no: ColumnType<string, string | number | bigint, string | number | bigint>;
  /** When that look was made. */
  observed_at: ColumnType<Date, Date | string, Date | string>;
  /** False from the first complete listing that no longer shows the object. */
  is_listed: boolean;
}

/** One row an order to bring numbers from another carrier, as last listed; v2.1 only. Personal data. The PIN for porting out is never stored. */
export interface WarehousePortOrders {
  /** warehouse.accounts.account_id. */
  account_id: number;
  /** The provider's id of the order. */
  port_order_id: ColumnType<string, string | number | bigint, string | number | bigint>;
  /** open, submitted, needinfo, succeeded or failed; other words are kept and count as open. Its numbers may differ. */
  status: string | null;
  /** business or residential; other words are kept as sent. */
  port_type: string | null;
  /** Numbers in the order, as the provider says; may differ from number_count. */
  quantity: number | null;
  /** Numbers the order listed (rows of port_numbers); null when it sent no list. */
  number_count: number | null;
  /** When the order was made. */
  created_at: ColumnType<Date | null, Date | string | null, Date | string | null>;
  /** When it last changed. */
  updated_at: ColumnType<Date | null, Date | string | null, Date | string | null>;
  /** When it was asked to complete. */
  requested_for: ColumnType<Date | null, Date | string | null, Date | string | null>;
  /** When it completed; null while under way. */
  completed_at: ColumnType<Date | null, Date | string | null, Date | string | null>;
  /** When the carrier's bill arrived. */
  bill_received_at: ColumnType<Date | null, Date | string | null, Date | string | null>;
  /** Carrier that loses the numbers. */
  provider_name: string | null;
  /** Account of the numbers at that carrier. */
  account_identifier: string | null;
  /** Name on that account. */
  name_on_account: string | null;
  /** Business on that account. */
  name_of_business: string | null;
  /** Contact for the order, E.164 where it could be read, else as sent. */
  contact_number: string | null;
  /** Contact for the order. */
  contact_email: string | null;
  /** Billing number of that account, E.164 where it could be read, else as sent. */
  billing_number: string | null;
  /** Billing address, first line. */
  billing_address1: string | null;
  /** Billing address, second line. */
  billing_address2: string | null;
  /** Billing address, city. */
  billing_city: string | null;
  /** Billing address, state. */
  billing_state: string | null;
  /** Billing address, ZIP code, as sent. */
  billing_zip: string | null;
  /** True where the ZIP code was sent as a number, so that leading zeros may be lost; null when none was sent. */
  is_billing_zip_numeric: boolean | null;
  /** Electronic signature (undocumented). */
  esig: string | null;
  /** Fields this version does not know, as sent; null when none. */
  extra: ColumnType<unknown | null, string | null, string | null>;
  /** Number of the first look that showed the current values. A mark of loading. */
  observation_no: ColumnType<string, string | number | bigint, string | number | bigint>;
  /** When that look was made. A mark of loading. */
  observed_at: ColumnType<Date, Date | string, Date | string>;
  /** Set once two complete listings no longer showed the object: time of the first of them. Null while listed, and after only one. */
  gone_at_source_at: ColumnType<Date | null, Date | string | null, Date | string | null>;
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

/** When the rent of each number was due while the mirror saw it, one row a number and month, with the billing that was seen for it. What is missing or too much is for the reconciliation to judge. */
export interface WarehouseRentSchedule {
  /** warehouse.accounts.account_id. */
  account_id: ColumnType<number | null, never, never>;
  /** warehouse.phone_numbers.phone_number. */
  phone_number: ColumnType<string | null, never, never>;
  /** When the number was bought; one that was given back and bought again has two. */
  provisioned_at: ColumnType<Date | null, never, never>;
  /** How many months after it; 0 is the rent of the purchase. */
  month_no: ColumnType<number | null, never, never>;
  /** When the rent is due: same day and time by UTC, or the last day of a shorter month. */
  expected_at: ColumnType<Date | null, never, never>;
  /** The same where the days that a shorter month lacks are carried on into the next one; nobody knows which of the two the provider does. */
  overflow_at: ColumnType<Date | null, never, never>;
  /** Day of expected_at in the account's billing zone. */
  usage_date: ColumnType<string | null, never, never>;
  /** First look that no longer showed the number so; null while it is listed. */
  left_at: ColumnType<Date | null, never, never>;
  /** The billing nearest to it, within 3 days; null where none was seen. */
  billed_at: ColumnType<Date | null, never, never>;
  /** US cents of that billing; null where none was seen or no cost was sent. */
  cost_cents: ColumnType<number | null, never, never>;
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

/** What recipients of faxes that were over said before a later look changed, added or removed them: one row a look and recipient. Personal data. */
export interface OpsFaxRecipientChanges {
  /** warehouse.accounts.account_id. */
  account_id: number;
  /** warehouse.faxes.fax_id. */
  fax_id: ColumnType<string, string | number | bigint, string | number | bigint>;
  /** Number of the look that changed the recipient. */
  observation_no: ColumnType<string, string | number | bigint, string | number | bigint>;
  /** When that look was made; before it, what stands here was known. */
  observed_at: ColumnType<Date, Date | string, Date | string>;
  /** fax_recipients.ordinal. */
  ordinal: number;
  /** False where the look added the recipient: before it there was none. */
  was_present: boolean;
  /** fax_recipients.phone_number before the look; null where there was none. */
  phone_number: string | null;
  /** fax_recipients.status before the look; null where there was none. */
  status: string | null;
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
  /** Name of the migration that code must know to work on the schema after this one; null: every older code does. */
  needs_code: string | null;
}

/** How much of ops.rejected_records is open and how much was resolved, by kind. No personal data: readers may see it. */
export interface OpsRejectedCounts {
  /** warehouse.accounts.account_id. */
  account_id: ColumnType<number | null, never, never>;
  /** Stream of the object it came in. */
  stream: ColumnType<string | null, never, never>;
  /** record: whole records were refused; value: records were loaded without a value as sent. */
  scope: ColumnType<string | null, never, never>;
  /** fax, recipient, barcode, phone_number, ... */
  object: ColumnType<string | null, never, never>;
  /** Why, as a stable word. */
  reason: ColumnType<string | null, never, never>;
  /** Records and values that no retry has read without complaint. */
  open_count: ColumnType<string | null, never, never>;
  /** Records and values that a retry has read since. */
  resolved_count: ColumnType<string | null, never, never>;
  /** Time of the earliest look that showed an open one; null where none is open. */
  open_since_at: ColumnType<Date | null, never, never>;
  /** Time of the latest look that showed an open one; null where none is open. */
  open_seen_at: ColumnType<Date | null, never, never>;
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
  /** Object whose own list this was, where a list exists once for each of them (notes of a number being ported); null elsewhere. */
  subject_id: string | null;
  /** Keys of the objects that an incomplete snapshot showed, since it speaks for nothing else; null for complete ones, and for slices of faxes. Personal data where the key is a phone number. */
  shown_keys: string[] | null;
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

/** The watch list: single objects that the next pull fetches by id. Faxes whose looks disagree or that stay open too long, and PhaxCodes of which nothing is stored yet. */
export interface OpsSyncWatchedObjects {
  /** The account's key from the settings. */
  account: string;
  /** The provider's id of the object: a fax's digits, or a PhaxCode's identifier as the barcode has it, without "px:". The latter may be personal data. */
  subject_id: string;
  /** Why it is here, as first given: looks_disagree, open_too_long or not_looked_up. */
  reason: string;
  /** Not to be fetched before this instant. */
  due_at: ColumnType<Date, Date | string, Date | string>;
  /** How often it was fetched since it came onto the list. */
  attempts: ColumnType<number, number | undefined, number>;
  /** The stream the object belongs to: faxes or phax_codes. */
  stream: string;
}

/** Every charge of every month, one row a line: closed months as they were closed, the others as they are now, with what changed in closed months since. Figures of a closed month never change. What costs nothing has no line. */
export interface ReconBill {
  /** warehouse.accounts.account_id. */
  account_id: ColumnType<number | null, never, never>;
  /** Month in whose bill the line stands, its first day. */
  billing_period: ColumnType<string | null, never, never>;
  /** Month in which the fax was sent or received or the rent was due; earlier than billing_period in corrections. */
  charge_period: ColumnType<string | null, never, never>;
  /** That day, in the account's billing zone. */
  usage_date: ColumnType<string | null, never, never>;
  /** fax: its price less what was credited of it; rent: a month of a number. */
  charge_kind: ColumnType<string | null, never, never>;
  /** Id of the fax; own number and instant of the rent. */
  subject_id: ColumnType<string | null, never, never>;
  /** True where the line changes what an earlier closed month said. */
  is_correction: ColumnType<boolean | null, never, never>;
  /** True where the line was closed and never changes; false where it is what stands now. */
  is_closed: ColumnType<boolean | null, never, never>;
  /** Pages of the fax, or 1 month, beyond those of earlier lines; null where not known. */
  quantity: ColumnType<number | null, never, never>;
  /** US cents; below zero where a correction gives back. */
  cents: ColumnType<string | null, never, never>;
}

/** The lines of closed months: one row a fax or rent and closing, with what that closing added. The sum of a subject's lines is what it was billed. Never changed. */
export interface ReconBillLines {
  /** warehouse.accounts.account_id. */
  account_id: number;
  /** Month in whose bill the line stands. */
  billing_period: string;
  /** recon.closings.closing_no. */
  closing_no: number;
  /** Month in which the fax was sent or the rent was due; earlier than billing_period in corrections. */
  charge_period: string;
  /** That day, in the account's billing zone. */
  usage_date: string;
  /** fax: its price less credits; rent: a month of a number. */
  charge_kind: string;
  /** Id of the fax; number and instant of the rent. */
  subject_id: string;
  /** True where the line changes what an earlier closed month said. */
  is_correction: boolean;
  /** Pages of the fax, or 1 month, beyond those of earlier lines of it; null where not known. */
  quantity: number | null;
  /** US cents. */
  cents: ColumnType<string, string | number | bigint, string | number | bigint>;
}

/** The items of a month as they stood when it was closed. Never changed. */
export interface ReconClosingItems {
  /** warehouse.accounts.account_id. */
  account_id: number;
  /** recon.closings.period. */
  period: string;
  /** recon.closings.closing_no. */
  closing_no: number;
  /** recon.items.item_id. */
  item_id: ColumnType<string, string | number | bigint, string | number | bigint>;
  /** As recon.items.check_id. */
  check_id: string;
  /** As recon.items.subject_kind. */
  subject_kind: string;
  /** As recon.items.subject_id. */
  subject_id: string;
  /** As recon.items.reason then. */
  reason: string;
  /** As recon.items.severity then. */
  severity: string;
  /** As recon.items.state then. */
  state: string;
  /** As recon.items.cents then. */
  cents: ColumnType<string, string | number | bigint, string | number | bigint>;
  /** As recon.items.owed_cents then. */
  owed_cents: ColumnType<string, string | number | bigint, string | number | bigint>;
  /** As recon.items.decided_by then. */
  decided_by: string | null;
  /** As recon.items.approved_by then. */
  approved_by: string | null;
  /** As recon.items.note then. */
  note: string | null;
}

/** Each closing of a month: who prepared, who approved, and the figures that stand from then on. Never changed. */
export interface ReconClosings {
  /** warehouse.accounts.account_id. */
  account_id: number;
  /** First day of the month. */
  period: string;
  /** 1 for the first closing, more after a reopening. */
  closing_no: number;
  /** Run whose results were approved. */
  run_id: ColumnType<string, string | number | bigint, string | number | bigint>;
  /** The lines hold what had been looked at until this instant; corrections until that of an earlier closing where it is later. */
  as_of: ColumnType<Date, Date | string, Date | string>;
  /** Who prepared it. */
  prepared_by: string;
  /** When. */
  prepared_at: ColumnType<Date, Date | string, Date | string>;
  /** Who approved it; somebody else. */
  approved_by: string;
  /** When it was closed. */
  closed_at: ColumnType<Date, Date | string, Date | string>;
  /** When the lines were read, by the database's clock: what was loaded later may change what they say, and becomes a correction. */
  read_at: ColumnType<Date, Date | string, Date | string>;
  /** What the preparer said. */
  statement: string | null;
  /** Lines this closing added to the bill. */
  line_count: ColumnType<string, string | number | bigint, string | number | bigint>;
  /** Their sum in US cents, corrections of earlier months included. */
  billed_cents: ColumnType<string, string | number | bigint, string | number | bigint>;
  /** Lines of these that correct earlier months. */
  correction_count: ColumnType<string, string | number | bigint, string | number | bigint>;
  /** Sum of these in US cents. */
  correction_cents: ColumnType<string, string | number | bigint, string | number | bigint>;
  /** SHA-256 over the lines, day by day: see function recon.lines_digest. */
  lines_digest: string;
  /** recon.runs.results_digest of the run. */
  results_digest: string;
  /** SHA-256 over the items of the month as they stood: see function recon.items_digest. */
  items_digest: string;
}

/** What happened to items and periods, one chain an account: each event holds the digest of the one before it. Never changed. */
export interface ReconEvents {
  /** warehouse.accounts.account_id. */
  account_id: number;
  /** Place in the chain, from 1 without a gap. */
  sequence_no: ColumnType<string, string | number | bigint, string | number | bigint>;
  /** When, by the database's clock. */
  happened_at: ColumnType<Date, Date | string, Date | string>;
  /** Who, as they named themselves; faxsync for what a run did. */
  actor: string;
  /** Login of the database session that wrote it. */
  login: string;
  /** What happened, as a stable word: item_opened, item_cleared, period_closed, ... */
  kind: string;
  /** Month concerned; null where none is. */
  period: string | null;
  /** Item concerned; null where none is. */
  item_id: ColumnType<string | null, string | number | bigint | null, string | number | bigint | null>;
  /** Run concerned; null where none is. */
  run_id: ColumnType<string | null, string | number | bigint | null, string | number | bigint | null>;
  /** What else there is to know, as JSON text. No personal data. */
  details: string;
  /** digest of the event before it; 64 zeros for the first. */
  previous_digest: string;
  /** SHA-256, hexadecimal, over the previous digest and every other column, each as <length in bytes>:<text>; docs/reconciliation.md says how. */
  digest: string;
}

/** Lines of the imported invoices; never changed. */
export interface ReconInvoiceLines {
  /** warehouse.accounts.account_id. */
  account_id: number;
  /** recon.invoices.invoice_id. */
  invoice_id: string;
  /** Number of the line (line_no). */
  line_no: number;
  /** sent, received or rent (charge_kind). */
  charge_kind: string;
  /** ISO 3166-1 alpha-2 (country); null where the line has none: it then holds what no other line of its kind names. */
  country: string | null;
  /** Text of the line (description). */
  description: string | null;
  /** Pages or months (quantity); null where not given. */
  quantity: ColumnType<string | null, string | number | null, string | number | null>;
  /** Amount in US cents (amount, dollars). */
  cents: ColumnType<string, string | number | bigint, string | number | bigint>;
  /** True for taxes, which no charge of ours is held against (tax). */
  is_tax: boolean;
}

/** Invoices of the provider as they were imported, one row each; never changed. A corrected invoice is another one with a number of its own, with lines for the difference. */
export interface ReconInvoices {
  /** warehouse.accounts.account_id. */
  account_id: number;
  /** Number of the invoice (column invoice_id of the file). */
  invoice_id: string;
  /** First day of the month it bills (period). */
  period: string;
  /** Day it was issued (issued_on). */
  issued_on: string;
  /** Its lines. */
  line_count: number;
  /** Their sum in US cents, taxes included. */
  total_cents: ColumnType<string, string | number | bigint, string | number | bigint>;
  /** SHA-256 over its lines as read: the same invoice again does nothing, another one under its number is refused. */
  content_digest: string;
  /** When it was imported. */
  imported_at: ColumnType<Date, Date | string, Date | string>;
  /** Who imported it. */
  imported_by: string;
}

/** What differs, one row a check and subject, and what became of it. Never deleted: what passes again is cleared, what comes back is open again. */
export interface ReconItems {
  /** Number of the item; logs and messages name it and never its subject. */
  item_id: GeneratedAlways<string>;
  /** warehouse.accounts.account_id. */
  account_id: number;
  /** First day of the month in whose bill it stands. */
  period: string;
  /** Check that found it. */
  check_id: string;
  /** fax, number, day, window, snapshot, line, receipt, tag, stream, account or export. */
  subject_kind: string;
  /** Id of the fax, own phone number with the instant of its rent, day, number of the look, line of an invoice, ... */
  subject_id: string;
  /** Row of recon.results it counts in. */
  grain: string;
  /** Why it differs, as a stable word; docs/reconciliation.md lists them. */
  reason: string;
  /** error, warn or info. */
  severity: string;
  /** True where the month cannot be made ready while it is open. */
  is_gate: ColumnType<boolean, boolean | undefined, boolean>;
  /** open; explained (by the check itself, or by somebody); disputed with the provider; accepted; written_off; closed; cleared: it passed since. */
  state: string;
  /** Left side of the check; null where it is not known. */
  actual: ColumnType<string | null, string | number | null, string | number | null>;
  /** Right side of the check; null where it is not known. */
  expected: ColumnType<string | null, string | number | null, string | number | null>;
  /** US cents at stake: above zero where the account paid too much. */
  cents: ColumnType<string, string | number | bigint, string | number | bigint>;
  /** US cents of these that the provider owes. */
  owed_cents: ColumnType<string, string | number | bigint, string | number | bigint>;
  /** Who looks after it. */
  owner: string | null;
  /** What was found out. No personal data of patients belongs here. */
  note: string | null;
  /** Number of the dispute at the provider. */
  ticket: string | null;
  /** US cents claimed in the dispute. */
  claimed_cents: ColumnType<string | null, string | number | bigint | null, string | number | bigint | null>;
  /** US cents the provider agreed to. */
  credited_cents: ColumnType<string | null, string | number | bigint | null, string | number | bigint | null>;
  /** Who set the present state; faxsync where a run explained or cleared it; null where a run left it open. */
  decided_by: string | null;
  /** Second person of a write-off above the limit; somebody else than decided_by. */
  approved_by: string | null;
  /** When a run found it first; its age counts from here. */
  opened_at: ColumnType<Date, Date | string, Date | string>;
  /** That run. */
  opened_run_id: ColumnType<string, string | number | bigint, string | number | bigint>;
  /** When state or figures changed last. */
  changed_at: ColumnType<Date, Date | string, Date | string>;
  /** Latest run that changed it. */
  changed_run_id: ColumnType<string, string | number | bigint, string | number | bigint>;
  /** Run in which it passed again; null while it differs. */
  cleared_run_id: ColumnType<string | null, string | number | bigint | null, string | number | bigint | null>;
  /** How often it was open again after it was cleared or somebody had decided about it. */
  reopened_count: ColumnType<number, number | undefined, number>;
}

/** Charges of closed months that are no longer what was billed of them, one row each, and in whose bill the difference will stand: that of the next month that is not closed. */
export interface ReconPendingCorrections {
  /** warehouse.accounts.account_id. */
  account_id: ColumnType<number | null, never, never>;
  /** Month in whose bill the difference will stand; a reopened month takes its own. */
  billing_period: ColumnType<string | null, never, never>;
  /** Closed month in which the fax was sent or the rent was due. */
  charge_period: ColumnType<string | null, never, never>;
  /** That day, in the account's billing zone. */
  usage_date: ColumnType<string | null, never, never>;
  /** fax or rent. */
  charge_kind: ColumnType<string | null, never, never>;
  /** As recon.bill_lines.subject_id. */
  subject_id: ColumnType<string | null, never, never>;
  /** Pages or months beyond those that were billed; null where not known. */
  quantity: ColumnType<number | null, never, never>;
  /** US cents billed so far, 0 where nothing was. */
  billed_cents: ColumnType<string | null, never, never>;
  /** US cents it costs now. */
  present_cents: ColumnType<string | null, never, never>;
  /** The difference, which will be the line. */
  cents: ColumnType<string | null, never, never>;
}

/** Where each month of the bill stands, one row an account and month. */
export interface ReconPeriods {
  /** warehouse.accounts.account_id. */
  account_id: number;
  /** First day of the month, in the account's billing zone. */
  period: string;
  /** open, settling (it ended, credits still come), ready (nothing stands unexplained), prepared, closed, reopened. */
  state: string;
  /** Day from which on it may be ready. */
  settles_on: string;
  /** When the state changed last. */
  changed_at: ColumnType<Date, Date | string, Date | string>;
  /** Who prepared the bill; null before. */
  prepared_by: string | null;
  /** When. */
  prepared_at: ColumnType<Date | null, Date | string | null, Date | string | null>;
  /** Run whose results were prepared. */
  prepared_run_id: ColumnType<string | null, string | number | bigint | null, string | number | bigint | null>;
  /** What the preparer says of it. */
  statement: string | null;
  /** How often it was closed; 0 where never. */
  closing_no: ColumnType<number, number | undefined, number>;
}

/** Payments into the prepaid balance as they were imported, one row each; never changed. */
export interface ReconReceipts {
  /** warehouse.accounts.account_id. */
  account_id: number;
  /** Number of the receipt (column receipt_id of the file). */
  receipt_id: string;
  /** When it was paid (paid_at). */
  paid_at: ColumnType<Date, Date | string, Date | string>;
  /** Amount in US cents (amount, dollars). */
  cents: ColumnType<string, string | number | bigint, string | number | bigint>;
  /** How it was paid (method); null where not given. */
  method: string | null;
  /** What else the file said (note); null where nothing. */
  note: string | null;
  /** When it was imported. */
  imported_at: ColumnType<Date, Date | string, Date | string>;
  /** Who imported it. */
  imported_by: string;
}

/** What each check found, one row a check and grain; of runs that found the same only the first has rows. */
export interface ReconResults {
  /** recon.runs.run_id; see results_run_id there. */
  run_id: ColumnType<string, string | number | bigint, string | number | bigint>;
  /** C1 to C24; docs/reconciliation.md says what each holds against what. */
  check_id: string;
  /** What the row is about: a day in the billing zone, a line, or the whole period. */
  grain: string;
  /** warehouse.accounts.account_id. */
  account_id: number;
  /** The worst of what was tested: exception, then explained, within_tolerance, pass; not_testable where nothing could be tested. */
  outcome: string;
  /** error, warn or info: what an exception of this check is worth. */
  severity: string;
  /** Unit of left and right: cents, faxes, ... */
  unit: string;
  /** Sum of the left sides that were tested. */
  left_value: ColumnType<string | null, string | number | null, string | number | null>;
  /** Sum of the right sides that were tested. */
  right_value: ColumnType<string | null, string | number | null, string | number | null>;
  /** Largest difference of one row that passes, in the unit; null: any. The stricter of amount and share holds. */
  tolerance_amount: ColumnType<string | null, string | number | null, string | number | null>;
  /** Largest difference of one row that passes, as a share of its right side; null: any. */
  tolerance_share: ColumnType<string | null, string | number | null, string | number | null>;
  /** Rows that were tested. */
  tested_count: ColumnType<string, string | number | bigint, string | number | bigint>;
  /** Rows that differ by no more than the tolerance. */
  within_count: ColumnType<string, string | number | bigint, string | number | bigint>;
  /** Rows that differ for a reason the check itself knows. */
  explained_count: ColumnType<string, string | number | bigint, string | number | bigint>;
  /** Rows that differ. */
  exception_count: ColumnType<string, string | number | bigint, string | number | bigint>;
  /** Rows that could not be tested. */
  untestable_count: ColumnType<string, string | number | bigint, string | number | bigint>;
  /** US cents at stake in the rows that differ, each without its sign. */
  exception_cents: ColumnType<string, string | number | bigint, string | number | bigint>;
  /** US cents of these that the provider owes. */
  owed_cents: ColumnType<string, string | number | bigint, string | number | bigint>;
  /** The most frequent reason: of the exceptions, else of what is explained, else of what cannot be tested; null where all passes. */
  reason: string | null;
  /** SHA-256 over the rows that differ or are explained; null where none is. */
  findings_digest: string | null;
}

/** One row a run of the checks over one period of one account. */
export interface ReconRuns {
  /** Number of the run. */
  run_id: GeneratedAlways<string>;
  /** warehouse.accounts.account_id. */
  account_id: number;
  /** First day of the month of the bill, in the account's billing zone. */
  period: string;
  /** The run saw what had been looked at until this instant. */
  as_of: ColumnType<Date, Date | string, Date | string>;
  /** running, complete or failed. A newer complete run of the same period supersedes it. */
  status: string;
  /** hour: it had only the checks of every hour; day: all of them. Only such a run makes a month ready and can be prepared. */
  every: string;
  /** Version of faxsync that ran. */
  code_version: string;
  /** recon.settings_versions.settings_version. */
  tolerances_version: number;
  /** recon.settings_versions.settings_version. */
  rates_version: number;
  /** Number of the latest look at the price list that the run knew; null where there was none. */
  rate_card_observation: ColumnType<string | null, string | number | bigint | null, string | number | bigint | null>;
  /** When it began. */
  started_at: ColumnType<Date, Date | string, Date | string>;
  /** When it ended; null while it runs. */
  finished_at: ColumnType<Date | null, Date | string | null, Date | string | null>;
  /** Run whose rows in recon.results are its results: itself, or an earlier one that found exactly the same. */
  results_run_id: ColumnType<string | null, string | number | bigint | null, string | number | bigint | null>;
  /** Faxes of the period that the run saw. */
  fax_count: ColumnType<string | null, string | number | bigint | null, string | number | bigint | null>;
  /** Charges of the period that the run saw. */
  charge_count: ColumnType<string | null, string | number | bigint | null, string | number | bigint | null>;
  /** Their sum in US cents. */
  charged_cents: ColumnType<string | null, string | number | bigint | null, string | number | bigint | null>;
  /** Digest over number and cost of every fax and rent the run saw: equal digest, equal input. */
  input_digest: string | null;
  /** Digest over the results and what differs: equal digest, equal results. */
  results_digest: string | null;
  /** Faxes whose cost was held against their rate. */
  tested_count: ColumnType<string | null, string | number | bigint | null, string | number | bigint | null>;
  /** Those whose cost agrees. */
  matched_count: ColumnType<string | null, string | number | bigint | null, string | number | bigint | null>;
  /** Cost in US cents of the faxes held against their rate. */
  tested_cents: ColumnType<string | null, string | number | bigint | null, string | number | bigint | null>;
  /** Cost in US cents of those that agree. */
  matched_cents: ColumnType<string | null, string | number | bigint | null, string | number | bigint | null>;
  /** Rows that differ and that nobody has explained, by checks of severity error and warn. */
  exception_count: number | null;
  /** Their US cents, each without its sign, by checks of severity error. */
  unexplained_cents: ColumnType<string | null, string | number | bigint | null, string | number | bigint | null>;
  /** US cents that the provider owes after the run by items of the month that are open or disputed, less what it has credited of them; of a run that looks back by what it found itself. */
  owed_cents: ColumnType<string | null, string | number | bigint | null, string | number | bigint | null>;
  /** Why it failed, as a stable word; null where it did not. */
  error_code: string | null;
}

/** Every set of tolerances and of negotiated rates that a run has used; never changed. */
export interface ReconSettingsVersions {
  /** Number of the version; runs name it. */
  settings_version: GeneratedAlways<number>;
  /** warehouse.accounts.account_id. */
  account_id: number;
  /** tolerances: limits and tolerances of the checks; rates: negotiated prices, which stand above the provider's list. */
  kind: string;
  /** SHA-256 of the content as text, hexadecimal. */
  digest: string;
  /** The settings as they were. */
  content: ColumnType<unknown, string, string>;
  /** When a run used them first. */
  first_used_at: ColumnType<Date, Date | string, Date | string>;
}

/** How far each of the last 35 days that are over and listed to their end is from what its weekday is like, one row a day and measure. Test faxes are left out. */
export interface ReportAnomalies {
  /** Name of the account in the settings; with usage_date and measure the key of the view. */
  account_key: ColumnType<string | null, never, never>;
  /** Day, in the account's billing zone. */
  usage_date: ColumnType<string | null, never, never>;
  /** cost: of the faxes of the day, less credits, in US cents; faxes: how many; failure_share: of 100 faxes that are over, how many arrived nowhere. */
  measure: ColumnType<string | null, never, never>;
  /** Its value on the day, in the unit of the measure; null for the share of a day on which no fax ended. */
  value: ColumnType<string | null, never, never>;
  /** Median of the same weekday in the eight weeks before, in the same unit; null where none is known. */
  median: ColumnType<string | null, never, never>;
  /** Median of how far those are from their median, in the same unit. */
  mad: ColumnType<string | null, never, never>;
  /** How many of the eight are known; with fewer than four nothing is judged. */
  week_count: ColumnType<number | null, never, never>;
  /** Deviations between value and median, above zero where it is more; null without a value, with fewer than four weeks, and where nothing ever varies. */
  robust_z: ColumnType<string | null, never, never>;
  /** True where at most 2 of 100 faxes of the day are under way; other days are not judged, since their outcome and credits are still to come. */
  is_settled: ColumnType<boolean | null, never, never>;
  /** True where the day stands out: by more than four deviations, half of the median, and 20 faxes, 5 dollars or 20 failures. Null where it is not judged. */
  is_anomaly: ColumnType<boolean | null, never, never>;
  /** up or down; null where it does not stand out. */
  direction: ColumnType<string | null, never, never>;
  /** Of days in a row whose failure share stands out upwards: the first of them, which tells incidents apart. Null for all other rows. */
  incident_begin_date: ColumnType<string | null, never, never>;
}

/** How long the prepaid balance lasts at the pace of the last 28 days, one row an account whose balance was ever looked at. Recharges to come are not foreseen. */
export interface ReportBalanceForecast {
  /** Name of the account in the settings; the key of the view. */
  account_key: ColumnType<string | null, never, never>;
  /** Balance in US cents as last seen; may be below zero. */
  balance_cents: ColumnType<number | null, never, never>;
  /** The same in US dollars. */
  balance_usd: ColumnType<string | null, never, never>;
  /** When that look was made. */
  balance_seen_at: ColumnType<Date | null, never, never>;
  /** Days whose spend is known, of the last 28 that are over and were listed to their end; null where the faxes were never listed. */
  spend_day_count: ColumnType<number | null, never, never>;
  /** Mean of these days in US cents: charges less credits of their faxes, and rents taken in them. Null with fewer than 7 days. */
  daily_spend_cents: ColumnType<string | null, never, never>;
  /** The same in US dollars. */
  daily_spend_usd: ColumnType<string | null, never, never>;
  /** Whole days from now until the balance is empty, what was spent since the look taken off by the mean; 0 where it is. Null where nothing is spent, the spend is not known, or it lasts for more than 36,500 days. */
  days_until_empty: ColumnType<number | null, never, never>;
  /** Day on which it will be empty, in the account's billing zone; null as before. */
  empty_date: ColumnType<string | null, never, never>;
  /** True where it lasts for less than 7 days, or is empty already. */
  is_low: ColumnType<boolean | null, never, never>;
}

/** What the provider's own balance and counters say of a day, held against the warehouse by the last complete run of all checks, one row a day of each month that was reconciled, from its first to its last or to the day until which the run knows. */
export interface ReportBillAgreementByDay {
  /** Name of the account in the settings; with usage_date the key of the view. */
  account_key: ColumnType<string | null, never, never>;
  /** Day, in the account's billing zone; of counts in the zone of the provider's counters (setting counter_zone). */
  usage_date: ColumnType<string | null, never, never>;
  /** differs: money or counts do, and nobody knows why; explained: what nobody could see may be why, as faxes under way at the look; agrees: the money does, and the counts do or could not be tested (count_reason says why); not_testable: the balance could not be held against it, or not by itself (reason with_next_day: its money is part of what the next day with a result says). */
  state: ColumnType<string | null, never, never>;
  /** US cents the balance lost from the quiet look of the day before to that of the day, recharges left out (C17), with the days before it of reason with_next_day; null where it could not be tested. */
  provider_cents: ColumnType<string | null, never, never>;
  /** US cents of charges less credits, and of rents, that the warehouse knows of the same stretch; null as before. */
  warehouse_cents: ColumnType<string | null, never, never>;
  /** Above zero where the balance lost more. */
  difference_cents: ColumnType<string | null, never, never>;
  /** The same in US dollars. */
  difference_usd: ColumnType<string | null, never, never>;
  /** Faxes that the provider's counters show (C2), both directions that could be tested; null where none could. */
  provider_fax_count: ColumnType<string | null, never, never>;
  /** Faxes of the day that must be counted, by what is stored; test faxes are counted too unless the settings say otherwise. Null as before. */
  warehouse_fax_count: ColumnType<string | null, never, never>;
  /** Above zero where the provider counts more. */
  fax_difference_count: ColumnType<string | null, never, never>;
  /** Why the day is in this state, as a stable word of docs/reconciliation.md; null where it agrees, and only there. */
  reason: ColumnType<string | null, never, never>;
  /** Why the counts (C2) differ, are explained, or could not be tested in both directions or one, or not by themselves (with_next_day), also where the money agrees; null where both agree. */
  count_reason: ColumnType<string | null, never, never>;
  /** Faxes of the day that are under way now: their credits are still to come. */
  open_fax_count: ColumnType<string | null, never, never>;
  /** When the run ended. */
  last_run_at: ColumnType<Date | null, never, never>;
}

/** What was charged by country, one row a month, kind of charge and country; its sum is all charges, to the cent. Sent faxes count for the country of their recipients, received ones and rents for that of the own number. */
export interface ReportBillingByCountry {
  /** Name of the account in the settings. */
  account_key: ColumnType<string | null, never, never>;
  /** First day of the month of use, in the account's billing zone. */
  usage_month: ColumnType<string | null, never, never>;
  /** sent, received, or another word of the provider: faxes; rent: numbers; null: faxes whose direction was not sent. Should the provider call a direction rent, it reads fax rent. */
  charge_kind: ColumnType<string | null, never, never>;
  /** ISO 3166-1 alpha-2, by the leading digits of the number; null where there are several or none is known. */
  country: ColumnType<string | null, never, never>;
  /** one; several: the fax went to more than one country, or to one and to a number of none, and its one price is not divided; unknown: no number, or none whose digits are of a country. */
  country_kind: ColumnType<string | null, never, never>;
  /** Faxes, free ones among them; 0 for rent. */
  fax_count: ColumnType<string | null, never, never>;
  /** US cents, credits taken off. */
  cost_cents: ColumnType<string | null, never, never>;
  /** The same in US dollars. */
  cost_usd: ColumnType<string | null, never, never>;
}

/** What was charged, one row a day of use and kind of charge; its sum is all charges, to the cent. Test faxes are not billed and are not in it. */
export interface ReportBillingByDay {
  /** Name of the account in the settings. */
  account_key: ColumnType<string | null, never, never>;
  /** Day, in the account's billing zone, on which the fax was requested or received, or the month of the rent began. */
  usage_date: ColumnType<string | null, never, never>;
  /** First day of its month. */
  usage_month: ColumnType<string | null, never, never>;
  /** sent, received, or another word of the provider: faxes; rent: numbers; null: faxes whose direction was not sent. Should the provider call a direction rent, it reads fax rent. The words of imported invoices. */
  charge_kind: ColumnType<string | null, never, never>;
  /** Faxes, free ones among them; 0 for rent. */
  fax_count: ColumnType<string | null, never, never>;
  /** US cents taken for them, up to now. */
  charged_cents: ColumnType<string | null, never, never>;
  /** US cents given back of them, up to now, whenever that was; above zero. */
  credited_cents: ColumnType<string | null, never, never>;
  /** US cents charged less credited. */
  cost_cents: ColumnType<string | null, never, never>;
  /** The same in US dollars. */
  cost_usd: ColumnType<string | null, never, never>;
}

/** What was charged, one row a month of use and kind of charge; its sum is all charges, to the cent. Test faxes are not billed and are not in it. */
export interface ReportBillingByMonth {
  /** Name of the account in the settings. */
  account_key: ColumnType<string | null, never, never>;
  /** First day of the month, in the account's billing zone, in which the faxes were requested or received, or the months of the rents began. */
  usage_month: ColumnType<string | null, never, never>;
  /** sent, received, or another word of the provider: faxes; rent: numbers; null: faxes whose direction was not sent. Should the provider call a direction rent, it reads fax rent. The words of imported invoices. */
  charge_kind: ColumnType<string | null, never, never>;
  /** Faxes, free ones among them; 0 for rent. */
  fax_count: ColumnType<string | null, never, never>;
  /** US cents taken for them, up to now. */
  charged_cents: ColumnType<string | null, never, never>;
  /** US cents given back of them, up to now, whenever that was; above zero. */
  credited_cents: ColumnType<string | null, never, never>;
  /** US cents charged less credited. */
  cost_cents: ColumnType<string | null, never, never>;
  /** The same in US dollars. */
  cost_usd: ColumnType<string | null, never, never>;
}

/** What the account's own numbers cost, one row a month, number and kind of charge; its sum is all charges, to the cent. */
export interface ReportBillingByNumber {
  /** Name of the account in the settings. */
  account_key: ColumnType<string | null, never, never>;
  /** First day of the month of use, in the account's billing zone. */
  usage_month: ColumnType<string | null, never, never>;
  /** Own number: the one that received the fax, the caller id it was sent with, or the one that is rented. Null where the provider did not say: then the cost is shared by all. */
  phone_number: ColumnType<string | null, never, never>;
  /** sent, received, or another word of the provider: faxes; rent: the number itself; null: faxes whose direction was not sent. Should the provider call a direction rent, it reads fax rent. */
  charge_kind: ColumnType<string | null, never, never>;
  /** Faxes, free ones among them; 0 for rent. */
  fax_count: ColumnType<string | null, never, never>;
  /** US cents, credits taken off. */
  cost_cents: ColumnType<string | null, never, never>;
  /** The same in US dollars. */
  cost_usd: ColumnType<string | null, never, never>;
}

/** What each value of a tag cost, one row a month, tag name and value; with what carries no such tag, what was received and what is shared, the rows of one tag name and month add up to all charges of the month. Tag values are the account's own words. */
export interface ReportChargeback {
  /** Name of the account in the settings. */
  account_key: ColumnType<string | null, never, never>;
  /** First day of the month, in the account's billing zone, in which faxes were sent or received and rents were taken. */
  usage_month: ColumnType<string | null, never, never>;
  /** Name of a tag that is in use in the month; choose one, since every fax is in the rows of each name. */
  tag_name: ColumnType<string | null, never, never>;
  /** tag: faxes with this value; untagged: faxes without the tag that were not received; received: received faxes without it, which nobody of the account can tag; shared: rents of numbers. */
  share_kind: ColumnType<string | null, never, never>;
  /** Value of the tag, of one of more than 500 bytes its beginning and the MD5 of it all; null for untagged, received and shared, and where the provider sent a null. */
  tag_value: ColumnType<string | null, never, never>;
  /** Faxes, test faxes left out. */
  fax_count: ColumnType<string | null, never, never>;
  /** Pages of these faxes, each fax once whatever its recipients. */
  page_count: ColumnType<string | null, never, never>;
  /** US cents, credits taken off. */
  cost_cents: ColumnType<string | null, never, never>;
  /** The same in US dollars. */
  cost_usd: ColumnType<string | null, never, never>;
}

/** Every charge and credit that was seen, one row each; its sum is all charges, to the cent. Test faxes are not billed and have none. No number but the account's own. Ask for a span of used_at: it is large. */
export interface ReportCharges {
  /** Name of the account in the settings. */
  account_key: ColumnType<string | null, never, never>;
  /** usage: price of a fax; credit: what was given back of it; rent: a month of a number. */
  charge_kind: ColumnType<string | null, never, never>;
  /** The provider's id of the fax; null for rents. */
  fax_id: ColumnType<string | null, never, never>;
  /** Own number the rent is for; null for faxes. */
  phone_number: ColumnType<string | null, never, never>;
  /** Number of the first look that showed it; a fax has one row a look that changed its cost. */
  observation_no: ColumnType<string | null, never, never>;
  /** When the fax was requested or received, over, or last looked at, the first of these that is known; when the month of the rent begins. */
  used_at: ColumnType<Date | null, never, never>;
  /** That day, in the account's billing zone. */
  usage_date: ColumnType<string | null, never, never>;
  /** When the provider moved the money: taken at the fax's own time, given back at the latest by the look that showed it. */
  posted_at: ColumnType<Date | null, never, never>;
  /** That day, in the account's billing zone. */
  posting_date: ColumnType<string | null, never, never>;
  /** When that look was made. */
  observed_at: ColumnType<Date | null, never, never>;
  /** sent, received, or another word of the provider; null for rents, and where it was not sent. It may be any word: rents are told by charge_kind. */
  direction: ColumnType<string | null, never, never>;
  /** Pages of the fax at that look; null for rents, and where not sent. */
  page_count: ColumnType<number | null, never, never>;
  /** US cents: above zero taken from the account, below zero given back; 0 for a rent whose price was not sent. */
  cost_cents: ColumnType<string | null, never, never>;
  /** The same in US dollars. */
  cost_usd: ColumnType<string | null, never, never>;
}

/** The bill of every month in the terms of FOCUS, one row a line of recon.bill. No number but the account's own. Ask for a billing_account_id and an x_billing_period: it is large, and quick by these alone; by billing_period_start or charge_period_start it reads every month. */
export interface ReportCostAndUsage {
  /** BillingAccountId: name of the account in the settings. */
  billing_account_id: ColumnType<string | null, never, never>;
  /** BillingCurrency: USD. */
  billing_currency: ColumnType<string | null, never, never>;
  /** BillingPeriodStart: the month's begin, in the account's billing zone. */
  billing_period_start: ColumnType<Date | null, never, never>;
  /** BillingPeriodEnd: its end, itself not included. */
  billing_period_end: ColumnType<Date | null, never, never>;
  /** ChargePeriodStart: begin of the day on which the fax was sent or received or the rent taken. */
  charge_period_start: ColumnType<Date | null, never, never>;
  /** ChargePeriodEnd: end of that day, itself not included. */
  charge_period_end: ColumnType<Date | null, never, never>;
  /** ChargeCategory: Usage for faxes, Purchase for rents. */
  charge_category: ColumnType<string | null, never, never>;
  /** ChargeClass: Correction where the line changes what a closed month said; else null. */
  charge_class: ColumnType<string | null, never, never>;
  /** ChargeFrequency: Usage-Based or Recurring. */
  charge_frequency: ColumnType<string | null, never, never>;
  /** ChargeDescription: direction, pages and status; no numbers. */
  charge_description: ColumnType<string | null, never, never>;
  /** BilledCost in US dollars, credits taken off. */
  billed_cost: ColumnType<string | null, never, never>;
  /** EffectiveCost in US dollars; the same, as nothing is paid ahead for single faxes. */
  effective_cost: ColumnType<string | null, never, never>;
  /** PricingQuantity: pages or months; null where not known. */
  pricing_quantity: ColumnType<number | null, never, never>;
  /** PricingUnit: Pages or Months; null with the quantity. */
  pricing_unit: ColumnType<string | null, never, never>;
  /** ServiceCategory. */
  service_category: ColumnType<string | null, never, never>;
  /** ServiceName. */
  service_name: ColumnType<string | null, never, never>;
  /** ProviderName. */
  provider_name: ColumnType<string | null, never, never>;
  /** InvoiceIssuerName. */
  invoice_issuer_name: ColumnType<string | null, never, never>;
  /** SkuId: number-month for rents, fax-page-sent, fax-page-received or another word of the provider after fax-page-; null for faxes whose direction was not sent. */
  sku_id: ColumnType<string | null, never, never>;
  /** ResourceId: own number of a rent; null for faxes. */
  resource_id: ColumnType<string | null, never, never>;
  /** Tags of the fax as they were given; null for rents. */
  tags: ColumnType<unknown | null, never, never>;
  /** Id of the fax; null for rents. */
  x_fax_id: ColumnType<string | null, never, never>;
  /** fax or rent. */
  x_charge_kind: ColumnType<string | null, never, never>;
  /** Month in which the fax was sent or received or the rent taken, its first day. */
  x_charge_period: ColumnType<string | null, never, never>;
  /** Month in whose bill the line stands, its first day. */
  x_billing_period: ColumnType<string | null, never, never>;
  /** True where the month is closed and the line never changes. */
  x_is_closed: ColumnType<boolean | null, never, never>;
  /** The amount in whole US cents. */
  x_cents: ColumnType<string | null, never, never>;
}

/** What it costs that sent faxes fail, one row a month with sent faxes. No cent is in it twice, and all are in warehouse.charges. Left out: test faxes and faxes gone at the source. What was not credited of single recipients of a fax that reached others cannot be told here; check C10 of the reconciliation names it. */
export interface ReportCostOfFailures {
  /** Name of the account in the settings. */
  account_key: ColumnType<string | null, never, never>;
  /** First day of the month, in the account's billing zone, in which the faxes were requested. */
  usage_month: ColumnType<string | null, never, never>;
  /** Sent faxes. */
  fax_count: ColumnType<string | null, never, never>;
  /** Of these, faxes that reached nobody (failure). */
  failed_fax_count: ColumnType<string | null, never, never>;
  /** Of these, faxes that reached some of their recipients (partialsuccess). */
  partial_fax_count: ColumnType<string | null, never, never>;
  /** Recipients that failed. */
  failed_recipient_count: ColumnType<string | null, never, never>;
  /** Retries of all recipients that were reached or failed. The provider does not charge them. */
  retry_count: ColumnType<string | null, never, never>;
  /** Faxes that were sent again within 24 hours after the same failed wholly or partly, counted in the month of the resend. */
  resend_count: ColumnType<string | null, never, never>;
  /** US cents that faxes that reached nobody still cost, resends among them: nothing once all was credited. */
  failed_cost_cents: ColumnType<string | null, never, never>;
  /** US cents that the other resends cost. Of one whose first attempt was credited in full it is the ordinary price; report.resend_chains tells what was paid besides. */
  resend_cost_cents: ColumnType<string | null, never, never>;
  /** The sum of both: all that was spent on failed and repeated faxes, of which what resends brought is no loss. */
  cost_cents: ColumnType<string | null, never, never>;
  /** The same in US dollars. */
  cost_usd: ColumnType<string | null, never, never>;
  /** US cents that were paid for nothing, credits taken off: what faxes that reached nobody still cost (failed_cost_cents), and what faxes cost that reached some of their recipients, once a resend to all reached somebody, in the month of the resend. What a resend that arrived cost is not in it, nor is what was not credited of single recipients of a fax that was not repeated. */
  lost_cost_cents: ColumnType<string | null, never, never>;
  /** The same in US dollars. */
  lost_cost_usd: ColumnType<string | null, never, never>;
}

/** How whole and how sound an account's mirror is, one row a measure, those at 0 among them. Counts only. */
export interface ReportDataQuality {
  /** Name of the account in the settings; with measure the key of the view. */
  account_key: ColumnType<string | null, never, never>;
  /** What is counted: records_set_aside, values_set_aside (open ones), unknown_statuses, unknown_fields, unknown_words, faxes_gone_at_source, faxes_without_time, faxes_without_cost, faxes_without_direction, listings_incomplete, callbacks_loaded (landed and read), callbacks_late, callbacks_without_news, ends_told_by_callback, ends_told_by_polling (faxes whose end was first seen so). Test faxes are left out. */
  measure: ColumnType<string | null, never, never>;
  /** How many. */
  value_count: ColumnType<string | null, never, never>;
  /** Over how many days back from now, of faxes by their creation; null: of all that is stored. */
  day_count: ColumnType<number | null, never, never>;
  /** True where there should be none and there are. */
  is_alarm: ColumnType<boolean | null, never, never>;
  /** What to do, in a plain sentence. */
  advice: ColumnType<string | null, never, never>;
}

/** How long faxes took from their request until they were over, one row a month, direction and outcome. Percentiles may not be added up or averaged. Left out: test faxes, faxes gone at the source, and faxes without one of the times. */
export interface ReportDeliveryTimes {
  /** Name of the account in the settings. */
  account_key: ColumnType<string | null, never, never>;
  /** First day of the month, in the account's billing zone, in which the fax was requested or received. */
  usage_month: ColumnType<string | null, never, never>;
  /** sent or received; null where it was not sent. */
  direction: ColumnType<string | null, never, never>;
  /** How it ended, in the provider's word. */
  status: ColumnType<string | null, never, never>;
  /** Faxes that are over and whose times are known. */
  fax_count: ColumnType<string | null, never, never>;
  /** Whole seconds in which half of them were over. */
  seconds_p50: ColumnType<number | null, never, never>;
  /** Whole seconds in which 90 of 100 were over. */
  seconds_p90: ColumnType<number | null, never, never>;
  /** Whole seconds in which 95 of 100 were over. */
  seconds_p95: ColumnType<number | null, never, never>;
  /** Whole seconds in which 99 of 100 were over. */
  seconds_p99: ColumnType<number | null, never, never>;
  /** Whole seconds that the slowest took. */
  seconds_max: ColumnType<number | null, never, never>;
}

/** What became of faxes to each number over the last 90 days, one row a number that was reached or failed. Personal data: whole numbers of others, so that somebody can call them. Test faxes and faxes gone at the source are left out. Where is_always_failing: the numbers to call first. Quick where a phone_number or a range of them is asked for; all numbers of an account take seconds from a million recipients on. */
export interface ReportDestinations {
  /** Name of the account in the settings. */
  account_key: ColumnType<string | null, never, never>;
  /** The number called, E.164 where it could be read, else as sent. Personal data. Recipients whose number was not sent are left out. */
  phone_number: ColumnType<string | null, never, never>;
  /** Times the number was reached or failed as recipient of a fax. */
  finished_recipient_count: ColumnType<string | null, never, never>;
  /** Times it was reached. */
  reached_recipient_count: ColumnType<string | null, never, never>;
  /** Times it was reached without a retry. */
  first_attempt_recipient_count: ColumnType<string | null, never, never>;
  /** Times it failed, for whatever reason. */
  failed_recipient_count: ColumnType<string | null, never, never>;
  /** Of these, times that the number or the way to it was the reason, or nobody has described the error: not those of families bad_document, cancelled, money, system and simulated, in which there was no call. */
  call_failed_recipient_count: ColumnType<string | null, never, never>;
  /** Retries in all. */
  retry_count: ColumnType<string | null, never, never>;
  /** Days, in the account's billing zone, on which faxes to it were requested. */
  attempt_day_count: ColumnType<string | null, never, never>;
  /** When the first of these faxes was requested. */
  first_attempt_at: ColumnType<Date | null, never, never>;
  /** When the last of them was requested. */
  last_attempt_at: ColumnType<Date | null, never, never>;
  /** When the last of those was requested that reached it; null where none did. */
  last_reached_at: ColumnType<Date | null, never, never>;
  /** When the last of those was requested that failed; null where none did. Later than last_reached_at: it fails now. */
  last_failed_at: ColumnType<Date | null, never, never>;
  /** True where it was never reached, and the calls to it failed (call_failed_recipient_count) at least 3 times on at least 2 days. */
  is_always_failing: ColumnType<boolean | null, never, never>;
  /** True where it was reached at least 3 times on at least 2 days, and no call to it failed. */
  is_known_good: ColumnType<boolean | null, never, never>;
  /** Kind of the most frequent error of the calls to it, of all its errors where no call failed, in the provider's word; null where it never failed or none was sent. */
  main_error_type: ColumnType<string | null, never, never>;
  /** Number of that error, which means something only together with its type; null as there. */
  main_error_id: ColumnType<number | null, never, never>;
  /** Family of that error, as in report.errors_by_month; unknown where it is not described, null where the number never failed. */
  main_error_class: ColumnType<string | null, never, never>;
  /** What to do about it, in plain words; null where the number never failed. */
  advice: ColumnType<string | null, never, never>;
  /** Pages of the faxes that failed to reach it. */
  failed_page_count: ColumnType<string | null, never, never>;
}

/** Faxes that were requested at most ten minutes after one to the same numbers with as many pages and the same tags that had not failed by then, one row each, with the one before it. A suspicion: documents are not compared, so the more the tags tell, the surer it is. Ask for months by usage_month. Left out: received faxes, test faxes, faxes gone at the source, faxes without a time of request or with a recipient without a number. */
export interface ReportDuplicateFaxes {
  /** Name of the account in the settings. */
  account_key: ColumnType<string | null, never, never>;
  /** First day of the month, in the account's billing zone, in which the duplicate was requested. */
  usage_month: ColumnType<string | null, never, never>;
  /** The provider's id of the duplicate; "faxsync explain" tells its life. */
  fax_id: ColumnType<string | null, never, never>;
  /** The last fax like it, which is a duplicate itself where there are three. */
  fax_id_before: ColumnType<string | null, never, never>;
  /** When the duplicate was requested. */
  requested_at: ColumnType<Date | null, never, never>;
  /** When the fax before it was requested. */
  requested_at_before: ColumnType<Date | null, never, never>;
  /** Seconds from one request to the other, 0 to 600. */
  seconds_between: ColumnType<number | null, never, never>;
  /** What became of the duplicate, in the provider's word. */
  status: ColumnType<string | null, never, never>;
  /** What became of the fax before it. Where it failed, it was still under way when the duplicate was requested. */
  status_before: ColumnType<string | null, never, never>;
  /** Recipients of the duplicate. */
  recipient_count: ColumnType<string | null, never, never>;
  /** Pages of the duplicate; null where not sent. */
  page_count: ColumnType<number | null, never, never>;
  /** US cents that the duplicate cost, credits taken off; 0 where not sent. */
  cost_cents: ColumnType<number | null, never, never>;
  /** The same in US dollars. */
  cost_usd: ColumnType<string | null, never, never>;
}

/** Why faxes failed, one row a day, direction and error of the provider, with what to do. Test faxes, faxes gone at the source and recipients of faxes without created_at are left out. */
export interface ReportErrorsByDay {
  /** Name of the account in the settings. */
  account_key: ColumnType<string | null, never, never>;
  /** Day, in the account's billing zone, on which the fax was requested or received. */
  usage_date: ColumnType<string | null, never, never>;
  /** sent or received; null where it was not sent. Recipients stand under sent, which is all that has them. */
  direction: ColumnType<string | null, never, never>;
  /** The provider's word for the kind of error; null where none was sent. */
  error_type: ColumnType<string | null, never, never>;
  /** Number of the error, which means something only together with its type; null where none was sent. */
  error_id: ColumnType<number | null, never, never>;
  /** Family: retry_soon, retry_later, bad_number, bad_document, cancelled, money, system, simulated; unknown where the error is not described. */
  error_class: ColumnType<string | null, never, never>;
  /** What happened, in the provider's words; null where the error is not described. */
  message: ColumnType<string | null, never, never>;
  /** What to do, in plain words. */
  advice: ColumnType<string | null, never, never>;
  /** Recipients of sent faxes that failed so, and faxes without recipients that did. */
  failure_count: ColumnType<string | null, never, never>;
}

/** Why faxes failed, one row a month, direction and error of the provider, with what to do. Test faxes, faxes gone at the source and recipients of faxes without created_at are left out. */
export interface ReportErrorsByMonth {
  /** Name of the account in the settings. */
  account_key: ColumnType<string | null, never, never>;
  /** First day of the month, in the account's billing zone, in which the fax was requested or received. */
  usage_month: ColumnType<string | null, never, never>;
  /** sent or received; null where it was not sent. Recipients stand under sent, which is all that has them. */
  direction: ColumnType<string | null, never, never>;
  /** The provider's word for the kind of error; null where none was sent. */
  error_type: ColumnType<string | null, never, never>;
  /** Number of the error, which means something only together with its type; null where none was sent. */
  error_id: ColumnType<number | null, never, never>;
  /** Family: retry_soon, retry_later, bad_number, bad_document, cancelled, money, system, simulated; unknown where the error is not described. */
  error_class: ColumnType<string | null, never, never>;
  /** What happened, in the provider's words; null where the error is not described. */
  message: ColumnType<string | null, never, never>;
  /** What to do, in plain words. */
  advice: ColumnType<string | null, never, never>;
  /** Recipients of sent faxes that failed so, and faxes without recipients that did. */
  failure_count: ColumnType<string | null, never, never>;
}

/** When each list of an account was last read, one row a stream that was ever listed; and how far its faxes are behind the provider. */
export interface ReportFreshness {
  /** Name of the account in the settings; with stream the key of the view. */
  account_key: ColumnType<string | null, never, never>;
  /** What is listed: faxes, phone_numbers, account_status, ...; PhaxCodes are looked up one by one and have no list. */
  stream: ColumnType<string | null, never, never>;
  /** When the last look was made that was complete; null where none was. Of notes of numbers being ported, whose lists are many, the last of them. */
  last_look_at: ColumnType<Date | null, never, never>;
  /** Whole minutes since then; null as before. */
  look_age_minutes: ColumnType<number | null, never, never>;
  /** When the last look was made, complete or not. */
  last_try_at: ColumnType<Date | null, never, never>;
  /** False where that one missed too much of what is known, or held records that could not be read, and so proves nothing absent. */
  is_last_complete: ColumnType<boolean | null, never, never>;
  /** When that one came into the warehouse; long after last_try_at where loading is behind. */
  last_loaded_at: ColumnType<Date | null, never, never>;
  /** Up to which creation time the account's faxes were listed, the same on all its rows; null where they never were. */
  faxes_known_until_at: ColumnType<Date | null, never, never>;
  /** Whole minutes since then: how far the account is behind the provider; null as before. */
  behind_minutes: ColumnType<number | null, never, never>;
  /** Of faxes: where a backfill that is under way has got to, the earliest one first. Null where none is, and on AWS, where the state is not kept in the database. */
  unread_from_at: ColumnType<Date | null, never, never>;
  /** Of faxes: where that backfill ends; what was created in between is not known yet. Null as before. */
  unread_to_at: ColumnType<Date | null, never, never>;
}

/** Own numbers that somebody should look at, one row a number and finding: idle ones, ones that cost rent after they were given back, and ones in use that no list shows. Test faxes are no use of a number. */
export interface ReportIdleNumbers {
  /** Name of the account in the settings; with phone_number and finding the key of the view. */
  account_key: ColumnType<string | null, never, never>;
  /** The number, E.164 where it could be read, else as sent. */
  phone_number: ColumnType<string | null, never, never>;
  /** idle: the account has it, and no fax came in on it or was sent with it as caller id for at least 30 days; billed_after_release: a rent of it was taken a day or more after a list no longer showed it, and it was not bought anew; not_in_inventory: used in the last 90 days, and not in the list of numbers, or after it was given back. */
  finding: ColumnType<string | null, never, never>;
  /** Day of its last fax, in the account's billing zone; null where it had none in the last 90 days. */
  last_used_date: ColumnType<string | null, never, never>;
  /** Days since its last fax; null where it had none in the last 90 days, so for numbers never used too, and for other findings. */
  idle_days: ColumnType<number | null, never, never>;
  /** 30, 60 or 90: it was unused for at least that many days, by its last fax, else by how long it and the account's faxes have been known. Null for other findings. */
  idle_band_days: ColumnType<number | null, never, never>;
  /** Faxes of the last 90 days. */
  fax_count: ColumnType<string | null, never, never>;
  /** Rent a month in US cents as now paid; null when released, never listed, or not sent. */
  monthly_rent_cents: ColumnType<number | null, never, never>;
  /** The same in US dollars. */
  monthly_rent_usd: ColumnType<string | null, never, never>;
  /** Rents in US cents that were seen for nothing: of idle ones after their last fax, or in the last 90 days where they had none; of billed_after_release those. Null for not_in_inventory. */
  wasted_rent_cents: ColumnType<string | null, never, never>;
  /** The same in US dollars. */
  wasted_rent_usd: ColumnType<string | null, never, never>;
  /** What to do, in plain words. Of idle numbers, where no number of the account had a fax for 30 days or more, listed or not: to find out first why nothing comes, since an outage makes every number idle. */
  advice: ColumnType<string | null, never, never>;
}

/** How good the lines were over which recipients were reached, one row a month and area of the number called. Medians may not be added up or averaged. Test faxes and faxes gone at the source are left out. */
export interface ReportLineQuality {
  /** Name of the account in the settings. */
  account_key: ColumnType<string | null, never, never>;
  /** First day of the month, in the account's billing zone, in which the fax was requested. */
  usage_month: ColumnType<string | null, never, never>;
  /** First five characters of the number called, +1414: in North America +1 and the area code, elsewhere the country and what follows it. Null where the number was not sent. */
  dest_prefix: ColumnType<string | null, never, never>;
  /** Recipients that were reached. */
  reached_recipient_count: ColumnType<string | null, never, never>;
  /** Retries until they were. */
  retry_count: ColumnType<string | null, never, never>;
  /** Of these recipients, those whose bitrate was sent. */
  bitrate_known_count: ColumnType<string | null, never, never>;
  /** Median of their bitrates, bits a second; null where none was sent. */
  bitrate_p50: ColumnType<number | null, never, never>;
  /** Of these, those below 9600 bits a second: poor lines, on which faxes take twice as long or longer. */
  below_9600_count: ColumnType<string | null, never, never>;
  /** Their share of the known ones, 0 to 1; null where none is known. */
  below_9600_share: ColumnType<string | null, never, never>;
  /** Recipients whose resolution was sent. */
  resolution_known_count: ColumnType<string | null, never, never>;
  /** Of these, those below 7700 pixels a metre: the standard resolution of faxes, half of the fine one. What the provider was seen to send is 7700 and 8040. */
  standard_resolution_count: ColumnType<string | null, never, never>;
  /** Their share of the known ones, 0 to 1; null where none is known. */
  standard_resolution_share: ColumnType<string | null, never, never>;
  /** Median of the seconds from the request until the recipient was reached, a page of the fax: waiting and retries included. Null where a time or the pages were not sent for any. */
  seconds_a_page_p50: ColumnType<string | null, never, never>;
}

/** What the current month will cost and how many faxes it will have, one row an account whose faxes were ever listed, by the same weekdays of the last eight weeks. The figures change with every day; those of what happened are not estimates. */
export interface ReportMonthForecast {
  /** Name of the account in the settings; the key of the view. */
  account_key: ColumnType<string | null, never, never>;
  /** First day of the current month, in the account's billing zone. */
  usage_month: ColumnType<string | null, never, never>;
  /** Days of the month. */
  day_count: ColumnType<number | null, never, never>;
  /** Of these that are over and whose faxes were listed to their end. */
  over_day_count: ColumnType<number | null, never, never>;
  /** Whole days before the first that is not over whose faxes are known, at most 56; with fewer than 14 nothing is expected. */
  history_day_count: ColumnType<number | null, never, never>;
  /** US cents of the faxes of the days that are over, less what was credited of them, and of the rents of the month that were taken. */
  cost_so_far_cents: ColumnType<string | null, never, never>;
  /** The same in US dollars. */
  cost_so_far_usd: ColumnType<string | null, never, never>;
  /** Of these the US cents of faxes that are still under way: what fails of them is given back. */
  unsettled_cents: ColumnType<string | null, never, never>;
  /** US cents of rents that fall due until the end of the month, or fell due in the last three days and were not seen yet. */
  rent_due_cents: ColumnType<string | null, never, never>;
  /** US cents expected of the whole month, rents included; null with fewer than 14 days of history. */
  expected_cost_cents: ColumnType<string | null, never, never>;
  /** The same in US dollars. */
  expected_cost_usd: ColumnType<string | null, never, never>;
  /** US cents that the month will hardly stay below, never less than what was already taken and rents still due; null with fewer than 14 days of history. */
  low_cost_cents: ColumnType<string | null, never, never>;
  /** The same in US dollars. */
  low_cost_usd: ColumnType<string | null, never, never>;
  /** US cents that the month will hardly go beyond: of 100 months about 95 lie between low and high, if days are like those before. Null with fewer than 14 days of history. */
  high_cost_cents: ColumnType<string | null, never, never>;
  /** The same in US dollars. */
  high_cost_usd: ColumnType<string | null, never, never>;
  /** Faxes of the days that are over; test faxes and faxes gone at the source are left out. */
  so_far_fax_count: ColumnType<string | null, never, never>;
  /** Faxes expected of the whole month; null with fewer than 14 days of history. */
  expected_fax_count: ColumnType<string | null, never, never>;
  /** As low_cost_cents, of faxes. */
  low_fax_count: ColumnType<string | null, never, never>;
  /** As high_cost_cents, of faxes. */
  high_fax_count: ColumnType<string | null, never, never>;
}

/** One row a fax number that an account has, had, or asked to bring. The account's own numbers are shown to whoever may read the account; contacts, names, billing data and texts of notes are not. */
export interface ReportNumberInventory {
  /** Name of the account in the settings; with phone_number the key of the view. */
  account_key: ColumnType<string | null, never, never>;
  /** The number, E.164 where it could be read, else as sent. */
  phone_number: ColumnType<string | null, never, never>;
  /** active: the account has it; porting: a port is under way; ported: its port succeeded and no listing shows it yet; released: the account had it; port_failed: never had, its newest port failed; port_gone: never had, and the provider no longer shows its port. The first that is true. */
  inventory_status: ColumnType<string | null, never, never>;
  /** True while the newest complete listing of the account's numbers shows it. An active number that is not listed is released once a second listing misses it too. */
  is_listed: ColumnType<boolean | null, never, never>;
  /** City of the area code; may be a comma list. Null for numbers never listed. */
  city: ColumnType<string | null, never, never>;
  /** State (place) of the area code; null for numbers never listed. */
  state: ColumnType<string | null, never, never>;
  /** Country, as text; null for numbers never listed and in v1. */
  country: ColumnType<string | null, never, never>;
  /** When the number was bought or came in; null for numbers never listed. */
  provisioned_at: ColumnType<Date | null, never, never>;
  /** First complete listing without it, once a second one missed it too; null while the account has it, and for numbers never listed. */
  released_at: ColumnType<Date | null, never, never>;
  /** Rent a month in US cents as now paid, so that its sum is that of the account; null when released, never listed, or not sent. */
  monthly_rent_cents: ColumnType<number | null, never, never>;
  /** The same in US dollars. */
  monthly_rent_usd: ColumnType<string | null, never, never>;
  /** Rents seen (phone_number_charges); 0 where none was. Rents before the mirror began are not known, except the last. */
  rent_count: ColumnType<number | null, never, never>;
  /** Sum of the rents seen, in US cents; 0 where none was. */
  rent_total_cents: ColumnType<string | null, never, never>;
  /** The same in US dollars. */
  rent_total_usd: ColumnType<string | null, never, never>;
  /** Last time the rent was taken; null for numbers never listed, or when not sent. */
  last_billed_at: ColumnType<Date | null, never, never>;
  /** Newest order that brings or brought the number (warehouse.port_orders), one still shown by the provider before one that is not; null where there is none. */
  port_order_id: ColumnType<string | null, never, never>;
  /** The number in that order (warehouse.port_numbers), by which its notes are found; null where there is none. */
  port_number_id: ColumnType<string | null, never, never>;
  /** Status of the number in that order: open, submitted, needinfo, succeeded, failed, or another word as sent; null where there is none. */
  port_status: ColumnType<string | null, never, never>;
  /** True while that port waits for information (needinfo); null where there is no port. */
  is_port_blocked_on_information: ColumnType<boolean | null, never, never>;
  /** Days from the order's creation until now, for a final number until the order's completion; null where there is no port, one of the times is missing, or a port under way is no longer shown. */
  port_age_days: ColumnType<string | null, never, never>;
  /** Adapter of the number (warehouse.atas): one that names the number, else one with the name the number carries, the one registered last among several; null where none is known. */
  ata_id: ColumnType<string | null, never, never>;
  /** Name of that adapter, or the name the number carries where no adapter has it; null where there is none. */
  ata_name: ColumnType<string | null, never, never>;
  /** Adapters that match; more than 1 is a conflict to be cleared at the provider. */
  ata_count: ColumnType<number | null, never, never>;
  /** When that adapter last registered; null where it never did, or there is none. */
  ata_last_registered_at: ColumnType<Date | null, never, never>;
  /** True where its registration has ended; null where there is no adapter or it never registered. */
  is_ata_registration_expired: ColumnType<boolean | null, never, never>;
}

/** Faxes that are under way, one row each, with the price that is held for them meanwhile. Test faxes and faxes gone at the source are left out. */
export interface ReportOpenFaxes {
  /** Name of the account in the settings. */
  account_key: ColumnType<string | null, never, never>;
  /** The provider's id of the fax; "faxsync explain" tells its life. */
  fax_id: ColumnType<string | null, never, never>;
  /** sent or received; null where it was not sent. */
  direction: ColumnType<string | null, never, never>;
  /** Status in the provider's word; one that faxsync does not know counts as under way. */
  status: ColumnType<string | null, never, never>;
  /** When the fax was requested or received; null where it was not sent. */
  created_at: ColumnType<Date | null, never, never>;
  /** When the look was made that showed it as it is. */
  changed_at: ColumnType<Date | null, never, never>;
  /** Hours since it was requested, or since it was seen as it is where that is not known. */
  open_hours: ColumnType<string | null, never, never>;
  /** True above 24 hours. The check C5 goes by the setting stuck_hours instead. */
  is_stuck: ColumnType<boolean | null, never, never>;
  /** True where the last complete listing no longer showed it. */
  is_missing: ColumnType<boolean | null, never, never>;
  /** Pages; 0 before conversion, null where not sent. */
  page_count: ColumnType<number | null, never, never>;
  /** Recipients; null where not sent. */
  recipient_count: ColumnType<number | null, never, never>;
  /** US cents taken for all recipients so far; what fails is given back once it is over. Null where not sent. */
  held_cents: ColumnType<number | null, never, never>;
  /** The same in US dollars. */
  held_usd: ColumnType<string | null, never, never>;
}

/** What became of the faxes, one row a day and direction. Counts only, so that rows may be added up; test faxes and faxes gone at the source are left out. */
export interface ReportOutcomesByDay {
  /** Name of the account in the settings. */
  account_key: ColumnType<string | null, never, never>;
  /** Day, in the account's billing zone, on which the fax was requested or received. */
  usage_date: ColumnType<string | null, never, never>;
  /** sent or received; null where it was not sent. Recipients stand under sent, which is all that has them. */
  direction: ColumnType<string | null, never, never>;
  /** Faxes: the sum of the five counts that follow. */
  fax_count: ColumnType<string | null, never, never>;
  /** Faxes that arrived whole. */
  success_count: ColumnType<string | null, never, never>;
  /** Faxes that arrived at some of their recipients. */
  partial_count: ColumnType<string | null, never, never>;
  /** Faxes that arrived nowhere. */
  failure_count: ColumnType<string | null, never, never>;
  /** Faxes that are under way, a status that is not known among them. */
  open_count: ColumnType<string | null, never, never>;
  /** Faxes that ended otherwise. */
  other_count: ColumnType<string | null, never, never>;
  /** Pages of these faxes, each fax once whatever its recipients. */
  page_count: ColumnType<string | null, never, never>;
  /** Recipients of sent faxes, those of faxes without created_at left out; 0 for received ones. */
  recipient_count: ColumnType<string | null, never, never>;
  /** Recipients that were reached or failed. */
  finished_recipient_count: ColumnType<string | null, never, never>;
  /** Recipients that were reached. */
  reached_recipient_count: ColumnType<string | null, never, never>;
  /** Recipients that were reached without a retry; of the finished ones the first-attempt success rate. */
  first_attempt_recipient_count: ColumnType<string | null, never, never>;
}

/** What became of the recipients of sent faxes, one row a month, weekday and hour in which the fax was requested. Counts only, so that rows may be added up; test faxes, faxes gone at the source and faxes without created_at are left out. */
export interface ReportOutcomesByHour {
  /** Name of the account in the settings. */
  account_key: ColumnType<string | null, never, never>;
  /** First day of the month, in the account's billing zone. */
  usage_month: ColumnType<string | null, never, never>;
  /** 1 Monday to 7 Sunday, in that zone. */
  weekday: ColumnType<number | null, never, never>;
  /** Hour of the day, 0 to 23, in that zone; the hour that a change of clocks repeats counts twice. */
  hour: ColumnType<number | null, never, never>;
  /** Recipients that were reached or failed. */
  finished_recipient_count: ColumnType<string | null, never, never>;
  /** Recipients that were reached. */
  reached_recipient_count: ColumnType<string | null, never, never>;
  /** Recipients that were reached without a retry. */
  first_attempt_recipient_count: ColumnType<string | null, never, never>;
  /** Recipients that failed. */
  failed_recipient_count: ColumnType<string | null, never, never>;
}

/** What became of the recipients of sent faxes, one row a month and area of the number called. Counts only, so that rows may be added up; test faxes, faxes gone at the source and faxes without created_at are left out. */
export interface ReportOutcomesByPrefix {
  /** Name of the account in the settings. */
  account_key: ColumnType<string | null, never, never>;
  /** First day of the month, in the account's billing zone, in which the fax was requested. */
  usage_month: ColumnType<string | null, never, never>;
  /** First five characters of the number called, +1414: in North America +1 and the area code, elsewhere the country and what follows it. Null where the number was not sent. */
  dest_prefix: ColumnType<string | null, never, never>;
  /** Recipients that were reached or failed. */
  finished_recipient_count: ColumnType<string | null, never, never>;
  /** Recipients that were reached. */
  reached_recipient_count: ColumnType<string | null, never, never>;
  /** Recipients that were reached without a retry; of the finished ones the first-attempt success rate. */
  first_attempt_recipient_count: ColumnType<string | null, never, never>;
  /** Recipients that failed. */
  failed_recipient_count: ColumnType<string | null, never, never>;
  /** Retries of these recipients. */
  retry_count: ColumnType<string | null, never, never>;
}

/** One row an account and status of numbers being ported, over all numbers the provider still lists in an order. Counts and times only, no personal data. */
export interface ReportPortsByStatus {
  /** Name of the account in the settings. */
  account_key: ColumnType<string | null, never, never>;
  /** Status of the numbers (port_numbers.status): open, submitted, needinfo, succeeded, failed, or another word as sent; null where none was sent. */
  status: ColumnType<string | null, never, never>;
  /** True for succeeded and failed. Other words, and none, count as under way. */
  is_final: ColumnType<boolean | null, never, never>;
  /** True for needinfo: the port goes on once somebody answers. What is asked for stands in the notes (warehouse.port_number_notes). */
  is_blocked_on_information: ColumnType<boolean | null, never, never>;
  /** Whose move it is: provider (open), carrier that loses the number (submitted), account_holder (needinfo); null where final or not known. */
  waiting_for: ColumnType<string | null, never, never>;
  /** Numbers in this status. */
  number_count: ColumnType<number | null, never, never>;
  /** Orders with at least one number in this status; an order with numbers in several statuses counts in each. */
  order_count: ColumnType<number | null, never, never>;
  /** Numbers whose order was asked to complete (requested_for) before now and that are not final. */
  overdue_count: ColumnType<number | null, never, never>;
  /** Age in days of the oldest of these orders: from its creation until now, for final numbers until its completion. Null where no order has the times. */
  order_age_days_max: ColumnType<string | null, never, never>;
  /** Median age in days of these orders, each counted once; null as for the oldest. */
  order_age_days_median: ColumnType<string | null, never, never>;
  /** Longest time in days that a number has been in this status, from the first look that showed it until now. At least so long: looks before the mirror began are not known. */
  in_status_days_max: ColumnType<string | null, never, never>;
  /** Median over the numbers of their days in this status, counted in the same way. */
  in_status_days_median: ColumnType<string | null, never, never>;
  /** When somebody last wrote or changed a note on one of these numbers; null where none has notes. */
  latest_note_at: ColumnType<Date | null, never, never>;
}

/** Whether the bill of a month agrees and where it stands, one row an account and month of which a run was made. Figures of items are those of now, also where somebody decided since the last run. */
export interface ReportReconciliationByMonth {
  /** Name of the account in the settings; with usage_month the key of the view. */
  account_key: ColumnType<string | null, never, never>;
  /** First day of the month of the bill, in the account's billing zone. */
  usage_month: ColumnType<string | null, never, never>;
  /** open; settling: it ended and is not ready, until settles_date since credits still come, from then on since an item holds it up or its money was held against neither balance nor invoice ("faxsync periods" says which); ready: by its last run nothing holds it up; prepared, closed, reopened. */
  state: ColumnType<string | null, never, never>;
  /** Day from which on it may be ready; it becomes so only by a run that finds nothing to hold it up. */
  settles_date: ColumnType<string | null, never, never>;
  /** Number of the last run of all checks; null where none is complete. */
  run_id: ColumnType<string | null, never, never>;
  /** When that run ended. */
  last_run_at: ColumnType<Date | null, never, never>;
  /** What had been looked at until this instant the run has seen. */
  known_until_at: ColumnType<Date | null, never, never>;
  /** not_checked: no run of all checks is complete; differs: something of severity error is open, and unexplained_cents are at stake; incomplete: something of severity error is open, of which no amount is known, as of a fax whose cost was not sent or a time that no listing covers; outdated: nothing is, but warehouse_cents are no longer what the last run saw (run_cents); not_tied_out: they are, but neither balance nor invoice could be held against the money; agrees. */
  verdict: ColumnType<string | null, never, never>;
  /** What of the provider's own the money was held against, more of it tested than not: balance, invoice, or "balance and invoice"; null where neither. */
  agrees_with: ColumnType<string | null, never, never>;
  /** Faxes whose cost was held against their price, by that run. */
  tested_fax_count: ColumnType<string | null, never, never>;
  /** Those whose cost agrees. */
  matched_fax_count: ColumnType<string | null, never, never>;
  /** Per cent of the tested faxes that agree, rounded down to hundredths; null where none was tested. */
  matched_by_count_percent: ColumnType<string | null, never, never>;
  /** The same of their cost. */
  matched_by_money_percent: ColumnType<string | null, never, never>;
  /** Items of severity error that nobody has explained. */
  open_error_count: ColumnType<string | null, never, never>;
  /** The same of severity warn. */
  open_warning_count: ColumnType<string | null, never, never>;
  /** The same of severity info. */
  open_info_count: ColumnType<string | null, never, never>;
  /** US cents at stake in the open errors, each without its sign; 0 where of none an amount is known. */
  unexplained_cents: ColumnType<string | null, never, never>;
  /** The same in US dollars. */
  unexplained_usd: ColumnType<string | null, never, never>;
  /** US cents the provider owes by items that are open or disputed, less what it has credited of them. */
  owed_cents: ColumnType<string | null, never, never>;
  /** The same in US dollars. */
  owed_usd: ColumnType<string | null, never, never>;
  /** US cents that the run saw charged for the month. */
  run_cents: ColumnType<string | null, never, never>;
  /** US cents charged for the month as known now: faxes less credits, and rents. */
  warehouse_cents: ColumnType<string | null, never, never>;
  /** The same in US dollars. */
  warehouse_usd: ColumnType<string | null, never, never>;
  /** US cents of the imported invoices of the month, taxes left out; null where none was imported. */
  invoice_cents: ColumnType<string | null, never, never>;
  /** The same in US dollars. */
  invoice_usd: ColumnType<string | null, never, never>;
  /** US cents of their taxes, which no charge is held against; null where there are none. */
  invoice_tax_cents: ColumnType<string | null, never, never>;
  /** Invoices less the charges as known now; credits that came after the invoice are in it, check C19 allows for them. Null without an invoice. */
  invoice_difference_cents: ColumnType<string | null, never, never>;
  /** When it was closed last; null where it is not closed. */
  closed_at: ColumnType<Date | null, never, never>;
  /** US cents its bill came to over all its closings, corrections of earlier months included; null where it was never closed. */
  billed_cents: ColumnType<string | null, never, never>;
  /** The same in US dollars. */
  billed_usd: ColumnType<string | null, never, never>;
  /** Of these what corrects earlier months. */
  correction_cents: ColumnType<string | null, never, never>;
}

/** What each check of the reconciliation found in a month, one row an account, month and check of the last complete run of all checks. What people decided since does not change it; see reconciliation_by_month. */
export interface ReportReconciliationChecks {
  /** Name of the account in the settings; with usage_month and check_id the key of the view. */
  account_key: ColumnType<string | null, never, never>;
  /** First day of the month of the bill, in the account's billing zone. */
  usage_month: ColumnType<string | null, never, never>;
  /** C1 to C24; docs/reconciliation.md says what each is for. */
  check_id: ColumnType<string | null, never, never>;
  /** Its name; null for a check that this version does not have any more. */
  check_name: ColumnType<string | null, never, never>;
  /** What it holds ... */
  left_side: ColumnType<string | null, never, never>;
  /** ... against what. */
  right_side: ColumnType<string | null, never, never>;
  /** error, warn or info: what an exception of it is worth. */
  severity: ColumnType<string | null, never, never>;
  /** The worst of its rows: exception, then explained, within_tolerance, pass; not_testable where nothing could be tested. */
  outcome: ColumnType<string | null, never, never>;
  /** Rows that were tested. */
  tested_count: ColumnType<string | null, never, never>;
  /** Rows that differ by no more than the tolerance. */
  within_count: ColumnType<string | null, never, never>;
  /** Rows that differ for a reason the check itself knows. */
  explained_count: ColumnType<string | null, never, never>;
  /** Rows that differ. */
  exception_count: ColumnType<string | null, never, never>;
  /** Rows that could not be tested. */
  untestable_count: ColumnType<string | null, never, never>;
  /** US cents at stake in the rows that differ, each without its sign. */
  exception_cents: ColumnType<string | null, never, never>;
  /** The same in US dollars. */
  exception_usd: ColumnType<string | null, never, never>;
  /** US cents of these that the provider owes. */
  owed_cents: ColumnType<string | null, never, never>;
  /** The same in US dollars. */
  owed_usd: ColumnType<string | null, never, never>;
  /** Why, as a stable word of docs/reconciliation.md: of the exceptions, else of what is explained, else of what cannot be tested; null where all passes. */
  reason: ColumnType<string | null, never, never>;
  /** Number of the run. */
  run_id: ColumnType<string | null, never, never>;
  /** When it ended. */
  last_run_at: ColumnType<Date | null, never, never>;
}

/** Faxes that failed and were sent again within 24 hours, one row a chain: the first, which failed, and the resends after it, up to one that did not fail or was not repeated. Alike are faxes to the same numbers with as many pages and the same tags. Ask for months by usage_month. Left out: received faxes, test faxes, faxes gone at the source, faxes without a time of request or with a recipient without a number. */
export interface ReportResendChains {
  /** Name of the account in the settings. */
  account_key: ColumnType<string | null, never, never>;
  /** First day of the month, in the account's billing zone, in which the first fax was requested; the chain may go on after it. */
  usage_month: ColumnType<string | null, never, never>;
  /** The provider's id of the first fax, which failed wholly or partly; "faxsync explain" tells its life. */
  first_fax_id: ColumnType<string | null, never, never>;
  /** Id of the last resend. */
  last_fax_id: ColumnType<string | null, never, never>;
  /** When the first fax was requested. */
  first_requested_at: ColumnType<Date | null, never, never>;
  /** When the last resend was requested. */
  last_requested_at: ColumnType<Date | null, never, never>;
  /** Hours from the one to the other. */
  first_to_last_hours: ColumnType<string | null, never, never>;
  /** Faxes in the chain, the first included: at least 2. */
  send_count: ColumnType<string | null, never, never>;
  /** Recipients of each of them. */
  recipient_count: ColumnType<string | null, never, never>;
  /** Pages of each of them; null where not sent. */
  page_count: ColumnType<number | null, never, never>;
  /** What became of the last resend, in the provider's word. */
  last_status: ColumnType<string | null, never, never>;
  /** True where the last resend reached all recipients, false where it reached none or some of them; null while it is under way. */
  has_ended_well: ColumnType<boolean | null, never, never>;
  /** US cents that all but the first fax cost, credits taken off. */
  resend_cost_cents: ColumnType<string | null, never, never>;
  /** The same in US dollars. */
  resend_cost_usd: ColumnType<string | null, never, never>;
  /** US cents that all but the last fax cost, credits taken off: what would not have been paid had the first reached everybody. 0 once all was credited. */
  repeated_cost_cents: ColumnType<string | null, never, never>;
  /** The same in US dollars. */
  repeated_cost_usd: ColumnType<string | null, never, never>;
}

/** Every table and view by its qualified name. */
export interface DB {
  'warehouse.account_grants': WarehouseAccountGrants;
  'warehouse.account_snapshots': WarehouseAccountSnapshots;
  'warehouse.accounts': WarehouseAccounts;
  'warehouse.address_history': WarehouseAddressHistory;
  'warehouse.addresses': WarehouseAddresses;
  'warehouse.ata_history': WarehouseAtaHistory;
  'warehouse.atas': WarehouseAtas;
  'warehouse.blocking_rule_history': WarehouseBlockingRuleHistory;
  'warehouse.blocking_rules': WarehouseBlockingRules;
  'warehouse.charges': WarehouseCharges;
  'warehouse.country_names': WarehouseCountryNames;
  'warehouse.detected_ata_history': WarehouseDetectedAtaHistory;
  'warehouse.detected_atas': WarehouseDetectedAtas;
  'warehouse.dial_prefixes': WarehouseDialPrefixes;
  'warehouse.error_codes': WarehouseErrorCodes;
  'warehouse.fax_barcodes': WarehouseFaxBarcodes;
  'warehouse.fax_history': WarehouseFaxHistory;
  'warehouse.fax_recipients': WarehouseFaxRecipients;
  'warehouse.faxes': WarehouseFaxes;
  'warehouse.phax_codes': WarehousePhaxCodes;
  'warehouse.phone_number_charges': WarehousePhoneNumberCharges;
  'warehouse.phone_number_history': WarehousePhoneNumberHistory;
  'warehouse.phone_numbers': WarehousePhoneNumbers;
  'warehouse.port_number_history': WarehousePortNumberHistory;
  'warehouse.port_number_note_history': WarehousePortNumberNoteHistory;
  'warehouse.port_number_notes': WarehousePortNumberNotes;
  'warehouse.port_numbers': WarehousePortNumbers;
  'warehouse.port_order_history': WarehousePortOrderHistory;
  'warehouse.port_orders': WarehousePortOrders;
  'warehouse.rate_card': WarehouseRateCard;
  'warehouse.rent_schedule': WarehouseRentSchedule;
  'ops.fax_looks': OpsFaxLooks;
  'ops.fax_recipient_changes': OpsFaxRecipientChanges;
  'ops.landed_objects': OpsLandedObjects;
  'ops.migrations': OpsMigrations;
  'ops.rejected_counts': OpsRejectedCounts;
  'ops.rejected_records': OpsRejectedRecords;
  'ops.report_scripts': OpsReportScripts;
  'ops.schema_drift': OpsSchemaDrift;
  'ops.slices': OpsSlices;
  'ops.sync_cursors': OpsSyncCursors;
  'ops.sync_digests': OpsSyncDigests;
  'ops.sync_state': OpsSyncState;
  'ops.sync_watched_objects': OpsSyncWatchedObjects;
  'recon.bill': ReconBill;
  'recon.bill_lines': ReconBillLines;
  'recon.closing_items': ReconClosingItems;
  'recon.closings': ReconClosings;
  'recon.events': ReconEvents;
  'recon.invoice_lines': ReconInvoiceLines;
  'recon.invoices': ReconInvoices;
  'recon.items': ReconItems;
  'recon.pending_corrections': ReconPendingCorrections;
  'recon.periods': ReconPeriods;
  'recon.receipts': ReconReceipts;
  'recon.results': ReconResults;
  'recon.runs': ReconRuns;
  'recon.settings_versions': ReconSettingsVersions;
  'report.anomalies': ReportAnomalies;
  'report.balance_forecast': ReportBalanceForecast;
  'report.bill_agreement_by_day': ReportBillAgreementByDay;
  'report.billing_by_country': ReportBillingByCountry;
  'report.billing_by_day': ReportBillingByDay;
  'report.billing_by_month': ReportBillingByMonth;
  'report.billing_by_number': ReportBillingByNumber;
  'report.chargeback': ReportChargeback;
  'report.charges': ReportCharges;
  'report.cost_and_usage': ReportCostAndUsage;
  'report.cost_of_failures': ReportCostOfFailures;
  'report.data_quality': ReportDataQuality;
  'report.delivery_times': ReportDeliveryTimes;
  'report.destinations': ReportDestinations;
  'report.duplicate_faxes': ReportDuplicateFaxes;
  'report.errors_by_day': ReportErrorsByDay;
  'report.errors_by_month': ReportErrorsByMonth;
  'report.freshness': ReportFreshness;
  'report.idle_numbers': ReportIdleNumbers;
  'report.line_quality': ReportLineQuality;
  'report.month_forecast': ReportMonthForecast;
  'report.number_inventory': ReportNumberInventory;
  'report.open_faxes': ReportOpenFaxes;
  'report.outcomes_by_day': ReportOutcomesByDay;
  'report.outcomes_by_hour': ReportOutcomesByHour;
  'report.outcomes_by_prefix': ReportOutcomesByPrefix;
  'report.ports_by_status': ReportPortsByStatus;
  'report.reconciliation_by_month': ReportReconciliationByMonth;
  'report.reconciliation_checks': ReportReconciliationChecks;
  'report.resend_chains': ReportResendChains;
}
