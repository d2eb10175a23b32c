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
