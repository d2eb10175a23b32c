import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HOUR_MS } from '../../src/domain/time.ts';
import { loadObject } from '../../src/warehouse/load-object.ts';
import { type LandedSpec, preparedOf, TEST_LOAD, wireFax } from '../support/landed.ts';
import { addAccount } from './day-rows.ts';
import { createReportRig, type ReportRig } from './report-rig.ts';

let rig: ReportRig;
beforeAll(async () => {
  rig = await createReportRig();
});
afterAll(() => rig.drop());

let observation = 0;
/** Loads one look as it came so many hours ago; slices reach back two days before it unless a window is given. */
async function load(account: string, hours: number, data: unknown, spec: Partial<LandedSpec> = {}): Promise<void> {
  observation += 1;
  const at = rig.dateDaysAgo(hours / 24).getTime();
  const window = { after: at - 48 * HOUR_MS, before: at };
  const of = { kind: 'slice' as const, stream: 'faxes', ...spec };
  const prepared = preparedOf({ observation, at, account, window: of.kind === 'slice' ? window : null, ...of }, data);
  await loadObject(rig.database.pool, prepared, TEST_LOAD);
}

const over = (id: number, hours: number, more: object = {}) => ({
  ...wireFax(id, rig.daysAgo(hours / 24), { status: 'success', completed_at: rig.daysAgo(hours / 24 - 0.01) }),
  ...more,
});

describe('report.freshness', () => {
  it('tells of each list when it was read whole and when last at all, and how far the faxes are behind', async () => {
    await load('seen', 9, { balance: 100 }, { stream: 'account_status', kind: 'snapshot' });
    await load('seen', 8, [over(1, 20), over(2, 21)]);
    await load('seen', 3, [over(1, 20), over(2, 21), over(3, 4)]);
    // A pass that trails makes a later look at an earlier time, and a listing with a record that cannot be read proves nothing absent.
    await load('seen', 2, [over(1, 20)], {
      window: { after: rig.dateDaysAgo(1).getTime(), before: rig.dateDaysAgo(0.5).getTime() },
    });
    await load('seen', 1, [over(4, 1.5), { id: 'not a number' }]);
    const rows = await rig.rows(`
      select stream, look_age_minutes / 60 as hours, floor(extract(epoch from now() - last_try_at) / 3600)::int as tried, is_last_complete,
        last_loaded_at is not null as is_loaded, behind_minutes / 60 as behind, unread_from_at, unread_to_at
      from report.freshness where account_key = 'seen' order by stream`);
    const known = { is_loaded: true, behind: 3, unread_from_at: null, unread_to_at: null };
    expect(rows).toEqual([
      { stream: 'account_status', hours: 9, tried: 9, is_last_complete: true, ...known },
      { stream: 'faxes', hours: 2, tried: 1, is_last_complete: false, ...known },
    ]);
  });

  it('is not ahead of the present where the clock of the mirror is', async () => {
    await load('ahead', -0.01, [over(31, 1)]);
    expect(
      await rig.rows(`select look_age_minutes, behind_minutes from report.freshness where account_key = 'ahead'`),
    ).toEqual([{ look_age_minutes: 0, behind_minutes: 0 }]);
  });

  it('does not call faxes up to date that were never listed', async () => {
    await load('unlisted', 2, { balance: 100 }, { stream: 'account_status', kind: 'snapshot' });
    expect(
      await rig.rows(
        `select stream, faxes_known_until_at, behind_minutes from report.freshness where account_key = 'unlisted'`,
      ),
    ).toEqual([{ stream: 'account_status', faxes_known_until_at: null, behind_minutes: null }]);
  });

  it('tells what a backfill has still before it', async () => {
    await load('filling', 1, [over(11, 2)]);
    await rig.database.pool.query(`
      insert into ops.sync_cursors (account, stream, pass, position_at, moved_at, fence) values
        ('filling', 'faxes', 'start', '2026-03-01T00:00:00Z', now(), 1), ('filling', 'faxes', 'backfill', '2026-02-01T00:00:00Z', now(), 1),
        ('filling', 'faxes', 'backfill:2026-01-01T00:00:00Z:2026-01-31T00:00:00Z', '2026-01-31T00:00:00Z', now(), 1),
        ('filling', 'faxes', 'head', '2026-04-01T00:00:00Z', now(), 1)`);
    const unread = () =>
      rig.rows(`select unread_from_at, unread_to_at from report.freshness where account_key = 'filling'`);
    expect(await unread()).toEqual([
      { unread_from_at: new Date('2026-02-01T00:00:00Z'), unread_to_at: new Date('2026-03-01T00:00:00Z') },
    ]);
    await rig.database.pool.query(
      `update ops.sync_cursors set position_at = '2026-03-01T00:00:00Z' where account = 'filling' and pass = 'backfill'`,
    );
    expect(await unread()).toEqual([{ unread_from_at: null, unread_to_at: null }]);
  });

  it('has no row of an account of which nothing was listed', async () => {
    await addAccount(rig, 'silent');
    expect(await rig.rows(`select 1 from report.freshness where account_key = 'silent'`)).toEqual([]);
  });
});

describe('report.data_quality', () => {
  const counts = async (account: string) =>
    Object.fromEntries(
      (
        await rig.rows(
          `select measure, value_count::int as count, is_alarm, advice from report.data_quality where account_key = '${account}' order by measure`,
        )
      ).map(({ measure, count, is_alarm, advice }) => {
        if (count === 0) expect(advice).toBe('Nothing to do.');
        return [String(measure), is_alarm === true ? `${count}!` : count];
      }),
    );
  const nothing = {
    callbacks_late: 0,
    callbacks_loaded: 0,
    callbacks_without_news: 0,
    ends_told_by_callback: 0,
    ends_told_by_polling: 0,
    faxes_gone_at_source: 0,
    faxes_without_cost: 0,
    faxes_without_direction: 0,
    faxes_without_time: 0,
    listings_incomplete: 0,
    records_set_aside: 0,
    unknown_fields: 0,
    unknown_statuses: 0,
    unknown_words: 0,
    values_set_aside: 0,
  };

  it('counts what could not be taken as sent, what the documentation does not have, and what is missing', async () => {
    // The first of these is no longer of the last week; what was set aside stays so.
    await load('odd', 24 * 9, [over(108, 24 * 9.5, { cost: null }), { id: 'nor this' }]);
    await load('odd', 10, [
      over(101, 12, { status: 'vaporised' }),
      over(102, 12, { cost: null }),
      over(103, 12, { direction: null }),
      over(105, 12, { surprise: 1, num_pages: 'many' }),
      over(106, 12, { is_test: true, cost: null }),
      { ...over(107, 12), id: 'not a number' },
    ]);
    await load('odd', 9, over(104, 12, { created_at: null, recipients: [] }), {
      kind: 'lookup',
      subjectId: '104',
    });
    expect(await counts('odd')).toEqual({
      ...nothing,
      ends_told_by_polling: 3,
      faxes_without_cost: '1!',
      faxes_without_direction: '1!',
      faxes_without_time: '1!',
      listings_incomplete: '1!',
      records_set_aside: '2!',
      unknown_fields: 1,
      unknown_statuses: '1!',
      unknown_words: 1,
      values_set_aside: '1!',
    });
  });

  it('tells callbacks that brought news from those that came late or confirmed', async () => {
    const open = wireFax(201, rig.daysAgo(0.25));
    await load('called', 5, over(201, 6), { kind: 'callback' });
    await load('called', 4, [over(201, 6), over(202, 6)]);
    await load('called', 3, { ...open, id: 202 }, { kind: 'callback' });
    await load('called', 2, over(203, 6), { kind: 'callback' });
    await load('called', 1, over(203, 6), { kind: 'callback' });
    // What is credited after the end is no end.
    await load('called', 0.5, [over(201, 6), over(202, 6), over(203, 6, { cost: 3 })]);
    expect(await counts('called')).toEqual({
      ...nothing,
      callbacks_loaded: 4,
      callbacks_late: 1,
      callbacks_without_news: 1,
      ends_told_by_callback: 2,
      ends_told_by_polling: 1,
    });
  });

  it('counts live faxes that are gone, and all zeros where nothing was loaded', async () => {
    await load('gone', 9, [over(301, 12), over(302, 12), over(303, 12, { is_test: true })]);
    await load('gone', 5, [over(302, 12)]);
    await load('gone', 1, [over(302, 12)]);
    expect(await counts('gone')).toEqual({ ...nothing, ends_told_by_polling: 2, faxes_gone_at_source: '1!' });
    await addAccount(rig, 'nothing');
    expect(await counts('nothing')).toEqual(nothing);
  });

  it('gives a BI login counts of the accounts it was granted, and no way to those of others', async () => {
    const bi = await rig.login('faxsync_bi', ['called']);
    const seen = async (sql: string) => (await bi.query<{ value: string }>(sql)).rows.map(({ value }) => value);
    const idOf = async (account: string) =>
      String(
        (await rig.rows(`select account_id from warehouse.accounts where account_key = '${account}'`))[0]?.[
          'account_id'
        ],
      );
    expect(
      await seen(`select value_count as value from report.data_quality where measure = 'callbacks_loaded'`),
    ).toEqual(['4']);
    for (const [account, count] of [
      ['called', 1],
      ['odd', 0],
    ] as const) {
      const id = await idOf(account);
      expect(await seen(`select 'x' as value from warehouse.quality_counts(${id}, now())`)).toHaveLength(count);
      expect(await seen(`select stream as value from warehouse.stream_looks(${id})`)).toHaveLength(count);
      expect(await seen(`select 'x' as value where warehouse.faxes_known_until(${id}) is not null`)).toHaveLength(
        count,
      );
    }
    await expect(bi.query('select 1 from ops.rejected_records')).rejects.toThrow(/permission denied/);
    await expect(bi.query('select warehouse.may_see(1)')).rejects.toThrow(/permission denied/);
  });
});
