import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { WireAccountV2 } from '../../../src/phaxio/wire.ts';
import { balance } from '../../../src/warehouse/recon/checks/c17-balance.ts';
import { recharges } from '../../../src/warehouse/recon/checks/c18-recharges.ts';
import { instant } from '../../support/listed-numbers.ts';
import { type CheckedScope, ReconBed } from '../../support/recon-bed.ts';
import { itIsShown } from '../../support/recon-shown.ts';

const JULY: CheckedScope = { period: '2026-07', asOf: instant('2026-08-20T00:00:00Z') };
/** A Wednesday. */
const PAID = '2026-07-08T15:00:00Z';

let bed: ReconBed;
beforeAll(async () => {
  bed = await ReconBed.open();
});
afterAll(async () => {
  await bed.close();
});
beforeEach(async () => {
  bed.newAccount();
  await lookDaily({ '2026-07-09': 6_000, '2026-07-20': 56_000 });
});

/** A look at each midnight from 25 June to 5 August; the balance stays but where it is given. */
async function lookDaily(balances: Readonly<Record<string, number>>): Promise<void> {
  let cents = 1_000;
  for (let day = 0; day < 42; day++) {
    const at = instant('2026-06-25T05:00:00Z') + day * 86_400_000;
    cents = balances[new Date(at).toISOString().slice(0, 10)] ?? cents;
    const counters = { sent: 0, received: 0 };
    const status: WireAccountV2 = { balance: cents, faxes_today: counters, faxes_this_month: counters };
    await bed.load({ stream: 'account_status', kind: 'snapshot', observation: day + 1, at }, status);
  }
  // Nothing but the balance: no faxes, no numbers.
  const at = instant('2026-08-06T00:00:00Z');
  await bed.load({ observation: 43, at, window: { after: instant('2026-06-20T00:00:00Z'), before: at } }, []);
  await bed.load({ stream: 'phone_numbers', kind: 'snapshot', observation: 44, at }, []);
}

async function addReceipt(
  id: string,
  paidAt: string,
  cents: number,
  importedAt = '2026-08-01T00:00:00Z',
): Promise<void> {
  await bed.tamper(
    `insert into recon.receipts (account_id, receipt_id, paid_at, cents, imported_at, imported_by) values ($ACCOUNT, '${id}', '${paidAt}', ${cents}, '${importedAt}', 'test')`,
  );
}

async function rows(scope: CheckedScope = JULY): Promise<string[]> {
  const { results, findings } = await bed.check(recharges, scope);
  expect((await bed.check(balance, scope)).findings).toEqual([]);
  return [
    ...results.map(({ grain, outcome, tested, untestable }) => `${grain} ${outcome} ${tested} ${untestable}`),
    ...findings.map(
      ({ subject, reason, left, right, cents, owed }) => `${subject} ${reason} ${left} ${right} ${cents} ${owed}`,
    ),
  ];
}

describe('C18, inferred recharges', () => {
  it('cannot tell while no receipt of the account was imported', async () => {
    expect(await rows()).toEqual(['2026-07-09 not_testable 0 1', '2026-07-20 not_testable 0 1']);
  });

  it('passes recharges and receipts of one amount, at most 3 business days apart', async () => {
    await addReceipt('r-1', '2026-07-06T15:00:00Z', 5_000);
    await addReceipt('r-2', '2026-07-22T15:00:00Z', 50_000);
    expect(await rows()).toEqual([
      '2026-07-06 pass 1 0',
      '2026-07-09 pass 1 0',
      '2026-07-20 pass 1 0',
      '2026-07-22 pass 1 0',
    ]);
  });

  it('finds a recharge without receipt, but not within 3 business days', async () => {
    await addReceipt('r-1', PAID, 5_000, '2026-07-10T00:00:00Z');
    expect(await rows()).toEqual([
      '2026-07-08 pass 1 0',
      '2026-07-09 pass 1 0',
      '2026-07-20 exception 1 0',
      'snapshot 26 no_receipt 50000 0 0 0',
    ]);
    expect(await rows({ ...JULY, asOf: instant('2026-07-23T04:00:00Z') })).toContain('2026-07-20 not_testable 0 1');
    expect(await rows({ ...JULY, asOf: instant('2026-07-23T06:00:00Z') })).toContain('2026-07-20 exception 1 0');
  });

  it('finds a receipt that never reached the balance, with what is owed, but not within 3 business days', async () => {
    await addReceipt('r-1', PAID, 5_000);
    await addReceipt('r-2', '2026-07-20T15:00:00Z', 50_000);
    await addReceipt('r-3', '2026-07-15T15:00:00Z', 2_500, '2026-07-15T16:00:00Z');
    expect(await rows()).toEqual([
      '2026-07-08 pass 1 0',
      '2026-07-09 pass 1 0',
      '2026-07-15 exception 1 0',
      '2026-07-20 pass 2 0',
      'receipt r-3 receipt_without_recharge 0 2500 2500 2500',
    ]);
    expect(await rows({ ...JULY, asOf: instant('2026-07-16T00:00:00Z') })).toContain('2026-07-15 not_testable 0 1');
  });

  it('lets pass what differs by the tolerance and no cent more, to either side', async () => {
    await addReceipt('r-3', '2026-07-29T15:00:00Z', 2_500);
    const outcomes = async (amount: number) =>
      (await bed.check(recharges, { ...JULY, limits: { tolerances: { C18: { amount, share: null } } } })).results.map(
        ({ outcome }) => outcome,
      );
    expect(await outcomes(5_000)).toEqual(['within_tolerance', 'exception', 'within_tolerance']);
    expect(await outcomes(4_999)).toEqual(['exception', 'exception', 'within_tolerance']);
    expect(await outcomes(2_499)).toEqual(['exception', 'exception', 'exception']);
  });

  it('takes receipts for the amount where dollars are not whole, and looks beyond the month for one near its edge', async () => {
    bed.newAccount();
    await lookDaily({ '2026-07-09': 2_234, '2026-08-02': 7_234 });
    await addReceipt('r-1', PAID, 1_234);
    await addReceipt('r-2', '2026-07-31T15:00:00Z', 5_000);
    expect(await rows()).toEqual(['2026-07-08 pass 1 0', '2026-07-09 pass 1 0', '2026-07-31 pass 1 0']);
  });

  it('gives a rise beyond the month to one receipt, and tells the other one in one of the months', async () => {
    const receiptsOf = async (period: string) =>
      (await rows({ ...JULY, period })).filter((line) => line.startsWith('receipt ')).map((line) => line.split(' ')[1]);
    const told = async (paid: Readonly<Record<string, string>>, balances: Readonly<Record<string, number>>) => {
      bed.newAccount();
      await lookDaily(balances);
      for (const [id, at] of Object.entries(paid)) await addReceipt(id, at, 5_000);
      return { july: await receiptsOf('2026-07'), august: await receiptsOf('2026-08') };
    };
    const rise = { '2026-08-04': 6_000 };
    // The nearest has it, in the run of either month.
    expect(await told({ early: '2026-07-31T15:00:00Z', late: '2026-08-03T15:00:00Z' }, rise)).toEqual({
      july: ['early'],
      august: [],
    });
    expect(
      await told({ early: '2026-07-31T15:00:00Z', late: '2026-08-03T15:00:00Z' }, { '2026-08-01': 6_000 }),
    ).toEqual({ july: [], august: ['late'] });
    expect(await told({ one: '2026-07-31T15:00:00Z', other: '2026-07-30T15:00:00Z' }, rise)).toEqual({
      july: ['other'],
      august: [],
    });
    // Both came, though the first rise is nearer to the later receipt.
    const both = { early: '2026-07-31T15:00:00Z', late: '2026-08-03T15:00:00Z' };
    expect((await told(both, { '2026-08-02': 6_000, '2026-08-05': 11_000 })).july).toEqual([]);
  });

  it('knows no receipt before it was imported', async () => {
    await addReceipt('r-1', PAID, 5_000, '2026-08-10T00:00:00Z');
    expect(await rows({ ...JULY, asOf: instant('2026-08-09T00:00:00Z') })).toEqual([
      '2026-07-09 not_testable 0 1',
      '2026-07-20 not_testable 0 1',
    ]);
  });

  itIsShown(() => bed, recharges);
});
