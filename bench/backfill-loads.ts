import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Envelope, LandingZone } from '../src/landing/contract.ts';
import { FolderLandingZone } from '../src/landing/folder.ts';
import { STREAMS } from '../src/streams/registry.ts';
import { prepareLoad } from '../src/streams/stream.ts';
import { loadObject } from '../src/warehouse/load-object.ts';
import { faxEnvelope, PAGE_FAXES, wireFax } from './faxes.ts';
import { median } from './figures.ts';
import { BENCH_LOAD, type Ground, secondsOf } from './ground.ts';

/** ms of one object, read and under the lock. */
export interface LoadCost {
  readonly readMs: number;
  readonly lockedMs: number;
}

/** What the two kinds of objects cost that a backfill loads beside each other. */
export interface LoadCosts {
  readonly page: LoadCost;
  readonly callback: LoadCost;
}

/** Pages of 1,000 new faxes that are loaded; one more warms. */
export const MEASURED_PAGES = 30;
/** Callbacks that are loaded; one more warms. */
export const MEASURED_CALLBACKS = 200;

/** What loading pages of new faxes and callbacks takes on the real database. */
export async function measureLoads(ground: Ground): Promise<LoadCosts> {
  const folder = await mkdtemp(join(tmpdir(), 'faxsync-bench-'));
  const landing = new FolderLandingZone(folder);
  try {
    const first = ground.takeIds((MEASURED_PAGES + 1) * PAGE_FAXES);
    const pages = Array.from({ length: MEASURED_PAGES + 1 }, (_, page) =>
      faxEnvelope(first + page * PAGE_FAXES, 'early'),
    );
    const callbacks = Array.from({ length: MEASURED_CALLBACKS + 1 }, (_, index) => callbackEnvelope(first + 7 * index));
    return { page: await costOf(ground, landing, pages), callback: await costOf(ground, landing, callbacks) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The median of all but the first object, which warms. */
async function costOf({ pool }: Ground, landing: LandingZone, envelopes: readonly Envelope[]): Promise<LoadCost> {
  const reads: number[] = [];
  const writes: number[] = [];
  for (const envelope of envelopes) {
    const { key } = await landing.put(envelope);
    const stream = STREAMS.get(envelope.stream);
    if (stream === undefined) throw new Error(`no stream ${envelope.stream}`);
    let prepared: ReturnType<typeof prepareLoad> | undefined;
    const read = await secondsOf(async () => {
      prepared = prepareLoad(stream, key, await landing.get(key), { v1Zone: BENCH_LOAD.billingZone });
    });
    const write = await secondsOf(() => (prepared === undefined ? undefined : loadObject(pool, prepared, BENCH_LOAD)));
    reads.push(read * 1000);
    writes.push(write * 1000);
  }
  return { readMs: median(reads.slice(1)), lockedMs: median(writes.slice(1)) };
}

/** Later than everything else the bench observes. */
const CALLBACK_OBSERVATION = 1_000_000_000;

/** The callback that says how a fax ended which is under way, or which is known already. */
function callbackEnvelope(id: number): Envelope {
  const fax = wireFax(id, 'late');
  const at = Date.parse(fax.completed_at ?? fax.created_at) + 2000;
  const fields = {
    fax: JSON.stringify(fax),
    event_type: 'fax_completed',
    success: 'true',
    is_test: 'false',
    direction: fax.direction,
  };
  return {
    version: 1,
    account: 'bench',
    stream: 'faxes',
    dialect: 'v2.1',
    kind: 'callback',
    window: null,
    pass: null,
    observation: CALLBACK_OBSERVATION + id,
    requestedAt: at,
    respondedAt: at,
    subjectId: String(id),
    eventType: 'fax_completed',
    digest: null,
    bodies: [{ status: null, encoding: 'utf8', body: JSON.stringify(fields) }],
  };
}
