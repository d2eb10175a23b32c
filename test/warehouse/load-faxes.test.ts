import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { toIso } from '../../src/domain/time.ts';
import type { WireFaxV2 } from '../../src/phaxio/wire.ts';
import { type LoadOutcome, loadObject } from '../../src/warehouse/load-object.ts';
import { freshDatabase, type TestDatabase } from '../support/database.ts';
import { type LandedSpec, preparedOf, TEST_LOAD, wireFax } from '../support/landed.ts';

const START = Date.UTC(2026, 8, 1, 12);
const HOUR = 3_600_000;
const WINDOW = { after: START, before: START + HOUR };
const CREATED = toIso(START + 60_000);

describe('loading faxes', () => {
  let database: TestDatabase;
  let observation = 0;

  beforeAll(async () => {
    database = await freshDatabase();
  });
  afterAll(async () => {
    await database.drop();
  });
  beforeEach(async () => {
    observation = 0;
    await database.pool.query(`truncate warehouse.faxes, warehouse.fax_recipients, warehouse.fax_barcodes, warehouse.fax_history,
      ops.landed_objects, ops.slices, ops.fax_looks, ops.rejected_records, ops.schema_drift`);
  });

  /** Loads one look; slices cover the hour and are made an hour apart unless told. */
  async function look(faxes: WireFaxV2 | readonly WireFaxV2[], over: Partial<LandedSpec> = {}): Promise<LoadOutcome> {
    observation += 1;
    const spec = { observation, at: START + observation * HOUR, window: WINDOW, ...over };
    return loadObject(database.pool, preparedOf(spec, faxes), TEST_LOAD);
  }

  async function rows(sql: string): Promise<unknown[]> {
    return (await database.pool.query(sql)).rows;
  }

  const callback = (at: number): Partial<LandedSpec> => ({ kind: 'callback', window: null, subjectId: '1', at });

  it('keeps a charge and its credit as history whose deltas sum to the cost', async () => {
    await look([wireFax(1, CREATED, { cost: 14 })]);
    await look([wireFax(1, CREATED, { cost: 7, status: 'partialsuccess' })]);
    expect(
      await rows('select status, cost_cents, cost_delta_cents from warehouse.fax_history order by observation_no'),
    ).toEqual([
      { status: 'inprogress', cost_cents: 14, cost_delta_cents: 14 },
      { status: 'partialsuccess', cost_cents: 7, cost_delta_cents: -7 },
    ]);
    expect(await rows('select cost_cents from warehouse.faxes')).toEqual([{ cost_cents: 7 }]);
  });

  it('does not touch the row of an unchanged fax', async () => {
    await look([wireFax(1, CREATED)]);
    const before = await rows(
      'select xmin, ctid from warehouse.faxes union all select xmin, ctid from warehouse.fax_recipients',
    );
    expect(await look([wireFax(1, CREATED)])).toMatchObject({ kind: 'loaded', records: 1, added: 0, changed: 0 });
    expect(
      await rows('select xmin, ctid from warehouse.faxes union all select xmin, ctid from warehouse.fax_recipients'),
    ).toEqual(before);
  });

  it('replaces recipients as a set, a shrinking one included', async () => {
    const one = wireFax(1, CREATED).recipients?.[0];
    if (one === undefined) throw new Error('the fixture has no recipient');
    await look([wireFax(1, CREATED, { recipients: [one, one, one] })]);
    await look([wireFax(1, CREATED, { recipients: [{ ...one, status: 'success' }] })]);
    expect(await rows('select ordinal, status from warehouse.fax_recipients')).toEqual([
      { ordinal: 0, status: 'success' },
    ]);
  });

  it('never reopens a final fax, and names it as one whose looks disagree', async () => {
    await look([wireFax(1, CREATED, { status: 'success' })]);
    expect(await look([wireFax(1, CREATED)])).toMatchObject({ stale: 1, changed: 0, disagreements: ['1'] });
    expect(await rows('select status from warehouse.faxes')).toEqual([{ status: 'success' }]);
  });

  it('lets a callback create a row and move it forward, and a listing have the last word', async () => {
    await look(wireFax(1, CREATED), callback(START));
    await look(wireFax(1, CREATED, { status: 'success', cost: 14 }), callback(START + 1));
    expect(await rows('select status, observed_via from warehouse.faxes')).toEqual([
      { status: 'success', observed_via: 'callback' },
    ]);
    await look([wireFax(1, CREATED, { status: 'success', cost: 7 })]);
    expect(await look(wireFax(1, CREATED, { status: 'failure', cost: 0 }), callback(START + 5 * HOUR))).toMatchObject({
      stale: 1,
      disagreements: ['1'],
    });
    expect(await rows('select status, cost_cents from warehouse.faxes')).toEqual([
      { status: 'success', cost_cents: 7 },
    ]);
  });

  it('does not let a callback change a final row that a listing has only confirmed', async () => {
    await look(wireFax(1, CREATED, { status: 'success' }), callback(START));
    await look([wireFax(1, CREATED, { status: 'success' })]);
    await look(wireFax(1, CREATED, { status: 'failure', cost: 0 }), callback(START + 5 * HOUR));
    expect(await rows('select status, cost_cents from warehouse.faxes')).toEqual([
      { status: 'success', cost_cents: 7 },
    ]);
  });

  it('calls a fax missing after one complete look and gone after a second one an hour later', async () => {
    await look([wireFax(1, CREATED, { is_test: true }), wireFax(2, CREATED)]);
    await look([wireFax(2, CREATED)], { at: START + 2 * HOUR });
    await look([wireFax(2, CREATED)], { at: START + 2.5 * HOUR });
    const marks = 'select missing_since, gone_at_source_at from warehouse.faxes where fax_id = 1';
    expect(await rows(marks)).toEqual([{ missing_since: new Date(START + 2 * HOUR), gone_at_source_at: null }]);
    await look([wireFax(2, CREATED)], { at: START + 3 * HOUR });
    expect(await rows(marks)).toEqual([
      { missing_since: new Date(START + 2 * HOUR), gone_at_source_at: new Date(START + 3 * HOUR) },
    ]);
    await look([wireFax(1, CREATED, { is_test: true }), wireFax(2, CREATED)], { at: START + 4 * HOUR });
    expect(await rows(marks)).toEqual([{ missing_since: null, gone_at_source_at: null }]);
  });

  it('counts a look-up that finds nothing as a look that misses the fax', async () => {
    await look([wireFax(1, CREATED)]);
    const spec = { kind: 'lookup', window: null, subjectId: '1', status: 404 } as const;
    await look([], { ...spec, at: START + 2 * HOUR });
    await look([], { ...spec, at: START + 4 * HOUR });
    expect(await rows('select gone_at_source_at from warehouse.faxes')).toEqual([
      { gone_at_source_at: new Date(START + 4 * HOUR) },
    ]);
  });

  it('does not believe a slice that misses many live faxes at once', async () => {
    const many = Array.from({ length: 20 }, (_, i) => wireFax(i + 1, CREATED));
    await look(many);
    await look(many.slice(0, 3));
    expect(
      await rows('select count(*)::integer as missing from warehouse.faxes where missing_since is not null'),
    ).toEqual([{ missing: 0 }]);
    expect(await rows('select is_complete, missing_count from ops.slices order by observation_no')).toEqual([
      { is_complete: true, missing_count: 0 },
      { is_complete: false, missing_count: 17 },
    ]);
  });

  it('leaves rows outside the window to the slices that speak for them', async () => {
    await look([wireFax(1, CREATED), wireFax(2, toIso(START - 1000)), wireFax(3, toIso(START + HOUR))]);
    expect(await rows('select fax_id from warehouse.faxes')).toEqual([{ fax_id: '1' }]);
  });

  it('keeps every other fax when the database refuses one, and says which', async () => {
    // Longer than an index entry may be, and random enough not to be compressed below it: decoders cannot know.
    const noise = Array.from({ length: 9_000 }, (_, i) => String.fromCharCode(0x4e00 + ((i * 7919) % 20_000))).join('');
    const one = wireFax(2, CREATED).recipients?.[0];
    if (one === undefined) throw new Error('the fixture has no recipient');
    const outcome = await look([
      wireFax(1, CREATED),
      wireFax(2, CREATED, { recipients: [{ ...one, phone_number: noise }] }),
      wireFax(3, CREATED),
    ]);
    expect(outcome).toMatchObject({ kind: 'loaded', added: 2 });
    expect(await rows('select fax_id from warehouse.faxes order by 1')).toEqual([{ fax_id: '1' }, { fax_id: '3' }]);
    expect(await rows(`select record_id, reason from ops.rejected_records where scope = 'record'`)).toEqual([
      { record_id: '2', reason: 'database_refused_54000' },
    ]);
  });

  it('leaves an object alone that the ledger has', async () => {
    const prepared = preparedOf({ observation: 1, at: START + HOUR, window: WINDOW }, [wireFax(1, CREATED)]);
    await loadObject(database.pool, prepared, TEST_LOAD);
    expect(await loadObject(database.pool, prepared, TEST_LOAD)).toEqual({ kind: 'already_loaded' });
  });

  it('mends a row and its history when the very look that wrote it is read again better', async () => {
    const spec = { observation: 1, at: START + HOUR, window: WINDOW };
    await loadObject(database.pool, preparedOf(spec, [wireFax(1, CREATED, { cost: 7 })]), TEST_LOAD);
    const better = preparedOf(spec, [wireFax(1, CREATED, { cost: 21 })]);
    expect(await loadObject(database.pool, better, { ...TEST_LOAD, isReread: true })).toMatchObject({ changed: 1 });
    expect(await rows('select cost_cents, cost_delta_cents from warehouse.fax_history')).toEqual([
      { cost_cents: 21, cost_delta_cents: 21 },
    ]);
  });

  it('writes control totals of every slice', async () => {
    await look([wireFax(1, CREATED, { cost: 7 }), wireFax(2, CREATED, { cost: 14 })]);
    expect(
      await rows('select record_count, cost_cents, pass, length(content_digest) as digest from ops.slices'),
    ).toEqual([{ record_count: 2, cost_cents: '21', pass: 'head', digest: 64 }]);
  });

  it('lets several loaders of one account take turns without losing or doubling anything', async () => {
    const faxes = (n: number) => Array.from({ length: 50 }, (_, i) => wireFax(i + 1, CREATED, { cost: 7 * (n + 1) }));
    const objects = Array.from({ length: 8 }, (_, n) =>
      preparedOf({ observation: n + 1, at: START + n, window: WINDOW }, faxes(n)),
    );
    await Promise.all([...objects, ...objects].map((object) => loadObject(database.pool, object, TEST_LOAD)));
    expect(
      await rows(
        'select count(*)::integer as faxes, min(cost_cents) as least, max(cost_cents) as most from warehouse.faxes',
      ),
    ).toEqual([{ faxes: 50, least: 56, most: 56 }]);
    expect(
      await rows(
        `select count(*)::integer as steps, sum(cost_delta_cents)::integer as cents from warehouse.fax_history where fax_id = 1`,
      ),
    ).toEqual([{ steps: 8, cents: 56 }]);
  });
});
