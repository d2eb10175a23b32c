import type { Instant } from '../domain/time.ts';
import type { BillingErrorKind } from './billing-options.ts';
import { type FaxPlan, type FaxState, finishedAt } from './plan.ts';
import type { SeededRandom } from './random.ts';
import type { RateCard } from './rate-card.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** Around a change of price either price may be right, so that no error of a price could be told from it. */
const NEAR_CHANGE_MS = 3 * DAY;

/** A mirror looks at a fax for the last time 35 days after its creation, and may be a day late. */
const LOOKED_AT_MS = 33 * DAY;

/** A fax that vanishes is over, credits included, by this age; and a mirror has seen it so before it goes. */
const SETTLED_BY_MS = 5 * HOUR;
const VANISHES_AFTER_HOURS = 27;

/** Kinds that strike a fax. */
export type FaxErrorKind = Extract<
  BillingErrorKind,
  'missed_credit' | 'double_charge' | 'wrong_rate' | 'late_change' | 'vanished_fax'
>;

/** Every kind that strikes a fax. */
export const FAX_ERROR_KINDS: readonly FaxErrorKind[] = [
  'missed_credit',
  'double_charge',
  'wrong_rate',
  'late_change',
  'vanished_fax',
];

/** What a struck fax came to. */
export interface FaxStrike {
  readonly kind: FaxErrorKind;
  readonly plan: FaxPlan;
  /** US cents that the account pays too much. */
  readonly cents: number;
  readonly since: Instant;
}

/** What a strike needs to know beside the fax. */
export interface StrikeScene {
  readonly random: SeededRandom;
  readonly card: RateCard;
  readonly lateChangeAt: Instant | null;
}

/** Strikes a fax with an error by changing its plan; null, and nothing is changed, when the fax cannot carry this error so that it shows. */
export function strikeFax(plan: FaxPlan, kind: FaxErrorKind, scene: StrikeScene): FaxStrike | null {
  if (plan.isTest || plan.oddity !== null || plan.deletedAt !== null) return null;
  switch (kind) {
    case 'missed_credit':
      return missCredit(plan, scene);
    case 'double_charge':
      return chargeTwice(plan, scene);
    case 'wrong_rate':
      return chargeOtherRate(plan, scene);
    case 'late_change':
      return changeLate(plan, scene);
    case 'vanished_fax':
      return vanish(plan, scene);
  }
}

function countriesOf(plan: FaxPlan, card: RateCard): string[] {
  return plan.recipients?.map(({ alpha2 }) => alpha2) ?? [card.alpha2Of(plan.toNumber ?? '')];
}

function isNearChange(plan: FaxPlan, card: RateCard): boolean {
  const countries = countriesOf(plan, card);
  return card.changes.some(
    ({ at, alpha2 }) => countries.includes(alpha2) && Math.abs(at - plan.createdAt) < NEAR_CHANGE_MS,
  );
}

/** A fax all of whose recipients got it, none of them abroad from another, and its price a page and recipient; null for any other. */
function plainSuccess(
  plan: FaxPlan,
  card: RateCard,
): { readonly units: number; readonly alpha2: string; readonly price: number } | null {
  const end = plan.states.at(-1);
  const [alpha2 = '', ...others] = countriesOf(plan, card);
  const units = plan.pages * (plan.recipients?.length ?? 1);
  const isPlain =
    end !== undefined &&
    end.status === 'success' &&
    end.error === null &&
    end.costCents > 0 &&
    end.costCents % units === 0 &&
    others.every((other) => other === alpha2) &&
    !isNearChange(plan, card);
  return isPlain ? { units, alpha2, price: end.costCents / units } : null;
}

/** The plan's states at another price. */
function repriced(states: readonly FaxState[], costOf: (costCents: number) => number): FaxState[] {
  return states.map((state) => (state.costCents === 0 ? state : { ...state, costCents: costOf(state.costCents) }));
}

function chargedAt(plan: FaxPlan): Instant {
  return plan.states.find(({ costCents }) => costCents > 0)?.at ?? plan.createdAt;
}

function missCredit(plan: FaxPlan, { random, card }: StrikeScene): FaxStrike | null {
  const end = finishedAt(plan);
  const failed = (plan.recipients ?? []).filter(
    ({ states, chargedCents }) => states.at(-1)?.status === 'failure' && chargedCents > 0,
  );
  // Each credit a step of its own, so that one can be left out.
  const credits = plan.states.flatMap((state, index) => {
    const before = plan.states[index - 1]?.costCents ?? 0;
    return state.at > end && state.costCents < before ? [{ index, cents: before - state.costCents }] : [];
  });
  const isMixed = failed.length < (plan.recipients?.length ?? 0);
  if (failed.length === 0 || credits.length !== failed.length || (isMixed && isNearChange(plan, card))) return null;
  const missed = random.pick(credits);
  if (!failed.some(({ chargedCents }) => chargedCents === missed.cents)) return null;
  plan.states = plan.states.flatMap((state, index) => {
    if (index < missed.index) return [state];
    return index === missed.index ? [] : [{ ...state, costCents: state.costCents + missed.cents }];
  });
  return { kind: 'missed_credit', plan, cents: missed.cents, since: end };
}

function chargeTwice(plan: FaxPlan, { card }: StrikeScene): FaxStrike | null {
  const plain = plainSuccess(plan, card);
  if (plain === null || card.pricesOf(plain.alpha2).has(plain.price * 2)) return null;
  plan.states = repriced(plan.states, (cost) => cost * 2);
  return { kind: 'double_charge', plan, cents: plain.price * plain.units, since: chargedAt(plan) };
}

function chargeOtherRate(plan: FaxPlan, { random, card }: StrikeScene): FaxStrike | null {
  const plain = plainSuccess(plan, card);
  if (plain === null) return null;
  const { units, alpha2, price } = plain;
  // The prices of +1 are told apart by area codes; one of the others must not explain it either.
  const known = new Set([alpha2, 'US', 'CA', 'PR'].flatMap((country) => [...card.pricesOf(country)]));
  const prices = [-4, -3, -2, -1, 1, 2, 3, 4, 5, 6]
    .map((more) => price + more)
    .filter((other) => other > 0 && other !== price * 2 && !known.has(other));
  if (prices.length === 0) return null;
  const wrong = random.pick(prices);
  plan.states = repriced(plan.states, () => wrong * units);
  return { kind: 'wrong_rate', plan, cents: (wrong - price) * units, since: chargedAt(plan) };
}

function changeLate(plan: FaxPlan, { random, card, lateChangeAt }: StrikeScene): FaxStrike | null {
  const plain = plainSuccess(plan, card);
  const last = plan.states.at(-1);
  if (plain === null || last === undefined || lateChangeAt === null) return null;
  if (last.at >= lateChangeAt || plan.createdAt + LOOKED_AT_MS < lateChangeAt) return null;
  const change = random.chance(0.6) ? random.int(1, 25) : -random.int(1, Math.min(10, last.costCents - 1));
  plan.states = [...plan.states, { ...last, at: lateChangeAt, costCents: last.costCents + change }];
  return { kind: 'late_change', plan, cents: change, since: lateChangeAt };
}

function vanish(plan: FaxPlan, { random }: StrikeScene): FaxStrike | null {
  if ((plan.states.at(-1)?.at ?? 0) > plan.createdAt + SETTLED_BY_MS) return null;
  plan.deletedAt = plan.createdAt + random.int(VANISHES_AFTER_HOURS, 12 * 24) * HOUR + random.int(0, 3_599_000);
  return { kind: 'vanished_fax', plan, cents: 0, since: plan.deletedAt };
}
