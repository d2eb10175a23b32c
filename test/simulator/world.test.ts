import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isFinalStatus } from '../../src/domain/fax.ts';
import { isHeldAt } from '../../src/simulator/numbers.ts';
import { movementsOf, statusAt } from '../../src/simulator/plan.ts';
import { stepsOf } from '../../src/simulator/truth.ts';
import { World } from '../../src/simulator/world.ts';
import { PROPERTY_SEED } from '../support/random.ts';
import { DAY, HOUR, MINUTE, NOW } from './client.ts';

/** Building a world may take this many times what writing its truth as JSON and reading it again takes on the same machine. */
const BUILD_RATIO_MAX = 3;

function timed<T>(work: () => T): { readonly ms: number; readonly result: T } {
  const begin = performance.now();
  const result = work();
  return { ms: performance.now() - begin, result };
}

describe('a world', () => {
  it('of 60 days and 20,000 faxes is there in well under a second of an idle machine', () => {
    const rounds = Array.from({ length: 3 }, () => {
      const build = timed(() => new World(1, { oddities: true }, NOW));
      const truth = build.result.truth(NOW);
      const json = timed(() => JSON.parse(JSON.stringify(truth)));
      return { ratio: build.ms / json.ms, ms: build.ms, count: truth.faxes.length };
    });
    const best = rounds.reduce((least, round) => (round.ratio < least.ratio ? round : least));
    console.log(
      `world: 60 days, ${best.count} faxes, built in ${best.ms.toFixed(0)} ms, ${best.ratio.toFixed(1)} times its JSON`,
    );
    expect(best.count).toBeGreaterThan(20_000);
    expect(best.ratio).toBeLessThan(BUILD_RATIO_MAX);
  });

  it('rests from the instant it is told to, and lives its past out', () => {
    const restsFrom = NOW - 2 * DAY;
    const busy = new World(5, { days: 5 }, NOW).truth(NOW).faxes;
    const resting = new World(5, { days: 5, restsFrom }, NOW).truth(NOW + 5 * DAY).faxes;
    // Only resends and twins of faxes from before may still come.
    expect(resting.filter(({ createdAt }) => (createdAt ?? 0) < restsFrom).length).toBe(
      busy.filter(({ createdAt }) => (createdAt ?? 0) < restsFrom).length,
    );
    expect(resting.filter(({ createdAt }) => (createdAt ?? 0) >= restsFrom + 4 * HOUR)).toEqual([]);
    expect(busy.filter(({ createdAt }) => (createdAt ?? 0) >= restsFrom + 4 * HOUR).length).toBeGreaterThan(20);
  });

  it('is the same for the same seed and another for another seed', () => {
    const one = new World(5, { days: 5, oddities: true }, NOW).truth(NOW);
    expect(new World(5, { days: 5, oddities: true }, NOW).truth(NOW)).toEqual(one);
    expect(new World(6, { days: 5, oddities: true }, NOW).truth(NOW)).not.toEqual(one);
  });

  it('does not depend on the steps in which time passes', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 6 * HOUR }), { minLength: 1, maxLength: 20 }), (steps) => {
        const options = { days: 2, faxesPerDay: 100, firstDay: NOW - 2 * DAY };
        const stepped = new World(3, options, NOW);
        const end = NOW + steps.reduce((sum, step) => sum + step, 0);
        let now = NOW;
        for (const step of steps) {
          now += step;
          stepped.advanceTo(now);
        }
        const leapt = new World(3, options, NOW);
        expect(stepped.truth(end)).toEqual(leapt.truth(end));
      }),
      { seed: PROPERTY_SEED, numRuns: 15 },
    );
  });

  it('shows the past as it was, whatever happened since', () => {
    const world = new World(4, { days: 10 }, NOW);
    const before = world.truth(NOW);
    world.advanceTo(NOW + 3 * DAY);
    expect(world.truth(NOW)).toEqual(before);
  });

  it('is busy in office hours and quiet at night and on Sundays', () => {
    const world = new World(2, { days: 56, faxesPerDay: 400 }, NOW);
    const counts = { office: 0, night: 0, sunday: 0 };
    for (const plan of world.plans()) {
      const central = new Date(plan.createdAt - 5.5 * HOUR);
      if (central.getUTCDay() === 0) counts.sunday += 1;
      else if (central.getUTCHours() >= 9 && central.getUTCHours() < 17) counts.office += 1;
      else if (central.getUTCHours() < 5) counts.night += 1;
    }
    expect(counts.office).toBeGreaterThan(5 * counts.night);
    expect(counts.office / 6).toBeGreaterThan(2 * counts.sunday);
  });

  it('holds every documented kind of life', () => {
    const world = new World(1, {}, NOW);
    const seen = new Set<string>();
    for (const plan of world.plans()) {
      if (plan.createdAt > NOW) break;
      seen.add(`${plan.direction} ${statusAt(plan, NOW)}`);
      for (const state of plan.states) seen.add(`error ${state.error?.id}`);
      for (const { status } of plan.states) seen.add(`passes ${status}`);
      const numbers = plan.recipients?.map((recipient) => recipient.phoneNumber) ?? [];
      if (new Set(numbers).size < numbers.length) seen.add('same number twice');
      if (plan.deletedAt !== null && plan.deletedAt < NOW) seen.add(`deleted test ${plan.isTest}`);
      if (plan.listedAt - plan.createdAt > 30_000) seen.add('listed late');
      for (const barcode of plan.barcodes) seen.add(`barcode ${barcode.type}`);
      const own = world.numbers.some((number) => numbers.includes(number.phoneNumber));
      if (own) seen.add('sent to own number');
    }
    for (const wanted of [
      ...['sent success', 'sent failure', 'sent partialsuccess', 'received success', 'received failure'],
      ...['passes pendingbatch', 'passes inprogress', 'error 75', 'error 76', 'error 79', 'same number twice'],
      ...['deleted test true', 'listed late', 'barcode phax_code', 'barcode code_128', 'barcode data_matrix'],
      'sent to own number',
    ]) {
      expect(seen, wanted).toContain(wanted);
    }
    expect(seen).not.toContain('deleted test false');
  });

  it('credits failed recipients seconds to 40 days after the end, mostly within minutes', () => {
    const delays: number[] = [];
    for (const plan of new World(1, {}, NOW).plans()) {
      const end = plan.states.find((state) => isFinalStatus(state.status));
      for (const { at, cents } of movementsOf(plan)) if (cents > 0 && end !== undefined) delays.push(at - end.at);
    }
    delays.sort((left, right) => left - right);
    console.log(`credits: ${delays.length}, slowest after ${((delays.at(-1) ?? 0) / DAY).toFixed(1)} days`);
    expect(delays.every((delay) => delay > 0 && delay <= 40 * DAY)).toBe(true);
    expect(delays[Math.floor(delays.length / 2)]).toBeLessThan(MINUTE);
    expect(delays.at(-1)).toBeGreaterThan(10 * DAY);
  });

  it('gives faxes to its own numbers a received twin, and the halves may disagree', () => {
    const world = new World(1, { ownNumberShare: 0.3 }, NOW);
    const own = new Set(world.numbers.map((number) => number.phoneNumber));
    const received = world.plans().filter((plan) => plan.direction === 'received');
    const sent = world.plans().filter((plan) => own.has(plan.recipients?.[0]?.phoneNumber ?? ''));
    let disagreeing = 0;
    for (const plan of sent) {
      const end = plan.recipients?.[0]?.states.at(-1);
      const number = world.numbers.find((held) => held.phoneNumber === plan.recipients?.[0]?.phoneNumber);
      if (end === undefined || number === undefined || !isHeldAt(number, end.at)) continue;
      const twin = received.find(
        (other) =>
          other.toNumber === plan.recipients?.[0]?.phoneNumber && other.states[0]?.completedAt === end.completedAt,
      );
      if (end.status === 'success') expect(twin, plan.id).toBeDefined();
      else if (twin !== undefined) disagreeing += 1;
    }
    expect(disagreeing).toBeGreaterThan(0);
  });

  it('lets a crowd arrive in one second', () => {
    const at = NOW - HOUR;
    const world = new World(1, { days: 1, bursts: [{ at, count: 1500, withinMs: 1000 }] }, NOW);
    const crowd = world.plans().filter((plan) => plan.direction === 'sent' && plan.createdAt === at);
    expect(world.plans().filter((plan) => plan.createdAt >= at && plan.createdAt < at + 5000).length).toBeGreaterThan(
      1499,
    );
    expect(crowd.length).toBeGreaterThan(800);
  });

  it('keeps ids unique, deleted and future faxes included', () => {
    const ids = new World(9, { oddities: true }, NOW).plans().map((plan) => plan.id);
    expect(new Set(ids).size).toBe(ids.length);
  });
});

describe('the life of a sent fax', () => {
  const plans = new World(11, { days: 30 }, NOW).plans().filter((plan) => plan.direction === 'sent');

  it('begins without pages and cost, with recipients that have no status', () => {
    for (const plan of plans) {
      expect(plan.states[0]).toMatchObject({ status: 'queued', numPages: 0, costCents: 0, completedAt: null });
      for (const recipient of plan.recipients ?? []) expect(recipient.states[0]?.status).toBeNull();
    }
  });

  it('is priced for all its recipients in progress, and costs at last what its successful recipients cost', () => {
    for (const plan of plans) {
      const priced = plan.states.find((state) => state.status === 'inprogress');
      if (priced === undefined) continue;
      const charged = plan.recipients?.map((recipient) => recipient.chargedCents) ?? [];
      expect(priced.costCents).toBe(charged.reduce((sum, cents) => sum + cents, 0));
      const kept = plan.recipients?.filter((recipient) => recipient.states.at(-1)?.status === 'success') ?? [];
      expect(plan.states.at(-1)?.costCents).toBe(kept.reduce((sum, recipient) => sum + recipient.chargedCents, 0));
    }
  });

  it('takes its status from its recipients', () => {
    for (const plan of plans) {
      const ends = new Set(plan.recipients?.map((recipient) => recipient.states.at(-1)?.status));
      const expected = ends.size === 2 ? 'partialsuccess' : [...ends][0];
      expect(plan.states.at(-1)?.status).toBe(expected);
    }
  });

  it('never goes back, in status or in time', () => {
    for (const plan of plans) {
      const steps = stepsOf(plan, Number.POSITIVE_INFINITY);
      for (const [index, step] of steps.entries()) {
        const next = steps[index + 1];
        if (next === undefined) continue;
        expect(next.at).toBeGreaterThanOrEqual(step.at);
        if (isFinalStatus(step.status)) expect(next.status).toBe(step.status);
      }
      for (const recipient of plan.recipients ?? []) {
        const instants = recipient.states.map((state) => state.at);
        expect(instants).toEqual([...instants].sort((left, right) => left - right));
      }
    }
  });
});

describe('a received fax', () => {
  it('appears once, finished, created 0 to 4 s after it was completed, without recipients', () => {
    for (const plan of new World(12, {}, NOW).plans()) {
      if (plan.direction !== 'received') continue;
      expect(plan.states).toHaveLength(1);
      expect(plan.recipients).toBeNull();
      const lag = plan.createdAt - (plan.states[0]?.completedAt ?? 0);
      expect(lag >= 0 && lag <= 4000).toBe(true);
    }
  });
});
