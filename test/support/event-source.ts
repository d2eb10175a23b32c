import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { LOCAL_CONTEXT } from '../../src/cli/local-host.ts';
import { assertInvariant } from '../../src/domain/errors.ts';
import type { Instant } from '../../src/domain/time.ts';
import { ManualClock } from '../../src/simulator/manual-clock.ts';

/** What the mapping runs: the exported handler of a function with an SQS trigger. */
export type BatchHandler = (event: SQSEvent, context: Context) => Promise<SQSBatchResponse>;

/** Settings of queue, dead-letter queue and mapping, by the names CloudFormation has for them. */
export interface EventSourceOptions {
  readonly startAt: Instant;
  readonly visibilityMs: number;
  /** `maxReceiveCount`: after so many receives the next one moves a message to the dead letters. */
  readonly receivesMax: number;
  readonly retentionMs: number;
  readonly deadRetentionMs: number;
  readonly batchSize: number;
  /** `MaximumConcurrency`: no message is received while so many runs are under way. */
  readonly concurrencyMax: number;
  /** Timeout of the function; a run that takes longer is killed, and its whole batch comes back. */
  readonly timeoutMs: number;
  /** The function in one execution environment; made once for each of the `concurrencyMax` slots, as Lambda keeps them. */
  environment(slot: number): BatchHandler;
  /** How long a run takes on the queue's clock, whatever it takes on the machine's; default 1 000 ms. */
  durationMs?(event: SQSEvent): number;
}

/** One message and what became of it. */
export interface QueuedMessage {
  readonly messageId: string;
  readonly body: string;
  /** When it was sent: its age counts from here, also in the dead-letter queue. */
  readonly sentAt: Instant;
  firstReceivedAt: Instant | null;
  receives: number;
  /** When a run took it for good; null while it is in a queue, or was lost. */
  doneAt: Instant | null;
}

interface Run {
  readonly slot: number;
  readonly batch: readonly QueuedMessage[];
  readonly receivedAt: Instant;
  readonly endsAt: Instant;
  /** Ids that come back; all of them where the run was killed or threw. */
  failed: ReadonlySet<string>;
}

/**
 * An SQS queue with its dead-letter queue and a Lambda event source mapping with `ReportBatchItemFailures`, on a clock of their own, driving
 * real handlers. What AWS documents and a fault can meet is there: visibility timeout, receive count, redrive policy, batches, partial
 * failures, maximum concurrency, timeouts, retention that counts from the first sending (the move to the dead letters keeps a message's
 * age; a redrive makes a new message of it). Left out: the batching window, the mapping's slow start, and its backing off from errors.
 * The runs that begin at one instant run side by side on the machine, so what they share is really shared.
 */
export class EventSource {
  readonly clock: ManualClock;
  /** Messages taken for good, in order. */
  readonly done: QueuedMessage[] = [];
  /** Messages that grew too old in either queue: gone. */
  readonly expired: QueuedMessage[] = [];
  /** Invocations so far; how many at once at most; how many were killed by their timeout or threw. */
  readonly counts = { runs: 0, runsAtOnce: 0, failedRuns: 0 };
  readonly #options: EventSourceOptions;
  readonly #environments: BatchHandler[] = [];
  readonly #free: number[];
  /** Both in the order in which they may be received: the visibility timeout is the same for all. */
  #visible: QueuedMessage[] = [];
  #hidden: Array<{ readonly message: QueuedMessage; readonly until: Instant }> = [];
  #dead: QueuedMessage[] = [];
  #runs: Run[] = [];
  #sent = 0;

  constructor(options: EventSourceOptions) {
    assertInvariant(
      options.visibilityMs >= options.timeoutMs,
      'AWS refuses a mapping whose messages show up during a run',
    );
    this.clock = new ManualClock(options.startAt);
    this.#options = options;
    this.#free = Array.from({ length: options.concurrencyMax }, (_, slot) => slot);
  }

  /** Messages in the dead-letter queue that are not too old. */
  get dead(): readonly QueuedMessage[] {
    this.#dead = this.#dropOld(this.#dead, this.#options.deadRetentionMs);
    return this.#dead;
  }

  /** Messages that are neither done nor dead nor lost. */
  get waiting(): number {
    return this.#visible.length + this.#hidden.length + this.#runs.reduce((sum, { batch }) => sum + batch.length, 0);
  }

  /** Sends one message now. */
  send(body: string): QueuedMessage {
    this.#sent += 1;
    const messageId = `message-${this.#sent}`;
    const sentAt = this.clock.now();
    const message = { messageId, body, sentAt, firstReceivedAt: null, receives: 0, doneAt: null };
    this.#visible.push(message);
    return message;
  }

  /** Sends what the landing bucket tells the queue of an object that was made, or tagged by the audit. */
  announce(key: string, eventName: 'ObjectCreated:Put' | 'ObjectTagging:Put' = 'ObjectCreated:Put'): QueuedMessage {
    const s3 = { bucket: { name: 'landing' }, object: { key: encodeURIComponent(key) } };
    return this.send(JSON.stringify({ Records: [{ eventSource: 'aws:s3', eventName, s3 }] }));
  }

  /** Moves every dead letter back, as `StartMessageMoveTask` does: each is a new message, sent now, never received. */
  redrive(): number {
    const { dead } = this;
    this.#dead = [];
    for (const { body } of dead) this.send(body);
    return dead.length;
  }

  /** Lets the mapping work until this instant; what is under way then goes on in the next call. */
  async runUntil(until: Instant): Promise<void> {
    for (;;) {
      await this.#startRuns();
      const next = Math.min(...this.#runs.map(({ endsAt }) => endsAt), this.#hidden[0]?.until ?? until, until);
      this.clock.advanceTo(Math.max(next, this.clock.now()));
      this.#endRuns();
      this.#show();
      if (this.clock.now() < until) continue;
      await this.#startRuns();
      return;
    }
  }

  /** Lets the mapping work until nothing is left to receive; answers how long that took. */
  async drain(): Promise<number> {
    const from = this.clock.now();
    while (this.waiting > 0) {
      const next = [...this.#runs.map(({ endsAt }) => endsAt), ...this.#hidden.slice(0, 1).map(({ until }) => until)];
      await this.runUntil(next.length === 0 ? this.clock.now() : Math.min(...next));
    }
    return this.clock.now() - from;
  }

  async #startRuns(): Promise<void> {
    const started: Promise<void>[] = [];
    while (this.#free.length > 0) {
      const batch = this.#receive();
      const slot = batch.length === 0 ? undefined : this.#free.shift();
      if (slot === undefined) break;
      started.push(this.#start(slot, batch));
    }
    this.counts.runsAtOnce = Math.max(this.counts.runsAtOnce, this.#runs.length);
    await Promise.all(started);
  }

  /** The next batch; messages that were received too often are moved to the dead letters instead. */
  #receive(): QueuedMessage[] {
    const { batchSize, receivesMax, retentionMs } = this.#options;
    const now = this.clock.now();
    const batch: QueuedMessage[] = [];
    let taken = 0;
    for (const message of this.#visible) {
      if (batch.length === batchSize) break;
      taken += 1;
      if (now - message.sentAt > retentionMs) this.expired.push(message);
      else if (message.receives >= receivesMax) this.#dead.push(message);
      else batch.push(message);
    }
    this.#visible.splice(0, taken);
    for (const message of batch) {
      message.receives += 1;
      message.firstReceivedAt ??= now;
    }
    return batch;
  }

  async #start(slot: number, batch: readonly QueuedMessage[]): Promise<void> {
    const { timeoutMs, durationMs = () => 1_000, environment } = this.#options;
    const event = { Records: batch.map((message) => recordOf(message)) };
    const takesMs = durationMs(event);
    const receivedAt = this.clock.now();
    const all = new Set(batch.map(({ messageId }) => messageId));
    const run: Run = { slot, batch, receivedAt, endsAt: receivedAt + Math.min(takesMs, timeoutMs), failed: all };
    this.#runs.push(run);
    this.counts.runs += 1;
    this.#environments[slot] ??= environment(slot);
    const context = { ...LOCAL_CONTEXT, awsRequestId: `run-${this.counts.runs}` };
    try {
      const answer = await this.#environments[slot](event, { ...context, getRemainingTimeInMillis: () => timeoutMs });
      const failed = answer.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);
      // An answer that names a message which was not in the batch makes Lambda give back all of it.
      const isValid = failed.every((id) => all.has(id));
      if (takesMs <= timeoutMs && isValid) run.failed = new Set(failed);
      else this.counts.failedRuns += 1;
    } catch {
      this.counts.failedRuns += 1;
    }
  }

  #endRuns(): void {
    const now = this.clock.now();
    for (const run of this.#runs.filter(({ endsAt }) => endsAt <= now)) {
      this.#free.push(run.slot);
      for (const message of run.batch) {
        if (run.failed.has(message.messageId)) {
          this.#hidden.push({ message, until: run.receivedAt + this.#options.visibilityMs });
          continue;
        }
        message.doneAt = run.endsAt;
        this.done.push(message);
      }
    }
    this.#runs = this.#runs.filter(({ endsAt }) => endsAt > now);
    this.#hidden.sort((left, right) => left.until - right.until);
  }

  #show(): void {
    const now = this.clock.now();
    const shown = this.#hidden.findIndex(({ until }) => until > now);
    const due = this.#hidden.splice(0, shown === -1 ? this.#hidden.length : shown);
    this.#visible.push(...due.map(({ message }) => message));
  }

  #dropOld(messages: readonly QueuedMessage[], retentionMs: number): QueuedMessage[] {
    const isOld = ({ sentAt }: QueuedMessage) => this.clock.now() - sentAt > retentionMs;
    this.expired.push(...messages.filter(isOld));
    return messages.filter((message) => !isOld(message));
  }
}

function recordOf({ messageId, body, sentAt, firstReceivedAt, receives }: QueuedMessage): SQSRecord {
  assertInvariant(firstReceivedAt !== null, 'a message is handed out that was not received', { messageId });
  return {
    messageId,
    receiptHandle: `${messageId}.${receives}`,
    body,
    attributes: {
      ApproximateReceiveCount: String(receives),
      SentTimestamp: String(sentAt),
      SenderId: 'landing',
      ApproximateFirstReceiveTimestamp: String(firstReceivedAt),
    },
    messageAttributes: {},
    md5OfBody: '',
    eventSource: 'aws:sqs',
    eventSourceARN: 'arn:aws:sqs:local:000000000000:loads',
    awsRegion: 'local',
  };
}
