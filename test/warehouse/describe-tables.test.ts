import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fillTableLists } from '../../src/warehouse/describe-tables.ts';
import { freshEmptyDatabase, type TestDatabase } from '../support/database.ts';

describe('fillTableLists', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await freshEmptyDatabase();
    await database.pool.query(`
      create schema ops;
      create schema report;
      create table ops.things (size integer, thing_id bigint, account_id integer, primary key (account_id, thing_id));
      comment on table ops.things is E'One row a thing: a | b.\n  At most <size>.';
      create table ops.older (id integer);
      create view report.sizes as select size from ops.things;
      comment on view report.sizes is 'One row a size.'`);
  });
  afterAll(() => database.drop());

  const page = [
    '# Tables',
    '<!-- tables of ops -->',
    'what stood here before',
    '<!-- end of tables -->',
    'Prose stays.',
    '<!-- tables of report -->',
    '<!-- end of tables -->',
    '',
  ].join('\n');

  it('lists tables with comment and key, views with comment, and keeps the rest of the page', async () => {
    const filled = await fillTableLists(database.pool, page);
    expect(filled.split('\n')).toEqual([
      '# Tables',
      '<!-- tables of ops -->',
      '| table | what it holds | key |',
      '|---|---|---|',
      '| `things` | One row a thing: a \\| b. At most &lt;size>. | `account_id, thing_id` |',
      '| `older` |  |  |',
      '<!-- end of tables -->',
      'Prose stays.',
      '<!-- tables of report -->',
      '| view | what it holds |',
      '|---|---|',
      '| `sizes` | One row a size. |',
      '<!-- end of tables -->',
      '',
    ]);
    expect(await fillTableLists(database.pool, filled)).toBe(filled);
  });

  it('stops at a schema without a place, and at a place without a schema', async () => {
    const misplaced = { code: 'table_list_misplaced' };
    await expect(fillTableLists(database.pool, page.replace('tables of report', 'none'))).rejects.toMatchObject(
      misplaced,
    );
    await expect(fillTableLists(database.pool, page.replace('of report', 'of recon'))).rejects.toMatchObject({
      ...misplaced,
      message: expect.stringContaining('recon, report'),
    });
  });
});
