import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findIncidents } from '../../src/report/incidents.ts';
import { lookFirst } from '../../src/report/look-first.ts';
import { renderReport } from '../../src/report/page.ts';
import { billSection } from '../../src/report/section-bill.ts';
import { readCopyBegin } from '../../src/warehouse/report-page-copy.ts';
import type { ReportPageData } from '../../src/warehouse/report-page-data.ts';
import { addAccount, addDays } from '../report/day-rows.ts';
import { createReportRig, type ReportRig } from '../report/report-rig.ts';
import { asked, busyData, calmData, emptyData } from './sample-data.ts';

const words = (html: { toString(): string }) =>
  html
    .toString()
    .replace(/<[^>]+>/g, ' ')
    .replace(/\s+/g, ' ');
const look = (data: ReportPageData) => words(lookFirst(data, findIncidents(data), ''));
const begins = (firstDay: string) => asked({ firstDay, firstLookDay: '2026-10-20' });

describe('days before the copy begins', () => {
  const before = { from: '2025-01-01', to: '2025-02-28', billTo: '2025-02-28', copyBegin: begins('2026-08-22') };

  it('are said to be unknown in every section, and no command is advised that would refuse', () => {
    const page = words(renderReport(emptyData(before)));
    expect(page).toContain('The copy begins on 22 Aug 2026, after these days: nothing is known of them.');
    expect(page.match(/Nothing is known of these days: the copy begins on 22 Aug 2026\./g)?.length).toBeGreaterThan(5);
    expect(page).not.toMatch(/No fax was sent|Nothing was charged|Nothing failed|faxsync reconcile/);
    expect(page).toContain('no month of these is known');
  });

  it('are told apart from the others where a range has both, and their months want no check', () => {
    const { bill } = busyData(calmData());
    const data = busyData({ ...calmData(), from: '2026-06-10', copyBegin: begins('2026-09-03'), bill });
    expect(look(data)).toContain('The copy begins on 3 Sep 2026: of the days before nothing is known.');
    expect(words(billSection(data, ''))).toContain('Yes: every charge is explained');
    expect(words(renderReport(data))).toContain('the copy begins on 3 Sep 2026, of days before nothing is known');
  });

  it('are no matter where the range begins with the copy or after it', () => {
    expect(look(busyData({ ...calmData(), copyBegin: begins('2026-09-01') }))).toContain('Nothing stands out');
  });
});

describe('readCopyBegin', () => {
  let rig: ReportRig;
  beforeAll(async () => {
    rig = await createReportRig();
  });
  afterAll(() => rig.drop());
  const readOf = async (account: string) => {
    const client = await rig.database.pool.connect();
    try {
      return (await readCopyBegin(client, account)).rows;
    } finally {
      client.release();
    }
  };

  it('takes the first fax, rent or look, and of looks the first of the account', async () => {
    await addAccount(rig, 'copied', 'UTC');
    const day = (back: number) =>
      rig
        .rows(`select ((now() - interval '${back} days') at time zone billing_zone)::date as day
      from warehouse.accounts where account_key = 'copied'`)
        .then(([row]) => row?.['day']);
    expect(await readOf('copied')).toEqual([{ firstDay: null, firstLookDay: await day(0) }]);
    await addDays(rig, 'copied', [{ daysAgo: 40, count: 1, cents: 7 }]);
    await rig.rows(`insert into warehouse.account_snapshots (account_id, observation_no, observed_at, balance_cents)
      select account_id, n, now() - make_interval(days => 12 - n::int), 5 from warehouse.accounts, generate_series(1, 3) n where account_key = 'copied'`);
    expect(await readOf('copied')).toEqual([{ firstDay: await day(40), firstLookDay: await day(11) }]);
    await rig.rows(`insert into warehouse.phone_number_charges (account_id, phone_number, billed_at, cost_cents, observation_no, observed_at)
      select account_id, '+14145550100', now() - interval '50 days', 200, 1, now() from warehouse.accounts where account_key = 'copied'`);
    expect(await readOf('copied')).toEqual([{ firstDay: await day(50), firstLookDay: await day(11) }]);
  });
});
