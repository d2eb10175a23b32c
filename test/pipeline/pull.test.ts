import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FaxsyncError } from '../../src/domain/errors.ts';
import type { TimeWindow } from '../../src/landing/contract.ts';
import { backfillPassName } from '../../src/pipeline/passes.ts';
import type { StateStore } from '../../src/state/contract.ts';
import { pulledLists } from '../support/pulled-lists.ts';
import { seededRandom } from '../support/random.ts';
import type { ListedFax, ListOptions } from './list-provider.ts';
import { ListProvider } from './list-provider.ts';
import { coveredUntil, PullBed, type PullWorld } from './pull-world.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const NOW = Date.UTC(2024, 5, 1, 12);
const V2: ListOptions = { dialect: 'v2', pageMax: 100 };

let bed: PullBed;
beforeAll(async () => {
  bed = await PullBed.open();
});
afterAll(() => bed.close());

/** Faxes at random seconds of the days before `until`. */
function history(days: number, count: number, until = NOW): ListedFax[] {
  const random = seededRandom(count);
  return Array.from({ length: count }, (_, index) => ({
    id: index + 1,
    createdAt: Math.floor((until - random() * days * DAY) / 1000),
  }));
}

/** Checks at every move of a pass's cursor that all before it has been landed by that pass, and that it never falls. */
function watchCursors(world: PullWorld, from: ReadonlyMap<string, number>): { moves: number; faults: string[] } {
  const seen = { moves: 0, faults: [] as string[] };
  const windows = new Map<string, TimeWindow[]>();
  const { state, landing } = world;
  const put = landing.put.bind(landing);
  landing.put = async (envelope) => {
    const ref = await put(envelope);
    const { pass, window } = envelope;
    if (pass !== null && window !== null) windows.set(pass, [...(windows.get(pass) ?? []), window]);
    return ref;
  };
  world.state = new Proxy(state, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== 'function') return member;
      if (name !== 'advanceCursor') return member.bind(target);
      const advance: StateStore['advanceCursor'] = async (key, to, fence, now) => {
        const start = from.get(key.pass);
        if (start !== undefined) {
          seen.moves += 1;
          const until = coveredUntil(windows.get(key.pass) ?? [], start);
          if (to.position > until) seen.faults.push(`${key.pass} moved beyond what it landed`);
        }
        return target.advanceCursor(key, to, fence, now);
      };
      return advance;
    },
  });
  return seen;
}

describe('pull', () => {
  it.each(['v1', 'v2', 'v2.1'] as const)(
    'takes snapshots, the head and all history at first contact in %s',
    async (dialect) => {
      const faxes = history(60, 3000);
      const world = bed.world(new ListProvider(faxes, { dialect, pageMax: 100 }), NOW);
      const cursors = watchCursors(world, new Map([['backfill', NOW - 60 * DAY]]));
      const summary = await world.pull({ backfillFrom: NOW - 60 * DAY });
      expect(summary).toMatchObject({ end: 'done', hasMore: false, failure: null });
      expect((await world.landedFaxIds(['backfill', 'head'])).size).toBe(3000);
      expect((await world.landedFaxIds(['backfill'])).size).toBeGreaterThan(2900);
      expect(cursors.moves).toBeGreaterThan(3);
      expect(cursors.faults).toEqual([]);
      const landed = await world.landed();
      const snapshots = landed.filter(({ kind }) => kind === 'snapshot').map(({ stream }) => stream);
      // This provider has no port orders, so that nothing is listed for one of them.
      const wanted = pulledLists(dialect).filter(({ listing }) => listing.subjects === undefined);
      expect(snapshots).toEqual(wanted.map(({ name }) => name));
      const observations = landed.map(({ observation }) => observation);
      expect(new Set(observations).size).toBe(observations.length);
      expect(await world.position('start')).toBe(summary.passes.find(({ name }) => name === 'backfill')?.position);
      expect(landed.map(({ account }) => account)).toEqual(landed.map(() => world.account));
    },
  );

  it('asks for nothing but the head when nothing else is due', async () => {
    const provider = new ListProvider(history(2, 200), V2);
    const world = bed.world(provider, NOW);
    await world.pull({ backfillFrom: NOW - 2 * DAY });
    world.clock.advance(MINUTE);
    const summary = await world.pull({ backfillFrom: NOW - 2 * DAY });
    expect(summary.counters.calls).toBe(1);
    expect(summary.passes.map(({ name }) => name)).toEqual(['head']);
  });

  it('walks every trailing pass over every fax once its time has come', async () => {
    const world = bed.world(new ListProvider(history(1, 50), V2), NOW);
    await world.pull({ backfillFrom: NOW - DAY });
    world.provider.faxes.push(...history(1, 300, NOW + DAY).map(({ id, createdAt }) => ({ id: id + 1000, createdAt })));
    const startAt = (await world.position('start')) ?? 0;
    const from = new Map([
      ['+15m', startAt - 15 * MINUTE],
      ['+6h', startAt - 6 * HOUR],
      ['+3d', startAt - 3 * DAY],
      ['+35d', startAt - 35 * DAY],
    ]);
    const cursors = watchCursors(world, from);
    world.clock.advance(37 * DAY);
    const summary = await world.pull({ backfillFrom: NOW - DAY });
    expect(summary.end).toBe('done');
    for (const pass of ['head', ...from.keys()]) {
      const ids = await world.landedFaxIds([pass]);
      const fresh = world.provider.within({ after: NOW, before: NOW + DAY });
      expect(fresh.filter(({ id }) => !ids.has(id))).toEqual([]);
    }
    expect(cursors.faults).toEqual([]);
    expect(await world.position('+35d')).toBeGreaterThanOrEqual(NOW + DAY);
  });

  it.each([10 * MINUTE, -10 * MINUTE, 3 * DAY, -3 * DAY])(
    "takes the head up to the provider's present although our clock is %i ms off",
    async (aheadMs) => {
      const world = bed.world(new ListProvider([], V2), NOW);
      world.providerAheadMs = aheadMs;
      await world.pull({ streams: ['faxes'] });
      for (let minute = 1; minute <= 5; minute++) {
        world.clock.advance(MINUTE);
        world.provider.faxes.push({ id: minute, createdAt: Math.floor(world.providerNow() / 1000) - 5 });
        await world.pull({ streams: ['faxes'] });
        const behindMs = world.providerNow() - ((await world.position('head')) ?? 0);
        expect(behindMs).toBeGreaterThanOrEqual(0);
        expect(behindMs).toBeLessThanOrEqual(10_000);
      }
      expect((await world.landedFaxIds(['head'])).size).toBe(5);
    },
  );

  it('finds a fax that became visible nine minutes late', async () => {
    const world = bed.world(new ListProvider([], V2), NOW);
    await world.pull({ streams: ['faxes'] });
    world.clock.advance(9 * MINUTE);
    await world.pull({ streams: ['faxes'] });
    world.provider.faxes.push({ id: 1, createdAt: NOW / 1000 + 1 });
    world.clock.advance(MINUTE);
    await world.pull({ streams: ['faxes'] });
    expect((await world.landedFaxIds(['head'])).size).toBe(1);
  });

  it('stops before its deadline and goes on from its cursor', async () => {
    const faxes = history(30, 4000);
    const world = bed.world(new ListProvider(faxes, V2), NOW);
    const cursors = watchCursors(world, new Map([['backfill', NOW - 30 * DAY]]));
    world.callMs = 900;
    let runs = 0;
    for (let hasMore = true; hasMore && runs < 60; runs++) {
      const deadline = world.clock.now() + 25_000;
      const summary = await world.pull({ backfillFrom: NOW - 30 * DAY, deadline });
      expect(summary.failure).toBeNull();
      expect(world.clock.now()).toBeLessThanOrEqual(deadline);
      hasMore = summary.hasMore;
    }
    expect(runs).toBeGreaterThan(2);
    expect(runs).toBeLessThan(60);
    expect((await world.landedFaxIds()).size).toBe(4000);
    expect(cursors.faults).toEqual([]);
  });

  it('looks at the head every minute during a long backfill', async () => {
    const world = bed.world(new ListProvider(history(300, 60_000), V2), NOW);
    world.callMs = 900;
    const summary = await world.pull({ backfillFrom: NOW - 300 * DAY, streams: ['faxes'] });
    expect(summary.end).toBe('done');
    const heads = (await world.landed()).filter(({ pass }) => pass === 'head').map(({ requestedAt }) => requestedAt);
    const gaps = heads.slice(1).map((at, index) => at - (heads[index] ?? at));
    console.log(`head during backfill: ${heads.length} looks, longest gap ${Math.max(...gaps) / 1000} s`);
    expect(heads.length).toBeGreaterThan(5);
    expect(Math.max(...gaps)).toBeLessThanOrEqual(90_000);
  });

  it('never makes more calls than the shared limit allows', async () => {
    const world = bed.world(new ListProvider(history(60, 12_000), V2), NOW);
    await world.pull({ backfillFrom: NOW - 60 * DAY, streams: ['faxes'] });
    const times = (await world.landed()).map(({ requestedAt }) => requestedAt).sort((a, b) => a - b);
    const peak = Math.max(...times.map((at) => times.filter((other) => other >= at && other < at + MINUTE).length));
    console.log(`calls in the busiest minute: ${peak} of ${times.length}`);
    expect(times.length).toBeGreaterThan(100);
    expect(peak).toBeLessThanOrEqual(61);
  });

  it('walks a backfill of its own once, up to its end and no further than the present', async () => {
    const provider = new ListProvider(history(20, 900), V2);
    const world = bed.world(provider, NOW);
    const passes = [backfillPassName(NOW - 10 * DAY, NOW + DAY)];
    const [result] = (await world.pull({ passes, streams: ['faxes'] })).passes;
    expect(result).toMatchObject({ position: NOW, isDone: true });
    const wanted = provider.within({ after: NOW - 10 * DAY, before: NOW }).map(({ id }) => id);
    expect([...(await world.landedFaxIds(passes))].sort((a, b) => a - b)).toEqual(wanted.sort((a, b) => a - b));
    const { calls } = provider;
    await world.pull({ passes, streams: ['faxes'] });
    expect(provider.calls - calls).toBeLessThanOrEqual(1);
  });

  it('refuses names of passes and streams it does not know', async () => {
    const world = bed.world(new ListProvider([], V2), NOW);
    await expect(world.pull({ passes: ['haed'] })).rejects.toMatchObject({ code: 'unknown_pass' });
    await expect(world.pull({ streams: ['fax'] })).rejects.toMatchObject({ code: 'unknown_stream' });
    expect(world.provider.calls).toBe(0);
  });
});

describe('pull under faults', () => {
  it('ends quietly, without a call, while another puller holds the account', async () => {
    const world = bed.world(new ListProvider(history(1, 10), V2), NOW);
    await world.state.acquireLease(world.account, 'another', 60_000, NOW);
    const summary = await world.pull();
    expect(summary).toMatchObject({ end: 'lease_held', failure: null, counters: { calls: 0 } });
  });

  it('lets one of several racing pullers work', async () => {
    const world = bed.world(new ListProvider(history(1, 200), V2), NOW);
    const racers = Array.from({ length: 8 }, (_, index) =>
      world.pull({ holder: `racer-${index}`, streams: ['faxes'] }),
    );
    const ends = (await Promise.all(racers)).map(({ end }) => end);
    expect(ends.filter((end) => end === 'done').length).toBeGreaterThanOrEqual(1);
    expect(ends.every((end) => end === 'done' || end === 'lease_held')).toBe(true);
    expect((await world.landedFaxIds()).size).toBe(200);
  });

  it('moves no cursor after another puller has taken over', async () => {
    const world = bed.world(new ListProvider(history(10, 2000), V2), NOW);
    const { state } = world;
    // Frozen in mid run for longer than the lease lasts, while another one takes the account and moves a cursor.
    let isTaken = false;
    const put = world.landing.put.bind(world.landing);
    const landing = {
      ...world.landing,
      get: world.landing.get.bind(world.landing),
      list: world.landing.list.bind(world.landing),
      put: async (envelope: Parameters<typeof put>[0]) => {
        if (envelope.pass === 'backfill' && !isTaken) {
          isTaken = true;
          const later = world.clock.now() + 10 * MINUTE;
          const rival = await state.acquireLease(world.account, 'rival', 60_000, later);
          const key = { account: world.account, stream: 'faxes', pass: 'rival' };
          await state.advanceCursor(key, { position: 1, widthMs: null }, rival?.fence ?? 0, later);
        }
        return put(envelope);
      },
    };
    const summary = await world.pull({ backfillFrom: NOW - 10 * DAY }, {}, landing);
    expect(summary).toMatchObject({ end: 'lease_lost', failure: null });
    expect(await world.position('backfill')).toBeNull();
  });

  it('recovers from a failure of the landing zone or the state store at any step, and lands every fax', async () => {
    let failures = 0;
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 60 }), fc.constantFrom('v1', 'v2'), async (step, dialect) => {
        const world = bed.world(new ListProvider(history(5, 900), { dialect, pageMax: 100 }), NOW);
        const cursors = watchCursors(world, new Map([['backfill', NOW - 5 * DAY]]));
        const { state, landing } = world;
        let steps = 0;
        const maybeFail = (): void => {
          steps += 1;
          if (steps !== step) return;
          failures += 1;
          throw new FaxsyncError('The store is gone.', { code: 'planted', retryable: true });
        };
        const failing = <Port extends object>(port: Port): Port =>
          new Proxy(port, {
            get(target, name) {
              const member: unknown = Reflect.get(target, name);
              if (typeof member !== 'function') return member;
              return async (...args: unknown[]) => {
                maybeFail();
                const result: unknown = await Reflect.apply(member, target, args);
                return result;
              };
            },
          });
        world.state = failing(state);
        const first = await world.pull({ backfillFrom: NOW - 5 * DAY }, {}, failing(landing));
        if (first.failure !== null) expect(first).toMatchObject({ end: 'failed', failure: { code: 'planted' } });
        world.state = state;
        world.clock.advance(2 * MINUTE);
        const second = await world.pull({ backfillFrom: NOW - 5 * DAY });
        expect(second).toMatchObject({ end: 'done', failure: null });
        expect((await world.landedFaxIds()).size).toBe(900);
        expect(cursors.faults).toEqual([]);
      }),
      { numRuns: 20 },
    );
    console.log(`planted failures: ${failures}`);
    expect(failures).toBeGreaterThan(10);
  });

  it('makes one call with a dead key, moves no cursor and says so', async () => {
    const refusal = () => ({ status: 401, body: { success: false, message: 'no' } });
    const world = bed.world(new ListProvider([], V2), NOW, { '/account/status': refusal });
    const summary = await world.pull();
    expect(summary).toMatchObject({ end: 'failed', failure: { code: 'provider_auth' }, counters: { calls: 1 } });
    expect(await world.state.listCursors(world.account)).toEqual([]);
  });

  it('does not let a snapshot that contradicts itself keep the faxes waiting, and lands nothing of it', async () => {
    const body = {
      success: true,
      message: 'x',
      data: [{ phone_number: '+15550001111' }],
      paging: { total: 2, per_page: 1000, page: 1 },
    };
    const world = bed.world(new ListProvider(history(1, 20), V2), NOW, { '/phone_numbers': () => ({ body }) });
    const summary = await world.pull({ backfillFrom: NOW - DAY });
    expect(summary).toMatchObject({ end: 'done', failure: { code: 'provider_inconsistent_listing' } });
    const landed = await world.landed();
    expect(landed.filter(({ stream }) => stream === 'phone_numbers')).toEqual([]);
    expect((await world.landedFaxIds()).size).toBe(20);
  });

  it.each([
    ['/public/countries', 503, 'provider_unavailable'],
    ['/public/countries', 404, 'stream_refused'],
    ['/phone_numbers', 403, 'stream_refused'],
  ])('lands every fax although %s is answered %i, and says so', async (path, status, code) => {
    const dead = () => ({ status, body: { success: false, message: 'x' } });
    const world = bed.world(new ListProvider(history(1, 20), V2), NOW, { [path]: dead });
    const summary = await world.pull({ backfillFrom: NOW - DAY });
    expect(summary).toMatchObject({ end: 'done', failure: { code } });
    expect((await world.landedFaxIds()).size).toBe(20);
    const streams = new Set((await world.landed()).map(({ stream }) => stream));
    expect(streams.size).toBe(3);
  });

  it('goes on with the other passes when one meets a window that always contradicts itself', async () => {
    const provider = new ListProvider(history(1, 50), V2);
    const world = bed.world(provider, NOW);
    await world.pull({ backfillFrom: NOW - DAY });
    const page = provider.page.bind(provider);
    const lieAt = NOW - 12 * MINUTE;
    provider.page = (bounds, number, perPage) => {
      const body = page(bounds, number, perPage);
      if (bounds.after > lieAt || bounds.before <= lieAt || bounds.after < NOW - HOUR) return body;
      return { ...body, paging: { ...Object(body['paging']), total: 99 } };
    };
    world.clock.advance(7 * DAY);
    const summary = await world.pull({ backfillFrom: NOW - DAY });
    expect(summary).toMatchObject({ end: 'done', failure: { code: 'provider_inconsistent_listing' } });
    expect(await world.position('+15m')).toBeNull();
    expect(summary.passes.map(({ name }) => name)).toEqual(expect.arrayContaining(['head', '+3d', '+35d']));
  });

  it('ends the run at a provider that is down, and goes on when it is back', async () => {
    let isDown = true;
    const status = () => (isDown ? { status: 503, body: 'x' } : { body: { success: true, message: 'x', data: {} } });
    const world = bed.world(new ListProvider(history(1, 20), V2), NOW, { '/account/status': status });
    const summary = await world.pull({ backfillFrom: NOW - DAY });
    expect(summary).toMatchObject({ end: 'failed', failure: { code: 'provider_unavailable', retryable: true } });
    expect(summary.counters.calls).toBe(5);
    isDown = false;
    world.clock.advance(MINUTE);
    expect(await world.pull({ backfillFrom: NOW - DAY })).toMatchObject({ end: 'done', failure: null });
    expect((await world.landedFaxIds()).size).toBe(20);
  });
});
