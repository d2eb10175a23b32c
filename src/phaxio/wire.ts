/**
 * The provider's objects as they travel, for the decoders that read them and the simulator that writes them.
 * v1 leaves out what it does not know, v2 sends null, v2.1 adds fields. Every type tolerates more than is listed.
 * Answers wrap them as `{success, message, data, paging}`; `data` is missing on deletes and releases, v1 puts `paging` before `data`.
 * @see docs/provider.md
 */

/** v2 paging; above 10,000 rows `total` is the text `">10000"`. */
export interface WirePagingV2 {
  readonly total: number | string;
  readonly per_page: number;
  readonly page: number;
}

/** v1 paging. */
export interface WirePagingV1 {
  readonly max_per_page: number;
  readonly page: number;
  readonly total_pages: number;
  readonly total_results: number;
}

/** A fax in v2 and v2.1; the last two fields are v2.1's. Times are RFC 3339 in US Central. */
export interface WireFaxV2 {
  readonly id: number;
  readonly direction: string;
  readonly num_pages: number;
  readonly status: string;
  readonly is_test: boolean;
  readonly created_at: string;
  readonly caller_id: string | null;
  readonly from_number: string | null;
  readonly completed_at: string | null;
  readonly caller_name?: string | null;
  readonly cost: number;
  readonly tags: Readonly<Record<string, string>>;
  /** Null on received faxes. */
  readonly recipients: readonly WireRecipientV2[] | null;
  readonly to_number: string | null;
  readonly error_id: number | null;
  readonly error_type: string | null;
  readonly error_message: string | null;
  readonly barcodes?: readonly WireBarcode[];
}

/** A recipient in v2 and v2.1. `phone_calls` was seen in 2021 and is not documented. */
export interface WireRecipientV2 {
  readonly phone_number: string;
  /** Null right after creation. */
  readonly status: string | null;
  readonly retry_count: number;
  readonly completed_at: string | null;
  readonly bitrate: number | null;
  readonly resolution: number | null;
  readonly error_type: string | null;
  readonly error_id: number | null;
  readonly error_message: string | null;
  readonly phone_calls?: readonly WirePhoneCall[];
}

/** One attempt at a recipient; undocumented. */
export interface WirePhoneCall {
  readonly duration: number;
  readonly status: string;
  readonly completed_at: string | null;
  readonly error_type: string | null;
  readonly error_id: number | null;
  readonly error_message: string | null;
}

/** A barcode in v2.1: PhaxCodes carry `identifier` and `metadata`, others `value`. */
export interface WireBarcode {
  readonly type: string;
  readonly page: number;
  readonly value?: string;
  readonly identifier?: string;
  readonly metadata?: string;
}

/** A fax in v1: unix seconds; absent keys instead of nulls. */
export interface WireFaxV1 {
  readonly id: number;
  readonly num_pages: number;
  readonly cost: number;
  readonly direction: string;
  readonly status: string;
  readonly is_test: boolean;
  readonly requested_at: number;
  readonly completed_at?: number;
  readonly from_number?: string;
  readonly to_number?: string;
  readonly caller_id?: string;
  readonly recipients?: readonly WireRecipientV1[];
  readonly tags?: Readonly<Record<string, string>>;
  readonly error_id?: number;
  readonly error_type?: string;
  /** The error's text; v2 calls it `error_message`. */
  readonly error_code?: string;
}

/** A recipient in v1: `number` has 10 digits or is E.164; bitrate and resolution are texts. */
export interface WireRecipientV1 {
  readonly number: string;
  readonly status?: string;
  readonly retry_count?: number;
  readonly bitrate?: string;
  readonly resolution?: string;
  readonly completed_at?: number;
  readonly error_id?: number;
  readonly error_type?: string;
  readonly error_code?: string;
}

/** A phone number in v2 and v2.1; `ata_name` is v2.1's and undocumented. */
export interface WireNumberV2 {
  readonly phone_number: string;
  readonly city: string | null;
  readonly state: string | null;
  readonly country: string | null;
  readonly cost: number;
  readonly last_billed_at: string;
  readonly provisioned_at: string;
  readonly callback_url: string | null;
  readonly ata_name?: string | null;
}

/** A phone number in v1: 10 digits, stamps `YYYY-MM-DD HH:MM:SS` without a zone. */
export interface WireNumberV1 {
  readonly number: string;
  readonly city: string;
  readonly state: string;
  readonly cost: number;
  readonly last_billed_at: string;
  readonly provisioned_at: string;
}

/** Counters in v2 and v2.1. */
export interface WireAccountV2 {
  readonly balance: number;
  readonly faxes_today: { readonly sent: number; readonly received: number };
  readonly faxes_this_month: { readonly sent: number; readonly received: number };
}

/** Counters in v1: sent faxes only. */
export interface WireAccountV1 {
  readonly faxes_sent_this_month: number;
  readonly faxes_sent_today: number;
  readonly balance: number;
}

/** A row of the rate card in v2 and v2.1. */
export interface WireCountryV2 {
  readonly name: string;
  readonly alpha2: string;
  readonly country_code: number;
  readonly price_per_page: number;
  readonly send_support: string;
  readonly receive_support: string;
}

/** v1's rate card: country name to price. */
export type WireCountriesV1 = Readonly<Record<string, { readonly price_per_page: number }>>;

/** An order to bring numbers from another carrier (v2.1). Times are RFC 3339 in US Central. */
export interface WirePortOrder {
  readonly id: number;
  readonly contact_number: string | null;
  readonly contact_email: string | null;
  readonly name_on_account: string | null;
  readonly account_identifier: string | null;
  readonly name_of_business: string | null;
  readonly provider_name: string | null;
  /** Secret. */
  readonly port_out_pin: string | null;
  readonly port_type: string | null;
  readonly billing_number: string | null;
  readonly billing_address1: string | null;
  readonly billing_address2: string | null;
  readonly billing_city: string | null;
  readonly billing_state: string | null;
  /** A number in the provider's sample, which loses leading zeros. */
  readonly billing_zip: string | number | null;
  /** Not documented. */
  readonly esig: string | null;
  readonly status: string;
  readonly quantity: number;
  readonly created_at: string;
  readonly updated_at: string;
  readonly completed_at: string | null;
  readonly requested_for: string | null;
  readonly bill_received_at: string | null;
  readonly port_numbers: readonly WirePortNumber[];
}

/** A number of a port order (v2.1). */
export interface WirePortNumber {
  readonly id: number;
  readonly port_number: string;
  readonly status: string;
}

/** A note on a number of a port order (v2.1). */
export interface WirePortNumberNote {
  readonly id: number;
  readonly note: string;
  readonly author: string;
  readonly created_at: string;
  readonly updated_at: string;
}

/** An adapter (v2.1). What follows `domain` is undocumented but for `mac_address`, which the provider's page calls `domain` too. */
export interface WireAta {
  readonly id: number;
  readonly name: string | null;
  readonly description: string | null;
  readonly user_phone_number: string | null;
  readonly domain: string | null;
  readonly last_registered: string | null;
  readonly expiry_time: string | null;
  readonly user_agent: string | null;
  /** Its user's part is the user name: secret. */
  readonly sip_uri: string | null;
  readonly mac_address: string | null;
  readonly group: string | null;
  /** Secret; only where credentials are made or asked for. */
  readonly username?: string;
  /** Secret; as `username`. */
  readonly password?: string;
}

/** An adapter that was noticed without being set up (v2.1, endpoint not documented). */
export interface WireDetectedAta {
  readonly mac_address: string;
  readonly user_agent: string;
  readonly last_seen: string;
}

/** A rule by which faxes are refused (v2.1). */
export interface WireBlockingRule {
  readonly id: number;
  readonly to: string;
  readonly from: string;
  /** `send` or `receive`. */
  readonly direction: string;
  readonly is_locked: boolean;
}

/** An address of a number's owner (v2.1, endpoint not documented). */
export interface WireAddress {
  readonly id: number;
  readonly end_subscriber_type: string;
  readonly company_name: string | null;
  readonly first_name: string | null;
  readonly last_name: string | null;
  readonly phone_number: string | null;
  readonly email_address: string | null;
  readonly vat_number: string | null;
  readonly street: string;
  readonly street_number: string;
  readonly residence: string | null;
  readonly floor: string | null;
  readonly box: string | null;
  readonly postal_code: string;
  readonly city: string;
  readonly state: string | null;
  readonly country: string;
  readonly service_usage: string | null;
}

/** A PhaxCode as looked up (v2.1); `metadata` is absent where none was stored. */
export interface WirePhaxCode {
  readonly identifier: string;
  readonly created_at: string;
  readonly metadata?: string;
}
