import type { PhoneNumber } from '../domain/account.ts';
import type { Cents } from '../domain/money.ts';
import type { Instant } from '../domain/time.ts';
import { type AreaCode, LOCAL_AREA_CODES } from './places.ts';
import { randomFor, type SeededRandom } from './random.ts';
import type { NumberLife, ResolvedWorldOptions } from './world-options.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** How the bills of a number differ from what is agreed. */
export interface NumberBilling {
  /** Anniversaries on which it is not billed. */
  readonly skipped: readonly Instant[];
  /** Bills beyond its anniversaries, oldest first, after its release too. */
  readonly extra: readonly Instant[];
  /** When a released number is in the account's list again; null: never. */
  readonly returns: { readonly from: Instant; readonly until: Instant } | null;
}

/** A phone number of the account with its life. */
export interface NumberPlan {
  readonly phoneNumber: string;
  readonly place: AreaCode;
  readonly provisionedAt: Instant;
  releasedAt: Instant | null;
  /** Monthly rent by date, oldest first; never empty. */
  readonly costs: ReadonlyArray<{ readonly at: Instant; readonly cents: number }>;
  readonly callbackUrl: string | null;
  /** Left out where the number is billed as agreed. */
  billing?: NumberBilling;
}

/**
 * The instant a number is billed for the `months`-th time after its provisioning: the same UTC time of day on the same
 * day of the month. Where the month is too short: its last day, or the overflow into the next month.
 */
export function anniversary(
  provisionedAt: Instant,
  months: number,
  shortMonths: ResolvedWorldOptions['shortMonths'],
): Instant {
  const start = new Date(provisionedAt);
  const timeOfDay = provisionedAt % DAY;
  const year = start.getUTCFullYear();
  const month = start.getUTCMonth() + months;
  const lastDay = new Date(Date.UTC(year, month + 1, 0)).getUTCDate();
  const day = shortMonths === 'last_day' ? Math.min(start.getUTCDate(), lastDay) : start.getUTCDate();
  return Date.UTC(year, month, day) + timeOfDay;
}

/** Every instant in (after, until] at which a number is billed, by mistake or not; the first bill is at its provisioning. */
export function billingsBetween(
  plan: NumberPlan,
  after: Instant,
  until: Instant,
  shortMonths: ResolvedWorldOptions['shortMonths'],
): Instant[] {
  const agreed = anniversariesBetween(plan, after, until, shortMonths);
  if (plan.billing === undefined) return agreed;
  const { skipped, extra } = plan.billing;
  return [...agreed.filter((at) => !skipped.includes(at)), ...extra.filter((at) => at > after && at <= until)].sort(
    (left, right) => left - right,
  );
}

/** Every instant in (after, until] at which a number is to be billed. */
export function anniversariesBetween(
  plan: NumberPlan,
  after: Instant,
  until: Instant,
  shortMonths: ResolvedWorldOptions['shortMonths'],
): Instant[] {
  const end = Math.min(until, plan.releasedAt === null ? until : plan.releasedAt - 1);
  const billings: Instant[] = [];
  // Start a little before `after`, not at the provisioning: numbers may be years old.
  let months = Math.max(0, Math.floor((after - plan.provisionedAt) / (31 * DAY)) - 1);
  for (;;) {
    const at = anniversary(plan.provisionedAt, months, shortMonths);
    if (at > end) return billings;
    if (at > after) billings.push(at);
    months += 1;
  }
}

/** The last bill of a number at or before an instant: its provisioning when there was none since. */
export function lastBilledAt(plan: NumberPlan, at: Instant, shortMonths: ResolvedWorldOptions['shortMonths']): Instant {
  const recent = billingsBetween(plan, at - 70 * DAY, at, shortMonths);
  return recent.at(-1) ?? plan.provisionedAt;
}

/** A number's monthly rent on an instant. */
export function rentAt(plan: NumberPlan, at: Instant): number {
  let cents = plan.costs[0]?.cents ?? 0;
  for (const cost of plan.costs) if (cost.at <= at) cents = cost.cents;
  return cents;
}

/** Whether the account has a number at an instant. */
export function isHeldAt(plan: NumberPlan, at: Instant): boolean {
  return plan.provisionedAt <= at && (plan.releasedAt === null || plan.releasedAt > at);
}

/** Whether the account's list has a number at an instant: while it is held, and while a released one is back by mistake. */
export function isShownAt(plan: NumberPlan, at: Instant): boolean {
  const returns = plan.billing?.returns ?? null;
  return isHeldAt(plan, at) || (returns !== null && returns.from <= at && at < returns.until);
}

/** A number as it is at an instant, in the words of the domain. */
export function numberAt(plan: NumberPlan, at: Instant, shortMonths: ResolvedWorldOptions['shortMonths']): PhoneNumber {
  return {
    phoneNumber: plan.phoneNumber,
    city: plan.place.city,
    state: plan.place.state,
    country: plan.place.country,
    costCents: rentAt(plan, at) as Cents,
    lastBilledAt: lastBilledAt(plan, at, shortMonths),
    provisionedAt: plan.provisionedAt,
    callbackUrl: plan.callbackUrl,
    ataName: null,
    extra: null,
  };
}

/** A number in an area code that is surely nobody's: exchange 555. */
export function drawPhoneNumber(random: SeededRandom, place: AreaCode): string {
  return `+1${place.areaCode}555${String(random.int(0, 9999)).padStart(4, '0')}`;
}

/**
 * The numbers an account starts with: months or years old, one of them provisioned on a 31st, the first three in one area.
 * One is provisioned in the middle of the history, one released in its second half, one gets dearer.
 */
export function planNumbers(seed: number, options: ResolvedWorldOptions, now: Instant): NumberPlan[] {
  const random = randomFor(seed, 'numbers');
  const span = Math.max(DAY, now - options.firstDay);
  const base = options.numberCostCents;
  const taken = new Set<string>();
  const home = random.pick(LOCAL_AREA_CODES);
  const draw = (index: number): { phoneNumber: string; place: AreaCode } => {
    const place = index < 3 ? home : random.pick(LOCAL_AREA_CODES);
    let phoneNumber = drawPhoneNumber(random, place);
    while (taken.has(phoneNumber)) phoneNumber = drawPhoneNumber(random, place);
    taken.add(phoneNumber);
    return { phoneNumber, place };
  };
  const plans: NumberPlan[] = [];
  for (let index = 0; index < options.phoneNumbers; index++) {
    const age = random.int(3, 1500) * DAY + random.int(0, 86_399) * 1000;
    const opened = Math.floor((options.firstDay - age) / 1000) * 1000;
    const provisionedAt = index === 1 ? monthEndBefore(opened) : opened;
    const dearer = index === 2 ? [{ at: options.firstDay + Math.floor(span * 0.6), cents: base + 50 }] : [];
    plans.push({
      ...draw(index),
      provisionedAt,
      releasedAt: index === 4 ? options.firstDay + Math.floor(span * 0.7) : null,
      costs: [{ at: provisionedAt, cents: base }, ...dearer],
      callbackUrl: null,
    });
  }
  const added = Math.floor((options.firstDay + span / 2) / 1000) * 1000;
  plans.push({
    ...draw(options.phoneNumbers),
    provisionedAt: added,
    releasedAt: null,
    costs: [{ at: added, cents: base }],
    callbackUrl: null,
  });
  return plans.map((plan, index) => withLife(plan, options.numberLives[index], base));
}

/** The same number with the dates that a world's options give. */
function withLife(plan: NumberPlan, life: NumberLife | undefined, baseCents: number): NumberPlan {
  if (life === undefined) return plan;
  const provisionedAt = life.provisionedAt ?? plan.provisionedAt;
  return {
    ...plan,
    provisionedAt,
    releasedAt: life.releasedAt,
    costs: [{ at: provisionedAt, cents: baseCents }, ...life.costChanges],
  };
}

/** The same time of day on the last 31st at or before an instant. */
function monthEndBefore(instant: Instant): Instant {
  const date = new Date(instant);
  for (let back = 0; ; back++) {
    const lastDay = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() - back, 0));
    if (lastDay.getUTCDate() === 31) return lastDay.getTime() + (instant % DAY);
  }
}
