import { toIso } from '../src/domain/time.ts';
import type { FaxRow } from '../src/warehouse/fax-rows.ts';
import { type LoadTransaction, viaOf } from '../src/warehouse/load-transaction.ts';

/** Rows in COPY's text format, in the column order of the load path's own COPY statements. */

const NEEDS_ESCAPE = /[\\\t\n\r]/;
const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' };

function text(value: string | null): string {
  if (value === null) return '\\N';
  return NEEDS_ESCAPE.test(value) ? value.replace(/[\\\t\n\r]/g, (one) => ESCAPES[one] ?? one) : value;
}

function plain(value: number | string | boolean | null | undefined): string {
  return value === null || value === undefined ? '\\N' : String(value);
}

function time(value: number | null): string {
  return value === null ? '\\N' : toIso(value);
}

function json(value: object | null): string {
  return value === null ? '\\N' : text(JSON.stringify(value));
}

/** Lines for the faxes. */
export function textOfFaxes(load: LoadTransaction, rows: readonly FaxRow[]): Buffer {
  const at = toIso(load.requestedAt);
  const via = viaOf(load.kind);
  let lines = '';
  for (const { fax, hash, stage } of rows) {
    lines +=
      `${load.accountId}\t${fax.faxId}\t${time(fax.createdAt)}\t${time(fax.completedAt)}\t${at}\t${load.observation}\t${hash}\t` +
      `${plain(fax.numPages)}\t${plain(fax.costCents)}\t${plain(fax.errorId)}\t${plain(fax.recipients?.length)}\t` +
      `${plain(fax.barcodes?.length)}\t${stage}\t${plain(fax.isTest)}\t${text(fax.direction)}\t${text(fax.status)}\t${via}\t` +
      `${text(fax.callerId)}\t${text(fax.fromNumber)}\t${text(fax.toNumber)}\t${text(fax.callerName)}\t${text(fax.errorType)}\t` +
      `${text(fax.errorMessage)}\t${json(fax.tags)}\t${json(fax.extra)}\n`;
  }
  return Buffer.from(lines);
}

/** Lines for their recipients. */
export function textOfRecipients(load: LoadTransaction, rows: readonly FaxRow[]): Buffer {
  let lines = '';
  for (const { fax } of rows) {
    for (const [ordinal, of] of (fax.recipients ?? []).entries()) {
      lines +=
        `${load.accountId}\t${fax.faxId}\t${time(fax.createdAt)}\t${time(of.completedAt)}\t${plain(of.retryCount)}\t` +
        `${plain(of.bitrate)}\t${plain(of.resolution)}\t${plain(of.errorId)}\t${ordinal}\t${text(of.phoneNumber)}\t` +
        `${text(of.status)}\t${text(of.errorType)}\t${text(of.errorMessage)}\t${json(of.extra)}\n`;
    }
  }
  return Buffer.from(lines);
}

/** Lines for their barcodes. */
export function textOfBarcodes(load: LoadTransaction, rows: readonly FaxRow[]): Buffer {
  let lines = '';
  for (const { fax } of rows) {
    for (const [ordinal, of] of (fax.barcodes ?? []).entries()) {
      lines +=
        `${load.accountId}\t${fax.faxId}\t${ordinal}\t${plain(of.page)}\t${text(of.type)}\t${text(of.value)}\t` +
        `${text(of.identifier)}\t${text(of.metadata)}\t${json(of.extra)}\n`;
    }
  }
  return Buffer.from(lines);
}
