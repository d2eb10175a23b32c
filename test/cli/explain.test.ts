import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createReconcileHandler } from '../../functions/reconcile.ts';
import { LOCAL_CONTEXT } from '../../src/cli/local-host.ts';
import { RECONCILIATION_DEFAULTS } from '../../src/domain/reconciliation.ts';
import { createLogger } from '../../src/runtime/logger.ts';
import { systemClock } from '../../src/runtime/system-clock.ts';
import { CliBed } from './cli-bed.ts';
import { documentOf } from './run-cli.ts';

interface ExplainDocument {
  readonly account: string;
  readonly fax: {
    readonly fax_id: string;
    readonly cost_cents: number;
    readonly status: string;
    readonly is_test: boolean;
  };
  readonly recipients: ReadonlyArray<{ readonly number: string; readonly status: string }>;
  readonly rate: { readonly expected_cents: number; readonly full_cents: number; readonly failed: number } | null;
  readonly timeline: ReadonlyArray<{
    readonly at: string;
    readonly kind: string;
    readonly text: string;
    readonly cents: number | null;
  }>;
}

let bed: CliBed;
beforeAll(async () => {
  bed = await CliBed.open();
  await bed.run(['sync']);
  // What fails later is credited later: a second look sees it.
  bed.clock.advance(6 * 3_600_000);
  await bed.run(['sync', '--now']);
});
afterAll(() => bed.close());

/** A live fax of the warehouse that fits. */
async function faxWhere(condition: string): Promise<string> {
  const { rows } = await bed.database.pool.query<{ fax_id: string }>(
    `select f.fax_id::text from warehouse.faxes f where ${condition} order by f.fax_id limit 1`,
  );
  const [row] = rows;
  if (row === undefined) throw new Error(`no fax of the world fits: ${condition}`);
  return row.fax_id;
}

const CREDITED = `f.is_test is not true and exists (select from warehouse.fax_history h
  where h.account_id = f.account_id and h.fax_id = f.fax_id and h.cost_delta_cents < 0)`;

describe('faxsync explain', () => {
  it('tells every change and movement of money of a fax in order of time', async () => {
    const faxId = await faxWhere(CREDITED);
    const result = await bed.run(['explain', faxId, '--json']);
    expect(result).toMatchObject({ code: 0, stderr: '' });
    const { fax, timeline } = documentOf<ExplainDocument>(result);
    expect(fax).toMatchObject({ fax_id: faxId, is_test: false });
    expect(timeline.map(({ at }) => at)).toEqual(timeline.map(({ at }) => at).toSorted());
    const kinds = timeline.map(({ kind }) => kind);
    expect(kinds).toEqual(
      expect.arrayContaining(['begun', 'seen', 'changed', 'charge', 'credit', 'listed', 'completed']),
    );
    const moved = timeline.filter(({ kind }) => kind === 'charge' || kind === 'credit');
    expect(moved.reduce((sum, { cents }) => sum + (cents ?? 0), 0)).toBe(fax.cost_cents);
    const { rows } = await bed.database.pool.query<{ changes: number }>(
      'select count(*)::integer as changes from warehouse.fax_history where fax_id = $1',
      [faxId],
    );
    expect(kinds.filter((kind) => kind === 'seen' || kind === 'changed')).toHaveLength(rows[0]?.changes ?? 0);
  });

  it('says of recipients only country and last two digits', async () => {
    const faxId = await faxWhere(`f.recipient_count > 1 and f.status = 'partialsuccess'`);
    const result = await bed.run(['explain', faxId, '--json']);
    const { recipients, rate } = documentOf<ExplainDocument>(result);
    expect(recipients.length).toBeGreaterThan(1);
    for (const { number } of recipients) expect(number).toMatch(/^([A-Z]{2}|\?\?) \.\.\d\d$/);
    expect(rate?.failed).toBe(recipients.filter(({ status }) => status === 'failure').length);
    const rates = [{ country: '*', direction: '*', price_per_page_cents: 7, from: '2026-01-01' }];
    const plain = await bed.run(['explain', faxId], { FAXSYNC_RECONCILIATION: JSON.stringify({ rates }) });
    expect(result.stdout + plain.stdout).not.toMatch(/\+\d{6,}/);
    expect(plain.stdout).toContain(`main: fax ${faxId}, sent, partialsuccess`);
    expect(plain.stdout).toMatch(/^Rate: \$\d+\.\d\d for \d+ recipients \([^)]+\) by the negotiated price; /m);
  });

  it('is answered by the function reconcile with the same JSON, but for what only this machine reaches', async () => {
    const faxId = await faxWhere(CREDITED);
    const { command, ok, not_told, ...said } = documentOf<Record<string, unknown>>(
      await bed.run(['explain', faxId, '--json']),
    );
    expect([command, ok, not_told]).toEqual(['explain', true, []]);
    const handler = createReconcileHandler({
      clock: systemClock,
      log: createLogger({ service: 'reconcile', write: () => {} }),
      codeVersion: '1.2.3',
      reconcileDeps: async () => ({ pool: bed.database.pool, settings: RECONCILIATION_DEFAULTS }),
    });
    const answer = await handler({ account: 'main', task: 'explain', fax_id: faxId }, LOCAL_CONTEXT);
    expect(answer).toEqual({ ...said, task: 'explain', not_told: ['watched'] });
  });

  it('calls an item that is disputed not settled, and what was credited not owed', async () => {
    const faxId = await faxWhere(CREDITED);
    await bed.database.pool.query(
      `insert into recon.items (account_id, period, check_id, subject_kind, subject_id, grain, reason, severity, state, cents, owed_cents, credited_cents,
        opened_at, opened_run_id, changed_at, changed_run_id)
      select account_id, '2026-05-01', 'C10', 'fax', $1, '2026-05-20', 'missed_credit', 'error', 'disputed', 24, 24, 10, now(), 1, now(), 1
      from warehouse.accounts`,
      [faxId],
    );
    const { stdout } = await bed.run(['explain', faxId]);
    expect(stdout).toContain(', owed $0.14; item 1 is disputed');
    expect(stdout).toContain('1 item not settled: 1. Decide: faxsync items --help');
    const { items } = documentOf<{ items: readonly object[] }>(await bed.run(['explain', faxId, '--json']));
    expect(items).toEqual([expect.objectContaining({ owed_cents: 24, credited_cents: 10 })]);
  });

  it('says that a test fax is not billed', async () => {
    const faxId = await faxWhere('f.is_test');
    const { stdout } = await bed.run(['explain', faxId]);
    expect(stdout).toContain('Rate: a test fax is not billed.');
    expect(stdout).toContain('a test, which is not billed');
    expect(stdout).not.toMatch(/ charged \$/);
  });

  it.each([
    ['what is no number', '12x', 'The id of a fax is a whole number'],
    ['what no bigint holds', '9223372036854775808', 'The id of a fax is a whole number'],
    ['a fax that is not stored', '9223372036854775807', 'Nothing of a fax 9223372036854775807 is stored'],
  ])('refuses %s', async (_name, id, fault) => {
    const { code, stderr } = await bed.run(['explain', id]);
    expect(code).toBe(64);
    expect(stderr).toContain(fault);
  });
});
