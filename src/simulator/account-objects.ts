import { FaxsyncError } from '../domain/errors.ts';
import type { Instant } from '../domain/time.ts';
import { Atas, type DetectedAtaPlan, planDetectedAtas } from './atas.ts';
import { PhaxCodes } from './phax-codes.ts';
import type { PortNumberPlan, PortOrderState } from './port-lives.ts';
import { type PortOrderPlan, PortOrders } from './ports.ts';
import { type AddressPlan, BlockingRules, planAddresses } from './rules-and-addresses.ts';
import { type Shown, shownAt } from './timeline.ts';
import type { ResolvedWorldOptions } from './world-options.ts';

/** The lists of the account beyond faxes, numbers and prices, by the table each goes to. */
export const OBJECT_STREAMS = [
  'port_orders',
  'port_numbers',
  'port_number_notes',
  'atas',
  'detected_atas',
  'blocking_rules',
  'addresses',
  'phax_codes',
] as const;

/** One of {@link OBJECT_STREAMS}. */
export type ObjectStream = (typeof OBJECT_STREAMS)[number];

/** A request for an object or list that the world does not have. */
export class UnknownObjectError extends FaxsyncError {}

/** The name of a list. @throws {UnknownObjectError} for any other name. */
export function objectStreamOf(name: string): ObjectStream {
  const stream = OBJECT_STREAMS.find((one) => one === name);
  if (stream !== undefined) return stream;
  throw new UnknownObjectError(`There is no list of this name; there are ${OBJECT_STREAMS.join(', ')}.`, {
    code: 'unknown_object_stream',
  });
}

/** A number of an order with its status at an instant. */
export type ShownPortNumber = Shown<PortNumberPlan, string>;

/** An order as it is at an instant, with the numbers it shows. */
export interface ShownPortOrder extends Shown<PortOrderPlan, PortOrderState> {
  readonly numbers: readonly ShownPortNumber[];
}

interface Hideable {
  hide(from: Instant, until: Instant): void;
}

/** What an account has beyond faxes, numbers and prices, each object with its whole life. */
export class AccountObjects {
  readonly orders: PortOrders;
  readonly atas: Atas;
  readonly detectedAtas: readonly DetectedAtaPlan[];
  readonly rules: BlockingRules;
  readonly addresses: readonly AddressPlan[];
  readonly codes: PhaxCodes;

  /** Plans everything from streams of chance of its own; `ownNumbers` are the account's, E.164. `now` ends the history. */
  constructor(seed: number, options: ResolvedWorldOptions, ownNumbers: readonly string[], now: Instant) {
    this.orders = new PortOrders(seed, options, ownNumbers, now);
    this.atas = new Atas(seed, options, ownNumbers, now);
    this.detectedAtas = planDetectedAtas(seed, options, now);
    this.rules = new BlockingRules(seed, options, now);
    this.addresses = planAddresses(seed, options, now);
    this.codes = new PhaxCodes(seed);
  }

  /** The orders the provider shows at an instant, oldest first. */
  ordersAt(at: Instant): ShownPortOrder[] {
    return shownAt(this.orders.plans, at)
      .map(({ plan, state }) => ({ plan, state, numbers: shownAt(plan.numbers, at) }))
      .sort((left, right) => left.plan.createdAt - right.plan.createdAt);
  }

  /** A number of an order that the provider shows at an instant; null when it shows none of this id. */
  portNumberAt(id: string, at: Instant): ShownPortNumber | null {
    for (const { numbers } of this.ordersAt(at)) {
      const found = numbers.find((number) => number.plan.id === id);
      if (found !== undefined) return found;
    }
    return null;
  }

  /**
   * Lets an object be gone from its list and from look-ups for a time, without any command: as if the provider had lost it.
   * `key` is as in `objectsAt`. @throws {UnknownObjectError} when there never was such an object.
   */
  hide(stream: ObjectStream, key: string, from: Instant, until: Instant): void {
    const life = this.#lifeOf(stream, key);
    if (life === undefined) {
      throw new UnknownObjectError('The list has no object of this key.', {
        code: 'unknown_object',
        context: { stream },
      });
    }
    life.hide(from, until);
  }

  #lifeOf(stream: ObjectStream, key: string): Hideable | undefined {
    const ofId = (plan: { readonly id: string }): boolean => plan.id === key;
    const numbers = this.orders.plans.flatMap((order) => order.numbers);
    switch (stream) {
      case 'port_orders':
        return this.orders.plans.find(ofId)?.life;
      case 'port_numbers':
        return numbers.find(ofId)?.life;
      case 'port_number_notes':
        return numbers.flatMap(({ id, notes }) => notes.filter((note) => `${id}|${note.id}` === key))[0]?.life;
      case 'atas':
        return this.atas.plans.find(ofId)?.life;
      case 'detected_atas':
        return this.detectedAtas.find(({ macAddress }) => macAddress === key)?.life;
      case 'blocking_rules':
        return this.rules.plans.find(ofId)?.life;
      case 'addresses':
        return this.addresses.find(ofId)?.life;
      case 'phax_codes':
        return { hide: (from, until) => this.codes.hide(key, from, until) };
    }
  }
}
