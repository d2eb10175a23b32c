import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Instant, toIso } from '../../src/domain/time.ts';
import { wireFax } from '../support/landed.ts';
import { createReportRig, type ReportRig } from './report-rig.ts';

/** Ten in the morning of 10 July in the billing zone. */
const TEN = Date.UTC(2026, 6, 10, 15);
const MINUTE_MS = 60_000;
const DAY_IN_MINUTES = 24 * 60;
/** From there to eleven in the evening of 31 July. */
const TO_LAST_HOUR = 21 * DAY_IN_MINUTES + 13 * 60;

interface Sent {
  readonly id: number;
  /** Minutes after ten. */
  readonly at: number;
  readonly status: string;
  /** Minutes it took; null where its end was not sent. */
  readonly took?: number | null;
  readonly to?: ReadonlyArray<string | null>;
  readonly pages?: number | null;
  readonly tags?: Record<string, string>;
  readonly cost?: number | null;
  readonly isTest?: boolean;
  readonly isReceived?: boolean;
}

/** Each ten of ids has a number of its own, so that cases do not meet. */
const numberOf = (id: number): string => `+14145550${String(Math.floor(id / 10)).padStart(3, '0')}`;

function wireOf(sent: Sent, zero: Instant): object {
  const at = (minutes: number) => toIso(zero + Math.round(minutes * MINUTE_MS));
  const { id, status, took = 1, to = [numberOf(id)], pages = 1, tags = {}, cost = 7 } = sent;
  const recipient = wireFax(0, at(0)).recipients?.[0];
  return {
    ...wireFax(id, at(sent.at), { status, tags, is_test: sent.isTest ?? false }),
    num_pages: pages,
    cost,
    completed_at: took === null ? null : at(sent.at + took),
    direction: sent.isReceived === true ? 'received' : 'sent',
    recipients: sent.isReceived === true ? [] : to.map((phone_number) => ({ ...recipient, phone_number })),
  };
}

let rig: ReportRig;
beforeAll(async () => {
  rig = await createReportRig();
  const fail = (id: number, at: number, over: Partial<Sent> = {}): Sent => ({
    id,
    at,
    status: 'failure',
    cost: 0,
    ...over,
  });
  const reach = (id: number, at: number, over: Partial<Sent> = {}): Sent => ({ id, at, status: 'success', ...over });
  const pair = ['+14145559001', '+14145559002'];
  const north: Sent[] = [
    // Twice in vain, the second time without a credit, then well.
    fail(11, 0, { took: 5 }),
    fail(12, 20, { cost: 7 }),
    reach(13, 90),
    // To two of whom one was reached; again to both, in another order; and to one of them, which is another fax.
    reach(21, 0, { status: 'partialsuccess', to: pair }),
    reach(22, 30, { to: pair.toReversed(), cost: 14 }),
    reach(23, 20, { to: pair.slice(1) }),
    // Under way at the end, and ended badly.
    fail(31, 0),
    reach(32, 60, { status: 'inprogress', took: null, cost: null }),
    fail(41, 0, { took: null, pages: null }),
    fail(42, 0, { pages: null }),
    // A second more than a day, and just a day.
    fail(51, 0),
    reach(52, DAY_IN_MINUTES + 1 / 60),
    fail(61, 0),
    reach(62, DAY_IN_MINUTES),
    // Other pages, other tags, nobody's number, before the first was over, after it went well.
    fail(71, 0),
    reach(72, 20, { pages: 2 }),
    reach(73, 30, { tags: { department: 'Lab' } }),
    fail(81, 0, { to: ['+14145559003', null] }),
    reach(82, 20, { to: ['+14145559003', null] }),
    fail(91, 0, { took: 30 }),
    reach(92, 20),
    reach(101, 0),
    reach(102, 20),
    // A test fax stands between, a fax is gone, a fax has no time.
    fail(111, 0),
    reach(112, 10, { isTest: true }),
    reach(113, 20),
    fail(121, 0),
    reach(122, 20),
    fail(131, 0),
    reach(132, 20),
    // From July into August, day after day.
    fail(141, TO_LAST_HOUR),
    fail(142, TO_LAST_HOUR + 50),
    fail(143, TO_LAST_HOUR + 70),
    fail(144, TO_LAST_HOUR + 20 * 60),
    reach(145, TO_LAST_HOUR + 40 * 60),
    reach(146, TO_LAST_HOUR + 41 * 60),
    // Begun in July and repeated in August once the first was over; and while it was not.
    fail(151, TO_LAST_HOUR),
    reach(152, TO_LAST_HOUR + 70),
    fail(161, TO_LAST_HOUR, { took: 80 }),
    reach(162, TO_LAST_HOUR + 70),
    // Just a day before the first instant of August; twice in the same second of it.
    fail(171, TO_LAST_HOUR + 60 - DAY_IN_MINUTES),
    reach(172, TO_LAST_HOUR + 60),
    fail(181, TO_LAST_HOUR),
    fail(182, TO_LAST_HOUR + 70, { took: 0 }),
    reach(183, TO_LAST_HOUR + 70),
    // Twice within ten minutes, three times; a second more.
    reach(201, 0),
    reach(202, 5),
    reach(203, 15, { cost: 3 }),
    reach(204, 25 + 1 / 60),
    // After it failed; before it failed; while it is under way; in the second of the month.
    fail(211, 0),
    reach(212, 5),
    fail(221, 0, { took: 6 }),
    reach(222, 5),
    reach(231, 0, { status: 'queued', took: null, cost: null }),
    reach(232, 1, { status: 'mystery', took: null, cost: null }),
    reach(241, TO_LAST_HOUR + 55),
    reach(242, TO_LAST_HOUR + 60),
    // To one of two; twice to the same number in one fax, and once.
    reach(251, 0, { to: pair, tags: { case: '25' } }),
    reach(252, 1, { to: pair.slice(0, 1), tags: { case: '25' } }),
    reach(261, 0, { to: ['+14145559004', '+14145559004'] }),
    reach(262, 1, { to: ['+14145559004'] }),
    // Received, a test, gone.
    reach(271, 0, { isReceived: true }),
    reach(272, 1, { isReceived: true }),
    reach(273, 1),
    reach(274, 2, { isTest: true }),
    reach(275, 3),
  ];
  const look = (account: string, sent: readonly Sent[]) =>
    rig.look(
      'faxes',
      0,
      sent.map((one) => wireOf(one, TEN)),
      { kind: 'slice', account },
    );
  await look('north', north);
  await look('south', [reach(12, 21), fail(202, 4, { took: 0 }), reach(203, 5)]);
  await rig.rows(`update warehouse.faxes set gone_at_source_at = now() where fax_id in (122, 275)`);
  await rig.rows(`update warehouse.faxes set created_at = null where fax_id = 132`);
  await rig.rows(`update warehouse.fax_recipients set fax_created_at = null where fax_id = 132`);
});
afterAll(() => rig.drop());

const lines = async (sql: string) => (await rig.rows(sql)).map(({ row }) => row);

describe('report.resend_chains', () => {
  const chains = (account: string, month: string) =>
    lines(`select concat_ws(' ', first_fax_id, last_fax_id, send_count, recipient_count, page_count, first_to_last_hours, last_status,
        coalesce(has_ended_well::text, 'open'), resend_cost_cents, resend_cost_usd, repeated_cost_cents, repeated_cost_usd) as row
      from report.resend_chains where account_key = '${account}' and usage_month = '${month}' order by first_fax_id`);

  it('holds a fax that failed together with those like it that followed within a day of the one before', async () => {
    expect(await chains('north', '2026-07-01')).toEqual([
      '11 13 3 1 1 1.50 success true 14 0.14 7 0.07',
      '21 22 2 2 1 0.50 success true 14 0.14 7 0.07',
      '31 32 2 1 1 1.00 inprogress open 0 0.00 0 0.00',
      '41 42 2 1 0.00 failure false 0 0.00 0 0.00',
      '61 62 2 1 1 24.00 success true 7 0.07 0 0.00',
      '111 113 2 1 1 0.33 success true 7 0.07 0 0.00',
      '141 145 5 1 1 40.00 success true 7 0.07 0 0.00',
      '151 152 2 1 1 1.17 success true 7 0.07 0 0.00',
      '171 172 2 1 1 24.00 success true 7 0.07 0 0.00',
      '181 183 3 1 1 1.17 success true 7 0.07 0 0.00',
      '211 212 2 1 1 0.08 success true 7 0.07 0 0.00',
    ]);
  });

  it('counts a chain in the month in which it began only, and keeps accounts apart', async () => {
    expect(await chains('north', '2026-08-01')).toEqual([]);
    expect(await chains('south', '2026-07-01')).toEqual(['202 203 2 1 1 0.02 success true 7 0.07 0 0.00']);
  });
});

describe('report.duplicate_faxes', () => {
  const duplicates = (account: string) =>
    lines(`select concat_ws(' ', usage_month, fax_id, fax_id_before, seconds_between, status, status_before, recipient_count, page_count, cost_cents, cost_usd,
        extract(epoch from requested_at - requested_at_before)::integer = seconds_between) as row
      from report.duplicate_faxes where account_key = '${account}' order by usage_month, fax_id`);

  it('holds what was requested within ten minutes of one like it that had not failed by then', async () => {
    expect(await duplicates('north')).toEqual([
      '2026-07-01 202 201 300 success success 1 1 7 0.07 t',
      '2026-07-01 203 202 600 success success 1 1 3 0.03 t',
      '2026-07-01 222 221 300 success failure 1 1 7 0.07 t',
      '2026-07-01 232 231 60 mystery queued 1 1 0 0.00 t',
      '2026-08-01 242 241 300 success success 1 1 7 0.07 t',
    ]);
    expect(await duplicates('south')).toEqual([]);
  });
});

describe('report.cost_of_failures', () => {
  it('counts faxes that failed and recipients that did, whatever else is not known of them', async () => {
    const to = (status: string, retry_count: number | null, phone_number: string | null = FIRST) => ({
      ...wireFax(0, toIso(TEN)).recipients?.[0],
      ...{ phone_number, status, retry_count },
    });
    const fax = (id: number, status: string, cost: number, recipients: object[], over: Partial<Sent> = {}) => ({
      ...wireOf({ id, at: id * DAY_IN_MINUTES, status, cost, ...over }, TEN),
      ...(over.isReceived === true ? {} : { recipients }),
    });
    const faxes = [
      fax(1, 'partialsuccess', 7, [to('success', 1), to('failure', 2, OTHER)]),
      fax(2, 'failure', 3, [to('failure', 3), to('failure', null, null)]),
      fax(3, 'failure', 5, []),
      fax(4, 'inprogress', 9, [to('willretry', 4)]),
      fax(5, 'failure', 11, [to('failure', 5)]),
      fax(6, 'failure', 13, [to('failure', 6)], { isTest: true }),
      fax(7, 'failure', 17, [to('failure', 7)], { isReceived: true }),
      fax(8, 'failure', 19, [to('failure', 8)]),
      fax(9, 'failure', 23, [to('failure', 9)]),
      fax(10, 'failure', 29, [to('failure', 10)], { isTest: true }),
    ];
    await rig.look('faxes', 0, faxes, { kind: 'slice', account: 'counted' });
    const of = `account_id = (select account_id from warehouse.accounts where account_key = 'counted')`;
    await rig.rows(`update warehouse.faxes set created_at = null where ${of} and fax_id in (5, 9, 10)`);
    await rig.rows(`update warehouse.fax_recipients set fax_created_at = null where ${of} and fax_id in (5, 9, 10)`);
    await rig.rows(`update warehouse.faxes set gone_at_source_at = now() where ${of} and fax_id in (8, 9)`);
    expect(
      await lines(`select concat_ws(' ', usage_month, fax_count, failed_fax_count, partial_fax_count, failed_recipient_count, retry_count, resend_count, cost_cents) as row
        from report.cost_of_failures where account_key = 'counted'`),
    ).toEqual(['2026-07-01 5 3 1 4 11 0 19']);
  });

  it('adds up what failed faxes still cost and what the other resends do, and knows what of it was paid for nothing', async () => {
    expect(
      await lines(`select concat_ws(' ', account_key, usage_month, failed_fax_count, partial_fax_count, resend_count, failed_cost_cents, resend_cost_cents, cost_cents, cost_usd, lost_cost_cents, lost_cost_usd) as row
        from report.cost_of_failures where account_key in ('north', 'south') order by account_key, usage_month`),
    ).toEqual([
      'north 2026-07-01 21 1 9 7 42 49 0.49 14 0.14',
      'north 2026-08-01 3 0 7 0 28 28 0.28 0 0.00',
      'south 2026-07-01 1 0 1 0 7 7 0.07 0 0.00',
    ]);
  });
});

/** Gaps between requests, in minutes: on both sides of ten minutes, of a day, and of what the first took. */
const GAPS = [0, 3, 10, 11, 60, DAY_IN_MINUTES - 15, DAY_IN_MINUTES, DAY_IN_MINUTES + 1] as const;
const [FIRST, OTHER] = ['+14145559005', '+14145559006'];
const LISTS = [
  ...Array.from({ length: 10 }, () => [FIRST]),
  [OTHER],
  [FIRST, OTHER],
  [OTHER, FIRST],
  [FIRST, FIRST],
  [FIRST, null],
];

const drawn = fc.array(
  fc.record({
    gap: fc.constantFrom(...GAPS),
    status: fc.constantFrom('failure', 'failure', 'partialsuccess', 'success', 'inprogress'),
    took: fc.constantFrom(0, 5, 30, null),
    to: fc.constantFrom(...LISTS),
    pages: fc.constantFrom(1, 1, 1, 1, 1, 1, 2),
    tags: fc.constantFrom({}, {}, {}, {}, {}, {}, { department: 'Lab' }),
    cost: fc.constantFrom(null, 0, 7, 14),
    isTest: fc.constantFrom(false, false, false, false, false, true),
    isReceived: fc.constantFrom(false, false, false, false, false, true),
  }),
  { minLength: 2, maxLength: 16, size: 'max' },
);

/** The rules of the head of the script, told once more: each fax with the last one like it, and the chains. */
function repeatsOf(sent: readonly Sent[]) {
  const newest = new Map<string, { fax: Sent; chain: Sent[] }>();
  const resends: Sent[] = [];
  /** Reached some of their recipients, and then all were sent the same again. */
  const paidTwice: Sent[] = [];
  const duplicates: Sent[] = [];
  const chains: Sent[][] = [];
  for (const fax of sent) {
    if (fax.isTest === true || fax.isReceived === true || fax.to?.includes(null) === true) continue;
    const key = JSON.stringify([fax.to?.toSorted(), fax.pages, fax.tags]);
    const before = newest.get(key);
    const gap = before === undefined ? Number.POSITIVE_INFINITY : fax.at - before.fax.at;
    const hadFailed =
      before !== undefined && /^(failure|partialsuccess)$/.test(before.fax.status) && (before.fax.took ?? 0) <= gap;
    let chain = [fax];
    if (before !== undefined && hadFailed && gap <= DAY_IN_MINUTES) {
      resends.push(fax);
      if (before.fax.status === 'partialsuccess' && /success$/.test(fax.status)) paidTwice.push(before.fax);
      chain = before.chain;
      chain.push(fax);
      if (chain.length === 2) chains.push(chain);
    } else if (!hadFailed && gap <= 10) duplicates.push(fax);
    newest.set(key, { fax, chain });
  }
  return { resends, paidTwice, duplicates, chains };
}

const centsOf = (faxes: readonly Sent[]) => faxes.reduce((sum, { cost }) => sum + (cost ?? 0), 0);

describe('the views of repeated faxes', () => {
  it('find what the rules say across the end of a month, and money that the charges hold, no cent twice', async () => {
    let run = 0;
    let found = 0;
    await fc.assert(
      fc.asyncProperty(drawn, async (faxes) => {
        run += 1;
        const account = `any-${run}`;
        let at = TO_LAST_HOUR - DAY_IN_MINUTES;
        const sent = faxes.map(({ gap, ...fax }, index): Sent => {
          at += gap;
          return { ...fax, id: index + 1, at };
        });
        await rig.look(
          'faxes',
          0,
          sent.map((one) => wireOf(one, TEN)),
          { kind: 'slice', account },
        );
        const { resends, paidTwice, duplicates, chains } = repeatsOf(sent);
        found += chains.length;
        const of = `account_key = '${account}'`;
        const summary = (chain: readonly Sent[]) =>
          [chain[0]?.id, chain.at(-1)?.id, chain.length, centsOf(chain.slice(1)), centsOf(chain.slice(0, -1))].join(
            ' ',
          );
        expect(
          await lines(
            `select concat_ws(' ', first_fax_id, last_fax_id, send_count, resend_cost_cents, repeated_cost_cents) as row from report.resend_chains where ${of} order by first_fax_id`,
          ),
        ).toEqual(chains.toSorted((a, b) => (a[0]?.id ?? 0) - (b[0]?.id ?? 0)).map(summary));
        expect(
          await lines(`select fax_id::integer as row from report.duplicate_faxes where ${of} order by fax_id`),
        ).toEqual(duplicates.map(({ id }) => id));
        const failed = sent.filter(
          ({ status, isTest, isReceived }) => status === 'failure' && isTest !== true && isReceived !== true,
        );
        const again = resends.filter(({ status }) => status !== 'failure');
        const ids = (of: readonly Sent[]) => `array[${of.map(({ id }) => id).join()}]::bigint[]`;
        const charged = (
          of: readonly Sent[],
        ) => `(select coalesce(sum(c.cents), 0)::integer from warehouse.charges c join warehouse.accounts a using (account_id)
          where a.account_key = '${account}' and c.fax_id = any(${ids(of)}))`;
        const [sums] =
          await rig.rows(`select coalesce(sum(resend_count), 0)::integer as resends, coalesce(sum(failed_cost_cents), 0)::integer as failed,
            coalesce(sum(resend_cost_cents), 0)::integer as again, coalesce(sum(cost_cents), 0)::integer as whole, coalesce(sum(lost_cost_cents), 0)::integer as lost,
            ${charged(failed)} as failed_charged, ${charged(again)} as again_charged, ${charged([...failed, ...again])} as whole_charged,
            ${charged([...failed, ...paidTwice])} as lost_charged
          from report.cost_of_failures where ${of}`);
        const [ofFailed, ofAgain] = [centsOf(failed), centsOf(again)];
        expect(sums).toEqual({
          resends: resends.length,
          failed: ofFailed,
          again: ofAgain,
          whole: ofFailed + ofAgain,
          lost: ofFailed + centsOf(paidTwice),
          lost_charged: ofFailed + centsOf(paidTwice),
          failed_charged: ofFailed,
          again_charged: ofAgain,
          whole_charged: ofFailed + ofAgain,
        });
      }),
      { numRuns: 80 },
    );
    // A property over nothing would hold as well.
    expect(found).toBeGreaterThan(10);
  });
});
