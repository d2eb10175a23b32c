import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { decideItems, type ItemsDecided, type ItemsDecision } from '../../../src/warehouse/recon/decide.ts';
import { wireFax } from '../../support/landed.ts';
import { ReconBed } from '../../support/recon-bed.ts';
import {
  agreeingBalance,
  closeMonth,
  eventsOf,
  give,
  givenCheck,
  itemsOf,
  makeGivenRows,
  run,
  writtenRows,
} from '../../support/recon-runs.ts';

const JULY = '2026-07';
const AS_OF = Date.parse('2026-08-07T12:00:00Z');
const HOUR = 3_600_000;
const prices = givenCheck('C10');
const MISSING = { left: 14, right: 7, cents: 700, owed: 700, reason: 'not_credited' };

let bed: ReconBed;
beforeAll(async () => {
  bed = await ReconBed.open();
  await makeGivenRows(bed);
});
afterAll(() => bed.close());

let ids: readonly number[] = [];
beforeEach(async () => {
  bed.newAccount();
  await bed.load({ observation: 1, at: Date.parse('2026-07-02T00:00:00Z') }, [
    wireFax(1, '2026-07-01T12:00:00.000-05:00'),
  ]);
  await give(bed, 'C10', [
    { subject: '1', ...MISSING },
    { subject: '2', ...MISSING },
  ]);
  await run(bed, { period: JULY, asOf: AS_OF, checks: [prices] });
  ids = (await itemsOf(bed)).map(({ itemId }) => itemId);
});

function decide(over: Partial<ItemsDecision>): Promise<ItemsDecided> {
  const limits = { writeOffMaxCents: 1000 };
  return decideItems(bed.pool, {
    account: bed.account,
    itemIds: ids,
    state: null,
    actor: 'Anna Berg',
    limits,
    now: AS_OF,
    ...over,
  });
}

async function states(): Promise<string[]> {
  return (await itemsOf(bed)).map((item) => `${item.state} by ${item.decidedBy ?? '-'}`);
}

describe('decideItems', () => {
  it('writes who decided what of all items, once', async () => {
    expect(await decide({ state: 'disputed', ticket: 'T-17', owner: 'Ben Cole' })).toMatchObject({ changed: 2 });
    expect(await states()).toEqual(['disputed by Anna Berg', 'disputed by Anna Berg']);
    const before = await writtenRows(bed);
    expect(await decide({ state: 'disputed', ticket: 'T-17', owner: 'Ben Cole' })).toMatchObject({ changed: 0 });
    expect(await writtenRows(bed)).toEqual(before);
    const last = (await eventsOf(bed)).at(-1);
    expect(last).toMatchObject({ kind: 'item_disputed', actor: 'Anna Berg' });
    expect(last?.details).toMatchObject({
      ticket: 'T-17',
      owner: 'Ben Cole',
      claimed_cents: 700,
      before: { state: 'open' },
    });
    expect(await decide({ itemIds: ids.slice(0, 1), creditedCents: 650, note: 'Paid in part.' })).toMatchObject({
      changed: 1,
    });
    expect((await eventsOf(bed)).at(-1)).toMatchObject({
      kind: 'item_noted',
      details: { credited_cents: 650, state: 'disputed' },
    });
    expect(await decide({ state: 'closed' })).toMatchObject({ changed: 2 });
    expect(await states()).toEqual(['closed by Anna Berg', 'closed by Anna Berg']);
  });

  it('stands in later runs while money and reason stay, and falls when one of them changes', async () => {
    await decide({ state: 'explained', note: 'The provider said so.' });
    await give(bed, 'C10', [
      { subject: '1', ...MISSING, left: 21, right: 14 },
      { subject: '2', ...MISSING, cents: 701 },
    ]);
    await run(bed, { period: JULY, asOf: AS_OF + HOUR, checks: [prices] });
    expect(await states()).toEqual(['explained by Anna Berg', 'open by -']);
    const kinds = (await eventsOf(bed)).map(({ kind }) => kind);
    expect(kinds.slice(-2)).toEqual(['item_changed', 'item_reopened']);
    expect((await itemsOf(bed)).map(({ reopenedCount }) => reopenedCount)).toEqual([0, 1]);
  });

  it('says again what the check does once a decision is taken back', async () => {
    await give(bed, 'C10', [
      { subject: '1', ...MISSING, verdict: 'explained', reason: 'credit_pending' },
      { subject: '2', ...MISSING },
    ]);
    await run(bed, { period: JULY, asOf: AS_OF + HOUR, checks: [prices] });
    await decide({ state: 'disputed', ticket: 'T-17' });
    await run(bed, { period: JULY, asOf: AS_OF + 2 * HOUR, checks: [prices] });
    expect(await states()).toEqual(['disputed by Anna Berg', 'disputed by Anna Berg']);
    await decide({ state: 'open' });
    await run(bed, { period: JULY, asOf: AS_OF + 3 * HOUR, checks: [prices] });
    expect(await states()).toEqual(['explained by faxsync', 'open by Anna Berg']);
  });

  it('takes no sum that is more than the item is about, each for itself', async () => {
    const before = await writtenRows(bed);
    for (const sum of [{ state: 'disputed' as const, ticket: 'T-17', claimedCents: 701 }, { creditedCents: 701 }]) {
      await expect(decide(sum)).rejects.toMatchObject({
        code: 'decision_sum',
        message: expect.stringMatching(/^Item \d+ is about \$7\.00, so \$7\.01 cannot be /),
      });
    }
    expect(await writtenRows(bed)).toEqual(before);
    expect(await decide({ state: 'disputed', ticket: 'T-17', claimedCents: 700, creditedCents: 700 })).toMatchObject({
      changed: 2,
    });
  });

  it('asks for a second person where what is written off is more than the limit in sum', async () => {
    const writeOff = { state: 'written_off', note: 'Not worth it.' } as const;
    await expect(decide(writeOff)).rejects.toMatchObject({
      code: 'decision_needs_second_person',
      context: { limit_cents: 1000 },
    });
    await expect(decide({ ...writeOff, approver: ' ANNA BERG' })).rejects.toMatchObject({
      code: 'decision_needs_second_person',
    });
    const insert = `update recon.items set state = 'written_off', decided_by = 'Anna Berg', approved_by = ' anna berg '`;
    await expect(bed.pool.query(insert)).rejects.toMatchObject({ constraint: 'items_two_people' });
    expect(await states()).toEqual(['open by -', 'open by -']);
    expect(await decide({ ...writeOff, itemIds: ids.slice(0, 1) })).toMatchObject({ changed: 1 });
    expect(await decide({ ...writeOff, approver: 'Ben Cole' })).toMatchObject({ changed: 2 });
    expect((await eventsOf(bed)).at(-1)).toMatchObject({
      kind: 'item_written_off',
      details: { approved_by: 'Ben Cole' },
    });
  });

  it('adds up what was written off alone before, and keeps the second person where the case is closed', async () => {
    const [first = 0, second = 0] = ids;
    const writeOff = { state: 'written_off', note: 'too small' } as const;
    await decide({ ...writeOff, itemIds: [first] });
    await expect(decide({ ...writeOff, itemIds: [second] })).rejects.toMatchObject({
      code: 'decision_needs_second_person',
    });
    const accepted = decide({ state: 'accepted', note: 'Fine.', itemIds: [first] });
    await expect(accepted).rejects.toThrow(
      `Item ${first} is written off and cannot become accepted. Open it again first.`,
    );
    // Nor does it help to close the first case meanwhile.
    await decide({ state: 'closed', itemIds: [first] });
    await expect(decide({ ...writeOff, itemIds: [second] })).rejects.toMatchObject({
      code: 'decision_needs_second_person',
    });
    await decide({ ...writeOff, itemIds: [second], approver: 'Ben Cole' });
    await decide({ state: 'closed', itemIds: [second] });
    expect((await eventsOf(bed)).at(-1)).toMatchObject({
      kind: 'item_closed',
      details: { approved_by: 'Ben Cole', before: { approved_by: 'Ben Cole' } },
    });
  });

  it('refuses all of it where one item cannot take it, and says why', async () => {
    const [first = 0] = ids;
    await expect(decide({ itemIds: [first, 999_999] })).rejects.toMatchObject({
      code: 'item_unknown',
      context: { item: 999_999 },
    });
    await expect(decide({ itemIds: [] })).rejects.toMatchObject({ code: 'item_unknown' });
    await expect(decide({ account: 'nobody' })).rejects.toMatchObject({ code: 'account_unknown' });
    await expect(decide({ actor: 'faxsync', state: 'closed' })).rejects.toMatchObject({ code: 'name_missing' });
    await expect(decide({ state: 'explained' })).rejects.toMatchObject({
      code: 'decision_incomplete',
      context: { missing: 'note' },
    });
    await expect(decide({ state: 'disputed' })).rejects.toMatchObject({
      code: 'decision_incomplete',
      context: { missing: 'ticket' },
    });
    await expect(decide({ state: 'closed' })).rejects.toMatchObject({ code: 'item_state', context: { from: 'open' } });
    await expect(decide({ state: 'written_off' })).rejects.toThrow(/ cannot become written off without a note /);
    await give(bed, 'C10', [{ subject: '2', ...MISSING }]);
    await run(bed, { period: JULY, asOf: AS_OF + HOUR, checks: [prices] });
    await expect(decide({ state: 'accepted', note: 'Fine.' })).rejects.toMatchObject({
      code: 'item_state',
      context: { from: 'cleared' },
    });
    expect(await states()).toEqual(['cleared by faxsync', 'open by -']);
  });

  it('knows no item of another account', async () => {
    const others = ids;
    bed.newAccount();
    await bed.load({ observation: 1, at: Date.parse('2026-07-02T00:00:00Z') }, []);
    await expect(decide({ itemIds: others, note: 'Mine.' })).rejects.toMatchObject({ code: 'item_unknown' });
  });

  it('closes a month with the second person of what was written off', async () => {
    await decide({ state: 'written_off', note: 'too small', approver: 'Ben Cole' });
    await closeMonth(bed, JULY, AS_OF, [agreeingBalance, prices]);
    const { rows } = await bed.pool.query<{ approved_by: string }>(
      `select distinct approved_by from recon.closing_items i join warehouse.accounts a using (account_id)
       where account_key = $1`,
      [bed.account],
    );
    expect(rows).toEqual([{ approved_by: 'Ben Cole' }]);
  });

  it('changes the living item of a closed month, and not the copy that was closed', async () => {
    expect(await decide({ state: 'explained', note: 'The provider said so.' })).toEqual({
      changed: 2,
      closedMonths: [],
      movedMonths: [JULY],
    });
    expect(await decide({ note: 'The provider wrote so.' })).toEqual({ changed: 2, closedMonths: [], movedMonths: [] });
    await closeMonth(bed, JULY, AS_OF, [agreeingBalance, prices]);
    const disputed = { state: 'disputed', ticket: 'T-1' } as const;
    expect(await decide(disputed)).toEqual({ changed: 2, closedMonths: [JULY], movedMonths: [] });
    expect(await decide(disputed)).toEqual({ changed: 0, closedMonths: [], movedMonths: [] });
    const { rows } =
      await bed.pool.query(`select distinct state from recon.closing_items i join warehouse.accounts a using (account_id)
      where account_key = '${bed.account}'`);
    expect(rows).toEqual([{ state: 'explained' }]);
    expect(await states()).toEqual(['disputed by Anna Berg', 'disputed by Anna Berg']);
  });
});
