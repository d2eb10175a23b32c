import type { AccountStatus, Country, PhoneNumber } from '../domain/account.ts';
import type { Cents } from '../domain/money.ts';
import type { Instant } from '../domain/time.ts';
import { AccountObjects, objectStreamOf } from './account-objects.ts';
import { BillingErrors } from './billing-errors.ts';
import type { PlantedError } from './billing-options.ts';
import { CENTRAL_ZONE, centralDayStart, centralMonthStart } from './central-time.ts';
import { type CounterSlip, slipped } from './counter-slips.ts';
import { FaxGenerator } from './generator.ts';
import { invoiceIdOf, invoiceLines, slipLines, writeInvoice, writeReceipts } from './invoice.ts';
import { Ledger } from './ledger.ts';
import { billingsBetween, isShownAt, type NumberPlan, numberAt, planNumbers, rentAt } from './numbers.ts';
import type { ObjectOddity } from './object-oddities.ts';
import { type FaxPlan, isKnownAt, isListedAt, movementsOf, statusAt } from './plan.ts';
import { numbersBroughtBy, type PortOrderPlan } from './ports.ts';
import { randomFor } from './random.ts';
import { RateCard } from './rate-card.ts';
import { buildTruth, type WorldTruth } from './truth.ts';
import { objectOdditiesAt, objectRowsAt, type TruthRow } from './truth-objects.ts';
import { type ResolvedWorldOptions, resolveWorldOptions, type WorldOptions } from './world-options.ts';

const HOUR = 3_600_000;

/** Which faxes a listing asks for; every filter that is null lets all pass. */
export interface FaxQuery {
  readonly after: Instant;
  readonly before: Instant;
  /** Whether a fax created exactly on a bound is inside. */
  readonly inclusive: { readonly after: boolean; readonly before: boolean };
  readonly direction: string | null;
  readonly status: string | null;
  /** E.164 forms, one of which a number of the fax must have. */
  readonly phoneNumbers: ReadonlySet<string> | null;
  readonly tags: ReadonlyArray<readonly [string, string]>;
  readonly order: 'ascending' | 'descending';
  readonly offset: number;
  readonly limit: number;
}

/** Hears of every plan that is made or changed. */
export interface WorldListener {
  /** What of the plan lies in the past stays as it was. */
  onPlan(plan: FaxPlan): void;
}

function compareIds(left: string, right: string): number {
  if (left.length !== right.length) return left.length - right.length;
  return left < right ? -1 : left > right ? 1 : 0;
}

function comparePlans(left: FaxPlan, right: FaxPlan): number {
  return left.createdAt - right.createdAt || compareIds(left.id, right.id);
}

/**
 * One account of the provider: its faxes, numbers, prices and money, from its first day on.
 * Everything it shows at an instant follows from its seed, its options and the commands given; nothing has to be ticked.
 * Time is the caller's: every reader takes the instant it looks at, and instants may lie in the past.
 */
export class World {
  readonly seed: number;
  readonly options: ResolvedWorldOptions;
  readonly card: RateCard;
  readonly numbers: NumberPlan[];
  readonly ledger: Ledger;
  readonly generator: FaxGenerator;
  /** Ports, ATAs, blocking rules, addresses and PhaxCodes. */
  readonly objects: AccountObjects;
  readonly #errors: BillingErrors;
  readonly #sorted: FaxPlan[] = [];
  readonly #byId = new Map<string, FaxPlan>();
  readonly #listeners: WorldListener[] = [];
  #nextHour: number;
  #now: Instant;

  constructor(seed: number, options: Partial<WorldOptions>, now: Instant) {
    this.seed = seed;
    this.options = resolveWorldOptions(options, now);
    this.card = new RateCard(seed, this.options.rateChanges);
    this.numbers = planNumbers(seed, this.options, now);
    this.ledger = new Ledger(this.options.firstDay, this.options.openingBalanceCents, this.options.autoRecharge);
    for (const { at, cents } of this.options.recharges) {
      this.ledger.plan(at, 'recharge', { kind: 'recharge', cents, faxId: null, phoneNumber: null });
    }
    this.#errors = new BillingErrors(seed, this.options, this.card, this.numbers);
    this.generator = new FaxGenerator(seed, this.options, this.card, this.numbers);
    const ownNumbers = this.numbers.map((number) => number.phoneNumber);
    this.objects = new AccountObjects(seed, this.options, ownNumbers, now);
    for (const order of this.objects.orders.plans) this.expectNumbersOf(order);
    this.#nextHour = Math.floor(this.options.firstDay / HOUR);
    this.#now = this.options.firstDay;
    this.advanceTo(now);
  }

  /** Makes the numbers that an order will bring the account's own, where the options say so. */
  expectNumbersOf(order: PortOrderPlan): void {
    if (!this.options.portedNumbersJoin) return;
    const held = new Set(this.numbers.map((number) => number.phoneNumber));
    const brought = numbersBroughtBy(order, this.options.numberCostCents);
    this.numbers.push(...brought.filter((number) => !held.has(number.phoneNumber)));
  }

  /** Up to when the world has been lived through. */
  get now(): Instant {
    return this.#now;
  }

  /** Lives on up to an instant: new faxes come into being, money moves. No effect for an instant in the past. */
  advanceTo(now: Instant): void {
    if (now < this.#now) return;
    for (; this.#nextHour * HOUR <= now; this.#nextHour++) {
      const plans = this.generator.hour(this.#nextHour);
      this.#errors.strike(plans);
      this.insert(plans, this.#nextHour * HOUR);
    }
    for (const number of this.numbers) {
      for (const at of billingsBetween(number, this.#now, now, this.options.shortMonths)) this.chargeRent(number, at);
    }
    this.ledger.postUntil(now);
    this.#now = now;
  }

  /** Plans one month's rent of a number. */
  chargeRent(number: NumberPlan, at: Instant): void {
    const movement = {
      kind: 'rent',
      cents: -rentAt(number, at),
      faxId: null,
      phoneNumber: number.phoneNumber,
    } as const;
    this.ledger.plan(at, number.phoneNumber, movement);
  }

  /** Tells a listener of every plan made or changed from now on. */
  subscribe(listener: WorldListener): void {
    this.#listeners.push(listener);
  }

  /** Takes new faxes in; `from` is the instant they became known to the world. */
  insert(plans: readonly FaxPlan[], from: Instant): void {
    if (plans.length === 0) return;
    const earliest = plans.reduce((least, plan) => Math.min(least, plan.createdAt), Number.POSITIVE_INFINITY);
    const tail = this.#sorted.splice(this.#indexOf(earliest));
    for (const plan of plans) {
      tail.push(plan);
      this.#byId.set(plan.id, plan);
      this.objects.codes.admit(plan);
    }
    for (const plan of tail.sort(comparePlans)) this.#sorted.push(plan);
    for (const plan of plans) this.#announce(plan, from);
  }

  /** Makes the changed future of a known fax count: its money and its events after `from` are planned anew. */
  replan(plan: FaxPlan, from: Instant): void {
    this.ledger.withdraw(plan.id);
    this.#announce(plan, from);
  }

  #announce(plan: FaxPlan, from: Instant): void {
    for (const movement of movementsOf(plan)) {
      if (movement.at < from) continue;
      const kind = movement.cents < 0 ? 'charge' : 'credit';
      this.ledger.plan(movement.at, plan.id, { kind, cents: movement.cents, faxId: plan.id, phoneNumber: null });
    }
    for (const listener of this.#listeners) listener.onPlan(plan);
  }

  /** Index of the first fax created at or after an instant. */
  #indexOf(instant: Instant): number {
    let low = 0;
    let high = this.#sorted.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#sorted[middle]?.createdAt ?? 0) < instant) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Every plan made so far, by creation time; those of the future included. */
  plans(): readonly FaxPlan[] {
    return this.#sorted;
  }

  /** The fax with this id as the provider knows it at an instant; null when it does not (yet, or any more). */
  find(id: string, at: Instant): FaxPlan | null {
    const plan = this.#byId.get(id);
    return plan !== undefined && isKnownAt(plan, at) ? plan : null;
  }

  /** One page of the faxes that listings show at an instant, and how many there are in all. */
  list(query: FaxQuery, at: Instant): { readonly plans: readonly FaxPlan[]; readonly total: number } {
    const from = this.#indexOf(query.inclusive.after ? query.after : query.after + 1);
    const to = this.#indexOf(query.inclusive.before ? query.before + 1 : query.before);
    const plans: FaxPlan[] = [];
    let total = 0;
    for (let step = 0; step < to - from; step++) {
      const plan = this.#sorted[query.order === 'ascending' ? from + step : to - 1 - step];
      if (plan === undefined || !isListedAt(plan, at) || !passes(plan, query, at)) continue;
      if (total >= query.offset && plans.length < query.limit) plans.push(plan);
      total += 1;
    }
    return { plans, total };
  }

  /** The account's numbers at an instant, oldest first. */
  numbersAt(at: Instant): PhoneNumber[] {
    return this.numbers
      .filter((plan) => isShownAt(plan, at))
      .sort((left, right) => left.provisionedAt - right.provisionedAt)
      .map((plan) => this.numberAt(plan, at));
  }

  /** A number as it is at an instant, with the name of the adapter it rings at. */
  numberAt(plan: NumberPlan, at: Instant): PhoneNumber {
    const number = numberAt(plan, at, this.options.shortMonths);
    return { ...number, ataName: this.objects.atas.nameFor(plan.phoneNumber, at) };
  }

  /** The price list at an instant. */
  countriesAt(at: Instant): Country[] {
    return this.card.countriesAt(at);
  }

  /** Balance and counters at an instant; days and months are US Central. */
  accountAt(at: Instant): AccountStatus {
    const today = centralDayStart(at);
    const counts = { sent: { today: 0, month: 0 }, received: { today: 0, month: 0 } };
    for (const plan of this.#countedFrom(centralMonthStart(at), at)) {
      counts[plan.direction].month += 1;
      if (plan.createdAt >= today) counts[plan.direction].today += 1;
    }
    const countOn = (slip: CounterSlip): number => this.#countOn(slip, at);
    const sent = slipped(counts.sent, 'sent', this.#errors.slips, at, countOn);
    const received = slipped(counts.received, 'received', this.#errors.slips, at, countOn);
    return {
      balanceCents: this.ledger.balanceAt(at) as Cents,
      sentToday: sent.today,
      receivedToday: received.today,
      sentThisMonth: sent.month,
      receivedThisMonth: received.month,
      extra: null,
    };
  }

  /** Faxes created from an instant on that counters count at another. */
  *#countedFrom(from: Instant, at: Instant): Generator<FaxPlan> {
    for (let index = this.#indexOf(from); index < this.#sorted.length; index++) {
      const plan = this.#sorted[index];
      if (plan === undefined || plan.createdAt > at) return;
      if (isListedAt(plan, at) && (!plan.isTest || this.options.countersIncludeTests)) yield plan;
    }
  }

  /** How many faxes of a slip's day and direction are counted at an instant. */
  #countOn({ dayStart, direction }: CounterSlip, at: Instant): number {
    let count = 0;
    for (const plan of this.#countedFrom(dayStart, at)) {
      if (centralDayStart(plan.createdAt) !== dayStart) break;
      if (plan.direction === direction) count += 1;
    }
    return count;
  }

  /** Every billing error made by an instant, by when it was made; months are those of `zone`. */
  billingErrors(at: Instant, zone: string = CENTRAL_ZONE): PlantedError[] {
    this.advanceTo(at);
    return this.#errors.madeBy(at, zone, (slip) => this.#countOn(slip, at));
  }

  /**
   * The invoice of a month (`YYYY-MM` in `zone`) as of the world's present, as CSV: what the provider took for the month's faxes by now, and
   * the rents of the month. Where the options ask for it, lines are wrong.
   */
  invoiceCsv(period: string, zone: string = CENTRAL_ZONE): string {
    const { card } = this;
    const of = {
      period,
      zone,
      issuedAt: this.#now,
      plans: this.#sorted,
      ledger: this.ledger.entriesUntil(this.#now),
      card,
    };
    const random = randomFor(this.seed, 'billing-errors', 'invoice', period);
    const { lines, slips } = slipLines(invoiceLines(of), this.#errors.invoiceLinesOff(period, zone), random);
    const invoiceId = invoiceIdOf(period);
    this.#errors.keepInvoice(
      period,
      slips.map((slip) => ({ ...slip, invoiceId, period, issuedAt: this.#now })),
    );
    return writeInvoice(lines, of);
  }

  /** Receipts of all money added by the world's present, as CSV. */
  receiptsCsv(): string {
    return writeReceipts(this.ledger.entriesUntil(this.#now));
  }

  /** Everything there is to compare a mirror with, at an instant. */
  truth(at: Instant): WorldTruth {
    this.advanceTo(at);
    return buildTruth(this, at);
  }

  /**
   * What a mirror must hold of one of the account's lists at an instant: rows of the table `stream`, by primary key without the account
   * (joined by `|`). Without the marks of loading. @throws {UnknownObjectError} for a name that is no such table.
   */
  objectsAt(stream: string, at: Instant): ReadonlyMap<string, TruthRow> {
    this.advanceTo(at);
    return objectRowsAt(this.objects, objectStreamOf(stream), at);
  }

  /** What is unusual about these lists on purpose, as a mirror that read them whole at `at` must have noted it. */
  objectOddities(at: Instant = this.#now): readonly ObjectOddity[] {
    return objectOdditiesAt(this.objects, at);
  }

  /**
   * Lets an object be gone from its list and from look-ups from `at` until `until` (for ever when left out), as if the provider had lost
   * it. `key` is as in {@link World.objectsAt}. @throws {UnknownObjectError} when there never was such an object.
   */
  removeObject(stream: string, key: string, at: Instant, until: Instant = Number.POSITIVE_INFINITY): void {
    this.objects.hide(objectStreamOf(stream), key, at, until);
  }
}

function passes(plan: FaxPlan, query: FaxQuery, at: Instant): boolean {
  if (query.direction !== null && plan.direction !== query.direction) return false;
  if (query.status !== null && statusAt(plan, at) !== query.status) return false;
  for (const [name, value] of query.tags) if (plan.tags[name] !== value) return false;
  const wanted = query.phoneNumbers;
  if (wanted === null) return true;
  const isWanted = (number: string | null): boolean => number !== null && wanted.has(number);
  if (isWanted(plan.fromNumber) || isWanted(plan.toNumber)) return true;
  return plan.recipients?.some((recipient) => isWanted(recipient.phoneNumber)) ?? false;
}
