import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CliBed } from './cli-bed.ts';
import { documentOf } from './run-cli.ts';

interface ReconcileDocument {
  readonly ok: boolean;
  readonly accounts: ReadonlyArray<{
    readonly account: string;
    readonly periods: ReadonlyArray<{
      readonly period: string;
      readonly run_id: number;
      readonly as_of: string;
      readonly is_repeat: boolean;
      readonly charged_cents: number;
      readonly unexplained_cents: number;
      readonly tested: { readonly count: number; readonly by_prices_seen: number };
      readonly exceptions: Readonly<Record<string, number>>;
      readonly checks: ReadonlyArray<{ readonly check: string; readonly outcome: string; readonly open_items: number }>;
    }>;
  }>;
}

let bed: CliBed;
beforeAll(async () => {
  // The world stands still in June; by our own clock no credit of it is late.
  bed = await CliBed.open({}, { FAXSYNC_RECONCILIATION: '{"credit_days": 3000}' });
  await bed.run(['sync']);
});
afterAll(() => bed.close());

async function reconciled(...flags: readonly string[]) {
  const result = await bed.run(['reconcile', '--json', ...flags]);
  const document = documentOf<ReconcileDocument>(result);
  return { result, document, months: document.accounts[0]?.periods ?? [] };
}

/** Somebody's own statement, past every trigger; the sums of reports follow. */
async function tamper(sql: string): Promise<void> {
  const client = await bed.database.pool.connect();
  try {
    await client.query('begin; set local session_replication_role = replica');
    await client.query(sql);
    await client.query('select rollup.rebuild(account_id) from warehouse.accounts');
    await client.query('commit');
  } finally {
    client.release();
  }
}

describe('faxsync reconcile', () => {
  it('finds nothing to explain in an honest month', async () => {
    const { result, document, months } = await reconciled('--period', '2026-05');
    expect(result).toMatchObject({ code: 0, stderr: '' });
    expect(document.ok).toBe(true);
    const [month] = months;
    expect(month).toMatchObject({
      period: '2026-05',
      is_repeat: false,
      unexplained_cents: 0,
      exceptions: { error: 0, warn: 0 },
    });
    const { rows } = await bed.database.pool.query<{ cents: number }>(
      `select sum(cents)::integer as cents from warehouse.charges where usage_date between '2026-05-01' and '2026-05-31'`,
    );
    expect(month?.charged_cents).toBe(rows[0]?.cents);
    expect(month?.checks.map(({ check }) => check)).toEqual(expect.arrayContaining(['C1', 'C6', 'C10', 'C14']));
  });

  it('says so where nothing changed since the run before', async () => {
    const { months } = await reconciled('--period', '2026-05');
    expect(months[0]?.is_repeat).toBe(true);
  });

  it('takes the months that are due where none is named', async () => {
    const { months } = await reconciled();
    // The present one, the one before, and what is not closed.
    expect(months).toHaveLength(3);
    expect(months.map(({ period }) => period)).toContain('2026-05');
  });

  it('ends with 2 while a difference stands, and names check, cents and what to do', async () => {
    await tamper(`update warehouse.faxes set cost_cents = cost_cents + 14
      where fax_id = (select min(fax_id) from warehouse.faxes where created_at < '2026-06-01' and is_test is not true and cost_cents > 0 and stage = 3)`);
    const plain = await bed.run(['reconcile', '--period', '2026-05']);
    expect(plain.code).toBe(2);
    expect(plain.stdout).toMatch(/^main, 2026-05: charged \$[\d,]+\.\d\d for [\d,]+ faxes, unexplained \$0\.14, /m);
    expect(plain.stdout).toMatch(/^C6 +uniqueness +exception +[\d,]+ .*\$0\.14 +1$/m);
    expect(plain.stdout).toContain('A difference stands in 2026-05');
    expect(plain.stderr).toMatch(
      /^warning: main, 2026-05: C6 1 item open, \$0\.14, mostly .* Row by row: faxsync items --period 2026-05 --check C6$/m,
    );
    const { result, months } = await reconciled('--period', '2026-05');
    expect(result.code).toBe(2);
    expect(months[0]).toMatchObject({ unexplained_cents: 14, exceptions: { error: 1 } });
  });

  it('ends with 2 also where it stands in a month that was not run, unless one is named', async () => {
    // That nobody looked in the present month, by our own clock, is let be.
    const { items } = documentOf<{ items: ReadonlyArray<{ item_id: number; period: string }> }>(
      await bed.run(['items', '--states', 'open', '--limit', '1000', '--json']),
    );
    const others = items.filter(({ period }) => period !== '2026-05').map(({ item_id: id }) => String(id));
    await bed.run(['items', 'accept', ...others, '--note', 'the world stands still', '--by', 'Ann Lee']);
    const { result, document, months } = await reconciled('--hourly');
    const [month] = months.map(({ period }) => period);
    expect(month).not.toBe('2026-05');
    expect({ code: result.code, ok: document.ok }).toEqual({ code: 2, ok: false });
    const plain = await bed.run(['reconcile', '--hourly']);
    expect(plain.stdout).toContain('A difference stands in a month that was not due');
    expect((await reconciled('--hourly', '--period', month ?? '')).result.code).toBe(0);
  });

  it('says of which faxes no list told the price', async () => {
    const { months } = await reconciled('--period', '2026-05');
    const { rows } = await bed.database.pool.query<{ faxes: number }>(
      `select count(*)::integer as faxes from warehouse.charges where usage_date between '2026-05-01' and '2026-05-31'`,
    );
    expect(rows[0]?.faxes).toBeGreaterThan(0);
    // The list was first read in June, after all of them.
    const [month] = months;
    expect(month?.tested.count).toBeGreaterThan(0);
    expect(month?.tested.by_prices_seen).toBe(month?.tested.count);
    const { stdout } = await bed.run(['reconcile', '--period', '2026-05']);
    expect(stdout).toMatch(
      /^ *agree with their price: .* \(0 by a list, [\d,]+ older than it or not on it, by prices seen on others\), /m,
    );
  });

  it('knows as of an instant nothing that was looked at later', async () => {
    const { months } = await reconciled('--period', '2026-05', '--as-of', '2026-06-01T00:00:00Z');
    expect(months[0]).toMatchObject({ as_of: '2026-06-01T00:00:00.000Z', charged_cents: 0 });
  });

  it('runs the checks of every hour alone where asked to', async () => {
    const { months } = await reconciled('--period', '2026-05', '--hourly');
    const ran = months[0]?.checks.filter(({ open_items: open }) => open === 0).map(({ check }) => check);
    expect(ran).toContain('C1');
    expect(ran).not.toContain('C10');
  });

  it('fails where nothing was ever loaded, for that is no bill that agrees', async () => {
    const { code, stdout, stderr } = await bed.run(['reconcile', '--account', 'other']);
    expect(code).toBe(1);
    expect(stderr).toContain('other: nothing is loaded that could be reconciled');
    expect(stdout).toContain('Nothing is known, so nothing was held against anything.');
  });

  it('leaves out the account that is younger than the month that is named, and fails where none has it', async () => {
    const file = join(bed.home, 'accounts.json');
    const { FAXSYNC_API_KEY: key, FAXSYNC_API_SECRET: secret } = bed.env;
    const accounts = ['young', 'main'].map((account) => ({ account, api_key: key, api_secret: secret }));
    await writeFile(file, JSON.stringify(accounts), { mode: 0o600 });
    await bed.database.pool.query(
      `insert into warehouse.accounts (account_key, billing_zone, created_at) values ('young', 'UTC', now())`,
    );
    const env = { FAXSYNC_ACCOUNTS_FILE: file, FAXSYNC_API_KEY: '', FAXSYNC_API_SECRET: '' };
    const { code, stdout, stderr } = await bed.run(['reconcile', '--period', '2026-05', '--hourly'], env);
    expect([code, stderr]).toEqual([2, expect.stringMatching(/^warning: Nothing is known of young in 2026-05: /)]);
    expect(stdout).toMatch(/^main, 2026-05: charged /m);
    expect((await bed.run(['reconcile', '--period', '2020-05'], env)).code).toBe(1);
  });

  it.each([
    [['--period', '2026-13'], 'Write a month such as 2026-10'],
    [['--as-of', '2026-06-01'], 'Write an instant with its offset'],
    [['--period', '2006-10'], 'Nothing is known of main in 2006-10: its months are 2026-05 to '],
    [['--period', '2026-05', '--as-of', new Date(Date.now() + 86_400_000).toISOString()], 'which has not come yet'],
  ])('refuses %j', async (flags, fault) => {
    const { code, stderr } = await bed.run(['reconcile', ...flags]);
    expect(code).toBe(64);
    expect(stderr).toContain(fault);
  });
});
