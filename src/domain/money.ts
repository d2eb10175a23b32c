declare const centsBrand: unique symbol;

/** Whole US cents. Null beside it means "the provider sent none"; 0 means free. */
export type Cents = number & { readonly [centsBrand]: true };

/** The largest amount one object may carry: what a Postgres `integer` holds, 21 million dollars. */
export const CENTS_MAX = 2_147_483_647;

/**
 * Reads whole cents; returns null for anything that is not a whole number within +-{@link CENTS_MAX}.
 * The caller decides what a refused or a negative amount means; nothing is rounded.
 */
export function toCents(value: number): Cents | null {
  if (!Number.isInteger(value) || value > CENTS_MAX || value < -CENTS_MAX) return null;
  return (value === 0 ? 0 : value) as Cents;
}
