import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { CursorKey, Lease, StateStore, WatchKey } from '../../src/state/contract.ts';
import { seededRandom } from '../support/random.ts';
import { BACKENDS, type OpenBackend } from './backends.ts';

const NOW = Date.UTC(2026, 10, 3, 12);
const MINUTE = 60_000;
const DAY = 86_400_000;
const RACERS = 16;

/** Runs `racers` calls at once, by turns on either store. */
function race<Result>(backend: OpenBackend, call: (store: StateStore, racer: number) => Promise<Result>) {
  return Promise.all(
    Array.from({ length: RACERS }, (_, racer) => call(racer % 2 === 0 ? backend.first : backend.second, racer)),
  );
}

function isLease(lease: Lease | null): lease is Lease {
  return lease !== null;
}

describe.each(BACKENDS)('state store on $name', ({ open }) => {
  let backend: OpenBackend;
  let store: StateStore;
  let account: string;
  let accounts = 0;

  beforeAll(async () => {
    backend = await open();
    store = backend.first;
  });
  afterAll(async () => {
    await backend.close();
  });
  beforeEach(() => {
    accounts += 1;
    account = `clinic-${accounts}`;
  });

  const headOf = (owner: string): CursorKey => ({ account: owner, stream: 'faxes', pass: 'head' });
  const faxOf = (owner: string, subjectId: string): WatchKey => ({ account: owner, stream: 'faxes', subjectId });

  describe('observation numbers', () => {
    it('start at 1 and rise, each account by itself', async () => {
      expect(await store.nextObservation(account)).toBe(1);
      expect(await backend.second.nextObservation(account)).toBe(2);
      expect(await store.nextObservation(`${account}-other`)).toBe(1);
    });

    it('are unique and rise for each of 16 racing callers', async () => {
      const drawn = await race(backend, async (racer) => {
        const numbers: number[] = [];
        for (let draw = 0; draw < 8; draw++) numbers.push(await racer.nextObservation(account));
        return numbers;
      });
      for (const numbers of drawn) expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
      expect(new Set(drawn.flat()).size).toBe(RACERS * 8);
      expect(await store.nextObservation(account)).toBeGreaterThan(Math.max(...drawn.flat()));
    });
  });

  describe('cursors', () => {
    it('are null before the first move and give back what was set', async () => {
      expect(await store.readCursor(headOf(account))).toBeNull();
      expect(await store.advanceCursor(headOf(account), { position: NOW - 1, widthMs: 90_000 }, 1, NOW)).toBe(true);
      expect(await backend.second.readCursor(headOf(account))).toEqual({
        position: NOW - 1,
        widthMs: 90_000,
        movedAt: NOW,
      });
      expect(await store.advanceCursor(headOf(account), { position: NOW, widthMs: null }, 1, NOW + 1)).toBe(true);
      expect(await store.readCursor(headOf(account))).toEqual({ position: NOW, widthMs: null, movedAt: NOW + 1 });
    });

    it('refuse a position that is not higher, without touching the rest', async () => {
      await store.advanceCursor(headOf(account), { position: NOW, widthMs: 5 }, 1, NOW);
      expect(await store.advanceCursor(headOf(account), { position: NOW, widthMs: 6 }, 1, NOW + 9)).toBe(false);
      expect(await store.advanceCursor(headOf(account), { position: NOW - 1, widthMs: 6 }, 2, NOW + 9)).toBe(false);
      expect(await store.readCursor(headOf(account))).toEqual({ position: NOW, widthMs: 5, movedAt: NOW });
    });

    it('refuse a lower fence on every cursor of the account once a higher one moved any of them', async () => {
      const late = { ...headOf(account), pass: '+3d' };
      expect(await store.advanceCursor(late, { position: NOW, widthMs: null }, 6, NOW)).toBe(true);
      expect(await store.advanceCursor(headOf(account), { position: NOW, widthMs: null }, 7, NOW)).toBe(true);
      expect(await store.advanceCursor(late, { position: NOW + 1, widthMs: null }, 6, NOW)).toBe(false);
      expect(await store.advanceCursor({ ...late, pass: 'new' }, { position: NOW, widthMs: null }, 6, NOW)).toBe(false);
      expect(await store.advanceCursor(late, { position: NOW + 1, widthMs: null }, 7, NOW)).toBe(true);
      expect(
        await store.advanceCursor(headOf(`${account}-other`), { position: NOW, widthMs: null }, 1, NOW),
        'another account has fences of its own',
      ).toBe(true);
    });

    it('are listed by stream and pass, of one account only', async () => {
      for (const [stream, pass] of [
        ['phone_numbers', 'snapshot'],
        ['faxes', 'head'],
        ['faxes', '+35d'],
        ['account_status', 'snapshot'],
      ] as const) {
        await store.advanceCursor({ account, stream, pass }, { position: NOW, widthMs: null }, 1, NOW);
      }
      await store.advanceCursor(headOf(`${account}-other`), { position: NOW, widthMs: null }, 1, NOW);
      const listed = await store.listCursors(account);
      expect(listed.map((cursor) => `${cursor.account} ${cursor.stream} ${cursor.pass}`)).toEqual([
        `${account} account_status snapshot`,
        `${account} faxes +35d`,
        `${account} faxes head`,
        `${account} phone_numbers snapshot`,
      ]);
      expect(listed[0]).toEqual({
        account,
        stream: 'account_status',
        pass: 'snapshot',
        position: NOW,
        widthMs: null,
        movedAt: NOW,
      });
      expect(await store.listCursors(`${account}-nobody`)).toEqual([]);
    });

    it('never go back while 16 callers move one, and end at the highest position', async () => {
      const random = seededRandom(accounts);
      const seen: number[] = [];
      let racing = true;
      const watcher = (async () => {
        while (racing) {
          const cursor = await backend.second.readCursor(headOf(account));
          if (cursor !== null) seen.push(cursor.position);
        }
      })();
      const moved = await race(backend, async (racer) => {
        const accepted: number[] = [];
        for (let move = 0; move < 6; move++) {
          const position = NOW + Math.floor(random() * 1_000_000);
          if (await racer.advanceCursor(headOf(account), { position, widthMs: null }, 1, NOW)) accepted.push(position);
        }
        return accepted;
      });
      racing = false;
      await watcher;
      expect(seen).toEqual([...seen].sort((a, b) => a - b));
      for (const accepted of moved) expect(accepted).toEqual([...accepted].sort((a, b) => a - b));
      const positions = moved.flat();
      expect(new Set(positions).size, 'no position is accepted twice').toBe(positions.length);
      expect((await store.readCursor(headOf(account)))?.position).toBe(Math.max(...positions));
    });

    it('belong to the highest fence, whoever comes last', async () => {
      const accepted = await race(backend, (racer, fence) =>
        racer.advanceCursor(
          { ...headOf(account), pass: `pass-${fence}` },
          { position: NOW, widthMs: null },
          fence + 1,
          NOW,
        ),
      );
      expect(accepted[RACERS - 1], 'the highest fence is never refused').toBe(true);
      for (let fence = 1; fence < RACERS; fence++) {
        const position = NOW + fence;
        expect(await store.advanceCursor(headOf(account), { position, widthMs: null }, fence, NOW)).toBe(false);
      }
    });
  });

  describe('the lease', () => {
    it('goes to one of 16 racers', async () => {
      const leases = (await race(backend, (racer, n) => racer.acquireLease(account, `run-${n}`, MINUTE, NOW))).filter(
        isLease,
      );
      expect(leases).toHaveLength(1);
      expect(leases[0]).toMatchObject({ account, fence: 1, expiresAt: NOW + MINUTE });
    });

    it('goes to one of 16 racers again when it expired, under a higher fence', async () => {
      const first = await store.acquireLease(account, 'frozen', MINUTE, NOW);
      const early = await race(backend, (racer, n) =>
        racer.acquireLease(account, `run-${n}`, MINUTE, NOW + MINUTE - 1),
      );
      expect(early.filter(isLease)).toEqual([]);
      const late = await race(backend, (racer, n) => racer.acquireLease(account, `run-${n}`, MINUTE, NOW + MINUTE));
      expect(late.filter(isLease).map(({ fence }) => fence)).toEqual([2]);
      expect(
        first && (await store.renewLease(first, MINUTE, NOW + MINUTE)),
        'the frozen holder has lost it',
      ).toBeNull();
    });

    it('is given anew to the holder that asks again, so that a lost answer costs nothing', async () => {
      await store.acquireLease(account, 'run', MINUTE, NOW);
      const again = await store.acquireLease(account, 'run', MINUTE, NOW + 1);
      expect(again).toEqual({ account, holder: 'run', fence: 2, expiresAt: NOW + 1 + MINUTE });
    });

    it('can be extended while nobody took it over, expired or not, and keeps its fence', async () => {
      const lease = await store.acquireLease(account, 'run', MINUTE, NOW);
      const renewed = lease && (await backend.second.renewLease(lease, MINUTE, NOW + 10));
      expect(renewed).toEqual({ account, holder: 'run', fence: 1, expiresAt: NOW + 10 + MINUTE });
      expect(await store.acquireLease(account, 'rival', MINUTE, NOW + MINUTE)).toBeNull();
      const expired = renewed && (await store.renewLease(renewed, MINUTE, NOW + DAY));
      expect(expired?.expiresAt).toBe(NOW + DAY + MINUTE);
    });

    it('is free at once when given back, and a late release takes it from nobody', async () => {
      const lease = await store.acquireLease(account, 'run', MINUTE, NOW);
      if (lease === null) throw new Error('no lease');
      await store.releaseLease(lease);
      expect(await store.renewLease(lease, MINUTE, NOW)).toBeNull();
      const next = await store.acquireLease(account, 'rival', MINUTE, NOW);
      expect(next?.fence).toBe(2);
      await store.releaseLease(lease);
      expect(await store.acquireLease(account, 'third', MINUTE, NOW)).toBeNull();
      expect(next && (await store.renewLease(next, MINUTE, NOW))).not.toBeNull();
    });
  });

  describe('the bucket of provider calls', () => {
    const limits = { ratePerSecond: 4, burst: 5 };

    it('gives 16 racers exactly its burst, and the others the wait for one refill', async () => {
      const grants = await race(backend, (racer) => racer.takeToken(account, limits, NOW));
      expect(grants.filter(({ waitMs }) => waitMs === 0)).toHaveLength(5);
      for (const { waitMs } of grants) expect(waitMs).toBeLessThanOrEqual(250);
      expect(await store.takeToken(account, limits, NOW)).toEqual({ waitMs: 250 });
      expect(await store.takeToken(account, limits, NOW + 249)).toEqual({ waitMs: 1 });
      expect(await store.takeToken(account, limits, NOW + 250)).toEqual({ waitMs: 0 });
    });

    it('never gives more than burst + rate x time while 16 racers ask at different times', async () => {
      const random = seededRandom(accounts);
      const granted: number[] = [];
      await race(backend, async (racer) => {
        let now = NOW;
        for (let call = 0; call < 10; call++) {
          const { waitMs } = await racer.takeToken(account, limits, now);
          if (waitMs === 0) granted.push(now);
          now += Math.floor(random() * 400);
        }
      });
      granted.sort((a, b) => a - b);
      expect(granted.length).toBeGreaterThan(limits.burst);
      granted.forEach((from, first) => {
        granted.slice(first).forEach((to, more) => {
          expect(more + 1).toBeLessThanOrEqual(limits.burst + ((to - from) * limits.ratePerSecond) / 1000);
        });
      });
    });

    it('saves up no more than its burst', async () => {
      await store.takeToken(account, limits, NOW);
      const grants = [];
      for (let call = 0; call < 6; call++) grants.push((await store.takeToken(account, limits, NOW + DAY)).waitMs);
      expect(grants).toEqual([0, 0, 0, 0, 0, 250]);
    });

    it('gives nothing until the end of a drain, then one, then refills', async () => {
      await store.drainTokens(account, NOW + MINUTE, NOW);
      await backend.second.drainTokens(account, NOW + 1, NOW);
      expect(await store.takeToken(account, limits, NOW + 1)).toEqual({ waitMs: MINUTE - 1 });
      expect(await store.takeToken(account, limits, NOW + MINUTE)).toEqual({ waitMs: 0 });
      expect(await store.takeToken(account, limits, NOW + MINUTE)).toEqual({ waitMs: 250 });
    });

    it('refuses limits under which it would never give anything', async () => {
      await expect(store.takeToken(account, { ratePerSecond: 0, burst: 1 }, NOW)).rejects.toThrow(/rate above 0/);
      await expect(store.takeToken(account, { ratePerSecond: 1, burst: 0 }, NOW)).rejects.toThrow(/at least 1/);
    });
  });

  describe('digests', () => {
    it('are remembered by exactly one of 16 racers', async () => {
      const remembered = await race(backend, (racer) => racer.rememberDigest(account, 'ab12', 8 * DAY, NOW));
      expect(remembered.filter(Boolean)).toHaveLength(1);
      expect(await store.hasDigest(account, 'ab12', NOW)).toBe(true);
      expect(await store.hasDigest(`${account}-other`, 'ab12', NOW)).toBe(false);
    });

    it('count as unknown from their expiry on, whether or not they were cleaned up', async () => {
      await store.rememberDigest(account, 'ab12', DAY, NOW);
      expect(await store.hasDigest(account, 'ab12', NOW + DAY - 1)).toBe(true);
      expect(await store.rememberDigest(account, 'ab12', DAY, NOW + DAY - 1)).toBe(false);
      expect(await store.hasDigest(account, 'ab12', NOW + DAY)).toBe(false);
      expect(await store.rememberDigest(account, 'ab12', DAY, NOW + DAY)).toBe(true);
      expect(await store.hasDigest(account, 'ab12', NOW + DAY)).toBe(true);
    });
  });

  describe('the watch list', () => {
    it('gives due objects, longest due first, up to the limit and of one account', async () => {
      await store.watch(faxOf(account, '30'), 'looks_disagree', NOW - 5);
      await store.watch(faxOf(account, '9223372036854775807'), 'open_too_long', NOW - 9);
      await store.watch(faxOf(account, '4'), 'looks_disagree', NOW - 5);
      await store.watch(faxOf(account, '5'), 'looks_disagree', NOW + 1);
      await store.watch(faxOf(`${account}-other`, '6'), 'looks_disagree', NOW - 50);
      expect(await store.dueObjects(account, 'faxes', NOW, 10)).toEqual([
        { ...faxOf(account, '9223372036854775807'), reason: 'open_too_long', dueAt: NOW - 9, attempts: 0 },
        { ...faxOf(account, '4'), reason: 'looks_disagree', dueAt: NOW - 5, attempts: 0 },
        { ...faxOf(account, '30'), reason: 'looks_disagree', dueAt: NOW - 5, attempts: 0 },
      ]);
      expect((await store.dueObjects(account, 'faxes', NOW + 1, 2)).map(({ subjectId }) => subjectId)).toEqual([
        '9223372036854775807',
        '4',
      ]);
    });

    it('keeps the objects of each stream apart, whatever their ids say', async () => {
      const code = { account, stream: 'phax_codes', subjectId: '7' };
      const odd = { ...code, subjectId: '-Y3jxX #/\u{1F4E0} "' };
      await store.watch(faxOf(account, '7'), 'looks_disagree', NOW);
      await store.watch(code, 'not_looked_up', NOW - 1);
      await store.watch(odd, 'not_looked_up', NOW);
      expect(await backend.second.dueObjects(account, 'phax_codes', NOW, 10)).toEqual([
        { ...code, reason: 'not_looked_up', dueAt: NOW - 1, attempts: 0 },
        { ...odd, reason: 'not_looked_up', dueAt: NOW, attempts: 0 },
      ]);
      await store.postpone(odd, NOW + 5);
      await store.unwatch(code);
      expect(await store.dueObjects(account, 'phax_codes', NOW + 5, 10)).toMatchObject([{ ...odd, attempts: 1 }]);
      expect(await store.dueObjects(account, 'faxes', NOW, 10)).toMatchObject([{ subjectId: '7', attempts: 0 }]);
      expect(await store.dueObjects(account, 'phax', NOW + DAY, 10), 'a name that only begins so').toEqual([]);
    });

    it('keeps the first reason, the earlier due time and the attempts of an object that is listed already', async () => {
      await store.watch(faxOf(account, '1'), 'open_too_long', NOW);
      const [watched] = await store.dueObjects(account, 'faxes', NOW, 1);
      if (watched === undefined) throw new Error('not listed');
      await store.postpone(watched, NOW + 100);
      await store.watch(faxOf(account, '1'), 'looks_disagree', NOW + 200);
      expect(await store.dueObjects(account, 'faxes', NOW + 99, 1)).toEqual([]);
      const listed = { ...faxOf(account, '1'), reason: 'open_too_long', attempts: 1 };
      expect(await store.dueObjects(account, 'faxes', NOW + 100, 1)).toEqual([{ ...listed, dueAt: NOW + 100 }]);
      await store.watch(faxOf(account, '1'), 'looks_disagree', NOW + 50);
      expect(await store.dueObjects(account, 'faxes', NOW + 100, 1)).toEqual([{ ...listed, dueAt: NOW + 50 }]);
    });

    it('does not bring back an object that was taken off', async () => {
      await store.watch(faxOf(account, '1'), 'looks_disagree', NOW);
      const [watched] = await store.dueObjects(account, 'faxes', NOW, 1);
      if (watched === undefined) throw new Error('not listed');
      await store.unwatch(faxOf(account, '1'));
      await store.unwatch(faxOf(account, '1'));
      await store.postpone(watched, NOW + 1);
      expect(await store.dueObjects(account, 'faxes', NOW + DAY, 10)).toEqual([]);
    });

    it('counts every one of 16 racing attempts and keeps the earliest of 16 racing due times', async () => {
      await race(backend, (racer, n) => racer.watch(faxOf(account, '1'), 'looks_disagree', NOW + ((n * 7) % RACERS)));
      const [watched] = await store.dueObjects(account, 'faxes', NOW, 1);
      expect(watched).toMatchObject({ dueAt: NOW, attempts: 0 });
      if (watched === undefined) return;
      await race(backend, (racer) => racer.postpone(watched, NOW + 1));
      expect(await store.dueObjects(account, 'faxes', NOW + 1, 1)).toEqual([
        { ...watched, dueAt: NOW + 1, attempts: RACERS },
      ]);
    });

    it('gives the longest due ones of some thousand objects', async () => {
      const ids = Array.from({ length: 1_500 }, (_, n) => n);
      for (let from = 0; from < ids.length; from += 100) {
        await Promise.all(
          ids
            .slice(from, from + 100)
            .map((n) => store.watch(faxOf(account, String(n + 1)), 'looks_disagree', NOW - ((n * 911) % 1_500))),
        );
      }
      const due = await store.dueObjects(account, 'faxes', NOW, 20);
      expect(due.map(({ dueAt }) => NOW - dueAt)).toEqual(Array.from({ length: 20 }, (_, n) => 1_499 - n));
    });
  });
});
