import type { Pool } from 'pg';
import { DAY_MS, type Instant } from '../domain/time.ts';
import { checkMoney, type MoneyReport } from '../warehouse/money-checks.ts';
import { TRAILING_PASSES } from './passes.ts';

/** Days of creation that the daily round looks at: all that passes still look at, and as many more that they have settled. */
export const RECONCILED_DAYS = 75;

/** The last pass trails by this; a day is left to clocks that differ, since a window ends by the provider's and a look is dated by ours. */
const SETTLED_AFTER_MS = Math.max(...TRAILING_PASSES.map(({ lagMs }) => lagMs)) - DAY_MS;

/** What the money checks of one account came to. */
export interface MoneyRound extends MoneyReport {
  /** Cents that no look of the provider explains: what the checks found, as amounts without sign, added up. What two of them see counts twice. */
  readonly centsUnexplained: number;
  /** Faxes stored in settled windows that no look explains, or that are missing there. */
  readonly faxesUnexplained: number;
}

/**
 * Holds the money of one account against what the provider showed, by two hand-overs: the control totals of settled windows against the
 * history of their faxes, and each fax's history against its cost. Everything is in the warehouse; nothing is asked of the provider.
 * It does not know balance, prices and invoices: that a bill is right needs these, and is not claimed here.
 * @throws {WarehouseError}
 */
export async function reconcileMoney(
  pool: Pool,
  account: string,
  {
    now,
    days = RECONCILED_DAYS,
    timeoutMs,
  }: { readonly now: Instant; readonly days?: number; readonly timeoutMs: number },
): Promise<MoneyRound> {
  const scope = { account, createdFrom: now - days * DAY_MS, createdTo: now, settledAfterMs: SETTLED_AFTER_MS };
  const report = await checkMoney(pool, scope, timeoutMs);
  return {
    ...report,
    centsUnexplained: report.history.differingCents + report.slices.differingCents,
    faxesUnexplained: report.slices.differingFaxes,
  };
}
