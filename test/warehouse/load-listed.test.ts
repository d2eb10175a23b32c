import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { STREAMS } from '../../src/streams/registry.ts';
import { loadObject, type PreparedLoad } from '../../src/warehouse/load-object.ts';
import { type Bodies, cutOff, listing, LISTINGS_START as START } from '../streams/listings.ts';
import { freshDatabase, type TestDatabase } from '../support/database.ts';
import { TEST_LOAD } from '../support/landed.ts';
import { emptyWarehouse } from '../support/warehouse-content.ts';

const HOUR = 3_600_000;

/** How the objects of one table are listed. */
interface Sample {
  readonly table: string;
  readonly stream: string;
  readonly subjectId?: string;
  readonly key: string;
  readonly gone: string;
  /** One object; `version` changes what it says. */
  readonly wire: (n: number, version: number) => object;
  /** The listing that shows these objects. */
  readonly data: (objects: readonly unknown[]) => unknown;
}

const plain = { gone: 'gone_at_source_at', data: (objects: readonly unknown[]) => objects };
const SAMPLES: readonly Sample[] = [
  {
    ...plain,
    table: 'warehouse.phone_numbers',
    stream: 'phone_numbers',
    key: 'phone_number',
    gone: 'released_at',
    wire: (n, version) => ({ phone_number: `+1414555${1000 + n}`, cost: 200 + version }),
  },
  {
    ...plain,
    table: 'warehouse.port_orders',
    stream: 'port_orders',
    key: 'port_order_id',
    wire: (n, version) => ({ id: n, status: version === 0 ? 'open' : 'succeeded', port_numbers: [] }),
  },
  {
    ...plain,
    table: 'warehouse.port_numbers',
    stream: 'port_orders',
    key: 'port_number_id',
    wire: (n, version) => ({
      id: n,
      port_number: `+1414555${1000 + n}`,
      status: version === 0 ? 'open' : 'succeeded',
    }),
    data: (objects) => [{ id: 1, status: 'open', port_numbers: objects }],
  },
  {
    ...plain,
    table: 'warehouse.port_number_notes',
    stream: 'port_number_notes',
    subjectId: '77',
    key: 'note_id',
    wire: (n, version) => ({ id: n, note: `version ${version}`, author: 'carrier' }),
  },
  {
    ...plain,
    table: 'warehouse.atas',
    stream: 'atas',
    key: 'ata_id',
    wire: (n, version) => ({ id: n, name: `version ${version}` }),
  },
  {
    ...plain,
    table: 'warehouse.blocking_rules',
    stream: 'blocking_rules',
    key: 'blocking_rule_id',
    wire: (n, version) => ({ id: n, direction: 'send', is_locked: version === 1 }),
  },
  {
    ...plain,
    table: 'warehouse.addresses',
    stream: 'addresses',
    key: 'address_id',
    wire: (n, version) => ({ id: n, city: `version ${version}` }),
  },
  {
    ...plain,
    table: 'warehouse.detected_atas',
    stream: 'detected_atas',
    key: 'mac_address',
    wire: (n, version) => ({ mac_address: `00:00:${1000 + n}`, user_agent: `version ${version}` }),
  },
];

let database: TestDatabase;
beforeAll(async () => {
  database = await freshDatabase();
});
afterAll(() => database.drop());
beforeEach(() => emptyWarehouse(database.pool));

async function load(...objects: readonly PreparedLoad[]): Promise<void> {
  for (const object of objects) await loadObject(database.pool, object, TEST_LOAD);
}

async function rows(sql: string): Promise<Record<string, unknown>[]> {
  return (await database.pool.query<Record<string, unknown>>(sql)).rows;
}

it('every table whose objects can be gone is among the samples', async () => {
  const known = await rows(`
    select distinct format('warehouse.%s', c.relname) as name from pg_class c join pg_attribute a on a.attrelid = c.oid
    where c.relnamespace = 'warehouse'::regnamespace and c.relkind = 'r' and a.attname in ('gone_at_source_at', 'released_at')
      and c.relname <> 'faxes' order by 1`);
  expect(SAMPLES.map(({ table }) => table).toSorted()).toEqual(known.map(({ name }) => name));
  const registered = [...STREAMS.values()].flatMap(({ name, tables }) =>
    tables.map(({ table }) => `${name}: ${table}`),
  );
  for (const { stream, table } of SAMPLES) expect(registered).toContain(`${stream}: ${table}`);
});

describe.each(SAMPLES.map((sample) => [sample.table, sample] as const))('a listing for %s', (_, sample) => {
  const { table, key, gone, wire, data } = sample;
  const show = (observation: number, shown: readonly unknown[]) => listing(sample, observation, data(shown));
  const [one, two] = [wire(1, 0), wire(2, 0)];

  async function marks(): Promise<unknown[]> {
    return (await rows(`select ${gone} as gone from ${table} order by ${key}`)).map((row) => row['gone']);
  }
  async function history(): Promise<unknown[]> {
    const of = `${table.replace(/(?<=address)es$|s$/, '')}_history`;
    const found = await rows(
      `select ${key} as key, observation_no, is_listed from ${of} order by observation_no, ${key}`,
    );
    return found.map((row) => [row['observation_no'], row['is_listed']]);
  }

  it('marks an object that is lost at the second complete listing, not at the first, with the time of the first', async () => {
    await load(show(1, [one, two]), show(2, [one]));
    expect(await marks()).toEqual([null, null]);
    await load(show(3, [one]));
    expect(await marks()).toEqual([null, new Date(START + 2 * HOUR)]);
    expect(await history()).toEqual([
      ['1', true],
      ['1', true],
      ['2', false],
    ]);
  });

  it('clears the mark of an object that is back, and keeps its history', async () => {
    await load(show(1, [one, two]), show(2, [one]), show(3, [one]), show(4, [one, wire(2, 1)]));
    expect(await marks()).toEqual([null, null]);
    expect((await history()).slice(2)).toEqual([
      ['2', false],
      ['4', true],
    ]);
  });

  it('marks nothing by a listing of which a record was refused, whether the first or the second without the object', async () => {
    const refused = table === 'warehouse.port_numbers' ? data([one, {}]) : data([one, { note: 'no key' }]);
    const partial = (observation: number) => listing(sample, observation, refused);
    await load(show(1, [one, two]), partial(2), partial(3));
    expect(await marks()).toEqual([null, null]);
    await load(show(4, [one]), partial(5));
    expect(await marks()).toEqual([null, null]);
    await load(show(6, [one]), partial(7));
    expect(await marks()).toEqual([null, new Date(START + 4 * HOUR)]);
  });

  it('marks nothing by a listing with a page that cannot be read, whether the first or the second without the object', async () => {
    const partial = (observation: number) => listing(sample, observation, data([one]), cutOff);
    await load(show(1, [one, two]), partial(2), partial(3), show(4, [one]), partial(5), partial(6));
    expect(await marks()).toEqual([null, null]);
    await load(show(7, [one]), partial(8));
    expect(await marks()).toEqual([null, new Date(START + 4 * HOUR)]);
  });

  it('takes what an incomplete listing shows', async () => {
    await load(show(1, [one]), listing(sample, 2, data([wire(1, 1), two]), cutOff));
    expect(await marks()).toEqual([null, null]);
    expect(await history()).toEqual([
      ['1', true],
      ['2', true],
      ['2', true],
    ]);
  });

  it('doubts the loss of too large a share at once', async () => {
    const all = Array.from({ length: 10 }, (_unused, n) => wire(n + 1, 0));
    await load(show(1, all), show(2, all.slice(0, 6)), show(3, all.slice(0, 6)));
    expect(await marks()).toEqual(all.map(() => null));
    // Three may go at once, however few there are.
    await load(show(4, all), show(5, all.slice(0, 7)), show(6, all.slice(0, 7)));
    expect((await marks()).filter((mark) => mark !== null)).toEqual(Array(3).fill(new Date(START + 5 * HOUR)));
  });

  it('writes nothing the second time', async () => {
    const objects = [show(1, [one, two]), show(2, [wire(1, 1)]), show(3, [wire(1, 1)])];
    await load(...objects);
    const before = [await rows(`select * from ${table} order by ${key}`), await history()];
    for (const object of objects) {
      const again = await loadObject(database.pool, object, { ...TEST_LOAD, isReread: true });
      expect(again).toMatchObject({ kind: 'loaded', added: 0, changed: 0 });
    }
    expect([await rows(`select * from ${table} order by ${key}`), await history()]).toEqual(before);
  });

  it.each([
    ['a number beyond 2^53', '9007199254740993'],
    ['fractions with zeros at their end', '[1.50,0.10,-0.0]'],
    ['exponents', '{"a":1e21,"b":1.5E-7,"c":2e2}'],
    ['names in another order', '{"b":1,"a":{"d":1,"c":null},"10":1,"2":2}'],
    ['a name that is special to JavaScript', '{"__proto__":{"a":1},"constructor":2}'],
  ])('sees no change in an unknown field that holds %s', async (_name, json) => {
    const withField: Bodies = ({ bodies }) =>
      bodies.map((raw) => ({ ...raw, body: raw.body.replaceAll('"news"', json) }));
    const shown = data([{ ...wire(1, 0), unheard_of: 'news' }]);
    await load(listing(sample, 1, shown, withField), listing(sample, 2, shown, withField));
    expect(await history()).toEqual([['1', true]]);
    const [kept] = await rows(`select extra->'unheard_of' = '${json}'::jsonb as is_kept from ${table}`);
    expect(kept).toEqual({ is_kept: true });
  });
});

/** The current rows of a table as `key: gone since this look`, in order of their keys. */
async function goneBy(table: string, key: string): Promise<string[]> {
  const found = await rows(`select ${key} as key, gone_at_source_at as gone from ${table} order by ${key}`);
  return found.map(({ key, gone }) => `${key}: ${gone instanceof Date ? (gone.getTime() - START) / HOUR : 'listed'}`);
}

describe('a listing of adapters', () => {
  it('with one whose key no index could hold marks nothing', async () => {
    const detected = { stream: 'detected_atas' };
    const [one, two] = [{ mac_address: 'a' }, { mac_address: 'b' }];
    const long = { mac_address: 'c'.repeat(300) };
    await load(listing(detected, 1, [one, two]), listing(detected, 2, [one, long]), listing(detected, 3, [one, long]));
    expect(await goneBy('warehouse.detected_atas', 'mac_address')).toEqual(['a: listed', 'b: listed']);
    expect(await rows('select reason, occurrences, record_id from ops.rejected_records')).toEqual([
      { reason: 'key_too_long', occurrences: 2, record_id: '' },
    ]);
  });
});

describe('a listing of port orders', () => {
  const orders = { stream: 'port_orders' };
  const [three, four] = [
    { id: 3, status: 'open' },
    { id: 4, status: 'open' },
  ];
  const order = (id: number, numbers: unknown) => ({ id, status: 'open', port_numbers: numbers });
  const both = [order(1, [three, four]), order(2, [])];

  it.each([
    ['was null', order(1, null)],
    ['was missing', { id: 1, status: 'open' }],
    ['was no list', order(1, { id: 3 })],
    ['had an element without an id', order(1, [three, { status: 'open' }])],
    ['had an element that is no object', order(1, [three, 'x'])],
    ['had an element whose id is too large', order(1, [three, { id: '9223372036854775808' }])],
  ])('says nothing of numbers it does not show where a list of them %s, and all of orders', async (_name, odd) => {
    await load(listing(orders, 1, both), listing(orders, 2, [odd]), listing(orders, 3, [odd]));
    expect(await goneBy('warehouse.port_numbers', 'port_number_id')).toEqual(['3: listed', '4: listed']);
    expect(await goneBy('warehouse.port_orders', 'port_order_id')).toEqual(['1: listed', '2: 2']);
    expect(await rows(`select stream, is_complete from ops.slices where observation_no = 3 order by stream`)).toEqual([
      { stream: 'port_numbers', is_complete: false },
      { stream: 'port_orders', is_complete: true },
    ]);
  });

  it('marks the numbers of an order that left with it', async () => {
    await load(listing(orders, 1, both), listing(orders, 2, [order(2, [])]), listing(orders, 3, [order(2, [])]));
    expect(await goneBy('warehouse.port_numbers', 'port_number_id')).toEqual(['3: 2', '4: 2']);
    expect(await goneBy('warehouse.port_orders', 'port_order_id')).toEqual(['1: 2', '2: listed']);
  });

  it('keeps a number that moved to another order, with its history', async () => {
    await load(listing(orders, 1, both), listing(orders, 2, [order(1, [three]), order(2, [four])]));
    expect(
      await rows('select port_number_id, port_order_id from warehouse.port_numbers order by port_number_id'),
    ).toEqual([
      { port_number_id: '3', port_order_id: '1' },
      { port_number_id: '4', port_order_id: '2' },
    ]);
    expect(
      await rows(
        'select port_order_id from warehouse.port_number_history where port_number_id = 4 order by observation_no',
      ),
    ).toEqual([{ port_order_id: '1' }, { port_order_id: '2' }]);
  });
});

describe('a listing of notes', () => {
  const of = (subjectId: string) => ({ stream: 'port_number_notes', subjectId });
  const [one, two] = [
    { id: 1, note: 'a' },
    { id: 2, note: 'b' },
  ];

  it('of one number says nothing of the notes of another, not even of those with the same id', async () => {
    await load(listing(of('5'), 1, [one, two]), listing(of('6'), 2, [one, two]));
    await load(listing(of('5'), 3, [one]), listing(of('6'), 4, [two]));
    await load(listing(of('6'), 5, [two]));
    const state = () => goneBy('warehouse.port_number_notes', `port_number_id || '/' || note_id`);
    expect(await state()).toEqual(['5/1: listed', '5/2: listed', '6/1: 4', '6/2: listed']);
    await load(listing(of('5'), 6, [one]));
    expect(await state()).toEqual(['5/1: listed', '5/2: 3', '6/1: 4', '6/2: listed']);
  });
});
