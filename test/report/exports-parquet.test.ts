import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ParquetFile } from '../../src/pipeline/parquet-file.ts';
import {
  type ReportColumn,
  type ReportView,
  readReportRows,
  readReportViews,
} from '../../src/warehouse/report-views.ts';
import { CliBed } from '../cli/cli-bed.ts';
import { documentOf } from '../cli/run-cli.ts';
import { type ReadParquet, readParquetFile } from '../support/parquet-reader.ts';

let bed: CliBed;
beforeAll(async () => {
  bed = await CliBed.open();
  await bed.run(['sync']);
  // What no provider sends: every type, at its edges.
  await bed.database.pool.query(`
    create table report.edge_values (
      account_key text, line integer, large bigint, small smallint, money numeric(14,2), fine numeric(8,3), wide numeric(30,4), loose numeric,
      day date, at timestamptz, is_so boolean, id uuid, content jsonb, word text, words text[], ratio double precision);
    insert into report.edge_values values
      ('main', 1, 9007199254740993, -32768, -0.01, -99999.999, -12345678901234567890123456.7891, 0.333333333333333333, '1969-12-31', '1969-12-31T23:59:59.999999Z',
        false, '0b8a2c1e-1111-2222-3333-444455556666', '{"n": 9007199254740993, "a": "é\\"😀"}', '', '{a,"b c"}', -1.5),
      ('main', 2, -9223372036854775808, 32767, 999999999999.99, 0, 0, -12.5, '0001-01-01', '0044-03-15T12:00:00Z BC', true, null, '[]', 'é😀 "x",
', '{}', 'NaN'),
      ('main', 3, 9223372036854775807, 0, -999999999999.99, 0.001, 99999999999999999999999999.9999, 1e19, '9999-12-31', '2400-02-29T00:00:00.000001Z', null,
        'ffffffff-ffff-ffff-ffff-ffffffffffff', 'null', '=1+1', null, 1e300),
      ('main', 4, null, null, null, null, null, null, '2024-02-29', '1900-03-01T00:00Z', null, null, null, null, null, null),
      ('main', 5, 0, 0, 0.00, 0, -0.0001, 0, null, null, null, null, '"x"', ' ', null, 0);
    create view report.edges as select * from report.edge_values;
    comment on view report.edges is 'Every type at its edges, one row a line.';
    comment on column report.edges.money is 'US dollars: €.';`);
});
afterAll(() => bed.close());

async function viewOf(name: string): Promise<ReportView> {
  const view = (await readReportViews(bed.database.pool)).find((one) => one.name === name);
  if (view === undefined) throw new Error(`${name} is not there`);
  return view;
}

async function written(view: ReportView, accounts: readonly string[], groupRows?: number): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  const take = async (piece: Uint8Array) => {
    pieces.push(piece);
  };
  const file = groupRows === undefined ? new ParquetFile(view, take) : new ParquetFile(view, take, { groupRows });
  await readReportRows(bed.database.pool, { view, accounts, as: 'cells' }, (rows) => file.add(rows));
  await file.finish();
  return Buffer.concat(pieces);
}

/** What SQL itself says of a cell, in the reader's terms, and the type the reader should name. */
function wanted({ name, type }: ReportColumn): readonly [sql: string, type: string] {
  const cell = `v.${name}`;
  const decimal = /^numeric\((\d+),(\d+)\)$/.exec(type);
  if (decimal !== null) {
    return [`(${cell} * 10 ^ ${decimal[2]}::numeric)::numeric(38, 0)::text`, `Decimal(${decimal[1]}, ${decimal[2]})`];
  }
  const known: Readonly<Record<string, readonly [string, string]>> = {
    numeric: [`(round(${cell}, 18) * 10 ^ 18::numeric)::numeric(38, 0)::text`, 'Decimal(38, 18)'],
    smallint: [`${cell}::text`, 'Int16'],
    integer: [`${cell}::text`, 'Int32'],
    bigint: [`${cell}::text`, 'Int64'],
    date: [`(${cell} - date '1970-01-01')::text`, 'Date32<DAY>'],
    'timestamp with time zone': [
      `(extract(epoch from ${cell}) * 1000000)::bigint::text`,
      'Timestamp<MICROSECOND, UTC>',
    ],
    boolean: [`${cell}::text`, 'Bool'],
    uuid: [`replace(${cell}::text, '-', '')`, 'FixedSizeBinary[16]'],
    'double precision': [`${cell}::text`, 'Float64'],
  };
  return known[type] ?? [`${cell}::text`, 'Utf8'];
}

async function saidBySql(view: ReportView): Promise<Array<Array<string | null>>> {
  const cells = view.columns.map((column) => wanted(column)[0]);
  const { rows } = await bed.database.pool.query<{ cells: Array<string | null> }>(
    `select array[${cells.join(', ')}] as cells from report.${view.name} v`,
  );
  return rows.map((row) => row.cells);
}

const sorted = (rows: ReadPlain) => rows.map((cells) => JSON.stringify(cells)).toSorted();
type ReadPlain = ReadParquet['rows'];

describe('a Parquet file of a report view', () => {
  it('has every value and type of every view as the database has it', async () => {
    const counted: Record<string, number> = {};
    for (const view of await readReportViews(bed.database.pool)) {
      // Hours since an instant go on while they are read.
      const steady = { ...view, columns: view.columns.filter(({ name }) => !/_(hours|age)$/.test(name)) };
      const read = readParquetFile(await written(steady, ['main']));
      expect(read.columns, view.name).toEqual(steady.columns.map((column) => `${column.name} ${wanted(column)[1]}`));
      const said = await saidBySql(steady);
      expect(sorted(read.rows), view.name).toEqual(sorted(said));
      counted[view.name] = read.rows.length;
    }
    expect(counted['charges']).toBeGreaterThan(500);
    expect(Object.values(counted).filter((count) => count > 0).length).toBeGreaterThan(10);
  });

  it('keeps the edges of each type: long numbers, cents below zero, days before 1970, empty texts, nulls', async () => {
    const { rows } = readParquetFile(await written(await viewOf('edges'), ['main']));
    expect(rows[0]).toEqual([
      'main',
      '1',
      '9007199254740993',
      '-32768',
      '-1',
      '-99999999',
      '-123456789012345678901234567891',
      '333333333333333333',
      '-1',
      '-1',
      'false',
      '0b8a2c1e111122223333444455556666',
      '{"a": "é\\"😀", "n": 9007199254740993}',
      '',
      '{a,"b c"}',
      '-1.5',
    ]);
    expect(rows[3]?.slice(2)).toEqual([
      ...Array<null>(6).fill(null),
      '19782',
      '-2203891200000000',
      ...Array<null>(6).fill(null),
    ]);
    expect(rows.map((cells) => cells[13])).toEqual(['', 'é😀 "x",\n', '=1+1', null, ' ']);
  });

  it('is the same in several groups of rows as in one', async () => {
    const view = await viewOf('charges');
    const whole = readParquetFile(await written(view, ['main']));
    const parted = readParquetFile(await written(view, ['main'], 97));
    expect(parted.rows).toEqual(whole.rows);
    expect(parted.columns).toEqual(whole.columns);
    const edges = await viewOf('edges');
    expect(readParquetFile(await written(edges, ['main'], 1)).rows).toEqual(
      readParquetFile(await written(edges, ['main'])).rows,
    );
  });

  it('gives a group of rows away once it is full, by rows or by characters, and holds nothing of it', async () => {
    const pieces: number[] = [];
    const take = async (piece: Uint8Array) => {
      pieces.push(piece.length);
    };
    const view = { name: 'v', meaning: '', columns: [{ name: 'x', type: 'text', meaning: '' }] };
    const few = new ParquetFile(view, take, { groupRows: 2 });
    await few.add([['a'], ['b'], ['c']]);
    expect(pieces).toHaveLength(1);
    await few.add([['d']]);
    expect(pieces).toHaveLength(2);
    const long = new ParquetFile(view, take);
    await long.add([['x'.repeat(9_000_000)]]);
    expect(pieces).toHaveLength(2);
    await long.add([['y'.repeat(9_000_000)], ['z']]);
    expect(pieces).toHaveLength(3);
  });

  it('tells its columns where there are no rows', async () => {
    const { rows, columns } = readParquetFile(await written(await viewOf('edges'), ['nobody']));
    expect([rows, columns.length, columns[4]]).toEqual([[], 16, 'money Decimal(14, 2)']);
  });

  it('carries what view and columns mean, and is the same bytes for the same rows', async () => {
    const view = await viewOf('edges');
    const bytes = await written(view, ['main']);
    const { metadata } = readParquetFile(bytes);
    expect(metadata.get('faxsync.view')).toBe('edges');
    expect(metadata.get('faxsync.meaning')).toBe('Every type at its edges, one row a line.');
    expect(metadata.get('faxsync.column.money')).toBe('US dollars: €.');
    expect((await written(view, ['main'])).equals(bytes)).toBe(true);
  });

  it('holds whatever numeric, day and instant Postgres can be given', async () => {
    const any = fc.record({
      cents: fc.bigInt({ min: -(10n ** 14n) + 1n, max: 10n ** 14n - 1n }),
      days: fc.integer({ min: -700_000, max: 2_900_000 }),
      micros: fc.bigInt({ min: -60_000_000_000_000_000n, max: 200_000_000_000_000_000n }),
    });
    const columns = [
      { name: 'usd', type: 'numeric(14,2)', meaning: '' },
      { name: 'day', type: 'date', meaning: '' },
      { name: 'at', type: 'timestamp with time zone', meaning: '' },
    ];
    await fc.assert(
      fc.asyncProperty(fc.array(any, { minLength: 1, maxLength: 50 }), async (values) => {
        const { rows } = await bed.database.pool.query<{ cells: string[] }>(
          `select array[(c::numeric / 100)::numeric(14, 2)::text, (date '1970-01-01' + d)::text,
             regexp_replace((timestamp '1970-01-01' + (m || ' microseconds')::interval)::text, '( BC)?$', '+00\\1')] as cells
           from unnest($1::bigint[], $2::integer[], $3::bigint[]) as t (c, d, m)`,
          [values.map(({ cents }) => cents), values.map(({ days }) => days), values.map(({ micros }) => micros)],
        );
        const pieces: Uint8Array[] = [];
        const file = new ParquetFile({ name: 'any', meaning: '', columns }, async (piece) => {
          pieces.push(piece);
        });
        await file.add(rows.map(({ cells }) => cells));
        await file.finish();
        expect(readParquetFile(Buffer.concat(pieces)).rows).toEqual(
          values.map(({ cents, days, micros }) => [String(cents), String(days), String(micros)]),
        );
      }),
      { numRuns: 40 },
    );
  });

  it.each([
    ['numeric(4,2)', '100.00', 'a number of over 4 digits'],
    ['numeric', 'Infinity', 'a number that is none, or infinite'],
    ['date', 'infinity', 'a day that is infinite'],
    ['timestamp with time zone', '-infinity', 'an instant that is infinite'],
  ])('refuses what %s cannot hold: %s', async (type, cell, fault) => {
    const file = new ParquetFile(
      { name: 'v', meaning: '', columns: [{ name: 'x', type, meaning: '' }] },
      async () => {},
    );
    await expect(file.add([[cell]])).rejects.toMatchObject({
      code: 'parquet_unfit',
      message: `Column x has ${fault}. Write the view as CSV or JSON lines instead.`,
    });
  });
});

describe('faxsync export --format parquet', () => {
  it('writes a file whole or leaves the one that was there', async () => {
    const file = join(bed.home, 'charges.parquet');
    await writeFile(file, 'as it was');
    const failed = await bed.run(['export', 'charges', '--format', 'parquet', '--out', join(file, 'x')]);
    expect([failed.code, await readFile(file, 'utf8')]).toEqual([1, 'as it was']);
    const done = await bed.run(['export', 'charges', '--format', 'parquet', '--out', file, '--json']);
    const { rows, columns } = readParquetFile(await readFile(file));
    expect(documentOf(done)).toMatchObject({ ok: true, format: 'parquet', rows: rows.length, file });
    const at = columns.findIndex((column) => column.startsWith('cost_cents '));
    const { rows: charges } = await bed.database.pool.query<{ cents: string }>(
      'select sum(cents)::text as cents from warehouse.charges',
    );
    expect(String(rows.reduce((sum, cells) => sum + BigInt(cells[at] ?? 0), 0n))).toBe(charges[0]?.cents);
    expect((await readdir(bed.home)).filter((name) => name.endsWith('.part'))).toEqual([]);
  });

  it('asks for a file, since it is nothing for a terminal', async () => {
    const { code, stderr } = await bed.run(['export', 'charges', '--format', 'parquet']);
    expect([code, stderr]).toEqual([64, 'error: Parquet needs a file: --out <file>.\n']);
  });
});
