import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CliBed } from '../cli/cli-bed.ts';
import { documentOf } from '../cli/run-cli.ts';

let bed: CliBed;
beforeAll(async () => {
  bed = await CliBed.open();
  await bed.run(['sync']);
});
afterAll(() => bed.close());

describe('faxsync report', () => {
  it('writes the page of the months that are asked for, for its owner alone, and says where', async () => {
    const { rows } = await bed.database.pool.query<{ count: string }>(
      `select sum(fax_count)::text as count from report.outcomes_by_day where usage_date between '2026-05-01' and '2026-05-31'`,
    );
    const { code, stdout, stderr } = await bed.run(['report', '--from', '2026-05', '--to', '2026-05']);
    expect([code, stderr]).toEqual([0, '']);
    const file = join(bed.home, 'report.html');
    expect(stdout).toContain('main, 1–31 May 2026, America/Chicago: ');
    expect(stdout).toContain(`Written: ${file}`);
    const page = await readFile(file, 'utf8');
    expect(page).toContain(`npm run -s faxsync -- sql --home ${bed.home}\n`);
    expect(page).toContain(`<dt>Faxes</dt><dd><div class="v">${Number(rows[0]?.count).toLocaleString('en-US')}</div>`);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  });

  it('takes a file of its own, and leaves the one that is there where it cannot write', async () => {
    const file = join(bed.home, 'may.html');
    const result = await bed.run(['report', '--to', '2026-05', '--out', file, '--json']);
    expect(documentOf(result)).toMatchObject({ ok: true, account: 'main', from: '2026-04-01', to: '2026-05-31', file });
    await writeFile(file, 'as it was');
    const failed = await bed.run(['report', '--out', join(file, 'x')]);
    expect(failed.code).toBe(1);
    expect(failed.stderr).toBe(
      'error: The page cannot be written (EEXIST). Check its folder and its rights, or name another file: --out <file>\n',
    );
    expect(await readFile(file, 'utf8')).toBe('as it was');
    expect((await readdir(bed.home)).filter((name) => name.endsWith('.part'))).toEqual([]);
  });

  it('ends with the last fax where none came for two weeks, and says so', async () => {
    const { rows } = await bed.database.pool.query<{ day: string }>(
      'select max(usage_date)::text as day from report.outcomes_by_day',
    );
    const lastFaxDay = rows[0]?.day ?? '';
    const file = join(bed.home, 'quiet.html');
    const { stderr, stdout } = await bed.run(['report', '--out', file]);
    expect(stderr).toMatch(
      new RegExp(
        `^warning: The copy has no fax since ${lastFaxDay}: the page ends there\\. The days since: faxsync report --to 20`,
      ),
    );
    expect(stdout).toContain('main, 1 May – 10 Jun 2026, ');
    expect(documentOf(await bed.run(['report', '--out', file, '--json']))).toMatchObject({
      to: lastFaxDay,
      lastFaxDay,
    });
  });

  it('ends with 64 for a range that is none', async () => {
    const { code, stderr } = await bed.run(['report', '--from', '2026-06', '--to', '2026-05']);
    expect(code).toBe(64);
    expect(stderr).toContain('The range ends (2026-05-31) before it begins (2026-06-01).');
  });
});
