import fc from 'fast-check';
import pg from 'pg';
import { describe, expect, it } from 'vitest';
import { FaxsyncError } from '../../src/domain/errors.ts';
import { LOGGABLE_KEYS } from '../../src/domain/log.ts';
import { createLogger } from '../../src/runtime/logger.ts';

function recorder() {
  const lines: string[] = [];
  return { lines, log: createLogger({ service: 'test', level: 'DEBUG', write: (line) => lines.push(line) }) };
}

/** What must never be seen in a line, in every disguise it comes in. */
const CANARIES = {
  phone: '+12065551234',
  national: '2065551234',
  name: 'Jane Canary',
  tag: 'ward-canary-7',
  secret: 'sk_canary_51H8',
};

function expectNoCanary(lines: readonly string[]): void {
  expect(lines.length).toBeGreaterThan(0);
  for (const canary of Object.values(CANARIES)) expect(lines.join('\n')).not.toContain(canary);
}

/** Passes what the types forbid, as a careless caller could. */
function careless(keys: Record<string, unknown>): object {
  return keys;
}

describe('createLogger', () => {
  it('writes one JSON line with level, message, service, time and the keys', () => {
    const { lines, log } = recorder();
    log.info('slice landed', { account: 'main', stream: 'faxes', record_count: 12 });
    const line: unknown = JSON.parse(lines[0] ?? '');
    expect(line).toMatchObject({
      level: 'INFO',
      message: 'slice landed',
      service: 'test',
      record_count: 12,
      stream: 'faxes',
    });
    expect(lines).toHaveLength(1);
  });

  it('drops keys that are not on the list and nested values, and counts them', () => {
    const { lines, log } = recorder();
    const keys = careless({
      account: 'main',
      from_number: CANARIES.phone,
      [CANARIES.tag]: 1,
      fax_id: { caller_name: CANARIES.name },
      reason: [CANARIES.secret],
    });
    log.info('fax loaded', keys);
    log.warn('fax loaded', keys);
    log.debug('fax loaded', keys);
    log.error('fax failed', new Error(CANARIES.name), keys);
    expect(lines).toHaveLength(4);
    expectNoCanary(lines);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ account: 'main', dropped_keys: 4 });
  });

  it('keeps class, code, message and allowed context of our own errors, and of their causes', () => {
    const { lines, log } = recorder();
    const cause = new FaxsyncError('inner failed', { code: 'inner', context: { sqlState: '40001' } });
    const error = new FaxsyncError('outer failed', {
      code: 'outer',
      retryable: true,
      context: { account: 'main', caller_name: CANARIES.name },
      cause,
    });
    log.error('load failed', error);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      error: {
        name: 'FaxsyncError',
        code: 'outer',
        message: 'outer failed',
        retryable: true,
        context: { account: 'main', dropped_keys: 1 },
        cause: { code: 'inner', message: 'inner failed', context: { sql_state: '40001' } },
      },
    });
    expectNoCanary(lines);
  });

  it('shows class, code and place of a foreign error, never its message, fields or causes’ messages', () => {
    const { lines, log } = recorder();
    const database = new pg.DatabaseError(`invalid input "${CANARIES.name}"`, 10, 'error');
    database.code = '22P02';
    database.detail = `Key (from_number)=(${CANARIES.phone}) exists`;
    database.where = CANARIES.tag;
    const outer = new TypeError(`about ${CANARIES.secret}\n    at ${CANARIES.tag} (file:///${CANARIES.name}:1:1)`, {
      cause: database,
    });
    log.error('load failed', outer);
    log.error('load failed', new AggregateError([new Error(CANARIES.phone)], CANARIES.name));
    log.error('load failed', { message: CANARIES.name, number: CANARIES.phone });
    log.error('load failed', CANARIES.secret);
    log.error('load failed', new FaxsyncError('wrapped', { code: 'wrapped', cause: database }));
    expectNoCanary(lines);
    expect(lines[0]).toContain('logger.test.ts');
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ error: { name: 'TypeError', cause: { code: '22P02' } } });
  });

  it('takes phone numbers out of texts that should not have held them, and leaves ids and times alone', () => {
    const { lines, log } = recorder();
    log.info(`called ${CANARIES.phone}`, { reason: `sent to ${CANARIES.national}, ${CANARIES.phone}` });
    log.info('slice landed', {
      after: '2026-11-22T10:00:00.000Z',
      fax_id: '123456789',
      landed_key: 'a/faxes/1790000000000.gz',
    });
    expectNoCanary(lines);
    expect(lines[1]).toContain('2026-11-22T10:00:00.000Z');
    expect(lines[1]).toContain('a/faxes/1790000000000.gz');
  });

  it('adds the invocation to the lines after addContext', () => {
    const { lines, log } = recorder();
    const context = { functionName: 'pull', memoryLimitInMB: '256', awsRequestId: 'r-1', invokedFunctionArn: 'arn' };
    log.addContext(context as Parameters<typeof log.addContext>[0]);
    log.info('run ended');
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ function_name: 'pull', function_request_id: 'r-1' });
  });

  it('lets no value through under any key that is not listed, whatever its shape', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.anything(), { maxKeys: 6 }), (keys) => {
        const { lines, log } = recorder();
        log.info('checked', keys);
        const { level, message, timestamp, service, dropped_keys, ...rest } = JSON.parse(lines[0] ?? '') as Record<
          string,
          unknown
        >;
        expect(message).toBe('checked');
        for (const [key, value] of Object.entries(rest)) {
          expect(LOGGABLE_KEYS).toContain(key);
          expect(typeof value === 'object' && value !== null).toBe(false);
        }
      }),
    );
  });
});
