import type { Random } from '../../src/domain/clock.ts';

/**
 * What property tests begin with: the same runs every time, and others where `FAXSYNC_TEST_SEED` holds another whole number.
 * fast-check prints it with a failure.
 */
export const PROPERTY_SEED = Number(process.env['FAXSYNC_TEST_SEED'] ?? 20_260_901);

/** A seeded source of chance (mulberry32): the same seed gives the same numbers. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
