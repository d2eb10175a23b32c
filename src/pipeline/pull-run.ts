import type { Clock } from '../domain/clock.ts';
import { FaxsyncError } from '../domain/errors.ts';
import type { Instant } from '../domain/time.ts';
import type { LandedKind, LandingZone, TimeWindow } from '../landing/contract.ts';
import type { PhaxioClient, ProviderAnswer, ProviderRequest } from '../phaxio/client.ts';
import { ProviderContractError } from '../phaxio/errors.ts';
import type { Cursor, StateStore } from '../state/contract.ts';
import { STREAMS } from '../streams/registry.ts';
import { storableBodies } from '../streams/stream.ts';

/** Another puller took over: this one's cursor write was refused (code `lease_lost`, retryable). Nothing is lost. */
export class LeaseLostError extends FaxsyncError {
  constructor(account: string) {
    super(`Another puller has taken over account ${account}; this one stops.`, {
      code: 'lease_lost',
      retryable: true,
      context: { account },
    });
  }
}

/** A `Date` that leaps this far ahead of our clock and of the last one is believed only when a second answer agrees. */
const DATE_LEAP_MS = 86_400_000;

/** What one run of the puller works with. */
export interface PullRunPorts {
  readonly client: PhaxioClient;
  readonly state: StateStore;
  readonly landing: LandingZone;
  readonly clock: Clock;
  readonly fence: number;
  /** Rows asked for per page of a listing. */
  readonly perPage: number;
  readonly deadline: Instant;
  /** Aborted when the lease is lost or the caller wants an end. */
  readonly signal: AbortSignal;
  /** Paths of undocumented lists, by stream. */
  readonly undocumentedPaths: ReadonlyMap<string, string>;
}

/** What is landed of some answers. */
export interface Landing {
  readonly stream: string;
  readonly kind: LandedKind;
  readonly pass: string;
  readonly window: TimeWindow | null;
  readonly observation: number;
  readonly subjectId: string | null;
  readonly answers: readonly ProviderAnswer[];
}

/**
 * One run of the puller for one account: asks, lands, moves cursors, and keeps the provider's clock.
 * The order is always: observation number, request, landed object, cursor; so a crash between any two repeats work and loses none.
 */
export class PullRun {
  readonly account: string;
  readonly client: PhaxioClient;
  readonly state: StateStore;
  readonly landing: LandingZone;
  readonly clock: Clock;
  readonly perPage: number;
  /** Keys of the objects landed so far. */
  readonly landedKeys: string[] = [];
  readonly #ports: PullRunPorts;
  #providerAheadMs: number | null = null;
  #lastSentAt: Instant | null = null;

  constructor(ports: PullRunPorts) {
    this.#ports = ports;
    this.account = ports.client.account.account;
    this.client = ports.client;
    this.state = ports.state;
    this.landing = ports.landing;
    this.clock = ports.clock;
    this.perPage = ports.perPage;
  }

  /** Where the settings say that an undocumented list is; null for all others. */
  undocumentedPath(stream: string): string | null {
    return this.#ports.undocumentedPaths.get(stream) ?? null;
  }

  /** Ms until the run must end; never negative. */
  timeLeftMs(): number {
    return Math.max(0, this.#ports.deadline - this.clock.now());
  }

  /** True when no more work should be begun. */
  isOver(): boolean {
    return this.#ports.signal.aborted || this.timeLeftMs() === 0;
  }

  /** Whether an answer of this run has told the provider's clock (or shown that it does not tell). */
  knowsProviderTime(): boolean {
    return this.#providerAheadMs !== null;
  }

  /**
   * The provider's clock now, from the last answer's `Date` header; ours until an answer told, or where it has none.
   * Never ahead of the true one: the header is older than its answer's arrival and cut to the second.
   */
  providerNow(): Instant {
    return this.clock.now() + (this.#providerAheadMs ?? 0);
  }

  /** The provider's clock when the request behind an answer was sent: all that existed then can be in the answer. */
  sentAtProvider(answer: ProviderAnswer): Instant {
    return answer.providerAt === null
      ? answer.requestedAt
      : answer.providerAt - (answer.respondedAt - answer.requestedAt);
  }

  /** The provider's clock when the last request was sent: no later answer's present lies before it. Ours before any answer. */
  lastSentAtProvider(): Instant {
    return this.#lastSentAt ?? this.clock.now();
  }

  /** Draws the number that orders the next look among all looks of the account. */
  nextObservation(): Promise<number> {
    return this.state.nextObservation(this.account);
  }

  /**
   * Makes one call within this run's time. One whose `Date` leaps ahead is made a second time, since one wrong header would move
   * every cursor beyond faxes still to come; a provider whose clock is ahead says so twice.
   * @throws as {@link PhaxioClient.call}; {@link ProviderContractError} `date_leaps` when the two disagree.
   */
  async ask(request: ProviderRequest): Promise<ProviderAnswer> {
    const { deadline, signal } = this.#ports;
    const call = () => this.client.call(request, { deadline, signal });
    const believableMs = Math.max(0, this.#providerAheadMs ?? 0) + DATE_LEAP_MS;
    let answer = await call();
    if (aheadOf(answer) > believableMs) {
      const first = aheadOf(answer);
      answer = await call();
      const isConfirmed = Math.abs(aheadOf(answer) - first) <= DATE_LEAP_MS;
      if (aheadOf(answer) > believableMs && !isConfirmed) {
        throw new ProviderContractError('date_leaps', { operation: request.operation, status: answer.status });
      }
    }
    this.#providerAheadMs = aheadOf(answer);
    this.#lastSentAt = this.sentAtProvider(answer);
    return answer;
  }

  /**
   * Stores answers as one landed object, without what the stream says is stored nowhere, and returns its key.
   * @throws {LandingError}
   */
  async land(what: Landing): Promise<string> {
    const { answers } = what;
    const bodies = answers.map(({ raw }) => raw);
    const stream = STREAMS.get(what.stream);
    const { key } = await this.landing.put({
      version: 1,
      account: this.account,
      stream: what.stream,
      dialect: this.client.account.dialect,
      kind: what.kind,
      window: what.window,
      pass: what.pass,
      observation: what.observation,
      requestedAt: Math.min(...answers.map(({ requestedAt }) => requestedAt)),
      respondedAt: Math.max(...answers.map(({ respondedAt }) => respondedAt)),
      subjectId: what.subjectId,
      eventType: null,
      digest: null,
      bodies: stream === undefined ? bodies : storableBodies(stream, bodies),
    });
    this.landedKeys.push(key);
    return key;
  }

  /** The cursor of one pass over one stream; null where it never moved. */
  readCursor(stream: string, pass: string): Promise<Cursor | null> {
    return this.state.readCursor({ account: this.account, stream, pass });
  }

  /**
   * Moves a cursor that only the lease's holder moves.
   * @throws {LeaseLostError} when the store refuses: somebody else moved it, or holds a higher fence.
   */
  async advance(stream: string, pass: string, to: Omit<Cursor, 'movedAt'>): Promise<void> {
    const key = { account: this.account, stream, pass };
    const isMoved = await this.state.advanceCursor(key, to, this.#ports.fence, this.clock.now());
    if (!isMoved) throw new LeaseLostError(this.account);
  }
}

/** How far the provider's clock is ahead of ours, by one answer; 0 where it does not tell. */
function aheadOf({ providerAt, respondedAt }: ProviderAnswer): number {
  return providerAt === null ? 0 : providerAt - respondedAt;
}
