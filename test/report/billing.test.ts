import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { wireFax } from '../support/landed.ts';
import { createReportRig, type ReportRig } from './report-rig.ts';

const JULY = '2026-07-10T12:00:00.000-05:00';
/** By UTC it is August already. */
const LAST_HOUR_OF_JULY = '2026-07-31T23:30:00.000-05:00';
const RENT_DAY = '2026-07-15T12:00:00.000-05:00';
const LAB = '+14145550100';

let rig: ReportRig;
beforeAll(async () => {
  rig = await createReportRig();
  const fax = (id: number, createdAt: string, cost: number | null, over: object = {}) => ({
    ...wireFax(id, createdAt, { status: 'success', caller_id: LAB, ...over }),
    cost,
  });
  const received = { direction: 'received', recipients: [], to_number: LAB, caller_id: null };
  const look = (data: unknown) => rig.look('faxes', 0, data, { kind: 'slice', account: 'north' });
  await look([
    fax(1, JULY, 14),
    fax(2, JULY, 7),
    fax(3, JULY, 3, received),
    fax(4, LAST_HOUR_OF_JULY, 7, { caller_id: null }),
    fax(5, JULY, 99, { is_test: true }),
    fax(6, JULY, 0),
    // A direction that has the name of another kind of charge, on the day of a rent.
    fax(8, RENT_DAY, 5, { direction: 'rent' }),
  ]);
  // Half of the first was given back, and some of another.
  await look([fax(1, JULY, 7), fax(8, RENT_DAY, 2, { direction: 'rent' })]);
  const number = { phone_number: LAB, cost: 200, provisioned_at: '2026-05-15T12:00:00.000-05:00' };
  await rig.look('phone_numbers', 0, [{ ...number, last_billed_at: RENT_DAY }], {
    account: 'north',
  });
});
afterAll(() => rig.drop());

const lines = async (sql: string) => (await rig.rows(sql)).map(({ row }) => row);

describe('report.billing_by_day', () => {
  it('has what was charged and given back of the faxes of a day, and the rents', async () => {
    expect(
      await lines(`select concat_ws(' ', usage_date, usage_month, charge_kind, fax_count, charged_cents, credited_cents, cost_cents, cost_usd) as row
        from report.billing_by_day where account_key = 'north' order by 1`),
    ).toEqual([
      '2026-07-10 2026-07-01 received 1 3 0 3 0.03',
      '2026-07-10 2026-07-01 sent 3 21 7 14 0.14',
      '2026-07-15 2026-07-01 fax rent 1 5 3 2 0.02',
      '2026-07-15 2026-07-01 rent 0 200 0 200 2.00',
      '2026-07-31 2026-07-01 sent 1 7 0 7 0.07',
    ]);
  });
});

describe('report.billing_by_month', () => {
  it('has the days of a month as one, each kind by itself', async () => {
    expect(
      await lines(`select concat_ws(' ', usage_month, charge_kind, fax_count, charged_cents, credited_cents, cost_cents, cost_usd) as row
        from report.billing_by_month where account_key = 'north' order by 1`),
    ).toEqual([
      '2026-07-01 fax rent 1 5 3 2 0.02',
      '2026-07-01 received 1 3 0 3 0.03',
      '2026-07-01 rent 0 200 0 200 2.00',
      '2026-07-01 sent 4 28 7 21 0.21',
    ]);
  });
});

describe('report.billing_by_number', () => {
  it('has the faxes a number received or was shown as caller of, its rent, and what belongs to none', async () => {
    expect(
      await lines(`select concat_ws(' ', usage_month, coalesce(phone_number, 'none'), charge_kind, fax_count, cost_cents, cost_usd) as row
        from report.billing_by_number where account_key = 'north' order by 1`),
    ).toEqual([
      `2026-07-01 ${LAB} fax rent 1 2 0.02`,
      `2026-07-01 ${LAB} received 1 3 0.03`,
      `2026-07-01 ${LAB} rent 0 200 2.00`,
      `2026-07-01 ${LAB} sent 3 14 0.14`,
      '2026-07-01 none sent 1 7 0.07',
    ]);
  });
});

describe('report.billing_by_country', () => {
  it('goes by the leading digits of the far number, or of the own one, and keeps a fax to several countries whole', async () => {
    const to = (...numbers: readonly (string | null)[]) =>
      numbers.map((phone_number) => ({ ...wireFax(0, JULY).recipients?.[0], phone_number }));
    const fax = (id: number, cost: number, over: object) => ({
      ...wireFax(id, JULY, { status: 'success' }),
      cost,
      ...over,
    });
    await rig.look(
      'faxes',
      0,
      [
        fax(1, 7, { recipients: to('+14145550123') }),
        fax(2, 14, { recipients: to('+14145550123', '+13125550123') }),
        fax(3, 9, { recipients: to('+14165550123') }),
        fax(4, 20, { recipients: to('+14145550123', '+442079460123') }),
        fax(5, 3, { recipients: to('12') }),
        fax(6, 4, { direction: 'received', recipients: [], to_number: '+17875550123' }),
        fax(7, 5, { direction: 'received', recipients: [], to_number: null }),
        fax(8, 0, { recipients: to('+14145550123') }),
        fax(9, 6, { recipients: [] }),
        fax(10, 2, { direction: 'rent', recipients: to('+14165550100') }),
      ],
      { kind: 'slice', account: 'lands' },
    );
    const rent = { phone_number: '+14165550100', cost: 200, last_billed_at: '2026-07-15T12:00:00.000-05:00' };
    await rig.look('phone_numbers', 0, [{ ...rent, provisioned_at: '2026-05-15T12:00:00.000-05:00' }], {
      account: 'lands',
    });
    expect(
      await lines(`select concat_ws(' ', usage_month, charge_kind, coalesce(country, '-'), country_kind, fax_count, cost_cents, cost_usd) as row
        from report.billing_by_country where account_key = 'lands' order by 1`),
    ).toEqual([
      '2026-07-01 fax rent CA one 1 2 0.02',
      '2026-07-01 received - unknown 1 5 0.05',
      '2026-07-01 received PR one 1 4 0.04',
      '2026-07-01 rent CA one 0 200 2.00',
      '2026-07-01 sent - several 1 20 0.20',
      '2026-07-01 sent - unknown 2 9 0.09',
      '2026-07-01 sent CA one 1 9 0.09',
      '2026-07-01 sent US one 3 21 0.21',
    ]);
  });
});

/** A look at some faxes, each with its id, day of July, cost and whether it was received. */
const looks = fc.array(
  fc.uniqueArray(
    fc.record({
      id: fc.integer({ min: 1, max: 6 }),
      cost: fc.integer({ min: 0, max: 50 }),
      isReceived: fc.boolean(),
      hasNumber: fc.boolean(),
      isTest: fc.boolean(),
    }),
    { selector: ({ id }) => id, minLength: 1, maxLength: 6 },
  ),
  { minLength: 1, maxLength: 4 },
);

describe('every view of what was billed', () => {
  it('adds up to the charges, whatever was seen and in whatever order costs changed', async () => {
    let run = 0;
    await fc.assert(
      fc.asyncProperty(looks, async (seen) => {
        run += 1;
        const account = `any-${run}`;
        for (const faxes of seen) {
          const data = faxes.map(({ id, cost, isReceived, hasNumber, isTest }) => ({
            ...wireFax(id, `2026-07-${10 + id}T12:00:00.000-05:00`, { status: 'success', is_test: isTest }),
            ...(isReceived ? { direction: 'received', recipients: [] } : {}),
            to_number: isReceived && hasNumber ? LAB : null,
            caller_id: !isReceived && hasNumber ? LAB : null,
            cost,
          }));
          await rig.look('faxes', 0, data, { kind: 'slice', account });
        }
        const [sums] = await rig.rows(`
          select coalesce(sum(cents), 0)::int as charges,
            (select coalesce(sum(cost_cents), 0)::int from report.billing_by_day where account_key = '${account}') as by_day,
            (select coalesce(sum(charged_cents - credited_cents), 0)::int from report.billing_by_day where account_key = '${account}') as by_side,
            (select coalesce(sum(cost_cents), 0)::int from report.billing_by_number where account_key = '${account}') as by_number,
            (select coalesce(sum(cost_cents), 0)::int from report.billing_by_country where account_key = '${account}') as by_country,
            (select coalesce(sum(fax_count), 0)::int from report.billing_by_country where account_key = '${account}') as country_faxes,
            (select coalesce(sum(fax_count), 0)::int from report.billing_by_number where account_key = '${account}') as number_faxes,
            (select coalesce(sum(cost_cents), 0)::int from warehouse.faxes f join warehouse.accounts b using (account_id)
              where b.account_key = '${account}' and f.is_test is not true) as faxes
          from warehouse.charges c join warehouse.accounts a on a.account_id = c.account_id where a.account_key = '${account}'`);
        const charges = sums?.['charges'];
        expect(sums).toEqual({
          charges,
          by_day: charges,
          by_side: charges,
          by_number: charges,
          by_country: charges,
          faxes: charges,
          country_faxes: sums?.['number_faxes'],
          number_faxes: sums?.['number_faxes'],
        });
      }),
      { numRuns: 30 },
    );
  });
});
