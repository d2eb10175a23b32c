import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { markDemoHome } from '../../src/cli/demo/demo-mark.ts';
import { FolderLandingZone } from '../../src/landing/folder.ts';
import { freshEmptyDatabase } from '../support/database.ts';
import { envelopeOf } from '../support/landed.ts';
import { warehouseContent } from '../support/warehouse-content.ts';
import { CliBed } from './cli-bed.ts';
import { documentOf, runCli, withoutProgress } from './run-cli.ts';

interface SyncDocument {
  readonly ok: boolean;
  readonly accounts: ReadonlyArray<{
    readonly landed_objects: number;
    readonly left_over_objects: number;
    readonly loaded_objects: number;
    readonly failed_objects: number;
    readonly records: number;
    readonly new_records: number;
    readonly error: { readonly code: string; readonly message: string } | null;
  }>;
}

interface StatusDocument {
  readonly ok: boolean;
  readonly accounts: ReadonlyArray<{
    readonly cursors: ReadonlyArray<{ readonly pass: string; readonly lag_ms: number | null }>;
    readonly objects: { readonly landed: number; readonly unloaded: number };
    readonly mirror: { readonly rows: Record<string, number>; readonly faxes: Record<string, number> };
    readonly warnings: readonly string[];
  }>;
}

let bed: CliBed;
beforeAll(async () => {
  bed = await CliBed.open();
});
afterAll(() => bed.close());

describe('faxsync sync', () => {
  it('mirrors an account over v2.1 and says so in one document', async () => {
    const result = await bed.run(['sync', '--json']);
    expect(result).toMatchObject({ code: 0, stderr: '' });
    const { ok, accounts } = documentOf<SyncDocument>(result);
    expect(ok).toBe(true);
    expect(accounts[0]).toMatchObject({ failed_objects: 0, error: null, left_over_objects: 0 });
    expect(accounts[0]?.loaded_objects).toBe(accounts[0]?.landed_objects);
    const { tables, money } = await bed.compareFaxes();
    expect(tables.length).toBeGreaterThanOrEqual(4);
    expect(tables.filter(({ differing }) => differing > 0)).toEqual([]);
    expect(money.differingDays).toEqual([]);
    expect(money.warehouseCents).toBeGreaterThan(0);
  });

  it('says where the key is missing that the demo made this home, and of another home nothing of it', async () => {
    const home = await mkdtemp(join(tmpdir(), 'faxsync-sync-'));
    try {
      const plain = await runCli(['sync'], { FAXSYNC_HOME: home });
      await markDemoHome(home, 'main');
      const demo = await runCli(['sync'], { FAXSYNC_HOME: home });
      const other = await runCli(['sync'], { FAXSYNC_HOME: home, FAXSYNC_ACCOUNT: 'clinic' });
      expect([plain.code, demo.code, other.code]).toEqual([64, 64, 64]);
      for (const { stderr } of [plain, demo, other]) expect(stderr).toContain('FAXSYNC_API_KEY is missing');
      for (const { stderr } of [plain, other]) expect(stderr).not.toContain('demo');
      expect(demo.stderr).toContain(`The demo made the home ${home}, and its pretend provider is gone`);
    } finally {
      await rm(home, { recursive: true });
    }
  });

  it('finds nothing new the second time and writes plain lines on a pipe', async () => {
    const result = await bed.run(['sync']);
    expect(withoutProgress(result)).toMatchObject({ code: 0, stderr: '' });
    expect(result.stdout).toMatch(/^faxsync sync\nmain: [^\n]+\nDone in [^\n]+\n$/);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that there are none is the claim.
    expect(result.stdout).not.toMatch(/[\u001b\r]/);
  });

  it('loads what an earlier run landed and did not load', async () => {
    const gone = await bed.database.pool.query(
      `delete from ops.landed_objects where landed_key in (select landed_key from ops.landed_objects order by 1 limit 2)`,
    );
    expect(gone.rowCount).toBe(2);
    const { accounts } = documentOf<SyncDocument>(await bed.run(['sync', '--json']));
    expect(accounts[0]?.left_over_objects).toBe(2);
    const { accounts: after } = documentOf<SyncDocument>(await bed.run(['sync', '--json']));
    expect(after[0]?.left_over_objects).toBe(0);
  });

  it('is not held up by an object that cannot be loaded, and names it', async () => {
    const landing = new FolderLandingZone(join(bed.home, 'landing'));
    const { key } = await landing.put(envelopeOf({ observation: 1, at: Date.UTC(2026, 0, 1), stream: 'later' }, []));
    const result = await bed.run(['sync', '--json']);
    expect(result.code).toBe(1);
    const { ok, accounts } = documentOf<SyncDocument>(result);
    expect(ok).toBe(false);
    expect(accounts[0]).toMatchObject({ failed_objects: 1, error: { code: 'objects_not_loaded' } });
    expect(accounts[0]?.loaded_objects).toBe(accounts[0]?.landed_objects);
    expect(result.stderr).toMatch(/^error: 1 landed object could not be loaded[^\n]+\n$/);
    await rm(join(bed.home, 'landing', key));
    expect((await bed.run(['sync'])).code).toBe(0);
  });

  it('ends in order on Ctrl-C while it watches', async () => {
    const watch = bed.start(['sync', '--watch', '--every', '3600']);
    await watch.said(/main: /);
    watch.child.kill('SIGINT');
    expect(withoutProgress(await watch.ended)).toMatchObject({ code: 0, stderr: '' });
  });

  it('asks for the schema on a database that has none, and runs once it is there', async () => {
    const empty = await freshEmptyDatabase();
    try {
      const env = { FAXSYNC_DATABASE_URL: empty.url, FAXSYNC_HOME: join(bed.home, 'other') };
      const refused = await bed.run(['sync'], env);
      expect(refused.code).toBe(1);
      expect(refused.stderr).toMatch(/^error: [^\n]*no faxsync schema yet[^\n]*faxsync migrate[^\n]*\n$/);
      const migrated = await bed.run(['migrate', '--json'], env);
      expect(migrated.code).toBe(0);
      expect(documentOf<{ applied: string[] }>(migrated).applied.length).toBeGreaterThan(0);
      expect(documentOf(await bed.run(['migrate', '--json'], env))).toMatchObject({ ok: true, applied: [] });
      expect((await bed.run(['sync'], env)).code).toBe(0);
    } finally {
      await empty.drop();
    }
  });
});

describe('faxsync status', () => {
  it('says what is there, and how far each pass is', async () => {
    const result = await bed.run(['status', '--json']);
    expect(result.code).toBe(0);
    const { accounts } = documentOf<StatusDocument>(result);
    const { rows } = await bed.database.pool.query<{ faxes: number }>(
      'select count(*)::integer as faxes from warehouse.faxes',
    );
    expect(accounts[0]?.mirror.rows['warehouse.faxes']).toBe(rows[0]?.faxes);
    expect(accounts[0]?.objects.unloaded).toBe(0);
    expect(accounts[0]?.cursors.find(({ pass }) => pass === 'backfill')?.lag_ms).toBe(0);
  });

  it('ends with 2 under --check when something needs a look', async () => {
    expect((await bed.run(['status', '--check'])).code).toBe(0);
    const landing = new FolderLandingZone(join(bed.home, 'landing'));
    const { key } = await landing.put(envelopeOf({ observation: 1, at: Date.UTC(2026, 0, 1), stream: 'later' }, []));
    const result = await bed.run(['status', '--check']);
    await rm(join(bed.home, 'landing', key));
    expect(result.code).toBe(2);
    expect(result.stderr).toContain('1 landed object not loaded');
  });
});

describe('faxsync backfill', () => {
  it('reads a range again and says when it was read before', async () => {
    const range = ['backfill', '--from', '2026-05-20', '--to', '2026-05-25T00:00:00-05:00'];
    const before = await warehouseContent(bed.database.pool);
    const first = documentOf<SyncDocument>(await bed.run([...range, '--json']));
    expect(first.accounts[0]?.error).toBeNull();
    expect((await warehouseContent(bed.database.pool))['faxes']).toEqual(before['faxes']);
    expect(first.accounts[0]?.records).toBeGreaterThan(100);
    const again = await bed.run(range);
    expect(again.code).toBe(0);
    expect(again.stdout).toContain('this very range was read before');
  });

  it.each([
    [['--from', 'yesterday'], '--from is neither a day nor an instant'],
    [['--from', '2026-05-20', '--to', '2026-05-20'], '--from is not before --to'],
  ])('refuses %j', async (flags, fault) => {
    const result = await bed.run(['backfill', ...flags]);
    expect(result.code).toBe(64);
    expect(result.stderr).toContain(fault);
  });
});

describe('faxsync replay', () => {
  it('empties nothing without a word of agreement', async () => {
    const before = await warehouseContent(bed.database.pool);
    const result = await bed.run(['replay']);
    expect(result.code).toBe(64);
    expect(result.stderr).toContain('--yes');
    expect(await warehouseContent(bed.database.pool)).toEqual(before);
  });

  it('builds the same warehouse anew', async () => {
    const before = await warehouseContent(bed.database.pool);
    const result = await bed.run(['replay', '--yes', '--json']);
    expect(result).toMatchObject({ code: 0, stderr: '' });
    expect(documentOf(result)).toMatchObject({ ok: true, left_objects: 0 });
    expect(await warehouseContent(bed.database.pool)).toEqual(before);
  });
});

describe('a cursor in the future', () => {
  it('makes sync fail by name and is something to look at', async () => {
    const env = { FAXSYNC_ACCOUNT: 'ahead' };
    expect((await bed.run(['sync'], env)).code).toBe(0);
    const moved = await bed.database.pool.query(
      `insert into ops.sync_cursors (account, stream, pass, position_at, moved_at, fence)
       select account, stream, 'head', now() + interval '400 days', moved_at, fence
       from ops.sync_cursors where account = 'ahead' and stream = 'faxes' and pass = 'start'`,
    );
    expect(moved.rowCount).toBe(1);
    const synced = await bed.run(['sync', '--json'], env);
    expect(synced.code).toBe(1);
    expect(documentOf<SyncDocument>(synced).accounts[0]?.error?.code).toBe('cursor_in_future');
    const status = await bed.run(['status', '--check', '--json'], env);
    expect(status.code).toBe(2);
    expect(documentOf<StatusDocument>(status).accounts[0]?.warnings).toContainEqual(
      expect.stringContaining('its cursor lies in the future'),
    );
  });
});

describe('faxsync sync, several accounts', () => {
  it('works on them side by side and names the one that fails', async () => {
    const { apiKey, apiSecret } = bed.simulator.credentials;
    const file = join(bed.home, 'accounts.json');
    const env = {
      FAXSYNC_ACCOUNTS_FILE: file,
      FAXSYNC_API_KEY: '',
      FAXSYNC_API_SECRET: '',
      FAXSYNC_HOME: join(bed.home, 'several'),
    };
    const write = (westSecret: string) =>
      writeFile(
        file,
        JSON.stringify([
          { account: 'east', api_key: apiKey, api_secret: apiSecret },
          { account: 'west', api_key: apiKey, api_secret: westSecret, api_version: 'v1' },
        ]),
      );
    await write('wrong');
    const failed = await bed.run(['sync', '--json'], env);
    expect(failed.code).toBe(1);
    expect(failed.stderr).toMatch(/^error: Account west: The provider refused our credentials/m);
    expect(documentOf<SyncDocument>(failed).accounts.map(({ error }) => error?.code ?? null)).toEqual([
      null,
      'provider_auth',
    ]);
    await write(apiSecret);
    expect((await bed.run(['sync'], env)).code).toBe(0);
    const { rows } = await bed.database.pool.query<{ account_key: string; faxes: number }>(
      `select account_key, count(*)::integer as faxes from warehouse.faxes join warehouse.accounts using (account_id)
       where account_key in ('east', 'west') group by account_key order by account_key`,
    );
    expect(rows.map(({ account_key }) => account_key)).toEqual(['east', 'west']);
    expect(new Set(rows.map(({ faxes }) => faxes)).size).toBe(1);
  });
});

describe('faxsync sync --watch', () => {
  it('goes on when one list is refused, and says so each time it asks', async () => {
    const fault = bed.simulator.faults.add({ kind: 'status', status: 403, path: '/v2.1/atas' });
    const watch = bed.start(['sync', '--watch', '--every', '1'], { FAXSYNC_ACCOUNT: 'refused' });
    const askAgain = () =>
      bed.database.pool.query(`delete from ops.sync_cursors where account = 'refused' and pass = 'failed'`);
    const refusals = () => bed.simulator.faults.list().find(({ id }) => id === fault)?.struck;
    await watch.said(/refused: \d,\d{3} records: \d,\d{3} new, 0 changed[^\n]*\n(.*\n)*refused: /);
    expect(refusals(), 'left alone for a while').toBe(1);
    await askAgain();
    while (refusals() === 1) await new Promise((resolve) => setTimeout(resolve, 50));
    bed.simulator.faults.remove(fault);
    const atas = `select 1 from warehouse.atas join warehouse.accounts using (account_id) where account_key = 'refused'`;
    while ((await bed.database.pool.query(atas)).rowCount === 0) {
      // Each time, since the watch may note its failure only after one.
      await askAgain();
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    watch.child.kill('SIGTERM');
    const { code, stderr } = await watch.ended;
    expect(code).toBe(0);
    expect(stderr.match(/^warning: refused: The provider refuses to list atas \(HTTP 403\)/gm)).toHaveLength(2);
  });

  it('ends when the credentials are refused', async () => {
    const env = { FAXSYNC_ACCOUNT: 'dead', FAXSYNC_API_SECRET: 'wrong' };
    const result = await bed.run(['sync', '--watch', '--every', '1'], env);
    expect(result.code).toBe(1);
    expect(result.stderr).toContain('refused our credentials');
  });
});
