import { InvalidArgumentError } from 'commander';
import { SettingsError } from '../domain/errors.ts';
import { type Period, parsePeriod } from '../domain/reconciliation.ts';
import { type Instant, parseRfc3339 } from '../domain/time.ts';
import type { Session } from './session.ts';

/** Reads a month of the bill, `2026-10`. */
export function periodFlag(text: string): Period {
  const period = parsePeriod(text);
  if (period === null) throw new InvalidArgumentError('Write a month such as 2026-10.');
  return period;
}

/** Reads an instant with its offset. */
export function instantFlag(text: string): Instant {
  const at = parseRfc3339(text);
  if (at === null) throw new InvalidArgumentError('Write an instant with its offset, such as 2026-11-06T12:00:00Z.');
  return at;
}

/** Reads whole cents from dollars with at most two decimals, `12.50`. */
export function dollarsFlag(text: string): number {
  const [, whole, decimals = ''] = /^(\d{1,9})(?:\.(\d{1,2}))?$/.exec(text) ?? [];
  if (whole === undefined) throw new InvalidArgumentError('Write dollars such as 12.50.');
  return Number(whole) * 100 + Number(decimals.padEnd(2, '0'));
}

/** Reads a name that stands in events for ever: trimmed, at most 100 characters, no line ends. */
export function nameFlag(text: string): string {
  const name = text.trim();
  if (name !== '' && name.length <= 100 && !/\p{Cc}/u.test(name)) return name;
  throw new InvalidArgumentError('Write a name of 1 to 100 characters.');
}

/**
 * The one account that a command works on.
 * @throws {SettingsError} where the settings have several and none is picked.
 */
export function oneAccount({ settings }: Session): string {
  const [first, second] = settings.accounts;
  if (first === undefined || second !== undefined) {
    throw new SettingsError('The settings have several accounts. Say which: --account <key>', {
      code: 'account_needed',
    });
  }
  return first.account;
}
