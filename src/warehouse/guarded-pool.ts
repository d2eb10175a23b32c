import pg from 'pg';
import type { Clock } from '../domain/clock.ts';
import type { Instant } from '../domain/time.ts';
import { IDLE_MAX_MS, listenToIdle, poolConfig, readUrl, type WarehousePoolOptions } from './connection.ts';

/** Why a connection was given up for a new one, or a login tried again. */
export type Replaced = 'idle_too_long' | 'silent' | 'login_refused';

/** Settings of a pool for a process that may be frozen at any time between two pieces of work, as functions are. */
export interface GuardedPoolOptions extends WarehousePoolOptions {
  readonly clock: Clock;
  /** Told of every connection that was replaced before anything was asked of it. */
  readonly onReplaced?: (why: Replaced) => void;
}

/** A connection that was in use this long ago cannot have been forgotten by anything on the way. */
const TRUSTED_MS = 1_000;
/** How long an idle connection may take to answer. A live one does within a millisecond or two. */
const ANSWER_MAX_MS = 3_000;

/**
 * A pool that gives out no dead connections, for a process that freezes. A socket that died meanwhile says nothing of it: what is sent
 * is lost, and the answer would be waited for until the function ends. So a connection that lay idle for longer than a pool keeps
 * one, by the clock, is not used again, and any other must answer within 3 seconds before it is given out. Only what was not begun is
 * begun anew: inside a transaction nothing is reconnected.
 *
 * A login that is refused is tried once more with a fresh password, or the URL as it is then: passwords rotate between the moment they
 * are read and the moment they are sent.
 *
 * @param login the URL, or how to learn it, asked anew for every connection; with `password` a URL without one.
 * @throws {SettingsError} when the text is not a database URL.
 */
export function createGuardedPool(login: string | (() => Promise<string>), options: GuardedPoolOptions): pg.Pool {
  const pool = new GuardedPool(login, options);
  listenToIdle(pool, options);
  return pool;
}

type ConnectCallback = Parameters<pg.Pool['connect']>[0];

class GuardedPool extends pg.Pool {
  readonly #options: GuardedPoolOptions;
  /** Null where the URL never changes. */
  readonly #freshUrl: (() => Promise<string>) | null;
  /** When each connection was last given back. A new one is not in it. */
  readonly #idleSince = new WeakMap<pg.PoolClient, Instant>();

  constructor(login: string | (() => Promise<string>), options: GuardedPoolOptions) {
    super({ ...(typeof login === 'string' ? readUrl(login, options) : {}), ...poolConfig(options) });
    this.#options = options;
    this.#freshUrl = typeof login === 'string' ? null : login;
    this.on('release', (_error, client) => {
      this.#idleSince.set(client, options.clock.now());
    });
  }

  override connect(): Promise<pg.PoolClient>;
  override connect(callback: ConnectCallback): void;
  override connect(callback?: ConnectCallback): Promise<pg.PoolClient> | undefined {
    const found = this.#checkOut();
    if (callback === undefined) return found;
    // As the pool's own `query` asks.
    found.then(
      (client) => callback(undefined, client, (error) => client.release(error)),
      (error: Error) => callback(error, undefined, () => {}),
    );
  }

  async #checkOut(): Promise<pg.PoolClient> {
    const mayTryAgain = this.#freshUrl !== null || this.#options.password !== undefined;
    for (let refusals = 0; ; ) {
      await this.#readLogin();
      let client: pg.PoolClient;
      try {
        client = await super.connect();
      } catch (error) {
        refusals += 1;
        if (!mayTryAgain || refusals > 1 || !isRefusal(error)) throw error;
        this.#options.onReplaced?.('login_refused');
        continue;
      }
      const why = await this.#distrust(client);
      if (why === null) return client;
      client.release(new Error(why));
      this.#options.onReplaced?.(why);
    }
  }

  /** Where the next connection logs in, if there will be one. */
  async #readLogin(): Promise<void> {
    if (this.#freshUrl === null || this.idleCount > 0 || this.totalCount >= this.options.max) return;
    Object.assign(this.options, readUrl(await this.#freshUrl(), {}));
  }

  /** Why the connection is not to be used; null where nothing speaks against it. */
  async #distrust(client: pg.PoolClient): Promise<Replaced | null> {
    const since = this.#idleSince.get(client);
    if (since === undefined) return null;
    const idleMs = this.#options.clock.now() - since;
    // A clock that was set back cannot say how long it was.
    if (idleMs >= 0 && idleMs < TRUSTED_MS) return null;
    if (idleMs >= IDLE_MAX_MS) return 'idle_too_long';
    return (await this.#answers(client)) ? null : 'silent';
  }

  async #answers(client: pg.PoolClient): Promise<boolean> {
    // Without a listener a connection that breaks now would end the process.
    const onError = () => {};
    client.on('error', onError);
    const waiting = new AbortController();
    const silence = this.#options.clock.sleep(ANSWER_MAX_MS, waiting.signal).then(
      () => false,
      () => false,
    );
    const answer = client.query('select 1').then(
      () => true,
      () => false,
    );
    const isAnswered = await Promise.race([answer, silence]);
    waiting.abort();
    if (isAnswered) client.off('error', onError);
    return isAnswered;
  }
}

/** Whether the server did not take user or password. */
function isRefusal(error: unknown): boolean {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : null;
  return code === '28P01' || code === '28000';
}
