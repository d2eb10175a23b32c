import type { Instant } from '../domain/time.ts';

interface Version<Value> {
  readonly at: Instant;
  /** Null: the object is not there. */
  readonly value: Value | null;
}

/**
 * One object with its whole life: what it is at an instant depends on the plan and the instant only.
 * Commands change the future; what lies before their instant stays as it was.
 */
export class Timeline<Value> {
  #versions: Version<Value>[];
  readonly #hidings: Array<{ readonly from: Instant; readonly until: Instant }> = [];

  /** `beginsAt` is the first instant at which the object is there. */
  constructor(beginsAt: Instant, value: Value) {
    this.#versions = [{ at: beginsAt, value }];
  }

  /** The object at an instant; null before its begin, after its end, and while it is hidden. */
  at(instant: Instant): Value | null {
    if (this.#hidings.some(({ from, until }) => from <= instant && instant < until)) return null;
    let value: Value | null = null;
    for (const version of this.#versions) {
      if (version.at > instant) break;
      value = version.value;
    }
    return value;
  }

  /** Every instant at which something of it is planned to change, its begin included. */
  instants(): Instant[] {
    return this.#versions.map(({ at }) => at);
  }

  /** Plans what it is from an instant on, until the next change that is planned already. */
  plan(at: Instant, value: Value | null): this {
    this.#versions = [...this.#versions.filter((version) => version.at !== at), { at, value }].sort(
      (left, right) => left.at - right.at,
    );
    return this;
  }

  /** Changes it from an instant on: what it is then, and everything planned for later. No effect where it is not there. */
  change(at: Instant, change: (value: Value) => Value): void {
    const now = this.at(at);
    if (now === null) return;
    this.#versions = this.#versions.map((version) =>
      version.at > at && version.value !== null ? { at: version.at, value: change(version.value) } : version,
    );
    this.plan(at, change(now));
  }

  /** Ends it: nothing planned for later happens. */
  end(at: Instant): void {
    this.#versions = [...this.#versions.filter((version) => version.at < at), { at, value: null }];
  }

  /** Lets it be gone for a time, as if it were not there; `until` may be infinite. */
  hide(from: Instant, until: Instant): void {
    this.#hidings.push({ from, until });
  }
}

/** Something planned, as it is at an instant. */
export interface Shown<Plan, State> {
  readonly plan: Plan;
  readonly state: State;
}

/** Those that are there at an instant, in the order of the plans. */
export function shownAt<Plan, State>(
  plans: ReadonlyArray<Plan & { readonly life: Timeline<State> }>,
  at: Instant,
): Array<Shown<Plan, State>> {
  return plans.flatMap((plan) => {
    const state = plan.life.at(at);
    return state === null ? [] : [{ plan, state }];
  });
}

/** Something that comes back at equal steps, e.g. registrations. */
export interface Recurrence {
  readonly first: Instant;
  readonly everyMs: number;
  /** No more of them from this instant on; null: for ever. */
  readonly until: Instant | null;
}

/** The latest of recurring instants at or before an instant; null when there was none yet. */
export function latestOf({ first, everyMs, until }: Recurrence, at: Instant): Instant | null {
  const end = until === null ? at : Math.min(at, until - 1);
  return end < first ? null : first + Math.floor((end - first) / everyMs) * everyMs;
}
