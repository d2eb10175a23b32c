import type { AttributeValue, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { ScanCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toIso } from '../../src/domain/time.ts';
import { backfillPassName, standardPassNames } from '../../src/pipeline/passes.ts';
import { ATTEMPTS_MAX } from '../../src/state/attempts.ts';
import { DynamoStateStore } from '../../src/state/dynamodb.ts';
import { LISTED_STREAMS } from '../../src/streams/registry.ts';
import { ListProvider } from '../pipeline/list-provider.ts';
import { PullBed, type PullWorld } from '../pipeline/pull-world.ts';
import { dynamoClient, startDynamo, type TestDynamo } from '../support/dynamodb.ts';
import { wireFax } from '../support/landed.ts';
import { PROPERTY_SEED, seededRandom } from '../support/random.ts';
import { DAY, HOUR, LoadRig, MINUTE, SECOND, START } from './load-rig.ts';

const ENVIRONMENT = { clock: { sleep: async () => {} }, random: seededRandom(1) };
/** The most that DynamoDB takes in one item. */
const ITEM_BYTES_MAX = 400 * 1024;

/** Faults by how DynamoDB shows them; `lost` means that the call was done and its answer is not known. */
const FAULTS = [
  'ProvisionedThroughputExceededException',
  'ThrottlingException',
  'InternalServerError',
  'lost',
] as const;

let dynamo: TestDynamo;
let bed: PullBed;
beforeAll(async () => {
  dynamo = await startDynamo();
  bed = await PullBed.open();
});
afterAll(async () => {
  await dynamo.stop();
  await bed.close();
});

/** A client whose calls fail with this chance, evenly by kind, and how often each happened. */
function faultyClient(
  chance: () => number,
  kinds: readonly string[] = FAULTS,
): {
  client: DynamoDBClient;
  met: Record<string, number>;
  calls: () => number;
} {
  const client = dynamoClient(dynamo.endpoint);
  const random = seededRandom(PROPERTY_SEED);
  const met: Record<string, number> = {};
  let calls = 0;
  client.middlewareStack.add(
    (next) => async (args) => {
      calls += 1;
      const fault = random() < chance() ? (kinds[Math.floor(random() * kinds.length)] ?? 'lost') : null;
      if (fault === null) return next(args);
      met[fault] = (met[fault] ?? 0) + 1;
      if (fault === 'lost') await next(args);
      throw Object.assign(new Error('injected'), { name: fault === 'lost' ? 'TimeoutError' : fault });
    },
    { step: 'initialize' },
  );
  return { client, met, calls: () => calls };
}

/** The same account of 3,000 faxes in 60 days for every run. */
function accountOf(name: string, chance: () => number, kinds?: readonly string[]) {
  const random = seededRandom(3_000);
  const faxes = Array.from({ length: 3_000 }, (_, index) => ({
    id: index + 1,
    createdAt: Math.floor((START - random() * 60 * DAY) / SECOND),
  }));
  const world = bed.world(new ListProvider(faxes, { dialect: 'v2.1', pageMax: 100 }), START);
  const line = faultyClient(chance, kinds);
  world.state = new DynamoStateStore(line.client, name, ENVIRONMENT);
  return { world, ...line };
}

async function faxesLanded(world: PullWorld): Promise<number> {
  return (await world.landedFaxIds()).size;
}

describe('a pull over a state store in trouble', () => {
  it("lands every fax with no more provider calls, though a quarter of the store's calls fail or are answered to nobody", async () => {
    await dynamo.createStateTable('calm');
    await dynamo.createStateTable('rough');
    const calm = accountOf('calm', () => 0);
    const rough = accountOf('rough', () => 0.25);
    const [asItShould, asItWas] = [await calm.world.pull(), await rough.world.pull()];
    expect(asItShould).toMatchObject({ end: 'done', failure: null });
    expect(asItWas).toMatchObject({ end: 'done', failure: null });
    expect(await faxesLanded(rough.world)).toBe(3_000);
    expect(rough.world.provider.calls).toBe(calm.world.provider.calls);
    for (const pass of standardPassNames())
      expect(await rough.world.position(pass)).toBe(await calm.world.position(pass));
    expect(Object.keys(rough.met).sort()).toEqual([...FAULTS].sort());
    const faults = Object.values(rough.met).reduce((sum, count) => sum + count, 0);
    console.log(
      `3,000 faxes pulled over a state store that failed ${faults} of ${rough.calls()} calls, seed ${PROPERTY_SEED}: ${rough.world.provider.calls} list calls, as without faults (${calm.calls()} calls of the store)`,
    );
  });

  it('ends in a bounded number of calls when the store refuses everything, and goes on from its cursors when it is back', async () => {
    await dynamo.createStateTable('gone');
    let isGone = false;
    const { world, calls } = accountOf('gone', () => (isGone ? 1 : 0), ['ThrottlingException']);
    let callsBefore = 0;
    world.provider.beforePage = (call) => {
      if (call !== 20) return;
      isGone = true;
      callsBefore = calls();
    };
    const first = await world.pull();
    expect(first).toMatchObject({ end: 'failed', failure: { code: 'state_unavailable', retryable: true } });
    const spent = calls() - callsBefore;
    // What failed, and giving the lease back.
    expect(spent).toBeLessThanOrEqual(3 * ATTEMPTS_MAX);
    isGone = false;
    world.clock.advance(HOUR);
    expect(await world.pull()).toMatchObject({ end: 'done', failure: null });
    expect(await faxesLanded(world)).toBe(3_000);
    console.log(`a state store that refuses everything costs a run ${spent} calls; the next run landed the rest`);
  });
});

describe('the loader over a state store in trouble', () => {
  it('keeps the rows it has written, gives the message back once, and loads the others meanwhile', async () => {
    const table = await dynamo.createStateTable('watch');
    let isGone = true;
    const { client } = faultyClient(() => (isGone ? 1 : 0), ['ThrottlingException']);
    const state = new DynamoStateStore(client, table, ENVIRONMENT);
    const rig = await LoadRig.open({ state });
    try {
      const window = { after: START - HOUR, before: START };
      const open = wireFax(1, toIso(window.after + SECOND));
      const shown = [
        await rig.land({ observation: 10, at: START, window }, [{ ...open, status: 'success' }]),
        await rig.land({ observation: 11, at: START + 1, kind: 'lookup', subjectId: '1' }, open),
      ];
      for (const key of [...shown, await rig.landFax(3), await rig.landFax(4)]) rig.source.announce(key);
      await rig.source.runUntil(START + MINUTE);
      expect(await rig.count('ops.landed_objects')).toBe(4);
      expect(rig.source.done).toHaveLength(3);
      isGone = false;
      await rig.source.drain();
      expect(rig.source).toMatchObject({ dead: [], waiting: 0 });
      expect(Math.max(...rig.source.done.map(({ receives }) => receives))).toBe(2);
      // What the first try could not say, the next look that disagrees does.
      rig.source.announce(await rig.land({ observation: 12, at: START + 2, kind: 'lookup', subjectId: '1' }, open));
      await rig.source.drain();
      expect(await state.dueObjects('main', 'faxes', rig.source.clock.now(), 10)).toMatchObject([{ subjectId: '1' }]);
    } finally {
      await rig.close();
    }
  });
});

/** Bytes of an item as DynamoDB counts them: names and values in UTF-8, 21 for a number at most. */
function bytesOf(item: Readonly<Record<string, AttributeValue>>): number {
  return Object.entries(item).reduce((sum, [name, value]) => sum + Buffer.byteLength(name) + bytesOfValue(value), 0);
}

function bytesOfValue({ S, N, M }: AttributeValue): number {
  if (M !== undefined) return 3 + bytesOf(M) + Object.keys(M).length;
  return S !== undefined ? Buffer.byteLength(S) : N !== undefined ? 21 : 1;
}

describe('the state in DynamoDB', () => {
  it('stays far below the largest item after a year of passes, lists and a backfill a day', async () => {
    const table = await dynamo.createStateTable('small');
    const store = new DynamoStateStore(dynamo.client, table, ENVIRONMENT);
    const key = { account: 'clinic', stream: 'faxes' };
    for (const pass of standardPassNames())
      await store.advanceCursor({ ...key, pass }, { position: START, widthMs: HOUR }, 1, START);
    for (const { name } of LISTED_STREAMS) {
      for (const pass of ['snapshot', 'failed']) {
        await store.advanceCursor(
          { account: 'clinic', stream: name, pass },
          { position: START, widthMs: null },
          1,
          START,
        );
      }
    }
    for (let day = 0; day < 365; day++) {
      const pass = backfillPassName(START - (day + 1) * DAY, START - day * DAY);
      await store.advanceCursor({ ...key, pass }, { position: START, widthMs: HOUR }, 1, START);
    }
    await store.watch({ ...key, subjectId: '1'.repeat(20) }, 'looks_disagree', START);
    await store.rememberDigest('clinic', 'a'.repeat(64), DAY, START);
    await store.acquireLease('clinic', 'run', MINUTE, START);
    await store.takeToken('clinic', { ratePerSecond: 1, burst: 1 }, START);
    const { Items = [] } = await dynamo.client.send(new ScanCommand({ TableName: table }));
    const largest = Math.max(...Items.map(bytesOf));
    expect(Items.length).toBeGreaterThan(4);
    expect(largest).toBeLessThan(ITEM_BYTES_MAX / 4);
    console.log(
      `largest item of the state after a year with a backfill a day: ${Math.round(largest / 1024)} kB of ${ITEM_BYTES_MAX / 1024} kB, ${Items.length} items`,
    );
  });

  it('refuses what is too large at once and by name, without a repeat', async () => {
    const table = await dynamo.createStateTable('large');
    const { client, calls } = faultyClient(() => 0);
    const store = new DynamoStateStore(client, table, ENVIRONMENT);
    const huge = { account: 'clinic', stream: 'phax_codes', subjectId: 'x'.repeat(ITEM_BYTES_MAX + 1) };
    await expect(store.watch(huge, 'not_looked_up', START)).rejects.toMatchObject({
      code: 'state_unusable',
      retryable: false,
      context: { causeCode: 'ValidationException' },
    });
    expect(calls()).toBe(1);
  });
});
