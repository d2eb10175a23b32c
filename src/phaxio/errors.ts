import type { ErrorContext } from '../domain/errors.ts';
import { FaxsyncError } from '../domain/errors.ts';

/** What a provider error says beside its message; `operation` is our name of the call, never its URL. */
export interface ProviderErrorDetails {
  readonly operation: string;
  /** HTTP status; null when no answer arrived. */
  readonly status?: number | null;
  /** The provider's `x-request-id`, for its support. */
  readonly requestId?: string | null;
  readonly context?: ErrorContext;
  readonly cause?: unknown;
}

/**
 * Base of everything that can go wrong between us and the provider.
 * Messages and contexts hold our operation names, statuses and counts: no URL, no query, no body, no credentials.
 */
export class ProviderError extends FaxsyncError {
  readonly operation: string;
  readonly status: number | null;

  constructor(message: string, code: string, retryable: boolean, details: ProviderErrorDetails) {
    const status = details.status ?? null;
    super(message, {
      code,
      retryable,
      context: {
        operation: details.operation,
        ...(status === null ? {} : { httpStatus: status }),
        ...(details.requestId == null ? {} : { providerRequestId: details.requestId }),
        ...details.context,
      },
      cause: details.cause,
    });
    this.operation = details.operation;
    this.status = status;
  }
}

/** 401 or 403 with every credential slot (code `provider_auth`): someone must change the key; never retried. */
export class ProviderAuthError extends ProviderError {
  constructor(details: ProviderErrorDetails) {
    super(
      `The provider refused our credentials for ${details.operation}. Check the API key and secret of this account.`,
      'provider_auth',
      false,
      details,
    );
  }
}

/** 404 where the caller did not expect one (code `provider_not_found`). */
export class ProviderNotFoundError extends ProviderError {
  constructor(details: ProviderErrorDetails) {
    super(
      `The provider knows nothing at ${details.operation}. Check the provider URL and the API version.`,
      'provider_not_found',
      false,
      details,
    );
  }
}

/** 422 or another 4xx (code `provider_refused_request`): our request is wrong, so asking again cannot help. */
export class ProviderRequestError extends ProviderError {
  constructor(details: ProviderErrorDetails) {
    super(
      `The provider calls our request ${details.operation} invalid (HTTP ${details.status ?? 'unknown'}). This is a defect of faxsync or a change of the API: report it.`,
      'provider_refused_request',
      false,
      details,
    );
  }
}

/** 429 until the retries or the deadline ran out (code `provider_throttled`). */
export class ProviderThrottledError extends ProviderError {
  /** What `Retry-After` asked for, in ms, before our cap; null when it said nothing readable. */
  readonly retryAfterMs: number | null;

  constructor(details: ProviderErrorDetails, retryAfterMs: number | null) {
    super(
      `The provider says ${details.operation} comes too often. The next run goes on from here; lower the call rate if this lasts.`,
      'provider_throttled',
      true,
      details,
    );
    this.retryAfterMs = retryAfterMs;
  }
}

/** 5xx or 408 (code `provider_unavailable`). */
export class ProviderUnavailableError extends ProviderError {
  /** As in {@link ProviderThrottledError}; a 503 may carry one too. */
  readonly retryAfterMs: number | null;

  constructor(details: ProviderErrorDetails, retryAfterMs: number | null) {
    super(
      `The provider failed at ${details.operation} (HTTP ${details.status ?? 'unknown'}). The next run goes on from here.`,
      'provider_unavailable',
      true,
      details,
    );
    this.retryAfterMs = retryAfterMs;
  }
}

/** No whole answer: refused, reset, cut off by the socket, bad framing (code `provider_unreachable`) or too slow (`provider_timeout`). */
export class ProviderUnreachableError extends ProviderError {
  constructor(code: 'provider_unreachable' | 'provider_timeout', details: ProviderErrorDetails) {
    super(
      code === 'provider_timeout'
        ? `The provider did not finish its answer to ${details.operation} in time. The next run goes on from here.`
        : `The connection to the provider broke during ${details.operation}. If this lasts, check the provider URL and the network.`,
      code,
      true,
      details,
    );
  }
}

/** Why an answer with HTTP 200 is not what the provider documents. */
export type ContractBreach =
  | 'not_json'
  | 'success_false'
  | 'data_missing'
  | 'body_too_large'
  | 'nested_too_deep'
  | 'redirected'
  | 'inconsistent_listing'
  | 'date_leaps';

/**
 * The provider answered, but not as documented (code `provider_<breach>`).
 * Such an answer is never read as an empty page. Retryable: most are passing faults, and nothing was lost.
 */
export class ProviderContractError extends ProviderError {
  readonly breach: ContractBreach;

  constructor(breach: ContractBreach, details: ProviderErrorDetails) {
    super(
      `The provider's answer to ${details.operation} ${BREACHES[breach]}. Nothing of it was used; if the next runs say the same, the API has changed.`,
      `provider_${breach}`,
      true,
      details,
    );
    this.breach = breach;
  }
}

const BREACHES: Readonly<Record<ContractBreach, string>> = {
  not_json: 'is not whole JSON',
  success_false: 'says success: false',
  data_missing: 'has no data of the documented shape',
  body_too_large: 'is larger than the limit',
  nested_too_deep: 'is nested deeper than the limit',
  redirected: 'is a redirect, which is never followed',
  inconsistent_listing: 'contradicts itself about how many rows there are',
  date_leaps: 'has a Date more than a day ahead of every clock known, and a second answer another one',
};

/** The caller's time is up, or it was told to stop (codes `deadline_reached`, `stopped`): not the provider's fault, nothing is lost. */
export class ProviderDeadlineError extends ProviderError {
  constructor(code: 'deadline_reached' | 'stopped', details: ProviderErrorDetails) {
    super(
      code === 'stopped'
        ? `Stopped before ${details.operation} was done. The next run goes on from here.`
        : `No time left for ${details.operation} in this run. The next run goes on from here.`,
      code,
      true,
      details,
    );
  }
}
