import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { wireFax } from '../support/landed.ts';
import { ReconBed } from '../support/recon-bed.ts';
import { APPROVER, closeMonth } from '../support/recon-runs.ts';

const JULY_CLOSES = Date.parse('2026-08-07T12:00:00Z');

describe('report.cost_and_usage', () => {
  let bed: ReconBed;
  let observation = 0;

  beforeAll(async () => {
    bed = await ReconBed.open();
    bed.newAccount();
    await look('2026-07-20T12:00:00Z', 7);
    await bed.load(
      { observation: 50, at: Date.parse('2026-07-20T13:00:00Z'), kind: 'snapshot', stream: 'phone_numbers' },
      [
        {
          phone_number: '+14145550100',
          cost: 200,
          provisioned_at: '2026-05-15T12:00:00.000-05:00',
          last_billed_at: '2026-07-15T12:00:00.000-05:00',
        },
      ],
    );
    await closeMonth(bed, '2026-07', JULY_CLOSES);
    await look('2026-08-10T12:00:00Z', 21);
  });
  afterAll(() => bed.close());

  /** A look at two faxes of July, one of which is a test, and one of August; the first costs so much. */
  async function look(at: string, cost: number): Promise<void> {
    observation += 1;
    const faxes = [
      wireFax(1, '2026-07-31T23:30:00.000-05:00', {
        status: 'success',
        num_pages: 3,
        cost,
        tags: { department: 'Lab' },
      }),
      wireFax(2, '2026-07-10T12:00:00.000-05:00', { status: 'success', cost: 99, is_test: true }),
      wireFax(3, '2026-08-05T12:00:00.000-05:00', { status: 'success', cost: 14 }),
    ];
    await bed.load({ observation, at: Date.parse(at) }, Date.parse(at) < JULY_CLOSES ? faxes.slice(0, 2) : faxes);
  }

  const rows = async (sql: string) => (await bed.pool.query<Record<string, unknown>>(sql)).rows;

  it('has every line of every bill, days and months by the clock of the account', async () => {
    expect(
      await rows(`
        select concat_ws(' ', to_char(billing_period_start at time zone 'UTC', 'MM-DD HH24'), to_char(charge_period_start at time zone 'UTC', 'MM-DD HH24'),
          charge_category, charge_class, sku_id, billed_cost, pricing_quantity, pricing_unit, case when x_is_closed then 'closed' end) as row
        from report.cost_and_usage order by x_billing_period, x_charge_kind, x_fax_id`),
    ).toEqual([
      { row: '07-01 05 07-31 05 Usage fax-page-sent 0.07 3 Pages closed' },
      { row: '07-01 05 07-15 05 Purchase number-month 2.00 1 Months closed' },
      { row: '08-01 05 07-31 05 Usage Correction fax-page-sent 0.14 0 Pages' },
      { row: '08-01 05 08-05 05 Usage fax-page-sent 0.14 1 Pages' },
    ]);
  });

  it('names no number but the own one of a rent', async () => {
    const [{ text } = { text: '' }] = await rows(
      `select string_agg(c::text, E'\\n') as text from report.cost_and_usage c`,
    );
    expect(String(text).match(/\+\d{8,}/g)).toEqual(['+14145550100']);
    expect(String(text)).not.toContain(APPROVER);
  });

  it('adds up to the charges over all months, and to the bill in each', async () => {
    const exported = await rows(
      `select x_billing_period::text as month, (sum(billed_cost) * 100)::int as cents, sum(x_cents)::int as whole, sum(effective_cost)::text as effective
       from report.cost_and_usage group by 1 order by 1`,
    );
    expect(exported).toEqual([
      { month: '2026-07-01', cents: 207, whole: 207, effective: '2.07' },
      { month: '2026-08-01', cents: 28, whole: 28, effective: '0.28' },
    ]);
    expect(
      await rows(
        `select billing_period::text as month, sum(cents)::int as cents from recon.bill group by 1 order by 1`,
      ),
    ).toEqual(exported.map(({ month, cents }) => ({ month, cents })));
    expect(await rows('select sum(cents)::int as cents from warehouse.charges')).toEqual([{ cents: 235 }]);
  });
});
