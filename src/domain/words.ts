/** Dollars of whole cents, for reading only: `$1,234.50`, `-$0.07`. */
export function formatDollars(cents: number): string {
  const whole = Math.floor(Math.abs(cents) / 100);
  const rest = String(Math.abs(cents) % 100).padStart(2, '0');
  return `${cents < 0 ? '-' : ''}$${whole.toLocaleString('en-US')}.${rest}`;
}

/** Plain decimal dollars for files that are computed with: `1234.50`, `-0.07`. */
export function decimalDollars(cents: number): string {
  const whole = Math.floor(Math.abs(cents) / 100);
  return `${cents < 0 ? '-' : ''}${whole}.${String(Math.abs(cents) % 100).padStart(2, '0')}`;
}

/** A sum that may not be known. */
export function dollarsOrUnknown(cents: number | null): string {
  return cents === null ? 'not known' : formatDollars(cents);
}

/** A stable word as people write it: `item_opened` is `item opened`. */
export function plainWords(word: string): string {
  return word.replaceAll('_', ' ');
}

/** `2026-10` of a month's first day. */
export function monthOf(period: string): string {
  return period.slice(0, 7);
}

/** A number of things with the right ending. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString('en-US')} ${count === 1 ? one : many}`;
}
