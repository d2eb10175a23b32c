import type { Clock } from '../domain/clock.ts';
import type { Instant } from '../domain/time.ts';
import { signCallback } from '../phaxio/signature.ts';
import { Agenda } from './agenda.ts';
import { DELIVERY_KINDS, type DeliveryKind, drawDeliveries, type Forgery, forgeFax } from './callback-fates.ts';
import { buildForm, type CallbackEvent, callbackFax, encodeForm, eventsOf, signedContent } from './callback-form.ts';
import { type CallbackOptions, RETRY_WAITS_MS } from './callback-options.ts';
import type { PostCallback } from './callback-post.ts';
import type { HttpSwitches } from './http-options.ts';
import type { FaxPlan } from './plan.ts';
import { randomFor } from './random.ts';
import type { World } from './world.ts';

/** What became of the deliveries of one kind. */
export interface DeliveryCounts {
  /** Attempts made, retries included. */
  sent: number;
  /** Attempts answered 2xx. */
  accepted: number;
  /** Attempts answered otherwise. */
  refused: number;
  /** Attempts without an answer. */
  failed: number;
  /** Deliveries given up after 16 retries. */
  abandoned: number;
}

/** A forged callback that was sent. */
export interface SentForgery extends Forgery {
  readonly kind: DeliveryKind;
  /** The real fax it is built on. */
  readonly faxId: string;
}

/** Counts of the callback sender. */
export interface CallbackStats {
  /** Events that led to deliveries, or were lost on purpose. */
  readonly events: number;
  readonly lost: number;
  readonly byKind: Readonly<Record<DeliveryKind, DeliveryCounts>>;
  /** Attempts by answered status; `none` without an answer. */
  readonly byStatus: Readonly<Record<string, number>>;
  /** Deliveries still to be made, retries included. */
  readonly waiting: number;
}

interface Delivery {
  readonly event: CallbackEvent;
  readonly kind: DeliveryKind;
  readonly forgery: Forgery | null;
  readonly url: string;
  readonly attempt: number;
}

/** What the sender is made of. */
export interface CallbackParts {
  readonly seed: number;
  readonly clock: Clock;
  readonly realClock: Clock;
  readonly world: World;
  readonly switches: HttpSwitches;
  readonly options: CallbackOptions;
  readonly post: PostCallback;
}

/**
 * Tells the account's receiver what happens to its faxes, from its creation on: late, twice, out of order, forged or not at all.
 * The options may be changed at any time; they count for events that were not drawn yet.
 */
export class CallbackSender {
  readonly #parts: CallbackParts;
  readonly #events = new Agenda<CallbackEvent>();
  readonly #deliveries = new Agenda<Delivery>();
  readonly #forgeries: SentForgery[] = [];
  readonly #byKind: Record<DeliveryKind, DeliveryCounts>;
  readonly #byStatus: Record<string, number> = {};
  #options: CallbackOptions;
  /** Events up to here were drawn; they are never drawn again, whatever becomes of their fax. */
  #drawnUntil: Instant;
  #eventCount = 0;
  #lostCount = 0;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(parts: CallbackParts) {
    this.#parts = parts;
    this.#options = parts.options;
    this.#drawnUntil = parts.world.now;
    const counts = (): DeliveryCounts => ({ sent: 0, accepted: 0, refused: 0, failed: 0, abandoned: 0 });
    this.#byKind = Object.fromEntries(DELIVERY_KINDS.map((kind) => [kind, counts()])) as Record<
      DeliveryKind,
      DeliveryCounts
    >;
    for (const plan of parts.world.plans()) this.#plan(plan);
    parts.world.subscribe({ onPlan: (plan) => this.#plan(plan) });
  }

  /** The options in force. */
  get options(): CallbackOptions {
    return this.#options;
  }

  /** Changes options from now on, e.g. the URL once the receiver listens. */
  configure(change: Partial<CallbackOptions>): void {
    this.#options = { ...this.#options, ...change };
  }

  /** Forged callbacks sent so far: what a mirror must not contain. */
  get forgeries(): readonly SentForgery[] {
    return this.#forgeries;
  }

  /** Counts so far. */
  stats(): CallbackStats {
    return {
      events: this.#eventCount,
      lost: this.#lostCount,
      byKind: structuredClone(this.#byKind),
      byStatus: { ...this.#byStatus },
      waiting: this.#deliveries.size,
    };
  }

  /** When the next event or delivery is due; null when nothing is planned. */
  nextDueAt(): Instant | null {
    const instants = [this.#events.nextAt(), this.#deliveries.nextAt()].filter((at) => at !== null);
    return instants.length === 0 ? null : Math.min(...instants);
  }

  #plan(plan: FaxPlan): void {
    this.#events.withdraw(plan.id);
    // Inflight events are planned always and left out when drawn, so that the option can be changed later.
    for (const event of eventsOf(plan, this.#drawnUntil, true)) {
      this.#events.add(event.at, plan.id, event);
    }
  }

  /**
   * Makes every delivery due by an instant of the world's clock, retries included; returns how many attempts were made.
   * Calls run one after another; a failing receiver never makes it reject.
   */
  deliverDue(now: Instant): Promise<number> {
    const work = this.#turn.then(() => this.#deliver(now));
    this.#turn = work.catch(() => undefined);
    return work;
  }

  async #deliver(now: Instant): Promise<number> {
    this.#parts.world.advanceTo(now);
    for (let due = this.#events.take(now); due !== null; due = this.#events.take(now)) this.#draw(due.item);
    this.#drawnUntil = Math.max(this.#drawnUntil, now);
    let attempts = 0;
    for (;;) {
      const batch: Array<Promise<void>> = [];
      while (batch.length < this.#options.concurrency) {
        const due = this.#deliveries.take(now);
        if (due === null) break;
        batch.push(this.#attempt(due.item, due.at));
      }
      if (batch.length === 0) return attempts;
      attempts += batch.length;
      await Promise.all(batch);
    }
  }

  #draw(event: CallbackEvent): void {
    const options = this.#options;
    const isInflight = event.type !== 'fax_completed';
    if (isInflight && (!options.inflightEvents || options.version !== 'v2.1')) return;
    const url = this.#urlFor(event.plan);
    if (url === null) return;
    this.#eventCount += 1;
    const deliveries = drawDeliveries(this.#parts.seed, event, options);
    if (!deliveries.some(({ kind }) => kind === 'genuine')) this.#lostCount += 1;
    for (const { kind, at, forgery } of deliveries) {
      this.#deliveries.add(at, event.plan.id, { event, kind, forgery, url, attempt: 0 });
    }
  }

  /** The most specific URL wins: the send request's, the number's, the account's. */
  #urlFor(plan: FaxPlan): string | null {
    const number = this.#parts.world.numbers.find((candidate) => candidate.phoneNumber === plan.toNumber);
    return plan.callbackUrl ?? number?.callbackUrl ?? this.#options.url;
  }

  async #attempt(delivery: Delivery, dueAt: Instant): Promise<void> {
    const counts = this.#byKind[delivery.kind];
    const { body, headers } = this.#write(delivery);
    if (delivery.forgery !== null && delivery.attempt === 0) {
      this.#forgeries.push({ ...delivery.forgery, kind: delivery.kind, faxId: delivery.event.plan.id });
    }
    counts.sent += 1;
    const status = await this.#parts.post(delivery.url, headers, body).then(
      (answer) => answer.status,
      () => null,
    );
    const key = String(status ?? 'none');
    this.#byStatus[key] = (this.#byStatus[key] ?? 0) + 1;
    if (status !== null && status >= 200 && status < 300) {
      counts.accepted += 1;
      return;
    }
    if (status === null) counts.failed += 1;
    else counts.refused += 1;
    // Forgers do not retry.
    if (delivery.forgery !== null) return;
    const wait = RETRY_WAITS_MS[delivery.attempt];
    if (wait === undefined) {
      counts.abandoned += 1;
      return;
    }
    const retryAt = dueAt + Math.round(wait * this.#options.retryScale);
    this.#deliveries.add(retryAt, delivery.event.plan.id, { ...delivery, attempt: delivery.attempt + 1 });
  }

  #write(delivery: Delivery): { readonly body: Buffer; readonly headers: Record<string, string> } {
    const { event, kind, forgery } = delivery;
    const options = this.#options;
    const genuineFax = callbackFax(event, options, this.#parts.switches);
    const genuine = buildForm(event, genuineFax, options);
    const form = forgery === null ? genuine : buildForm(event, forgeFax(genuineFax, forgery), options);
    const { contentType, body } = encodeForm(form);
    const headers: Record<string, string> = { 'content-type': contentType };
    if (options.token !== null && kind !== 'forged_unsigned') {
      const url =
        options.signedUrl === 'as_given' ? delivery.url : delivery.url.replace(/^([a-z]+:\/\/)[^/?#]*@/i, '$1');
      const guessed = randomFor(this.#parts.seed, 'forger', event.plan.id).hex(40);
      const token = kind === 'forged_signature' ? guessed : options.token;
      // An altered field travels under the signature of the genuine form.
      const signed = kind === 'forged_field' ? genuine : form;
      headers['x-phaxio-signature'] = signCallback(token, url, signedContent(signed));
    }
    return { body, headers };
  }

  /** Delivers in the background until the signal is aborted, by the world's clock, looking every `backgroundPollMs`. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.deliverDue(this.#parts.clock.now());
      await this.#parts.realClock.sleep(this.#options.backgroundPollMs, signal).catch(() => undefined);
    }
  }
}
