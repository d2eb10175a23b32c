import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { wireFax } from '../support/landed.ts';
import { createReportRig, type ReportRig } from './report-rig.ts';

const JULY = '2026-07-10T12:00:00.000-05:00';
/** By UTC it is August already. */
const LAST_HOUR_OF_JULY = '2026-07-31T23:30:00.000-05:00';
const AUGUST = '2026-08-03T12:00:00.000-05:00';

const fax = (id: number, createdAt: string, cost: number | null, over: object = {}) => ({
  ...wireFax(id, createdAt, { status: 'success', num_pages: id, ...over }),
  cost,
});

describe('report.chargeback', () => {
  let rig: ReportRig;

  beforeAll(async () => {
    rig = await createReportRig();
    await rig.look(
      'faxes',
      0,
      [
        fax(1, JULY, 7, { tags: { department: 'Billing' } }),
        fax(2, JULY, 14, { tags: { department: 'Billing', order_id: 'A-1' } }),
        fax(3, LAST_HOUR_OF_JULY, 21, { tags: { department: 'Surgery' } }),
        fax(4, JULY, 28),
        fax(5, JULY, 99, { is_test: true, tags: { department: 'Surgery' } }),
        fax(6, JULY, null, { tags: { department: 'Surgery' }, status: 'inprogress' }),
        fax(7, AUGUST, 35, { tags: { department: 'Surgery' } }),
        fax(8, JULY, 3, { direction: 'received', recipients: [] }),
      ],
      { kind: 'slice' },
    );
    const number = { phone_number: '+14145550100', cost: 200, provisioned_at: '2026-05-15T12:00:00.000-05:00' };
    await rig.look('phone_numbers', 0, [{ ...number, last_billed_at: '2026-07-15T12:00:00.000-05:00' }]);
  });
  afterAll(() => rig.drop());

  const rowsOf = async (month: string, name: string, account = 'main') =>
    (
      await rig.rows(`
        select concat_ws(' ', share_kind, tag_value, fax_count, page_count, cost_cents, cost_usd) as row from report.chargeback
        where account_key = '${account}' and usage_month = '${month}' and tag_name = '${name}' order by 1`)
    ).map(({ row }) => row);

  it('charges each department its faxes, with what is untagged, what was received and what is shared', async () => {
    expect(await rowsOf('2026-07-01', 'department')).toEqual([
      'received 1 8 3 0.03',
      'shared 0 0 200 2.00',
      'tag Billing 2 3 21 0.21',
      'tag Surgery 2 9 21 0.21',
      'untagged 1 4 28 0.28',
    ]);
    expect(await rowsOf('2026-08-01', 'department')).toEqual(['tag Surgery 1 7 35 0.35']);
  });

  it('shares out the same month by every other tag', async () => {
    expect(await rowsOf('2026-07-01', 'order_id')).toEqual([
      'received 1 8 3 0.03',
      'shared 0 0 200 2.00',
      'tag A-1 1 2 14 0.14',
      'untagged 4 14 56 0.56',
    ]);
  });

  it('adds up to the charges of each month, to the cent, by each tag', async () => {
    const shares = await rig.rows(
      `select distinct usage_month::text as month, sum(cost_cents)::int as cents from report.chargeback where account_key = 'main' group by usage_month, tag_name order by 1`,
    );
    const charges = await rig.rows(
      `select date_trunc('month', usage_date)::date::text as month, sum(cents)::int as cents from warehouse.charges c join warehouse.accounts a using (account_id) where account_key = 'main' group by 1 order by 1`,
    );
    expect(shares).toEqual([
      { month: '2026-07-01', cents: 273 },
      { month: '2026-08-01', cents: 35 },
    ]);
    expect(charges).toEqual(shares);
  });

  it('counts a received fax with its tag, should the provider ever tag one, and adds up all the same', async () => {
    const data = [
      fax(1, JULY, 7, { tags: { department: 'Lab' } }),
      fax(2, JULY, 14),
      fax(3, JULY, 3, { direction: 'received', recipients: [], tags: { department: 'Lab' } }),
    ];
    await rig.look('faxes', 0, data, { kind: 'slice', account: 'odd' });
    expect(await rowsOf('2026-07-01', 'department', 'odd')).toEqual(['tag Lab 2 4 10 0.10', 'untagged 1 2 14 0.14']);
  });

  it('says the same of a tag that has too many values to be kept as sums, a long one among them', async () => {
    const data = [
      fax(1, JULY, 1, { tags: { order_id: 'x'.repeat(600) } }),
      fax(2, JULY, 2, { tags: { order_id: 'A-2', department: 'Lab' } }),
      fax(3, JULY, 3),
    ];
    await rig.look('faxes', 0, data, { kind: 'slice', account: 'orders' });
    const rows = () => rig.rows("select * from report.chargeback where account_key = 'orders' order by 2, 3, 4, 5");
    const rolled = await rows();
    await unroll('orders');
    expect(await rows()).toEqual(rolled);
    expect(rolled).toHaveLength(5);
  });

  it('reads no fax for sums that are kept, and each fax of the month once for a tag of too many values', async () => {
    await rig.rows("insert into warehouse.accounts (account_key, billing_zone) values ('many', 'UTC')");
    await rig.rows(`
      insert into warehouse.faxes (account_id, fax_id, created_at, observed_at, observation_no, content_hash, stage, status, observed_via, tags)
      select account_id, n, timestamptz '2026-03-01Z' + n * interval '10 minutes', now(), 1, md5(n::text)::uuid, 3, 'success', 'listing',
        jsonb_build_object('order_id', n, 'department', 'Lab')
      from warehouse.accounts, generate_series(0, 8000) n where account_key = 'many'`);
    await unroll('many');
    await rig.rows('analyze warehouse.faxes');
    const march = "usage_month = '2026-03-01'";
    expect(await faxesRead(`account_key = 'main' and ${march}`)).toBe(0);
    expect(await faxesRead(`account_key = 'many' and ${march} and tag_name = 'department'`)).toBe(0);
    expect(await faxesRead(`account_key = 'many' and ${march}`)).toBe((31 * 24 * 60) / 10);
  });

  const unroll = (account: string) =>
    rig.rows(
      `insert into rollup.unrolled_tags select account_id, 'order_id' from warehouse.accounts where account_key = '${account}'`,
    );

  const faxesRead = (question: string) => rig.faxesRead(`select * from report.chargeback where ${question}`);
});
