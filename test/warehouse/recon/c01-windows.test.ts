import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { DAY_MS, HOUR_MS, toIso } from '../../../src/domain/time.ts';
import type { WireFaxV2 } from '../../../src/phaxio/wire.ts';
import { windowCompleteness } from '../../../src/warehouse/recon/checks/c01-windows.ts';
import type { LandedSpec } from '../../support/landed.ts';
import { wireFax } from '../../support/landed.ts';
import { type CheckedScope, ReconBed } from '../../support/recon-bed.ts';
import { itIsShown } from '../../support/recon-shown.ts';

/** July 2026 as the bill has it: midnight in Chicago is 05:00 UTC. */
const JULY = { after: Date.UTC(2026, 6, 1, 5), before: Date.UTC(2026, 7, 1, 5) };
const START = Date.UTC(2026, 6, 10, 12);
const AUGUST = JULY.before + 10 * DAY_MS;

const fax = (id: number, cost: number, over: Partial<WireFaxV2> = {}) =>
  wireFax(id, toIso(START + id * 1_000), { status: 'success', cost, ...over });

let bed: ReconBed;
beforeAll(async () => {
  bed = await ReconBed.open();
});
afterAll(() => bed.close());
beforeEach(() => {
  bed.newAccount();
});

/** One look; by default a listing of all of July. */
function load(spec: Partial<LandedSpec> & { observation: number; at: number }, data: unknown): Promise<void> {
  return bed.load({ window: (spec.kind ?? 'slice') === 'slice' ? JULY : null, ...spec }, data);
}

async function findings(scope: Partial<CheckedScope> = {}) {
  return (await bed.check(windowCompleteness, { period: '2026-07', asOf: AUGUST, ...scope })).findings;
}

async function counts(scope: Partial<CheckedScope> = {}) {
  const { results } = await bed.check(windowCompleteness, { period: '2026-07', asOf: AUGUST, ...scope });
  const sum = (of: (row: (typeof results)[number]) => number) => results.reduce((total, row) => total + of(row), 0);
  return {
    tested: sum(({ tested }) => tested),
    exceptions: sum((row) => row.exceptions),
    untestable: sum((row) => row.untestable),
  };
}

/** Removes a fax with all its rows. */
async function lose(faxId: number): Promise<void> {
  for (const table of ['faxes', 'fax_history', 'fax_recipients', 'fax_barcodes']) {
    await bed.tamper(`delete from warehouse.${table} where account_id = $ACCOUNT and fax_id = ${faxId}`);
  }
}

const window = (subject: string, over: object) => ({
  subject: `window ${subject}`,
  outcome: 'exception',
  reason: 'count_differs',
  owed: 0,
  ...over,
});

describe('C1, window completeness', () => {
  it('passes where the last listing is what is stored', async () => {
    await load({ observation: 1, at: START + HOUR_MS, window: { after: START, before: START + HOUR_MS } }, [
      fax(1, 14),
    ]);
    await load({ observation: 2, at: AUGUST }, [fax(1, 7), fax(2, 7)]);
    expect(await findings()).toEqual([]);
    // The month's cover and the one listing that is the last.
    expect(await counts()).toEqual({ tested: 2, exceptions: 0, untestable: 0 });
  });

  it('passes over later changes of cost, faxes that the listing missed, and faxes first seen later', async () => {
    await load({ observation: 1, at: START + HOUR_MS }, [fax(1, 7), fax(2, 7), fax(9, 3)]);
    await load({ observation: 2, at: AUGUST - 3 * DAY_MS }, [fax(1, 7), fax(2, 7)]);
    await load({ observation: 3, at: AUGUST - 2 * DAY_MS, kind: 'lookup' }, fax(2, 5));
    await load({ observation: 4, at: AUGUST - 2 * DAY_MS, kind: 'lookup' }, fax(4, 20));
    expect(await findings()).toEqual([]);
    await bed.tamper('delete from ops.fax_looks where account_id = $ACCOUNT and fax_id = 4');
    expect(await findings()).toEqual([]);
  });

  it('finds a fax that is lost from a window, with its cents', async () => {
    await load({ observation: 1, at: AUGUST }, [fax(1, 7), fax(2, 7), fax(3, 9)]);
    await lose(3);
    expect(await findings()).toEqual([window('1', { left: 2, right: 3, cents: -9 })]);
  });

  it('tells of a window that reaches over months in the earliest of those that are run and not closed', async () => {
    const both = { after: JULY.after, before: JULY.before + 9 * DAY_MS };
    await load({ observation: 1, at: AUGUST, window: both }, [fax(1, 7), fax(2, 7)]);
    await lose(2);
    const [july, august] = [{ period: '2026-07' }, { period: '2026-08' }];
    const told = window('1', { left: 1, right: 2, cents: -7 });
    const untold = { ...told, outcome: 'explained', reason: 'other_month' };
    expect(await findings(august)).toEqual([told]);
    await bed.tamper(`
      insert into recon.periods (account_id, period, state, settles_on, changed_at)
      select $ACCOUNT, p::date, 'open', p::date, p::date from unnest(array['2026-07-01', '2026-08-01']) p`);
    expect(await findings(july)).toEqual([told]);
    expect(await findings(august)).toEqual([untold]);
    await bed.tamper(`update recon.periods set state = 'closed' where account_id = $ACCOUNT and period = '2026-07-01'`);
    expect(await findings(july)).toEqual([untold]);
    expect(await findings(august)).toEqual([told]);
  });

  it('finds a window of which nothing is stored any more', async () => {
    await load({ observation: 1, at: AUGUST }, [fax(1, 7), fax(2, 7)]);
    await lose(1);
    await lose(2);
    expect(await findings()).toEqual([window('1', { left: 0, right: 2, cents: -14 })]);
  });

  it('finds a fax that is there twice', async () => {
    await load({ observation: 1, at: AUGUST }, [fax(1, 7)]);
    await bed.tamper(`
      insert into warehouse.faxes (account_id, fax_id, created_at, observed_at, observation_no, content_hash, cost_cents, stage, observed_via)
      select account_id, 30, created_at, observed_at, observation_no, content_hash, 9, stage, observed_via
      from warehouse.faxes where account_id = $ACCOUNT and fax_id = 1`);
    await bed.tamper(`
      insert into warehouse.fax_history
      select account_id, 30, observation_no, observed_at, 9, 9, num_pages, stage, observed_via, status
      from warehouse.fax_history where account_id = $ACCOUNT and fax_id = 1`);
    expect(await findings()).toEqual([window('1', { left: 2, right: 1, cents: 9 })]);
  });

  it('takes a difference of the tolerance and not one more, in both directions', async () => {
    await load({ observation: 1, at: AUGUST }, [fax(1, 7), fax(2, 7), fax(3, 9)]);
    await lose(3);
    const limits = { tolerances: { C1: { amount: 1, share: null } } };
    expect(await findings({ limits })).toEqual([]);
    await lose(2);
    expect(await findings({ limits })).toMatchObject([{ left: 1, right: 3 }]);
    await bed.tamper('update ops.slices set record_count = 0 where account_id = $ACCOUNT');
    expect(await findings({ limits })).toEqual([]);
    await bed.tamper('update ops.slices set record_count = -1 where account_id = $ACCOUNT');
    expect(await findings({ limits })).toMatchObject([{ left: 1, right: -1 }]);
  });

  it('finds a cost that was altered together with its history', async () => {
    await load({ observation: 1, at: AUGUST }, [fax(1, 7), fax(2, 7)]);
    await bed.tamper('update warehouse.faxes set cost_cents = 4 where account_id = $ACCOUNT and fax_id = 1');
    await bed.tamper(
      'update warehouse.fax_history set cost_cents = 4, cost_delta_cents = 4 where account_id = $ACCOUNT and fax_id = 1',
    );
    expect(await findings()).toEqual([window('1', { reason: 'cents_differ', left: 2, right: 2, cents: -3 })]);
  });

  it('holds a listing that later ones cover only in part, and none that they cover together', async () => {
    const middle = START + 2_500;
    await load({ observation: 1, at: AUGUST - 2 * DAY_MS }, [fax(1, 7), fax(2, 7), fax(3, 9)]);
    await load({ observation: 2, at: AUGUST - DAY_MS, window: { after: JULY.after, before: middle } }, [
      fax(1, 7),
      fax(2, 0),
    ]);
    expect(await counts()).toMatchObject({ tested: 3 });
    await load({ observation: 3, at: AUGUST - DAY_MS, window: { after: middle, before: JULY.before } }, [fax(3, 8)]);
    expect(await counts()).toMatchObject({ tested: 3, exceptions: 0 });
    await lose(2);
    expect(await findings()).toEqual([window('2', { left: 1, right: 2, cents: 0 })]);
  });

  it('leaves to the check of orphans what lost its row and kept its history', async () => {
    await load({ observation: 1, at: AUGUST }, [fax(1, 7), fax(2, 7), fax(3, 9)]);
    await bed.tamper('delete from warehouse.faxes where account_id = $ACCOUNT and fax_id = 2');
    expect(await findings()).toEqual([
      window('1', { outcome: 'explained', reason: 'rows_without_fax', left: 2, right: 3, cents: -7 }),
    ]);
    // Their cents are known by their history, so another cost of the window that is altered still shows.
    await bed.tamper('update warehouse.faxes set cost_cents = 8 where account_id = $ACCOUNT and fax_id = 1');
    await bed.tamper(
      'update warehouse.fax_history set cost_delta_cents = 8 where account_id = $ACCOUNT and fax_id = 1',
    );
    expect(await findings()).toEqual([window('1', { reason: 'cents_differ', left: 3, right: 3, cents: 1 })]);
  });

  it('leaves to the check of uniqueness a history that does not sum to its cost, and still sees another cost altered', async () => {
    await load({ observation: 1, at: AUGUST - DAY_MS }, [fax(1, 7), fax(2, 7), fax(3, 9)]);
    await load({ observation: 2, at: AUGUST, kind: 'lookup' }, fax(3, 8));
    await bed.tamper(
      'update warehouse.fax_history set cost_delta_cents = 8 where account_id = $ACCOUNT and fax_id = 1',
    );
    const seen = { left: 3, right: 3 };
    expect(await findings()).toEqual([
      window('1', { ...seen, outcome: 'explained', reason: 'history_differs', cents: 1 }),
    ]);
    await bed.tamper('update warehouse.faxes set cost_cents = 5 where account_id = $ACCOUNT and fax_id = 2');
    await bed.tamper(
      'update warehouse.fax_history set cost_delta_cents = 5 where account_id = $ACCOUNT and fax_id = 2',
    );
    expect(await findings()).toEqual([window('1', { ...seen, reason: 'cents_differ', cents: -1 })]);
  });

  it('cannot test a listing that was worth less than what was known, or of which a value was refused', async () => {
    await load({ observation: 1, at: START + HOUR_MS, kind: 'lookup' }, fax(1, 7));
    await load({ observation: 2, at: AUGUST }, [fax(1, 9, { status: 'inprogress' }), fax(2, 7)]);
    expect(await counts()).toEqual({ tested: 1, exceptions: 0, untestable: 1 });
    bed.newAccount();
    await load({ observation: 1, at: START + HOUR_MS }, [fax(1, 7), fax(2, 7)]);
    await load({ observation: 2, at: AUGUST }, [fax(1, 7), fax(2, -7)]);
    expect(await counts()).toEqual({ tested: 1, exceptions: 0, untestable: 1 });
  });

  it('finds what of the month no listing covers, from the first listing on', async () => {
    const part = (from: number, to: number) => ({
      after: JULY.after + from * DAY_MS,
      before: JULY.after + to * DAY_MS,
    });
    await load({ observation: 1, at: AUGUST, window: part(2, 5) }, []);
    await load({ observation: 2, at: AUGUST, window: part(6, 40) }, []);
    expect(await findings()).toEqual([
      window('gap:2026-07-06T05:00:00Z', { reason: 'not_listed', left: null, right: null, cents: 0 }),
    ]);
    expect(await counts()).toEqual({ tested: 3, exceptions: 1, untestable: 1 });
    await load({ observation: 3, at: AUGUST, window: part(5, 6) }, []);
    expect(await findings()).toEqual([]);
  });

  it('counts from where the backfill began, not from what trailing passes listed before it', async () => {
    const part = (from: number, to: number) => ({
      after: JULY.after + from * DAY_MS,
      before: JULY.after + to * DAY_MS,
    });
    await load({ observation: 1, at: AUGUST, window: part(0, 2) }, []);
    await load({ observation: 2, at: AUGUST, window: part(9, 12) }, []);
    await load({ observation: 3, at: AUGUST, window: part(15, 40) }, []);
    await bed.tamper(`update ops.slices set pass = '+35d' where account_id = $ACCOUNT and observation_no = 1`);
    await bed.tamper(`update ops.slices set pass = 'backfill' where account_id = $ACCOUNT and observation_no = 2`);
    const gap = window('gap:2026-07-13T05:00:00Z', { reason: 'not_listed', left: null, right: null, cents: 0 });
    // While the backfill goes on, what it has still before it is not missing.
    expect(await findings()).toEqual([]);
    expect(await counts()).toMatchObject({ exceptions: 0, untestable: 2 });
    expect(await findings({ asOf: AUGUST + 27 * HOUR_MS })).toEqual([gap]);
  });

  it('waits for the end of what is listed so far, and no longer than a mirror may be late', async () => {
    const asOf = START + DAY_MS;
    await load({ observation: 1, at: START, window: { after: JULY.after, before: START } }, []);
    expect(await counts({ asOf })).toEqual({ tested: 1, exceptions: 0, untestable: 1 });
    expect(await counts({ asOf: START + HOUR_MS })).toEqual({ tested: 2, exceptions: 0, untestable: 0 });
    expect(await findings({ asOf: START + 26 * HOUR_MS })).toEqual([]);
    expect(await findings({ asOf: START + 26 * HOUR_MS + 1 })).toMatchObject([
      { subject: 'window gap:2026-07-10T12:00:00Z', reason: 'not_listed' },
    ]);
  });

  it('finds a listing that missed too many faxes to be believed, until a later one shows them', async () => {
    const all = Array.from({ length: 20 }, (_, index) => fax(index + 1, 7));
    await load({ observation: 1, at: START + DAY_MS }, all);
    await load({ observation: 2, at: AUGUST - DAY_MS }, all.slice(6));
    expect(await findings()).toEqual([window('2', { reason: 'not_believed', left: 14, right: 20, cents: 0 })]);
    await load({ observation: 3, at: AUGUST }, all);
    expect(await findings()).toEqual([]);
  });

  it('takes a part of the month as unclear that was listed with a refused record', async () => {
    await load({ observation: 1, at: AUGUST, window: { after: JULY.after, before: START } }, []);
    await load({ observation: 2, at: AUGUST, window: { after: START, before: JULY.before } }, [
      { ...fax(1, 7), id: null },
    ]);
    expect(await findings()).toEqual([]);
    expect(await counts()).toMatchObject({ exceptions: 0, untestable: 1 });
  });

  it('knows nothing of looks made after the run or of another account', async () => {
    await load({ observation: 1, at: AUGUST - 2 * DAY_MS }, [fax(1, 7)]);
    await load({ observation: 2, at: AUGUST }, [fax(1, 5), fax(2, 7)]);
    await bed.tamper('update ops.slices set record_count = 9 where account_id = $ACCOUNT and observation_no = 2');
    expect(await findings({ asOf: AUGUST - DAY_MS })).toEqual([]);
    expect(await findings()).toMatchObject([{ subject: 'window 2' }]);
    const before = bed.account;
    bed.newAccount();
    await load({ observation: 1, at: AUGUST }, [fax(1, 7)]);
    expect(before).not.toBe(bed.account);
    expect(await findings()).toEqual([]);
  });

  itIsShown(() => bed, windowCompleteness);
});
