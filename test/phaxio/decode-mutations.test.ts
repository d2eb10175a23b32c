import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isExactNumber } from '../../src/domain/exact-number.ts';
import { Notes } from '../../src/domain/notes.ts';
import { INSTANT_MAX, INSTANT_MIN } from '../../src/domain/time.ts';
import { decodeAccountStatus } from '../../src/phaxio/decode-account.ts';
import { decodeCountries } from '../../src/phaxio/decode-country.ts';
import { decodeFaxes } from '../../src/phaxio/decode-fax.ts';
import { decodePhoneNumbers } from '../../src/phaxio/decode-number.ts';
import type { DecodedPage } from '../../src/phaxio/json.ts';

type Json = null | boolean | number | string | Json[] | { [name: string]: Json };
type Decode = (body: string, notes: Notes) => DecodedPage<object>;

const ZONE = 'America/Chicago';
const RECIPIENT_V2 = {
  phone_number: '+14141234567',
  status: 'success',
  retry_count: 0,
  completed_at: '2015-09-02T11:28:54.000-05:00',
  bitrate: 14400,
  resolution: 8040,
  error_type: 'lineError',
  error_id: 34,
  error_message: 'Phone number not operational',
};
const FAX_V2 = {
  id: 123456,
  direction: 'sent',
  num_pages: 3,
  status: 'partialsuccess',
  is_test: true,
  created_at: '2015-09-02T11:28:02.000-05:00',
  caller_id: '+18476661235',
  from_number: '+18476661236',
  completed_at: '2015-09-02T11:28:54.000-05:00',
  caller_name: 'Catherine Lee',
  cost: 21,
  tags: { order_id: '1234', department: 'billing' },
  recipients: [RECIPIENT_V2, { ...RECIPIENT_V2, status: 'failure' }],
  to_number: '+18476661237',
  error_id: 34,
  error_type: 'lineError',
  error_message: 'Phone number not operational',
  barcodes: [
    { type: 'phax_code', page: 1, identifier: 'px:ahZhax', metadata: 'example metadata which can even be JSON' },
    { type: 'code_128', page: 5, value: '12345' },
  ],
};
const FAX_V1 = {
  id: 123458,
  num_pages: 1,
  cost: 7,
  direction: 'sent',
  status: 'queued',
  is_test: false,
  requested_at: 1294094700,
  completed_at: 1294095000,
  from_number: '8476661236',
  to_number: '8476661237',
  caller_id: '+18476661235',
  recipients: [
    {
      number: '4141234567',
      status: 'queued',
      retry_count: 1,
      bitrate: '14400',
      resolution: '8040',
      completed_at: 1294095000,
    },
  ],
  tags: { user_id: '1234' },
  error_id: 34,
  error_type: 'lineError',
  error_code: 'Phone number not operational',
};
const NUMBER_V2 = {
  phone_number: '+18476661235',
  city: 'Northbrook',
  state: 'Illinois',
  country: 'United States',
  cost: 200,
  last_billed_at: '2016-05-10T11:38:15.000-05:00',
  provisioned_at: '2016-03-10T11:38:15.000-06:00',
  callback_url: 'https://example.com/',
  ata_name: 'front desk',
};
const NUMBER_V1 = {
  number: '8476661235',
  city: 'Northbrook',
  state: 'Illinois',
  cost: 500,
  last_billed_at: '2013-11-11 12:55:06',
  provisioned_at: '2013-11-11 12:55:06',
};
const ACCOUNT_V2 = {
  balance: 5050,
  faxes_today: { sent: 15, received: 2 },
  faxes_this_month: { sent: 120, received: 7 },
};
const ACCOUNT_V1 = { faxes_sent_this_month: 120, faxes_sent_today: 10, balance: 3000 };
const COUNTRY_V2 = {
  name: 'Canada',
  alpha2: 'CA',
  country_code: 1,
  price_per_page: 7,
  send_support: 'full',
  receive_support: 'none',
};
const COUNTRIES_V1 = { Canada: { price_per_page: 7 }, 'Puerto Rico': { price_per_page: 10 } };

const SEEDS: readonly [string, Json, Decode][] = [
  ['v1 fax', FAX_V1, (body, notes) => decodeFaxes(body, 'v1', { zone: ZONE, notes })],
  ['v2.1 fax', FAX_V2, (body, notes) => decodeFaxes(body, 'v2.1', { zone: ZONE, notes })],
  ['v1 number', NUMBER_V1, (body, notes) => decodePhoneNumbers(body, 'v1', { zone: ZONE, notes })],
  ['v2.1 number', NUMBER_V2, (body, notes) => decodePhoneNumbers(body, 'v2.1', { zone: ZONE, notes })],
  ['v1 account', ACCOUNT_V1, (body, notes) => decodeAccountStatus(body, 'v1', { notes })],
  ['v2 account', ACCOUNT_V2, (body, notes) => decodeAccountStatus(body, 'v2', { notes })],
  ['v2 country', COUNTRY_V2, (body, notes) => decodeCountries(body, 'v2', { notes })],
];

const anything: fc.Arbitrary<Json> = fc.oneof(
  fc.jsonValue({ maxDepth: 3 }) as fc.Arbitrary<Json>,
  fc.string({ unit: 'binary' }),
  fc.constantFrom<Json[]>(
    '',
    '7',
    '-7',
    '7.0',
    'NaN',
    '1e3',
    'true',
    'False',
    '2017-10-27',
    '2017-10-27 14:41:11',
    '0001-01-01T00:00:00Z',
    'a\u0000b',
    '\ud800',
    'x'.repeat(20_000),
    -1,
    0,
    7.5,
    1e12,
    1e300,
    2 ** 31,
    2 ** 53,
    1509133271,
    1509133271000,
    [],
    {},
    [[]],
    [null],
    ['text'],
  ),
);

/** Every place in a seed object, as steps from its root. */
function placesOf(value: Json, at: readonly (string | number)[] = []): (string | number)[][] {
  if (typeof value !== 'object' || value === null) return [];
  const members: [string | number, Json][] = Array.isArray(value) ? [...value.entries()] : Object.entries(value);
  return members.flatMap(([step, inner]) => [[...at, step], ...placesOf(inner, [...at, step])]);
}

/** The object with one place replaced, or removed where `to` is undefined. */
function mutated(value: Json, [step, ...rest]: readonly (string | number)[], to: Json | undefined): Json {
  if (step === undefined || typeof value !== 'object' || value === null) return to ?? null;
  const copy: Record<string | number, Json> | Json[] = Array.isArray(value) ? [...value] : { ...value };
  const open = copy as Record<string | number, Json>;
  if (rest.length > 0) open[step] = mutated(open[step] ?? null, rest, to);
  else if (to === undefined) delete open[step];
  else Object.defineProperty(open, step, { value: to, enumerable: true, configurable: true, writable: true });
  return copy as Json;
}

const SMALL_INTEGERS = /(?:Cents|Id|Count|Pages|bitrate|resolution|page|Today|Month|Code)$/;

/** What holds names of the sender's own: what stands there is no field of ours, whatever it is called. */
const NAMES_NOT_OURS: ReadonlySet<string> = new Set(['extra', 'tags']);

/** What Postgres could not store of a decoded value: nothing, whatever came in. `isOurs` is false where names mean nothing to us. */
function faultsOf(value: unknown, name = '', isOurs = true): string[] {
  if (typeof value === 'string') {
    const isStorable = !value.includes('\u0000') && value.isWellFormed() && value.length <= 10_000;
    return isStorable ? [] : [`${name}: text`];
  }
  if (typeof value === 'number') {
    if (!isOurs) return [];
    if (/At$/.test(name) && !(value >= INSTANT_MIN && value < INSTANT_MAX)) return [`${name}: instant`];
    const isInt4 = Number.isInteger(value) && Math.abs(value) < 2 ** 31;
    return SMALL_INTEGERS.test(name) && !isInt4 ? [`${name}: integer`] : [];
  }
  if (typeof value !== 'object' || value === null || isExactNumber(value)) return [];
  return Object.entries(value).flatMap(([inner, member]) => [
    ...faultsOf(inner),
    ...faultsOf(member, inner, isOurs && !NAMES_NOT_OURS.has(inner)),
  ]);
}

const listing = (data: Json) => JSON.stringify({ success: true, message: 'ok', data });

describe('what is looked for', () => {
  it('is found in our own fields at any depth, and in the texts of others, whose names say nothing of their numbers', () => {
    const others = { sentAt: 0, Id: 1.5, inner: [{ extraCount: 2 ** 40 }] };
    expect(faultsOf([{ createdAt: 1_509_133_271_000, extra: others, tags: others }])).toEqual([]);
    const ours = { createdAt: 0, recipients: [{ errorId: 1.5, extra: others }] };
    expect(faultsOf([ours])).toEqual(['createdAt: instant', 'errorId: integer']);
    expect(faultsOf({ extra: { inner: ['a\u0000'], '\ud800': 1 } })).toEqual(['0: text', ': text']);
  });
});

describe.each(SEEDS)('the decoder of a %s', (_, seed, decode) => {
  const plain = decode(listing([seed]), new Notes()).items[0];
  const places = placesOf(seed);

  it('reads the seed', () => {
    const notes = new Notes();
    expect(decode(listing([seed]), notes)).toMatchObject({ recordCount: 1, readable: true });
    expect(notes.rejections).toEqual([]);
    expect(notes.driftNotes()).toEqual([]);
  });

  it('survives any value at any place, keeps the neighbours and names what it did not take', () => {
    fc.assert(
      fc.property(fc.constantFrom(...places), fc.option(anything, { nil: undefined }), (place, to) => {
        const notes = new Notes();
        const page = decode(listing([seed, mutated(seed, place, to), seed]), notes);
        expect(page).toMatchObject({ recordCount: 3, readable: true });
        const refusedRecords = notes.rejections.filter(({ scope }) => scope === 'record').length;
        expect(page.items.length + refusedRecords).toBe(3);
        expect([page.items[0], page.items.at(-1)]).toEqual([plain, plain]);
        expect(faultsOf(page.items)).toEqual([]);
        expect(
          faultsOf(notes.rejections.map((rejection) => ({ ...rejection, raw: rejection.raw.slice(0, 100) }))),
        ).toEqual([]);
        expect(
          notes.rejections.every(
            ({ raw, reason }) => raw.isWellFormed() && !raw.includes('\u0000') && /^[a-z_]+$/.test(reason),
          ),
        ).toBe(true);
        expect(faultsOf(notes.driftNotes())).toEqual([]);
        // A value that was not simply taken is named.
        const isSilent = notes.rejections.length === 0 && notes.driftNotes().length === 0;
        if (isSilent && to !== undefined && typeof to !== 'object') {
          const lost = nulls(page.items[1]) - nulls(plain);
          expect(lost).toBeLessThanOrEqual(0);
        }
      }),
      { numRuns: 800 },
    );
  });

  it('keeps every unknown field and names it', () => {
    const value = (fc.jsonValue({ maxDepth: 5 }) as fc.Arbitrary<Json>).filter(
      (json) => !JSON.stringify(json).includes('u0000'),
    );
    const name = fc.oneof(
      fc.constantFrom('__proto__', 'constructor', 'toString', 'new field', '0'),
      fc.string({ minLength: 1 }),
    );
    fc.assert(
      fc.property(name, value, (field, extra) => {
        fc.pre(typeof seed === 'object' && seed !== null && !Object.hasOwn(seed, field));
        const notes = new Notes();
        const page = decode(listing([mutated(seed, [field], extra)]), notes);
        expect(notes.driftNotes().map(({ field: named, kind }) => [named, kind])).toContainEqual([
          field,
          'unknown_field',
        ]);
        const kept = JSON.parse(JSON.stringify((page.items[0] as { extra: object }).extra)) as Record<string, unknown>;
        expect(Object.keys(kept)).toEqual([field]);
        // The exact text matters for the rest: JSON.stringify writes 1e21 and -0 in its own way.
        expect(Object.entries(kept)[0]?.[1]).toEqual(JSON.parse(JSON.stringify(extra)));
        expect(Object.getPrototypeOf({})).toBe(Object.prototype);
      }),
      { numRuns: 500 },
    );
  });

  it('survives any changed character of the answer', () => {
    const body = listing([seed, seed]);
    fc.assert(
      fc.property(fc.nat(body.length - 1), fc.constantFrom(...'"\\{}[],:0-9e \u0000\ud800x'), (at, character) => {
        const notes = new Notes();
        const page = decode(body.slice(0, at) + character + body.slice(at + 1), notes);
        if (!page.readable) expect(notes.rejections.map(({ reason }) => reason)).toEqual(['unreadable_page']);
        expect(faultsOf(page.items)).toEqual([]);
      }),
      { numRuns: 1000 },
    );
  });

  it('calls an answer cut off anywhere unreadable', () => {
    const body = listing([seed, seed]);
    for (let length = 0; length < body.length; length += 7) {
      const notes = new Notes();
      expect(decode(body.slice(0, length), notes)).toEqual({ items: [], recordCount: 0, readable: false });
      expect(notes.rejections).toHaveLength(1);
    }
  });
});

function nulls(value: unknown): number {
  if (value === null) return 1;
  return typeof value === 'object' ? Object.values(value).reduce((sum: number, inner) => sum + nulls(inner), 0) : 0;
}

describe('decodeCountries of v1', () => {
  it('survives any value at any place of the map', () => {
    fc.assert(
      fc.property(fc.constantFrom(...placesOf(COUNTRIES_V1)), fc.option(anything, { nil: undefined }), (place, to) => {
        const notes = new Notes();
        const page = decodeCountries(listing(mutated(COUNTRIES_V1, place, to)), 'v1', { notes });
        expect(page.readable).toBe(true);
        expect(faultsOf(page.items)).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });
});
