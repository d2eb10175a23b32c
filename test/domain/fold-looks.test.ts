import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InvariantError } from '../../src/domain/errors.ts';
import type { LookVia, Stage } from '../../src/domain/fax.ts';
import { stageOf } from '../../src/domain/fax.ts';
import { expandHistory, foldLooks, type Look } from '../../src/domain/fold-looks.ts';

const VIAS: readonly LookVia[] = ['listing', 'lookup', 'callback'];
const STATUSES = ['queued', 'inprogress', 'paused', 'success', 'failure'];
const same = (a: string, b: string) => a === b;

const looks = fc
  .array(fc.record({ via: fc.constantFrom(...VIAS), value: fc.constantFrom(...STATUSES) }), { maxLength: 12 })
  .map((several) =>
    several.map(
      ({ via, value }, i): Look<string> => ({ observation: i + 1, at: i, via, stage: stageOf(value, via), value }),
    ),
  );

describe('foldLooks', () => {
  it('gives one result for a set of looks, whatever their order', () => {
    fc.assert(
      fc.property(
        looks.chain((all) => fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length }))),
        ([all, shuffled]) => {
          expect(foldLooks(shuffled, same)).toEqual(foldLooks(all, same));
        },
      ),
    );
  });

  it('never goes back in stage, nor keeps two equal neighbours', () => {
    fc.assert(
      fc.property(looks, (all) => {
        const { points, accepted, stale } = foldLooks(all, same);
        for (const [i, point] of points.entries()) {
          const before = points[i - 1];
          if (before !== undefined) expect(point.stage >= before.stage && point.value !== before.value).toBe(true);
        }
        expect(accepted.length + stale.length).toBe(all.length);
      }),
    );
  });

  it('never lets a final fax be reopened, nor a callback overrule a listing that has seen it final', () => {
    const listing = (observation: number, value: string): Look<string> => ({
      observation,
      at: 0,
      via: 'listing',
      stage: stageOf(value, 'listing'),
      value,
    });
    const callback = (observation: number, value: string): Look<string> => ({
      observation,
      at: 0,
      via: 'callback',
      stage: stageOf(value, 'callback'),
      value,
    });
    const { points, stale } = foldLooks(
      [
        listing(1, 'inprogress'),
        callback(2, 'success'),
        listing(3, 'inprogress'),
        listing(4, 'failure'),
        callback(5, 'success'),
      ],
      same,
    );
    expect(points.map(({ observation }) => observation)).toEqual([1, 2, 4]);
    expect(stale).toEqual([3, 5]);
  });

  it('stops at a look that is there twice', () => {
    const one: Look<string> = { observation: 1, at: 0, via: 'listing', stage: 3, value: 'success' };
    expect(() => foldLooks([one, one], same)).toThrow(InvariantError);
  });
});

describe('expandHistory', () => {
  it('gives back the looks that a history was made of, so that one more can be folded in', () => {
    fc.assert(
      fc.property(looks, (all) => {
        const { points, accepted } = foldLooks(all, same);
        const marks = accepted.map(({ observation, at, via }) => ({ observation, at, via }));
        const expanded = expandHistory(points, marks, (value, via): Stage => stageOf(value, via));
        expect(expanded.sort((a, b) => a.observation - b.observation)).toEqual(accepted);
      }),
    );
  });

  it('leaves out marks before the first point: they showed nothing', () => {
    const point: Look<string> = { observation: 5, at: 0, via: 'listing', stage: 1, value: 'queued' };
    expect(expandHistory([point], [{ observation: 3, at: 0, via: 'listing' }], () => 1)).toEqual([point]);
  });
});

describe('stageOf', () => {
  it.each([
    ['queued', 'callback', 0],
    ['pendingbatch', 'callback', 0],
    [null, 'callback', 0],
    ['inprogress', 'callback', 1],
    ['a word of tomorrow', 'callback', 1],
    ['success', 'callback', 2],
    ['queued', 'listing', 1],
    ['a word of tomorrow', 'lookup', 1],
    ['partialsuccess', 'listing', 3],
    ['failure', 'lookup', 3],
  ] as const)('of %s by %s is %i', (status, via, stage) => {
    expect(stageOf(status, via)).toBe(stage);
  });
});
