import type { SQSEvent } from 'aws-lambda';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAuditHandler } from '../../functions/audit.ts';
import { createCanaryHandler, handler } from '../../functions/canary.ts';
import { createLoadHandler } from '../../functions/load.ts';
import { createReconcileHandler } from '../../functions/reconcile.ts';
import { createReportHandler } from '../../functions/report.ts';
import { LOCAL_CONTEXT } from '../../src/cli/local-host.ts';
import { CANARY_WORD } from '../../src/domain/canary-word.ts';
import { RECONCILIATION_DEFAULTS } from '../../src/domain/reconciliation.ts';
import { HOUR_MS } from '../../src/domain/time.ts';
import { S3LandingZone } from '../../src/landing/s3.ts';
import { S3Announcer } from '../../src/landing/s3-announcer.ts';
import { CANARY_ACCOUNT } from '../../src/pipeline/canary.ts';
import { createLogger } from '../../src/runtime/logger.ts';
import { S3ReportStore } from '../../src/runtime/report-store.ts';
import { systemClock } from '../../src/runtime/system-clock.ts';
import { DynamoStateStore } from '../../src/state/dynamodb.ts';
import { countedMetrics } from '../support/counted-metrics.ts';
import { freshDatabase, type TestDatabase } from '../support/database.ts';
import { startDynamo, type TestDynamo } from '../support/dynamodb.ts';
import { seededRandom } from '../support/random.ts';
import { type ReaderLogin, readerOf } from '../support/reader-login.ts';
import { S3Server } from '../support/s3-server.ts';
import { rowTexts } from '../support/stored-texts.ts';

const NOW = Date.UTC(2026, 10, 20, 12);

describe('the canary', () => {
  let database: TestDatabase;
  let reader: ReaderLogin;
  let dynamo: TestDynamo;
  let server: S3Server;
  let landing: S3LandingZone;
  let state: DynamoStateStore;
  let now = NOW;
  const clock = { ...systemClock, now: () => now };
  /** Every line of every function, of the log and of the metrics. */
  const lines: string[] = [];
  const counts = countedMetrics('all');
  const log = (service: string) => createLogger({ service, level: 'DEBUG', write: (line) => lines.push(line) });
  const { metrics } = counts;

  beforeAll(async () => {
    database = await freshDatabase();
    reader = await readerOf(database, { mayReconcile: true });
    dynamo = await startDynamo();
    const random = seededRandom(7);
    state = new DynamoStateStore(dynamo.client, await dynamo.createStateTable('canary'), { clock, random });
    server = new S3Server(['zone']);
    server.now = () => now;
    landing = new S3LandingZone({ client: await server.start(), bucket: 'zone' });
  });
  afterAll(async () => {
    landing.options.client.destroy();
    await server.stop();
    await dynamo.stop();
    await database.drop();
    await reader.drop();
  });

  const random = seededRandom(11);
  const send = () =>
    createCanaryHandler({ clock, log: log('canary'), metrics, canaryPorts: () => ({ clock, random, state, landing }) })(
      {},
      LOCAL_CONTEXT,
    );
  const load = (messages: readonly string[]) =>
    createLoadHandler({
      landing,
      pool: database.pool,
      state,
      clock,
      random,
      accountSettings: () => ({ v1Zone: 'America/Chicago', billingZone: 'America/Chicago' }),
      log: log('load'),
      metrics,
      landedKeyOf: (key) => landing.keyOf(key),
    })(
      { Records: messages.map((body, index) => ({ messageId: String(index), body })) } as unknown as SQSEvent,
      LOCAL_CONTEXT,
    );
  const measure = () =>
    createReconcileHandler({
      clock,
      log: log('reconcile'),
      metrics,
      codeVersion: 'test',
      reconcileDeps: async () => ({ pool: reader.pool, settings: RECONCILIATION_DEFAULTS }),
    })({ account: 'main', task: 'measure' }, LOCAL_CONTEXT);

  async function ageOfCanary(): Promise<unknown> {
    counts.counted();
    await measure();
    return counts.counted().find((line) => 'CanaryAge' in line)?.['CanaryAge'];
  }

  it('goes the whole road: landed, told of, loaded, and its age measured in the warehouse', async () => {
    expect(await ageOfCanary()).toBeUndefined();
    const { key } = await send();
    expect(key).toMatch(/^canary\/0{13}\/0{15}1\.faxes\.lookup\./);
    expect(counts.counted()).toEqual([{ service: 'all', CanariesSent: 1 }]);
    expect(await load(server.notifications.splice(0))).toEqual({ batchItemFailures: [] });
    now += 2 * HOUR_MS;
    expect(await ageOfCanary()).toBe(7_200);
  });

  it('is written anew each day, into one row without a rejected value, a surprise of form or a cent', async () => {
    for (let day = 0; day < 3; day++) {
      now += 24 * HOUR_MS;
      await send();
      await load(server.notifications.splice(0));
      expect(await ageOfCanary()).toBe(0);
    }
    const { rows } = await database.pool.query(
      `select f.is_test, f.cost_cents, f.stage, f.missing_since,
         (select count(*)::integer from warehouse.faxes) as faxes, (select count(*)::integer from warehouse.fax_history) as changes,
         (select count(*)::integer from ops.rejected_records) as rejected, (select count(*)::integer from ops.schema_drift) as drift,
         (select sum(rejected_count)::integer from ops.landed_objects) as refused
       from warehouse.faxes f`,
    );
    const clean = { rejected: 0, drift: 0, refused: 0 };
    expect(rows).toEqual([
      { is_test: true, cost_cents: 0, stage: 3, missing_since: null, faxes: 1, changes: 1, ...clean },
    ]);
    expect(await state.dueObjects(CANARY_ACCOUNT, 'faxes', now + 24 * HOUR_MS, 10)).toEqual([]);
  });

  it('carries its word in every text, and no log, metric, key, failure or page of any function holds it', async () => {
    // What may hold it holds it: names and values of tags, the caller's name, the barcode, in the landing zone and in the warehouse.
    const { key } = await send();
    const [body = ''] = (await landing.get(key)).bodies.map(({ body: text }) => text);
    expect(body.split(CANARY_WORD)).toHaveLength(1 + 4);
    await load(server.notifications.splice(0));
    const stored = await rowTexts(database.pool);
    expect(stored.some((text) => text.includes(CANARY_WORD))).toBe(true);

    // Everything that can go wrong with it: refused by the database, unreadable, not tellable, given up.
    await send();
    const pending = server.notifications.splice(0);
    await database.pool.query(
      'alter table warehouse.faxes add constraint canary check (caller_name is null) not valid',
    );
    await load(pending);
    await database.pool.query('alter table warehouse.faxes drop constraint canary');
    await database.pool.query('alter table warehouse.fax_barcodes rename to fax_barcodes_away');
    await send();
    await load([...server.notifications.splice(0), 'no json', `{"Records":[{"s3":{"object":{"key":"${key}"}}}]}`]);
    await database.pool.query('alter table warehouse.fax_barcodes_away rename to fax_barcodes');
    const path = `zone/${key}`;
    const bytes = server.bytesOf(path) ?? new Uint8Array();
    server.plant(path, bytes.subarray(0, 50));
    await load([`{"Records":[{"s3":{"object":{"key":"${key}"}}}]}`]);
    server.faults.push({ method: 'PUT', status: 500, code: 'InternalError' });
    const failures = [await send().catch((error: unknown) => error)];
    now += HOUR_MS;
    const audit = createAuditHandler({
      clock,
      log: log('audit'),
      metrics,
      auditDeps: () => ({
        landing,
        pool: reader.pool,
        announcer: new S3Announcer(landing.options),
        graceMs: HOUR_MS - 1,
      }),
    });
    for (let round = 0; round < 4; round++) await audit({ account: CANARY_ACCOUNT }, LOCAL_CONTEXT);
    await measure();
    const report = createReportHandler({
      clock,
      log: log('report'),
      reportDeps: async () => ({ pool: reader.pool, store: new S3ReportStore(landing.options.client, 'zone') }),
    });
    await report({ account: CANARY_ACCOUNT }, LOCAL_CONTEXT);
    const page = Buffer.from(server.bytesOf(`zone/${CANARY_ACCOUNT}/latest.html`) ?? []).toString();

    const shown = failures.map((error) => (error instanceof Error ? `${error.message} ${error.stack}` : String(error)));
    const sinks = {
      lines,
      metrics: counts.texts,
      keys: server.keys(),
      messages: server.notifications,
      failures: shown,
      pages: [page],
    };
    for (const [sink, texts] of Object.entries(sinks)) {
      expect(texts.length, sink).toBeGreaterThan(0);
      expect(
        texts.filter((text) => text.includes(CANARY_WORD)),
        sink,
      ).toEqual([]);
    }
    expect(lines.filter((line) => line.includes('dropped_keys'))).toEqual([]);
    expect(lines.some((line) => line.includes('"level":"ERROR"'))).toBe(true);
    expect(lines.some((line) => line.includes('object given up'))).toBe(true);

    // The same search bites: a line as a careless one would write it.
    const careless: string[] = [];
    createLogger({ service: 'load', write: (line) => careless.push(line) }).info(`fax of ${CANARY_WORD}-1 loaded`);
    expect(careless.filter((text) => text.includes(CANARY_WORD))).toHaveLength(1);
  });

  it('is counted as not sent where it could not be landed, so that the schedule tries again', async () => {
    counts.counted();
    server.faults.push({ method: 'PUT', status: 403, code: 'AccessDenied' });
    await expect(send()).rejects.toMatchObject({ code: 'landing_unusable' });
    expect(counts.counted()).toEqual([{ service: 'all', CanariesSent: 0 }]);
  });

  it('is deployed with a runtime of its own', async () => {
    await expect(handler({}, LOCAL_CONTEXT)).rejects.toMatchObject({ code: 'setting_missing' });
  });
});
