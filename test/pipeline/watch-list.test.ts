import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OtherAnswers } from './list-provider.ts';
import { ListProvider } from './list-provider.ts';
import { PullBed, type PullWorld } from './pull-world.ts';

const MINUTE = 60_000;
const NOW = Date.UTC(2024, 5, 1, 12);

let bed: PullBed;
beforeAll(async () => {
  bed = await PullBed.open();
});
afterAll(() => bed.close());

function fax(status: string): OtherAnswers[string] {
  return () => ({ body: { success: true, message: 'Metadata for fax', data: { id: 7, status } } });
}

function faxOf({ account }: PullWorld, subjectId: string) {
  return { account, stream: 'faxes', subjectId };
}

async function watched(others: OtherAnswers, dialect: 'v1' | 'v2' = 'v2'): Promise<PullWorld> {
  const world = bed.world(new ListProvider([], { dialect, pageMax: 1000 }), NOW, others);
  await world.state.watch(faxOf(world, '7'), 'looks_disagree', NOW);
  return world;
}

async function lookups(world: PullWorld) {
  return (await world.landed()).filter(({ kind }) => kind === 'lookup');
}

describe('the watch list', () => {
  it.each([
    ['v2', '/faxes/7'],
    ['v1', '/faxStatus'],
  ] as const)('lands a final fax once and lets it go in %s', async (dialect, path) => {
    const world = await watched({ [path]: fax('success') }, dialect);
    const summary = await world.pull();
    expect(summary).toMatchObject({ lookups: 1, lookupFailures: 0 });
    expect(await lookups(world)).toMatchObject([
      { stream: 'faxes', pass: 'watch', subjectId: '7', window: null, bodies: [{ status: 200 }] },
    ]);
    expect(await world.state.dueObjects(world.account, 'faxes', NOW + 1e12, 10)).toEqual([]);
  });

  it('looks again at a fax that is under way, ever later', async () => {
    const world = await watched({ '/faxes/7': fax('inprogress') });
    const delays: number[] = [];
    for (let look = 0; look < 4; look++) {
      await world.pull();
      const [again] = await world.state.dueObjects(world.account, 'faxes', NOW + 1e12, 10);
      expect(again?.attempts).toBe(look + 1);
      delays.push((again?.dueAt ?? 0) - world.clock.now());
      world.clock.advance((again?.dueAt ?? 0) - world.clock.now());
    }
    for (const [index, delay] of delays.entries()) expect(Math.abs(delay / MINUTE - 5 * 2 ** index)).toBeLessThan(1);
  });

  it('lands a missing fax with its 404, looks a second time and lets it go', async () => {
    const world = await watched({
      '/faxes/7': () => ({ status: 404, body: { success: false, message: 'Not found' } }),
    });
    await world.pull();
    world.clock.advance(55 * MINUTE);
    expect(await world.pull()).toMatchObject({ lookups: 0 });
    world.clock.advance(10 * MINUTE);
    await world.pull();
    const looks = await lookups(world);
    expect(looks.map(({ bodies }) => bodies[0]?.status)).toEqual([404, 404]);
    expect((looks[1]?.requestedAt ?? 0) - (looks[0]?.requestedAt ?? 0)).toBeGreaterThanOrEqual(60 * MINUTE);
    expect(await world.state.dueObjects(world.account, 'faxes', NOW + 1e12, 10)).toEqual([]);
  });

  it('keeps a fax whose look-up was not answered as documented, and fetches the others', async () => {
    const world = await watched({
      '/faxes/7': () => ({ body: { success: false, message: 'x' } }),
      '/faxes/8': fax('failure'),
    });
    await world.state.watch(faxOf(world, '8'), 'looks_disagree', NOW + 1);
    world.clock.advance(MINUTE);
    expect(await world.pull()).toMatchObject({ end: 'done', lookups: 2, lookupFailures: 1 });
    expect(await world.state.dueObjects(world.account, 'faxes', NOW + 1e12, 10)).toMatchObject([
      { subjectId: '7', attempts: 1 },
    ]);
  });

  it.each([500, 403])('goes on with the passes in the next run when one fax is always answered %i', async (status) => {
    const world = await watched({ '/faxes/7': () => ({ status, body: { success: false, message: 'x' } }) });
    expect(await world.pull()).toMatchObject({ end: 'failed', lookups: 0 });
    expect(await world.state.dueObjects(world.account, 'faxes', NOW + 1e12, 10)).toMatchObject([
      { subjectId: '7', attempts: 1 },
    ]);
    const next = await world.pull({ backfillFrom: NOW - 60 * MINUTE });
    expect(next).toMatchObject({ end: 'done', failure: null });
    expect(next.passes.map(({ name }) => name)).toEqual(['head', 'backfill']);
  });

  it('takes the refusal of a single fax in v1 for missing, and keeps its body', async () => {
    const world = await watched({ '/faxStatus': () => ({ body: { success: false, message: 'x' } }) }, 'v1');
    expect(await world.pull()).toMatchObject({ lookups: 1, lookupFailures: 0, failure: null });
    expect((await lookups(world)).map(({ bodies }) => bodies)).toEqual([
      [expect.objectContaining({ status: 404, body: '{"success":false,"message":"x"}' })],
    ]);
  });

  it('lets a fax go that never settles, and counts it', async () => {
    const world = await watched({ '/faxes/7': fax('inprogress') });
    let givenUp = 0;
    for (let look = 0; look < 20; look++) {
      givenUp += (await world.pull({ streams: ['faxes'] })).lookupsGivenUp;
      world.clock.advance(24 * 60 * MINUTE);
    }
    expect(givenUp).toBe(1);
    expect(await world.state.dueObjects(world.account, 'faxes', NOW + 1e12, 10)).toEqual([]);
  });

  it('fetches no more per round than its limit', async () => {
    const others = Object.fromEntries(Array.from({ length: 30 }, (_, index) => [`/faxes/${index}`, fax('success')]));
    const world = bed.world(new ListProvider([], { dialect: 'v2', pageMax: 1000 }), NOW, others);
    for (let id = 0; id < 30; id++) await world.state.watch(faxOf(world, String(id)), 'open_too_long', NOW);
    expect((await world.pull({}, { lookupsMax: 12 })).lookups).toBe(12);
  });
});
