import { toIso } from '../src/domain/time.ts';
import type { Envelope, TimeWindow } from '../src/landing/contract.ts';
import type { WireBarcode, WireFaxV2, WireRecipientV2 } from '../src/phaxio/wire.ts';
import { STREAMS } from '../src/streams/registry.ts';
import { prepareLoad } from '../src/streams/stream.ts';
import type { PreparedLoad } from '../src/warehouse/load-object.ts';

/** Faxes a page, and so a batch: what the provider gives at most. */
export const PAGE_FAXES = 1000;

/** One fax each 2.6 s: a million a month. */
const FAX_EVERY_MS = 2600;
const FIRST_AT = Date.UTC(2024, 0, 1);
const SEED = 20_260_101;

/**
 * How a fax is seen: `early` for the first time, `late` some time after. One in ten differs between the two: of these, half were
 * under way and end (fax and recipients change), half are credited for a recipient that failed (only the cost changes).
 */
export type Look = 'early' | 'late';

/** How long after the last of its faxes a page is asked for. */
const LOOKED_AFTER_MS: Readonly<Record<Look, number>> = { early: 5 * 60_000, late: 60 * 60_000 };

const AREA_CODES = [202, 212, 305, 312, 415, 512, 617, 702, 808, 916];
const DEPARTMENTS = ['cardiology', 'billing', 'front desk', 'radiology', 'lab', 'referrals', 'pharmacy'];
const ERRORS = [
  { error_id: 34, error_type: 'lineError', error_message: 'Line "busy"' },
  { error_id: 49, error_type: 'lineError', error_message: 'No answer\t(60 s)' },
  { error_id: 67, error_type: 'faxError', error_message: 'Far end said "T.2 timeout"\tpage\\line 3' },
  { error_id: 126, error_type: 'documentConversionError', error_message: "Could not read the caller's document" },
];

/** A small seeded generator (mulberry32) for one fax, so that any fax can be made again by its id. */
function randomOf(id: number): () => number {
  let state = Math.imul(SEED ^ id, 2_654_435_761) >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

function pick<T>(random: () => number, from: readonly T[]): T {
  const picked = from[Math.floor(random() * from.length)];
  if (picked === undefined) throw new Error('nothing to pick from');
  return picked;
}

function phoneNumber(random: () => number): string {
  return `+1${pick(random, AREA_CODES)}${2 + Math.floor(random() * 8)}${String(Math.floor(random() * 1e6)).padStart(6, '0')}`;
}

function createdAt(id: number): number {
  return FIRST_AT + Math.floor((id * FAX_EVERY_MS) / 1000) * 1000;
}

function recipientsOf(random: () => number, base: Omit<WireRecipientV2, 'phone_number' | 'retry_count'>) {
  const draw = random();
  const count = draw < 0.78 ? 1 : draw < 0.9 ? 2 : draw < 0.97 ? 3 : 4;
  const first = phoneNumber(random);
  const isRepeated = count > 1 && random() < 0.05;
  return Array.from({ length: count }, (_, ordinal): WireRecipientV2 => {
    const phone_number = ordinal === 0 || (isRepeated && ordinal === 1) ? first : phoneNumber(random);
    const retry_count = random() < 0.08 ? 1 : 0;
    return {
      phone_number,
      status: base.status,
      retry_count,
      completed_at: base.completed_at,
      bitrate: base.bitrate,
      resolution: base.resolution,
      error_type: base.error_type,
      error_id: base.error_id,
      error_message: base.error_message,
    };
  });
}

/** One generated v2.1 fax: 1.21 recipients, 0.035 barcodes, 30 % tagged, tabs, quotes and backslashes in error messages. */
export function wireFax(id: number, look: Look): WireFaxV2 {
  const random = randomOf(id);
  const isSent = random() < 0.9;
  const isOpen = look === 'early' && id % 20 === 3;
  const isCredited = look === 'late' && id % 20 === 13;
  const pages = 1 + Math.floor(random() ** 2 * 12);
  const failure = random() < 0.09 ? pick(random, ERRORS) : null;
  const at = createdAt(id);
  // Drawn also where it is not shown: all looks at a fax take the same draws.
  const endedAt = at + 30_000 + Math.floor(random() * 600) * 1000;
  const completed_at = isOpen ? null : toIso(endedAt);
  const error = failure !== null && !isOpen ? failure : { error_id: null, error_type: null, error_message: null };
  const status = isOpen ? 'inprogress' : failure === null ? 'success' : 'failure';
  const tagged = random() < 0.3;
  const recipient = {
    status: isOpen ? 'callactive' : status,
    completed_at,
    bitrate: isOpen ? null : 14_400,
    resolution: isOpen ? null : 8040,
    ...error,
  };
  const barcode: WireBarcode = { type: 'code_128', page: 1, value: `MRN-${Math.floor(random() * 1e8)}` };
  return {
    id,
    direction: isSent ? 'sent' : 'received',
    num_pages: pages,
    status,
    is_test: random() < 0.02,
    created_at: toIso(at),
    caller_id: isSent ? phoneNumber(random) : null,
    from_number: isSent ? null : phoneNumber(random),
    completed_at,
    caller_name: isSent ? null : 'Mercy "East" Clinic',
    cost: isCredited ? 0 : pages * 7,
    tags: tagged ? { department: pick(random, DEPARTMENTS), order_id: `${Math.floor(random() * 1e9)}` } : {},
    recipients: isSent ? recipientsOf(random, recipient) : null,
    to_number: isSent ? null : phoneNumber(random),
    ...error,
    barcodes: !isSent && random() < 0.35 ? [barcode] : [],
  };
}

/** The window of creation time that exactly the faxes `[first, first + count)` lie in. */
export function windowOf(first: number, count: number): TimeWindow {
  return { after: createdAt(first), before: createdAt(first + count) };
}

let observations = 0;

/** The landed answer that shows the faxes `[first, first + PAGE_FAXES)`; every call is a new, later observation. */
export function faxEnvelope(first: number, look: Look, count = PAGE_FAXES): Envelope {
  observations += 1;
  const data = Array.from({ length: count }, (_, i) => wireFax(first + i, look));
  const window = windowOf(first, count);
  const requestedAt = window.before + LOOKED_AFTER_MS[look];
  const paging = { total: count, per_page: PAGE_FAXES, page: 1 };
  return {
    version: 1,
    account: 'bench',
    stream: 'faxes',
    dialect: 'v2.1',
    kind: 'slice',
    window,
    pass: 'backfill',
    observation: observations,
    requestedAt,
    respondedAt: requestedAt + 400,
    subjectId: null,
    eventType: null,
    digest: null,
    bodies: [
      { status: 200, encoding: 'utf8', body: JSON.stringify({ success: true, message: 'Faxes found', data, paging }) },
    ],
  };
}

/** An envelope decoded and ready for the load path, as the load function prepares it. */
export function prepared(envelope: Envelope): PreparedLoad {
  const stream = STREAMS.get(envelope.stream);
  if (stream === undefined) throw new Error(`no stream ${envelope.stream}`);
  return prepareLoad(stream, `bench/${envelope.observation}`, envelope, { v1Zone: 'America/Chicago' });
}
