import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  fromUnixSeconds,
  INSTANT_MAX,
  INSTANT_MIN,
  parseRfc3339,
  parseZonedText,
  toIso,
  zoneOffsetMs,
} from '../../src/domain/time.ts';

const instants = fc.integer({ min: INSTANT_MIN, max: INSTANT_MAX - 1 });

describe('parseRfc3339', () => {
  it('reads what the provider writes', () => {
    expect(parseRfc3339('2017-10-27T14:41:11.000-05:00')).toBe(Date.UTC(2017, 9, 27, 19, 41, 11));
    expect(parseRfc3339('2021-02-24T13:36:48.000-06:00')).toBe(Date.UTC(2021, 1, 24, 19, 36, 48));
  });

  it('agrees with the platform on every instant and offset', () => {
    fc.assert(
      fc.property(instants, fc.integer({ min: -23 * 60, max: 23 * 60 }), (instant, offset) => {
        const wall = new Date(instant + offset * 60_000).toISOString().slice(0, -1);
        const size = Math.abs(offset);
        const hours = String(Math.floor(size / 60)).padStart(2, '0');
        const text = `${wall}${offset < 0 ? '-' : '+'}${hours}:${String(size % 60).padStart(2, '0')}`;
        expect(parseRfc3339(text)).toBe(instant);
      }),
    );
  });

  it('takes any number of decimals and cuts them to milliseconds', () => {
    expect(parseRfc3339('2021-01-01T00:00:00.5Z')).toBe(Date.UTC(2021, 0, 1) + 500);
    expect(parseRfc3339('2021-01-01T00:00:00.123456789Z')).toBe(Date.UTC(2021, 0, 1) + 123);
  });

  it.each([
    ['no offset', '2021-01-01T00:00:00.000'],
    ['a day that does not exist', '2021-02-29T00:00:00Z'],
    ['a month that does not exist', '2021-13-01T00:00:00Z'],
    ['an hour that does not exist', '2021-01-01T24:00:00Z'],
    ['text behind the offset', '2021-01-01T00:00:00Zx'],
    ['no decimals behind the point', '2021-01-01T00:00:00.Z'],
    ['a colon missing', '2021-01-01T00:00:00+0100'],
    ['seconds taken for milliseconds', '1970-01-17T12:00:00Z'],
    ['the year 42978', '+042978-01-01T00:00:00Z'],
    ['an empty text', ''],
  ])('refuses %s', (_what, text) => {
    expect(parseRfc3339(text)).toBeNull();
  });

  it('never throws, whatever the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 40 }), (text) => {
        const read = parseRfc3339(text);
        expect(read === null || Number.isInteger(read)).toBe(true);
      }),
    );
  });
});

describe('toIso', () => {
  it('writes what the platform writes, in any order of days', () => {
    fc.assert(
      fc.property(fc.array(instants, { minLength: 1, maxLength: 20 }), (several) => {
        for (const instant of several) expect(toIso(instant)).toBe(new Date(instant).toISOString());
      }),
    );
  });
});

describe('fromUnixSeconds', () => {
  it('refuses milliseconds, fractions and what lies before the provider', () => {
    expect(fromUnixSeconds(1_293_910_680)).toBe(1_293_910_680_000);
    expect(fromUnixSeconds(1_293_910_680_000)).toBeNull();
    expect(fromUnixSeconds(1_293_910_680.5)).toBeNull();
    expect(fromUnixSeconds(0)).toBeNull();
  });
});

describe('parseZonedText', () => {
  const chicago = 'America/Chicago';

  it.each([
    ['winter', '2012-01-11 10:51:33', '2012-01-11T16:51:33.000Z', false],
    ['summer', '2012-07-11 10:51:33', '2012-07-11T15:51:33.000Z', false],
    ['the gap, moved past it', '2016-03-13 02:30:00', '2016-03-13T08:30:00.000Z', true],
    ['the hour that occurs twice, its second time', '2016-11-06 01:30:00', '2016-11-06T07:30:00.000Z', true],
    ['the last second before the gap', '2016-03-13 01:59:59', '2016-03-13T07:59:59.000Z', false],
    ['the first second after the gap', '2016-03-13 03:00:00', '2016-03-13T08:00:00.000Z', false],
    ['the last second before the fold', '2016-11-06 00:59:59', '2016-11-06T05:59:59.000Z', false],
    ['the first second after the fold', '2016-11-06 02:00:00', '2016-11-06T08:00:00.000Z', false],
  ])('reads %s', (_when, text, iso, ambiguous) => {
    const read = parseZonedText(text, chicago);
    expect(read && { iso: toIso(read.instant), ambiguous: read.ambiguous }).toEqual({ iso, ambiguous });
  });

  it('gives back every instant of six zones whose wall clock shows it once', () => {
    const zones = [chicago, 'UTC', 'Europe/Berlin', 'Australia/Lord_Howe', 'America/Caracas', 'Asia/Kathmandu'];
    fc.assert(
      fc.property(
        fc.integer({ min: Date.UTC(2010, 0), max: Date.UTC(2035, 11) }),
        fc.constantFrom(...zones),
        (ms, zone) => {
          const instant = Math.floor(ms / 1000) * 1000;
          const wall = new Date(instant + zoneOffsetMs(instant, zone)).toISOString().slice(0, 19).replace('T', ' ');
          const read = parseZonedText(wall, zone);
          expect(read?.ambiguous === true || read?.instant === instant).toBe(true);
        },
      ),
      { numRuns: 500 },
    );
  });
});
