import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Clock } from '../../src/domain/clock.ts';
import type { Instant } from '../../src/domain/time.ts';
import type { Envelope, LandingZone, TimeWindow } from '../../src/landing/contract.ts';
import { FolderLandingZone } from '../../src/landing/folder.ts';
import type { PullRequest, PullSettings, PullSummary } from '../../src/pipeline/pull.ts';
import { PULL_SETTINGS, pull } from '../../src/pipeline/pull.ts';
import type { StateStore } from '../../src/state/contract.ts';
import { PostgresStateStore } from '../../src/state/postgres.ts';
import type { TestDatabase } from '../support/database.ts';
import { freshDatabase } from '../support/database.ts';
import type { ListProvider, OtherAnswers } from './list-provider.ts';
import { providerFetch } from './list-provider.ts';

/** A third of the lease's life, and the longest attempt: timers that run beside the work. */
const LEASE_TIMER_MS = 20_000;
const ATTEMPT_TIMER_MS = 30_000;

/** A time that only moves when somebody waits for it; timers of attempts and of the lease end when it has passed them. */
export class PullClock implements Clock {
  /** When the run must end: an attempt's timer ends there at the latest, by which it is known. */
  deadline: Instant = Number.MAX_SAFE_INTEGER;
  #now: Instant;
  readonly #background = new Set<{ dueAt: Instant; end: () => void }>();

  constructor(now: Instant) {
    this.#now = now;
  }

  now(): Instant {
    return this.#now;
  }

  advance(ms: number): void {
    this.#now += ms;
    for (const timer of this.#background) {
      if (timer.dueAt > this.#now) continue;
      this.#background.delete(timer);
      timer.end();
    }
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted === true) return Promise.reject(signal.reason);
    if (ms !== LEASE_TIMER_MS && ms !== Math.min(ATTEMPT_TIMER_MS, this.deadline - this.#now)) {
      this.advance(ms);
      return Promise.resolve();
    }
    return new Promise((resolve, reject) => {
      const timer = { dueAt: this.#now + ms, end: resolve };
      this.#background.add(timer);
      signal?.addEventListener('abort', () => {
        this.#background.delete(timer);
        reject(signal.reason);
      });
    });
  }
}

/** What the account's other lists say in v2. */
export const OTHER_ANSWERS: OtherAnswers = {
  '/account/status': () => ({ body: { success: true, message: 'x', data: { balance: 5000 } } }),
  '/phone_numbers': () => ({
    body: { success: true, message: 'x', data: [], paging: { total: 0, per_page: 1000, page: 1 } },
  }),
  '/public/countries': () => ({
    body: { success: true, message: 'x', data: [], paging: { total: 0, per_page: 1000, page: 1 } },
  }),
  '/accountStatus': () => ({ body: { success: true, message: 'x', data: { balance: 5000 } } }),
  '/numberList': () => ({ body: { success: true, message: 'x', data: [] } }),
  '/supportedCountries': () => ({ body: { success: true, message: 'x', data: {} } }),
};

/** The real state store and landing zone, shared by the tests of a file. */
export class PullBed {
  readonly #database: TestDatabase;
  readonly #folder: string;
  #accounts = 0;

  private constructor(database: TestDatabase, folder: string) {
    this.#database = database;
    this.#folder = folder;
  }

  static async open(): Promise<PullBed> {
    return new PullBed(await freshDatabase(), await mkdtemp(join(tmpdir(), 'faxsync-pull-')));
  }

  async close(): Promise<void> {
    await this.#database.drop();
    await rm(this.#folder, { recursive: true, force: true });
  }

  /** The stores, on a time of the caller's. */
  stores(clock: Clock): { state: StateStore; landing: LandingZone } {
    const state = new PostgresStateStore(this.#database.pool, { clock, random: () => 0.5 });
    return { state, landing: new FolderLandingZone(this.#folder) };
  }

  /** A new account at a provider; time starts at `now`. */
  world(provider: ListProvider, now: Instant, others: OtherAnswers = {}): PullWorld {
    this.#accounts += 1;
    const clock = new PullClock(now);
    const { state, landing } = this.stores(clock);
    return new PullWorld(`clinic-${this.#accounts}`, provider, clock, state, landing, { ...OTHER_ANSWERS, ...others });
  }
}

/** One account with everything a pull needs. */
export class PullWorld {
  readonly account: string;
  readonly provider: ListProvider;
  readonly clock: PullClock;
  readonly landing: LandingZone;
  state: StateStore;
  /** How far the provider's clock is ahead of ours. */
  providerAheadMs = 0;
  /** What a call costs of everybody's time. */
  callMs = 0;
  readonly #others: OtherAnswers;

  constructor(
    account: string,
    provider: ListProvider,
    clock: PullClock,
    state: StateStore,
    landing: LandingZone,
    others: OtherAnswers,
  ) {
    this.account = account;
    this.provider = provider;
    this.clock = clock;
    this.state = state;
    this.landing = landing;
    this.#others = others;
  }

  providerNow(): Instant {
    return this.clock.now() + this.providerAheadMs;
  }

  /** One run; by default with an hour of time and everything due. */
  pull(
    request: Partial<PullRequest> = {},
    settings: Partial<PullSettings> = {},
    landing: LandingZone = this.landing,
  ): Promise<PullSummary> {
    const list = providerFetch(this.provider, { now: () => this.providerNow() }, this.#others);
    const fetch = async (url: string, init: RequestInit): Promise<Response> => {
      this.clock.advance(this.callMs);
      return list(url, init);
    };
    const { dialect } = this.provider.options;
    const deadline = request.deadline ?? this.clock.now() + 3_600_000;
    this.clock.deadline = deadline;
    const credentials = [{ apiKey: 'key', apiSecret: 'secret' }] as const;
    return pull(
      { fetch, clock: this.clock, random: () => 0.5, state: this.state, landing },
      {
        provider: { account: this.account, dialect, baseUrl: 'http://provider.test', credentials },
        backfillFrom: null,
        holder: `run-${this.clock.now()}`,
        ...request,
        deadline,
      },
      { ...PULL_SETTINGS, perPage: this.provider.options.pageMax, ...settings },
    );
  }

  /** Everything landed for the account, in order. */
  async landed(): Promise<Envelope[]> {
    const envelopes: Envelope[] = [];
    for await (const { key } of this.landing.list(this.account)) envelopes.push(await this.landing.get(key));
    return envelopes;
  }

  /** Ids of the faxes that the landed slices of some passes hold inside their windows. */
  async landedFaxIds(passes?: readonly string[]): Promise<Set<number>> {
    const ids = new Set<number>();
    for (const { kind, pass, window, bodies } of await this.landed()) {
      if (kind !== 'slice' || window === null || (passes !== undefined && !passes.includes(pass ?? ''))) continue;
      const inside = new Set(this.provider.within(window).map(({ id }) => id));
      for (const { body } of bodies) {
        const { data } = JSON.parse(body) as { data: { id: number }[] };
        for (const { id } of data) if (inside.has(id)) ids.add(id);
      }
    }
    return ids;
  }

  async position(pass: string, stream = 'faxes'): Promise<Instant | null> {
    return (await this.state.readCursor({ account: this.account, stream, pass }))?.position ?? null;
  }
}

/** The end of the gapless stretch of windows that begins at `from`. */
export function coveredUntil(windows: readonly TimeWindow[], from: Instant): Instant {
  let until = from;
  for (const { after, before } of windows.toSorted((a, b) => a.after - b.after)) {
    if (after <= until) until = Math.max(until, before);
  }
  return until;
}
