import {
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  type Message,
  ReceiveMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import type { CloudClock } from '../cloud-clock.ts';
import type { DeployedMapping } from '../deployment.ts';
import type { FunctionHost, InvocationResult } from './function-host.ts';

/** A queue's own limit a request. */
const RECEIVE_MAX = 10;
/** Pause between two looks at a queue that is empty, real ms. */
const IDLE_MS = 60;
/** Runs a mapping may have at once where the deployment sets no limit. */
const CONCURRENCY_DEFAULT = 5;

/** What a poller is made of. */
export interface QueuePollerOptions {
  readonly mapping: DeployedMapping;
  readonly queueUrl: string;
  /** Signs as the function's role, as Lambda's own poller does. */
  readonly sqs: SQSClient;
  readonly functions: FunctionHost;
  readonly clock: CloudClock;
  /** A poller that stops working is a defect of the test. */
  readonly onDefect: (message: string) => void;
}

/** Messages of a queue that are ready, and taken by somebody. */
export interface QueueDepth {
  readonly visible: number;
  readonly inFlight: number;
}

/**
 * Feeds a function from a queue, as Lambda's event source mapping: batches of the deployed size, a window of the cloud's clock for them to fill,
 * the deployed number of runs at once; what a run does not report as failed is deleted, the rest comes back when its visibility ends.
 */
export class QueuePoller {
  readonly #options: QueuePollerOptions;
  readonly #runs = new Set<Promise<void>>();
  /** Messages waiting for a batch to fill, and when it must go. */
  #gathered: Message[] = [];
  #dueAt = Number.POSITIVE_INFINITY;
  #isStopped = false;
  #loop: Promise<void> = Promise.resolve();
  /** Batches by how they ended. */
  readonly counts = { batches: 0, messages: 0, failedBatches: 0, returnedMessages: 0 };

  constructor(options: QueuePollerOptions) {
    this.#options = options;
  }

  /** Begins to poll. */
  start(): void {
    this.#loop = this.#poll().catch((error: unknown) => this.#options.onDefect(`the queue's poller: ${error}`));
  }

  /** Batches that are being worked on. */
  get runs(): number {
    return this.#runs.size;
  }

  /** Messages that wait for their batch to fill. */
  get gathered(): number {
    return this.#gathered.length;
  }

  /** When the batch that is filling must go at the latest; infinite where none is. */
  get dueAt(): number {
    return this.#dueAt;
  }

  /** How full the queue is. */
  async depth(): Promise<QueueDepth> {
    const { sqs, queueUrl } = this.#options;
    const { Attributes = {} } = await sqs.send(
      new GetQueueAttributesCommand({
        QueueUrl: queueUrl,
        AttributeNames: ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'],
      }),
    );
    return {
      visible: Number(Attributes['ApproximateNumberOfMessages']),
      inFlight: Number(Attributes['ApproximateNumberOfMessagesNotVisible']),
    };
  }

  /** Takes no more messages and waits for the runs under way. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#loop;
    await Promise.all(this.#runs);
  }

  async #poll(): Promise<void> {
    const { mapping, clock } = this.#options;
    const windowMs = (mapping.MaximumBatchingWindowInSeconds ?? 0) * 1000;
    const concurrencyMax = mapping.ScalingConfig?.MaximumConcurrency ?? CONCURRENCY_DEFAULT;
    while (!this.#isStopped) {
      if (this.#runs.size >= concurrencyMax) {
        await Promise.race(this.#runs);
        continue;
      }
      const wanted = Math.min(RECEIVE_MAX, mapping.BatchSize - this.#gathered.length);
      const messages = wanted > 0 ? await this.#receive(wanted) : [];
      if (messages.length > 0 && this.#gathered.length === 0) this.#dueAt = clock.now() + windowMs;
      this.#gathered.push(...messages);
      if (this.#gathered.length > 0 && (this.#gathered.length >= mapping.BatchSize || clock.now() >= this.#dueAt)) {
        const batch = this.#gathered;
        this.#gathered = [];
        this.#dueAt = Number.POSITIVE_INFINITY;
        const run = this.#run(batch).finally(() => this.#runs.delete(run));
        this.#runs.add(run);
      } else if (messages.length === 0) {
        await new Promise<void>((resolve) => setTimeout(resolve, IDLE_MS));
      }
    }
  }

  async #receive(count: number): Promise<Message[]> {
    const { sqs, queueUrl } = this.#options;
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({
        QueueUrl: queueUrl,
        MaxNumberOfMessages: count,
        MessageSystemAttributeNames: ['All'],
      }),
    );
    return Messages;
  }

  async #run(batch: readonly Message[]): Promise<void> {
    const { mapping, functions, sqs, queueUrl, onDefect } = this.#options;
    this.counts.batches += 1;
    this.counts.messages += batch.length;
    try {
      const result = await functions.invoke(
        mapping.FunctionArn,
        JSON.stringify(eventOf(batch, mapping.EventSourceArn)),
      );
      const failed = failedOf(result, batch, mapping.FunctionResponseTypes ?? []);
      if (failed === null) this.counts.failedBatches += 1;
      else this.counts.returnedMessages += failed.size;
      for (const { MessageId = '', ReceiptHandle } of failed === null ? [] : batch) {
        if (failed?.has(MessageId) === true) continue;
        await sqs.send(new DeleteMessageCommand({ QueueUrl: queueUrl, ReceiptHandle }));
      }
    } catch (error) {
      onDefect(`a batch of the queue's poller: ${error}`);
    }
  }
}

function eventOf(batch: readonly Message[], eventSourceARN: string): SQSEvent {
  return {
    Records: batch.map(({ MessageId = '', ReceiptHandle = '', Body = '', MD5OfBody = '', Attributes = {} }) => ({
      messageId: MessageId,
      receiptHandle: ReceiptHandle,
      body: Body,
      attributes: {
        ApproximateReceiveCount: Attributes.ApproximateReceiveCount ?? '1',
        SentTimestamp: Attributes.SentTimestamp ?? '0',
        SenderId: Attributes.SenderId ?? '',
        ApproximateFirstReceiveTimestamp: Attributes.ApproximateFirstReceiveTimestamp ?? '0',
      },
      messageAttributes: {},
      md5OfBody: MD5OfBody,
      eventSource: 'aws:sqs',
      eventSourceARN,
      awsRegion: 'us-east-1',
    })),
  };
}

/** Ids of the messages that failed; null when all of them did. */
function failedOf(
  result: InvocationResult,
  batch: readonly Message[],
  responseTypes: readonly string[],
): ReadonlySet<string> | null {
  if (result.kind !== 'answered') return null;
  if (!responseTypes.includes('ReportBatchItemFailures')) return new Set();
  const answer = JSON.parse(result.body) as Partial<SQSBatchResponse> | null;
  const failed = new Set((answer?.batchItemFailures ?? []).map(({ itemIdentifier }) => itemIdentifier));
  const known = new Set(batch.map(({ MessageId }) => MessageId));
  // An id that is not of this batch makes Lambda take the whole batch for failed.
  return [...failed].every((id) => known.has(id)) ? failed : null;
}
