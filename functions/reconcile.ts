import type { Context } from 'aws-lambda';
import type { Pool } from 'pg';
import * as v from 'valibot';
import type { Clock } from '../src/domain/clock.ts';
import { type Metrics, NO_METRICS } from '../src/domain/metrics.ts';
import { CANARY_ACCOUNT, CANARY_FAX_ID } from '../src/pipeline/canary.ts';
import { type MoneyRound, reconcileMoney } from '../src/pipeline/reconcile.ts';
import { atEdge } from '../src/runtime/function-edge.ts';
import { parseEvent } from '../src/runtime/function-event.ts';
import { functionTools } from '../src/runtime/function-tools.ts';
import type { FunctionLog } from '../src/runtime/logger.ts';
import { RuntimeSource } from '../src/runtime/runtime-source.ts';
import { warehouseRuntime } from '../src/runtime/warehouse-runtime.ts';
import { type Measures, measureAccount } from '../src/warehouse/measure.ts';

/** Time kept back at the end of an invocation, to log what was found. */
export const RECONCILE_RESERVE_MS = 10_000;

/**
 * The schedule's input: `{"account": "clinic", "task": "measure"}` or `"reconcile"`. `days`: how many days of creation the money checks
 * look back; all of them with a large number.
 */
const reconcileEventSchema = v.variant('task', [
  v.strictObject({ account: v.pipe(v.string(), v.nonEmpty()), task: v.literal('measure') }),
  v.strictObject({
    account: v.pipe(v.string(), v.nonEmpty()),
    task: v.literal('reconcile'),
    days: v.optional(v.pipe(v.number(), v.minValue(1), v.maxValue(10_000))),
  }),
]);

const EVENT_ADVICE =
  'Give {"account": "<key>", "task": "measure"} or "reconcile", the latter with "days" to look further back.';

/** What one invocation is asked to do. */
export type ReconcileEvent = v.InferOutput<typeof reconcileEventSchema>;

/** What was measured, or what the money checks found. */
export type ReconcileAnswer =
  | ({ readonly task: 'measure'; readonly account: string } & Measures)
  | ({ readonly task: 'reconcile'; readonly account: string } & MoneyRound);

/** What the function is built from. */
export interface ReconcileHandlerDeps {
  readonly clock: Clock;
  readonly log: FunctionLog;
  /** Default: nothing is published. */
  readonly metrics?: Metrics;
  /** Connections with the rights of a reader. @throws {SettingsError} for an unknown account. */
  warehouseOf(account: string): Pool | Promise<Pool>;
}

/** Measures or reconciles the account named by the event. */
export type ReconcileHandler = (event: unknown, context: Context) => Promise<ReconcileAnswer>;

/**
 * The function that looks at the warehouse and writes nothing. That money differs is no failure: it is counted, and what differs is logged
 * by ids and amounts.
 */
export function createReconcileHandler(deps: ReconcileHandlerDeps): ReconcileHandler {
  const { clock, log, metrics = NO_METRICS } = deps;
  return async (event, context) => {
    log.addContext(context);
    const startedAt = clock.now();
    try {
      const asked = parseEvent('reconcile', reconcileEventSchema, event, EVENT_ADVICE);
      const { account } = asked;
      const pool = await deps.warehouseOf(account);
      const now = clock.now();
      if (asked.task === 'measure') {
        const measures = await measureAccount(pool, {
          account,
          canary: { account: CANARY_ACCOUNT, faxId: CANARY_FAX_ID },
          now,
        });
        countMeasures(metrics, account, measures, now);
        logMeasures(log, account, measures, { now, durationMs: clock.now() - startedAt });
        return { task: 'measure', account, ...measures };
      }
      const round = await reconcileMoney(pool, account, {
        now,
        timeoutMs: context.getRemainingTimeInMillis() - RECONCILE_RESERVE_MS,
        ...(asked.days === undefined ? {} : { days: asked.days }),
      });
      metrics.add('CentsUnexplained', round.centsUnexplained, { account });
      metrics.add('FaxesUnexplained', round.faxesUnexplained, { account });
      logRound(log, account, round, clock.now() - startedAt);
      return { task: 'reconcile', account, ...round };
    } catch (error) {
      log.error('reconciling failed', error);
      throw error;
    } finally {
      metrics.flush();
    }
  };
}

function countMeasures(metrics: Metrics, account: string, measures: Measures, now: number): void {
  const { newestAnswerAt, canaryAt } = measures;
  metrics.add('FaxesOpenOverDay', measures.openOverDay, { account });
  metrics.add('RejectedOpen', measures.rejectedOpen, { account });
  metrics.add('DriftFields', measures.driftFields, { account });
  metrics.add('FaxesGoneLive', measures.goneLive, { account });
  metrics.add('ListingsIncomplete', measures.listingsIncomplete, { account });
  if (newestAnswerAt !== null) metrics.add('LoadedAge', Math.max(0, now - newestAnswerAt) / 1_000, { account });
  if (canaryAt !== null) metrics.add('CanaryAge', Math.max(0, now - canaryAt) / 1_000, { account: CANARY_ACCOUNT });
}

function logMeasures(
  log: FunctionLog,
  account: string,
  { openOverDay, rejectedOpen, driftFields, goneLive, listingsIncomplete, newestAnswerAt }: Measures,
  { now, durationMs }: { readonly now: number; readonly durationMs: number },
): void {
  log.info('warehouse measured', {
    account,
    open_count: openOverDay,
    rejected_count: rejectedOpen,
    drift_count: driftFields,
    gone_count: goneLive,
    incomplete_count: listingsIncomplete,
    age_ms: newestAnswerAt === null ? null : now - newestAnswerAt,
    duration_ms: durationMs,
  });
}

function logRound(log: FunctionLog, account: string, round: MoneyRound, durationMs: number): void {
  const { history, slices } = round;
  for (const { faxId, costCents, historyCents } of history.differences) {
    log.warn('cost is not the sum of its history', {
      account,
      fax_id: faxId,
      expected: costCents,
      differing_cents: historyCents - costCents,
    });
  }
  for (const { observation, pass, after, before, faxes, cents } of slices.differences) {
    log.warn('settled window differs from its look', {
      account,
      observation,
      pass,
      after,
      before,
      differing_count: faxes,
      differing_cents: cents,
    });
  }
  log.info('money checked', {
    account,
    row_count: history.faxes,
    slice_count: slices.windows,
    record_count: slices.faxes,
    explained_count: slices.laterFaxes,
    explained_cents: slices.laterCents,
    unclear_count: slices.unclear,
    differing_count: history.differing + slices.differing,
    differing_cents: round.centsUnexplained,
    duration_ms: durationMs,
  });
}

const source = new RuntimeSource(process.env, {
  service: 'reconcile',
  runtime: warehouseRuntime,
  secrets: ['warehouse'],
});

/** The entry of the deployed function; built from the environment on first use, so that importing it needs no settings. */
export const handler: ReconcileHandler = atEdge(
  'reconcile',
  createReconcileHandler({
    ...functionTools('reconcile', process.env),
    warehouseOf: async (account) => {
      const runtime = await source.current();
      runtime.account(account);
      return runtime.pool;
    },
  }),
);
