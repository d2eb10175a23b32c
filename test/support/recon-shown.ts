import { expect, it } from 'vitest';
import type { Tolerance } from '../../src/domain/reconciliation.ts';
import type { Check, CheckId } from '../../src/warehouse/recon/check.ts';
import type { Checked, ReconBed } from './recon-bed.ts';

/** What the runs of a check have come to. */
export interface Shown {
  /** A run in which rows were held against each other and all were equal. */
  readonly passes: boolean;
  /** A run with an exception. */
  readonly finds: boolean;
  /** A run with a difference exactly at its tolerance: with one less it is an exception. */
  readonly atTolerance: boolean;
  /** A run with an exception no more than one beyond its tolerance: with one more it is none. */
  readonly beyondTolerance: boolean;
}

const NOTHING: Shown = { passes: false, finds: false, atTolerance: false, beyondTolerance: false };

/** Keeps what the checks of a bed were seen to do. */
export class ShownChecks {
  readonly #shown = new Map<CheckId, Shown>();

  /** What one check was seen to do so far. */
  of(id: CheckId): Shown {
    return this.#shown.get(id) ?? NOTHING;
  }

  /** Notes a run under a tolerance; `judgeWith` gives what the same rows come to under another. */
  async note(
    id: CheckId,
    { results }: Checked,
    { amount, share }: Tolerance,
    judgeWith: (tolerance: Tolerance) => Promise<Checked>,
  ): Promise<void> {
    const before = this.of(id);
    const found = exceptionsOf(results);
    const isEqual = results.some(({ outcome }) => outcome === 'pass') && found + sum(results, 'within') === 0;
    let { atTolerance, beyondTolerance } = before;
    if (amount !== null) {
      const than = async (other: number) => exceptionsOf((await judgeWith({ amount: other, share })).results) - found;
      if (!atTolerance) atTolerance = amount > 0 && (await than(amount - 1)) > 0;
      if (!beyondTolerance) beyondTolerance = found > 0 && (await than(amount + 1)) < 0;
    }
    this.#shown.set(id, {
      passes: before.passes || isEqual,
      finds: before.finds || found > 0,
      atTolerance,
      beyondTolerance,
    });
  }
}

function sum(results: Checked['results'], of: 'within' | 'exceptions'): number {
  return results.reduce((total, row) => total + row[of], 0);
}

function exceptionsOf(results: Checked['results']): number {
  return sum(results, 'exceptions');
}

/** The last test of a check's tests: the runs of those before it have shown all that a check must be shown to do. */
export function itIsShown(bed: () => ReconBed, { id }: Check): void {
  it(`has been run to pass, to find, at its tolerance and just beyond it (${id})`, () => {
    expect(bed().shown.of(id)).toEqual({ passes: true, finds: true, atTolerance: true, beyondTolerance: true });
  });
}

/** The same for a check that judges by limits of its own, so that no tolerance decides: the edges are those tests' own matter. */
export function itIsShownByItsOwnRule(bed: () => ReconBed, { id }: Check): void {
  it(`has been run to pass and to find (${id})`, () => {
    expect(bed().shown.of(id)).toMatchObject({ passes: true, finds: true });
  });
}
