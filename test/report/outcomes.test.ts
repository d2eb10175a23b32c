import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { WireFaxV2 } from '../../src/phaxio/wire.ts';
import { wireFax } from '../support/landed.ts';
import { createReportRig, type ReportRig } from './report-rig.ts';

const DAY = '2026-07-10T12:00:00.000-05:00';
const BUSY = { error_type: 'lineError', error_id: 15 };
const NEW_ERROR = { error_type: 'lineError', error_id: 99_999 };

let rig: ReportRig;
beforeAll(async () => {
  rig = await createReportRig();
  const fax = (id: number, status: string, over: Partial<WireFaxV2> = {}) => wireFax(id, DAY, { status, ...over });
  const to = (status: string, retries: number, over: object = {}) =>
    wireFax(0, DAY).recipients?.map((one) => ({ ...one, status, retry_count: retries, ...over })) ?? [];
  await rig.look(
    'faxes',
    0,
    [
      fax(1, 'success', { recipients: to('success', 0) }),
      fax(2, 'success', { recipients: to('success', 2) }),
      fax(3, 'partialsuccess', { recipients: [...to('success', 0), ...to('failure', 3, BUSY)], num_pages: 4 }),
      fax(4, 'failure', { recipients: to('failure', 1, BUSY), ...BUSY }),
      fax(5, 'failure', { recipients: to('failure', 1, NEW_ERROR) }),
      fax(6, 'inprogress'),
      fax(7, 'success', { is_test: true, recipients: to('success', 0) }),
      fax(8, 'success', { direction: 'received', recipients: [] }),
      fax(9, 'failure', { direction: 'received', recipients: [] }),
    ],
    { kind: 'slice' },
  );
});
afterAll(() => rig.drop());

const lines = async (sql: string) => (await rig.rows(sql)).map(({ row }) => row);

describe('report.outcomes_by_day', () => {
  it('counts each fax once by how it ended, and recipients by how often they were called', async () => {
    expect(
      await lines(`select concat_ws(' ', usage_date, direction, fax_count, success_count, partial_count, failure_count, open_count, other_count, page_count,
        recipient_count, finished_recipient_count, reached_recipient_count, first_attempt_recipient_count) as row from report.outcomes_by_day order by 1`),
    ).toEqual(['2026-07-10 received 2 1 0 1 0 0 2 0 0 0 0', '2026-07-10 sent 6 2 1 2 1 0 9 7 6 3 2']);
  });
});

describe('report.errors_by_month', () => {
  it('says of every failure why and what to do, of causes that nobody has described too', async () => {
    expect(
      await lines(`select concat_ws(' ', usage_month, direction, coalesce(error_type, 'none'), coalesce(error_id::text, 'none'), error_class, failure_count) as row
        from report.errors_by_month order by 1`),
    ).toEqual([
      '2026-07-01 received none none unknown 1',
      '2026-07-01 sent lineError 15 retry_soon 2',
      '2026-07-01 sent lineError 99999 unknown 1',
    ]);
    expect(await lines(`select distinct advice as row from report.errors_by_month where error_id = 15`)).toEqual([
      'The telephone network was overloaded. Send again in some minutes.',
    ]);
    expect(
      await lines(
        `select distinct coalesce(message, '-') || '|' || advice as row from report.errors_by_month where error_id = 99999`,
      ),
    ).toEqual(['-|Not described yet. Look at one of these faxes, and ask the provider what the number means.']);
  });
});
