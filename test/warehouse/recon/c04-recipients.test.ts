import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { DAY_MS, HOUR_MS, toIso } from '../../../src/domain/time.ts';
import type { WireFaxV2 } from '../../../src/phaxio/wire.ts';
import { recipientCompleteness } from '../../../src/warehouse/recon/checks/c04-recipients.ts';
import { wireFax } from '../../support/landed.ts';
import { type CheckedScope, ReconBed } from '../../support/recon-bed.ts';
import { itIsShown } from '../../support/recon-shown.ts';

const START = Date.UTC(2026, 6, 10, 12);
const WINDOW = { after: START, before: START + HOUR_MS };
const DONE = { ...wireFax(1, toIso(START)).recipients?.[0], status: 'success' } as NonNullable<
  WireFaxV2['recipients']
>[number];

const fax = (id: number, over: Partial<WireFaxV2> = {}) => wireFax(id, toIso(START + id * 1_000), over);
const ofMany = (id: number, recipients: number) =>
  fax(id, { status: 'success', recipients: Array.from({ length: recipients }, () => DONE) });

let bed: ReconBed;
beforeAll(async () => {
  bed = await ReconBed.open();
});
afterAll(() => bed.close());
beforeEach(() => {
  bed.newAccount();
});

const listed = (data: readonly WireFaxV2[]) => bed.load({ observation: 1, at: START + DAY_MS, window: WINDOW }, data);

async function findings(scope: Partial<CheckedScope> = {}) {
  const asOf = START + 2 * DAY_MS;
  return (await bed.check(recipientCompleteness, { period: '2026-07', asOf, ...scope })).findings;
}

const lose = (where: string) =>
  bed.tamper(`delete from warehouse.fax_recipients where account_id = $ACCOUNT and ${where}`);

describe('C4, recipient completeness', () => {
  it('passes where all recipients are stored, with received faxes that have none and sent ones that are not over', async () => {
    await listed([
      ofMany(1, 3),
      fax(2, { direction: 'received', status: 'success', recipients: null, to_number: '+14145550100' }),
      fax(3, { direction: 'received', status: 'success', recipients: [], to_number: '+14145550100' }),
      fax(4, { status: 'queued', recipients: [] }),
    ]);
    const { results, findings: found } = await bed.check(recipientCompleteness, {
      period: '2026-07',
      asOf: START + 2 * DAY_MS,
    });
    expect(found).toEqual([]);
    expect(results).toMatchObject([{ grain: '2026-07-10', outcome: 'pass', tested: 4 }]);
  });

  it('finds a recipient that is lost or added', async () => {
    await listed([ofMany(1, 3), ofMany(2, 1)]);
    await lose('fax_id = 1 and ordinal = 1');
    await bed.tamper(`
      insert into warehouse.fax_recipients (account_id, fax_id, ordinal) values ($ACCOUNT, 2, 1)`);
    const row = { outcome: 'exception', reason: 'recipients_differ', cents: 0, owed: 0 };
    expect(await findings()).toEqual([
      { ...row, subject: 'fax 1', left: 2, right: 3 },
      { ...row, subject: 'fax 2', left: 2, right: 1 },
    ]);
  });

  it('takes a difference of the tolerance and not one more, in both directions', async () => {
    await listed([ofMany(1, 3), ofMany(2, 1)]);
    const limits = { tolerances: { C4: { amount: 1, share: null } } };
    await lose('fax_id = 1 and ordinal = 1');
    await bed.tamper('insert into warehouse.fax_recipients (account_id, fax_id, ordinal) values ($ACCOUNT, 2, 1)');
    expect(await findings({ limits })).toEqual([]);
    await lose('fax_id = 1 and ordinal = 2');
    await bed.tamper('insert into warehouse.fax_recipients (account_id, fax_id, ordinal) values ($ACCOUNT, 2, 2)');
    expect(await findings({ limits })).toMatchObject([
      { subject: 'fax 1', left: 1, right: 3 },
      { subject: 'fax 2', left: 3, right: 1 },
    ]);
  });

  it('finds a sent fax that is over and has no recipient, and a received one that has some', async () => {
    await listed([
      fax(1, { status: 'success', recipients: [] }),
      fax(2, { direction: 'received', status: 'success', recipients: [DONE], to_number: '+14145550100' }),
    ]);
    expect(await findings()).toMatchObject([
      { subject: 'fax 1', outcome: 'exception', reason: 'no_recipients', left: 0, right: 1, cents: 0 },
      { subject: 'fax 2', outcome: 'exception', reason: 'received_has_recipients', left: 1, right: 0, cents: 0 },
    ]);
  });

  itIsShown(() => bed, recipientCompleteness);
});
