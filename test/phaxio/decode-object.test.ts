import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isExactNumber } from '../../src/domain/exact-number.ts';
import { Notes } from '../../src/domain/notes.ts';
import { decodeObjects, type ObjectShape } from '../../src/phaxio/decode-object.ts';

const PART: ObjectShape = {
  object: 'part',
  key: { name: 'id', column: 'part_id', form: 'id' },
  fields: [{ name: 'status', column: 'status', form: 'word', known: new Set(['open']) }],
};
const THING: ObjectShape = {
  object: 'thing',
  key: { name: 'id', column: 'thing_id', form: 'id' },
  list: { name: 'parts', shape: PART },
  dropped: ['password'],
  fields: [
    { name: 'name', column: 'name', form: 'text' },
    { name: 'phone', column: 'phone', form: 'phone' },
    { name: 'count', column: 'count', form: 'count' },
    { name: 'is_on', column: 'is_on', form: 'flag' },
    { name: 'seen', column: 'seen_at', form: 'stamp' },
    { name: 'zip', column: 'zip', form: 'text' },
    { name: 'zip', column: 'is_zip_numeric', form: 'is_number' },
  ],
};
const NAMED: ObjectShape = { object: 'named', key: { name: 'mac', column: 'mac', form: 'text' }, fields: [] };

/** Decodes the records of a list, each as JSON text. */
function decode(shape: ObjectShape, ...records: readonly string[]) {
  const notes = new Notes();
  const page = decodeObjects(`{"success":true,"data":[${records.join(',')}]}`, shape, notes);
  const refused = notes.rejections.map(({ object, recordId, path, reason }) => [object, recordId, path, reason]);
  const drift = notes.driftNotes().map(({ object, field, kind, detail }) => [object, field, kind, detail]);
  return { page, items: page.items, refused, drift };
}

describe('decodeObjects', () => {
  it('gives the values in the order of the fields, null for what was not sent, and keeps no dropped field', () => {
    const { items, refused, drift } = decode(
      THING,
      '{"id":1,"password":"x","name":"a","phone":"4145550123","count":2,"is_on":false,"seen":"2021-07-07T13:56:04.000-05:00","zip":"01234","parts":[]}',
      '{"id":2}',
    );
    const seenAt = Date.UTC(2021, 6, 7, 18, 56, 4);
    expect(items).toEqual([
      {
        key: '1',
        values: ['a', '+14145550123', 2, false, seenAt, '01234', false],
        list: [],
        isListWhole: true,
        extra: null,
      },
      { key: '2', values: Array(7).fill(null), list: null, isListWhole: false, extra: null },
    ]);
    expect([refused, drift]).toEqual([[], []]);
  });

  it.each([
    ['12345', '12345', true],
    ['1.50', '1.50', true],
    ['9007199254740993', '9007199254740993', true],
    ['"12345"', '12345', false],
    ['true', 'true', false],
    ['null', null, null],
  ])('says of a code sent as %s whether it was a number, and keeps it as sent', (sent, text, isNumber) => {
    const { items, refused } = decode(THING, `{"id":1,"zip":${sent}}`);
    expect(items[0]?.values.slice(5)).toEqual([text, isNumber]);
    expect(refused).toEqual([]);
  });

  it('names the object of a list in its own name, and only until the list ends', () => {
    const { items, refused, drift } = decode(
      THING,
      '{"id":1,"parts":[{"id":7,"status":"held","more":1}],"other":true}',
      '{"id":2,"count":-1}',
    );
    expect(items[0]?.list).toEqual([{ key: '7', values: ['held'], list: null, isListWhole: true, extra: { more: 1 } }]);
    expect(items[0]?.extra).toEqual({ other: true });
    expect(drift).toEqual([
      ['thing', 'other', 'unknown_field', 'boolean'],
      ['part', 'status', 'unknown_value', 'held'],
      ['part', 'more', 'unknown_field', 'number'],
    ]);
    expect(refused).toEqual([['thing', '2', '$.count', 'negative_integer']]);
  });

  it.each([
    ['null', null, []],
    ['"x"', null, [['thing', '1', '$.parts', 'not_an_array']]],
    ['{}', null, [['thing', '1', '$.parts', 'not_an_array']]],
    ['[{"status":"open"},{"id":8}]', ['8'], [['part', '1', '$.parts[0].id', 'missing_id']]],
    ['[{"id":0},{"id":8}]', ['8'], [['part', '1', '$.parts[0].id', 'id_out_of_range']]],
    [
      '[{"id":8},7]',
      ['8'],
      [
        ['part', '1', '$.parts[1]', 'not_an_object'],
        ['part', '1', '$.parts[1].id', 'missing_id'],
      ],
    ],
  ])('takes of the list %s what it can, and says that it is not whole', (sent, keys, expected) => {
    const { items, refused } = decode(THING, `{"id":1,"parts":${sent}}`);
    expect(items[0]?.isListWhole).toBe(false);
    expect(items[0]?.list?.map(({ key }) => key) ?? null).toEqual(keys);
    expect(refused).toEqual(expected);
  });

  it('keeps ids digit by digit, in the list too', () => {
    const { items, refused } = decode(THING, '{"id":9223372036854775807,"parts":[{"id":9007199254740993},{"id":"4"}]}');
    expect(items[0]?.key).toBe('9223372036854775807');
    expect(items[0]?.list?.map(({ key }) => key)).toEqual(['9007199254740993', '4']);
    expect(refused).toEqual([]);
  });

  it.each([
    ['{"mac":"0A1B"}', '0A1B', []],
    ['{"mac":12}', '12', []],
    ['{"mac":""}', null, [['named', null, '$', 'missing_mac']]],
    ['{"mac":null}', null, [['named', null, '$', 'missing_mac']]],
    ['{}', null, [['named', null, '$', 'missing_mac']]],
    [
      '{"mac":{}}',
      null,
      [
        ['named', null, '$.mac', 'not_a_text'],
        ['named', null, '$', 'missing_mac'],
      ],
    ],
    ['"x"', null, [['named', null, '$', 'not_an_object']]],
  ])('reads the text that is the key of %s, or refuses the record', (sent, key, expected) => {
    const { items, refused } = decode(NAMED, sent);
    expect(items.map((item) => item.key)).toEqual(key === null ? [] : [key]);
    expect(refused).toEqual(expected);
  });

  it('refuses a page that is none of the provider, whole', () => {
    for (const body of [
      '',
      'x',
      '[]',
      '{"success":false,"data":[]}',
      '{"success":true}',
      '{"success":true,"data":[{"id":1}',
    ]) {
      const notes = new Notes();
      expect(decodeObjects(body, THING, notes)).toEqual({ items: [], recordCount: 0, readable: false });
      expect(notes.rejections).toMatchObject([{ reason: 'unreadable_page', scope: 'record', raw: body }]);
    }
  });

  it('never throws, and gives only values that Postgres can store, whatever was sent in any field', () => {
    const value = fc.oneof(
      fc.jsonValue({ maxDepth: 4 }).map((json) => JSON.stringify(json)),
      fc.string({ unit: 'binary' }).map((text) => JSON.stringify(text)),
      fc.constantFrom(
        '1e400',
        '-0',
        '0.10',
        '9223372036854775808',
        '"\\u0000"',
        '"\\ud800"',
        `"${'x'.repeat(10_001)}"`,
      ),
      fc.constantFrom(`${'['.repeat(100)}${']'.repeat(100)}`, `${'{"a":'.repeat(40)}1${'}'.repeat(40)}`),
    );
    const names = ['id', 'name', 'phone', 'count', 'is_on', 'seen', 'zip', 'parts', 'password', 'more', '__proto__'];
    const record = fc
      .array(fc.tuple(fc.constantFrom(...names), value), { maxLength: 8 })
      .map((members) => `{${[['id', '1'], ...members].map(([name, json]) => `"${name}":${json}`).join(',')}}`);
    const storable = (kept: unknown): boolean => {
      if (typeof kept === 'string') return kept.isWellFormed() && !kept.includes('\u0000') && kept.length <= 10_000;
      if (typeof kept === 'number') return Number.isFinite(kept);
      if (isExactNumber(kept)) return kept.rawJSON.length <= 100;
      if (typeof kept !== 'object' || kept === null) return true;
      return Object.entries(kept).every(([name, inner]) => storable(name) && storable(inner));
    };
    fc.assert(
      fc.property(fc.array(record, { maxLength: 3 }), (records) => {
        const { page } = decode(THING, ...records);
        expect(page).toMatchObject({ readable: true, recordCount: records.length });
        expect(storable(page.items)).toBe(true);
      }),
      { numRuns: 1500 },
    );
  });
});
