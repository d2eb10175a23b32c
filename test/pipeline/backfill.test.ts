import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seededRandom } from '../support/random.ts';
import type { ListedFax } from './list-provider.ts';
import { ListProvider } from './list-provider.ts';
import { PullBed } from './pull-world.ts';

const DAY = 86_400;
const START = Date.UTC(2024, 2, 1) / 1000;

let bed: PullBed;
beforeAll(async () => {
  bed = await PullBed.open();
});
afterAll(() => bed.close());

/** Shares of a working day's faxes by hour: a clinic sleeps at night. */
const HOURS = [1, 1, 1, 1, 1, 2, 4, 10, 18, 20, 20, 19, 14, 17, 19, 18, 15, 10, 6, 4, 3, 2, 2, 1];
const HOURS_SUM = HOURS.reduce((sum, share) => sum + share, 0);

/** Faxes of so many days, with quiet nights and weekends and, where asked for, a mass mailing a week. */
function clinic(days: number, perDay: number, mailing = 0): ListedFax[] {
  const random = seededRandom(perDay);
  const faxes: ListedFax[] = [];
  for (let day = 0; day < days; day++) {
    const weekend = day % 7 >= 5 ? 0.15 : 1;
    for (const [hour, share] of HOURS.entries()) {
      const mean = (perDay * weekend * share) / HOURS_SUM;
      const count = Math.floor(mean) + (random() < mean % 1 ? 1 : 0);
      for (let one = 0; one < count; one++) {
        faxes.push({ id: faxes.length + 1, createdAt: START + day * DAY + hour * 3600 + Math.floor(random() * 3600) });
      }
    }
    for (let one = 0; one < (day % 7 === 2 ? mailing : 0); one++) {
      faxes.push({ id: faxes.length + 1, createdAt: START + day * DAY + 36_000 + Math.floor(random() * 600) });
    }
  }
  return faxes;
}

describe('backfill', () => {
  it.each([
    ['v2', 'a million faxes a month', 5, 33_000, 0],
    ['v2', '100,000 faxes a month', 40, 3300, 0],
    ['v2', '10,000 faxes a month', 300, 330, 0],
    ['v2', '100,000 a month and mass mailings', 40, 3300, 6000],
    ['v1', '100,000 faxes a month', 40, 3300, 0],
    ['v2.1', 'a small first month', 30, 1100, 0],
  ] as const)(
    'costs at most 1.3 calls per 1,000 faxes in %s with %s, and misses none',
    async (dialect, name, days, perDay, mailing) => {
      const faxes = clinic(days, perDay, mailing);
      const provider = new ListProvider(faxes, { dialect, pageMax: 1000 });
      const world = bed.world(provider, (START + days * DAY) * 1000);
      const request = { backfillFrom: START * 1000, passes: ['backfill'], streams: ['faxes'] };
      const summary = await world.pull(request);
      expect(summary).toMatchObject({ end: 'done', hasMore: false, failure: null });
      expect((await world.landedFaxIds()).size).toBe(faxes.length);
      const perThousand = (provider.calls * 1000) / faxes.length;
      console.log(
        `backfill ${dialect}, ${name}: ${provider.calls} calls, ${faxes.length} faxes, ${perThousand.toFixed(2)} per 1,000`,
      );
      expect(perThousand).toBeLessThanOrEqual(1.3);
    },
  );
});
