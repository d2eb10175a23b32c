import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toIso } from '../../src/domain/time.ts';
import type { WireFaxV2 } from '../../src/phaxio/wire.ts';
import { wireFax } from '../support/landed.ts';
import { createReportRig, type ReportRig } from './report-rig.ts';

/** A Friday; 23:30 in Chicago is Saturday by UTC. */
const FRIDAY_NIGHT = Date.parse('2026-07-10T23:30:00.000-05:00');

let rig: ReportRig;
beforeAll(async () => {
  rig = await createReportRig();
});
afterAll(() => rig.drop());

const lines = async (sql: string) => (await rig.rows(sql)).map(({ row }) => row);
const to = (status: string, retries = 0) =>
  wireFax(0, toIso(0)).recipients?.map((one) => ({ ...one, status, retry_count: retries })) ?? [];
/** A fax of that night that took so many seconds. */
const took = (id: number, seconds: number, over: Partial<WireFaxV2> = {}) =>
  wireFax(id, toIso(FRIDAY_NIGHT), {
    status: 'success',
    recipients: to('success'),
    completed_at: toIso(FRIDAY_NIGHT + seconds * 1000),
    ...over,
  });

describe('report.outcomes_by_hour', () => {
  it('counts recipients at the hour and weekday of the billing zone', async () => {
    const monday = { created_at: '2026-07-13T09:05:00.000-05:00' };
    await rig.look(
      'faxes',
      0,
      [
        took(1, 60, { recipients: [...to('success'), ...to('success', 2)] }),
        took(2, 60, { status: 'failure', recipients: to('failure', 1) }),
        took(3, 60, { ...monday, recipients: to('success') }),
        took(4, 60, { ...monday, status: 'inprogress', recipients: to('callactive') }),
        took(5, 60, { ...monday, is_test: true }),
      ],
      { kind: 'slice', account: 'hours' },
    );
    expect(
      await lines(`select concat_ws(' ', usage_month, weekday, hour, finished_recipient_count, reached_recipient_count, first_attempt_recipient_count, failed_recipient_count) as row
        from report.outcomes_by_hour where account_key = 'hours' order by 1`),
    ).toEqual(['2026-07-01 1 9 1 1 1 0', '2026-07-01 5 23 3 2 1 1']);
  });
});

describe('report.delivery_times', () => {
  it('has the times of faxes that are over, each percentile that of a fax', async () => {
    await rig.look(
      'faxes',
      0,
      [
        ...[10, 20, 30, 40].map((seconds, index) => took(index + 1, seconds)),
        took(5, 900, { status: 'failure' }),
        took(6, -2, { direction: 'received', recipients: [] }),
        took(7, 5, { status: 'inprogress' }),
        took(8, 5, { completed_at: null }),
      ],
      { kind: 'slice', account: 'times' },
    );
    expect(
      await lines(`select concat_ws(' ', usage_month, direction, status, fax_count, seconds_p50, seconds_p90, seconds_p95, seconds_p99, seconds_max) as row
        from report.delivery_times where account_key = 'times' order by 1`),
    ).toEqual([
      '2026-07-01 received success 1 0 0 0 0 0',
      '2026-07-01 sent failure 1 900 900 900 900 900',
      '2026-07-01 sent success 4 20 40 40 40 40',
    ]);
  });

  it('counts each of the faxes once, whatever they took, and gives the time in which so many were over', async () => {
    let run = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 0, max: 9_000 }), { minLength: 1, maxLength: 40 }),
        async (seconds) => {
          run += 1;
          const account = `times-${run}`;
          const faxes = seconds.map((each, index) => took(index + 1, each));
          await rig.look('faxes', 0, faxes, { kind: 'slice', account });
          const sorted = seconds.toSorted((a, b) => a - b);
          const within = (share: number) => sorted[Math.ceil(share * sorted.length) - 1];
          expect(
            await rig.rows(`select fax_count::int as faxes, seconds_p50 as p50, seconds_p90 as p90, seconds_max as most
            from report.delivery_times where account_key = '${account}'`),
          ).toEqual([{ faxes: seconds.length, p50: within(0.5), p90: within(0.9), most: sorted.at(-1) }]);
        },
      ),
      { numRuns: 20 },
    );
  });
});

describe('report.open_faxes', () => {
  it('lists what is under way, how long, and what is held for it', async () => {
    const open = (id: number, days: number, over: Partial<WireFaxV2> = {}) =>
      wireFax(id, rig.daysAgo(days), { status: 'inprogress', ...over });
    await rig.look(
      'faxes',
      0,
      [
        open(1, 0.5),
        open(2, 2, { status: 'heldforreview', num_pages: 3 }),
        open(3, 2, { status: 'success' }),
        open(4, 2, { is_test: true }),
        { ...open(5, 2), created_at: null },
      ],
      { kind: 'slice', account: 'open' },
    );
    expect(
      await lines(`select concat_ws(' ', fax_id, direction, status, round(open_hours), is_stuck, is_missing, page_count, recipient_count, held_cents, held_usd) as row
        from report.open_faxes where account_key = 'open' order by 1`),
    ).toEqual([
      '1 sent inprogress 12 f f 1 1 7 0.07',
      '2 sent heldforreview 48 t f 3 1 7 0.07',
      '5 sent inprogress 0 f f 1 1 7 0.07',
    ]);
  });
});
