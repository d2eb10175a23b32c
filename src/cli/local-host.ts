import type { Context, SQSEvent } from 'aws-lambda';
import { createLoadHandler, type LoadHandler } from '../../functions/load.ts';
import type { LogKeys } from '../domain/log.ts';
import type { LandedRef, LandingZone } from '../landing/contract.ts';
import { outageOf } from '../pipeline/outage.ts';
import type { FunctionLog } from '../runtime/logger.ts';
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
  /** Records of the loaded objects. */
  readonly records: number;
  readonly added: number;
  readonly changed: number;
  readonly rejected: number;
  /** Why the first of the failed ones failed; null when none did. */
  readonly error: unknown;
  /** True when the database or the landing zone is out of reach: the rest was not tried. */
  readonly isOutage: boolean;
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
  /** What the handler told its log since the last batch began. */
  #errors: unknown[] = [];
  #sums: LogKeys = {};

  constructor(runtime: Runtime) {
    const log = runtime.log('load');
    // The handler's answer names only the failed messages; why, and how much was loaded, it tells its log.
    const listening: FunctionLog = {
      ...log,
      info: (message, keys) => {
        this.#sums = keys ?? {};
        log.info(message, keys);
      },
      error: (message, error, keys) => {
        this.#errors.push(error);
        log.error(message, error, keys);
      },
    };
    this.#handler = createLoadHandler({
      ...runtime.loadDeps(),
      log: listening,
      landedKeyOf: (key) => runtime.landedKeyOf(key),
    });
  }

  /**
   * Loads these objects, in order, in batches. Failed ones are tried once more at the end, as a redelivery would, but not when the
   * database or the landing zone is out of reach: then it ends at once. `onProgress` is told how many are loaded, and their records.
   */
  async load(
    keys: readonly string[],
    onProgress: (loaded: number, records: number) => void = () => {},
  ): Promise<LoadRound> {
    const round = { loaded: 0, records: 0, added: 0, changed: 0, rejected: 0 };
    let pending = [...keys];
    let error: unknown = null;
    for (let delivery = 1; delivery <= 2 && pending.length > 0; delivery++) {
      const failed: string[] = [];
      error = null;
      for (let at = 0; at < pending.length; at += LOAD_BATCH_MAX) {
        const batch = pending.slice(at, at + LOAD_BATCH_MAX);
        this.#errors = [];
        const { batchItemFailures } = await this.#handler({ Records: batch.map(messageOf) }, LOCAL_CONTEXT);
        const back = new Set(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
        failed.push(...batch.filter((key) => back.has(key)));
        round.loaded += batch.length - back.size;
        round.records += Number(this.#sums.record_count ?? 0);
        round.added += Number(this.#sums.new_count ?? 0);
        round.changed += Number(this.#sums.changed_count ?? 0);
        round.rejected += Number(this.#sums.rejected_count ?? 0);
        onProgress(round.loaded, round.records);
        error ??= this.#errors[0] ?? null;
        const outage = this.#errors.find((one) => outageOf(one) !== null);
        if (outage === undefined) continue;
        return { ...round, failed: [...failed, ...pending.slice(at + LOAD_BATCH_MAX)], error: outage, isOutage: true };
      }
      pending = failed;
    }
    return { ...round, failed: pending, error, isOutage: false };
  }
}

/** Plays the bucket's notification: a landing zone that tells of every object it has stored. */
export function notifying<Zone extends Pick<LandingZone, 'put'>>(
  landing: Zone,
  onLanded: (key: string, envelope: Parameters<LandingZone['put']>[0]) => void,
): Pick<LandingZone, 'put'> & Zone {
  return new Proxy(landing, {
    get(zone, name) {
      if (name !== 'put') {
        const member: unknown = Reflect.get(zone, name);
        return typeof member === 'function' ? member.bind(zone) : member;
      }
      return async (envelope: Parameters<LandingZone['put']>[0]): Promise<LandedRef> => {
        const ref = await zone.put(envelope);
        onLanded(ref.key, envelope);
        return ref;
      };
    },
  });
}
