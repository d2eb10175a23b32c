import { describe, expect, it } from 'vitest';
import type { Fax } from '../../src/domain/fax.ts';
import { RAW_MAX_CHARS } from '../../src/phaxio/json.ts';
import { decodeBody, decodeOne } from '../support/decode-one.ts';

describe('the id of a fax', () => {
  it.each([
    ['1', '1'],
    ['4294967296', '4294967296'],
    ['9007199254740991', '9007199254740991'],
    ['1e3', '1000'],
  ])('is read without loss: %s', (sent, faxId) => {
    const { fax, refused, drift } = decodeBody(`{"id":${sent}}`);
    expect(fax.faxId).toBe(faxId);
    expect([...refused, ...drift]).toEqual([]);
  });

  it.each(['9007199254740993', '9223372036854775807'])('is read without loss beyond 2^53, and noted: %s', (sent) => {
    const { fax, refused, drift } = decodeBody(`{"id":${sent}}`);
    expect(fax.faxId).toBe(sent);
    expect(refused).toEqual([]);
    expect(drift).toEqual([['fax', 'id', 'unexpected_type', 'beyond_2_53']]);
  });

  it('is taken from a text of digits, and noted', () => {
    const { fax, drift } = decodeBody('{"id":"9223372036854775807"}');
    expect(fax.faxId).toBe('9223372036854775807');
    expect(drift).toEqual([['fax', 'id', 'unexpected_type', 'string']]);
  });

  it.each([
    ['{"id":9223372036854775808}', 'id_out_of_range'],
    ['{"id":99999999999999999999}', 'id_out_of_range'],
    ['{"id":"9223372036854775808"}', 'id_out_of_range'],
    ['{"id":0}', 'id_out_of_range'],
    ['{"id":-5}', 'id_out_of_range'],
    ['{}', 'missing_id'],
    ['{"id":null}', 'missing_id'],
    ['{"id":1e400}', 'unreadable_id'],
    ['{"id":7.5}', 'unreadable_id'],
    ['{"id":"abc"}', 'unreadable_id'],
    ['{"id":"007"}', 'unreadable_id'],
    ['{"id":""}', 'unreadable_id'],
    ['{"id":[5]}', 'unreadable_id'],
    ['{"id":true}', 'unreadable_id'],
    ['7', 'not_an_object'],
    ['null', 'not_an_object'],
    ['[ {"id":1} ]', 'not_an_object'],
  ])('that cannot be used refuses the record and no other: %s', (record, reason) => {
    const { page, refused } = decodeBody(`{"success":true,"data":[{"id":1}, ${record} ,{"id":2}]}`);
    expect(page.items.map(({ faxId }) => faxId)).toEqual(['1', '2']);
    expect(page.recordCount).toBe(3);
    expect(refused).toEqual([['record', '$', reason, record]]);
  });

  it('names the record of each refused value', () => {
    const { notes } = decodeBody(
      '{"success":true,"data":[{"id":1,"cost":-1},{"cost":-1},{"id":9007199254740993,"cost":-1}]}',
    );
    expect(notes.rejections.map(({ recordId, reason }) => [recordId, reason])).toEqual([
      ['1', 'negative_cost'],
      [null, 'missing_id'],
      ['9007199254740993', 'negative_cost'],
    ]);
  });
});

describe('the cost of a fax', () => {
  it.each([
    ['0', 0],
    ['-0', 0],
    ['7', 7],
    ['2147483647', 2147483647],
    ['null', null],
  ])('is whole cents: %s', (sent, cents) => {
    const { fax, refused, drift } = decodeOne(`"cost":${sent}`);
    expect(fax.costCents).toBe(cents);
    expect([...refused, ...drift]).toEqual([]);
  });

  it('is taken from a text of digits, and noted', () => {
    const { fax, refused, drift } = decodeOne('"cost":"7"');
    expect(fax.costCents).toBe(7);
    expect(refused).toEqual([]);
    expect(drift).toEqual([['fax', 'cost', 'unexpected_type', 'string']]);
  });

  it.each([
    ['-7', 'negative_cost'],
    ['"-7"', 'negative_cost'],
    ['7.5', 'not_whole_cents'],
    ['7.50', 'not_whole_cents'],
    ['"7.00"', 'not_whole_cents'],
    ['" 7"', 'not_whole_cents'],
    ['""', 'not_whole_cents'],
    ['"NaN"', 'not_whole_cents'],
    ['"Infinity"', 'not_whole_cents'],
    ['1e400', 'not_whole_cents'],
    ['true', 'not_whole_cents'],
    ['[7]', 'not_whole_cents'],
    ['{"amount":7}', 'not_whole_cents'],
    ['2147483648', 'cost_out_of_range'],
    ['1000000000000', 'cost_out_of_range'],
    ['"1000000000000"', 'cost_out_of_range'],
    ['9007199254740993', 'cost_out_of_range'],
  ])('is never guessed: %s', (sent, reason) => {
    const { fax, refused } = decodeOne(`"cost":${sent}`);
    expect(fax.costCents).toBeNull();
    expect(refused).toEqual([['value', '$.cost', reason, sent]]);
  });
});

describe('the whole numbers of a fax', () => {
  it.each([
    ['-1', 'negative_integer'],
    ['1.5', 'not_an_integer'],
    ['2147483648', 'integer_out_of_range'],
    ['"12a"', 'not_an_integer'],
    ['{}', 'not_an_integer'],
  ])('are refused one by one: %s', (sent, reason) => {
    const { fax, refused } = decodeOne(`"num_pages":${sent},"error_id":${sent},"recipients":[{"bitrate":${sent}}]`);
    expect([fax.numPages, fax.errorId, fax.recipients?.[0]?.bitrate]).toEqual([null, null, null]);
    expect(refused).toEqual([
      ['value', '$.recipients[0].bitrate', reason, sent],
      ['value', '$.num_pages', reason, sent],
      ['value', '$.error_id', reason, sent],
    ]);
  });

  it('are taken from texts of digits: as a matter of course where v1 writes them so, else noted', () => {
    const recipients = '"recipients":[{"retry_count":"1","bitrate":"14400","resolution":"8040"}]';
    const v1 = decodeOne(recipients, 'v1');
    expect(v1.fax.recipients?.[0]).toMatchObject({ retryCount: 1, bitrate: 14400, resolution: 8040 });
    expect(v1.drift).toEqual([['recipient', 'retry_count', 'unexpected_type', 'string']]);
    const v2 = decodeOne(recipients, 'v2');
    expect(v2.fax.recipients).toEqual(v1.fax.recipients);
    expect(v2.drift).toHaveLength(3);
  });
});

describe('the times of a fax', () => {
  const AT = Date.UTC(2017, 9, 27, 19, 41, 11);

  it.each([
    ['v2', '"2017-10-27T14:41:11.000-05:00"', 0],
    ['v2', '1509133271', 1],
    ['v1', '1509133271', 0],
    ['v1', '"1509133271"', 1],
    ['v1', '"2017-10-27T14:41:11.000-05:00"', 1],
  ] as const)('are UTC; the other dialect’s form is taken and noted: %s %s', (dialect, sent, notes) => {
    const { fax, refused, drift } = decodeOne(`"completed_at":${sent}`, dialect);
    expect(fax.completedAt).toBe(AT);
    expect(refused).toEqual([]);
    expect(drift).toHaveLength(notes);
  });

  it.each([
    ['v2', '"2017-10-27T14:41:11"'],
    ['v2', '"2017-02-30T00:00:00Z"'],
    ['v2', '"42978-01-01T00:00:00Z"'],
    ['v2', '"1899-01-01T00:00:00Z"'],
    ['v2', '1509133271000'],
    ['v2', 'true'],
    ['v2', '""'],
    ['v1', '1509133271000'],
    ['v1', '0'],
    ['v1', '1509133271.5'],
    ['v1', '"yesterday"'],
    ['v1', '[1509133271]'],
  ] as const)('are refused when they are none: %s %s', (dialect, sent) => {
    const { fax, refused } = decodeOne(`"completed_at":${sent}`, dialect);
    expect(fax.completedAt).toBeNull();
    expect(refused).toEqual([['value', '$.completed_at', 'not_an_instant', sent]]);
  });
});

describe('the open words of a fax', () => {
  it('are kept and counted when unknown', () => {
    const { fax, refused, drift } = decodeOne(
      '"status":"vanished","direction":"sideways","error_type":"cosmicError","recipients":[{"status":"dreaming"}]',
    );
    expect(fax).toMatchObject({ status: 'vanished', direction: 'sideways', errorType: 'cosmicError' });
    expect(fax.recipients?.[0]?.status).toBe('dreaming');
    expect(refused).toEqual([]);
    expect(drift).toEqual([
      ['fax', 'direction', 'unknown_value', 'sideways'],
      ['recipient', 'status', 'unknown_value', 'dreaming'],
      ['fax', 'status', 'unknown_value', 'vanished'],
      ['fax', 'error_type', 'unknown_value', 'cosmicError'],
    ]);
  });

  it('are not quoted in notes when they are not words', () => {
    const { fax, drift } = decodeOne('"status":"+14141234567"');
    expect(fax.status).toBe('+14141234567');
    expect(drift).toEqual([['fax', 'status', 'unknown_value', '(not a word)']]);
  });

  it.each([
    ['true', true, []],
    ['"true"', true, [['fax', 'is_test', 'unexpected_type', 'string']]],
    ['"false"', false, [['fax', 'is_test', 'unexpected_type', 'string']]],
    ['null', null, []],
  ])('is_test may be a text: %s', (sent, value, drift) => {
    const decoded = decodeOne(`"is_test":${sent}`);
    expect(decoded.fax.isTest).toBe(value);
    expect(decoded.drift).toEqual(drift);
    expect(decodeOne('"is_test":1').refused).toEqual([['value', '$.is_test', 'not_a_boolean', '1']]);
  });
});

describe('the texts of a fax', () => {
  it.each([
    ['caller_name', '$.caller_name', (fax: Fax) => fax.callerName],
    ['error_message', '$.error_message', (fax: Fax) => fax.errorMessage],
    ['status', '$.status', (fax: Fax) => fax.status],
    ['unknown', '$.unknown', (fax: Fax) => fax.extra?.['unknown']],
  ])('%s loses NUL and half surrogates, and the original is kept escaped', (field, path, readFrom) => {
    const { fax, refused } = decodeOne(`"${field}":"a\\u0000b\\ud83d"`);
    expect(readFrom(fax)).toBe('ab\ufffd');
    expect(refused).toEqual([
      ['value', path, 'lone_surrogate', '"a\\u0000b\\ud83d"'],
      ['value', path, 'nul_character', '"a\\u0000b\\ud83d"'],
    ]);
  });

  it('are tidied in tags, barcodes, nested unknown fields and names too', () => {
    const { fax, refused } = decodeOne(
      '"tags":{"n\\u0000":"v\\u0000"},"barcodes":[{"metadata":"m\\u0000"}],"x":{"k\\u0000":["\\u0000"]}',
    );
    expect(fax.tags).toEqual({ n: 'v' });
    expect(fax.barcodes?.[0]?.metadata).toBe('m');
    expect(fax.extra).toEqual({ x: { k: [''] } });
    expect(refused.map(([, path]) => path)).toEqual([
      '$.tags["n\\u0000"]',
      '$.tags["n\\u0000"]',
      '$.barcodes[0].metadata',
      '$.x["k\\u0000"]',
      '$.x["k\\u0000"][0]',
    ]);
  });

  it('stay as they are when an escape is innocent', () => {
    const { fax, refused } = decodeOne('"caller_name":"\\ud83d\\ude00 \\\\u0000 \\u202e\\u200b"');
    expect(fax.callerName).toBe('😀 \\u0000 \u202e\u200b');
    expect(refused).toEqual([]);
  });

  it('are cut at 10,000 characters, never through a pair, and the original is kept', () => {
    const long = `${'x'.repeat(9_999)}😀`;
    const { fax, refused } = decodeOne(`"caller_name":"${long}","tags":{"t":"${long}"}`);
    expect(fax.callerName).toBe('x'.repeat(9_999));
    expect(fax.tags['t']).toBe('x'.repeat(9_999));
    expect(refused).toEqual([
      ['value', '$.caller_name', 'text_too_long', JSON.stringify(long)],
      ['value', '$.tags.t', 'text_too_long', JSON.stringify(long)],
    ]);
    const huge = decodeOne(`"caller_name":"${'y'.repeat(1_000_000)}"`);
    expect(huge.notes.rejections[0]?.raw).toHaveLength(RAW_MAX_CHARS);
  });

  it('may be sent as numbers or booleans, but not as objects', () => {
    const { fax, refused, drift } = decodeOne(
      '"caller_name":9007199254740993,"error_message":true,"error_type":{"a":1}',
    );
    expect(fax).toMatchObject({ callerName: '9007199254740993', errorMessage: 'true', errorType: null });
    expect(refused).toEqual([['value', '$.error_type', 'not_a_text', '{"a":1}']]);
    expect(drift.map(([, field, kind]) => [field, kind])).toEqual([
      ['caller_name', 'unexpected_type'],
      ['error_message', 'unexpected_type'],
    ]);
  });
});

describe('the lists of a fax', () => {
  it('are refused when they are no lists', () => {
    const { fax, refused } = decodeOne('"recipients":{"phone_number":"+14141234567"},"barcodes":"none","tags":[1]');
    expect(fax).toMatchObject({ recipients: null, barcodes: null, tags: {} });
    expect(refused).toEqual([
      ['value', '$.recipients', 'not_an_array', '{"phone_number":"+14141234567"}'],
      ['value', '$.tags', 'not_an_object', '[1]'],
      ['value', '$.barcodes', 'not_an_array', '"none"'],
    ]);
  });

  it('keep the places of their elements', () => {
    const { fax, refused } = decodeOne('"recipients":[{"status":"success"},"odd",{"status":"failure"}]');
    expect(fax.recipients?.map(({ status }) => status)).toEqual(['success', null, 'failure']);
    expect(refused).toEqual([['value', '$.recipients[1]', 'not_an_object', '"odd"']]);
  });
});
