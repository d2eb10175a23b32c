import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { HOUR_MS, toIso } from '../../../src/domain/time.ts';
import { World } from '../../../src/simulator/world.ts';
import { parseCsv } from '../../../src/warehouse/recon/csv.ts';
import type { ImportError } from '../../../src/warehouse/recon/import-file.ts';
import { importInvoices } from '../../../src/warehouse/recon/import-invoices.ts';
import { importReceipts } from '../../../src/warehouse/recon/import-receipts.ts';
import { wireFax } from '../../support/landed.ts';
import { ReconBed } from '../../support/recon-bed.ts';

const START = Date.UTC(2026, 6, 3, 12);
const NOW = Date.UTC(2026, 7, 6);
const HEADING = 'invoice_id,issued_on,period,line_no,charge_kind,country,description,quantity,amount,tax';
const LINE = 'I-1,2026-08-06,2026-07,1,sent,US,"Faxes, sent",12,1234.50,false';

let bed: ReconBed;
beforeAll(async () => {
  bed = await ReconBed.open();
});
afterAll(() => bed.close());
beforeEach(async () => {
  bed.newAccount();
  await bed.load({ observation: 1, at: START + HOUR_MS, window: { after: START, before: START + HOUR_MS } }, [
    wireFax(1, toIso(START + 1_000)),
  ]);
});

const invoices = (...rows: readonly string[]) =>
  importInvoices(bed.pool, {
    account: bed.account,
    text: [HEADING, ...rows].join('\n'),
    importedBy: 'A. Meier',
    now: NOW,
  });
const receipts = (...rows: readonly string[]) =>
  importReceipts(bed.pool, {
    account: bed.account,
    text: ['receipt_id,paid_at,amount,method,note', ...rows].join('\r\n'),
    importedBy: 'A. Meier',
    now: NOW,
  });
const stored = async (table: string) =>
  (
    await bed.pool.query(
      `select * from recon.${table} where account_id = (select account_id from warehouse.accounts where account_key = $1) order by 2, 3`,
      [bed.account],
    )
  ).rows;

async function faultsOf(work: Promise<unknown>): Promise<{ code: string; message: string }> {
  const error = await work.then(
    () => null,
    (thrown: ImportError) => thrown,
  );
  if (error === null) throw new Error('it was imported');
  return { code: error.code, message: error.message };
}

describe('parseCsv', () => {
  it('reads back whatever was written, quotes, commas and line breaks included', () => {
    const cell = fc.string({ unit: fc.constantFrom('a', 'ö', ' ', ',', '"', '\n', '\r', ';', '1'), maxLength: 8 });
    const table = fc.array(fc.array(cell, { minLength: 2, maxLength: 4 }), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(table, fc.constantFrom('\n', '\r\n'), fc.boolean(), (cells, end, hasMark) => {
        const width = cells[0]?.length ?? 0;
        const rows = cells.map((row) => Array.from({ length: width }, (_, at) => row[at] ?? ''));
        const heading = Array.from({ length: width }, (_, at) => `c${at}`);
        const quoted = rows.map((row) => row.map((value) => `"${value.replaceAll('"', '""')}"`).join(','));
        const read = parseCsv(`${hasMark ? '\ufeff' : ''}${[heading.join(','), ...quoted].join(end)}${end}`);
        expect(read.faults).toEqual([]);
        expect(read.rows.map(({ fields }) => heading.map((name) => fields[name]))).toEqual(rows);
      }),
    );
  });

  it('names the line of what is no CSV, and guesses nothing', () => {
    const { rows, faults } = parseCsv('a,b\n1,2\n3\n"4\nfour",5\n6,x"y\n7,"8"9\n10,"11');
    expect(rows.map(({ line, fields }) => [line, fields['a'], fields['b']])).toEqual([
      [2, '1', '2'],
      [4, '4\nfour', '5'],
    ]);
    expect(faults).toEqual([
      { line: 3, fault: 'has 1 field, the heading 2' },
      { line: 6, fault: 'has a quote in a field that does not begin with one' },
      { line: 7, fault: 'has text behind a closing quote' },
      { line: 8, fault: 'has a quoted field without an end' },
    ]);
    expect(parseCsv('').faults).toEqual([{ line: 1, fault: 'there is no heading' }]);
  });

  it('ends for any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('"', ',', '\n', '\r', 'a'), maxLength: 40 }), (text) => {
        expect(parseCsv(text).rows.length).toBeLessThanOrEqual(text.length);
      }),
    );
  });
});

describe('importInvoices', () => {
  it('keeps every line as it was written, amounts to the cent', async () => {
    expect(await invoices(LINE, 'I-1,2026-08-06,2026-07,2,rent,,,3,-0.05,true')).toEqual({
      invoices: 1,
      lines: 2,
      skipped: 0,
    });
    expect(await stored('invoices')).toMatchObject([
      { invoice_id: 'I-1', period: '2026-07-01', issued_on: '2026-08-06', line_count: 2, total_cents: '123445' },
    ]);
    expect(await stored('invoice_lines')).toMatchObject([
      {
        charge_kind: 'sent',
        country: 'US',
        description: 'Faxes, sent',
        quantity: '12',
        cents: '123450',
        is_tax: false,
      },
      { charge_kind: 'rent', country: null, description: null, quantity: '3', cents: '-5', is_tax: true },
    ]);
  });

  it('does nothing for what is there already, in whatever order it comes', async () => {
    const other = 'I-1,2026-08-06,2026-07,2,rent,,,3,6.00,false';
    await invoices(LINE, other);
    expect(await invoices(other, LINE)).toEqual({ invoices: 0, lines: 0, skipped: 1 });
    expect(await stored('invoice_lines')).toHaveLength(2);
  });

  it('refuses another invoice under a number that is taken, and imports nothing of the file', async () => {
    await invoices(LINE);
    const { code, message } = await faultsOf(
      invoices('I-2,2026-08-06,2026-07,1,sent,,,1,1.00,false', LINE.replace('1234.50', '1234.51')),
    );
    expect(code).toBe('import_conflict');
    expect(message).toContain('line 3');
    expect(await stored('invoices')).toHaveLength(1);
  });

  it('names every fault by line and column at once, without a value, and imports nothing', async () => {
    const { code, message } = await faultsOf(
      invoices(
        LINE,
        'I-1,2026-02-30,2026-13,0,faxes,USA,x,many,1e3,yes',
        'I-1,2026-08-07,2026-07,1,sent,US,,1,1.005,false',
        ',2026-08-06,2026-07,2,sent,US,,1,1.00,false,extra',
      ),
    );
    expect(code).toBe('import_invalid');
    for (const fault of [
      'line 3, issued_on is no day',
      'line 3, period is no month',
      'line 3, line_no is no whole number',
      'line 3, charge_kind is none of',
      'line 3, country is no country',
      'line 3, quantity is no number',
      'line 3, amount is no amount in dollars',
      'line 3, tax is neither true nor false',
      'line 4, amount is no amount in dollars',
      'line 5 has 11 fields, the heading 10',
    ]) {
      expect(message).toContain(fault);
    }
    expect(message).not.toMatch(/USA|many|1e3|1\.005|extra/);
    expect(await stored('invoices')).toEqual([]);
    const twice = await faultsOf(invoices(LINE, LINE));
    expect(twice.message).toContain('line 3, line_no is there twice');
  });

  it('names faults across lines together with those of single cells, in the order of lines', async () => {
    const { message } = await faultsOf(
      invoices(
        LINE,
        LINE.replace('1234.50', 'many'),
        'I-1,2026-08-07,2026-06,2,rent,,,,1.00,false',
        'I-2,tomorrow,2026-07,1,rent,,,,1.00,false',
      ),
    );
    expect(message.split('\n').filter((text) => text.startsWith('  '))).toEqual([
      '  line 3, amount is no amount in dollars such as 1234.50',
      '  line 3, line_no is there twice in its invoice',
      "  line 4, period is not that of its invoice's first line",
      "  line 4, issued_on is not that of its invoice's first line",
      '  line 5, issued_on is no day YYYY-MM-DD',
    ]);
  });

  it.each([
    [
      '2026-08-06,2026-07,1,sent,ZZ',
      'country is no country: two letters of ISO 3166 such as US or GB, or nothing for all',
    ],
    ['2026-08-06,2026-07,1,sent,EU', 'country is no country'],
    ['2026-08-06,1026-10,1,sent,US', 'period is not from 2000-01 to 2026-09'],
    ['2026-08-06,2062-10,1,sent,US', 'period is not from 2000-01 to 2026-09'],
    ['2026-08-06,2024-07,1,sent,US', 'period is more than a month after issued_on, or more than 24 months before it'],
    ['2026-06-30,2026-08,1,sent,US', 'period is more than a month after issued_on, or more than 24 months before it'],
    ['2026-08-08,2026-07,1,sent,US', 'issued_on is not from 2000-01-01 to 2026-08-07'],
    ['1999-12-31,2026-07,1,sent,US', 'issued_on is not from 2000-01-01 to 2026-08-07'],
  ])('refuses %s as what cannot be', async (cells, fault) => {
    const { code, message } = await faultsOf(invoices(`I-1,${cells},,1,1.00,false`));
    expect(code).toBe('import_invalid');
    expect(message).toContain(`\n  line 2, ${fault}`);
    expect(message.split('\n')).toHaveLength(3);
  });

  it('takes the month after that of issue, one two years before it, and what is dated tomorrow', async () => {
    const imported = await invoices(
      'I-1,2026-08-07,2026-09,1,rent,xk,,1,1.00,false',
      'I-2,2026-08-06,2024-08,1,rent,,,1,1.00,false',
    );
    expect(imported.invoices).toBe(2);
  });

  it.each([
    [(text: string) => text.replaceAll(',', ';'), 'the columns are separated by semicolons; save it with commas'],
    [(text: string) => text.replaceAll(/(\w+),/g, '"$1";'), 'the columns are separated by semicolons'],
    [(text: string) => `sep=;\r\n${text.replaceAll(',', ';')}`, 'the columns are separated by semicolons'],
    [(text: string) => text.replaceAll(',', '\t'), 'the columns are separated by tabs; save it with commas'],
    [() => '', `the file is empty; its first line is the heading: ${HEADING}`],
    [() => '\ufeff \r\n', 'the file is empty; its first line is the heading'],
    [(text: string) => text.split('\n')[0] ?? '', 'there is no line below the heading'],
    [() => LINE, `the first line has none of the documented columns; the heading is: ${HEADING}`],
  ])('says what a file is that is no such table (%#)', async (spoil, fault) => {
    const text = spoil(`${HEADING}\n${LINE}`);
    const { code, message } = await faultsOf(
      importInvoices(bed.pool, { account: bed.account, text, importedBy: 'A. Meier', now: NOW }),
    );
    expect(code).toBe('import_invalid');
    expect(message).toContain(`\n  ${fault}`);
    expect(message.split('\n')).toHaveLength(3);
  });

  it('refuses a control character, which no database takes', async () => {
    await expect(invoices('I-1,2026-08-06,2026-07,1,sent,,a\u0000b,1,7.00,false')).rejects.toMatchObject({
      code: 'import_invalid',
      message: expect.stringContaining('line 2, description has a control character'),
    });
  });

  it('asks for exactly the documented columns', async () => {
    const text = `${HEADING.replace('tax', 'vat')}\n${LINE}`;
    const { message } = await faultsOf(
      importInvoices(bed.pool, { account: bed.account, text, importedBy: 'A. Meier', now: NOW }),
    );
    expect(message).toContain('the column tax is missing');
    expect(message).toContain('column 10 of the heading is none of the documented ones');
  });

  it('refuses an account of which nothing was loaded', async () => {
    const unknown = { account: 'nobody', text: `${HEADING}\n${LINE}`, importedBy: 'A. Meier', now: NOW };
    await expect(importInvoices(bed.pool, unknown)).rejects.toMatchObject({ code: 'account_unknown' });
  });

  it('stay as they are: nobody changes or removes what was imported', async () => {
    await invoices(LINE);
    await expect(bed.pool.query(`update recon.invoice_lines set cents = 1`)).rejects.toMatchObject({ code: '42501' });
    await expect(bed.database.pool.query(`update recon.invoice_lines set cents = 1`)).rejects.toMatchObject({
      code: '23001',
    });
  });
});

describe('importReceipts', () => {
  it('keeps them, passes over what is there, and refuses what differs', async () => {
    expect(
      await receipts('R-1,2026-07-01T00:00:00-05:00,500.00,card,', 'R-2,2026-07-09T01:02:03Z,20,,by hand'),
    ).toEqual({
      receipts: 2,
      skipped: 0,
    });
    expect(await stored('receipts')).toMatchObject([
      { receipt_id: 'R-1', paid_at: new Date('2026-07-01T05:00:00Z'), cents: '50000', method: 'card', note: null },
      { receipt_id: 'R-2', cents: '2000', method: null, note: 'by hand' },
    ]);
    expect(await receipts('R-2,2026-07-09T01:02:03Z,20.00,,by hand')).toEqual({ receipts: 0, skipped: 1 });
    expect((await faultsOf(receipts('R-2,2026-07-09T01:02:03Z,20.01,,by hand'))).code).toBe('import_conflict');
    const { message } = await faultsOf(
      receipts(
        'R-3,yesterday,1.00,,',
        'R-4,2026-07-09T01:02:03Z,1,,',
        'R-4,2026-07-09T01:02:03Z,1,,',
        'R-5,2062-07-09T01:02:03Z,1,,',
      ),
    );
    expect(message).toContain('line 2, paid_at is no instant');
    expect(message).toContain('line 4, receipt_id is there twice');
    expect(message).toContain('line 5, paid_at has not come yet');
  });

  it('refuses what is no payment: nothing, or money that flows back', async () => {
    const { code, message } = await faultsOf(
      receipts(
        'R-7,2026-07-09T01:02:03Z,0.00,,',
        'R-8,2026-07-09T01:02:03Z,0.01,,',
        'R-9,2026-07-09T01:02:03Z,-500.00,,',
      ),
    );
    expect(code).toBe('import_invalid');
    expect(message.match(/line \d+, amount is not above zero/g)).toEqual([
      'line 2, amount is not above zero',
      'line 4, amount is not above zero',
    ]);
  });
});

describe('what the simulated provider sends', () => {
  it('is taken as it comes', async () => {
    const world = new World(7, { days: 40, faxesPerDay: 20, openingBalanceCents: 6_000 }, NOW);
    const text = world.invoiceCsv('2026-07', 'America/Chicago');
    const { lines } = await importInvoices(bed.pool, { account: bed.account, text, importedBy: 'A. Meier', now: NOW });
    expect(lines).toBeGreaterThan(3);
    const paid = await importReceipts(bed.pool, {
      account: bed.account,
      text: world.receiptsCsv(),
      importedBy: 'A. Meier',
      now: NOW,
    });
    expect(paid.receipts).toBeGreaterThan(0);
  });
});
