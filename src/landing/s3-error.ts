import { LandingError } from './errors.ts';

/** Needs a human: no such bucket, no right, wrong credentials or region. */
const UNUSABLE: ReadonlySet<string> = new Set([
  'NoSuchBucket',
  'AccessDenied',
  'InvalidAccessKeyId',
  'SignatureDoesNotMatch',
  'AllAccessDisabled',
  'PermanentRedirect',
  'CredentialsProviderError',
]);

/** S3's own name of what went wrong. */
export function errorName(error: unknown): string {
  return error instanceof Error ? error.name : 'unknown';
}

/** The error of a request about an object that S3 did not carry out; whether a human has to act follows from S3's own name for it. */
export function s3Error(verb: 'store' | 'read' | 'list' | 'announce', key: string, cause: unknown): LandingError {
  const error = errorName(cause);
  const context = { landedKey: key, causeCode: error, store: 's3' };
  if (UNUSABLE.has(error)) {
    // S3 says that an object is missing only to who may list the bucket; to all others it denies the access.
    const mayBeMissing = verb === 'read' && error === 'AccessDenied';
    return new LandingError(
      `The landing bucket does not let us ${verb} ${key} (${error})${mayBeMissing ? ', or the object is not there' : ''}. Check the bucket of FAXSYNC_LANDING and the rights of this role.`,
      { code: 'landing_unusable', context, cause },
    );
  }
  return new LandingError(
    `The landing bucket could not ${verb} ${key} (${error}). Nothing has to be done unless it lasts; the work is repeated by the next run.`,
    { code: 'landing_unavailable', retryable: true, context, cause },
  );
}
