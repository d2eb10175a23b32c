import { assertInvariant } from './errors.ts';
import type { LookVia, Stage } from './fax.ts';
import type { Instant } from './time.ts';

/** One look at one object, with what it showed. */
export interface Look<Value> {
  /** The number drawn before the look; unique for the object. */
  readonly observation: number;
  readonly at: Instant;
  readonly via: LookVia;
  readonly stage: Stage;
  readonly value: Value;
}

/** A look known to have happened whose value follows from the history around it. */
export interface LookMark {
  readonly observation: number;
  readonly at: Instant;
  readonly via: LookVia;
}

/** What a set of looks amounts to, whatever the order in which they became known. */
export interface FoldedLooks<Value> {
  /** The first look of every run of equal values, in order: the object's history. */
  readonly points: readonly Look<Value>[];
  /** Every look that counted, in order; its last one is what the object is now. */
  readonly accepted: readonly Look<Value>[];
  /** Observations of the looks that lost against an earlier one of a higher stage. */
  readonly stale: readonly number[];
}

/**
 * Folds looks in order of observation: a look counts unless one before it had a higher stage.
 * A pure function of the *set* of looks, so loading in any order ends the same.
 */
export function foldLooks<Value>(
  looks: readonly Look<Value>[],
  equal: (a: Value, b: Value) => boolean,
): FoldedLooks<Value> {
  const ordered = [...looks].sort((a, b) => a.observation - b.observation);
  const points: Look<Value>[] = [];
  const accepted: Look<Value>[] = [];
  const stale: number[] = [];
  for (const look of ordered) {
    const last = accepted.at(-1);
    assertInvariant(last?.observation !== look.observation, 'one look was folded twice', {
      observation: look.observation,
    });
    if (last !== undefined && look.stage < last.stage) {
      stale.push(look.observation);
      continue;
    }
    const point = points.at(-1);
    if (point === undefined || !equal(point.value, look.value)) points.push(look);
    accepted.push(look);
  }
  return { points, accepted, stale };
}

/**
 * Gives every mark the value its place in a history implies: that of the last point at or before it.
 * Marks before the first point showed nothing and are left out; points that are not among the marks are added.
 * `stageAt` tells the stage of a value seen by some kind of look.
 */
export function expandHistory<Value>(
  points: readonly Look<Value>[],
  marks: readonly LookMark[],
  stageAt: (value: Value, via: LookVia) => Stage,
): Look<Value>[] {
  const looks: Look<Value>[] = [...points];
  const known = new Set(points.map((point) => point.observation));
  for (const mark of marks) {
    if (known.has(mark.observation)) continue;
    known.add(mark.observation);
    let value: { of: Value } | null = null;
    for (const point of points) {
      if (point.observation > mark.observation) break;
      value = { of: point.value };
    }
    if (value !== null) looks.push({ ...mark, stage: stageAt(value.of, mark.via), value: value.of });
  }
  return looks;
}
