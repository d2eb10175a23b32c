import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CliBed } from './cli-bed.ts';
import { documentOf } from './run-cli.ts';

let bed: CliBed;
beforeAll(async () => {
  bed = await CliBed.open();
  await bed.run(['sync']);
});
afterAll(() => bed.close());

async function fileOf(name: string, text: string | Uint8Array): Promise<string> {
  const path = join(bed.home, name);
  await writeFile(path, text);
  return path;
}

describe('faxsync import', () => {
  it("takes the provider's invoice in, and once only", async () => {
    const csv = bed.simulator.world.invoiceCsv('2026-05', 'America/Chicago');
    const file = await fileOf('invoice.csv', csv);
    const result = await bed.run(['import', 'invoices', file, '--by', 'Ann Lee', '--json']);
    expect(result).toMatchObject({ code: 0, stderr: '' });
    const lines = csv.trimEnd().split('\n').length - 1;
    expect(documentOf(result)).toMatchObject({
      ok: true,
      account: 'main',
      what: 'invoices',
      invoices: 1,
      lines,
      skipped: 0,
    });
    const again = await bed.run(['import', 'invoices', file, '--by', 'Ann Lee']);
    expect(again.stdout).toContain('main: 0 invoices with 0 lines imported, 1 there already and the same');
    const reconciled = documentOf<{
      accounts: ReadonlyArray<{ periods: ReadonlyArray<{ checks: ReadonlyArray<{ check: string; tested: number }> }> }>;
    }>(await bed.run(['reconcile', '--period', '2026-05', '--json']));
    const checks = reconciled.accounts[0]?.periods[0]?.checks ?? [];
    expect(checks.find(({ check }) => check === 'C19')?.tested).toBeGreaterThan(0);
  });

  it('takes receipts in', async () => {
    const csv = bed.simulator.world.receiptsCsv();
    const file = await fileOf('receipts.csv', csv);
    const result = await bed.run(['import', 'receipts', file, '--by', 'Ann Lee', '--json']);
    const receipts = csv.trimEnd().split('\n').length - 1;
    expect(documentOf(result)).toMatchObject({ ok: true, what: 'receipts', receipts, skipped: 0 });
  });

  it('names every fault by its line and takes nothing in', async () => {
    const head = 'receipt_id,paid_at,amount,method,note';
    const file = await fileOf(
      'bad.csv',
      `${head}\nR-1,2026-05-02T10:00:00Z,100.00,card,\nR-2,yesterday,lots,card,canary\n`,
    );
    const { code, stderr } = await bed.run(['import', 'receipts', file, '--by', 'Ann']);
    expect(code).toBe(1);
    expect(stderr).toMatch(/line 3, paid_at /);
    expect(stderr).toMatch(/line 3, amount /);
    expect(stderr).not.toMatch(/yesterday|lots|canary/);
    const { rows } = await bed.database.pool.query(`select from recon.receipts where receipt_id in ('R-1', 'R-2')`);
    expect(rows).toHaveLength(0);
  });

  it('refuses files that are not there or no text', async () => {
    const missing = await bed.run(['import', 'invoices', join(bed.home, 'none.csv'), '--by', 'Ann']);
    expect(missing).toMatchObject({ code: 64 });
    expect(missing.stderr).toContain('There is no such file to import.');
    const latin = await fileOf('latin.csv', Uint8Array.of(0x66, 0xfc, 0x72));
    const { code, stderr } = await bed.run(['import', 'invoices', latin, '--by', 'Ann']);
    expect(code).toBe(64);
    expect(stderr).toContain('The file is not UTF-8.');
  });
});
