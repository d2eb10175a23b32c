import fc from 'fast-check';
import type { Fax, FaxBarcode, FaxRecipient } from '../../src/domain/fax.ts';
import { toCents } from '../../src/domain/money.ts';

/**
 * A fax as it is in the world, before any dialect; rendered here from the provider facts by hand, apart from the
 * simulator, so that the two can disagree. Times are unix seconds, numbers E.164.
 */
export interface WorldFax {
  readonly id: bigint;
  readonly direction: 'sent' | 'received';
  readonly status: string;
  readonly isTest: boolean;
  readonly numPages: number;
  readonly cost: number;
  readonly createdAt: number;
  readonly completedAt: number | null;
  readonly callerId: string | null;
  readonly fromNumber: string | null;
  readonly toNumber: string | null;
  readonly callerName: string | null;
  readonly error: WorldError | null;
  readonly tags: Readonly<Record<string, string>>;
  readonly recipients: readonly WorldRecipient[];
  readonly barcodes: readonly WorldBarcode[];
}

export interface WorldError {
  readonly id: number;
  readonly type: string;
  readonly message: string;
}

export interface WorldRecipient {
  readonly number: string;
  readonly status: string | null;
  readonly retryCount: number;
  readonly completedAt: number | null;
  readonly bitrate: number | null;
  readonly resolution: number | null;
  readonly error: WorldError | null;
}

export interface WorldBarcode {
  readonly type: string;
  readonly page: number;
  readonly value: string | null;
  readonly identifier: string | null;
  readonly metadata: string | null;
}

const INT4_MAX = 2_147_483_647;

/** Text that Postgres can store: well-formed and without NUL. */
const text = fc.string({ unit: 'grapheme', maxLength: 20 }).map((value) => value.replaceAll('\0', ''));
const seconds = fc.integer({ min: Date.UTC(2010, 0, 1) / 1000, max: Date.UTC(2035, 0, 1) / 1000 });
const int4 = fc.oneof(fc.integer({ min: 0, max: 50 }), fc.integer({ min: 0, max: INT4_MAX }));
const number = fc.oneof(
  fc.integer({ min: 2_000_000_000, max: 9_999_999_999 }).map((digits) => `+1${digits}`),
  fc.constantFrom('+442071838750', '+3225551234', '+4930123456', '+61291234567'),
);
const error = fc.record({
  id: int4,
  type: fc.constantFrom('documentConversionError', 'lineError', 'faxError', 'fatalError', 'generalError'),
  message: text,
});
const recipient: fc.Arbitrary<WorldRecipient> = fc.record({
  number,
  status: fc.constantFrom(
    'queued',
    'pendingbatch',
    'inprogress',
    'ringing',
    'callactive',
    'willretry',
    'success',
    'failure',
    null,
  ),
  retryCount: int4,
  completedAt: fc.option(seconds),
  bitrate: fc.option(int4),
  resolution: fc.option(int4),
  error: fc.option(error),
});
const barcode: fc.Arbitrary<WorldBarcode> = fc.oneof(
  fc.record({
    type: fc.constantFrom('code_128', 'data_matrix'),
    page: int4,
    value: text,
    identifier: fc.constant(null),
    metadata: fc.constant(null),
  }),
  fc.record({ type: fc.constant('phax_code'), page: int4, value: fc.constant(null), identifier: text, metadata: text }),
);
const tagName = fc.oneof(
  fc.constantFrom('order_id', 'department', '__proto__', 'constructor', 'toString', '10', '9', ''),
  text,
);

/** Any fax the provider's documentation allows. */
export const worldFax: fc.Arbitrary<WorldFax> = fc
  .record({
    id: fc.oneof(fc.bigInt({ min: 1n, max: 400_000_000n }), fc.bigInt({ min: 1n, max: 2n ** 63n - 1n })),
    direction: fc.constantFrom('sent' as const, 'received' as const),
    status: fc.constantFrom('queued', 'pendingbatch', 'inprogress', 'success', 'failure', 'partialsuccess'),
    isTest: fc.boolean(),
    numPages: int4,
    cost: int4,
    createdAt: seconds,
    completedAt: fc.option(seconds),
    callerId: fc.option(number),
    fromNumber: fc.option(number),
    toNumber: fc.option(number),
    callerName: fc.option(text),
    error: fc.option(error),
    tags: fc
      .uniqueArray(fc.tuple(tagName, text), { maxLength: 4, selector: ([name]) => name })
      .map((tags) => Object.fromEntries(tags)),
    recipients: fc.array(recipient, { maxLength: 4 }),
    barcodes: fc.array(barcode, { maxLength: 3 }),
  })
  .map((fax) => (fax.direction === 'received' ? { ...fax, recipients: [] } : { ...fax, barcodes: [] }));

/** A world's faxes with different ids. */
export const worldFaxes: fc.Arbitrary<WorldFax[]> = fc.uniqueArray(worldFax, {
  maxLength: 8,
  selector: (fax) => fax.id,
});

/** What every dialect must be decoded to. */
export function canonicalFax(fax: WorldFax, dialect: 'v1' | 'v2' | 'v2.1'): Fax {
  return {
    faxId: String(fax.id),
    direction: fax.direction,
    status: fax.status,
    isTest: fax.isTest,
    numPages: fax.numPages,
    costCents: toCents(fax.cost),
    createdAt: fax.createdAt * 1000,
    completedAt: ms(fax.completedAt),
    callerId: fax.callerId,
    fromNumber: fax.fromNumber,
    toNumber: fax.toNumber,
    callerName: dialect === 'v2.1' ? fax.callerName : null,
    errorId: fax.error?.id ?? null,
    errorType: fax.error?.type ?? null,
    errorMessage: fax.error?.message ?? null,
    tags: fax.tags,
    recipients: fax.direction === 'received' ? null : fax.recipients.map(canonicalRecipient),
    barcodes: dialect === 'v2.1' ? fax.barcodes.map(canonicalBarcode) : null,
    extra: null,
  };
}

function canonicalRecipient(recipient: WorldRecipient): FaxRecipient {
  return {
    phoneNumber: recipient.number,
    status: recipient.status,
    retryCount: recipient.retryCount,
    completedAt: ms(recipient.completedAt),
    bitrate: recipient.bitrate,
    resolution: recipient.resolution,
    errorId: recipient.error?.id ?? null,
    errorType: recipient.error?.type ?? null,
    errorMessage: recipient.error?.message ?? null,
    extra: null,
  };
}

function canonicalBarcode(barcode: WorldBarcode): FaxBarcode {
  return { ...barcode, extra: null };
}

function ms(unixSeconds: number | null): number | null {
  return unixSeconds === null ? null : unixSeconds * 1000;
}

/** The v2 or v2.1 object: nulls for what is absent, RFC 3339 in US Central. */
export function renderV2(fax: WorldFax, dialect: 'v2' | 'v2.1'): Record<string, unknown> {
  return {
    id: bigNumber(fax.id),
    direction: fax.direction,
    num_pages: fax.numPages,
    status: fax.status,
    is_test: fax.isTest,
    created_at: central(fax.createdAt),
    caller_id: fax.callerId,
    from_number: fax.fromNumber,
    completed_at: central(fax.completedAt),
    ...(dialect === 'v2.1' ? { caller_name: fax.callerName } : {}),
    cost: fax.cost,
    tags: fax.tags,
    recipients: fax.direction === 'received' ? null : fax.recipients.map(renderRecipientV2),
    to_number: fax.toNumber,
    error_id: fax.error?.id ?? null,
    error_type: fax.error?.type ?? null,
    error_message: fax.error?.message ?? null,
    ...(dialect === 'v2.1' ? { barcodes: fax.barcodes.map(withoutNulls) } : {}),
  };
}

function renderRecipientV2(recipient: WorldRecipient): Record<string, unknown> {
  return {
    phone_number: recipient.number,
    status: recipient.status,
    retry_count: recipient.retryCount,
    completed_at: central(recipient.completedAt),
    bitrate: recipient.bitrate,
    resolution: recipient.resolution,
    error_type: recipient.error?.type ?? null,
    error_id: recipient.error?.id ?? null,
    error_message: recipient.error?.message ?? null,
  };
}

/** The v1 object: absent keys instead of nulls, unix seconds, US numbers of 10 digits, some numbers as texts. */
export function renderV1(fax: WorldFax): Record<string, unknown> {
  return withoutNulls({
    id: bigNumber(fax.id),
    num_pages: fax.numPages,
    cost: fax.cost,
    direction: fax.direction,
    status: fax.status,
    is_test: fax.isTest,
    requested_at: fax.createdAt,
    completed_at: fax.completedAt,
    from_number: tenDigits(fax.fromNumber),
    to_number: tenDigits(fax.toNumber),
    caller_id: fax.callerId,
    recipients: fax.direction === 'received' ? null : fax.recipients.map(renderRecipientV1),
    tags: Object.keys(fax.tags).length === 0 ? null : fax.tags,
    error_id: fax.error?.id ?? null,
    error_type: fax.error?.type ?? null,
    error_code: fax.error?.message ?? null,
  });
}

function renderRecipientV1(recipient: WorldRecipient): Record<string, unknown> {
  return withoutNulls({
    number: tenDigits(recipient.number),
    status: recipient.status,
    retry_count: recipient.retryCount,
    bitrate: recipient.bitrate === null ? null : String(recipient.bitrate),
    resolution: recipient.resolution === null ? null : String(recipient.resolution),
    completed_at: recipient.completedAt,
    error_id: recipient.error?.id ?? null,
    error_type: recipient.error?.type ?? null,
    error_code: recipient.error?.message ?? null,
  });
}

/** The JSON text of a listing page of the dialect. */
export function listingBody(faxes: readonly WorldFax[], dialect: 'v1' | 'v2' | 'v2.1'): string {
  const total = faxes.length;
  if (dialect === 'v1') {
    const paging = { max_per_page: 1000, page: 1, total_pages: 1, total_results: total };
    return JSON.stringify({
      success: true,
      message: 'Retrieved faxes successfully',
      paging,
      data: faxes.map(renderV1),
    });
  }
  const data = faxes.map((fax) => renderV2(fax, dialect));
  const paging = { total, per_page: 1000, page: 1 };
  return JSON.stringify({ success: true, message: 'Retrieved faxes successfully', data, paging });
}

/** Ids reach 2^63 - 1: written digit by digit. */
function bigNumber(value: bigint): unknown {
  return (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON(String(value));
}

function tenDigits(e164: string | null): string | null {
  return e164?.startsWith('+1') ? e164.slice(2) : e164;
}

function withoutNulls(record: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== null));
}

const chicago = new Intl.DateTimeFormat('en-US', { timeZone: 'America/Chicago', timeZoneName: 'longOffset' });

/** `2017-10-27T14:41:11.000-05:00`. */
function central(unixSeconds: number | null): string | null {
  if (unixSeconds === null) return null;
  const name = chicago.formatToParts(unixSeconds * 1000).find(({ type }) => type === 'timeZoneName');
  const offset = name?.value.slice(3) ?? '';
  const wall = new Date((unixSeconds + Number(offset.slice(0, 3)) * 3600) * 1000);
  return wall.toISOString().replace('Z', offset);
}
