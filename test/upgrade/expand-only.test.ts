import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { migrate } from '../../src/warehouse/migrate.ts';
import { readMigrationFiles } from '../../src/warehouse/migration-files.ts';
import { freshEmptyDatabase, MIGRATIONS_DIRECTORY, type TestDatabase } from '../support/database.ts';
import { lossesBetween, readCatalogue } from './catalogue.ts';
import { PreviousRelease } from './previous-release.ts';

/** In the head of a migration that older code does not outlive: the migration that code must know to work on. */
const NEEDS_CODE = /^-- needs code: \d{4}_\w+$/m;

let previous: PreviousRelease;
let database: TestDatabase;
let directory: string;
beforeAll(async () => {
  previous = await PreviousRelease.unpack();
});
afterAll(() => previous.remove());
beforeEach(async () => {
  database = await freshEmptyDatabase();
  directory = await mkdtemp(join(tmpdir(), 'faxsync-expand-'));
});
afterEach(async () => {
  await database.drop();
  await rm(directory, { recursive: true, force: true });
});

/** Brings the database to a release's schema up to and including one migration; all of them by default. */
async function migrateTo(last = '9999'): Promise<void> {
  for (const name of previous.migrationNames.filter((each) => each.slice(0, 4) <= last)) {
    await copyFile(join(previous.migrations, `${name}.sql`), join(directory, `${name}.sql`));
  }
  await migrate(database.pool, { directory });
}

/** What one more migration takes from the code before it. */
async function lossesOf(name: string, sql: string): Promise<string[]> {
  const before = await readCatalogue(database.pool);
  await writeFile(join(directory, `${name}.sql`), sql);
  await migrate(database.pool, { directory });
  return lossesBetween(before, await readCatalogue(database.pool));
}

describe('migrations after the previous release', () => {
  it('leave the released ones as they were', async () => {
    for (const name of previous.migrationNames) {
      const now = await readFile(join(MIGRATIONS_DIRECTORY, `${name}.sql`), 'utf8').catch(() => 'gone');
      expect(now === previous.facts.scripts[`${name}.sql`], name).toBe(true);
    }
  });

  it('only add to the schema, unless their head names the code that they need', async () => {
    await migrateTo();
    const { migrations } = await readMigrationFiles(MIGRATIONS_DIRECTORY);
    const known = new Set(previous.migrationNames);
    const newer = migrations.filter(({ name }) => !known.has(name));
    const losses: string[] = [];
    for (const { name, sql } of newer) {
      const found = await lossesOf(name, sql);
      if (!NEEDS_CODE.test(sql)) losses.push(...found.map((loss) => `${name}: ${loss}`));
    }
    expect(losses).toEqual([]);
    const { promises, duties } = await readCatalogue(database.pool);
    console.log(
      `${newer.length} migrations since ${previous.migrationNames.at(-1)}: ${losses.length} of ${promises.size} promises and ${duties.size} duties of the schema broken`,
    );
  });
});

/** Changes that break the code before them, each with what is said of it. */
const HARMFUL: ReadonlyArray<readonly [sql: string, loss: string]> = [
  ['alter table warehouse.faxes drop column caller_name', 'column warehouse.faxes.caller_name is gone'],
  ['alter table warehouse.faxes rename column caller_name to name', 'column warehouse.faxes.caller_name is gone'],
  [
    'alter table ops.slices alter column cost_cents type numeric',
    'column ops.slices.cost_cents is numeric, was bigint',
  ],
  ['alter table ops.slices add column reader text not null', 'new: column ops.slices.reader must be given'],
  [
    'alter table warehouse.faxes alter column caller_name set not null',
    'new: column warehouse.faxes.caller_name must not be null',
  ],
  ['alter table ops.sync_watched_objects rename to watched', 'relation ops.sync_watched_objects is gone'],
  ['drop table ops.schema_drift', 'relation ops.schema_drift is gone'],
  ['revoke insert on warehouse.faxes from faxsync_loader', 'INSERT of warehouse.faxes by faxsync_loader is gone'],
  ['revoke usage on schema ops from faxsync_loader', 'USAGE of ops by faxsync_loader is gone'],
  ['drop function warehouse.visible_accounts() cascade', 'function warehouse.visible_accounts() is gone'],
  [
    'revoke execute on function warehouse.visible_accounts() from public',
    'EXECUTE of warehouse.visible_accounts() by everybody is gone',
  ],
  ['drop trigger faxes_added on warehouse.faxes', 'trigger faxes_added on warehouse.faxes is gone'],
  [
    'alter table warehouse.faxes drop constraint faxes_pkey',
    'unique key (account_id, fax_id) of warehouse.faxes is gone',
  ],
  ['create unique index on ops.slices (content_digest)', 'new: rows of ops.slices must be unique by (content_digest)'],
  ['alter table ops.slices add check (cost_cents < 9)', 'new: rows of ops.slices must obey CHECK ((cost_cents < 9))'],
  ['alter table ops.slices enable row level security', 'new: rows of ops.slices must pass its policies'],
  [
    'create policy few on warehouse.faxes as restrictive using (false)',
    'new: rows of warehouse.faxes must pass policy few',
  ],
  ['drop policy granted_accounts on warehouse.faxes', 'policy granted_accounts on warehouse.faxes is gone'],
];

/** Changes that the code before them outlives. */
const HARMLESS = `
create schema recon;
create table recon.days (day_date date primary key, cents bigint not null check (cents > 0));
alter table warehouse.faxes add column note text, add column seen_count integer not null default 0;
create index on warehouse.faxes (note);
create function ops.add_one(integer) returns integer language sql as 'select $1 + 1';
grant select on recon.days to faxsync_reader;
alter table ops.slices alter column content_digest drop not null;
drop index ops.sync_watched_objects_due_at_idx;
create or replace view report.number_inventory as select 1 as one;`;

describe('the rule that migrations only add', () => {
  /** What one change takes from the code before it; nothing of it stays. */
  async function lossesIn(sql: string): Promise<string[]> {
    const client = await database.pool.connect();
    try {
      await client.query('begin');
      const before = await readCatalogue(client);
      await client.query(sql);
      return lossesBetween(before, await readCatalogue(client));
    } finally {
      await client.query('rollback');
      client.release();
    }
  }

  it('objects to every change that takes something from the code before it, and has nothing against one that adds', async () => {
    await migrateTo();
    for (const [sql, loss] of HARMFUL) expect(await lossesIn(sql), sql).toContain(loss);
    expect(await lossesIn(HARMLESS)).toEqual([]);
    console.log(`changes of the schema that break the code before them: ${HARMFUL.length} of ${HARMFUL.length} found`);
  });

  it('objects to a migration of the past that the code before it did not outlive', async () => {
    await migrateTo('0014');
    const losses = await lossesOf('0015_watch_any_object', previous.facts.scripts['0015_watch_any_object.sql'] ?? '');
    expect(losses).toContain('relation ops.sync_watched_faxes is gone');
    expect(losses).toContain('column ops.sync_watched_faxes.fax_id is gone');
  });
});
