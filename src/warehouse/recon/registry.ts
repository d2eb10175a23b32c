import type { Check } from './check.ts';
import { windowCompleteness } from './checks/c01-windows.ts';
import { counterCompleteness } from './checks/c02-counters.ts';
import { threeWayPresence } from './checks/c03-presence.ts';
import { recipientCompleteness } from './checks/c04-recipients.ts';
import { stuckFaxes } from './checks/c05-stuck.ts';
import { uniqueness } from './checks/c06-uniqueness.ts';
import { orphans } from './checks/c07-orphans.ts';
import { statusCoherence } from './checks/c08-statuses.ts';
import { costDrift } from './checks/c09-cost-drift.ts';
import { creditDue } from './checks/c10-credit-due.ts';
import { rateCard } from './checks/c11-rate-card.ts';
import { priceWithoutCard } from './checks/c12-price-without-card.ts';
import { costShape } from './checks/c13-cost-shape.ts';
import { rentExpected } from './checks/c14-rent-expected.ts';
import { rentChanges } from './checks/c15-rent-changes.ts';
import { rentAfterRelease } from './checks/c16-rent-after-release.ts';
import { balance } from './checks/c17-balance.ts';
import { recharges } from './checks/c18-recharges.ts';
import { invoiceLines } from './checks/c19-invoice.ts';
import { chargeback } from './checks/c20-chargeback.ts';
import { exports } from './checks/c21-export.ts';
import { volume } from './checks/c22-volume.ts';
import { freshness } from './checks/c23-freshness.ts';
import { quarantine } from './checks/c24-quarantine.ts';

/** Every check, in order of its number. */
export const CHECKS: readonly Check[] = [
  windowCompleteness,
  counterCompleteness,
  threeWayPresence,
  recipientCompleteness,
  stuckFaxes,
  uniqueness,
  orphans,
  statusCoherence,
  costDrift,
  creditDue,
  rateCard,
  priceWithoutCard,
  costShape,
  rentExpected,
  rentChanges,
  rentAfterRelease,
  balance,
  recharges,
  invoiceLines,
  chargeback,
  exports,
  volume,
  freshness,
  quarantine,
];

/** The check of an id; nothing where the id is that of an older version's check. */
export function checkOf(checkId: string): Check | undefined {
  return CHECKS.find(({ id }) => id === checkId);
}
