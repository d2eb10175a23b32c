import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FolderLandingZone } from '../../src/landing/folder.ts';
import { type LoadDeps, loadLanded } from '../../src/pipeline/load.ts';
import { PostgresStateStore } from '../../src/state/postgres.ts';
import { ListProvider } from '../pipeline/list-provider.ts';
import { listOf } from '../pipeline/port-provider.ts';
import { OTHER_ANSWERS, PullClock, PullWorld } from '../pipeline/pull-world.ts';
import { freshDatabase, type TestDatabase } from '../support/database.ts';
import { landedTexts, rowTexts } from '../support/stored-texts.ts';

const NOW = Date.UTC(2024, 5, 1, 12);
/** Shows in a search that the search finds what is there. */
const WITNESS = 'witness-kept-3141';

let canaries = 0;
/** A text that is nowhere else. */
function canary(): string {
  canaries += 1;
  return `canary-${canaries}-dropped`;
}

const ata = (id: number) => ({
  id,
  name: `${WITNESS}-ata`,
  user_agent: 'Grandstream',
  username: canary(),
  password: canary(),
  sip_uri: `sip:${canary()}@192.0.2.7:5060`,
  credentials: { user: canary(), list: [canary(), { deep: canary() }] },
  line: { auth_password2: canary(), sipUser: canary(), note: WITNESS },
  profile: JSON.stringify({ name: WITNESS, password: canary() }),
  last_contact: `<sip:${canary()}@host>`,
});
const order = (id: number) => ({
  id,
  status: 'open',
  contact_email: `${WITNESS}-order`,
  port_out_pin: canary(),
  portOutPin: [canary()],
  details: { account_passcode: canary(), pin: { value: canary() } },
  port_numbers: [{ id: 7, port_number: '+14145550123', status: 'open', pin: canary() }],
});
const ATAS = [ata(1), ata(2)];
const DETECTED = [
  { mac_address: `${WITNESS}-detected`, user_agent: 'x', password: canary(), contact: `sip:${canary()}@host` },
];
const ORDERS = [order(1), order(2)];
const NOTES = [{ id: 1, note: `${WITNESS}-note`, port_out_pin: canary() }];

describe('secrets that the provider sends', () => {
  let database: TestDatabase;
  let folder: string;
  let landing: FolderLandingZone;
  let world: PullWorld;
  let deps: LoadDeps;

  beforeAll(async () => {
    database = await freshDatabase();
    folder = await mkdtemp(join(tmpdir(), 'faxsync-secrets-'));
    landing = new FolderLandingZone(folder);
    const clock = new PullClock(NOW);
    const random = () => 0.5;
    const state = new PostgresStateStore(database.pool, { clock, random });
    const provider = new ListProvider([], { dialect: 'v2.1', pageMax: 50 });
    world = new PullWorld('clinic', provider, clock, state, landing, {
      ...OTHER_ANSWERS,
      '/atas': () => listOf(ATAS),
      '/atas/detected': () => listOf(DETECTED),
      '/port_orders': () => listOf(ORDERS),
      '/port_numbers/7/notes': () => listOf(NOTES),
    });
    const accountSettings = () => ({ v1Zone: 'America/Chicago', billingZone: 'America/Chicago' });
    deps = { landing, pool: database.pool, state, clock, random, accountSettings };
  });
  afterAll(async () => {
    await database.drop();
    await rm(folder, { recursive: true, force: true });
  });

  const leaks = (texts: readonly string[]) => texts.filter((text) => /canary-\d+-dropped/.test(text));
  const witnesses = (texts: readonly string[], what: string) =>
    texts.filter((text) => text.includes(`${WITNESS}${what}`));

  it('are found nowhere after a pull and the loading of all it landed', async () => {
    const undocumentedPaths = new Map([['detected_atas', '/atas/detected']]);
    const summary = await world.pull({ undocumentedPaths });
    expect(summary).toMatchObject({ end: 'done', failure: null });
    const outcomes = [];
    for (const key of summary.landedKeys) outcomes.push(await loadLanded(key, deps));
    const landed = await landedTexts(folder);
    const rows = await rowTexts(database.pool);
    const said = [JSON.stringify([summary, outcomes])];
    for (const what of ['-ata', '-detected', '-order', '-note', '']) {
      expect(witnesses(landed, what).length, what).toBeGreaterThan(0);
      expect(witnesses(rows, what).length, what).toBeGreaterThan(0);
    }
    expect(leaks([...landed, ...rows, ...said])).toEqual([]);
    expect(canaries).toBeGreaterThan(20);
  });

  it('are named as unknown fields with nothing in them, so that nobody wonders where they are', async () => {
    const { rows } = await database.pool.query<{ extra: unknown }>(
      'select extra from warehouse.atas order by ata_id limit 1',
    );
    expect(rows[0]?.extra).toEqual({
      credentials: null,
      line: { auth_password2: null, sipUser: null, note: WITNESS },
      profile: JSON.stringify({ name: WITNESS, password: null }),
      last_contact: '<sip:host>',
    });
    const drift = await database.pool.query<{ field: string }>(
      `select field from ops.schema_drift where object = 'port_order' and kind = 'unknown_field' order by field`,
    );
    expect(drift.rows.map(({ field }) => field)).toEqual(['details', 'portOutPin']);
  });

  it('reach no table from an object that was landed with them, nor from one that cannot be read', async () => {
    const broken = JSON.stringify({ success: true, data: ORDERS }).replace('"status":"open"', '"status" "open"');
    const bodies = [
      { stream: 'port_orders', body: JSON.stringify({ success: true, data: ORDERS }) },
      { stream: 'port_orders', body: broken },
      { stream: 'atas', body: JSON.stringify({ success: true, data: [{ ...ATAS[0], id: 'none' }] }) },
    ];
    for (const [i, { stream, body }] of bodies.entries()) {
      const { key } = await landing.put({
        version: 1,
        account: 'clinic',
        stream,
        dialect: 'v2.1',
        kind: 'snapshot',
        window: null,
        pass: 'snapshot',
        observation: 1000 + i,
        requestedAt: NOW,
        respondedAt: NOW,
        subjectId: null,
        eventType: null,
        digest: null,
        bodies: [{ status: 200, body, encoding: 'utf8' }],
      });
      await loadLanded(key, deps);
    }
    expect(leaks(await landedTexts(folder))).toHaveLength(bodies.length);
    const rows = await rowTexts(database.pool);
    expect(
      witnesses(
        rows.filter((row) => row.startsWith('ops.rejected_records')),
        '',
      ).length,
    ).toBe(2);
    expect(leaks(rows)).toEqual([]);
  });
});
