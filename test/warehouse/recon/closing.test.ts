import { createHash } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { RECONCILIATION_DEFAULTS } from '../../../src/domain/reconciliation.ts';
import { clearAccounts } from '../../../src/warehouse/clear-accounts.ts';
import { approvePeriod, preparePeriod, reopenPeriod } from '../../../src/warehouse/recon/close.ts';
import { decideItems } from '../../../src/warehouse/recon/decide.ts';
import { readPeriods } from '../../../src/warehouse/recon/read-periods.ts';
import { wireFax } from '../../support/landed.ts';
import { ReconBed } from '../../support/recon-bed.ts';
import {
  APPROVER,
  agreeingBalance,
  billOf,
  closeMonth,
  eventsOf,
  give,
  givenCheck,
  itemsOf,
  makeGivenRows,
  monthOf,
  PREPARER,
  run,
  writtenRows,
} from '../../support/recon-runs.ts';

const JULY = '2026-07';
const SETTLED = Date.parse('2026-08-07T12:00:00Z');
const AUGUST = '2026-08';
const AUGUST_SETTLED = Date.parse('2026-09-07T12:00:00Z');
const prices = givenCheck('C10');
const CHECKS = [agreeingBalance, prices];

let bed: ReconBed;
let observation = 0;
beforeAll(async () => {
  bed = await ReconBed.open();
  await makeGivenRows(bed);
});
afterAll(() => bed.close());
beforeEach(async () => {
  bed.newAccount();
  await look('2026-07-31T12:00:00Z', [1, 7], [2, 14], [3, 0]);
});

/** A look at faxes of the tenth of July, each with what it costs. */
async function look(at: string, ...faxes: ReadonlyArray<readonly [id: number, cost: number]>): Promise<void> {
  observation += 1;
  const shown = faxes.map(([id, cost]) =>
    wireFax(id, '2026-07-10T12:00:00.000-05:00', {
      status: 'success',
      completed_at: '2026-07-10T12:01:00.000-05:00',
      cost,
    }),
  );
  await bed.load({ observation, at: Date.parse(at) }, shown);
}

/** By then each month of the tests has settled. */
const LATER = Date.parse('2026-10-08T00:00:00Z');

function step(period: string, now = LATER) {
  return { account: bed.account, period: monthOf(period), now };
}

function prepare(period = JULY, preparer = PREPARER) {
  return preparePeriod(bed.pool, { ...step(period), preparer, statement: 'Agrees.' });
}

function approve(period = JULY, approver = APPROVER) {
  return approvePeriod(bed.pool, { ...step(period), approver });
}

function reopen(period = JULY, reason = 'A list came late.') {
  return reopenPeriod(bed.pool, { ...step(period), approver: APPROVER, reason });
}

const CLOSED_JULY = ['2026-07-10 fax 1 closed 1 7', '2026-07-10 fax 2 closed 1 14'];

describe('closing a month', () => {
  it('keeps lines, figures and items, and tells who did it', async () => {
    await give(bed, 'C10', [{ subject: '2', cents: 7, verdict: 'explained', reason: 'credit_pending' }]);
    const closed = await closeMonth(bed, JULY, SETTLED, CHECKS);
    expect(closed).toMatchObject({
      closingNo: 1,
      lineCount: 2,
      billedCents: 21,
      correctionCount: 0,
      correctionCents: 0,
    });
    expect(await billOf(bed, JULY)).toEqual(CLOSED_JULY);
    const [july] = await readPeriods(bed.pool, bed.account);
    expect(july).toMatchObject({
      period: '2026-07-01',
      state: 'closed',
      closingNo: 1,
      approvedBy: APPROVER,
      billedCents: 21,
      chargedCents: 21,
    });
    const events = await eventsOf(bed);
    expect(events.map(({ kind, actor }) => `${kind} by ${actor}`)).toEqual([
      'item_opened by faxsync',
      'period_settling by faxsync',
      'period_ready by faxsync',
      `period_prepared by ${PREPARER}`,
      `period_closed by ${APPROVER}`,
    ]);
    expect(events.at(-1)?.details).toMatchObject({
      closing_no: 1,
      billed_cents: 21,
      lines_digest: closed.linesDigest,
      prepared_by: PREPARER,
    });
    const { rows } = await bed.pool.query<{ kept: string }>(
      `select concat_ws(' ', subject_id, state, cents, decided_by) as kept from recon.closing_items
       where account_id = (select account_id from warehouse.accounts where account_key = $1)`,
      [bed.account],
    );
    expect(rows).toEqual([{ kept: '2 explained 7 faxsync' }]);
  });

  it('digests its lines day by day, so that a list of them proves the digest', async () => {
    const closed = await closeMonth(bed, JULY, SETTLED, CHECKS);
    const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
    const day = sha256(['fax|1|2026-07-01|f|1|7', 'fax|2|2026-07-01|f|1|14'].join('\n'));
    expect(closed.linesDigest).toBe(sha256(`2026-07-10 ${day}`));
  });

  it('is refused to whoever prepared it, however they write their name', async () => {
    await run(bed, { period: JULY, asOf: SETTLED, checks: CHECKS });
    await prepare();
    for (const same of [PREPARER, ' anna BERG ', 'Ａnna Berg', 'Anna  Berg', 'Anna-Berg.', 'Anna\u200b Berg']) {
      await expect(approve(JULY, same)).rejects.toMatchObject({ code: 'approver_is_preparer' });
    }
    await expect(approve(JULY, '. ')).rejects.toMatchObject({ code: 'name_missing' });
    await expect(approve(JULY, 'FaxSync')).rejects.toMatchObject({ code: 'name_missing' });
    await expect(approve(JULY, 'Ben\u001b[2J')).rejects.toMatchObject({ code: 'name_missing' });
    await expect(
      bed.pool.query(
        `select recon.close_month(account_id, period, 'Ａnna - berg.', now()) from recon.periods where state = 'prepared'`,
      ),
    ).rejects.toMatchObject({ constraint: 'closings_two_people' });
  });

  it('is refused where a later run or a late look changes what was prepared', async () => {
    await run(bed, { period: JULY, asOf: SETTLED, checks: CHECKS });
    await prepare();
    await give(bed, 'C10', [{ subject: '2', cents: 7, verdict: 'explained', reason: 'credit_pending' }]);
    await run(bed, { period: JULY, asOf: SETTLED + 1000, checks: CHECKS });
    await expect(approve()).rejects.toMatchObject({ code: 'period_changed' });
    await prepare();
    await look('2026-08-01T12:00:00Z', [1, 6]);
    await expect(approve()).rejects.toMatchObject({ code: 'period_changed' });
    await run(bed, { period: JULY, asOf: SETTLED + 2000, checks: CHECKS });
    await prepare();
    expect(await approve()).toMatchObject({ billedCents: 20 });
  });

  it('is refused where a late look moves money from one fax to another, though the sum is the same', async () => {
    await run(bed, { period: JULY, asOf: SETTLED, checks: CHECKS });
    await prepare();
    await look('2026-08-01T12:00:00Z', [1, 9], [2, 12]);
    await expect(approve()).rejects.toMatchObject({ code: 'period_changed' });
    await run(bed, { period: JULY, asOf: SETTLED + 1000, checks: CHECKS });
    await prepare();
    expect(await approve()).toMatchObject({ billedCents: 21 });
  });

  it('is refused where somebody decided about an item after it was prepared', async () => {
    await give(bed, 'C10', [{ subject: '2', cents: 7 }]);
    await run(bed, { period: JULY, asOf: SETTLED, checks: CHECKS });
    const decision = { account: bed.account, limits: RECONCILIATION_DEFAULTS.limits, now: SETTLED, actor: PREPARER };
    const itemIds = (await itemsOf(bed)).map(({ itemId }) => itemId);
    await decideItems(bed.pool, { ...decision, itemIds, state: 'disputed', ticket: 'PX-1' });
    await run(bed, { period: JULY, asOf: SETTLED + 1000, checks: CHECKS });
    await prepare();
    await decideItems(bed.pool, { ...decision, itemIds, state: 'written_off', note: 'too small' });
    await expect(approve()).rejects.toMatchObject({ code: 'period_changed' });
    await prepare();
    expect(await approve()).toMatchObject({ closingNo: 1 });
  });

  it('is the only way in for lines, closings and months that are closed', async () => {
    await run(bed, { period: JULY, asOf: SETTLED, checks: CHECKS });
    await prepare();
    const account = `(select account_id from warehouse.accounts where account_key = '${bed.account}')`;
    for (const sql of [
      `insert into recon.bill_lines values (${account}, '2026-07-01', 1, '2026-07-01', '2026-07-10', 'fax', '2', false, 1, 0)`,
      `insert into recon.closing_items select account_id, period, 1, item_id, check_id, subject_kind, subject_id, reason, severity, state, 0, 0, null, null, null from recon.items`,
      `insert into recon.closings select account_id, period, 1, prepared_run_id, now(), prepared_by, now(), 'Ben', now(), now(), '', 0, 0, 0, 0, '', '', '' from recon.periods where account_id = ${account}`,
    ]) {
      await expect(bed.pool.query(sql), sql).rejects.toMatchObject({ code: '42501' });
    }
    for (const state of ['prepared', 'closed']) {
      const born = `insert into recon.periods (account_id, period, state, settles_on, changed_at, closing_no) values (${account}, '2026-05-01', '${state}', '2026-06-05', now(), 0)`;
      await expect(bed.pool.query(born), state).rejects.toMatchObject({ code: '23001' });
    }
    expect(await approve()).toMatchObject({ billedCents: 21, lineCount: 2 });
  });

  it('tells the digest that the chain ends with, at each step', async () => {
    const ends = async (): Promise<string[]> => {
      const { rows } = await bed.pool.query<{ end: string }>(
        `select kind || ' ' || digest as end from recon.events
         where account_id = (select account_id from warehouse.accounts where account_key = $1) order by sequence_no desc limit 1`,
        [bed.account],
      );
      return rows.map(({ end }) => end);
    };
    await run(bed, { period: JULY, asOf: SETTLED, checks: CHECKS });
    const { head: prepared } = await prepare();
    expect(await ends()).toEqual([`period_prepared ${prepared}`]);
    const { head: closed } = await approve();
    expect(await ends()).toEqual([`period_closed ${closed}`]);
    const opened = await reopen();
    expect(await ends()).toEqual([`period_reopened ${opened}`]);
  });

  it('is refused out of order, unprepared, unknown and with an exception that is open again', async () => {
    await expect(prepare()).rejects.toMatchObject({ code: 'period_unknown' });
    await run(bed, { period: JULY, asOf: SETTLED - 7 * 86_400_000, checks: CHECKS });
    await expect(prepare()).rejects.toMatchObject({ code: 'period_state' });
    await expect(approve()).rejects.toMatchObject({ code: 'period_state' });
    await expect(reopen()).rejects.toMatchObject({ code: 'period_state' });
    await run(bed, { period: '2026-09', asOf: Date.parse('2026-10-07T12:00:00Z'), checks: CHECKS });
    await prepare('2026-09');
    await expect(approve('2026-09')).rejects.toMatchObject({ code: 'earlier_month_open', context: { earlier: JULY } });
    await closeMonth(bed, JULY, SETTLED, CHECKS);
    await expect(approve('2026-09')).rejects.toMatchObject({
      code: 'earlier_month_open',
      context: { earlier: AUGUST },
    });
    await give(bed, 'C10', [{ subject: '1', verdict: 'explained', reason: 'known' }]);
    await run(bed, { period: AUGUST, asOf: AUGUST_SETTLED, checks: CHECKS });
    await prepare(AUGUST);
    await bed.database.pool.query(`update recon.items set state = 'open' where period = '2026-08-01'`);
    await expect(approve(AUGUST)).rejects.toMatchObject({ code: 'period_not_explained', context: { items: 1 } });
  });

  it('goes by no run of an instant that has not come', async () => {
    await run(bed, { period: JULY, asOf: SETTLED, checks: CHECKS });
    await run(bed, { period: JULY, asOf: Date.parse('2030-08-07T12:00:00Z'), checks: CHECKS });
    expect(await prepare()).toMatchObject({ asOf: SETTLED });
    expect(await approve()).toMatchObject({ closingNo: 1, billedCents: 21 });
  });

  it('waits for no month before the first fax or rent, whoever ran it', async () => {
    await run(bed, { period: '2006-10', asOf: SETTLED, checks: CHECKS });
    expect(await closeMonth(bed, JULY, SETTLED, CHECKS)).toMatchObject({ closingNo: 1, billedCents: 21 });
    await run(bed, { period: '2026-09', asOf: LATER, checks: CHECKS });
    await prepare('2026-09');
    await expect(approve('2026-09')).rejects.toMatchObject({
      code: 'earlier_month_open',
      context: { earlier: AUGUST },
    });
  });

  it('leaves nothing half where the connection is lost in the middle of it', async () => {
    await run(bed, { period: JULY, asOf: SETTLED, checks: CHECKS });
    await prepare();
    const before = await writtenRows(bed);
    const { pool } = bed.database;
    const holder = await pool.connect();
    await holder.query('begin; lock table recon.closing_items in exclusive mode');
    const approval = approve().catch((error: unknown) => error);
    let killed = false;
    while (!killed) {
      // It waits for the table after its lines are written.
      const { rows } = await holder.query<{ ended: boolean }>(
        `select pg_terminate_backend(a.pid) as ended from pg_locks l join pg_stat_activity a using (pid)
         where not l.granted and l.relation = 'recon.closing_items'::regclass`,
      );
      killed = rows[0]?.ended === true;
    }
    await holder.query('rollback');
    holder.release();
    expect(await approval).toMatchObject({ code: 'warehouse_connection' });
    expect(await writtenRows(bed)).toEqual(before);
    expect(await approve()).toMatchObject({ billedCents: 21 });
  });
});

describe('a closed month', () => {
  it('stays the same when costs change, which is corrected in the next month, and corrected again in the one after', async () => {
    await closeMonth(bed, JULY, SETTLED, CHECKS);
    // 1 is credited, 2 doubles, 3 was free and is not, 4 was never seen before.
    await look('2026-08-20T12:00:00Z', [1, 0], [2, 28], [3, 5], [4, 9]);
    expect(await billOf(bed, JULY)).toEqual(CLOSED_JULY);
    const corrections = ['1 c 0 -7', '2 c 0 14', '3 c 1 5', '4 c 1 9'].map((line) => `2026-07-10 fax ${line}`);
    expect(await billOf(bed, AUGUST)).toEqual(corrections);
    expect(await closeMonth(bed, AUGUST, AUGUST_SETTLED, CHECKS)).toMatchObject({
      correctionCount: 4,
      correctionCents: 21,
    });
    const closedAugust = corrections.map((line) => line.replace(' c ', ' c closed '));
    expect(await billOf(bed, AUGUST)).toEqual(closedAugust);

    await look('2026-09-20T12:00:00Z', [1, 7], [2, 28], [3, 0], [4, 9]);
    expect(await billOf(bed, JULY)).toEqual(CLOSED_JULY);
    expect(await billOf(bed, AUGUST)).toEqual(closedAugust);
    expect(await billOf(bed, '2026-09')).toEqual(['2026-07-10 fax 1 c 0 7', '2026-07-10 fax 3 c 0 -5']);
    const september = await closeMonth(bed, '2026-09', Date.parse('2026-10-07T12:00:00Z'), CHECKS);
    expect(september).toMatchObject({ lineCount: 2, billedCents: 2, correctionCents: 2 });
    expect(await billOf(bed, '2026-10')).toEqual([]);
  });

  it('keeps a fax that says nothing of its time, wherever later looks would put it', async () => {
    const untimed = (cost: number) => ({
      ...wireFax(9, '', { status: 'success', completed_at: null, cost }),
      created_at: null,
    });
    observation += 1;
    await bed.load({ observation, at: Date.parse('2026-07-31T13:00:00Z') }, [untimed(14)]);
    expect(await closeMonth(bed, JULY, SETTLED, CHECKS)).toMatchObject({ billedCents: 35 });
    observation += 1;
    await bed.load({ observation, at: Date.parse('2026-08-20T12:00:00Z') }, [untimed(40)]);
    expect(await billOf(bed, AUGUST)).toEqual(['2026-07-31 fax 9 c 0 26']);
    expect(await closeMonth(bed, AUGUST, AUGUST_SETTLED, CHECKS)).toMatchObject({
      billedCents: 26,
      correctionCents: 26,
    });
    const [july, august] = await readPeriods(bed.pool, bed.account);
    expect([july?.chargedCents, august?.chargedCents].sort()).toEqual([0, 35]);
  });

  it('is corrected also by a look that was made before the closing and loaded after it', async () => {
    await look('2026-08-03T12:00:00Z', [2, 14]);
    await closeMonth(bed, JULY, SETTLED, CHECKS);
    await look('2026-08-02T12:00:00Z', [1, 3]);
    expect(await billOf(bed, JULY)).toEqual(CLOSED_JULY);
    expect(await billOf(bed, AUGUST)).toEqual(['2026-07-10 fax 1 c 0 -4']);
  });

  it('is not corrected back by a month that was prepared earlier and closed later', async () => {
    await closeMonth(bed, JULY, SETTLED, CHECKS);
    await run(bed, { period: '2026-09', asOf: Date.parse('2026-10-07T12:00:00Z'), checks: CHECKS });
    await prepare('2026-09');
    await look('2026-10-08T12:00:00Z', [1, 0]);
    expect(await closeMonth(bed, AUGUST, Date.parse('2026-10-09T12:00:00Z'), CHECKS)).toMatchObject({
      correctionCents: -7,
    });
    expect(await approve('2026-09')).toMatchObject({ lineCount: 0 });
    await look('2026-10-10T12:00:00Z', [1, 2]);
    expect(await billOf(bed, '2026-10')).toEqual(['2026-07-10 fax 1 c 0 2']);
  });

  it('stays, with nothing to correct, when the warehouse is emptied and filled again', async () => {
    await closeMonth(bed, JULY, SETTLED, CHECKS);
    const before = await writtenRows(bed);
    await clearAccounts(bed.database.pool, [bed.account]);
    expect(await billOf(bed, AUGUST)).toEqual([]);
    await look('2026-07-31T12:00:00Z', [1, 7], [2, 14], [3, 0]);
    expect(await billOf(bed, JULY)).toEqual(CLOSED_JULY);
    expect(await billOf(bed, AUGUST)).toEqual([]);
    expect(await writtenRows(bed)).toEqual(before);
  });

  it('shows the corrections of an instant as they were then, whatever was closed since', async () => {
    await closeMonth(bed, JULY, SETTLED, CHECKS);
    await look('2026-08-20T12:00:00Z', [1, 0]);
    const known = async (at: string) => {
      const { rows } = await bed.pool.query<{ cents: string }>(
        `select c.cents from warehouse.accounts a cross join lateral recon.corrections(a.account_id, '2026-07-01', '2026-07-01', $2::timestamptz) c
         where a.account_key = $1`,
        [bed.account, at],
      );
      return rows.map(({ cents }) => cents);
    };
    expect(await known('2026-08-25T00:00:00Z')).toEqual(['-7']);
    await closeMonth(bed, AUGUST, AUGUST_SETTLED, CHECKS);
    expect(await known('2026-08-25T00:00:00Z')).toEqual(['-7']);
    expect(await known('2026-08-15T00:00:00Z')).toEqual([]);
    expect(await known('2026-09-08T00:00:00Z')).toEqual([]);
  });

  it('takes its own differences when it was opened again, and its lines stay', async () => {
    await closeMonth(bed, JULY, SETTLED, CHECKS);
    await closeMonth(bed, AUGUST, AUGUST_SETTLED, CHECKS);
    await expect(reopen(JULY, ' ')).rejects.toMatchObject({ code: 'decision_incomplete' });
    await reopen();
    await look('2026-09-10T12:00:00Z', [1, 0], [2, 14]);
    expect(await billOf(bed, JULY)).toEqual([CLOSED_JULY[0], '2026-07-10 fax 1 0 -7', CLOSED_JULY[1]]);
    expect(await billOf(bed, '2026-09')).toEqual([]);
    const again = await closeMonth(bed, JULY, Date.parse('2026-09-11T12:00:00Z'), CHECKS);
    expect(again).toMatchObject({ closingNo: 2, lineCount: 1, billedCents: -7, correctionCount: 0 });
    expect(await billOf(bed, JULY)).toEqual([CLOSED_JULY[0], '2026-07-10 fax 1 closed 0 -7', CLOSED_JULY[1]]);
    expect((await readPeriods(bed.pool, bed.account))[0]).toMatchObject({
      state: 'closed',
      closingNo: 2,
      billedCents: 14,
    });
    const opened = (await eventsOf(bed)).find(({ kind }) => kind === 'period_reopened');
    expect(opened).toMatchObject({ actor: APPROVER, details: { closing_no: 1, reason: 'A list came late.' } });
  });
});
