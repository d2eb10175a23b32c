import type { Instant } from '../domain/time.ts';

interface Entry<T> {
  readonly at: Instant;
  readonly sequence: number;
  readonly key: string;
  readonly version: number;
  readonly item: T;
}

function isBefore<T>(left: Entry<T>, right: Entry<T>): boolean {
  return left.at !== right.at ? left.at < right.at : left.sequence < right.sequence;
}

/**
 * What is going to happen, by instant: a binary heap whose entries can be withdrawn by key.
 * Entries of one instant come in the order in which they were added.
 */
export class Agenda<T> {
  readonly #heap: Entry<T>[] = [];
  readonly #versions = new Map<string, number>();
  #sequence = 0;

  /** Entries kept, withdrawn ones that were not met yet included. */
  get size(): number {
    return this.#heap.length;
  }

  /** Adds one entry. */
  add(at: Instant, key: string, item: T): void {
    const version = this.#versions.get(key) ?? 0;
    this.#heap.push({ at, sequence: this.#sequence++, key, version, item });
    this.#rise(this.#heap.length - 1);
  }

  /** Withdraws every entry of a key that was not taken yet. */
  withdraw(key: string): void {
    this.#versions.set(key, (this.#versions.get(key) ?? 0) + 1);
  }

  /** The instant of the next entry, or null when there is none. */
  nextAt(): Instant | null {
    this.#dropWithdrawn();
    return this.#heap[0]?.at ?? null;
  }

  /** Takes the next entry if it is due at `until`; null when none is. */
  take(until: Instant): { readonly at: Instant; readonly item: T } | null {
    this.#dropWithdrawn();
    const first = this.#heap[0];
    if (first === undefined || first.at > until) return null;
    this.#removeFirst();
    return { at: first.at, item: first.item };
  }

  #dropWithdrawn(): void {
    for (let first = this.#heap[0]; first !== undefined; first = this.#heap[0]) {
      if (first.version === (this.#versions.get(first.key) ?? 0)) return;
      this.#removeFirst();
    }
  }

  #removeFirst(): void {
    const last = this.#heap.pop();
    if (last === undefined || this.#heap.length === 0) return;
    this.#heap[0] = last;
    this.#sink(0);
  }

  #rise(from: number): void {
    let at = from;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.#swapIfBefore(at, parent)) return;
      at = parent;
    }
  }

  #sink(from: number): void {
    let at = from;
    for (;;) {
      const left = this.#heap[2 * at + 1];
      const right = this.#heap[2 * at + 2];
      if (left === undefined) return;
      const child = right !== undefined && isBefore(right, left) ? 2 * at + 2 : 2 * at + 1;
      if (!this.#swapIfBefore(child, at)) return;
      at = child;
    }
  }

  #swapIfBefore(child: number, parent: number): boolean {
    const lower = this.#heap[child];
    const upper = this.#heap[parent];
    if (lower === undefined || upper === undefined || !isBefore(lower, upper)) return false;
    this.#heap[child] = upper;
    this.#heap[parent] = lower;
    return true;
  }
}
