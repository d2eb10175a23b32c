import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createReconcileHandler, type ReconcileHandler } from '../../functions/reconcile.ts';
import { LOCAL_CONTEXT } from '../../src/cli/local-host.ts';
import { RECONCILIATION_DEFAULTS } from '../../src/domain/reconciliation.ts';
import { createLogger } from '../../src/runtime/logger.ts';
import { countedMetrics } from '../support/counted-metrics.ts';
import { wireFax } from '../support/landed.ts';
import { ReconBed } from '../support/recon-bed.ts';
import {
  APPROVER,
  agreeingBalance,
  eventsOf,
  give,
  givenCheck,
  makeGivenRows,
  PREPARER,
  run,
} from '../support/recon-runs.ts';

const NOW = Date.parse('2026-08-07T12:00:00Z');
const CHECKS = [agreeingBalance, givenCheck('C10')];

let bed: ReconBed;
let sign: (event: object) => ReturnType<ReconcileHandler>;
let lines: Record<string, unknown>[] = [];
const { metrics, counted } = countedMetrics('reconcile');

beforeAll(async () => {
  bed = await ReconBed.open();
  await makeGivenRows(bed);
  const account = bed.newAccount();
  await bed.load({ observation: 1, at: Date.parse('2026-07-31T12:00:00Z') }, [
    wireFax(1, '2026-07-10T12:00:00.000-05:00', {
      status: 'success',
      completed_at: '2026-07-10T12:01:00.000-05:00',
      cost: 7,
    }),
  ]);
  await give(bed, 'C10', [{ subject: '1', cents: 7, owed: 7 }]);
  await run(bed, { period: '2026-07', asOf: NOW, checks: CHECKS });
  const handler = createReconcileHandler({
    clock: { now: () => NOW, sleep: async () => {} },
    log: createLogger({ service: 'reconcile', write: (line) => lines.push(JSON.parse(line)) }),
    metrics,
    codeVersion: '1.2.3',
    reconcileDeps: async () => ({ pool: bed.pool, settings: RECONCILIATION_DEFAULTS }),
  });
  sign = (event) => handler({ account, ...event }, LOCAL_CONTEXT);
});
afterAll(() => bed.close());

describe('what people sign by the function', () => {
  it('decides exceptions, which ends their alarm at once', async () => {
    const { rows } = await bed.pool.query<{ item_id: string }>('select item_id from recon.items');
    const items = [Number(rows[0]?.item_id)];
    await expect(sign({ task: 'decide', items, state: 'explained', by: PREPARER })).rejects.toMatchObject({
      code: 'decision_incomplete',
    });
    counted();
    lines = [];
    const asked = { task: 'decide', items, state: 'explained', by: PREPARER, note: 'Agreed by mail.' };
    expect(await sign(asked)).toEqual({
      account: bed.account,
      task: 'decide',
      changed: 1,
      closedMonths: [],
      movedMonths: ['2026-07'],
      centsUnexplained: 0,
      faxesUnexplained: 0,
    });
    expect(counted()).toMatchObject([{ CentsUnexplained: 0, FaxesUnexplained: 0 }]);
    expect(lines).toMatchObject([{ message: 'signed', kind: 'decide', changed_count: 1 }]);
    expect(JSON.stringify(lines)).not.toMatch(new RegExp(`${PREPARER}|dropped_keys|mail`));
  });

  it('closes a month by two people, and opens it again', async () => {
    await run(bed, { period: '2026-07', asOf: NOW, checks: CHECKS });
    const period = '2026-07';
    expect(await sign({ task: 'prepare', period, by: PREPARER })).toMatchObject({ task: 'prepare', runId: 2 });
    await expect(sign({ task: 'approve', period, by: PREPARER })).rejects.toMatchObject({
      code: 'approver_is_preparer',
    });
    const closed = await sign({ task: 'approve', period, by: APPROVER });
    expect(closed).toMatchObject({ task: 'approve', closingNo: 1, lineCount: 1, billedCents: 7 });
    expect(await sign({ task: 'reopen', period, by: APPROVER, reason: 'A list came late.' })).toMatchObject({
      task: 'reopen',
      head: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    const kinds = (await eventsOf(bed)).map(({ kind, actor }) => `${kind} by ${actor}`);
    expect(kinds.slice(-3)).toEqual([
      `period_prepared by ${PREPARER}`,
      `period_closed by ${APPROVER}`,
      `period_reopened by ${APPROVER}`,
    ]);
  });

  it.each([
    { task: 'decide', items: [], by: 'A' },
    { task: 'decide', items: [1], state: 'cleared', by: 'A' },
    { task: 'decide', items: [1], state: 'open' },
    { task: 'decide', items: [1], by: 'A', claimed_cents: 0.5 },
    { task: 'prepare', period: '2026-7', by: 'A' },
    { task: 'approve', period: '2026-07' },
    { task: 'reopen', period: '2026-07', by: 'A' },
    { task: 'reopen', period: '2026-07', by: 'A', reason: 'r', more: 1 },
  ])('refuses %j', async (event) => {
    await expect(sign(event)).rejects.toMatchObject({ code: 'reconcile_event_invalid' });
  });

  it('imports invoices and receipts, and says what is wrong by line and column without what stands there', async () => {
    const heading = 'invoice_id,issued_on,period,line_no,charge_kind,country,description,quantity,amount,tax';
    const invoice = (amount: string) => `${heading}\nI-1,2026-08-03,2026-07,1,sent,,faxes,1,${amount},false\n`;
    const asked = { task: 'import', kind: 'invoices', by: PREPARER };
    lines = [];
    await expect(sign({ ...asked, csv: invoice('seven dollars') })).rejects.toMatchObject({
      message: expect.stringMatching(/line 2[\s\S]*amount/),
    });
    expect(JSON.stringify(lines)).not.toContain('seven');
    await expect(sign({ ...asked, csv: invoice('0.07'), by: ' ' })).rejects.toMatchObject({ code: 'name_missing' });
    const once = { task: 'import', invoices: 1, lines: 1, skipped: 0 };
    expect(await sign({ ...asked, csv: invoice('0.07') })).toMatchObject(once);
    expect(await sign({ ...asked, csv: invoice('0.07') })).toMatchObject({ invoices: 0, skipped: 1 });
    const receipts = 'receipt_id,paid_at,amount,method,note\nR-1,2026-07-05T10:00:00Z,50.00,card,\n';
    expect(await sign({ ...asked, kind: 'receipts', csv: receipts })).toMatchObject({ receipts: 1, skipped: 0 });
    expect(lines.at(-1)).toMatchObject({ message: 'signed', kind: 'import' });
  });
});
