import type { Context } from 'aws-lambda';
import { FaxsyncError } from '../domain/errors.ts';
import { describeError, type ShownError, withoutNumbers } from './shown-error.ts';

/**
 * What leaves a function in place of what was thrown in it. Of our own errors it has name, code, message and what of the context may be
 * logged; of all others only name and code, with the code `unforeseen` of its own. It has no cause and no property beyond these: Lambda's
 * runtime client prints the error with its stack and everything enumerable, past the allow list of our log.
 */
export class FunctionError extends FaxsyncError {
  constructor(
    message: string,
    { code, retryable = false, context = {}, ...shown }: ShownError & { readonly code: string },
  ) {
    super(message, { code, retryable, context });
    this.name = shown.name;
    const place = shown.location === undefined ? '' : `\n    at ${shown.location}`;
    this.stack = `${shown.name}: ${message}${place}`;
  }
}

/**
 * The edge of a deployed function, around every exported `handler`: what is thrown inside leaves as a {@link FunctionError}. What led to it
 * is in the log, where the handler wrote it before.
 */
export function atEdge<Event, Answer>(
  service: string,
  handler: (event: Event, context: Context) => Promise<Answer>,
): (event: Event, context: Context) => Promise<Answer> {
  return async (event, context) => {
    try {
      return await handler(event, context);
    } catch (error) {
      throw leaving(service, error);
    }
  };
}

function leaving(service: string, error: unknown): FunctionError {
  const { cause: _, ...shown } = describeError(error);
  if (error instanceof FaxsyncError) {
    return new FunctionError(withoutNumbers(error.message), { ...shown, code: shown.code ?? 'unforeseen' });
  }
  const { name, code } = shown;
  return new FunctionError(
    `${service} failed in an unforeseen way (${code === undefined ? name : `${name}, ${code}`}). ` +
      'This is a defect of faxsync: report it with what the log says of this request.',
    { ...shown, name: 'FunctionError', code: 'unforeseen' },
  );
}
