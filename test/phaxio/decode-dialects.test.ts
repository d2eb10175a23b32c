import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CONTENT_HASH_CHARS, hashFax } from '../../src/domain/content-hash.ts';
import type { Fax } from '../../src/domain/fax.ts';
import { Notes } from '../../src/domain/notes.ts';
import type { Dialect } from '../../src/landing/contract.ts';
import { decodeFaxes } from '../../src/phaxio/decode-fax.ts';
import { canonicalFax, listingBody, renderV1, renderV2, worldFax, worldFaxes } from '../support/wire-faxes.ts';

const ZONE = 'America/Chicago';
const DIALECTS = ['v1', 'v2', 'v2.1'] as const;

/** Decodes and expects not to be surprised. */
function decodePlain(body: string, dialect: Dialect): readonly Fax[] {
  const notes = new Notes();
  const page = decodeFaxes(body, dialect, { zone: ZONE, notes });
  expect(notes.rejections).toEqual([]);
  // Generated ids reach beyond 2^53, which is named.
  expect(notes.driftNotes().filter(({ field }) => field !== 'id')).toEqual([]);
  expect(page.readable).toBe(true);
  expect(page.recordCount).toBe(page.items.length);
  return page.items;
}

/** What v1 and v2 both carry, written so that objects of any prototype compare. */
function shared(fax: Fax): string {
  return JSON.stringify({ ...fax, callerName: null, barcodes: null, tags: sortedTags(fax) });
}

function sortedTags(fax: Fax): [string, string][] {
  return Object.entries(fax.tags).sort(([a], [b]) => (a < b ? -1 : 1));
}

describe('decodeFaxes', () => {
  it.each(DIALECTS)('reads every documented fax of %s without a surprise', (dialect) => {
    fc.assert(
      fc.property(worldFaxes, (world) => {
        const faxes = decodePlain(listingBody(world, dialect), dialect);
        expect(faxes).toEqual(world.map((fax) => canonicalFax(fax, dialect)));
      }),
    );
  });

  it('gives one canonical fax whatever the dialect, in all that both carry', () => {
    fc.assert(
      fc.property(worldFaxes, (world) => {
        const [v1, v2, v21] = DIALECTS.map((dialect) => decodePlain(listingBody(world, dialect), dialect).map(shared));
        expect(v1).toEqual(v21);
        expect(v2).toEqual(v21);
      }),
    );
  });

  it('reads a single GET and a callback as it reads a listing', () => {
    fc.assert(
      fc.property(worldFax, (fax) => {
        const [listed] = decodePlain(listingBody([fax], 'v2.1'), 'v2.1');
        const wire = renderV2(fax, 'v2.1');
        const single = JSON.stringify({ success: true, message: 'Metadata for fax', data: wire });
        expect(decodePlain(single, 'v2.1')).toEqual([listed]);
        expect(decodePlain(JSON.stringify(wire), 'v2.1')).toEqual([listed]);
        expect(decodePlain(JSON.stringify(renderV1(fax)), 'v1')).toEqual([canonicalFax(fax, 'v1')]);
      }),
    );
  });

  it('gives tags in the order of their names', () => {
    fc.assert(
      fc.property(worldFax, (fax) => {
        const [decoded] = decodePlain(listingBody([fax], 'v2'), 'v2');
        const names = Object.keys(decoded?.tags ?? {});
        // JavaScript lists whole numbers first, whatever is done.
        const words = names.filter((name) => !/^\d+$/.test(name));
        expect(words).toEqual(words.toSorted());
      }),
    );
  });

  it.each([
    ['missing', {}],
    ['null', { recipients: null }],
    ['an empty list', { recipients: [] }],
  ])('gives no recipients for a received fax whose recipients are %s', (_, wire) => {
    expect(decodePlain(JSON.stringify({ id: 1, direction: 'received', ...wire }), 'v2.1')[0]?.recipients).toBeNull();
  });

  it('tells no recipients from unknown recipients on a sent fax', () => {
    expect(decodePlain('{"id":1,"direction":"sent"}', 'v2')[0]?.recipients).toBeNull();
    expect(decodePlain('{"id":1,"direction":"sent","recipients":null}', 'v2')[0]?.recipients).toBeNull();
    expect(decodePlain('{"id":1,"direction":"sent","recipients":[]}', 'v2')[0]?.recipients).toEqual([]);
  });
});

describe('hashFax', () => {
  const decoded = worldFax.map((fax) => decodePlain(listingBody([fax], 'v2.1'), 'v2.1')[0] as Fax);

  it('is the same for the same fax, whatever the order of its fields and tags on the wire', () => {
    fc.assert(
      fc.property(worldFax, (fax) => {
        const wire = renderV2(fax, 'v2.1');
        const reversed = (value: object) => Object.fromEntries(Object.entries(value).reverse());
        const shuffled = reversed({ ...wire, tags: reversed(fax.tags), odd: { b: 1, a: { d: 1, c: 2 } } });
        const straight = { ...wire, odd: { a: { c: 2, d: 1 }, b: 1 } };
        const [a, b] = [shuffled, straight].map((each) => {
          const page = decodeFaxes(JSON.stringify(each), 'v2.1', { zone: ZONE, notes: new Notes() });
          return hashFax(page.items[0] as Fax);
        });
        expect(a).toBe(b);
        expect(a).toMatch(new RegExp(`^[0-9a-f]{${CONTENT_HASH_CHARS}}$`));
      }),
    );
  });

  it('differs between two faxes that differ anywhere', () => {
    fc.assert(
      fc.property(decoded, decoded, (a, b) => {
        expect(hashFax(a) === hashFax(b)).toBe(JSON.stringify(a) === JSON.stringify(b));
      }),
    );
  });

  it('tells null, empty and neighbouring values apart in every column', () => {
    const [plain] = decodePlain('{"id":1,"direction":"sent","recipients":[{}],"barcodes":[{}]}', 'v2.1');
    if (plain === undefined) throw new Error('the plain fax did not decode');
    const [recipient] = plain.recipients ?? [];
    const [barcode] = plain.barcodes ?? [];
    const variants: object[] = [{}, { tags: { '': '' } }, { tags: { a: '' } }, { tags: { a: 'b' } }];
    const texts = 'direction status callerId fromNumber toNumber callerName errorType errorMessage'.split(' ');
    for (const column of texts) variants.push({ [column]: '' }, { [column]: '0' }, { [column]: '=' });
    const numbers = 'numPages costCents createdAt completedAt errorId'.split(' ');
    for (const column of numbers) variants.push({ [column]: 0 }, { [column]: 1 });
    variants.push({ faxId: '2' });
    variants.push(
      { isTest: true },
      { isTest: false },
      { extra: { a: 1 } },
      { extra: { a: '1' } },
      { extra: { a: [] } },
    );
    variants.push({ recipients: null }, { recipients: [] }, { recipients: [recipient, recipient] });
    variants.push({ barcodes: null }, { barcodes: [] }, { barcodes: [barcode, barcode] });
    for (const column of Object.keys(recipient ?? {})) {
      variants.push({ recipients: [{ ...recipient, [column]: column === 'extra' ? { a: 1 } : 7 }] });
    }
    for (const column of Object.keys(barcode ?? {})) {
      variants.push({ barcodes: [{ ...barcode, [column]: column === 'extra' ? { a: 1 } : 7 }] });
    }
    const hashes = variants.map((variant) => hashFax({ ...plain, ...variant } as Fax));
    const twins = hashes
      .map((hash, at) => [hash, variants[at]])
      .filter(([hash], at) => hashes.indexOf(String(hash)) !== at);
    expect(twins).toEqual([]);
  });
});
