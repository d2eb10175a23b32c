import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createReportRig, type ReportRig, type ReportRow } from './report-rig.ts';

describe('report.ports_by_status', () => {
  let rig: ReportRig;
  const byStatus = new Map<unknown, ReportRow>();

  beforeAll(async () => {
    rig = await createReportRig();
    const { daysAgo } = rig;
    const first = { created_at: daysAgo(40), requested_for: daysAgo(10) };
    const succeeded = { id: 3, created_at: daysAgo(30), completed_at: daysAgo(20), requested_for: daysAgo(25) };
    const second = {
      id: 2,
      created_at: daysAgo(10),
      requested_for: daysAgo(-5),
      port_numbers: [number(21, 'needinfo')],
    };
    await rig.look('port_orders', 30, [
      { id: 1, ...first, port_numbers: [number(11, 'open'), number(12, 'needinfo'), number(13, 'open')] },
      { id: 3, created_at: daysAgo(30), completed_at: null, port_numbers: [number(31, 'submitted')] },
      { id: 6, created_at: daysAgo(90), port_numbers: [number(61, 'open')] },
    ]);
    await rig.look('port_orders', 8, [
      { id: 1, ...first, port_numbers: [number(11, 'needinfo'), number(12, 'needinfo'), number(13, 'open')] },
      second,
      { ...succeeded, port_numbers: [number(31, 'succeeded')] },
    ]);
    // Number 12 is away for one look; order 6 for the second time.
    await rig.look('port_orders', 6, [
      { id: 1, ...first, port_numbers: [number(11, 'needinfo'), number(13, 'open')] },
      second,
      { ...succeeded, port_numbers: [number(31, 'succeeded')] },
    ]);
    // Number 11 changes otherwise than in its status.
    await rig.look('port_orders', 5, [
      {
        id: 1,
        ...first,
        name_on_account: 'Canary Clinic',
        port_numbers: [
          { ...number(11, 'needinfo'), port_number: '+14145559999' },
          number(12, 'needinfo'),
          number(13, 'open'),
        ],
      },
      second,
      { ...succeeded, port_numbers: [number(31, 'succeeded')] },
      { id: 4, created_at: null, port_numbers: [number(41, 'parked'), number(42, null)] },
    ]);
    await rig.look('port_orders', 4, [{ id: 9, created_at: daysAgo(4), port_numbers: [number(91, 'open')] }], {
      account: 'south',
    });
    const note = (id: number, created: number, updated: number) => ({
      id,
      note: 'canary note',
      author: 'Canary Author',
      created_at: daysAgo(created),
      updated_at: daysAgo(updated),
    });
    await rig.look('port_number_notes', 2, [note(1, 7, 3), note(2, 6, 6)], { subjectId: '11' });
    await rig.look('port_number_notes', 2, [note(3, 4, 4)], { subjectId: '21' });
    await rig.look('port_number_notes', 2, [note(4, 2, 2)], { subjectId: '12' });
    await rig.look('port_number_notes', 1, [], { subjectId: '12' });
    await rig.look('port_number_notes', 0, [], { subjectId: '12' });
    for (const row of await rig.rows("select * from report.ports_by_status where account_key = 'main'")) {
      byStatus.set(row['status'], row);
    }
  });
  afterAll(() => rig.drop());

  function number(id: number, status: string | null) {
    return { id, port_number: `+141455500${id}`, status };
  }

  it('has one row an account and status, unknown words and none included', async () => {
    expect(await rig.rows('select account_key, status from report.ports_by_status order by 1, 2 nulls last')).toEqual([
      { account_key: 'main', status: 'needinfo' },
      { account_key: 'main', status: 'open' },
      { account_key: 'main', status: 'parked' },
      { account_key: 'main', status: 'succeeded' },
      { account_key: 'main', status: null },
      { account_key: 'south', status: 'open' },
    ]);
  });

  it('says what waits for information, how old it is, and since when it waits', () => {
    expect(byStatus.get('needinfo')).toEqual({
      account_key: 'main',
      status: 'needinfo',
      is_final: false,
      is_blocked_on_information: true,
      waiting_for: 'account_holder',
      number_count: 3,
      order_count: 2,
      overdue_count: 2,
      order_age_days_max: '40.00',
      order_age_days_median: '25.00',
      in_status_days_max: '30.00',
      in_status_days_median: '8.00',
      latest_note_at: rig.dateDaysAgo(3),
    });
  });

  it('leaves out numbers that are gone at the source, and their orders', () => {
    expect(byStatus.get('open')).toMatchObject({
      number_count: 1,
      order_count: 1,
      overdue_count: 1,
      waiting_for: 'provider',
      order_age_days_max: '40.00',
      in_status_days_max: '30.00',
      latest_note_at: null,
    });
  });

  it('counts the age of an ended order until it ended, and never as overdue', () => {
    expect(byStatus.get('succeeded')).toMatchObject({
      is_final: true,
      is_blocked_on_information: false,
      waiting_for: null,
      overdue_count: 0,
      order_age_days_max: '10.00',
      in_status_days_max: '8.00',
    });
  });

  it('takes an unknown status for one under way, and no time of creation for no age', () => {
    const expected = {
      is_final: false,
      is_blocked_on_information: false,
      waiting_for: null,
      number_count: 1,
      order_count: 1,
      overdue_count: 0,
      order_age_days_max: null,
      order_age_days_median: null,
      in_status_days_max: '5.00',
    };
    expect(byStatus.get('parked')).toMatchObject(expected);
    expect(byStatus.get(null)).toMatchObject(expected);
  });

  it('is told apart by the query of the documents: each number that waits, with the newest note still there', async () => {
    const page = readFileSync(new URL('../../docs/tables.md', import.meta.url), 'utf8');
    const [, query = ''] = /which numbers wait for information[\s\S]*?```sql\n([\s\S]*?)```/i.exec(page) ?? [];
    const found = (await rig.rows(query)).map(({ port_number, noted_at }) => ({ port_number, noted_at }));
    expect(found).toEqual([
      { port_number: '+14145559999', noted_at: rig.dateDaysAgo(3) },
      { port_number: '+14145550012', noted_at: null },
      { port_number: '+14145550021', noted_at: rig.dateDaysAgo(4) },
    ]);
  });

  it('shows no number, name or text of a note', () => {
    const shown = JSON.stringify([...byStatus.values()]);
    expect(shown).not.toMatch(/canary|\+?1414555/i);
  });

  it('counts an order once among the ages, however many numbers it has', async () => {
    const numbers = Array.from({ length: 9 }, (_, i) => number(70 + i, 'open'));
    const orders = [
      { id: 7, created_at: rig.daysAgo(100), port_numbers: numbers },
      { id: 8, created_at: rig.daysAgo(2), port_numbers: [number(81, 'open')] },
    ];
    await rig.look('port_orders', 1, orders, { account: 'west' });
    expect(
      await rig.rows(
        `select number_count, order_count, order_age_days_median from report.ports_by_status where account_key = 'west'`,
      ),
    ).toEqual([{ number_count: 10, order_count: 2, order_age_days_median: '51.00' }]);
  });
});
