import fc from 'fast-check';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { phaxCodeIdentifier } from '../../src/domain/phax-code.ts';
import { toIso } from '../../src/domain/time.ts';
import type { WireBarcode } from '../../src/phaxio/wire.ts';
import { loadObject, type PreparedLoad } from '../../src/warehouse/load-object.ts';
import { freshDatabase, type TestDatabase } from '../support/database.ts';
import { type LandedSpec, preparedOf, TEST_LOAD, wireFax } from '../support/landed.ts';
import { emptyWarehouse } from '../support/warehouse-content.ts';

const START = Date.UTC(2026, 8, 1, 12);
const MINUTE = 60_000;
const WINDOW = { after: START, before: START + 60 * MINUTE };
const CREATED = '2017-11-06T02:57:46.000-06:00';

let database: TestDatabase;
beforeAll(async () => {
  database = await freshDatabase();
});
afterAll(() => database.drop());
beforeEach(async () => {
  await emptyWarehouse(database.pool);
});

function barcode(identifier: string, type = 'phax_code'): WireBarcode {
  return { type, page: 1, identifier, metadata: 'm' };
}

/** A received fax with these barcodes. */
function fax(id: number, barcodes: readonly WireBarcode[], status = 'success') {
  const received = { direction: 'received', recipients: null, status };
  return wireFax(id, toIso(START + id * 1000), { ...received, barcodes: [...barcodes] });
}

function slice(observation: number, data: unknown, spec: Partial<LandedSpec> = {}): PreparedLoad {
  return preparedOf({ observation, at: START + observation * MINUTE, window: WINDOW, ...spec }, data);
}

function lookup(observation: number, data: unknown, status = 200): PreparedLoad {
  const spec = { observation, at: START + observation * MINUTE, status, subjectId: '-Y3jxX' };
  return preparedOf({ ...spec, kind: 'lookup', stream: 'phax_codes' }, data);
}

/** Loads one object; the codes it wants looked up. */
async function load(object: PreparedLoad, isReread = false): Promise<readonly string[] | undefined> {
  const outcome = await loadObject(database.pool, object, { ...TEST_LOAD, isReread });
  if (outcome.kind !== 'loaded') throw new Error(`not loaded: ${outcome.kind}`);
  return outcome.unknownCodes;
}

async function stored() {
  const { rows } = await database.pool.query(
    'select identifier, metadata, created_at, extra, observation_no, observed_at from warehouse.phax_codes order by 1',
  );
  return rows;
}

/** How often the database is asked for codes while `work` is done. */
async function questionsOf(work: () => Promise<unknown>): Promise<number> {
  const spy = vi.spyOn(pg.Client.prototype, 'query');
  try {
    await work();
    return spy.mock.calls.filter(([query]) => JSON.stringify(query).includes('warehouse.phax_codes')).length;
  } finally {
    spy.mockRestore();
  }
}

describe('a loaded fax', () => {
  it('names exactly the codes of which nothing is stored, each once', async () => {
    await load(lookup(1, { identifier: 'known1', created_at: CREATED }));
    const page = [
      fax(1, [barcode('new1'), barcode('known1'), barcode('4711', 'code_128')]),
      fax(2, [barcode('new1'), barcode('px:new2')]),
      fax(3, []),
    ];
    expect(await load(slice(2, page))).toEqual(['new1', 'new2']);
  });

  it('names a code no more once it is known, and again while the provider knows none', async () => {
    expect(await load(slice(1, [fax(1, [barcode('a'), barcode('b')])]))).toEqual(['a', 'b']);
    await load(lookup(2, { identifier: 'a', created_at: CREATED }));
    await load(lookup(3, undefined, 404));
    expect(await load(slice(4, [fax(1, [barcode('a'), barcode('b')]), fax(2, [barcode('a')])]))).toBeUndefined();
    expect(await load(slice(5, [fax(1, [barcode('a'), barcode('b')], 'failure'), fax(2, [barcode('a')])]))).toEqual([
      'b',
    ]);
  });

  it.each([
    ['a callback', { kind: 'callback', window: null, subjectId: '1' }],
    ['a look-up', { kind: 'lookup', window: null, subjectId: '1' }],
  ] as const)('names its codes by %s, too', async (_name, spec) => {
    expect(await load(slice(1, fax(1, [barcode('a')]), spec))).toEqual(['a']);
    expect(await load(slice(2, fax(1, [barcode('a')]), spec)), 'nothing was written').toBeUndefined();
  });

  it('names codes that a slice brings late', async () => {
    await load(slice(5, [fax(1, [])]));
    expect(await load(slice(3, [fax(1, []), fax(2, [barcode('late')])]))).toEqual(['late']);
  });

  it('names codes that it gains from a look which did not win', async () => {
    const { barcodes: _none, ...bare } = fax(1, []);
    await load(slice(1, [bare]));
    expect(await load(slice(2, [fax(1, [barcode('gained')], 'inprogress')]))).toEqual(['gained']);
    expect((await database.pool.query('select status from warehouse.faxes')).rows).toEqual([{ status: 'success' }]);
  });

  it('costs no question without a code, nor while nothing of it is written', async () => {
    const plain = [fax(1, []), fax(2, [barcode('4711', 'code_128')]), wireFax(3, toIso(START + 3000))];
    expect(await questionsOf(() => load(slice(1, plain)))).toBe(0);
    const named = [...plain, fax(4, [barcode('a')]), fax(5, [barcode('b')])];
    expect(await questionsOf(() => load(slice(2, named)))).toBe(1);
    expect(await questionsOf(() => load(slice(3, named))), 'unchanged').toBe(0);
    const other = [...named, fax(6, [])];
    expect(await questionsOf(() => load(slice(4, other))), 'the written fax names none').toBe(0);
  });

  it('never names what cannot be asked for', async () => {
    const texts = ['', 'px:', '.', '..', 'px:..', 'x'.repeat(201), '\u{1F4E0}'.repeat(51)];
    expect(texts.map(phaxCodeIdentifier)).toEqual(texts.map(() => null));
    expect(
      await load(
        slice(1, [
          fax(
            1,
            texts.map((text) => barcode(text)),
          ),
        ]),
      ),
    ).toBeUndefined();
    expect(phaxCodeIdentifier(null)).toBeNull();
    expect(['px:ahZhax', 'a.b', 'x'.repeat(200), '-Y3jxX', 'apx:b'].map(phaxCodeIdentifier)).toEqual([
      'ahZhax',
      'a.b',
      'x'.repeat(200),
      '-Y3jxX',
      'apx:b',
    ]);
  });
});

describe('a look-up of a code', () => {
  it('is stored with what it says, under the identifier without its prefix', async () => {
    await load(lookup(7, { identifier: 'px:-Y3jxX', created_at: CREATED, metadata: '{"order":1}' }));
    expect(await stored()).toEqual([
      {
        identifier: '-Y3jxX',
        metadata: '{"order":1}',
        created_at: new Date('2017-11-06T08:57:46Z'),
        extra: null,
        observation_no: '7',
        observed_at: new Date(START + 7 * MINUTE),
      },
    ]);
  });

  it('keeps unknown fields and lists them by name', async () => {
    await load(lookup(1, { identifier: 'a', created_at: CREATED, owner: { name: 'x' } }));
    expect(await stored()).toMatchObject([{ identifier: 'a', metadata: null, extra: { owner: { name: 'x' } } }]);
    const { rows } = await database.pool.query('select stream, object, field, kind from ops.schema_drift');
    expect(rows).toEqual([{ stream: 'phax_codes', object: 'phax_code', field: 'owner', kind: 'unknown_field' }]);
  });

  it('that finds none leaves no row, and never removes one', async () => {
    await load(lookup(1, undefined, 404));
    expect(await stored()).toEqual([]);
    await load(lookup(2, { identifier: 'a', created_at: CREATED }));
    await load(lookup(3, undefined, 404));
    expect(await stored()).toMatchObject([{ identifier: 'a', observation_no: '2' }]);
  });

  it('without a usable identifier is set aside', async () => {
    await load(lookup(1, { identifier: 'px:', created_at: CREATED }));
    await load(lookup(2, { created_at: CREATED }));
    expect(await stored()).toEqual([]);
    const { rows } = await database.pool.query('select object, reason from ops.rejected_records order by 2');
    expect(rows).toEqual([
      { object: 'phax_code', reason: 'missing_identifier' },
      { object: 'phax_code', reason: 'unusable_identifier' },
    ]);
  });

  it('writes nothing when it is loaded again, unless it is read differently', async () => {
    const said = { identifier: 'a', created_at: CREATED, metadata: 'x' };
    await load(lookup(1, said));
    const version = async () => (await database.pool.query('select xmin, ctid from warehouse.phax_codes')).rows;
    const before = await version();
    await load(lookup(1, said), true);
    expect(await version()).toEqual(before);
    await load(lookup(1, { ...said, metadata: 'mended' }), true);
    expect(await stored()).toMatchObject([{ metadata: 'mended', observation_no: '1' }]);
  });

  it('ends the same in any order of loading: the latest wins', async () => {
    const look = fc.record({
      code: fc.constantFrom('a', 'b'),
      metadata: fc.constantFrom('x', 'y', null),
      isMissing: fc.boolean(),
    });
    const orders = fc
      .array(look, { minLength: 2, maxLength: 6 })
      .chain((looks) =>
        fc.tuple(fc.constant(looks), fc.shuffledSubarray([...looks.keys()], { minLength: looks.length })),
      );
    let runs = 0;
    await fc.assert(
      fc.asyncProperty(orders, async ([looks, shuffled]) => {
        runs += 1;
        await database.pool.query('truncate warehouse.phax_codes, ops.landed_objects');
        for (const at of shuffled) {
          const { code, metadata, isMissing } = looks[at] ?? { code: '', metadata: null, isMissing: true };
          const data = { identifier: code, created_at: CREATED, ...(metadata === null ? {} : { metadata }) };
          await load(isMissing ? lookup(at + 1, undefined, 404) : lookup(at + 1, data));
        }
        const expected = ['a', 'b'].flatMap((identifier) => {
          const at = looks.findLastIndex(({ code, isMissing }) => code === identifier && !isMissing);
          return at === -1 ? [] : [{ identifier, metadata: looks[at]?.metadata, observation_no: String(at + 1) }];
        });
        expect(await stored()).toMatchObject(expected);
        expect(await stored()).toHaveLength(expected.length);
      }),
      { numRuns: 40 },
    );
    expect(runs).toBeGreaterThanOrEqual(40);
  });
});
