import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CsvValue, csvCell, csvLine, readCsv } from '../../src/pipeline/proof-csv.ts';

async function* cut(text: string, size: number): AsyncGenerator<string> {
  for (let at = 0; at < text.length; at += size) yield text.slice(at, at + size);
}

async function rowsOf(text: string, size = 7): Promise<Array<ReadonlyArray<string | null>>> {
  const rows = [];
  for await (const { cells } of readCsv(cut(text, size))) rows.push(cells);
  return rows;
}

describe('csv', () => {
  it('comes back as it was written, in pieces of any size', async () => {
    const cell = fc.oneof(
      fc.constant(null),
      fc.string({ unit: 'grapheme', maxLength: 12 }),
      fc.constantFrom('=1', "'", '"', ',', '\n', '-5', '+x', ''),
    );
    const table = fc.array(fc.array(cell, { minLength: 2, maxLength: 4 }), { maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(table, fc.integer({ min: 1, max: 9 }), async (rows, size) => {
        const text = rows.map((cells) => csvLine(cells)).join('');
        expect(await rowsOf(text, size)).toEqual(rows);
      }),
    );
  });

  it.each<[CsvValue, string]>([
    ['=cmd()', "'=cmd()"],
    ['+15551234567@2026-10-01', "'+15551234567@2026-10-01"],
    ['@sum', "'@sum"],
    ['\tx', "'\tx"],
    ["'quoted", "''quoted"],
    [-12, '-12'],
    ['-12.50', '-12.50'],
    ['-12x', "'-12x"],
    ['', '""'],
    [null, ''],
    [true, 'true'],
  ])('writes %j as %s', (value, text) => {
    expect(csvCell(value)).toBe(text);
  });

  it('numbers the line on which each row begins', async () => {
    const lines = [];
    for await (const { line } of readCsv(cut(csvLine(['a\nb\nc', 1]) + csvLine(['d', 2]), 3))) lines.push(line);
    expect(lines).toEqual([1, 4]);
  });

  it.each([
    ['a,b', 'the last line has no end'],
    ['a"b"c,d\n', 'a quote stands inside a cell'],
    ['"a"b,c\n', 'something stands between'],
    ['"a,b\n', 'the last line has no end'],
  ])('refuses %j', async (text, fault) => {
    await expect(rowsOf(text)).rejects.toThrow(fault);
  });
});
