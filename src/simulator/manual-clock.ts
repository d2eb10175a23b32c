import type { Clock } from '../domain/clock.ts';
import { InvariantError } from '../domain/errors.ts';
import type { Instant } from '../domain/time.ts';

/** A clock that can be moved forward from outside. */
export interface AdvanceableClock extends Clock {
  /** Moves the clock forward by `ms`. @throws {InvariantError} for a negative amount. */
  advance(ms: number): void;
}

interface Sleeper {
  readonly dueAt: Instant;
  readonly wake: () => void;
}

/**
 * A clock that stands still until it is moved by hand; for tests and the demo.
 * `sleep` resolves once the clock was advanced past its end; sleepers wake in the order of their ends.
 */
export class ManualClock implements AdvanceableClock {
  #now: Instant;
  #sleepers: Sleeper[] = [];

  constructor(startAt: Instant) {
    this.#now = startAt;
  }

  now(): Instant {
    return this.#now;
  }

  /** Sleepers that have not woken yet. */
  get sleeping(): number {
    return this.#sleepers.length;
  }

  advance(ms: number): void {
    if (!(ms >= 0)) throw new InvariantError('A clock only moves forward.', { ms });
    this.#now += ms;
    const due = this.#sleepers.filter((sleeper) => sleeper.dueAt <= this.#now);
    this.#sleepers = this.#sleepers.filter((sleeper) => sleeper.dueAt > this.#now);
    for (const sleeper of due.sort((left, right) => left.dueAt - right.dueAt)) sleeper.wake();
  }

  /** Moves the clock to an instant that is not in its past. @throws {InvariantError} otherwise. */
  advanceTo(instant: Instant): void {
    this.advance(instant - this.#now);
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted === true) return Promise.reject(signal.reason);
    if (ms <= 0) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        this.#sleepers = this.#sleepers.filter((other) => other !== sleeper);
        reject(signal?.reason);
      };
      const sleeper: Sleeper = {
        dueAt: this.#now + ms,
        wake: () => {
          signal?.removeEventListener('abort', onAbort);
          resolve();
        },
      };
      this.#sleepers.push(sleeper);
      signal?.addEventListener('abort', onAbort, { once: true });
    });
  }
}
