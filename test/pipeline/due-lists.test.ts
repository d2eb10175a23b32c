import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Dialect } from '../../src/landing/contract.ts';
import { RETRY_LIST_MS } from '../../src/pipeline/due-lists.ts';
import { ListProvider, type OtherAnswers } from './list-provider.ts';
import { listOf } from './port-provider.ts';
import { PullBed, type PullWorld } from './pull-world.ts';

const NOW = Date.UTC(2024, 5, 1, 12);
const HOUR = 3_600_000;

/** Lists that only v2.1 has, by stream, and where they are. */
const DOCUMENTED: Readonly<Record<string, string>> = {
  port_orders: '/port_orders',
  atas: '/atas',
  blocking_rules: '/blocking_rules',
};
const UNDOCUMENTED: Readonly<Record<string, string>> = { addresses: '/addresses', detected_atas: '/atas/detected' };
const NOTES = 'port_number_notes';

let bed: PullBed;
beforeAll(async () => {
  bed = await PullBed.open();
});
afterAll(() => bed.close());

/** An account whose provider has all these lists, also at another path; and the paths that were asked for. */
function worldOf(dialect: Dialect): { world: PullWorld; asked: string[] } {
  const asked: string[] = [];
  const others: Record<string, OtherAnswers[string]> = {};
  const paths = [...Object.values(DOCUMENTED), ...Object.values(UNDOCUMENTED), '/elsewhere/addresses'];
  for (const path of [...paths, '/port_numbers/7/notes']) {
    others[path] = () => {
      asked.push(path);
      return listOf(path === '/port_orders' ? [{ id: 1, port_numbers: [{ id: 7, status: 'open' }] }] : []);
    };
  }
  return { world: bed.world(new ListProvider([], { dialect, pageMax: 50 }), NOW, others), asked };
}

async function landedStreams(world: PullWorld): Promise<string[]> {
  const landed = await world.landed();
  return [...new Set(landed.filter(({ kind }) => kind === 'snapshot').map(({ stream }) => stream))].toSorted();
}

describe.each(['v1', 'v2'] as const)('an account at %s', (dialect) => {
  it('is never asked for the lists that came with v2.1, eager or not, named in the settings or not', async () => {
    const { world, asked } = worldOf(dialect);
    const undocumentedPaths = new Map(Object.entries(UNDOCUMENTED));
    expect(await world.pull({ undocumentedPaths, eager: true })).toMatchObject({ end: 'done', failure: null });
    world.clock.advance(25 * HOUR);
    expect(await world.pull({ undocumentedPaths })).toMatchObject({ end: 'done', failure: null });
    expect(asked).toEqual([]);
    expect(await landedStreams(world)).toEqual(['account_status', 'countries', 'phone_numbers']);
  });

  it.each([...Object.keys(DOCUMENTED), ...Object.keys(UNDOCUMENTED), NOTES])(
    'says that this version has no %s where that is named, and asks for nothing',
    async (name) => {
      const { world, asked } = worldOf(dialect);
      const undocumentedPaths = new Map(Object.entries(UNDOCUMENTED));
      const pulled = world.pull({ streams: ['phone_numbers', name], undocumentedPaths });
      await expect(pulled).rejects.toMatchObject({
        code: 'stream_not_in_version',
        message: expect.stringMatching(new RegExp(`${dialect} .* no ${name}\\b.*FAXSYNC_API_VERSION`)),
      });
      expect(asked).toEqual([]);
      expect(await world.landed()).toEqual([]);
    },
  );
});

describe('an account at v2.1', () => {
  it('is asked for every documented list, and for no other', async () => {
    const { world, asked } = worldOf('v2.1');
    expect(await world.pull()).toMatchObject({ end: 'done', failure: null });
    expect(asked.toSorted()).toEqual([...Object.values(DOCUMENTED), '/port_numbers/7/notes'].toSorted());
    expect(await landedStreams(world)).toEqual(
      ['account_status', 'countries', 'phone_numbers', NOTES, ...Object.keys(DOCUMENTED)].toSorted(),
    );
  });

  it('is asked for an undocumented list where that is named, at the path that is given, and for no other', async () => {
    const { world, asked } = worldOf('v2.1');
    const undocumentedPaths = new Map([['addresses', '/elsewhere/addresses']]);
    await world.pull({ streams: ['addresses'], undocumentedPaths });
    expect(asked).toEqual(['/elsewhere/addresses']);
    await world.pull({ undocumentedPaths });
    expect(asked).not.toContain('/addresses');
    expect(asked).not.toContain('/atas/detected');
    expect(await landedStreams(world)).toContain('addresses');
  });

  it.each(Object.keys(UNDOCUMENTED))(
    'says how to have %s asked for where that is named but not enabled',
    async (name) => {
      const { world, asked } = worldOf('v2.1');
      await expect(world.pull({ streams: [name] })).rejects.toMatchObject({
        code: 'stream_not_enabled',
        message: expect.stringMatching(new RegExp(`${name}.*FAXSYNC_UNDOCUMENTED_STREAMS`)),
      });
      expect(asked).toEqual([]);
    },
  );

  it('is not asked for what is skipped, unless that is named', async () => {
    const { world, asked } = worldOf('v2.1');
    const skippedStreams = ['atas', NOTES];
    await world.pull({ skippedStreams });
    expect(asked.toSorted()).toEqual(['/blocking_rules', '/port_orders']);
    await world.pull({ skippedStreams, streams: ['atas'] });
    expect(asked).toContain('/atas');
  });

  it('refuses a stream that is none, by the names of those that are', async () => {
    const { world } = worldOf('v2.1');
    for (const request of [{ streams: ['port_numbers'] }, { skippedStreams: ['notes'] }]) {
      await expect(world.pull(request)).rejects.toMatchObject({
        code: 'unknown_stream',
        message: expect.stringContaining('port_orders, port_number_notes'),
      });
    }
  });

  it('gets the other lists when one fails for itself, and that one a quarter of an hour later', async () => {
    let isRefused = true;
    const world = bed.world(new ListProvider([], { dialect: 'v2.1', pageMax: 50 }), NOW, {
      '/atas': () => (isRefused ? { status: 403, body: {} } : listOf([])),
    });
    const { failure, end } = await world.pull();
    expect([failure?.code, end]).toEqual(['stream_refused', 'done']);
    expect(await landedStreams(world)).toEqual(
      ['account_status', 'countries', 'phone_numbers', 'port_orders', 'blocking_rules'].toSorted(),
    );
    isRefused = false;
    expect(await world.pull()).toMatchObject({ end: 'done', failure: null });
    expect(await landedStreams(world), 'left alone for a while').not.toContain('atas');
    world.clock.advance(RETRY_LIST_MS);
    expect(await world.pull()).toMatchObject({ end: 'done', failure: null });
    expect(await landedStreams(world)).toContain('atas');
  });

  it('is told of every list that is refused, in one failure', async () => {
    const refused = () => ({ status: 403, body: {} });
    const world = bed.world(new ListProvider([], { dialect: 'v2.1', pageMax: 50 }), NOW, {
      '/atas': refused,
      '/blocking_rules': () => ({ status: 401, body: {} }),
    });
    const { failure } = await world.pull();
    expect(failure?.message).toContain('refuses to list atas (HTTP 403), blocking_rules (HTTP 401)');
  });

  it('gets the head in time, and its other passes, though lists answer slowly and never well', async () => {
    const dead = () => {
      world.clock.advance(30_000);
      return { status: 504, body: {} };
    };
    const lists = ['/phone_numbers', '/public/countries', '/port_orders', '/atas', '/blocking_rules'];
    const provider = new ListProvider([], { dialect: 'v2.1', pageMax: 50 });
    const world: PullWorld = bed.world(provider, NOW, Object.fromEntries(lists.map((path) => [path, dead])));
    for (let run = 0; run < 6; run++) await world.pull({ deadline: world.clock.now() + 600_000 });
    expect(await world.position('+15m')).not.toBeNull();
    expect(await world.position('backfill')).not.toBeNull();
  });

  it.each([
    ['/atas', /refuses to list atas \(HTTP 404\).* name atas in FAXSYNC_SKIPPED_STREAMS\.$/],
    ['/addresses', /refuses to list addresses \(HTTP 404\).* path of addresses in FAXSYNC_UNDOCUMENTED_STREAMS/],
  ])('is told what to do about the list at %s when that is refused', async (path, message) => {
    const refused = () => ({ status: 404, body: { success: false, message: 'x' } });
    const world = bed.world(new ListProvider([], { dialect: 'v2.1', pageMax: 50 }), NOW, { [path]: refused });
    const { failure } = await world.pull({ undocumentedPaths: new Map([['addresses', '/addresses']]) });
    expect(failure).toMatchObject({ code: 'stream_refused', message: expect.stringMatching(message) });
  });
});
