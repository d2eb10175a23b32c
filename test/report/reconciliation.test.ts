import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CHECKS } from '../../src/warehouse/recon/registry.ts';
import { wireFax } from '../support/landed.ts';
import { addAccount } from './day-rows.ts';
import { addRun, type ResultRow } from './recon-rows.ts';
import { createReportRig, type ReportRig, type ReportRow } from './report-rig.ts';

const JULY = '2026-07-01';
const AS_OF = '2026-08-20T12:00:00Z';
const UNTESTED = { outcome: 'not_testable', tested: 0, untestable: 1 };
const BALANCE = { check: 'C17', grain: '2026-07-10', left: 21, right: 21, tested: 1 };

let rig: ReportRig;
beforeAll(async () => {
  rig = await createReportRig();
});
afterAll(() => rig.drop());

/** An account with 21 cents of faxes and 200 of rent in July; by UTC its last fax is of August, and the first of the next month is not. */
async function addBilled(account: string): Promise<void> {
  const fax = (id: number, at: string, cost: number, over: object = {}) => ({
    ...wireFax(id, at, { status: 'success', ...over }),
    cost,
  });
  await rig.look(
    'faxes',
    0,
    [
      fax(1, '2026-07-10T12:00:00.000-05:00', 14),
      fax(2, '2026-07-31T23:59:00.000-05:00', 7),
      fax(3, '2026-08-01T00:01:00.000-05:00', 70),
      fax(4, '2026-07-10T12:00:00.000-05:00', 700, { is_test: true }),
      { ...wireFax(5, '2026-07-11T12:00:00.000-05:00'), cost: 0 },
    ],
    { account, kind: 'slice' },
  );
  const rent = { phone_number: '+14145550100', cost: 200, last_billed_at: '2026-07-31T23:59:00.000-05:00' };
  await rig.look('phone_numbers', 0, [{ ...rent, provisioned_at: '2026-01-31T23:59:00.000-06:00' }], { account });
}

/** Writes items of July: check, severity, state, cents, owed and credited cents. */
async function addItems(
  account: string,
  items: ReadonlyArray<readonly [string, string, string, number, number, number | null]>,
): Promise<void> {
  for (const [n, [check, severity, state, cents, owed, credited]] of items.entries()) {
    await rig.database.pool.query(
      `insert into recon.items (account_id, period, check_id, subject_kind, subject_id, grain, reason, severity, state, cents, owed_cents, credited_cents,
         opened_at, opened_run_id, changed_at, changed_run_id)
       select account_id, $2, $3, 'fax', $4, 'period', 'test', $5, $6, $7, $8, $9, now(), 1, now(), 1 from warehouse.accounts where account_key = $1`,
      [account, JULY, check, String(n), severity, state, cents, owed, credited],
    );
  }
}

const months = (account: string) =>
  rig.rows(`select * from report.reconciliation_by_month where account_key = '${account}' order by usage_month`);

async function july(account: string): Promise<ReportRow | undefined> {
  return (await months(account))[0];
}

describe('report.reconciliation_by_month', () => {
  it('tells by the last run of all checks how much agrees, and by the items of now what does not', async () => {
    await addBilled('differing');
    await addRun(rig, {
      account: 'differing',
      period: JULY,
      asOf: '2026-08-10T12:00:00Z',
      matched: [9, 1, 9, 1],
      results: [BALANCE],
    });
    await addRun(rig, {
      account: 'differing',
      period: JULY,
      asOf: AS_OF,
      matched: [3, 2, 21, 20],
      results: [BALANCE],
    });
    await addRun(rig, { account: 'differing', period: JULY, asOf: '2026-08-25T12:00:00Z', every: 'hour' });
    await addItems('differing', [
      ['C10', 'error', 'open', 7, 7, null],
      ['C11', 'error', 'open', -3, 0, null],
      ['C11', 'error', 'disputed', 9, 9, 4],
      ['C11', 'error', 'explained', 100, 100, null],
      ['C10', 'error', 'cleared', 100, 100, null],
      ['C5', 'warn', 'open', 50, 0, null],
    ]);
    expect(await july('differing')).toMatchObject({
      state: 'open',
      settles_date: '2026-08-06',
      known_until_at: new Date(AS_OF),
      verdict: 'differs',
      agrees_with: 'balance',
      tested_fax_count: '3',
      matched_fax_count: '2',
      matched_by_count_percent: '66.66',
      matched_by_money_percent: '95.23',
      open_error_count: '2',
      open_warning_count: '1',
      open_info_count: '0',
      unexplained_cents: '10',
      unexplained_usd: '0.10',
      owed_cents: '12',
      owed_usd: '0.12',
      run_cents: '21',
      warehouse_cents: '221',
      warehouse_usd: '2.21',
      invoice_cents: null,
      invoice_difference_cents: null,
      closed_at: null,
      billed_cents: null,
    });
  });

  it('agrees once nothing stands and the money was held against balance or invoice', async () => {
    await addBilled('agreeing');
    const invoice = { check: 'C19', grain: 'line', tested: 2 };
    await addRun(rig, { account: 'agreeing', period: JULY, asOf: AS_OF, charged: 221, results: [BALANCE, invoice] });
    await rig.database.pool.query(
      `insert into recon.invoices (account_id, invoice_id, period, issued_on, line_count, total_cents, content_digest, imported_at, imported_by)
       select account_id, 'INV-1', $1, '2026-08-05', 3, 260, '', now(), 'test' from warehouse.accounts where account_key = 'agreeing'`,
      [JULY],
    );
    await rig.database.pool.query(
      `insert into recon.invoice_lines (account_id, invoice_id, line_no, charge_kind, cents, is_tax)
       select account_id, 'INV-1', n, 'sent', 10 * n, n = 3 from warehouse.accounts, generate_series(1, 3) n where account_key = 'agreeing'`,
    );
    expect(await july('agreeing')).toMatchObject({
      verdict: 'agrees',
      agrees_with: 'balance and invoice',
      matched_by_count_percent: null,
      unexplained_cents: '0',
      invoice_cents: '30',
      invoice_usd: '0.30',
      invoice_tax_cents: '30',
      invoice_difference_cents: '-191',
    });
  });

  it('is incomplete where something is open of which no amount is known, and differs by what is at stake', async () => {
    await addBilled('unpriced');
    await addRun(rig, { account: 'unpriced', period: JULY, asOf: AS_OF, charged: 221, results: [BALANCE] });
    await addItems('unpriced', [
      ['C13', 'error', 'open', 0, 0, null],
      ['C5', 'warn', 'open', 50, 0, null],
    ]);
    expect(await july('unpriced')).toMatchObject({
      verdict: 'incomplete',
      open_error_count: '1',
      unexplained_cents: '0',
    });
    await rig.rows(`update recon.items set cents = -2 where check_id = 'C13'`);
    expect(await july('unpriced')).toMatchObject({ verdict: 'differs', unexplained_cents: '2' });
  });

  it('is outdated once more or less stands charged than the last run saw, unless something differs anyway', async () => {
    await addBilled('stale');
    await addRun(rig, { account: 'stale', period: JULY, asOf: AS_OF, charged: 221, results: [BALANCE] });
    expect(await july('stale')).toMatchObject({ verdict: 'agrees' });
    const late = { ...wireFax(8, '2026-07-20T12:00:00.000-05:00', { status: 'success' }), cost: 90_000 };
    await rig.look('faxes', 0, [late], { account: 'stale', kind: 'slice' });
    expect(await july('stale')).toMatchObject({ verdict: 'outdated', run_cents: '221', warehouse_cents: '90221' });
    await addItems('stale', [['C10', 'error', 'open', 7, 7, null]]);
    expect(await july('stale')).toMatchObject({ verdict: 'differs' });
  });

  it('is not tied out where more of the balance could not be tested, and not checked without a run of all checks', async () => {
    await addBilled('loose');
    const untested = { check: 'C17', grain: '2026-07-11', outcome: 'not_testable', tested: 0, untestable: 1 };
    await addRun(rig, { account: 'loose', period: JULY, asOf: AS_OF, charged: 221, results: [BALANCE, untested] });
    await addRun(rig, { account: 'loose', period: '2026-08-01', asOf: AS_OF, every: 'hour' });
    const [one, two, ...more] = await months('loose');
    expect(one).toMatchObject({ verdict: 'not_tied_out', agrees_with: null });
    expect(two).toMatchObject({ verdict: 'not_checked', run_id: null, run_cents: null, warehouse_cents: '70' });
    expect(more).toEqual([]);
  });

  it('knows as much charged of each month as the charges themselves, whatever was credited and whatever was never dated', async () => {
    await addBilled('credited');
    const undated = { created_at: null, completed_at: '2026-07-31T23:58:00.000-05:00', recipients: [] };
    await rig.look(
      'faxes',
      0,
      [
        { ...wireFax(1, '2026-07-10T12:00:00.000-05:00', { status: 'failure' }), cost: 3 },
        { ...wireFax(6, '', { status: 'success' }), ...undated, cost: 5 },
      ],
      { account: 'credited', kind: 'slice' },
    );
    for (const period of [JULY, '2026-08-01']) await addRun(rig, { account: 'credited', period, asOf: AS_OF });
    const rows = await rig.rows(`
      select m.usage_month, m.warehouse_cents::int as cents, (
        select sum(c.cents)::int from warehouse.charges c join warehouse.accounts a on a.account_id = c.account_id
        where a.account_key = m.account_key and date_trunc('month', c.usage_date)::date = m.usage_month) as charges
      from report.reconciliation_by_month m where m.account_key = 'credited' order by 1`);
    expect(rows).toEqual([
      { usage_month: JULY, cents: 215, charges: 215 },
      { usage_month: '2026-08-01', cents: 70, charges: 70 },
    ]);
  });

  it('has the figures of a closed month', async () => {
    await addBilled('closing');
    await addRun(rig, { account: 'closing', period: JULY, asOf: AS_OF, results: [BALANCE] });
    const of = `account_id = (select account_id from warehouse.accounts where account_key = 'closing')`;
    for (const state of ['settling', 'ready', 'prepared']) {
      await rig.database.pool.query(`update recon.periods set state = '${state}' where ${of}`);
    }
    await rig.database.pool.query(
      `insert into recon.closings (account_id, period, closing_no, run_id, as_of, prepared_by, prepared_at, approved_by, closed_at, read_at, line_count,
         billed_cents, correction_count, correction_cents, lines_digest, results_digest, items_digest)
       select account_id, $1, 1, 1, $2, 'A', $2, 'B', $2, $2, 3, 215, 1, -6, '', '', '' from recon.periods where ${of}`,
      [JULY, AS_OF],
    );
    await rig.database.pool.query(`update recon.periods set state = 'closed', closing_no = 1 where ${of}`);
    expect(await july('closing')).toMatchObject({
      state: 'closed',
      closed_at: new Date(AS_OF),
      billed_cents: '215',
      billed_usd: '2.15',
      correction_cents: '-6',
    });
  });
});

describe('report.reconciliation_checks', () => {
  it('adds up what each check found, the worst of its rows first', async () => {
    await addBilled('checked');
    const results = [
      { ...BALANCE, check: 'C17', tested: 5 },
      { check: 'C17', grain: '2026-07-11', outcome: 'explained', tested: 2, explained: 1, reason: 'timing' },
      { check: 'C17', grain: '2026-07-12', outcome: 'not_testable', tested: 0, untestable: 1, reason: 'no_look' },
      {
        check: 'C10',
        outcome: 'exception',
        tested: 9,
        exceptions: 2,
        explained: 3,
        cents: 7,
        owed: 5,
        reason: 'not_credited',
      },
      { check: 'C99', severity: 'info' },
    ];
    await addRun(rig, { account: 'checked', period: JULY, asOf: AS_OF, results });
    const rows = await rig.rows(`
      select concat_ws(' ', check_id, coalesce(check_name, '-'), severity, outcome, tested_count, within_count, explained_count, exception_count,
        untestable_count, exception_usd, owed_cents, reason) as row
      from report.reconciliation_checks where account_key = 'checked' order by check_id`);
    expect(rows.map(({ row }) => row)).toEqual([
      'C10 credit_due error exception 9 0 3 2 0 0.07 5 not_credited',
      'C17 balance error explained 7 0 1 0 1 0.00 0 timing',
      'C99 - info pass 1 0 0 0 0 0.00 0',
    ]);
  });

  it('names the checks and their sides as the code has them', async () => {
    await addBilled('named');
    await addRun(rig, {
      account: 'named',
      period: JULY,
      asOf: AS_OF,
      results: CHECKS.map(({ id }) => ({ check: id })),
    });
    const rows = await rig.rows(
      `select check_id as id, check_name as name, left_side as left, right_side as right from report.reconciliation_checks where account_key = 'named'`,
    );
    const byId = (a: ReportRow, b: ReportRow) => String(a['id']).localeCompare(String(b['id']));
    expect(rows.sort(byId)).toEqual(CHECKS.map(({ id, name, left, right }) => ({ id, name, left, right })).sort(byId));
  });
});

describe('report.bill_agreement_by_day', () => {
  it('holds balance and counters of a day against the warehouse', async () => {
    await addBilled('daily');
    // Open for ever, since the source does not have it any more.
    await rig.look('faxes', 0, [wireFax(7, '2026-07-11T13:00:00.000-05:00')], { account: 'daily', kind: 'slice' });
    await rig.database.pool.query(
      `update warehouse.faxes set gone_at_source_at = now()
       where fax_id = 7 and account_id = (select account_id from warehouse.accounts where account_key = 'daily')`,
    );
    const results = [
      BALANCE,
      { check: 'C2', grain: '2026-07-10', left: 3, right: 3 },
      { check: 'C17', grain: '2026-07-11', outcome: 'explained', left: 9, right: 7, reason: 'timing' },
      { check: 'C17', grain: '2026-07-12', outcome: 'pass', left: 5, right: 5 },
      { check: 'C2', grain: '2026-07-12', outcome: 'exception', left: 4, right: 6, reason: 'counter_differs' },
      { check: 'C17', grain: '2026-07-13', outcome: 'exception', left: 8, right: 5, reason: 'balance_differs' },
      { check: 'C17', grain: '2026-07-14', outcome: 'not_testable', tested: 0, untestable: 1, reason: 'not_listed' },
      { check: 'C2', grain: '2026-07-14', left: 1, right: 1 },
      { check: 'C17', grain: '2026-07-15', left: 6, right: 6 },
      { check: 'C2', grain: '2026-07-15', outcome: 'not_testable', tested: 0, untestable: 2, reason: 'not_listed' },
      // What the balance cannot tell is no reason of what the counts do.
      { check: 'C17', grain: '2026-07-16', outcome: 'not_testable', tested: 0, untestable: 1, reason: 'not_listed' },
      { check: 'C2', grain: '2026-07-16', outcome: 'explained', left: 2, right: 3, reason: 'window_differs' },
      { check: 'C17', grain: 'period', outcome: 'exception', left: 1, right: 0, reason: 'no_look' },
      { check: 'C22', grain: '2026-07-17', outcome: 'exception' },
    ];
    await addRun(rig, { account: 'daily', period: JULY, asOf: '2026-08-10T12:00:00Z', results: [BALANCE] });
    await addRun(rig, { account: 'daily', period: JULY, asOf: AS_OF, results });
    const rows = await rig.rows(`
      select concat_ws(' ', usage_date, state, coalesce(provider_cents::text, '-'), coalesce(warehouse_cents::text, '-'), coalesce(difference_usd::text, '-'),
        coalesce(provider_fax_count::text, '-'), coalesce(warehouse_fax_count::text, '-'), coalesce(fax_difference_count::text, '-'), open_fax_count, coalesce(reason, '-'), count_reason) as row
      from report.bill_agreement_by_day where account_key = 'daily' and usage_date between '2026-07-10' and '2026-07-16' order by usage_date`);
    expect(rows.map(({ row }) => row)).toEqual([
      '2026-07-10 agrees 21 21 0.00 3 3 0 0 -',
      '2026-07-11 explained 9 7 0.02 - - - 1 timing with_next_day',
      '2026-07-12 differs 5 5 0.00 6 4 2 0 counter_differs counter_differs',
      '2026-07-13 differs 8 5 0.03 - - - 0 balance_differs with_next_day',
      '2026-07-14 not_testable - - - 1 1 0 0 not_listed',
      '2026-07-15 agrees 6 6 0.00 - - - 0 - not_listed',
      '2026-07-16 explained - - - 3 2 1 0 window_differs window_differs',
    ]);
  });

  it('has a row with its reason for every day that the run knows of, also where no check has one', async () => {
    const row = (check: string, grain: string, reason?: string): ResultRow =>
      reason === undefined ? { check, grain, left: 1, right: 1 } : { ...UNTESTED, check, grain, reason };
    await addAccount(rig, 'gaps');
    // In the course of the 3rd, so that the 4th is the first day of which a balance before it is known.
    await rig.rows(`
      insert into warehouse.account_snapshots (account_id, observation_no, observed_at, balance_cents)
      select account_id, 1, '2026-08-03T15:00:00Z', 9 from warehouse.accounts where account_key = 'gaps'`);
    const run = (period: string, results: readonly ResultRow[]) =>
      addRun(rig, { account: 'gaps', period, asOf: '2026-09-05T12:00:00Z', results });
    await run(JULY, [{ ...UNTESTED, check: 'C17', reason: 'no_look' }, row('C2', '2026-07-31', 'no_snapshot')]);
    await run('2026-08-01', [
      row('C2', '2026-08-04', 'not_listed'),
      row('C2', '2026-08-08'),
      row('C17', '2026-08-06'),
      row('C17', '2026-08-09'),
      row('C2', '2026-08-29'),
    ]);
    await run('2026-09-01', [row('C17', '2026-09-02'), row('C2', '2026-09-05', 'not_listed')]);
    const rows = await rig.rows(`
      select concat_ws(' ', min(usage_date), max(usage_date), state, coalesce(reason, '-'), coalesce(count_reason, '-')) as row
      from (
        select *, usage_date - (row_number() over (partition by state, reason, count_reason order by usage_date))::integer as stretch
        from report.bill_agreement_by_day where account_key = 'gaps') d
      group by stretch, state, reason, count_reason order by min(usage_date)`);
    expect(rows.map((found) => found['row'])).toEqual([
      '2026-07-01 2026-07-31 not_testable no_look no_snapshot',
      '2026-08-01 2026-08-03 not_testable no_look not_listed',
      '2026-08-04 2026-08-04 not_testable with_next_day not_listed',
      '2026-08-05 2026-08-05 not_testable with_next_day with_next_day',
      '2026-08-06 2026-08-06 agrees - with_next_day',
      '2026-08-07 2026-08-07 not_testable with_next_day with_next_day',
      '2026-08-08 2026-08-08 not_testable with_next_day -',
      '2026-08-09 2026-08-09 agrees - with_next_day',
      '2026-08-10 2026-08-28 not_testable with_next_day with_next_day',
      '2026-08-29 2026-08-29 not_testable with_next_day -',
      '2026-08-30 2026-08-31 not_testable with_next_day no_snapshot',
      '2026-09-01 2026-09-01 not_testable with_next_day not_listed',
      '2026-09-02 2026-09-02 agrees - not_listed',
      // The run knows until the 5th, and nobody can say yet what the next look will.
      '2026-09-03 2026-09-05 not_testable no_look not_listed',
    ]);
  });
});
