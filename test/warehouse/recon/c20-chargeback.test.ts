import { hash } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { DAY_MS, HOUR_MS, toIso } from '../../../src/domain/time.ts';
import { chargeback } from '../../../src/warehouse/recon/checks/c20-chargeback.ts';
import { exports } from '../../../src/warehouse/recon/checks/c21-export.ts';
import { wireFax } from '../../support/landed.ts';
import { ReconBed } from '../../support/recon-bed.ts';
import { itIsShown } from '../../support/recon-shown.ts';

const START = Date.UTC(2026, 6, 3, 12);
const WINDOW = { after: START, before: START + HOUR_MS };
const SCOPE = { period: '2026-07', asOf: START + 2 * DAY_MS };

let bed: ReconBed;
beforeAll(async () => {
  bed = await ReconBed.open();
});
afterAll(() => bed.close());
const fax = (id: number, cost: number, over: object = {}) =>
  wireFax(id, toIso(START + id * 1_000), { status: 'success', cost, ...over });

beforeEach(async () => {
  bed.newAccount();
  await bed.load({ observation: 1, at: START + HOUR_MS, window: WINDOW }, [
    fax(1, 7, { tags: { department: 'Billing' } }),
    fax(2, 14, { tags: { department: 'Billing', order_id: 'x' } }),
    fax(3, 21, { tags: { department: 'Surgery' } }),
    fax(4, 28),
    fax(5, 99, { tags: { department: 'Surgery' }, is_test: true }),
  ]);
  await bed.load({ observation: 2, at: START + HOUR_MS, kind: 'snapshot', stream: 'phone_numbers' }, [
    {
      phone_number: '+14145550100',
      city: 'Milwaukee',
      state: 'Wisconsin',
      country: 'United States',
      cost: 200,
      last_billed_at: toIso(START),
      provisioned_at: toIso(START),
      callback_url: null,
    },
  ]);
});

const tag = (value: string) => `tag tag:${hash('md5', value)}`;

/** Has the sum that the newest account keeps for Billing be off by so many cents, for as long as `work` takes. */
async function withSum(cents: number, work: () => Promise<void>): Promise<void> {
  const add = (off: number) =>
    bed.database.pool.query(
      `insert into rollup.tag_months_pending select account_id, usage_month, tag_name, tag_value, is_received, 0, 0, $1 from rollup.tag_months
       where tag_value = 'Billing' and usage_month = $2 order by account_id desc limit 1`,
      [off, `${SCOPE.period}-01`],
    );
  await add(cents);
  await work();
  await add(-cents);
}

/** Replaces a view by one that is off for Billing, for as long as `work` takes. */
async function withView(view: string, from: string, to: string, work: () => Promise<void>): Promise<void> {
  const client = await bed.database.pool.connect();
  try {
    const { rows } = await client.query<{ sql: string }>(`select pg_get_viewdef('${view}') as sql`);
    const sql = rows[0]?.sql ?? '';
    if (!sql.includes(from)) throw new Error('the view has changed its form');
    const options = 'with (security_invoker = true) as';
    await client.query(`create or replace view ${view} ${options} ${sql.replaceAll(from, to)}`);
    await work();
    await client.query(`create or replace view ${view} ${options} ${sql}`);
  } finally {
    client.release();
  }
}

describe('C20, chargeback', () => {
  it('passes for every department, for what is untagged, received and shared', async () => {
    // Nobody tags a received fax; were one tagged, the check would go by the rule of the view.
    await bed.load({ observation: 3, at: START + HOUR_MS }, [
      fax(6, 3, { direction: 'received', recipients: [] }),
      fax(7, 4, { direction: 'received', recipients: [], tags: { department: 'Surgery' } }),
    ]);
    const { results, findings } = await bed.check(chargeback, SCOPE);
    expect(findings).toEqual([]);
    expect(results).toMatchObject([{ grain: 'period', outcome: 'pass', tested: 5 }]);
  });

  it('finds the department that the view charges another sum', async () => {
    await withSum(2, async () => {
      expect((await bed.check(chargeback, SCOPE)).findings).toEqual([
        {
          subject: tag('Billing'),
          outcome: 'exception',
          reason: 'chargeback_differs',
          left: 23,
          right: 21,
          cents: 2,
          owed: 0,
        },
        expect.objectContaining({ subject: 'tag untagged', left: 26, right: 28, cents: -2 }),
      ]);
    });
  });

  it('lets a difference of the tolerance pass, either way, and not one cent more', async () => {
    const limits = (amount: number) => ({ tolerances: { C20: { amount, share: null } } });
    await withSum(2, async () => {
      const within = await bed.check(chargeback, { ...SCOPE, limits: limits(2) });
      expect(within).toMatchObject({ results: [{ outcome: 'within_tolerance', within: 2 }], findings: [] });
      expect((await bed.check(chargeback, { ...SCOPE, limits: limits(1) })).findings).toHaveLength(2);
    });
  });

  it('cannot test a look back, nor an account without the tag', async () => {
    await bed.load({ observation: 3, at: START + 3 * DAY_MS, window: WINDOW }, [
      wireFax(1, toIso(START + 1_000), { status: 'success', cost: 0, tags: { department: 'Billing' } }),
    ]);
    expect((await bed.check(chargeback, SCOPE)).results).toMatchObject([{ tested: 0, outcome: 'not_testable' }]);
    const other = await bed.check(chargeback, { ...SCOPE, limits: { chargebackTag: 'clinic' } });
    expect(other).toMatchObject({ results: [{ tested: 0, outcome: 'not_testable' }], findings: [] });
  });
});

describe('C21, the export', () => {
  it('passes where export, bill and charges are one', async () => {
    const { results, findings } = await bed.check(exports, SCOPE);
    expect(findings).toEqual([]);
    expect(results).toMatchObject([{ outcome: 'pass', tested: 5 }]);
  });

  it('finds an export that leaves a fax out', async () => {
    await withView(
      'report.cost_and_usage',
      'b.cents',
      "(b.cents - case when b.subject_id = '2' then 14 else 0 end)",
      async () => {
        expect((await bed.check(exports, SCOPE)).findings).toEqual([
          {
            subject: 'export cost_and_usage/fax',
            outcome: 'exception',
            reason: 'export_differs',
            left: 56,
            right: 70,
            cents: -14,
            owed: 0,
          },
        ]);
      },
    );
  });

  it('finds a bill that is not the charges, at one cent, and lets the tolerance pass', async () => {
    await withView(
      'recon.bill',
      '(f.cost_cents)::bigint',
      '(f.cost_cents + case when f.fax_id = 2 then 1 else 0 end)::bigint',
      async () => {
        expect((await bed.check(exports, SCOPE)).findings).toEqual([
          expect.objectContaining({ subject: 'export bill/fax', left: 71, right: 70, cents: 1 }),
        ]);
        const limits = { tolerances: { C21: { amount: 1, share: null } } };
        expect(await bed.check(exports, { ...SCOPE, limits })).toMatchObject({
          findings: [],
          results: [{ within: 1 }],
        });
      },
    );
  });

  it('cannot hold the bill of today against a run that looks back', async () => {
    await bed.load({ observation: 3, at: START + 3 * DAY_MS, window: WINDOW }, [
      wireFax(1, toIso(START + 1_000), { status: 'success', cost: 0, tags: { department: 'Billing' } }),
    ]);
    expect(await bed.check(exports, SCOPE)).toMatchObject({ findings: [], results: [{ tested: 3, untestable: 2 }] });
  });

  it('knows that a run looks back at a fax without a time of its own', async () => {
    await bed.load({ observation: 3, at: START + 3 * DAY_MS }, [
      wireFax(1, toIso(START + 1_000), { status: 'success', cost: 0, tags: { department: 'Billing' } }),
    ]);
    await bed.tamper('update warehouse.faxes set created_at = null where account_id = $ACCOUNT and fax_id = 1');
    for (const check of [exports, chargeback]) {
      const { findings, results } = await bed.check(check, SCOPE);
      expect(findings, check.id).toEqual([]);
      expect(results.map(({ untestable }) => untestable > 0)).toEqual([true]);
    }
  });

  itIsShown(() => bed, chargeback);
  itIsShown(() => bed, exports);
});
