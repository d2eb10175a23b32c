import { describe, expect, it } from 'vitest';
import { itemsCsv, owedCsv, reasonOf } from '../../src/cli/items-csv.ts';
import type { ItemFacts } from '../../src/warehouse/recon/read-items.ts';

const ITEM: ItemFacts = {
  itemId: 12,
  period: '2026-10-01',
  checkId: 'C10',
  subjectKind: 'fax',
  subjectId: '255043269',
  grain: '2026-10-13',
  reason: 'missed_credit',
  severity: 'error',
  state: 'open',
  actual: '189',
  expected: '126',
  cents: 63,
  owedCents: 63,
  owner: null,
  note: '=HYPERLINK("http://evil")',
  ticket: null,
  claimedCents: null,
  creditedCents: null,
  decidedBy: null,
  approvedBy: null,
  openedAt: Date.UTC(2026, 10, 6, 9),
  changedAt: Date.UTC(2026, 10, 6, 9),
  reopenedCount: 0,
  usageDate: '2026-10-12',
  direction: 'sent',
  pages: 9,
  recipients: 3,
  succeeded: 2,
};

const RENT: ItemFacts = {
  ...ITEM,
  itemId: 13,
  checkId: 'C14',
  subjectKind: 'number',
  subjectId: '+15550100001@2026-10-20T12:00:00.000Z',
  grain: '2026-10-20',
  reason: 'double_rent',
  actual: '200',
  expected: '0',
  cents: 200,
  owedCents: 200,
  note: null,
  usageDate: null,
  direction: null,
  pages: null,
  recipients: null,
  succeeded: null,
};

describe('the list of money owed', () => {
  it('has what the provider needs to find each charge, in dollars, with the sum', () => {
    expect(owedCsv([ITEM, RENT]).split('\n')).toEqual([
      'item,check,fax_id,number,invoice_line,date,direction,pages,recipients,successful,charged,expected,owed,reason',
      '12,C10,255043269,,,2026-10-12,sent,9,3,2,1.89,1.26,0.63,Failed recipients were not credited in time',
      expect.stringMatching(/^13,C14,,'\+15550100001,,2026-10-20,,,,,2\.00,0\.00,2\.00,/),
      'total,,,,,,,,,,,,2.63,',
      '',
    ]);
  });

  it('takes off what was credited already, also in part', () => {
    const credited = owedCsv([{ ...ITEM, state: 'disputed', creditedCents: 21 }, RENT]).split('\n');
    expect(credited[1]).toMatch(/,1\.89,1\.26,0\.42,Failed/);
    expect(credited.at(-2)).toBe('total,,,,,,,,,,,,2.42,');
  });

  it('names the line of an invoice, with the month it is of for a day', () => {
    const line = {
      ...RENT,
      itemId: 101,
      checkId: 'C19',
      subjectKind: 'line',
      subjectId: 'INV-10/1',
      grain: 'line',
      reason: 'invoice_higher',
      actual: '500000',
      expected: '157864',
      owedCents: 342_136,
    };
    expect(owedCsv([line]).split('\n')[1]).toBe(
      '101,C19,,,INV-10/1,2026-10,,,,,5000.00,1578.64,3421.36,The invoice asks for more than was charged',
    );
  });

  it('has no note of ours', () => {
    expect(owedCsv([ITEM])).not.toContain('HYPERLINK');
  });

  it('is a sum of nothing where nothing is owed', () => {
    expect(owedCsv([])).toMatch(/\ntotal,,,,,,,,,,,,0\.00,\n$/);
  });
});

describe('the list of items', () => {
  it('has as owed what is owed still', () => {
    const rows = [null, 21, 63].map((creditedCents) => itemsCsv([{ ...ITEM, creditedCents }]).split('\n')[1]);
    expect(rows).toEqual([
      expect.stringContaining(',cents,0.63,0.63,,,,,'),
      expect.stringContaining(',cents,0.63,0.42,,,,0.21,'),
      expect.stringContaining(',cents,0.63,0.00,,,,0.63,'),
    ]);
  });

  it.each([
    ['cost', 'cents'],
    ['count', 'faxes'],
    ['failures', 'faxes'],
  ])('has the %s of an unusual day in %s', (measure, unit) => {
    const day = { ...RENT, checkId: 'C22', subjectKind: 'day', subjectId: `2026-10-22 ${measure}`, reason: 'unusual' };
    expect(itemsCsv([day]).split('\n')[1]).toContain(`,200,0,${unit},`);
  });

  it('has no cell that a spreadsheet would take for a formula', () => {
    const [, row = ''] = itemsCsv([ITEM]).split('\n');
    expect(row).toMatch(/^12,2026-10,C10,fax,255043269,missed_credit,error,open,189,126,cents,0\.63,0\.63,/);
    expect(row).toContain(`"'=HYPERLINK(""http://evil"")"`);
    for (const cell of itemsCsv([RENT]).split('\n')[1]?.split(',') ?? [])
      expect(cell).not.toMatch(/^[=+@\t]|^-(?![\d.]+$)/);
  });
});

describe('a reason', () => {
  it('is the first sentence of what its check says, or its word', () => {
    expect(reasonOf('C10', 'missed_credit')).toBe('Failed recipients were not credited in time');
    expect(reasonOf('C10', 'no_such_reason')).toBe('no such reason');
  });
});
