import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { RECONCILIATION_DEFAULTS } from '../../../src/domain/reconciliation.ts';
import { preparePeriod } from '../../../src/warehouse/recon/close.ts';
import { decideItems } from '../../../src/warehouse/recon/decide.ts';
import { readPeriods } from '../../../src/warehouse/recon/read-periods.ts';
import { wireFax } from '../../support/landed.ts';
import { ReconBed } from '../../support/recon-bed.ts';
import {
  agreeingBalance,
  eventsOf,
  give,
  givenCheck,
  itemsOf,
  makeGivenRows,
  monthOf,
  run,
  writtenRows,
} from '../../support/recon-runs.ts';

const JULY = '2026-07';
/** July ends at 05:00Z in America/Chicago, and settles on the sixth of August. */
const BEFORE_END = Date.parse('2026-08-01T04:59:59Z');
const AFTER_END = Date.parse('2026-08-01T05:00:00Z');
const BEFORE_SETTLED = Date.parse('2026-08-06T04:59:59Z');
const SETTLED = Date.parse('2026-08-06T05:00:00Z');

const prices = givenCheck('C10');
const statuses = givenCheck('C8', { severity: 'warn', isGate: true });
const idle = givenCheck('C16', { severity: 'info' });
const volume = givenCheck('C22', { severity: 'warn' });
const CHECKS = [agreeingBalance, prices, statuses, idle, volume];

let bed: ReconBed;
beforeAll(async () => {
  bed = await ReconBed.open();
  await makeGivenRows(bed);
});
afterAll(() => bed.close());
beforeEach(async () => {
  bed.newAccount();
  await bed.load({ observation: 1, at: Date.parse('2026-07-02T00:00:00Z') }, [
    wireFax(1, '2026-07-01T12:00:00.000-05:00'),
  ]);
});

async function stateAfter(asOf: number, checks = CHECKS, every: 'hour' | 'day' = 'day'): Promise<string | undefined> {
  await run(bed, { period: JULY, asOf, checks, every });
  return (await readPeriods(bed.pool, bed.account))[0]?.state;
}

describe('stepPeriod', () => {
  it('settles when the month has ended in the billing zone, and is ready on its day', async () => {
    expect(await stateAfter(BEFORE_END)).toBe('open');
    expect(await stateAfter(AFTER_END)).toBe('settling');
    expect(await stateAfter(BEFORE_SETTLED)).toBe('settling');
    expect(await stateAfter(SETTLED)).toBe('ready');
    const before = await writtenRows(bed, ['runs']);
    expect(await stateAfter(SETTLED + 1000)).toBe('ready');
    expect(await writtenRows(bed, ['runs'])).toEqual(before);
    expect((await eventsOf(bed)).map(({ kind }) => kind)).toEqual(['period_settling', 'period_ready']);
  });

  it('is ready only by a run that held its money against balance or invoice', async () => {
    const untestable = givenCheck('C17');
    await give(bed, 'C17', [{ subject: 'account', verdict: 'not_testable', reason: 'no_snapshot' }]);
    expect(await stateAfter(SETTLED, [prices])).toBe('settling');
    expect(await stateAfter(SETTLED + 1000, [prices, untestable])).toBe('settling');
    const invoice = { ...agreeingBalance, id: 'C19' as const };
    expect(await stateAfter(SETTLED + 2000, [prices, untestable, invoice])).toBe('ready');
  });

  it('takes no month for held by its balance of which a day could not be known, or most days', async () => {
    const days = givenCheck('C17', {
      sql: `
      select subject_id as grain, subject_kind, subject_id, left_value, right_value, cents, owed_cents, verdict, reason
      from public.given_rows where check_id = 'C17' and account_id = (select account_id from asked)`,
    });
    let now = SETTLED;
    const stateWith = async (untested: Readonly<Record<number, string>>, tested: readonly number[]) => {
      const rows = [
        ...Object.entries(untested).map(([day, reason]) => ({ day: Number(day), verdict: 'not_testable', reason })),
        ...tested.map((day) => ({ day, verdict: null, reason: null })),
      ];
      await give(
        bed,
        'C17',
        rows.map(({ day, ...row }) => ({
          ...row,
          kind: 'day',
          subject: `2026-07-${String(day).padStart(2, '0')}`,
          left: 1,
          right: 1,
          cents: 0,
        })),
      );
      now += 1000;
      return stateAfter(now, [prices, days]);
    };
    expect(await stateWith({ 10: 'not_listed' }, [9, 11, 12])).toBe('settling');
    expect(await stateWith({ 30: 'cost_unknown' }, [9, 11, 12])).toBe('settling');
    expect(await stateWith({ 10: 'unknown_hold', 11: 'unknown_hold' }, [9, 12])).toBe('settling');
    const lets = { 1: 'not_listed', 10: 'unknown_hold', 20: 'record_refused', 31: 'cost_unknown' };
    expect(await stateWith(lets, [2, 3, 12, 22])).toBe('settling');
    expect(await stateWith(lets, [2, 3, 12, 22, 23])).toBe('ready');
  });

  it('asks for no balance in a month that began before the balance was first seen', async () => {
    const status = { balance: 1000, faxes_today: { sent: 0, received: 0 }, faxes_this_month: { sent: 0, received: 0 } };
    await bed.load(
      { observation: 2, at: Date.parse('2026-07-20T00:00:00Z'), stream: 'account_status', kind: 'snapshot' },
      status,
    );
    const windows = givenCheck('C1', { every: 'hour', isGate: true });
    expect(await stateAfter(SETTLED, [windows], 'hour')).toBe('settling');
    expect(await stateAfter(SETTLED + 1000, [prices])).toBe('ready');
    await run(bed, { period: '2026-08', asOf: Date.parse('2026-09-07T12:00:00Z'), checks: [prices] });
    expect((await readPeriods(bed.pool, bed.account)).map(({ state }) => state)).toEqual(['ready', 'settling']);
  });

  it('waits for exceptions of the gate and for every one of severity error, and for no others', async () => {
    await give(bed, 'C8', [{ subject: '1', cents: 0 }]);
    await give(bed, 'C16', [{ subject: '2', cents: 0 }]);
    await give(bed, 'C22', [{ subject: '3', cents: 0 }]);
    expect(await stateAfter(SETTLED)).toBe('settling');
    await give(bed, 'C8', []);
    expect(await stateAfter(SETTLED + 1000)).toBe('ready');
    await give(bed, 'C10', [{ subject: '4' }]);
    expect(await stateAfter(SETTLED + 2000)).toBe('settling');
    await give(bed, 'C10', [{ subject: '4', verdict: 'explained', reason: 'credit_pending' }]);
    expect(await stateAfter(SETTLED + 3000)).toBe('ready');
  });

  it('goes on once somebody has explained what held it up', async () => {
    await give(bed, 'C10', [{ subject: '4' }]);
    expect(await stateAfter(SETTLED)).toBe('settling');
    const itemIds = (await itemsOf(bed)).map(({ itemId }) => itemId);
    const { limits } = RECONCILIATION_DEFAULTS;
    const decision = {
      account: bed.account,
      itemIds,
      state: 'accepted',
      actor: 'Anna',
      note: 'Agreed.',
      limits,
    } as const;
    await decideItems(bed.pool, { ...decision, now: SETTLED });
    expect(await stateAfter(SETTLED + 1000)).toBe('ready');
  });

  it('takes a prepared month back when something stands against it again', async () => {
    expect(await stateAfter(SETTLED)).toBe('ready');
    const of = { account: bed.account, period: monthOf(JULY), now: SETTLED };
    await preparePeriod(bed.pool, { ...of, preparer: 'Anna', statement: 'Agrees.' });
    const windows = givenCheck('C1', { every: 'hour', isGate: true });
    expect(await stateAfter(SETTLED + 1000, [windows], 'hour')).toBe('prepared');
    await give(bed, 'C1', [{ subject: '1', kind: 'window' }]);
    expect(await stateAfter(SETTLED + 2000, [windows], 'hour')).toBe('settling');
    expect((await readPeriods(bed.pool, bed.account))[0]).toMatchObject({
      preparedBy: null,
      statement: null,
      openErrors: 1,
    });
    await give(bed, 'C1', []);
    expect(await stateAfter(SETTLED + 3000, [windows], 'hour')).toBe('settling');
    expect(await stateAfter(SETTLED + 4000)).toBe('ready');
  });
});
