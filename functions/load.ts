import type { Context, S3Event, SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { FaxsyncError } from '../src/domain/errors.ts';
import { type Metrics, NO_METRICS } from '../src/domain/metrics.ts';
import { parseLandingKey } from '../src/landing/key.ts';
import { type LandedOutcome, type LoadDeps, loadLanded } from '../src/pipeline/load.ts';
import { outageOf } from '../src/pipeline/outage.ts';
import { atEdge } from '../src/runtime/function-edge.ts';
import { functionTools } from '../src/runtime/function-tools.ts';
import type { FunctionLog } from '../src/runtime/logger.ts';
import { RuntimeSource } from '../src/runtime/runtime-source.ts';
import { warehouseRuntime } from '../src/runtime/warehouse-runtime.ts';
import { isReachable } from '../src/warehouse/is-reachable.ts';

/** With less time left no further object is begun: a run that is killed gives back what it has loaded, too. */
export const LOAD_RESERVE_MS = 30_000;

/** What the function is built from. */
export interface LoadHandlerDeps extends LoadDeps {
  readonly log: FunctionLog;
  /** The landing key of an object of the bucket; null where it is no landed object. */
  landedKeyOf(objectKey: string): string | null;
  /** Default: nothing is published. */
  readonly metrics?: Metrics;
}

/** Loads the objects named by the bucket's notifications in one SQS batch. */
export type LoadHandler = (event: SQSEvent, context: Context) => Promise<SQSBatchResponse>;

/** The queue's message is not a notification of the bucket; it goes to the dead-letter queue. */
export class UnreadableMessageError extends FaxsyncError {}

/** Keys named by one message. S3 sends a test message without records when the notification is set up: no keys. */
function keysOf(body: string, landedKeyOf: LoadHandlerDeps['landedKeyOf']): string[] {
  let notification: Partial<S3Event> & { Event?: string };
  try {
    notification = JSON.parse(body) as typeof notification;
  } catch (cause) {
    throw new UnreadableMessageError(
      'A message of the load queue is not JSON; it was not sent by the landing bucket.',
      {
        code: 'unreadable_message',
        cause,
      },
    );
  }
  if (notification.Event === 's3:TestEvent') return [];
  if (!Array.isArray(notification.Records)) {
    throw new UnreadableMessageError(
      'A message of the load queue names no objects; it was not sent by the landing bucket.',
      {
        code: 'unreadable_message',
      },
    );
  }
  return notification.Records.map((record) => {
    // The bucket's notifications write keys as in a URL, with + for a space.
    const key = landedKeyOf(decodeURIComponent(record.s3.object.key.replaceAll('+', ' ')));
    if (key !== null) return key;
    throw new UnreadableMessageError(
      'A message names an object that is not of the landing zone; nothing else may be put in its bucket.',
      {
        code: 'unreadable_message',
      },
    );
  });
}

/**
 * Loads every object of the batch and answers which messages failed, so that only those come back.
 * One object is one transaction; the order within the batch is the queue's, which need not be the order of looks.
 * A message is the same whether the bucket tells of a new object or of one that the audit announced again.
 * The rest of the batch is given back untried when the time is nearly over, and when the database is out of reach: to wait for it ten
 * times over would end in the timeout.
 */
export function createLoadHandler(deps: LoadHandlerDeps): LoadHandler {
  const { clock, log, landedKeyOf, metrics = NO_METRICS } = deps;
  return async (event, context) => {
    log.addContext(context);
    const startedAt = clock.now();
    const batchItemFailures: SQSBatchResponse['batchItemFailures'] = [];
    const sums = {
      object_count: 0,
      record_count: 0,
      new_count: 0,
      changed_count: 0,
      stale_count: 0,
      rejected_count: 0,
    };
    let stop: string | null = null;
    let remaining = 0;
    for (const message of event.Records) {
      if (context.getRemainingTimeInMillis() < LOAD_RESERVE_MS) stop ??= 'deadline_reached';
      if (stop !== null) {
        remaining += 1;
        batchItemFailures.push({ itemIdentifier: message.messageId });
        continue;
      }
      let landedKey: string | null = null;
      try {
        for (const key of keysOf(message.body, landedKeyOf)) {
          landedKey = key;
          const outcome = await loadLanded(key, deps);
          sums.object_count += 1;
          if (outcome.kind === 'already_loaded') continue;
          sums.record_count += outcome.records;
          sums.new_count += outcome.added;
          sums.changed_count += outcome.changed;
          sums.stale_count += outcome.stale;
          sums.rejected_count += outcome.rejected;
          countLoaded(metrics, outcome, clock.now());
        }
      } catch (error) {
        batchItemFailures.push({ itemIdentifier: message.messageId });
        const account = landedKey === null ? undefined : parseLandingKey(landedKey)?.account;
        metrics.add('LoadFailed', 1, account === undefined ? {} : { account });
        log.error('load failed', error, { landed_key: landedKey });
        // Asked once more, since an object may also break its own connection, every time, and must not keep the others out.
        if (outageOf(error) === 'warehouse' && !(await isReachable(deps.pool))) stop = 'warehouse_out_of_reach';
      }
    }
    if (remaining > 0) {
      metrics.add('LoadFailed', remaining);
      log.warn('rest of the batch given back', { remaining_count: remaining, reason: stop });
    }
    metrics.flush();
    const failed = batchItemFailures.length;
    log.info('objects loaded', { ...sums, failed_count: failed, duration_ms: clock.now() - startedAt });
    return { batchItemFailures };
  };
}

function countLoaded(metrics: Metrics, outcome: LandedOutcome & { kind: 'loaded' }, now: number): void {
  const { account } = outcome;
  metrics.add('ObjectsLoaded', 1, { account });
  metrics.add('RecordsLoaded', outcome.records, { account });
  metrics.add('RecordsRejected', outcome.rejected, { account });
  metrics.add('LoadDelay', Math.max(0, now - outcome.respondedAt) / 1_000, { account });
}

const tools = functionTools('load', process.env);
const source = new RuntimeSource(process.env, { service: 'load', runtime: warehouseRuntime, secrets: ['warehouse'] });

/**
 * The entry of the deployed function; built from the environment on first use, so that importing it needs no settings.
 * @throws {FunctionError} where it cannot begin: then the whole batch comes back.
 */
export const handler: LoadHandler = atEdge('load', async (event, context) => {
  const { log, metrics } = tools;
  log.addContext(context);
  let load: LoadHandler;
  try {
    const runtime = await source.current();
    load = createLoadHandler({
      ...runtime.loadDeps(),
      ...tools,
      landedKeyOf: (key) => runtime.landedKeyOf(key),
    });
  } catch (error) {
    log.error('load could not begin', error);
    metrics.add('LoadFailed', event.Records.length);
    metrics.flush();
    throw error;
  }
  return load(event, context);
});
