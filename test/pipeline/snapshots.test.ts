import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Dialect, Envelope } from '../../src/landing/contract.ts';
import { ListProvider } from './list-provider.ts';
import { PullBed, type PullWorld } from './pull-world.ts';

const HOUR = 3_600_000;
const NOW = Date.UTC(2024, 5, 1, 12);

let bed: PullBed;
beforeAll(async () => {
  bed = await PullBed.open();
});
afterAll(() => bed.close());

/** A world whose number list answers with these pages of so many numbers each, the last one for ever. */
function worldWith(dialect: Dialect, pages: readonly number[], paging?: object): PullWorld {
  let page = 0;
  const numbers = () => {
    const before = pages.slice(0, page).reduce((sum, rows) => sum + rows, 0);
    const isRepeat = page >= pages.length;
    const rows = pages[page] ?? pages.at(-1) ?? 0;
    page += 1;
    const data = Array.from({ length: rows }, (_, row) => ({ phone_number: isRepeat ? row : before + row }));
    return { body: { success: true, message: 'x', ...(paging === undefined ? {} : { paging }), data } };
  };
  const provider = new ListProvider([], { dialect, pageMax: 50 });
  return bed.world(provider, NOW, { '/phone_numbers': numbers, '/numberList': numbers });
}

async function numberSnapshots(world: PullWorld): Promise<Envelope[]> {
  return (await world.landed()).filter(({ stream }) => stream === 'phone_numbers');
}

describe('a snapshot', () => {
  it.each([
    ['v2', 'one page', [20], { total: 20, per_page: 50 }, 1],
    ['v2', 'three pages', [50, 50, 1], { total: 101, per_page: 50 }, 3],
    ['v2', 'a full last page', [50, 50], { total: 100, per_page: 50 }, 2],
    ['v2', 'smaller pages than asked for', [25, 25, 10], { total: 60, per_page: 25 }, 3],
    ['v1', 'no paging at all', [20], undefined, 1],
    ['v1', 'no paging and a full page, repeated for ever', [50], undefined, 1],
    ['v1', 'its own names of paging', [50, 7], { max_per_page: 50, page: 1, total_pages: 2, total_results: 57 }, 2],
  ] as const)('of %s is one object with all pages, for %s', async (dialect, _name, pages, paging, bodies) => {
    const world = worldWith(dialect, pages, paging);
    expect(await world.pull({ streams: ['phone_numbers'] })).toMatchObject({ end: 'done', failure: null });
    const snapshots = await numberSnapshots(world);
    expect(snapshots).toMatchObject([{ kind: 'snapshot', pass: 'snapshot', window: null, dialect }]);
    expect(snapshots[0]?.bodies).toHaveLength(bodies);
  });

  it.each([
    ['fewer rows than announced', [20], { total: 21, per_page: 50 }],
    ['more rows than announced', [20], { total: 19, per_page: 50 }],
    ['a page that repeats the first', [50], { total: 80, per_page: 50 }],
  ])('is not landed with %s', async (_name, pages, paging) => {
    const world = worldWith('v2', pages, paging);
    const { failure } = await world.pull({ streams: ['phone_numbers'] });
    expect(failure).toMatchObject({ code: 'provider_inconsistent_listing', retryable: true });
    expect(await numberSnapshots(world)).toEqual([]);
    expect(await world.position('snapshot', 'phone_numbers')).toBeNull();
  });

  it('is taken by every run of an hourly schedule, though one begins some seconds sooner than the last', async () => {
    const world = worldWith('v2', [20], { total: 20, per_page: 50 });
    const request = { streams: ['phone_numbers'] };
    for (const seconds of [0, 7, 2, 5]) {
      world.clock.advance(NOW + seconds * 1000 - world.clock.now() + HOUR * (await numberSnapshots(world)).length);
      await world.pull(request);
    }
    expect(await numberSnapshots(world)).toHaveLength(4);
  });

  it('is taken again when its time has come by the provider, or at once when asked for', async () => {
    const world = worldWith('v2', [20], { total: 20, per_page: 50 });
    const request = { streams: ['phone_numbers'] };
    await world.pull(request);
    world.clock.advance(HOUR / 2);
    await world.pull(request);
    expect(await numberSnapshots(world)).toHaveLength(1);
    await world.pull({ ...request, eager: true });
    expect(await numberSnapshots(world)).toHaveLength(2);
    world.clock.advance(HOUR);
    await world.pull(request);
    expect(await numberSnapshots(world)).toHaveLength(3);
  });
});
