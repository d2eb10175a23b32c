import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { creditDue } from '../../../src/warehouse/recon/checks/c10-credit-due.ts';
import { rateCard } from '../../../src/warehouse/recon/checks/c11-rate-card.ts';
import { costShape } from '../../../src/warehouse/recon/checks/c13-cost-shape.ts';
import { loadCard, loadFaxes, NUMBERS } from '../../support/priced-faxes.ts';
import { ReconBed } from '../../support/recon-bed.ts';
import { itIsShown } from '../../support/recon-shown.ts';

const DAY = 86_400_000;
const NOON = Date.parse('2026-07-10T12:00:00-05:00');
const LATER = NOON + 50 * DAY;
const PERIOD = '2026-07';

describe('C13, cost shape', () => {
  let bed: ReconBed;

  beforeAll(async () => {
    bed = await ReconBed.open();
  });
  afterAll(async () => {
    await bed.close();
  });
  beforeEach(async () => {
    bed.newAccount();
    await loadCard(bed, 1, NOON - DAY, { US: 7, GB: 0 });
    await loadCard(bed, 2, NOON + DAY, { US: 7, GB: 0 });
  });

  it('passes what costs something where it succeeded and nothing where it failed', async () => {
    await loadFaxes(bed, 3, NOON + DAY, [
      { id: 1, at: NOON },
      { id: 2, at: NOON + 1000, cost: 0, recipients: [[NUMBERS.US, 'failure']] },
      { id: 3, at: NOON + 2000, cost: 0, pages: 0, receivedBy: NUMBERS.US, status: 'failure' },
      { id: 4, at: NOON + 3000, cost: 0, pages: 0 },
      { id: 5, at: NOON + 4000, cost: 0, recipients: [[NUMBERS.GB, 'success']] },
    ]);
    const { results, findings } = await bed.check(costShape, { period: PERIOD, asOf: LATER });
    expect(findings).toEqual([]);
    expect(results).toMatchObject([{ outcome: 'pass', tested: 5 }]);
  });

  it('finds costs that are missing, zero, below zero, or those of failures; no other check of price tells them too', async () => {
    await loadFaxes(bed, 3, NOON + DAY, [
      { id: 1, at: NOON },
      { id: 2, at: NOON + 1000, cost: 0, pages: 2 },
      { id: 3, at: NOON + 2000, cost: 7 },
      { id: 4, at: NOON + 3000, cost: 7, receivedBy: NUMBERS.US, status: 'failure' },
      { id: 5, at: NOON + 4000, cost: 30, recipients: [[NUMBERS.none, 'failure']] },
    ]);
    await bed.tamper('update warehouse.faxes set cost_cents = null where account_id = $ACCOUNT and fax_id = 1');
    await bed.tamper('update warehouse.faxes set cost_cents = -7 where account_id = $ACCOUNT and fax_id = 3');
    const { findings } = await bed.check(costShape, { period: PERIOD, asOf: LATER });
    expect(findings).toEqual([
      { subject: 'fax 1', outcome: 'exception', reason: 'cost_missing', left: null, right: 7, cents: 0, owed: 0 },
      { subject: 'fax 2', outcome: 'exception', reason: 'cost_zero', left: 0, right: 14, cents: -14, owed: 0 },
      { subject: 'fax 3', outcome: 'exception', reason: 'cost_negative', left: -7, right: 7, cents: -14, owed: 0 },
      { subject: 'fax 4', outcome: 'exception', reason: 'charged_failure', left: 7, right: 0, cents: 7, owed: 7 },
      { subject: 'fax 5', outcome: 'exception', reason: 'charged_failure', left: 30, right: 0, cents: 30, owed: 30 },
    ]);
    for (const other of [creditDue, rateCard]) {
      const { findings: more } = await bed.check(other, {
        period: PERIOD,
        asOf: LATER,
        limits: { unratedShareMax: 1 },
      });
      expect(more, other.id).toEqual([]);
    }
  });

  it('finds the missing cost of a fax that succeeded in part', async () => {
    const recipients = [
      [NUMBERS.US, 'success'],
      [NUMBERS.US, 'failure'],
    ] as const;
    await loadFaxes(bed, 3, NOON + DAY, [{ id: 1, at: NOON, cost: 7, status: 'partialsuccess', recipients }]);
    await bed.tamper('update warehouse.faxes set cost_cents = null where account_id = $ACCOUNT');
    const asked = { period: PERIOD, asOf: LATER };
    expect((await bed.check(costShape, asked)).findings).toMatchObject([
      { subject: 'fax 1', outcome: 'exception', reason: 'cost_missing', right: 7 },
    ]);
    for (const other of [creditDue, rateCard]) expect((await bed.check(other, asked)).findings).toEqual([]);
  });

  it('explains a failure that may still be credited', async () => {
    const failed = [{ id: 5, at: NOON, cost: 30, recipients: [[NUMBERS.none, 'failure'] as const] }];
    await loadFaxes(bed, 3, NOON + DAY, failed);
    await loadFaxes(bed, 4, NOON + 35 * DAY, failed);
    const end = NOON + 60_000 + 35 * DAY;
    expect((await bed.check(costShape, { period: PERIOD, asOf: end - 1 })).findings).toMatchObject([
      { outcome: 'explained', reason: 'credit_pending', owed: 0 },
    ]);
    expect((await bed.check(costShape, { period: PERIOD, asOf: end })).findings).toMatchObject([
      { outcome: 'exception', reason: 'charged_failure', owed: 30 },
    ]);
  });

  it('takes a difference of exactly the tolerance, and not a cent more', async () => {
    await loadFaxes(bed, 3, NOON + DAY, [
      { id: 1, at: NOON, cost: 0 },
      { id: 2, at: NOON + 1000, cost: 7, receivedBy: NUMBERS.US, status: 'failure' },
    ]);
    const within = (amount: number) =>
      bed.check(costShape, { period: PERIOD, asOf: LATER, limits: { tolerances: { C13: { amount, share: null } } } });
    expect((await within(7)).results).toMatchObject([{ within: 2, exceptions: 0 }]);
    expect((await within(6)).results).toMatchObject([{ within: 0, exceptions: 2 }]);
  });

  it('leaves out test faxes, which show a cost and are not billed, and open ones', async () => {
    await loadFaxes(bed, 3, NOON + DAY, [
      { id: 1, at: NOON, cost: 0, isTest: true },
      { id: 2, at: NOON + 1000, cost: 7, recipients: [[NUMBERS.US, 'failure']], isTest: true },
      { id: 3, at: NOON + 2000, cost: 0, status: 'queued', endsAt: null },
    ]);
    expect(await bed.check(costShape, { period: PERIOD, asOf: LATER })).toEqual({ results: [], findings: [] });
  });

  itIsShown(() => bed, costShape);
});
