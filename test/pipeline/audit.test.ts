import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FolderLandingZone } from '../../src/landing/folder.ts';
import { auditAgainAfter, auditLanded, auditSince, auditWhole } from '../../src/pipeline/audit.ts';
import { freshDatabase, type TestDatabase } from '../support/database.ts';
import { envelopeOf } from '../support/landed.ts';

let database: TestDatabase;
let folder: string;
let landing: FolderLandingZone;
const keys: string[] = [];
beforeAll(async () => {
  database = await freshDatabase();
  folder = await mkdtemp(join(tmpdir(), 'faxsync-audit-'));
  landing = new FolderLandingZone(folder);
  // More than one statement's worth, over a border of folders.
  for (let observation = 1; observation <= 1_100; observation++) {
    const { key } = await landing.put(envelopeOf({ observation, at: Date.UTC(2026, 0, 1) }, []));
    keys.push(key);
  }
  await database.pool.query(
    `insert into ops.landed_objects
     select key, 1, 'faxes', 'slice', 'v2.1', place, now(), now(), now(), 0, 0, 0, 0, 0
     from unnest($1::text[]) with ordinality as k(key, place) where place not in (7, 1000, 1001)`,
    [keys],
  );
});
afterAll(async () => {
  await rm(folder, { recursive: true });
  await database.drop();
});

describe('auditLanded', () => {
  it('finds every landed object without a line in the ledger, in order', async () => {
    const seen: number[] = [];
    const audit = await auditLanded({ landing, pool: database.pool }, 'main', { onProgress: (n) => seen.push(n) });
    expect(audit).toEqual({
      young: 0,
      landed: 1_100,
      unloaded: [keys[6], keys[999], keys[1_000]],
      last: keys[1_099],
      isComplete: true,
    });
    expect(seen).toEqual([1_000, 1_100]);
  });

  it('leaves out what lies before a key', async () => {
    const after = keys[999] ?? '';
    const audit = await auditLanded({ landing, pool: database.pool }, 'main', { after });
    expect(audit).toEqual({ landed: 100, unloaded: [keys[1_000]], young: 0, last: keys[1_099], isComplete: true });
  });

  it('finds nothing where nothing was landed', async () => {
    const audit = await auditLanded({ landing, pool: database.pool }, 'other');
    expect(audit).toEqual({ landed: 0, unloaded: [], young: 0, last: null, isComplete: true });
  });

  it('ends when it is told to, and says how far it came', async () => {
    const options = { after: keys[4] ?? '', isOver: () => true };
    const audit = await auditLanded({ landing, pool: database.pool }, 'main', options);
    expect(audit).toEqual({ landed: 0, unloaded: [], young: 0, last: null, isComplete: false });
    // Less than a statement's worth is looked up all the same.
    const rest = await auditLanded({ landing, pool: database.pool }, 'main', { ...options, after: keys[998] ?? '' });
    expect(rest).toMatchObject({ landed: 101, unloaded: [keys[999], keys[1_000]], isComplete: true });
  });

  it('ends once it has found more than it was to find', async () => {
    const zone = {
      list: async function* () {
        for (const key of keys)
          for (const end of ['a', 'b']) yield { key: key.replace('.json', `${end}.json`), landedAt: null };
      },
    };
    const audit = await auditLanded({ landing: zone, pool: database.pool }, 'main', { unloadedMax: 1_000 });
    expect(audit).toMatchObject({ landed: 1_000, isComplete: false });
    expect(audit.unloaded).toHaveLength(1_000);
  });

  it('calls nothing unloaded that was landed just now', async () => {
    const zone = {
      list: async function* () {
        for (const [index, key] of keys.entries()) yield { key, landedAt: 1_000 + index };
      },
    };
    const audit = await auditLanded({ landing: zone, pool: database.pool }, 'main', { landedBefore: 2_000 });
    expect(audit).toMatchObject({ landed: 1_100, unloaded: [keys[6], keys[999]] });
  });
});

describe('auditWhole', () => {
  const known = async (account: string, newest: number) => {
    await database.pool.query('insert into warehouse.accounts (account_key, billing_zone) values ($1, $2)', [
      account,
      'UTC',
    ]);
    await database.pool.query(
      `insert into ops.landed_objects
       select $1 || '/newest', (select account_id from warehouse.accounts where account_key = $1), 'faxes', 'slice', 'v2.1', $2,
         now(), now(), now(), 0, 0, 0, 0, 0`,
      [account, newest],
    );
  };

  it('sees every object once, in parts listed side by side', async () => {
    await known('large', 170_000);
    const observations = [0, 1, 21_249, 21_250, 21_251, 63_750, 169_999, 170_000, 170_001, 999_999];
    const landed: string[] = [];
    for (const observation of observations) {
      landed.push((await landing.put(envelopeOf({ observation, at: Date.UTC(2026, 0, 1), account: 'large' }, []))).key);
    }
    let lists = 0;
    const counting = {
      list: (...asked: Parameters<typeof landing.list>) => {
        lists += 1;
        return landing.list(...asked);
      },
    };
    const audit = await auditWhole({ landing: counting, pool: database.pool }, 'large');
    expect(audit).toEqual({ landed: 10, unloaded: landed, young: 0, last: landed.at(-1), isComplete: true });
    expect(lists).toBe(8);
  });

  it('is one list where there is little, and complete only where every part is', async () => {
    expect(await auditWhole({ landing, pool: database.pool }, 'main')).toMatchObject({
      landed: 1_100,
      isComplete: true,
    });
    expect(await auditWhole({ landing, pool: database.pool }, 'nobody')).toMatchObject({ landed: 0, last: null });
    const cut = await auditWhole({ landing, pool: database.pool }, 'main', { isOver: () => true });
    expect(cut).toMatchObject({ isComplete: false });
  });
});

describe('auditSince', () => {
  const HOUR = 3_600_000;
  const NOW = Date.UTC(2026, 0, 10);

  it('begins a margin before the last look that was made before', async () => {
    await database.pool.query(`insert into warehouse.accounts (account_key, billing_zone) values ('since', 'UTC')`);
    await database.pool.query(
      `insert into ops.landed_objects
       select 'since/' || n, (select account_id from warehouse.accounts where account_key = 'since'), 'faxes', 'slice', 'v2.1', n,
         $1::timestamptz - interval '1 hour' * (5000 - n), now(), now(), 0, 0, 0, 0, 0
       from generate_series(1, 5000) n`,
      [new Date(NOW).toISOString()],
    );
    const after = await auditSince(database.pool, 'since', NOW - 100 * HOUR);
    // Look 4,899 is the last one made more than a hundred hours ago.
    expect(after).toBe('since/0000000000002/0000000000002899');
    expect(await auditSince(database.pool, 'since', NOW - 3_500 * HOUR)).toBeNull();
  });

  it('begins at the beginning where the ledger knows no look before', async () => {
    expect(await auditSince(database.pool, 'since', NOW - 6_000 * HOUR)).toBeNull();
    expect(await auditSince(database.pool, 'nobody', NOW)).toBeNull();
  });
});

describe('auditAgainAfter', () => {
  it('begins 2,000 observations before the last one seen', () => {
    const last = 'main/0000000000005/0000000000005123.faxes.slice.0123456789ab.json.gz';
    const after = auditAgainAfter(last) ?? '';
    expect('main/0000000000003/0000000000003122.faxes.slice.ffffffffffff.json.gz' > after).toBe(false);
    expect('main/0000000000003/0000000000003123.faxes.slice.000000000000.json.gz' > after).toBe(true);
  });

  it('begins at the beginning while there are few, or for a foreign key', () => {
    expect(auditAgainAfter(keys[1_099] ?? '')).toBeNull();
    expect(auditAgainAfter('something else')).toBeNull();
  });
});
