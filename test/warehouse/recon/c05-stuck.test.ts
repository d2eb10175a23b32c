import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { DAY_MS, HOUR_MS, toIso } from '../../../src/domain/time.ts';
import type { WireFaxV2 } from '../../../src/phaxio/wire.ts';
import { stuckFaxes } from '../../../src/warehouse/recon/checks/c05-stuck.ts';
import { wireFax } from '../../support/landed.ts';
import { type CheckedScope, ReconBed } from '../../support/recon-bed.ts';
import { itIsShown } from '../../support/recon-shown.ts';

const START = Date.UTC(2026, 6, 10, 12);
const WINDOW = { after: START, before: START + HOUR_MS };
const LIMIT = START + DAY_MS;

const fax = (id: number, over: Partial<WireFaxV2> = {}) => wireFax(id, toIso(START), over);

let bed: ReconBed;
beforeAll(async () => {
  bed = await ReconBed.open();
});
afterAll(() => bed.close());
beforeEach(() => {
  bed.newAccount();
});

const listed = (observation: number, at: number, data: readonly WireFaxV2[]) =>
  bed.load({ observation, at, window: WINDOW }, data);

async function findings(asOf: number, scope: Partial<CheckedScope> = {}) {
  return (await bed.check(stuckFaxes, { period: '2026-07', asOf, ...scope })).findings;
}

const stuck = { subject: 'fax 1', outcome: 'exception', reason: 'stuck', right: 24, cents: 7, owed: 0 };

describe('C5, stuck faxes', () => {
  it('passes faxes that are over, and open ones that are not too old', async () => {
    await listed(1, START + 2 * HOUR_MS, [fax(1), fax(2, { status: 'success' })]);
    expect(await findings(LIMIT)).toEqual([]);
    await listed(2, LIMIT + HOUR_MS, [fax(1, { status: 'failure' }), fax(2, { status: 'success' })]);
    expect(await findings(LIMIT + 2 * HOUR_MS)).toEqual([]);
  });

  it('finds a fax that was seen open after its time, with its cost', async () => {
    await listed(1, LIMIT + HOUR_MS, [fax(1)]);
    expect(await findings(LIMIT + 2 * HOUR_MS)).toEqual([{ ...stuck, left: 25 }]);
  });

  it('finds the same at every later run, whatever later looks show, but that it is open for more than a week', async () => {
    await listed(1, LIMIT + HOUR_MS, [fax(1)]);
    expect(await findings(LIMIT + 9 * DAY_MS)).toEqual([{ ...stuck, left: 25 }]);
    await listed(2, LIMIT + 3 * HOUR_MS, [fax(1)]);
    expect(await findings(LIMIT + 9 * DAY_MS)).toEqual([{ ...stuck, left: 25 }]);
    await listed(3, LIMIT + 7 * DAY_MS, [fax(1)]);
    expect(await findings(LIMIT + 9 * DAY_MS)).toEqual([{ ...stuck, reason: 'stuck_long', left: 25 }]);
  });

  it('takes a delay of the tolerance and no more', async () => {
    const limits = { tolerances: { C5: { amount: 1, share: null } } };
    await listed(1, LIMIT + HOUR_MS, [fax(1)]);
    expect(await findings(LIMIT + 2 * HOUR_MS, { limits })).toEqual([]);
    // At the edge a look shows nothing that is too late; the next one does.
    await listed(2, LIMIT + HOUR_MS + 1_000, [fax(1)]);
    expect(await findings(LIMIT + 2 * HOUR_MS, { limits })).toMatchObject([{ left: 25.01 }]);
  });

  it('allows as many hours as are set, to the minute', async () => {
    await listed(1, LIMIT + 2 * HOUR_MS, [fax(1)]);
    const asOf = LIMIT + 3 * HOUR_MS;
    expect(await findings(asOf, { limits: { stuckHours: 26 } })).toEqual([]);
    expect(await findings(asOf, { limits: { stuckHours: 25 } })).toMatchObject([{ left: 26, right: 25 }]);
  });

  it('says since when it is more than a matter of hours', async () => {
    await listed(1, START + 8 * DAY_MS, [fax(1)]);
    expect(await findings(START + 7 * DAY_MS)).toEqual([]);
    expect(await findings(START + 8 * DAY_MS)).toEqual([{ ...stuck, reason: 'stuck_long', left: 192 }]);
  });

  it('takes a status that is not known for open, and names it so', async () => {
    await listed(1, LIMIT + HOUR_MS, [fax(1, { status: 'heldforreview' })]);
    expect(await findings(LIMIT + 2 * HOUR_MS)).toEqual([{ ...stuck, reason: 'unknown_status', left: 25 }]);
  });

  it('cannot test a fax that no look has seen since it became too old', async () => {
    await listed(1, START + 2 * HOUR_MS, [fax(1)]);
    const checked = await bed.check(stuckFaxes, { period: '2026-07', asOf: START + 3 * DAY_MS });
    expect(checked.findings).toEqual([]);
    expect(checked.results).toMatchObject([{ outcome: 'not_testable', untestable: 1 }]);
    await bed.load({ observation: 2, at: START + 2 * DAY_MS, kind: 'lookup' }, fax(1));
    expect(await findings(START + 3 * DAY_MS)).toMatchObject([{ ...stuck, left: 48 }]);
  });

  it('leaves faxes alone that are missing or gone', async () => {
    await listed(1, START + 2 * HOUR_MS, [fax(1)]);
    await listed(2, LIMIT + HOUR_MS, []);
    expect(await findings(LIMIT + 2 * HOUR_MS)).toEqual([]);
    await listed(3, LIMIT + 3 * HOUR_MS, []);
    expect(await findings(LIMIT + 4 * HOUR_MS)).toEqual([]);
  });

  itIsShown(() => bed, stuckFaxes);
});
