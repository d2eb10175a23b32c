import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Notes } from '../../src/domain/notes.ts';
import type { Dialect } from '../../src/landing/contract.ts';
import { decodeAccountStatus } from '../../src/phaxio/decode-account.ts';
import { decodeCountries } from '../../src/phaxio/decode-country.ts';
import { decodeFaxes } from '../../src/phaxio/decode-fax.ts';
import { decodePhoneNumbers } from '../../src/phaxio/decode-number.ts';
import type { DecodedPage } from '../../src/phaxio/json.ts';

const DIRECTORY = process.env['FAXSYNC_RECORDED_DIR'] ?? '../shared/recorded';
const FOLDERS: readonly [string, Dialect][] = [
  ['v1-samples', 'v1'],
  ['v2-2017', 'v2'],
  ['v2.1-2021', 'v2.1'],
];
/** Answers whose data is an object of ours; orders to the provider answer with an id alone. */
const DECODERS: readonly [RegExp, (body: string, dialect: Dialect, notes: Notes) => DecodedPage<object>][] = [
  [
    /^(?:fax-(?:get|list|reference)|fax_status|list_faxes)/,
    (body, dialect, notes) => decodeFaxes(body, dialect, { zone: 'America/Chicago', notes }),
  ],
  [
    /^(?:phone_number-(?:get|list|create)-|list_numbers|provision_number)/,
    (body, dialect, notes) => decodePhoneNumbers(body, dialect, { zone: 'America/Chicago', notes }),
  ],
  [/^account/, (body, dialect, notes) => decodeAccountStatus(body, dialect, { notes })],
  [/^public-country/, (body, dialect, notes) => decodeCountries(body, dialect, { notes })],
];

const found = FOLDERS.flatMap(([folder, dialect]) => {
  const path = join(DIRECTORY, folder);
  return (existsSync(path) ? readdirSync(path) : []).flatMap((file) => {
    const decode = DECODERS.find(([pattern]) => pattern.test(file))?.[1];
    return decode === undefined ? [] : [{ name: `${folder}/${file}`, path: join(path, file), dialect, decode }];
  });
});

describe('the decoders', () => {
  it('find recorded answers where there are any', () => {
    console.log(`recorded answers found: ${found.length} in ${DIRECTORY}`);
    expect(found.length > 0).toBe(existsSync(DIRECTORY));
  });

  for (const { name, path, dialect, decode } of found) {
    it(`read ${name}`, () => {
      const { response } = JSON.parse(readFileSync(path, 'utf8'));
      const notes = new Notes();
      const page = decode(JSON.stringify(response.body), dialect, notes);
      expect(page.readable).toBe(true);
      expect(page.items).toHaveLength(Array.isArray(response.body.data) ? response.body.data.length : 1);
      expect(notes.rejections).toEqual([]);
      // The one field that was recorded and is documented nowhere.
      expect(notes.driftNotes().filter(({ field }) => field !== 'phone_calls')).toEqual([]);
    });
  }
});
