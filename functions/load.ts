import type { Context, S3Event, SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { FaxsyncError } from '../src/domain/errors.ts';
import { type LoadDeps, loadLanded } from '../src/pipeline/load.ts';
import type { FunctionLog } from '../src/runtime/logger.ts';
import { Runtime } from '../src/runtime/runtime.ts';

/** What the function is built from. */
export interface LoadHandlerDeps extends LoadDeps {
  readonly log: FunctionLog;
  /** The landing key of an object of the bucket; null where it is no landed object. */
  landedKeyOf(objectKey: string): string | null;
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
 */
export function createLoadHandler(deps: LoadHandlerDeps): LoadHandler {
  return async (event, context) => {
    deps.log.addContext(context);
    const startedAt = deps.clock.now();
    const batchItemFailures: SQSBatchResponse['batchItemFailures'] = [];
    const sums = {
      object_count: 0,
      record_count: 0,
      new_count: 0,
      changed_count: 0,
      stale_count: 0,
      rejected_count: 0,
    };
    for (const message of event.Records) {
      let landedKey: string | null = null;
      try {
        for (const key of keysOf(message.body, deps.landedKeyOf)) {
          landedKey = key;
          const outcome = await loadLanded(key, deps);
          sums.object_count += 1;
          if (outcome.kind === 'already_loaded') continue;
          sums.record_count += outcome.records;
          sums.new_count += outcome.added;
          sums.changed_count += outcome.changed;
          sums.stale_count += outcome.stale;
          sums.rejected_count += outcome.rejected;
        }
      } catch (error) {
        batchItemFailures.push({ itemIdentifier: message.messageId });
        deps.log.error('load failed', error, { landed_key: landedKey });
      }
    }
    const failed = batchItemFailures.length;
    deps.log.info('objects loaded', { ...sums, failed_count: failed, duration_ms: deps.clock.now() - startedAt });
    return { batchItemFailures };
  };
}

let built: Promise<LoadHandler> | undefined;

async function build(): Promise<LoadHandler> {
  const runtime = await Runtime.fromEnvironment(process.env);
  const log = runtime.log('load');
  return createLoadHandler({ ...runtime.loadDeps(), log, landedKeyOf: (key) => runtime.landedKeyOf(key) });
}

/** The entry of the deployed function; built from the environment on first use, so that importing it needs no settings. */
export const handler: LoadHandler = async (event, context) => {
  built ??= build();
  return (await built)(event, context);
};
