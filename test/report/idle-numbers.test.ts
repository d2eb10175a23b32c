import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addAccount, addDays, everyDay } from './day-rows.ts';
import { createReportRig, type ReportRig } from './report-rig.ts';

const N = {
  busy: '+14145550001',
  resting: '+14145550002',
  sleeping: '+14145550003',
  never: '+14145550004',
  bought: '+14145550005',
  returned: '+14145550006',
  billed: '+14145550007',
  renewed: '+14145550008',
  stray: '+14145550009',
  tested: '+14145550010',
  edge: '+14145550011',
} as const;

let rig: ReportRig;
beforeAll(async () => {
  rig = await createReportRig();
});
afterAll(() => rig.drop());

async function idle(account: string): Promise<string[]> {
  const rows = await rig.rows(`
    select concat_ws(' ', phone_number, finding, coalesce(idle_days::text, '-'), coalesce(idle_band_days::text, '-'), fax_count, coalesce(monthly_rent_usd::text, '-'),
      coalesce(wasted_rent_usd::text, '-')) as row
    from report.idle_numbers where account_key = '${account}' order by phone_number, finding`);
  return rows.map(({ row }) => String(row));
}

describe('report.idle_numbers', () => {
  it('tells what lies idle, what was billed after it was given back, and what no list shows', async () => {
    await addAccount(rig, 'clinic');
    await addDays(rig, 'clinic', [
      ...everyDay(95, 1, { count: 1, cents: 7, callerId: N.busy }),
      { daysAgo: 35, count: 2, cents: 7, toNumber: N.resting },
      { daysAgo: 65, count: 1, cents: 7, callerId: N.sleeping },
      { daysAgo: 93, count: 1, cents: 7, callerId: N.never },
      { daysAgo: 12, count: 3, cents: 7, toNumber: N.stray },
      { daysAgo: 1, count: 1, cents: 7, callerId: N.returned },
      { daysAgo: 3, count: 1, cents: 7, callerId: N.tested, isTest: true },
      { daysAgo: 29, count: 1, cents: 7, callerId: N.edge, at: '00:00' },
    ]);
    const listed = (phone_number: string, billed: number | null, bought = 400) => ({
      phone_number,
      cost: 200,
      provisioned_at: rig.daysAgo(bought),
      last_billed_at: billed === null ? null : rig.daysAgo(billed),
    });
    const list = (days: number, numbers: ReturnType<typeof listed>[]) =>
      rig.look('phone_numbers', days, numbers, { account: 'clinic' });
    const always = (billed: number) => [
      listed(N.busy, billed),
      listed(N.resting, billed),
      listed(N.sleeping, billed),
      listed(N.never, billed),
      listed(N.tested, billed),
      listed(N.edge, billed),
    ];
    await list(99, [...always(100), listed(N.returned, 100), listed(N.billed, 100), listed(N.renewed, 100)]);
    await list(69, always(70));
    await list(68, always(70));
    await list(39, always(40));
    await list(9, [
      ...always(10),
      listed(N.bought, 10, 10),
      // Back in the list: the one as it was, with a rent that was taken while no list showed it; the other bought anew.
      listed(N.billed, 40),
      listed(N.renewed, 40, 40),
    ]);
    // Rents were taken 100, 70, 40 and 10 days ago. What was bought ten days ago is not called idle yet, and 29 days are fewer than 30.
    expect(await idle('clinic')).toEqual([
      `${N.resting} idle 35 30 2 2.00 2.00`,
      `${N.sleeping} idle 65 60 1 2.00 4.00`,
      `${N.never} idle - 90 0 2.00 6.00`,
      `${N.returned} not_in_inventory - - 1 - -`,
      `${N.billed} billed_after_release - - 0 2.00 2.00`,
      `${N.billed} idle - 90 0 2.00 2.00`,
      `${N.renewed} idle - 30 0 2.00 2.00`,
      `${N.stray} not_in_inventory - - 3 - -`,
      `${N.tested} idle - 90 0 2.00 6.00`,
    ]);
  });

  it('calls nothing idle that is known for less than 30 days, and misses nothing where no list of numbers was read', async () => {
    await addAccount(rig, 'new');
    await addDays(rig, 'new', [{ daysAgo: 20, count: 1, cents: 7, callerId: N.busy }]);
    expect(await idle('new')).toEqual([]);
    await rig.look('phone_numbers', 1, [{ phone_number: N.never, cost: 200, provisioned_at: rig.daysAgo(400) }], {
      account: 'new',
    });
    expect(await idle('new')).toEqual([`${N.busy} not_in_inventory - - 1 - -`]);
  });

  it('advises to look for an outage first where the whole account is silent, and to give back what is silent alone', async () => {
    const advice = async () =>
      (
        await rig.rows(`select phone_number, advice from report.idle_numbers where account_key = 'silent' order by 1`)
      ).map((row) => `${row['phone_number']} ${row['advice']}`.slice(0, 40));
    await addAccount(rig, 'silent');
    await addDays(rig, 'silent', [
      { daysAgo: 30, count: 1, cents: 7, toNumber: N.busy },
      { daysAgo: 70, count: 1, cents: 7, toNumber: N.sleeping },
      // Neither a test nor a fax without a number says that a line works.
      { daysAgo: 2, count: 1, cents: 7, toNumber: N.busy, isTest: true },
      { daysAgo: 2, count: 1, cents: 7 },
    ]);
    const old = { cost: 200, provisioned_at: rig.daysAgo(400), last_billed_at: null };
    const numbers = [N.busy, N.sleeping].map((phone_number) => ({ phone_number, ...old }));
    await rig.look('phone_numbers', 1, numbers, { account: 'silent' });
    expect(await advice()).toEqual([
      `${N.busy} First find out why nothing `,
      `${N.sleeping} First find out why nothing `,
    ]);
    await addDays(rig, 'silent', [{ daysAgo: 29, count: 1, cents: 7, toNumber: N.busy }]);
    expect(await advice()).toEqual([`${N.sleeping} Give the number back, or ke`]);
  });

  it('counts days in the billing zone', async () => {
    const old = { cost: null, provisioned_at: rig.daysAgo(400), last_billed_at: null };
    const numbers = [N.busy, N.edge].map((phone_number) => ({ phone_number, ...old }));
    await rig.look('phone_numbers', 1, numbers, { account: 'far' });
    await rig.database.pool.query(
      `update warehouse.accounts set billing_zone = 'Pacific/Auckland' where account_key = 'far'`,
    );
    await addDays(rig, 'far', [
      { daysAgo: 80, count: 1, cents: 7 },
      { daysAgo: 30, count: 1, cents: 7, callerId: N.busy, at: '23:59' },
      { daysAgo: 29, count: 1, cents: 7, callerId: N.edge, at: '00:00' },
    ]);
    expect(await idle('far')).toEqual([`${N.busy} idle 30 30 1 - 0.00`]);
  });
});
