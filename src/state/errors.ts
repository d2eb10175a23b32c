import { FaxsyncError } from '../domain/errors.ts';

/**
 * The state store could not do what it was asked.
 * Code `state_unavailable` (retryable): not reached, overloaded, or the answer was lost.
 * Code `state_unusable` (not retryable): the table is missing or we may not use it; a human has to act.
 * Context holds the account, the operation and the store's own error name; never a value.
 */
export class StateUnavailableError extends FaxsyncError {}
