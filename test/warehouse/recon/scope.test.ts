import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RECONCILIATION_DEFAULTS } from '../../../src/domain/reconciliation.ts';
import { inTransaction } from '../../../src/warehouse/connection.ts';
import { takeScope } from '../../../src/warehouse/recon/scope.ts';
import { wireFax } from '../../support/landed.ts';
import { ReconBed } from '../../support/recon-bed.ts';
import { monthOf } from '../../support/recon-runs.ts';

const AS_OF = Date.UTC(2026, 6, 20);

let bed: ReconBed;
beforeAll(async () => {
  bed = await ReconBed.open();
  bed.newAccount();
  // Else the server might analyze it in between.
  await bed.database.pool.query('alter table warehouse.fax_history set (autovacuum_enabled = off)');
  await bed.load({ observation: 1, at: AS_OF }, [wireFax(1, '2026-07-10T12:00:00.000Z')]);
});
afterAll(() => bed.close());

/** Whether the planner may loop over two ranges in a run. */
function mayLoop(): Promise<string | undefined> {
  const scope = { account: bed.account, period: monthOf('2026-07'), asOf: AS_OF, settings: RECONCILIATION_DEFAULTS };
  return inTransaction(bed.pool, async (client) => {
    expect(await takeScope(client, scope)).toBe(true);
    const { rows } = await client.query<{ setting: string }>(`select current_setting('enable_nestloop') as setting`);
    return rows[0]?.setting;
  });
}

describe('the scope of a run', () => {
  it('lets the planner loop over no range of a large table of which it knows nothing, until it was analyzed', async () => {
    expect(await mayLoop()).toBe('on');
    await bed.tamper(`insert into warehouse.fax_history (account_id, fax_id, observation_no, observed_at, cost_cents, cost_delta_cents, stage, observed_via, status)
      select $ACCOUNT, 100 + n, 1, now(), 7, 7, 3, 'list', 'success' from generate_series(1, 9000) n`);
    expect(await mayLoop()).toBe('off');
    await bed.database.pool.query('analyze warehouse.fax_history');
    expect(await mayLoop()).toBe('on');
  });
});
