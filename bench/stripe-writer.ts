import { PostgresClient } from '@supabase/stripe-sync-engine';
import type { Pool } from 'pg';
import { barcodeRows, columnsOf, FAX_TYPES, faxRow, RECIPIENT_TYPES, recipientRows } from './fax-columns.ts';
import { decoded } from './our-writers.ts';
import type { Writer } from './race.ts';

const SCHEMA = 'peer_stripe';
const FAX_COLUMNS = ['id', ...Object.keys(FAX_TYPES).filter((name) => name !== 'fax_id'), 'barcodes'];
const RECIPIENT_COLUMNS = ['id', ...Object.keys(RECIPIENT_TYPES)];

/**
 * The row writer of `@supabase/stripe-sync-engine`, its own code: one upsert a row, five at a time, guarded by the time of the sync.
 * Faxes with barcodes in a jsonb column, recipients in a table of their own; two indexes each.
 */
export async function stripeWriter(pool: Pool, url: string, pages: number): Promise<Writer & { end(): Promise<void> }> {
  const { fax_id: _, ...faxTypes } = FAX_TYPES;
  await pool.query(`
    create schema ${SCHEMA};
    create table ${SCHEMA}.faxes (id bigint primary key, ${columnsOf(faxTypes)}, barcodes jsonb, last_synced_at timestamptz);
    create index on ${SCHEMA}.faxes (created_at);
    create table ${SCHEMA}.recipients (id text primary key, ${columnsOf(RECIPIENT_TYPES)}, last_synced_at timestamptz);
    create index on ${SCHEMA}.recipients (phone_number, fax_created_at);`);
  const client = new PostgresClient({ schema: SCHEMA, poolConfig: { connectionString: url, max: 5 } });
  let syncs = 0;
  return {
    name: 'stripe-sync-engine',
    pages,
    phases: ['fresh', 'unchanged', 'changed'],
    tables: [`${SCHEMA}.faxes`, `${SCHEMA}.recipients`],
    prepare: async (envelopes) => {
      const batches = envelopes.map((envelope) => {
        const faxes = decoded(envelope);
        return {
          faxes: faxes.map((fax) => {
            const { fax_id: id, ...row } = faxRow(fax);
            return { id, ...row, barcodes: barcodeRows(fax) };
          }),
          recipients: faxes.flatMap(recipientRows).map((row) => ({ id: `${row.fax_id}/${row.ordinal}`, ...row })),
        };
      });
      syncs += 1;
      const syncedAt = new Date(Date.UTC(2026, 0, 1) + syncs * 60_000).toISOString();
      return async () => {
        for (const { faxes, recipients } of batches) {
          await client.upsertManyWithTimestampProtection(faxes, 'faxes', { properties: FAX_COLUMNS }, syncedAt);
          await client.upsertManyWithTimestampProtection(
            recipients,
            'recipients',
            { properties: RECIPIENT_COLUMNS },
            syncedAt,
          );
        }
      };
    },
    end: () => client.pool.end(),
  };
}
