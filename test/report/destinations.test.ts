import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { WireFaxV2 } from '../../src/phaxio/wire.ts';
import { wireFax } from '../support/landed.ts';
import { createReportRig, type ReportRig } from './report-rig.ts';

const [NEVER, ALWAYS, ONE_DAY, ONCE_GOOD, UNSEEN, BLAMELESS, TWO_BUSY, DAILY] = [
  101, 102, 103, 104, 105, 106, 107, 108,
].map((last) => `+14145550${last}`);
const BUSY = { error_type: 'lineError', error_id: 17 };
const NO_FAX = { error_type: 'lineError', error_id: 32 };
const BAD_PDF = { error_type: 'documentConversionError', error_id: 133 };
const NO_MONEY = { error_type: 'generalError', error_id: 5 };
const FAULT = { error_type: 'fatalError', error_id: 9 };
const CANCELLED = { error_type: 'faxError', error_id: 75 };
const SIMULATED = { error_type: 'lineError', error_id: 121 };

let rig: ReportRig;
beforeAll(async () => {
  rig = await createReportRig();
  const to = (phone_number: string | null | undefined, status: string, over: object = {}) =>
    wireFax(0, rig.daysAgo(0)).recipients?.map((one) => ({ ...one, phone_number, status, ...over })) ?? [];
  const fax = (id: number, days: number, recipients: object[], over: Partial<WireFaxV2> = {}) => ({
    ...wireFax(id, rig.daysAgo(days), { status: 'success', num_pages: id % 10, ...over }),
    recipients,
  });
  const listing = { kind: 'slice' as const, account: 'north' };
  await rig.look(
    'faxes',
    0,
    [
      fax(11, 10, to(NEVER, 'failure', { ...BUSY, retry_count: 2 })),
      fax(12, 10, to(NEVER, 'failure', { ...NO_FAX, retry_count: null })),
      // To two recipients, of whom one is reached.
      fax(13, 4, [...to(NEVER, 'failure', BUSY), ...to(ALWAYS, 'success')], { status: 'partialsuccess' }),
      fax(14, 6, to(ALWAYS, 'success', { retry_count: 1 })),
      fax(15, 4, to(ALWAYS, 'success')),
      fax(16, 8, to(ONE_DAY, 'failure', { error_type: 'lineError', error_id: 99_999 })),
      // The same number twice, without a reason.
      fax(17, 8, [...to(ONE_DAY, 'failure'), ...to(ONE_DAY, 'failure')]),
      fax(18, 2, to(ONCE_GOOD, 'success')),
      fax(19, 1, to(ONCE_GOOD, 'callactive'), { status: 'inprogress' }),
      fax(21, 91, to(UNSEEN, 'failure')),
      fax(22, 2, to(UNSEEN, 'failure'), { is_test: true }),
      fax(23, 2, to(UNSEEN, 'failure')),
      fax(24, 2, to(null, 'failure')),
      fax(25, 2, to(UNSEEN, null as unknown as string), { status: 'queued' }),
      // Seen without its time of request: it counts at its end.
      fax(26, 3, to(ONCE_GOOD, 'failure', BUSY), { completed_at: rig.daysAgo(89) }),
      fax(27, 3, to(UNSEEN, 'failure', BUSY), { completed_at: rig.daysAgo(91) }),
      // Nothing of it is of the number.
      ...[BAD_PDF, BAD_PDF, NO_MONEY, FAULT, CANCELLED, SIMULATED].map((error, at) =>
        fax(31 + at, 3 + at, to(BLAMELESS, 'failure', error)),
      ),
      // Three failures on three days, of which two are of the number.
      fax(41, 3, to(TWO_BUSY, 'failure', BUSY)),
      fax(42, 4, to(TWO_BUSY, 'failure', BUSY)),
      fax(43, 5, to(TWO_BUSY, 'failure', BAD_PDF)),
      // Reached whenever it was called.
      ...[3, 4, 5].map((days) => fax(51 + days, days, to(DAILY, 'success'))),
      fax(61, 6, to(DAILY, 'failure', BAD_PDF)),
      fax(62, 7, to(DAILY, 'failure', FAULT)),
    ],
    listing,
  );
  await rig.look('faxes', 0, [fax(14, 5, to(NEVER, 'success'))], { ...listing, account: 'south' });
  await rig.rows(`update warehouse.faxes set gone_at_source_at = now() where fax_id = 23`);
  await rig.rows(`update warehouse.faxes set created_at = null where fax_id in (26, 27)`);
  await rig.rows(`update warehouse.fax_recipients set fax_created_at = null where fax_id in (26, 27)`);
});
afterAll(() => rig.drop());

const lines = async (columns: string, rest = `where account_key = 'north'`) =>
  (
    await rig.rows(
      `select concat_ws(' ', right(phone_number, 3), ${columns}) as row from report.destinations ${rest} order by 1`,
    )
  ).map(({ row }) => row);

describe('report.destinations', () => {
  it('counts how often a number was called in 90 days and what became of it', async () => {
    expect(
      await lines(`finished_recipient_count, reached_recipient_count, first_attempt_recipient_count, failed_recipient_count,
        call_failed_recipient_count, retry_count, attempt_day_count, failed_page_count`),
    ).toEqual([
      '101 3 0 0 3 3 2 2 6',
      '102 3 3 2 0 0 1 2 0',
      '103 3 0 0 3 3 0 1 20',
      '104 2 1 1 1 1 0 2 6',
      '106 6 0 0 6 0 0 6 21',
      '107 3 0 0 3 2 0 3 6',
      '108 5 3 3 2 0 0 5 3',
    ]);
  });

  it('calls always failing only what three calls on two days never reached, whatever failed besides, and known good only what all did', async () => {
    expect(await lines('is_always_failing, is_known_good')).toEqual([
      '101 t f',
      '102 f t',
      '103 f f',
      '104 f f',
      '106 f f',
      '107 f f',
      '108 f t',
    ]);
  });

  it('says when a number was called first and last, and when it was reached and failed last', async () => {
    const days = (column: string) => `coalesce(round(extract(epoch from now() - ${column}) / 86400)::text, 'never')`;
    expect(
      await lines(['first_attempt_at', 'last_attempt_at', 'last_reached_at', 'last_failed_at'].map(days).join(', ')),
    ).toEqual([
      '101 10 4 never 4',
      '102 6 4 4 never',
      '103 8 8 never 8',
      '104 89 2 2 89',
      '106 8 3 never 3',
      '107 5 3 never 3',
      '108 7 3 3 6',
    ]);
  });

  it('names the most frequent error and what to do about it, an error that nobody has described too', async () => {
    expect(
      await lines(
        `coalesce(main_error_type, '-'), coalesce(main_error_id::text, '-'), coalesce(main_error_class, '-'), coalesce(split_part(advice, '.', 1), '-')`,
      ),
    ).toEqual([
      '101 lineError 17 retry_soon The line was busy',
      '102 - - - -',
      '103 - - unknown Not described yet',
      '104 lineError 17 retry_soon The line was busy',
      '106 documentConversionError 133 bad_document The PDF is damaged or unusual',
      '107 lineError 17 retry_soon The line was busy',
      '108 documentConversionError 133 bad_document The PDF is damaged or unusual',
    ]);
  });

  it('keeps accounts apart', async () => {
    expect(
      await lines(
        'finished_recipient_count, reached_recipient_count, is_always_failing',
        `where account_key = 'south'`,
      ),
    ).toEqual(['101 1 1 f']);
  });
});
