import { Buffer } from 'node:buffer';
import type { Clock, Random } from '../domain/clock.ts';
import { bodyText, type RawBody, toRawBody } from '../domain/raw-body.ts';
import type { Instant } from '../domain/time.ts';
import { isPlausible } from '../domain/time.ts';
import { BODY_BYTES_MAX, BodyTooLarge, isShallow, JSON_DEPTH_MAX, readBytes } from './body.ts';
import type { ProviderError } from './errors.ts';
import {
  ProviderAuthError,
  ProviderContractError,
  ProviderDeadlineError,
  ProviderNotFoundError,
  ProviderRequestError,
  ProviderThrottledError,
  ProviderUnavailableError,
  ProviderUnreachableError,
} from './errors.ts';
import { isObject } from './json.ts';
import { HTTP_NOT_FOUND } from './listing.ts';
import type { ProviderAccount, ProviderCredential } from './provider-account.ts';
import { apiRootOf } from './provider-account.ts';
import type { RetryLimits } from './retry.ts';
import { parseRetryAfter, RETRY_LIMITS, RetryBudget } from './retry.ts';

/** One call, without its credentials. */
export interface ProviderRequest {
  /** Our name of the call for errors and counters, e.g. `list faxes`; holds no parameter. */
  readonly operation: string;
  readonly method: 'GET' | 'POST';
  /** Below the version, with a leading slash. */
  readonly path: string;
  /** Query of a GET, form of a POST. */
  readonly params: Readonly<Record<string, string>>;
  /** What `data` must be for the answer to count: a list, or one object. */
  readonly data: 'rows' | 'object';
  /** True where "no such object" (404) is an answer and not an error. */
  readonly mayBeMissing?: boolean;
}

/** One answer that arrived whole. */
export interface ProviderAnswer {
  /** 200, or 404 where the request says it may be missing. */
  readonly status: number;
  /** The body as received. */
  readonly raw: RawBody;
  /** The parsed body, or null for a 404 (whose body need not be JSON). Numbers beyond 2^53 are inexact here. */
  readonly json: Readonly<Record<string, unknown>> | null;
  /** The provider's clock (`Date` header, whole seconds) when it answered; null when absent. */
  readonly providerAt: Instant | null;
  /** Our clock when the successful attempt was sent, and when its last byte was there. */
  readonly requestedAt: Instant;
  readonly respondedAt: Instant;
}

/** The provider's call limit, shared with every other process of the account. */
export interface RateLimiter {
  /** Returns when one call may be made. @throws {ProviderDeadlineError} when that is not before `deadline`. */
  take(deadline: Instant, signal?: AbortSignal): Promise<void>;
  /** The provider said to slow down: nobody gets a call before `until`. */
  slowDown(until: Instant): Promise<void>;
}

/** Until when a call may take, retries included. */
export interface CallOptions {
  readonly deadline: Instant;
  /** Aborting it ends the call at once with code `stopped`. */
  readonly signal?: AbortSignal;
}

/** What one client has done so far. */
export interface ProviderCounters {
  /** Requests sent, repeats included. */
  calls: number;
  /** Of those, repeats. */
  retries: number;
  /** 429 answers. */
  throttled: number;
  /** Bytes of bodies received (of failed attempts only those of whole answers). */
  bytes: number;
}

/** Everything the client needs of the outside. */
export interface ClientPorts {
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
  readonly clock: Clock;
  readonly random: Random;
  readonly limiter: RateLimiter;
}

/** Limits of single attempts. */
export interface ClientLimits {
  /** An attempt that takes longer is given up and repeated. */
  readonly attemptMs: number;
  /** No attempt starts with less than this left before the deadline. */
  readonly attemptMinMs: number;
  readonly bodyBytesMax: number;
  readonly jsonDepthMax: number;
  readonly retry: RetryLimits;
}

/** A page of 1,000 faxes answers within seconds; 30 s is a fault. */
export const CLIENT_LIMITS: ClientLimits = {
  attemptMs: 30_000,
  attemptMinMs: 2_000,
  bodyBytesMax: BODY_BYTES_MAX,
  jsonDepthMax: JSON_DEPTH_MAX,
  retry: RETRY_LIMITS,
};

const TIMED_OUT = Symbol('attempt timed out');
// v1 may say this with HTTP 200; then it is a credentials fault all the same.
const BAD_KEY_MESSAGE = /key or secret/i;

/**
 * Speaks to one account's provider: authenticates, waits for the shared call limit, repeats what may pass, and
 * names what does not. Contacts the account's base URL and nothing else; redirects are errors.
 */
export class PhaxioClient {
  readonly account: ProviderAccount;
  readonly counters: ProviderCounters = { calls: 0, retries: 0, throttled: 0, bytes: 0 };
  readonly #ports: ClientPorts;
  readonly #limits: ClientLimits;
  readonly #root: string;
  #slot = 0;

  /** @throws {SettingsError} code `provider_url_invalid`. */
  constructor(account: ProviderAccount, ports: ClientPorts, limits: Partial<ClientLimits> = {}) {
    this.account = account;
    this.#ports = ports;
    this.#limits = { ...CLIENT_LIMITS, ...limits };
    this.#root = apiRootOf(account);
  }

  /**
   * Makes one call until it is answered as documented.
   * @throws {ProviderAuthError} after each credential slot was refused once.
   * @throws {ProviderRequestError | ProviderNotFoundError} at once.
   * @throws {ProviderContractError} after two repeats; {@link ProviderUnavailableError}, {@link ProviderUnreachableError}
   * and {@link ProviderThrottledError} after the repeats of {@link RetryLimits}, or earlier when the deadline leaves no room.
   * @throws {ProviderDeadlineError} when no attempt could be started, or the signal stopped it.
   */
  async call(request: ProviderRequest, options: CallOptions): Promise<ProviderAnswer> {
    const { clock, limiter, random } = this.#ports;
    const budget = new RetryBudget(this.#limits.retry, random);
    const refused = new Set<number>();
    for (let attempt = 1; ; attempt++) {
      this.#assertTimeLeft(request, options);
      await limiter.take(options.deadline - this.#limits.attemptMinMs, options.signal);
      this.#assertTimeLeft(request, options);
      if (attempt > 1) this.counters.retries += 1;
      const outcome = await this.#attempt(request, options);
      if (!('fault' in outcome)) return outcome;
      const { fault } = outcome;
      if (fault instanceof ProviderAuthError) {
        refused.add(this.#slot);
        this.#slot = (this.#slot + 1) % this.account.credentials.length;
        if (refused.has(this.#slot)) throw fault;
        continue;
      }
      const waitMs = budget.nextWaitMs(fault);
      if (waitMs === null && outcome.refusal !== undefined) return outcome.refusal;
      if (waitMs === null) throw fault;
      const goOnAt = clock.now() + waitMs;
      if (fault instanceof ProviderThrottledError) await limiter.slowDown(goOnAt);
      if (goOnAt + this.#limits.attemptMinMs > options.deadline) throw fault;
      await clock.sleep(waitMs, options.signal).catch((cause: unknown) => {
        throw new ProviderDeadlineError('stopped', { operation: request.operation, cause });
      });
    }
  }

  #assertTimeLeft(request: ProviderRequest, options: CallOptions): void {
    const { operation } = request;
    if (options.signal?.aborted === true) throw new ProviderDeadlineError('stopped', { operation });
    if (this.#ports.clock.now() + this.#limits.attemptMinMs > options.deadline) {
      throw new ProviderDeadlineError('deadline_reached', { operation });
    }
  }

  async #attempt(request: ProviderRequest, options: CallOptions): Promise<ProviderAnswer | Failed> {
    const { clock, fetch } = this.#ports;
    const { url, init } = this.#prepare(request);
    const requestedAt = clock.now();
    const controller = new AbortController();
    const timerStop = new AbortController();
    const attemptMs = Math.min(this.#limits.attemptMs, options.deadline - requestedAt);
    // The timer only ever aborts; both its ends are handled, so it can not reject unseen.
    void clock.sleep(attemptMs, timerStop.signal).then(
      () => controller.abort(TIMED_OUT),
      () => undefined,
    );
    const stop = (): void => controller.abort(options.signal?.reason);
    options.signal?.addEventListener('abort', stop, { once: true });
    this.counters.calls += 1;
    try {
      const response = await fetch(url, { ...init, redirect: 'manual', signal: controller.signal });
      const bytes = await readBytes(response.body, this.#limits.bodyBytesMax);
      this.counters.bytes += bytes.byteLength;
      return this.#judge(request, response, bytes, requestedAt, clock.now());
    } catch (cause) {
      return { fault: connectionFault(request.operation, cause, controller.signal) };
    } finally {
      timerStop.abort();
      options.signal?.removeEventListener('abort', stop);
    }
  }

  /** v1 takes its key in the form of a POST, never in a URL, so that no proxy logs it; v2 takes HTTP Basic. */
  #prepare(request: ProviderRequest): { url: string; init: RequestInit } {
    const { apiKey, apiSecret } = this.#credential();
    const accept = 'application/json';
    if (this.account.dialect === 'v1') {
      const body = new URLSearchParams({ ...request.params, api_key: apiKey, api_secret: apiSecret }).toString();
      const headers = { accept, 'content-type': 'application/x-www-form-urlencoded' };
      return { url: `${this.#root}${request.path}`, init: { method: 'POST', headers, body } };
    }
    const authorization = `Basic ${Buffer.from(`${apiKey}:${apiSecret}`).toString('base64')}`;
    const query = new URLSearchParams(request.params).toString();
    const url = `${this.#root}${request.path}${query === '' ? '' : `?${query}`}`;
    return { url, init: { method: request.method, headers: { accept, authorization } } };
  }

  #credential(): ProviderCredential {
    return this.account.credentials[this.#slot] ?? this.account.credentials[0];
  }

  #judge(
    request: ProviderRequest,
    response: Response,
    bytes: Buffer,
    requestedAt: Instant,
    respondedAt: Instant,
  ): ProviderAnswer | Failed {
    const { status, headers } = response;
    const details = { operation: request.operation, status, requestId: safeRequestId(headers.get('x-request-id')) };
    const answer = { status, providerAt: providerClock(headers.get('date')), requestedAt, respondedAt };
    if (status === HTTP_NOT_FOUND && request.mayBeMissing === true) {
      return { ...answer, raw: toRawBody(bytes, status), json: null };
    }
    if (status === 429) this.counters.throttled += 1;
    if (status < 200 || status > 299) {
      const retryAfterMs = parseRetryAfter(headers.get('retry-after'), answer.providerAt ?? respondedAt);
      return { fault: statusFault(details, status, retryAfterMs) };
    }
    const raw = toRawBody(bytes, status);
    const read = readJson(bodyText(raw), request.data, this.#limits.jsonDepthMax);
    if (typeof read === 'object') return { ...answer, raw, json: read };
    if (read === 'bad_key') return { fault: new ProviderAuthError(details) };
    const fault = new ProviderContractError(read, details);
    // v1 may refuse an unknown fax with HTTP 200; when it says so each time, that is its 404.
    const isMissing = read === 'success_false' && request.mayBeMissing === true && this.account.dialect === 'v1';
    return isMissing
      ? { fault, refusal: { ...answer, status: HTTP_NOT_FOUND, raw: { ...raw, status: HTTP_NOT_FOUND }, json: null } }
      : { fault };
  }
}

/** An attempt that failed, and what it means when it fails the same way to the end. */
interface Failed {
  readonly fault: ProviderError;
  readonly refusal?: ProviderAnswer;
}

type Unread = 'bad_key' | 'not_json' | 'nested_too_deep' | 'success_false' | 'data_missing';

function readJson(body: string, shape: 'rows' | 'object', depthMax: number): Record<string, unknown> | Unread {
  const text = body.charCodeAt(0) === 0xfeff ? body.slice(1) : body;
  if (!isShallow(text, depthMax)) return 'nested_too_deep';
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return 'not_json';
  }
  if (!isObject(json)) return 'not_json';
  if (json['success'] !== true) {
    const message = json['message'];
    return typeof message === 'string' && BAD_KEY_MESSAGE.test(message) ? 'bad_key' : 'success_false';
  }
  const fits = shape === 'rows' ? Array.isArray(json['data']) : isObject(json['data']);
  return fits ? json : 'data_missing';
}

function statusFault(
  details: { operation: string; status: number; requestId: string | null },
  status: number,
  retryAfterMs: number | null,
): ProviderError {
  if (status === 401 || status === 403) return new ProviderAuthError(details);
  if (status === HTTP_NOT_FOUND) return new ProviderNotFoundError(details);
  if (status === 429) return new ProviderThrottledError(details, retryAfterMs);
  if (status >= 500 || status === 408) return new ProviderUnavailableError(details, retryAfterMs);
  if (status >= 300 && status < 400) return new ProviderContractError('redirected', details);
  return new ProviderRequestError(details);
}

/** Names what broke an attempt; of the cause only its code is shown, since its text may hold an address. */
function connectionFault(operation: string, cause: unknown, signal: AbortSignal): ProviderError {
  if (cause instanceof BodyTooLarge) return new ProviderContractError('body_too_large', { operation });
  if (signal.aborted && signal.reason === TIMED_OUT) {
    return new ProviderUnreachableError('provider_timeout', { operation });
  }
  if (signal.aborted) return new ProviderDeadlineError('stopped', { operation });
  return new ProviderUnreachableError('provider_unreachable', {
    operation,
    context: { causeCode: causeCodeOf(cause) },
    cause,
  });
}

function causeCodeOf(error: unknown): string | null {
  for (let at = error, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth++) {
    const code: unknown = Reflect.get(at, 'code');
    if (typeof code === 'string') return code;
  }
  return null;
}

/** A header is the other side's text: only what looks like an id may reach a log. */
function safeRequestId(header: string | null): string | null {
  return header !== null && /^[\w-]{1,64}$/.test(header) ? header : null;
}

function providerClock(date: string | null): Instant | null {
  const at = date === null ? Number.NaN : Date.parse(date);
  return isPlausible(at) ? at : null;
}
