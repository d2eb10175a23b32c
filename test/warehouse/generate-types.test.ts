import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { generateTypes } from '../../src/warehouse/generate-types.ts';
import { freshDatabase, freshEmptyDatabase, type TestDatabase } from '../support/database.ts';

describe('schema.generated.ts', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await freshDatabase();
  });
  afterAll(() => database.drop());

  it('is what "npm run generate" would write for the migrated schema', async () => {
    const file = new URL('../../src/warehouse/schema.generated.ts', import.meta.url);
    expect(await readFile(file, 'utf8')).toBe(await generateTypes(database.pool));
  });
});

describe('generateTypes', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await freshEmptyDatabase();
    await database.pool.query('create schema ops');
  });
  afterAll(() => database.drop());

  it('gives comments as docstrings and tells reading from writing', async () => {
    await database.pool.query(`
      create table ops.things (
        thing_id bigint primary key, row_no integer generated always as identity, tags text[] not null,
        seen_at timestamptz not null default now(), cost_cents integer);
      comment on table ops.things is 'All things. */ alert';
      comment on column ops.things.cost_cents is 'Cents; null when not sent.'`);
    const text = await generateTypes(database.pool);
    expect(text).toContain('/** All things. * / alert */\nexport interface OpsThings {');
    expect(text).toContain('  thing_id: ColumnType<string, string | number | bigint, string | number | bigint>;');
    expect(text).toContain('  row_no: GeneratedAlways<number>;');
    expect(text).toContain('  tags: string[];');
    expect(text).toContain('  seen_at: ColumnType<Date, Date | string | undefined, Date | string>;');
    expect(text).toContain('  /** Cents; null when not sent. */\n  cost_cents: number | null;');
    expect(text).toContain("  'ops.things': OpsThings;");
  });

  it('stops at a column type nobody decided how to read', async () => {
    await database.pool.query('create table ops.odd (place point)');
    await expect(generateTypes(database.pool)).rejects.toMatchObject({ code: 'schema_type_unknown' });
  });
});
