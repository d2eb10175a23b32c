import type { AccountStatus } from '../domain/account.ts';
import type { Extra } from '../domain/fax.ts';
import type { Notes } from '../domain/notes.ts';
import type { Dialect } from '../landing/contract.ts';
import { FieldReader } from './field-reader.ts';
import { type DecodedPage, isObject, openPage, UNREADABLE_PAGE } from './json.ts';
import { KnownNames, readExtra } from './open-fields.ts';
import { RecordNotes } from './record-notes.ts';

/**
 * Decodes one raw answer about the account's balance and counters: one item. Never throws for content.
 * The balance may be negative: received faxes are charged to an empty account. v1 counts sent faxes only, so the received
 * ones are null there.
 */
export function decodeAccountStatus(
  body: string,
  dialect: Dialect,
  options: { readonly notes: Notes },
): DecodedPage<AccountStatus> {
  const page = openPage(body, 'account_status', options.notes);
  if (page === null) return UNREADABLE_PAGE;
  const notes = new RecordNotes(page, options.notes, 'account_status');
  const read = new FieldReader(notes);
  const decode = dialect === 'v1' ? decodeV1 : decodeV2;
  const items = notes.decodeAll((wire) => decode(wire, read));
  return { items, recordCount: page.records.length, readable: true };
}

function decodeV1(wire: Record<string, unknown>, read: FieldReader): AccountStatus {
  return {
    balanceCents: read.cents('balance', wire['balance'], 'signed'),
    sentToday: read.count('faxes_sent_today', wire['faxes_sent_today']),
    receivedToday: null,
    sentThisMonth: read.count('faxes_sent_this_month', wire['faxes_sent_this_month']),
    receivedThisMonth: null,
    extra: readExtra(read.notes, wire, new KnownNames(['balance', 'faxes_sent_today', 'faxes_sent_this_month'])),
  };
}

function decodeV2(wire: Record<string, unknown>, read: FieldReader): AccountStatus {
  const today = readCounters(read, 'faxes_today', wire['faxes_today']);
  const month = readCounters(read, 'faxes_this_month', wire['faxes_this_month']);
  const extra = readExtra(read.notes, wire, new KnownNames(['balance', 'faxes_today', 'faxes_this_month']));
  return {
    balanceCents: read.cents('balance', wire['balance'], 'signed'),
    sentToday: today.sent,
    receivedToday: today.received,
    sentThisMonth: month.sent,
    receivedThisMonth: month.received,
    extra: mergeExtra(extra, today.extra, month.extra),
  };
}

interface Counters {
  readonly sent: number | null;
  readonly received: number | null;
  readonly extra: Extra;
}

function readCounters(read: FieldReader, field: string, value: unknown): Counters {
  if (!isObject(value)) {
    if (value !== undefined && value !== null) read.notes.refuse('not_an_object', value, read.notes.path(field));
    return { sent: null, received: null, extra: null };
  }
  // Written as if the counters stood in the record itself: `faxes_today.sent`.
  const flat = Object.fromEntries(Object.entries(value).map(([name, counter]) => [`${field}.${name}`, counter]));
  const sent = `${field}.sent`;
  const received = `${field}.received`;
  return {
    sent: read.count(sent, flat[sent]),
    received: read.count(received, flat[received]),
    extra: readExtra(read.notes, flat, new KnownNames([sent, received])),
  };
}

function mergeExtra(...extras: readonly Extra[]): Extra {
  const present = extras.filter((extra) => extra !== null);
  return present.length === 0 ? null : Object.fromEntries(present.flatMap((extra) => Object.entries(extra)));
}
