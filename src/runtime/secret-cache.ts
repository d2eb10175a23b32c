import type { Clock } from '../domain/clock.ts';
import type { Log } from '../domain/log.ts';
import type { Instant } from '../domain/time.ts';
import { SecretsError } from './secrets-error.ts';
import type { ReadSecret } from './secrets-manager.ts';

/** How long a secret counts as known. A key that was replaced is therefore in use after this, or at once when the old one is refused. */
export const SECRET_AGE_MAX_MS = 5 * 60_000;
/** How long the last known secret is used, without asking, after Secrets Manager could not be reached. */
const PAUSE_MS = 30_000;

/** A cache over Secrets Manager itself, whose client is only loaded here. */
export async function openSecretCache(clock: Pick<Clock, 'now'>, log: Log): Promise<SecretCache> {
  const { openSecretsManager } = await import('./secrets-manager.ts');
  return new SecretCache(openSecretsManager(), clock, log);
}

/** A secret as it was last read. */
interface Known {
  readonly text: string;
  /** From here on it is read again. */
  readonly freshUntil: Instant;
}

/**
 * The secrets a function has read, by name: each read at most every five minutes of the clock, once for all who ask at the same time.
 * A read that fails is not remembered. While Secrets Manager is unreachable the secret last read goes on being used.
 */
export class SecretCache {
  readonly #read: ReadSecret;
  readonly #clock: Pick<Clock, 'now'>;
  readonly #log: Log;
  readonly #known = new Map<string, Known>();
  readonly #reading = new Map<string, Promise<string>>();

  constructor(read: ReadSecret, clock: Pick<Clock, 'now'>, log: Log) {
    this.#read = read;
    this.#clock = clock;
    this.#log = log;
  }

  /**
   * The text of a secret, at most five minutes old.
   * @throws {SecretsError} where it cannot be read now and was not read before, or may not be read any more.
   */
  text(secret: string): Promise<string> {
    const known = this.#known.get(secret);
    if (known !== undefined && this.#clock.now() < known.freshUntil) return Promise.resolve(known.text);
    return this.freshText(secret);
  }

  /** The text of a secret as it is now; like {@link text}, the one last read where Secrets Manager is unreachable. */
  freshText(secret: string): Promise<string> {
    const reading = this.#reading.get(secret) ?? this.#readNow(secret).finally(() => this.#reading.delete(secret));
    this.#reading.set(secret, reading);
    return reading;
  }

  /** Makes the next {@link text} of every secret, or of this one, read it anew. */
  forget(secret?: string): void {
    for (const [name, { text }] of this.#known) {
      if (secret === undefined || secret === name)
        this.#known.set(name, { text, freshUntil: Number.NEGATIVE_INFINITY });
    }
  }

  async #readNow(secret: string): Promise<string> {
    const known = this.#known.get(secret);
    const { text, ageMax } = await this.#read(secret).then(
      (read) => ({ text: read, ageMax: SECRET_AGE_MAX_MS }),
      (error: unknown) => {
        const mayGoOn = error instanceof SecretsError && error.retryable;
        if (known === undefined || !mayGoOn) {
          this.#known.delete(secret);
          throw error;
        }
        this.#log.warn('secret could not be read, the one read before is used', { setting: secret }, error);
        return { text: known.text, ageMax: PAUSE_MS };
      },
    );
    this.#known.set(secret, { text, freshUntil: this.#clock.now() + ageMax });
    return text;
  }
}
