import { CENTRAL_ZONE } from './central-time.ts';

/** The provider's dialects as paths: `/v1/`, `/v2/`, `/v2.1/`. */
export type Face = 'v1' | 'v2' | 'v2.1';

/** What is uncertain or differs between accounts of the real provider, as switches; each default is the likelier reading. */
export interface HttpSwitches {
  /** Whether a fax created exactly on a bound of a listing is inside. */
  readonly inclusiveAfter: boolean;
  readonly inclusiveBefore: boolean;
  /** IANA zone of time filters that name none. */
  readonly zonelessFilterZone: string;
  /** `10-digit` as in the documents, `e164` as in real callbacks. */
  readonly v1Numbers: '10-digit' | 'e164';
  /** IANA zone of v1's zone-less number stamps. */
  readonly v1NumberZone: string;
  /** Rows of a v1 page when `maxperpage` is not given: 50 or 1000, by version of the documents. */
  readonly v1DefaultPageSize: number;
  /** v1 shows bitrate and resolution as texts. */
  readonly v1TextBitrates: boolean;
  /** v1 shows `error_id`, `retry_count`; older samples do not. */
  readonly v1NewFields: boolean;
  /** Undocumented `phone_calls` of v2.1 recipients, seen in early 2021. */
  readonly phoneCalls: boolean;
  /** `caller_name` in v2, as a later document lists it. */
  readonly v2CallerName: boolean;
  /** What v2.1 shows as recipients of a received fax. */
  readonly v21ReceivedRecipients: 'null' | 'empty';
  /** A look-up by id answers as of this long ago: a GET inside a callback handler may disagree with the callback. */
  readonly lookupLagMs: number;
  /** Totals above this become the text `">10000"`. */
  readonly countCap: number;
  /** Whether v2.1 answers at the paths we invented: addresses and detected ATAs. */
  readonly undocumentedEndpoints: boolean;
  /** The list of ATAs shows user names and passwords: a provider that leaks. */
  readonly atasShowCredentials: boolean;
}

/** The likelier reading of everything uncertain. */
export const SWITCH_DEFAULTS: HttpSwitches = {
  inclusiveAfter: true,
  inclusiveBefore: true,
  zonelessFilterZone: CENTRAL_ZONE,
  v1Numbers: '10-digit',
  v1NumberZone: CENTRAL_ZONE,
  v1DefaultPageSize: 50,
  v1TextBitrates: true,
  v1NewFields: true,
  phoneCalls: false,
  v2CallerName: false,
  v21ReceivedRecipients: 'null',
  lookupLagMs: 0,
  countCap: 10_000,
  undocumentedEndpoints: true,
  atasShowCredentials: false,
};

/** The request limit: a token bucket over all endpoints. */
export interface RateLimit {
  readonly perSecond: number;
  readonly burst: number;
  /** Seconds sent as Retry-After with a 429; null sends none, as the provider does. */
  readonly retryAfterSeconds: number | null;
  /** The clock that refills it: the world's, or the real one (for worlds whose clock runs fast or stands still). */
  readonly clock: 'virtual' | 'real';
}

/** One request a second, as clients observe it. */
export const RATE_LIMIT_DEFAULTS: RateLimit = { perSecond: 1, burst: 1, retryAfterSeconds: null, clock: 'virtual' };

/** How the simulator listens and answers. */
export interface HttpOptions {
  /** 0 takes any free port. */
  readonly port: number;
  readonly switches: Partial<HttpSwitches>;
  /** Null switches the limit off. */
  readonly rateLimit: Partial<RateLimit> | null;
}
