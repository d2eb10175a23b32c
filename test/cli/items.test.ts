import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BED_NOW, CliBed } from './cli-bed.ts';
import { documentOf } from './run-cli.ts';

interface ItemsDocument {
  readonly has_more: boolean;
  readonly owed_cents: number;
  readonly items: ReadonlyArray<{
    readonly item_id: number;
    readonly check: string;
    readonly reason: string;
    readonly subject_id: string;
    readonly state: string;
    readonly cents: number;
    readonly owed_cents: number;
    readonly note: string | null;
    readonly owner: string | null;
    readonly ticket: string | null;
    readonly claimed_cents: number | null;
    readonly decided_by: string | null;
  }>;
}

const DAY = 86_400_000;
let bed: CliBed;
beforeAll(async () => {
  const billingErrors = { counts: { missed_credit: 6 }, from: BED_NOW - 25 * DAY, until: BED_NOW - 12 * DAY };
  bed = await CliBed.open({ world: { days: 30, faxesPerDay: 60, deletedTestShare: 0, billingErrors } });
  await bed.run(['sync']);
  await bed.run(['reconcile', '--period', '2026-05']);
});
afterAll(() => bed.close());

async function listed(...flags: readonly string[]): Promise<ItemsDocument> {
  return documentOf<ItemsDocument>(await bed.run(['items', '--json', ...flags]));
}

/** The item with that number, whatever its state. */
async function itemOf(id: number): Promise<ItemsDocument['items'][number] | undefined> {
  const states = 'open,explained,disputed,accepted,written_off,closed,cleared';
  const { items } = await listed('--states', states, '--limit', '1000');
  return items.find((item) => item.item_id === id);
}

describe('faxsync items', () => {
  it('lists what stands, with what is owed', async () => {
    const { items, owed_cents: owed } = await listed('--check', 'c10');
    expect(items.length).toBeGreaterThanOrEqual(6);
    expect(new Set(items.map(({ reason, state }) => `${reason} ${state}`))).toEqual(new Set(['missed_credit open']));
    expect(owed).toBe(items.reduce((sum, { cents }) => sum + cents, 0));
    const planted = bed.simulator.world.billingErrors(BED_NOW);
    expect(planted.length).toBeGreaterThan(0);
    for (const { subjectId, cents } of planted) {
      expect(items.find(({ subject_id: id }) => id === subjectId)?.cents).toBe(cents);
    }
    const plain = await bed.run(['items', '--owed']);
    expect(plain.stdout).toMatch(
      /^\d+ +main +2026-05 +C10 +fax \d+ +missed credit +error +open +\$\d+\.\d\d +\$\d+\.\d\d /m,
    );
  });

  it('narrows by month and says when there is more', async () => {
    expect(await listed('--period', '2026-05', '--check', 'C24')).toMatchObject({ items: [], never_reconciled: [] });
    const one = await listed('--limit', '1');
    expect(one.items).toHaveLength(1);
    expect(one.has_more).toBe(true);
  });

  it('lists with --holding as many as hold the month up, and nothing else', async () => {
    await bed.database.pool.query(
      `insert into recon.items (account_id, period, check_id, subject_kind, subject_id, grain, reason, severity, state, cents, owed_cents,
         opened_at, opened_run_id, changed_at, changed_run_id)
       select account_id, '2026-05-01', 'C99', 'day', s, 'period', 'test', s, 'open', 0, 0, now(), 1, now(), 1
       from warehouse.accounts, unnest(array['warn', 'info']) s`,
    );
    const { stderr } = await bed.run(['close', '--period', '2026-05', '--preparer', 'Ann']);
    const [, count, command = ''] =
      /(\d+) items that nobody has explained hold it up: "faxsync ([^"]+)" lists/.exec(stderr) ?? [];
    const { items } = await listed(...command.split(' ').slice(1), '--limit', '1000');
    expect(items).toHaveLength(Number(count));
    expect((await bed.run(['periods'])).stdout).toMatch(new RegExp(`^main +2026-05 .*\\b${count} items `, 'm'));
    const all = await listed('--period', '2026-05', '--limit', '1000');
    expect(all.items.filter(({ check }) => check === 'C99')).toHaveLength(2);
    expect(items.filter(({ check }) => check === 'C99')).toEqual([]);
  });

  it('says of a month that was never reconciled that nothing is known of it, and how to', async () => {
    const { code, stdout, stderr } = await bed.run(['items', '--period', '2026-04']);
    expect(code).toBe(0);
    expect(stderr).toBe('warning: main, 2026-04: never reconciled, so no item of it can be known.\n');
    expect(stdout).toContain(
      'Which months are known: faxsync periods. One that is not yet among them: faxsync reconcile',
    );
    expect(await listed('--period', '2026-04')).toMatchObject({ items: [], never_reconciled: ['main'] });
    const known = await bed.run(['items', '--period', '2026-05', '--check', 'C24']);
    expect(known.stderr).toBe('');
    expect(known.stdout).toContain('There is no such item.');
  });

  it('writes the list of money owed as CSV and nothing else', async () => {
    const { items, owed_cents: owed } = await listed('--owed', '--limit', '1000');
    const { code, stdout, stderr } = await bed.run(['items', '--owed', '--csv']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const lines = stdout.trimEnd().split('\n');
    expect(lines[0]).toBe(
      'item,check,fax_id,number,invoice_line,date,direction,pages,recipients,successful,charged,expected,owed,reason',
    );
    expect(lines).toHaveLength(items.length + 2);
    expect(lines.at(-1)).toBe(`total,,,,,,,,,,,,${(owed / 100).toFixed(2)},`);
    for (const line of lines.slice(1, -1)) {
      expect(line).toMatch(/^\d+,C10,\d+,,,2026-05-\d\d,sent,\d+,\d+,\d+,\d+\.\d\d,\d+\.\d\d,\d+\.\d\d,/);
    }
    expect(stdout).not.toMatch(/\+\d{6,}/);
  });

  it('is of one account where it is a file', async () => {
    const keys = { api_key: 'k', api_secret: 's' };
    const file = join(bed.home, 'accounts.json');
    await writeFile(
      file,
      JSON.stringify([
        { account: 'main', ...keys },
        { account: 'other', ...keys },
      ]),
    );
    const env = { FAXSYNC_ACCOUNTS_FILE: file, FAXSYNC_API_KEY: '', FAXSYNC_API_SECRET: '' };
    for (const flags of [['--owed', '--csv'], ['--csv']]) {
      const mixed = await bed.run(['items', ...flags], env);
      expect(mixed).toMatchObject({ code: 64, stdout: '' });
      expect(mixed.stderr).toContain('Say which: --account <key>');
      expect((await bed.run(['items', ...flags, '--account', 'main'], env)).stdout).toMatch(/^\d+,/m);
    }
  });

  it('warns where the time for disputes of what is owed is over or nearly so', async () => {
    const withDays = (days: number | null) =>
      bed.run(['items'], { FAXSYNC_RECONCILIATION: JSON.stringify({ dispute_days: days }) });
    // The command goes by the clock of this machine, on which May of 2026 is over for at least 30 days.
    expect((await withDays(30)).stderr).toMatch(
      /^warning: main, 2026-05: \d+ items to claim, and the contract took disputes until 2026-06-30\. Claim: /m,
    );
    const until = (days: number) => Math.ceil((Date.now() - Date.UTC(2026, 5, 1)) / DAY) + days;
    expect((await withDays(until(7))).stderr).toContain('and the contract takes disputes until ');
    expect((await withDays(until(30))).stderr).not.toContain('disputes until');
    expect((await withDays(null)).stderr).not.toContain('disputes until');
  });

  it.each([
    [['--states', 'lost'], 'Write of open, explained'],
    [['--check', 'C25'], 'Write C1 to C24'],
    [['--period', 'May'], 'Write a month such as 2026-10'],
  ])('refuses %j', async (flags, fault) => {
    const { code, stderr } = await bed.run(['items', ...flags]);
    expect(code).toBe(64);
    expect(stderr).toContain(fault);
  });
});

describe('a decision about items', () => {
  it('is written with who, why and what is claimed', async () => {
    const [first, second, third] = (await listed('--owed')).items;
    const ids = [first, second].map((item) => String(item?.item_id));
    const disputed = await bed.run([
      'items',
      'dispute',
      ids.join(','),
      '--ticket',
      '4711',
      '--by',
      ' Ann Lee ',
      '--json',
    ]);
    expect(disputed.code).toBe(0);
    expect(documentOf(disputed)).toMatchObject({
      ok: true,
      account: 'main',
      state: 'disputed',
      changed: 2,
      item_ids: ids.map(Number),
    });
    expect(await itemOf(Number(ids[0]))).toMatchObject({
      state: 'disputed',
      ticket: '4711',
      decided_by: 'Ann Lee',
      claimed_cents: first?.owed_cents,
    });
    const assigned = await bed.run([
      'items',
      'assign',
      String(third?.item_id),
      '--owner',
      'Ben Ash',
      '--by',
      'Ann Lee',
    ]);
    expect(assigned.stdout).toMatch(/^1 item changed\.( \(|$)/m);
    expect(await itemOf(third?.item_id ?? 0)).toMatchObject({ state: 'open', owner: 'Ben Ash' });
    const explained = await bed.run([
      'items',
      'explain',
      String(third?.item_id),
      '--note',
      'agreed by mail',
      '--by',
      'Ann',
    ]);
    expect(explained.stdout).toContain(
      '1 item explained. Reconcile again to see whether the month is ready: faxsync reconcile --period 2026-05',
    );
    const sent = (await bed.run(['items', '--owed', '--csv'])).stdout;
    expect(sent).toContain(`\n${ids[0]},C10,`);
    expect(sent).not.toContain(`\n${third?.item_id},C10,`);
    expect(await itemOf(third?.item_id ?? 0)).toMatchObject({
      state: 'explained',
      note: 'agreed by mail',
      decided_by: 'Ann',
    });
    const story = await bed.run(['explain', String(third?.subject_id)]);
    expect(story.stdout).toMatch(/ event +item \d+: item explained, by Ann \(event \d+\)$/m);
  });

  it('is refused where it lacks what it needs, and changes nothing', async () => {
    const item = (await listed('--states', 'open', '--owed')).items[0];
    const id = String(item?.item_id);
    for (const [args, fault, expected = 1] of [
      [['accept', id, '--by', 'Ann'], 'Give a note', 64],
      [['dispute', id, '--by', 'Ann'], 'number of the dispute', 64],
      [['close', id, '--by', 'Ann'], 'Explain, dispute, accept or write it off first'],
      [['explain', id, '999999', '--note', 'x', '--by', 'Ann'], 'has no item 999999', 64],
      [['write-off', id, '--note', 'x', '--by', 'Ann', '--approver', 'ANN'], 'second person', 64],
      [['assign', id, '--credited', '5000', '--by', 'Ann'], 'A sum is of each item', 64],
      [['explain', id, '--note', 'x', '--by', 'faxsync'], 'No name of a person', 64],
    ] as const) {
      const { code, stderr } = await bed.run(['items', ...args]);
      expect(code, stderr).toBe(expected);
      expect(stderr).toContain(fault);
    }
    expect(await itemOf(Number(id))).toMatchObject({ state: 'open', note: null });
  });

  it.each([
    [['explain', '1', '--note', 'x'], "required option '--by <name>' not specified"],
    [['explain', 'first', '--by', 'Ann'], 'The number of an item is a whole number'],
    [['explain', ',', '--by', 'Ann'], 'several have a space or a comma between: 12 13'],
    [['dispute', '1', '--by', 'Ann', '--claimed', '1.234'], 'Write dollars such as 12.50'],
    [['explain', '1', '--by', ' '], 'Write a name'],
  ])('ends with 64 for %j', async (args, fault) => {
    const { code, stderr } = await bed.run(['items', ...args]);
    expect(code).toBe(64);
    expect(stderr).toContain(fault);
  });
});
