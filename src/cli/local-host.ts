import type { Context, SQSEvent } from 'aws-lambda';
import { createLoadHandler, type LoadHandler } from '../../functions/load.ts';
import type { Runtime } from '../runtime/runtime.ts';

/** Objects handed to the load handler at once, as the queue's batch size would. */
const LOAD_BATCH_MAX = 10;

/** What Lambda would tell an invocation about itself. */
export const LOCAL_CONTEXT: Context = {
  callbackWaitsForEmptyEventLoop: false,
  functionName: 'local',
  functionVersion: '$LATEST',
  invokedFunctionArn: 'arn:aws:lambda:local:000000000000:function:local',
  memoryLimitInMB: '256',
  awsRequestId: 'local',
  logGroupName: 'local',
  logStreamName: 'local',
  getRemainingTimeInMillis: () => 900_000,
  done: () => {},
  fail: () => {},
  succeed: () => {},
};

/** What a round of loading did. */
export interface LoadRound {
  readonly loaded: number;
  /** Keys the handler gave back; they stay unloaded and are found again by the audit. */
  readonly failed: readonly string[];
}

/** The message that the landing bucket's notification puts on the load queue for one object. */
function messageOf(key: string): SQSEvent['Records'][number] {
  const notification = {
    Records: [
      {
        eventSource: 'aws:s3',
        eventName: 'ObjectCreated:Put',
        s3: { bucket: { name: 'local' }, object: { key: encodeURIComponent(key) } },
      },
    ],
  };
  return {
    messageId: key,
    receiptHandle: key,
    body: JSON.stringify(notification),
    attributes: {
      ApproximateReceiveCount: '1',
      SentTimestamp: '0',
      SenderId: 'local',
      ApproximateFirstReceiveTimestamp: '0',
    },
    messageAttributes: {},
    md5OfBody: '',
    eventSource: 'aws:sqs',
    eventSourceARN: 'arn:aws:sqs:local:000000000000:load',
    awsRegion: 'local',
  };
}

/** Plays the queue on one machine: takes landed keys to the very handler that Lambda runs. */
export class LocalQueue {
  readonly #handler: LoadHandler;

  constructor(runtime: Runtime) {
    this.#handler = createLoadHandler({
      ...runtime.loadDeps(),
      log: runtime.log('load'),
      landedKeyOf: (key) => runtime.landedKeyOf(key),
    });
  }

  /** Loads these objects, in order, in batches. Failed ones are tried once more at the end, as a redelivery would. */
  async load(keys: readonly string[], onProgress: (done: number) => void = () => {}): Promise<LoadRound> {
    let pending = [...keys];
    let loaded = 0;
    for (let delivery = 1; delivery <= 2 && pending.length > 0; delivery++) {
      const failed: string[] = [];
      for (let at = 0; at < pending.length; at += LOAD_BATCH_MAX) {
        const batch = pending.slice(at, at + LOAD_BATCH_MAX);
        const { batchItemFailures } = await this.#handler({ Records: batch.map(messageOf) }, LOCAL_CONTEXT);
        const back = new Set(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
        failed.push(...batch.filter((key) => back.has(key)));
        loaded += batch.length - back.size;
        onProgress(loaded);
      }
      pending = failed;
    }
    return { loaded, failed: pending };
  }
}
