import { randomBytes } from 'node:crypto';
import type pg from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { toIso } from '../../src/domain/time.ts';
import { ManualClock } from '../../src/simulator/manual-clock.ts';
import { IDLE_MAX_MS, inTransaction } from '../../src/warehouse/connection.ts';
import { createGuardedPool, type GuardedPoolOptions } from '../../src/warehouse/guarded-pool.ts';
import { loadObject } from '../../src/warehouse/load-object.ts';
import { freshDatabase, type TestDatabase } from '../support/database.ts';
import { preparedOf, TEST_LOAD, wireFax } from '../support/landed.ts';
import { PostgresGateway } from '../support/postgres-gateway.ts';

const START = Date.UTC(2026, 8, 1, 12);
const HOUR = 3_600_000;

let database: TestDatabase;
let login: string;
let gate: PostgresGateway;
let clock: ManualClock;
let replaced: string[];
/** What the gateway takes for a password, as RDS takes a token. */
let goodPassword: string;
const pools: pg.Pool[] = [];

beforeEach(async () => {
  database = await freshDatabase();
  login = `test_faults_${randomBytes(4).toString('hex')}`;
  await database.pool.query(`create role ${login} login in role faxsync_loader`);
  goodPassword = 'token-1';
  gate = await PostgresGateway.start({ upstream: database.url, judge: (_user, password) => password === goodPassword });
  clock = new ManualClock(START);
  replaced = [];
});
afterEach(async () => {
  gate.cut();
  for (const pool of pools.splice(0)) await pool.end();
  await gate.stop();
  await database.pool.query(`reassign owned by ${login} to current_user; drop owned by ${login}; drop role ${login}`);
  await database.drop();
});

/** One connection, as a function has. */
function poolOf(where: string | (() => Promise<string>), options: Partial<GuardedPoolOptions> = {}): pg.Pool {
  const pool = createGuardedPool(where, {
    clock,
    connectionsMax: 1,
    onReplaced: (why) => replaced.push(why),
    ...options,
  });
  pools.push(pool);
  return pool;
}

const tokenPool = (options: Partial<GuardedPoolOptions> = {}) =>
  poolOf(gate.urlFor(login), { password: async () => goodPassword, ...options });

/** Loads the n-th object, of one fax; counts how often the transaction was done again. */
async function load(pool: pg.Pool, n: number, onRetry: () => unknown = () => {}): Promise<string> {
  const at = START + n * HOUR;
  const prepared = preparedOf({ observation: n, at, window: { after: at, before: at + HOUR } }, [
    wireFax(n, toIso(at)),
  ]);
  const sleep = async () => {
    await onRetry();
  };
  return (await loadObject(pool, prepared, { ...TEST_LOAD, sleep })).kind;
}

async function faxes(): Promise<number> {
  const { rows } = await database.pool.query<{ n: number }>('select count(*)::int as n from warehouse.faxes');
  return rows[0]?.n ?? -1;
}

/** What dies while the process is frozen and the network forgets its connections. */
function loseConnections(): void {
  gate.freeze();
  gate.thaw();
}

describe('a connection that died unnoticed', () => {
  it('is not used again after it lay idle for longer than a pool keeps one', async () => {
    const pool = tokenPool();
    await load(pool, 1);
    loseConnections();
    clock.advance(IDLE_MAX_MS);
    expect(await load(pool, 2, () => expect.fail('the transaction was begun twice'))).toBe('loaded');
    expect(replaced).toEqual(['idle_too_long']);
    expect(gate.counts.admitted).toBe(2);
  });

  it('is replaced before the first statement where it does not answer in time', async () => {
    const pool = tokenPool();
    await load(pool, 1);
    loseConnections();
    clock.advance(2_000);
    const loading = load(pool, 2, () => expect.fail('the transaction was begun twice'));
    while (clock.sleeping === 0) await new Promise((resolve) => setImmediate(resolve));
    expect(gate.counts.admitted).toBe(1);
    clock.advance(3_000);
    expect(await loading).toBe('loaded');
    expect(replaced).toEqual(['silent']);
    expect(gate.counts.admitted).toBe(2);
    expect(await faxes()).toBe(2);
  });

  it('is replaced before the first statement where it breaks at that moment', async () => {
    const pool = tokenPool();
    await load(pool, 1);
    clock.advance(2_000);
    await database.pool.query(`select pg_terminate_backend(pid) from pg_stat_activity where usename = $1`, [login]);
    expect(await load(pool, 2, () => expect.fail('the transaction was begun twice'))).toBe('loaded');
    expect(clock.sleeping).toBe(0);
  });

  it('is not trusted where the clock was set back and cannot say how long it lay idle', async () => {
    let now = START;
    const pool = tokenPool({ clock: { now: () => now, sleep: async () => {} } });
    await load(pool, 1);
    loseConnections();
    now -= HOUR;
    expect(await load(pool, 2)).toBe('loaded');
    expect(replaced).toEqual(['silent']);
  });

  it('fails no load, however often it happens', async () => {
    const pool = tokenPool();
    for (let n = 1; n <= 20; n++) {
      expect(await load(pool, n, () => expect.fail('the transaction was begun twice'))).toBe('loaded');
      loseConnections();
      clock.advance(IDLE_MAX_MS + n);
    }
    expect(await faxes()).toBe(20);
    expect(gate.counts.admitted).toBe(20);
  });

  it('is not replaced inside a transaction: the whole of it is done again', async () => {
    const pool = tokenPool();
    await load(pool, 1);
    const tags: string[] = [];
    const cut = inTransaction(pool, async (client) => {
      await client.query(`insert into warehouse.accounts (account_key, billing_zone) values ('cut', 'UTC')`);
      tags.push('inserted');
      gate.freeze();
      const asked = client.query('select 1');
      gate.thaw();
      gate.cut();
      await asked;
      tags.push('answered');
    });
    await expect(cut).rejects.toMatchObject({ failure: 'connection', retryable: true });
    expect(tags).toEqual(['inserted']);
    expect(gate.counts.admitted).toBe(1);
    const { rows } = await database.pool.query('select account_key from warehouse.accounts');
    expect(rows).toEqual([{ account_key: 'main' }]);
    expect(await load(pool, 2)).toBe('loaded');
  });

  it('ends no process when it is lost while it lies idle', async () => {
    const lost = Promise.withResolvers<unknown>();
    const pool = tokenPool({ onIdleError: lost.resolve });
    await pool.query('select 1');
    gate.cut();
    expect(await lost.promise).toMatchObject({ failure: 'connection' });
    expect((await pool.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
  });
});

describe('a connection that lives', () => {
  it('is kept, whether it was in use a moment ago or lay idle for a while', async () => {
    const pool = tokenPool();
    for (const ms of [0, 999, 1_000, IDLE_MAX_MS - 1]) {
      await pool.query('select 1');
      clock.advance(ms);
    }
    await load(pool, 1);
    expect(replaced).toEqual([]);
    expect(gate.counts.accepted).toBe(1);
    expect(clock.sleeping).toBe(0);
  });

  it('serves callers that wait for their turn at it', async () => {
    const pool = tokenPool();
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, n) => pool.query<{ n: number }>('select $1::int as n', [n])),
    );
    expect(answers.map(({ rows }) => rows[0]?.n)).toEqual(Array.from({ length: 20 }, (_, n) => n));
    expect(gate.counts.accepted).toBe(1);
  });
});

describe('a password that rotates', () => {
  it('is asked for anew at every connect, and once more where it was refused', async () => {
    const given = ['token-0', 'token-1', 'token-2'];
    const pool = poolOf(gate.urlFor(login), { password: async () => given.shift() ?? 'none' });
    expect(await load(pool, 1)).toBe('loaded');
    expect(gate.counts).toMatchObject({ refused: 1, admitted: 1 });
    goodPassword = 'token-2';
    clock.advance(IDLE_MAX_MS);
    expect(await load(pool, 2, () => expect.fail('the load was tried twice'))).toBe('loaded');
    expect(gate.counts).toMatchObject({ refused: 1, admitted: 2 });
    expect(replaced).toEqual(['login_refused', 'idle_too_long']);
  });

  it('is not asked for a third time', async () => {
    let asked = 0;
    const password = async () => `wrong-${asked++}`;
    await expect(load(poolOf(gate.urlFor(login), { password }), 1)).rejects.toMatchObject({
      code: 'warehouse_credentials',
      retryable: false,
    });
    expect(gate.counts).toMatchObject({ refused: 2, admitted: 0 });
  });

  it('is tried once where it stands in the URL and cannot change', async () => {
    const url = new URL(gate.urlFor(login));
    url.password = 'canary';
    const error: unknown = await load(poolOf(url.href), 1).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'warehouse_credentials', sqlState: '28000' });
    expect(String(error)).not.toContain('canary');
    expect(gate.counts.refused).toBe(1);
  });

  it('fails no load while it changes in the server itself, in the middle of a run and with everybody thrown out', async () => {
    let password = 'first';
    let known = password;
    const rotate = async (next: string) => {
      await database.pool.query(`alter role ${login} password '${next}'`);
      await database.pool.query('select pg_terminate_backend(pid) from pg_stat_activity where usename = $1', [login]);
      password = next;
    };
    await rotate('first');
    let reads = 0;
    const pool = poolOf(async () => {
      reads += 1;
      const url = new URL(database.url);
      url.username = login;
      // Whoever reads at the moment of the change reads the old one.
      url.password = known;
      known = password;
      return url.href;
    });
    for (let n = 1; n <= 12; n++) {
      if (n % 3 === 0) await rotate(`password-${n}`);
      clock.advance(2_000);
      expect(await load(pool, n, () => expect.fail('the load was tried twice'))).toBe('loaded');
    }
    expect(await faxes()).toBe(12);
    expect(replaced.filter((why) => why === 'login_refused')).toHaveLength(4);
    expect(reads).toBe(1 + 4 * 2);
  });

  it('may bring another login with it', async () => {
    const other = `${login}_b`;
    await database.pool.query(`create role ${other} login in role faxsync_loader`);
    let user = login;
    const pool = poolOf(async () => gate.urlFor(user).replace('@', `:${goodPassword}@`));
    const whoAmI = async () => (await pool.query<{ me: string }>('select session_user as me')).rows[0]?.me;
    expect(await whoAmI()).toBe(login);
    user = other;
    expect(await whoAmI()).toBe(login);
    clock.advance(IDLE_MAX_MS);
    expect(await whoAmI()).toBe(other);
    await pool.end();
    pools.splice(pools.indexOf(pool), 1);
    await database.pool.query(`drop role ${other}`);
  });

  it('passes on what went wrong while the login was read', async () => {
    const pool = poolOf(async () => {
      throw new TypeError('no secret');
    });
    await expect(pool.connect()).rejects.toThrow('no secret');
  });
});

describe('a server that cannot write', () => {
  it('is left for another connection where it became read-only, and the work is done again', async () => {
    const pool = tokenPool();
    await load(pool, 1);
    await database.pool.query(`alter role ${login} set default_transaction_read_only = on`);
    gate.cut();
    clock.advance(IDLE_MAX_MS);
    let retries = 0;
    const outcome = await load(pool, 2, async () => {
      retries += 1;
      // The failover is over.
      await database.pool.query(`alter role ${login} reset default_transaction_read_only`);
    });
    expect(outcome).toBe('loaded');
    expect(retries).toBe(1);
    expect(await faxes()).toBe(2);
    // First, read-only, and the new primary.
    expect(gate.counts.admitted).toBe(3);
  });

  it('is given up with a word for the alarm where it stays read-only', async () => {
    const pool = tokenPool();
    await load(pool, 1);
    await database.pool.query(`alter role ${login} set default_transaction_read_only = on`);
    clock.advance(IDLE_MAX_MS);
    await expect(load(pool, 2)).rejects.toMatchObject({
      code: 'warehouse_failover',
      sqlState: '25006',
      retryable: true,
    });
    expect(gate.counts.admitted).toBe(5);
  });

  it('is not asked again where its disk is full, and nothing of the object is written', async () => {
    const pool = tokenPool();
    await load(pool, 1);
    await database.pool.query(`
      create sequence ops.refusals;
      grant usage on sequence ops.refusals to ${login};
      create function ops.fill_disk() returns trigger language plpgsql as $$
      begin
        perform nextval('ops.refusals');
        raise exception using errcode = '53100', message = 'could not extend file: canary';
      end $$;
      create trigger fill_disk before insert on ops.landed_objects for each statement execute function ops.fill_disk()`);
    const error: unknown = await load(pool, 2, () => expect.fail('a full disk was asked twice')).catch(
      (thrown: unknown) => thrown,
    );
    expect(error).toMatchObject({ code: 'warehouse_storage', sqlState: '53100', retryable: false });
    expect(String(error)).not.toContain('canary');
    expect((await database.pool.query('select last_value from ops.refusals')).rows).toEqual([{ last_value: '1' }]);
    expect(await faxes()).toBe(1);
  });
});
