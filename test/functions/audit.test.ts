import type { Context } from 'aws-lambda';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  ANNOUNCED_TIMES_MAX,
  AUDIT_RESERVE_MS,
  type AuditHandler,
  createAuditHandler,
  handler,
} from '../../functions/audit.ts';
import { createLoadHandler, type LoadHandler } from '../../functions/load.ts';
import { LOCAL_CONTEXT } from '../../src/cli/local-host.ts';
import { SettingsError } from '../../src/domain/errors.ts';
import { toIso } from '../../src/domain/time.ts';
import { S3LandingZone } from '../../src/landing/s3.ts';
import { S3Announcer } from '../../src/landing/s3-announcer.ts';
import { type AuditDeps, auditDeps } from '../../src/runtime/audit-deps.ts';
import { createLogger } from '../../src/runtime/logger.ts';
import { Runtime } from '../../src/runtime/runtime.ts';
import { parseSettings } from '../../src/runtime/settings.ts';
import { systemClock } from '../../src/runtime/system-clock.ts';
import { PostgresStateStore } from '../../src/state/postgres.ts';
import { countedMetrics } from '../support/counted-metrics.ts';
import { freshDatabase, type TestDatabase } from '../support/database.ts';
import { envelopeOf, wireFax } from '../support/landed.ts';
import { type ReaderLogin, readerOf } from '../support/reader-login.ts';
import { S3Server } from '../support/s3-server.ts';

const HOUR = 3_600_000;
/** Less than between two looks of {@link landLooks}. */
const GRACE_MS = HOUR / 2;
const NOW = Date.UTC(2026, 10, 1, 12);

let database: TestDatabase;
let reader: ReaderLogin;
let server: S3Server;
let landing: S3LandingZone;
let load: LoadHandler;
let audit: AuditHandler;
let account: string;
let now: number;
let lines: Record<string, unknown>[];
let overrides: Partial<AuditDeps>;
let count = 0;
const { metrics, counted } = countedMetrics('audit');

beforeAll(async () => {
  database = await freshDatabase();
  reader = await readerOf(database);
  server = new S3Server(['zone']);
  server.now = () => now;
  landing = new S3LandingZone({ client: await server.start(), bucket: 'zone' });
  load = createLoadHandler({
    landing,
    pool: database.pool,
    state: new PostgresStateStore(database.pool, { clock: systemClock, random: Math.random }),
    clock: systemClock,
    random: Math.random,
    accountSettings: () => ({ v1Zone: 'America/Chicago', billingZone: 'America/Chicago' }),
    log: createLogger({ service: 'load', write: () => {} }),
    landedKeyOf: (key) => landing.keyOf(key),
  });
});
afterAll(async () => {
  landing.options.client.destroy();
  await server.stop();
  await database.drop();
  await reader.drop();
});
beforeEach(() => {
  count += 1;
  account = `clinic-${count}`;
  now = NOW;
  lines = [];
  overrides = {};
  counted();
  audit = createAuditHandler({
    clock: { ...systemClock, now: () => now },
    log: createLogger({ service: 'audit', write: (line) => lines.push(JSON.parse(line)) }),
    metrics,
    auditDeps: async (asked) => {
      if (asked !== account) throw new SettingsError('no such account', { code: 'unknown_account' });
      const announcer = new S3Announcer(landing.options);
      return { landing, pool: reader.pool, announcer, graceMs: GRACE_MS, ...overrides };
    },
  });
});

const contextOf = (remainingMs: number): Context => ({ ...LOCAL_CONTEXT, getRemainingTimeInMillis: () => remainingMs });

/** Lands looks at one fax each, an hour apart, the last of them now. */
async function landLooks(looks: number): Promise<string[]> {
  const keys: string[] = [];
  for (let observation = 1; observation <= looks; observation++) {
    now = NOW - (looks - observation) * HOUR;
    const spec = { observation, at: now, account, kind: 'lookup' } as const;
    keys.push((await landing.put(envelopeOf(spec, wireFax(observation, toIso(now))))).key);
  }
  return keys;
}

/** Takes what the bucket told since the last time to the loader; answers how many objects that were. */
async function deliver(keep: (message: string) => boolean = () => true): Promise<number> {
  const messages = server.notifications.splice(0).filter(keep);
  const Records = messages.map((body, index) => ({ messageId: String(index), body }));
  const { batchItemFailures } = await load({ Records } as unknown as Parameters<LoadHandler>[0], LOCAL_CONTEXT);
  return messages.length - batchItemFailures.length;
}

describe('the audit function', () => {
  it('has the bucket tell the loader again of what was never loaded', async () => {
    const keys = await landLooks(12);
    const lost = keys.filter((_, index) => index % 4 === 1);
    await deliver((message) => !lost.some((key) => message.includes(encodeURIComponent(key))));
    const report = await audit({ account }, contextOf(600_000));
    expect(report).toEqual({
      account,
      landed: 12,
      unloaded: 3,
      young: 0,
      announced: 3,
      givenUp: 0,
      left: 0,
      isComplete: true,
    });
    expect(counted()).toEqual([
      { service: 'audit', account, ObjectsUnloaded: 3, ObjectsAnnounced: 3, ObjectsGivenUp: 0 },
    ]);
    expect(lines).toEqual([
      expect.objectContaining({
        message: 'landing zone audited',
        account,
        reason: 'done',
        object_count: 12,
        unloaded_count: 3,
        announced_count: 3,
        given_up_count: 0,
        last: keys[11],
      }),
    ]);
    expect(await deliver()).toBe(3);
    expect(await audit({ account }, contextOf(600_000))).toMatchObject({ unloaded: 0, announced: 0 });
  });

  it('leaves objects alone that may still be on their way', async () => {
    await landLooks(3);
    expect(await audit({ account }, contextOf(600_000))).toMatchObject({ landed: 3, unloaded: 2, young: 1 });
    now = NOW + GRACE_MS;
    expect(await audit({ account }, contextOf(600_000))).toMatchObject({ landed: 3, unloaded: 2, young: 1 });
    now = NOW + GRACE_MS + 1;
    expect(await audit({ account }, contextOf(600_000))).toMatchObject({ landed: 3, unloaded: 3, young: 0 });
    overrides = { graceMs: 2 * HOUR };
    expect(await audit({ account }, contextOf(600_000))).toMatchObject({ landed: 3, unloaded: 1, young: 2 });
  });

  it('gives an object up that was announced three times, names it, and announces it when told to', async () => {
    const [key = ''] = await landLooks(1);
    now = NOW + HOUR;
    for (let times = 1; times <= ANNOUNCED_TIMES_MAX; times++) {
      expect(await audit({ account }, contextOf(600_000))).toMatchObject({ announced: 1, givenUp: 0 });
    }
    counted();
    lines = [];
    expect(await audit({ account }, contextOf(600_000))).toMatchObject({ unloaded: 1, announced: 0, givenUp: 1 });
    expect(counted()).toMatchObject([{ ObjectsUnloaded: 1, ObjectsAnnounced: 0, ObjectsGivenUp: 1 }]);
    expect(lines[0]).toMatchObject({ level: 'WARN', message: 'object given up', landed_key: key, account });
    server.notifications.length = 0;
    expect(await audit({ account, again: true }, contextOf(600_000))).toMatchObject({ announced: 1, givenUp: 0 });
    expect(server.tagsOf(`zone/${key}`)).toEqual(['faxsync-announced=4']);
    expect(await deliver()).toBe(1);
  });

  it('looks only at what was landed lately, at the cost of a few lists', async () => {
    // A ledger of many looks, one an hour; the landing zone is listed from a margin before the last 26 of them on.
    await database.pool.query(`insert into warehouse.accounts (account_key, billing_zone) values ($1, 'UTC')`, [
      account,
    ]);
    await database.pool.query(
      `insert into ops.landed_objects
       select $1 || n, (select account_id from warehouse.accounts where account_key = $1), 'faxes', 'lookup', 'v2.1', n,
         $2::timestamptz - interval '1 hour' * (9000 - n), now(), now(), 0, 0, 0, 0, 0
       from generate_series(1, 9000) n`,
      [account, toIso(NOW)],
    );
    const put = (observation: number) =>
      landing.put(envelopeOf({ observation, at: NOW, account, kind: 'lookup' }, wireFax(1, toIso(NOW))));
    now = NOW - 2 * HOUR;
    const old = await put(9_000 - 27 - 2_001);
    const late = await put(9_000 - 27 - 1_999);
    const recent = await put(8_990);
    now = NOW;
    server.requests.length = 0;
    server.notifications.length = 0;
    expect(await audit({ account, since_hours: 26 }, contextOf(600_000))).toMatchObject({ landed: 2, announced: 2 });
    expect(server.requests.filter((request) => request === 'GET zone/')).toHaveLength(1);
    const told = server.notifications.join('\n');
    for (const { key } of [late, recent]) expect(told).toContain(encodeURIComponent(key));
    expect(told).not.toContain(encodeURIComponent(old.key));
    expect(await audit({ account }, contextOf(600_000))).toMatchObject({ landed: 3, announced: 3 });
  });

  it('ends before its time is over, and says so', async () => {
    await landLooks(3);
    const report = await audit({ account }, contextOf(AUDIT_RESERVE_MS));
    expect(report).toMatchObject({ landed: 3, unloaded: 2, announced: 0, left: 2 });
    const many = async function* () {
      for (let n = 0; n < 2_500; n++) yield { key: `${account}/0000000000000/${n}`, landedAt: null };
    };
    lines = [];
    overrides = { landing: { list: many } };
    const cut = await audit({ account }, contextOf(AUDIT_RESERVE_MS));
    expect(cut).toMatchObject({ landed: 0, isComplete: false });
    expect(lines[0]).toMatchObject({ message: 'landing zone audited', reason: 'deadline' });
  });

  it('only tells what it found where the landing zone announces nothing', async () => {
    await landLooks(3);
    server.notifications.length = 0;
    overrides = { announcer: null };
    expect(await audit({ account }, contextOf(600_000))).toMatchObject({ unloaded: 2, announced: 0, left: 2 });
    expect(server.notifications).toEqual([]);
  });

  it('counts what it did before the landing zone failed, and fails', async () => {
    await landLooks(3);
    server.faults.push({ method: 'PUT', status: 403, code: 'AccessDenied' });
    await expect(audit({ account }, contextOf(600_000))).rejects.toMatchObject({ code: 'landing_unusable' });
    expect(counted()).toMatchObject([{ ObjectsUnloaded: 2 }]);
    expect(lines.at(-1)).toMatchObject({ level: 'ERROR', message: 'audit failed' });
  });

  it.each([null, {}, { account: '' }, { account: 'a', since_hours: 0 }, { account: 'a', until: 1 }])(
    'refuses the input %j with a clear error that names no value',
    async (event) => {
      await expect(audit(event, contextOf(600_000))).rejects.toMatchObject({
        code: 'audit_event_invalid',
        message: expect.stringContaining('Give {"account"'),
      });
    },
  );

  it('is told by its settings how long an object may be on its way', async () => {
    const settings = parseSettings({ FAXSYNC_DATABASE_URL: database.url, FAXSYNC_AUDIT_GRACE_SECONDS: '725' });
    const runtime = await Runtime.open(settings, {});
    expect(auditDeps(runtime, 'main')).toMatchObject({ graceMs: 725_000, announcer: null });
    await runtime.close();
  });

  it('refuses an account that is not known', async () => {
    await expect(audit({ account: 'misspelt' }, contextOf(600_000))).rejects.toMatchObject({ code: 'unknown_account' });
    await expect(handler({ account: 'misspelt' }, contextOf(600_000))).rejects.toMatchObject({
      code: 'unknown_account',
    });
  });
});
