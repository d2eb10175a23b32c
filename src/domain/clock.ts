import type { Instant } from './time.ts';

/** Time as a parameter: code outside `runtime` never asks the machine for it. */
export interface Clock {
  /** Milliseconds since 1970, UTC. */
  now(): Instant;
  /** Resolves after `ms` milliseconds of this clock; rejects with the signal's reason when it is aborted first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** A number in [0, 1); `Math.random` in production, seeded in tests. */
export type Random = () => number;
