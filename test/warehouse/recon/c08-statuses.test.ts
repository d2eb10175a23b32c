import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { DAY_MS, HOUR_MS, toIso } from '../../../src/domain/time.ts';
import type { WireFaxV2 } from '../../../src/phaxio/wire.ts';
import { statusCoherence } from '../../../src/warehouse/recon/checks/c08-statuses.ts';
import { wireFax } from '../../support/landed.ts';
import { type CheckedScope, ReconBed } from '../../support/recon-bed.ts';
import { itIsShown } from '../../support/recon-shown.ts';

const START = Date.UTC(2026, 6, 10, 12);
const WINDOW = { after: START, before: START + HOUR_MS };
const [RECIPIENT] = wireFax(1, toIso(START)).recipients ?? [];

function fax(id: number, status: string, recipients: ReadonlyArray<string | null>): WireFaxV2 {
  const all = recipients.flatMap((of) => (RECIPIENT === undefined ? [] : [{ ...RECIPIENT, status: of }]));
  return wireFax(id, toIso(START + id * 1_000), { status, recipients: all });
}

let bed: ReconBed;
beforeAll(async () => {
  bed = await ReconBed.open();
});
afterAll(() => bed.close());
beforeEach(() => {
  bed.newAccount();
});

const listed = (data: readonly WireFaxV2[], observation = 1) =>
  bed.load({ observation, at: START + observation * DAY_MS, window: WINDOW }, data);

async function checked(scope: Partial<CheckedScope> = {}) {
  return bed.check(statusCoherence, { period: '2026-07', asOf: START + 9 * DAY_MS, ...scope });
}

const differs = (id: number, left: number, right: number) => ({
  subject: `fax ${id}`,
  outcome: 'exception',
  reason: 'status_differs',
  left,
  right,
  cents: 0,
  owed: 0,
});

describe('C8, status coherence', () => {
  it('passes all, none and some of the recipients by the status of the fax, and looks at no open fax', async () => {
    await listed([
      fax(1, 'success', ['success', 'success']),
      fax(2, 'failure', ['failure', 'failure']),
      fax(3, 'partialsuccess', ['failure', 'success']),
      fax(4, 'inprogress', ['success', 'failure']),
      fax(5, 'failure', [null]),
      wireFax(6, toIso(START), { direction: 'received', status: 'success', recipients: null }),
    ]);
    const { results, findings } = await checked();
    expect(findings).toEqual([]);
    expect(results).toMatchObject([{ outcome: 'pass', tested: 4 }]);
  });

  it('finds statuses that exclude each other', async () => {
    await listed([
      fax(1, 'success', ['success', 'failure']),
      fax(2, 'success', ['success', 'inprogress']),
      fax(3, 'failure', ['failure', 'success']),
      fax(4, 'partialsuccess', ['success', 'success']),
      fax(5, 'partialsuccess', ['failure', 'failure', 'failure']),
      fax(6, 'partialsuccess', ['success']),
    ]);
    expect((await checked()).findings).toEqual([
      differs(1, 1, 2),
      differs(2, 1, 2),
      differs(3, 1, 0),
      differs(4, 2, 1),
      differs(5, 0, 1),
      differs(6, 1, 0),
    ]);
  });

  it('takes a difference of the tolerance and not one more, in both directions', async () => {
    await listed([
      fax(1, 'success', ['success', 'failure', 'success']),
      fax(2, 'failure', ['success', 'failure']),
      fax(3, 'success', ['success', 'failure', 'failure']),
      fax(4, 'failure', ['success', 'success']),
    ]);
    const limits = { tolerances: { C8: { amount: 1, share: null } } };
    expect((await checked({ limits })).findings).toEqual([differs(3, 1, 3), differs(4, 2, 0)]);
  });

  it('cannot test a recipient whose status is not known', async () => {
    await listed([fax(1, 'success', ['success', 'heldforreview'])]);
    const { results, findings } = await checked();
    expect(findings).toEqual([]);
    expect(results).toMatchObject([{ outcome: 'not_testable', untestable: 1 }]);
  });

  it('cannot test what a look after the run has changed', async () => {
    await listed([fax(1, 'success', ['success', 'success'])]);
    await listed([fax(1, 'partialsuccess', ['success', 'failure'])], 3);
    expect((await checked({ asOf: START + 2 * DAY_MS })).results).toMatchObject([{ untestable: 1, exceptions: 0 }]);
    expect((await checked()).findings).toEqual([]);
  });

  itIsShown(() => bed, statusCoherence);
});
