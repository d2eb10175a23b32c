import { describe, expect, it } from 'vitest';
import { decodeBody, decodeOne } from '../support/decode-one.ts';

const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);

describe('the tags of a fax', () => {
  it('are texts in the order of their names', () => {
    const { fax, drift } = decodeOne('"tags":{"b":7,"c":null,"a":"x","d":{"y":[1.50]},"e":9007199254740993,"f":false}');
    expect(Object.entries(fax.tags)).toEqual([
      ['a', 'x'],
      ['b', '7'],
      ['c', 'null'],
      ['d', '{"y":[1.50]}'],
      ['e', '9007199254740993'],
      ['f', 'false'],
    ]);
    expect(drift.map(([, field, kind, detail]) => [field, kind, detail])).toEqual([
      ['tags', 'unexpected_type', 'number'],
      ['tags', 'unexpected_type', 'null'],
      ['tags', 'unexpected_type', 'object'],
      ['tags', 'unexpected_type', 'boolean'],
    ]);
  });

  it('are none when PHP sends an empty list, and the last of repeated names wins', () => {
    expect(decodeOne('"tags":[]', 'v1').fax.tags).toEqual({});
    expect(decodeOne('"tags":{"a":"1","a":"2"}').fax.tags).toEqual({ a: '2' });
  });

  it.each(['"tags":{"__proto__":"p","constructor":"c"}', '"tags":{"z":"1","__proto__":"p","constructor":"c"}'])(
    'may be called __proto__: %s',
    (members) => {
      const { fax } = decodeOne(members);
      expect(Object.keys(fax.tags)).toContain('__proto__');
      expect(Object.getPrototypeOf(fax.tags)).toBe(Object.prototype);
      expect(JSON.stringify(fax.tags)).toContain('"__proto__":"p"');
    },
  );
});

describe('the unknown fields of a fax', () => {
  it('are kept with every digit, in the order of their names', () => {
    const { fax, refused, drift } = decodeOne(
      '"z":12345678901234567890,"a":{"d":0.10,"c":[1e2,-0.5]},"__proto__":{"x":1}',
    );
    expect(JSON.stringify(fax.extra)).toBe(
      '{"__proto__":{"x":1},"a":{"c":[100,-0.5],"d":0.10},"z":12345678901234567890}',
    );
    expect(refused).toEqual([]);
    expect(drift).toEqual([
      ['fax', '__proto__', 'unknown_field', 'object'],
      ['fax', 'a', 'unknown_field', 'object'],
      ['fax', 'z', 'unknown_field', 'number'],
    ]);
    expect(({} as Record<string, unknown>)['x']).toBeUndefined();
  });

  it('keep a number that Postgres would refuse as a text', () => {
    const { fax, refused } = decodeOne('"n":1e999999');
    expect(fax.extra).toEqual({ n: '1e999999' });
    expect(refused).toEqual([['value', '$.n', 'number_out_of_range', '1e999999']]);
  });

  it.each([
    [31, true],
    [32, false],
    [10_000, false],
    [200_000, false],
  ])('nested %i levels deep: kept %s', (depth, isKept) => {
    const { fax, notes } = decodeOne(`"deep":${nested(depth)},"flat":1`);
    expect(Object.keys(fax.extra ?? {})).toEqual(isKept ? ['deep', 'flat'] : ['flat']);
    expect(notes.rejections.map(({ path, reason }) => [path, reason])).toEqual(isKept ? [] : [['$.deep', 'too_deep']]);
  });

  it('refuse a record only where a number in it would need a deep text to be read again', () => {
    const body = `{"success":true,"data":[{"id":9007199254740993,"deep":${nested(100_000)}},{"id":9007199254740995}]}`;
    const { page, notes } = decodeBody(body);
    expect(page.items.map(({ faxId }) => faxId)).toEqual(['9007199254740995']);
    expect(notes.rejections.map(({ scope, reason }) => [scope, reason])).toEqual([['record', 'too_deep']]);
  });

  it('of recipients are kept too: phone_calls of 2021', () => {
    const { fax, drift } = decodeOne('"recipients":[{"phone_calls":[{"duration":12}]},{"phone_calls":[]}]');
    expect(fax.recipients?.map(({ extra }) => extra)).toEqual([
      { phone_calls: [{ duration: 12 }] },
      { phone_calls: [] },
    ]);
    expect(drift).toEqual([['recipient', 'phone_calls', 'unknown_field', 'array']]);
  });
});

describe('an answer', () => {
  it.each([
    '',
    'null',
    '[]',
    '[{"id":1}]',
    '7',
    '<html></html>',
    '{"success":true,"data":[{"id":1}',
    '{"success":false,"message":"no","data":[{"id":1}]}',
    '{"success":"true","data":[{"id":1}]}',
    '{"success":true,"message":"Deleted fax successfully!"}',
    '{"success":true,"data":null}',
    '{"success":true,"data":"many"}',
    '{"data":[{"id":1}]}',
  ])('of another form is unreadable, which is not empty: %s', (body) => {
    const { page, refused } = decodeBody(body);
    expect(page).toEqual({ items: [], recordCount: 0, readable: false });
    expect(refused).toEqual([['record', '$', 'unreadable_page', body]]);
  });

  it('may hold nothing, begin with a byte order mark or repeat a name', () => {
    expect(decodeBody('{"success":true,"data":[]}').page).toEqual({ items: [], recordCount: 0, readable: true });
    expect(decodeBody('\ufeff {"id":9007199254740993}').fax.faxId).toBe('9007199254740993');
    const { page, refused } = decodeBody(
      '{"success":true,"data":[{"id":1}],"message":"]\\"","data":[ {"id":{}} , {"id":2}]}',
    );
    expect(page.items.map(({ faxId }) => faxId)).toEqual(['2']);
    expect(refused).toEqual([['record', '$', 'unreadable_id', '{"id":{}}']]);
  });
});
