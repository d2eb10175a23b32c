import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dayIn } from '../../src/domain/time.ts';
import { addDays as daysLater } from '../../src/report/range.ts';
import { readTags } from '../../src/warehouse/report-page-billing.ts';
import { readIncidentAreas } from '../../src/warehouse/report-page-incident.ts';
import { readDaysBefore } from '../../src/warehouse/report-page-outcomes.ts';
import { readForecast } from '../../src/warehouse/report-page-outlook.ts';
import { readBill, readBillItems } from '../../src/warehouse/report-page-trust.ts';
import { addAccount, addDays, everyDay, listUntil } from '../report/day-rows.ts';
import { addRun } from '../report/recon-rows.ts';
import { createReportRig, type ReportRig } from '../report/report-rig.ts';
import { wireFax } from '../support/landed.ts';

let rig: ReportRig;
let client: pg.PoolClient;
beforeAll(async () => {
  rig = await createReportRig();
  client = await rig.database.pool.connect();
});
afterAll(async () => {
  client.release();
  await rig.drop();
});

describe('the area of an incident', () => {
  /** Faxes of one day to one area, the first of them failed. */
  const faxesTo = (area: string, day: string, of: { id: number; count: number; failed: number; isTest?: boolean }) =>
    Array.from({ length: of.count }, (_, at) => {
      const status = at < of.failed ? 'failure' : 'success';
      const fax = wireFax(of.id + at, `${day}T23:30:00.000-05:00`, { status, is_test: of.isTest ?? false });
      const recipients = fax.recipients?.map((one) => ({
        ...one,
        status,
        phone_number: `${area}555${1000 + of.id + at}`,
      }));
      return { ...fax, recipients: recipients ?? [] };
    });
  const areasOf = async (day: string) =>
    (await readIncidentAreas(client, { account: 'areas', from: day, to: day }, 5)).rows;

  it('is the one that fails most above the rest of the same days, of at least five recipients; none where all fail alike', async () => {
    const faxes = [
      ...faxesTo('+1414', '2026-07-01', { id: 100, count: 10, failed: 5 }),
      ...faxesTo('+1907', '2026-07-01', { id: 200, count: 20, failed: 10 }),
      ...faxesTo('+1414', '2026-07-02', { id: 300, count: 10, failed: 6 }),
      ...faxesTo('+1907', '2026-07-02', { id: 400, count: 20, failed: 7 }),
      ...faxesTo('+1212', '2026-07-02', { id: 500, count: 4, failed: 4 }),
      ...faxesTo('+1907', '2026-07-02', { id: 600, count: 9, failed: 9, isTest: true }),
      ...faxesTo('+1907', '2026-07-03', { id: 700, count: 9, failed: 9 }),
    ];
    await rig.look('faxes', 0, faxes, { account: 'areas', kind: 'slice' });
    expect(await areasOf('2026-07-01')).toEqual([]);
    expect(await areasOf('2026-07-02')).toEqual([{ prefix: '+1414', finishedCount: 10, failedCount: 6 }]);
    // Alone it cannot be worse than the rest.
    expect(await areasOf('2026-07-03')).toEqual([]);
  });
});

describe('the items of a bill', () => {
  it('are counted by reason, their signs apart, those that are owed but no open error by themselves', async () => {
    await addAccount(rig, 'items');
    await addRun(rig, { account: 'items', period: '2026-07-01', asOf: '2026-08-20T12:00:00Z' });
    const items: ReadonlyArray<readonly [string, string, string, number, number, number | null]> = [
      ['C11', 'error', 'open', 30, 30, 10],
      ['C11', 'error', 'open', -7, 0, null],
      ['C13', 'error', 'open', 0, 0, null],
      ['C10', 'error', 'disputed', 9, 9, 4],
      ['C12', 'warn', 'open', 5, 5, null],
      ['C10', 'error', 'disputed', 9, 9, 9],
      ['C12', 'warn', 'open', 5, 0, null],
      ['C10', 'error', 'cleared', 100, 100, null],
      ['C10', 'error', 'explained', 100, 100, null],
    ];
    for (const [n, [check, severity, state, cents, owed, credited]] of items.entries()) {
      await client.query(
        `insert into recon.items (account_id, period, check_id, subject_kind, subject_id, grain, reason, severity, state, cents, owed_cents, credited_cents,
           opened_at, opened_run_id, changed_at, changed_run_id)
         select account_id, '2026-07-01', $1, 'fax', $2, 'period', 'why', $3, $4, $5, $6, $7, now(), 1, now(), 1
         from warehouse.accounts where account_key = 'items'`,
        [check, String(n), severity, state, cents, owed, credited],
      );
    }
    const scope = { account: 'items', from: '2026-07-15', to: '2026-07-20' };
    const { rows } = await readBillItems(client, scope);
    expect(
      rows.map((row) =>
        [
          row.checkId,
          row.isUnexplained,
          row.itemCount,
          row.overCents,
          row.underCents,
          row.owedCents,
          row.disputedCents,
        ].join(' '),
      ),
    ).toEqual(['C11 true 2 30 7 20 0', 'C13 true 1 0 0 0 0', 'C10 false 1 9 0 5 5', 'C12 false 1 5 0 5 0']);
    const [month] = (await readBill(client, scope)).rows;
    expect(month).toMatchObject({
      openErrorCount: 3,
      unexplainedCents: 37,
      owedCents: 30,
      runCents: 21,
      warehouseCents: 0,
    });
    expect(month?.lastRunAt).toBe(Date.UTC(2026, 7, 20, 12));
  });
});

describe('the tag that is shown', () => {
  it('is none whose name may be a number or an address, however many faxes have it, and such values are others', async () => {
    const tags = (at: number) => ({
      '414-555-9911': 'x',
      'jane@mail.example': 'x',
      ...(at < 6 ? { clinic: 'Lab' } : at < 11 ? { clinic: 'jane@mail.example' } : {}),
    });
    const faxes = Array.from({ length: 12 }, (_, at) => ({
      ...wireFax(at + 1, '2026-07-10T12:00:00.000-05:00', { status: 'success', tags: tags(at) }),
      cost: 7,
    }));
    faxes.push({
      ...wireFax(13, '2026-07-10T12:00:00.000-05:00', { status: 'success', direction: 'received', recipients: [] }),
      cost: 7,
    });
    await rig.look('faxes', 0, faxes, { account: 'tags', kind: 'slice' });
    const { rows } = await readTags(client, { account: 'tags', from: '2026-07-01', to: '2026-07-31' }, 5);
    expect(rows.map((row) => [row.tagName, row.shareKind, row.tagValue, row.faxCount])).toEqual([
      ['clinic', 'tag', 'Lab', 6],
      ['clinic', 'others', null, 5],
      ['clinic', 'untagged', null, 1],
      ['clinic', 'received', null, 1],
    ]);
  });
});

describe('what is usual', () => {
  const today = () => dayIn(rig.dateDaysAgo(0).getTime(), 'America/Chicago');

  it('is that of the eight weeks before the first day, itself left out', async () => {
    await addAccount(rig, 'before');
    await addDays(rig, 'before', everyDay(70, 1, { count: 2, cents: 7 }));
    const first = daysLater(today(), -5);
    const { rows } = await readDaysBefore(client, { account: 'before', from: first, to: today() });
    expect([rows.length, rows[0]?.day, rows.at(-1)?.day]).toEqual([56, daysLater(first, -56), daysLater(first, -1)]);
  });

  it('and the last two weeks are counted beside the forecast, by the days that it is reckoned from', async () => {
    await addAccount(rig, 'recent');
    await addDays(rig, 'recent', [
      ...everyDay(31, 15, { count: 3, cents: 7 }),
      ...everyDay(14, 0, { count: 1, cents: 7 }),
    ]);
    await listUntil(rig, 'recent');
    const [month] = (await readForecast(client, { account: 'recent', from: today(), to: today() })).rows;
    // The first day on which faxes are known may not be whole.
    expect(month).toMatchObject({ recentFaxCount: 14, earlierFaxCount: 48, earlierDayCount: 16 });
  });
});
