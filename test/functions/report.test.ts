import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createReportHandler, handler } from '../../functions/report.ts';
import { LOCAL_CONTEXT } from '../../src/cli/local-host.ts';
import { SettingsError } from '../../src/domain/errors.ts';
import { HOUR_MS, toIso } from '../../src/domain/time.ts';
import { createLogger } from '../../src/runtime/logger.ts';
import { reportRuntime } from '../../src/runtime/report-runtime.ts';
import { S3ReportStore } from '../../src/runtime/report-store.ts';
import { loadObject } from '../../src/warehouse/load-object.ts';
import { freshDatabase, type TestDatabase } from '../support/database.ts';
import { preparedOf, TEST_LOAD, wireFax } from '../support/landed.ts';
import { type ReaderLogin, readerOf } from '../support/reader-login.ts';
import { S3Server } from '../support/s3-server.ts';

/** Five in the morning of 5 August in Chicago. */
const NOW = Date.UTC(2026, 7, 5, 10);
const NUMBER = '+14145550123';

let database: TestDatabase;
let reader: ReaderLogin;
const s3 = new S3Server(['pages']);
let report: ReturnType<typeof createReportHandler>;
let lines: Record<string, unknown>[] = [];
/** How long after {@link NOW} it is. */
let later = 0;

beforeAll(async () => {
  database = await freshDatabase();
  reader = await readerOf(database);
  const at = NOW - 30 * HOUR_MS;
  const window = { after: at, before: at + HOUR_MS };
  const shape = wireFax(1, toIso(at + 1_000), { status: 'success', cost: 7 });
  const recipients = shape.recipients?.map((each) => ({ ...each, phone_number: NUMBER }));
  const prepared = preparedOf({ observation: 1, at: at + 2 * HOUR_MS, window }, [{ ...shape, recipients }]);
  await loadObject(database.pool, prepared, TEST_LOAD);
  const client = await s3.start();
  report = createReportHandler({
    clock: { now: () => NOW + later, sleep: async () => {} },
    log: createLogger({ service: 'report', write: (line) => lines.push(JSON.parse(line)) }),
    reportDeps: async (account) => {
      if (account === 'other') throw new SettingsError('no such account', { code: 'unknown_account' });
      return { pool: reader.pool, store: new S3ReportStore(client, 'pages') };
    },
  });
});
afterAll(async () => {
  await s3.stop();
  await database.drop();
  await reader.drop();
});
afterEach(() => {
  lines = [];
});

const textOf = (path: string) => Buffer.from(s3.bytesOf(path) ?? []).toString();

describe('the report function', () => {
  it('stores the page of this month and the one before under its day and as the latest, by a login that only reads', async () => {
    const answer = await report({ account: 'main' }, LOCAL_CONTEXT);
    expect(answer).toEqual({
      account: 'main',
      from: '2026-07-01',
      to: '2026-08-05',
      bytes: s3.bytesOf('pages/main/latest.html')?.byteLength,
      keys: ['main/2026-08-05.html', 'main/latest.html'],
    });
    expect(s3.keys()).toEqual(['pages/main/2026-08-05.html', 'pages/main/latest.html']);
    const html = textOf('pages/main/latest.html');
    expect(html).toMatch(/^<!doctype html>[\s\S]*<svg[\s\S]*<\/html>\s*$/i);
    expect(html).not.toContain(NUMBER);
    expect(textOf('pages/main/2026-08-05.html')).toBe(html);
    expect(lines).toEqual([
      expect.objectContaining({
        level: 'INFO',
        message: 'report stored',
        account: 'main',
        after: '2026-07-01',
        before: '2026-08-05',
        byte_count: answer.bytes,
        object_count: 2,
      }),
    ]);
    expect(JSON.stringify(lines)).not.toContain('dropped_keys');
  });

  it('stores under the day it was made, also where the page ends with the last fax before', async () => {
    later = 30 * 24 * HOUR_MS;
    try {
      expect(await report({ account: 'main' }, LOCAL_CONTEXT)).toMatchObject({
        to: '2026-08-03',
        keys: ['main/2026-09-04.html', 'main/latest.html'],
      });
    } finally {
      later = 0;
    }
  });

  it('has a browser show the page, and nobody in between keep it', async () => {
    await report({ account: 'main' }, LOCAL_CONTEXT);
    expect(s3.headersOf('pages/main/latest.html')).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'private, no-store',
      'content-disposition': 'inline; filename="faxsync-main-latest.html"',
      'x-amz-checksum-sha256': expect.any(String),
    });
  });

  it('makes the same page from the same rows, and asks S3 for nothing but to put it', async () => {
    const before = textOf('pages/main/latest.html');
    s3.requests.length = 0;
    await report({ account: 'main' }, LOCAL_CONTEXT);
    expect(textOf('pages/main/latest.html')).toBe(before);
    expect(s3.requests).toEqual(['PUT pages/main/2026-08-05.html', 'PUT pages/main/latest.html']);
  });

  it('stores a page of other days under these, and leaves the latest alone', async () => {
    s3.requests.length = 0;
    const asked = { account: 'main', from: '2026-07-01', to: '2026-07-31' };
    expect((await report(asked, LOCAL_CONTEXT)).keys).toEqual(['main/2026-07-01_2026-07-31.html']);
    expect(s3.requests).toEqual(['PUT pages/main/2026-07-01_2026-07-31.html']);
  });

  it('fails, for Lambda to try again, where S3 refuses, and names no more than its own word for it', async () => {
    s3.faults.push({ method: 'PUT', status: 403, code: 'AccessDenied' });
    await expect(report({ account: 'main' }, LOCAL_CONTEXT)).rejects.toMatchObject({
      name: 'ReportStoreError',
      code: 'report_not_stored',
      retryable: true,
    });
    expect(lines).toMatchObject([
      {
        level: 'ERROR',
        message: 'report not stored',
        error: { code: 'report_not_stored', message: expect.stringContaining('(AccessDenied)') },
      },
    ]);
  });

  it.each([null, {}, { account: '' }, { account: 'main', to: 'today' }, { account: 'main', days: 3 }])(
    'refuses the input %j with a clear error that names no value',
    async (event) => {
      await expect(report(event, LOCAL_CONTEXT)).rejects.toMatchObject({
        code: 'report_event_invalid',
        message: expect.stringContaining('Give {"account"'),
      });
    },
  );

  it('fails for days that end before they begin, and for an account that is not known or was never loaded', async () => {
    const backwards = { account: 'main', from: '2026-08-01', to: '2026-07-01' };
    await expect(report(backwards, LOCAL_CONTEXT)).rejects.toMatchObject({ code: 'usage' });
    await expect(report({ account: 'other' }, LOCAL_CONTEXT)).rejects.toMatchObject({ code: 'unknown_account' });
    await expect(report({ account: 'empty' }, LOCAL_CONTEXT)).rejects.toMatchObject({ code: 'account_unknown' });
  });

  it('does not begin without the bucket of the deployment', async () => {
    await expect(handler({ account: 'main' }, LOCAL_CONTEXT)).rejects.toMatchObject({ code: 'settings_invalid' });
    const parse = (place: string) => () => reportRuntime({ FAXSYNC_REPORTS: place }).parse({ FAXSYNC_ACCOUNT: 'main' });
    expect(parse('')).toThrow('FAXSYNC_REPORTS is missing');
    expect(parse('/tmp/canary')).toThrow('FAXSYNC_REPORTS is not a place for report pages');
    expect(parse('/tmp/canary')).not.toThrow('canary');
    expect(parse('s3://pages')).not.toThrow();
  });
});
