import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { DAY_MS, HOUR_MS, toIso } from '../../../src/domain/time.ts';
import { invoiceLines } from '../../../src/warehouse/recon/checks/c19-invoice.ts';
import { importInvoices } from '../../../src/warehouse/recon/import-invoices.ts';
import { wireFax } from '../../support/landed.ts';
import { ReconBed } from '../../support/recon-bed.ts';
import { itIsShown } from '../../support/recon-shown.ts';

const START = Date.UTC(2026, 6, 3, 12);
const WINDOW = { after: START, before: START + HOUR_MS };
const AS_OF = START + 40 * DAY_MS;
const SCOPE = { period: '2026-07', asOf: AS_OF };
const HEADING = 'invoice_id,issued_on,period,line_no,charge_kind,country,description,quantity,amount,tax';

let bed: ReconBed;
let looks = 0;
beforeAll(async () => {
  bed = await ReconBed.open();
});
afterAll(() => bed.close());
beforeEach(() => {
  looks = 0;
  bed.newAccount();
});

/** Loads faxes of these costs, to Wisconsin each, at one look an hour later. */
async function charge(...costs: readonly number[]): Promise<void> {
  looks += 1;
  const faxes = costs.map((cost, index) =>
    wireFax(looks * 100 + index, toIso(START + index * 1_000), { status: 'success', cost }),
  );
  await bed.load({ observation: looks, at: START + HOUR_MS, window: WINDOW }, faxes);
}

/** Shows a fax of {@link charge} again, failed and given back. */
async function credit({ id, second, to = '+14145550123' }: { id: number; second: number; to?: string }): Promise<void> {
  const [recipient] = wireFax(id, toIso(START)).recipients ?? [];
  if (recipient === undefined) throw new Error('the fax of the test has no recipient');
  await bed.load({ observation: 50, at: AS_OF - HOUR_MS }, [
    wireFax(id, toIso(START + second * 1_000), {
      status: 'failure',
      cost: 0,
      recipients: [{ ...recipient, phone_number: to }],
    }),
  ]);
}

function bill(...lines: readonly string[]): Promise<unknown> {
  const rows = lines.map((line, index) => `I-1,2026-08-06,2026-07,${index + 1},${line}`);
  return importInvoices(bed.pool, {
    account: bed.account,
    text: [HEADING, ...rows].join('\n'),
    importedBy: 'test',
    now: AS_OF - DAY_MS,
  });
}

describe('C19, the invoice', () => {
  it('passes where every line is what was charged, taxes left aside', async () => {
    await charge(700, 300);
    await bill('sent,,,2,10.00,false', 'sent,,tax,,0.83,true');
    const { results, findings } = await bed.check(invoiceLines, SCOPE);
    expect(findings).toEqual([]);
    expect(results.map(({ grain, outcome }) => [grain, outcome])).toEqual([
      ['line', 'pass'],
      ['total', 'pass'],
    ]);
  });

  it('finds a line that asks for more, and one that asks for less, each by itself', async () => {
    await charge(100_000);
    await bill('sent,,,1,1001.01,false');
    expect((await bed.check(invoiceLines, SCOPE)).findings).toEqual([
      expect.objectContaining({
        subject: 'line I-1/1',
        outcome: 'exception',
        reason: 'invoice_higher',
        left: 100_101,
        right: 100_000,
        cents: 101,
        owed: 101,
      }),
    ]);
    bed.newAccount();
    await charge(100_000);
    await bill('sent,,,1,998.99,false');
    expect((await bed.check(invoiceLines, SCOPE)).findings).toEqual([
      expect.objectContaining({ reason: 'invoice_lower', cents: -101, owed: 0 }),
    ]);
  });

  it.each([
    ['50 cents of 1000 dollars, over', 100_000, '1000.50', []],
    ['50 cents of 1000 dollars, under', 100_000, '999.50', []],
    ['51 cents of 1000 dollars', 100_000, '1000.51', ['line I-1/1']],
    ['a dollar of 4000', 400_000, '4001.00', []],
    ['a dollar and a cent of 4000', 400_000, '4001.01', ['line I-1/1']],
  ])('takes the stricter of amount and share: %s', async (_, cents, amount, subjects) => {
    await charge(cents);
    // The total has its own, stricter rule: a hundred lines of tax-free nothing widen it.
    await bill(`sent,,,1,${amount},false`, ...Array.from({ length: 120 }, () => 'rent,,,0,0.00,false'));
    const { findings } = await bed.check(invoiceLines, SCOPE);
    expect(findings.map(({ subject }) => subject)).toEqual(subjects);
  });

  it('finds what is off by more than a cent a line together, though each line passes', async () => {
    await charge(100_000);
    await bill('sent,,,1,1000.02,false');
    expect((await bed.check(invoiceLines, SCOPE)).findings).toEqual([
      expect.objectContaining({ subject: 'line I-1/total', reason: 'total_differs', cents: 2, owed: 2 }),
    ]);
    bed.newAccount();
    await charge(100_000);
    await bill('sent,,,1,1000.01,false');
    expect((await bed.check(invoiceLines, SCOPE)).findings).toEqual([]);
  });

  it('puts what no line names on the line without a country, and tells of what is on none', async () => {
    await charge(700);
    await bill('received,,,0,0.00,false');
    expect((await bed.check(invoiceLines, SCOPE)).findings).toEqual([
      expect.objectContaining({
        subject: 'line none: sent US',
        reason: 'not_invoiced',
        left: 0,
        right: 700,
        cents: -700,
        owed: 0,
      }),
    ]);
    bed.newAccount();
    await charge(700);
    await bill('sent,CA,,0,0.00,false', 'sent,,several countries,1,7.00,false');
    expect((await bed.check(invoiceLines, SCOPE)).findings).toEqual([]);
  });

  it('explains what was credited after the invoice was issued, and not a cent more', async () => {
    await charge(700, 300);
    await bed.load({ observation: 50, at: AS_OF - HOUR_MS, window: WINDOW }, [
      wireFax(100, toIso(START), { status: 'failure', cost: 0 }),
      wireFax(101, toIso(START + 1_000), { status: 'success', cost: 300 }),
    ]);
    await bill('sent,,,2,10.00,false');
    expect((await bed.check(invoiceLines, SCOPE)).findings).toEqual([
      expect.objectContaining({ outcome: 'explained', reason: 'credited_since', cents: 700, owed: 0 }),
    ]);
  });

  it('explains no excess that is less than the least credit since: it was given whole or not at all', async () => {
    await charge(700, 300);
    await bed.load({ observation: 50, at: AS_OF - HOUR_MS, window: WINDOW }, [
      wireFax(100, toIso(START), { status: 'failure', cost: 0 }),
      wireFax(101, toIso(START + 1_000), { status: 'success', cost: 300 }),
    ]);
    await bill('sent,,,2,9.50,false');
    expect((await bed.check(invoiceLines, SCOPE)).findings).toEqual([
      expect.objectContaining({
        outcome: 'exception',
        reason: 'invoice_higher',
        left: 950,
        right: 300,
        cents: 650,
        owed: 650,
      }),
    ]);
  });

  it('explains no more of an excess than whole credits can come to, whatever lies between the least and the sum', async () => {
    const credited = async () => {
      await charge(700, 280, 420);
      await bed.load({ observation: 50, at: AS_OF - HOUR_MS, window: WINDOW }, [
        wireFax(100, toIso(START), { status: 'success', cost: 700 }),
        wireFax(101, toIso(START + 1_000), { status: 'failure', cost: 0 }),
        wireFax(102, toIso(START + 2_000), { status: 'failure', cost: 0 }),
      ]);
    };
    await credited();
    await bill('sent,,,3,12.00,false');
    expect((await bed.check(invoiceLines, SCOPE)).findings).toEqual([
      expect.objectContaining({
        outcome: 'exception',
        reason: 'invoice_higher',
        left: 1200,
        right: 1120,
        cents: 80,
        owed: 80,
      }),
    ]);
    bed.newAccount();
    looks = 0;
    await credited();
    await bill('sent,,,3,11.20,false');
    expect((await bed.check(invoiceLines, SCOPE)).findings).toEqual([
      expect.objectContaining({ outcome: 'explained', reason: 'credited_since', cents: 420, owed: 0 }),
    ]);
  });

  it('explains the credit of one recipient where a look showed those of two at once', async () => {
    await charge(50_000);
    const [recipient] = wireFax(900, toIso(START)).recipients ?? [];
    if (recipient === undefined) throw new Error('the fax of the test has no recipient');
    const failed = (cost: number, observation: number, at: number) =>
      bed.load({ observation, at }, [
        wireFax(900, toIso(START), {
          status: 'failure',
          cost,
          recipients: [
            { ...recipient, status: 'failure' },
            { ...recipient, status: 'failure' },
          ],
        }),
      ]);
    await failed(600, 40, START + 2 * HOUR_MS);
    await failed(0, 50, AS_OF - HOUR_MS);
    await bill('sent,,,2,503.00,false');
    expect((await bed.check(invoiceLines, SCOPE)).findings).toEqual([
      expect.objectContaining({ outcome: 'explained', reason: 'credited_since', cents: 300, owed: 0 }),
    ]);
  });

  it('asks back what is billed beyond the credits that came since', async () => {
    await charge(50_000, 900);
    await credit({ id: 101, second: 1 });
    await bill('sent,,,2,514.00,false');
    expect((await bed.check(invoiceLines, SCOPE)).findings).toEqual([
      expect.objectContaining({ reason: 'invoice_higher', left: 51_400, right: 50_900, cents: 500, owed: 500 }),
    ]);
  });

  it('tells a line beyond its tolerance by what the credits since do not explain of it, however little that is', async () => {
    await charge(500_000, 900);
    await credit({ id: 101, second: 1 });
    await bill('sent,,,2,5009.50,false');
    expect((await bed.check(invoiceLines, SCOPE)).findings).toEqual([
      expect.objectContaining({ outcome: 'exception', left: 500_950, right: 500_900, cents: 50, owed: 50 }),
    ]);
  });

  it('counts a small credit since not as a total that differs', async () => {
    await charge(50_000, 14);
    await credit({ id: 101, second: 1 });
    await bill('sent,,,2,500.14,false');
    expect((await bed.check(invoiceLines, SCOPE)).findings).toEqual([]);
  });

  it('explains a line that has a credit which no look has shown yet, while one may come', async () => {
    await charge(50_000);
    await bed.load({ observation: 40, at: START + 2 * HOUR_MS }, [
      wireFax(900, toIso(START), {
        status: 'failure',
        cost: 700,
        completed_at: toIso(START + HOUR_MS),
        recipients: wireFax(900, toIso(START)).recipients?.map((one) => ({ ...one, status: 'failure' })) ?? [],
      }),
    ]);
    await bill('sent,,,2,500.00,false');
    const pending = await bed.check(invoiceLines, { ...SCOPE, limits: { creditDays: 39 } });
    expect(pending.findings).toEqual([
      expect.objectContaining({ outcome: 'explained', reason: 'credit_awaited', cents: -700, owed: 0 }),
    ]);
    expect((await bed.check(invoiceLines, { ...SCOPE, limits: { creditDays: 37 } })).findings).toEqual([
      expect.objectContaining({ outcome: 'exception', reason: 'invoice_lower', cents: -700 }),
    ]);
  });

  it('lets a credit explain the line of its own country only', async () => {
    await charge(50_000, 900);
    await credit({ id: 101, second: 1, to: '+442071234567' });
    await bill('sent,GB,,1,9.00,false', 'sent,,,1,505.00,false');
    expect((await bed.check(invoiceLines, SCOPE)).findings).toEqual([
      expect.objectContaining({ subject: 'line I-1/1', outcome: 'explained', cents: 900, owed: 0 }),
      expect.objectContaining({ subject: 'line I-1/2', outcome: 'exception', cents: 500, owed: 500 }),
    ]);
  });

  it('takes each line by the day its own invoice was issued: what was credited before explains nothing', async () => {
    await charge(50_000, 900);
    await credit({ id: 101, second: 1, to: '+442071234567' });
    const [early, late] = ['2026-08-06', toIso(AS_OF + DAY_MS).slice(0, 10)];
    await importInvoices(bed.pool, {
      account: bed.account,
      text: [
        HEADING,
        `I-1,${early},2026-07,1,sent,,,1,500.00,false`,
        `I-2,${late},2026-07,1,sent,GB,,1,9.00,false`,
      ].join('\n'),
      importedBy: 'test',
      now: AS_OF,
    });
    expect((await bed.check(invoiceLines, SCOPE)).findings).toEqual([
      expect.objectContaining({ subject: 'line I-2/1', outcome: 'exception', reason: 'invoice_higher', owed: 900 }),
    ]);
  });

  it('adds up what several invoices of the month have of one kind, under the line that was imported first', async () => {
    await charge(50_000);
    await bill('rent,,,0,0.00,false', 'sent,,,1,510.00,false');
    const found = (owed: number) => [expect.objectContaining({ subject: 'line I-1/2', owed })];
    expect((await bed.check(invoiceLines, SCOPE)).findings).toEqual(found(1_000));
    await importInvoices(bed.pool, {
      account: bed.account,
      text: [HEADING, 'CREDIT-1,2026-08-08,2026-07,1,sent,,,-1,-6.00,false'].join('\n'),
      importedBy: 'test',
      now: AS_OF - HOUR_MS,
    });
    expect((await bed.check(invoiceLines, SCOPE)).findings).toEqual(found(400));
  });

  it('asks for no country of a rent', async () => {
    await charge(700);
    await bed.tamper(`insert into warehouse.phone_number_charges (account_id, phone_number, billed_at, cost_cents, observation_no, observed_at)
      values ($ACCOUNT, '+14145550123', '2026-07-10T00:00:00Z', 200, 1, '2026-07-10T01:00:00Z')`);
    await bill('sent,,,1,7.00,false', 'rent,US,,1,2.00,false');
    expect((await bed.check(invoiceLines, SCOPE)).findings).toEqual([]);
  });

  it('tests nothing where no invoice of the month was imported by then', async () => {
    await charge(700);
    await bill('sent,,,1,9.00,false');
    const before = await bed.check(invoiceLines, { ...SCOPE, asOf: AS_OF - 2 * DAY_MS });
    expect(before.results).toMatchObject([{ outcome: 'not_testable', tested: 0, untestable: 1 }]);
  });

  itIsShown(() => bed, invoiceLines);
});
