import { once } from 'node:events';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseCsv } from '../../src/warehouse/recon/csv.ts';
import { CliBed } from './cli-bed.ts';
import { documentOf } from './run-cli.ts';

let bed: CliBed;
beforeAll(async () => {
  bed = await CliBed.open();
  await bed.run(['sync']);
  await bed.database.pool.query(
    `update warehouse.faxes set tags = '{"department": "=1+1"}' where fax_id = (select min(fax_id) from warehouse.faxes where is_test is not true and cost_cents > 0)`,
  );
});
afterAll(() => bed.close());

describe('faxsync export', () => {
  it('lists the views with what each has', async () => {
    const { code, stdout } = await bed.run(['export']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^billing_by_day +9 +What was charged, one row a day of use and kind of charge/m);
    const { views } = documentOf<{ views: ReadonlyArray<{ name: string; columns: readonly unknown[] }> }>(
      await bed.run(['export', '--json']),
    );
    expect(views.find(({ name }) => name === 'billing_by_day')?.columns).toHaveLength(9);
  });

  it('writes all rows of a view, and nothing else, to stdout', async () => {
    const { code, stdout, stderr } = await bed.run(['export', 'billing_by_day']);
    expect([code, stderr]).toEqual([0, '']);
    const { rows, faults } = parseCsv(stdout);
    expect(faults).toEqual([]);
    const sum = rows.reduce((cents, { fields }) => cents + Number(fields['cost_cents']), 0);
    const { rows: charges } = await bed.database.pool.query<{ cents: number }>(
      'select sum(cents)::integer as cents from warehouse.charges',
    );
    expect(sum).toBe(charges[0]?.cents);
  });

  it('writes a file whole or not at all, and objects that say the same', async () => {
    const file = join(bed.home, 'billing.jsonl');
    await writeFile(file, 'as it was');
    const failed = await bed.run(['export', 'billing_by_day', '--format', 'jsonl', '--out', join(file, 'x')]);
    expect(failed.code).toBe(1);
    expect(failed.stderr).toBe(
      `error: The file cannot be written (ENOTDIR). ${file} is no folder, or lies in none: name a file in one that is there.\n`,
    );
    expect(await readFile(file, 'utf8')).toBe('as it was');
    const written = await bed.run(['export', 'billing_by_day', '--format', 'jsonl', '--out', file, '--json']);
    const lines = (await readFile(file, 'utf8')).trimEnd().split('\n');
    expect(documentOf(written)).toMatchObject({ ok: true, view: 'billing_by_day', rows: lines.length, file });
    expect(lines.map((line) => JSON.parse(line) as { account_key: string })[0]?.account_key).toBe('main');
    expect((await readdir(bed.home)).filter((name) => name.endsWith('.part'))).toEqual([]);
  });

  it('takes the days that are asked for, the last included, and whole months of a view by the month', async () => {
    const cents = async (...args: readonly string[]) => {
      const { code, stdout } = await bed.run(['export', ...args]);
      expect(code).toBe(0);
      return parseCsv(stdout).rows.reduce((sum, { fields }) => sum + Number(fields['cost_cents']), 0);
    };
    const charged = async (from: string, to: string) => {
      const { rows } = await bed.database.pool.query<{ cents: number }>(
        'select sum(cents)::integer as cents from warehouse.charges where usage_date between $1 and $2',
        [from, to],
      );
      return rows[0]?.cents;
    };
    const may = await charged('2026-05-01', '2026-05-31');
    expect(may).toBeGreaterThan(0);
    expect(await cents('charges', '--from', '2026-05', '--to', '2026-05')).toBe(may);
    expect(await cents('billing_by_month', '--from', '2026-05-30', '--to', '2026-05-31')).toBe(may);
    expect(await cents('charges', '--from', '2026-06-02', '--to', '2026-06-02')).toBe(
      await charged('2026-06-02', '2026-06-02'),
    );
    expect(await cents('billing_by_day', '--from', '2026-06-03')).toBe(await charged('2026-06-03', '2026-12-31'));
  });

  it('says beside an empty answer where it looked, and ends with 0', async () => {
    const empty = await bed.run(['export', 'charges', '--from', '2019-05', '--to', '2019-06-07']);
    expect([empty.code, empty.stdout.trimEnd().split('\n').length, empty.stderr]).toEqual([
      0,
      1,
      'warning: 0 rows: nothing in charges of main between 2019-05-01 and 2019-06-07\n',
    ]);
    const late = await bed.run(['export', 'charges', '--from', '2099-01', '--format', 'jsonl']);
    expect([late.code, late.stdout]).toEqual([0, '']);
    expect(late.stderr).toBe('warning: 0 rows: nothing in charges of main from 2099-01-01 on\n');
  });

  it('waits for a slow reader, and loses nothing of what it has not read yet', async () => {
    const began = Date.now();
    const whole = await bed.run(['export', 'charges', '--format', 'jsonl']);
    const tookMs = Date.now() - began;
    expect(whole.stdout.length).toBeGreaterThan(400_000);
    const run = bed.start(['export', 'charges', '--format', 'jsonl']);
    run.child.stdout.pause();
    // Whoever does not wait for the reader is gone by then, with what the pipe did not hold: that takes as long as the run before.
    await Promise.race([once(run.child, 'exit'), setTimeout(2 * tookMs)]);
    run.child.stdout.resume();
    const slow = await run.ended;
    expect(slow.code).toBe(0);
    expect(slow.stdout).toBe(whole.stdout);
  });

  it.each([
    [['export', 'charges', '--format', 'jsonl']],
    [['sql', '--csv', 'select row_to_json(c) from report.charges c']],
  ])('ends at the first signal although nobody reads on, and leaves nothing open: %j', async (args) => {
    const run = bed.start(args);
    await once(run.child.stdout, 'readable');
    const ended = once(run.child, 'exit');
    run.child.kill('SIGTERM');
    expect(await ended).toEqual([1, null]);
    run.child.stdout.resume();
    expect((await run.ended).stderr).toMatch(/Stopped before all rows|canceling statement/);
  });

  it('leaves a spreadsheet no formula', async () => {
    const { stdout } = await bed.run(['export', 'chargeback']);
    expect(stdout).toContain(",department,tag,'=1+1,1,");
    expect(stdout).not.toMatch(/(^|,)"?[=@]/m);
  });

  it.each([
    [['export', 'nope'], 'There is no such report view. There are: anomalies, '],
    [['export', 'billing_by_day', '--json'], '--out <file>'],
    [['export', 'open_faxes', '--from', '2026-05'], 'The rows of open_faxes are of no day or month'],
    [['export', 'charges', '--from', '2026-02-30'], 'Write a day or a month: 2026-10-05 or 2026-10.'],
    [['export', 'charges', '--to', '2026-13'], 'Write a day or a month: 2026-10-05 or 2026-10.'],
    [['export', 'billing_by_day', '--format', 'xml'], 'Allowed choices are csv, jsonl, parquet'],
  ])('refuses %j', async (args, fault) => {
    const { code, stdout, stderr } = await bed.run(args);
    expect(code).toBe(64);
    expect(stdout + stderr).toContain(fault);
  });
});
