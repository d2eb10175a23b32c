import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createReconcileHandler, type ReconcileHandler } from '../../functions/reconcile.ts';
import { LOCAL_CONTEXT } from '../../src/cli/local-host.ts';
import { RECONCILIATION_DEFAULTS } from '../../src/domain/reconciliation.ts';
import type { ExplainDocument } from '../../src/pipeline/explain-fax.ts';
import { createLogger } from '../../src/runtime/logger.ts';
import { countedMetrics } from '../support/counted-metrics.ts';
import { wireFax } from '../support/landed.ts';
import { ReconBed } from '../support/recon-bed.ts';

const CREATED = '2026-07-10T12:00:00.000-05:00';
const SEEN = Date.parse('2026-07-31T12:00:00Z');
const NOW = Date.parse('2026-08-07T12:00:00Z');

let bed: ReconBed;
let explain: (event: object) => ReturnType<ReconcileHandler>;
let lines: Record<string, unknown>[];
const { metrics, counted } = countedMetrics('reconcile');

beforeAll(async () => {
  bed = await ReconBed.open();
  const account = bed.newAccount();
  const done = { status: 'success', completed_at: '2026-07-10T12:01:00.000-05:00' } as const;
  await bed.load({ observation: 1, at: SEEN }, [wireFax(1, CREATED, { ...done, tags: { department: 'Oncology' } })]);
  await bed.load({ observation: 2, at: SEEN + 1_000 }, [wireFax(1, CREATED, { ...done, cost: 5 })]);
  const handler = createReconcileHandler({
    clock: { now: () => NOW, sleep: async () => {} },
    log: createLogger({ service: 'reconcile', write: (line) => lines.push(JSON.parse(line)) }),
    metrics,
    codeVersion: '1.2.3',
    reconcileDeps: async () => ({ pool: bed.pool, settings: RECONCILIATION_DEFAULTS }),
  });
  explain = (event) => {
    lines = [];
    return handler({ account, task: 'explain', ...event }, LOCAL_CONTEXT);
  };
});
afterAll(() => bed.close());

describe('a fax that the function explains', () => {
  it('is told with the rights of the deployed login: its money in order of time, and what that login may not read', async () => {
    counted();
    const answer = (await explain({ fax_id: '1' })) as ExplainDocument;
    expect(answer).toMatchObject({
      task: 'explain',
      account: bed.account,
      fax: { fax_id: '1', period: '2026-07', cost_cents: 5 },
      checked_by: null,
      not_told: ['refused', 'watched'],
    });
    const moved = answer.timeline.filter(({ cents }) => cents !== null);
    expect(moved.map(({ kind, cents }) => [kind, cents])).toEqual([
      ['charge', 7],
      ['credit', -2],
    ]);
    expect(lines).toMatchObject([{ message: 'fax explained', fax_id: '1' }]);
    expect(counted()).toEqual([]);
  });

  it('shows of numbers only country and last two digits, and nothing of tags', async () => {
    const answer = (await explain({ fax_id: '1' })) as ExplainDocument;
    expect(answer.recipients.map(({ number }) => number)).toEqual(['US ..23']);
    for (const said of [answer, lines]) expect(JSON.stringify(said)).not.toMatch(/\d{6,}0123|Oncology/);
  });

  it('is refused by its id where nothing of it is stored', async () => {
    await expect(explain({ fax_id: '2' })).rejects.toMatchObject({ code: 'unknown_fax' });
  });

  it.each([{}, { fax_id: 1 }, { fax_id: '1x' }, { fax_id: '9223372036854775808' }, { fax_id: '1', by: 'A' }])(
    'is not looked for by %j',
    async (event) => {
      await expect(explain(event)).rejects.toMatchObject({ code: 'reconcile_event_invalid' });
    },
  );
});
