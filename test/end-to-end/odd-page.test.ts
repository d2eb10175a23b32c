import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Dialect } from '../../src/landing/contract.ts';
import { loadLanded } from '../../src/pipeline/load.ts';
import { LoadBed } from '../support/load-bed.ts';

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
  let bed: LoadBed;
  beforeAll(async () => {
    bed = await LoadBed.open();
  });
  afterAll(() => bed.close());

  it.each(['v1', 'v2', 'v2.1'] satisfies Dialect[])(
    'in %s loads all the others, and lists each oddity',
    async (dialect) => {
      const account = `odd-${dialect.replace('.', '')}`;
      const window = { after: AT - HOUR, before: AT + HOUR };
      const key = await bed.land({ account, dialect, window, observation: 1, at: AT + HOUR }, oddPage(dialect));
      expect(await loadLanded(key, bed.deps)).toMatchObject({ kind: 'loaded', added: 8, rejected: 5 });

      expect(
        await bed.rows(account, 'warehouse.faxes', "fax_id, status, cost_cents, tags->>'department' as tag"),
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
        await bed.rows(account, 'ops.rejected_records', "format('%s %s %s', record_id, scope, reason) as refused"),
      ).toEqual([
        { refused: ' record missing_id' },
        { refused: ' record not_an_object' },
        { refused: '2 value nul_character' },
        { refused: '3 value lone_surrogate' },
        { refused: '7 value negative_cost' },
      ]);
      expect(await bed.rows(account, 'ops.schema_drift', 'field, kind, detail')).toEqual([
        { field: 'cost', kind: 'unexpected_type', detail: 'string' },
        { field: 'id', kind: 'unexpected_type', detail: 'beyond_2_53' },
        { field: 'status', kind: 'unknown_value', detail: 'heldforreview' },
      ]);
    },
  );
});
