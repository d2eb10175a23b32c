import {
  ProviderContractError,
  ProviderDeadlineError,
  ProviderError,
  ProviderRequestError,
  ProviderThrottledError,
} from '../phaxio/errors.ts';

/*
 * How much a failed call says of the next one. Narrowest first: of one object, of one endpoint, of the provider (everything else).
 */

/** Answers by which the provider says that an endpoint is not for this key. */
const REFUSALS: ReadonlySet<number | null> = new Set([401, 403, 404, 422]);

/** The provider answered, but not as documented, or called the request wrong: that may be of this one object, list or window. */
export function isOddAnswer(error: unknown): error is ProviderContractError | ProviderRequestError {
  return error instanceof ProviderContractError || error instanceof ProviderRequestError;
}

/**
 * Once key and provider are known to work, whatever an endpoint answers is its own: missing, forbidden, dead, or too slow.
 * Not so when the provider wants no calls at all, or the run's time is over.
 */
export function isOfOneEndpoint(error: unknown): error is ProviderError {
  return (
    error instanceof ProviderError &&
    !(error instanceof ProviderThrottledError) &&
    !(error instanceof ProviderDeadlineError)
  );
}

/** The provider says that this endpoint is not for this key, or that there is none. */
export function isRefusal({ status }: ProviderError): boolean {
  return REFUSALS.has(status);
}
