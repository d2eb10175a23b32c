import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { DAY_MS, HOUR_MS, toIso } from '../../../src/domain/time.ts';
import { freshness } from '../../../src/warehouse/recon/checks/c23-freshness.ts';
import { wireFax } from '../../support/landed.ts';
import { ReconBed } from '../../support/recon-bed.ts';
import { itIsShownByItsOwnRule } from '../../support/recon-shown.ts';

const START = Date.UTC(2026, 6, 3, 12);
const LOOKED_AT = START + HOUR_MS;

let bed: ReconBed;
beforeAll(async () => {
  bed = await ReconBed.open();
});
afterAll(() => bed.close());
beforeEach(async () => {
  bed.newAccount();
  await bed.load({ observation: 1, at: LOOKED_AT, window: { after: START, before: LOOKED_AT } }, [
    wireFax(1, toIso(START + 1_000), { status: 'success', completed_at: toIso(START + 60_000) }),
  ]);
});

const check = (hoursLater: number, freshHours = 26) =>
  bed.check(freshness, { period: '2026-07', asOf: LOOKED_AT + hoursLater * HOUR_MS, limits: { freshHours } });

describe('C23, freshness', () => {
  it('passes up to the limit, whatever is set', async () => {
    expect((await check(26)).findings).toEqual([]);
    expect((await check(26.01, 27)).findings).toEqual([]);
  });

  it('finds what is a hundredth of an hour beyond it', async () => {
    expect((await check(26.01)).findings).toEqual([
      {
        subject: 'stream faxes',
        outcome: 'exception',
        reason: 'late',
        left: 1,
        right: 0,
        cents: 0,
        owed: 0,
      },
    ]);
  });

  it('finds the same the whole day long, and one day more on the next', async () => {
    const left = async (hours: number) => (await check(hours)).findings.map((finding) => finding.left);
    expect([await left(26.01), await left(50), await left(50.01)]).toEqual([[1], [1], [2]]);
  });

  it('cannot test lists that were never read, nor a month that is over', async () => {
    expect((await check(1)).results).toMatchObject([{ tested: 1, untestable: 3 }]);
    const over = await bed.check(freshness, { period: '2026-07', asOf: START + 31 * DAY_MS });
    expect(over).toMatchObject({ findings: [], results: [{ tested: 0, untestable: 4 }] });
  });

  it('finds a balance that is not looked at any more', async () => {
    const status = {
      balance: 5_000,
      faxes_today: { sent: 1, received: 0 },
      faxes_this_month: { sent: 1, received: 0 },
    };
    await bed.load({ observation: 2, at: LOOKED_AT - HOUR_MS, kind: 'snapshot', stream: 'account_status' }, status);
    expect((await check(1)).results).toMatchObject([{ tested: 2, untestable: 2 }]);
    expect((await check(25)).findings).toEqual([]);
    expect((await check(25.5)).findings).toMatchObject([{ subject: 'stream account_status', reason: 'late', left: 1 }]);
  });

  it('gives the price list a day more', async () => {
    await bed.load({ observation: 2, at: LOOKED_AT, kind: 'snapshot', stream: 'countries' }, [
      {
        name: 'United States of America',
        alpha2: 'US',
        country_code: 1,
        price_per_page: 7,
        send_support: 'full',
        receive_support: 'full',
      },
    ]);
    expect((await check(50)).findings.map(({ subject }) => subject)).toEqual(['stream faxes']);
    expect((await check(50.01)).findings.map(({ subject }) => subject)).toEqual(['stream countries', 'stream faxes']);
  });

  it('tells of callbacks that come late, as nothing that is missing', async () => {
    await bed.load(
      { observation: 3, at: LOOKED_AT + 25 * HOUR_MS, kind: 'callback' },
      {
        ...wireFax(1, toIso(START + 1_000), { status: 'success', completed_at: toIso(START + 60_000) }),
      },
    );
    expect((await check(25.5)).findings).toEqual([
      expect.objectContaining({ subject: 'stream callbacks', outcome: 'explained', reason: 'callbacks_slow' }),
    ]);
  });

  itIsShownByItsOwnRule(() => bed, freshness);
});
