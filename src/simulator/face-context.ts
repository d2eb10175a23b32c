import type { Instant } from '../domain/time.ts';
import type { Commands } from './commands.ts';
import type { HttpSwitches } from './http-options.ts';
import type { World } from './world.ts';

/** What a face needs to answer one request. */
export interface FaceContext {
  readonly world: World;
  readonly commands: Commands;
  readonly switches: HttpSwitches;
  /** When the request arrived. */
  readonly now: Instant;
  /** The instant whose view is answered: `now`, or earlier behind a stale replica. */
  readonly asOf: Instant;
  /** Whether the keys of the request are test keys. */
  readonly isTestKey: boolean;
}

/** Reports the key that came with a request: live, test, or none that fits. */
export type KeyKind = 'live' | 'test' | null;

/** The keys of the account; test keys make test faxes. */
export interface ApiKeys {
  readonly apiKey: string;
  readonly apiSecret: string;
  readonly testApiKey: string;
  readonly testApiSecret: string;
}

/** Default window of fax listings. */
export const LIST_DEFAULT_MS = 7 * 86_400_000;

/** Most rows of a page. */
export const PAGE_ROWS_MAX = 1000;

/** Compares keys with those of the account. */
export function keyKindOf(keys: ApiKeys, key: string, secret: string): KeyKind {
  if (key === keys.apiKey && secret === keys.apiSecret) return 'live';
  if (key === keys.testApiKey && secret === keys.testApiSecret) return 'test';
  return null;
}

/** A page number or size: the default when missing, zero or unreadable, the cap when too large. */
export function pageParam(value: number | null, fallback: number, max: number): number {
  return value === null || value < 1 ? fallback : Math.min(value, max);
}
