import type { NegotiatedRate } from '../../../src/domain/reconciliation.ts';

const MINUTE = 60_000;

/** One complete look at the price list: cents a page by alpha-2. */
export interface CardLook {
  readonly at: number;
  readonly prices: Readonly<Record<string, number>>;
}

/** A fax to rate; `cost` null where only its candidates are wanted. */
export interface HandFax {
  readonly at: number;
  readonly endsAt: number;
  readonly pages: number;
  readonly isReceived: boolean;
  readonly recipients: ReadonlyArray<readonly [country: string, status: string]>;
  readonly cost: number | null;
}

/** What the fax comes to under one list; `steps` null where a price is not known. */
export interface HandCandidate {
  /** Every cost an honest provider could show once the fax is over: each set of credits; the first is what is due, the last the full price. */
  readonly steps: readonly number[] | null;
}

/** How a fax may be rated: any of these is right; null: not at all. */
export interface HandRating {
  readonly candidates: readonly HandCandidate[];
  readonly allowed: ReadonlyArray<{ readonly expected: number; readonly isUncredited: boolean } | null>;
}

/** Local day in Chicago, in July. */
function dayOf(at: number): string {
  return new Date(at - 5 * 60 * MINUTE).toISOString().slice(0, 10);
}

function negotiatedPrice(
  rates: readonly NegotiatedRate[],
  country: string,
  direction: string,
  day: string,
): number | null {
  const fitting = rates.filter(
    (rate) =>
      (rate.country === country || rate.country === '*') &&
      (rate.direction === direction || rate.direction === '*') &&
      rate.from <= day &&
      (rate.to === null || day < rate.to),
  );
  const worth = (rate: NegotiatedRate) => (rate.country === '*' ? 0 : 2) + (rate.direction === '*' ? 0 : 1);
  const [best] = fitting.toSorted(
    (a, b) =>
      worth(b) - worth(a) || (a.from < b.from ? 1 : a.from > b.from ? -1 : a.pricePerPageCents - b.pricePerPageCents),
  );
  return best?.pricePerPageCents ?? null;
}

/** The provider's price after `count` looks; the last one listed stays where a country has left the list. */
function listedPrice(card: readonly CardLook[], count: number, country: string): number | null {
  for (let index = count - 1; index >= 0; index--) {
    const price = card[index]?.prices[country];
    if (price !== undefined) return price;
  }
  return null;
}

/** The states of knowledge that may have held at an instant: how many looks' worth of list; null: a list nobody has seen. */
function listsAt(card: readonly CardLook[], at: number): Array<number | null> {
  const seen = card.filter((look) => look.at <= at).length;
  if (seen === 0) return [null];
  // Between two looks the later list may hold already; after the last one, one that nobody has seen.
  return seen < card.length ? [seen, seen + 1] : [seen, null];
}

function stepsOf(fax: HandFax, prices: ReadonlyArray<number | null>): number[] | null {
  let sums = [0];
  let full = 0;
  for (const [index, [, status]] of fax.recipients.entries()) {
    const price = prices[index];
    if (price === null || price === undefined) return null;
    const tenThousandths = Math.round(price * 10_000);
    full += tenThousandths;
    sums =
      status === 'success'
        ? sums.map((sum) => sum + tenThousandths)
        : sums.flatMap((sum) => [sum, sum + tenThousandths]);
  }
  const cents = (tenThousandths: number) => Math.floor((tenThousandths * fax.pages + 5000) / 10_000);
  // A fax of which nothing arrived owes every cent up to its full price.
  if (fax.recipients.every(([, status]) => status !== 'success'))
    return Array.from({ length: cents(full) + 1 }, (_, cent) => cent);
  return [...new Set(sums.map(cents))].sort((a, b) => a - b);
}

/** Walks through every instant at which the price may have been taken, and every list that may have held then. */
export function rateByHand(fax: HandFax, card: readonly CardLook[], rates: readonly NegotiatedRate[]): HandRating {
  const from = fax.at - MINUTE;
  const to = Math.max(fax.at, fax.endsAt) + 5 * MINUTE;
  const instants = new Set([from, to - 1]);
  for (const { at } of card) for (const near of [at - 1, at, at + 1]) if (near > from && near < to) instants.add(near);
  for (let at = from; at < to; at += MINUTE) instants.add(at);
  const direction = fax.isReceived ? 'received' : 'sent';
  const candidates = new Map<string, HandCandidate>();
  for (const at of instants) {
    for (const list of listsAt(card, at)) {
      const prices = fax.recipients.map(
        ([country]) =>
          negotiatedPrice(rates, country, direction, dayOf(at)) ??
          (list === null ? null : listedPrice(card, list, country)),
      );
      const steps = stepsOf(fax, prices);
      candidates.set(JSON.stringify(steps), { steps });
    }
  }
  const all = [...candidates.values()];
  const { cost } = fax;
  const agreed = all.filter(({ steps }) => steps !== null && steps[0] === cost);
  if (agreed.length > 0) return { candidates: all, allowed: [{ expected: cost ?? 0, isUncredited: false }] };
  const credited = all.flatMap(({ steps }) =>
    steps !== null && cost !== null && steps.includes(cost) ? [steps[0] ?? 0] : [],
  );
  if (credited.length > 0)
    return { candidates: all, allowed: credited.map((expected) => ({ expected, isUncredited: true })) };
  if (all.some(({ steps }) => steps === null)) return { candidates: all, allowed: [null] };
  return { candidates: all, allowed: all.map(({ steps }) => ({ expected: steps?.[0] ?? 0, isUncredited: false })) };
}
