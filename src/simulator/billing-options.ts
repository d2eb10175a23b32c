import type { Instant } from '../domain/time.ts';

/** What the provider can do wrong about money, on request. */
export const BILLING_ERROR_KINDS = [
  'missed_credit',
  'double_charge',
  'wrong_rate',
  'rent_twice',
  'skipped_rent',
  'rent_after_release',
  'late_change',
  'vanished_fax',
  'counter_off',
  'invoice_line_off',
] as const;

/** One of {@link BILLING_ERROR_KINDS}. */
export type BillingErrorKind = (typeof BILLING_ERROR_KINDS)[number];

/** Which billing errors a world makes. Each is planted where the world has something that can carry it, else left out. */
export interface BillingErrorOptions {
  /** How many of each kind. */
  readonly counts: Partial<Record<BillingErrorKind, number>>;
  /** What they strike was created, billed or counted in [from, until). */
  readonly from: Instant;
  readonly until: Instant;
  /** Rents are struck up to here; without it up to `until`. For an account that rests while its numbers go on being billed. */
  readonly rentsUntil?: Instant;
  /** When the costs of faxes change late; without it none does. */
  readonly lateChangeAt?: Instant;
  /** True: only the counter of sent faxes slips, the one that v1 shows. */
  readonly isSentCountedOnly?: boolean;
}

/** A billing error that was made, with what a reconciliation must say of it. */
export interface PlantedError {
  readonly kind: BillingErrorKind;
  /** The check that must find it, `C10`. */
  readonly check: string;
  readonly subjectKind: 'fax' | 'number' | 'day' | 'line';
  /** A fax's id; a number as `<E.164>@<ISO instant of the rent>`; a day of a counter, `YYYY-MM-DD sent`; `<invoice id>/<line>`. */
  readonly subjectId: string;
  /** US cents, above zero where the account pays too much. */
  readonly cents: number;
  /** What the provider owes by it. */
  readonly owedCents: number;
  /** Month it must be reported in, `YYYY-MM`. */
  readonly period: string;
  /** When the provider made it. */
  readonly since: Instant;
}
