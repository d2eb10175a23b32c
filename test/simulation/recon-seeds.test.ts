import { afterAll, describe, expect, it } from 'vitest';
import { freshDatabase } from '../support/database.ts';
import { planSeed } from './recon-plan.ts';
import { complaintsOf, isGood, plantedTable, type SeedReport, seedsTable } from './recon-tables.ts';
import { runSeed } from './recon-world.ts';

const reports: SeedReport[] = [];

afterAll(() => {
  console.log(`${plantedTable(reports)}\n\n${seedsTable(reports)}`);
});

async function run(seed: number, isPlanted: boolean): Promise<SeedReport> {
  const database = await freshDatabase();
  try {
    const report = await runSeed(planSeed(seed, isPlanted), { databaseUrl: database.url, elapsed: () => 0 });
    reports.push(report);
    return report;
  } finally {
    await database.drop();
  }
}

describe('the reconciliation of a seeded world', () => {
  it.each([2, 10])(
    'finds nothing wrong about an honest provider, and its month closes by itself (seed %s)',
    async (seed) => {
      const report = await run(seed, false);
      expect(complaintsOf(report)).toEqual([]);
      expect(isGood(report)).toBe(true);
    },
  );

  it.each([6, 7])(
    'finds every planted error by its check, on its row, to the cent, and nothing else (seed %s)',
    async (seed) => {
      const report = await run(seed, true);
      expect(complaintsOf(report)).toEqual([]);
      expect(isGood(report)).toBe(true);
    },
  );
});
