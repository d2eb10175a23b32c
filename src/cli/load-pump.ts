import type { LoadRound, LocalQueue } from './local-host.ts';

/** Objects taken from the waiting ones at once. */
const TAKE_MAX = 50;

/** What was loaded up to now. */
export type LoadTotals = Omit<LoadRound, 'failed'> & { readonly failed: readonly string[] };

/**
 * Loads what lands while it lands: keys are pushed by the landing zone's notification and loaded in order, beside the pull.
 * After an outage nothing more is tried: what is left stays landed, and the next run's audit finds it.
 */
export class LoadPump {
  readonly #queue: LocalQueue;
  readonly #onProgress: (totals: LoadTotals) => void;
  #waiting: string[] = [];
  #running: Promise<void> | null = null;
  #totals: LoadTotals = {
    loaded: 0,
    failed: [],
    records: 0,
    added: 0,
    changed: 0,
    rejected: 0,
    error: null,
    isOutage: false,
  };

  constructor(queue: LocalQueue, onProgress: (totals: LoadTotals) => void = () => {}) {
    this.#queue = queue;
    this.#onProgress = onProgress;
  }

  /** What was loaded up to now. */
  get totals(): LoadTotals {
    return this.#totals;
  }

  /** Puts keys behind those that wait. */
  push(...keys: readonly string[]): void {
    this.#waiting.push(...keys);
    this.#start();
  }

  #start(): void {
    if (this.#running !== null || this.#waiting.length === 0) return;
    this.#running = this.#run()
      .catch((error: unknown) => {
        // A defect: told as what stopped the loading, since nobody may be waiting for it yet.
        this.#totals = { ...this.#totals, error: this.#totals.error ?? error, isOutage: true };
      })
      .finally(() => {
        this.#running = null;
        // What was pushed between the last look at the list and this moment.
        this.#start();
      });
  }

  /** Resolves when nothing waits any more. */
  async drain(): Promise<LoadTotals> {
    while (this.#running !== null) await this.#running;
    return this.#totals;
  }

  async #run(): Promise<void> {
    while (this.#waiting.length > 0) {
      const keys = this.#waiting.splice(0, TAKE_MAX);
      if (this.#totals.isOutage) {
        this.#totals = { ...this.#totals, failed: [...this.#totals.failed, ...keys] };
        continue;
      }
      const before = this.#totals;
      const round = await this.#queue.load(keys, (loaded, records) => {
        this.#onProgress({ ...before, loaded: before.loaded + loaded, records: before.records + records });
      });
      this.#totals = {
        loaded: before.loaded + round.loaded,
        failed: [...before.failed, ...round.failed],
        records: before.records + round.records,
        added: before.added + round.added,
        changed: before.changed + round.changed,
        rejected: before.rejected + round.rejected,
        error: before.error ?? round.error,
        isOutage: round.isOutage,
      };
    }
  }
}
