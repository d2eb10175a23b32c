import type { Context } from 'aws-lambda';
import * as v from 'valibot';
import type { Clock } from '../src/domain/clock.ts';
import { SettingsError } from '../src/domain/errors.ts';
import { type PullSummary, pull } from '../src/pipeline/pull.ts';
import type { FunctionLog } from '../src/runtime/logger.ts';
import { type PullAccountDeps, Runtime } from '../src/runtime/runtime.ts';

/** Time kept back at the end of an invocation, to land what was answered, move the cursor and give the lease back. */
export const PULL_RESERVE_MS = 10_000;

/** The schedule's input: `{"account": "clinic"}`, or with names of passes and streams to leave out the others. */
const pullEventSchema = v.strictObject({
  account: v.pipe(v.string(), v.nonEmpty()),
  passes: v.optional(v.array(v.string())),
  streams: v.optional(v.array(v.string())),
  eager: v.optional(v.boolean()),
});

/** What one invocation is asked to pull; see {@link pull} for the fields. */
export type PullEvent = v.InferOutput<typeof pullEventSchema>;

/** What the function is built from. */
export interface PullHandlerDeps {
  readonly clock: Clock;
  readonly log: FunctionLog;
  /** @throws {SettingsError} for an unknown account. */
  pullDeps(account: string): PullAccountDeps;
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
export function createPullHandler({ clock, log, pullDeps, holder, signal, onSummary }: PullHandlerDeps): PullHandler {
  return async (event, context) => {
    log.addContext(context);
    const startedAt = clock.now();
    const { account, passes, streams, eager } = parsePullEvent(event);
    const { ports, provider, settings, backfillFrom, skippedStreams, undocumentedPaths } = pullDeps(account);
    const request = {
      provider,
      backfillFrom,
      skippedStreams,
      undocumentedPaths,
      deadline: startedAt + context.getRemainingTimeInMillis() - PULL_RESERVE_MS,
      // A repeated invocation has the same request id, and must not pass for the one that may still run.
      holder: holder ?? `${context.awsRequestId}.${Math.floor(ports.random() * 2 ** 32).toString(36)}`,
      ...(passes === undefined ? {} : { passes }),
      ...(streams === undefined ? {} : { streams }),
      ...(eager === undefined ? {} : { eager }),
      ...(signal === undefined ? {} : { signal }),
    };
    const summary = await pull(ports, request, settings);
    logSummary(log, summary, clock.now() - startedAt);
    onSummary?.(summary);
    if (summary.failure !== null) {
      log.error('pull failed', summary.failure, { account });
      throw summary.failure;
    }
    return summary;
  };
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

/** @throws {SettingsError} code `pull_event_invalid`, naming the fields at fault but no values. */
function parsePullEvent(event: unknown): PullEvent {
  const parsed = v.safeParse(pullEventSchema, event);
  if (parsed.success) return parsed.output;
  const faults = new Set(parsed.issues.map((issue) => v.getDotPath(issue) ?? 'the event itself'));
  throw new SettingsError(
    `The pull function was started with an input it does not understand: ${[...faults].join(', ')}. ` +
      'Give {"account": "<key>"}, with "passes" and "streams" as lists of names if not all are wanted.',
    { code: 'pull_event_invalid' },
  );
}

let built: Promise<PullHandler> | undefined;

/** The entry of the deployed function; built from the environment on first use, so that importing it needs no settings. */
export const handler: PullHandler = async (event, context) => {
  built ??= Runtime.fromEnvironment(process.env).then((runtime) =>
    createPullHandler({
      clock: runtime.clock,
      log: runtime.log('pull'),
      pullDeps: (account) => runtime.pullDeps(account),
    }),
  );
  return (await built)(event, context);
};
