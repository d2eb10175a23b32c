import type { Instant } from '../../src/domain/time.ts';
import { toIso } from '../../src/domain/time.ts';
import type { Dialect } from '../../src/landing/contract.ts';
import { ListProvider, type OtherAnswers } from './list-provider.ts';
import type { PullBed, PullWorld } from './pull-world.ts';

/** A number of a port order as the provider lists it. */
export interface PortNumber {
  readonly id: string;
  readonly status: string;
  /** When its order last changed. */
  readonly orderUpdatedAt: Instant;
}

/** What the provider answers to one call. */
export interface Answer {
  readonly status?: number;
  readonly body: unknown;
}

/** A list as the provider gives it. */
export function listOf(rows: readonly unknown[]): Answer {
  return { body: { success: true, message: 'x', data: rows } };
}

/** An account whose provider has port orders, one for each number, and a list of notes for each. */
export class PortProvider {
  numbers: readonly PortNumber[];
  /** Instead of the orders. */
  orders: (() => Answer) | null = null;
  /** Instead of one number's notes, by its id. */
  readonly notes = new Map<string, () => Answer>();
  /** Ids of the numbers whose notes were asked for, and `orders`, in order. */
  readonly asked: string[] = [];

  constructor(numbers: readonly PortNumber[]) {
    this.numbers = numbers;
  }

  /** The account, at `now`. `known`: all numbers there will ever be. */
  world(bed: PullBed, now: Instant, known: readonly PortNumber[] = this.numbers, dialect: Dialect = 'v2.1'): PullWorld {
    const others: Record<string, OtherAnswers[string]> = {
      '/port_orders': () => {
        this.asked.push('orders');
        return this.orders?.() ?? listOf(this.numbers.map(orderOf));
      },
    };
    for (const { id } of known) {
      others[`/port_numbers/${id}/notes`] = () => {
        this.asked.push(id);
        return this.notes.get(id)?.() ?? listOf([{ id: 1, note: `of ${id}` }]);
      };
    }
    return bed.world(new ListProvider([], { dialect, pageMax: 50 }), now, others);
  }

  /** What was asked since this was last called. */
  takeAsked(): string[] {
    return this.asked.splice(0);
  }
}

function orderOf({ id, status, orderUpdatedAt }: PortNumber, i: number): object {
  return {
    id: i + 1,
    status,
    updated_at: toIso(orderUpdatedAt),
    // As a text, since some are beyond what this file could write as a number.
    port_numbers: [{ id, port_number: '+14145550123', status }],
  };
}
