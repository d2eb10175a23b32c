/** One line of the result. */
export interface Figure {
  readonly name: string;
  /** What is to be reached; null for what is shown for information. */
  readonly target: { readonly is: 'at least' | 'at most'; readonly value: number } | null;
  readonly measured: number;
  /** Digits after the point. */
  readonly digits?: number;
  /** Absolute rates and the spread of the rounds. */
  readonly beside: string;
}

/** The middle value; the mean of the two middle ones of an even number. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const high = sorted[Math.floor(middle)] ?? Number.NaN;
  return Number.isInteger(middle) ? ((sorted[middle - 1] ?? Number.NaN) + high) / 2 : high;
}

/** `0.81 (0.78-0.84)` of the rounds' values. */
export function spread(values: readonly number[], digits = 2): string {
  return `${Math.min(...values).toFixed(digits)} to ${Math.max(...values).toFixed(digits)} in ${values.length} rounds`;
}

/** `31.2k/s`. */
export function rate(perSecond: number): string {
  return perSecond >= 10_000 ? `${(perSecond / 1000).toFixed(0)}k/s` : `${(perSecond / 1000).toFixed(2)}k/s`;
}

/** Whether the figure reaches its target; true where it has none. */
export function isReached({ target, measured }: Figure): boolean {
  if (target === null) return true;
  return target.is === 'at least' ? measured >= target.value : measured <= target.value;
}

function cells(figure: Figure): string[] {
  const { name, target, measured, digits = 2, beside } = figure;
  const wanted = target === null ? '-' : `${target.is === 'at least' ? '>=' : '<='} ${target.value}`;
  const mark = target === null ? '' : isReached(figure) ? 'reached' : 'below target';
  return [name, wanted, measured.toFixed(digits), mark, beside];
}

/** The figures as a table of aligned columns that is also Markdown. */
export function tableOf(figures: readonly Figure[]): string {
  const rows = [['figure', 'target', 'measured', '', 'beside it'], ...figures.map(cells)];
  const widths = [0, 1, 2, 3, 4].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const lines = rows.map((row) => `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`);
  lines.splice(1, 0, `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`);
  return lines.join('\n');
}
