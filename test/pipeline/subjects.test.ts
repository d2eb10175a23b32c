import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RETRY_LIST_MS } from '../../src/pipeline/due-lists.ts';
import type { StateStore, WatchedObject } from '../../src/state/contract.ts';
import { listOf, type PortNumber, PortProvider } from './port-provider.ts';
import { PullBed, type PullWorld } from './pull-world.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const NOW = Date.UTC(2024, 5, 1, 12);
const NOTES = { streams: ['port_number_notes'] };

let bed: PullBed;
beforeAll(async () => {
  bed = await PullBed.open();
});
afterAll(() => bed.close());

const open = (id: string): PortNumber => ({ id, status: 'open', orderUpdatedAt: NOW - 400 * DAY });
const settled = (id: string, ageDays = 400): PortNumber => ({
  id,
  status: 'succeeded',
  orderUpdatedAt: NOW - ageDays * DAY,
});

/** Ids of the numbers whose notes were landed, in order. */
async function landedOf(world: PullWorld): Promise<(string | null)[]> {
  const landed = (await world.landed()).filter(({ stream }) => stream === 'port_number_notes');
  expect(landed.every(({ kind, pass, window }) => kind === 'snapshot' && pass === 'snapshot' && window === null)).toBe(
    true,
  );
  return landed.map(({ subjectId }) => subjectId);
}

/** The numbers whose notes are still to be read. */
function watchedOf(world: PullWorld): Promise<readonly WatchedObject[]> {
  return world.state.dueObjects(world.account, 'port_number_notes', world.clock.now() + 400 * DAY, 1000);
}

/** Makes one method of the state store fail at its `nth` call, once, as when the process ends there. */
function failOnce(world: PullWorld, method: keyof StateStore, nth: number): void {
  const { state } = world;
  let calls = 0;
  world.state = new Proxy(state, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== 'function') return member;
      if (name !== method) return member.bind(target);
      return async (...args: unknown[]) => {
        calls += 1;
        if (calls === nth) throw new Error('the process ended here');
        return member.apply(target, args);
      };
    },
  });
}

describe('the walk over the notes of all numbers', () => {
  it('reads each once in the first round, in order of their ids, however old and long they are', async () => {
    const ids = ['9223372036854775807', '10', '9', '9007199254740993', '9007199254740992'];
    const provider = new PortProvider([...ids.map((id) => settled(id)), open('11')]);
    const world = provider.world(bed, NOW);
    expect(await world.pull(NOTES)).toMatchObject({ end: 'done', failure: null });
    const inOrder = ['9', '10', '11', '9007199254740992', '9007199254740993', '9223372036854775807'];
    expect(provider.takeAsked()).toEqual(['orders', ...inOrder]);
    expect(await landedOf(world)).toEqual(inOrder);
    expect(await watchedOf(world)).toEqual([]);
  });

  it('later reads those under way and those whose order changed lately, when they are due', async () => {
    const before = [settled('1'), settled('2', 34), open('3'), { ...open('4'), status: 'heldforreview' }];
    const provider = new PortProvider([...before, { ...settled('5'), status: 'failed' }]);
    const world = provider.world(bed, NOW);
    await world.pull(NOTES);
    expect(provider.takeAsked()).toEqual(['orders', '1', '2', '3', '4', '5']);
    world.clock.advance(5 * HOUR);
    await world.pull(NOTES);
    expect(provider.takeAsked()).toEqual([]);
    world.clock.advance(HOUR);
    await world.pull(NOTES);
    expect(provider.takeAsked()).toEqual(['orders', '2', '3', '4']);
    // A month later 2 has been quiet for 35 days, but not since the last round.
    world.clock.advance(30 * DAY);
    await world.pull(NOTES);
    expect(provider.takeAsked()).toEqual(['orders', '2', '3', '4']);
    world.clock.advance(7 * HOUR);
    await world.pull(NOTES);
    expect(provider.takeAsked()).toEqual(['orders', '3', '4']);
  });

  it('reads at once those that are chosen when asked eagerly', async () => {
    const provider = new PortProvider([settled('1'), open('2')]);
    const world = provider.world(bed, NOW);
    await world.pull(NOTES);
    provider.takeAsked();
    await world.pull({ ...NOTES, eager: true });
    expect(provider.takeAsked()).toEqual(['orders', '2']);
  });

  it('stops when the time is over, goes on there in the next run, and is then not due', async () => {
    const ids = Array.from({ length: 7 }, (_, i) => String(i + 1));
    const provider = new PortProvider(ids.map(open));
    const world = provider.world(bed, NOW);
    world.callMs = 10 * SECOND;
    const runs: string[][] = [];
    for (let run = 0; run < 12 && (run === 0 || (await watchedOf(world)).length > 0); run++) {
      const summary = await world.pull({ ...NOTES, deadline: world.clock.now() + 45 * SECOND });
      expect(summary.failure).toBeNull();
      runs.push(provider.takeAsked().filter((asked) => asked !== 'orders'));
    }
    expect(runs.length).toBeGreaterThan(1);
    expect(runs.every((asked) => asked.length > 0 && asked.length < ids.length)).toBe(true);
    expect(runs.flat()).toEqual(ids);
    await world.pull(NOTES);
    expect(provider.takeAsked()).toEqual([]);
  });

  it('lets the head go first when that is due, and goes on in the same run', async () => {
    const ids = Array.from({ length: 9 }, (_, i) => String(i + 1));
    const provider = new PortProvider(ids.map(open));
    const world = provider.world(bed, NOW);
    world.callMs = 10 * SECOND;
    const order: string[] = [];
    world.provider.beforePage = () => order.push('head');
    const asked = provider.asked;
    asked.push = (...items) => order.push(...items);
    const summary = await world.pull(
      { streams: ['faxes', 'port_number_notes'], passes: ['head'] },
      { headEveryMs: 25 * SECOND },
    );
    expect(summary).toMatchObject({ end: 'done', failure: null });
    const walked = order.filter((one) => one !== 'head' && one !== 'orders');
    expect(walked).toEqual(ids);
    const firstNote = order.indexOf('1');
    const lastNote = order.indexOf('9');
    expect(order.slice(firstNote, lastNote).filter((one) => one === 'head').length).toBeGreaterThan(1);
    expect(order.filter((one) => one === 'orders')).toHaveLength(1);
  });

  it.each([
    ['is a bare text', () => ({ body: 'not a list' })],
    ['has no rows', () => ({ body: { success: true, message: 'x' } })],
    ['says that the request failed', () => ({ body: { success: false, message: 'x' } })],
    ['is refused', () => ({ status: 422, body: { success: false, message: 'x' } })],
  ])('reads the others when the list of one %s, and asks for it again by itself', async (_name, answer) => {
    const provider = new PortProvider(['1', '2', '3'].map(open));
    const world = provider.world(bed, NOW);
    provider.notes.set('2', answer);
    expect(await world.pull(NOTES)).toMatchObject({ lookups: 3, lookupFailures: 1 });
    expect(await landedOf(world)).toEqual(['1', '3']);
    expect(await watchedOf(world)).toMatchObject([{ subjectId: '2', attempts: 1, reason: 'list_due' }]);
    provider.notes.clear();
    provider.takeAsked();
    await world.pull(NOTES);
    expect(provider.takeAsked()).toEqual([]);
    world.clock.advance(5 * MINUTE);
    expect(await world.pull(NOTES)).toMatchObject({ failure: null });
    expect(provider.takeAsked()).toEqual(['2']);
    expect(await landedOf(world)).toEqual(['1', '3', '2']);
  });

  it.each([500, 403])(
    'gets past lists that are answered %i for ever, in some runs, and says so in each',
    async (status) => {
      const ids = Array.from({ length: 10 }, (_, i) => String(i + 1));
      const dead = ['3', '4', '5'];
      const provider = new PortProvider(ids.map(open));
      const world = provider.world(bed, NOW);
      for (const id of dead) provider.notes.set(id, () => ({ status, body: {} }));
      for (let run = 0; run < 5; run++) {
        const { failure } = await world.pull(NOTES);
        if (run < 3) expect(failure).not.toBeNull();
        world.clock.advance(MINUTE);
      }
      expect((await landedOf(world)).toSorted()).toEqual(ids.filter((id) => !dead.includes(id)).toSorted());
      expect((await watchedOf(world)).map(({ subjectId }) => subjectId).toSorted()).toEqual(dead);
      provider.notes.clear();
      world.clock.advance(DAY);
      await world.pull(NOTES);
      expect(new Set(await landedOf(world))).toEqual(new Set(ids));
    },
  );

  it('does not take all of them for odd one by one: after some in a row it says so, and goes on in the next run', async () => {
    const ids = Array.from({ length: 30 }, (_, i) => String(i + 1));
    const provider = new PortProvider(ids.map(open));
    const world = provider.world(bed, NOW);
    for (const id of ids) provider.notes.set(id, () => ({ body: 'x' }));
    const { failure, lookups } = await world.pull(NOTES);
    expect(failure?.code).toBe('provider_not_json');
    expect(lookups).toBeLessThan(10);
    provider.notes.clear();
    world.clock.advance(HOUR);
    expect(await world.pull(NOTES)).toMatchObject({ failure: null });
    expect(new Set(await landedOf(world))).toEqual(new Set(ids));
  });

  it('lands nothing of a number of which the provider knows no list', async () => {
    const provider = new PortProvider(['1', '2'].map(open));
    const world = provider.world(bed, NOW);
    provider.notes.set('1', () => ({ status: 404, body: { success: false, message: 'Not found' } }));
    expect(await world.pull(NOTES)).toMatchObject({ end: 'done', failure: null });
    expect(await landedOf(world)).toEqual(['2']);
  });

  it('reads nothing while the orders cannot be listed, lets the other lists be, and goes on where it was', async () => {
    const provider = new PortProvider(['1', '2', '3'].map(open));
    const world = provider.world(bed, NOW);
    provider.orders = () => ({ status: 500, body: {} });
    const { failure } = await world.pull({ streams: ['port_orders', 'port_number_notes', 'atas', 'blocking_rules'] });
    expect(failure?.code).toBe('provider_unavailable');
    expect(await landedOf(world)).toEqual([]);
    expect((await world.landed()).map(({ stream }) => stream).toSorted()).toEqual(['atas', 'blocking_rules']);
    provider.orders = null;
    provider.takeAsked();
    await world.pull(NOTES);
    expect(provider.takeAsked(), 'left alone for a while').toEqual([]);
    world.clock.advance(RETRY_LIST_MS);
    await world.pull(NOTES);
    expect(await landedOf(world)).toEqual(['1', '2', '3']);
  });

  it('takes orders of any form', async () => {
    const provider = new PortProvider([]);
    const world = provider.world(bed, NOW, [open('7'), open('8')]);
    provider.orders = () =>
      listOf([
        null,
        'x',
        { id: 1 },
        { id: 2, port_numbers: {} },
        { id: 3, port_numbers: [null, 4, { id: -1 }, { id: 7 }, { id: 8.5 }] },
      ]);
    expect(await world.pull(NOTES)).toMatchObject({ end: 'done', failure: null });
    expect(await landedOf(world)).toEqual(['7']);
  });

  it('loses no list, wherever the process ends', async () => {
    for (const [method, nth] of [
      ['watch', 2],
      ['advanceCursor', 1],
      ['advanceCursor', 2],
      ['dueObjects', 1],
      ['unwatch', 1],
      ['unwatch', 2],
      ['nextObservation', 3],
    ] as const) {
      const provider = new PortProvider(['1', '2', '3'].map((id) => settled(id)));
      const world = provider.world(bed, NOW);
      const { state } = world;
      failOnce(world, method, nth);
      await expect(world.pull(NOTES), `${method} ${nth}`).rejects.toThrow('the process ended here');
      world.state = state;
      await world.pull(NOTES);
      expect(new Set(await landedOf(world)), `${method} ${nth}`).toEqual(new Set(['1', '2', '3']));
      expect(await watchedOf(world)).toEqual([]);
    }
  });

  it('reads every number though orders leave the list and come back while the round is under way', async () => {
    const ids = Array.from({ length: 8 }, (_, i) => String(i + 1));
    const provider = new PortProvider(ids.map((id) => settled(id)));
    const world = provider.world(bed, NOW);
    world.callMs = 10 * SECOND;
    await world.pull({ ...NOTES, deadline: world.clock.now() + 45 * SECOND });
    const all = provider.numbers;
    provider.numbers = all.slice(2);
    await world.pull({ ...NOTES, eager: true, deadline: world.clock.now() + 45 * SECOND });
    provider.numbers = all;
    await world.pull(NOTES);
    expect(new Set(await landedOf(world))).toEqual(new Set(ids));
  });
});
