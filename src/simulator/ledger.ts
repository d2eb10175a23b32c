import type { Instant } from '../domain/time.ts';
import { Agenda } from './agenda.ts';
import type { AutoRecharge } from './world-options.ts';

/** One movement of the account's money. The provider shows none of them, only the balance. */
export interface LedgerEntry {
  readonly at: Instant;
  readonly kind: 'opening' | 'recharge' | 'charge' | 'credit' | 'rent';
  /** Above zero adds to the balance. */
  readonly cents: number;
  readonly faxId: string | null;
  readonly phoneNumber: string | null;
  /** Balance after it. */
  readonly balanceCents: number;
}

type Planned = Pick<LedgerEntry, 'kind' | 'cents' | 'faxId' | 'phoneNumber'>;

/**
 * The account's ledger. Movements are planned ahead and posted as time passes; what is posted never changes,
 * so the balance of any past instant stays the same whatever is planned later.
 */
export class Ledger {
  readonly #planned = new Agenda<Planned>();
  readonly #posted: LedgerEntry[] = [];
  readonly #autoRecharge: AutoRecharge | null;
  #balance = 0;

  constructor(openedAt: Instant, openingCents: number, autoRecharge: AutoRecharge | null) {
    this.#autoRecharge = autoRecharge;
    this.#post(openedAt, { kind: 'opening', cents: openingCents, faxId: null, phoneNumber: null });
  }

  /** Plans a movement; one that lies before the posted time is posted with the next one. */
  plan(at: Instant, key: string, movement: Planned): void {
    this.#planned.add(at, key, movement);
  }

  /** Withdraws every movement of a key that was not posted yet. */
  withdraw(key: string): void {
    this.#planned.withdraw(key);
  }

  /** Posts every movement up to an instant, and a recharge where the balance falls too low. */
  postUntil(until: Instant): void {
    for (let due = this.#planned.take(until); due !== null; due = this.#planned.take(until)) {
      this.#post(due.at, due.item);
    }
  }

  /** Money added by hand. */
  recharge(at: Instant, cents: number): void {
    this.#post(at, { kind: 'recharge', cents, faxId: null, phoneNumber: null });
  }

  /** The balance at an instant that is already posted. */
  balanceAt(at: Instant): number {
    let low = 0;
    let high = this.#posted.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#posted[middle]?.at ?? 0) <= at) low = middle + 1;
      else high = middle;
    }
    return this.#posted[low - 1]?.balanceCents ?? 0;
  }

  /** Every entry up to an instant, oldest first. */
  entriesUntil(at: Instant): LedgerEntry[] {
    return this.#posted.filter((entry) => entry.at <= at);
  }

  #post(at: Instant, movement: Planned): void {
    this.#balance += movement.cents;
    this.#posted.push({ at, ...movement, balanceCents: this.#balance });
    const recharge = this.#autoRecharge;
    if (recharge !== null && movement.cents < 0 && this.#balance < recharge.belowCents) {
      this.#post(at, { kind: 'recharge', cents: recharge.cents, faxId: null, phoneNumber: null });
    }
  }
}
