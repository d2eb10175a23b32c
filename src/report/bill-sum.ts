import { dayIn } from '../domain/time.ts';
import { counted, formatDollars } from '../domain/words.ts';
import type { ReportPageData } from '../warehouse/report-page-data.ts';
import type { BillMonth } from '../warehouse/report-page-trust.ts';
import { copyBegins } from './copy-begin.ts';
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
  /** The months that the range touches, that have begun, and of which the copy knows anything: first days. */
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
  const firstMonth = copyBegins(data)?.slice(0, 7) ?? '';
  const asked = monthsOf({ from: data.from, to: data.billTo < today ? data.billTo : today });
  const months = asked.filter((month) => month.slice(0, 7) >= firstMonth);
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

/** Items of the bill that somebody has to look at. US cents, each without its sign. */
export interface OpenItems {
  readonly itemCount: number;
  /** Taken too much, too little, and what of it the provider owes. */
  readonly overCents: number;
  readonly underCents: number;
  readonly owedCents: number;
  /** Of what is owed what is in dispute. */
  readonly disputedCents: number;
}

/** What stands unexplained, and what is owed by items that do not. Nothing is counted twice: what is owed is a part of what was taken too much. */
export function openItems({ billItems }: ReportPageData): {
  readonly unexplained: OpenItems;
  readonly others: OpenItems;
} {
  const sumOf = (isUnexplained: boolean): OpenItems => {
    const rows = billItems.rows.filter((row) => row.isUnexplained === isUnexplained);
    const sum = (figure: (row: (typeof rows)[number]) => number) => rows.reduce((total, row) => total + figure(row), 0);
    return {
      itemCount: sum((row) => row.itemCount),
      overCents: sum((row) => row.overCents),
      underCents: sum((row) => row.underCents),
      owedCents: sum((row) => row.owedCents),
      disputedCents: sum((row) => row.disputedCents),
    };
  };
  return { unexplained: sumOf(true), others: sumOf(false) };
}

/** The one figure of what stands unexplained, as the tile has it; null where nothing does. */
export function unexplainedText({ itemCount, overCents, underCents }: OpenItems): string | null {
  if (itemCount === 0) return null;
  const items = counted(itemCount, 'item');
  const cents = overCents + underCents;
  if (cents === 0) return `${items} ${itemCount === 1 ? 'stands' : 'stand'} unexplained; no amount is known`;
  return `${formatDollars(cents)} in ${items} stands unexplained`;
}

/** How much of what is owed is in dispute, to follow the figure; nothing where none is. */
export function disputeText(owedCents: number, disputedCents: number): string {
  if (disputedCents === 0) return '';
  return disputedCents === owedCents ? ', all of it in dispute' : `, ${formatDollars(disputedCents)} of it in dispute`;
}

/** What that figure is made of; null where there is nothing to say. */
export function signsText({ unexplained, others }: ReturnType<typeof openItems>): string | null {
  const { overCents: over, underCents: under, owedCents: owed } = unexplained;
  const owedPart =
    owed === 0
      ? ''
      : owed === over
        ? ', which the provider owes'
        : `, of which the provider owes ${formatDollars(owed)}`;
  const parts = [
    ...(over === 0 ? [] : [`${formatDollars(over)} was taken too much${owedPart}`]),
    ...(under === 0 ? [] : [`${formatDollars(under)} too little`]),
  ];
  const sentences = [
    ...(parts.length === 0 ? [] : [`${parts.join('; ')}.`]),
    ...(others.owedCents === 0 || unexplained.itemCount === 0
      ? []
      : [
          `Beside these the provider owes ${formatDollars(others.owedCents)} by ${counted(others.itemCount, 'item')}${disputeText(others.owedCents, others.disputedCents)}.`,
        ]),
  ];
  return sentences.length === 0 ? null : sentences.join(' ');
}
