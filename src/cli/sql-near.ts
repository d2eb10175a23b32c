/** How many names are suggested. */
const SUGGESTED_MAX = 3;

/**
 * The names that are near to a mistyped one, nearest first: those of at most a third of its letters mistyped, left out, added or swapped, and those that
 * hold it or begin it.
 */
export function nearNames(typed: string, names: readonly string[]): string[] {
  const word = typed.toLowerCase();
  const most = Math.max(1, Math.ceil(word.length / 3));
  const ranked = [...new Set(names)].flatMap((name) => {
    const distance = editDistance(word, name.toLowerCase());
    if (distance <= most) return [{ name, rank: distance }];
    const isPart = word.length >= 4 && (name.toLowerCase().includes(word) || word.includes(name.toLowerCase()));
    return isPart ? [{ name, rank: most + 1 + distance }] : [];
  });
  ranked.sort((a, b) => a.rank - b.rank || (a.name < b.name ? -1 : 1));
  return ranked.slice(0, SUGGESTED_MAX).map(({ name }) => name);
}

/** Letters to mistype, leave out, add or swap with their neighbour, to make one word of the other. */
export function editDistance(a: string, b: string): number {
  let before: number[] = [];
  let above = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (let row = 1; row <= a.length; row++) {
    const line = [row];
    for (let at = 1; at <= b.length; at++) {
      const isSame = a[row - 1] === b[at - 1];
      const isSwap = row > 1 && at > 1 && a[row - 1] === b[at - 2] && a[row - 2] === b[at - 1];
      line.push(
        Math.min(
          (above[at] ?? 0) + 1,
          (line[at - 1] ?? 0) + 1,
          (above[at - 1] ?? 0) + (isSame ? 0 : 1),
          isSwap ? (before[at - 2] ?? 0) + 1 : Number.POSITIVE_INFINITY,
        ),
      );
    }
    before = above;
    above = line;
  }
  return above[b.length] ?? 0;
}
