import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadObject, type PreparedLoad } from '../../src/warehouse/load-object.ts';
import { freshDatabase, type TestDatabase } from '../support/database.ts';
import { TEST_LOAD } from '../support/landed.ts';
import { emptyWarehouse, warehouseContent } from '../support/warehouse-content.ts';
import { cutOff, listing } from './listings.ts';

const RUNS = Number(process.env['FAXSYNC_ORDER_RUNS'] ?? 40);

const status = fc.constantFrom('open', 'needinfo', 'succeeded', 'heldforreview');

/** A field nobody documented, with numbers that jsonb and JavaScript write in their own way. */
const unheardOf = fc.option(fc.constantFrom(1.5, 1e21, -0.25, 'x', null, { b: 1, a: [2] }), { nil: undefined });

const portNumber = fc.record(
  { id: fc.integer({ min: 1, max: 6 }), status, unheard_of: unheardOf },
  { requiredKeys: ['id'] },
);
const portOrder = fc.record(
  {
    id: fc.integer({ min: 1, max: 5 }),
    status,
    billing_zip: fc.constantFrom('01234', 1234, null),
    unheard_of: unheardOf,
    port_numbers: fc.oneof(
      { weight: 8, arbitrary: fc.uniqueArray(portNumber, { maxLength: 4, selector: ({ id }) => id }) },
      { weight: 1, arbitrary: fc.constantFrom(null, 'x', [{ status: 'open' }]) },
    ),
  },
  { requiredKeys: ['id'] },
);

/** What may be wrong with a listing as a whole. */
const flaw = fc.oneof(
  { weight: 6, arbitrary: fc.constant('none' as const) },
  { weight: 1, arbitrary: fc.constantFrom('refused' as const, 'cut_off' as const) },
);

function orderOf(looks: readonly unknown[]) {
  return fc.shuffledSubarray(
    looks.map((_, i) => i),
    { minLength: looks.length },
  );
}

function listed(spec: Parameters<typeof listing>[0], i: number, shown: readonly unknown[], flawed: string) {
  const data = flawed === 'refused' ? [...shown, { note: 'without a key' }] : shown;
  return flawed === 'cut_off' ? listing(spec, i + 1, data, cutOff) : listing(spec, i + 1, data);
}

describe('listings loaded in any order, and once more', () => {
  let inOrder: TestDatabase;
  let shuffled: TestDatabase;
  beforeAll(async () => {
    inOrder = await freshDatabase();
    shuffled = await freshDatabase();
  });
  afterAll(async () => {
    await inOrder.drop();
    await shuffled.drop();
  });

  async function expectEqual(objects: readonly PreparedLoad[], order: readonly number[]): Promise<number> {
    await emptyWarehouse(inOrder.pool);
    await emptyWarehouse(shuffled.pool);
    for (const object of objects) await loadObject(inOrder.pool, object, TEST_LOAD);
    const content = await warehouseContent(inOrder.pool);
    for (const isReread of [false, true]) {
      for (const i of order) {
        const object = objects[i];
        if (object !== undefined) await loadObject(shuffled.pool, object, { ...TEST_LOAD, isReread });
      }
      expect(await warehouseContent(shuffled.pool), isReread ? 'read again' : 'once').toEqual(content);
    }
    return Object.values(content).flatMap((rows) => rows.filter((row) => /"gone_at_source_at": "/.test(row))).length;
  }

  it('end in equal tables of port orders and their numbers', async () => {
    const look = fc.record({ shown: fc.uniqueArray(portOrder, { maxLength: 5, selector: ({ id }) => id }), flaw });
    const runs = fc
      .array(look, { minLength: 6, maxLength: 8 })
      .chain((looks) => fc.tuple(fc.constant(looks), orderOf(looks)));
    let gone = 0;
    await fc.assert(
      fc.asyncProperty(runs, async ([looks, order]) => {
        const objects = looks.map((one, i) => listed({ stream: 'port_orders' }, i, one.shown, one.flaw));
        gone += await expectEqual(objects, order);
      }),
      { numRuns: RUNS },
    );
    expect(gone).toBeGreaterThan(0);
  });

  it('end in equal tables of the notes of two numbers', async () => {
    const note = fc.record(
      { id: fc.integer({ min: 1, max: 5 }), note: fc.constantFrom('a', 'b', null), unheard_of: unheardOf },
      { requiredKeys: ['id'] },
    );
    const look = fc.record({
      subjectId: fc.constantFrom('7', '9223372036854775807'),
      shown: fc.uniqueArray(note, { maxLength: 5, selector: ({ id }) => id }),
      flaw,
    });
    const runs = fc
      .array(look, { minLength: 6, maxLength: 8 })
      .chain((looks) => fc.tuple(fc.constant(looks), orderOf(looks)));
    let gone = 0;
    await fc.assert(
      fc.asyncProperty(runs, async ([looks, order]) => {
        const stream = 'port_number_notes';
        const objects = looks.map(({ subjectId, shown, flaw: flawed }, i) =>
          listed({ stream, subjectId }, i, shown, flawed),
        );
        gone += await expectEqual(objects, order);
      }),
      { numRuns: RUNS },
    );
    expect(gone).toBeGreaterThan(0);
  });
});
