import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { foldRollups } from '../../src/warehouse/rollups.ts';
import { createReportRig, type ReportRig } from './report-rig.ts';

/** Faxes of an account in ten weeks from 1 March, four an hour. */
const FAXES = 70 * 24 * 4;
const OF_MARCH = 31 * 24 * 4;
const OF_A_DAY = 24 * 4;

let rig: ReportRig;
beforeAll(async () => {
  rig = await createReportRig();
  await rig.rows(
    "insert into warehouse.accounts (account_key, billing_zone) values ('asked', 'UTC'), ('other', 'UTC')",
  );
  // Two of the account that is asked for are under way, on two days.
  await rig.rows(`
    insert into warehouse.faxes (account_id, fax_id, created_at, observed_at, observation_no, content_hash, cost_cents, stage, direction, status, observed_via)
    select account_id, n, timestamptz '2026-03-01Z' + n * interval '15 minutes', now(), 1, md5(n::text)::uuid, 7,
      case when account_key = 'asked' and n in (500, 5000) then 1 else 3 end, 'received', 'success', 'listing'
    from warehouse.accounts, generate_series(0, ${FAXES} - 1) n`);
  await foldRollups(rig.database.pool);
  await rig.rows('analyze');
});
afterAll(() => rig.drop());

const OF_MONTH = "account_key = 'asked' and usage_month = '2026-03-01'";

describe('what views read of the faxes', () => {
  it.each(['billing_by_number', 'billing_by_country'])('%s reads those of the month asked for', async (view) => {
    const sql = `select * from report.${view} where ${OF_MONTH}`;
    expect(await rig.rows(sql)).toMatchObject([{ fax_count: `${OF_MARCH}`, cost_cents: `${OF_MARCH * 7}` }]);
    expect(await rig.faxesRead(sql)).toBe(OF_MARCH);
  });

  it('cost_and_usage reads those of the month asked for, for their costs and once more for their details', async () => {
    const sql = `select * from report.cost_and_usage where billing_account_id = 'asked' and x_billing_period = '2026-03-01'`;
    expect(await rig.rows(sql)).toHaveLength(OF_MARCH);
    expect(await rig.faxesRead(sql)).toBeLessThanOrEqual(2 * OF_MARCH + 10);
  });

  it('open_faxes reads those of the days on which anything is under way', async () => {
    const sql = `select * from report.open_faxes where account_key = 'asked' order by fax_id`;
    expect(await rig.rows(sql)).toMatchObject([{ fax_id: '500' }, { fax_id: '5000' }]);
    expect(await rig.faxesRead(sql)).toBeLessThanOrEqual(2 * (OF_A_DAY + 8));
  });
});
