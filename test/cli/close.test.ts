import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ReaderLogin, readerOf } from '../support/reader-login.ts';
import { CliBed } from './cli-bed.ts';
import { documentOf, runCli } from './run-cli.ts';

interface PeriodsDocument {
  readonly periods: ReadonlyArray<{
    readonly period: string;
    readonly state: string;
    readonly waits_for: readonly string[];
    readonly charged_cents: number | null;
    readonly billed_cents: number | null;
    readonly prepared_by: string | null;
    readonly approved_by: string | null;
    readonly closing_no: number;
  }>;
}

interface ClosedDocument {
  readonly state: string;
  readonly closing_no: number;
  readonly line_count: number;
  readonly billed_cents: number;
  readonly lines_digest: string;
  readonly head: string;
}

let bed: CliBed;
let folder: string;
let reader: ReaderLogin;
beforeAll(async () => {
  // The world stands still in June; by our own clock no credit of it is late.
  bed = await CliBed.open({}, { FAXSYNC_RECONCILIATION: '{"credit_days": 3000}' });
  folder = join(bed.home, 'proof');
  reader = await readerOf(bed.database);
  await bed.run(['sync']);
  // Settled in a year from its end, so not yet.
  await bed.run(['reconcile', '--period', '2026-05', '--reconciliation', '{"credit_days": 3000, "settle_days": 366}']);
});
afterAll(async () => {
  await bed.close();
  await reader.drop();
});

const close = (...flags: readonly string[]) => bed.run(['close', '--period', '2026-05', ...flags]);

async function month(): Promise<PeriodsDocument['periods'][number] | undefined> {
  const { periods } = documentOf<PeriodsDocument>(await bed.run(['periods', '--json']));
  return periods.find(({ period }) => period === '2026-05');
}

describe('faxsync close', () => {
  it('prepares no month that is not ready, and says what it lacks', async () => {
    expect(await month()).toMatchObject({ state: 'settling', waits_for: ['settling'], billed_cents: null });
    const { code, stderr } = await close('--preparer', 'Ann');
    expect(code).toBe(1);
    expect(stderr).toContain('Month 2026-05 of account main is settling and cannot become prepared.');
    expect(stderr).toContain('It settles on 2027-06-02');
    expect((await bed.run(['periods'])).stdout).toMatch(/^main +2026-05 +settling +2027-06-02 +its settling day /m);
  });

  it('closes a month by two people', async () => {
    await bed.run(['reconcile', '--period', '2026-05']);
    expect(await month()).toMatchObject({ state: 'ready', waits_for: ['preparer'] });
    const early = await close('--approver', 'Ben Ash');
    expect(early.stderr).toContain('faxsync close --period 2026-05 --preparer <name>');
    const prepared = await close('--preparer', 'Ann Lee', '--statement', 'all explained');
    expect(prepared.code).toBe(0);
    expect(prepared.stdout).toMatch(/^main, 2026-05: prepared by Ann Lee, by run \d+ as of /m);
    const alone = await close('--approver', ' ann LEE ');
    expect(alone).toMatchObject({ code: 1 });
    expect(alone.stderr).toContain('Who prepared month 2026-05 cannot approve it.');
    const closed = await close('--approver', 'Ben Ash', '--json');
    expect(closed).toMatchObject({ code: 0, stderr: '' });
    const { rows } = await bed.database.pool.query<{ lines: number; cents: number }>(
      `select count(*)::integer as lines, sum(cents)::integer as cents from recon.bill_lines where billing_period = '2026-05-01'`,
    );
    expect(documentOf<ClosedDocument>(closed)).toMatchObject({
      state: 'closed',
      closing_no: 1,
      line_count: rows[0]?.lines,
      billed_cents: rows[0]?.cents,
      lines_digest: expect.stringMatching(/^[0-9a-f]{64}$/),
      head: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    expect(await month()).toMatchObject({
      state: 'closed',
      charged_cents: rows[0]?.cents,
      billed_cents: rows[0]?.cents,
      prepared_by: 'Ann Lee',
      approved_by: 'Ben Ash',
    });
  });

  it('leaves its copy of an item as it was closed, and says so to who decides about the living one', async () => {
    const { rows } = await bed.database.pool.query<{ id: string }>(
      `insert into recon.items (account_id, period, check_id, subject_kind, subject_id, grain, reason, severity, state, cents, owed_cents,
         opened_at, opened_run_id, changed_at, changed_run_id)
       select account_id, '2026-05-01', 'C99', 'fax', '1', 'period', 'missed_credit', 'info', 'open', 7, 7, now(), 1, now(), 1
       from warehouse.accounts returning item_id as id`,
    );
    const args = ['items', 'accept', String(rows[0]?.id), '--note', 'below a dollar', '--by', 'Ann'];
    const plain = await bed.run(args);
    expect(plain).toMatchObject({ code: 0, stderr: '' });
    expect(plain.stdout).toContain(
      'main, 2026-05 is closed: its copy of the items stays as it was closed, only the living items change.',
    );
    expect(plain.stdout).toMatch(/1 item accepted\.(?! Reconcile)/);
    const document = documentOf(await bed.run(['items', 'open', String(rows[0]?.id), '--by', 'Ann', '--json']));
    expect(document).toMatchObject({ changed: 1, closed_months: ['2026-05'] });
  });

  it('is told in the life of each fax of the bill', async () => {
    const { rows } = await bed.database.pool.query<{ fax_id: string; cents: number }>(
      `select subject_id as fax_id, cents::integer as cents from recon.bill_lines where charge_kind = 'fax' order by cents desc, subject_id limit 1`,
    );
    const { stdout } = await bed.run(['explain', String(rows[0]?.fax_id), '--json']);
    const { timeline } = JSON.parse(stdout) as {
      timeline: ReadonlyArray<{ kind: string; text: string; cents: number }>;
    };
    const billed = timeline.filter(({ kind }) => kind === 'billed');
    expect(billed).toMatchObject([{ text: expect.stringMatching(/^billed in 2026-05: \$/), cents: rows[0]?.cents }]);
    expect(timeline.some(({ kind, text }) => kind === 'run' && text.includes('nothing about it differs'))).toBe(true);
  });

  it.each([
    [[], 'Give --preparer to prepare'],
    [['--preparer', 'Ann', '--approver', 'Ben'], 'two steps of two people'],
    [['--reopen', '--approver', 'Ben'], '--reopen needs --reason, why'],
    [['--reopen', '--reason', 'x'], '--reopen needs --approver, who'],
    [['--reopen'], '--reopen needs --approver, who opens the month again, and --reason, why.'],
    [['--reopen', '--preparer', 'Ann'], 'not with --preparer'],
    [['--approver', 'Ben', '--reason', 'x'], '--reason goes with --reopen only.'],
    [['--approver', 'Ben', '--statement', 'x'], '--statement goes with --preparer only'],
  ])('ends with 64 for %j', async (flags, fault) => {
    const { code, stderr } = await close(...flags);
    expect(code).toBe(64);
    expect(stderr).toContain(fault);
  });
});

describe('faxsync proof', () => {
  it('is written of a closed month and verifies without a database', async () => {
    const written = await bed.run(['proof', '--period', '2026-05', '--out', folder, '--json']);
    expect(written).toMatchObject({ code: 0, stderr: '' });
    const { head, digest } = documentOf<{ head: string; digest: string }>(written);
    for (const noted of [head, digest]) {
      const verified = await runCli(['proof', '--verify', folder, '--head', noted, '--json']);
      expect(verified).toMatchObject({ code: 0, stderr: '' });
      expect(documentOf(verified)).toMatchObject({ ok: true, account: 'main', period: '2026-05', closing_no: 1 });
    }
    const plain = await runCli(['proof', '--verify', folder]);
    expect(plain.stdout).toMatch(/^lines +yes +[\d,]+ lines give the digest and the sums of 1 closing$/m);
    expect(plain.stdout).toMatch(/^closing +yes +main, 2026-05, closing 1, \$[\d,]+\.\d\d billed$/m);
    expect(plain.stdout).toContain('The proof holds.');
    const lines = await readFile(join(folder, 'lines.csv'), 'utf8');
    expect(lines.split('\n')[0]).toBe(
      'closing_no,usage_date,charge_kind,subject_id,charge_period,is_correction,quantity,cents',
    );
  });

  it('is the same where it is written by a login that only reads, which can explain a fax as well', async () => {
    const again = join(bed.home, 'by-a-reader');
    const env = { FAXSYNC_DATABASE_URL: reader.url };
    const written = await bed.run(['proof', '--period', '2026-05', '--out', again, '--json'], env);
    expect(written).toMatchObject({ code: 0, stderr: '' });
    for (const file of ['closing.json', 'items.csv', 'lines.csv', 'events.csv']) {
      expect(await readFile(join(again, file), 'utf8')).toBe(await readFile(join(folder, file), 'utf8'));
    }
    const { rows } = await reader.pool.query<{ id: string }>('select min(fax_id)::text as id from warehouse.faxes');
    const explained = await bed.run(['explain', String(rows[0]?.id)], env);
    expect(explained.code).toBe(0);
    expect(explained.stdout).toContain('What could not be taken as sent is not told: this login may not read it.');
  });

  it('ends with 2 and names the file where one byte was changed', async () => {
    const path = join(folder, 'lines.csv');
    const text = await readFile(path, 'utf8');
    const at = text.indexOf(',fax,') + 5;
    await writeFile(path, `${text.slice(0, at)}9${text.slice(at + 1)}`);
    const { code, stdout, stderr } = await runCli(['proof', '--verify', folder]);
    await writeFile(path, text);
    expect(code).toBe(2);
    expect(stderr).toContain('warning: file lines.csv: lines.csv was changed');
    expect(stdout).toContain('The proof does NOT hold');
    expect((await runCli(['proof', '--verify', folder])).code).toBe(0);
  });

  it('ends with 2 where a digest that was noted is no part of it', async () => {
    const { code, stderr } = await runCli(['proof', '--verify', folder, '--head', 'a'.repeat(64)]);
    expect(code).toBe(2);
    expect(stderr).toContain('warning: head: the digest that was noted is no part of it');
  });

  it('is refused for a month that was never closed, and into a folder that is not empty', async () => {
    const open = await bed.run(['proof', '--period', '2026-06', '--out', join(bed.home, 'other')]);
    expect(open.code).toBe(1);
    expect(open.stderr).toContain('Month 2026-06 of account main was never closed');
    const full = await bed.run(['proof', '--period', '2026-05', '--out', folder]);
    expect(full.code).toBe(64);
    expect(full.stderr).toContain('not empty');
  });

  it.each([
    [[], 'Give --period and --out'],
    [['--verify', 'x', '--period', '2026-05'], 'Give --period and --out'],
    [['--verify', 'x', '--head', 'abc'], '64 hexadecimal digits'],
    [['--verify', 'no-such-folder'], 'The folder of --verify cannot be read'],
  ])('ends with 64 for %j', async (flags, fault) => {
    const { code, stderr } = await runCli(['proof', ...flags]);
    expect(code).toBe(64);
    expect(stderr).toContain(fault);
  });
});

describe('a month that is opened again', () => {
  it('keeps its lines, and its next closing adds what is different', async () => {
    const first = await month();
    const reopened = await close('--reopen', '--approver', 'Ben Ash', '--reason', 'a credit came late');
    expect(reopened.stdout).toContain('main, 2026-05: opened again by Ben Ash; its lines stay as they were closed');
    await bed.run(['reconcile', '--period', '2026-05']);
    expect(await month()).toMatchObject({ state: 'ready' });
    await bed.run(['reconcile', '--period', '2026-06']);
    await close('--preparer', 'Ann Lee');
    const closed = documentOf<ClosedDocument>(await close('--approver', 'Ben Ash', '--json'));
    expect(closed).toMatchObject({ closing_no: 2, line_count: 0, billed_cents: 0, next_open: '2026-06' });
    expect((await month())?.billed_cents).toBe(first?.billed_cents);
    const again = join(bed.home, 'proof-2');
    await bed.run(['proof', '--period', '2026-05', '--out', again]);
    const verified = await runCli(['proof', '--verify', again, '--json']);
    expect(documentOf(verified)).toMatchObject({ ok: true, closing_no: 2 });
  });
});
