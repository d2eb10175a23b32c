import type { Context } from 'aws-lambda';
import type { Pool } from 'pg';
import * as v from 'valibot';
import type { Clock } from '../src/domain/clock.ts';
import { makeReportPage } from '../src/report/make-report-page.ts';
import { accountOf } from '../src/runtime/account-settings.ts';
import { atEdge } from '../src/runtime/function-edge.ts';
import { parseEvent } from '../src/runtime/function-event.ts';
import { functionTools } from '../src/runtime/function-tools.ts';
import type { FunctionLog } from '../src/runtime/logger.ts';
import { reportRuntime } from '../src/runtime/report-runtime.ts';
import { dayKey, latestKey, type ReportStore, rangeKey } from '../src/runtime/report-store.ts';
import { RuntimeSource } from '../src/runtime/runtime-source.ts';
import { dayValue } from '../src/runtime/setting-values.ts';

/** The schedule's input is `{"account": "clinic"}`; by hand also with the first and the last day, each of which may be left out. */
const reportEventSchema = v.strictObject({
  account: v.pipe(v.string(), v.nonEmpty()),
  from: v.optional(dayValue),
  to: v.optional(dayValue),
});

const EVENT_ADVICE =
  'Give {"account": "<key>"} for the page of this month and the one before, or also "from": "2026-10-01", "to": "2026-10-31".';

/** What was made and where it was put. */
export interface ReportAnswer {
  readonly account: string;
  /** Days of the page, `YYYY-MM-DD`, both included. */
  readonly from: string;
  readonly to: string;
  readonly bytes: number;
  /** Keys in the bucket, the one to keep first. */
  readonly keys: readonly string[];
}

/** What the function works with for one account. */
export interface ReportDeps {
  /** Connections that only read. */
  readonly pool: Pool;
  readonly store: ReportStore;
}

/** What the function is built from. */
export interface ReportHandlerDeps {
  readonly clock: Clock;
  readonly log: FunctionLog;
  /** @throws {SettingsError} for an unknown account. */
  reportDeps(account: string): Promise<ReportDeps>;
}

/** Makes the page of the account named by the event. */
export type ReportHandler = (event: unknown, context: Context) => Promise<ReportAnswer>;

/**
 * The function that makes report pages and stores them. The page of the default range is put under its day and as the latest of the account; one of other
 * days under these, and the latest stays. Safe to repeat: it replaces what it put before.
 */
export function createReportHandler({ clock, log, reportDeps }: ReportHandlerDeps): ReportHandler {
  return async (event, context) => {
    log.addContext(context);
    const startedAt = clock.now();
    try {
      const { account, from = null, to = null } = parseEvent('report', reportEventSchema, event, EVENT_ADVICE);
      const { pool, store } = await reportDeps(account);
      const page = await makeReportPage(pool, { account, from, to, now: startedAt });
      const isDefault = from === null && to === null;
      const keys = isDefault
        ? [dayKey(account, page.madeOn), latestKey(account)]
        : [rangeKey(account, page.from, page.to)];
      for (const key of keys) await store.put(key, page.html);
      const bytes = Buffer.byteLength(page.html);
      log.info('report stored', {
        account,
        after: page.from,
        before: page.to,
        byte_count: bytes,
        object_count: keys.length,
        duration_ms: clock.now() - startedAt,
      });
      return { account, from: page.from, to: page.to, bytes, keys };
    } catch (error) {
      log.error('report not stored', error);
      throw error;
    }
  };
}

const source = new RuntimeSource(process.env, {
  service: 'report',
  runtime: reportRuntime(process.env),
  secrets: ['warehouse'],
});

/** The entry of the deployed function; built from the environment on first use, so that importing it needs no settings. */
export const handler: ReportHandler = atEdge(
  'report',
  createReportHandler({
    ...functionTools('report', process.env),
    reportDeps: async (account) => {
      const runtime = await source.current();
      accountOf(runtime.accounts, account);
      return { pool: runtime.pool(), store: runtime.store };
    },
  }),
);
