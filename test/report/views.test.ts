import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readMigrationFiles } from '../../src/warehouse/migration-files.ts';
import { MIGRATIONS_DIRECTORY } from '../support/database.ts';
import { wireFax } from '../support/landed.ts';
import { addDays, everyDay, listUntil } from './day-rows.ts';
import { addRun } from './recon-rows.ts';
import { createReportRig, type ReportRig } from './report-rig.ts';

describe('every view of schema report', () => {
  let rig: ReportRig;
  let views: string[];

  beforeAll(async () => {
    rig = await createReportRig();
    for (const [i, account] of ['north', 'south'].entries()) {
      const number = `+1414555000${i}`;
      const orders = [
        { id: 1, created_at: rig.daysAgo(3), port_numbers: [{ id: 1, port_number: number, status: 'open' }] },
      ];
      await rig.look('port_orders', 2, orders, { account });
      const billed = { provisioned_at: rig.daysAgo(9), last_billed_at: rig.daysAgo(9) };
      await rig.look('phone_numbers', 2, [{ phone_number: number, cost: 200, ...billed }], { account });
      const recipients = wireFax(0, rig.daysAgo(3)).recipients?.map((one) => ({ ...one, status: 'success' })) ?? [];
      const fax = wireFax(i + 1, rig.daysAgo(3), {
        status: 'success',
        tags: { department: 'Lab' },
        completed_at: rig.daysAgo(2.9),
        // Of no number that is listed.
        caller_id: '+14145559999',
        recipients,
      });
      const open = wireFax(i + 21, rig.daysAgo(3));
      const failed = wireFax(i + 11, rig.daysAgo(3), { status: 'failure', direction: 'received', recipients: [] });
      // Failed, sent again, and that twice in the same second.
      const repeated = [
        wireFax(i + 31, rig.daysAgo(2.5), { status: 'failure' }),
        ...[41, 51].map((id) => wireFax(i + id, rig.daysAgo(2.4), { status: 'success' })),
      ];
      await rig.look('faxes', 2, [fax, failed, open, ...repeated], { account, kind: 'slice' });
      // Days known whole, a balance, and a run of the reconciliation.
      await addDays(rig, account, everyDay(9, 4, { count: 1, cents: 7 }));
      await listUntil(rig, account);
      await rig.look('account_status', 2, { balance: 100 }, { account });
      const balance = { check: 'C17', grain: '2026-07-10', left: 21, right: 21 };
      await addRun(rig, { account, period: '2026-07-01', asOf: '2026-08-20T12:00:00Z', results: [balance] });
      await rig.look('atas', 2, [{ id: 1, name: 'Lab', user_phone_number: number }], { account });
      await rig.look('port_number_notes', 2, [{ id: 1, created_at: rig.daysAgo(3) }], { account, subjectId: '1' });
    }
    const found = await rig.rows(`select viewname from pg_views where schemaname = 'report' order by 1`);
    views = found.map((row) => String(row['viewname']));
  });
  afterAll(() => rig.drop());

  // By hand, since each needs rows above: without them the next claims would hold for an empty view.
  it('is known here', () => {
    expect(views).toEqual([
      'anomalies',
      'balance_forecast',
      'bill_agreement_by_day',
      'billing_by_country',
      'billing_by_day',
      'billing_by_month',
      'billing_by_number',
      'chargeback',
      'charges',
      'cost_and_usage',
      'cost_of_failures',
      'data_quality',
      'delivery_times',
      'destinations',
      'duplicate_faxes',
      'errors_by_day',
      'errors_by_month',
      'freshness',
      'idle_numbers',
      'line_quality',
      'month_forecast',
      'number_inventory',
      'open_faxes',
      'outcomes_by_day',
      'outcomes_by_hour',
      'outcomes_by_prefix',
      'ports_by_status',
      'reconciliation_by_month',
      'reconciliation_checks',
      'resend_chains',
    ]);
  });

  it('runs with the rights of whoever asks', async () => {
    const { rows } = await rig.database.pool.query<{ name: string }>(
      `select relname as name from pg_class
       where relnamespace = 'report'::regnamespace and 'security_invoker=true' = any(reloptions) order by 1`,
    );
    expect(rows.map((row) => row.name)).toEqual(views);
  });

  it('shows a BI login the accounts it was granted, and a reader all', async () => {
    const [bi, none, reader] = [
      await rig.login('faxsync_bi', ['north']),
      await rig.login('faxsync_bi', []),
      await rig.login('faxsync_reader', []),
    ];
    for (const view of views) {
      // FOCUS has a name of its own for it.
      const key = view === 'cost_and_usage' ? 'billing_account_id' : 'account_key';
      const seenBy = async (pool: typeof bi) =>
        (
          await pool.query<{ account: string }>(`select distinct ${key} as account from report.${view} order by 1`)
        ).rows.map((row) => row.account);
      expect(await seenBy(bi), view).toEqual(['north']);
      expect(await seenBy(none), view).toEqual([]);
      expect(await seenBy(reader), view).toEqual(['north', 'south']);
    }
  });

  it('has no number of any length: each with a fraction says to how many digits it is rounded', async () => {
    // A float as well would show as many digits as there are.
    const { rows } = await rig.database.pool.query<{ column: string }>(`
      select format('%s.%s', attrelid::regclass, attname) as column from pg_attribute
      where attrelid in (select oid from pg_class where relnamespace = 'report'::regnamespace and relkind = 'v')
        and (atttypid = 'numeric'::regtype and atttypmod = -1 or atttypid in ('float8'::regtype, 'float4'::regtype)) order by 1`);
    expect(rows.map(({ column }) => column)).toEqual([]);
  });

  it('is the same after its script ran again', async () => {
    const shape = () =>
      rig.rows(`
        select c.relname, c.reloptions, c.relacl::text, obj_description(c.oid, 'pg_class') as meaning,
          array_agg(format('%s %s %s', a.attname, format_type(a.atttypid, a.atttypmod), col_description(c.oid, a.attnum)) order by a.attnum) as columns
        from pg_class c join pg_attribute a on a.attrelid = c.oid
        where c.relnamespace = 'report'::regnamespace
        group by c.oid, c.relname, c.reloptions, c.relacl order by 1`);
    const before = await shape();
    const { reports } = await readMigrationFiles(MIGRATIONS_DIRECTORY);
    expect(reports.length).toBe(views.length);
    for (const { name } of [...reports, ...reports]) {
      await rig.database.pool.query(readFileSync(join(MIGRATIONS_DIRECTORY, 'report', `${name}.sql`), 'utf8'));
    }
    expect(await shape()).toEqual(before);
  });
});
