import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CENTS_MAX, toCents } from '../../src/domain/money.ts';

describe('toCents', () => {
  it('gives back every whole number of cents that an integer column holds', () => {
    fc.assert(
      fc.property(fc.integer({ min: -CENTS_MAX, max: CENTS_MAX }), (cents) => {
        expect(toCents(cents)).toBe(cents);
      }),
    );
  });

  it('refuses fractions, what is no number, and amounts beyond the column', () => {
    for (const value of [0.5, Number.NaN, Number.POSITIVE_INFINITY, CENTS_MAX + 1, -CENTS_MAX - 1, 1e12]) {
      expect(toCents(value)).toBeNull();
    }
  });

  it('knows no minus zero', () => {
    expect(Object.is(toCents(-0), 0)).toBe(true);
  });
});
