import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { DAY_MS, HOUR_MS, toIso } from '../../../src/domain/time.ts';
import type { WireFaxV2 } from '../../../src/phaxio/wire.ts';
import { counterCompleteness } from '../../../src/warehouse/recon/checks/c02-counters.ts';
import { wireFax } from '../../support/landed.ts';
import { type CheckedScope, ReconBed } from '../../support/recon-bed.ts';
import { itIsShown } from '../../support/recon-shown.ts';

/** Midnight in Chicago of a day of July 2026 (1 is the first). */
const midnight = (day: number) => Date.UTC(2026, 6, day, 5);
const NOON = 12 * HOUR_MS;

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

const sent = (id: number, at: number, over: Partial<WireFaxV2> = {}) =>
  wireFax(id, toIso(at), { status: 'success', ...over });
const received = (id: number, at: number) =>
  sent(id, at, { direction: 'received', recipients: null, to_number: '+14145550100' });

/** A listing of everything created before it. */
function listed(at: number, data: readonly WireFaxV2[], after = midnight(1)): Promise<void> {
  observation += 1;
  return bed.load({ observation, at, window: { after, before: at } }, data);
}

/** A look at the account: `[sent today, this month, received today, this month]`; v1 has the first two. */
function counted(at: number, counters: readonly number[]): Promise<void> {
  observation += 1;
  const [today = 0, month = 0, receivedToday, receivedMonth] = counters;
  const spec = { observation, at, kind: 'snapshot', stream: 'account_status' } as const;
  if (receivedToday === undefined) {
    const v1 = { faxes_sent_this_month: month, faxes_sent_today: today, balance: 1_000 };
    return bed.load({ ...spec, dialect: 'v1' }, v1);
  }
  return bed.load(spec, {
    balance: 1_000,
    faxes_today: { sent: today, received: receivedToday },
    faxes_this_month: { sent: month, received: receivedMonth },
  });
}

async function checked(asOf: number, scope: Partial<CheckedScope> = {}) {
  return bed.check(counterCompleteness, { period: '2026-07', asOf, ...scope });
}

async function findings(asOf: number, scope: Partial<CheckedScope> = {}) {
  return (await checked(asOf, scope)).findings;
}

const off = (day: string, left: number, right: number) => ({
  subject: `day ${day}`,
  outcome: 'exception',
  reason: 'counter_differs',
  left,
  right,
  cents: 0,
  owed: 0,
});

/** Two faxes on each of the first days, all before noon; one of them received on even days. */
function faxesOf(days: number): WireFaxV2[] {
  return Array.from({ length: days }, (_, index) => index + 1).flatMap((day) => [
    sent(day * 10, midnight(day) + 9 * HOUR_MS),
    day % 2 === 0
      ? received(day * 10 + 1, midnight(day) + 10 * HOUR_MS)
      : sent(day * 10 + 1, midnight(day) + 10 * HOUR_MS),
  ]);
}

/** The true counters of these faxes at an instant; `slip` is added to the month's and, on the same day, today's sent ones. */
function countersAt(at: number, faxes: readonly WireFaxV2[], slip: { day: number; faxes: number } | null = null) {
  const today = Math.floor((at - midnight(1)) / DAY_MS) + 1;
  const of = (direction: string, from: number) =>
    faxes.filter((fax) => {
      const created = Date.parse(fax.created_at ?? '');
      return fax.direction === direction && created >= from && created <= at;
    }).length;
  const more = slip === null || today < slip.day ? 0 : slip.faxes;
  const moreToday = slip !== null && today === slip.day ? slip.faxes : 0;
  return [
    of('sent', midnight(today)) + moreToday,
    of('sent', midnight(1)) + more,
    of('received', midnight(today)),
    of('received', midnight(1)),
  ];
}

/** Lists all at noon and in the evening of each day, and looks at the account before each. */
async function follow(days: number, faxes: readonly WireFaxV2[], slip: { day: number; faxes: number } | null = null) {
  for (let day = 1; day <= days; day++) {
    for (const at of [midnight(day) + NOON, midnight(day) + 20 * HOUR_MS]) {
      await counted(at, countersAt(at, faxes, slip));
      const known = faxes.filter((fax) => Date.parse(fax.created_at ?? '') < at);
      await listed(at + 1_000, known);
    }
  }
}

describe('C2, counter completeness', () => {
  it('passes where the counters show what is stored, day by day', async () => {
    await follow(5, faxesOf(5));
    const asOf = midnight(5) + 22 * HOUR_MS;
    const { results, findings: found } = await checked(asOf);
    expect(found).toEqual([]);
    expect(results.map(({ grain, tested, untestable }) => [grain, tested, untestable])).toEqual([
      ['2026-07-01', 2, 0],
      ['2026-07-02', 2, 0],
      ['2026-07-03', 2, 0],
      ['2026-07-04', 2, 0],
      // Today so far, by the look at noon: no listing made an hour after the evening's covers it.
      ['2026-07-05', 2, 0],
    ]);
  });

  it.each([3, -1])('finds a day that is counted wrong by %i from then on, and that day alone', async (slip) => {
    await follow(6, faxesOf(6), { day: 3, faxes: slip });
    expect(await findings(midnight(6) + 22 * HOUR_MS)).toEqual([off('2026-07-03 sent', 2, 2 + slip)]);
    // On the evening of the day itself its own counter tells.
    expect(await findings(midnight(3) + 22 * HOUR_MS)).toEqual([off('2026-07-03 sent', 2, 2 + slip)]);
  });

  it('takes a difference of the tolerance and not one more, in both directions', async () => {
    const limits = { tolerances: { C2: { amount: 1, share: null } } };
    for (const [slip, found] of [
      [1, []],
      [2, [off('2026-07-03 sent', 2, 4)]],
      [-1, []],
      [-2, [off('2026-07-03 sent', 2, 0)]],
    ] as const) {
      bed.newAccount();
      observation = 0;
      await follow(5, faxesOf(5), { day: 3, faxes: slip });
      expect(await findings(midnight(5) + 22 * HOUR_MS, { limits })).toEqual(found);
    }
  });

  it('finds one look that is off by itself, on its own day', async () => {
    await follow(6, faxesOf(6));
    await bed.tamper(`
      update warehouse.account_snapshots set sent_today = sent_today + 4
      where account_id = $ACCOUNT and observed_at = '${toIso(midnight(4) + 20 * HOUR_MS)}'`);
    expect(await findings(midnight(6) + 22 * HOUR_MS)).toEqual([off('2026-07-04 sent', 1, 5)]);
  });

  it('knows the days before the first look as one sum, named by the last of them', async () => {
    const faxes = faxesOf(6);
    await listed(midnight(4) + NOON - HOUR_MS, faxes.slice(0, 8));
    await counted(midnight(4) + NOON, countersAt(midnight(4) + NOON, faxes, { day: 2, faxes: 1 }));
    await listed(midnight(5), faxes.slice(0, 8));
    const { results, findings: found } = await checked(midnight(5) + HOUR_MS);
    expect(found).toEqual([off('2026-07-03 sent', 5, 6)]);
    expect(results.map(({ grain }) => grain)).toEqual(['2026-07-03', '2026-07-04', '2026-07-05']);
  });

  it('allows for deleted test faxes, from their last showing on, and for no other day', async () => {
    const faxes = faxesOf(5).map((fax) => (fax.id === 20 ? { ...fax, is_test: true } : fax));
    const left = faxes.filter(({ id }) => id !== 20);
    await follow(2, faxes);
    // Deleted on the third day, and no longer counted.
    for (const day of [3, 4, 5]) {
      const at = midnight(day) + NOON;
      await counted(at, countersAt(at, left));
      await listed(
        at + 1_000,
        left.filter((fax) => Date.parse(fax.created_at ?? '') < at),
      );
    }
    const asOf = midnight(6);
    expect(await findings(asOf)).toEqual([]);
    await bed.tamper(`
      update warehouse.account_snapshots set sent_this_month = sent_this_month - 1
      where account_id = $ACCOUNT and observed_at >= '${toIso(midnight(5))}'`);
    expect(await findings(asOf)).toEqual([off('2026-07-04 sent', 1, 0)]);
  });

  it('counts no test faxes where the provider does not', async () => {
    const faxes = faxesOf(4).map((fax) => (fax.id === 30 ? { ...fax, is_test: true } : fax));
    await follow(4, faxes);
    const asOf = midnight(4) + 22 * HOUR_MS;
    expect(await findings(asOf)).toEqual([]);
    expect(await findings(asOf, { limits: { countersIncludeTests: false } })).toEqual([off('2026-07-03 sent', 1, 2)]);
  });

  it('has no counter of received faxes in v1', async () => {
    const faxes = faxesOf(3);
    for (const day of [1, 2, 3]) {
      const at = midnight(day) + 20 * HOUR_MS;
      await counted(at, countersAt(at, faxes).slice(0, 2));
      await listed(at + 1_000, faxes.slice(0, day * 2));
    }
    await listed(midnight(4), faxes);
    const { results } = await checked(midnight(4));
    expect(results.map(({ tested, untestable, exceptions }) => [tested, untestable, exceptions])).toEqual([
      [1, 1, 0],
      [1, 1, 0],
      [1, 1, 0],
    ]);
  });

  it('cannot test days that are not listed, or were not when the account was looked at', async () => {
    const at = midnight(3) + NOON;
    await counted(at, [0, 5, 0, 5]);
    expect((await checked(midnight(4))).results.map(({ tested }) => tested)).toEqual([0, 0]);
    await listed(at + HOUR_MS, []);
    expect((await checked(midnight(4))).results.map(({ tested }) => tested)).toEqual([0, 0]);
    expect((await checked(midnight(4))).findings).toEqual([]);
  });

  it('sees the last day of a month up to its last look, with half an hour of doubt', async () => {
    const at = midnight(31) + 22 * HOUR_MS;
    const faxes = [
      sent(1, at - HOUR_MS),
      sent(2, at - 10 * 60_000),
      sent(3, at + 30 * 60_000),
      received(4, at - 2 * HOUR_MS),
    ];
    const look = async (today: number) => {
      bed.newAccount();
      observation = 0;
      await counted(at, [today, today, 1, 1]);
      await listed(at + 1_000, faxes.slice(0, 2).concat(faxes.slice(3)));
      await listed(midnight(32) + 2 * HOUR_MS, faxes);
      return findings(midnight(33));
    };
    expect(await look(1)).toEqual([]);
    expect(await look(2)).toEqual([]);
    expect(await look(3)).toEqual([off('2026-07-31 sent', 2, 3)]);
    expect(await look(0)).toEqual([off('2026-07-31 sent', 1, 0)]);
  });

  it('knows that days are of 23 and 25 hours when the clocks change, and begin in the zone of the counters', async () => {
    // 2026-11-01 has 25 hours in Chicago: it ends at 06:00 UTC.
    const faxes = [
      sent(1, Date.UTC(2026, 10, 1, 5, 30)),
      sent(2, Date.UTC(2026, 10, 2, 5, 30)),
      sent(3, Date.UTC(2026, 10, 2, 6, 30)),
    ];
    for (const [day, counters] of [
      [1, [1, 1, 0, 0]],
      [2, [1, 3, 0, 0]],
      [3, [0, 3, 0, 0]],
    ] as const) {
      const at = Date.UTC(2026, 10, day, 20);
      await counted(at, counters);
      await listed(
        at + 1_000,
        faxes.filter((fax) => Date.parse(fax.created_at ?? '') < at),
        Date.UTC(2026, 9, 30),
      );
    }
    const asOf = Date.UTC(2026, 10, 3, 23);
    const { results, findings: found } = await checked(asOf, { period: '2026-11' });
    expect(found).toEqual([]);
    expect(results.map(({ grain, tested }) => [grain, tested]).slice(0, 2)).toEqual([
      ['2026-11-01', 2],
      ['2026-11-02', 2],
    ]);
    // By New York's clock the last fax of the first day is one of the second, as if the second look alone were off.
    const zone = { limits: { counterZone: 'America/New_York' } };
    expect(await findings(asOf, { period: '2026-11', ...zone })).toEqual([off('2026-11-02 sent', 2, 1)]);
  });

  itIsShown(() => bed, counterCompleteness);
});
