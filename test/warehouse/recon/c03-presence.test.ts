import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { DAY_MS, HOUR_MS, toIso } from '../../../src/domain/time.ts';
import type { WireFaxV2 } from '../../../src/phaxio/wire.ts';
import { threeWayPresence } from '../../../src/warehouse/recon/checks/c03-presence.ts';
import { wireFax } from '../../support/landed.ts';
import { type CheckedScope, ReconBed } from '../../support/recon-bed.ts';
import { itIsShown } from '../../support/recon-shown.ts';

const START = Date.UTC(2026, 6, 10, 12);
const WINDOW = { after: START, before: START + HOUR_MS };

const fax = (id: number, over: Partial<WireFaxV2> = {}) =>
  wireFax(id, toIso(START + id * 1_000), { status: 'success', cost: 7, ...over });

let bed: ReconBed;
let observation = 0;
beforeAll(async () => {
  bed = await ReconBed.open();
});
afterAll(() => bed.close());
beforeEach(() => {
  bed.newAccount();
  observation = 0;
});

function listed(at: number, data: readonly WireFaxV2[]): Promise<void> {
  observation += 1;
  return bed.load({ observation, at, window: WINDOW }, data);
}

function called(at: number, data: WireFaxV2): Promise<void> {
  observation += 1;
  return bed.load({ observation, at, kind: 'callback' }, data);
}

async function checked(asOf: number, scope: Partial<CheckedScope> = {}) {
  return bed.check(threeWayPresence, { period: '2026-07', asOf, ...scope });
}

async function findings(asOf: number, scope: Partial<CheckedScope> = {}) {
  return (await checked(asOf, scope)).findings;
}

const gone = { outcome: 'exception', reason: 'vanished', left: 0, right: 1, cents: 7, owed: 0 };

describe('C3, three-way presence', () => {
  it('passes faxes that a listing showed, with and without a callback', async () => {
    await called(START + 60_000, fax(1));
    await listed(START + 2 * HOUR_MS, [fax(1), fax(2)]);
    await called(START + 3 * HOUR_MS, fax(2));
    expect(await findings(START + DAY_MS)).toEqual([]);
  });

  it('finds a live fax that two listings miss, or one for a week, and explains one that a single listing misses', async () => {
    await listed(START + 2 * HOUR_MS, [fax(1), fax(2), fax(3)]);
    await listed(START + 3 * HOUR_MS, [fax(1)]);
    const once = { ...gone, outcome: 'explained', reason: 'missing_once' };
    expect(await findings(START + 3 * HOUR_MS)).toEqual([
      { ...once, subject: 'fax 2' },
      { ...once, subject: 'fax 3' },
    ]);
    const week = START + 3 * HOUR_MS + 7 * DAY_MS;
    expect(await findings(week)).toMatchObject([{ reason: 'missing_once' }, { reason: 'missing_once' }]);
    expect(await findings(week + 1)).toEqual([
      { ...gone, subject: 'fax 2' },
      { ...gone, subject: 'fax 3' },
    ]);
    await listed(START + 4 * HOUR_MS, [fax(1), fax(3)]);
    expect(await findings(START + 4 * HOUR_MS)).toEqual([{ ...gone, subject: 'fax 2' }]);
  });

  it('passes a test fax that was deleted', async () => {
    await listed(START + 2 * HOUR_MS, [fax(1), fax(2, { is_test: true })]);
    await listed(START + 3 * HOUR_MS, [fax(1)]);
    await listed(START + 5 * HOUR_MS, [fax(1)]);
    expect(await findings(START + DAY_MS)).toEqual([]);
  });

  it('takes one fax where the tolerance is one, which the default is not', async () => {
    await listed(START + 2 * HOUR_MS, [fax(1), fax(2)]);
    await listed(START + 3 * HOUR_MS, [fax(1)]);
    await listed(START + 5 * HOUR_MS, [fax(1)]);
    const within = await checked(START + DAY_MS, { limits: { tolerances: { C3: { amount: 1, share: null } } } });
    expect(within.findings).toEqual([]);
    expect(within.results).toMatchObject([{ outcome: 'within_tolerance', within: 1 }]);
    const share = { limits: { tolerances: { C3: { amount: 1, share: 0.99 } } } };
    expect(await findings(START + DAY_MS, share)).toEqual([{ ...gone, subject: 'fax 2' }]);
  });

  it('finds a fax that a callback told of and no listing shows', async () => {
    await called(START + 60_000, fax(1));
    const early = await checked(START + 30 * 60_000);
    expect(early.findings).toEqual([]);
    expect(early.results).toMatchObject([{ outcome: 'not_testable', untestable: 1 }]);
    // Ten minutes after its creation a listing may not show it yet.
    await listed(START + 10 * 60_000, [fax(2)]);
    expect((await checked(START + 5 * HOUR_MS)).results).toMatchObject([{ untestable: 1, exceptions: 0 }]);
    await listed(START + 2 * HOUR_MS, [fax(2)]);
    expect(await findings(START + 2 * HOUR_MS)).toEqual([{ ...gone, subject: 'fax 1', reason: 'webhook_only' }]);
    await listed(START + 9 * HOUR_MS, [fax(2)]);
    expect(await findings(START + 9 * HOUR_MS)).toEqual([{ ...gone, subject: 'fax 1', reason: 'webhook_only' }]);
    expect(await findings(START + 30 * 60_000)).toEqual([]);
  });

  it('waits for a listing where the callback came after the last one', async () => {
    await listed(START + 2 * HOUR_MS, [fax(2)]);
    await called(START + 3 * HOUR_MS, fax(1));
    expect((await checked(START + DAY_MS)).results).toMatchObject([{ untestable: 1, exceptions: 0 }]);
    await listed(START + DAY_MS, [fax(1), fax(2)]);
    expect(await findings(START + DAY_MS)).toEqual([]);
  });

  it('calls a fax vanished and not only told of that a listing has once shown', async () => {
    await called(START + 60_000, fax(1));
    await listed(START + 2 * HOUR_MS, [fax(1), fax(2)]);
    await listed(START + 4 * HOUR_MS, [fax(2)]);
    await listed(START + 6 * HOUR_MS, [fax(2)]);
    expect(await findings(START + DAY_MS)).toEqual([{ ...gone, subject: 'fax 1' }]);
  });

  it('explains how many callbacks of final faxes did not come, once three days have gone by', async () => {
    const window = { after: START, before: START + 6 * DAY_MS };
    const sent = [1, 2, 3].map((id) => fax(id));
    const received = fax(4, { direction: 'received', recipients: null, to_number: '+14145550100' });
    const open = fax(5, { status: 'inprogress' });
    await called(START + 500, fax(1));
    observation += 1;
    await bed.load({ observation, at: START + 2 * HOUR_MS, window }, [...sent, received, open]);
    await called(START + 3 * HOUR_MS, fax(2));
    expect(await findings(START + 3 * DAY_MS)).toEqual([]);
    expect(await findings(START + 3 * DAY_MS + HOUR_MS)).toEqual([
      {
        subject: `account ${bed.account}`,
        outcome: 'explained',
        reason: 'callbacks_lost',
        left: 2,
        right: 3,
        cents: 0,
        owed: 0,
      },
    ]);
    await called(START + 4 * HOUR_MS, fax(3));
    expect(await findings(START + 3 * DAY_MS + HOUR_MS)).toEqual([]);
  });

  itIsShown(() => bed, threeWayPresence);
});
