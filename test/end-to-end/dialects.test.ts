import type { Pool } from 'pg';
import { describe, expect, it } from 'vitest';
import type { Dialect } from '../../src/landing/contract.ts';
import { differencesOf, mirrorAll, openRig, rowsOf } from './rigs.ts';

/**
 * Tables that every dialect fills; of each the marks of loading, and columns that not every dialect carries (or that sum up such columns).
 * By hand: what v1 lacks is the provider's, and stands in no comment. What only v2.1 lists is compared with the world alone.
 */
const NOT_COMPARED: Readonly<Record<string, readonly string[]>> = {
  faxes: ['observation_no', 'content_hash', 'barcode_count', 'caller_name'],
  fax_recipients: [],
  fax_history: ['observation_no'],
  phone_numbers: ['observation_no', 'country', 'callback_url', 'ata_name'],
  phone_number_history: ['observation_no', 'country', 'callback_url', 'ata_name'],
  phone_number_charges: ['observation_no'],
  account_snapshots: ['observation_no', 'received_today', 'received_this_month'],
  rate_card: ['observation_no', 'alpha2', 'country_code', 'send_support', 'receive_support'],
};

async function carriedByAll(pool: Pool): Promise<Record<string, string[]>> {
  const content: Record<string, string[]> = {};
  for (const [table, left] of Object.entries(NOT_COMPARED)) {
    const { rows } = await pool.query<{ row: string }>(
      `select (to_jsonb(t) - 'account_id' - $1::text[])::text as row from warehouse.${table} t order by 1`,
      [left],
    );
    content[table] = rows.map(({ row }) => row);
  }
  return content;
}

describe('one world mirrored through v1, v2 and v2.1', () => {
  it('gives three warehouses equal to the world, and to each other in every column that all three carry', async () => {
    const contents: Record<string, string[]>[] = [];
    const barcodes: number[] = [];
    for (const dialect of ['v1', 'v2', 'v2.1'] satisfies Dialect[]) {
      // Without a call limit no call takes time, so that all three look at the same instants.
      const { rig, database } = await openRig({
        dialect,
        http: { rateLimit: null },
        pullSettings: { callLimits: { ratePerSecond: 1e9, burst: 1e6 } },
      });
      const comparison = await mirrorAll(rig);
      expect(differencesOf(comparison), dialect).toEqual([]);
      contents.push(await carriedByAll(database.pool));
      barcodes.push(rowsOf(comparison)['fax_barcodes'] ?? 0);
    }
    const [v1, v2, v21] = contents;
    for (const [table, rows] of Object.entries(v21 ?? {})) {
      expect(rows.length, table).toBeGreaterThan(0);
      expect(v1?.[table], `${table} by v1`).toEqual(rows);
      expect(v2?.[table], `${table} by v2`).toEqual(rows);
    }
    expect(barcodes).toEqual([0, 0, expect.any(Number)]);
    expect(barcodes[2]).toBeGreaterThan(50);
    const counted = Object.entries(v21 ?? {}).map(([table, rows]) => `${rows.length} ${table}`);
    console.log(`equal through v1, v2 and v2.1: ${counted.join(', ')}`);
  });
});
