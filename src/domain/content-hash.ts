import { hash } from 'node:crypto';
import { isExactNumber } from './exact-number.ts';
import type { Extra, Fax, FaxBarcode, FaxRecipient } from './fax.ts';

/** Length of a content hash in characters: 128 bits of SHA-256, lowercase hex. */
export const CONTENT_HASH_CHARS = 32;

/**
 * Two faxes have the same hash when every column, recipient, barcode, tag and extra field is the same;
 * the order of tag and extra names does not matter, the order of recipients and barcodes does.
 * 32 lowercase hex characters. A hand-written text is hashed, since `JSON.stringify` alone would cost as much as the rest.
 */
export function hashFax(fax: Fax): string {
  const content =
    fax.faxId +
    text(fax.direction) +
    text(fax.status) +
    flag(fax.isTest) +
    number(fax.numPages) +
    number(fax.costCents) +
    number(fax.createdAt) +
    number(fax.completedAt) +
    text(fax.callerId) +
    text(fax.fromNumber) +
    text(fax.toNumber) +
    text(fax.callerName) +
    number(fax.errorId) +
    text(fax.errorType) +
    text(fax.errorMessage) +
    tags(fax.tags) +
    recipients(fax.recipients) +
    barcodes(fax.barcodes) +
    extra(fax.extra);
  return hash('sha256', content, 'hex').slice(0, CONTENT_HASH_CHARS);
}

// Every part starts with NUL, which no canonical text holds (the decoders remove it): so no two contents share a text.
function text(value: string | null): string {
  return value === null ? '\u0000' : `\u0000=${value}`;
}

function number(value: number | null): string {
  return value === null ? '\u0000' : `\u0000${value}`;
}

function flag(value: boolean | null): string {
  return value === null ? '\u0000' : value ? '\u0000t' : '\u0000f';
}

function tags(value: Readonly<Record<string, string>>): string {
  const names = Object.keys(value);
  if (names.length === 0) return '\u00000';
  if (names.length > 1) names.sort();
  let written = number(names.length);
  for (const name of names) written += `\u0000${name}\u0000${value[name]}`;
  return written;
}

function recipients(value: readonly FaxRecipient[] | null): string {
  if (value === null) return '\u0000';
  let written = number(value.length);
  for (const recipient of value) {
    written +=
      text(recipient.phoneNumber) +
      text(recipient.status) +
      number(recipient.retryCount) +
      number(recipient.completedAt) +
      number(recipient.bitrate) +
      number(recipient.resolution) +
      number(recipient.errorId) +
      text(recipient.errorType) +
      text(recipient.errorMessage) +
      extra(recipient.extra);
  }
  return written;
}

function barcodes(value: readonly FaxBarcode[] | null): string {
  if (value === null) return '\u0000';
  let written = number(value.length);
  for (const barcode of value) {
    written +=
      text(barcode.type) +
      number(barcode.page) +
      text(barcode.value) +
      text(barcode.identifier) +
      text(barcode.metadata) +
      extra(barcode.extra);
  }
  return written;
}

function extra(value: Extra): string {
  return value === null ? '\u0000' : `\u0000${sortedJson(value)}`;
}

/** JSON text with the names of every object in order. */
function sortedJson(value: unknown): string {
  if (typeof value !== 'object' || value === null || isExactNumber(value)) return JSON.stringify(value) ?? 'null';
  if (Array.isArray(value)) return `[${value.map(sortedJson).join(',')}]`;
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${sortedJson(member)}`).join(',')}}`;
}
