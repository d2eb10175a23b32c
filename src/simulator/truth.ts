import type { AccountStatus, Country, PhoneNumber } from '../domain/account.ts';
import type { Fax } from '../domain/fax.ts';
import type { Instant } from '../domain/time.ts';
import type { LedgerEntry } from './ledger.ts';
import { describeOddity, type Oddity } from './oddities.ts';
import { type FaxPlan, faxAt, isKnownAt, isListedAt } from './plan.ts';
import type { RateChange } from './rate-card.ts';
import type { World } from './world.ts';

/** A test fax that was deleted, as it was just before. */
export interface DeletedFax {
  readonly fax: Fax;
  readonly deletedAt: Instant;
}

/** A number the account gave back. */
export interface ReleasedNumber {
  readonly phoneNumber: string;
  readonly releasedAt: Instant;
}

/**
 * What a mirror of the account must hold at an instant, in the words of the domain, made from the plans and never from wire objects.
 * Faxes are in v2.1's completeness: v1 and v2 carry no caller names and barcodes.
 */
export interface WorldTruth {
  readonly at: Instant;
  readonly seed: number;
  /** Every fax that listings show, oldest first; records without an id are left out. */
  readonly faxes: readonly Fax[];
  /** Ids of faxes that a look-up shows but listings do not yet. */
  readonly unlistedFaxIds: readonly string[];
  readonly deletedFaxes: readonly DeletedFax[];
  readonly phoneNumbers: readonly PhoneNumber[];
  readonly releasedNumbers: readonly ReleasedNumber[];
  readonly countries: readonly Country[];
  readonly rateChanges: readonly RateChange[];
  readonly account: AccountStatus;
  readonly ledger: readonly LedgerEntry[];
  /** Unusual records that listings show. */
  readonly oddities: readonly Oddity[];
}

/** Gathers the truth of a world that has lived up to `at`. */
export function buildTruth(world: World, at: Instant): WorldTruth {
  const faxes: Fax[] = [];
  const unlistedFaxIds: string[] = [];
  const deletedFaxes: DeletedFax[] = [];
  const oddities: Oddity[] = [];
  for (const plan of world.plans()) {
    if (plan.createdAt > at) break;
    if (plan.deletedAt !== null && plan.deletedAt <= at) {
      if (plan.listedAt < plan.deletedAt) {
        deletedFaxes.push({ fax: faxAt(plan, plan.deletedAt - 1), deletedAt: plan.deletedAt });
      }
      continue;
    }
    if (!isListedAt(plan, at)) {
      if (isKnownAt(plan, at)) unlistedFaxIds.push(plan.id);
      continue;
    }
    if (plan.oddity !== null) oddities.push(describeOddity(plan, plan.oddity));
    if (plan.oddity !== 'missing_id') faxes.push(faxAt(plan, at));
  }
  return {
    at,
    seed: world.seed,
    faxes,
    unlistedFaxIds,
    deletedFaxes,
    phoneNumbers: world.numbersAt(at),
    releasedNumbers: world.numbers.flatMap((plan) =>
      plan.releasedAt !== null && plan.releasedAt <= at
        ? [{ phoneNumber: plan.phoneNumber, releasedAt: plan.releasedAt }]
        : [],
    ),
    countries: world.countriesAt(at),
    rateChanges: world.card.changes.filter((change) => change.at <= at),
    account: world.accountAt(at),
    ledger: world.ledger.entriesUntil(at),
    oddities,
  };
}

/** One step of a fax's life as a history table should show it. */
export interface FaxStep {
  readonly at: Instant;
  readonly status: string;
  readonly numPages: number;
  readonly costCents: number;
}

/** Every step of a fax's life up to an instant; a mirror may have missed some, but never seen others. */
export function stepsOf(plan: FaxPlan, until: Instant): FaxStep[] {
  return plan.states
    .filter((state) => state.at <= until)
    .map(({ at, status, numPages, costCents }) => ({ at, status, numPages, costCents }));
}
