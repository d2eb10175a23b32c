import type pg from 'pg';
import { afterAll, describe, expect, it } from 'vitest';
import { freshDatabase } from '../support/database.ts';
import { planSeed } from './recon-plan.ts';
import { complaintsOf, isGood, plantedTable, type SeedReport, seedsTable } from './recon-tables.ts';
import { runSeed } from './recon-world.ts';

const reports: SeedReport[] = [];

afterAll(() => {
  console.log(`${plantedTable(reports)}\n\n${seedsTable(reports)}`);
});

async function run(seed: number, isPlanted: boolean, meddle?: (pool: pg.Pool) => Promise<void>): Promise<SeedReport> {
  const database = await freshDatabase();
  try {
    const report = await runSeed(planSeed(seed, isPlanted), {
      databaseUrl: database.url,
      elapsed: () => 0,
      ...(meddle && { meddle }),
    });
    if (meddle === undefined) reports.push(report);
    return report;
  } finally {
    await database.drop();
  }
}

/** Adds a line of 14 cents to the month that was closed last, for a fax that never was, past every trigger. */
async function forgeLine(pool: pg.Pool): Promise<void> {
  const client = await pool.connect();
  try {
    await client.query('begin');
    await client.query('set local session_replication_role = replica');
    await client.query(
      `insert into recon.bill_lines
       select account_id, billing_period, closing_no, charge_period, usage_date, charge_kind, '1', is_correction, quantity, 14
       from recon.bill_lines where charge_kind = 'fax' and not is_correction order by billing_period desc, subject_id limit 1`,
    );
    await client.query('commit');
  } finally {
    client.release();
  }
}

describe('the reconciliation of a seeded world', () => {
  it.each([10])(
    'finds nothing wrong about an honest provider, and its month closes by itself (seed %s)',
    async (seed) => {
      const report = await run(seed, false);
      expect(complaintsOf(report)).toEqual([]);
      expect(isGood(report)).toBe(true);
    },
  );

  it.each([6])(
    'finds every planted error by its check, on its row, to the cent, and nothing else (seed %s)',
    async (seed) => {
      const report = await run(seed, true);
      expect(complaintsOf(report)).toEqual([]);
      expect(isGood(report)).toBe(true);
    },
  );

  it('tells that the bill is not the ledger, and that a closed month is no longer what it was', async () => {
    const report = await run(2, false, forgeLine);
    expect(complaintsOf(report).filter((line) => !line.startsWith('false alarm'))).toEqual([
      'difference of the bill by month: 14 cents',
      'difference of the bill by day: 14 cents',
      'lines of closed months that changed: 1',
    ]);
    expect(isGood(report)).toBe(false);
  });
});
