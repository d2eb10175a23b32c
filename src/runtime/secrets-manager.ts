import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SecretsError, toSecretsError } from './secrets-error.ts';

/** A call takes some milliseconds; whoever waits for longer has somebody waiting behind it, such as a provider's callback. */
const LIMITS = {
  maxAttempts: 2,
  requestHandler: { connectionTimeout: 2_000, requestTimeout: 3_000, throwOnRequestTimeout: true },
} as const;

/** Reads the text of a secret by its name. @throws {SecretsError} */
export type ReadSecret = (secret: string) => Promise<string>;

/** Reads from Secrets Manager, with a client of its own. Imported only where the settings name secrets. */
export function openSecretsManager(): ReadSecret {
  const client = new SecretsManagerClient(LIMITS);
  return async (secret) => {
    try {
      const { SecretString: text } = await client.send(new GetSecretValueCommand({ SecretId: secret }));
      if (text !== undefined) return text;
    } catch (error) {
      throw toSecretsError(secret, error);
    }
    throw new SecretsError(`Secret ${secret} holds bytes, not text. Put its JSON in as text (--secret-string).`, {
      code: 'secret_denied',
      context: { setting: secret },
    });
  };
}
