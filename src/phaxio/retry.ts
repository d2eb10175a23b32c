import type { Random } from '../domain/clock.ts';
import type { Instant } from '../domain/time.ts';
import type { ProviderError } from './errors.ts';
import {
  ProviderContractError,
  ProviderThrottledError,
  ProviderUnavailableError,
  ProviderUnreachableError,
} from './errors.ts';

/** How often and how patiently a call is repeated. */
export interface RetryLimits {
  /** Repeats after resets, timeouts and 5xx together. */
  readonly transientMax: number;
  /** Repeats after 200 with a body that is not what is documented. */
  readonly malformedMax: number;
  /** Repeats after 429. */
  readonly throttledMax: number;
  /** The first wait is drawn from [0, this) ms, the next from twice that, ... */
  readonly backoffBaseMs: number;
  readonly backoffMaxMs: number;
  /** The shortest wait after a 429: the provider's advice is one second. */
  readonly throttledMinMs: number;
  /** The longest wait a `Retry-After` may ask for; absurd values are cut to it. */
  readonly retryAfterMaxMs: number;
}

/** Ends after about half a minute of a dead provider: the schedule is the next probe. */
export const RETRY_LIMITS: RetryLimits = {
  transientMax: 4,
  malformedMax: 2,
  throttledMax: 8,
  backoffBaseMs: 1000,
  backoffMaxMs: 20_000,
  throttledMinMs: 1000,
  retryAfterMaxMs: 60_000,
};

/**
 * Reads `Retry-After`: whole seconds or an HTTP date, as ms from `now`.
 * Null when missing or unreadable; never negative; not yet capped.
 */
export function parseRetryAfter(header: string | null, now: Instant): number | null {
  if (header === null) return null;
  const text = header.trim();
  if (/^\d+$/.test(text)) return Number(text) * 1000;
  // A bare number with a sign or a fraction is not a date, though Date.parse would take it for one.
  const at = /[a-z]/i.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(at) ? null : Math.max(0, at - now);
}

/** Counts the repeats of one call and says how long to wait before the next. */
export class RetryBudget {
  readonly #limits: RetryLimits;
  readonly #random: Random;
  #transient = 0;
  #malformed = 0;
  #throttled = 0;

  constructor(limits: RetryLimits, random: Random) {
    this.#limits = limits;
    this.#random = random;
  }

  /** Ms to wait before the call is repeated, drawn with full jitter; null when this fault is not (or no longer) repeated. */
  nextWaitMs(fault: ProviderError): number | null {
    const limits = this.#limits;
    if (fault instanceof ProviderThrottledError) {
      if (this.#throttled >= limits.throttledMax) return null;
      const wait = limits.throttledMinMs + this.#jitter(this.#throttled++);
      return Math.max(wait, this.#capped(fault.retryAfterMs));
    }
    if (fault instanceof ProviderUnavailableError || fault instanceof ProviderUnreachableError) {
      if (this.#transient >= limits.transientMax) return null;
      const asked = fault instanceof ProviderUnavailableError ? this.#capped(fault.retryAfterMs) : 0;
      return Math.max(this.#jitter(this.#transient++), asked);
    }
    if (fault instanceof ProviderContractError && fault.breach !== 'redirected') {
      if (this.#malformed >= limits.malformedMax) return null;
      return this.#jitter(this.#malformed++);
    }
    return null;
  }

  #capped(retryAfterMs: number | null): number {
    return Math.min(retryAfterMs ?? 0, this.#limits.retryAfterMaxMs);
  }

  #jitter(repeat: number): number {
    const limits = this.#limits;
    return Math.floor(this.#random() * Math.min(limits.backoffMaxMs, limits.backoffBaseMs * 2 ** repeat));
  }
}
