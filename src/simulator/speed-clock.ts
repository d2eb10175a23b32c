import type { Clock } from '../domain/clock.ts';
import { assertInvariant } from '../domain/errors.ts';
import type { Instant } from '../domain/time.ts';
import type { AdvanceableClock } from './manual-clock.ts';

/** How a {@link SpeedClock} runs. */
export interface SpeedClockOptions {
  /** The clock it is computed from. */
  readonly real: Clock;
  /** Virtual seconds a real second; 1 is real time. */
  readonly speed: number;
  /** Where it starts; the real clock's present when left out. */
  readonly startAt?: Instant;
}

/** Longest real sleep before a sleeper looks whether the clock was moved by hand meanwhile. */
const SLEEP_SLICE_REAL_MS = 250;

/** A clock that runs `speed` times as fast as a real one and can be moved forward by hand. */
export class SpeedClock implements AdvanceableClock {
  readonly #real: Clock;
  readonly #speed: number;
  readonly #realStart: Instant;
  #start: Instant;

  constructor(options: SpeedClockOptions) {
    assertInvariant(options.speed > 0, 'The speed of a clock must be above 0.', { speed: options.speed });
    this.#real = options.real;
    this.#speed = options.speed;
    this.#realStart = options.real.now();
    this.#start = options.startAt ?? this.#realStart;
  }

  now(): Instant {
    return Math.floor(this.#start + (this.#real.now() - this.#realStart) * this.#speed);
  }

  advance(ms: number): void {
    assertInvariant(ms >= 0, 'A clock only moves forward.', { ms });
    this.#start += ms;
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    const dueAt = this.now() + ms;
    for (let left = ms; left > 0; left = dueAt - this.now()) {
      await this.#real.sleep(Math.min(Math.max(1, left / this.#speed), SLEEP_SLICE_REAL_MS), signal);
    }
  }
}
