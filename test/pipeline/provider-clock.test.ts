import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Dialect } from '../../src/landing/contract.ts';
import { ListProvider } from './list-provider.ts';
import { PullBed } from './pull-world.ts';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const NOW = Date.UTC(2024, 5, 1, 12);

let bed: PullBed;
beforeAll(async () => {
  bed = await PullBed.open();
});
afterAll(() => bed.close());

describe("pull and the provider's clock", () => {
  it.each(['v1', 'v2'] as const)(
    'moves no cursor by one answer with a Date of the far future in %s',
    async (dialect: Dialect) => {
      const provider = new ListProvider([], { dialect, pageMax: 100 });
      const world = bed.world(provider, NOW);
      await world.pull({ backfillFrom: NOW - DAY });
      world.clock.advance(MINUTE);
      const lieAt = provider.calls + 1;
      provider.beforePage = (call) => {
        world.providerAheadMs = call === lieAt ? 400 * DAY : 0;
      };
      expect(await world.pull({ backfillFrom: NOW - DAY })).toMatchObject({ end: 'done', failure: null });
      expect(provider.calls).toBe(lieAt + 1);
      for (const { position } of await world.state.listCursors(world.account)) {
        expect(position).toBeLessThanOrEqual(world.clock.now() + 1000);
      }
    },
  );

  it('refuses answers whose Dates leap ahead by ever other times', async () => {
    const provider = new ListProvider([], { dialect: 'v2', pageMax: 100 });
    const world = bed.world(provider, NOW);
    await world.pull({ backfillFrom: NOW - DAY });
    world.clock.advance(MINUTE);
    provider.beforePage = (call) => {
      world.providerAheadMs = call * 400 * DAY;
    };
    const summary = await world.pull({ backfillFrom: NOW - DAY });
    expect(summary).toMatchObject({ end: 'failed', failure: { code: 'provider_date_leaps' } });
    expect(await world.position('head')).toBeLessThanOrEqual(NOW + MINUTE);
  });

  it.each(['v1', 'v2'] as const)(
    'names a cursor in the future, asks for no fax and ends in %s',
    async (dialect: Dialect) => {
      const provider = new ListProvider([], { dialect, pageMax: 100 });
      const world = bed.world(provider, NOW);
      world.providerAheadMs = 400 * DAY;
      await world.pull({ backfillFrom: NOW - DAY });
      world.clock.advance(MINUTE);
      world.providerAheadMs = 0;
      const { calls } = provider;
      const summary = await world.pull({ backfillFrom: NOW - DAY, eager: true });
      expect(summary).toMatchObject({
        end: 'done',
        failure: { code: 'cursor_in_future', retryable: true, message: expect.stringContaining('400.0 days before') },
      });
      expect(provider.calls).toBe(calls);
      expect(await world.pull({ streams: ['faxes'], passes: ['+3d'] })).toMatchObject({
        failure: { code: 'cursor_in_future', context: { pass: '+3d' } },
      });
    },
  );
});
