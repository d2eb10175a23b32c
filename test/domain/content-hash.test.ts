import { describe, expect, it } from 'vitest';
import { CONTENT_HASH_CHARS, hashFax } from '../../src/domain/content-hash.ts';
import type { Fax, FaxBarcode, FaxRecipient } from '../../src/domain/fax.ts';
import type { Cents } from '../../src/domain/money.ts';

const RECIPIENT: FaxRecipient = {
  phoneNumber: '+14145550123',
  status: 'success',
  retryCount: 1,
  completedAt: 1_790_000_000_000,
  bitrate: 14_400,
  resolution: 8040,
  errorId: 11,
  errorType: 'lineError',
  errorMessage: 'Busy',
  extra: { phone_calls: [1] },
};
const BARCODE: FaxBarcode = {
  type: 'code_128',
  page: 1,
  value: '123',
  identifier: 'a',
  metadata: 'm',
  extra: { x: 1 },
};
const FAX: Fax = {
  faxId: '1',
  direction: 'sent',
  status: 'success',
  isTest: false,
  numPages: 1,
  costCents: 7 as Cents,
  createdAt: 1_790_000_000_000,
  completedAt: 1_790_000_060_000,
  callerId: '+18476661235',
  fromNumber: 'f',
  toNumber: 't',
  callerName: 'n',
  errorId: 11,
  errorType: 'lineError',
  errorMessage: 'Busy',
  tags: { a: '1', b: '2' },
  recipients: [RECIPIENT],
  barcodes: [BARCODE],
  extra: { y: 2 },
};

/** The object with one field after the other set to null. */
function* withEachNull<T extends object>(whole: T): Generator<[string, T]> {
  for (const name of Object.keys(whole)) yield [name, { ...whole, [name]: null }];
}

describe('hashFax', () => {
  it('changes with every field of the fax, its recipients and its barcodes', () => {
    const { faxId: _, tags: __, ...nullable } = FAX;
    const changed: Array<[string, Fax]> = [
      ...[...withEachNull(nullable)].map(([name, rest]): [string, Fax] => [name, { ...FAX, ...rest }]),
      ['faxId', { ...FAX, faxId: '2' }],
      ['tags', { ...FAX, tags: { a: '1' } }],
      ...[...withEachNull(RECIPIENT)].map(([name, one]): [string, Fax] => [
        `recipient ${name}`,
        { ...FAX, recipients: [one] },
      ]),
      ...[...withEachNull(BARCODE)].map(([name, one]): [string, Fax] => [
        `barcode ${name}`,
        { ...FAX, barcodes: [one] },
      ]),
      ['recipients', { ...FAX, recipients: [RECIPIENT, RECIPIENT] }],
    ];
    const hashes = new Set(changed.map(([, fax]) => hashFax(fax)));
    expect(hashes.size).toBe(changed.length);
    expect(hashes.has(hashFax(FAX))).toBe(false);
  });

  it('does not depend on the order of the names of tags and unknown fields', () => {
    expect(hashFax({ ...FAX, tags: { b: '2', a: '1' }, extra: { y: 2 } })).toBe(hashFax(FAX));
    expect(hashFax({ ...FAX, extra: { a: 1, b: 2 } })).toBe(hashFax({ ...FAX, extra: { b: 2, a: 1 } }));
  });

  it('tells apart values that run into each other', () => {
    expect(hashFax({ ...FAX, fromNumber: 'ab', toNumber: 'c' })).not.toBe(
      hashFax({ ...FAX, fromNumber: 'a', toNumber: 'bc' }),
    );
    expect(hashFax({ ...FAX, callerName: '' })).not.toBe(hashFax({ ...FAX, callerName: null }));
    expect(hashFax(FAX)).toMatch(new RegExp(`^[0-9a-f]{${CONTENT_HASH_CHARS}}$`));
  });
});
