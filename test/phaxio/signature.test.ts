import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  isSignatureShaped,
  type SignedContent,
  signCallback,
  signedUrlCandidates,
  verifyCallback,
} from '../../src/phaxio/signature.ts';

const sha1 = (content: string) => createHash('sha1').update(content).digest('hex');
const content = (fields: Record<string, string>, files: [string, string][] = []): SignedContent => ({
  fields: Object.entries(fields).map(([name, value]) => ({ name, value })),
  files: files.map(([name, text]) => ({ name, sha1: sha1(text) })),
});

const TOKEN = 'test-webhook-token';
const RECEIVED = {
  success: 'true',
  is_test: 'false',
  direction: 'received',
  event_type: 'fax_completed',
  fax: '{"id":1}',
};

/** Token, URL, content and signature of every vector on the facts page. */
const VECTORS: readonly [string, string, SignedContent, string][] = [
  ['1234567890', 'example.com', content({ test: 'true' }), '15adeecb7eca79676ece07ee4bc1bbba2c69eddd'],
  [TOKEN, 'example.com', content({ test: 'true' }), '64a735ef0c47a0ae671e381c046648f0966deb29'],
  [
    TOKEN,
    'example.com',
    content({ test: 'true' }, [
      ['file', ''],
      ['file', ''],
    ]),
    '1d2426c242a8c5de7eb1d9b662b7fda1d0b6edab',
  ],
  [
    TOKEN,
    'https://example.com/phaxio?acct=7',
    content(RECEIVED, [['file', 'hello']]),
    '656ff4e4b858f6541c124968b3d8e464c95141f4',
  ],
  [TOKEN, 'https://example.com/phaxio?acct=7', content(RECEIVED), 'd70e2bc075672581264b47b38cb310b8a6cae150'],
  [
    TOKEN,
    'https://example.com/phaxio/',
    content({ event_type: 'fax_completed', fax: '{"id":2,"tags":{"naam":"Zoë"}}' }),
    '743925eb24aa56a1e38c5cc3ec305083651f60bd',
  ],
];

describe('signCallback', () => {
  it.each(VECTORS)('gives the documented signature: token %s, URL %s', (token, url, signed, signature) => {
    expect(signCallback(token, url, signed)).toBe(signature);
  });

  it('does not depend on the order of differently named fields', () => {
    const reversed = { fields: content(RECEIVED).fields.toReversed(), files: [] };
    expect(signCallback(TOKEN, 'https://example.com/', reversed)).toBe(
      signCallback(TOKEN, 'https://example.com/', content(RECEIVED)),
    );
  });

  it('keeps parts of one name in order of arrival', () => {
    const inOrder = content({}, [
      ['file', 'a'],
      ['file', 'b'],
    ]);
    const swapped = content({}, [
      ['file', 'b'],
      ['file', 'a'],
    ]);
    expect(signCallback(TOKEN, 'u', inOrder)).not.toBe(signCallback(TOKEN, 'u', swapped));
  });

  it('sorts names by their bytes', () => {
    const sorted = content({ Z: '1', a: '2', ä: '3' });
    const mixed = content({ ä: '3', a: '2', Z: '1' });
    expect(signCallback(TOKEN, 'u', mixed)).toBe(signCallback(TOKEN, 'u', sorted));
  });
});

describe('verifyCallback', () => {
  const url = 'https://example.com/phaxio?acct=7';
  const signed = content(RECEIVED, [['file', 'hello']]);
  const signature = signCallback(TOKEN, url, signed);
  const check = (changes: object) =>
    verifyCallback({ signature, tokens: [TOKEN], urls: [url], content: signed, ...changes });

  it('names the token that signed', () => {
    expect(check({})).toBe(0);
    expect(check({ tokens: ['the new one', TOKEN] })).toBe(1);
    expect(check({ tokens: [TOKEN, TOKEN] })).toBe(0);
  });

  it('refuses everything without a token', () => {
    expect(check({ tokens: [] })).toBeNull();
    const unkeyed = signCallback('', url, signed);
    expect(check({ tokens: [''], signature: unkeyed })).toBeNull();
  });

  it('refuses every signature that is not 40 lowercase hex digits', () => {
    const wrong = [
      null,
      undefined,
      '',
      signature.toUpperCase(),
      signature.slice(1),
      `${signature}0`,
      `${signature},${signature}`,
      ` ${signature}`,
      `${signature}\n`,
      Buffer.from(signature, 'hex').toString('base64'),
      'g'.repeat(40),
    ];
    for (const each of wrong) {
      expect(isSignatureShaped(each)).toBe(false);
      expect(check({ signature: each })).toBeNull();
    }
  });

  it('refuses a wrong token, URL, field or file', () => {
    expect(check({ tokens: ['another'] })).toBeNull();
    expect(check({ urls: ['https://example.com/phaxio?acct=8'] })).toBeNull();
    expect(check({ urls: [] })).toBeNull();
    expect(check({ content: content({ ...RECEIVED, success: 'false' }, [['file', 'hello']]) })).toBeNull();
    expect(check({ content: content(RECEIVED, [['file', 'hellp']]) })).toBeNull();
    expect(check({ content: content(RECEIVED) })).toBeNull();
  });

  it('refuses any one flipped digit of the signature', () => {
    for (let at = 0; at < signature.length; at++) {
      for (const digit of '0123456789abcdef') {
        if (digit === signature[at]) continue;
        expect(check({ signature: signature.slice(0, at) + digit + signature.slice(at + 1) })).toBeNull();
      }
    }
  });

  it('takes what signCallback made, for any content, and nothing that differs in a field value', () => {
    const parts = fc.array(fc.record({ name: fc.string(), value: fc.string({ unit: 'binary' }) }), { maxLength: 6 });
    fc.assert(
      fc.property(parts, fc.string({ minLength: 1 }), fc.webUrl(), fc.nat(5), (fields, token, anyUrl, which) => {
        const made = signCallback(token, anyUrl, { fields, files: [] });
        const same = { signature: made, tokens: [token], urls: [anyUrl], content: { fields, files: [] } };
        expect(verifyCallback(same)).toBe(0);
        const changed = fields.map((field, at) => (at === which ? { ...field, value: `${field.value}x` } : field));
        const verdict = verifyCallback({ ...same, content: { fields: changed, files: [] } });
        expect(verdict).toBe(which < fields.length ? null : 0);
      }),
    );
  });
});

describe('signedUrlCandidates', () => {
  it.each([
    ['https://example.com/phaxio?acct=7', ['https://example.com/phaxio?acct=7']],
    ['https://example.com/phaxio/', ['https://example.com/phaxio/']],
    ['https://u:p@example.com/x?y=1', ['https://u:p@example.com/x?y=1', 'https://example.com/x?y=1']],
    ['https://u:p%40q@example.com', ['https://u:p%40q@example.com', 'https://example.com']],
    ['https://u:p@q@example.com/', ['https://u:p@q@example.com/', 'https://example.com/']],
    ['https://example.com/a@b', ['https://example.com/a@b']],
    ['https://example.com?mail=a@b', ['https://example.com?mail=a@b']],
    ['example.com', ['example.com']],
  ])('%s gives %j', (url, candidates) => {
    expect(signedUrlCandidates(url)).toEqual(candidates);
  });
});
