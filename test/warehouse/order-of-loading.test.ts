import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toIso } from '../../src/domain/time.ts';
import { loadObject, type PreparedLoad } from '../../src/warehouse/load-object.ts';
import { freshDatabase, type TestDatabase } from '../support/database.ts';
import { preparedOf, TEST_LOAD, wireFax } from '../support/landed.ts';
import { warehouseContent } from '../support/warehouse-content.ts';

const START = Date.UTC(2026, 8, 1, 12);
const HOUR = 3_600_000;
const FAXES = 8;
const HOURS = 4;

const createdAt = (fax: number) => START + (fax % HOURS) * HOUR + 60_000 * fax;

/** States a fax may be shown in; a lagging replica may show an earlier one, so looks draw freely among them. */
const STATES = [
  { status: 'queued', cost: 0, num_pages: 0 },
  { status: 'inprogress', cost: 14, num_pages: 2 },
  { status: 'inprogress', cost: 21, num_pages: 3 },
  { status: 'paused', cost: 14, num_pages: 2 },
  { status: 'failure', cost: 14, num_pages: 2 },
  { status: 'failure', cost: 0, num_pages: 2 },
  { status: 'success', cost: 14, num_pages: 2 },
];

/** Bare looks are of a dialect that carries no barcodes and caller names, as when an account is polled by v1 and called back by v2.1. */
const shown = fc.record({
  state: fc.nat(STATES.length - 1),
  recipients: fc.integer({ min: 1, max: 3 }),
  isBare: fc.boolean(),
});

function faxAs(fax: number, { state, recipients, isBare }: { state: number; recipients: number; isBare: boolean }) {
  const one = wireFax(fax, toIso(createdAt(fax)));
  const list = Array.from({ length: recipients }, () => one.recipients?.[0]).filter((r) => r !== undefined);
  const { barcodes: _, caller_name: __, ...bare } = { ...one, ...STATES[state], recipients: list };
  return isBare ? bare : { ...bare, caller_name: 'A', barcodes: [{ type: 'code_128', page: 1, value: String(fax) }] };
}

/** A look: a slice over some hours that hides some faxes, a callback, or a look-up that may find nothing. */
const look = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('slice' as const),
      /** A listing that lost nearly everything, as a provider in trouble gives it. */
      isBlackout: fc.nat(6).map((n) => n === 0),
      /** A record nobody can name: the slice then speaks only for what it shows. */
      hasStranger: fc.nat(4).map((n) => n === 0),
      from: fc.nat(HOURS - 1),
      hours: fc.integer({ min: 1, max: HOURS }),
      shown: fc.array(fc.option(shown, { freq: 6 }), { minLength: FAXES, maxLength: FAXES }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('callback' as const), fax: fc.nat(FAXES - 1), shown }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('lookup' as const), fax: fc.nat(FAXES - 1), shown: fc.option(shown) }),
  },
);

function prepare(looks: ReadonlyArray<typeof look extends fc.Arbitrary<infer T> ? T : never>): PreparedLoad[] {
  return looks.map((one, i) => {
    const spec = { observation: i + 1, at: START + 10 * HOUR + i * 1_900_000 };
    if (one.kind === 'slice') {
      const window = { after: START + one.from * HOUR, before: START + (one.from + one.hours) * HOUR };
      const data = one.shown.flatMap((state, fax) => {
        const at = createdAt(fax);
        return state === null || (one.isBlackout && fax > 0) || at < window.after || at >= window.before
          ? []
          : [faxAs(fax, state)];
      });
      return preparedOf({ ...spec, window }, one.hasStranger ? [...data, { status: 'success' }] : data);
    }
    const { fax, shown: state } = one;
    if (state === null) return preparedOf({ ...spec, kind: 'lookup', subjectId: String(fax), status: 404 }, undefined);
    return preparedOf({ ...spec, kind: one.kind, subjectId: String(fax) }, faxAs(fax, state));
  });
}

describe('loading faxes', () => {
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

  async function load(database: TestDatabase, objects: readonly PreparedLoad[], isReread = false) {
    for (const object of objects) await loadObject(database.pool, object, { ...TEST_LOAD, isReread });
  }

  /** Recipients and barcodes without their fax, and beyond its counts: there are no foreign keys to forbid them. */
  async function orphans({ pool }: TestDatabase): Promise<number> {
    const found = await pool.query<{ n: number }>(`
      select count(*)::integer as n from (
        select account_id, fax_id, ordinal, 'recipient' as child from warehouse.fax_recipients
        union all select account_id, fax_id, ordinal, 'barcode' from warehouse.fax_barcodes) c
      left join warehouse.faxes f using (account_id, fax_id)
      where f.fax_id is null or c.ordinal >= coalesce(case c.child when 'recipient' then f.recipient_count else f.barcode_count end, 0)`);
    return found.rows[0]?.n ?? -1;
  }

  async function empty({ pool }: TestDatabase) {
    await pool.query(`truncate warehouse.faxes, warehouse.fax_recipients, warehouse.fax_barcodes, warehouse.fax_history,
      ops.landed_objects, ops.slices, ops.fax_looks, ops.rejected_records, ops.schema_drift`);
  }

  it('ends the same in any order of arrival, repeats included', async () => {
    let runs = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(look, { minLength: 2, maxLength: 9 }).chain((looks) =>
          fc.tuple(
            fc.constant(looks),
            fc.shuffledSubarray(
              looks.map((_, i) => i),
              { minLength: looks.length },
            ),
          ),
        ),
        async ([looks, order]) => {
          runs += 1;
          await empty(inOrder);
          await empty(shuffled);
          const objects = prepare(looks);
          await load(inOrder, objects);
          const another = order.flatMap((i) => objects[i] ?? []);
          await load(shuffled, another);
          const expected = await warehouseContent(inOrder.pool);
          expect(await warehouseContent(shuffled.pool)).toEqual(expected);
          expect(await orphans(shuffled)).toBe(0);
          await load(shuffled, another, true);
          expect(await warehouseContent(shuffled.pool)).toEqual(expected);
        },
      ),
      { numRuns: Number(process.env['FAXSYNC_ORDER_RUNS'] ?? 60) },
    );
    console.log(`orders of loading tried: ${runs}`);
  });
});
