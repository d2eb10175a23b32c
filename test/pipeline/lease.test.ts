import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Clock } from '../../src/domain/clock.ts';
import { type LeasePatience, withLease } from '../../src/pipeline/lease.ts';
import type { StateStore } from '../../src/state/contract.ts';
import { PostgresStateStore } from '../../src/state/postgres.ts';
import { freshDatabase, type TestDatabase } from '../support/database.ts';

const NOW = Date.UTC(2026, 10, 1);
const TTL_MS = 60_000;

let database: TestDatabase;
beforeAll(async () => {
  database = await freshDatabase();
});
afterAll(() => database.drop());

/** A time that every pause moves; what the lease's holder waits for beside the work never comes. */
class WaitingClock implements Clock {
  readonly pauses: number[] = [];
  onPause: () => Promise<void> | void = () => {};
  #now = NOW;

  now(): number {
    return this.#now;
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (ms === TTL_MS / 3) return new Promise((_, reject) => signal?.addEventListener('abort', reject));
    if (signal?.aborted === true) throw signal.reason;
    this.pauses.push(ms);
    this.#now += ms;
    await this.onPause();
  }
}

let accounts = 0;

/** An account whose lease another run holds for a minute. */
async function heldAccount() {
  accounts += 1;
  const account = `held-${accounts}`;
  const clock = new WaitingClock();
  const state: StateStore = new PostgresStateStore(database.pool, { clock, random: () => 0.5 });
  const other = await state.acquireLease(account, 'other', TTL_MS, NOW);
  if (other === null) throw new Error('a new account has a lease already');
  const attempt = (patience?: LeasePatience) =>
    withLease({ state, clock }, account, 'mine', async () => 'worked', {
      ttlMs: TTL_MS,
      ...(patience === undefined ? {} : { patience }),
    });
  return { clock, state, other, attempt };
}

describe('withLease', () => {
  it('goes away at once from a lease that another run holds', async () => {
    const { clock, attempt } = await heldAccount();
    expect(await attempt()).toBeNull();
    expect(clock.pauses).toEqual([]);
  });

  it('waits with growing pauses until the other run gives it back', async () => {
    const { clock, state, other, attempt } = await heldAccount();
    clock.onPause = async () => {
      if (clock.now() >= NOW + 12_000) await state.releaseLease(other);
    };
    expect(await attempt({ until: NOW + 50_000, random: () => 0.5 })).toBe('worked');
    expect(clock.pauses).toEqual([375, 750, 1_500, 3_000, 3_000, 3_000, 3_000]);
  });

  it('draws each pause, so that two waiters do not ask in step', async () => {
    const { clock, attempt } = await heldAccount();
    const draws = [0, 0.999, 0.25];
    await attempt({ until: NOW + 2_000, random: () => draws.shift() ?? 0 });
    expect(clock.pauses).toEqual([250, 1_000, 750]);
  });

  it('takes the lease of a run that died, should it end within the patience', async () => {
    const { clock, attempt } = await heldAccount();
    expect(await attempt({ until: NOW + 2 * TTL_MS, random: () => 0.5 })).toBe('worked');
    expect(clock.now()).toBeGreaterThan(NOW + TTL_MS);
    expect(clock.now()).toBeLessThan(NOW + TTL_MS + 4_000);
  });

  it('gives up once the patience is over, and not later', async () => {
    const { clock, attempt } = await heldAccount();
    expect(await attempt({ until: NOW + 10_000, random: () => 0.9 })).toBeNull();
    expect(clock.now()).toBe(NOW + 10_000);
  });

  it('stops waiting when it is told to', async () => {
    const { clock, attempt } = await heldAccount();
    const stop = new AbortController();
    clock.onPause = () => {
      if (clock.pauses.length === 3) stop.abort();
    };
    expect(await attempt({ until: NOW + 50_000, random: () => 0.5, signal: stop.signal })).toBeNull();
    expect(clock.pauses).toHaveLength(3);
  });
});
