import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Instant } from '../../src/domain/time.ts';
import type { Dialect, TimeWindow } from '../../src/landing/contract.ts';
import { isObject } from '../../src/phaxio/json.ts';
import type { AskedWindow, SliceStep } from '../../src/pipeline/slices.ts';
import { readSlices, SLICE_SETTINGS } from '../../src/pipeline/slices.ts';
import type { ListedFax, ListOptions } from './list-provider.ts';
import { ListProvider } from './list-provider.ts';

const NOON = Date.UTC(2024, 5, 1, 12) / 1000;
const DIALECTS: readonly Dialect[] = ['v1', 'v2', 'v2.1'];

type Slice = Extract<SliceStep, { kind: 'slice' }>;

/** Reads a window to its end. */
async function readAll(
  provider: ListProvider,
  asked: Partial<AskedWindow> & Pick<AskedWindow, 'after' | 'before'>,
  now: Instant = (NOON + 86_400) * 1000,
): Promise<SliceStep[]> {
  let observation = 0;
  const { pageMax: perPage, dialect } = provider.options;
  const steps: SliceStep[] = [];
  const window = { openEnd: now + 3_600_000, rowsMax: Number.POSITIVE_INFINITY, ...asked };
  for await (const step of readSlices(
    window,
    { ...SLICE_SETTINGS, perPage, dialect },
    {
      nextObservation: () => Promise.resolve(++observation),
      listFaxes: (bounds, page) => Promise.resolve(provider.answer(bounds, page, perPage, now)),
      sentAtProvider: (answer) => answer.providerAt ?? now,
    },
  )) {
    steps.push(step);
  }
  return steps;
}

function slicesOf(steps: readonly SliceStep[]): Slice[] {
  return steps.filter((step) => step.kind === 'slice');
}

/** Ids in a slice's answers whose creation lies in its window: what the loader takes. */
function idsIn(slice: Slice, provider: ListProvider): number[] {
  const inside = new Set(provider.within(slice.window).map(({ id }) => id));
  const ids = slice.answers.flatMap(({ json }) => {
    const data = json?.['data'];
    return Array.isArray(data) ? data.map((row) => (isObject(row) ? Number(row['id']) : Number.NaN)) : [];
  });
  return [...new Set(ids)].filter((id) => inside.has(id)).sort((a, b) => a - b);
}

function sortedWindows(slices: readonly Slice[]): TimeWindow[] {
  return slices.map(({ window }) => window).sort((a, b) => a.after - b.after);
}

/** Faxes at random seconds of a window and around it, with some crowded seconds. */
const world = fc
  .record({
    width: fc.integer({ min: 1, max: 4000 }),
    loose: fc.array(fc.double({ min: -0.2, max: 1.2, noNaN: true }), { maxLength: 120 }),
    crowds: fc.array(fc.tuple(fc.double({ min: -0.01, max: 1.01, noNaN: true }), fc.integer({ min: 1, max: 70 })), {
      maxLength: 3,
    }),
  })
  .map(({ width, loose, crowds }) => {
    const seconds = loose.map((part) => NOON + Math.floor(part * width));
    for (const [part, count] of crowds) {
      for (let one = 0; one < count; one++) seconds.push(NOON + Math.floor(part * width));
    }
    const faxes: ListedFax[] = seconds.map((createdAt, index) => ({ id: index + 1, createdAt }));
    return { faxes, window: { after: NOON * 1000, before: (NOON + width) * 1000 } };
  });

const options: fc.Arbitrary<ListOptions> = fc.record({
  dialect: fc.constantFrom(...DIALECTS),
  pageMax: fc.integer({ min: 1, max: 50 }),
  totalMax: fc.constantFrom(110, 10_000),
  includesAfter: fc.boolean(),
  includesBefore: fc.boolean(),
  showsPaging: fc.boolean(),
});

/** Reads a window and checks what slices promise. */
async function expectCovered(provider: ListProvider, window: TimeWindow): Promise<void> {
  const slices = slicesOf(await readAll(provider, window));
  let frontier = window.after;
  for (const part of sortedWindows(slices)) {
    expect(part.after).toBe(frontier);
    expect(part.before).toBeGreaterThan(part.after);
    frontier = part.before;
  }
  expect(frontier).toBe(window.before);
  for (const slice of slices) {
    const expected = provider.within(slice.window).map(({ id }) => id);
    expect(idsIn(slice, provider)).toEqual(expected.sort((a, b) => a - b));
    expect(slice.rows).toBeGreaterThanOrEqual(expected.length);
  }
}

describe('readSlices', () => {
  it('covers the window with disjoint slices that together hold every fax of it, whatever the page size and bounds', async () => {
    await fc.assert(
      fc.asyncProperty(world, options, async ({ faxes, window }, listOptions) => {
        await expectCovered(new ListProvider(faxes, listOptions), window);
      }),
      { numRuns: 400 },
    );
  });

  it('covers the window of a provider that sorts otherwise than documented', async () => {
    const lonely = fc.uniqueArray(fc.integer({ min: -20, max: 1020 }), { maxLength: 300 });
    await fc.assert(
      fc.asyncProperty(lonely, options, async (seconds, listOptions) => {
        const faxes = seconds.map((second, index) => ({ id: index + 1, createdAt: NOON + second }));
        // Pages of a few rows may look sorted by chance.
        const pageMax = 30 + listOptions.pageMax;
        const provider = new ListProvider(faxes, { ...listOptions, pageMax, isShuffled: true });
        await expectCovered(provider, { after: NOON * 1000, before: (NOON + 1000) * 1000 });
      }),
      { numRuns: 100 },
    );
  });

  it.each(DIALECTS)("claims no time beyond the provider's present in %s", async (dialect) => {
    const faxes = Array.from({ length: 90 }, (_, index) => ({ id: index, createdAt: NOON + index }));
    const now = (NOON + 60) * 1000 + 400;
    for (const pageMax of [20, 1000]) {
      const provider = new ListProvider(faxes, { dialect, pageMax });
      const slices = slicesOf(await readAll(provider, { after: NOON * 1000, before: (NOON + 300) * 1000 }, now));
      expect(sortedWindows(slices).at(-1)?.before).toBe((NOON + 60) * 1000);
    }
  });

  it.each(DIALECTS)('reads a window that fits a page with one call in %s', async (dialect) => {
    const faxes = Array.from({ length: 900 }, (_, index) => ({ id: index, createdAt: NOON + index }));
    const provider = new ListProvider(faxes, { dialect, pageMax: 1000 });
    const window = { after: NOON * 1000, before: (NOON + 900) * 1000 };
    expect(await readAll(provider, window)).toMatchObject([{ kind: 'slice', window, rows: 900, observation: 1 }]);
    expect(provider.calls).toBe(1);
  });

  it('uses a full v2 page for the end of the window and a full v1 page for its start', async () => {
    const faxes = Array.from({ length: 250 }, (_, index) => ({ id: index, createdAt: NOON + index }));
    const window = { after: NOON * 1000, before: (NOON + 250) * 1000 };
    const v2 = new ListProvider(faxes, { dialect: 'v2', pageMax: 100 });
    // A page also holds the second the last one ended in, and the second by which the bounds are widened.
    expect(slicesOf(await readAll(v2, window)).map(({ rows }) => rows)).toEqual([99, 97, 54]);
    expect(v2.calls).toBe(3);
    const v1 = new ListProvider(faxes, { dialect: 'v1', pageMax: 100 });
    const slices = slicesOf(await readAll(v1, window));
    expect(slices.map(({ rows }) => rows)).toEqual([99, 98, 53]);
    expect(slices[0]?.window.after).toBe(window.after);
    expect(v1.calls).toBe(3);
  });

  it.each(DIALECTS)('misses none of 1,500 faxes of one identical second in %s', async (dialect) => {
    const crowd = Array.from({ length: 1500 }, (_, index) => ({ id: index + 1, createdAt: NOON + 30 }));
    const around = Array.from({ length: 60 }, (_, index) => ({ id: 5000 + index, createdAt: NOON + index }));
    for (const pageMax of [1, 7, 50, 1000]) {
      const provider = new ListProvider([...crowd, ...around], { dialect, pageMax });
      const window = { after: NOON * 1000, before: (NOON + 60) * 1000 };
      const slices = slicesOf(await readAll(provider, window));
      const ids = slices.flatMap((slice) => idsIn(slice, provider));
      expect(ids.length).toBe(1560);
      expect(new Set(ids).size).toBe(1560);
    }
  });

  it('walks a crowded second until two walks see the same faxes', async () => {
    const crowd = Array.from({ length: 120 }, (_, index) => ({ id: index + 1, createdAt: NOON }));
    const provider = new ListProvider(crowd, { dialect: 'v2', pageMax: 50 });
    // One fax vanishes between the pages of the first walk: rows move up, and the walk alone would miss one.
    provider.beforePage = (call) => {
      if (call === 2) provider.faxes.splice(100, 1);
    };
    const [slice] = slicesOf(await readAll(provider, { after: NOON * 1000, before: (NOON + 1) * 1000 }));
    expect(slice?.answers).toHaveLength(3);
    expect(slice === undefined ? [] : idsIn(slice, provider)).toHaveLength(119);
    expect(slice?.observation).toBeGreaterThan(1);
  });

  it('does not believe a walk that met a fax twice', async () => {
    const crowd = Array.from({ length: 120 }, (_, index) => ({ id: index + 1, createdAt: NOON }));
    const provider = new ListProvider(crowd, { dialect: 'v2', pageMax: 50 });
    // During each of the first two walks a fax comes and goes, so both show the same faxes, one of them twice.
    provider.beforePage = (call) => {
      if (call === 2 || call === 5) provider.faxes.push({ id: 999, createdAt: NOON });
      if (call === 4 || call === 7) provider.faxes.pop();
    };
    const [slice] = slicesOf(await readAll(provider, { after: NOON * 1000, before: (NOON + 1) * 1000 }));
    expect(slice?.observation).toBe(3);
  });

  it('says that a crowded second never comes to rest instead of guessing', async () => {
    const crowd = Array.from({ length: 120 }, (_, index) => ({ id: index + 1, createdAt: NOON }));
    const provider = new ListProvider(crowd, { dialect: 'v2', pageMax: 50 });
    provider.beforePage = (call) => provider.faxes.push({ id: 1000 + call, createdAt: NOON });
    await expect(readAll(provider, { after: NOON * 1000, before: (NOON + 1) * 1000 })).rejects.toMatchObject({
      code: 'provider_inconsistent_listing',
      retryable: true,
    });
  });

  it('asks again when the announced total and the rows differ, and names it when they always do', async () => {
    const faxes = Array.from({ length: 5 }, (_, index) => ({ id: index, createdAt: NOON + index }));
    const provider = new ListProvider(faxes, { dialect: 'v2', pageMax: 50 });
    const truthful = provider.answer.bind(provider);
    let lies = 1;
    provider.answer = (bounds, page, perPage, now) => {
      const answer = truthful(bounds, page, perPage, now);
      lies -= 1;
      return lies < 0 ? answer : { ...answer, json: { ...answer.json, paging: { total: 9, per_page: 50, page } } };
    };
    const window = { after: NOON * 1000, before: (NOON + 60) * 1000 };
    expect(await readAll(provider, window)).toMatchObject([{ rows: 5, observation: 2 }]);
    lies = 99;
    await expect(readAll(provider, window)).rejects.toMatchObject({ code: 'provider_inconsistent_listing' });
  });

  it("ends an open window at the provider's present as of the request", async () => {
    const faxes = Array.from({ length: 30 }, (_, index) => ({ id: index, createdAt: NOON + index }));
    for (const dialect of DIALECTS) {
      const provider = new ListProvider(faxes, { dialect, pageMax: 10 });
      const slices = slicesOf(await readAll(provider, { after: NOON * 1000, before: null }, (NOON + 20) * 1000 + 700));
      expect(sortedWindows(slices).at(-1)?.before).toBe((NOON + 20) * 1000);
      expect(slices.reduce((sum, { rows }) => sum + rows, 0)).toBe(20);
    }
  });

  it('keeps what its page proves and asks for a smaller window where one announces more rows than wanted', async () => {
    const faxes = Array.from({ length: 3000 }, (_, index) => ({ id: index, createdAt: NOON + index }));
    const provider = new ListProvider(faxes, { dialect: 'v2', pageMax: 100, totalMax: 1000 });
    const window = { after: NOON * 1000, before: (NOON + 3000) * 1000 };
    const [proved, step] = await readAll(provider, { ...window, rowsMax: 800 });
    expect(proved).toMatchObject({ kind: 'slice', window: { after: (NOON + 2901) * 1000, before: window.before } });
    expect(step).toMatchObject({ kind: 'too_full' });
    expect(step?.kind === 'too_full' ? step.pageWidthMs : 0).toBeLessThanOrEqual(100_000);
    expect(provider.calls).toBe(1);
  });
});
