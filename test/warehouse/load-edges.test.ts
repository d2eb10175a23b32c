import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { toIso } from '../../src/domain/time.ts';
import type { WireFaxV2 } from '../../src/phaxio/wire.ts';
import { STREAMS } from '../../src/streams/registry.ts';
import { prepareLoad } from '../../src/streams/stream.ts';
import { loadObject, type PreparedLoad } from '../../src/warehouse/load-object.ts';
import { readMirrorStatus } from '../../src/warehouse/mirror-status.ts';
import { listRejected, resolveRejected } from '../../src/warehouse/rejected-records.ts';
import { freshDatabase, type TestDatabase } from '../support/database.ts';
import { envelopeOf, type LandedSpec, preparedOf, TEST_LOAD, wireFax } from '../support/landed.ts';
import { emptyWarehouse } from '../support/warehouse-content.ts';

const START = Date.UTC(2026, 8, 1, 12);
const HOUR = 3_600_000;
const WINDOW = { after: START, before: START + HOUR };
const CREATED = toIso(START + 60_000);

/** A slice of the first hour, made `observation` hours after its begin, under a key of its account. */
function slice(observation: number, faxes: unknown, over: Partial<LandedSpec> = {}): PreparedLoad {
  const spec = { observation, at: START + observation * HOUR, window: WINDOW, ...over };
  const prepared = preparedOf(spec, faxes);
  return { ...prepared, mark: { ...prepared.mark, landedKey: `${prepared.mark.account}/${observation}` } };
}

function callback(observation: number, fax: WireFaxV2): PreparedLoad {
  return slice(observation, fax, { kind: 'callback', window: null, subjectId: String(fax.id) });
}

describe('the load path at its edges', () => {
  let database: TestDatabase;

  beforeAll(async () => {
    database = await freshDatabase();
  });
  afterAll(async () => {
    await database.drop();
  });
  beforeEach(async () => {
    await emptyWarehouse(database.pool);
  });

  async function load(...objects: readonly PreparedLoad[]): Promise<void> {
    for (const object of objects) await loadObject(database.pool, object, TEST_LOAD);
  }

  async function rows(sql: string): Promise<unknown[]> {
    return (await database.pool.query(sql)).rows;
  }

  it('places a late slice before a callback that only confirmed the row', async () => {
    const [seven, other] = [wireFax(1, CREATED, { cost: 7 }), wireFax(1, CREATED, { cost: 99 })];
    await load(slice(1, [seven]), callback(3, seven), slice(2, [other]));
    expect(await rows('select cost_cents from warehouse.faxes')).toEqual([{ cost_cents: 7 }]);
    expect(await rows('select cost_delta_cents as cents from warehouse.fax_history order by observation_no')).toEqual([
      { cents: 7 },
      { cents: 92 },
      { cents: -92 },
    ]);
  });

  it('finds a fax whose creation time moved into a window that was empty', async () => {
    await load(slice(1, [wireFax(1, CREATED)]));
    const window = { after: START + HOUR, before: START + 2 * HOUR };
    await load(slice(2, [wireFax(1, toIso(START + HOUR))], { window }));
    expect(await rows('select created_at from warehouse.faxes')).toEqual([{ created_at: new Date(START + HOUR) }]);
  });

  it('replaces barcodes as a set, a shrinking one included', async () => {
    const barcode = { type: 'code_128', page: 1, value: 'a' };
    await load(slice(1, [wireFax(1, CREATED, { barcodes: [barcode, barcode] })]));
    await load(slice(2, [wireFax(1, CREATED, { barcodes: [barcode] })]));
    expect(await rows('select ordinal from warehouse.fax_barcodes')).toEqual([{ ordinal: 0 }]);
  });

  it('copies ids beyond 2^53 digit by digit', async () => {
    const envelope = envelopeOf({ observation: 1, at: START, window: WINDOW }, [wireFax(1, CREATED)]);
    const bodies = envelope.bodies.map((raw) => ({
      ...raw,
      body: raw.body.replace('"id":1', '"id":9223372036854775807'),
    }));
    const stream = STREAMS.get('faxes');
    if (stream === undefined) throw new Error('no stream faxes');
    await load(prepareLoad(stream, 'big', { ...envelope, bodies }, { v1Zone: 'America/Chicago' }));
    expect(await rows('select fax_id from warehouse.fax_history')).toEqual([{ fax_id: '9223372036854775807' }]);
  });

  it('takes the better of two sights of a fax in one slice, and a cost that was not sent as nothing', async () => {
    const done = wireFax(1, CREATED, { status: 'success' });
    await load(slice(1, [done, wireFax(1, CREATED, { cost: 3 }), { ...wireFax(2, CREATED), cost: null }]));
    expect(await rows('select status, cost_cents from warehouse.faxes order by fax_id')).toEqual([
      { status: 'success', cost_cents: 7 },
      { status: 'inprogress', cost_cents: null },
    ]);
    expect(await rows('select cost_cents from ops.slices')).toEqual([{ cost_cents: '7' }]);
  });

  it('calls nothing missing of which the record was refused, nor by a slice with a page that cannot be read', async () => {
    const barcodes = Array.from({ length: 32_768 }, () => ({ type: 'code_128' }));
    await load(slice(1, [wireFax(1, CREATED), wireFax(2, CREATED)]));
    await load(slice(2, [{ ...wireFax(1, CREATED), barcodes }, wireFax(2, CREATED)]));
    const envelope = envelopeOf({ observation: 3, at: START + 3 * HOUR, window: WINDOW }, []);
    const bodies = [...envelope.bodies, { status: 200, body: '<html>', encoding: 'utf8' as const }];
    const stream = STREAMS.get('faxes');
    if (stream === undefined) throw new Error('no stream faxes');
    await load(prepareLoad(stream, 'half', { ...envelope, bodies }, { v1Zone: 'America/Chicago' }));
    expect(await rows('select fax_id from warehouse.faxes where missing_since is not null')).toEqual([]);
  });

  it('keeps accounts apart that have the same ids and windows', async () => {
    const fax = wireFax(1, CREATED);
    const [north, south] = [{ account: 'north' }, { account: 'south' }];
    await load(
      slice(1, [fax], north),
      slice(2, [], north),
      slice(3, [], south),
      slice(4, [], north),
      slice(6, [], north),
    );
    await load(slice(5, fax, { ...south, kind: 'callback', window: null, subjectId: '1' }));
    expect(
      await rows(`select account_key, missing_since, gone_at_source_at
        from warehouse.faxes join warehouse.accounts using (account_id) order by 1`),
    ).toEqual([
      {
        account_key: 'north',
        missing_since: new Date(START + 2 * HOUR),
        gone_at_source_at: new Date(START + 4 * HOUR),
      },
      { account_key: 'south', missing_since: null, gone_at_source_at: null },
    ]);
  });

  it('does not let the number listings of one account speak for another', async () => {
    const over = { kind: 'snapshot', stream: 'phone_numbers', window: null } as const;
    await load(slice(2, [], { ...over, account: 'south' }));
    await load(slice(1, [{ phone_number: '+14145550123', cost: 200 }], { ...over, account: 'north' }));
    expect(await rows('select missing_since from warehouse.phone_numbers')).toEqual([{ missing_since: null }]);
  });

  it('counts a refusal each time it comes, reopens it, and resolves only one that did not come again', async () => {
    const odd = [wireFax(1, CREATED), { ...wireFax(2, CREATED), id: 'abc' }];
    await load(slice(1, odd));
    const before = await listRejected(database.pool, { accounts: ['main'] });
    await load(slice(2, odd));
    expect(await resolveRejected(database.pool, before, START)).toEqual([]);
    const [now] = await listRejected(database.pool, { accounts: ['main'] });
    expect(now?.occurrences).toBe(2);
    expect(await resolveRejected(database.pool, now === undefined ? [] : [now], START)).toEqual([now?.rejectedId]);
    await load(slice(3, odd));
    expect(await listRejected(database.pool, { accounts: ['main'] })).toHaveLength(1);
  });

  it('leaves test faxes out of the sum of the status', async () => {
    await load(slice(1, [wireFax(1, CREATED, { cost: 7 }), wireFax(2, CREATED, { cost: 14, is_test: true })]));
    expect(await readMirrorStatus(database.pool, 'main')).toMatchObject({ costCents: '7' });
  });
});
