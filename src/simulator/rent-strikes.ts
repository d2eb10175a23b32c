import type { Instant } from '../domain/time.ts';
import type { BillingErrorKind, BillingErrorOptions } from './billing-options.ts';
import { anniversariesBetween, anniversary, isHeldAt, type NumberPlan, rentAt } from './numbers.ts';
import type { SeededRandom } from './random.ts';
import type { ResolvedWorldOptions } from './world-options.ts';

const SECOND = 1000;
const DAY = 24 * 3_600_000;

/** Kinds that strike the rent of a number. */
export type RentErrorKind = Extract<BillingErrorKind, 'rent_twice' | 'skipped_rent' | 'rent_after_release'>;

/** Kinds of rent errors in the order in which they are planted. */
export const RENT_ERROR_KINDS: readonly RentErrorKind[] = ['rent_after_release', 'skipped_rent', 'rent_twice'];

/** A rent that was taken, or left out, by mistake. */
export interface RentStrike {
  readonly kind: RentErrorKind;
  readonly phoneNumber: string;
  /** When it was taken, or had to be. */
  readonly at: Instant;
  /** US cents that the account pays too much. */
  readonly cents: number;
}

/** A number, one error and the rent it would be about. */
interface Chance {
  readonly number: NumberPlan;
  readonly strike: RentStrike;
  readonly billing: NonNullable<NumberPlan['billing']>;
}

/** Whether the rent changes so close to an instant that its amount could be taken for either. */
function isNearChange(number: NumberPlan, at: Instant): boolean {
  return number.costs.slice(1).some((cost) => Math.abs(cost.at - at) < 3 * DAY);
}

/** Whether every month has the day on which a number is billed; where not, nobody knows which day to expect. */
function isOnEveryMonthsDay(number: NumberPlan): boolean {
  return new Date(number.provisionedAt).getUTCDate() <= 28;
}

function chancesOf(
  number: NumberPlan,
  kind: RentErrorKind,
  random: SeededRandom,
  { from, until: faxesUntil, rentsUntil: until = faxesUntil }: BillingErrorOptions,
  shortMonths: ResolvedWorldOptions['shortMonths'],
): Chance[] {
  const none = { skipped: [], extra: [], returns: null };
  const due = anniversariesBetween(number, from - 1, until - 1, shortMonths).filter((at) => at > number.provisionedAt);
  const chance = (at: Instant, sign: 1 | -1, billing: Partial<Chance['billing']>): Chance => ({
    number,
    strike: { kind, phoneNumber: number.phoneNumber, at, cents: sign * rentAt(number, at) },
    billing: { ...none, ...billing },
  });
  const isClear = ({ strike }: Chance): boolean =>
    strike.at >= from && strike.at < until && !isNearChange(number, strike.at);
  switch (kind) {
    case 'rent_twice':
      return due
        .map((at) => at + random.int(5 * 86_400, 15 * 86_400) * SECOND)
        .filter((at) => isHeldAt(number, at + 4 * DAY))
        .map((at) => chance(at, 1, { extra: [at] }))
        .filter(isClear);
    case 'skipped_rent':
      return due
        .filter((at) => isOnEveryMonthsDay(number) && isHeldAt(number, at + 14 * DAY))
        .map((at) => chance(at, -1, { skipped: [at] }))
        .filter(isClear);
    case 'rent_after_release': {
      const at = nextAnniversary(number, shortMonths);
      if (at === null || !isOnEveryMonthsDay(number)) return [];
      // A number that is away for a day or two may not have been missed yet.
      if (at - (number.releasedAt ?? at) < 3 * DAY) return [];
      const days = random.int(4, 8);
      return [chance(at, 1, { extra: [at], returns: { from: at, until: at + days * DAY } })].filter(isClear);
    }
  }
}

/** The first anniversary after a number's release; null while it is kept. */
function nextAnniversary(number: NumberPlan, shortMonths: ResolvedWorldOptions['shortMonths']): Instant | null {
  const { releasedAt, provisionedAt } = number;
  if (releasedAt === null) return null;
  let months = Math.max(1, Math.floor((releasedAt - provisionedAt) / (31 * DAY)));
  while (anniversary(provisionedAt, months, shortMonths) <= releasedAt) months += 1;
  return anniversary(provisionedAt, months, shortMonths);
}

/** Plants the rent errors that the options ask for, at most one a number, by changing the numbers' plans. */
export function strikeRents(
  numbers: readonly NumberPlan[],
  errors: BillingErrorOptions,
  random: SeededRandom,
  shortMonths: ResolvedWorldOptions['shortMonths'],
): RentStrike[] {
  const strikes: RentStrike[] = [];
  for (const kind of RENT_ERROR_KINDS) {
    for (let wanted = errors.counts[kind] ?? 0; wanted > 0; wanted--) {
      const chances = numbers
        .filter(({ billing }) => billing === undefined)
        .flatMap((number) => chancesOf(number, kind, random, errors, shortMonths));
      if (chances.length === 0) break;
      const { number, strike, billing } = random.pick(chances);
      number.billing = billing;
      strikes.push(strike);
    }
  }
  return strikes;
}
