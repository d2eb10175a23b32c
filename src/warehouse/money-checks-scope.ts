import type { Instant } from '../domain/time.ts';

/** Which faxes the money checks look at. */
export interface MoneyScope {
  readonly account: string;
  /** Creation times `[createdFrom, createdTo)`; faxes without one are looked at as well, and windows that reach into it whole. */
  readonly createdFrom: Instant;
  readonly createdTo: Instant;
  /** A window is settled by a look made so long after its end: nothing of it is expected to change any more. */
  readonly settledAfterMs: number;
}
