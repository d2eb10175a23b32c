import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { toIso } from '../../src/domain/time.ts';
import { PULL_SETTINGS, pull } from '../../src/pipeline/pull.ts';
import { CALL_LIMITS } from '../../src/pipeline/rate-limit.ts';
import { PostgresStateStore } from '../../src/state/postgres.ts';
import { ListProvider, providerFetch } from '../pipeline/list-provider.ts';
import { OTHER_ANSWERS, PullClock } from '../pipeline/pull-world.ts';
import { wireFax } from '../support/landed.ts';
import { PROPERTY_SEED, seededRandom } from '../support/random.ts';
import { DEPLOYED, HOUR, LoadRig, MINUTE, SECOND, START } from './load-rig.ts';

const MESSAGES = 10_000;
const FAXES = 150;
const LOOKS = 200;
const OUTAGE_MS = 12 * MINUTE;
const APPLICATION = 'faxsync-storm';

let rig: LoadRig;
afterEach(() => rig.close());

/** Loads a slice that shows every fax final; then lands looks that show one of them open: each asks for its fax to be fetched. */
async function landDisagreements(): Promise<string[]> {
  const window = { after: START - 2 * HOUR, before: START - HOUR };
  const createdAt = (fax: number) => toIso(window.after + fax * SECOND);
  const faxes = Array.from({ length: FAXES }, (_, fax) => wireFax(fax + 1, createdAt(fax), { status: 'success' }));
  rig.source.announce(await rig.land({ observation: 1, at: START, window }, faxes));
  await rig.source.drain();
  const keys: string[] = [];
  for (let look = 0; look < LOOKS; look++) {
    const fax = look % FAXES;
    const spec = { observation: look + 2, at: START + look, kind: 'lookup', subjectId: String(fax + 1) } as const;
    keys.push(await rig.land(spec, wireFax(fax + 1, createdAt(fax))));
  }
  return keys;
}

/** The most connections of the rig that the database ever showed while `work` went on. */
async function mostConnections(work: () => Promise<unknown>): Promise<number> {
  let most = 0;
  let isOver = false;
  const watch = async () => {
    while (!isOver) {
      most = Math.max(most, await rig.count(`pg_stat_activity where application_name = '${APPLICATION}'`));
      await pause(5);
    }
  };
  const watching = watch();
  await work().finally(() => {
    isOver = true;
  });
  await watching;
  return most;
}

describe('ten thousand messages after an outage', () => {
  it('are loaded by no more runs and connections at once than allowed, and no healthy one goes to the dead letters', {
    timeout: 300_000,
  }, async () => {
    rig = await LoadRig.open({ applicationName: APPLICATION });
    const { source } = rig;
    const keys = await landDisagreements();
    const random = seededRandom(PROPERTY_SEED);
    const before = source.done.length;
    const downAt = source.clock.now();
    rig.gate.isDown = true;
    for (let sent = 1; sent <= MESSAGES; sent++) {
      source.announce(keys[Math.floor(random() * keys.length)] ?? '');
      if (sent % 500 === 0) await source.runUntil(downAt + (sent / MESSAGES) * OUTAGE_MS);
    }
    expect(source.done).toHaveLength(before);
    rig.gate.isDown = false;
    let drainMs = 0;
    const connections = await mostConnections(async () => {
      drainMs = await source.drain();
    });
    expect(source).toMatchObject({ dead: [], expired: [], waiting: 0 });
    expect(source.done).toHaveLength(before + MESSAGES);
    expect(await rig.count('ops.landed_objects')).toBe(new Set(source.done.map(({ body }) => body)).size);
    expect(source.counts.runsAtOnce).toBe(DEPLOYED.concurrencyMax);
    expect(connections).toBeGreaterThan(0);
    expect(connections).toBeLessThanOrEqual(DEPLOYED.concurrencyMax);
    const receives = Math.max(...source.done.map((message) => message.receives));
    console.log(
      `${MESSAGES} messages of ${keys.length} objects after ${OUTAGE_MS / MINUTE} minutes of outage, seed ${PROPERTY_SEED}: drained in ${Math.ceil(drainMs / MINUTE)} minutes of the queue's clock, at most ${receives} receives, ${source.counts.runsAtOnce} runs and ${connections} connections at once, ${source.dead.length} dead`,
    );

    const { calls, peak, minutes } = await fetchWatched();
    console.log(
      `${MESSAGES} messages asked for ${FAXES} faxes: ${calls} look-ups in ${minutes} minutes, at most ${peak} provider calls in one`,
    );
    expect(calls).toBe(FAXES);
    expect(peak).toBeLessThanOrEqual(60 * CALL_LIMITS.ratePerSecond + CALL_LIMITS.burst);
  });
});

/** Lets two pulls a minute work on what the storm asked for, until nothing is due; how often the provider was called. */
async function fetchWatched(): Promise<{ calls: number; peak: number; minutes: number }> {
  const clock = new PullClock(rig.source.clock.now() + MINUTE);
  const state = new PostgresStateStore(rig.bed.database.pool, { clock, random: () => 0.5 });
  const called: Array<{ at: number; path: string }> = [];
  const answers = Array.from({ length: FAXES }, (_, fax) => {
    const body = { success: true, data: wireFax(fax + 1, toIso(START), { status: 'success' }) };
    return [`/faxes/${fax + 1}`, () => ({ body })] as const;
  });
  const provider = new ListProvider([], { dialect: 'v2.1', pageMax: 1_000 });
  const answer = providerFetch(provider, clock, { ...OTHER_ANSWERS, ...Object.fromEntries(answers) });
  const fetch = (url: string, init: RequestInit) => {
    called.push({ at: clock.now(), path: new URL(url).pathname });
    return answer(url, init);
  };
  const credentials = [{ apiKey: 'key', apiSecret: 'secret' }] as const;
  const run = (holder: string) =>
    pull(
      { fetch, clock, random: () => 0.5, state, landing: rig.bed.deps.landing },
      {
        provider: { account: 'main', dialect: 'v2.1', baseUrl: 'http://provider.test', credentials },
        backfillFrom: null,
        deadline: clock.deadline,
        holder,
      },
      // Nothing but the shared bucket stands between the watch list and the provider.
      { ...PULL_SETTINGS, lookupsMax: FAXES },
    );
  const startedAt = clock.now();
  expect(await state.dueObjects('main', 'faxes', clock.now(), MESSAGES)).toHaveLength(FAXES);
  let minutes = 0;
  while ((await state.dueObjects('main', 'faxes', clock.now() + HOUR, FAXES)).length > 0) {
    minutes += 1;
    clock.deadline = clock.now() + 55 * SECOND;
    await Promise.all([run(`a-${minutes}`), run(`b-${minutes}`)]);
    clock.advance(Math.max(0, startedAt + minutes * MINUTE - clock.now()));
  }
  const inMinuteFrom = (from: number) => called.filter(({ at }) => at >= from && at < from + MINUTE).length;
  const lookups = called.filter(({ path }) => /\/faxes\/\d+$/.test(path));
  return { calls: lookups.length, peak: Math.max(...called.map(({ at }) => inMinuteFrom(at))), minutes };
}
