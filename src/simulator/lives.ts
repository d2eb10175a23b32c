import type { FaxBarcode } from '../domain/fax.ts';
import type { Instant } from '../domain/time.ts';
import { CALL_DROPPED, DRAWN_ERRORS, type ErrorRow, type FaxError } from './error-table.ts';
import type { FaxPlan, FaxState, PlannedCall, RecipientPlan, RecipientState } from './plan.ts';
import type { SeededRandom } from './random.ts';
import type { RateCard } from './rate-card.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** How often things happen to a fax. */
export interface LifeRates {
  /** Share of recipients that finally fail. */
  readonly failureShare: number;
  /** Share of recipients that need a retry although they succeed. */
  readonly retryShare: number;
  /** Share of received faxes whose call broke off. */
  readonly receivedFailureShare: number;
  /** Longest delay of a credit after the end of a fax, in ms. */
  readonly creditDelayMaxMs: number;
}

/** One recipient to be. */
export interface RecipientInput {
  readonly phoneNumber: string;
  readonly alpha2: string;
}

/** What a sent fax is made of. */
export interface SentInput {
  readonly id: string;
  readonly createdAt: Instant;
  readonly listedAt: Instant;
  readonly isTest: boolean;
  readonly callerId: string | null;
  readonly tags: Readonly<Record<string, string>>;
  readonly recipients: readonly RecipientInput[];
  readonly pages: number;
  /** How long it stays open for more files; null when it is not batched. */
  readonly batchDelayMs: number | null;
  /** The error it must end with; null lets the rates decide. */
  readonly forcedError: FaxError | null;
  readonly callbackUrl: string | null;
}

function floorSecond(at: Instant): Instant {
  return Math.floor(at / SECOND) * SECOND;
}

/** Draws how long after its end a failed recipient is credited: mostly seconds or minutes, rarely weeks. */
export function drawCreditDelayMs(random: SeededRandom, rates: LifeRates): number {
  const [low, high] = random.weighted<readonly [number, number]>([
    [[SECOND, 30 * SECOND], 55],
    [[30 * SECOND, 15 * MINUTE], 30],
    [[15 * MINUTE, 6 * HOUR], 9],
    [[6 * HOUR, 3 * DAY], 4],
    [[3 * DAY, 40 * DAY], 2],
  ]);
  return Math.min(low + Math.floor(random.next() * (high - low)), rates.creditDelayMaxMs);
}

const WAITING: Omit<RecipientState, 'at' | 'status'> = {
  retryCount: 0,
  completedAt: null,
  bitrate: null,
  resolution: null,
  error: null,
};

/** Plans the calls to one recipient from the instant its turn comes; the last state is final. */
function planCalls(random: SeededRandom, from: Instant, pages: number, failure: FaxError | null, retries: number) {
  const states: RecipientState[] = [{ ...WAITING, at: from, status: 'inprogress' }];
  const calls: PlannedCall[] = [];
  let at = from;
  for (let attempt = 0; ; attempt++) {
    const isLast = attempt === retries;
    const fails = failure !== null || !isLast;
    const startedAt = at + random.int(1, 4) * SECOND;
    states.push({ ...WAITING, at: startedAt, status: 'ringing', retryCount: attempt });
    at = startedAt + random.int(4, 18) * SECOND;
    const error = fails ? (failure ?? drawRetryError(random)) : null;
    // A busy or silent line ends while ringing; everything else gets as far as a call.
    if (!fails || random.chance(0.4)) {
      states.push({ ...WAITING, at, status: 'callactive', retryCount: attempt });
      at += fails ? random.int(5, 40) * SECOND : pages * random.int(18, 45) * SECOND;
    }
    at += random.int(0, 999);
    calls.push({ startedAt, endedAt: at, status: fails ? 'failure' : 'success', error });
    if (isLast) {
      states.push({
        at,
        status: fails ? 'failure' : 'success',
        retryCount: attempt,
        completedAt: floorSecond(at),
        bitrate: fails ? null : random.pick([14_400, 14_400, 14_400, 9600, 33_600]),
        resolution: fails ? null : random.pick([8040, 8040, 7700]),
        error,
      });
      return { states, calls, endsAt: at };
    }
    states.push({ ...WAITING, at, status: 'willretry', retryCount: attempt + 1 });
    at += random.int(60, 600) * SECOND;
  }
}

function drawRetryError(random: SeededRandom): FaxError {
  const soon = DRAWN_ERRORS[0]?.[0].filter((row) => row.errorClass === 'R') ?? [];
  return toError(random.pick(soon));
}

function toError(row: ErrorRow): FaxError {
  return { id: row.id, type: row.type, message: row.message };
}

function drawError(random: SeededRandom): ErrorRow {
  return random.pick(random.weighted(DRAWN_ERRORS));
}

/** Ends a fax before any call: every recipient fails with the same error, nothing was charged. */
function failEarly(recipients: readonly RecipientPlan[], at: Instant, error: FaxError): void {
  for (const recipient of recipients) {
    recipient.states.push({ ...WAITING, at, status: 'failure', completedAt: floorSecond(at), error });
  }
}

/**
 * Plans the whole life of a sent fax: queued without pages and cost, perhaps open for a batch, priced for all recipients
 * when it goes into progress, ended by its last recipient, then credited for each failed one.
 */
export function planSent(random: SeededRandom, input: SentInput, rates: LifeRates, card: RateCard): FaxPlan {
  const { createdAt, pages } = input;
  const states: FaxState[] = [
    { at: createdAt, status: 'queued', numPages: 0, costCents: 0, completedAt: null, error: null },
  ];
  const recipients = input.recipients.map(
    (recipient): RecipientPlan => ({
      phoneNumber: recipient.phoneNumber,
      alpha2: recipient.alpha2,
      chargedCents: 0,
      states: [{ ...WAITING, at: createdAt, status: null }],
      calls: [],
    }),
  );
  const queuedAt = createdAt + random.int(800, 2500);
  for (const recipient of recipients) recipient.states.push({ ...WAITING, at: queuedAt, status: 'queued' });
  let readyAt = queuedAt;
  if (input.batchDelayMs !== null) {
    states.push({ at: queuedAt, status: 'pendingbatch', numPages: 0, costCents: 0, completedAt: null, error: null });
    readyAt += Math.max(5 * SECOND, input.batchDelayMs);
    states.push({ at: readyAt, status: 'queued', numPages: 0, costCents: 0, completedAt: null, error: null });
  }
  const plan: FaxPlan = {
    id: input.id,
    direction: 'sent',
    isTest: input.isTest,
    createdAt,
    listedAt: input.listedAt,
    deletedAt: null,
    filesDeletedAt: null,
    callerId: input.callerId,
    fromNumber: null,
    toNumber: null,
    callerName: null,
    tags: input.tags,
    pages,
    states,
    recipients,
    barcodes: [],
    metadata: null,
    callbackUrl: input.callbackUrl,
    oddity: null,
  };
  const outcomes = recipients.map(() => (random.chance(rates.failureShare) ? drawError(random) : null));
  const early =
    input.forcedError ??
    outcomes.find((row) => row?.type === 'documentConversionError' || row?.errorClass === 'B') ??
    null;
  const startsAt = readyAt + random.int(1500, 15_000);
  if (early !== null && (early.type === 'documentConversionError' || input.forcedError === null)) {
    const converted = early.type !== 'documentConversionError';
    failEarly(recipients, startsAt, { id: early.id, type: early.type, message: early.message });
    states.push({
      at: startsAt,
      status: 'failure',
      numPages: converted ? pages : 0,
      costCents: 0,
      completedAt: floorSecond(startsAt),
      error: { id: early.id, type: early.type, message: early.message },
    });
    return plan;
  }
  planTransmission(random, plan, startsAt, outcomes, input.forcedError, rates, card);
  return plan;
}

function planTransmission(
  random: SeededRandom,
  plan: FaxPlan,
  startsAt: Instant,
  outcomes: ReadonlyArray<ErrorRow | null>,
  forced: FaxError | null,
  rates: LifeRates,
  card: RateCard,
): void {
  const recipients = plan.recipients ?? [];
  const prices = recipients.map((recipient) => card.priceAt(recipient.alpha2, startsAt) * plan.pages);
  let cost = prices.reduce((sum, price) => sum + price, 0);
  const numPages = plan.pages;
  plan.states.push({ at: startsAt, status: 'inprogress', numPages, costCents: cost, completedAt: null, error: null });
  let endsAt = startsAt;
  let lastError: FaxError | null = null;
  const failed: number[] = [];
  for (const [index, recipient] of recipients.entries()) {
    const drawn = outcomes[index] ?? null;
    const error = forced ?? (drawn === null ? null : toError(drawn));
    const retries = retriesOf(random, drawn, error, rates);
    const life = planCalls(random, startsAt + random.int(0, 2000), numPages, error, retries);
    recipient.states.push(...life.states);
    recipient.calls.push(...life.calls);
    recipient.chargedCents = prices[index] ?? 0;
    if (error !== null) {
      failed.push(recipient.chargedCents);
      lastError = error;
    }
    endsAt = Math.max(endsAt, life.endsAt);
  }
  // The fax may be closed a second after its last recipient.
  endsAt += random.int(0, 900);
  const status = failed.length === 0 ? 'success' : failed.length === recipients.length ? 'failure' : 'partialsuccess';
  const end = { status, numPages, completedAt: floorSecond(endsAt), error: lastError };
  plan.states.push({ ...end, at: endsAt, costCents: cost });
  const credits = failed.map((price) => ({ price, at: endsAt + drawCreditDelayMs(random, rates) }));
  for (const credit of credits.sort((left, right) => left.at - right.at)) {
    cost -= credit.price;
    plan.states.push({ ...end, at: credit.at, costCents: cost });
  }
}

function retriesOf(random: SeededRandom, drawn: ErrorRow | null, error: FaxError | null, rates: LifeRates): number {
  if (error === null) return random.chance(rates.retryShare) ? random.int(1, 2) : 0;
  // Numbers that do not exist are not called again; simulated errors fail at once.
  return drawn === null || drawn.errorClass === 'N' || drawn.errorClass === 'X' ? 0 : random.int(0, 2);
}

/** What a received fax is made of. */
export interface ReceivedInput {
  readonly id: string;
  /** When the call ended; the provider's record is created up to 4 s later. */
  readonly completedAt: Instant;
  readonly listedDelayMs: number;
  readonly isTest: boolean;
  readonly fromNumber: string;
  readonly toNumber: string;
  readonly toAlpha2: string;
  readonly callerName: string | null;
  readonly pages: number;
  readonly barcodes: readonly FaxBarcode[];
  /** True when the call broke off before the first page. */
  readonly fails: boolean;
}

/** Plans a received fax: it appears once, finished, 0 to 4 s after it was completed, charged by the page. */
export function planReceived(random: SeededRandom, input: ReceivedInput, card: RateCard): FaxPlan {
  const completedAt = floorSecond(input.completedAt);
  const createdAt = completedAt + random.int(0, 4) * SECOND;
  const pages = input.fails ? 0 : input.pages;
  return {
    id: input.id,
    direction: 'received',
    isTest: input.isTest,
    createdAt,
    listedAt: createdAt + input.listedDelayMs,
    deletedAt: null,
    filesDeletedAt: null,
    callerId: null,
    fromNumber: input.fromNumber,
    toNumber: input.toNumber,
    callerName: input.callerName,
    tags: {},
    pages,
    states: [
      {
        at: createdAt,
        status: input.fails ? 'failure' : 'success',
        numPages: pages,
        costCents: card.priceAt(input.toAlpha2, createdAt) * pages,
        completedAt,
        error: input.fails ? toError(CALL_DROPPED) : null,
      },
    ],
    recipients: null,
    barcodes: input.fails ? [] : input.barcodes,
    metadata: input.barcodes.find((barcode) => barcode.metadata !== null)?.metadata ?? null,
    callbackUrl: null,
    oddity: null,
  };
}

/**
 * Ends a fax by a cancel at an instant: what has not ended becomes a failure with `error`, what was charged is credited.
 * False, and nothing changes, when the fax had already ended: the cancel lost the race.
 */
export function cancelPlan(
  random: SeededRandom,
  plan: FaxPlan,
  at: Instant,
  error: FaxError,
  rates: LifeRates,
): boolean {
  const final = plan.states.find((state) => state.completedAt !== null);
  if (plan.direction !== 'sent' || (final !== undefined && final.at <= at)) return false;
  const kept = plan.states.filter((state) => state.at < at);
  const last = kept.at(-1);
  const completedAt = floorSecond(at);
  let succeededAny = false;
  let failedCount = 0;
  for (const recipient of plan.recipients ?? []) {
    recipient.states = recipient.states.filter((state) => state.at < at);
    recipient.calls = recipient.calls
      .filter((call) => call.startedAt < at)
      .map((call) => (call.endedAt < at ? call : { ...call, endedAt: at, status: 'failure', error }));
    const state = recipient.states.at(-1);
    if (state?.status === 'success') {
      succeededAny = true;
      continue;
    }
    failedCount += 1;
    if (state?.status === 'failure') continue;
    recipient.states.push({
      ...WAITING,
      at,
      status: 'failure',
      retryCount: state?.retryCount ?? 0,
      completedAt,
      error,
    });
  }
  const cost = last?.costCents ?? 0;
  const end = {
    status: failedCount === 0 ? 'success' : succeededAny ? 'partialsuccess' : 'failure',
    numPages: last?.numPages ?? 0,
    completedAt,
    error: failedCount === 0 ? null : error,
  };
  kept.push({ ...end, at, costCents: cost });
  const credit = cost === 0 ? 0 : chargedForFailed(plan);
  if (credit > 0) kept.push({ ...end, at: at + drawCreditDelayMs(random, rates), costCents: cost - credit });
  plan.states = kept;
  return true;
}

function chargedForFailed(plan: FaxPlan): number {
  const failed = (plan.recipients ?? []).filter((recipient) => recipient.states.at(-1)?.status === 'failure');
  return failed.reduce((sum, recipient) => sum + recipient.chargedCents, 0);
}
