import { dayIn } from '../domain/time.ts';
import { counted, formatDollars } from '../domain/words.ts';
import type { ReportPageData } from '../warehouse/report-page-data.ts';
import type { BillMonth } from '../warehouse/report-page-trust.ts';
import { monthsOf } from './range.ts';

/** What the bill of all months comes to, the worst first: `not_checked` where of any month no run was made. */
const VERDICTS = ['differs', 'incomplete', 'not_checked', 'outdated', 'not_tied_out', 'agrees'] as const;

/** One of them. */
export type BillVerdict = (typeof VERDICTS)[number];

/** How a figure is coloured: good only where all is well. */
export type Mood = 'good' | 'warn' | 'bad';

/** The colour of each verdict. */
export const MOODS: Readonly<Record<BillVerdict, Mood>> = {
  differs: 'bad',
  incomplete: 'bad',
  not_checked: 'warn',
  outdated: 'warn',
  not_tied_out: 'warn',
  agrees: 'good',
};

/** What all months together came to. US cents. */
export interface BillSum {
  readonly verdict: BillVerdict;
  /** The months that the range touches and that have begun, first days. */
  readonly months: readonly string[];
  /** Those of them that no run of all checks was made of. */
  readonly unchecked: readonly string[];
  /** Months of which other charges stand now than the last run saw. */
  readonly outdated: readonly BillMonth[];
  /** As of when the oldest of the runs looked; null without any. */
  readonly asOf: number | null;
  /** Open errors, and what is at stake in them, each without its sign. */
  readonly unexplainedCount: number;
  readonly unexplainedCents: number;
  readonly owedCents: number;
  readonly testedCount: number;
  readonly matchedCount: number;
}

/** Adds up the months of the bill; one that has no row was never checked. */
export function sumBill(data: ReportPageData): BillSum {
  const { rows } = data.bill;
  const sum = (figure: (month: BillMonth) => number) => rows.reduce((total, month) => total + figure(month), 0);
  const today = dayIn(data.now, data.zone);
  const months = monthsOf({ from: data.from, to: data.to < today ? data.to : today });
  const isChecked = (month: string) => rows.some((row) => row.month === month && row.verdict !== 'not_checked');
  const unchecked = months.filter((month) => !isChecked(month));
  // A month that ends in no known word of the view counts as one that nobody checked.
  const found = VERDICTS.find((verdict) => rows.some((row) => row.verdict === verdict)) ?? 'not_checked';
  const times = rows.flatMap(({ lastRunAt }) => (lastRunAt === null ? [] : [lastRunAt]));
  return {
    verdict: found !== 'differs' && found !== 'incomplete' && unchecked.length > 0 ? 'not_checked' : found,
    months,
    unchecked,
    outdated: rows.filter((row) => row.runCents !== null && row.runCents !== row.warehouseCents),
    asOf: times.length === 0 ? null : Math.min(...times),
    unexplainedCount: sum((month) => month.openErrorCount),
    unexplainedCents: sum((month) => month.unexplainedCents),
    owedCents: sum((month) => month.owedCents),
    testedCount: sum((month) => month.testedCount),
    matchedCount: sum((month) => month.matchedCount),
  };
}

/**
 * What stands unexplained, with its two signs apart, and what of it the provider owes; then what it owes by other items. Null where neither.
 * Nothing is counted twice: what is owed is a part of what was taken too much.
 */
export function openText({ billItems }: ReportPageData): string | null {
  const sumOf = (isUnexplained: boolean) => {
    const rows = billItems.rows.filter((row) => row.isUnexplained === isUnexplained);
    const sum = (figure: (row: (typeof rows)[number]) => number) => rows.reduce((total, row) => total + figure(row), 0);
    return {
      items: sum((row) => row.itemCount),
      over: sum((row) => row.overCents),
      under: sum((row) => row.underCents),
      owed: sum((row) => row.owedCents),
    };
  };
  const [open, other] = [sumOf(true), sumOf(false)];
  const sentences: string[] = [];
  if (open.items > 0) {
    const over = open.over === 0 ? [] : [`${formatDollars(open.over)} too much was taken${owedPart(open)}`];
    const under = open.under === 0 ? [] : [`${formatDollars(open.under)} too little`];
    const money = [...over, ...under].join(', and ');
    sentences.push(
      `${counted(open.items, 'item')} ${open.items === 1 ? 'stands' : 'stand'} unexplained: ${money === '' ? 'no amount is known' : money}.`,
    );
  }
  if (other.owed > 0)
    sentences.push(
      `${open.items > 0 ? 'Beside these the provider owes' : 'The provider owes'} ${formatDollars(other.owed)} by ${counted(other.items, 'item')}.`,
    );
  return sentences.length === 0 ? null : sentences.join(' ');
}

function owedPart({ over, owed }: { readonly over: number; readonly owed: number }): string {
  if (owed === 0) return '';
  return owed === over ? ', which the provider owes' : ` (${formatDollars(owed)} of it the provider owes)`;
}
