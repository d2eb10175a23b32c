import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Dialect } from '../../src/landing/contract.ts';
import { FolderLandingZone } from '../../src/landing/folder.ts';
import { type LoadDeps, loadLanded } from '../../src/pipeline/load.ts';
import { systemClock } from '../../src/runtime/system-clock.ts';
import { PostgresStateStore } from '../../src/state/postgres.ts';
import { freshDatabase, type TestDatabase } from '../support/database.ts';

const AT = Date.UTC(2026, 8, 1, 12);
const HOUR = 3_600_000;
const WIDE_ID = '9007199254740993';

/** One fax of a page, as its JSON text; `over` replaces members by texts that need not be JSON a library would write. */
function record(dialect: Dialect, id: string | null, over: Readonly<Record<string, string>> = {}): string {
  const created =
    dialect === 'v1' ? ['requested_at', String(AT / 1000)] : ['created_at', '"2026-09-01T07:00:00.000-05:00"'];
  const members: Record<string, string> = {
    ...(id === null ? {} : { id }),
    direction: '"sent"',
    num_pages: '1',
    status: '"success"',
    is_test: 'false',
    cost: '7',
    [created[0] ?? '']: created[1] ?? '',
    tags: '{"department":"Intake"}',
    ...over,
  };
  return `{${Object.entries(members)
    .map(([name, value]) => `"${name}":${value}`)
    .join(',')}}`;
}

function oddPage(dialect: Dialect): string {
  const records = [
    record(dialect, '1'),
    record(dialect, '2', { tags: '{"department":"In\\u0000take"}' }),
    record(dialect, '3', { tags: '{"department":"Intake\\ud83d"}' }),
    record(dialect, '4', { status: '"heldforreview"' }),
    record(dialect, WIDE_ID),
    record(dialect, '6', { cost: '"7"' }),
    record(dialect, '7', { cost: '-7' }),
    record(dialect, null),
    '"not a record at all"',
    record(dialect, '8'),
  ];
  return `{"success":true,"message":"Retrieved faxes successfully","data":[${records.join(',')}]}`;
}

describe('a page with an oddity of every kind', () => {
  let database: TestDatabase;
  let folder: string;
  let landing: FolderLandingZone;
  let deps: LoadDeps;

  beforeAll(async () => {
    database = await freshDatabase();
    folder = await mkdtemp(join(tmpdir(), 'faxsync-odd-page-'));
    landing = new FolderLandingZone(folder);
    const { pool } = database;
    const random = () => 0.5;
    const state = new PostgresStateStore(pool, { clock: systemClock, random });
    const accountSettings = () => ({ v1Zone: 'America/Chicago', billingZone: 'America/Chicago' });
    deps = { landing, pool, state, clock: systemClock, random, accountSettings };
  });
  afterAll(async () => {
    await database.drop();
    await rm(folder, { recursive: true, force: true });
  });

  it.each(['v1', 'v2', 'v2.1'] satisfies Dialect[])(
    'in %s loads all the others, and lists each oddity',
    async (dialect) => {
      const account = `odd-${dialect.replace('.', '')}`;
      const { key } = await landing.put({
        version: 1,
        account,
        stream: 'faxes',
        dialect,
        kind: 'slice',
        window: { after: AT - HOUR, before: AT + HOUR },
        pass: 'head',
        observation: 1,
        requestedAt: AT + HOUR,
        respondedAt: AT + HOUR + 100,
        subjectId: null,
        eventType: null,
        digest: null,
        bodies: [{ status: 200, body: oddPage(dialect), encoding: 'utf8' }],
      });
      expect(await loadLanded(key, deps)).toMatchObject({ kind: 'loaded', added: 8, rejected: 5 });

      const select = (sql: string) => database.pool.query(sql, [account]).then(({ rows }) => rows);
      const ours = 'account_id = (select account_id from warehouse.accounts where account_key = $1)';
      expect(
        await select(
          `select fax_id, status, cost_cents, tags->>'department' as tag from warehouse.faxes where ${ours} order by fax_id`,
        ),
      ).toEqual([
        { fax_id: '1', status: 'success', cost_cents: 7, tag: 'Intake' },
        { fax_id: '2', status: 'success', cost_cents: 7, tag: 'Intake' },
        { fax_id: '3', status: 'success', cost_cents: 7, tag: 'Intake\ufffd' },
        { fax_id: '4', status: 'heldforreview', cost_cents: 7, tag: 'Intake' },
        { fax_id: '6', status: 'success', cost_cents: 7, tag: 'Intake' },
        { fax_id: '7', status: 'success', cost_cents: null, tag: 'Intake' },
        { fax_id: '8', status: 'success', cost_cents: 7, tag: 'Intake' },
        { fax_id: WIDE_ID, status: 'success', cost_cents: 7, tag: 'Intake' },
      ]);
      expect(
        await select(
          `select scope, record_id, reason from ops.rejected_records where ${ours} order by record_id, reason`,
        ),
      ).toEqual([
        { scope: 'record', record_id: '', reason: 'missing_id' },
        { scope: 'record', record_id: '', reason: 'not_an_object' },
        { scope: 'value', record_id: '2', reason: 'nul_character' },
        { scope: 'value', record_id: '3', reason: 'lone_surrogate' },
        { scope: 'value', record_id: '7', reason: 'negative_cost' },
      ]);
      expect(await select(`select field, kind, detail from ops.schema_drift where ${ours} order by field`)).toEqual([
        { field: 'cost', kind: 'unexpected_type', detail: 'string' },
        { field: 'id', kind: 'unexpected_type', detail: 'beyond_2_53' },
        { field: 'status', kind: 'unknown_value', detail: 'heldforreview' },
      ]);
    },
  );
});
