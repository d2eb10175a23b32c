import { ManualClock } from '../src/simulator/manual-clock.ts';

/** Waits of a pull without faults are shorter, guards beside its work are longer, the last ones before a run's end too. */
const GUARD_MS = 1500;

/**
 * A clock for pulls under a real deadline from a provider that does not misbehave: it stands still while something works, jumps over what
 * is waited for, and a guard goes off where the clock gets to it.
 */
export class WaitingClock extends ManualClock {
  override async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (ms >= GUARD_MS) return super.sleep(ms, signal);
    signal?.throwIfAborted();
    this.advance(Math.max(0, ms));
  }
}
