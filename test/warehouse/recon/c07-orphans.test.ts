import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { DAY_MS, HOUR_MS, toIso } from '../../../src/domain/time.ts';
import type { WireFaxV2 } from '../../../src/phaxio/wire.ts';
import { orphans } from '../../../src/warehouse/recon/checks/c07-orphans.ts';
import { wireFax } from '../../support/landed.ts';
import { type CheckedScope, ReconBed } from '../../support/recon-bed.ts';
import { itIsShown } from '../../support/recon-shown.ts';

const START = Date.UTC(2026, 6, 10, 12);
const NEXT = Date.UTC(2026, 7, 10, 12);
const OWN = '+14145550100';

const fax = (id: number, over: Partial<WireFaxV2> = {}, from = START) =>
  wireFax(id, toIso(from + id * 1_000), { status: 'success', cost: 7, caller_id: OWN, ...over });

const number = (over: object = {}) => ({
  phone_number: OWN,
  city: 'Milwaukee',
  state: 'Wisconsin',
  country: 'United States',
  cost: 200,
  last_billed_at: toIso(START - DAY_MS),
  provisioned_at: toIso(START - DAY_MS),
  callback_url: null,
  ata_name: null,
  ...over,
});

let bed: ReconBed;
beforeAll(async () => {
  bed = await ReconBed.open();
});
afterAll(() => bed.close());
beforeEach(async () => {
  bed.newAccount();
  await bed.load({ observation: 1, at: START, kind: 'snapshot', stream: 'phone_numbers' }, [number()]);
  const july = [1, 2, 3].map((id) => fax(id));
  const window = { after: START, before: START + HOUR_MS };
  await bed.load({ observation: 2, at: START + HOUR_MS, window }, july);
});

async function findings(scope: Partial<CheckedScope> = {}) {
  return (await bed.check(orphans, { period: '2026-07', asOf: NEXT + 2 * DAY_MS, ...scope })).findings;
}

const lose = (table: string, id: number) =>
  bed.tamper(`delete from warehouse.${table} where account_id = $ACCOUNT and fax_id = ${id}`);

const lost = (id: number, left: number, cents: number) => ({
  subject: `fax ${id}`,
  outcome: 'exception',
  reason: 'no_fax',
  left,
  right: 0,
  cents,
  owed: 0,
});

describe('C7, orphans', () => {
  it('passes where every row has its fax and every rent its number, and counts what it looked at', async () => {
    const { results, findings: found } = await bed.check(orphans, { period: '2026-07', asOf: NEXT });
    expect(found).toEqual([]);
    // One rent, the recipients, barcodes and history as one row each, and the numbers that faxes name.
    expect(results).toMatchObject([{ grain: 'period', outcome: 'pass', tested: 5 }]);
  });

  it('finds what is left of a fax, with the money of its history', async () => {
    await lose('faxes', 2);
    await bed.tamper('insert into warehouse.fax_barcodes (account_id, fax_id, ordinal) values ($ACCOUNT, 9, 0)');
    expect(await findings()).toEqual([lost(2, 2, 7), lost(9, 1, 0)]);
  });

  it('takes as many rows as the tolerance and not one more', async () => {
    await lose('faxes', 2);
    expect(await findings({ limits: { tolerances: { C7: { amount: 2, share: null } } } })).toEqual([]);
    expect(await findings({ limits: { tolerances: { C7: { amount: 1, share: null } } } })).toEqual([lost(2, 2, 7)]);
  });

  it('names each orphan in one month', async () => {
    const window = { after: NEXT, before: NEXT + HOUR_MS };
    const august = [11, 12, 13].map((id) => fax(id, {}, NEXT));
    await bed.load({ observation: 3, at: NEXT + HOUR_MS, window }, august);
    for (const id of [3, 12]) await lose('faxes', id);
    expect(await findings()).toEqual([lost(3, 2, 7)]);
    expect(await findings({ period: '2026-08' })).toEqual([lost(12, 2, 7)]);
    expect(await findings({ period: '2026-06' })).toEqual([]);
  });

  it('finds the rent of a number that was never listed', async () => {
    await bed.tamper('delete from warehouse.phone_numbers where account_id = $ACCOUNT');
    expect(await findings()).toEqual([
      {
        subject: 'number +14145550100@2026-07-09T12:00:00Z',
        outcome: 'exception',
        reason: 'no_number',
        left: 1,
        right: 0,
        cents: 200,
        owed: 0,
      },
    ]);
  });

  it('explains in one row how many faxes name a number that the account did not have then', async () => {
    const window = { after: START, before: START + HOUR_MS };
    const others = [
      fax(1, {}, START - 2 * DAY_MS),
      fax(2, { caller_id: '+14145550199' }),
      fax(3, { caller_id: null }),
      fax(4, { direction: 'received', recipients: null, caller_id: null, to_number: '+14145550199' }),
      fax(5, { direction: 'received', recipients: null, caller_id: null, to_number: OWN }),
    ];
    await bed.load(
      { observation: 3, at: START + 2 * HOUR_MS, window: { ...window, after: START - 3 * DAY_MS } },
      others,
    );
    expect(await findings()).toEqual([
      {
        subject: `account ${bed.account}`,
        outcome: 'explained',
        reason: 'foreign_number',
        left: 3,
        right: 0,
        cents: 0,
        owed: 0,
      },
    ]);
  });

  it('knows when a number was given back', async () => {
    const later = START + 10 * DAY_MS;
    for (const [observation, at] of [
      [3, START + 5 * DAY_MS],
      [4, START + 6 * DAY_MS],
    ] as const) {
      await bed.load({ observation, at, kind: 'snapshot', stream: 'phone_numbers' }, []);
    }
    const window = { after: later, before: later + HOUR_MS };
    await bed.load({ observation: 5, at: later + HOUR_MS, window }, [fax(8, {}, later)]);
    expect(await findings()).toMatchObject([{ reason: 'foreign_number', left: 1 }]);
    expect(await findings({ asOf: later })).toEqual([]);
  });

  itIsShown(() => bed, orphans);
});
