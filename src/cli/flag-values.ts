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

/** Reads calls a second, or `off` as null. */
export function rateOrOff(text: string): number | null {
  return text === 'off' ? null : number(0.01, 100_000)(text);
}

/** Gathers a flag that may be given several times. */
export function each(text: string, before: readonly string[]): readonly string[] {
  return [...before, text];
}
