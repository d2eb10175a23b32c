import { describe, expect, it } from 'vitest';
import { OBJECT_STREAMS } from '../../src/simulator/account-objects.ts';
import { World } from '../../src/simulator/world.ts';
import type { WorldOptions } from '../../src/simulator/world-options.ts';
import { DAY, HOUR, NOW } from './client.ts';

const QUIET: Partial<WorldOptions> = { faxesPerDay: 0 };
const SEEDS = [1, 2, 3, 4, 5, 6, 7, 8];

const AFTER: Readonly<Record<string, readonly string[]>> = {
  open: ['submitted'],
  submitted: ['needinfo', 'succeeded', 'failed'],
  needinfo: ['submitted', 'succeeded', 'failed'],
  succeeded: [],
  failed: [],
};

function worldOf(seed: number, options: Partial<WorldOptions> = {}): World {
  return new World(seed, { ...QUIET, ...options }, NOW);
}

function ordersOf(world: World) {
  return world.objects.orders.plans;
}

/** Each status once, in the order of their beginnings. */
function pathOf(instants: readonly number[], statusAt: (at: number) => string | null): Array<string | null> {
  const statuses = instants.map(statusAt);
  return statuses.filter((status, index) => status !== statuses[index - 1]);
}

function expectAllowed(path: ReadonlyArray<string | null>): void {
  expect(path[0]).toBe('open');
  for (const [index, status] of path.entries()) {
    const next = path[index + 1];
    if (next !== undefined) expect(AFTER[status ?? 'none'], `${status} to ${next}`).toContain(next);
  }
}

describe('the life of a port order', () => {
  it('takes only the steps open, submitted, needinfo, succeeded or failed, in order and numbers', () => {
    let steps = 0;
    for (const seed of SEEDS) {
      for (const order of ordersOf(worldOf(seed))) {
        expectAllowed(pathOf(order.life.instants(), (at) => order.life.at(at)?.status ?? null));
        for (const { life } of order.numbers) {
          expectAllowed(pathOf(life.instants(), (at) => life.at(at)));
          steps += life.instants().length;
        }
      }
    }
    expect(steps).toBeGreaterThan(200);
  });

  it('has the status its numbers give it, at every instant', () => {
    for (const order of SEEDS.flatMap((seed) => ordersOf(worldOf(seed)))) {
      for (const at of order.numbers.flatMap(({ life }) => life.instants())) {
        const numbers = order.numbers.map(({ life }) => life.at(at));
        const status = order.life.at(at)?.status;
        const isEnded = numbers.every((one) => one === 'succeeded' || one === 'failed');
        if (isEnded) expect(status).toBe(numbers.includes('succeeded') ? 'succeeded' : 'failed');
        else if (numbers.includes('needinfo')) expect(status).toBe('needinfo');
        else expect(status).toBe(numbers.every((one) => one === 'open') ? 'open' : 'submitted');
      }
    }
  });

  it('says when it changed, when it ended, and when the bill that was asked for came', () => {
    for (const { life, createdAt } of SEEDS.flatMap((seed) => ordersOf(worldOf(seed)))) {
      expect(life.at(createdAt - 1)).toBeNull();
      for (const at of life.instants()) {
        const state = life.at(at);
        const isEnded = state?.status === 'succeeded' || state?.status === 'failed';
        expect(state?.updatedAt).toBe(at);
        expect(at % 1000).toBe(0);
        expect(state?.completedAt).toBe(isEnded ? at : null);
        expect(state?.requestedFor === null).toBe(at === createdAt);
      }
    }
    const asked = ordersOf(worldOf(1))[1];
    const states = asked?.life.instants().map((at) => asked.life.at(at)) ?? [];
    const answered = states.findIndex((state) => state?.status === 'needinfo') + 1;
    expect(states.slice(0, answered).map((state) => state?.billReceivedAt ?? null)).toEqual(
      Array.from({ length: answered }, () => null),
    );
    expect(new Set(states.slice(answered).map((state) => state?.billReceivedAt))).toEqual(
      new Set([states[answered]?.updatedAt]),
    );
  });

  it.each([60, 7, 400])('leaves a history of %i days with ended, failed, mixed, waiting and new orders', (days) => {
    for (const seed of SEEDS) {
      const orders = ordersOf(worldOf(seed, { days }));
      const there = orders.filter(({ createdAt }) => createdAt <= NOW);
      expect(there).toHaveLength(6);
      expect(orders).toHaveLength(7);
      expect(there.map(({ life }) => life.at(NOW)?.status)).toEqual([
        ...['succeeded', 'succeeded', 'failed', 'succeeded', 'needinfo', 'open'],
      ]);
      const mixed = there[3]?.numbers.map(({ life }) => life.at(NOW));
      expect(new Set(mixed)).toEqual(new Set(['succeeded', 'failed']));
      for (const { numbers } of orders) expect(numbers.length >= 1 && numbers.length <= 5).toBe(true);
      const later = NOW + 40 * DAY;
      for (const { life } of orders) expect(['succeeded', 'failed']).toContain(life.at(later)?.status);
    }
  });

  it('explains every wait for information by a note of the same second, and its end by another', () => {
    let waits = 0;
    for (const { numbers } of SEEDS.flatMap((seed) => ordersOf(worldOf(seed)))) {
      for (const { life, notes } of numbers) {
        const noted = new Set(notes.map((note) => note.life.instants()[0]));
        for (const at of life.instants()) {
          if (life.at(at) !== 'needinfo' && life.at(at - 1) !== 'needinfo') continue;
          waits += 1;
          expect(noted).toContain(at);
        }
      }
    }
    expect(waits).toBeGreaterThan(50);
  });

  it('has notes that come or change while no status does', () => {
    const world = worldOf(3);
    const statuses = new Set(ordersOf(world).flatMap(({ life }) => life.instants()));
    const edits = ordersOf(world)
      .flatMap(({ numbers }) => numbers.flatMap(({ notes }) => notes.flatMap(({ life }) => life.instants())))
      .filter((at) => !statuses.has(at));
    expect(edits).toHaveLength(2);
  });
});

describe('the lists of an account', () => {
  it('are the same for the same seed and others for another', () => {
    const of = (seed: number) => {
      const world = worldOf(seed, { oddities: true, faxesPerDay: 20, barcodeShare: 0.6 });
      return OBJECT_STREAMS.map((stream) => Object.fromEntries(world.objectsAt(stream, NOW + 20 * DAY)));
    };
    expect(of(5)).toEqual(of(5));
    for (const [index, rows] of of(6).entries()) expect(rows).not.toEqual(of(5)[index]);
  });

  it('do not depend on the steps in which time passes, and show the past as it was', () => {
    const [stepped, leapt] = [worldOf(4, { faxesPerDay: 20 }), worldOf(4, { faxesPerDay: 20 })];
    const streams = ['port_orders', 'port_numbers', 'atas', 'phax_codes'];
    const rows = (world: World, at: number) => streams.map((stream) => Object.fromEntries(world.objectsAt(stream, at)));
    const before = rows(stepped, NOW);
    for (let at = NOW; at < NOW + 10 * DAY; at += 7 * HOUR) stepped.advanceTo(at);
    expect(rows(stepped, NOW + 10 * DAY)).toEqual(rows(leapt, NOW + 10 * DAY));
    expect(rows(stepped, NOW)).toEqual(before);
  });

  it('leave faxes, numbers and money of a seed as they are', () => {
    const none = { portOrders: 0, atas: 0, detectedAtas: 0, blockingRules: 0, addresses: 0 };
    const withThem = new World(9, { days: 20 }, NOW).truth(NOW);
    const without = new World(9, { days: 20, ...none }, NOW).truth(NOW);
    expect(withThem.faxes.length).toBeGreaterThan(5000);
    expect(withThem.faxes).toEqual(without.faxes);
    expect(withThem.ledger).toEqual(without.ledger);
    expect(withThem.phoneNumbers.map((number) => ({ ...number, ataName: null }))).toEqual(without.phoneNumbers);
  });

  it('grow by the numbers that came, billed from then on, where the options say so', () => {
    const world = worldOf(2, { portedNumbersJoin: true });
    const came = [...world.objectsAt('port_numbers', NOW).values()].filter((row) => row['status'] === 'succeeded');
    const held = world.numbersAt(NOW);
    expect(came.length).toBeGreaterThan(3);
    for (const { port_number } of came) {
      const number = held.find(({ phoneNumber }) => phoneNumber === port_number);
      const rents = world.truth(NOW).ledger.filter((entry) => entry.phoneNumber === port_number);
      expect(rents[0]?.at).toBe(number?.provisionedAt);
    }
    const plain = worldOf(2).numbersAt(NOW);
    expect(held).toHaveLength(plain.length + came.length);
  });
});
