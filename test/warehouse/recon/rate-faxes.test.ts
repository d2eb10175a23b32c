import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { NegotiatedRate } from '../../../src/domain/reconciliation.ts';
import type { Check } from '../../../src/warehouse/recon/check.ts';
import { loadCard, loadFaxes, NUMBERS, type PricedFax } from '../../support/priced-faxes.ts';
import { PROPERTY_SEED } from '../../support/random.ts';
import { ReconBed } from '../../support/recon-bed.ts';
import { type CardLook, rateByHand } from './rate-by-hand.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const START = Date.parse('2026-07-02T00:00:00-05:00');
const LATER = START + 60 * DAY;

/** Not a check: shows how each fax was rated. */
const PROBE: Check = {
  id: 'C99',
  name: 'probe',
  left: 'what is due',
  right: 'what all recipients cost',
  why: 'To see the rating.',
  unit: 'cents',
  severity: 'info',
  tolerance: { amount: 0, share: null },
  isGate: false,
  every: 'day',
  reasons: {},
  sql: `
  select 'period' as grain, 'fax' as subject_kind, fax_id::text as subject_id, expected_cents::numeric as left_value, full_cents::numeric as right_value,
    (unit_count * 100 + succeeded_count * 10 + failed_count)::bigint as cents, 0::bigint as owed_cents, 'exception' as verdict,
    concat_ws(' ', coalesce(country, '-'), coalesce(rate_source, unrated_reason), case when is_uncredited then 'uncredited' end,
      case when changed_after_closing then 'late' end) as reason
  from run_faxes`,
};

const COUNTRIES = ['US', 'CA', 'GB', 'DE'] as const;
const price = fc.integer({ min: 1, max: 30 });
const looks: fc.Arbitrary<CardLook[]> = fc
  .array(
    fc.record({
      at: fc.integer({ min: 0, max: 9 * 24 * 60 }).map((minutes) => START + minutes * MINUTE + 17_000),
      prices: fc.record({ US: price, CA: price, GB: price, DE: price }, { requiredKeys: ['US'] }),
    }),
    { maxLength: 5 },
  )
  .map((list) => list.toSorted((a, b) => a.at - b.at).filter(({ at }, index, all) => at !== all[index - 1]?.at));
const rates: fc.Arbitrary<NegotiatedRate[]> = fc.array(
  fc.record({
    country: fc.constantFrom('*', ...COUNTRIES),
    direction: fc.constantFrom('sent', 'received', '*'),
    pricePerPageCents: fc.integer({ min: 1, max: 200_000 }).map((tenThousandths) => tenThousandths / 10_000),
    from: fc.constantFrom('2026-01-01', '2026-07-03', '2026-07-06'),
    to: fc.constantFrom(null, '2026-07-06', '2026-07-09'),
  }),
  { maxLength: 5 },
);
const outcome = fc.constantFrom('success', 'success', 'failure');
const faxes = fc.array(
  fc.record({
    minutes: fc.integer({ min: 0, max: 10 * 24 * 60 }),
    lasts: fc.constantFrom(1, 2, 30, 600),
    pages: fc.integer({ min: 0, max: 9 }),
    isReceived: fc.boolean(),
    recipients: fc.array(fc.tuple(fc.constantFrom(...COUNTRIES), outcome), { minLength: 1, maxLength: 4 }),
    cost: fc.record({ list: fc.nat(9), credits: fc.nat(4), slip: fc.constantFrom(0, 0, 0, 0, 1, -1) }),
  }),
  { minLength: 12, maxLength: 30 },
);

describe('rating', () => {
  let bed: ReconBed;

  beforeAll(async () => {
    bed = await ReconBed.open();
  });
  afterAll(async () => {
    await bed.close();
  });

  async function rated(asked: { rates?: NegotiatedRate[]; asOf?: number } = {}) {
    const { findings } = await bed.check(PROBE, {
      period: '2026-07',
      asOf: asked.asOf ?? LATER,
      rates: asked.rates ?? [],
    });
    return findings.map(({ subject, left, right, cents, reason }) => ({ subject, left, right, cents, reason }));
  }

  it('agrees with an independent reckoning of random price lists, negotiated prices and faxes', async () => {
    let held = 0;
    const sources = new Set<string>();
    await fc.assert(
      fc.asyncProperty(looks, rates, faxes, async (card, negotiated, drawn) => {
        bed.newAccount();
        for (const [index, look] of card.entries()) await loadCard(bed, index + 1, look.at, look.prices);
        const shown = drawn.map((of, index) => {
          const at = START + of.minutes * MINUTE + index * 1000;
          const recipients = of.isReceived ? [['US', 'success'] as const] : of.recipients;
          const fax = { at, endsAt: at + of.lasts * MINUTE, pages: of.pages, isReceived: of.isReceived, recipients };
          const { candidates } = rateByHand({ ...fax, cost: null }, card, negotiated);
          // What an honest provider could have charged under one of the lists, and sometimes a cent beside it.
          const known = candidates.filter((one) => one.steps !== null);
          const steps = known[of.cost.list % Math.max(1, known.length)]?.steps ?? [7];
          const cost = Math.max(0, (steps[of.cost.credits % steps.length] ?? 7) + of.cost.slip);
          return { ...fax, cost };
        });
        await loadFaxes(
          bed,
          100,
          START + 40 * DAY,
          shown.map(
            (fax, index): PricedFax => ({
              id: index + 1,
              at: fax.at,
              endsAt: fax.endsAt,
              pages: fax.pages,
              cost: fax.cost,
              receivedBy: fax.isReceived ? NUMBERS.US : null,
              recipients: fax.recipients.map(([country, status]) => [NUMBERS[country], status] as const),
            }),
          ),
        );
        const found = new Map((await rated({ rates: negotiated })).map((row) => [row.subject, row]));
        for (const [index, fax] of shown.entries()) {
          const row = found.get(`fax ${index + 1}`);
          // Observed prices have tests of their own.
          if (row === undefined || row.reason.includes('observed')) continue;
          const { allowed } = rateByHand(fax, card, negotiated);
          const told =
            row.left === null ? null : { expected: row.left, isUncredited: row.reason.endsWith('uncredited') };
          held += 1;
          sources.add(row.reason.split(' ')[1] ?? '');
          expect(allowed, JSON.stringify({ fax, row, card, negotiated })).toContainEqual(told);
        }
      }),
      { seed: PROPERTY_SEED, numRuns: 40 },
    );
    console.log(`faxes rated by hand too: ${held}, by ${[...sources].join(', ')}`);
    expect(held).toBeGreaterThan(500);
  });

  it('tells countries, recipients and why nothing is known', async () => {
    bed.newAccount();
    await loadCard(bed, 1, START, { US: 7 });
    const at = START + DAY;
    await loadFaxes(bed, 2, START + 3 * DAY, [
      {
        id: 1,
        at,
        cost: 14,
        recipients: [
          [NUMBERS.US, 'success'],
          [NUMBERS.US, 'success'],
        ],
      },
      {
        id: 2,
        at: at + 1000,
        recipients: [
          [NUMBERS.US, 'success'],
          [NUMBERS.GB, 'failure'],
        ],
      },
      { id: 3, at: at + 2000, status: 'inprogress', endsAt: null, recipients: [[NUMBERS.US, 'callactive']] },
      {
        id: 4,
        at: at + 3000,
        status: 'partialsuccess',
        cost: 8,
        recipients: [
          [NUMBERS.US, 'success'],
          [NUMBERS.US, 'callactive'],
        ],
      },
      { id: 5, at: at + 4000, status: 'success', recipients: [] },
      { id: 6, at: START - HOUR },
      { id: 7, at: START + 5 * DAY, cost: 9 },
      { id: 8, at: at + 5000, recipients: [['4145550123', 'success']] },
    ]);
    await loadCard(bed, 3, START + 4 * DAY, { US: 7 });
    await bed.tamper('update warehouse.faxes set num_pages = null where account_id = $ACCOUNT and fax_id = 8');
    expect((await rated()).map(({ reason, cents, left, right }) => [reason, cents, left, right])).toEqual([
      ['US card', 220, 14, 14],
      ['- no_card', 211, null, null],
      ['US card', 100, null, 7],
      ['US card', 210, null, 14],
      ['- no_recipients', 0, null, null],
      ['US before_card', 110, null, null],
      ['US unconfirmed', 110, null, null],
      ['US pages_unknown', 110, null, null],
    ]);
  });

  it('marks costs that moved away from what is due after the month was closed, and no honest credit', async () => {
    bed.newAccount();
    const at = START + DAY;
    const closedAt = START + 40 * DAY;
    await loadCard(bed, 1, START, { US: 7 });
    await loadCard(bed, 2, START + 3 * DAY, { US: 7 });
    const failed = [[NUMBERS.US, 'failure']] as const;
    await loadFaxes(bed, 3, START + 3 * DAY, [
      { id: 1, at, cost: 7 },
      { id: 2, at: at + 1000, cost: 7, recipients: failed },
      { id: 3, at: at + 2000, cost: 7 },
    ]);
    await bed.tamper(`insert into recon.periods (account_id, period, state, settles_on, changed_at, closing_no)
      values ($ACCOUNT, '2026-07-01', 'closed', '2026-08-05', now(), 1)`);
    await bed.tamper(`insert into recon.closings (account_id, period, closing_no, run_id, as_of, read_at, prepared_by, prepared_at, approved_by, closed_at,
        line_count, billed_cents, correction_count, correction_cents, lines_digest, results_digest, items_digest)
      values ($ACCOUNT, '2026-07-01', 1, 1, '${new Date(closedAt).toISOString()}', now(), 'a', now(), 'b', now(), 0, 0, 0, 0, '', '', '')`);
    await loadFaxes(bed, 4, closedAt + DAY, [
      { id: 1, at, cost: 9 },
      { id: 2, at: at + 1000, cost: 0, recipients: failed },
      { id: 3, at: at + 2000, cost: 7 },
    ]);
    expect((await rated()).map(({ subject, reason }) => [subject, reason])).toEqual([
      ['fax 1', 'US card late'],
      ['fax 2', 'US card'],
      ['fax 3', 'US card'],
    ]);
  });
});
