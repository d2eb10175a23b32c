import { InvalidArgumentError } from 'commander';

/** Reads a whole number from `min` to `max`; others are refused with the range. */
export function wholeNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
    if (value >= min && value <= max) return value;
    throw new InvalidArgumentError(`Write a whole number from ${min} to ${max}.`);
  };
}

/** Reads a number from `min` to `max`. */
export function number(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = /^\d*\.?\d+$/.test(text) ? Number(text) : Number.NaN;
    if (value >= min && value <= max) return value;
    throw new InvalidArgumentError(`Write a number from ${min} to ${max}.`);
  };
}

/** Reads calls a second, or `off` as Infinity (commander takes null for a flag without a value). */
export function rateOrOff(text: string): number {
  return text === 'off' ? Number.POSITIVE_INFINITY : number(0.01, 100_000)(text);
}

/** Gathers a flag that may be given several times. */
export function each(text: string, before: readonly string[]): readonly string[] {
  return [...before, text];
}

/** Reads names with a comma between; at least one. */
export function names(text: string): readonly string[] {
  const read = text
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  if (read.length > 0) return read;
  throw new InvalidArgumentError('Write one name or more, with a comma between.');
}

/** Reads a day, `2026-10-05`, or a month, `2026-10`: its first or its last day. */
export function dayOrMonth(end: 'first' | 'last'): (text: string) => string {
  return (text) => {
    const [, year, month, day] = /^(\d{4})-(\d\d)(?:-(\d\d))?$/.exec(text) ?? [];
    const at =
      day === undefined && end === 'last'
        ? new Date(Date.UTC(Number(year), Number(month), 0))
        : new Date(Date.UTC(Number(year), Number(month) - 1, Number(day ?? 1)));
    const read = Number.isNaN(at.getTime()) ? '' : at.toISOString().slice(0, 10);
    if (read.startsWith(text)) return read;
    throw new InvalidArgumentError('Write a day or a month: 2026-10-05 or 2026-10.');
  };
}
