import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Instant } from '../../src/domain/time.ts';
import type { Lease, StateStore, WatchedObject } from '../../src/state/contract.ts';
import { BACKENDS, type OpenBackend } from './backends.ts';
import { ModelStateStore } from './model.ts';

const START = Date.UTC(2026, 10, 3, 12);
const LIMITS = { ratePerSecond: 2, burst: 3 };

/** What a sequence carries from one step to the next, besides the store: leases and watched objects it was given. */
interface Memory {
  readonly leases: Lease[];
  watched: readonly WatchedObject[];
}

interface Step {
  /** Printed when a sequence fails. */
  readonly text: string;
  readonly elapsedMs: number;
  run(store: StateStore, memory: Memory, account: string, now: Instant): Promise<unknown>;
}

function step(text: string, elapsedMs: number, run: Step['run']): Step {
  return { text, elapsedMs, run };
}

const elapsed = fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 700 }), fc.integer({ min: 1, max: 20_000 }));
const small = fc.integer({ min: 0, max: 3 });
const span = fc.integer({ min: 0, max: 3_000 });
const fence = fc.integer({ min: 1, max: 5 });
const ttl = fc.integer({ min: 1, max: 8_000 });

const observation = elapsed.map((ms) =>
  step('nextObservation', ms, (store, _memory, account) => store.nextObservation(account)),
);

const cursors = fc.tuple(elapsed, small, small, span, fence).map(([ms, stream, pass, offset, holder]) =>
  step(`advanceCursor s${stream} p${pass} +${offset} fence ${holder}`, ms, async (store, _memory, account, now) => {
    const key = { account, stream: `s${stream}`, pass: `p${pass}` };
    const to = { position: START + offset, widthMs: offset % 2 === 0 ? null : offset };
    const moved = await store.advanceCursor(key, to, holder, now);
    return [moved, await store.readCursor(key), await store.listCursors(account)];
  }),
);

const acquire = fc.tuple(elapsed, small, ttl).map(([ms, holder, ttlMs]) =>
  step(`acquireLease h${holder} ${ttlMs}`, ms, async (store, memory, account, now) => {
    const lease = await store.acquireLease(account, `h${holder}`, ttlMs, now);
    if (lease !== null) memory.leases.push(lease);
    return lease;
  }),
);

const useLease = fc.tuple(elapsed, small, ttl, fc.boolean()).map(([ms, back, ttlMs, isRelease]) =>
  step(`${isRelease ? 'releaseLease' : 'renewLease'} ${back} back`, ms, async (store, memory, _account, now) => {
    const lease = memory.leases.at(-1 - back);
    if (lease === undefined) return null;
    return isRelease ? store.releaseLease(lease) : store.renewLease(lease, ttlMs, now);
  }),
);

const take = elapsed.map((ms) =>
  step('takeToken', ms, (store, _memory, account, now) => store.takeToken(account, LIMITS, now)),
);

const drain = fc
  .tuple(elapsed, fc.integer({ min: -2_000, max: 4_000 }))
  .map(([ms, offset]) =>
    step(`drainTokens ${offset}`, ms, (store, _memory, account, now) => store.drainTokens(account, now + offset, now)),
  );

const digest = fc
  .tuple(elapsed, small, ttl, fc.boolean())
  .map(([ms, name, ttlMs, isLook]) =>
    step(`${isLook ? 'hasDigest' : 'rememberDigest'} d${name}`, ms, (store, _memory, account, now) =>
      isLook ? store.hasDigest(account, `d${name}`, now) : store.rememberDigest(account, `d${name}`, ttlMs, now),
    ),
  );

/** Ids in the order of their bytes, which is not that of their characters in JavaScript for the last two. */
const SUBJECTS = ['9', '10', '-Y3jxX', '1eKfEx', '\uFF5E-4', '\u{1F4E0}-'] as const;
const subject = fc.constantFrom(...SUBJECTS);
const watchedStream = fc.constantFrom('faxes', 'phax_codes');

const watch = fc.tuple(elapsed, watchedStream, subject, span).map(([ms, stream, subjectId, offset]) =>
  step(`watch ${stream} ${subjectId} ${offset}`, ms, (store, _memory, account, now) => {
    const reason = offset % 2 === 0 ? 'looks_disagree' : 'open_too_long';
    return store.watch({ account, stream, subjectId }, reason, now + offset - 1_500);
  }),
);

/** Two at one instant, so that only their ids order them. */
const watchTwo = fc.tuple(elapsed, subject, subject).map(([ms, one, other]) =>
  step(`watch ${one} and ${other}`, ms, async (store, _memory, account, now) => {
    for (const subjectId of [one, other]) {
      await store.watch({ account, stream: 'phax_codes', subjectId }, 'not_looked_up', now - 60_000);
    }
  }),
);

const due = fc.tuple(elapsed, watchedStream, small).map(([ms, stream, limit]) =>
  step(`dueObjects ${stream} ${limit + 1}`, ms, async (store, memory, account, now) => {
    memory.watched = await store.dueObjects(account, stream, now, limit + 1);
    return memory.watched;
  }),
);

const settle = fc.tuple(elapsed, small, span, fc.boolean()).map(([ms, index, offset, isDone]) =>
  step(`${isDone ? 'unwatch' : 'postpone'} ${index}`, ms, async (store, memory, _account, now) => {
    const watched = memory.watched[index];
    if (watched === undefined) return null;
    return isDone ? store.unwatch(watched) : store.postpone(watched, now + offset);
  }),
);

const sequences = fc.array(
  fc
    .oneof(observation, cursors, acquire, useLease, take, take, drain, digest, watch, watchTwo, due, due, settle)
    .map((made) => Object.assign(made, { [fc.toStringMethod]: () => `${made.text} (+${made.elapsedMs} ms)` })),
  { minLength: 1, maxLength: 80, size: 'max' },
);

describe.each(BACKENDS)('random sequences of calls on $name', ({ open }) => {
  let backend: OpenBackend;
  let accounts = 0;

  beforeAll(async () => {
    backend = await open();
  });
  afterAll(async () => {
    await backend.close();
  });

  it('are answered as the contract says, call for call', async () => {
    let calls = 0;
    await fc.assert(
      fc.asyncProperty(sequences, async (steps) => {
        accounts += 1;
        const account = `sequence-${accounts}`;
        const model = new ModelStateStore();
        const expected: Memory = { leases: [], watched: [] };
        const actual: Memory = { leases: [], watched: [] };
        let now = START;
        for (const [index, made] of steps.entries()) {
          now += made.elapsedMs;
          const store = index % 2 === 0 ? backend.first : backend.second;
          const answer = await made.run(store, actual, account, now);
          expect(answer, `step ${index}: ${made.text}`).toEqual(await made.run(model, expected, account, now));
          calls += 1;
        }
      }),
      { numRuns: 60, seed: 20_261_103 },
    );
    expect(calls).toBeGreaterThan(500);
  });
});
