import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { blockYaml } from '../../src/warehouse/block-yaml.ts';
import { describeDbtSources } from '../../src/warehouse/describe-dbt.ts';
import { REPORT_KEYS } from '../../src/warehouse/report-keys.ts';
import { CliBed } from '../cli/cli-bed.ts';

type DbtTest =
  | string
  | { readonly [name: string]: { readonly arguments?: Readonly<Record<string, unknown>>; readonly config?: object } };

interface DbtColumn {
  readonly name: string;
  readonly description: string;
  readonly data_type: string;
  readonly data_tests?: readonly DbtTest[];
}

interface DbtTable {
  readonly name: string;
  readonly description: string;
  readonly config?: { readonly loaded_at_field: string; readonly freshness: Readonly<Record<string, unknown>> };
  readonly data_tests?: readonly DbtTest[];
  readonly columns: readonly DbtColumn[];
}

interface DbtSources {
  readonly version: number;
  readonly sources: ReadonlyArray<{
    readonly name: string;
    readonly schema: string;
    readonly tables: readonly DbtTable[];
  }>;
}

let bed: CliBed;
let text: string;
let sources: DbtSources['sources'];
beforeAll(async () => {
  bed = await CliBed.open();
  await bed.run(['sync']);
  await bed.run(['reconcile', '--period', '2026-05']);
  text = await describeDbtSources(bed.database.pool);
  sources = (parse(text) as DbtSources).sources;
});
afterAll(() => bed.close());

/** A claim of the file as SQL that counts the rows against it, as dbt's own tests do. */
interface Claim {
  readonly what: string;
  readonly against: string;
}

/** Claims of a table whose rows are in the table `held`. */
function claimsOf(name: string, table: DbtTable): Claim[] {
  const ofTable = (table.data_tests ?? []).map((test) => claimOf(name, null, test));
  const ofColumns = table.columns.flatMap((column) =>
    (column.data_tests ?? []).map((test) => claimOf(name, column.name, test)),
  );
  return [...ofTable, ...ofColumns];
}

function claimOf(table: string, column: string | null, test: DbtTest): Claim {
  const [name, given] =
    typeof test === 'string'
      ? [test, {}]
      : (Object.entries(test).map(([key, one]) => [key, one.arguments ?? {}] as const)[0] ?? ['', {}]);
  const what = `${table}.${column ?? '*'}: ${name}`;
  const claim = (sql: string): Claim => ({ what, against: `select count(*)::integer as count from (${sql}) x` });
  switch (name) {
    case 'not_null':
      return claim(`select from held where ${column} is null`);
    case 'unique':
      return claim(`select from held where ${column} is not null group by ${column} having count(*) > 1`);
    case 'accepted_values':
      return claim(
        `select from held where ${column} not in (${(given['values'] as string[]).map((word) => `'${word}'`).join(', ')})`,
      );
    case 'relationships': {
      const home = /^source\('faxsync', '(\w+)'\)$/.exec(String(given['to']))?.[1];
      return claim(
        `select from held c left join warehouse.${home} p on p.${given['field']} = c.${column} where c.${column} is not null and p.${given['field']} is null`,
      );
    }
    case 'dbt_utils.unique_combination_of_columns':
      return claim(
        `select from held group by ${(given['combination_of_columns'] as string[]).join(', ')} having count(*) > 1`,
      );
    default:
      throw new Error(`${what} is a test that nobody here knows`);
  }
}

describe('docs/dbt/sources.yml', () => {
  it('is what "npm run generate" would write for the migrated schema', async () => {
    expect(await readFile(new URL('../../docs/dbt/sources.yml', import.meta.url), 'utf8')).toBe(text);
  });

  it('names every table and view of both schemas with every column, its type and its comment, and nothing else', async () => {
    const { rows } = await bed.database.pool.query<{ place: string }>(`
      select format('%s.%s.%s %s: %s', n.nspname, c.relname, a.attname, format_type(a.atttypid, a.atttypmod), col_description(c.oid, a.attnum)) as place
      from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
      where n.nspname in ('warehouse', 'report') and c.relkind in ('r', 'v', 'm', 'p') and a.attnum > 0 and not a.attisdropped`);
    const named = sources.flatMap(({ schema, tables }) =>
      tables.flatMap(({ name, columns }) =>
        columns.map((column) => `${schema}.${name}.${column.name} ${column.data_type}: ${column.description}`),
      ),
    );
    expect(named.toSorted()).toEqual(rows.map(({ place }) => place).toSorted());
    // Descriptions are templates to dbt.
    expect(text).not.toMatch(/\{\{|\{%|\{#/);
  });

  it('claims of its data only what holds', async () => {
    const client = await bed.database.pool.connect();
    const broken: string[] = [];
    let count = 0;
    try {
      for (const { schema, tables } of sources) {
        for (const table of tables) {
          // A view is asked once, whatever is claimed of it.
          await client.query(`create temp table held as table ${schema}.${table.name}`);
          const claims = claimsOf(`${schema}.${table.name}`, table);
          for (const { what, against } of claims) {
            const { rows } = await client.query<{ count: number }>(against);
            if (rows[0]?.count !== 0) broken.push(`${what}: ${rows[0]?.count} rows against it`);
          }
          await client.query('drop table held');
          count += claims.length;
        }
      }
    } finally {
      client.release();
    }
    expect(count).toBeGreaterThan(200);
    expect(broken).toEqual([]);
  });

  it('tests the keys, the words and the homes of rows', () => {
    const table = (schema: string, name: string) =>
      sources.find((one) => one.schema === schema)?.tables.find((one) => one.name === name);
    const tests = (schema: string, name: string, column: string) =>
      table(schema, name)?.columns.find((one) => one.name === column)?.data_tests;
    expect(table('warehouse', 'fax_recipients')?.data_tests).toEqual([
      {
        'dbt_utils.unique_combination_of_columns': {
          arguments: { combination_of_columns: ['account_id', 'fax_id', 'ordinal'] },
        },
      },
    ]);
    expect(tests('warehouse', 'fax_recipients', 'fax_id')).toEqual([
      'not_null',
      { relationships: { arguments: { to: "source('faxsync', 'faxes')", field: 'fax_id' } } },
    ]);
    expect(tests('warehouse', 'accounts', 'account_id')).toEqual(['not_null', 'unique']);
    expect(tests('warehouse', 'faxes', 'observed_via')?.at(-1)).toEqual({
      accepted_values: { arguments: { values: ['listing', 'lookup', 'callback'] } },
    });
    expect(tests('report', 'charges', 'cost_usd')).toEqual([{ not_null: { config: { severity: 'warn' } } }]);
    expect(tests('report', 'open_faxes', 'held_usd')).toBeUndefined();
    expect(tests('report', 'billing_by_day', 'account_key')?.at(-1)).toEqual({
      relationships: { arguments: { to: "source('faxsync', 'accounts')", field: 'account_key' } },
    });
  });

  it('asks for freshness where a run is bound to write, by an instant that is there', async () => {
    const timed = sources.flatMap(({ schema, tables }) =>
      tables.filter(({ config }) => config !== undefined).map((table) => ({ schema, table })),
    );
    expect(timed.map(({ table }) => table.name)).toEqual(['account_snapshots', 'faxes']);
    for (const { schema, table } of timed) {
      const field = table.columns.find(({ name }) => name === table.config?.loaded_at_field);
      expect(field?.data_type, `${schema}.${table.name}`).toBe('timestamp with time zone');
      for (const limit of Object.values(table.config?.freshness ?? {})) {
        expect(limit).toEqual({ count: expect.any(Number), period: expect.stringMatching(/^(minute|hour|day)$/) });
      }
    }
  });
});

describe('REPORT_KEYS', () => {
  it('has every view of schema report, and columns that are there', () => {
    const views = sources.find(({ schema }) => schema === 'report')?.tables ?? [];
    expect(Object.keys(REPORT_KEYS).toSorted()).toEqual(views.map(({ name }) => name).toSorted());
    for (const { name, columns } of views) {
      const names = columns.map((column) => column.name);
      const { columns: key = [], words = {} } = REPORT_KEYS[name] ?? {};
      expect(names, name).toEqual(expect.arrayContaining([...key, ...Object.keys(words)]));
    }
  });
});

describe('blockYaml', () => {
  it('writes what a reader of YAML reads back', () => {
    const value = {
      plain: 'word',
      words: [
        'yes',
        'no',
        'null',
        'true',
        '1',
        '',
        ' x',
        '- a',
        'a: b',
        '#',
        'it\'s "so"',
        'two\nlines',
        'é😀',
        '{{ x }}',
        '*',
        '&a',
        '!t',
        '%',
        '@',
        '`',
      ],
      'key: odd': { deep: [{ a: 1, b: [{ c: null }, { d: false }] }, { e: -1.5 }] },
    };
    expect(parse(blockYaml(value))).toEqual(value);
    expect(blockYaml({ a: undefined, b: 'x' })).toBe('b: x\n');
  });
});
