import type { Face } from './http-options.ts';

/** How the account's callbacks are set up and how badly they travel. Shares are probabilities in [0, 1]. */
export interface CallbackOptions {
  /** Account-wide callback URL; null sends callbacks only where a request or a number named one. */
  readonly url: string | null;
  /** Key of the signatures; the simulator's own when left out. Null sends no signature, as for accounts without a token. */
  readonly token: string | null;
  /** The callback version is a setting of the account, whatever version its API calls use. */
  readonly version: Face;
  /** Sends `transmitting_page` and `retry_scheduled` too (v2.1 only). */
  readonly inflightEvents: boolean;
  /** Adds `success`, `is_test` and `direction` to v2.1 callbacks, as one client's example shows. */
  readonly v21LegacyFields: boolean;
  /** Whether a URL with `user:password@` is signed as it was given, or without it (unknown of the provider). */
  readonly signedUrl: 'as_given' | 'without_credentials';
  /** Factor on the waits between retries; 1 is the provider's clock of about 73 hours. */
  readonly retryScale: number;
  /** Size to which documents are padded, in bytes; null leaves them small. */
  readonly documentBytes: number | null;
  /** Share of events that are never sent. */
  readonly lostShare: number;
  readonly duplicateShare: number;
  /** Share of events sent again after 80 to 100 hours, beyond every retry. */
  readonly replayShare: number;
  /** Share of events that are held up, for up to `delayMaxMs`: others overtake them. */
  readonly delayedShare: number;
  readonly delayMaxMs: number;
  /** Share of events beside which a forged callback is sent. */
  readonly forgedShare: number;
  /** Deliveries under way at once. */
  readonly concurrency: number;
  /** Sends due callbacks by itself while the simulator runs; otherwise `deliverDue` does. */
  readonly background: boolean;
  /** How often the background looks, in real ms. */
  readonly backgroundPollMs: number;
}

/** Callbacks without a URL, and with nothing going wrong. */
export const CALLBACK_DEFAULTS: Omit<CallbackOptions, 'token'> = {
  url: null,
  version: 'v2.1',
  inflightEvents: false,
  v21LegacyFields: false,
  signedUrl: 'as_given',
  retryScale: 1,
  documentBytes: null,
  lostShare: 0,
  duplicateShare: 0,
  replayShare: 0,
  delayedShare: 0,
  delayMaxMs: 10 * 60_000,
  forgedShare: 0,
  concurrency: 4,
  background: false,
  backgroundPollMs: 50,
};

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** Waits before the 16 retries of one delivery: 5, 10, 20, 30 minutes, then 12 times 6 hours. */
export const RETRY_WAITS_MS: readonly number[] = [
  5 * MINUTE,
  10 * MINUTE,
  20 * MINUTE,
  30 * MINUTE,
  ...Array.from({ length: 12 }, () => 6 * HOUR),
];
