import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FolderLandingZone } from '../../src/landing/folder.ts';
import { auditAgainAfter, auditLanded } from '../../src/pipeline/audit.ts';
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
    expect(audit).toEqual({ landed: 1_100, unloaded: [keys[6], keys[999], keys[1_000]], last: keys[1_099] });
    expect(seen).toEqual([1_000, 1_100]);
  });

  it('leaves out what lies before a key', async () => {
    const after = keys[999] ?? '';
    const audit = await auditLanded({ landing, pool: database.pool }, 'main', { after });
    expect(audit).toEqual({ landed: 100, unloaded: [keys[1_000]], last: keys[1_099] });
  });

  it('finds nothing where nothing was landed', async () => {
    const audit = await auditLanded({ landing, pool: database.pool }, 'other');
    expect(audit).toEqual({ landed: 0, unloaded: [], last: null });
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
