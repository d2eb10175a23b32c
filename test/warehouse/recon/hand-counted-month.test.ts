import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { WireFaxV2, WireRecipientV2 } from '../../../src/phaxio/wire.ts';
import { wireFax } from '../../support/landed.ts';
import { ReconBed } from '../../support/recon-bed.ts';
import { billOf, closeMonth } from '../../support/recon-runs.ts';

/**
 * March 2026 in America/Chicago, counted by hand. It begins at 06:00Z and, since clocks go forward on the 8th, ends at 05:00Z.
 * A page costs 7 cents, to Germany 10; a number 200 a month.
 */
const MARCH = '2026-03';
const AFTER_MARCH = Date.parse('2026-04-08T15:00:00Z');
const AFTER_APRIL = Date.parse('2026-05-08T15:00:00Z');

const COUNTED = [
  '2026-03-01 fax 102 closed 1 7', //        sent at midnight: the first of March
  '2026-03-02 fax 103 closed 3 21', //       3 pages
  '2026-03-03 fax 104 closed 2 28', //       2 pages to 3 recipients, 42, one failed and 14 were credited
  '2026-03-04 fax 105 closed 2 14', //       received, 2 pages
  '2026-03-08 fax 108 closed 1 10', //       to Germany, at 3 in the morning: an hour after there was none
  '2026-03-12 fax 109 closed 1 14', //       2 recipients, one failed, its 7 not yet credited
  '2026-03-15 rent +14145550100@2026-03-15T14:00:00.000Z closed 1 200',
  '2026-03-20 rent +14145550101@2026-03-20T21:30:00.000Z closed 1 200', // bought this day
  '2026-03-31 fax 111 closed 5 35', //       the last second of March
];
const COUNTED_CENTS = 7 + 21 + 28 + 14 + 10 + 14 + 200 + 200 + 35;

let bed: ReconBed;
beforeAll(async () => {
  bed = await ReconBed.open();
  bed.newAccount();
  await loadMarch();
});
afterAll(() => bed.close());

function recipient(status: string, phoneNumber = '+14145550123'): WireRecipientV2 {
  return {
    phone_number: phoneNumber,
    status,
    retry_count: 0,
    completed_at: null,
    bitrate: null,
    resolution: null,
    error_type: null,
    error_id: null,
    error_message: null,
  };
}

function sent(id: number, createdAt: string, over: Partial<WireFaxV2> = {}): WireFaxV2 {
  return wireFax(id, createdAt, {
    status: 'success',
    completed_at: createdAt,
    recipients: [recipient('success')],
    ...over,
  });
}

function received(id: number, createdAt: string, over: Partial<WireFaxV2> = {}): WireFaxV2 {
  const numbers = { from_number: '+13125550177', to_number: '+14145550100' };
  return sent(id, createdAt, { direction: 'received', recipients: null, ...numbers, ...over });
}

function number(phoneNumber: string, provisionedAt: string, billedAt: string): object {
  return {
    phone_number: phoneNumber,
    city: 'Milwaukee',
    state: 'Wisconsin',
    country: 'United States',
    cost: 200,
    last_billed_at: billedAt,
    provisioned_at: provisionedAt,
    callback_url: null,
  };
}

async function loadMarch(): Promise<void> {
  const two = [recipient('success'), recipient('failure')];
  const three = [recipient('success'), recipient('success'), recipient('failure')];
  // What was under way is taken in full; what failed of it is given back at the end.
  await bed.load({ observation: 1, at: Date.parse('2026-03-03T16:00:00Z') }, [
    wireFax(104, '2026-03-03T09:58:00.000-06:00', { num_pages: 2, cost: 42, recipients: three }),
    wireFax(106, '2026-03-03T09:59:00.000-06:00', { cost: 7 }),
  ]);
  await bed.load({ observation: 2, at: Date.parse('2026-04-01T06:00:00Z') }, [
    sent(101, '2026-02-28T23:59:59.000-06:00'),
    sent(102, '2026-03-01T00:00:00.000-06:00'),
    sent(103, '2026-03-02T10:00:00.000-06:00', { num_pages: 3, cost: 21 }),
    sent(104, '2026-03-03T09:58:00.000-06:00', { num_pages: 2, cost: 28, status: 'partialsuccess', recipients: three }),
    received(105, '2026-03-04T12:00:00.000-06:00', { num_pages: 2, cost: 14 }),
    sent(106, '2026-03-03T09:59:00.000-06:00', { cost: 0, status: 'failure', recipients: [recipient('failure')] }),
    sent(107, '2026-03-05T12:00:00.000-06:00', { is_test: true }),
    sent(108, '2026-03-08T03:00:00.000-05:00', { cost: 10, recipients: [recipient('success', '+4930123456')] }),
    sent(109, '2026-03-12T12:00:00.000-05:00', { cost: 14, status: 'partialsuccess', recipients: two }),
    received(110, '2026-03-13T12:00:00.000-05:00', { num_pages: 0, cost: 0, status: 'failure' }),
    sent(111, '2026-03-31T23:59:59.000-05:00', { num_pages: 5, cost: 35 }),
    sent(112, '2026-04-01T00:00:00.000-05:00'),
  ]);
  const old = '2025-06-15T09:00:00.000-05:00';
  const bought = '2026-03-20T16:30:00.000-05:00';
  await bed.load(
    { observation: 3, at: Date.parse('2026-03-16T12:00:00Z'), stream: 'phone_numbers', kind: 'snapshot' },
    [number('+14145550100', old, '2026-03-15T09:00:00.000-05:00')],
  );
  await bed.load(
    { observation: 4, at: Date.parse('2026-04-01T06:00:00Z'), stream: 'phone_numbers', kind: 'snapshot' },
    [number('+14145550100', old, '2026-03-15T09:00:00.000-05:00'), number('+14145550101', bought, bought)],
  );
}

describe('a month counted by hand', () => {
  it('agrees line by line while it is open', async () => {
    expect(await billOf(bed, MARCH)).toEqual(COUNTED.map((line) => line.replace(' closed', '')));
  });

  it('agrees line by line and in total once it is closed', async () => {
    const closed = await closeMonth(bed, MARCH, AFTER_MARCH);
    expect(closed).toMatchObject({
      closingNo: 1,
      lineCount: COUNTED.length,
      billedCents: COUNTED_CENTS,
      correctionCount: 0,
      correctionCents: 0,
    });
    expect(await billOf(bed, MARCH)).toEqual(COUNTED);
    expect(COUNTED_CENTS).toBe(529);
  });

  it('stays as it is when a credit comes after the closing, which stands in the bill of April', async () => {
    const two = [recipient('success'), recipient('failure')];
    await bed.load({ observation: 5, at: Date.parse('2026-04-20T06:00:00Z') }, [
      sent(109, '2026-03-12T12:00:00.000-05:00', { cost: 7, status: 'partialsuccess', recipients: two }),
    ]);
    expect(await billOf(bed, MARCH)).toEqual(COUNTED);
    const april = ['2026-03-12 fax 109 c 0 -7', '2026-04-01 fax 112 1 7'];
    expect(await billOf(bed, '2026-04')).toEqual(april);
    const closed = await closeMonth(bed, '2026-04', AFTER_APRIL);
    expect(closed).toMatchObject({ lineCount: 2, billedCents: 0, correctionCount: 1, correctionCents: -7 });
    expect(await billOf(bed, '2026-04')).toEqual(['2026-03-12 fax 109 c closed 0 -7', '2026-04-01 fax 112 closed 1 7']);
    expect(await billOf(bed, MARCH)).toEqual(COUNTED);
  });
});
