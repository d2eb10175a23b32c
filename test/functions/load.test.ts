import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SQSEvent } from 'aws-lambda';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLoadHandler, LOAD_RESERVE_MS, type LoadHandler } from '../../functions/load.ts';
import { LOCAL_CONTEXT } from '../../src/cli/local-host.ts';
import type { Clock } from '../../src/domain/clock.ts';
import { toIso } from '../../src/domain/time.ts';
import { FolderLandingZone } from '../../src/landing/folder.ts';
import { createLogger } from '../../src/runtime/logger.ts';
import { systemClock } from '../../src/runtime/system-clock.ts';
import { PostgresStateStore } from '../../src/state/postgres.ts';
import { countedMetrics } from '../support/counted-metrics.ts';
import { freshDatabase, type TestDatabase } from '../support/database.ts';
import { envelopeOf, type LandedSpec, wireFax } from '../support/landed.ts';

const START = Date.UTC(2026, 8, 1, 12);
const WINDOW = { after: START, before: START + 3_600_000 };

describe('the load function', () => {
  let database: TestDatabase;
  let folder: string;
  let landing: FolderLandingZone;
  let handler: LoadHandler;
  let state: PostgresStateStore;
  const lines: string[] = [];
  let takesPhaxCodes: boolean | undefined;
  const { metrics, counted } = countedMetrics('load');
  let clock: Clock = systemClock;

  beforeAll(async () => {
    database = await freshDatabase();
    folder = await mkdtemp(join(tmpdir(), 'faxsync-load-'));
    landing = new FolderLandingZone(folder);
    state = new PostgresStateStore(database.pool, { clock: systemClock, random: Math.random });
    handler = createLoadHandler({
      landing,
      pool: database.pool,
      state,
      clock: { now: () => clock.now(), sleep: (ms, signal) => systemClock.sleep(ms, signal) },
      random: Math.random,
      accountSettings: () => ({
        v1Zone: 'America/Chicago',
        billingZone: 'America/Chicago',
        ...(takesPhaxCodes === undefined ? {} : { takesPhaxCodes }),
      }),
      log: createLogger({ service: 'load', write: (line) => lines.push(line) }),
      metrics,
      landedKeyOf: (key) => (key.startsWith('elsewhere/') ? null : key),
    });
  });
  afterAll(async () => {
    await database.drop();
    await rm(folder, { recursive: true });
  });

  async function land(spec: Partial<LandedSpec> & { observation: number }, data: unknown): Promise<string> {
    const { key } = await landing.put(envelopeOf({ at: START + spec.observation, window: WINDOW, ...spec }, data));
    return key;
  }

  function event(...bodies: readonly string[]): SQSEvent {
    const attributes = {
      ApproximateReceiveCount: '1',
      SentTimestamp: '0',
      SenderId: 's',
      ApproximateFirstReceiveTimestamp: '0',
    };
    return {
      Records: bodies.map((body, i) => ({
        messageId: `message-${i}`,
        receiptHandle: '',
        body,
        attributes,
        messageAttributes: {},
        md5OfBody: '',
        eventSource: 'aws:sqs',
        eventSourceARN: '',
        awsRegion: '',
      })),
    };
  }

  const created = (...keys: readonly string[]) =>
    JSON.stringify({
      Records: keys.map((key) => ({ s3: { bucket: { name: 'b' }, object: { key: encodeURIComponent(key) } } })),
    });

  async function failures(...bodies: readonly string[]): Promise<string[]> {
    const { batchItemFailures } = await handler(event(...bodies), LOCAL_CONTEXT);
    return batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);
  }

  it('gives back only the messages that failed, and loads the others', async () => {
    const good = [
      await land({ observation: 1 }, [wireFax(1, toIso(START))]),
      await land({ observation: 2 }, [wireFax(1, toIso(START)), wireFax(2, toIso(START))]),
    ];
    const [first = '', second = ''] = good;
    const missing = first.replace(/[0-9a-f]{12}\.json/, '000000000000.json');
    const unknown = await land({ observation: 3, stream: 'holograms' }, []);
    expect(
      await failures(
        created(first),
        'not json',
        created(missing),
        created(unknown),
        '{"hello":1}',
        created('elsewhere/x'),
        created(second),
      ),
    ).toEqual(['message-1', 'message-2', 'message-3', 'message-4', 'message-5']);
    const found = await database.pool.query('select fax_id from warehouse.faxes order by 1');
    expect(found.rows).toEqual([{ fax_id: '1' }, { fax_id: '2' }]);
  });

  it('takes the message that S3 sends when a notification is set up', async () => {
    expect(await failures('{"Service":"Amazon S3","Event":"s3:TestEvent","Bucket":"b"}')).toEqual([]);
  });

  it('takes a message a second time without doing anything', async () => {
    const key = await land({ observation: 5 }, [
      wireFax(1, toIso(START)),
      wireFax(2, toIso(START)),
      wireFax(5, toIso(START)),
    ]);
    await failures(created(key));
    const before = await database.pool.query('select * from warehouse.fax_history order by 1, 2, 3');
    expect(await failures(created(key, key))).toEqual([]);
    expect((await database.pool.query('select * from warehouse.fax_history order by 1, 2, 3')).rows).toEqual(
      before.rows,
    );
  });

  it('puts a fax whose looks disagree on the watch list', async () => {
    await failures(
      created(await land({ observation: 10, at: START + 10 }, [wireFax(7, toIso(START), { status: 'success' })])),
    );
    await failures(created(await land({ observation: 11, at: START + 11 }, [wireFax(7, toIso(START))])));
    const due = await state.dueObjects('main', 'faxes', systemClock.now() + 1000, 10);
    expect(due.map(({ subjectId, reason }) => ({ subjectId, reason }))).toEqual([
      { subjectId: '7', reason: 'looks_disagree' },
    ]);
  });

  it('puts PhaxCodes that nothing is stored of on the watch list, unless no pull asks for them', async () => {
    const named = (id: number, identifier: string) => {
      const barcodes = [{ type: 'phax_code', page: 1, identifier, metadata: 'm' }];
      return wireFax(id, toIso(START + 60_000), { status: 'success', barcodes });
    };
    const single = { kind: 'callback', window: null } as const;
    takesPhaxCodes = false;
    await failures(created(await land({ observation: 12, ...single }, named(30, 'left-out'))));
    takesPhaxCodes = true;
    await failures(created(await land({ observation: 13, ...single }, named(31, 'px:canary-code'))));
    takesPhaxCodes = undefined;
    await failures(created(await land({ observation: 14, ...single }, named(32, 'second'))));
    const due = await state.dueObjects('main', 'phax_codes', systemClock.now() + 1000, 10);
    expect(due.map(({ subjectId, reason }) => `${subjectId} ${reason}`).sort()).toEqual([
      'canary-code not_looked_up',
      'second not_looked_up',
    ]);
    expect(lines.join('\n')).not.toContain('canary-code');
  });

  it('counts what it loaded, what came back, and how long after the answer it was', async () => {
    counted();
    clock = { ...systemClock, now: () => START + 60_000 };
    const rows = [wireFax(41, toIso(START)), wireFax(42, toIso(START), { cost: -1 })];
    const at = { at: START + 45_000, kind: 'lookup', window: null } as const;
    const own = await land({ observation: 30, ...at, at: START }, rows[0]);
    const other = await land({ observation: 31, ...at, account: 'second' }, rows[1]);
    const unknown = await land({ observation: 32, ...at, stream: 'holograms' }, []);
    await failures(created(own), created(other), created(own), created(unknown), 'not json');
    clock = systemClock;
    const loaded = (account: string, rejected: number, delay: number) => ({
      service: 'load',
      account,
      ObjectsLoaded: 1,
      RecordsLoaded: 1,
      RecordsRejected: rejected,
      LoadDelay: delay,
    });
    expect(counted()).toEqual([
      { ...loaded('main', 0, 59.8), LoadFailed: 1 },
      loaded('second', 1, 14.8),
      { service: 'load', LoadFailed: 1 },
    ]);
  });

  it('counts every message that comes back: also those it gives back untried, of no account', async () => {
    const keys = await Promise.all(
      [50, 51, 52].map((observation) =>
        land({ observation, kind: 'lookup', window: null }, wireFax(observation, toIso(START))),
      ),
    );
    counted();
    let remainingMs = LOAD_RESERVE_MS;
    const context = { ...LOCAL_CONTEXT, getRemainingTimeInMillis: () => remainingMs-- };
    const { batchItemFailures } = await handler(event(...keys.map((key) => created(key))), context);
    expect(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier)).toEqual(['message-1', 'message-2']);
    expect(counted()).toEqual([
      expect.objectContaining({ account: 'main', ObjectsLoaded: 1 }),
      { service: 'load', LoadFailed: 2 },
    ]);
  });

  it('takes an object that was announced again by its tag like one that is new', async () => {
    const key = await land({ observation: 33, kind: 'lookup', window: null }, wireFax(43, toIso(START)));
    const tagged = {
      eventName: 'ObjectTagging:Put',
      s3: { bucket: { name: 'b' }, object: { key: encodeURIComponent(key), eTag: 'e', versionId: 'v' } },
    };
    expect(await failures(JSON.stringify({ Records: [tagged] }))).toEqual([]);
    const found = await database.pool.query('select 1 from ops.landed_objects where landed_key = $1', [key]);
    expect(found.rowCount).toBe(1);
  });

  it('logs counts and keys, and no value of any fax', async () => {
    await failures(
      created(
        await land({ observation: 20 }, [
          wireFax(9, toIso(START), { caller_name: 'Canary Smith', tags: { patient: 'canary-tag' } }),
        ]),
      ),
    );
    const log = lines.join('\n');
    expect(log).toContain('objects loaded');
    expect(log).not.toMatch(/Canary|canary-tag|4145550123/);
  });
});
