import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { wireFax } from '../support/landed.ts';
import { createReportRig, type ReportRig } from './report-rig.ts';

const JULY = '2026-07-10T12:00:00.000-05:00';
/** By UTC it is August already. */
const LAST_HOUR_OF_JULY = '2026-07-31T23:30:00.000-05:00';
const MILWAUKEE = '+14145550123';
const CHICAGO = '+13125550123';

let rig: ReportRig;
beforeAll(async () => {
  rig = await createReportRig();
  /** A recipient that was reached so many seconds after noon. */
  const to = (
    phone_number: string | null,
    bitrate: number | null,
    resolution: number | null,
    seconds: number | null,
    over: object = {},
  ) => ({
    ...wireFax(0, JULY).recipients?.[0],
    ...{ phone_number, bitrate, resolution, status: 'success' },
    completed_at:
      seconds === null
        ? null
        : `2026-07-10T12:${String(Math.trunc(seconds / 60)).padStart(2, '0')}:${String(seconds % 60).padStart(2, '0')}.000-05:00`,
    ...over,
  });
  const fax = (id: number, pages: number | null, recipients: object[], over: object = {}) => ({
    ...wireFax(id, JULY, { status: 'success' }),
    num_pages: pages,
    recipients,
    ...over,
  });
  const look = (account: string, faxes: readonly object[]) => rig.look('faxes', 0, faxes, { kind: 'slice', account });
  await look('north', [
    fax(1, 2, [to(MILWAUKEE, 14_400, 8040, 60), to(CHICAGO, 9600, 7700, 80)]),
    fax(2, 1, [to(MILWAUKEE, 7200, 3850, 95, { retry_count: 2 })]),
    fax(3, 3, [to(MILWAUKEE, 9599, 7699, 60, { retry_count: null })]),
    // Known of neither: bitrate, resolution, when it was reached; pages; when it was requested.
    fax(4, 2, [to(MILWAUKEE, null, null, null, { retry_count: 1 })]),
    fax(5, 0, [to(MILWAUKEE, 33_600, 8040, 10)]),
    fax(6, 1, [to(MILWAUKEE, 33_600, 8040, 60)], { completed_at: JULY }),
    // Not reached, not a fax of the account's own, not there any more.
    fax(
      7,
      1,
      [to(MILWAUKEE, 2400, 3850, 60, { status: 'failure' }), to(CHICAGO, 2400, 3850, 60, { status: 'callactive' })],
      { status: 'inprogress' },
    ),
    fax(8, 1, [to(MILWAUKEE, 2400, 3850, 60)], { is_test: true }),
    fax(9, 1, [to(MILWAUKEE, 2400, 3850, 60)]),
    fax(10, 1, [to(null, null, 3850, null)]),
    // Over, by the provider's clocks, before it was requested.
    fax(11, 1, [to(CHICAGO, 4800, null, 60)], { created_at: LAST_HOUR_OF_JULY }),
    fax(12, 1, [to(CHICAGO, 4800, null, 60)], { created_at: '2026-08-01T00:00:00.000-05:00' }),
  ]);
  await look('south', [fax(1, 1, [to(MILWAUKEE, 2400, null, 30)])]);
  await rig.rows(`update warehouse.faxes set gone_at_source_at = now() where fax_id = 9`);
  await rig.rows(`update warehouse.faxes set created_at = null where fax_id = 6`);
  await rig.rows(`update warehouse.fax_recipients set fax_created_at = null where fax_id = 6`);
});
afterAll(() => rig.drop());

describe('report.line_quality', () => {
  const lines = async (columns: string) =>
    (
      await rig.rows(
        `select concat_ws(' ', account_key, usage_month, coalesce(dest_prefix, 'none'), ${columns}) as row from report.line_quality order by 1`,
      )
    ).map(({ row }) => row);

  it('counts recipients that were reached, their retries, and how fast and fine their lines were', async () => {
    expect(
      await lines(`reached_recipient_count, retry_count, bitrate_known_count, coalesce(bitrate_p50::text, '-'), below_9600_count, coalesce(below_9600_share::text, '-'),
        resolution_known_count, standard_resolution_count, coalesce(standard_resolution_share::text, '-')`),
    ).toEqual([
      'north 2026-07-01 +1312 2 0 2 4800 1 0.5000 1 0 0.0000',
      'north 2026-07-01 +1414 6 3 5 14400 2 0.4000 5 2 0.4000',
      'north 2026-07-01 none 1 0 0 - 0 - 1 1 1.0000',
      'north 2026-08-01 +1312 1 0 1 4800 1 1.0000 0 0 -',
      'south 2026-07-01 +1414 1 0 1 2400 1 1.0000 0 0 -',
    ]);
  });

  it('tells the seconds of a page of what was timed, never below zero', async () => {
    expect(await lines(`coalesce(seconds_a_page_p50::text, '-')`)).toEqual([
      'north 2026-07-01 +1312 0.0',
      'north 2026-07-01 +1414 30.0',
      'north 2026-07-01 none -',
      'north 2026-08-01 +1312 0.0',
      'south 2026-07-01 +1414 30.0',
    ]);
  });
});
