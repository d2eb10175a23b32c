import type { Instant } from '../domain/time.ts';
import type { CallbackEvent } from './callback-form.ts';
import type { CallbackOptions } from './callback-options.ts';
import { randomFor, type SeededRandom } from './random.ts';

/**
 * What a delivery is. `genuine` ones are the provider's; `duplicate` and `replay` repeat one to the letter;
 * the forged ones come from someone without the token.
 */
export const DELIVERY_KINDS = [
  'genuine',
  'duplicate',
  'replay',
  'forged_signature',
  'forged_field',
  'forged_unsigned',
] as const;

/** One kind of delivery. */
export type DeliveryKind = (typeof DELIVERY_KINDS)[number];

/** What a forger wrote into a callback; none of it may ever be found in a mirror. */
export interface Forgery {
  /** A text that occurs nowhere else. */
  readonly marker: string;
  /** A cost that occurs nowhere else. */
  readonly costCents: number;
  /** The id of a fax that does not exist; null where the forged callback speaks of a real one. */
  readonly inventedFaxId: string | null;
}

/** One delivery to be made. */
export interface PlannedDelivery {
  readonly kind: DeliveryKind;
  readonly at: Instant;
  readonly forgery: Forgery | null;
}

const FORGED_KINDS = ['forged_signature', 'forged_field', 'forged_unsigned'] as const;
const HOUR = 3_600_000;

function drawForgery(random: SeededRandom): Forgery {
  return {
    marker: `FORGED-${random.hex(12)}`,
    costCents: 1_000_000 + random.int(0, 999_999),
    inventedFaxId: random.chance(0.5) ? String(9_000_000_000 + random.int(0, 999_999_999)) : null,
  };
}

/** Draws which deliveries an event leads to; none when its callback is lost. Seeded by the event, so the order of asking does not matter. */
export function drawDeliveries(seed: number, event: CallbackEvent, options: CallbackOptions): PlannedDelivery[] {
  const path = [event.plan.id, event.type, event.recipientPhoneNumber ?? '', event.page ?? event.retryCount ?? 0];
  const random = randomFor(seed, 'callback', ...path);
  const deliveries: PlannedDelivery[] = [];
  const isLost = random.chance(options.lostShare);
  const delay = random.chance(options.delayedShare) ? random.int(0, options.delayMaxMs) : random.int(100, 1500);
  const at = event.at + delay;
  const add = (kind: DeliveryKind, later: number, forgery: Forgery | null = null): void => {
    deliveries.push({ kind, at: at + later, forgery });
  };
  if (!isLost) {
    add('genuine', 0);
    if (random.chance(options.duplicateShare)) add('duplicate', random.int(0, options.delayMaxMs));
    if (random.chance(options.replayShare)) add('replay', random.int(80 * HOUR, 100 * HOUR));
  }
  if (random.chance(options.forgedShare)) add(random.pick(FORGED_KINDS), random.int(0, 5000), drawForgery(random));
  return deliveries;
}

/** A fax object with a forger's values in it. */
export function forgeFax(fax: object, forgery: Forgery): object {
  const forged: Record<string, unknown> = {
    ...fax,
    status: 'success',
    cost: forgery.costCents,
    tags: { department: forgery.marker },
  };
  if ('caller_name' in forged) forged['caller_name'] = forgery.marker;
  if (forgery.inventedFaxId !== null) forged['id'] = Number(forgery.inventedFaxId);
  return forged;
}
