import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Clock } from '../../src/domain/clock.ts';
import { RECONCILIATION_DEFAULTS } from '../../src/domain/reconciliation.ts';
import { reconcileAccount } from '../../src/pipeline/reconcile.ts';
import { importInvoices } from '../../src/warehouse/recon/import-invoices.ts';
import { readDuePeriods } from '../../src/warehouse/recon/read-due-periods.ts';
import { readFaxRecon } from '../../src/warehouse/recon/read-fax-recon.ts';
import { wireFax } from '../support/landed.ts';
import { ReconBed } from '../support/recon-bed.ts';
import { give, givenCheck, makeGivenRows, monthOf, run } from '../support/recon-runs.ts';

const NOW = Date.parse('2026-08-20T12:00:00Z');
const HOUR = 3_600_000;

let bed: ReconBed;
let now = NOW;
const clock: Clock = { now: () => now, sleep: async () => {} };

beforeAll(async () => {
  bed = await ReconBed.open();
  await makeGivenRows(bed);
});
afterAll(() => bed.close());
beforeEach(async () => {
  now = NOW;
  bed.newAccount();
  for (const [index, month] of ['2026-06', '2026-07', '2026-08'].entries()) {
    const at = Date.parse(`${month}-03T00:00:00Z`);
    await bed.load({ observation: index + 1, at, window: { after: at - 48 * HOUR, before: at } }, [
      wireFax(index + 1, `${month}-02T12:00:00.000-05:00`, { status: 'success', cost: 7 }),
    ]);
  }
});

const round = (over: { readonly period?: string; readonly asOf?: number; readonly clock?: Clock } = {}) =>
  reconcileAccount(bed.pool, {
    account: bed.account,
    settings: RECONCILIATION_DEFAULTS,
    clock: over.clock ?? clock,
    every: 'day',
    codeVersion: 'test',
    timeoutMs: 120_000,
    ...(over.period === undefined ? {} : { period: monthOf(over.period) }),
    ...(over.asOf === undefined ? {} : { asOf: over.asOf }),
  });

const due = async (every: 'hour' | 'day' = 'day') =>
  (await readDuePeriods(bed.pool, { account: bed.account, now, every, watchedDays: 60 })).toSorted();

/** How the runs of each month ended, oldest first. */
async function attempts(): Promise<Record<string, string[]>> {
  const { rows } = await bed.pool.query<{ month: string; states: string[] }>(
    `select to_char(period, 'YYYY-MM') as month, array_agg(status order by run_id) as states from recon.runs
     where account_id = (select account_id from warehouse.accounts where account_key = $1) group by period`,
    [bed.account],
  );
  return Object.fromEntries(rows.map(({ month, states }) => [month, states]));
}

/** While it works, each run of a month that ends does this first, with the rights of the owner. */
async function atEndOfRun(statement: string, work: () => Promise<void>): Promise<void> {
  await bed.database.pool.query(`
    create function public.at_end() returns trigger language plpgsql security definer as $$
    begin if new.status = 'complete' then ${statement}; end if; return new; end $$;
    create trigger at_end before update on recon.runs for each row execute function public.at_end()`);
  try {
    await work();
  } finally {
    await bed.database.pool.query('drop trigger at_end on recon.runs; drop function public.at_end()');
  }
}

/** A month that cannot be run: its row of the run is refused once everything was done. */
const REFUSE_JULY = `if new.period = '2026-07-01' then raise exception using errcode = '57014'; end if`;

describe('a round of the reconciliation', () => {
  it('runs the other months where one fails, and every month again in the next round', async () => {
    await round({ period: '2026-06' });
    await atEndOfRun(REFUSE_JULY, async () => {
      for (let times = 0; times < 3; times++) {
        now += 24 * HOUR;
        await expect(round()).rejects.toMatchObject({ code: 'warehouse_statement_timeout' });
      }
    });
    expect(await attempts()).toEqual({
      '2026-06': ['complete', 'complete', 'complete', 'complete'],
      '2026-07': ['failed', 'failed', 'failed'],
      '2026-08': ['complete', 'complete', 'complete'],
    });
  });

  it('goes on with the month that was tried the longest ago, where the time suffices for one', async () => {
    await round({ period: '2026-06' });
    // Each look at this clock takes so long that nothing is left for a second month.
    const slow: Clock = { ...clock, now: () => (now += 50_000) };
    await atEndOfRun(REFUSE_JULY, async () => {
      for (let times = 0; times < 6; times++) {
        await round({ clock: slow }).catch((error: unknown) =>
          expect(error).toMatchObject({ code: 'warehouse_statement_timeout' }),
        );
      }
    });
    expect(await attempts()).toEqual({
      '2026-06': ['complete', 'complete', 'complete'],
      '2026-07': ['failed', 'failed'],
      '2026-08': ['complete', 'complete'],
    });
  });

  it('gives no month more than half of its time while others wait', async () => {
    await round({ period: '2026-06' });
    await bed.database.pool.query('create table public.limits_seen (limit_text text)');
    await atEndOfRun(
      `insert into public.limits_seen values (current_setting('statement_timeout'))`,
      async () => void (await round()),
    );
    const { rows } = await bed.database.pool.query('select limit_text from public.limits_seen');
    expect(rows.map(({ limit_text: limit }) => limit)).toEqual(['1min', '1min', '2min']);
  });

  it('refuses a month of which nothing can be known, and leaves no trace of it', async () => {
    for (const period of ['2006-10', '2026-05', '2026-09', '2062-10']) {
      await expect(round({ period }), period).rejects.toMatchObject({
        code: 'period_unknown',
        message: expect.stringContaining('2026-06 to 2026-08'),
      });
    }
    expect(await attempts()).toEqual({});
    expect((await round({ period: '2026-06' })).runs).toHaveLength(1);
  });

  it('refuses an instant that has not come, and takes one that has', async () => {
    await expect(round({ period: '2026-07', asOf: NOW + 2 * HOUR })).rejects.toMatchObject({ code: 'as_of_in_future' });
    expect(await attempts()).toEqual({});
    expect((await round({ period: '2026-07', asOf: NOW })).runs).toHaveLength(1);
  });
});

describe('the months that are due', () => {
  it('are none from before the account was known', async () => {
    now = Date.parse('2026-06-20T12:00:00Z');
    expect(await due()).toEqual(['2026-06-01']);
    expect(await due('hour')).toEqual(['2026-06-01']);
  });

  it('are also closed ones in which an error stands, and of which an invoice has come since their last run', async () => {
    const account = `(select account_id from warehouse.accounts where account_key = '${bed.account}')`;
    await run(bed, { period: '2026-06', asOf: NOW, checks: [givenCheck('C10')] });
    await bed.tamper(`update recon.periods set state = 'closed' where account_id = ${account}`);
    now = Date.parse('2027-03-05T12:00:00Z');
    const present = ['2027-02-01', '2027-03-01'];
    expect(await due()).toEqual(present);
    const invoice =
      'invoice_id,issued_on,period,line_no,charge_kind,country,description,quantity,amount,tax\nI-1,2026-07-03,2026-06,1,sent,,faxes,1,0.07,false\n';
    await importInvoices(bed.pool, { account: bed.account, text: invoice, importedBy: 'test', now });
    expect(await due()).toEqual(['2026-06-01', ...present]);
    now += HOUR;
    await run(bed, { period: '2026-06', asOf: now, checks: [givenCheck('C10')] });
    expect(await due()).toEqual(present);
    await give(bed, 'C10', [{ subject: '1' }]);
    await run(bed, { period: '2026-06', asOf: now + 1, checks: [givenCheck('C10')] });
    expect(await due()).toEqual(['2026-06-01', ...present]);
  });
});

describe('a run that looks back', () => {
  it('tells what it finds itself, the same whenever it is made', async () => {
    const check = givenCheck('C10');
    await give(bed, 'C10', [{ subject: '1', left: 14, right: 7, cents: 7, owed: 7 }]);
    const first = await run(bed, { period: '2026-07', asOf: NOW - HOUR, checks: [check] });
    await give(bed, 'C10', []);
    const second = await run(bed, { period: '2026-07', asOf: NOW, checks: [check] });
    expect(second).toMatchObject({ unexplainedCents: 0, owedCents: 0, exceptions: 0 });
    await give(bed, 'C10', [{ subject: '1', left: 14, right: 7, cents: 7, owed: 7 }]);
    const again = await run(bed, { period: '2026-07', asOf: NOW - HOUR, now: NOW + HOUR, checks: [check] });
    const figures = {
      unexplainedCents: 7,
      owedCents: 7,
      exceptions: 1,
      exceptionsBySeverity: { error: 1, warn: 0, info: 0 },
    };
    expect(first).toMatchObject({ ...figures, isRepeat: false });
    expect(again).toMatchObject({ ...figures, isRepeat: false });
  });
});

describe('what is told of a fax', () => {
  it('goes by the run of all checks that has seen most, and by none of every hour or that looks back', async () => {
    await give(bed, 'C10', [{ subject: '2', left: 7, right: 7, cents: 0 }]);
    await give(bed, 'C1', [{ subject: '2', left: 1, right: 1, cents: 0 }]);
    const whole = await run(bed, { period: '2026-07', asOf: NOW, checks: [givenCheck('C10'), givenCheck('C1')] });
    await run(bed, { period: '2026-07', asOf: NOW - HOUR, now: NOW + 1, checks: [givenCheck('C10')] });
    await run(bed, { period: '2026-07', asOf: NOW + HOUR, checks: [givenCheck('C1')], every: 'hour' });
    const { rows } = await bed.database.pool.query('select account_id from warehouse.accounts where account_key = $1', [
      bed.account,
    ]);
    const told = await readFaxRecon(bed.pool, { accountId: rows[0]?.account_id, faxId: '2', period: '2026-07-01' });
    expect(told.run).toMatchObject({ runId: String(whole.runId), checks: ['C1', 'C10'] });
  });
});
