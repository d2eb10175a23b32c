import type { Instant } from '../domain/time.ts';
import type { WirePortOrder } from '../phaxio/wire.ts';
import { drawPhoneNumber, type NumberPlan } from './numbers.ts';
import { LOCAL_AREA_CODES } from './places.ts';
import { type PortNumberPlan, type PortOrderState, type PortScript, planPortLife } from './port-lives.ts';
import { randomFor, type SeededRandom } from './random.ts';
import type { Timeline } from './timeline.ts';
import { historySpan, type ResolvedWorldOptions } from './world-options.ts';

const SECOND = 1000;
const DAY = 86_400_000;

const FIRST_ORDER_ID = 1234;
const FIRST_NUMBER_ID = 5670;
const FIRST_NOTE_ID = 9100;

/**
 * What an order was made with, in the words in which it travels; it never changes. A ZIP code that is a number is sent as one, without its
 * leading zeros.
 */
export type PortOrderDetails = Omit<WirePortOrder, 'id' | 'status' | 'quantity' | 'port_numbers' | PortOrderStamp>;

type PortOrderStamp = 'created_at' | 'updated_at' | 'completed_at' | 'requested_for' | 'bill_received_at';

/** An order with its numbers and its life. */
export interface PortOrderPlan {
  readonly id: string;
  /** Whole seconds. */
  readonly createdAt: Instant;
  readonly details: PortOrderDetails;
  readonly quantity: number;
  readonly life: Timeline<PortOrderState>;
  readonly numbers: readonly PortNumberPlan[];
  /** Whether one of its numbers ends in an unknown status. */
  readonly isOdd: boolean;
}

/** What a new order is made from. */
export interface PortOrderInput {
  readonly createdAt: Instant;
  readonly script: PortScript;
  readonly details: PortOrderDetails;
  /** E.164. */
  readonly portNumbers: readonly string[];
  readonly isOdd: boolean;
}

const SCRIPTS: readonly PortScript[] = ['smooth', 'asked', 'refused', 'mixed', 'stuck'];

const PEOPLE = 'Alice Okafor,Catherine Lee,Dana Whitfield,José Álvarez,Maren Lindqvist,Priya Raman,Tom Becker'.split(
  ',',
);
const BUSINESSES = 'Acme Medical,City Clinic,Lakeside Laboratory,North Pharmacy,Wellness Group'.split(',');
const CARRIERS = 'Example Provider,Frontline Telecom,Northern Bell,Prairie Voice,Summit Communications'.split(',');
const STREETS = 'Alder Ave.,Birch St.,Canal Rd.,Harbor Blvd.,Test St.'.split(',');

/** Makes orders of one world: hands out ids, keeps numbers apart. */
export class PortOrders {
  readonly plans: PortOrderPlan[] = [];
  readonly #options: ResolvedWorldOptions;
  readonly #pace: number;
  readonly #taken: Set<string>;
  #orderId = FIRST_ORDER_ID;
  #numberId = FIRST_NUMBER_ID;
  #noteId = FIRST_NOTE_ID;

  /** Plans the orders of the history and one right after it; `ownNumbers` are never ordered. `now` ends the history. */
  constructor(seed: number, options: ResolvedWorldOptions, ownNumbers: readonly string[], now: Instant) {
    this.#options = options;
    const span = historySpan(options, now);
    // Lives take days and weeks in a history of two months, and less in a shorter one.
    this.#pace = Math.min(1, span / (60 * DAY));
    this.#taken = new Set(ownNumbers);
    const count = options.portOrders;
    for (let index = 0; index < count; index++) {
      const script = index === count - 1 ? 'young' : (SCRIPTS[index % SCRIPTS.length] ?? 'smooth');
      const spread = options.firstDay + (0.05 + (0.8 * index) / Math.max(1, count - 1)) * span;
      // These two are to be under way when the history ends.
      const late = script === 'young' ? 1.8 : script === 'stuck' ? 18.5 : null;
      this.#planOne(seed, index, late === null ? spread : options.firstDay + span - late * DAY * this.#pace, script);
    }
    if (count > 0) this.#planOne(seed, count, options.firstDay + span + 3 * DAY * this.#pace, 'smooth');
  }

  #planOne(seed: number, index: number, at: number, script: PortScript): void {
    const random = randomFor(seed, 'ports', index);
    const least = script === 'mixed' || script === 'smooth' ? 2 : 1;
    const details = this.#drawDetails(random, index);
    const portNumbers = Array.from({ length: random.int(least, 5) }, () => this.#drawNumber(random));
    this.add(random, {
      createdAt: Math.floor(at / SECOND) * SECOND,
      script,
      details,
      portNumbers,
      isOdd: this.#options.oddities && index === 0,
    });
  }

  /** Plans an order with its whole life from its creation on. */
  add(random: SeededRandom, input: PortOrderInput): PortOrderPlan {
    const { createdAt, script, details, portNumbers, isOdd } = input;
    const numbers = portNumbers.map((portNumber) => ({ id: String(this.#numberId++), portNumber }));
    const noteId = (): string => String(this.#noteId++);
    const life = planPortLife(random, { createdAt, script, pace: this.#pace, numbers, noteId, isOdd });
    const id = String(this.#orderId++);
    const plan = { id, createdAt, details, quantity: portNumbers.length, isOdd, ...life };
    this.plans.push(plan);
    return plan;
  }

  #drawNumber(random: SeededRandom): string {
    let phoneNumber = drawPhoneNumber(random, random.pick(LOCAL_AREA_CODES));
    while (this.#taken.has(phoneNumber)) phoneNumber = drawPhoneNumber(random, random.pick(LOCAL_AREA_CODES));
    this.#taken.add(phoneNumber);
    return phoneNumber;
  }

  #drawDetails(random: SeededRandom, index: number): PortOrderDetails {
    const place = random.pick(LOCAL_AREA_CODES);
    const person = random.pick(PEOPLE);
    const isResidential = random.chance(0.2);
    const zip = random.int(10_000, 99_999);
    return {
      contact_number: drawPhoneNumber(random, place),
      contact_email: `porting${random.int(10, 99)}@example.com`,
      name_on_account: person,
      account_identifier: `AC-${random.int(100_000, 999_999)}`,
      name_of_business: isResidential ? null : random.pick(BUSINESSES),
      provider_name: random.pick(CARRIERS),
      port_out_pin: index === 2 ? null : `${this.#options.credentialCanary}-${random.int(1000, 9999)}`,
      port_type: isResidential ? 'residential' : 'business',
      billing_number: drawPhoneNumber(random, place),
      billing_address1: `${random.int(1, 980)} ${random.pick(STREETS)}`,
      billing_address2: random.chance(0.3) ? `Suite ${random.int(1, 40)}` : null,
      billing_city: place.city.split(',')[0] ?? place.city,
      billing_state: place.state,
      // The second order lost a zero on its way into a number; the fourth kept its own; the fifth has none.
      billing_zip: index === 1 ? 2134 : index === 3 ? '00501' : index === 4 ? null : String(zip),
      esig: index === 4 ? null : person,
    };
  }
}

/** The numbers an order brings, as the account has them from the moment each has come. */
export function numbersBroughtBy(order: PortOrderPlan, costCents: number): NumberPlan[] {
  return order.numbers.flatMap(({ portNumber, life }) => {
    const provisionedAt = life.instants().find((at) => life.at(at) === 'succeeded');
    const place = LOCAL_AREA_CODES.find(({ areaCode }) => portNumber.startsWith(`+1${areaCode}`));
    if (provisionedAt === undefined || place === undefined) return [];
    const costs = [{ at: provisionedAt, cents: costCents }];
    return [{ phoneNumber: portNumber, place, provisionedAt, releasedAt: null, costs, callbackUrl: null }];
  });
}
