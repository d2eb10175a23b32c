import { describe, expect, it } from 'vitest';
import { Notes } from '../../src/domain/notes.ts';
import { decodeAccountStatus } from '../../src/phaxio/decode-account.ts';
import { decodeCountries } from '../../src/phaxio/decode-country.ts';
import { decodePhoneNumbers } from '../../src/phaxio/decode-number.ts';

const envelope = (data: unknown) => JSON.stringify({ success: true, message: 'ok', data });
const summary = (notes: Notes) => [
  ...notes.rejections.map(({ object, recordId, path, reason }) => `${object} ${recordId} ${path} ${reason}`),
  ...notes.driftNotes().map(({ object, field, kind, detail }) => `${object} ${field} ${kind} ${detail}`),
];

describe('decodePhoneNumbers', () => {
  const decode = (data: unknown, dialect: 'v1' | 'v2.1', zone = 'America/Chicago') => {
    const notes = new Notes();
    return { page: decodePhoneNumbers(envelope(data), dialect, { zone, notes }), notes: summary(notes) };
  };
  const v1 = { number: '8476661235', city: 'Northbrook', state: 'Illinois', cost: 500 };
  const at = { last_billed_at: '2013-11-11 12:55:06', provisioned_at: '2013-07-11 12:55:06' };

  it('gives one number whatever the dialect', () => {
    const fromV1 = decode([{ ...v1, ...at }], 'v1');
    const fromV2 = decode(
      [
        {
          ...v1,
          number: undefined,
          phone_number: '+18476661235',
          country: null,
          callback_url: null,
          last_billed_at: '2013-11-11T12:55:06.000-06:00',
          provisioned_at: '2013-07-11T12:55:06.000-05:00',
        },
      ],
      'v2.1',
    );
    expect(fromV1.page).toEqual(fromV2.page);
    expect([...fromV1.notes, ...fromV2.notes]).toEqual([]);
    expect(fromV1.page.items[0]).toEqual({
      phoneNumber: '+18476661235',
      city: 'Northbrook',
      state: 'Illinois',
      country: null,
      costCents: 500,
      lastBilledAt: Date.UTC(2013, 10, 11, 18, 55, 6),
      provisionedAt: Date.UTC(2013, 6, 11, 17, 55, 6),
      callbackUrl: null,
      ataName: null,
      extra: null,
    });
  });

  it('reads stamps without a zone on the clock of the setting', () => {
    const { page } = decode([{ ...v1, ...at }], 'v1', 'UTC');
    expect(page.items[0]?.lastBilledAt).toBe(Date.UTC(2013, 10, 11, 12, 55, 6));
  });

  it('notes a stamp that the clock showed twice or never', () => {
    const { page, notes } = decode(
      [{ ...v1, last_billed_at: '2016-11-06 01:30:00', provisioned_at: '2016-03-13 02:30:00' }],
      'v1',
    );
    expect(page.items[0]).toMatchObject({
      lastBilledAt: Date.UTC(2016, 10, 6, 7, 30),
      provisionedAt: Date.UTC(2016, 2, 13, 8, 30),
    });
    expect(notes).toEqual([
      'phone_number last_billed_at adjusted_value ambiguous_local_time',
      'phone_number provisioned_at adjusted_value ambiguous_local_time',
    ]);
  });

  it('refuses a stamp without a zone from v2, and a record without a number', () => {
    const { page, notes } = decode([{ phone_number: '+18476661235', ...at }, { city: 'Nowhere' }, 7], 'v2.1');
    expect(page).toMatchObject({ recordCount: 3, items: [{ phoneNumber: '+18476661235', lastBilledAt: null }] });
    expect(notes).toEqual([
      'phone_number null $.last_billed_at not_an_instant',
      'phone_number null $.provisioned_at not_an_instant',
      'phone_number null $ missing_phone_number',
      'phone_number null $ not_an_object',
    ]);
  });

  it('keeps a number that is none as sent, and names it', () => {
    const { page, notes } = decode([{ phone_number: '911' }], 'v2.1');
    expect(page.items[0]?.phoneNumber).toBe('911');
    expect(notes).toEqual(['phone_number null $.phone_number not_a_phone_number']);
  });

  it('reads a single number as it reads a list', () => {
    expect(decode({ ...v1, ...at }, 'v1')).toEqual(decode([{ ...v1, ...at }], 'v1'));
  });
});

describe('decodeAccountStatus', () => {
  const decode = (data: unknown, dialect: 'v1' | 'v2') => {
    const notes = new Notes();
    return { page: decodeAccountStatus(envelope(data), dialect, { notes }), notes: summary(notes) };
  };

  it('reads the counters of v2, and of v1 those of sent faxes', () => {
    const v2 = decode(
      { balance: 5050, faxes_today: { sent: 15, received: 2 }, faxes_this_month: { sent: 120, received: 7 } },
      'v2',
    );
    const canonical = {
      balanceCents: 5050,
      sentToday: 15,
      receivedToday: 2,
      sentThisMonth: 120,
      receivedThisMonth: 7,
      extra: null,
    };
    expect(v2).toEqual({ page: { items: [canonical], recordCount: 1, readable: true }, notes: [] });
    const v1 = decode({ balance: 5050, faxes_sent_today: 15, faxes_sent_this_month: 120 }, 'v1');
    expect(v1.page.items).toEqual([{ ...canonical, receivedToday: null, receivedThisMonth: null }]);
    expect(v1.notes).toEqual([]);
  });

  it('takes a balance below zero, but none that is not whole cents', () => {
    expect(decode({ balance: -350 }, 'v2').page.items[0]?.balanceCents).toBe(-350);
    expect(decode({ balance: 3.5 }, 'v1')).toMatchObject({
      page: { items: [{ balanceCents: null }] },
      notes: ['account_status null $.balance not_whole_cents'],
    });
  });

  it('keeps unknown counters and refuses counters that are none', () => {
    const { page, notes } = decode(
      { faxes_today: { sent: 'many', failed: 3 }, faxes_this_month: 9, plan: 'gold' },
      'v2',
    );
    expect(page.items[0]).toMatchObject({ sentToday: null, extra: { plan: 'gold', 'faxes_today.failed': 3 } });
    expect(notes).toEqual([
      'account_status null $["faxes_today.sent"] not_an_integer',
      'account_status null $.faxes_this_month not_an_object',
      'account_status faxes_today.failed unknown_field number',
      'account_status plan unknown_field string',
    ]);
  });
});

describe('decodeCountries', () => {
  const decode = (data: unknown, dialect: 'v1' | 'v2') => {
    const notes = new Notes();
    return { page: decodeCountries(envelope(data), dialect, { notes }), notes: summary(notes) };
  };

  it('reads the list of v2 and the map of v1', () => {
    const wire = {
      name: 'Canada',
      alpha2: 'CA',
      country_code: 1,
      price_per_page: 7,
      send_support: 'full',
      receive_support: 'none',
    };
    const v2 = decode([wire], 'v2');
    const canonical = {
      name: 'Canada',
      alpha2: 'CA',
      countryCode: 1,
      pricePerPageCents: 7,
      sendSupport: 'full',
      receiveSupport: 'none',
      extra: null,
    };
    expect(v2).toEqual({ page: { items: [canonical], recordCount: 1, readable: true }, notes: [] });
    const v1 = decode({ Canada: { price_per_page: 7 }, 'Puerto Rico': { price_per_page: '10' } }, 'v1');
    const unknown = { alpha2: null, countryCode: null, sendSupport: null, receiveSupport: null, extra: null };
    expect(v1.page.items).toEqual([
      { name: 'Canada', pricePerPageCents: 7, ...unknown },
      { name: 'Puerto Rico', pricePerPageCents: 10, ...unknown },
    ]);
    expect(v1.notes).toEqual(['country price_per_page unexpected_type string']);
  });

  it('takes the empty list that PHP sends for an empty map', () => {
    expect(decode([], 'v1').page).toEqual({ items: [], recordCount: 0, readable: true });
  });

  it('refuses what has no name or is no object, and names the country of a refused price', () => {
    const { page, notes } = decode([{ alpha2: 'XX' }, 'Atlantis', { name: 'Canada', price_per_page: 7.5 }], 'v2');
    expect(page).toMatchObject({ recordCount: 3, items: [{ name: 'Canada', pricePerPageCents: null }] });
    expect(notes).toEqual([
      'country null $ missing_name',
      'country null $ not_an_object',
      'country Canada $.price_per_page not_whole_cents',
    ]);
    const v1 = decode({ '': { price_per_page: 1 }, Atlantis: 7, __proto__x: { price_per_page: 7.5 } }, 'v1');
    expect(v1.page).toMatchObject({ recordCount: 3, items: [{ name: '__proto__x', pricePerPageCents: null }] });
  });
});
