import { FaxsyncError } from '../domain/errors.ts';

/**
 * The landing zone could not store or give back an object.
 * Codes: `landing_unavailable` (retryable: not stored or not reached), `landing_unusable` (not retryable: no such bucket or
 * folder, or no right to use it), `landed_object_missing` and `landed_object_unreadable` (not retryable).
 * Context holds the key, which has no personal data, and the system's own error name; never anything of the object.
 */
export class LandingError extends FaxsyncError {}

/** The error of an object whose content is not an envelope; `fault` names what is wrong without quoting any of it. */
export function unreadableObject(key: string, fault: string, cause?: unknown): LandingError {
  return new LandingError(
    `The landed object ${key} cannot be read: ${fault}. It stays where it is; look at it by hand and land the window again.`,
    { code: 'landed_object_unreadable', context: { landedKey: key, fault }, cause },
  );
}

/** The error of a key under which there is nothing. */
export function missingObject(key: string, cause?: unknown): LandingError {
  return new LandingError(
    `There is no landed object ${key}. Check FAXSYNC_LANDING and the lifecycle rule of the landing zone.`,
    { code: 'landed_object_missing', context: { landedKey: key }, cause },
  );
}
