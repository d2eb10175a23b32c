import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ProviderContractError, ProviderThrottledError, ProviderUnavailableError } from '../../src/phaxio/errors.ts';
import { parseRetryAfter, RETRY_LIMITS, RetryBudget } from '../../src/phaxio/retry.ts';

const NOW = Date.UTC(2024, 5, 1);
const DETAILS = { operation: 'list faxes' };

describe('parseRetryAfter', () => {
  it.each([
    [null, null],
    ['', null],
    ['0', 0],
    [' 3 ', 3000],
    ['1.5', null],
    ['-1', null],
    ['Sat, 01 Jun 2024 00:00:09 GMT', 9000],
    ['Fri, 31 May 2024 00:00:00 GMT', 0],
    ['tomorrow', null],
  ])('reads %j as %j', (header, expected) => {
    expect(parseRetryAfter(header, NOW)).toBe(expected);
  });
});

describe('RetryBudget', () => {
  it('draws every wait from zero to its ceiling and never waits longer than the caps', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        fc.option(fc.integer({ min: 0, max: 1e12 })),
        (drawn, retryAfterMs) => {
          const budget = new RetryBudget(RETRY_LIMITS, () => drawn);
          for (let repeat = 0; repeat < RETRY_LIMITS.transientMax; repeat++) {
            const wait = budget.nextWaitMs(new ProviderUnavailableError(DETAILS, retryAfterMs)) ?? -1;
            const asked = Math.min(retryAfterMs ?? 0, RETRY_LIMITS.retryAfterMaxMs);
            expect(wait).toBe(Math.max(asked, Math.floor(drawn * Math.min(20_000, 1000 * 2 ** repeat))));
          }
          expect(budget.nextWaitMs(new ProviderUnavailableError(DETAILS, null))).toBeNull();
        },
      ),
    );
  });

  it('counts each kind of fault by itself', () => {
    const budget = new RetryBudget(RETRY_LIMITS, () => 0);
    const breach = new ProviderContractError('not_json', DETAILS);
    expect([breach, breach, breach].map((fault) => budget.nextWaitMs(fault))).toEqual([0, 0, null]);
    expect(budget.nextWaitMs(new ProviderThrottledError(DETAILS, null))).toBe(1000);
  });
});
