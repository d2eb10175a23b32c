import type { LandedKind } from '../../src/landing/contract.ts';
import type {
  WireAddress,
  WireAta,
  WireBlockingRule,
  WireDetectedAta,
  WireFaxV2,
  WireNumberV2,
  WirePortNumberNote,
  WirePortOrder,
} from '../../src/phaxio/wire.ts';
import { mendedPortOrder, sampleOf, sampleText } from './seed-page.ts';

/** An object of the provider as JSON has it. */
export type SampleRecord = Readonly<Record<string, unknown>>;

/** An object, how it is listed, where it goes, and samples of it. Its table is named after its stream, its history after itself. */
export interface Seed {
  readonly object: string;
  readonly stream: string;
  readonly kind: LandedKind;
  readonly subjectId: string | null;
  readonly key: { readonly field: string; readonly column: string; readonly isText: boolean };
  /** Fields whose column has another name; null: kept nowhere, or elsewhere. */
  readonly columns: Readonly<Record<string, string | null>>;
  /** Fields that are stored otherwise than sent; stamps and keys go without saying. */
  readonly stored?: Readonly<Record<string, (sent: unknown) => unknown>>;
  /** Our own, every field of it with something in it where one object may have them all. */
  readonly invented: object;
  /** Heading of its fields on the provider's page. */
  readonly heading: string;
  /** The page's own. @throws Error where the page is not there. */
  readonly onPage: () => SampleRecord;
}

const ATA: WireAta = {
  id: 4242,
  name: 'Reception',
  description: 'Beside the lift',
  user_phone_number: '+14145550111',
  domain: 'lines.example.net',
  last_registered: '2026-08-31T23:59:58.000-05:00',
  expiry_time: '2026-09-01T00:59:58.000-05:00',
  user_agent: 'Example ATA 2.4',
  sip_uri: 'sip:desk-17@192.0.2.40:5060',
  mac_address: '00AA11BB22CC',
  group: 'ground floor',
  username: 'desk-17',
  password: 'never-stored',
};

const DETECTED_ATA: WireDetectedAta = {
  mac_address: '00AA11BB22DD',
  user_agent: 'Example ATA 1.9',
  last_seen: '2026-08-30T07:15:00.000-05:00',
};

const ADDRESS: WireAddress = {
  id: 77,
  end_subscriber_type: 'company',
  company_name: 'Näherei Grün KG',
  first_name: 'Asta',
  last_name: 'Grün',
  phone_number: '+494055501234',
  email_address: 'office@example.org',
  vat_number: 'DE000000001',
  street: 'Am Speicher',
  street_number: '4b',
  residence: 'Hof 2',
  floor: '0',
  box: '9',
  postal_code: '01067',
  city: 'Dresden',
  state: 'Sachsen',
  country: 'DE',
  service_usage: 'Orders by fax',
};

const BLOCKING_RULE: WireBlockingRule = {
  id: 9001,
  to: '+14145550144',
  from: 'CU',
  direction: 'receive',
  is_locked: true,
};

const PORT_ORDER: WirePortOrder = {
  id: 601,
  contact_number: '+14145550120',
  contact_email: 'moves@example.org',
  name_on_account: 'Ines Vogel',
  account_identifier: 'ACC-31415',
  name_of_business: 'Vogel Optics',
  provider_name: 'Sample Telephone',
  port_out_pin: 'never-stored',
  port_type: 'business',
  billing_number: '+14145550121',
  billing_address1: '8 Mill Lane',
  billing_address2: 'Rear building',
  billing_city: 'Springdale',
  billing_state: 'WI',
  billing_zip: 53_719,
  esig: 'I. Vogel',
  status: 'needinfo',
  quantity: 3,
  created_at: '2026-07-01T09:00:00.000-05:00',
  updated_at: '2026-07-15T16:30:00.250-05:00',
  completed_at: '2026-07-16T00:00:00.000-05:00',
  requested_for: '2026-07-20T00:00:00.000-05:00',
  bill_received_at: '2026-07-03T12:00:00.000-05:00',
  port_numbers: [
    { id: 811, port_number: '+14145550131', status: 'submitted' },
    { id: 812, port_number: '+14145550132', status: 'needinfo' },
    { id: 813, port_number: '+14145550133', status: 'succeeded' },
  ],
};

const PORT_NUMBER_NOTE: WirePortNumberNote = {
  id: 303,
  note: 'The carrier wants a newer bill.',
  author: 'Desk two',
  created_at: '2026-07-02T10:00:00.000-05:00',
  updated_at: '2026-07-02T10:05:00.000-05:00',
};

const PHONE_NUMBER: WireNumberV2 = {
  phone_number: '+14145550150',
  city: 'Springdale',
  state: 'Wisconsin',
  country: 'United States',
  cost: 250,
  last_billed_at: '2026-08-05T11:00:00.000-05:00',
  provisioned_at: '2026-01-05T11:00:00.000-06:00',
  callback_url: 'https://hooks.example.org/fax',
  ata_name: 'Reception',
};

const FAX: WireFaxV2 = {
  id: 5005,
  direction: 'sent',
  num_pages: 4,
  status: 'success',
  is_test: false,
  created_at: '2026-08-20T08:00:00.000-05:00',
  caller_id: '+14145550150',
  from_number: null,
  completed_at: '2026-08-20T08:02:30.000-05:00',
  caller_name: 'Vogel Optics',
  cost: 28,
  tags: { ward: 'north' },
  recipients: [
    {
      phone_number: '+14145550160',
      status: 'success',
      retry_count: 1,
      completed_at: '2026-08-20T08:02:30.000-05:00',
      bitrate: 9600,
      resolution: 3850,
      error_type: null,
      error_id: null,
      error_message: null,
    },
  ],
  to_number: null,
  error_id: null,
  error_type: null,
  error_message: null,
  barcodes: [{ type: 'code_128', page: 2, value: '0042' }],
};

const json = (text: string) => JSON.parse(text) as SampleRecord;
const id = (column: string) => ({ field: 'id', column, isText: false });
const named = (field: string) => ({ field, column: field, isText: true });
const snapshot = { kind: 'snapshot', subjectId: null, columns: {} } as const;

/**
 * The objects of the page that have a table. Written by hand, as the samples are: a stream need not stand here, but what stands here is
 * loaded whole and in every broken form.
 */
export const SEEDS: readonly Seed[] = [
  {
    ...snapshot,
    object: 'ata',
    stream: 'atas',
    key: id('ata_id'),
    columns: {
      username: null,
      password: null,
      last_registered: 'last_registered_at',
      expiry_time: 'expires_at',
      group: 'group_name',
    },
    stored: { sip_uri: (sent) => String(sent).replace(/^sip:.*@/, 'sip:') },
    invented: ATA,
    heading: 'ATA',
    onPage: () => sampleOf('ATA'),
  },
  {
    ...snapshot,
    object: 'detected_ata',
    stream: 'detected_atas',
    key: named('mac_address'),
    columns: { last_seen: 'last_seen_at' },
    invented: DETECTED_ATA,
    heading: 'Autodetected ATA',
    onPage: () => sampleOf('Autodetected ATA'),
  },
  {
    ...snapshot,
    object: 'address',
    stream: 'addresses',
    key: id('address_id'),
    invented: ADDRESS,
    heading: 'Address',
    onPage: () => json(sampleText('Address')),
  },
  {
    ...snapshot,
    object: 'blocking_rule',
    stream: 'blocking_rules',
    key: id('blocking_rule_id'),
    columns: { to: 'to_rule', from: 'from_rule' },
    invented: BLOCKING_RULE,
    heading: 'Blocking Rule',
    onPage: () => json(sampleText('Blocking Rule')),
  },
  {
    ...snapshot,
    object: 'port_order',
    stream: 'port_orders',
    key: id('port_order_id'),
    columns: { port_out_pin: null, port_numbers: null },
    stored: { billing_zip: String },
    invented: PORT_ORDER,
    heading: 'Port Order',
    onPage: () => json(mendedPortOrder()),
  },
  {
    ...snapshot,
    object: 'port_number_note',
    stream: 'port_number_notes',
    subjectId: '5678',
    key: id('note_id'),
    invented: PORT_NUMBER_NOTE,
    heading: 'Port Number Note',
    onPage: () => json(sampleText('Port Number Note')),
  },
  {
    ...snapshot,
    object: 'phone_number',
    stream: 'phone_numbers',
    key: named('phone_number'),
    columns: { cost: 'cost_cents' },
    invented: PHONE_NUMBER,
    heading: 'Phone Number',
    onPage: () => json(sampleText('Phone Number')),
  },
  {
    object: 'fax',
    stream: 'faxes',
    kind: 'slice',
    subjectId: null,
    key: id('fax_id'),
    columns: { cost: 'cost_cents', recipients: null, barcodes: null },
    invented: FAX,
    heading: 'Fax',
    onPage: () => json(sampleText('Fax')),
  },
];
