import { describe, expect, it } from 'vitest';
import type { Announcer } from '../../src/landing/contract.ts';
import { LandingError } from '../../src/landing/errors.ts';
import { announceUnloaded } from '../../src/pipeline/announce.ts';

const KEYS = Array.from({ length: 100 }, (_, index) => `main/0000000000000/${String(index).padStart(16, '0')}`);
const ALWAYS = { timesMax: 3, announcedMax: 1_000, isOver: () => false };

/** An announcer of objects that were announced so often before; others are missing. */
function announcerOf(times: (key: string) => number | Error): Announcer & { readonly announced: string[] } {
  const announced: string[] = [];
  return {
    announced,
    announce: async (key, timesMax) => {
      await Promise.resolve();
      const before = times(key);
      if (before instanceof Error) throw before;
      if (before >= timesMax) return { isAnnounced: false, times: before };
      announced.push(key);
      return { isAnnounced: true, times: before + 1 };
    },
  };
}

describe('announceUnloaded', () => {
  it('announces all objects but those that were announced often enough', async () => {
    const announcer = announcerOf((key) => (key.endsWith('7') ? 3 : 2));
    const result = await announceUnloaded(announcer, KEYS, ALWAYS);
    const givenUp = KEYS.filter((key) => key.endsWith('7'));
    expect(result).toEqual({ announced: 90, givenUp, left: 0, failure: null });
  });

  it('announces no more than one run may', async () => {
    const announcer = announcerOf((key) => (key.endsWith('7') ? 3 : 0));
    const result = await announceUnloaded(announcer, KEYS, { ...ALWAYS, announcedMax: 20 });
    expect(announcer.announced).toHaveLength(20);
    expect(result).toMatchObject({ announced: 20, failure: null });
    expect(result.left).toBe(100 - 20 - result.givenUp.length);
    expect(await announceUnloaded(announcer, KEYS, { ...ALWAYS, announcedMax: 0 })).toMatchObject({ left: 100 });
  });

  it('ends when the time is over', async () => {
    let asked = 0;
    const isOver = () => {
      asked += 1;
      return asked > 30;
    };
    const result = await announceUnloaded(
      announcerOf(() => 0),
      KEYS,
      { ...ALWAYS, isOver },
    );
    expect(result).toMatchObject({ announced: 30, left: 70, failure: null });
  });

  it('passes over what is gone, and ends at the first failure of the landing zone', async () => {
    const gone = new LandingError('gone', { code: 'landed_object_missing' });
    const down = new LandingError('down', { code: 'landing_unavailable', retryable: true });
    const passed = await announceUnloaded(
      announcerOf((key) => (key.endsWith('3') ? gone : 0)),
      KEYS,
      ALWAYS,
    );
    expect(passed).toEqual({ announced: 90, givenUp: [], left: 0, failure: null });
    const ended = await announceUnloaded(
      announcerOf((key) => (key === KEYS[50] ? down : 0)),
      KEYS,
      ALWAYS,
    );
    expect(ended.failure).toBe(down);
    expect(ended.announced + ended.left + 1).toBe(100);
    expect(ended.left).toBeGreaterThan(30);
  });

  it('lets a defect through', async () => {
    const defect = new TypeError('oops');
    await expect(
      announceUnloaded(
        announcerOf(() => defect),
        KEYS,
        ALWAYS,
      ),
    ).rejects.toBe(defect);
  });
});
