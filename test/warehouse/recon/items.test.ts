import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RECONCILIATION_DEFAULTS } from '../../../src/domain/reconciliation.ts';
import { decideItems } from '../../../src/warehouse/recon/decide.ts';
import { readItems } from '../../../src/warehouse/recon/read-items.ts';
import { readStanding } from '../../../src/warehouse/recon/standing.ts';
import { wireFax } from '../../support/landed.ts';
import { ReconBed } from '../../support/recon-bed.ts';
import {
  eventsOf,
  give,
  givenCheck,
  itemsOf,
  makeGivenRows,
  run,
  type SeenItem,
  writtenRows,
} from '../../support/recon-runs.ts';

const JULY = '2026-07';
const AS_OF = Date.parse('2026-07-20T06:00:00Z');
const HOUR = 3_600_000;

const prices = givenCheck('C10');
const windows = givenCheck('C1', { every: 'hour', isGate: true });

let bed: ReconBed;
beforeAll(async () => {
  bed = await ReconBed.open();
  await makeGivenRows(bed);
});
afterAll(() => bed.close());

async function begin(): Promise<void> {
  bed.newAccount();
  await bed.load({ observation: 1, at: Date.parse('2026-07-02T00:00:00Z') }, [
    wireFax(1, '2026-07-01T12:00:00.000-05:00'),
  ]);
}

async function items(): Promise<string[]> {
  const line = (item: SeenItem) =>
    `${item.check} ${item.subject} ${item.state} ${item.cents} ${item.reason} ${item.decidedBy ?? '-'} ${item.reopenedCount}`;
  return (await itemsOf(bed)).map(line);
}

describe('mergeItems', () => {
  it('opens an item for each exception, explains what the check explains, and clears what passes', async () => {
    await begin();
    await give(bed, 'C10', [
      { subject: '1', left: 14, right: 7, cents: 7, owed: 7, reason: 'not_credited' },
      { subject: '2', left: 14, right: 7, cents: 7, verdict: 'explained', reason: 'credit_pending' },
      { subject: '3', left: 7, right: 7, cents: 0 },
    ]);
    await run(bed, { period: JULY, asOf: AS_OF, checks: [prices] });
    expect(await items()).toEqual(['C10 1 open 7 not_credited - 0', 'C10 2 explained 7 credit_pending faxsync 0']);
    await give(bed, 'C10', [{ subject: '1', left: 7, right: 7, cents: 0 }]);
    await run(bed, { period: JULY, asOf: AS_OF + HOUR, checks: [prices] });
    expect(await items()).toEqual([
      'C10 1 cleared 7 not_credited faxsync 0',
      'C10 2 cleared 7 credit_pending faxsync 0',
    ]);
    await give(bed, 'C10', [{ subject: '1', left: 14, right: 7, cents: 7, owed: 7, reason: 'not_credited' }]);
    await run(bed, { period: JULY, asOf: AS_OF + 2 * HOUR, checks: [prices] });
    expect(await items()).toEqual(['C10 1 open 7 not_credited - 1', 'C10 2 cleared 7 credit_pending faxsync 0']);
    const events = await eventsOf(bed);
    expect(events.map(({ kind }) => kind)).toEqual([
      'item_opened',
      'item_opened',
      'item_cleared',
      'item_cleared',
      'item_reopened',
    ]);
  });

  it('writes nothing but the run itself when a run finds the same again', async () => {
    await begin();
    await give(bed, 'C10', [{ subject: '1', left: 14.5, right: 7, cents: 7, reason: 'not_credited' }]);
    await run(bed, { period: JULY, asOf: AS_OF, checks: [prices] });
    const before = await writtenRows(bed, ['runs']);
    const again = await run(bed, { period: JULY, asOf: AS_OF + HOUR, checks: [prices] });
    expect(again.isRepeat).toBe(true);
    expect(await writtenRows(bed, ['runs'])).toEqual(before);
  });

  it('tells as owed what is open or disputed, less what was credited of it, as the list of items does', async () => {
    await begin();
    const rows = ['1', '2', '3'].map((subject) => ({ subject, cents: 70, owed: 70, reason: 'not_credited' }));
    await give(bed, 'C10', rows);
    const first = await run(bed, { period: JULY, asOf: AS_OF, checks: [prices] });
    expect([first.owedCents, first.unexplainedCents, first.exceptions]).toEqual([210, 210, 3]);
    const [one, two] = await readItems(bed.pool, { account: bed.account, states: ['open'], isOwedOnly: true });
    const by = { account: bed.account, actor: 'Anna', limits: RECONCILIATION_DEFAULTS.limits, now: AS_OF };
    await decideItems(bed.pool, {
      ...by,
      itemIds: [one?.itemId ?? 0],
      state: 'disputed',
      ticket: '4711',
      creditedCents: 30,
    });
    await decideItems(bed.pool, { ...by, itemIds: [two?.itemId ?? 0], state: 'accepted', note: 'let it be' });
    const second = await run(bed, { period: JULY, asOf: AS_OF + HOUR, checks: [prices] });
    expect([second.owedCents, second.unexplainedCents, second.exceptions]).toEqual([110, 70, 1]);
    expect((await readStanding(bed.pool, bed.account)).owedCents).toBe(110);
  });

  it('leaves items of checks that were not run', async () => {
    await begin();
    await give(bed, 'C10', [{ subject: '1' }]);
    await give(bed, 'C1', [{ subject: '9', kind: 'window' }]);
    await run(bed, { period: JULY, asOf: AS_OF, checks: [windows, prices] });
    await give(bed, 'C10', []);
    await give(bed, 'C1', []);
    await run(bed, { period: JULY, asOf: AS_OF + HOUR, checks: [windows], every: 'hour' });
    expect(await items()).toEqual(['C1 9 cleared 1 differs faxsync 0', 'C10 1 open 1 differs - 0']);
  });

  it('keeps the item of a subject that cannot be tested', async () => {
    await begin();
    await give(bed, 'C10', [{ subject: '1' }]);
    await run(bed, { period: JULY, asOf: AS_OF, checks: [prices] });
    await give(bed, 'C10', [{ subject: '1', verdict: 'not_testable', reason: 'no_card' }]);
    await run(bed, { period: JULY, asOf: AS_OF + HOUR, checks: [prices] });
    expect(await items()).toEqual(['C10 1 open 1 differs - 0']);
  });

  it('leaves items alone in a run as of an instant that an earlier run has passed', async () => {
    await begin();
    await give(bed, 'C10', [{ subject: '1' }]);
    await run(bed, { period: JULY, asOf: AS_OF, checks: [prices] });
    await give(bed, 'C10', []);
    await run(bed, { period: JULY, asOf: AS_OF - HOUR, now: AS_OF + HOUR, checks: [prices] });
    expect(await items()).toEqual(['C10 1 open 1 differs - 0']);
  });
});

/** What an item is held to be, told in a few lines beside the SQL that does it. */
interface Held {
  state: string;
  decidedBy: string | null;
  cents: number;
  reason: string;
  reopened: number;
}

interface Found {
  readonly cents: number;
  readonly reason: string;
  readonly isExplained: boolean;
}

type Act =
  | { readonly kind: 'found'; readonly found: Found | null }
  | { readonly kind: 'decided'; readonly state: 'explained' | 'accepted' | 'open' | 'closed' };

function afterRun(held: Held | null, found: Found | null): Held | null {
  if (found === null) return held === null ? null : { ...held, state: 'cleared', decidedBy: 'faxsync' };
  const says = found.isExplained ? 'explained' : 'open';
  const fresh = { ...found, state: says, decidedBy: found.isExplained ? 'faxsync' : null };
  const next = { state: fresh.state, decidedBy: fresh.decidedBy, cents: found.cents, reason: found.reason };
  if (held === null) return { ...next, reopened: 0 };
  if (held.state === 'cleared') return { ...next, reopened: held.reopened + 1 };
  const isPersons = held.decidedBy !== null && held.decidedBy !== 'faxsync';
  const isSame = held.cents === found.cents && held.reason === found.reason;
  // Who has opened it again is known while nothing moves it; what the check explains it explains again.
  if (isPersons && isSame && (held.state !== 'open' || says === 'open')) return held;
  const isBack = isPersons && held.state !== 'open' && says === 'open';
  return { ...next, reopened: held.reopened + (isBack ? 1 : 0) };
}

/** Null where it may not be decided so. */
function afterDecision(held: Held | null, state: 'explained' | 'accepted' | 'open' | 'closed'): Held | null {
  if (held === null || held.state === 'cleared') return null;
  if (state === 'closed' && held.state === 'open') return null;
  if ((state === 'explained' || state === 'accepted') && !['open', 'explained', 'accepted'].includes(held.state))
    return null;
  return {
    ...held,
    state,
    decidedBy: 'Anna',
    reopened: held.reopened + (state === 'open' && held.state !== 'open' ? 1 : 0),
  };
}

const found: fc.Arbitrary<Found | null> = fc.option(
  fc.record({ cents: fc.integer({ min: 1, max: 2 }), reason: fc.constantFrom('a', 'b'), isExplained: fc.boolean() }),
  { freq: 4 },
);
const act: fc.Arbitrary<Act> = fc.oneof(
  fc.record({ kind: fc.constant('found' as const), found }),
  fc.record({
    kind: fc.constant('decided' as const),
    state: fc.constantFrom('explained', 'accepted', 'open', 'closed'),
  }),
);

describe('the life of an item', () => {
  it('is that of a small model, whatever runs find and people decide', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(act, { minLength: 4, maxLength: 10 }), async (acts) => {
        await begin();
        let held: Held | null = null;
        for (const [at, each] of acts.entries()) {
          const now = AS_OF + at * HOUR;
          if (each.kind === 'found') {
            const row = each.found;
            const rows =
              row === null
                ? []
                : [
                    {
                      subject: '1',
                      cents: row.cents,
                      reason: row.reason,
                      verdict: row.isExplained ? 'explained' : null,
                    },
                  ];
            await give(bed, 'C10', rows);
            await run(bed, { period: JULY, asOf: now, checks: [prices] });
            held = afterRun(held, each.found);
          } else {
            const itemIds = (await itemsOf(bed)).map(({ itemId }) => itemId);
            const decision = {
              account: bed.account,
              itemIds,
              state: each.state,
              actor: 'Anna',
              note: 'n',
              limits: RECONCILIATION_DEFAULTS.limits,
              now,
            };
            const isDone = await decideItems(bed.pool, decision).then(
              () => true,
              () => false,
            );
            const next = afterDecision(held, each.state);
            expect(isDone).toBe(next !== null);
            held = next ?? held;
          }
          const seen = (await itemsOf(bed)).map(({ state, decidedBy, cents, reason, reopenedCount: reopened }) => ({
            state,
            decidedBy,
            cents,
            reason,
            reopened,
          }));
          expect(seen).toEqual(held === null ? [] : [held]);
        }
      }),
      { numRuns: 12 },
    );
  });
});

describe('two runs at once', () => {
  it('take turns: one is done, the other is refused or done after it, and nothing is found twice', async () => {
    await begin();
    await give(bed, 'C10', [{ subject: '1' }]);
    const ends = await Promise.allSettled([1, 2].map(() => run(bed, { period: JULY, asOf: AS_OF, checks: [prices] })));
    const refusals = ends.flatMap((end) => (end.status === 'rejected' ? [(end.reason as { code: string }).code] : []));
    expect(refusals.length).toBeLessThan(2);
    expect(['run_under_way', 'warehouse_conflict']).toEqual(expect.arrayContaining(refusals));
    expect(await items()).toEqual(['C10 1 open 1 differs - 0']);
    expect((await eventsOf(bed)).map(({ kind }) => kind)).toEqual(['item_opened']);
  });

  it('refuse the second while the first is at work, and keep its row as failed', async () => {
    await begin();
    const holder = await bed.database.pool.connect();
    await holder.query(
      `begin; select pg_advisory_xact_lock(hashtextextended('recon.runs', account_id)) from warehouse.accounts where account_key = '${bed.account}'`,
    );
    await expect(run(bed, { period: JULY, asOf: AS_OF, checks: [prices] })).rejects.toMatchObject({
      code: 'run_under_way',
      retryable: true,
    });
    await holder.query('rollback');
    holder.release();
    const { rows } = await bed.pool.query(
      `select status, error_code from recon.runs join warehouse.accounts using (account_id) where account_key = $1`,
      [bed.account],
    );
    expect(rows).toEqual([{ status: 'failed', error_code: 'run_under_way' }]);
  });
});
