import type { Fax, FaxBarcode, FaxRecipient } from '../domain/fax.ts';
import type { Notes } from '../domain/notes.ts';
import type { Dialect } from '../landing/contract.ts';
import { FieldReader } from './field-reader.ts';
import { type DecodedPage, openPage, UNREADABLE_PAGE } from './json.ts';
import { KnownNames, readExtra, readTags } from './open-fields.ts';
import { RecordNotes } from './record-notes.ts';

/** What decoding needs beside the body. */
export interface DecodeOptions {
  /** IANA zone of v1's stamps without one. */
  readonly zone: string;
  /** Receives every surprise and refusal. */
  readonly notes: Notes;
}

type Wire = Record<string, unknown>;

const FAX_STATUSES: ReadonlySet<string> = new Set([
  'queued',
  'pendingbatch',
  'inprogress',
  'success',
  'failure',
  'partialsuccess',
]);
const RECIPIENT_STATUSES: ReadonlySet<string> = new Set([
  'queued',
  'pendingbatch',
  'inprogress',
  'ringing',
  'callactive',
  'willretry',
  'success',
  'failure',
]);
const DIRECTIONS: ReadonlySet<string> = new Set(['sent', 'received']);
const ERROR_TYPES: ReadonlySet<string> = new Set([
  'documentConversionError',
  'lineError',
  'faxError',
  'fatalError',
  'generalError',
]);
const BARCODE_TYPES: ReadonlySet<string> = new Set(['phax_code', 'code_128', 'data_matrix']);

/**
 * Decodes one raw answer about faxes: a page of a listing, a single GET, or a callback's `fax`. Never throws for content.
 * What one dialect does not carry is null (v1: caller name, barcodes); `tags` is empty when missing. Recipients of received
 * faxes are null, since v1 leaves them out and v2 sends null; of sent faxes null when missing and else in the provider's order.
 * Records without a readable id are refused whole; of all others every odd value is refused or noted by itself.
 * @see docs/provider.md: v1 `error_code` is `errorMessage`, v1 `requested_at` is `createdAt`.
 */
export function decodeFaxes(body: string, dialect: Dialect, options: DecodeOptions): DecodedPage<Fax> {
  const page = openPage(body, 'fax', options.notes);
  if (page === null) return UNREADABLE_PAGE;
  const notes = new RecordNotes(page, options.notes, 'fax');
  const decoder = new FaxDecoder(notes);
  const decode = dialect === 'v1' ? decoder.v1 : decoder.v2;
  return { items: notes.decodeAll(decode), recordCount: page.records.length, readable: true };
}

/** Decodes the faxes of one page; holds what is learned about the order of their fields. */
class FaxDecoder {
  readonly #notes: RecordNotes;
  readonly #read: FieldReader;
  readonly #faxNamesV1 = new KnownNames(
    'id num_pages cost direction status is_test requested_at completed_at from_number to_number caller_id recipients tags error_id error_type error_code'.split(
      ' ',
    ),
  );
  readonly #faxNamesV2 = new KnownNames(
    'id direction num_pages status is_test created_at caller_id from_number completed_at caller_name cost tags recipients to_number error_id error_type error_message barcodes'.split(
      ' ',
    ),
  );
  readonly #recipientNamesV1 = new KnownNames(
    'number status retry_count bitrate resolution completed_at error_id error_type error_code'.split(' '),
  );
  readonly #recipientNamesV2 = new KnownNames(
    'phone_number status retry_count completed_at bitrate resolution error_type error_id error_message'.split(' '),
  );
  readonly #barcodeNames = new KnownNames('type page value identifier metadata'.split(' '));

  constructor(notes: RecordNotes) {
    this.#notes = notes;
    this.#read = new FieldReader(notes);
  }

  readonly v2 = (wire: Wire): Fax | null => {
    const faxId = this.#read.recordId('id', wire['id']);
    if (faxId === null) return null;
    const read = this.#read;
    const direction = read.word('direction', wire['direction'], DIRECTIONS);
    const recipients = read.list('recipients', 'recipient', wire['recipients'], this.#recipientV2);
    return {
      faxId,
      direction,
      status: read.word('status', wire['status'], FAX_STATUSES),
      isTest: read.flag('is_test', wire['is_test']),
      numPages: read.count('num_pages', wire['num_pages']),
      costCents: read.cents('cost', wire['cost']),
      createdAt: read.stamp('created_at', wire['created_at']),
      completedAt: read.stamp('completed_at', wire['completed_at']),
      callerId: read.phone('caller_id', wire['caller_id']),
      fromNumber: read.phone('from_number', wire['from_number']),
      toNumber: read.phone('to_number', wire['to_number']),
      callerName: read.text('caller_name', wire['caller_name']),
      errorId: read.count('error_id', wire['error_id']),
      errorType: read.word('error_type', wire['error_type'], ERROR_TYPES),
      errorMessage: read.text('error_message', wire['error_message']),
      tags: readTags(this.#notes, 'tags', wire['tags']),
      recipients: recipientsOf(direction, recipients),
      barcodes: read.list('barcodes', 'barcode', wire['barcodes'], this.#barcode),
      extra: readExtra(this.#notes, wire, this.#faxNamesV2),
    };
  };

  readonly v1 = (wire: Wire): Fax | null => {
    const faxId = this.#read.recordId('id', wire['id']);
    if (faxId === null) return null;
    const read = this.#read;
    const direction = read.word('direction', wire['direction'], DIRECTIONS);
    const recipients = read.list('recipients', 'recipient', wire['recipients'], this.#recipientV1);
    return {
      faxId,
      direction,
      status: read.word('status', wire['status'], FAX_STATUSES),
      isTest: read.flag('is_test', wire['is_test']),
      numPages: read.count('num_pages', wire['num_pages']),
      costCents: read.cents('cost', wire['cost']),
      createdAt: read.unixSeconds('requested_at', wire['requested_at']),
      completedAt: read.unixSeconds('completed_at', wire['completed_at']),
      callerId: read.phone('caller_id', wire['caller_id']),
      fromNumber: read.phone('from_number', wire['from_number']),
      toNumber: read.phone('to_number', wire['to_number']),
      callerName: null,
      errorId: read.count('error_id', wire['error_id']),
      errorType: read.word('error_type', wire['error_type'], ERROR_TYPES),
      errorMessage: read.text('error_code', wire['error_code']),
      tags: readTags(this.#notes, 'tags', wire['tags']),
      recipients: recipientsOf(direction, recipients),
      barcodes: null,
      extra: readExtra(this.#notes, wire, this.#faxNamesV1),
    };
  };

  readonly #recipientV2 = (wire: Wire): FaxRecipient => {
    const read = this.#read;
    return {
      phoneNumber: read.phone('phone_number', wire['phone_number']),
      status: read.word('status', wire['status'], RECIPIENT_STATUSES),
      retryCount: read.count('retry_count', wire['retry_count']),
      completedAt: read.stamp('completed_at', wire['completed_at']),
      bitrate: read.count('bitrate', wire['bitrate']),
      resolution: read.count('resolution', wire['resolution']),
      errorId: read.count('error_id', wire['error_id']),
      errorType: read.word('error_type', wire['error_type'], ERROR_TYPES),
      errorMessage: read.text('error_message', wire['error_message']),
      extra: readExtra(this.#notes, wire, this.#recipientNamesV2),
    };
  };

  readonly #recipientV1 = (wire: Wire): FaxRecipient => {
    const read = this.#read;
    return {
      phoneNumber: read.phone('number', wire['number']),
      status: read.word('status', wire['status'], RECIPIENT_STATUSES),
      retryCount: read.count('retry_count', wire['retry_count']),
      completedAt: read.unixSeconds('completed_at', wire['completed_at']),
      bitrate: read.count('bitrate', wire['bitrate'], 'usual'),
      resolution: read.count('resolution', wire['resolution'], 'usual'),
      errorId: read.count('error_id', wire['error_id']),
      errorType: read.word('error_type', wire['error_type'], ERROR_TYPES),
      errorMessage: read.text('error_code', wire['error_code']),
      extra: readExtra(this.#notes, wire, this.#recipientNamesV1),
    };
  };

  readonly #barcode = (wire: Wire): FaxBarcode => {
    const read = this.#read;
    return {
      type: read.word('type', wire['type'], BARCODE_TYPES),
      page: read.count('page', wire['page']),
      value: read.text('value', wire['value']),
      identifier: read.text('identifier', wire['identifier']),
      metadata: read.text('metadata', wire['metadata']),
      extra: readExtra(this.#notes, wire, this.#barcodeNames),
    };
  };
}

/** Dialects agree on received faxes: v1 leaves recipients out, v2 sends null, and a list may be empty. */
function recipientsOf(direction: string | null, recipients: FaxRecipient[] | null): FaxRecipient[] | null {
  return direction === 'received' && recipients?.length === 0 ? null : recipients;
}
