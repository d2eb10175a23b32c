import type { Instant } from '../../domain/time.ts';
import { type AdvanceableClock, ManualClock } from '../../simulator/manual-clock.ts';

/**
 * Waits of the pipeline are shorter than this (retries, the call limit), guards beside its work are longer (time-outs of attempts, the
 * lease): see {@link PACED_PULL_SETTINGS}.
 */
const GUARD_MS = 5 * 60_000;

/** Pull settings under which every guard is longer than {@link GUARD_MS}, as a {@link PacedClock} needs them. */
export const PACED_PULL_SETTINGS = {
  leaseTtlMs: 60 * 60_000,
  clientLimits: { attemptMs: 60 * 60_000 },
} as const;

/** Time an invocation has under a {@link PacedClock}, so that no guard is cut short by its end. */
export const PACED_INVOCATION_MS = 6 * 60 * 60_000;

/**
 * A clock that both the pipeline and the simulated provider live by: it stands still while something works, jumps ahead when the
 * pipeline waits, and is moved by hand between runs. Days pass in seconds, nothing times out, and a run depends on its seed only.
 */
export class PacedClock implements AdvanceableClock {
  readonly #manual: ManualClock;

  constructor(startAt: Instant) {
    this.#manual = new ManualClock(startAt);
  }

  now(): Instant {
    return this.#manual.now();
  }

  advance(ms: number): void {
    this.#manual.advance(ms);
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (ms >= GUARD_MS) return this.#manual.sleep(ms, signal);
    signal?.throwIfAborted();
    this.#manual.advance(Math.max(0, ms));
  }
}
