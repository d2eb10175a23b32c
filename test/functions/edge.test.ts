import { readFile } from 'node:fs/promises';
import { inspect } from 'node:util';
import type { Context } from 'aws-lambda';
import pg from 'pg';
import { describe, expect, it } from 'vitest';
import { listFunctions } from '../../infra/bundle.ts';
import { LOCAL_CONTEXT } from '../../src/cli/local-host.ts';
import { FaxsyncError } from '../../src/domain/errors.ts';
import { atEdge } from '../../src/runtime/function-edge.ts';

/** What a driver or a client of AWS hangs on its errors: all of it quotes what it was about. */
const CANARY = 'canary Jane';
const PHONE = '+12065551234';

function databaseError(): pg.DatabaseError {
  const error = new pg.DatabaseError(`duplicate key "${CANARY}"`, 10, 'error');
  error.code = '23505';
  error.detail = `Key (caller_name)=(${CANARY}) already exists.`;
  error.where = `COPY faxes, line 1: "${PHONE}"`;
  return error;
}

function awsError(): Error {
  const error = new Error(`secret ${CANARY} was refused`, { cause: databaseError() });
  error.name = 'ThrottlingException';
  return Object.assign(error, { $metadata: { requestId: CANARY }, $response: { body: PHONE } });
}

/** Our own error as it must not be made: with a foreign cause, more properties than the base has, and a key that may not be logged. */
function carelessError(): FaxsyncError {
  const error = new FaxsyncError(`The object of ${PHONE} could not be read. Look at it.`, {
    code: 'object_unreadable',
    retryable: true,
    context: { account: 'main', landedKey: 'main/1.gz', callerName: CANARY, note: PHONE },
    cause: databaseError(),
  });
  return Object.assign(error, { record: { caller_name: CANARY } });
}

/**
 * All that Lambda's runtime client could print of an error, by whatever format of the log: it writes type, message, code, lines of the
 * stack and every enumerable property, at any depth, as JSON. Hidden properties, which it leaves out today, are looked at as well.
 */
function printed(error: unknown): string {
  const replaced = (_key: string, value: unknown) =>
    value instanceof Error
      ? { errorType: value.name, errorMessage: value.message, stack: value.stack, ...value }
      : value;
  return `${JSON.stringify(error, replaced)}\n${inspect(error, { showHidden: true, depth: Number.POSITIVE_INFINITY })}`;
}

/** What comes out of a function in which this was thrown. */
async function outOf(thrown: unknown): Promise<Error> {
  const handler = atEdge('load', async () => {
    throw thrown;
  });
  const error: unknown = await handler({}, LOCAL_CONTEXT).then(
    () => null,
    (left: unknown) => left,
  );
  if (!(error instanceof Error)) throw new Error('nothing came out');
  return error;
}

/** An invocation that tells nothing of itself but an error, before anything of the function can catch it. */
const HOSTILE = new Proxy(LOCAL_CONTEXT, {
  get: () => {
    throw databaseError();
  },
});

describe('what comes out of a function', () => {
  it('is looked at as the runtime client writes it', () => {
    for (const error of [databaseError(), awsError(), carelessError()]) {
      expect(printed(error)).toContain(CANARY);
      expect(printed(error)).toContain(PHONE);
    }
  });

  it.each([
    ['an error of the driver', databaseError(), /^load failed in an unforeseen way \(error, 23505\)\. /],
    ['an error of AWS', awsError(), /^load failed in an unforeseen way \(ThrottlingException\)\. /],
    ['several at once', new AggregateError([awsError()], CANARY), /\(AggregateError\)/],
    ['a text', `${CANARY} ${PHONE}`, /\(string\)/],
    ['an object', { name: CANARY, code: PHONE, message: CANARY }, /\(object\)/],
    ['nothing', undefined, /\(undefined\)/],
    ['a name that is none', Object.assign(new Error('x'), { name: CANARY, code: `${CANARY}\n` }), /\(Error\)/],
    [
      'a stack that is none',
      Object.assign(new Error('x'), { stack: `Error: x\n    at ${CANARY} (/x:1:1)` }),
      /\(Error\)/,
    ],
  ])('has of %s only its name and code', async (_what, thrown, message) => {
    const error = await outOf(thrown);
    expect(error).toMatchObject({ name: 'FunctionError', code: 'unforeseen', retryable: false });
    expect(error.message).toMatch(message);
    for (const canary of [CANARY, PHONE, 'Jane']) expect(printed(error)).not.toContain(canary);
  });

  it('is our own error by name, code and message, without its cause and what else hangs on it', async () => {
    const error = await outOf(carelessError());
    expect({ ...error }).toEqual({
      name: 'FaxsyncError',
      code: 'object_unreadable',
      retryable: true,
      context: { account: 'main', landed_key: 'main/1.gz', dropped_keys: 2 },
    });
    expect(error.message).toBe('The object of [number] could not be read. Look at it.');
    expect(error.stack).toMatch(/^FaxsyncError: The object of \[number\] could .*\n {4}at \S*edge\.test\.ts:\d+$/);
    expect(error.cause).toBeUndefined();
    for (const canary of [CANARY, PHONE]) expect(printed(error)).not.toContain(canary);
  });

  it('keeps the whole of a message, which may name many settings', async () => {
    const faults = Array.from({ length: 40 }, (_, index) => `  FAXSYNC_SETTING_${index} is missing`).join('\n');
    expect((await outOf(new FaxsyncError(faults, { code: 'settings_invalid' }))).message).toBe(faults);
  });

  it('is the answer, untouched, where nothing was thrown', async () => {
    const answer = { batchItemFailures: [] };
    const handler = atEdge('load', async (event: object, { awsRequestId }: Context) => ({
      ...event,
      awsRequestId,
      answer,
    }));
    expect(await handler({ of: 1 }, LOCAL_CONTEXT)).toEqual({ of: 1, awsRequestId: 'local', answer });
  });
});

describe('every function', async () => {
  it.each(await listFunctions())('lets %s throw nothing past its edge', async (name) => {
    const file = new URL(`../../functions/${name}.ts`, import.meta.url);
    expect(await readFile(file, 'utf8')).toMatch(new RegExp(`export const handler[^=]*= atEdge\\(\\s*'${name}'`));
    const { handler } = (await import(file.href)) as {
      handler: (event: unknown, context: Context) => Promise<unknown>;
    };
    const left = await handler({ account: 'main', Records: [{}] }, HOSTILE).then(
      (answer) => ({ answer }),
      (error: unknown) => ({ error }),
    );
    if ('error' in left) expect(left.error).toMatchObject({ name: 'FunctionError', code: 'unforeseen' });
    else expect([name, left.answer]).toMatchObject(['receive-callback', { statusCode: 503 }]);
    expect(printed(left)).not.toContain(CANARY);
  });
});
