import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FORM_LIMITS, FormError, readForm } from '../../src/phaxio/multipart.ts';
import { BOUNDARY, type FormPart, MULTIPART, multipartBody } from '../support/form-body.ts';

const sha1 = (content: string | Uint8Array) => createHash('sha1').update(content).digest('hex');
const read = (parts: readonly FormPart[]) => readForm(multipartBody(parts), MULTIPART);

/** The code and fault of the refusal, or what was read. */
async function outcome(body: Uint8Array, contentType: string | null | undefined = MULTIPART) {
  try {
    return await readForm(body, contentType);
  } catch (error) {
    if (!(error instanceof FormError)) throw error;
    return `${error.code}: ${String(error.context['fault'])}`;
  }
}

const CALLBACK: readonly FormPart[] = [
  { name: 'fax', value: '{"id":2,"tags":{"naam":"Zoë"}}' },
  { name: 'event_type', value: 'fax_completed' },
  { name: 'file', value: '%PDF-1.4 \r\n--not the boundary\r\n', filename: 'fax-2.pdf', type: 'application/pdf' },
  { name: 'success', value: 'true' },
];

describe('readForm', () => {
  it('reads fields as text and files as digests, in order of arrival', async () => {
    expect(await read(CALLBACK)).toEqual({
      fields: [
        { name: 'fax', value: '{"id":2,"tags":{"naam":"Zoë"}}' },
        { name: 'event_type', value: 'fax_completed' },
        { name: 'success', value: 'true' },
      ],
      files: [{ name: 'file', sha1: sha1('%PDF-1.4 \r\n--not the boundary\r\n') }],
    });
  });

  it('keeps repeated names and unknown ones', async () => {
    const form = await read([
      { name: 'a', value: '1' },
      { name: 'a', value: '2' },
      { name: 'file', value: '', filename: 'x.pdf' },
      { name: 'file', value: 'b', filename: 'y.pdf' },
    ]);
    expect(form.fields).toEqual([
      { name: 'a', value: '1' },
      { name: 'a', value: '2' },
    ]);
    expect(form.files.map((file) => file.sha1)).toEqual([sha1(''), sha1('b')]);
  });

  it('hashes a file of the largest size', async () => {
    const document = Buffer.alloc(FORM_LIMITS.file_bytes_max, 'pdf\r\n--');
    const form = await read([{ name: 'file', value: document, filename: 'x.pdf' }]);
    expect(form.files).toEqual([{ name: 'file', sha1: sha1(document) }]);
  });

  it('reads an urlencoded form', async () => {
    const form = await readForm(
      Buffer.from('fax=%7B%22id%22%3A2%7D&success=true'),
      'application/x-www-form-urlencoded',
    );
    expect(form).toEqual({
      fields: [
        { name: 'fax', value: '{"id":2}' },
        { name: 'success', value: 'true' },
      ],
      files: [],
    });
  });

  it('gives back any texts and bytes', async () => {
    const name = fc.string({ unit: fc.constantFrom('a', 'b', '_', '1'), minLength: 1, maxLength: 8 });
    const parts = fc.array(
      fc.oneof(
        fc.record({ name, value: fc.string({ unit: 'grapheme' }) }),
        fc.record({ name, value: fc.uint8Array({ maxLength: 300 }), filename: fc.constant('f.pdf') }),
      ),
      { maxLength: 10 },
    );
    await fc.assert(
      fc.asyncProperty(parts, async (all) => {
        const files = all.filter((part) => 'filename' in part);
        fc.pre(files.length <= FORM_LIMITS.files_max);
        const form = await read(all);
        expect(form.files).toEqual(files.map((part) => ({ name: part.name, sha1: sha1(part.value) })));
        expect(form.fields).toEqual(
          all.filter((part) => !('filename' in part)).map(({ name, value }) => ({ name, value })),
        );
      }),
      { numRuns: 200 },
    );
  });

  it('refuses a body cut off at any offset, or reads the whole of it', async () => {
    const body = multipartBody(CALLBACK);
    const whole = await outcome(body);
    const read: number[] = [];
    for (let length = 0; length < body.length; length++) {
      const result = await outcome(body.subarray(0, length));
      if (typeof result !== 'string') {
        expect(result).toEqual(whole);
        read.push(length);
      } else {
        expect(result).toBe('form_malformed: cut_off');
      }
    }
    // Only the line end behind the closing boundary may be missing.
    expect(read).toEqual([body.length - 2, body.length - 1]);
  });

  it('survives any changed byte', async () => {
    const body = multipartBody(CALLBACK);
    for (let at = 0; at < body.length; at++) {
      const changed = Buffer.from(body);
      changed[at] = (changed[at] ?? 0) ^ 1;
      const result = await outcome(changed);
      if (typeof result === 'string') expect(result).toMatch(/^form_malformed: /);
    }
  });

  it('survives any bytes at all', async () => {
    const piece = fc.oneof(
      fc.uint8Array({ maxLength: 40 }),
      fc
        .constantFrom(
          `--${BOUNDARY}\r\n`,
          `\r\n--${BOUNDARY}\r\n`,
          `\r\n--${BOUNDARY}--`,
          'Content-Disposition: form-data; name="a"\r\n\r\n',
          'Content-Disposition: form-data; name="a"; filename="b"\r\n\r\n',
          'Content-Disposition: attachment\r\n\r\n',
          'Content-Type: multipart/mixed; boundary=x\r\n',
          '\r\n',
        )
        .map((text) => new Uint8Array(Buffer.from(text))),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 12 }), async (pieces) => {
        const result = await outcome(Buffer.concat(pieces));
        if (typeof result === 'string') expect(result).toMatch(/^form_(?:malformed|too_large): /);
      }),
      { numRuns: 500 },
    );
  });

  it('refuses what is not a form', async () => {
    const body = multipartBody(CALLBACK);
    expect(await outcome(body, null)).toBe('form_malformed: content_type');
    expect(await outcome(body, 'application/json')).toBe('form_malformed: content_type');
    expect(await outcome(body, 'multipart/form-data')).toBe('form_malformed: boundary');
    expect(await outcome(body, 'multipart/form-data; boundary=another')).toBe('form_malformed: cut_off');
    expect(await outcome(Buffer.alloc(0))).toBe('form_malformed: cut_off');
  });

  it('refuses too much of anything', async () => {
    const many = (count: number, part: FormPart) => Array.from({ length: count }, () => part);
    const field = { name: 'a', value: '1' };
    const file = { name: 'f', value: '1', filename: 'f' };
    expect(await outcome(multipartBody(many(FORM_LIMITS.fields_max, field)))).toBeTypeOf('object');
    expect(await outcome(multipartBody(many(FORM_LIMITS.fields_max + 1, field)))).toBe(
      'form_malformed: too_many_fields',
    );
    expect(await outcome(multipartBody(many(FORM_LIMITS.files_max + 1, file)))).toBe('form_malformed: too_many_files');
    expect(await outcome(multipartBody(many(10_000, field)))).toBe('form_malformed: too_many_fields');
    const urlencoded = Buffer.from('a=1&'.repeat(10_000));
    expect(await outcome(urlencoded, 'application/x-www-form-urlencoded')).toBe('form_malformed: too_many_fields');
    const longest = { name: 'a', value: 'x'.repeat(FORM_LIMITS.field_bytes_max) };
    expect(await outcome(multipartBody([longest]))).toBeTypeOf('object');
    expect(await outcome(multipartBody([{ name: 'a', value: `${longest.value}x` }]))).toBe(
      'form_too_large: field_bytes',
    );
    const largest = Buffer.alloc(FORM_LIMITS.file_bytes_max + 1);
    expect(await outcome(multipartBody([{ ...file, value: largest }]))).toBe('form_too_large: file_bytes');
    expect(await outcome(Buffer.alloc(FORM_LIMITS.body_bytes_max + 1))).toBe('form_too_large: body_bytes');
    expect(await outcome(multipartBody([{ name: 'n'.repeat(101), value: '' }]))).toBe('form_malformed: field_name');
  });

  it('takes a nested form as the plain value it is', async () => {
    const nested = multipartBody([{ name: 'inner', value: 'x' }], 'inside').toString();
    expect(await read([{ name: 'outer', value: nested, type: 'multipart/mixed; boundary=inside' }])).toEqual({
      fields: [{ name: 'outer', value: nested }],
      files: [],
    });
  });
});
