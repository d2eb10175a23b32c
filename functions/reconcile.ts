import type { Context } from 'aws-lambda';
import type { Pool } from 'pg';
import * as v from 'valibot';
import type { Clock } from '../src/domain/clock.ts';
import { SettingsError } from '../src/domain/errors.ts';
import { type Metrics, NO_METRICS } from '../src/domain/metrics.ts';
import type { Period, ReconciliationSettings } from '../src/domain/reconciliation.ts';
import { type Instant, parseRfc3339 } from '../src/domain/time.ts';
import { CANARY_ACCOUNT, CANARY_FAX_ID } from '../src/pipeline/canary.ts';
import { type ExplainDocument, explainDocument, explainFax, faxIdOf } from '../src/pipeline/explain-fax.ts';
import { type ReconcileRequest, type ReconcileRound, reconcileAccount } from '../src/pipeline/reconcile.ts';
import { accountOf } from '../src/runtime/account-settings.ts';
import { CODE_VERSION } from '../src/runtime/code-version.ts';
import { atEdge } from '../src/runtime/function-edge.ts';
import { parseEvent } from '../src/runtime/function-event.ts';
import { functionTools } from '../src/runtime/function-tools.ts';
import type { FunctionLog } from '../src/runtime/logger.ts';
import { reconcileRuntime } from '../src/runtime/reconcile-runtime.ts';
import { RuntimeSource } from '../src/runtime/runtime-source.ts';
import {
  isSignOff,
  periodField,
  SIGN_OFF_EVENTS,
  type SignedOff,
  type SignOff,
  signOff,
} from '../src/runtime/sign-off.ts';
import { type Measures, measureAccount } from '../src/warehouse/measure.ts';
import { mendRollups, type RollupsCheck, RollupsDifferError } from '../src/warehouse/mend-rollups.ts';
import { type RunSummary, RunUnderWayError } from '../src/warehouse/recon/run.ts';
import { readOpenErrors, readStanding, type Standing } from '../src/warehouse/recon/standing.ts';
import { foldRollups } from '../src/warehouse/rollups.ts';

/** Time kept back at the end of an invocation, to log what was found. */
export const RECONCILE_RESERVE_MS = 10_000;
/** Differences that a run names in the log; the others are in `recon.items`. */
const NAMED_MAX = 20;

/** How long a daily round waits for another one before it looks again, and how often. */
const RIVAL_WAIT_MS = 15_000;
const RIVAL_WAITS_MAX = 3;

const accountField = v.pipe(v.string(), v.nonEmpty());
const instantField = v.pipe(
  v.string(),
  v.check((text) => parseRfc3339(text) !== null),
  v.transform((text) => parseRfc3339(text) as Instant),
);
const faxIdField = v.pipe(
  v.string(),
  v.check((text) => faxIdOf(text) !== null),
  v.transform((text) => faxIdOf(text) as string),
);

/**
 * The schedule's input: `{"account": "clinic", "task": "measure"}`, or `"reconcile"` with `every`: `hour` for the checks that find out soon, or
 * `day` for all of them. By hand also with one `period`, and `as_of` an instant: nothing that was looked at later is known then. And what people sign, or ask
 * of one fax.
 */
const reconcileEventSchema = v.variant('task', [
  v.strictObject({ account: accountField, task: v.literal('measure') }),
  v.strictObject({
    account: accountField,
    task: v.literal('reconcile'),
    every: v.optional(v.picklist(['hour', 'day']), 'day'),
    period: v.optional(periodField),
    as_of: v.optional(instantField),
  }),
  v.strictObject({ account: accountField, task: v.literal('explain'), fax_id: faxIdField }),
  ...SIGN_OFF_EVENTS,
]);

const EVENT_ADVICE =
  'Give {"account": "<key>", "task": "measure"}, or "reconcile" with "every": "day" or "hour"; for one month "period": "2026-10", ' +
  'and for what was known at an instant "as_of": "2026-11-01T06:00:00Z". Or "decide", "prepare", "approve", "reopen", "import", "explain" as the runbook has them.';

/** What one invocation is asked to do. */
export type ReconcileEvent = v.InferOutput<typeof reconcileEventSchema>;

/** What stands unexplained of the account, over all months: exceptions of severity error, and their US cents without sign. */
interface Unexplained {
  readonly account: string;
  readonly centsUnexplained: number;
  readonly faxesUnexplained: number;
}

/** What was measured, what the checks found, what was signed, or what is known of a fax. */
export type ReconcileAnswer =
  | ({ readonly task: 'explain' } & ExplainDocument)
  | (Unexplained & SignedOff)
  | ({
      readonly task: 'measure';
      /** What was folded into the sums that reports read; null where another run was at it. */
      readonly foldedRows: number | null;
    } & Unexplained &
      Measures)
  | ({
      readonly task: 'reconcile';
      readonly every: 'hour' | 'day';
      /** The sums that reports read, held against the tables; null in a run that does not look at them. */
      readonly rollups: RollupsCheck | null;
    } & Unexplained &
      ReconcileRound);

/** What the function works with for one account. */
export interface ReconcileDeps {
  /** Connections with the rights of one who reconciles. */
  readonly pool: Pool;
  readonly settings: ReconciliationSettings;
}

/** What the function is built from. */
export interface ReconcileHandlerDeps {
  readonly clock: Clock;
  readonly log: FunctionLog;
  /** Default: nothing is published. */
  readonly metrics?: Metrics;
  /** Version of this code, kept with every run. */
  readonly codeVersion: string;
  /** @throws {SettingsError} for an unknown account. */
  reconcileDeps(account: string): Promise<ReconcileDeps>;
}

/** Measures or reconciles the account named by the event. */
export type ReconcileHandler = (event: unknown, context: Context) => Promise<ReconcileAnswer>;

/**
 * The function that looks at the warehouse and writes schema recon. That money differs is no failure: it is kept, counted, and logged by ids and
 * amounts. A round that time did not suffice for says so, and the next one begins with the months that were left.
 */
export function createReconcileHandler(deps: ReconcileHandlerDeps): ReconcileHandler {
  const { clock, log, metrics = NO_METRICS } = deps;
  return async (event, context) => {
    log.addContext(context);
    const startedAt = clock.now();
    try {
      const asked = parseEvent('reconcile', reconcileEventSchema, event, EVENT_ADVICE);
      const { account } = asked;
      const { pool, settings } = await deps.reconcileDeps(account);
      if (asked.task === 'measure') {
        const now = clock.now();
        const canary = { account: CANARY_ACCOUNT, faxId: CANARY_FAX_ID };
        const measures = await measureAccount(pool, { account, canary, now });
        countMeasures(metrics, account, measures, now);
        const standing = await readStanding(pool, account);
        countStanding(metrics, account, standing, now);
        // After what alarms wait for: that sums are not folded yet makes reports slower, and not wrong.
        const foldedRows = await foldRollups(pool);
        logMeasures(log, account, measures, { now, foldedRows, durationMs: clock.now() - startedAt });
        return { task: 'measure', account, ...unexplained(standing), ...measures, foldedRows };
      }
      if (asked.task === 'explain') {
        const { fax_id: faxId } = asked;
        const explained = await explainFax(pool, { account, faxId, settings, now: clock.now() });
        if (explained === null) throw unknownFax(account, faxId);
        log.info('fax explained', { account, fax_id: faxId, duration_ms: clock.now() - startedAt });
        return { task: 'explain', ...explainDocument(explained) };
      }
      if (isSignOff(asked)) {
        const signed = await signOff(pool, asked, settings, clock.now());
        const standing = await readStanding(pool, account);
        countStanding(metrics, account, standing, clock.now());
        logSigned(log, asked, signed);
        return { account, ...unexplained(standing), ...signed };
      }
      const { every, period, as_of: asOf } = asked;
      const remainingMs = () => context.getRemainingTimeInMillis() - RECONCILE_RESERVE_MS;
      const round = await reconcileUndisturbed(pool, log, {
        account,
        settings,
        clock,
        every,
        codeVersion: deps.codeVersion,
        timeoutMs: remainingMs(),
        ...(period === undefined ? {} : { period }),
        ...(asOf === undefined ? {} : { asOf }),
      });
      for (const run of round.runs) await logRun(log, pool, run, every);
      const standing = await readStanding(pool, account);
      countStanding(metrics, account, standing, clock.now());
      if (every === 'day') countDaily(metrics, account, standing);
      logRound(log, account, { every, round, standing, durationMs: clock.now() - startedAt });
      // Once a day and last, since the money comes first; a run by hand for one month has other questions.
      const isWhole = every === 'day' && period === undefined && asOf === undefined;
      const rollups = isWhole ? await mendRollups(pool, { account, clock, timeoutMs: remainingMs() }) : null;
      if (rollups !== null) tellRollups(log, metrics, account, rollups);
      return { task: 'reconcile', account, every, ...unexplained(standing), ...round, rollups };
    } catch (error) {
      log.error('reconciling failed', error);
      throw error;
    } finally {
      metrics.flush();
    }
  };
}

function unknownFax(account: string, faxId: string): SettingsError {
  return new SettingsError(
    `Nothing of a fax ${faxId} is stored under account ${account}. Was it refused? See docs/runbook/rejected.md.`,
    { code: 'unknown_fax', context: { account, fax_id: faxId } },
  );
}

/**
 * An hourly round that meets another one ends quietly, since that one has its checks too. A daily one waits for it: the schedules of both are due
 * in the same minute once a day. Where that takes too long it fails, and is started again by Lambda.
 */
async function reconcileUndisturbed(pool: Pool, log: FunctionLog, request: ReconcileRequest): Promise<ReconcileRound> {
  const { account, every, clock, timeoutMs } = request;
  for (let waited = 0; ; waited++) {
    try {
      return await reconcileAccount(pool, { ...request, timeoutMs: timeoutMs - waited * RIVAL_WAIT_MS });
    } catch (error) {
      if (!(error instanceof RunUnderWayError) || (every === 'day' && waited === RIVAL_WAITS_MAX)) throw error;
      if (every === 'hour') {
        log.info('reconciliation left to another run', { account });
        return { runs: [], left: [] };
      }
    }
    await clock.sleep(RIVAL_WAIT_MS);
  }
}

function unexplained({ unexplainedCents, errors }: Standing): Omit<Unexplained, 'account'> {
  return { centsUnexplained: unexplainedCents, faxesUnexplained: errors };
}

/** What may end by a decision of somebody as well as by a run, so that it is measured between the runs too. */
function countStanding(metrics: Metrics, account: string, standing: Standing, now: number): void {
  const since = standing.reconciledAt ?? standing.knownSince ?? now;
  metrics.add('CentsUnexplained', standing.unexplainedCents, { account });
  metrics.add('FaxesUnexplained', standing.errors, { account });
  metrics.add('ReconcileAge', Math.max(0, now - since) / 1_000, { account });
}

function countDaily(metrics: Metrics, account: string, standing: Standing): void {
  const { matchedByCount, matchedByMoney } = standing;
  metrics.add('ExceptionsWarn', standing.warnings, { account });
  metrics.add('CentsOwed', standing.owedCents, { account });
  if (matchedByCount !== null) metrics.add('MatchRateCount', matchedByCount, { account });
  if (matchedByMoney !== null) metrics.add('MatchRateMoney', matchedByMoney, { account });
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
  {
    now,
    foldedRows,
    durationMs,
  }: { readonly now: number; readonly foldedRows: number | null; readonly durationMs: number },
): void {
  log.info('warehouse measured', {
    account,
    open_count: openOverDay,
    rejected_count: rejectedOpen,
    drift_count: driftFields,
    gone_count: goneLive,
    incomplete_count: listingsIncomplete,
    folded_count: foldedRows,
    age_ms: newestAnswerAt === null ? null : now - newestAnswerAt,
    duration_ms: durationMs,
  });
}

/** Who signed stands in recon.events, and not in the log. */
function logSigned(log: FunctionLog, asked: SignOff, signed: SignedOff): void {
  log.info('signed', {
    account: asked.account,
    kind: asked.task,
    ...('period' in asked ? { period: asked.period.slice(0, 7) } : {}),
    ...('changed' in signed ? { changed_count: signed.changed } : {}),
    ...('runId' in signed ? { run_id: signed.runId } : {}),
    ...('lineCount' in signed ? { row_count: signed.lineCount, charged_cents: signed.billedCents } : {}),
  });
}

/** One line for the run; one for each difference of severity error that stands, of an hourly run for those that it changed. */
async function logRun(log: FunctionLog, pool: Pool, run: RunSummary, every: 'hour' | 'day'): Promise<void> {
  const { account, runId } = run;
  const period = run.period as Period;
  const month = period.slice(0, 7);
  const changedByRun = every === 'hour' ? runId : null;
  const named = await readOpenErrors(pool, { account, period, changedByRun, limit: NAMED_MAX });
  for (const { itemId, checkId, reason, cents, owedCents, faxId } of named) {
    log.warn('difference found', {
      account,
      run_id: runId,
      period: month,
      item_id: itemId,
      check: checkId,
      reason,
      differing_cents: cents,
      owed_cents: owedCents,
      ...(faxId === null ? {} : { fax_id: faxId }),
    });
  }
  log.info('month reconciled', {
    account,
    run_id: runId,
    period: month,
    every,
    is_repeat: run.isRepeat,
    record_count: run.faxes,
    charged_cents: run.chargedCents,
    tested_count: run.testedCount,
    matched_count: run.matchedCount,
    tested_cents: run.testedCents,
    matched_cents: run.matchedCents,
    exception_count: run.exceptionsBySeverity.error,
    warn_count: run.exceptionsBySeverity.warn,
    differing_cents: run.unexplainedCents,
    owed_cents: run.owedCents,
  });
}

interface EndedRound {
  readonly every: 'hour' | 'day';
  readonly round: ReconcileRound;
  readonly standing: Standing;
  readonly durationMs: number;
}

function logRound(log: FunctionLog, account: string, { every, round, standing, durationMs }: EndedRound): void {
  const keys = {
    account,
    every,
    row_count: round.runs.length,
    remaining_count: round.left.length,
    exception_count: standing.errors,
    warn_count: standing.warnings,
    differing_cents: standing.unexplainedCents,
    owed_cents: standing.owedCents,
    duration_ms: durationMs,
  };
  if (round.left.length === 0) log.info('account reconciled', keys);
  else log.warn('reconciliation cut short', keys);
}

/** Names of rollups and how many of their keys differ: no day, tag or number of them. Where nothing was compared nothing is counted. */
function tellRollups(log: FunctionLog, metrics: Metrics, account: string, check: RollupsCheck): void {
  const { differences, isRight } = check;
  if (differences === null) {
    log.warn('sums not compared', { account, reason: 'deadline' });
    return;
  }
  metrics.add('RollupsDiffering', differences.length, { account });
  for (const { rollup, differenceCount } of differences) {
    const error = new RollupsDifferError(account, isRight);
    log.error('sums differed', error, { account, table: rollup, differing_count: differenceCount });
  }
}

const source = new RuntimeSource(process.env, {
  service: 'reconcile',
  runtime: reconcileRuntime,
  secrets: ['warehouse'],
});

/** The entry of the deployed function; built from the environment on first use, so that importing it needs no settings. */
export const handler: ReconcileHandler = atEdge(
  'reconcile',
  createReconcileHandler({
    ...functionTools('reconcile', process.env),
    codeVersion: CODE_VERSION,
    reconcileDeps: async (account) => {
      const runtime = await source.current();
      return { settings: accountOf(runtime.accounts, account).reconciliation, pool: runtime.pool() };
    },
  }),
);
