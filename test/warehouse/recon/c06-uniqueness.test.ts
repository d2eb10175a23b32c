import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { DAY_MS, HOUR_MS, toIso } from '../../../src/domain/time.ts';
import { uniqueness } from '../../../src/warehouse/recon/checks/c06-uniqueness.ts';
import { wireFax } from '../../support/landed.ts';
import { type CheckedScope, ReconBed } from '../../support/recon-bed.ts';
import { itIsShown } from '../../support/recon-shown.ts';

const START = Date.UTC(2026, 6, 10, 12);
const WINDOW = { after: START, before: START + HOUR_MS };
let id = 0;
const fax = (faxId: number, cost: number, status = 'success') =>
  wireFax(faxId, toIso(START + (faxId % 100) * 1_000), { status, cost });

let bed: ReconBed;
beforeAll(async () => {
  bed = await ReconBed.open();
});
afterAll(() => bed.close());
beforeEach(() => {
  bed.newAccount();
  // Ids are the provider's: what another test of this database loaded would be a twin.
  id += 1_000;
});

async function findings(scope: Partial<CheckedScope> = {}) {
  const asOf = START + 60 * DAY_MS;
  return (await bed.check(uniqueness, { period: '2026-07', asOf, ...scope })).findings;
}

const alter = (cents: number) =>
  bed.tamper(`update warehouse.faxes set cost_cents = ${cents} where account_id = $ACCOUNT and fax_id = ${id}`);

describe('C6, uniqueness', () => {
  it('passes where the history of each fax sums to its cost, now and as of any look', async () => {
    await bed.load({ observation: 1, at: START + HOUR_MS, window: WINDOW }, [
      fax(id, 14, 'inprogress'),
      fax(id + 1, 7),
      { ...fax(id + 2, 0), cost: null },
    ]);
    await bed.load({ observation: 2, at: START + 2 * DAY_MS, window: WINDOW }, [
      fax(id, 7),
      fax(id + 1, 0),
      fax(id + 2, 3),
    ]);
    expect(await findings()).toEqual([]);
    expect(await findings({ asOf: START + DAY_MS })).toEqual([]);
  });

  it('finds a cost that is not the sum of its history, at one cent too, in both directions', async () => {
    await bed.load({ observation: 1, at: START + HOUR_MS, window: WINDOW }, [fax(id, 7), fax(id + 1, 7)]);
    await alter(8);
    const row = { subject: `fax ${id}`, outcome: 'exception', reason: 'history_differs', left: 7, owed: 0 };
    expect(await findings()).toEqual([{ ...row, right: 8, cents: -1 }]);
    await alter(6);
    expect(await findings()).toEqual([{ ...row, right: 6, cents: 1 }]);
  });

  it('takes a difference of the tolerance and not a cent more, in both directions', async () => {
    await bed.load({ observation: 1, at: START + HOUR_MS, window: WINDOW }, [fax(id, 7)]);
    const limits = { tolerances: { C6: { amount: 2, share: null } } };
    for (const cents of [5, 9]) {
      await alter(cents);
      expect(await findings({ limits })).toEqual([]);
    }
    for (const cents of [4, 10]) {
      await alter(cents);
      expect(await findings({ limits })).toMatchObject([{ left: 7, right: cents }]);
    }
  });

  it('finds a fax whose history is lost', async () => {
    await bed.load({ observation: 1, at: START + HOUR_MS, window: WINDOW }, [fax(id, 7)]);
    await bed.tamper('delete from warehouse.fax_history where account_id = $ACCOUNT');
    expect(await findings()).toMatchObject([{ reason: 'history_differs', left: 0, right: 7, cents: -7 }]);
  });

  it('finds a fax that stands under two accounts, even one that costs nothing, from either of them', async () => {
    const twin = bed.account;
    await bed.load({ observation: 1, at: START + HOUR_MS, window: WINDOW }, [fax(id, 7), fax(id + 1, 0)]);
    bed.newAccount();
    await bed.load({ observation: 1, at: START + HOUR_MS, window: WINDOW }, [
      fax(id, 7),
      fax(id + 1, 0),
      fax(id + 2, 7),
    ]);
    expect(twin).not.toBe(bed.account);
    const row = { outcome: 'exception', reason: 'two_accounts', owed: 0 };
    expect(await findings()).toEqual([
      { ...row, subject: `fax ${id}`, left: 14, right: 7, cents: 7 },
      { ...row, subject: `fax ${id + 1}`, left: 0, right: 0, cents: 0 },
    ]);
  });

  itIsShown(() => bed, uniqueness);
});
