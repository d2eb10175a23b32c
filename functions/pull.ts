import type { Context } from 'aws-lambda';
import * as v from 'valibot';
import type { Clock } from '../src/domain/clock.ts';
import { type Metrics, NO_METRICS } from '../src/domain/metrics.ts';
import { ProviderAuthError } from '../src/phaxio/errors.ts';
import { HEAD_PASS, standardPassNames } from '../src/pipeline/passes.ts';
import { type PullSummary, pull } from '../src/pipeline/pull.ts';
import { type AskedPasses, readPassLags, walkedLags } from '../src/pipeline/pull-lags.ts';
import { atEdge } from '../src/runtime/function-edge.ts';
import { parseEvent } from '../src/runtime/function-event.ts';
import { functionTools } from '../src/runtime/function-tools.ts';
import type { FunctionLog } from '../src/runtime/logger.ts';
import { pullRuntime } from '../src/runtime/pull-runtime.ts';
import type { PullAccountDeps } from '../src/runtime/runtime.ts';
import { RuntimeSource } from '../src/runtime/runtime-source.ts';

/** Time kept back at the end of an invocation, to land what was answered, move the cursor and give the lease back. */
export const PULL_RESERVE_MS = 10_000;

/** Longest wait for the account's lease that an event may ask for. */
const PATIENCE_SECONDS_MAX = 120;

/**
 * The schedule's input: `{"account": "clinic"}`, or with names of passes and streams to leave out the others.
 * `patience_seconds`: how long to wait while another run has the account; without it the run ends at once.
 */
const pullEventSchema = v.strictObject({
  account: v.pipe(v.string(), v.nonEmpty()),
  passes: v.optional(v.array(v.string())),
  streams: v.optional(v.array(v.string())),
  eager: v.optional(v.boolean()),
  patience_seconds: v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(PATIENCE_SECONDS_MAX))),
});

const EVENT_ADVICE =
  'Give {"account": "<key>"}, with "passes" and "streams" as lists of names if not all are wanted, ' +
  `and "patience_seconds" from 0 to ${PATIENCE_SECONDS_MAX} to wait for another run.`;

/** What one invocation is asked to pull; see {@link pull} for the fields. */
export type PullEvent = v.InferOutput<typeof pullEventSchema>;

/** What the function is built from. */
export interface PullHandlerDeps {
  readonly clock: Clock;
  readonly log: FunctionLog;
  /** Asked once the event was understood, so that only its account's secret is read. @throws {SettingsError} for an unknown account. */
  pullDeps(account: string): PullAccountDeps | Promise<PullAccountDeps>;
  /** Default: nothing is published. */
  readonly metrics?: Metrics;
  /** Told when the provider refused every key of the account: whoever keeps them should read them anew. */
  readonly onCredentialsRefused?: () => void;
  /** Name of the run for the lease; default: the invocation's id and a drawn ending. */
  readonly holder?: string;
  /** Ends the run early, in order: Ctrl-C of the command line. */
  readonly signal?: AbortSignal;
  /** Told what a run did before it is answered, or thrown away with its failure. */
  readonly onSummary?: (summary: PullSummary) => void;
}

/** Pulls the account named by the event and answers what was done. */
export type PullHandler = (event: unknown, context: Context) => Promise<PullSummary>;

/**
 * The function behind an account's schedule: pulls until nothing is due or the invocation's time is nearly over.
 * Throws when anything of the run failed, although the rest of it may be done, so that the invocation counts as failed; everything landed before stays, and the next run
 * goes on from its cursors. A run that another one keeps from the account, or that ran out of time, is no failure.
 */
export function createPullHandler(deps: PullHandlerDeps): PullHandler {
  const { clock, log, pullDeps, metrics = NO_METRICS, holder, signal, onSummary } = deps;
  return async (event, context) => {
    log.addContext(context);
    const startedAt = clock.now();
    // Known only once the event was understood; a failure before that counts for the function alone.
    let scope: { account?: string } = {};
    let isFailed = true;
    try {
      const {
        account,
        passes,
        streams,
        eager,
        patience_seconds: patienceSeconds,
      } = parseEvent('pull', pullEventSchema, event, EVENT_ADVICE);
      scope = { account };
      const { ports, provider, settings, backfillFrom, skippedStreams, undocumentedPaths } = await pullDeps(account);
      const request = {
        provider,
        backfillFrom,
        skippedStreams,
        undocumentedPaths,
        deadline: startedAt + context.getRemainingTimeInMillis() - PULL_RESERVE_MS,
        // A repeated invocation has the same request id, and must not pass for the one that may still run.
        holder: holder ?? `${context.awsRequestId}.${Math.floor(ports.random() * 2 ** 32).toString(36)}`,
        ...(patienceSeconds === undefined ? {} : { patienceMs: patienceSeconds * 1_000 }),
        ...(passes === undefined ? {} : { passes }),
        ...(streams === undefined ? {} : { streams }),
        ...(eager === undefined ? {} : { eager }),
        ...(signal === undefined ? {} : { signal }),
      };
      const summary = await pull(ports, request, settings);
      logSummary(log, summary, clock.now() - startedAt);
      const isRefused = summary.failure instanceof ProviderAuthError;
      if (isRefused) deps.onCredentialsRefused?.();
      countSummary(metrics, summary, isRefused);
      if (deps.metrics !== undefined) await countLags(metrics, ports, request, summary);
      onSummary?.(summary);
      if (summary.failure !== null) throw summary.failure;
      isFailed = false;
      return summary;
    } catch (error) {
      log.error('pull failed', error, scope);
      throw error;
    } finally {
      metrics.add('PullFailed', isFailed ? 1 : 0, scope);
      metrics.flush();
    }
  };
}

function countSummary(metrics: Metrics, summary: PullSummary, isRefused: boolean): void {
  const { account, counters, landedKeys, lookupsGivenUp } = summary;
  const scope = { account };
  metrics.add('ProviderCalls', counters.calls, scope);
  metrics.add('ProviderRetries', counters.retries, scope);
  metrics.add('ProviderThrottled', counters.throttled, scope);
  metrics.add('ObjectsLanded', landedKeys.length, scope);
  metrics.add('LookupsGivenUp', lookupsGivenUp, scope);
  metrics.add('CredentialsRefused', isRefused ? 1 : 0, scope);
}

/** Without the cursors only what the run itself told is known; that they cannot be read is no failure of what was pulled. */
async function countLags(
  metrics: Metrics,
  ports: PullAccountDeps['ports'],
  asked: AskedPasses,
  summary: PullSummary,
): Promise<void> {
  const lags = await readPassLags(ports, asked, summary).catch(() => walkedLags(summary));
  const { account } = summary;
  for (const [pass, lagMs] of lags) {
    if (pass === HEAD_PASS.name) metrics.add('HeadLag', lagMs / 1_000, { account });
    metrics.add('PassLag', lagMs / 1_000, { account, pass });
  }
}

function logSummary(log: FunctionLog, summary: PullSummary, durationMs: number): void {
  for (const { name, lagMs, slices, rows, position } of summary.passes) {
    log.info('pass walked', {
      account: summary.account,
      pass: name,
      lag_ms: lagMs,
      slice_count: slices,
      row_count: rows,
      cursor: position,
    });
  }
  const { account, lookupsGivenUp } = summary;
  if (lookupsGivenUp > 0) log.warn('watched faxes given up', { account, refused_count: lookupsGivenUp });
  log.info('account pulled', {
    account: summary.account,
    reason: summary.end,
    object_count: summary.landedKeys.length,
    call_count: summary.counters.calls,
    retry_count: summary.counters.retries,
    refused_count: summary.counters.throttled,
    byte_count: summary.counters.bytes,
    failed_count: summary.lookupFailures,
    duration_ms: durationMs,
  });
}

const source = new RuntimeSource(process.env, { service: 'pull', runtime: pullRuntime, secrets: ['provider'] });

/** The entry of the deployed function; its settings and the keys of the event's account are read when it is called, so that importing it needs none. */
export const handler: PullHandler = atEdge(
  'pull',
  createPullHandler({
    ...functionTools('pull', process.env, standardPassNames()),
    pullDeps: async (account) => (await source.current(account)).pullDeps(account),
    onCredentialsRefused: () => source.forget(),
  }),
);
