import type { Instant } from '../domain/time.ts';
import type { BillingErrorOptions } from './billing-options.ts';
import type { RateChange } from './rate-card.ts';

const SECOND = 1000;
const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** Faxes that all arrive at once. */
export interface Burst {
  /** First creation time; whole seconds. */
  readonly at: Instant;
  readonly count: number;
  /** Width of the window they are created in; 1,000 puts them into one second. */
  readonly withinMs: number;
}

/** When the account adds money by itself. */
export interface AutoRecharge {
  readonly belowCents: number;
  readonly cents: number;
}

/** Dates of one of the numbers that a world begins with, in place of drawn ones. */
export interface NumberLife {
  /** Null: as drawn, months or years before the first day. */
  readonly provisionedAt: Instant | null;
  /** Null: it is kept. */
  readonly releasedAt: Instant | null;
  /** Changes of its monthly rent, oldest first. */
  readonly costChanges: ReadonlyArray<{ readonly at: Instant; readonly cents: number }>;
}

/** Money that the account adds beyond automatic recharges. */
export interface Recharge {
  readonly at: Instant;
  readonly cents: number;
}

/** What a world is like. Shares are probabilities in [0, 1]. */
export interface WorldOptions {
  /** First day of the account; `days` before the clock's present when left out. */
  readonly firstDay: Instant | null;
  /** Days of history up to the clock's present. The world goes on after it as the clock moves. */
  readonly days: number;
  /** Mean number of faxes a day over a whole week; nights and weekends have fewer, office hours more. */
  readonly faxesPerDay: number;
  readonly bursts: readonly Burst[];
  /** From this instant on the account sends and receives nothing new (whole hours); null: it never rests. */
  readonly restsFrom: Instant | null;
  /** Phone numbers of the account at its first day; one more is added and one or two are released on the way. */
  readonly phoneNumbers: number;
  readonly tagKeys: readonly string[];
  readonly receivedShare: number;
  readonly testShare: number;
  readonly multiRecipientShare: number;
  /** Share of sent faxes to one of the account's own numbers: they have a received twin. */
  readonly ownNumberShare: number;
  readonly foreignShare: number;
  readonly batchShare: number;
  readonly failureShare: number;
  readonly receivedFailureShare: number;
  readonly retryShare: number;
  /** Share of failed faxes that are sent again under a new id. */
  readonly resendShare: number;
  /** Share of sent faxes that someone tries to cancel; some of these come too late. */
  readonly cancelShare: number;
  /** Share of sent faxes with a cancel time-out (error 76 when it strikes). */
  readonly cancelTimeoutShare: number;
  /** Share of test faxes that are deleted hours or days later. */
  readonly deletedTestShare: number;
  readonly barcodeShare: number;
  readonly callerNameShare: number;
  /** Share of faxes that listings show minutes after their creation. */
  readonly lateListingShare: number;
  readonly lateListingMaxMs: number;
  readonly creditDelayMaxMs: number;
  /** Whether a cancel that came too late leaves error 79 on the successful fax (inferred). */
  readonly lateCancelLeavesError: boolean;
  /** Adds a few unusual records; see `world.truth(now).oddities`. */
  readonly oddities: boolean;
  /** Price changes; two in the middle of the history when left out. */
  readonly rateChanges: readonly RateChange[] | null;
  readonly openingBalanceCents: number;
  readonly autoRecharge: AutoRecharge | null;
  /** Money added by hand. */
  readonly recharges: readonly Recharge[];
  readonly numberCostCents: number;
  /** By the place of the number; those without an entry live as drawn. The last one is the number provisioned mid-way. */
  readonly numberLives: readonly NumberLife[];
  /** What happens to a monthly bill of a number provisioned on day 29-31 in a shorter month (unknown of the provider). */
  readonly shortMonths: 'last_day' | 'next_month';
  /** Whether `account/status` counts test faxes (unknown of the provider). */
  readonly countersIncludeTests: boolean;
  /** Billing errors that the provider makes; null: none. */
  readonly billingErrors: BillingErrorOptions | null;
  /** Port orders of the history; one more follows it. Which lives they have depends on their place; see docs/simulator.md. */
  readonly portOrders: number;
  /**
   * Whether a number that was brought is one of the account's numbers from then on, billed and used like the others. Off: it is not,
   * and the faxes of a seed do not depend on its port orders.
   */
  readonly portedNumbersJoin: boolean;
  /** Adapters, one that is removed and one that is added in the history among them. */
  readonly atas: number;
  readonly detectedAtas: number;
  /** Blocking rules, one that is deleted and one that is added in the history among them. */
  readonly blockingRules: number;
  readonly addresses: number;
  /** Part of every user name, password and PIN of the account's objects, so that tests can search for them. */
  readonly credentialCanary: string;
}

/** A world of 60 days and over 20,000 faxes. */
export const WORLD_DEFAULTS: WorldOptions = {
  firstDay: null,
  days: 60,
  faxesPerDay: 360,
  bursts: [],
  restsFrom: null,
  phoneNumbers: 12,
  tagKeys: ['department', 'order_id'],
  receivedShare: 0.35,
  testShare: 0.02,
  multiRecipientShare: 0.06,
  ownNumberShare: 0.01,
  foreignShare: 0.04,
  batchShare: 0.03,
  failureShare: 0.09,
  receivedFailureShare: 0.03,
  retryShare: 0.08,
  resendShare: 0.2,
  cancelShare: 0.01,
  cancelTimeoutShare: 0.05,
  deletedTestShare: 0.3,
  barcodeShare: 0.12,
  callerNameShare: 0.7,
  lateListingShare: 0.01,
  lateListingMaxMs: 10 * 60_000,
  creditDelayMaxMs: 40 * DAY,
  lateCancelLeavesError: true,
  oddities: false,
  rateChanges: null,
  openingBalanceCents: 50_000,
  autoRecharge: { belowCents: 5_000, cents: 50_000 },
  recharges: [],
  numberCostCents: 200,
  numberLives: [],
  shortMonths: 'last_day',
  countersIncludeTests: true,
  billingErrors: null,
  portOrders: 6,
  portedNumbersJoin: false,
  atas: 8,
  detectedAtas: 3,
  blockingRules: 5,
  addresses: 3,
  credentialCanary: 'canary',
};

/** Options with every gap filled: the first day is a whole hour, the price changes are dated. */
export interface ResolvedWorldOptions extends WorldOptions {
  readonly firstDay: Instant;
  readonly rateChanges: readonly RateChange[];
}

/** Fills the gaps of a world's options; `now` is the end of its history. */
export function resolveWorldOptions(options: Partial<WorldOptions>, now: Instant): ResolvedWorldOptions {
  const merged = { ...WORLD_DEFAULTS, ...options };
  const firstDay = Math.floor((merged.firstDay ?? now - merged.days * DAY) / HOUR) * HOUR;
  const middle = Math.floor((firstDay + (now - firstDay) / 2) / DAY) * DAY;
  const rateChanges = merged.rateChanges ?? [
    { at: middle, alpha2: 'GB', pricePerPageCents: 12 },
    { at: middle + DAY, alpha2: 'US', pricePerPageCents: 8 },
  ];
  return { ...merged, firstDay, rateChanges };
}

/** How long the history is in ms, a day at least; `now` is its end. */
export function historySpan({ firstDay }: ResolvedWorldOptions, now: Instant): number {
  return Math.max(DAY, now - firstDay);
}

/** Gives instants, in whole seconds, by their share of the history: 0 is its begin, 1 its end, more lies after it. */
export function shareOfHistory(options: ResolvedWorldOptions, now: Instant): (share: number) => Instant {
  const span = historySpan(options, now);
  return (share) => Math.floor((options.firstDay + share * span) / SECOND) * SECOND;
}
