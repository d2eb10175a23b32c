import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { DAY_MS, HOUR_MS, toIso } from '../../../src/domain/time.ts';
import { quarantine } from '../../../src/warehouse/recon/checks/c24-quarantine.ts';
import { wireFax } from '../../support/landed.ts';
import { ReconBed } from '../../support/recon-bed.ts';
import { itIsShown } from '../../support/recon-shown.ts';

const START = Date.UTC(2026, 6, 3, 12);
const WINDOW = { after: START, before: START + HOUR_MS };
const SCOPE = { period: '2026-07', asOf: START + 2 * DAY_MS };

let bed: ReconBed;
beforeAll(async () => {
  bed = await ReconBed.open();
});
afterAll(() => bed.close());
beforeEach(() => bed.newAccount());

const good = (id: number, cost: number) => wireFax(id, toIso(START + id * 1_000), { status: 'success', cost });

describe('C24, the quarantine', () => {
  it('passes where nothing is set aside', async () => {
    await bed.load({ observation: 1, at: START + HOUR_MS, window: WINDOW }, [good(1, 7)]);
    expect(await bed.check(quarantine, SCOPE)).toMatchObject({
      results: [{ outcome: 'pass', tested: 1 }],
      findings: [],
    });
  });

  it('finds a record that could not be read, with the cost of a usual fax at stake', async () => {
    const { id: _, ...nameless } = good(3, 7);
    await bed.load({ observation: 1, at: START + HOUR_MS, window: WINDOW }, [
      good(1, 7),
      good(2, 11),
      good(4, 900),
      nameless,
    ]);
    expect((await bed.check(quarantine, SCOPE)).findings).toEqual([
      {
        subject: 'stream faxes/fax/record/missing_id',
        outcome: 'exception',
        reason: 'set_aside',
        left: 1,
        right: 0,
        cents: 11,
        owed: 0,
      },
    ]);
  });

  it('finds a cost that could not be read, and leaves its money to the check of costs', async () => {
    await bed.load({ observation: 1, at: START + HOUR_MS, window: WINDOW }, [good(1, 7), good(2, -7)]);
    expect((await bed.check(quarantine, SCOPE)).findings).toEqual([
      expect.objectContaining({ subject: 'stream faxes/fax/value/negative_cost', reason: 'set_aside', cents: 0 }),
    ]);
  });

  it('tells of texts without a character and holds nothing up for them', async () => {
    await bed.load({ observation: 1, at: START + HOUR_MS, window: WINDOW }, [
      { ...good(1, 7), tags: { department: 'a\u0000b' } },
    ]);
    expect((await bed.check(quarantine, SCOPE)).findings).toEqual([
      expect.objectContaining({ outcome: 'explained', reason: 'no_money', cents: 0 }),
    ]);
  });

  it('lets as many pass as the settings allow, and not one more', async () => {
    await bed.load({ observation: 1, at: START + HOUR_MS, window: WINDOW }, [good(1, -1), good(2, -1), good(3, 7)]);
    const within = await bed.check(quarantine, {
      ...SCOPE,
      limits: { tolerances: { C24: { amount: 2, share: null } } },
    });
    expect(within).toMatchObject({ results: [{ outcome: 'within_tolerance', within: 1 }], findings: [] });
    const beyond = await bed.check(quarantine, {
      ...SCOPE,
      limits: { tolerances: { C24: { amount: 1, share: null } } },
    });
    expect(beyond.findings).toHaveLength(1);
  });

  it('counts a kind once: in the month it was seen first, or in the oldest open one once that is closed', async () => {
    await bed.load({ observation: 1, at: START + HOUR_MS, window: WINDOW }, [good(1, -7)]);
    const later = { period: '2026-08', asOf: START + 40 * DAY_MS };
    const month = (period: string, state: string) =>
      bed.tamper(
        `insert into recon.periods (account_id, period, state, settles_on, changed_at)
         values ($ACCOUNT, '${period}', '${state}', '${period}', now()) on conflict (account_id, period) do update set state = excluded.state`,
      );
    await month('2026-07-01', 'settling');
    await month('2026-08-01', 'open');
    expect((await bed.check(quarantine, SCOPE)).findings).toHaveLength(1);
    expect((await bed.check(quarantine, later)).findings).toEqual([]);
    await month('2026-07-01', 'closed');
    expect((await bed.check(quarantine, SCOPE)).findings).toEqual([]);
    expect((await bed.check(quarantine, later)).findings).toHaveLength(1);
  });

  it('stays with the month it was closed with, until there is more of it', async () => {
    await bed.load({ observation: 1, at: START + HOUR_MS, window: WINDOW }, [good(1, -7)]);
    const later = { period: '2026-08', asOf: START + 40 * DAY_MS };
    await bed.tamper(`insert into recon.periods (account_id, period, state, settles_on, changed_at)
      values ($ACCOUNT, '2026-07-01', 'closed', '2026-08-06', now()), ($ACCOUNT, '2026-08-01', 'open', '2026-09-06', now())`);
    await bed.tamper(`insert into recon.items (account_id, period, check_id, subject_kind, subject_id, grain, reason, severity, state, actual, cents, owed_cents,
        decided_by, opened_at, opened_run_id, changed_at, changed_run_id)
      values ($ACCOUNT, '2026-07-01', 'C24', 'stream', 'faxes/fax/value/negative_cost', 'period', 'set_aside', 'error', 'accepted', 1, 0, 0,
        'Anna', now(), 1, now(), 1)`);
    expect((await bed.check(quarantine, SCOPE)).findings).toHaveLength(1);
    expect((await bed.check(quarantine, later)).findings).toEqual([]);
    await bed.load({ observation: 2, at: START + 39 * DAY_MS, window: WINDOW }, [good(1, -7), good(2, -7)]);
    expect((await bed.check(quarantine, SCOPE)).findings).toEqual([]);
    expect((await bed.check(quarantine, later)).findings).toMatchObject([{ left: 2 }]);
  });

  it('knows nothing of what was set aside later', async () => {
    await bed.load({ observation: 1, at: START + 3 * DAY_MS, window: WINDOW }, [good(1, -7)]);
    expect((await bed.check(quarantine, SCOPE)).findings).toEqual([]);
  });

  itIsShown(() => bed, quarantine);
});
