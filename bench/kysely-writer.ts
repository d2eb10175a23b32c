import type { Insertable } from 'kysely';
import type { Pool } from 'pg';
import { toIso } from '../src/domain/time.ts';
import { createKysely } from '../src/warehouse/connection.ts';
import { viaOf } from '../src/warehouse/load-transaction.ts';
import type { DB } from '../src/warehouse/schema.generated.ts';
import { faxRow, recipientRows } from './fax-columns.ts';
import { rowsOf } from './our-writers.ts';
import type { Writer } from './race.ts';

/**
 * What one writes first: kysely, one upsert a row, into the warehouse's own tables (so its triggers write the history), guarded by the
 * content hash; one transaction a page, which is generous.
 */
export function kyselyWriter(pool: Pool, pages: number): Writer {
  const db = createKysely(pool);
  return {
    name: 'kysely',
    pages,
    phases: ['fresh', 'unchanged'],
    prepare: async (envelopes) => {
      const batches = envelopes.map((envelope) => {
        const { load, rows } = rowsOf(envelope);
        return rows.map(({ fax, hash, stage }) => ({
          fax: {
            ...faxRow(fax),
            account_id: load.accountId,
            observed_at: toIso(load.requestedAt),
            observation_no: load.observation,
            observed_via: viaOf(load.kind),
            content_hash: hash,
            stage,
            recipient_count: fax.recipients?.length ?? null,
            barcode_count: fax.barcodes?.length ?? null,
          } as Insertable<DB['warehouse.faxes']>,
          recipients: recipientRows(fax).map(
            (row) => ({ ...row, account_id: load.accountId }) as Insertable<DB['warehouse.fax_recipients']>,
          ),
        }));
      });
      return async () => {
        for (const batch of batches) {
          await db.transaction().execute(async (trx) => {
            for (const { fax, recipients } of batch) {
              const { account_id: _account, fax_id: _fax, ...change } = fax;
              await trx
                .insertInto('warehouse.faxes')
                .values(fax)
                .onConflict((on) =>
                  on
                    .columns(['account_id', 'fax_id'])
                    .doUpdateSet(change)
                    .whereRef('warehouse.faxes.content_hash', '!=', 'excluded.content_hash'),
                )
                .execute();
              for (const recipient of recipients) {
                await trx
                  .insertInto('warehouse.fax_recipients')
                  .values(recipient)
                  .onConflict((on) => on.columns(['account_id', 'fax_id', 'ordinal']).doUpdateSet(recipient))
                  .execute();
              }
            }
          });
        }
      };
    },
  };
}
