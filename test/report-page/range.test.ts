import { describe, expect, it } from 'vitest';
import { dayIn } from '../../src/domain/time.ts';
import { daysBetween, monthsText, pageRange, rangeText } from '../../src/report/range.ts';

const TODAY = '2026-11-28';

describe('pageRange', () => {
  it.each([
    [null, null, '2026-10-01', '2026-11-28'],
    ['2026-10-05', null, '2026-10-05', '2026-11-28'],
    [null, '2026-01-15', '2025-12-01', '2026-01-15'],
    ['2026-10-05', '2026-10-05', '2026-10-05', '2026-10-05'],
  ])('takes from %s to %s as %s to %s', (from, to, first, last) => {
    expect(pageRange({ from, to }, TODAY, TODAY)).toEqual({ from: first, to: last, billTo: to ?? TODAY });
    expect(pageRange({ from, to }, TODAY, null)).toEqual({ from: first, to: last, billTo: to ?? TODAY });
  });

  it.each([
    [null, null, '2026-11-13', '2026-10-01', '2026-11-28'],
    [null, null, '2026-11-12', '2026-10-01', '2026-11-12'],
    [null, null, '2026-10-21', '2026-09-01', '2026-10-21'],
    ['2026-10-05', null, '2026-10-21', '2026-10-05', '2026-10-21'],
    ['2026-10-22', null, '2026-10-21', '2026-10-22', '2026-11-28'],
    [null, '2026-11-28', '2026-10-21', '2026-10-01', '2026-11-28'],
  ])('takes from %s to %s, the last fax being of %s, as %s to %s', (from, to, lastFax, first, last) => {
    expect(pageRange({ from, to }, TODAY, lastFax)).toEqual({ from: first, to: last, billTo: to ?? TODAY });
  });

  it.each([
    ['2026-10-01', '2026-09-30', 'ends (2026-09-30) before it begins (2026-10-01)'],
    ['2010-01-01', null, 'at most ten years'],
  ])('refuses from %s to %s', (from, to, fault) => {
    expect(() => pageRange({ from, to }, TODAY, TODAY)).toThrow(fault);
  });
});

describe('days of a range', () => {
  it('are counted over a change of the clocks', () => {
    expect(daysBetween({ from: '2026-10-31', to: '2026-11-02' })).toBe(3);
    expect(dayIn(Date.UTC(2026, 10, 1, 4, 59), 'America/Chicago')).toBe('2026-10-31');
  });

  it.each([
    ['2026-10-09', '2026-10-12', '9–12 Oct 2026', 'Oct 2026'],
    ['2026-09-30', '2026-10-02', '30 Sep – 2 Oct 2026', 'Sep – Oct 2026'],
    ['2025-12-31', '2026-01-01', '31 Dec 2025 – 1 Jan 2026', 'Dec 2025 – Jan 2026'],
    ['2026-10-09', '2026-10-09', '9 Oct 2026', 'Oct 2026'],
  ])('from %s to %s are said as %s, their months as %s', (from, to, days, months) => {
    expect(rangeText({ from, to }, true)).toBe(days);
    expect(monthsText({ from, to })).toBe(months);
  });
});
