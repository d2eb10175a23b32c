import type { Cents } from './money.ts';
import type { Instant } from './time.ts';

/** The statuses a fax is documented to have; others are kept as sent and treated as not final. */
export type FaxStatus =
  | 'queued'
  | 'pendingbatch'
  | 'inprogress'
  | 'success'
  | 'failure'
  | 'partialsuccess'
  | (string & {});

/** Unknown fields of the provider, kept as sent. Null when there were none. */
export type Extra = Readonly<Record<string, unknown>> | null;

/**
 * One fax as every dialect of the provider agrees on it.
 * Null always means "not sent"; times are UTC; numbers are E.164 where they could be read.
 */
export interface Fax {
  /** Decimal digits without leading zeros; up to 2^63 - 1, so never a JavaScript number. */
  readonly faxId: string;
  /** `sent`, `received`, or whatever else the provider says. */
  readonly direction: string | null;
  readonly status: FaxStatus | null;
  readonly isTest: boolean | null;
  readonly numPages: number | null;
  /** Cost of the whole fax now; falls when failed recipients are credited. */
  readonly costCents: Cents | null;
  /** v1 `requested_at`. */
  readonly createdAt: Instant | null;
  /** May lie up to seconds *before* `createdAt` on received faxes. */
  readonly completedAt: Instant | null;
  readonly callerId: string | null;
  readonly fromNumber: string | null;
  readonly toNumber: string | null;
  readonly callerName: string | null;
  readonly errorId: number | null;
  readonly errorType: string | null;
  /** v1 `error_code`. */
  readonly errorMessage: string | null;
  /** Tag name to value, in the order of the names; empty when the provider sent none. */
  readonly tags: Readonly<Record<string, string>>;
  /** In the provider's order, which is their key; null when not sent (received faxes). */
  readonly recipients: readonly FaxRecipient[] | null;
  /** In the provider's order; null in dialects that do not carry barcodes. */
  readonly barcodes: readonly FaxBarcode[] | null;
  readonly extra: Extra;
}

/** One recipient of a sent fax. The same number may occur twice, so its position is its key. */
export interface FaxRecipient {
  readonly phoneNumber: string | null;
  readonly status: string | null;
  readonly retryCount: number | null;
  readonly completedAt: Instant | null;
  readonly bitrate: number | null;
  readonly resolution: number | null;
  readonly errorId: number | null;
  readonly errorType: string | null;
  readonly errorMessage: string | null;
  readonly extra: Extra;
}

/** One barcode read from a received document. */
export interface FaxBarcode {
  readonly type: string | null;
  /** 1-based page of the document. */
  readonly page: number | null;
  readonly value: string | null;
  readonly identifier: string | null;
  readonly metadata: string | null;
  readonly extra: Extra;
}

const FINAL_STATUSES: ReadonlySet<string> = new Set(['success', 'failure', 'partialsuccess']);
const WAITING_STATUSES: ReadonlySet<string> = new Set(['queued', 'pendingbatch']);

/** True for `success`, `failure` and `partialsuccess`; unknown and missing statuses are not final. */
export function isFinalStatus(status: string | null): boolean {
  return status !== null && FINAL_STATUSES.has(status);
}

/** Where a look at a fax came from: a complete slice, a GET by id, or a callback. */
export type LookVia = 'listing' | 'lookup' | 'callback';

/**
 * How much a look at a fax is worth against another one; the higher stage wins, then the later observation.
 *
 * | stage | look |
 * |---|---|
 * | 0 | a callback about a fax that is still waiting: may create the row, nothing more |
 * | 1 | a fax that is not final, by listing or look-up, or by a callback that says it is under way |
 * | 2 | a final fax, by callback |
 * | 3 | a final fax, by listing or look-up: only a later one of its kind may change the row |
 */
export type Stage = 0 | 1 | 2 | 3;

/** The {@link Stage} of one look. */
export function stageOf(status: string | null, via: LookVia): Stage {
  if (isFinalStatus(status)) return via === 'callback' ? 2 : 3;
  if (via === 'callback' && (status === null || WAITING_STATUSES.has(status))) return 0;
  return 1;
}
