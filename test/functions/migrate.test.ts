import type { Context } from 'aws-lambda';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createMigrateHandler } from '../../functions/migrate.ts';
import { createLogger } from '../../src/runtime/logger.ts';
import { buildMigrateDeps } from '../../src/runtime/migrate-deps.ts';
import { freshEmptyDatabase, type TestDatabase } from '../support/database.ts';

const context = { functionName: 'migrate', awsRequestId: 'r-1' } as Context;

let database: TestDatabase;
let lines: string[];
beforeEach(async () => {
  database = await freshEmptyDatabase();
  lines = [];
});
afterEach(() => database.drop());

function handlerFor(url: string) {
  const log = createLogger({ service: 'migrate', write: (line) => lines.push(line) });
  return createMigrateHandler({ ...buildMigrateDeps({ FAXSYNC_DATABASE_URL: url }), log });
}

describe('the migrate function', () => {
  it('creates the whole schema, answers what it did, and does nothing the second time', async () => {
    const handler = handlerFor(database.url);
    const first = await handler({}, context);
    expect(first.applied[0]).toBe('0001_create_roles_and_schemas');
    expect((await database.pool.query('select count(*)::int as n from warehouse.faxes')).rows).toEqual([{ n: 0 }]);
    expect(await handler({}, context)).toEqual({ applied: [], rebuilt: [], newer: [] });
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { message: 'warehouse migrated', applied_count: first.applied.length, function_request_id: 'r-1' },
      { message: 'warehouse migrated', applied_count: 0, rebuilt_count: 0 },
    ]);
  });

  it('throws what failed, so that a deployment fails with it, and logs no password', async () => {
    const url = new URL(database.url);
    url.password = 'canary';
    await expect(handlerFor(url.href)({}, context)).rejects.toMatchObject({ code: 'warehouse_credentials' });
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain('migration failed');
    expect(lines[0]).not.toContain('canary');
  });

  it('names the setting that is missing', () => {
    expect(() => buildMigrateDeps({})).toThrow('FAXSYNC_DATABASE_URL');
  });
});
