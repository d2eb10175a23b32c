import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadLanded } from '../../src/pipeline/load.ts';
import { LoadBed, type Row } from '../support/load-bed.ts';
import { PROPERTY_SEED } from '../support/random.ts';
import { mirrorTables } from '../support/warehouse-content.ts';
import { type Mutation, mutations, readableKey, writeRecord } from './seed-mutations.ts';
import { fieldList, hasObjectsPage, sampleText } from './seed-page.ts';
import { type SampleRecord, SEEDS, type Seed } from './seed-samples.ts';

const AT = Date.UTC(2026, 8, 1, 12);
const HOUR = 3_600_000;
const RUNS = Number(process.env['FAXSYNC_SEED_RUNS'] ?? 40);
const EVER = { after: Date.UTC(2000, 0, 1), before: Date.UTC(2099, 0, 1) };

type Source = 'invented' | 'of the page';

/** A sample of one object from one source. */
interface SeedSample {
  readonly seed: Seed;
  readonly source: Source;
  readonly sample: SampleRecord;
}

const SAMPLES: readonly SeedSample[] = SEEDS.flatMap((seed): SeedSample[] => [
  { seed, source: 'invented', sample: { ...seed.invented } },
  ...(hasObjectsPage ? [{ seed, source: 'of the page', sample: seed.onPage() } as const] : []),
]);
const withNames = (samples: readonly SeedSample[]) =>
  samples.map((one) => [`${one.seed.object} (${one.source})`, one] as const);

let bed: LoadBed;
let tables: string[];
let accounts = 0;
const ran = new Map<Source, { objects: number; pages: number; rows: number }>();

beforeAll(async () => {
  bed = await LoadBed.open();
  tables = await mirrorTables(bed.database.pool);
});
afterAll(async () => {
  await bed.close();
  for (const [source, { objects, pages, rows }] of ran) {
    console.log(
      `samples ${source}: ${objects} objects, ${pages} mutated pages, ${rows} rows of them (seed ${PROPERTY_SEED})`,
    );
  }
  if (!hasObjectsPage) {
    console.log('samples of the page: none, since FAXSYNC_SEEDS_DIR (default ../shared/seeds) has no such page');
  }
});

/** One account and what is landed for it, look by look. */
class Mirror {
  readonly account: string;
  readonly #seed: Seed;
  #observation = 0;

  constructor(seed: Seed) {
    accounts += 1;
    this.account = `seed-${accounts}`;
    this.#seed = seed;
  }

  /** Lands the text of one answer; answers its key. */
  land(body: string): Promise<string> {
    this.#observation += 1;
    const { account } = this;
    const { stream, kind, subjectId } = this.#seed;
    const observation = this.#observation;
    const window = kind === 'slice' ? EVER : null;
    return bed.land({ account, stream, kind, subjectId, window, observation, at: AT + observation * HOUR }, body);
  }

  rows(table: string, columns?: string): Promise<Row[]> {
    return bed.rows(this.account, table, columns);
  }

  /** Everything the warehouse says of the account. */
  async content(): Promise<unknown> {
    const parts = tables.map(
      (table) => `
        select '${table}' as name, t::text as row from ${table} t
        where account_id = (select account_id from warehouse.accounts where account_key = $1)`,
    );
    const { rows } = await bed.database.pool.query(`${parts.join(' union all ')} order by 1, 2`, [this.account]);
    return rows;
  }
}

const answer = (records: readonly string[]) => `{"success":true,"message":"ok","data":[${records.join(',')}]}`;

/** Numbers of a port order; of any other object none. */
function portNumbersOf(sample: SampleRecord): ReadonlyArray<Record<string, unknown>> {
  return (sample['port_numbers'] ?? []) as ReadonlyArray<Record<string, unknown>>;
}

describe.each(withNames(SAMPLES))('the sample of a %s', (_, { seed, source, sample }) => {
  const { key, columns } = seed;
  const table = `warehouse.${seed.stream}`;

  if (source === 'of the page') {
    it('stands beside a list of fields, all of which our own sample has', () => {
      const listed = fieldList(seed.heading).map(([name]) => name);
      expect(listed.length).toBeGreaterThan(2);
      expect(Object.keys(seed.invented)).toEqual(expect.arrayContaining(listed));
    });
  }

  it('loads with every field in its column, and nothing unknown but a ZIP code that is a number', async () => {
    const mirror = new Mirror(seed);
    const landed = await mirror.land(answer([JSON.stringify(sample)]));
    expect(await loadLanded(landed, bed.deps)).toMatchObject({
      kind: 'loaded',
      added: 1 + portNumbersOf(sample).length,
      rejected: 0,
    });
    const [row, ...others] = await mirror.rows(table);
    expect(others).toEqual([]);
    expect(row?.['extra']).toBeNull();
    for (const [field, value] of Object.entries(sample)) {
      const column = field === key.field ? key.column : columns[field] === undefined ? field : columns[field];
      if (column === null) continue;
      expect(row, field).toHaveProperty(column);
      const kept = row?.[column];
      const read = field === key.field ? String : (seed.stored?.[field] ?? ((sent: unknown) => sent));
      expect(kept, field).toEqual(kept instanceof Date ? new Date(String(value)) : read(value));
    }
    const drift = await mirror.rows('ops.schema_drift', 'object, field, kind, detail');
    const zip = { object: 'port_order', field: 'billing_zip', kind: 'unexpected_type', detail: 'number' };
    expect(drift).toEqual(typeof sample['billing_zip'] === 'number' ? [zip] : []);
    expect(await mirror.rows('ops.rejected_records')).toEqual([]);
  });

  it('loads whatever was done to it, keeps what can be kept, names the rest, and changes nothing the second time', async () => {
    let kept = 0;
    await fc.assert(
      fc.asyncProperty(mutations(sample, key.field), async (records: readonly Mutation[]) => {
        const mirror = new Mirror(seed);
        const body = answer(records.map(writeRecord));
        const outcome = await loadLanded(await mirror.land(body), bed.deps);
        expect(outcome.kind).toBe('loaded');

        const rows = await mirror.rows(table, `t.${key.column}::text as key, t.*`);
        const keys = records.map((record) => readableKey(record, key.field, key.isText));
        const readable = new Set(keys.filter((one) => one.kind === 'read').map(({ key: text }) => text));
        const isSure = keys.every(({ kind }) => kind !== 'unsure');
        if (isSure) expect(rows.map((row) => row['key']).toSorted()).toEqual([...readable].toSorted());
        else for (const text of readable) expect(rows.map((row) => row['key'])).toContain(text);
        kept += rows.length;

        const drift = await mirror.rows('ops.schema_drift', 'object, field, kind, detail');
        const named = new Set(drift.map(({ object, field, kind }) => `${object}.${field}: ${kind}`));
        const lastOf = new Map(records.map((record, i) => [keys[i]?.key ?? '', record]));
        for (const row of rows) {
          const record = lastOf.get(String(row['key']));
          // Of several sights of a fax in one page not the last counts, but the best.
          if (record === undefined || !isSure || (seed.object === 'fax' && readable.size < records.length)) continue;
          for (const field of record.added) {
            expect(Object.keys(row['extra'] ?? {}), field).toContain(field);
            expect(named).toContain(`${seed.object}.${field}: unknown_field`);
          }
          if (record.word !== null && seed.kind === 'snapshot' && Object.hasOwn(sample, 'status')) {
            expect(row['status']).toBe(record.word);
            expect(named).toContain(`${seed.object}.status: unknown_value`);
          }
        }
        const refused = await mirror.rows('ops.rejected_records', 'raw, scope, reason');
        // Of one whose key is too long only the key is kept here, for a key is all that is wrong with it.
        const unreadable = records.flatMap((record, i) =>
          keys[i]?.kind === 'refused' ? [keys[i]?.key ?? writeRecord(record)] : [],
        );
        const raws = refused.filter(({ scope }) => scope === 'record').map(({ raw }) => String(raw));
        if (isSure) expect(raws.length).toBe(new Set(unreadable).size);

        const content = await mirror.content();
        const landed = await mirror.land(body);
        expect(await loadLanded(landed, bed.deps)).toMatchObject({ added: 0, changed: 0 });
        expect(await mirror.content()).toEqual(content);
        expect(await loadLanded(landed, bed.deps, { isReread: true })).toMatchObject({ added: 0, changed: 0 });
        expect(await mirror.content()).toEqual(content);
      }),
      { numRuns: RUNS, seed: PROPERTY_SEED },
    );
    expect(kept).toBeGreaterThan(RUNS);
    const { objects, pages, rows } = ran.get(source) ?? { objects: 0, pages: 0, rows: 0 };
    ran.set(source, { objects: objects + 1, pages: pages + RUNS, rows: rows + kept });
  });
});

describe.each(withNames(SAMPLES.filter(({ seed }) => seed.object === 'port_order')))('a %s', (_, one) => {
  const { seed, source, sample } = one;
  const zip = sample['billing_zip'];

  it('brings its numbers, and a ZIP code that is marked as one sent as a number', async () => {
    const mirror = new Mirror(seed);
    await loadLanded(await mirror.land(answer([JSON.stringify(sample)])), bed.deps);
    const numbers = portNumbersOf(sample);
    expect(typeof zip).toBe('number');
    expect(numbers.length).toBeGreaterThan(1);
    expect(
      await mirror.rows('warehouse.port_orders', 'billing_zip, is_billing_zip_numeric, quantity, number_count'),
    ).toEqual([
      {
        billing_zip: String(zip),
        is_billing_zip_numeric: true,
        quantity: sample['quantity'],
        number_count: numbers.length,
      },
    ]);
    expect(await mirror.rows('warehouse.port_numbers', 'port_number_id, port_order_id, port_number, status')).toEqual(
      numbers.map(({ id, port_number, status }) => ({
        port_number_id: String(id),
        port_order_id: String(sample['id']),
        port_number,
        status,
      })),
    );
  });

  it('that is broken goes whole to the rejected records, and changes nothing else', async () => {
    // Without its secret, which would be dropped: what is refused is kept as it came.
    const { port_out_pin: _secret, ...open } = sample;
    const ours = JSON.stringify(open, null, 2).replace('"port_numbers":', '"port_numbers"');
    const broken = source === 'invented' ? ours : sampleText('Port Order');
    const mirror = new Mirror(seed);
    await loadLanded(await mirror.land(answer([JSON.stringify(sample)])), bed.deps);
    const before = await mirror.content();
    const bodies = [broken, answer([broken])];
    for (const body of bodies) {
      expect(() => JSON.parse(body)).toThrow();
      const outcome = await loadLanded(await mirror.land(body), bed.deps);
      expect(outcome).toMatchObject({ kind: 'loaded', records: 0, added: 0, changed: 0, rejected: 1 });
    }
    const refused = await mirror.rows('ops.rejected_records', 'raw, reason, scope');
    const raws = refused.map(({ raw }) => String(raw));
    expect(refused).toEqual(raws.map((raw) => ({ raw, reason: 'unreadable_page', scope: 'record' })));
    expect(raws.toSorted()).toEqual(bodies.toSorted());
    expect(await mirror.content()).toEqual(before);
  });
});
