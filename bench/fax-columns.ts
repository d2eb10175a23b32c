import type { Fax, FaxRecipient } from '../src/domain/fax.ts';
import { toIso } from '../src/domain/time.ts';

/** A fax and its children as plain rows with the warehouse's column names, for the writers we compare with. */

/** A value as a driver or a CSV writer takes it. */
export type Value = string | number | boolean | object | null;
/** One row. */
export type Row = Readonly<Record<string, Value>>;

/** Column names and types of a fax in a table of a peer. */
export const FAX_TYPES = {
  fax_id: 'bigint',
  created_at: 'timestamptz',
  completed_at: 'timestamptz',
  num_pages: 'integer',
  cost_cents: 'integer',
  error_id: 'integer',
  is_test: 'boolean',
  direction: 'text',
  status: 'text',
  caller_id: 'text',
  from_number: 'text',
  to_number: 'text',
  caller_name: 'text',
  error_type: 'text',
  error_message: 'text',
  tags: 'jsonb',
} as const;

/** Of a recipient. */
export const RECIPIENT_TYPES = {
  fax_id: 'bigint',
  ordinal: 'smallint',
  fax_created_at: 'timestamptz',
  completed_at: 'timestamptz',
  retry_count: 'integer',
  bitrate: 'integer',
  resolution: 'integer',
  error_id: 'integer',
  phone_number: 'text',
  status: 'text',
  error_type: 'text',
  error_message: 'text',
} as const;

/** Of a barcode. */
export const BARCODE_TYPES = {
  fax_id: 'bigint',
  ordinal: 'smallint',
  page: 'integer',
  type: 'text',
  value: 'text',
  identifier: 'text',
  metadata: 'text',
} as const;

function time(value: number | null): string | null {
  return value === null ? null : toIso(value);
}

/** The fax itself. */
export function faxRow(fax: Fax): Record<keyof typeof FAX_TYPES, Value> {
  return {
    fax_id: fax.faxId,
    created_at: time(fax.createdAt),
    completed_at: time(fax.completedAt),
    num_pages: fax.numPages,
    cost_cents: fax.costCents,
    error_id: fax.errorId,
    is_test: fax.isTest,
    direction: fax.direction,
    status: fax.status,
    caller_id: fax.callerId,
    from_number: fax.fromNumber,
    to_number: fax.toNumber,
    caller_name: fax.callerName,
    error_type: fax.errorType,
    error_message: fax.errorMessage,
    tags: fax.tags,
  };
}

function recipientRow(fax: Fax, recipient: FaxRecipient, ordinal: number): Record<keyof typeof RECIPIENT_TYPES, Value> {
  return {
    fax_id: fax.faxId,
    ordinal,
    fax_created_at: time(fax.createdAt),
    completed_at: time(recipient.completedAt),
    retry_count: recipient.retryCount,
    bitrate: recipient.bitrate,
    resolution: recipient.resolution,
    error_id: recipient.errorId,
    phone_number: recipient.phoneNumber,
    status: recipient.status,
    error_type: recipient.errorType,
    error_message: recipient.errorMessage,
  };
}

/** Its recipients, in order. */
export function recipientRows(fax: Fax): Array<Record<keyof typeof RECIPIENT_TYPES, Value>> {
  return (fax.recipients ?? []).map((recipient, ordinal) => recipientRow(fax, recipient, ordinal));
}

/** Its barcodes, in order. */
export function barcodeRows(fax: Fax): Array<Record<keyof typeof BARCODE_TYPES, Value>> {
  return (fax.barcodes ?? []).map(({ page, type, value, identifier, metadata }, ordinal) => ({
    fax_id: fax.faxId,
    ordinal,
    page,
    type,
    value,
    identifier,
    metadata,
  }));
}

/** `name type, ...` for a `create table`. */
export function columnsOf(types: Readonly<Record<string, string>>): string {
  return Object.entries(types)
    .map(([name, type]) => `${name} ${type}`)
    .join(', ');
}
