import { type Instant, toIso } from '../domain/time.ts';
import type { BillingErrorKind, BillingErrorOptions, PlantedError } from './billing-options.ts';
import { type CounterSlip, drawSlips } from './counter-slips.ts';
import { FAX_ERROR_KINDS, type FaxErrorKind, type FaxStrike, strikeFax } from './fax-strikes.ts';
import type { InvoiceSlip } from './invoice.ts';
import { monthIn } from './months.ts';
import type { NumberPlan } from './numbers.ts';
import { type FaxPlan, stateAt } from './plan.ts';
import { randomFor } from './random.ts';
import type { RateCard } from './rate-card.ts';
import { type RentStrike, strikeRents } from './rent-strikes.ts';
import type { ResolvedWorldOptions } from './world-options.ts';

/** The check that finds each kind. */
const CHECKS: Readonly<Record<BillingErrorKind, string>> = {
  missed_credit: 'C10',
  double_charge: 'C11',
  wrong_rate: 'C11',
  rent_twice: 'C14',
  skipped_rent: 'C14',
  rent_after_release: 'C16',
  late_change: 'C9',
  vanished_fax: 'C3',
  counter_off: 'C2',
  invoice_line_off: 'C19',
};

interface Wish {
  readonly kind: FaxErrorKind;
  readonly at: Instant;
}

/**
 * The billing errors of one world. Which there are follows from the seed and the options; they are drawn from a stream of chance of their own,
 * so everything else of the world is as it would be without them.
 */
export class BillingErrors {
  readonly #errors: BillingErrorOptions | null;
  readonly #seed: number;
  readonly #card: RateCard;
  readonly #wishes: Wish[] = [];
  readonly #faxes: FaxStrike[] = [];
  readonly #rents: readonly RentStrike[];
  readonly #invoices: InvoiceSlip[] = [];
  /** What is wrong about the counters. */
  readonly slips: readonly CounterSlip[];

  /** Strikes `numbers`; faxes are struck as they come, see {@link strike}. */
  constructor(seed: number, options: ResolvedWorldOptions, card: RateCard, numbers: readonly NumberPlan[]) {
    const errors = options.billingErrors;
    this.#errors = errors;
    this.#seed = seed;
    this.#card = card;
    if (errors === null) {
      this.#rents = [];
      this.slips = [];
      return;
    }
    const drawOf = (part: string) => randomFor(seed, 'billing-errors', part);
    this.#rents = strikeRents(numbers, errors, drawOf('rents'), options.shortMonths);
    this.slips = drawSlips(errors, options, drawOf('counters'));
    const random = drawOf('faxes');
    for (const kind of FAX_ERROR_KINDS) {
      for (let wanted = errors.counts[kind] ?? 0; wanted > 0; wanted--) {
        this.#wishes.push({ kind, at: random.int(errors.from, errors.until - 1) });
      }
    }
    this.#wishes.sort((left, right) => left.at - right.at);
  }

  /** Strikes new faxes before anyone knows them: each error takes the first fax at or after its instant that can carry it. */
  strike(plans: readonly FaxPlan[]): void {
    const errors = this.#errors;
    if (errors === null || this.#wishes.length === 0) return;
    for (const plan of plans) {
      if (plan.createdAt >= errors.until) continue;
      for (const [index, { kind, at }] of this.#wishes.entries()) {
        if (at > plan.createdAt) break;
        const random = randomFor(this.#seed, 'billing-errors', 'fax', plan.id);
        const lateChangeAt = errors.lateChangeAt ?? null;
        const strike = strikeFax(plan, kind, { random, card: this.#card, lateChangeAt });
        if (strike === null) continue;
        this.#faxes.push(strike);
        this.#wishes.splice(index, 1);
        break;
      }
    }
  }

  /** How many lines of a month's invoice are to be wrong. */
  invoiceLinesOff(period: string, zone: string): number {
    const errors = this.#errors;
    return errors !== null && monthIn(errors.from, zone) === period ? (errors.counts.invoice_line_off ?? 0) : 0;
  }

  /** Keeps what was wrong about an invoice; one that is written again takes the place of the one before. */
  keepInvoice(period: string, slips: readonly InvoiceSlip[]): void {
    const others = this.#invoices.filter((slip) => slip.period !== period);
    this.#invoices.splice(0, this.#invoices.length, ...others, ...slips);
  }

  /** Every error made by an instant; months are those of `zone`, days of the counters are Central. */
  madeBy(at: Instant, zone: string, countOn: (slip: CounterSlip) => number): PlantedError[] {
    const made = (
      kind: BillingErrorKind,
      subject: Pick<PlantedError, 'subjectKind' | 'subjectId'>,
      cents: number,
      period: string,
      since: Instant,
    ): PlantedError => ({
      kind,
      check: CHECKS[kind],
      ...subject,
      cents,
      owedCents: Math.max(0, cents),
      period,
      since,
    });
    const all = [
      ...this.#faxes.map(({ kind, plan, cents, since }) => {
        const subject = { subjectKind: 'fax', subjectId: plan.id } as const;
        const period = monthIn(kind === 'late_change' ? since : plan.createdAt, zone);
        if (kind !== 'vanished_fax') return made(kind, subject, cents, period, since);
        return { ...made(kind, subject, stateAt(plan, since).costCents, period, since), owedCents: 0 };
      }),
      ...this.#rents.map(({ kind, phoneNumber, at: takenAt, cents }) =>
        made(
          kind,
          { subjectKind: 'number', subjectId: `${phoneNumber}@${toIso(takenAt)}` },
          cents,
          monthIn(takenAt, zone),
          takenAt,
        ),
      ),
      ...this.slips
        .filter((slip) => slip.faxes > 0 || countOn(slip) > 0)
        .map((slip) =>
          made(
            'counter_off',
            { subjectKind: 'day', subjectId: `${slip.day} ${slip.direction}` },
            0,
            slip.day.slice(0, 7),
            slip.at,
          ),
        ),
      ...this.#invoices.map(({ invoiceId, lineNo, cents, period, issuedAt }) =>
        made('invoice_line_off', { subjectKind: 'line', subjectId: `${invoiceId}/${lineNo}` }, cents, period, issuedAt),
      ),
    ];
    return all.filter(({ since }) => since <= at).sort((left, right) => left.since - right.since);
  }
}
