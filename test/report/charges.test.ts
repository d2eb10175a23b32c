import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { wireFax } from '../support/landed.ts';
import { createReportRig, type ReportRig } from './report-rig.ts';

const JULY = '2026-07-10T12:00:00.000-05:00';
/** By UTC it is August already. */
const LAST_HOUR_OF_JULY = '2026-07-31T23:30:00.000-05:00';
const LAB = '+14145550100';

let rig: ReportRig;
beforeAll(async () => {
  rig = await createReportRig();
});
afterAll(() => rig.drop());

describe('report.charges', () => {
  it('has a row for each price, each credit and each rent, at its own day, and no number of others', async () => {
    const fax = (id: number, createdAt: string | null, cost: number | null, over: object = {}) => ({
      ...wireFax(id, createdAt ?? JULY, { status: 'success', num_pages: 2, caller_id: LAB, ...over }),
      created_at: createdAt,
      cost,
    });
    const look = (data: unknown, kind: 'slice' | 'snapshot' = 'slice') =>
      rig.look(kind === 'slice' ? 'faxes' : 'phone_numbers', 0, data, { kind, account: 'north' });
    const received = { direction: 'received', recipients: [], to_number: LAB, caller_id: null };
    await look([
      fax(1, JULY, 14),
      fax(2, LAST_HOUR_OF_JULY, 7, received),
      fax(3, JULY, 99, { is_test: true }),
      fax(4, JULY, 0),
      fax(5, JULY, null),
    ]);
    await look([fax(1, JULY, 5)]);
    const number = { phone_number: LAB, provisioned_at: '2026-05-15T12:00:00.000-05:00' };
    await look([{ ...number, cost: 200, last_billed_at: '2026-07-31T23:59:00.000-05:00' }], 'snapshot');
    const rows = await rig.rows(`
      select concat_ws(' ', charge_kind, coalesce(fax_id::text, phone_number), observation_no, used_at at time zone 'UTC', usage_date,
        case when posted_at = observed_at then 'when seen' else posted_at at time zone 'UTC' || ' ' || posting_date end,
        coalesce(direction, '-'), coalesce(page_count::text, '-'), cost_cents, cost_usd) as row
      from report.charges where account_key = 'north' order by charge_kind desc, fax_id, cost_cents desc`);
    expect(rows.map(({ row }) => row)).toEqual([
      'usage 1 1 2026-07-10 17:00:00 2026-07-10 2026-07-10 17:00:00 2026-07-10 sent 2 14 0.14',
      'usage 2 1 2026-08-01 04:30:00 2026-07-31 2026-08-01 04:30:00 2026-07-31 received 2 7 0.07',
      `rent ${LAB} 3 2026-08-01 04:59:00 2026-07-31 2026-08-01 04:59:00 2026-07-31 - - 200 2.00`,
      'credit 1 2 2026-07-10 17:00:00 2026-07-10 when seen sent 2 -9 -0.09',
    ]);
  });

  it('finds a span of time by the index of the faxes, and is read whole without sorting', async () => {
    const client = await rig.database.pool.connect();
    try {
      await client.query('begin');
      await client.query(`
        with account as (
          insert into warehouse.accounts (account_key, billing_zone) values ('long', 'America/Chicago') returning account_id
        )
        insert into warehouse.faxes (account_id, fax_id, created_at, observed_at, observation_no, content_hash, num_pages, cost_cents, stage, direction, status, observed_via)
        select account_id, n, '2025-01-01T12:00Z'::timestamptz + n * interval '1 hour', now(), 1, gen_random_uuid(), 1, 7, 3, 'sent', 'success', 'listing'
        from account, generate_series(1, 20000) n`);
      await client.query('analyze warehouse.faxes, warehouse.fax_history, warehouse.accounts');
      const { rows } = await client.query<{ 'QUERY PLAN': string }>(
        `explain select sum(cost_cents) from report.charges
         where account_key = 'long' and used_at >= '2026-07-01T05:00Z' and used_at < '2026-08-01T05:00Z'`,
      );
      const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
      expect(plan).not.toMatch(/Seq Scan on faxes\b/);
      // As an export asks for all of it: joined in the order of the keys, with nothing to sort and nothing to hold.
      await client.query('set local cursor_tuple_fraction = 0.001');
      const all = await client.query<{ 'QUERY PLAN': string }>(
        "explain declare rows cursor for select * from report.charges where account_key = any(array['long'])",
      );
      expect(all.rows.map((row) => row['QUERY PLAN']).filter((line) => /\b(Sort|Hash)\b/.test(line))).toEqual([]);
      expect(plan).toMatch(/faxes_created[\s\S]{0,200}Index Cond: .*created_at >= /);
    } finally {
      await client.query('rollback');
      client.release();
    }
  });

  it('is the list of charges, row by row, whatever was seen and in whatever order costs changed', async () => {
    const looks = fc.array(
      fc.uniqueArray(
        fc.record({
          id: fc.integer({ min: 1, max: 6 }),
          cost: fc.option(fc.integer({ min: 0, max: 50 })),
          isReceived: fc.boolean(),
          isTest: fc.boolean(),
          isDated: fc.boolean(),
          rent: fc.option(fc.integer({ min: 0, max: 300 })),
        }),
        { selector: ({ id }) => id, minLength: 1, maxLength: 6 },
      ),
      { minLength: 1, maxLength: 4 },
    );
    let run = 0;
    await fc.assert(
      fc.asyncProperty(looks, async (seen) => {
        run += 1;
        const account = `any-${run}`;
        for (const faxes of seen) {
          const day = (id: number) => `2026-07-${10 + id}T23:30:00.000-05:00`;
          const data = faxes.map(({ id, cost, isReceived, isTest, isDated }) => ({
            ...wireFax(id, day(id), { status: 'success', is_test: isTest }),
            ...(isReceived ? { direction: 'received', recipients: [] } : {}),
            ...(isDated ? {} : { created_at: null, completed_at: day(id) }),
            cost,
          }));
          // By id one by one: a listing cannot say where a fax without a date lies.
          for (const one of data) {
            await rig.look('faxes', 0, one, { kind: 'lookup', account, subjectId: String(one.id) });
          }
          const numbers = faxes.map(({ id, rent }) => ({
            phone_number: `+1414555010${id}`,
            cost: rent,
            last_billed_at: day(id),
            provisioned_at: day(0),
          }));
          await rig.look('phone_numbers', 0, numbers, { account });
        }
        const columns =
          'charge_kind, fax_id, phone_number, observation_no, used_at, usage_date, posted_at, posting_date, observed_at, direction';
        const of = `account_key = '${account}'`;
        const [found] = await rig.rows(`
          with listed as (
            select ${columns}, case when charge_kind <> 'rent' then quantity end as page_count, cents as cost_cents, (cents / 100.0)::numeric(14, 2) as cost_usd
            from warehouse.charges c join warehouse.accounts a on a.account_id = c.account_id where ${of}
          ), shown as (select ${columns}, page_count, cost_cents, cost_usd from report.charges where ${of})
          select (select count(*)::int from listed) as listed, (select count(*)::int from shown) as shown,
            (select count(*)::int from (table listed except all table shown) x) as lacking`);
        expect(found).toEqual({ listed: found?.['listed'], shown: found?.['listed'], lacking: 0 });
      }),
      { numRuns: 20 },
    );
    const [all] = await rig.rows("select count(*)::int as count from report.charges where account_key like 'any-%'");
    expect(Number(all?.['count'])).toBeGreaterThan(50);
  });
});
