import type { Pool } from 'pg';
import { createLoadHandler, type LoadHandler } from '../../functions/load.ts';
import { SETTINGS } from '../../infra/settings.ts';
import type { Clock } from '../../src/domain/clock.ts';
import { type Instant, toIso } from '../../src/domain/time.ts';
import type { LandingZone, ListedRef } from '../../src/landing/contract.ts';
import type { LoadDeps } from '../../src/pipeline/load.ts';
import { createLogger } from '../../src/runtime/logger.ts';
import { createWarehousePool } from '../../src/warehouse/connection.ts';
import { EventSource, type EventSourceOptions } from '../support/event-source.ts';
import { envelopeOf, type LandedSpec, wireFax } from '../support/landed.ts';
import { LoadBed } from '../support/load-bed.ts';
import { DatabaseGate } from './database-gate.ts';

export const SECOND = 1_000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** When the rigs' queues begin. */
export const START = Date.UTC(2026, 8, 1, 12);

const { loads, functions } = SETTINGS;

/** The load queue and its mapping as the stack deploys them where the settings say nothing else. */
export const DEPLOYED = {
  visibilityMs: loads.visibilitySeconds * SECOND,
  receivesMax: loads.receivesMax,
  retentionMs: loads.retentionDays * DAY,
  deadRetentionMs: loads.deadRetentionDays * DAY,
  batchSize: loads.batchSize,
  concurrencyMax: loads.concurrencyMax,
  timeoutMs: functions.load.timeoutSeconds * SECOND,
} as const;

/** How old a landed object is, as deployed, before the audit takes it for lost. */
export const AUDIT_GRACE_MS = (loads.receivesMax * loads.visibilitySeconds + loads.batchingWindowSeconds) * SECOND;

/** Gives the account its number before loaders race for it: they would burn some, and two warehouses could not be compared. */
export async function addAccount(pool: Pool, account = 'main'): Promise<void> {
  await pool.query(`insert into warehouse.accounts (account_key, billing_zone) values ($1, 'America/Chicago')`, [
    account,
  ]);
}

/** What a rig may be told beyond the deployed settings. */
export interface LoadRigOptions extends Partial<Omit<EventSourceOptions, 'environment' | 'startAt'>> {
  /** A state store other than the warehouse's own. */
  readonly state?: LoadDeps['state'];
  /** Shown by the database for the rig's connections. */
  readonly applicationName?: string;
  /** Told of each landed object that the handler reads. */
  readonly onRead?: () => void;
  /** What is left of an invocation's time whenever the handler asks; default: the timeout. */
  readonly remainingMs?: () => number;
}

/** The real load handler behind a queue: a landing folder, a database, and an execution environment with a connection of its own for each slot. */
export class LoadRig {
  readonly bed: LoadBed;
  readonly source: EventSource;
  /** The handler's log, a line an entry. */
  readonly log: Array<Record<string, unknown>> = [];
  /** How often each landed object was read: once is the least. */
  readonly reads = new Map<string, number>();
  /** When each object was landed, on the queue's clock. */
  readonly landedAt = new Map<string, Instant>();
  /** What the functions reach the database through; the test reaches it without. */
  readonly gate: DatabaseGate;
  readonly #options: LoadRigOptions;
  readonly #pools: Pool[] = [];

  private constructor(bed: LoadBed, gate: DatabaseGate, options: LoadRigOptions) {
    this.bed = bed;
    this.gate = gate;
    const { state, applicationName, onRead, remainingMs, ...settings } = options;
    this.#options = options;
    this.source = new EventSource({ ...DEPLOYED, ...settings, startAt: START, environment: () => this.#environment() });
  }

  /** Opens a rig; {@link close} ends it. */
  static async open(options: LoadRigOptions = {}): Promise<LoadRig> {
    const bed = await LoadBed.open();
    await addAccount(bed.database.pool);
    return new LoadRig(bed, await DatabaseGate.open(bed.database.url), options);
  }

  /** One connection to the database, as a function has it. */
  connect(applicationName = 'faxsync-function'): Pool {
    const pool = createWarehousePool(this.gate.url, { applicationName, connectionsMax: 1 });
    this.#pools.push(pool);
    return pool;
  }

  /** Time as the handler sees it: the queue's; its pauses are too short to count there. */
  get clock(): Clock {
    return { now: () => this.source.clock.now(), sleep: async () => {} };
  }

  /** Lands one answer; gives its key. */
  async land(spec: LandedSpec, data: unknown): Promise<string> {
    const { key } = await this.bed.deps.landing.put(envelopeOf(spec, data));
    this.landedAt.set(key, this.source.clock.now());
    return key;
  }

  /** Lands a slice of one hour that shows one final fax of its own, so that every number gives another object and another row. */
  async landFax(number: number, at = START): Promise<string> {
    const after = START - 40 * DAY + number * HOUR;
    const fax = wireFax(number, toIso(after + MINUTE), { status: 'success' });
    return this.land({ observation: number, at, window: { after, before: after + HOUR } }, [fax]);
  }

  /** The landing zone as the functions see it: what is read is counted, and times are the queue's. */
  get landing(): LandingZone {
    const { landing } = this.bed.deps;
    return {
      put: (envelope) => landing.put(envelope),
      list: (...asked) => this.#list(...asked),
      get: (key) => {
        this.reads.set(key, (this.reads.get(key) ?? 0) + 1);
        this.#options.onRead?.();
        return landing.get(key);
      },
    };
  }

  /** A whole number that the warehouse counts. */
  async count(from: string): Promise<number> {
    const { rows } = await this.bed.database.pool.query<{ n: number }>(`select count(*)::integer as n from ${from}`);
    return rows[0]?.n ?? -1;
  }

  async close(): Promise<void> {
    await Promise.all(this.#pools.map((pool) => pool.end()));
    await this.gate.close();
    await this.bed.close();
  }

  #environment(): LoadHandler {
    const { accountSettings, random } = this.bed.deps;
    const { state = this.bed.deps.state, applicationName = 'faxsync-load', remainingMs } = this.#options;
    const load = createLoadHandler({
      landing: this.landing,
      pool: this.connect(applicationName),
      state,
      clock: this.clock,
      random,
      accountSettings,
      log: createLogger({ service: 'load', write: (line) => this.log.push(JSON.parse(line)) }),
      landedKeyOf: (key) => key,
    });
    if (remainingMs === undefined) return load;
    return (event, context) => load(event, { ...context, getRemainingTimeInMillis: remainingMs });
  }

  async *#list(...asked: Parameters<LandingZone['list']>): AsyncIterable<ListedRef> {
    for await (const { key } of this.bed.deps.landing.list(...asked)) {
      yield { key, landedAt: this.landedAt.get(key) ?? null };
    }
  }
}
