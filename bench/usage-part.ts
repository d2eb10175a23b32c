import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PULL_RESERVE_MS } from '../functions/pull.ts';
import { createReceiveCallbackHandler } from '../functions/receive-callback.ts';
import { SETTINGS } from '../infra/settings.ts';
import { CallbackEndpoint } from '../src/cli/demo/callback-endpoint.ts';
import { PACED_PULL_SETTINGS } from '../src/cli/demo/paced-clock.ts';
import type { Envelope, LandedRef, LandingZone } from '../src/landing/contract.ts';
import { encodeEnvelope } from '../src/landing/envelope.ts';
import { FolderLandingZone } from '../src/landing/folder.ts';
import { loadLanded } from '../src/pipeline/load.ts';
import { PULL_SETTINGS, type PullSettings, pull } from '../src/pipeline/pull.ts';
import { ManualClock } from '../src/simulator/manual-clock.ts';
import { createSimulator } from '../src/simulator/simulator.ts';
import { phaxCodes } from '../src/streams/phax-codes.ts';
import { LISTED_STREAMS } from '../src/streams/registry.ts';
import { streamState } from '../src/streams/stream-state.ts';
import { faxEnvelope, PAGE_FAXES } from './faxes.ts';
import type { Figure } from './figures.ts';
import type { Ground } from './ground.ts';
import { openCountedState, type StateUnits } from './usage-state.ts';
import { WaitingClock } from './waiting-clock.ts';

const MINUTE = 60_000;
const DAY_MINUTES = 1440;
const DAY = DAY_MINUTES * MINUTE;
const NOW = Date.UTC(2026, 5, 1);
/** Long enough for the pass that trails by 35 days to have something to read. */
const DAYS = 40;
/** What look-ups of the watch list are landed as. */
const WATCH = 'watch';
/** The first contact and the backfill are over after this long, and not counted. */
const WARM_MINUTES = 120;
const RUN_MS = SETTINGS.functions.pull.timeoutSeconds * 1000 - PULL_RESERVE_MS;
const ANSWER_MS = 600;
const LISTS = LISTED_STREAMS.filter((stream) => streamState(stream, { dialect: 'v2.1' }) === 'taken').map(
  ({ name }) => name,
);

/** Volumes that are played: faxes a month, and by how much faxes and pages are scaled down together so that the day fits into memory. */
const VOLUMES = [
  { faxesPerMonth: 10_000, scale: 1 },
  { faxesPerMonth: 1_000_000, scale: 50 },
];

/** What one day of an account made. */
interface Day {
  /** Faxes that ended, at full scale: one callback each, since events in flight are off as they are at the provider. */
  readonly faxes: number;
  readonly scale: number;
  readonly calls: number;
  /** Landed objects by pass, or by kind where there is none. */
  readonly objects: ReadonlyMap<string, number>;
  readonly callbackBytes: number;
  readonly units: Readonly<Record<Actor, StateUnits>>;
  readonly runs: Readonly<Record<'head' | 'trailing' | 'snapshots', number>>;
}

type Actor = 'head' | 'trailing' | 'snapshots' | 'callbacks' | 'load';

/**
 * What a day costs in calls, objects and units of DynamoDB, by the deployed schedule: the inputs of the cost model that can be had without AWS.
 * The real pull, callback receiver and loader, against the simulator, an embedded DynamoDB and Postgres.
 */
export async function measureUsage(ground: Ground): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const { faxesPerMonth, scale } of VOLUMES) {
    figures.push(...dayFigures(await playDay(ground, faxesPerMonth, scale), faxesPerMonth));
  }
  return [...figures, ...(await sizeFigures(ground))];
}

async function playDay(ground: Ground, faxesPerMonth: number, scale: number): Promise<Day> {
  const account = `bench-usage-${scale}`;
  const clock = new WaitingClock(NOW);
  const random = () => 0.5;
  const faxesPerDay = (faxesPerMonth * 12) / 365 / scale;
  const state = await openCountedState({ clock, random });
  const folder = await mkdtemp(join(tmpdir(), 'faxsync-bench-'));
  const endpoint = await CallbackEndpoint.listen();
  const simulator = createSimulator({
    seed: 7,
    clock,
    world: { days: DAYS, faxesPerDay, phoneNumbers: 12, portOrders: 4 },
    callbacks: { url: endpoint.url },
  });
  try {
    const { url } = await simulator.start();
    const { apiKey, apiSecret, callbackToken } = simulator.credentials;
    const landed: Landed[] = [];
    const landing = noting(new FolderLandingZone(folder), landed);
    const stores = { clock, random, state: state.store, landing };
    const log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
    const settings = [{ account, tokens: [callbackToken], url: endpoint.url }];
    endpoint.serve(createReceiveCallbackHandler({ ports: { ...stores, log }, settings }));
    const pullSettings: PullSettings = { ...PULL_SETTINGS, ...PACED_PULL_SETTINGS, perPage: PAGE_FAXES / scale };
    const fetchSlowly = async (...request: Parameters<typeof fetch>) => {
      const answer = await fetch(...request);
      clock.advance(ANSWER_MS);
      return answer;
    };
    let runs = 0;
    const runPull = async (asked: { passes?: string[]; streams?: string[] }): Promise<number> => {
      runs += 1;
      const request = {
        provider: { account, dialect: 'v2.1', baseUrl: url, credentials: [{ apiKey, apiSecret }] },
        backfillFrom: NOW - (DAYS + 1) * DAY,
        // Each invented code is another one, as they are not in life, and every one of them is looked up once.
        skippedStreams: [phaxCodes.name],
        deadline: clock.now() + RUN_MS,
        holder: `run-${runs}`,
        ...asked,
      } as const;
      const { failure, counters } = await pull({ ...stores, fetch: fetchSlowly }, request, pullSettings);
      if (failure !== null) throw failure;
      return counters.calls;
    };
    const loadDeps = {
      ...stores,
      pool: ground.pool,
      accountSettings: () => ({ v1Zone: 'America/Chicago', billingZone: 'America/Chicago', takesPhaxCodes: false }),
    };
    let loaded = 0;
    const loadAll = async (): Promise<void> => {
      for (; loaded < landed.length; loaded++) await loadLanded(landed[loaded]?.key ?? '', loadDeps);
    };
    const counts = { calls: 0, from: 0, units: noUnits(), runs: { head: 0, trailing: 0, snapshots: 0 } };
    const { schedules } = SETTINGS;
    for (let minute = 0; minute < WARM_MINUTES + DAY_MINUTES; minute++) {
      const isCounted = minute >= WARM_MINUTES;
      if (minute === WARM_MINUTES) counts.from = landed.length;
      clock.advance(Math.max(0, NOW + minute * MINUTE - clock.now()));
      const charge = (actor: Actor) => {
        const taken = state.take();
        if (isCounted) addUnits(counts.units[actor], taken);
      };
      const due = [
        ['head', schedules.headMinutes, { passes: ['head'], streams: ['faxes'] }],
        ['trailing', schedules.trailingMinutes, {}],
        ['snapshots', schedules.snapshotsMinutes, { streams: LISTS }],
      ] as const;
      for (const [actor, everyMinutes, asked] of due) {
        if (minute % everyMinutes !== 0) continue;
        const calls = await runPull(asked as { passes?: string[]; streams?: string[] });
        charge(actor);
        if (!isCounted) continue;
        counts.calls += calls;
        counts.runs[actor] += 1;
      }
      await simulator.callbacks.deliverDue(clock.now());
      charge('callbacks');
      await loadAll();
      charge('load');
      // What autovacuum would do; the bench runs without it.
      if (minute % 60 === 0) await ground.pool.query('vacuum analyze');
    }
    return dayOf(counts, landed.slice(counts.from), scale);
  } finally {
    await simulator.stop();
    await endpoint.close();
    await state.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

interface Landed {
  readonly key: string;
  readonly kind: string;
  readonly bytes: number;
}

/** The landing zone with a note of everything put into it. */
function noting(landing: LandingZone, landed: Landed[]): LandingZone {
  return {
    put: async (envelope: Envelope): Promise<LandedRef> => {
      const ref = await landing.put(envelope);
      const { bytes } = await encodeEnvelope(envelope);
      const kind =
        envelope.pass ?? (envelope.kind === 'callback' ? 'callback' : `${envelope.kind} of ${envelope.stream}`);
      landed.push({ key: ref.key, kind, bytes: bytes.byteLength });
      return ref;
    },
    get: (key) => landing.get(key),
    list: (account, options) => landing.list(account, options),
  };
}

function noUnits(): Record<Actor, StateUnits> {
  const none = () => ({ requests: 0, writes: 0, reads: 0 });
  return { head: none(), trailing: none(), snapshots: none(), callbacks: none(), load: none() };
}

function addUnits(sums: StateUnits, taken: StateUnits): void {
  sums.requests += taken.requests;
  sums.writes += taken.writes;
  sums.reads += taken.reads;
}

function dayOf(
  counts: { calls: number; units: Record<Actor, StateUnits>; runs: Day['runs'] },
  landed: readonly Landed[],
  scale: number,
): Day {
  const objects = new Map<string, number>();
  for (const { kind } of landed) objects.set(kind, (objects.get(kind) ?? 0) + 1);
  const callbacks = landed.filter(({ kind }) => kind === 'callback');
  const callbackBytes = callbacks.reduce((sum, { bytes }) => sum + bytes, 0) / Math.max(1, callbacks.length);
  return { ...counts, faxes: callbacks.length * scale, scale, objects, callbackBytes };
}

function dayFigures(day: Day, faxesPerMonth: number): Figure[] {
  const { calls, objects, units, runs, faxes, callbackBytes, scale } = day;
  const of = (actor: Actor, count: number) =>
    `${(units[actor].writes / count).toFixed(2)} WRU + ${(units[actor].reads / count).toFixed(2)} RRU`;
  const callbackObjects = objects.get('callback') ?? 0;
  const lookups = objects.get(WATCH) ?? 0;
  const others = [...objects].filter(([kind]) => kind !== 'callback' && kind !== WATCH).sort(([, a], [, b]) => b - a);
  const pulled = others.reduce((sum, [, count]) => sum + count, 0);
  const info = { target: null } as const;
  const volume = `${faxesPerMonth.toLocaleString('en-US')} faxes a month`;
  return [
    {
      ...info,
      name: `${volume}: provider calls a day without look-ups`,
      measured: calls - lookups,
      digits: 0,
      beside: `${runs.head} head runs, ${runs.trailing} trailing, ${runs.snapshots} of lists`,
    },
    {
      ...info,
      name: '- objects landed a day by pulls',
      measured: pulled,
      digits: 0,
      beside: others.map(([kind, count]) => `${kind} ${count}`).join(', '),
    },
    {
      ...info,
      name: '- callbacks that day, one a fax',
      measured: faxes,
      digits: 0,
      beside: `a Monday; ${callbackBytes.toFixed(0)} B an object; each ${of('callbacks', callbackObjects)}`,
    },
    {
      ...info,
      name: '- look-ups of single faxes, for each fax',
      measured: (lookups * scale) / faxes,
      digits: 3,
      beside: `${lookups} a day at a scale of 1 to ${scale}`,
    },
    {
      ...info,
      name: '- WRU of a head run',
      measured: units.head.writes / runs.head,
      beside: `head run ${of('head', runs.head)}; trailing run ${of('trailing', runs.trailing)}; lists ${of('snapshots', runs.snapshots)}; loaded object ${of('load', pulled + callbackObjects)}`,
    },
  ];
}

/** Callbacks a fax of an account that has events in flight switched on: each page that is sent, each retry. */
async function eventsInFlight(): Promise<number> {
  const clock = new ManualClock(NOW);
  const endpoint = await CallbackEndpoint.listen();
  let sent = 0;
  let ended = 0;
  endpoint.serve(async ({ body, isBase64Encoded }) => {
    sent += 1;
    if (Buffer.from(body ?? '', isBase64Encoded ? 'base64' : 'utf8').includes('fax_completed')) ended += 1;
    return { statusCode: 200 };
  });
  const simulator = createSimulator({
    seed: 7,
    clock,
    world: { days: 2, faxesPerDay: 2000 },
    callbacks: { url: endpoint.url, inflightEvents: true },
  });
  try {
    await simulator.start();
    clock.advance(DAY);
    await simulator.callbacks.deliverDue(clock.now());
    return sent / Math.max(1, ended);
  } finally {
    await simulator.stop();
    await endpoint.close();
  }
}

/** What lies in S3 and in Postgres for a fax and for an object. */
async function sizeFigures({ pool, takeIds }: Ground): Promise<Figure[]> {
  const { bytes } = await encodeEnvelope(faxEnvelope(takeIds(PAGE_FAXES), 'late'));
  const { rows } = await pool.query<{ name: string; bytes: string; rows: string }>(`
    select c.oid::regclass::text as name, pg_total_relation_size(c.oid)::text as bytes, c.reltuples::bigint::text as rows
    from pg_class c where c.relnamespace::regnamespace::text in ('warehouse', 'ops') and c.relkind = 'r' and c.reltuples > 0
    order by pg_total_relation_size(c.oid) desc limit 8`);
  return [
    {
      name: 'callbacks a fax with events in flight switched on',
      target: null,
      measured: await eventsInFlight(),
      beside: 'without them one: how the fax ended',
    },
    {
      name: 'a landed page of 1,000 faxes, bytes a fax',
      target: null,
      measured: bytes.byteLength / PAGE_FAXES,
      digits: 0,
      beside: 'gzip',
    },
    {
      name: 'tables, bytes a row with indexes',
      target: null,
      measured: rows.length,
      digits: 0,
      beside: rows
        .map((row) => `${row.name} ${(Number(row.bytes) / Number(row.rows)).toFixed(0)} x ${row.rows}`)
        .join(', '),
    },
  ];
}
