import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addAccount, addDays, everyDay, listUntil } from './day-rows.ts';
import { createReportRig, type ReportRig } from './report-rig.ts';

const USUAL = { count: 40, cents: 10, failed: 2 };

let rig: ReportRig;
beforeAll(async () => {
  rig = await createReportRig();
});
afterAll(() => rig.drop());

/** What stands out: days ago, measure, direction and z, and of incidents how long ago they began. */
async function unusual(account: string): Promise<unknown[]> {
  const rows = await rig.rows(`
    select concat_ws(' ', (now() at time zone 'America/Chicago')::date - usage_date, measure, direction, robust_z,
      'since ' || (now() at time zone 'America/Chicago')::date - incident_begin_date) as row
    from report.anomalies where account_key = '${account}' and is_anomaly order by usage_date, measure`);
  return rows.map(({ row }) => row);
}

describe('report.anomalies', () => {
  it('tells the days that are far from their weekday, and failures of days in a row as one incident', async () => {
    await addAccount(rig, 'steady');
    const odd = new Map([
      [20, { ...USUAL, count: 120, failed: 6 }],
      [15, { ...USUAL, cents: 100 }],
      [10, { ...USUAL, failed: 30 }],
      [6, { ...USUAL, failed: 30 }],
      [5, { ...USUAL, failed: 30 }],
      [4, { ...USUAL, failed: 30 }],
    ]);
    await addDays(
      rig,
      'steady',
      everyDay(100, 1, USUAL).map((day) => ({ ...day, ...odd.get(day.daysAgo) })),
    );
    await listUntil(rig, 'steady');
    // 120 faxes for 40: the root of 120 is 10.95, and 80 of that 7.30. 75 of 100 failed for 5: the root of 5 x 95 / 40 is 3.45.
    // 4000 cents for 400: 4000 / the root of 40 is 632, and 3600 of that 5.69.
    expect(await unusual('steady')).toEqual([
      '20 cost up 7.30',
      '20 faxes up 7.30',
      '15 cost up 5.69',
      '10 failure_share up 20.31 since 10',
      '6 failure_share up 20.31 since 6',
      '5 failure_share up 20.31 since 6',
      '4 failure_share up 20.31 since 6',
    ]);
    expect(
      await rig.rows(`
        select count(*)::int as rows, count(distinct usage_date)::int as days, bool_and(is_settled) as settled, max(week_count) as weeks,
          (now() at time zone 'America/Chicago')::date - min(usage_date) as first, (now() at time zone 'America/Chicago')::date - max(usage_date) as last
        from report.anomalies where account_key = 'steady'`),
    ).toEqual([{ rows: 105, days: 35, settled: true, weeks: 8, first: 35, last: 1 }]);
  });

  it('tells a line that has gone dead', async () => {
    await addAccount(rig, 'dead');
    await addDays(rig, 'dead', everyDay(80, 2, { ...USUAL, cents: 20 }));
    await listUntil(rig, 'dead');
    // 40 faxes less than 40: the root of 40 is 6.32.
    expect(await unusual('dead')).toEqual(['1 cost down -6.32', '1 faxes down -6.32']);
  });

  it('leaves small accounts alone, however much of them a few faxes are', async () => {
    await addAccount(rig, 'small');
    await addDays(rig, 'small', everyDay(80, 1, { count: 3, cents: 7 }));
    await addDays(rig, 'small', [{ daysAgo: 3, count: 16, cents: 7, failed: 16 }]);
    await listUntil(rig, 'small');
    expect(await unusual('small')).toEqual([]);
  });

  it('judges no day that is not settled, not listed to its end, or has too few weeks before it', async () => {
    await addAccount(rig, 'open');
    await addDays(rig, 'open', everyDay(80, 1, USUAL));
    await addDays(rig, 'open', [
      { daysAgo: 3, count: 100, cents: 10, open: 3 },
      { daysAgo: 1, count: 500, cents: 10 },
    ]);
    await listUntil(rig, 'open', 1, '23:00');
    expect(await unusual('open')).toEqual([]);
    expect(
      await rig.rows(`
        select (now() at time zone 'America/Chicago')::date - usage_date as days, value::int, is_settled, is_anomaly from report.anomalies
        where account_key = 'open' and measure = 'faxes' and usage_date > (now() at time zone 'America/Chicago')::date - 4 order by 1`),
    ).toEqual([
      { days: 2, value: 40, is_settled: true, is_anomaly: false },
      { days: 3, value: 140, is_settled: false, is_anomaly: null },
    ]);

    await addAccount(rig, 'young');
    await addDays(rig, 'young', everyDay(30, 1, USUAL));
    await addDays(rig, 'young', [
      { daysAgo: 1, count: 500, cents: 10, failed: 25 },
      { daysAgo: 2, count: 500, cents: 10, failed: 25 },
    ]);
    await listUntil(rig, 'young');
    // Thirty days ago is the first day, of which only a part is known. Four weeks before yesterday is the day after it, but not before the day before.
    expect(await unusual('young')).toEqual(['1 cost up 21.52', '1 faxes up 21.52']);
    expect(await rig.rows(`select min(week_count) as weeks from report.anomalies where account_key = 'young'`)).toEqual(
      [{ weeks: 0 }],
    );
  });

  it('begins its days in the billing zone, and counts no tests', async () => {
    await addAccount(rig, 'far', 'Pacific/Auckland');
    await addDays(rig, 'far', everyDay(70, 1, { count: 1, cents: 7, at: '00:05' }));
    await addDays(rig, 'far', everyDay(70, 1, { count: 2, cents: 7, at: '23:55' }));
    await addDays(rig, 'far', everyDay(70, 1, { count: 9, cents: 7, isTest: true }));
    await listUntil(rig, 'far');
    expect(
      await rig.rows(
        `select distinct value::int, median::int, mad::int from report.anomalies where account_key = 'far' and measure = 'faxes'`,
      ),
    ).toEqual([{ value: 3, median: 3, mad: 0 }]);
  });

  it('has no row of an account that was never listed, or whose first day is not over', async () => {
    await addAccount(rig, 'unread');
    await addDays(rig, 'unread', everyDay(70, 1, USUAL));
    await addAccount(rig, 'new');
    await addDays(rig, 'new', [{ daysAgo: 0, ...USUAL, at: '00:00' }]);
    await listUntil(rig, 'new');
    expect(await rig.rows(`select 1 from report.anomalies where account_key in ('unread', 'new')`)).toEqual([]);
  });
});
