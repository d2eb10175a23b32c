import { describe, expect, it } from 'vitest';
import { OBJECT_STREAMS, UnknownObjectError } from '../../src/simulator/account-objects.ts';
import type { TruthRow } from '../../src/simulator/truth-objects.ts';
import { DAY, HOUR, NOW, type Rig, startRig } from './client.ts';

type Wire = Readonly<Record<string, unknown>>;

const ms = (stamp: unknown): number | null => (typeof stamp === 'string' ? Date.parse(stamp) : null);

async function listed(rig: Rig, path: string): Promise<readonly Wire[]> {
  return (await rig.ask(`/v2.1/${path}?per_page=1000`)).json.data;
}

/** Wire names whose column is called otherwise; the column, and how its value is read. */
const RENAMED: Readonly<Record<string, Readonly<Record<string, readonly [string, (value: unknown) => unknown]>>>> = {
  port_orders: {
    id: ['port_order_id', String],
    billing_zip: ['billing_zip', (zip) => (zip === null ? null : String(zip))],
    ...Object.fromEntries(
      ['created_at', 'updated_at', 'completed_at', 'requested_for', 'bill_received_at'].map((name) => [
        name,
        [name, ms],
      ]),
    ),
  },
  atas: {
    id: ['ata_id', String],
    last_registered: ['last_registered_at', ms],
    expiry_time: ['expires_at', ms],
    group: ['group_name', (value) => value],
    sip_uri: ['sip_uri', (value) => (value === null ? null : String(value).replace(/^sip:.*@/, 'sip:'))],
  },
  detected_atas: { last_seen: ['last_seen_at', ms] },
  blocking_rules: {
    id: ['blocking_rule_id', String],
    from: ['from_rule', (value) => value],
    to: ['to_rule', (value) => value],
  },
  addresses: { id: ['address_id', String] },
};

/** A wire object as the row it should become, without what is never stored. */
function rowOf(stream: string, wire: Wire, leftOut: readonly string[] = []): Record<string, unknown> {
  const row: Record<string, unknown> = { extra: null };
  for (const [name, value] of Object.entries(wire)) {
    if (leftOut.includes(name)) continue;
    const [column, read] = RENAMED[stream]?.[name] ?? [name, (same: unknown) => same];
    row[column] = read(value);
  }
  return row;
}

function expectRows(actual: ReadonlyMap<string, TruthRow>, expected: ReadonlyArray<readonly [string, object]>): void {
  expect(expected.length).toBeGreaterThan(0);
  expect(Object.fromEntries(actual)).toEqual(Object.fromEntries(expected));
}

async function expectTruth(rig: Rig, at: number): Promise<void> {
  const { world } = rig.simulator;
  const orders = await listed(rig, 'port_orders');
  const numbersOf = (order: Wire) => order['port_numbers'] as readonly Wire[];
  expectRows(
    world.objectsAt('port_orders', at),
    orders.map((order) => {
      const zip = order['billing_zip'];
      const counted = {
        number_count: numbersOf(order).length,
        is_billing_zip_numeric: zip === null ? null : typeof zip === 'number',
      };
      return [String(order['id']), { ...rowOf('port_orders', order, ['port_out_pin', 'port_numbers']), ...counted }];
    }),
  );
  const numbers = orders.flatMap((order) => numbersOf(order).map((number) => ({ order, number })));
  expectRows(
    world.objectsAt('port_numbers', at),
    numbers.map(({ order, number: { id, port_number, status } }) => [
      String(id),
      { port_number_id: String(id), port_order_id: String(order['id']), port_number, status, extra: null },
    ]),
  );
  const notes: Array<readonly [string, object]> = [];
  for (const { number } of numbers) {
    for (const { id, note, author, created_at, updated_at } of await listed(
      rig,
      `port_numbers/${number['id']}/notes`,
    )) {
      const ids = { port_number_id: String(number['id']), note_id: String(id) };
      const row = { ...ids, note, author, created_at: ms(created_at), updated_at: ms(updated_at), extra: null };
      notes.push([`${number['id']}|${id}`, row]);
    }
  }
  expectRows(world.objectsAt('port_number_notes', at), notes);
  const streams = {
    atas: 'atas',
    'atas/detected': 'detected_atas',
    blocking_rules: 'blocking_rules',
    addresses: 'addresses',
  };
  for (const [path, stream] of Object.entries(streams)) {
    const rows = (await listed(rig, path)).map((wire): readonly [string, object] => [
      String(wire['id'] ?? wire['mac_address']),
      rowOf(stream, wire),
    ]);
    expectRows(world.objectsAt(stream, at), rows);
  }
}

describe('the truth of the lists', () => {
  it('is what the provider shows, row by row and field by field, at every hour asked', async () => {
    const rig = await startRig({ world: { days: 60, faxesPerDay: 0 } });
    for (const hours of [0, 31, 7 * 24, 20 * 24, 45 * 24]) {
      rig.clock.advanceTo(NOW + hours * HOUR);
      await expectTruth(rig, rig.clock.now());
    }
  });

  it('holds every PhaxCode that a listed fax names, as look-ups show it', async () => {
    const rig = await startRig({ world: { days: 10, faxesPerDay: 60, barcodeShare: 0.4 } });
    const { world } = rig.simulator;
    const named = world.truth(NOW).faxes.flatMap((fax) => fax.barcodes ?? []);
    const identifiers = named.flatMap(({ identifier }) => (identifier === null ? [] : [identifier.replace('px:', '')]));
    const codes = world.objectsAt('phax_codes', NOW);
    expect(codes.size).toBeGreaterThan(30);
    expect(new Set(codes.keys())).toEqual(new Set(identifiers));
    for (const [identifier, row] of [...codes].slice(0, 10)) {
      const { data } = (await rig.ask(`/v2.1/phax_codes/${identifier}`)).json;
      const { metadata, created_at } = data;
      expect(row).toEqual({ identifier, metadata, created_at: ms(created_at), extra: null });
    }
    await rig.ask('/v2.1/phax_codes', { method: 'POST', body: new URLSearchParams({ metadata: 'named by no fax' }) });
    expect(world.objectsAt('phax_codes', NOW)).toEqual(codes);
  });

  it('names what is unusual exactly where it is sent', async () => {
    const plain = await startRig({ world: { faxesPerDay: 0 } });
    expect(plain.simulator.world.objectOddities().map(({ field }) => field)).toEqual(['billing_zip']);
    const rig = await startRig({ world: { faxesPerDay: 0, oddities: true } });
    const oddities = rig.simulator.world.objectOddities();
    expect(oddities.map(({ object, field, kind, detail }) => [object, field, kind, detail])).toEqual([
      ['port_order', 'billing_zip', 'unexpected_type', 'number'],
      ['port_number', 'status', 'unknown_value', 'heldbycarrier'],
      ['ata', 'firmware_channel', 'unknown_field', 'string'],
      ['blocking_rule', 'direction', 'unknown_value', 'both'],
    ]);
    const texts = await Promise.all(
      ['port_orders', 'atas', 'blocking_rules'].map(async (path) => (await rig.ask(`/v2.1/${path}`)).text),
    );
    expect(texts[0]?.match(/"status":"heldbycarrier"/g)).toHaveLength(1);
    expect(texts[1]?.match(/"firmware_channel":"early"/g)).toHaveLength(1);
    expect(texts[2]?.match(/"direction":"both"/g)).toHaveLength(1);
    const odd = [...rig.simulator.world.objectsAt('atas', NOW).values()].filter((row) => row['extra'] !== null);
    expect(odd.map((row) => row['extra'])).toEqual(['{"firmware_channel":"early"}']);
    expect(rig.simulator.world.objectOddities(0)).toEqual([]);
  });
});

describe('credentials and PINs', () => {
  const world = { days: 60, faxesPerDay: 0, credentialCanary: 'tweety' };

  it('are in no row of the truth, whatever the instant', async () => {
    const rig = await startRig({ world });
    for (const at of [NOW - 30 * DAY, NOW, NOW + 30 * DAY]) {
      for (const stream of OBJECT_STREAMS) {
        const rows = JSON.stringify([...rig.simulator.world.objectsAt(stream, at)]);
        expect(rows).not.toContain('tweety');
        if (stream === 'atas') expect(rows).toMatch(/"sip:203\.0\.113\.\d+:5060"/);
      }
    }
  });

  it('all hold the canary, and show only where they belong', async () => {
    const rig = await startRig({ world });
    const orders = await listed(rig, 'port_orders');
    const pins = orders.map((order) => order['port_out_pin']).filter((pin) => pin !== null);
    expect(pins).toHaveLength(orders.length - 1);
    for (const pin of pins) expect(pin).toContain('tweety');
    const atas = await rig.ask('/v2.1/atas');
    expect(atas.text).not.toMatch(/username|password/);
    // The user's part of the address is the user name.
    expect(atas.text.match(/tweety/g)).toHaveLength(atas.text.match(/"sip:/g)?.length ?? -1);
    const { username, password } = (await rig.ask(`/v2.1/atas/${atas.json.data[0].id}?with_credentials=true`)).json
      .data;
    expect(username).toContain('tweety');
    expect(password).toContain('tweety');
    for (const path of ['atas/detected', 'atas/provisioning_urls', 'blocking_rules', 'addresses']) {
      expect((await rig.ask(`/v2.1/${path}`)).text, path).not.toContain('tweety');
    }
  });

  it('show in the list of ATAs of a provider that leaks', async () => {
    const rig = await startRig({ world, http: { switches: { atasShowCredentials: true } } });
    for (const ata of await listed(rig, 'atas')) {
      expect(ata['username']).toContain('tweety');
      expect(ata['password']).toContain('tweety');
    }
  });
});

describe('an object that is lost', () => {
  it('is gone from lists, look-ups and truth for as long as was said', async () => {
    const rig = await startRig({ world: { faxesPerDay: 0, days: 60 } });
    const { world } = rig.simulator;
    const [first] = await listed(rig, 'port_orders');
    const id = String(first?.['id']);
    const before = world.objectsAt('port_orders', NOW);
    world.removeObject('port_orders', id, NOW + HOUR, NOW + 2 * HOUR);
    expect(world.objectsAt('port_orders', NOW)).toEqual(before);
    rig.clock.advanceTo(NOW + HOUR);
    expect((await listed(rig, 'port_orders')).map((order) => String(order['id']))).not.toContain(id);
    expect((await rig.ask(`/v2.1/port_orders/${id}`)).status).toBe(404);
    await expectTruth(rig, rig.clock.now());
    rig.clock.advanceTo(NOW + 2 * HOUR);
    expect((await rig.ask(`/v2.1/port_orders/${id}`)).status).toBe(200);
  });

  it('can be of any list', async () => {
    const rig = await startRig({ world: { days: 20, faxesPerDay: 60, barcodeShare: 0.4 } });
    const { world } = rig.simulator;
    for (const stream of OBJECT_STREAMS) {
      const [key = ''] = [...world.objectsAt(stream, NOW).keys()];
      world.removeObject(stream, key, NOW);
      expect(world.objectsAt(stream, NOW).has(key), stream).toBe(false);
      expect(world.objectsAt(stream, NOW - 1).has(key), stream).toBe(true);
    }
    await expectTruth(rig, NOW);
    expect(() => world.removeObject('atas', '1', NOW)).toThrow(UnknownObjectError);
    expect(() => world.objectsAt('faxes', NOW)).toThrow(UnknownObjectError);
  });

  it('can be lost and looked at through the control endpoints', async () => {
    const rig = await startRig({ world: { faxesPerDay: 0 } });
    const rules = await listed(rig, 'blocking_rules');
    const path = '/__simulator/objects/blocking_rules';
    expect(Object.keys((await rig.ask(path)).json)).toEqual(rules.map((rule) => String(rule['id'])));
    await rig.ask(`${path}/${rules[0]?.['id']}?until=${NOW + DAY}`, { method: 'DELETE' });
    expect(await listed(rig, 'blocking_rules')).toEqual(rules.slice(1));
    expect(Object.keys((await rig.ask(`${path}?at=${NOW - DAY}`)).json)).toContain(String(rules[0]?.['id']));
    rig.clock.advance(DAY);
    expect((await listed(rig, 'blocking_rules'))[0]).toEqual(rules[0]);
    expect((await rig.ask('/__simulator/objects/cats')).status).toBe(422);
    expect((await rig.ask(`${path}/1`, { method: 'DELETE' })).status).toBe(422);
  });
});
