import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Clock } from '../../src/domain/clock.ts';
import { parseRfc3339, parseZonedText } from '../../src/domain/time.ts';
import { Agenda } from '../../src/simulator/agenda.ts';
import {
  CENTRAL_ZONE,
  centralDayStart,
  centralMonthStart,
  parseFilterTime,
  toCentralStamp,
  toZonelessText,
} from '../../src/simulator/central-time.ts';
import { ManualClock } from '../../src/simulator/manual-clock.ts';
import { SeededRandom } from '../../src/simulator/random.ts';
import { SpeedClock } from '../../src/simulator/speed-clock.ts';
import { PROPERTY_SEED } from '../support/random.ts';
import { DAY, HOUR, NOW } from './client.ts';

/** Whole seconds of 2010 to 2035. */
const instants = fc
  .integer({ min: Date.UTC(2010, 0, 1) / 1000, max: Date.UTC(2035, 0, 1) / 1000 })
  .map((s) => s * 1000);

describe('the clock that is moved by hand', () => {
  it('wakes sleepers in the order of their ends once it has passed them', async () => {
    const clock = new ManualClock(NOW);
    const woken: number[] = [];
    const sleeps = [300, 100, 200].map((ms) => clock.sleep(ms).then(() => woken.push(ms)));
    clock.advance(150);
    await sleeps[1];
    expect(woken).toEqual([100]);
    clock.advanceTo(NOW + 300);
    await Promise.all(sleeps);
    expect(woken).toEqual([100, 200, 300]);
    expect(clock.sleeping).toBe(0);
    expect(clock.now()).toBe(NOW + 300);
  });

  it('never goes back and lets an aborted sleeper go with the reason', async () => {
    const clock = new ManualClock(NOW);
    expect(() => clock.advance(-1)).toThrow('forward');
    expect(() => clock.advanceTo(NOW - 1)).toThrow('forward');
    const abort = new AbortController();
    const sleep = clock.sleep(100, abort.signal);
    abort.abort(new Error('enough'));
    await expect(sleep).rejects.toThrow('enough');
    await expect(clock.sleep(100, abort.signal)).rejects.toThrow('enough');
    expect(clock.sleeping).toBe(0);
  });
});

describe('the clock that runs fast', () => {
  it('runs by its speed from its start and can be moved forward by hand', async () => {
    const real = new ManualClock(5000);
    const clock = new SpeedClock({ real, speed: 60, startAt: NOW });
    real.advance(1000);
    expect(clock.now()).toBe(NOW + 60_000);
    clock.advance(HOUR);
    expect(clock.now()).toBe(NOW + HOUR + 60_000);
    expect(() => clock.advance(-1)).toThrow('forward');
    expect(() => new SpeedClock({ real, speed: 0 })).toThrow('speed');
    const short: Clock = new SpeedClock({ real, speed: 1000 });
    const sleep = short.sleep(100_000);
    real.advance(100);
    await sleep;
    expect(short.now()).toBeGreaterThanOrEqual(5000 + 1000 + 100_000);
  });
});

describe('Central time', () => {
  it('is written so that it reads back to the same instant, in every form', () => {
    fc.assert(
      fc.property(instants, (instant) => {
        expect(parseRfc3339(toCentralStamp(instant))).toBe(instant);
        expect(toCentralStamp(instant)).toMatch(/\.000-0[56]:00$/);
        const text = toZonelessText(instant, CENTRAL_ZONE);
        const read = parseZonedText(text, CENTRAL_ZONE);
        // In the hour that comes twice the text means either.
        if (read?.ambiguous === false) expect(read.instant).toBe(instant);
        expect(parseFilterTime(new Date(instant).toISOString(), CENTRAL_ZONE)).toBe(instant);
      }),
      { seed: PROPERTY_SEED },
    );
  });

  it('has days and months that begin at midnight and hold the instant', () => {
    fc.assert(
      fc.property(instants, (instant) => {
        const day = centralDayStart(instant);
        const month = centralMonthStart(instant);
        expect(toZonelessText(day, CENTRAL_ZONE).slice(11)).toBe('00:00:00');
        expect(toZonelessText(month, CENTRAL_ZONE).slice(8)).toBe('01 00:00:00');
        expect(instant - day >= 0 && instant - day < 25 * HOUR).toBe(true);
        expect(toZonelessText(instant, CENTRAL_ZONE).slice(0, 10)).toBe(toZonelessText(day, CENTRAL_ZONE).slice(0, 10));
        expect(month <= day && day - month < 31 * DAY + HOUR).toBe(true);
      }),
      { seed: PROPERTY_SEED },
    );
  });

  it('reads a plus that travelled as a blank', () => {
    expect(parseFilterTime('2017-10-28T00:17:00 00:00', CENTRAL_ZONE)).toBe(Date.UTC(2017, 9, 28, 0, 17));
  });
});

describe('the agenda', () => {
  it('gives its entries in order of time, then of arrival, without the withdrawn ones', () => {
    const entry = fc.tuple(fc.nat(20), fc.constantFrom('a', 'b', 'c'));
    fc.assert(
      fc.property(fc.array(entry), fc.array(entry), fc.constantFrom('a', 'b', 'c', 'd'), (first, second, withdrawn) => {
        const agenda = new Agenda<string>();
        const expected: Array<{ at: number; order: number; item: string }> = [];
        for (const [order, [at, key]] of first.entries()) {
          agenda.add(at, key, `${key}${order}`);
          if (key !== withdrawn) expected.push({ at, order, item: `${key}${order}` });
        }
        agenda.withdraw(withdrawn);
        for (const [index, [at, key]] of second.entries()) {
          const order = first.length + index;
          agenda.add(at, key, `${key}${order}`);
          expected.push({ at, order, item: `${key}${order}` });
        }
        expected.sort((left, right) => left.at - right.at || left.order - right.order);
        expect(agenda.nextAt()).toBe(expected[0]?.at ?? null);
        const taken: string[] = [];
        for (let due = agenda.take(20); due !== null; due = agenda.take(20)) taken.push(due.item);
        expect(taken).toEqual(expected.map(({ item }) => item));
        expect(agenda.size).toBe(0);
      }),
      { seed: PROPERTY_SEED },
    );
  });
});

describe('the generator of chance', () => {
  it('gives the same numbers for the same seed, spread evenly over [0, 1)', () => {
    const random = new SeededRandom('7/a');
    const numbers = Array.from({ length: 20_000 }, () => random.next());
    const again = new SeededRandom('7/a');
    expect(numbers.slice(0, 100)).toEqual(Array.from({ length: 100 }, () => again.next()));
    expect(new SeededRandom('7/b').next()).not.toBe(numbers[0]);
    expect(numbers.every((number) => number >= 0 && number < 1)).toBe(true);
    for (let tenth = 0; tenth < 10; tenth++) {
      const share = numbers.filter((number) => Math.floor(number * 10) === tenth).length / numbers.length;
      expect(Math.abs(share - 0.1)).toBeLessThan(0.01);
    }
    expect(() => random.pick([])).toThrow('empty');
    expect(() => random.weighted([])).toThrow('empty');
  });
});
