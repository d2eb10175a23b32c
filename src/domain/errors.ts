/** Ids, counts and setting names that help find the cause. Never secrets, phone numbers, names, tags or raw values. */
export type ErrorContext = Readonly<Record<string, string | number | boolean | null | undefined>>;

/** What every error of this project carries beside its message. */
export interface FaxsyncErrorOptions {
  /** Stable, snake_case; what alarms and exit codes branch on. */
  readonly code: string;
  /** True when the same work may succeed later without anyone changing anything. */
  readonly retryable?: boolean;
  readonly context?: ErrorContext;
  readonly cause?: unknown;
}

/**
 * Base of every error this project throws on purpose.
 * The message says what failed, on what, and what to do; it may be shown to anyone, so it holds no personal data.
 */
export class FaxsyncError extends Error {
  readonly code: string;
  readonly retryable: boolean;
  readonly context: ErrorContext;

  constructor(message: string, options: FaxsyncErrorOptions) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.code = options.code;
    this.retryable = options.retryable ?? false;
    this.context = options.context ?? {};
  }
}

/** A setting is missing or wrong. The message names the setting and the remedy; exit code 64. */
export class SettingsError extends FaxsyncError {}

/** A broken promise inside our own code: never expected in a release, never retried. */
export class InvariantError extends FaxsyncError {
  constructor(message: string, context: ErrorContext = {}) {
    super(message, { code: 'invariant_broken', context });
  }
}

/**
 * Stops where `condition` is false, naming the broken promise.
 * @throws {InvariantError} code `invariant_broken`.
 */
export function assertInvariant(condition: boolean, message: string, context: ErrorContext = {}): asserts condition {
  if (!condition) throw new InvariantError(message, context);
}
