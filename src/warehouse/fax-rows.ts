import type { Fax, Stage } from '../domain/fax.ts';
import { stageOf } from '../domain/fax.ts';
import { bigintArray, instantArray, plainArray, textArray } from './array-literal.ts';
import { CopyBuffer } from './copy-in.ts';
import type { LoadTransaction } from './load-transaction.ts';
import { viaOf } from './load-transaction.ts';

/** A fax as one look shows it, with the stage of that look. */
export interface ShownFax {
  readonly fax: Fax;
  readonly stage: Stage;
}

/** A fax ready to be written: with its content hash, 32 hex digits. */
export interface FaxRow extends ShownFax {
  readonly hash: string;
}

/** A look that replaces a row, and where that row is now (valid while the account's lock is held). */
export interface FaxChange extends FaxRow {
  /** The row's `ctid`. */
  readonly place: string;
  readonly stageBefore: number;
  readonly recipientsBefore: number | null;
  readonly barcodesBefore: number | null;
}

/** Most recipients or barcodes one fax may have: what a `smallint` ordinal counts. */
export const CHILDREN_MAX = 32_767;

/** Order of decimal ids by value. */
export function compareIds(a: string, b: string): number {
  return a.length - b.length || (a < b ? -1 : a > b ? 1 : 0);
}

/**
 * The faxes of one landed object: inside its window, each fax once (the better stage, then the later one in the object),
 * in order of id so that all writers lock in one order.
 */
export function shownFaxes(load: LoadTransaction, faxes: readonly Fax[]): ShownFax[] {
  const shown = new Map<string, ShownFax>();
  const via = viaOf(load.kind);
  for (const fax of faxes) {
    const at = fax.createdAt;
    if (load.window !== null && at !== null && (at < load.window.after || at >= load.window.before)) continue;
    if ((fax.recipients?.length ?? 0) > CHILDREN_MAX || (fax.barcodes?.length ?? 0) > CHILDREN_MAX) {
      load.notes.reject({
        scope: 'record',
        object: 'fax',
        recordId: fax.faxId,
        path: '$',
        reason: 'too_many_children',
        raw: '',
      });
      continue;
    }
    const stage = stageOf(fax.status, via);
    const found = shown.get(fax.faxId);
    if (found !== undefined && found.stage > stage) continue;
    shown.set(fax.faxId, { fax, stage });
  }
  return [...shown.values()].sort((a, b) => compareIds(a.fax.faxId, b.fax.faxId));
}

/** The same faxes as rows: with their content hashes. */
export function hashedRows(shown: readonly ShownFax[], hashFax: (fax: Fax) => string): FaxRow[] {
  return shown.map(({ fax, stage }) => ({ fax, hash: hashFax(fax), stage }));
}

/** The ids of rows as an array parameter. */
export function faxIdArray(rows: readonly FaxRow[]): Buffer {
  return bigintArray(rows.map(({ fax }) => fax.faxId));
}

function jsonOrNull(value: object | null): string | null {
  return value === null ? null : JSON.stringify(value);
}

const FAX_COLUMNS = [
  'account_id',
  'fax_id',
  'created_at',
  'completed_at',
  'observed_at',
  'observation_no',
  'content_hash',
  'num_pages',
  'cost_cents',
  'error_id',
  'recipient_count',
  'barcode_count',
  'stage',
  'is_test',
  'direction',
  'status',
  'observed_via',
  'caller_id',
  'from_number',
  'to_number',
  'caller_name',
  'error_type',
  'error_message',
  'tags',
  'extra',
] as const;
const RECIPIENT_COLUMNS = [
  'account_id',
  'fax_id',
  'fax_created_at',
  'completed_at',
  'retry_count',
  'bitrate',
  'resolution',
  'error_id',
  'ordinal',
  'phone_number',
  'status',
  'error_type',
  'error_message',
  'extra',
  'is_counted',
] as const;
const BARCODE_COLUMNS = [
  'account_id',
  'fax_id',
  'ordinal',
  'page',
  'type',
  'value',
  'identifier',
  'metadata',
  'extra',
] as const;

/** The COPY statements whose column order the `copy...` functions write. */
export const COPY_FAXES = `copy warehouse.faxes (${FAX_COLUMNS.join(', ')}) from stdin (format binary)`;
export const COPY_RECIPIENTS = `copy warehouse.fax_recipients (${RECIPIENT_COLUMNS.join(', ')}) from stdin (format binary)`;
export const COPY_BARCODES = `copy warehouse.fax_barcodes (${BARCODE_COLUMNS.join(', ')}) from stdin (format binary)`;

/** The rows in the form of {@link COPY_FAXES}, in chunks; each is valid until the next is asked for. */
export function* copyFaxes(load: LoadTransaction, rows: readonly FaxRow[]): Iterable<Buffer> {
  const copy = new CopyBuffer();
  const via = viaOf(load.kind);
  for (const { fax, hash, stage } of rows) {
    copy.row(FAX_COLUMNS.length);
    copy.integer(load.accountId);
    copy.bigint(fax.faxId);
    copy.timestamptz(fax.createdAt);
    copy.timestamptz(fax.completedAt);
    copy.timestamptz(load.requestedAt);
    copy.bigint(load.observation);
    copy.uuid(hash);
    copy.integer(fax.numPages);
    copy.integer(fax.costCents);
    copy.integer(fax.errorId);
    copy.smallint(fax.recipients?.length ?? null);
    copy.smallint(fax.barcodes?.length ?? null);
    copy.smallint(stage);
    copy.boolean(fax.isTest);
    copy.text(fax.direction);
    copy.text(fax.status);
    copy.text(via);
    copy.text(fax.callerId);
    copy.text(fax.fromNumber);
    copy.text(fax.toNumber);
    copy.text(fax.callerName);
    copy.text(fax.errorType);
    copy.text(fax.errorMessage);
    copy.jsonb(JSON.stringify(fax.tags));
    copy.jsonb(jsonOrNull(fax.extra));
    if (copy.isFull) yield copy.chunk();
  }
  yield copy.finish();
}

/** The recipients of the rows in the form of {@link COPY_RECIPIENTS}, as {@link copyFaxes}. */
export function* copyRecipients(load: LoadTransaction, rows: readonly FaxRow[]): Iterable<Buffer> {
  const copy = new CopyBuffer();
  for (const { fax } of rows) {
    // As warehouse.is_counted says; a fax that is added is not gone.
    const isCounted = fax.createdAt !== null && fax.isTest !== true;
    let ordinal = 0;
    for (const recipient of fax.recipients ?? []) {
      copy.row(RECIPIENT_COLUMNS.length);
      copy.integer(load.accountId);
      copy.bigint(fax.faxId);
      copy.timestamptz(fax.createdAt);
      copy.timestamptz(recipient.completedAt);
      copy.integer(recipient.retryCount);
      copy.integer(recipient.bitrate);
      copy.integer(recipient.resolution);
      copy.integer(recipient.errorId);
      copy.smallint(ordinal);
      copy.text(recipient.phoneNumber);
      copy.text(recipient.status);
      copy.text(recipient.errorType);
      copy.text(recipient.errorMessage);
      copy.jsonb(jsonOrNull(recipient.extra));
      copy.boolean(isCounted);
      ordinal += 1;
    }
    if (copy.isFull) yield copy.chunk();
  }
  yield copy.finish();
}

/** The barcodes of the rows in the form of {@link COPY_BARCODES}, as {@link copyFaxes}. */
export function* copyBarcodes(load: LoadTransaction, rows: readonly FaxRow[]): Iterable<Buffer> {
  const copy = new CopyBuffer();
  for (const { fax } of rows) {
    let ordinal = 0;
    for (const barcode of fax.barcodes ?? []) {
      copy.row(BARCODE_COLUMNS.length);
      copy.integer(load.accountId);
      copy.bigint(fax.faxId);
      copy.smallint(ordinal);
      copy.integer(barcode.page);
      copy.text(barcode.type);
      copy.text(barcode.value);
      copy.text(barcode.identifier);
      copy.text(barcode.metadata);
      copy.jsonb(jsonOrNull(barcode.extra));
      ordinal += 1;
    }
    if (copy.isFull) yield copy.chunk();
  }
  yield copy.finish();
}

/** The parameters of the fax statements, one array literal a column in the order of `FAX_UNNEST`. */
export function faxArrays(rows: readonly FaxRow[]): string[] {
  return [
    plainArray(rows.map(({ fax }) => fax.faxId)),
    instantArray(rows.map(({ fax }) => fax.createdAt)),
    instantArray(rows.map(({ fax }) => fax.completedAt)),
    plainArray(rows.map(({ hash }) => hash)),
    plainArray(rows.map(({ fax }) => fax.numPages)),
    plainArray(rows.map(({ fax }) => fax.costCents)),
    plainArray(rows.map(({ fax }) => fax.errorId)),
    plainArray(rows.map(({ fax }) => fax.recipients?.length ?? null)),
    plainArray(rows.map(({ fax }) => fax.barcodes?.length ?? null)),
    plainArray(rows.map(({ stage }) => stage)),
    plainArray(rows.map(({ fax }) => fax.isTest)),
    textArray(rows.map(({ fax }) => fax.direction)),
    textArray(rows.map(({ fax }) => fax.status)),
    textArray(rows.map(({ fax }) => fax.callerId)),
    textArray(rows.map(({ fax }) => fax.fromNumber)),
    textArray(rows.map(({ fax }) => fax.toNumber)),
    textArray(rows.map(({ fax }) => fax.callerName)),
    textArray(rows.map(({ fax }) => fax.errorType)),
    textArray(rows.map(({ fax }) => fax.errorMessage)),
    textArray(rows.map(({ fax }) => JSON.stringify(fax.tags))),
    textArray(rows.map(({ fax }) => jsonOrNull(fax.extra))),
  ];
}

/** The parameters of the recipient statement, one array literal a column in the order of `RECIPIENT_UNNEST`. */
export function recipientArrays(rows: readonly FaxRow[]): string[] {
  const of = rows.flatMap(({ fax }) =>
    (fax.recipients ?? []).map((recipient, ordinal) => ({ fax, recipient, ordinal })),
  );
  return [
    plainArray(of.map(({ fax }) => fax.faxId)),
    instantArray(of.map(({ recipient }) => recipient.completedAt)),
    plainArray(of.map(({ recipient }) => recipient.retryCount)),
    plainArray(of.map(({ recipient }) => recipient.bitrate)),
    plainArray(of.map(({ recipient }) => recipient.resolution)),
    plainArray(of.map(({ recipient }) => recipient.errorId)),
    plainArray(of.map(({ ordinal }) => ordinal)),
    textArray(of.map(({ recipient }) => recipient.phoneNumber)),
    textArray(of.map(({ recipient }) => recipient.status)),
    textArray(of.map(({ recipient }) => recipient.errorType)),
    textArray(of.map(({ recipient }) => recipient.errorMessage)),
    textArray(of.map(({ recipient }) => jsonOrNull(recipient.extra))),
  ];
}

/** The parameters of the barcode statement, one array literal a column in the order of `BARCODE_UNNEST`. */
export function barcodeArrays(rows: readonly FaxRow[]): string[] {
  const of = rows.flatMap(({ fax }) => (fax.barcodes ?? []).map((barcode, ordinal) => ({ fax, barcode, ordinal })));
  return [
    plainArray(of.map(({ fax }) => fax.faxId)),
    plainArray(of.map(({ ordinal }) => ordinal)),
    plainArray(of.map(({ barcode }) => barcode.page)),
    textArray(of.map(({ barcode }) => barcode.type)),
    textArray(of.map(({ barcode }) => barcode.value)),
    textArray(of.map(({ barcode }) => barcode.identifier)),
    textArray(of.map(({ barcode }) => barcode.metadata)),
    textArray(of.map(({ barcode }) => jsonOrNull(barcode.extra))),
  ];
}
