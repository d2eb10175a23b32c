import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Dialect } from '../../src/landing/contract.ts';
import { isTaken } from '../../src/pipeline/due-lists.ts';
import { phaxCodes } from '../../src/streams/phax-codes.ts';
import { type ListedFax, ListProvider, type OtherAnswers } from './list-provider.ts';
import { PullBed, type PullWorld } from './pull-world.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const NOW = Date.UTC(2024, 5, 1, 12);
const LATER = NOW + 1e12;

let bed: PullBed;
beforeAll(async () => {
  bed = await PullBed.open();
});
afterAll(() => bed.close());

/** Answers to look-ups of codes, each counted as it is asked for. */
class CodeAnswers {
  readonly asked: string[] = [];

  of(identifier: string, status = 200, body?: unknown): OtherAnswers {
    const data = { identifier, created_at: '2017-11-06T02:57:46.000-06:00' };
    return {
      [`/phax_codes/${encodeURIComponent(identifier)}`]: () => {
        this.asked.push(identifier);
        const answer =
          status === 404 ? { success: false, message: 'Not found' } : { success: true, message: 'x', data };
        return { status, body: body ?? answer };
      },
    };
  }

  all(identifiers: readonly string[], status = 200): OtherAnswers {
    return Object.assign({}, ...identifiers.map((identifier) => this.of(identifier, status)));
  }
}

function codes(count: number): string[] {
  return Array.from({ length: count }, (_, n) => `code-${String(n).padStart(3, '0')}`);
}

/** An account whose watch list has codes, the first of them due for the longest. */
async function worldOf(
  identifiers: readonly string[],
  others: OtherAnswers,
  { dialect = 'v2.1', faxes = [] }: { dialect?: Dialect; faxes?: readonly ListedFax[] } = {},
): Promise<PullWorld> {
  const world = bed.world(new ListProvider(faxes, { dialect, pageMax: 1000 }), NOW, others);
  for (const [index, subjectId] of identifiers.entries()) {
    await world.state.watch(
      { account: world.account, stream: 'phax_codes', subjectId },
      'not_looked_up',
      NOW - 1e6 + index,
    );
  }
  return world;
}

/** What is still listed. */
async function watched(world: PullWorld, stream = 'phax_codes') {
  return world.state.dueObjects(world.account, stream, LATER, 1000);
}

async function lookups(world: PullWorld) {
  return (await world.landed()).filter(({ kind }) => kind === 'lookup');
}

/** The order in which a run landed things: `head`, `code`, or the name of a pass. */
async function order(world: PullWorld): Promise<string[]> {
  const landed = (await world.landed()).sort((a, b) => a.observation - b.observation);
  return landed.flatMap(({ kind, pass, stream }) =>
    kind === 'slice' ? [pass ?? ''] : kind === 'lookup' ? [stream === 'phax_codes' ? 'code' : 'fax'] : [],
  );
}

describe('PhaxCodes on the watch list', () => {
  it('are asked for once, each landed as a look-up, whatever the identifier', async () => {
    const identifiers = ['-Y3jxX', '1eKfEx', 'a/b ?#%2e', '\u{1F4E0}'];
    const answers = new CodeAnswers();
    const world = await worldOf(identifiers, answers.all(identifiers));
    expect(await world.pull()).toMatchObject({ end: 'done', lookups: 4, lookupFailures: 0, failure: null });
    expect(answers.asked).toEqual(identifiers);
    expect(await lookups(world)).toMatchObject(
      identifiers.map((subjectId) => ({
        stream: 'phax_codes',
        pass: 'watch',
        subjectId,
        window: null,
        bodies: [{ status: 200 }],
      })),
    );
    expect(await watched(world)).toEqual([]);
    expect(await world.pull()).toMatchObject({ lookups: 0 });
  });

  it('leave the list with a 404, which is landed too', async () => {
    const world = await worldOf(['gone'], new CodeAnswers().of('gone', 404));
    expect(await world.pull()).toMatchObject({ lookups: 1, lookupFailures: 0, failure: null });
    expect(await lookups(world)).toMatchObject([{ subjectId: 'gone', bodies: [{ status: 404 }] }]);
    expect(await watched(world)).toEqual([]);
  });

  it('never stand in a landing key', async () => {
    const world = await worldOf(['canary7'], new CodeAnswers().of('canary7'));
    const { landedKeys } = await world.pull();
    expect(landedKeys.filter((key) => key.includes('.phax_codes.lookup.'))).toHaveLength(1);
    expect(landedKeys.join('\n')).not.toContain('canary7');
  });

  it('are fetched up to the limit before the passes, and to the end when these are done', async () => {
    const identifiers = codes(130);
    const world = await worldOf(identifiers, new CodeAnswers().all(identifiers));
    const summary = await world.pull({ backfillFrom: NOW - HOUR }, { lookupsMax: 12, headEveryMs: HOUR });
    expect(summary).toMatchObject({ end: 'done', lookups: 130 });
    const landed = await order(world);
    expect(landed.slice(0, 14)).toEqual(['head', ...Array<string>(12).fill('code'), 'backfill']);
    expect(landed.filter((what) => what === 'code')).toHaveLength(130);
    expect(landed.at(-1)).toBe('code');
    expect(await watched(world)).toEqual([]);
  });

  it('share that limit with the faxes, which come first', async () => {
    const identifiers = codes(9);
    const fax = { body: { success: true, message: 'x', data: { status: 'success' } } };
    const faxIds = ['1', '2', '3', '4', '5'];
    const faxAnswers = Object.fromEntries(faxIds.map((id) => [`/faxes/${id}`, () => fax]));
    const world = await worldOf(identifiers, { ...new CodeAnswers().all(identifiers), ...faxAnswers });
    for (const subjectId of faxIds) {
      await world.state.watch({ account: world.account, stream: 'faxes', subjectId }, 'looks_disagree', NOW);
    }
    await world.pull({ backfillFrom: NOW - HOUR }, { lookupsMax: 8, headEveryMs: HOUR });
    const before = (await order(world)).slice(0, 10);
    expect(before).toEqual(['head', ...faxIds.map(() => 'fax'), 'code', 'code', 'code', 'backfill']);
  });

  it('never keep the head waiting, nor the other passes', async () => {
    const identifiers = codes(200);
    const faxes = Array.from({ length: 40 }, (_, n) => ({ id: n + 1, createdAt: (NOW - n * 12 * HOUR) / SECOND }));
    const world = await worldOf(identifiers, new CodeAnswers().all(identifiers), { faxes });
    world.callMs = 2 * SECOND;
    const summary = await world.pull({ backfillFrom: NOW - 20 * 24 * HOUR });
    expect(summary).toMatchObject({ end: 'done', lookups: 200, hasMore: false });
    const slices = (await world.landed()).filter(({ kind }) => kind === 'slice');
    const heads = slices.filter(({ pass }) => pass === 'head').map(({ requestedAt }) => requestedAt);
    const gaps = heads.slice(1).map((at, index) => at - (heads[index] ?? 0));
    expect(heads.length).toBeGreaterThan(5);
    expect(Math.max(...gaps)).toBeLessThan(70 * SECOND);
    // The backfill had its turn in the first round, behind no more than 20 codes.
    const backfill = slices.find(({ pass }) => pass === 'backfill');
    expect((backfill?.requestedAt ?? LATER) - NOW).toBeLessThan(90 * SECOND);
    expect((await world.landedFaxIds()).size).toBe(40);
  });

  it('are left where they are when the time of the run is over, and fetched by the next', async () => {
    const identifiers = codes(100);
    const answers = new CodeAnswers();
    const world = await worldOf(identifiers, answers.all(identifiers));
    world.callMs = 2 * SECOND;
    const first = await world.pull({ deadline: NOW + 100 * SECOND });
    expect(first).toMatchObject({ end: 'deadline', hasMore: true });
    expect(first.lookups).toBeGreaterThan(20);
    expect(await watched(world)).toHaveLength(100 - first.lookups);
    await world.pull();
    expect(answers.asked).toEqual(identifiers);
  });

  it.each([403, 500, 503])('cost one look a run while their endpoint answers %i, and faxes go on', async (status) => {
    const identifiers = codes(30);
    const answers = new CodeAnswers();
    const world = await worldOf(identifiers, {
      ...answers.all(identifiers, status),
      '/faxes/7': () => ({ body: { success: true, message: 'x', data: { id: 7, status: 'success' } } }),
    });
    await world.state.watch({ account: world.account, stream: 'faxes', subjectId: '7' }, 'looks_disagree', NOW);
    const summary = await world.pull({ backfillFrom: NOW - HOUR });
    expect(summary).toMatchObject({ end: 'done', lookups: 2, lookupFailures: 1 });
    expect(summary.failure?.message).toContain('read phax_code');
    expect(summary.passes.map(({ name }) => name)).toEqual(['head', 'backfill']);
    expect(new Set(answers.asked)).toEqual(new Set(['code-000']));
    expect(await watched(world, 'faxes')).toEqual([]);
    expect((await watched(world)).filter(({ attempts }) => attempts > 0)).toMatchObject([{ subjectId: 'code-000' }]);
    expect(await watched(world)).toHaveLength(30);
    await world.pull();
    expect(new Set(answers.asked), 'the next run asks for another').toEqual(new Set(['code-000', 'code-001']));
  });

  it('end the run when the provider wants no calls at all', async () => {
    const world = await worldOf(['a', 'b'], new CodeAnswers().all(['a', 'b'], 429));
    expect(await world.pull()).toMatchObject({ end: 'failed', failure: { code: 'provider_throttled' } });
    expect(await watched(world)).toHaveLength(2);
  });

  it('are let go when they are answered wrongly for ever, without keeping the others waiting', async () => {
    const answers = new CodeAnswers();
    const world = await worldOf(['odd', 'fine'], {
      ...answers.of('odd', 200, { success: false, message: 'x' }),
      ...answers.of('fine'),
    });
    expect(await world.pull()).toMatchObject({ end: 'done', lookups: 2, lookupFailures: 1, failure: null });
    expect((await lookups(world)).map(({ subjectId }) => subjectId)).toEqual(['fine']);
    let givenUp = 0;
    for (let look = 1; look < 20; look++) {
      world.clock.advance(24 * HOUR);
      givenUp += (await world.pull()).lookupsGivenUp;
    }
    expect(givenUp).toBe(1);
    expect(await watched(world)).toEqual([]);
  });

  it('are not named in any error', async () => {
    const world = await worldOf(['canary7'], new CodeAnswers().of('canary7', 500));
    const { failure } = await world.pull();
    expect(failure).not.toBeNull();
    expect(`${failure?.message}${failure?.stack}${JSON.stringify(failure?.context)}`).not.toContain('canary7');
  });

  it.each(['v1', 'v2'] as const)('are not asked for over %s', async (dialect) => {
    const answers = new CodeAnswers();
    const world = await worldOf(['x'], answers.of('x'), { dialect });
    expect(await world.pull()).toMatchObject({ end: 'done', lookups: 0 });
    expect(answers.asked).toEqual([]);
    expect(await watched(world)).toHaveLength(1);
  });

  it('are not asked for where a run wants other streams only', async () => {
    const answers = new CodeAnswers();
    const world = await worldOf(['x'], answers.of('x'));
    expect(await world.pull({ streams: ['faxes'] })).toMatchObject({ end: 'done', lookups: 0 });
    expect(await world.pull({ streams: ['phone_numbers'] })).toMatchObject({ end: 'done', lookups: 0 });
    expect(answers.asked).toEqual([]);
  });

  it('are left on the list by a run that skips them, and named as missing from a version without them', async () => {
    const answers = new CodeAnswers();
    const world = await worldOf(['x'], answers.of('x'));
    expect(await world.pull({ skippedStreams: ['phax_codes'] })).toMatchObject({
      end: 'done',
      lookups: 0,
      failure: null,
    });
    expect(answers.asked).toEqual([]);
    expect(await watched(world)).toHaveLength(1);
    const old = await worldOf(['x'], answers.of('x'), { dialect: 'v2' });
    await expect(old.pull({ streams: ['phax_codes'] })).rejects.toMatchObject({ code: 'stream_not_in_version' });
  });

  it('are taken where the version has them and nobody leaves them out, or asks for others', () => {
    const takes = (dialect: Dialect, more: { streams?: string[]; skippedStreams?: string[] } = {}) =>
      isTaken(phaxCodes, {
        provider: { dialect },
        ...more,
      });
    expect([takes('v1'), takes('v2'), takes('v2.1')]).toEqual([false, false, true]);
    expect(takes('v2.1', { skippedStreams: ['phax_codes'] })).toBe(false);
    expect(takes('v2.1', { skippedStreams: ['atas'] })).toBe(true);
    expect(takes('v2.1', { streams: ['phax_codes'], skippedStreams: ['phax_codes'] })).toBe(true);
    expect(takes('v2.1', { streams: ['faxes'] })).toBe(false);
    expect(takes('v2', { streams: ['phax_codes'] })).toBe(false);
  });
});
