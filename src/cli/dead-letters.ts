import type { Message, SQSClient, SQSClientConfig } from '@aws-sdk/client-sqs';
import { FaxsyncError } from '../domain/errors.ts';
import type { Instant } from '../domain/time.ts';

/** What SQS takes and gives in one call. */
const BATCH_MAX = 10;
/** Longest a message stays hidden from others, should this process die before it gives it back. */
const HIDDEN_SECONDS = 60;
/** Asks every server of the queue instead of some of them, so that an empty answer means an empty queue. */
const WAIT_SECONDS = 1;
const REQUEST_TIMEOUTS = { connectionTimeout: 5_000, requestTimeout: 20_000, throwOnRequestTimeout: true } as const;

/**
 * A queue could not be read or written. Codes: `queue_unusable` (no such queue, no right, wrong credentials or region) and
 * `queue_unavailable` (retryable: not reached, throttled). Context holds the system's own error name.
 */
export class QueueError extends FaxsyncError {}

/** One message of the dead-letter queue, hidden from others until it is given back, or 60 s have gone by. */
export interface DeadLetter {
  readonly id: string;
  /** May hold anything: shown to nobody, written nowhere but to the load queue. */
  readonly body: string;
  /** How often it was received, the look that brought it here included. */
  readonly receives: number;
  /** When it was first put on the load queue. */
  readonly sentAt: Instant;
  readonly receiptHandle: string;
}

/** What {@link DeadLetters.redrive} did. */
export interface RedriveOutcome {
  readonly moved: readonly DeadLetter[];
  /** Sent, but still in the dead-letter queue: loaded twice at most, which changes nothing. */
  readonly copied: readonly DeadLetter[];
  /** Not sent. */
  readonly failed: readonly DeadLetter[];
}

/** The dead-letter queue of the loader, and the way back to the load queue. */
export class DeadLetters {
  readonly #client: SQSClient;
  readonly #deadUrl: string;
  readonly #sqs: typeof import('@aws-sdk/client-sqs');

  private constructor(sqs: typeof import('@aws-sdk/client-sqs'), client: SQSClient, deadUrl: string) {
    this.#sqs = sqs;
    this.#client = client;
    this.#deadUrl = deadUrl;
  }

  /** Builds the client, which is loaded only now; nothing connects before it is used. */
  static async open(
    deadUrl: string,
    env: Readonly<Record<string, string | undefined>> = process.env,
  ): Promise<DeadLetters> {
    const sqs = await import('@aws-sdk/client-sqs');
    return new DeadLetters(sqs, new sqs.SQSClient(clientConfig(deadUrl, env)), deadUrl);
  }

  /**
   * Messages that are hidden from us now, because another command or person reads them.
   * @throws {QueueError}
   */
  async countHidden(): Promise<number> {
    const { GetQueueAttributesCommand } = this.#sqs;
    const command = new GetQueueAttributesCommand({
      QueueUrl: this.#deadUrl,
      AttributeNames: ['ApproximateNumberOfMessagesNotVisible'],
    });
    const { Attributes = {} } = await this.#ask('look at', () => this.#client.send(command));
    return Number(Attributes['ApproximateNumberOfMessagesNotVisible'] ?? 0);
  }

  /**
   * Takes messages in batches of at most 10 until there are no more, each message once. They stay hidden: give back what is not moved.
   * @throws {QueueError}
   */
  async *receive(): AsyncGenerator<readonly DeadLetter[]> {
    const { ReceiveMessageCommand } = this.#sqs;
    const seen = new Set<string>();
    for (;;) {
      const command = new ReceiveMessageCommand({
        QueueUrl: this.#deadUrl,
        MaxNumberOfMessages: BATCH_MAX,
        VisibilityTimeout: HIDDEN_SECONDS,
        WaitTimeSeconds: WAIT_SECONDS,
        MessageSystemAttributeNames: ['ApproximateReceiveCount', 'SentTimestamp'],
      });
      const { Messages: messages = [] } = await this.#ask('read', () => this.#client.send(command));
      const fresh = messages.map(letterOf).filter(({ id }) => !seen.has(id));
      for (const { id } of fresh) seen.add(id);
      // Only known ones: the first of them are visible again, so all have been seen.
      if (fresh.length === 0) return;
      yield fresh;
    }
  }

  /** Makes messages visible again at once. A failure is passed over: they come back by themselves within a minute. */
  async giveBack(letters: readonly DeadLetter[]): Promise<void> {
    const { ChangeMessageVisibilityBatchCommand } = this.#sqs;
    for (const batch of inBatches(letters)) {
      const command = new ChangeMessageVisibilityBatchCommand({
        QueueUrl: this.#deadUrl,
        Entries: batch.map(({ receiptHandle }, at) => ({
          Id: String(at),
          ReceiptHandle: receiptHandle,
          VisibilityTimeout: 0,
        })),
      });
      await this.#client.send(command).catch(() => {});
    }
  }

  /**
   * Puts messages back on the load queue as they are: each is sent, then deleted here. What is cut short between the two is in both
   * queues; none is ever in neither.
   * @throws {QueueError} when a queue cannot be reached at all.
   */
  async redrive(letters: readonly DeadLetter[], loadsUrl: string): Promise<RedriveOutcome> {
    const moved: DeadLetter[] = [];
    const copied: DeadLetter[] = [];
    const failed: DeadLetter[] = [];
    for (const batch of inBatches(letters)) {
      const sent = await this.#send(batch, loadsUrl);
      failed.push(...batch.filter((letter) => !sent.includes(letter)));
      const deleted = await this.#delete(sent);
      moved.push(...deleted);
      copied.push(...sent.filter((letter) => !deleted.includes(letter)));
    }
    return { moved, copied, failed };
  }

  async #send(letters: readonly DeadLetter[], loadsUrl: string): Promise<readonly DeadLetter[]> {
    const { SendMessageBatchCommand } = this.#sqs;
    const command = new SendMessageBatchCommand({
      QueueUrl: loadsUrl,
      Entries: letters.map(({ body }, at) => ({ Id: String(at), MessageBody: body })),
    });
    const { Successful = [] } = await this.#ask('send to', () => this.#client.send(command));
    return pick(letters, Successful);
  }

  async #delete(letters: readonly DeadLetter[]): Promise<readonly DeadLetter[]> {
    if (letters.length === 0) return [];
    const { DeleteMessageBatchCommand } = this.#sqs;
    const command = new DeleteMessageBatchCommand({
      QueueUrl: this.#deadUrl,
      Entries: letters.map(({ receiptHandle }, at) => ({ Id: String(at), ReceiptHandle: receiptHandle })),
    });
    const { Successful = [] } = await this.#ask('delete from', () => this.#client.send(command));
    return pick(letters, Successful);
  }

  async #ask<Answer>(verb: QueueVerb, ask: () => Promise<Answer>): Promise<Answer> {
    try {
      return await ask();
    } catch (cause) {
      throw queueError(verb, cause);
    }
  }

  /** Ends every connection. */
  close(): void {
    this.#client.destroy();
  }
}

type QueueVerb = 'look at' | 'read' | 'send to' | 'delete from';

function letterOf(message: Message): DeadLetter {
  const { MessageId = '', Body = '', ReceiptHandle = '', Attributes = {} } = message;
  return {
    id: MessageId,
    body: Body,
    receives: Number(Attributes['ApproximateReceiveCount'] ?? 0),
    sentAt: Number(Attributes['SentTimestamp'] ?? 0),
    receiptHandle: ReceiptHandle,
  };
}

function pick(letters: readonly DeadLetter[], successful: ReadonlyArray<{ Id?: string | undefined }>): DeadLetter[] {
  const done = new Set(successful.map(({ Id }) => Id));
  return letters.filter((_, at) => done.has(String(at)));
}

function inBatches(letters: readonly DeadLetter[]): ReadonlyArray<readonly DeadLetter[]> {
  const count = Math.ceil(letters.length / BATCH_MAX);
  return Array.from({ length: count }, (_, at) => letters.slice(at * BATCH_MAX, (at + 1) * BATCH_MAX));
}

/**
 * Where requests go: to the region in the queue's URL, or where `AWS_ENDPOINT_URL` points (an emulated cloud). A plain http URL is an
 * emulator's, so without that variable its own host is asked, and never AWS.
 */
function clientConfig(deadUrl: string, env: Readonly<Record<string, string | undefined>>): SQSClientConfig {
  const { protocol, hostname, origin } = new URL(deadUrl);
  const region = /^sqs\.([a-z]{2,}(?:-[a-z]+)+-\d)\./.exec(hostname)?.[1];
  const isElsewhere = (env['AWS_ENDPOINT_URL_SQS'] ?? env['AWS_ENDPOINT_URL'] ?? '') !== '';
  return {
    requestHandler: REQUEST_TIMEOUTS,
    useQueueUrlAsEndpoint: false,
    ...(region === undefined ? {} : { region }),
    ...(protocol === 'http:' && !isElsewhere ? { endpoint: origin } : {}),
  };
}

/** Names of errors that need a human. */
const UNUSABLE =
  /NonExistentQueue|QueueDoesNotExist|AccessDenied|InvalidAddress|InvalidClientTokenId|UnrecognizedClient|SignatureDoesNotMatch|ExpiredToken|InvalidSecurity|CredentialsProvider|Kms/i;

function queueError(verb: QueueVerb, cause: unknown): QueueError {
  const name = cause instanceof Error ? cause.name : 'unknown';
  const isRegionMissing = cause instanceof Error && cause.message === 'Region is missing';
  const causeCode = isRegionMissing ? 'RegionMissing' : name;
  const queue = verb === 'send to' ? 'load queue (FAXSYNC_LOADS)' : 'dead-letter queue (FAXSYNC_DEAD_LETTERS)';
  const context = { causeCode };
  if (isRegionMissing || UNUSABLE.test(name)) {
    return new QueueError(
      `The ${queue} does not let us ${verb} it (${causeCode}). Check the URL against the stack's outputs, the region (AWS_REGION) and the rights of your login.`,
      { code: 'queue_unusable', context, cause },
    );
  }
  return new QueueError(`The ${queue} could not be reached (${causeCode}). Nothing is lost; run the command again.`, {
    code: 'queue_unavailable',
    retryable: true,
    context,
    cause,
  });
}
