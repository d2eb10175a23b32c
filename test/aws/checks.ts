/** Counts what was claimed and whether it held, and prints each as it is known. */
export class Checks {
  readonly #failures: string[] = [];
  #passed = 0;

  /** How many held. */
  get passed(): number {
    return this.#passed;
  }

  /** What did not hold. */
  get failures(): readonly string[] {
    return this.#failures;
  }

  /** Notes a claim; `detail` tells what was found instead. */
  claim(title: string, isTrue: boolean, detail: () => string = () => ''): void {
    if (isTrue) {
      this.#passed += 1;
      console.log(`  ok    ${title}`);
      return;
    }
    const found = detail();
    this.#failures.push(title);
    console.log(`  FAIL  ${title}${found === '' ? '' : `: ${found}`}`);
  }

  /** Claims that nothing is on a list, and prints what is. */
  none(title: string, found: readonly string[]): void {
    const shown = found.slice(0, 12).join('\n        ');
    this.claim(
      title,
      found.length === 0,
      () => `\n        ${shown}${found.length > 12 ? `\n        and ${found.length - 12} more` : ''}`,
    );
  }
}

/** A table of aligned columns; numbers to the right. */
export function printTable(head: readonly string[], rows: ReadonlyArray<ReadonlyArray<string | number>>): void {
  const all = [
    head,
    ...rows.map((row) => row.map((cell) => (typeof cell === 'number' ? cell.toLocaleString('en-US') : cell))),
  ];
  const widths = head.map((_, column) => Math.max(...all.map((row) => String(row[column] ?? '').length)));
  for (const [index, row] of all.entries()) {
    const cells = row.map((cell, column) => {
      const isNumber = typeof rows[index - 1]?.[column] === 'number';
      return isNumber ? String(cell).padStart(widths[column] ?? 0) : String(cell).padEnd(widths[column] ?? 0);
    });
    console.log(`  ${cells.join('  ').trimEnd()}`);
  }
}
