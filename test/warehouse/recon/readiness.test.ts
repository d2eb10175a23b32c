import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Period, RECONCILIATION_DEFAULTS } from '../../../src/domain/reconciliation.ts';
import type { Instant } from '../../../src/domain/time.ts';
import { approvePeriod, preparePeriod, reopenPeriod } from '../../../src/warehouse/recon/close.ts';
import { decideItems } from '../../../src/warehouse/recon/decide.ts';
import { readStandings, waitsOf } from '../../../src/warehouse/recon/readiness.ts';
import { wireFax } from '../../support/landed.ts';
import { ReconBed } from '../../support/recon-bed.ts';
import {
  APPROVER,
  agreeingBalance,
  closeMonth,
  give,
  givenCheck,
  itemsOf,
  makeGivenRows,
  monthOf,
  PREPARER,
  run,
} from '../../support/recon-runs.ts';

const JULY = '2026-07';
/** In the middle of July; July ends at 05:00Z in America/Chicago, and settles on the sixth of August. */
const DURING = Date.parse('2026-07-15T12:00:00Z');
const ENDED = Date.parse('2026-08-02T12:00:00Z');
const SETTLED = Date.parse('2026-08-06T05:00:00Z');
const prices = givenCheck('C10');
const BALANCED = [agreeingBalance, prices];

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

const step = (now: Instant, period = JULY) => ({ account: bed.account, period: monthOf(period), now });
const prepare = (now: Instant, period = JULY) =>
  preparePeriod(bed.pool, { ...step(now, period), preparer: PREPARER, statement: '' });
const approve = (now: Instant, period = JULY) => approvePeriod(bed.pool, { ...step(now, period), approver: APPROVER });

async function waits(now: Instant, period: Period = monthOf(JULY)): Promise<string[]> {
  const standings = await readStandings(bed.pool, { account: bed.account, now });
  return standings.filter((one) => one.period === period).flatMap((one) => waitsOf(one).map(({ what }) => what));
}

async function accept(now: Instant): Promise<void> {
  const itemIds = (await itemsOf(bed)).map(({ itemId }) => itemId);
  const { limits } = RECONCILIATION_DEFAULTS;
  const account = bed.account;
  await decideItems(bed.pool, { account, itemIds, state: 'accepted', actor: 'Anna', note: 'Agreed.', limits, now });
}

/** An invoice of July, imported an hour after it has settled. */
async function bill(): Promise<void> {
  await bed.tamper(
    `insert into recon.invoices (account_id, invoice_id, issued_on, period, line_count, total_cents, content_digest, imported_at, imported_by)
       select account_id, 'A-1', '2026-08-01', '2026-07-01', 0, 0, '', '2026-08-06T06:00:00Z', 'Anna' from warehouse.accounts where account_key = '${bed.account}'`,
  );
}

/** The text with which it is refused. */
async function refusal(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => 'not refused',
    (error: unknown) => (error instanceof Error ? error.message : ''),
  );
}

describe('a month that is not ready', () => {
  it('waits for its end and its settling day, and says when that is', async () => {
    await run(bed, { period: JULY, asOf: DURING, checks: BALANCED });
    expect(await waits(DURING)).toEqual(['end', 'settling']);
    expect(await waits(ENDED)).toEqual(['settling']);
    expect(await refusal(prepare(DURING))).toContain('It has not ended. It settles on 2026-08-06');
    await run(bed, { period: JULY, asOf: ENDED, checks: BALANCED });
    const text = await refusal(approve(ENDED));
    expect(text).toContain('is settling and cannot become closed. It settles on 2026-08-06');
    expect(text).not.toMatch(/not ended|prepare/);
  });

  it('names all it waits for at once', async () => {
    await give(bed, 'C10', [{ subject: '1' }, { subject: '2' }]);
    await run(bed, { period: JULY, asOf: DURING, checks: BALANCED });
    expect(await waits(DURING)).toEqual(['end', 'settling', 'items']);
    const text = await refusal(prepare(DURING));
    expect(text).toContain('settles on 2026-08-06');
    expect(text).toContain('2 items that nobody has explained hold it up: "faxsync items --period 2026-07 --holding"');
  });

  it('waits for items while they are open, and for a new run once they are decided', async () => {
    await give(bed, 'C10', [{ subject: '1' }]);
    await run(bed, { period: JULY, asOf: SETTLED, checks: BALANCED });
    expect(await waits(SETTLED)).toEqual(['items']);
    expect(await refusal(prepare(SETTLED))).toContain('1 item that nobody has explained holds it up');
    await accept(SETTLED + 1000);
    expect(await waits(SETTLED + 1000)).toEqual(['run']);
    expect(await refusal(prepare(SETTLED + 1000))).toContain('a new run');
    expect(await refusal(prepare(SETTLED + 1000))).toContain('faxsync reconcile --period 2026-07');
    await run(bed, { period: JULY, asOf: SETTLED + 2000, checks: BALANCED });
    expect(await waits(SETTLED + 2000)).toEqual(['preparer']);
  });

  it('waits for a new run of all checks where the latest one saw it before it had settled', async () => {
    await run(bed, { period: JULY, asOf: ENDED, checks: BALANCED });
    await run(bed, { period: JULY, asOf: SETTLED, checks: [prices], every: 'hour' });
    expect(await waits(SETTLED)).toEqual(['run']);
  });

  it('waits for balance or invoice where its run found nothing else, and for a new run once an invoice came', async () => {
    await run(bed, { period: JULY, asOf: SETTLED, checks: [prices] });
    expect(await waits(SETTLED)).toEqual(['money']);
    const text = await refusal(prepare(SETTLED));
    expect(text).toContain('could not hold its money against balance or invoice');
    expect(text).toContain('faxsync import invoices <file>, then faxsync reconcile --period 2026-07');
    await bill();
    expect(await waits(SETTLED + 7_200_000)).toEqual(['run']);
    // A run as of an instant before the import cannot have seen it.
    await run(bed, { period: JULY, asOf: SETTLED + 1000, now: SETTLED + 7_200_000, checks: [prices] });
    expect(await waits(SETTLED + 7_200_000)).toEqual(['run']);
  });

  it('waits for a new run once it was opened again', async () => {
    await closeMonth(bed, JULY, SETTLED, BALANCED);
    expect(await waits(SETTLED + 1000)).toEqual([]);
    await reopenPeriod(bed.pool, { ...step(SETTLED + 1000), approver: APPROVER, reason: 'A list came late.' });
    expect(await waits(SETTLED + 1000)).toEqual(['run']);
  });
});

describe('a step that comes too early or too late', () => {
  it('is told what is next: a preparer, an approver, or nothing', async () => {
    await run(bed, { period: JULY, asOf: SETTLED, checks: BALANCED });
    expect(await refusal(approve(SETTLED))).toContain('faxsync close --period 2026-07 --preparer <name>');
    await prepare(SETTLED);
    expect(await waits(SETTLED)).toEqual(['approver']);
    await approve(SETTLED);
    for (const again of [approve, prepare]) {
      const text = await refusal(again(SETTLED));
      expect(text).toContain('Nothing is left to do; to open it again: faxsync close --period 2026-07 --reopen');
    }
  });

  it('waits for a preparer again once something was decided, or a run saw something else', async () => {
    await give(bed, 'C10', [{ subject: '1', verdict: 'explained', reason: 'credit_pending' }]);
    await run(bed, { period: JULY, asOf: SETTLED, checks: BALANCED });
    await prepare(SETTLED);
    await accept(SETTLED + 1000);
    expect(await waits(SETTLED + 1000)).toEqual(['preparer']);
    expect(await refusal(approve(SETTLED + 1000))).toContain('It is no longer what was prepared. Reconcile it');
    await prepare(SETTLED + 2000);
    expect(await waits(SETTLED + 2000)).toEqual(['approver']);
    await give(bed, 'C10', []);
    await run(bed, { period: JULY, asOf: SETTLED + 3000, checks: BALANCED });
    expect(await waits(SETTLED + 3000)).toEqual(['preparer']);
    expect(await refusal(approve(SETTLED + 3000))).toContain('It is no longer what was prepared. Reconcile it');
  });

  it('waits for a new run once an invoice came, whether it is ready or prepared', async () => {
    await run(bed, { period: JULY, asOf: SETTLED, checks: BALANCED });
    await prepare(SETTLED);
    await bill();
    const later = SETTLED + 7_200_000;
    expect(await waits(later)).toEqual(['run']);
    for (const step of [approve, prepare]) {
      expect(await refusal(step(later))).toMatch(
        /has changed\. It needs a new run, .* faxsync reconcile --period 2026-07/,
      );
    }
    await run(bed, { period: JULY, asOf: later, checks: BALANCED });
    expect(await waits(later)).toEqual(['approver']);
  });

  it('is told which months are known where the month is none of them', async () => {
    expect(await refusal(prepare(SETTLED, '2026-07'))).toContain(
      'Reconcile it first: faxsync reconcile --period 2026-07',
    );
    for (const unknown of ['2026-06', '2026-09']) {
      const text = await refusal(approve(SETTLED, unknown));
      expect(text).toContain('Nothing of it was ever loaded: the months that are known are 2026-07 to 2026-08.');
    }
  });

  it('tells already at preparing which earlier month is open', async () => {
    const later = Date.parse('2026-09-07T12:00:00Z');
    await run(bed, { period: JULY, asOf: later, checks: BALANCED });
    await run(bed, { period: '2026-08', asOf: later, checks: BALANCED });
    expect(await waits(later, monthOf('2026-08'))).toEqual(['earlier', 'preparer']);
    expect(await prepare(later, '2026-08')).toMatchObject({ earlierOpen: JULY });
    expect(await waits(later, monthOf('2026-08'))).toEqual(['earlier', 'approver']);
    expect(await refusal(approve(later, '2026-08'))).toContain('2026-07');
    expect(await prepare(later)).toMatchObject({ earlierOpen: null });
  });
});
