import { isFinalStatus } from '../domain/fax.ts';
import type { Instant } from '../domain/time.ts';
import { CANCELED_BY_TIMEOUT, CANCELED_BY_USER, ERROR_TABLE, simulatedError } from './error-table.ts';
import { leaveCancelError } from './generator.ts';
import { cancelPlan, planReceived, planSent } from './lives.ts';
import { drawPhoneNumber, isHeldAt, type NumberPlan } from './numbers.ts';
import { ObjectCommands } from './object-commands.ts';
import { LOCAL_AREA_CODES } from './places.ts';
import { type FaxPlan, finishedAt, statusAt } from './plan.ts';
import { randomFor, type SeededRandom } from './random.ts';
import type { World } from './world.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;

/** The provider's own number: default sender and receiver of simulated receptions. */
export const TEST_NUMBER = '+18773346654';

/** What a send request asks for. */
export interface SendCommand {
  /** E.164. */
  readonly to: readonly string[];
  readonly isTest: boolean;
  readonly tags: Readonly<Record<string, string>>;
  readonly callerId: string | null;
  readonly callbackUrl: string | null;
  readonly batchDelayMs: number | null;
  readonly cancelTimeoutMs: number | null;
  /** An error type that a test fax shall end with; ignored on live faxes. */
  readonly testFail: string | null;
}

/** The id of the fax a send made; `refused` says why it will not be sent (the fax exists and has failed). */
export interface SendOutcome {
  readonly id: string;
  readonly refused: string | null;
}

/** How a cancel, deletion or look-up by command ended. */
export type CommandOutcome = 'done' | 'unknown' | 'too_late' | 'not_test';

/** What clients can do to a world. Every command takes the instant at which it arrives; outcomes are seeded by its number. */
export class Commands {
  /** Commands about ports, ATAs, blocking rules and PhaxCodes. */
  readonly objects: ObjectCommands;
  readonly #world: World;
  #count = 0;

  constructor(world: World) {
    this.objects = new ObjectCommands(world);
    this.#world = world;
  }

  #random(): SeededRandom {
    this.#count += 1;
    return randomFor(this.#world.seed, 'command', this.#count);
  }

  /** POST /faxes, v1 `send`. */
  send(command: SendCommand, now: Instant): SendOutcome {
    const world = this.#world;
    world.advanceTo(now);
    const random = this.#random();
    const recipients = command.to.map((phoneNumber) => ({ phoneNumber, alpha2: world.card.alpha2Of(phoneNumber) }));
    const least = recipients.reduce((sum, one) => sum + world.card.priceAt(one.alpha2, now), 0);
    const isPoor = !command.isTest && world.options.autoRecharge === null && world.ledger.balanceAt(now) < least;
    const noFunds = ERROR_TABLE.find((row) => row.type === 'generalError' && row.id === 5) ?? null;
    const simulated = command.isTest && command.testFail !== null ? simulatedError(command.testFail) : null;
    const plan = planSent(
      random,
      {
        id: world.generator.commandId(now),
        createdAt: Math.floor(now / SECOND) * SECOND,
        listedAt: now,
        isTest: command.isTest,
        callerId: command.callerId,
        tags: command.tags,
        recipients,
        pages: random.int(1, 5),
        batchDelayMs: command.batchDelayMs,
        forcedError: simulated,
        callbackUrl: command.callbackUrl,
      },
      // Test faxes fail only when they are told to.
      command.isTest ? { ...world.options, failureShare: 0, retryShare: 0 } : world.options,
      world.card,
    );
    if (isPoor && noFunds !== null) failAtOnce(plan, now, noFunds);
    const timeoutAt = command.cancelTimeoutMs === null ? null : plan.createdAt + command.cancelTimeoutMs;
    if (timeoutAt !== null && timeoutAt < finishedAt(plan)) {
      cancelPlan(random, plan, timeoutAt, CANCELED_BY_TIMEOUT, world.options);
    }
    this.#admit(random, plan, now);
    return { id: plan.id, refused: isPoor ? (noFunds?.message ?? '') : null };
  }

  #admit(random: SeededRandom, plan: FaxPlan, now: Instant): void {
    this.#world.insert([plan, ...this.#world.generator.twinsOf(random, plan)], now);
  }

  /** POST /faxes/:id/cancel: takes effect a moment later; refused when the fax has ended, and lost when it ends first. */
  cancel(id: string, now: Instant): CommandOutcome {
    this.#world.advanceTo(now);
    const plan = this.#world.find(id, now);
    if (plan === null) return 'unknown';
    if (plan.direction !== 'sent' || isFinalStatus(statusAt(plan, now))) return 'too_late';
    const random = this.#random();
    const at = now + random.int(500, 3000);
    const { id: errorId, type, message } = CANCELED_BY_USER;
    const inTime = cancelPlan(random, plan, at, { id: errorId, type, message }, this.#world.options);
    if (!inTime && this.#world.options.lateCancelLeavesError) leaveCancelError(plan, at);
    this.#world.replan(plan, now + 1);
    return 'done';
  }

  /** POST /faxes/:id/resend: a new fax with the same recipients, tags and document; null when the fax is unknown. */
  resend(id: string, callbackUrl: string | null, now: Instant): string | null {
    this.#world.advanceTo(now);
    const original = this.#world.find(id, now);
    if (original === null || original.recipients === null || original.filesDeletedAt !== null) return null;
    const random = this.#random();
    const plan = planSent(
      random,
      {
        id: this.#world.generator.commandId(now),
        createdAt: Math.floor(now / SECOND) * SECOND,
        listedAt: now,
        isTest: original.isTest,
        callerId: original.callerId,
        tags: original.tags,
        recipients: original.recipients,
        pages: original.pages,
        batchDelayMs: null,
        forcedError: null,
        callbackUrl,
      },
      this.#world.options,
      this.#world.card,
    );
    this.#admit(random, plan, now);
    return plan.id;
  }

  /** DELETE /faxes/:id: test faxes only. */
  deleteFax(id: string, now: Instant): CommandOutcome {
    this.#world.advanceTo(now);
    const plan = this.#world.find(id, now);
    if (plan === null) return 'unknown';
    if (!plan.isTest) return 'not_test';
    plan.deletedAt = now;
    return 'done';
  }

  /** DELETE /faxes/:id/file. */
  deleteFiles(id: string, now: Instant): CommandOutcome {
    this.#world.advanceTo(now);
    const plan = this.#world.find(id, now);
    if (plan === null) return 'unknown';
    plan.filesDeletedAt = now;
    return 'done';
  }

  /** POST /faxes with direction=received: a simulated reception, there a few seconds later. */
  receive(fromNumber: string, toNumber: string, now: Instant): string {
    const world = this.#world;
    world.advanceTo(now);
    const random = this.#random();
    const plan = planReceived(
      random,
      {
        id: world.generator.commandId(now),
        completedAt: now + random.int(1, 4) * SECOND,
        listedDelayMs: 0,
        isTest: true,
        fromNumber,
        toNumber,
        toAlpha2: world.card.alpha2Of(toNumber),
        callerName: null,
        pages: random.int(1, 3),
        barcodes: [],
        fails: false,
      },
      world.card,
    );
    world.insert([plan], now);
    return plan.id;
  }

  /** POST /phone_numbers: a new number, billed at once; null when there is none in that area. */
  provision(areaCode: number | null, callbackUrl: string | null, now: Instant): NumberPlan | null {
    const world = this.#world;
    world.advanceTo(now);
    const random = this.#random();
    const places = LOCAL_AREA_CODES.filter((place) => areaCode === null || place.areaCode === areaCode);
    if (places.length === 0) return null;
    const place = random.pick(places);
    let phoneNumber = drawPhoneNumber(random, place);
    while (world.numbers.some((number) => number.phoneNumber === phoneNumber)) {
      phoneNumber = drawPhoneNumber(random, place);
    }
    const provisionedAt = Math.floor(now / SECOND) * SECOND;
    const costs = [{ at: provisionedAt, cents: world.options.numberCostCents }];
    const plan: NumberPlan = { phoneNumber, place, provisionedAt, releasedAt: null, costs, callbackUrl };
    world.numbers.push(plan);
    world.chargeRent(plan, now);
    world.ledger.postUntil(now);
    return plan;
  }

  /** DELETE /phone_numbers/:number; no refund. */
  release(phoneNumber: string, now: Instant): CommandOutcome {
    this.#world.advanceTo(now);
    const plan = this.#world.numbers.find((number) => number.phoneNumber === phoneNumber && isHeldAt(number, now));
    if (plan === undefined) return 'unknown';
    plan.releasedAt = now;
    return 'done';
  }

  /** Lets many faxes arrive within a time from now on; returns their ids. For tests that need a crowd. */
  sendMany(count: number, withinMs: number, now: Instant): string[] {
    const random = this.#random();
    const ids: string[] = [];
    for (let index = 0; index < count; index++) {
      const to = `+1414555${String(random.int(0, 9999)).padStart(4, '0')}`;
      const at = now + Math.floor(random.next() * withinMs);
      ids.push(this.#sendLater(random, to, Math.max(now, at)));
    }
    return ids;
  }

  #sendLater(random: SeededRandom, to: string, at: Instant): string {
    const world = this.#world;
    const createdAt = Math.floor(at / SECOND) * SECOND;
    const plan = planSent(
      random,
      {
        id: world.generator.commandId(at),
        createdAt,
        listedAt: at,
        isTest: false,
        callerId: null,
        tags: {},
        recipients: [{ phoneNumber: to, alpha2: 'US' }],
        pages: 1,
        batchDelayMs: null,
        forcedError: null,
        callbackUrl: null,
      },
      world.options,
      world.card,
    );
    world.insert([plan], at);
    return plan.id;
  }
}

/** Minutes as the API takes them, within the documented 3 to 60. */
export function cancelTimeoutMs(minutes: number): number {
  return Math.min(60, Math.max(3, minutes)) * MINUTE;
}

function failAtOnce(plan: FaxPlan, at: Instant, row: { id: number; type: string; message: string }): void {
  const error = { id: row.id, type: row.type, message: row.message };
  const completedAt = Math.floor(at / SECOND) * SECOND;
  plan.states = [{ at: plan.createdAt, status: 'failure', numPages: 0, costCents: 0, completedAt, error }];
  for (const recipient of plan.recipients ?? []) {
    recipient.calls = [];
    recipient.states = [
      {
        at: plan.createdAt,
        status: 'failure',
        retryCount: 0,
        completedAt,
        bitrate: null,
        resolution: null,
        error,
      },
    ];
  }
}
