import { assertInvariant } from '../domain/errors.ts';
import type { Instant } from '../domain/time.ts';
import type { TokenBucketLimits } from './contract.ts';

const US_PER_MS = 1000;
const US_PER_SECOND = 1_000_000;

/** {@link TokenBucketLimits} in whole microseconds, so that no rounding ever adds up to a call too many. */
export interface BucketSteps {
  /** Time one call takes to be refilled. */
  readonly stepUs: number;
  /** How far ahead of now the bucket may be filled up and still give a call: the time of `burst - 1` calls. */
  readonly slackUs: number;
}

/**
 * Reads limits.
 * @throws {InvariantError} for a rate that is not above 0 or a burst below 1: such a bucket would never give anything.
 */
export function bucketSteps(limits: TokenBucketLimits): BucketSteps {
  assertInvariant(limits.ratePerSecond > 0, 'a token bucket needs a rate above 0 calls a second');
  assertInvariant(limits.burst >= 1, 'a token bucket needs a burst of at least 1 call');
  const stepUs = Math.max(1, Math.ceil(US_PER_SECOND / limits.ratePerSecond));
  return { stepUs, slackUs: Math.floor((limits.burst - 1) * stepUs) };
}

/**
 * A token bucket as one number: when it would be full again if nothing more were taken (the "generic cell rate algorithm").
 * Nothing has to be refilled by anyone, and two clocks that disagree make callers wait, never call too often.
 */
export interface Bucket {
  /** Microseconds since 1970; null where nothing was ever taken. */
  readonly fullAtUs: number | null;
  /** Nothing is given before this; from then on one call is free and the rest refills. Null where never drained. */
  readonly drainedUntilUs: number | null;
}

/** What a bucket answers: its new value, or the wait. */
export type BucketAnswer =
  | { readonly kind: 'granted'; readonly fullAtUs: number }
  | { readonly kind: 'wait'; readonly waitMs: number };

/** Decides one request for a call; pure. `waitMs` is at least 1, and asking again after it is granted if nobody else came. */
export function askBucket(bucket: Bucket, steps: BucketSteps, now: Instant): BucketAnswer {
  const nowUs = Math.floor(now * US_PER_MS);
  const drainedUs = bucket.drainedUntilUs === null ? 0 : bucket.drainedUntilUs + steps.slackUs;
  const fullAtUs = Math.max(bucket.fullAtUs ?? 0, drainedUs);
  const aheadUs = fullAtUs - nowUs - steps.slackUs;
  if (aheadUs > 0) return { kind: 'wait', waitMs: Math.ceil(aheadUs / US_PER_MS) };
  return { kind: 'granted', fullAtUs: Math.max(fullAtUs, nowUs) + steps.stepUs };
}
