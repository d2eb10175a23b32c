import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addAccount, addDays, type DayFaxes, everyDay, listUntil } from './day-rows.ts';
import { createReportRig, type ReportRig, type ReportRow } from './report-rig.ts';

const EVEN = { count: 10, cents: 10 };

let rig: ReportRig;
/** The month as the database has it now: its days, how many are over, and the weekday of today, 1 Monday to 7 Sunday. */
let today: { readonly days: number; readonly over: number; readonly weekday: number };
beforeAll(async () => {
  rig = await createReportRig();
  const [row] = await rig.rows(`
    select extract(day from date_trunc('month', t) + interval '1 month' - interval '1 day')::int as days, extract(day from t)::int - 1 as over,
      extract(isodow from t)::int as weekday
    from (select now() at time zone 'America/Chicago' as t) n`);
  today = { days: Number(row?.['days']), over: Number(row?.['over']), weekday: Number(row?.['weekday']) };
});
afterAll(() => rig.drop());

async function the(view: string, account: string): Promise<ReportRow | undefined> {
  return (await rig.rows(`select * from report.${view} where account_key = '${account}'`))[0];
}

/** An account with these days, listed up to the beginning of today. */
async function withDays(account: string, days: readonly DayFaxes[]): Promise<void> {
  await addAccount(rig, account);
  await addDays(rig, account, days);
  await listUntil(rig, account);
}

/** A number of the account and, where it has any, its last rent. `provisioned` and `billed` are SQL. */
async function addNumber(account: string, number: string, provisioned: string, billed: string | null): Promise<void> {
  await rig.database.pool.query(`
    insert into warehouse.phone_numbers (account_id, phone_number, cost_cents, last_billed_at, provisioned_at, observation_no, observed_at)
    select account_id, '${number}', 200, ${billed ?? 'null'}, ${provisioned}, 1, now() from warehouse.accounts where account_key = '${account}'`);
  if (billed !== null) {
    await rig.database.pool.query(`
      insert into warehouse.phone_number_charges (account_id, phone_number, billed_at, cost_cents, observation_no, observed_at)
      select account_id, '${number}', ${billed}, 200, 1, now() from warehouse.accounts where account_key = '${account}'`);
  }
}

describe('report.month_forecast', () => {
  it('expects of the days to come what their weekdays were, without a doubt where they never vary', async () => {
    await withDays('even', [
      ...everyDay(80, 1, EVEN),
      { daysAgo: 3, count: 4, cents: 99, isTest: true },
      { daysAgo: 0, count: 2, cents: 10, at: '00:00' },
    ]);
    expect(await the('month_forecast', 'even')).toMatchObject({
      day_count: today.days,
      over_day_count: today.over,
      history_day_count: 56,
      cost_so_far_cents: String(today.over * 100),
      unsettled_cents: '0',
      rent_due_cents: '0',
      expected_cost_cents: String(today.days * 100),
      expected_cost_usd: today.days.toFixed(2),
      low_cost_cents: String(today.days * 100),
      high_cost_cents: String(today.days * 100),
      so_far_fax_count: String(today.over * 10),
      expected_fax_count: String(today.days * 10),
      low_fax_count: String(today.days * 10),
      high_fax_count: String(today.days * 10),
    });
  });

  it('is as unsure as the same weekdays were far apart', async () => {
    // Week by week 5 faxes a day and 15; each weekday was seen eight times, with a mean of 10 and a sample variance of 8 x 25 / 7.
    await withDays(
      'uneven',
      everyDay(70, 1, EVEN).map((day) => ({ ...day, count: Math.floor((day.daysAgo - 1) / 7) % 2 === 0 ? 5 : 15 })),
    );
    const row = await the('month_forecast', 'uneven');
    const seen = Number(row?.['so_far_fax_count']);
    const timesToCome = Array.from({ length: 7 }, (_, i) => Math.floor((today.days - today.over + 6 - i) / 7));
    const variance = timesToCome.reduce((sum, k) => sum + ((8 * 25) / 7) * (k + k ** 2 / 8), 0);
    const expected = seen + (today.days - today.over) * 10;
    expect(row).toMatchObject({
      expected_fax_count: String(expected),
      low_fax_count: String(Math.max(Math.round(expected - 1.96 * Math.sqrt(variance)), seen)),
      high_fax_count: String(Math.round(expected + 1.96 * Math.sqrt(variance))),
      expected_cost_cents: String(expected * 10),
      high_cost_cents: String(Math.round(expected * 10 + 1.96 * Math.sqrt(variance * 100))),
    });
  });

  it('takes a day under way for no less than it is, and days that were not listed for no more than they should be', async () => {
    await withDays('busy', [...everyDay(70, 1, EVEN), { daysAgo: 0, count: 30, cents: 10, at: '00:00' }]);
    const rest = today.days - today.over - 1;
    const expected = String(today.over * 100 + 300 + rest * 100);
    expect(await the('month_forecast', 'busy')).toMatchObject({
      over_day_count: today.over,
      cost_so_far_cents: String(today.over * 100),
      expected_cost_cents: expected,
      low_cost_cents: expected,
    });

    await addAccount(rig, 'behind');
    await addDays(rig, 'behind', everyDay(70, 3, EVEN));
    await listUntil(rig, 'behind', 2, '23:59');
    const over = Math.max(today.over - 2, 0);
    expect(await the('month_forecast', 'behind')).toMatchObject({
      over_day_count: over,
      expected_cost_cents: String(today.days * 100),
    });
  });

  it('adds rents that were taken and those that are due, but none that is long overdue', async () => {
    await withDays('rents', everyDay(70, 1, EVEN));
    // Four years ago to the hour: there is such a day in every month that this may run in.
    await addNumber('rents', '+14145550001', `now() + interval '1 hour' - interval '4 years'`, null);
    await addNumber('rents', '+14145550002', `now() - interval '2 days' - interval '4 years'`, null);
    await addNumber('rents', '+14145550003', `now() - interval '9 days' - interval '4 years'`, null);
    await addNumber('rents', '+14145550004', `now() - interval '4 years'`, 'now()');
    const [dates] = await rig.rows(`
      select (200 * ((m.next = m.this)::int + (m.last = m.this)::int))::text as due
      from (select date_trunc('month', now() at time zone 'America/Chicago') as this, date_trunc('month', (now() + interval '1 hour') at time zone 'America/Chicago') as next,
        date_trunc('month', (now() - interval '2 days') at time zone 'America/Chicago') as last) m`);
    const due = Number(dates?.['due']);
    expect(await the('month_forecast', 'rents')).toMatchObject({
      rent_due_cents: String(due),
      cost_so_far_cents: String(today.over * 100 + 200),
      expected_cost_cents: String(today.days * 100 + 200 + due),
    });
  });

  it('expects nothing with fewer than two whole weeks, and says nothing of an account that was never listed', async () => {
    await withDays('thirteen', everyDay(14, 1, { ...EVEN, open: 1 }));
    await withDays('fourteen', everyDay(15, 1, EVEN));
    await withDays('empty', []);
    await addAccount(rig, 'unread');
    await addDays(rig, 'unread', everyDay(70, 1, EVEN));
    const nothing = { expected_cost_cents: null, low_cost_usd: null, high_fax_count: null };
    expect(await the('month_forecast', 'thirteen')).toMatchObject({
      history_day_count: 13,
      unsettled_cents: String(Math.min(today.over, 14) * 10),
      ...nothing,
    });
    expect(await the('month_forecast', 'fourteen')).toMatchObject({
      history_day_count: 14,
      expected_cost_cents: String((today.days - today.over + Math.min(today.over, 15)) * 100),
    });
    expect(await the('month_forecast', 'empty')).toMatchObject({ history_day_count: 0, ...nothing });
    expect(await the('month_forecast', 'unread')).toBeUndefined();
  });
});

describe('report.balance_forecast', () => {
  const seen = (account: string, observation: number, days: number, cents: number | null) =>
    rig.database.pool.query(
      `insert into warehouse.account_snapshots (account_id, observation_no, observed_at, balance_cents)
       select account_id, $2, now() - make_interval(days => $3), $4 from warehouse.accounts where account_key = $1`,
      [account, observation, days, cents],
    );

  it('divides the balance by the mean of 28 days, rents among them, and takes off what was spent since it was seen', async () => {
    await withDays('paying', [
      ...everyDay(60, 1, EVEN),
      ...everyDay(20, 1, { count: 1, cents: 999, isTest: true }),
      { daysAgo: 29, count: 100, cents: 99, at: '23:59' },
      { daysAgo: 0, count: 100, cents: 99, at: '00:00' },
    ]);
    await addNumber('paying', '+14145550011', `now() - interval '400 days'`, `now() - interval '5 days'`);
    await addNumber('paying', '+14145550012', `now() - interval '400 days'`, `now() - interval '40 days'`);
    await seen('paying', 1, 9, 99_999);
    await seen('paying', 2, 2, 3050);
    await seen('paying', 3, 1, null);
    // 28 x 100 and a rent of 200 are 107.14 a day; 3050 last 28.47 days, of which 2 are over.
    expect(await the('balance_forecast', 'paying')).toMatchObject({
      balance_cents: 3050,
      balance_usd: '30.50',
      spend_day_count: 28,
      daily_spend_cents: '107',
      daily_spend_usd: '1.07',
      days_until_empty: 26,
      is_low: false,
    });
    const [row] = await rig.rows(`
      select empty_date = ((now() + interval '26.466 days') at time zone 'America/Chicago')::date as is_right, balance_seen_at = now() - interval '2 days' as is_now
      from report.balance_forecast where account_key = 'paying'`);
    expect(row).toMatchObject({ is_right: true });
  });

  it('is low below a week, and when it is empty', async () => {
    for (const [account, cents] of [
      ['week', 720],
      ['low', 680],
      ['gone', -10],
    ] as const) {
      await withDays(account, everyDay(60, 1, EVEN));
      await seen(account, 1, 0, cents);
    }
    expect(await the('balance_forecast', 'week')).toMatchObject({ days_until_empty: 7, is_low: false });
    expect(await the('balance_forecast', 'low')).toMatchObject({ days_until_empty: 6, is_low: true });
    expect(await the('balance_forecast', 'gone')).toMatchObject({ days_until_empty: 0, is_low: true });
  });

  it('does not know how long it lasts where nothing is spent or fewer than seven days are known', async () => {
    await withDays('free', everyDay(60, 1, { count: 1, cents: 0 }));
    await seen('free', 1, 0, 500);
    expect(await the('balance_forecast', 'free')).toMatchObject({
      daily_spend_cents: '0',
      days_until_empty: null,
      empty_date: null,
      is_low: false,
    });
    await withDays('begun', everyDay(7, 1, EVEN));
    await seen('begun', 1, 0, 500);
    expect(await the('balance_forecast', 'begun')).toMatchObject({
      spend_day_count: 6,
      daily_spend_cents: null,
      days_until_empty: null,
      is_low: false,
    });
    await addAccount(rig, 'unlisted');
    await seen('unlisted', 1, 0, 0);
    expect(await the('balance_forecast', 'unlisted')).toMatchObject({
      spend_day_count: null,
      daily_spend_cents: null,
      is_low: true,
    });
    await withDays('unseen', everyDay(60, 1, EVEN));
    expect(await the('balance_forecast', 'unseen')).toBeUndefined();
  });

  it('gives no day beyond a hundred years, whose date no database may have', async () => {
    for (const [account, cents] of [
      ['lasting', 36_400],
      ['endless', 2_000_000_000],
    ] as const) {
      await withDays(account, everyDay(60, 1, { count: 1, cents: 1 }));
      await seen(account, 1, 0, cents);
    }
    expect(await the('balance_forecast', 'lasting')).toMatchObject({
      daily_spend_cents: '1',
      days_until_empty: 36_399,
    });
    expect(await the('balance_forecast', 'endless')).toMatchObject({
      daily_spend_cents: '1',
      days_until_empty: null,
      empty_date: null,
      is_low: false,
    });
  });
});
