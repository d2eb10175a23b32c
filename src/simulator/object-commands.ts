import type { Instant } from '../domain/time.ts';
import { type AtaCredentials, type AtaPlan, type AtaState, drawAtaCredentials } from './atas.ts';
import type { PhaxCode } from './phax-codes.ts';
import type { PortScript } from './port-lives.ts';
import type { PortOrderDetails, PortOrderPlan } from './ports.ts';
import { randomFor, type SeededRandom } from './random.ts';
import type { BlockingRulePlan } from './rules-and-addresses.ts';
import { Timeline } from './timeline.ts';
import type { World } from './world.ts';

const SECOND = 1000;

/** Lives that orders made by commands may have, by turns. */
const SCRIPTS: readonly PortScript[] = ['asked', 'smooth', 'mixed', 'refused'];

/** What a caller says of an adapter; null where nothing is said. */
export type AtaWish = Pick<AtaState, 'name' | 'description' | 'domain' | 'macAddress' | 'userPhoneNumber' | 'group'>;

/** What clients can do to an account's other objects. Every command takes the instant at which it arrives. */
export class ObjectCommands {
  readonly #world: World;
  #count = 0;

  constructor(world: World) {
    this.#world = world;
  }

  #random(now: Instant): SeededRandom {
    this.#world.advanceTo(now);
    this.#count += 1;
    return randomFor(this.#world.seed, 'object-command', this.#count);
  }

  /** POST /port_orders: an order that lives on its own from then on. */
  createPortOrder(details: PortOrderDetails, portNumbers: readonly string[], now: Instant): PortOrderPlan {
    const random = this.#random(now);
    const createdAt = Math.floor(now / SECOND) * SECOND;
    const script = SCRIPTS[(this.#count - 1) % SCRIPTS.length] ?? 'asked';
    const plan = this.#world.objects.orders.add(random, { createdAt, script, details, portNumbers, isOdd: false });
    this.#world.expectNumbersOf(plan);
    return plan;
  }

  /** POST /atas: an adapter with new credentials; it has not registered and never will. */
  createAta(wish: AtaWish, now: Instant): AtaPlan {
    const credentials = drawAtaCredentials(this.#random(now), this.#world.options.credentialCanary);
    const life = new Timeline<AtaState>(now, { ...wish, ...credentials, phoneNumbers: [] });
    return this.#world.objects.atas.add({ life, registrations: null, isOdd: false });
  }

  /** PATCH /atas/:id: only what is named changes; null when the adapter is unknown. */
  updateAta(id: string, change: Partial<AtaWish & AtaCredentials>, now: Instant): AtaPlan | null {
    this.#world.advanceTo(now);
    const plan = this.#world.objects.atas.find(id, now);
    plan?.life.change(now, (state) => ({ ...state, ...change }));
    return plan;
  }

  /** PATCH /atas/:id/regenerate_credentials; null when the adapter is unknown. */
  regenerateCredentials(id: string, now: Instant): AtaPlan | null {
    return this.updateAta(id, drawAtaCredentials(this.#random(now), this.#world.options.credentialCanary), now);
  }

  /** DELETE /atas/:id; false when the adapter is unknown. */
  deleteAta(id: string, now: Instant): boolean {
    this.#world.advanceTo(now);
    const plan = this.#world.objects.atas.find(id, now);
    plan?.life.end(now);
    return plan !== null;
  }

  /** POST /atas/:id/phone_numbers/:number: it rings there from then on and nowhere else; false when either is unknown. */
  addAtaNumber(id: string, phoneNumber: string, now: Instant): boolean {
    this.#world.advanceTo(now);
    const { atas } = this.#world.objects;
    const isHeld = this.#world.numbersAt(now).some((number) => number.phoneNumber === phoneNumber);
    if (!isHeld || atas.find(id, now) === null) return false;
    for (const plan of atas.plans) {
      plan.life.change(now, (state) => {
        const others = state.phoneNumbers.filter((number) => number !== phoneNumber);
        return { ...state, phoneNumbers: plan.id === id ? [...others, phoneNumber] : others };
      });
    }
    return true;
  }

  /** DELETE /atas/:id/phone_numbers/:number; false when it does not ring there. */
  removeAtaNumber(id: string, phoneNumber: string, now: Instant): boolean {
    this.#world.advanceTo(now);
    const plan = this.#world.objects.atas.find(id, now);
    if (plan === null || plan.life.at(now)?.phoneNumbers.includes(phoneNumber) !== true) return false;
    plan.life.change(now, (state) => ({
      ...state,
      phoneNumbers: state.phoneNumbers.filter((number) => number !== phoneNumber),
    }));
    return true;
  }

  /** POST /blocking_rules/send or /receive. */
  createBlockingRule(direction: 'send' | 'receive', from: string, to: string, now: Instant): BlockingRulePlan {
    this.#world.advanceTo(now);
    return this.#world.objects.rules.add(now, { direction, from, to, isLocked: false });
  }

  /** DELETE /blocking_rules/:id: a locked rule stays. */
  deleteBlockingRule(id: string, now: Instant): 'done' | 'unknown' | 'locked' {
    this.#world.advanceTo(now);
    const plan = this.#world.objects.rules.plans.find((rule) => rule.id === id);
    const rule = plan?.life.at(now) ?? null;
    if (plan === undefined || rule === null) return 'unknown';
    if (rule.isLocked) return 'locked';
    plan.life.end(now);
    return 'done';
  }

  /** POST /phax_codes: the same metadata gives the same code. */
  createPhaxCode(metadata: string | null, now: Instant): PhaxCode {
    this.#world.advanceTo(now);
    return this.#world.objects.codes.create(metadata, now);
  }
}
