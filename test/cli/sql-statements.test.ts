import { describe, expect, it } from 'vitest';
import { type SqlInput, StatementReader } from '../../src/cli/sql-statements.ts';
import { firstWord } from '../../src/warehouse/sql-first-word.ts';

function read(text: string): SqlInput[] {
  const reader = new StatementReader();
  return [...text.split('\n').flatMap((line) => reader.line(line)), ...reader.rest()];
}
const statements = (text: string) =>
  read(text).map((input) => (input.kind === 'statement' ? input.text : `\\${input.word} ${input.argument}`));

describe('statements of typed text', () => {
  it.each([
    ['select 1; select 2', ['select 1', 'select 2']],
    ['select 1\n, 2\n;', ['select 1\n, 2']],
    [`select 'a;b', "c;d", 'it''s;'; x`, [`select 'a;b', "c;d", 'it''s;'`, 'x']],
    [`select E'a\\';b', e'c''\\';d'; x`, [`select E'a\\';b', e'c''\\';d'`, 'x']],
    [`select name'\\'; x`, [`select name'\\'`, 'x']],
    ['select $$a;b$$, $q$ $$;\n;$q $q$; x', ['select $$a;b$$, $q$ $$;\n;$q $q$', 'x']],
    ['select a$b$, $1; x$b$', ['select a$b$, $1', 'x$b$']],
    ['select 1 -- no; end\n; x', ['select 1 -- no; end', 'x']],
    ['select /* a; /* b; */ c; */ 1; x', ['select /* a; /* b; */ c; */ 1', 'x']],
    ['select 4 / 2 - -1; x', ['select 4 / 2 - -1', 'x']],
    [`select 'a\nb;\nc'; x`, [`select 'a\nb;\nc'`, 'x']],
    ['-- only words\n/* and\nmore */\n;;', []],
    ['\\d faxes;\nselect 1\n\\d\n;', ['\\d faxes', 'select 1\n\\d']],
    ["select 'never closed; x", ["select 'never closed; x"]],
    ['/* never closed; x', ['/* never closed; x']],
  ])('are cut from %j', (text, expected) => {
    expect(statements(text)).toEqual(expected);
  });

  it('wait for their end where one was begun', () => {
    const reader = new StatementReader();
    const inside = ['', '-- words', 'select', "'", ';', "'", ';', '/*', '*/', 'x'].map((line) => {
      reader.line(line);
      return reader.isInside;
    });
    expect(inside).toEqual([false, false, true, true, true, true, false, true, false, true]);
    reader.clear();
    expect([reader.isInside, reader.rest()]).toEqual([false, []]);
  });

  // Once quadratic and more: minutes for any of these. Vitest ends a test after some seconds.
  it('are cut in a moment however long they are', () => {
    const ids = Array.from({ length: 200_000 }, (_, id) => 394_000_000 + id).join(',');
    expect(statements(`select * from charges where fax_id in (${ids}); x`)).toHaveLength(2);
    const rows = Array.from({ length: 100_000 }, (_, row) => `(${row}, 'a;b'),`).join('\n');
    expect(statements(`select * from (values\n${rows}\n(0, '')); x`)).toHaveLength(2);
    const text = `select '${'a;\n'.repeat(100_000)}'; x`;
    expect(statements(text)).toHaveLength(2);
    expect(statements(`/*${'/*;\n*/'.repeat(100_000)}*/ select 1; x`)).toHaveLength(2);
  });
});

describe('the first word of a statement', () => {
  it.each([
    ['select 1', 'select'],
    [' ( (SELECT 1) union select 2)', 'select'],
    ['-- a\n/* b /* c */ d */ copy (select 1) to stdout', 'copy'],
    ['/* copy */ values (1)', 'values'],
    ['selection', 'selection'],
    ['select_1', ''],
    ['/* never closed', ''],
    ['', ''],
  ])('of %j is %j', (text, word) => {
    expect(firstWord(text)).toBe(word);
  });

  it('is found in a moment behind any number of comments', () => {
    expect(firstWord(`${'/* a */ '.repeat(100_000)}${'-- b\n'.repeat(100_000)}${' '.repeat(100_000)}x1`)).toBe('');
  });
});
