import { FaxsyncError } from '../domain/errors.ts';

/** Errors that waiting does not heal. */
const LASTING: ReadonlySet<string> = new Set([
  'ResourceNotFoundException',
  'AccessDeniedException',
  'DecryptionFailure',
  'InvalidRequestException',
  'InvalidParameterException',
  'ValidationException',
  'UnrecognizedClientException',
  'InvalidSignatureException',
  'CredentialsProviderError',
]);

/**
 * A secret could not be read. Code `secret_missing` (there is none of this name), `secret_denied` (somebody must change something),
 * or `secrets_unavailable`, the only one that reading again may help. Carries the secret's name and nothing that was in it.
 */
export class SecretsError extends FaxsyncError {}

/** Re-makes what the client of AWS threw, without its text. */
export function toSecretsError(secret: string, error: unknown): SecretsError {
  if (error instanceof SecretsError) return error;
  const name = error instanceof Error ? error.name : 'unknown';
  const context = { setting: secret, cause_code: name };
  if (name === 'ResourceNotFoundException') {
    return new SecretsError(
      `There is no secret ${secret}. Deploy the stack with this account in its settings, then fill the secret.`,
      { code: 'secret_missing', context },
    );
  }
  if (LASTING.has(name)) {
    return new SecretsError(
      `Secret ${secret} cannot be read (${name}). Check the rights of the function and of the key that encrypts the secret.`,
      { code: 'secret_denied', context },
    );
  }
  return new SecretsError(`Secrets Manager cannot be reached to read ${secret} (${name}). It is tried again.`, {
    code: 'secrets_unavailable',
    retryable: true,
    context,
  });
}
