import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readCallback } from '../../src/phaxio/callback-fields.ts';
import { type SignedContent, signCallback, verifyCallback } from '../../src/phaxio/signature.ts';
import { renderV1, renderV2, worldFax } from '../support/wire-faxes.ts';

const sha1 = (content: string) => createHash('sha1').update(content).digest('hex');
const form = (fields: Record<string, string>, files: readonly string[] = []): SignedContent => ({
  fields: Object.entries(fields).map(([name, value]) => ({ name, value })),
  files: files.map((name) => ({ name, sha1: sha1('%PDF') })),
});
const read = (fields: Record<string, string>, files: readonly string[] = []) => readCallback(form(fields, files));
const reason = (made: ReturnType<typeof readCallback>) => (made.kind === 'refused' ? made.reason : null);

const V21 = {
  event_type: 'fax_completed',
  fax: '{"id":9007199254740993,"direction":"received","created_at":"2021-02-24T12:51:12.000-06:00","barcodes":[]}',
  success: 'true',
  is_test: 'false',
  direction: 'received',
};
const V2 = {
  fax: '{"id":5,"created_at":"2017-10-27T14:41:11.000-05:00"}',
  success: 'true',
  is_test: 'false',
  direction: 'sent',
};
const V1 = {
  ...V2,
  fax: '{"id":5,"requested_at":1433914489,"completed_at":1433914488}',
  message: 'no answer',
  metadata: 'x',
};

describe('readCallback', () => {
  it('tells the dialect by the shape of the fax', () => {
    expect(read(V1, ['filename'])).toMatchObject({ content: { dialect: 'v1', eventType: null, isKnownEvent: null } });
    expect(read(V2, ['file'])).toMatchObject({ content: { dialect: 'v2', eventType: null, faxId: '5' } });
    expect(read(V21, ['file'])).toMatchObject({
      content: { dialect: 'v2.1', eventType: 'fax_completed', isKnownEvent: true, faxId: '9007199254740993' },
    });
    expect(read({ event_type: 'fax_completed', fax: '{"id":1}' })).toMatchObject({ content: { dialect: 'v2.1' } });
  });

  it('tells the dialect of every documented fax', () => {
    fc.assert(
      fc.property(worldFax, (fax) => {
        const v21 = JSON.stringify(renderV2(fax, 'v2.1'));
        const id = String(fax.id);
        expect(read({ fax: JSON.stringify(renderV1(fax)) })).toMatchObject({ content: { dialect: 'v1', faxId: id } });
        expect(read({ fax: JSON.stringify(renderV2(fax, 'v2')) })).toMatchObject({
          content: { dialect: 'v2', faxId: id },
        });
        expect(read({ fax: v21 })).toMatchObject({ content: { dialect: 'v2.1', faxId: id } });
      }),
    );
  });

  it('takes the events on the way and those nobody has heard of', () => {
    const onTheWay = { ...V21, event_type: 'transmitting_page', page: '3', recipient_phone_number: '+14141234567' };
    expect(read(onTheWay)).toMatchObject({ content: { eventType: 'transmitting_page', isKnownEvent: true } });
    const retry = { ...V21, event_type: 'retry_scheduled', retry_count: '2', recipient_phone_number: '+14141234567' };
    expect(read(retry)).toMatchObject({ content: { eventType: 'retry_scheduled', isKnownEvent: true } });
    const unheard = { ...V21, event_type: 'fax_teleported' };
    expect(read(unheard)).toMatchObject({ content: { eventType: 'fax_teleported', isKnownEvent: false } });
  });

  it('keeps all fields as received and nothing of the file', () => {
    const made = read(V21, ['file']);
    expect(made.kind === 'callback' && JSON.parse(made.content.body)).toEqual(V21);
  });

  it('has no id where none can be read, and leaves it to the loader to say so', () => {
    expect(read({ ...V2, fax: '{"id":"x","created_at":null}' })).toMatchObject({ content: { faxId: null } });
  });

  it('gives one digest to every delivery of one event, and another to any other', () => {
    const digest = (made: ReturnType<typeof readCallback>) => (made.kind === 'callback' ? made.content.digest : '');
    const reversed = Object.fromEntries(Object.entries(V21).reverse());
    expect(digest(read(V21, ['file']))).toMatch(/^[0-9a-f]{64}$/);
    expect(digest(read(reversed, ['file']))).toBe(digest(read(V21, ['file'])));
    expect(digest(read(V21))).not.toBe(digest(read(V21, ['file'])));
    expect(digest(read({ ...V21, success: 'false' }))).not.toBe(digest(read(V21)));
  });

  it.each([
    ['no fax', { success: 'true' }, [], 'missing_fax'],
    ['a fax that is cut off', { ...V2, fax: V2.fax.slice(0, -1) }, [], 'bad_fax'],
    ['a fax with a tail', { ...V2, fax: `${V2.fax}is_testfalse` }, [], 'bad_fax'],
    ['a fax that is a list', { ...V2, fax: `[${V2.fax}]` }, [], 'bad_fax'],
    ['a fax of no dialect', { fax: '{"id":1}' }, [], 'unknown_dialect'],
    [
      'a fax nested without end',
      { ...V2, fax: `{"id":1,"created_at":${'['.repeat(1e5)}${']'.repeat(1e5)}}` },
      [],
      'bad_fax',
    ],
    ['a field of another version', { ...V1, event_type: 'fax_completed' }, [], 'unknown_field'],
    ['a field nobody documented', { ...V21, admin: 'true' }, [], 'unknown_field'],
    ['a field called __proto__', { ...V21, ['__proto__']: 'x' }, [], 'unknown_field'],
    ['a field called constructor', { ...V21, constructor: 'x' }, [], 'unknown_field'],
    ['flattened fields', { ...V2, id: '5' }, [], 'unknown_field'],
    ['a truth that is none', { ...V21, success: 'truefile' }, [], 'bad_field_value'],
    ['a direction that is none', { ...V21, direction: 'receivedevent_typefax_completed' }, [], 'bad_field_value'],
    ['an event that is no word', { ...V21, event_type: 'fax_completedfax{"id":1}' }, [], 'bad_field_value'],
    ['a page that is no number', { ...V21, page: '1recipient_phone_number+14141234567' }, [], 'bad_field_value'],
    ['the file of another version', V21, ['filename'], 'unknown_file'],
    ['the fax as a file', V2, ['fax'], 'unknown_file'],
    ['two files', V21, ['file', 'file'], 'repeated_field'],
  ] as const)('refuses %s', (_, fields, files, expected) => {
    const own = Object.entries(fields).map(([name, value]) => ({ name, value: String(value) }));
    expect(reason(readCallback({ fields: own, files: form({}, files).files }))).toBe(expected);
  });

  it('refuses repeated names, whatever they hold', () => {
    const { fields } = form(V21);
    expect(reason(readCallback({ fields: [...fields, { name: 'success', value: 'true' }], files: [] }))).toBe(
      'repeated_field',
    );
    expect(reason(readCallback({ fields: [...fields, { name: 'fax', value: '{"id":6}' }], files: [] }))).toBe(
      'repeated_field',
    );
  });
});

describe('a signed callback with a moved border', () => {
  const TOKEN = 'test-webhook-token';
  const URL = 'https://example.com/phaxio';
  const signed = form(V21, ['file']);
  const signature = signCallback(TOKEN, URL, signed);
  /** The signed text behind the URL, which is all the signature protects. */
  const text = [...signed.fields]
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map(({ name, value }) => name + value)
    .concat(signed.files.map(({ name, sha1: digest }) => name + digest))
    .join('');

  /** Every way to cut the text into the given number of fields whose names are sorted: all keep the signature. */
  const cuts = fc
    .uniqueArray(fc.nat(text.length), { minLength: 1, maxLength: 11 })
    .map((at) => at.toSorted((a, b) => a - b))
    .map((at): SignedContent => {
      const pieces = [0, ...at].map((start, index) => text.slice(start, at[index] ?? text.length));
      const fields = pieces.flatMap((name, index) =>
        index % 2 === 0 ? [{ name, value: pieces[index + 1] ?? '' }] : [],
      );
      return { fields, files: [] };
    });

  it('keeps its signature, which is why the fields are checked too', () => {
    const shifted = { fields: [{ name: text.slice(0, 3), value: text.slice(3) }], files: [] };
    expect(verifyCallback({ signature, tokens: [TOKEN], urls: [URL], content: shifted })).toBe(0);
    expect(reason(readCallback(shifted))).toBe('missing_fax');
  });

  it('is refused wherever the borders are moved to', () => {
    let stillSigned = 0;
    fc.assert(
      fc.property(cuts, (shifted) => {
        if (verifyCallback({ signature, tokens: [TOKEN], urls: [URL], content: shifted }) !== null) stillSigned += 1;
        expect(readCallback(shifted).kind).toBe('refused');
      }),
      { numRuns: 3000 },
    );
    expect(stillSigned).toBeGreaterThan(0);
  });

  it('cannot change fax or event by moving the borders of the true fields', () => {
    // Borders between the true fields only: drop a name into the value before it, or a file into the last text.
    const { fields } = form(Object.fromEntries(Object.entries(V21).sort()));
    for (let drop = 1; drop < fields.length; drop++) {
      const [before, gone] = [fields[drop - 1], fields[drop]];
      if (before === undefined || gone === undefined) throw new Error('the fields ran out');
      const merged = { name: before.name, value: before.value + gone.name + gone.value };
      const shifted = {
        fields: [...fields.slice(0, drop - 1), merged, ...fields.slice(drop + 1)],
        files: signed.files,
      };
      expect(verifyCallback({ signature, tokens: [TOKEN], urls: [URL], content: shifted })).toBe(0);
      expect(readCallback(shifted).kind).toBe('refused');
    }
    const last = fields.at(-1);
    const withFile = `${last?.value}file${signed.files[0]?.sha1}`;
    const shifted = { fields: [...fields.slice(0, -1), { name: 'success', value: withFile }], files: [] };
    expect(verifyCallback({ signature, tokens: [TOKEN], urls: [URL], content: shifted })).toBe(0);
    expect(reason(readCallback(shifted))).toBe('bad_field_value');
  });
});
