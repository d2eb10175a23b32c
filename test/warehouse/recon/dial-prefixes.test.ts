import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type CountryCode,
  getCountries,
  getCountryCallingCode,
  parsePhoneNumberFromString,
} from 'libphonenumber-js/max';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LOCAL_AREA_CODES } from '../../../src/simulator/places.ts';
import { RateCard } from '../../../src/simulator/rate-card.ts';
import { freshDatabase, type TestDatabase } from '../../support/database.ts';
import { PROPERTY_SEED, seededRandom } from '../../support/random.ts';

const RECORDED = process.env['FAXSYNC_RECORDED_DIR'] ?? '../shared/recorded';

/** Countries whose numbers the plan's copy counts to a larger neighbour with the same leading digits. */
const INSEPARABLE = new Set<CountryCode>(['EH']);

describe('the seeded dial prefixes', () => {
  let database: TestDatabase;
  const prefixes = new Map<string, string>();
  const names = new Map<string, string>();

  beforeAll(async () => {
    database = await freshDatabase();
    const numbers = await database.pool.query<{ prefix: string; alpha2: string }>(
      'select prefix, alpha2 from warehouse.dial_prefixes',
    );
    for (const row of numbers.rows) prefixes.set(row.prefix, row.alpha2);
    const found = await database.pool.query<{ country_name: string; alpha2: string }>(
      'select country_name, alpha2 from warehouse.country_names',
    );
    for (const row of found.rows) names.set(row.country_name, row.alpha2);
  });
  afterAll(async () => {
    await database.drop();
  });

  function countryOf(digits: string): string | null {
    for (let length = 8; length > 0; length--) {
      const found = prefixes.get(digits.slice(0, length));
      if (found !== undefined) return found;
    }
    return null;
  }

  it('tell the country of generated numbers of every country as the maintained plan does', () => {
    const random = seededRandom(PROPERTY_SEED);
    const digits = (count: number) => Array.from({ length: count }, () => Math.floor(random() * 10)).join('');
    const wrong: string[] = [];
    const seen = new Map<string, number>();
    for (const country of getCountries()) {
      const code = getCountryCallingCode(country);
      const own = [...prefixes].filter(([, alpha2]) => alpha2 === country).map(([prefix]) => prefix);
      // Half from the whole calling code, half from the country's own prefixes: shared codes hold few numbers of the smaller ones.
      for (let i = 0; i < 2500; i++) {
        const from = (i % 2 === 0 ? own[Math.floor(random() * own.length)] : code) ?? code;
        const number = parsePhoneNumberFromString(
          `+${from}${digits(code.length + 4 + Math.floor(random() * 8) - from.length)}`,
        );
        if (number?.country === undefined || !number.isValid()) continue;
        // Canada's seven digits are dialled at home only.
        if (code === '1' && number.nationalNumber.length !== 10) continue;
        seen.set(number.country, (seen.get(number.country) ?? 0) + 1);
        if (countryOf(number.number.slice(1)) !== number.country) wrong.push(`${number.number}: ${number.country}`);
      }
    }
    const unseen = getCountries().filter((country) => !seen.has(country) && !INSEPARABLE.has(country));
    console.log(
      `numbers held against the plan: ${[...seen.values()].reduce((sum, count) => sum + count, 0)} of ${seen.size} countries`,
    );
    expect(wrong).toEqual([]);
    expect(unseen).toEqual([]);
  });

  it('know the area codes of the United States, Canada and Puerto Rico, freephone with them, and no country for satellites', () => {
    const wrong = LOCAL_AREA_CODES.filter(({ areaCode, alpha2 }) => countryOf(`1${areaCode}5550123`) !== alpha2);
    expect(wrong).toEqual([]);
    expect(countryOf('18773346654')).toBe('US');
    expect(countryOf('870773111222')).toBeNull();
  });

  it('know every name of the simulated price list, and every recorded one', () => {
    const listed = new RateCard(1, []).countriesAt(0);
    const recorded: { name: string; alpha2: string }[] = [];
    for (const folder of existsSync(RECORDED) ? readdirSync(RECORDED) : []) {
      if (!folder.startsWith('v')) continue;
      for (const file of readdirSync(join(RECORDED, folder)).filter((name) => name.includes('country'))) {
        recorded.push(...JSON.parse(readFileSync(join(RECORDED, folder, file), 'utf8')).response.body.data);
      }
    }
    console.log(`names held against the seed: ${listed.length} simulated, ${recorded.length} recorded`);
    const wrong = [...listed, ...recorded].filter(({ name, alpha2 }) => names.get(name.toLowerCase()) !== alpha2);
    expect(listed).toHaveLength(250);
    expect(wrong).toEqual([]);
  });
});
