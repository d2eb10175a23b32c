import { type Period, parsePeriod, shiftPeriod } from '../../src/domain/reconciliation.ts';
import { DAY_MS, HOUR_MS, type Instant, parseZonedText } from '../../src/domain/time.ts';
import type { Dialect } from '../../src/landing/contract.ts';
import {
  BILLING_ERROR_KINDS,
  type BillingErrorKind,
  type BillingErrorOptions,
} from '../../src/simulator/billing-options.ts';
import type { CallbackOptions } from '../../src/simulator/callback-options.ts';
import type { Fault } from '../../src/simulator/faults.ts';
import { anniversary } from '../../src/simulator/numbers.ts';
import { randomFor, type SeededRandom } from '../../src/simulator/random.ts';
import type { RateChange } from '../../src/simulator/rate-card.ts';
import type { NumberLife, WorldOptions } from '../../src/simulator/world-options.ts';

/** What one seed makes of an account, its provider and the month that is reconciled. */
export interface ReconPlan {
  readonly seed: number;
  readonly isPlanted: boolean;
  readonly dialect: Dialect;
  /** IANA zone of the bill. */
  readonly zone: string;
  readonly period: Period;
  /** First contact of the mirror. */
  readonly opensAt: Instant;
  /** Instants at which the months are reconciled: in the month, when it is closed, some weeks later, and when it has settled. */
  readonly midAt: Instant;
  readonly closeAt: Instant;
  /** Null: not looked at in between. */
  readonly lookedAgainAt: Instant | null;
  readonly endAt: Instant;
  /** How far apart the pulls are: while faxes come, and when the account rests. */
  readonly stepMs: number;
  readonly restStepMs: number;
  readonly restsFrom: Instant;
  readonly world: Partial<WorldOptions>;
  readonly callbacks: Partial<CallbackOptions> | null;
  readonly faults: readonly Fault[];
  /** An honest invoice may come early: what is credited later explains itself. Of a wrong one the cents are certain when nothing follows. */
  readonly invoiceComes: 'before_closing' | 'at_the_end' | null;
  readonly importsReceipts: boolean;
  /** Limits of the checks, as the setting FAXSYNC_RECONCILIATION has them. */
  readonly limits: Readonly<Record<string, unknown>>;
}

const ZONES: ReadonlyArray<readonly [string, number]> = [
  ['America/Chicago', 45],
  ['America/New_York', 15],
  ['America/Los_Angeles', 10],
  ['UTC', 10],
  ['Europe/Berlin', 10],
  ['Asia/Kolkata', 5],
  ['Pacific/Auckland', 5],
];

/** Months with an edge in them more often than others: clocks that change, ends of years, leap and short Februaries. */
const MONTHS: ReadonlyArray<readonly [string, number]> = [
  ['2024-02', 3],
  ['2025-02', 2],
  ['2026-03', 3],
  ['2026-04', 1],
  ['2026-06', 2],
  ['2026-07', 1],
  ['2026-08', 1],
  ['2025-10', 2],
  ['2025-11', 3],
  ['2025-12', 3],
  ['2026-01', 3],
];

/** The instant a month begins in a zone. */
export function monthStart(period: Period, zone: string): Instant {
  const start = parseZonedText(`${period} 00:00:00`, zone);
  if (start === null) throw new Error(`no month begins at ${period}`);
  return start.instant;
}

/** Draws the plan of a seed; the same seed gives the same plan. */
export function planSeed(seed: number, isPlanted: boolean): ReconPlan {
  const random = randomFor(seed, 'recon-seeds', isPlanted ? 'planted' : 'honest');
  const zone = random.weighted(ZONES);
  const period = parsePeriod(random.weighted(MONTHS));
  if (period === null) throw new Error('the months are not months');
  const dialect = random.weighted<Dialect>([
    ['v2.1', 50],
    ['v2', 30],
    ['v1', 20],
  ]);
  const startsAt = monthStart(period, zone);
  const endsAt = monthStart(shiftPeriod(period, 1), zone);
  const firstDay = Math.floor((startsAt - random.int(50, 100) * HOUR_MS) / HOUR_MS) * HOUR_MS;
  const opensAt = firstDay + random.int(20, 30) * HOUR_MS + random.int(0, 3_599) * 1000;
  const closeAt = endsAt + 5 * DAY_MS + random.int(2, 20) * HOUR_MS;
  const countersIncludeTests = random.chance(0.7);
  const hasDeletedTests = random.chance(0.5);
  const phoneNumbers = random.int(3, 5);
  const hasCallbacks = random.chance(0.25);
  const hasInvoice = random.chance(0.5);
  const isEarly = random.chance(0.5) && !isPlanted;
  const invoiceComes = !hasInvoice ? null : isEarly ? 'before_closing' : 'at_the_end';
  const importsReceipts = hasInvoice && random.chance(0.5);
  const hasRecharges = random.chance(0.75);
  const restsFrom = Math.floor((endsAt + 6.5 * DAY_MS) / HOUR_MS) * HOUR_MS;
  const world: Partial<WorldOptions> = {
    firstDay,
    // Each callback is an object of its own, which takes its time.
    faxesPerDay: hasCallbacks ? random.int(20, 24) : random.int(20, 45),
    phoneNumbers,
    restsFrom,
    testShare: random.pick([0.02, 0.06]),
    deletedTestShare: hasDeletedTests ? 0.4 : 0,
    failureShare: random.pick([0.08, 0.15]),
    multiRecipientShare: random.pick([0.04, 0.12]),
    ownNumberShare: random.pick([0, 0.03]),
    foreignShare: random.pick([0.03, 0.08]),
    creditDelayMaxMs: random.pick([DAY_MS, 10 * DAY_MS, 30 * DAY_MS]),
    lateListingShare: random.pick([0, 0.03]),
    shortMonths: random.pick(['last_day', 'next_month'] as const),
    countersIncludeTests,
    rateChanges: drawRateChanges(random, startsAt, endsAt),
    // Without recharges the money runs out on the way.
    openingBalanceCents: hasRecharges ? random.int(6_000, 60_000) : random.int(500, 20_000),
    autoRecharge: hasRecharges
      ? { belowCents: random.pick([1_000, 5_000]), cents: random.pick([10_000, 25_000]) }
      : null,
    recharges: drawRecharges(random, startsAt, endsAt),
    numberLives: drawNumbers(random, phoneNumbers, startsAt, endsAt),
    // Lists that no money hangs on only cost time here.
    portOrders: 0,
    atas: 0,
    detectedAtas: 0,
    blockingRules: 0,
    addresses: 0,
    barcodeShare: 0,
  };
  const lateChangeAt = closeAt + random.int(6, 40) * HOUR_MS;
  const errors = { from: startsAt, until: endsAt, lateChangeAt, isSentCountedOnly: dialect === 'v1' };
  const counts = isPlanted ? drawErrors(random, hasInvoice) : {};
  return {
    seed,
    isPlanted,
    dialect,
    zone,
    period,
    opensAt,
    midAt: startsAt + random.int(10 * 24, 20 * 24) * HOUR_MS,
    closeAt,
    lookedAgainAt: random.chance(0.5) ? endsAt + random.int(12, 30) * DAY_MS : null,
    endAt: endsAt + 44 * DAY_MS + random.int(0, 23) * HOUR_MS,
    stepMs: random.pick([8, 10, 12, 12, 12]) * HOUR_MS,
    restStepMs: random.pick([24, 36, 48]) * HOUR_MS,
    restsFrom,
    world: { ...world, billingErrors: isPlanted ? { ...errors, counts } : null },
    callbacks: hasCallbacks ? { lostShare: 0.05, duplicateShare: 0.05, delayedShare: 0.1, forgedShare: 0.02 } : null,
    faults: random.chance(0.3) ? faultsOf(dialect) : [],
    invoiceComes,
    importsReceipts,
    limits: { counters_include_tests: countersIncludeTests },
  };
}

/**
 * Prices change at midnight of the bill, or at any instant; one country's not twice within two days, since the list is read once a day and a
 * price that came and went between two looks is known to nobody.
 */
function drawRateChanges(random: SeededRandom, startsAt: Instant, endsAt: Instant): RateChange[] {
  const drawn = Array.from({ length: random.int(0, 3) }, () => {
    const day = startsAt + random.int(-1, Math.floor((endsAt - startsAt) / DAY_MS) + 4) * DAY_MS;
    const at = random.chance(0.6) ? day : day + random.int(0, 86_399) * 1000;
    const alpha2 = random.pick(['US', 'US', 'CA', 'GB', 'DE']);
    return { at, alpha2, pricePerPageCents: random.int(5, 13) };
  });
  return drawn.filter(
    (change, index) =>
      !drawn
        .slice(0, index)
        .some(({ at, alpha2 }) => alpha2 === change.alpha2 && Math.abs(at - change.at) < 2 * DAY_MS),
  );
}

function drawRecharges(
  random: SeededRandom,
  startsAt: Instant,
  endsAt: Instant,
): Array<{ at: Instant; cents: number }> {
  return Array.from(
    {
      length: random.weighted([
        [0, 60],
        [1, 30],
        [2, 10],
      ]),
    },
    () => ({
      at: random.int(startsAt / 1000, endsAt / 1000) * 1000,
      cents: random.int(10, 500) * 100,
    }),
  );
}

/** Numbers of any age, some of day 29-31; one may get dearer and one may be given back on the way. */
function drawNumbers(random: SeededRandom, count: number, startsAt: Instant, endsAt: Instant): NumberLife[] {
  const [dearer, released, added] = [random.chance(0.3), random.chance(0.4), random.chance(0.3)];
  const lives = Array.from({ length: count }, (_, index): NumberLife => {
    const isMonthEnd = random.chance(0.25);
    const provisionedAt = isMonthEnd
      ? drawMonthEnd(random, startsAt)
      : startsAt - random.int(5 * 86_400, 900 * 86_400) * 1000;
    const within = drawBesideRents(random, provisionedAt, startsAt, endsAt);
    return {
      provisionedAt,
      releasedAt: released && index === 0 ? within : null,
      costChanges: dearer && index === 1 ? [{ at: within, cents: random.pick([150, 250, 300]) }] : [],
    };
  });
  const boughtAt = added ? random.int(startsAt / 1000, endsAt / 1000) * 1000 : null;
  return [...lives, { provisionedAt: boughtAt, releasedAt: null, costChanges: [] }];
}

/**
 * An instant of the month that is not in the day after a rent of the number: a number that is given back, or gets dearer, between its rent and the
 * next look shows that rent to nobody, or at another price. A mirror that pulls every hour has that gap too, an hour wide.
 */
function drawBesideRents(random: SeededRandom, provisionedAt: Instant, startsAt: Instant, endsAt: Instant): Instant {
  for (;;) {
    const at = random.int(startsAt / 1000, endsAt / 1000) * 1000;
    const isBeside = (['last_day', 'next_month'] as const).every((shortMonths) => {
      const first = Math.floor((at - provisionedAt) / (31 * DAY_MS)) - 1;
      const rents = [0, 1, 2, 3, 4].map((more) => anniversary(provisionedAt, Math.max(0, first + more), shortMonths));
      return rents.every((rent) => at < rent || at >= rent + DAY_MS);
    });
    if (isBeside) return at;
  }
}

/** An instant on day 29, 30 or 31 of a month before another instant. */
function drawMonthEnd(random: SeededRandom, before: Instant): Instant {
  const date = new Date(before);
  for (let back = random.int(1, 30); ; back++) {
    const at = Date.UTC(
      date.getUTCFullYear(),
      date.getUTCMonth() - back,
      random.int(29, 31),
      0,
      0,
      random.int(0, 86_399),
    );
    if (new Date(at).getUTCDate() >= 29) return at;
  }
}

/** How many of each kind a month may carry at most; what finds no place in a world is not planted. */
const MOST: Readonly<Record<BillingErrorKind, number>> = {
  missed_credit: 5,
  double_charge: 5,
  wrong_rate: 5,
  rent_twice: 2,
  skipped_rent: 2,
  rent_after_release: 1,
  late_change: 3,
  vanished_fax: 3,
  counter_off: 3,
  invoice_line_off: 2,
};

function drawErrors(random: SeededRandom, hasInvoice: boolean): BillingErrorOptions['counts'] {
  const counts: Partial<Record<BillingErrorKind, number>> = {};
  const kinds = BILLING_ERROR_KINDS.filter((kind) => kind !== 'invoice_line_off' || hasInvoice);
  for (let left = random.int(1, 20); left > 0; left--) {
    const open = kinds.filter((kind) => (counts[kind] ?? 0) < MOST[kind]);
    if (open.length === 0) break;
    const kind = random.pick(open);
    counts[kind] = (counts[kind] ?? 0) + 1;
  }
  return counts;
}

/** Bad weather on the way to the provider, about one request in twenty-five. */
function faultsOf(dialect: Dialect): Fault[] {
  const faxes = dialect === 'v1' ? '/v1/faxList' : `/${dialect}/faxes`;
  return [
    { kind: 'throttle', probability: 0.01, retryAfter: '2' },
    { kind: 'status', probability: 0.01 },
    { kind: 'reset', probability: 0.005, atShare: 0.6 },
    { kind: 'truncate', probability: 0.005, framing: 'short_length', atShare: 0.8 },
    { kind: 'html', probability: 0.005 },
    { kind: 'stale', probability: 0.01, path: faxes, lagMs: 10 * 60_000 },
  ];
}
