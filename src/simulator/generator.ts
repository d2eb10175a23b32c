import { assertInvariant } from '../domain/errors.ts';
import type { FaxBarcode } from '../domain/fax.ts';
import type { Instant } from '../domain/time.ts';
import { centralHourOfWeek } from './central-time.ts';
import { CANCEL_TOO_LATE, CANCELED_BY_TIMEOUT, CANCELED_BY_USER, ERROR_TABLE, type FaxError } from './error-table.ts';
import { cancelPlan, planReceived, planSent, type RecipientInput } from './lives.ts';
import { drawPhoneNumber, isHeldAt, type NumberPlan } from './numbers.ts';
import { ODDITY_KINDS, suits, withOddity } from './oddities.ts';
import { PHAX_CODE_PREFIX } from './phax-codes.ts';
import { FOREIGN_PATTERNS, LOCAL_AREA_CODES } from './places.ts';
import { type FaxPlan, finishedAt, type OddityKind } from './plan.ts';
import { randomFor, type SeededRandom } from './random.ts';
import type { RateCard } from './rate-card.ts';
import type { ResolvedWorldOptions } from './world-options.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** Ids of one hour: generated faxes first, then those made by commands, then resends and twins from other hours. */
const IDS_PER_HOUR = 100_000;
const COMMAND_IDS_FROM = 60_000;
const FOLLOW_UP_IDS_FROM = 80_000;
const FIRST_ID = 250_000_000;

const DEPARTMENTS =
  'Billing,Cardiology,Dermatology,Emergency,Intake,Laboratory,Oncology,Pharmacy,Radiología,Surgery'.split(',');
const CALLER_NAMES = 'ACME MEDICAL,CATHERINE LEE,CITY CLINIC,LAKESIDE LAB,NORTH PHARMACY,UNKNOWN,WELLNESS GRP'.split(
  ',',
);
const SIMULATED_ERRORS = ERROR_TABLE.filter((row) => row.errorClass === 'S');

/** How busy an hour of the Central week is; Sunday midnight is 0. */
function hourWeight(hourOfWeek: number): number {
  const day = Math.floor(hourOfWeek / 24);
  const hour = hourOfWeek % 24;
  const daily = hour >= 8 && hour < 18 ? 10 : hour >= 6 && hour < 21 ? 3 : 0.6;
  return day === 0 || day === 6 ? daily * 0.2 : daily;
}

const WEEK_WEIGHT = Array.from({ length: 168 }, (_, hour) => hourWeight(hour)).reduce((sum, weight) => sum + weight, 0);

/**
 * Draws the faxes of a world, hour by hour in order of time. What an hour holds depends on the seed and the hour,
 * never on when it is asked for.
 */
export class FaxGenerator {
  readonly #seed: number;
  readonly #options: ResolvedWorldOptions;
  readonly #card: RateCard;
  readonly #numbers: readonly NumberPlan[];
  readonly #correspondents: readonly string[];
  readonly #firstHour: number;
  readonly #idsTaken = new Map<number, number>();
  #wantedOddities: OddityKind[] = [];
  #odditiesMade = 0;

  /** `numbers` may grow later: provisioned numbers take part from then on. */
  constructor(seed: number, options: ResolvedWorldOptions, card: RateCard, numbers: readonly NumberPlan[]) {
    this.#seed = seed;
    this.#options = options;
    this.#card = card;
    this.#numbers = numbers;
    this.#firstHour = Math.floor(options.firstDay / HOUR);
    const random = randomFor(seed, 'correspondents');
    this.#correspondents = Array.from({ length: 400 }, () => drawPhoneNumber(random, random.pick(LOCAL_AREA_CODES)));
  }

  /** The next id for a fax made by a command at an instant. */
  commandId(at: Instant): string {
    return this.#nextId(at, COMMAND_IDS_FROM, FOLLOW_UP_IDS_FROM);
  }

  /** The faxes that come into being in one hour (UTC hours since 1970), with their twins and resends in later ones. */
  hour(hour: number): FaxPlan[] {
    const random = randomFor(this.#seed, 'hour', hour);
    const start = hour * HOUR;
    if (start >= (this.#options.restsFrom ?? Number.POSITIVE_INFINITY)) return [];
    const weight = hourWeight(centralHourOfWeek(start)) / WEEK_WEIGHT;
    const expected = this.#options.faxesPerDay * 7 * weight * (0.9 + random.next() * 0.2);
    const count = Math.floor(expected) + (random.chance(expected % 1) ? 1 : 0);
    const instants = Array.from({ length: count }, () => start + random.int(0, 3599) * SECOND);
    for (const burst of this.#options.bursts) {
      if (Math.floor(burst.at / HOUR) !== hour) continue;
      const width = Math.max(0, Math.floor(burst.withinMs / SECOND) - 1);
      for (let i = 0; i < burst.count; i++) instants.push(burst.at + random.int(0, width) * SECOND);
    }
    instants.sort((left, right) => left - right);
    assertInvariant(
      instants.length < COMMAND_IDS_FROM,
      'An hour holds too many faxes for its ids; use several bursts.',
      {
        count: instants.length,
      },
    );
    const gap = Math.max(1, Math.floor(COMMAND_IDS_FROM / (instants.length + 1)));
    const plans: FaxPlan[] = [];
    for (const [index, createdAt] of instants.entries()) {
      const id = String(this.#idBase(hour) + index * gap + random.int(0, gap - 1));
      if (random.chance(this.#options.receivedShare)) plans.push(this.#received(random, id, createdAt));
      else plans.push(...this.#sentWithFollowUps(random, id, createdAt));
    }
    return this.#options.oddities ? this.#addOddities(plans, hour) : plans;
  }

  /** The received twins of a fax sent to the account's own numbers; none for what never got through. */
  twinsOf(random: SeededRandom, plan: FaxPlan): FaxPlan[] {
    const twins: FaxPlan[] = [];
    for (const recipient of plan.recipients ?? []) {
      const number = this.#numbers.find((candidate) => candidate.phoneNumber === recipient.phoneNumber);
      const end = recipient.states.at(-1);
      if (number === undefined || end === undefined || !isHeldAt(number, end.at)) continue;
      // The halves may disagree: a sender that failed on the last page was still received.
      const arrived = end.status === 'success' || (end.error?.type === 'faxError' && random.chance(0.3));
      if (arrived) twins.push(this.#twin(random, plan, number, end.at));
    }
    return twins;
  }

  #twin(random: SeededRandom, plan: FaxPlan, number: NumberPlan, at: Instant): FaxPlan {
    return planReceived(
      random,
      {
        id: this.#nextId(at, FOLLOW_UP_IDS_FROM, IDS_PER_HOUR),
        completedAt: at,
        listedDelayMs: 0,
        isTest: plan.isTest,
        fromNumber: plan.callerId ?? number.phoneNumber,
        toNumber: number.phoneNumber,
        toAlpha2: number.place.alpha2,
        callerName: null,
        pages: plan.pages,
        barcodes: [],
        fails: false,
      },
      this.#card,
    );
  }

  #idBase(hour: number): number {
    return FIRST_ID + (hour - this.#firstHour) * IDS_PER_HOUR;
  }

  #nextId(at: Instant, from: number, to: number): string {
    const base = this.#idBase(Math.floor(at / HOUR)) + from;
    const taken = this.#idsTaken.get(base) ?? 0;
    this.#idsTaken.set(base, taken + 1);
    assertInvariant(taken < to - from, 'An hour holds too many faxes for its ids.', { taken });
    return String(base + taken);
  }

  #ownNumberAt(random: SeededRandom, at: Instant): NumberPlan | null {
    const held = this.#numbers.filter((plan) => isHeldAt(plan, at));
    return held.length === 0 ? null : random.pick(held);
  }

  #listedDelay(random: SeededRandom): number {
    if (!random.chance(this.#options.lateListingShare)) return random.int(0, 900);
    return random.int(30 * SECOND, Math.max(30 * SECOND, this.#options.lateListingMaxMs));
  }

  #received(random: SeededRandom, id: string, at: Instant): FaxPlan {
    const own = this.#ownNumberAt(random, at);
    const pages = drawPages(random);
    return planReceived(
      random,
      {
        id,
        completedAt: at,
        listedDelayMs: this.#listedDelay(random),
        isTest: random.chance(this.#options.testShare),
        fromNumber: random.pick(this.#correspondents),
        toNumber: own?.phoneNumber ?? '+18773346654',
        toAlpha2: own?.place.alpha2 ?? 'US',
        callerName: random.chance(this.#options.callerNameShare) ? random.pick(CALLER_NAMES) : null,
        pages,
        barcodes: random.chance(this.#options.barcodeShare) ? drawBarcodes(random, pages) : [],
        fails: random.chance(this.#options.receivedFailureShare),
      },
      this.#card,
    );
  }

  #recipient(random: SeededRandom): RecipientInput {
    if (random.chance(this.#options.foreignShare)) {
      const [alpha2, pattern] = random.pick(FOREIGN_PATTERNS);
      return { alpha2, phoneNumber: pattern.replace(/#/g, () => String(random.int(0, 9))) };
    }
    const phoneNumber = random.pick(this.#correspondents);
    return { phoneNumber, alpha2: this.#card.alpha2Of(phoneNumber) };
  }

  #recipients(random: SeededRandom, at: Instant): RecipientInput[] {
    const recipients = [this.#recipient(random)];
    if (random.chance(this.#options.multiRecipientShare)) {
      const more = random.int(1, 4);
      for (let i = 0; i < more; i++) {
        const again = random.chance(0.15) ? recipients[0] : undefined;
        recipients.push(again ?? this.#recipient(random));
      }
    }
    const own = random.chance(this.#options.ownNumberShare) ? this.#ownNumberAt(random, at) : null;
    if (own !== null) recipients[0] = { phoneNumber: own.phoneNumber, alpha2: own.place.alpha2 };
    return recipients;
  }

  #sentWithFollowUps(random: SeededRandom, id: string, createdAt: Instant): FaxPlan[] {
    const options = this.#options;
    const isTest = random.chance(options.testShare);
    const forcedError: FaxError | null = isTest && random.chance(0.4) ? random.pick(SIMULATED_ERRORS) : null;
    const input = {
      id,
      createdAt,
      listedAt: createdAt + this.#listedDelay(random),
      isTest,
      callerId: random.chance(0.6) ? (this.#ownNumberAt(random, createdAt)?.phoneNumber ?? null) : null,
      tags: this.#tags(random),
      recipients: this.#recipients(random, createdAt),
      pages: drawPages(random),
      batchDelayMs: random.chance(options.batchShare) ? random.int(5, 300) * SECOND : null,
      forcedError,
      callbackUrl: null,
    };
    const plan = planSent(random, input, options, this.#card);
    this.#cancelSometimes(random, plan);
    if (isTest && random.chance(options.deletedTestShare)) {
      plan.deletedAt = finishedAt(plan) + random.int(10, 3 * 24 * 60) * MINUTE;
    }
    const plans = [plan, ...this.twinsOf(random, plan)];
    if (!isTest && plan.states.at(-1)?.status === 'failure' && random.chance(options.resendShare)) {
      // Whole seconds, like every creation time.
      const again = Math.ceil(finishedAt(plan) / SECOND) * SECOND + random.int(60, 7200) * SECOND;
      const id = this.#nextId(again, FOLLOW_UP_IDS_FROM, IDS_PER_HOUR);
      const resent = planSent(random, { ...input, id, createdAt: again, listedAt: again }, options, this.#card);
      plans.push(resent, ...this.twinsOf(random, resent));
    }
    return plans;
  }

  #cancelSometimes(random: SeededRandom, plan: FaxPlan): void {
    const end = finishedAt(plan);
    if (random.chance(this.#options.cancelShare)) {
      const at = plan.createdAt + SECOND + Math.floor(random.next() * (end + MINUTE - plan.createdAt - SECOND));
      const inTime = cancelPlan(random, plan, at, CANCELED_BY_USER, this.#options);
      if (!inTime && this.#options.lateCancelLeavesError) leaveCancelError(plan, at);
      return;
    }
    if (!random.chance(this.#options.cancelTimeoutShare)) return;
    const timeoutAt = plan.createdAt + random.int(3, 60) * MINUTE;
    if (timeoutAt < end) cancelPlan(random, plan, timeoutAt, CANCELED_BY_TIMEOUT, this.#options);
  }

  #tags(random: SeededRandom): Record<string, string> {
    const tags: Record<string, string> = {};
    if (random.chance(0.12)) return tags;
    for (const key of [...this.#options.tagKeys].sort()) {
      if (random.chance(0.08)) continue;
      tags[key] =
        key === 'department'
          ? random.pick(DEPARTMENTS)
          : `${key.slice(0, 3).toUpperCase()}-${random.int(10_000, 999_999)}`;
    }
    return tags;
  }

  #addOddities(plans: readonly FaxPlan[], hour: number): FaxPlan[] {
    const age = hour - this.#firstHour;
    if (age === 0) this.#wantedOddities = [...ODDITY_KINDS];
    else if (age % 72 === 0)
      this.#wantedOddities.push(ODDITY_KINDS[(age / 72) % ODDITY_KINDS.length] ?? 'unknown_field');
    const odd = [...plans];
    for (const kind of this.#wantedOddities.slice(0, 2)) {
      const index = odd.findIndex((plan) => suits(plan, kind));
      const plan = odd[index];
      if (plan === undefined) continue;
      odd[index] = withOddity(plan, kind, this.#odditiesMade++);
      this.#wantedOddities.splice(this.#wantedOddities.indexOf(kind), 1);
    }
    return odd;
  }
}

/** A successful fax that someone tried to cancel too late says so from then on. */
export function leaveCancelError(plan: FaxPlan, at: Instant): void {
  const last = plan.states.at(-1);
  if (last === undefined || last.status !== 'success') return;
  const { id, type, message } = CANCEL_TOO_LATE;
  plan.states.push({ ...last, at: Math.max(at, last.at), error: { id, type, message } });
}

function drawPages(random: SeededRandom): number {
  return random.weighted([
    [1, 35],
    [2, 25],
    [3, 15],
    [random.int(4, 9), 18],
    [random.int(10, 60), 7],
  ]);
}

function drawBarcodes(random: SeededRandom, pages: number): FaxBarcode[] {
  return Array.from({ length: random.int(1, 3) }, (): FaxBarcode => {
    const page = random.int(1, pages);
    const type = random.pick(['phax_code', 'code_128', 'data_matrix']);
    if (type !== 'phax_code') {
      return {
        type,
        page,
        value: String(random.int(10_000, 99_999_999)),
        identifier: null,
        metadata: null,
        extra: null,
      };
    }
    const drawn = `${random.chance(0.2) ? '-' : ''}${random.hex(6)}`;
    // Some pages put a prefix before it. Told by its last digit: no draw of its own, so that the faxes stay what they were.
    const identifier = /[03]$/.test(drawn) ? `${PHAX_CODE_PREFIX}${drawn}` : drawn;
    return { type, page, value: null, identifier, metadata: JSON.stringify({ ref: random.hex(4) }), extra: null };
  });
}
