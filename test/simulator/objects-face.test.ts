import { describe, expect, it } from 'vitest';
import { World } from '../../src/simulator/world.ts';
import { DAY, iso, MINUTE, NOW, type Rig, startRig } from './client.ts';

const QUIET = { faxesPerDay: 0 };
const CENTRAL = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000-0[56]:00$/;

const ORDER_FIELDS =
  'id,contact_number,contact_email,name_on_account,account_identifier,name_of_business,provider_name,port_out_pin,port_type,' +
  'billing_number,billing_address1,billing_address2,billing_city,billing_state,billing_zip,esig,status,quantity,created_at,' +
  'updated_at,completed_at,requested_for,bill_received_at,port_numbers';
const ATA_FIELDS =
  'id,name,description,user_phone_number,domain,last_registered,expiry_time,user_agent,sip_uri,mac_address,group';

async function rowsOf(rig: Rig, path: string) {
  const { json } = await rig.ask(`${path}${path.includes('?') ? '&' : '?'}per_page=1000`);
  return json.data as ReadonlyArray<Record<string, unknown>>;
}

function form(method: string, fields: ReadonlyArray<readonly [string, string]> = []): RequestInit {
  return { method, body: new URLSearchParams(fields.map(([name, value]): [string, string] => [name, value])) };
}

describe('port orders', () => {
  it('are listed whole without bounds, newest first, paged, with the fields in the order of the recordings', async () => {
    const rig = await startRig({ world: { ...QUIET, days: 60 } });
    const answer = await rig.ask('/v2.1/port_orders?per_page=4');
    expect(answer.json.message).toBe('Retrieved port orders successfully');
    expect(Object.keys(answer.json)).toEqual(['success', 'message', 'data', 'paging']);
    expect(answer.json.paging).toEqual({ total: 6, per_page: 4, page: 1 });
    expect(answer.headers.get('x-total')).toBe('6');
    const all = [...answer.json.data, ...(await rig.ask('/v2.1/port_orders?per_page=4&page=2')).json.data];
    expect(all).toHaveLength(6);
    for (const order of all) {
      expect(Object.keys(order).join()).toBe(ORDER_FIELDS);
      expect(order.created_at).toMatch(CENTRAL);
      for (const number of order.port_numbers) expect(Object.keys(number)).toEqual(['id', 'port_number', 'status']);
    }
    const stamps = all.map((order) => Date.parse(order.created_at));
    expect(stamps).toEqual([...stamps].sort((left, right) => right - left));
  });

  it('are filtered by the instants of their creation, bounds included or not as the switches say', async () => {
    const rig = await startRig({ world: { ...QUIET, days: 60 } });
    const orders = await rowsOf(rig, '/v2.1/port_orders');
    const third = Date.parse(String(orders[2]?.['created_at']));
    const ids = async (of: Rig, query: string) => (await rowsOf(of, `/v2.1/port_orders?${query}`)).map(({ id }) => id);
    const expected = orders.map(({ id }) => id);
    expect(await ids(rig, `created_after=${iso(third)}`)).toEqual(expected.slice(0, 3));
    expect(await ids(rig, `created_before=${iso(third)}`)).toEqual(expected.slice(2));
    expect(await ids(rig, `created_after=${iso(third)}&created_before=${iso(third)}`)).toEqual([expected[2]]);
    const switches = { inclusiveAfter: false, inclusiveBefore: false };
    const strict = await startRig({ world: { ...QUIET, days: 60 }, http: { switches } });
    expect(await ids(strict, `created_after=${iso(third)}`)).toEqual(expected.slice(0, 2));
    expect(await ids(strict, `created_before=${iso(third)}`)).toEqual(expected.slice(3));
    expect((await rig.ask('/v2.1/port_orders?created_after=yesterday')).status).toBe(422);
  });

  it('send one ZIP code as a number that lost its zero, another as text that kept them, and one as null', async () => {
    const rig = await startRig({ world: QUIET });
    const zips = (await rowsOf(rig, '/v2.1/port_orders')).map((order) => order['billing_zip']);
    expect(zips).toContain(2134);
    expect(zips).toContain('00501');
    expect(zips).toContain(null);
    expect(zips.filter((zip) => typeof zip === 'number')).toHaveLength(1);
  });

  it('are found by id, with their numbers and the notes of these, which come without paging', async () => {
    const rig = await startRig({ world: { ...QUIET, days: 60 } });
    for (const order of await rowsOf(rig, '/v2.1/port_orders')) {
      const one = await rig.ask(`/v2.1/port_orders/${order['id']}`);
      expect(one.json).toEqual({ success: true, message: 'Retrieved port order', data: order });
      for (const number of order['port_numbers'] as Array<{ id: number; status: string }>) {
        const found = await rig.ask(`/v2.1/port_numbers/${number.id}`);
        expect(found.json).toEqual({ success: true, message: 'Retrieved port number', data: number });
        const notes = await rig.ask(`/v2.1/port_numbers/${number.id}/notes`);
        expect(Object.keys(notes.json)).toEqual(['success', 'message', 'data']);
        expect(notes.json.message).toBe('Retrieved port number notes');
        expect(notes.headers.get('x-total')).toBeNull();
        if (number.status === 'open') expect(notes.json.data).toEqual([]);
        if (number.status === 'needinfo') expect(notes.json.data.length).toBeGreaterThan(0);
        for (const note of notes.json.data) {
          expect(Object.keys(note)).toEqual(['id', 'note', 'author', 'created_at', 'updated_at']);
        }
      }
    }
    expect((await rig.ask('/v2.1/port_orders/999999')).json).toEqual({ success: false, message: 'Not found' });
    for (const path of ['port_numbers/999999', 'port_numbers/999999/notes', 'port_numbers']) {
      expect((await rig.ask(`/v2.1/${path}`)).status, path).toBe(404);
    }
  });

  it('can be made, and live on by themselves', async () => {
    const rig = await startRig({ world: { ...QUIET, days: 60 } });
    const fields = [
      ['name_on_account', 'Alice Acme'],
      ['billing_zip', '02134'],
      ['port_out_pin', '4321'],
      ['contact_number', '5551231234'],
      ['port_numbers[]', '+15551112222'],
      ['port_numbers[]', '5553334444'],
    ] as const;
    const { json } = await rig.ask('/v2.1/port_orders', form('POST', fields));
    expect(json.message).toBe('Port order created');
    expect(Object.keys(json.data).join()).toBe(ORDER_FIELDS);
    expect(json.data).toMatchObject({
      name_on_account: 'Alice Acme',
      billing_zip: '02134',
      status: 'open',
      quantity: 2,
    });
    expect(json.data).toMatchObject({ contact_number: '+15551231234', completed_at: null, esig: null });
    expect(json.data.port_numbers.map((one: { port_number: string }) => one.port_number)).toEqual([
      ...['+15551112222', '+15553334444'],
    ]);
    const seen = new Set<string>();
    for (let day = 0; day < 40; day++) {
      rig.clock.advance(DAY);
      seen.add((await rig.ask(`/v2.1/port_orders/${json.data.id}`)).json.data.status);
    }
    expect([...seen]).toEqual(['submitted', 'needinfo', 'succeeded']);
    expect((await rig.ask('/v2.1/port_orders', form('POST'))).status).toBe(422);
    expect((await rig.ask('/v2.1/port_orders', form('POST', [['port_numbers[]', 'none']]))).status).toBe(422);
  });
});

describe('ATAs', () => {
  it('are listed with the recorded fields, registered from where their user name says', async () => {
    const rig = await startRig({ world: QUIET });
    const answer = await rig.ask('/v2.1/atas');
    expect(answer.json.message).toBe('Retrieved ATAs successfully');
    expect(answer.json.paging).toEqual({ total: 7, per_page: 25, page: 1 });
    for (const ata of answer.json.data) {
      expect(Object.keys(ata).join()).toBe(ATA_FIELDS);
      const one = await rig.ask(`/v2.1/atas/${ata.id}`);
      expect(one.json).toEqual({ success: true, message: 'Metadata for ATA', data: ata });
      const shown = (await rig.ask(`/v2.1/atas/${ata.id}?with_credentials=true`)).json.data;
      expect(Object.keys(shown).join()).toBe(`${ATA_FIELDS},username,password`);
      if (ata.last_registered === null)
        expect([ata.expiry_time, ata.user_agent, ata.sip_uri]).toEqual([null, null, null]);
      else expect(ata.sip_uri).toBe(`sip:${shown.username}@203.0.113.${ata.sip_uri.split('.').at(-1)}`);
      if (ata.last_registered !== null) expect(ata.last_registered).toMatch(CENTRAL);
    }
    const registered = answer.json.data.filter((ata: { sip_uri: unknown }) => ata.sip_uri !== null);
    expect(registered).toHaveLength(6);
    expect((await rig.ask('/v2.1/atas/1')).status).toBe(404);
  });

  it('lose one, gain one and rename one in the history, and again after it', async () => {
    const rig = await startRig({ world: { ...QUIET, days: 60 } });
    const { world } = rig.simulator;
    const names = (at: number) => [...world.objectsAt('atas', at).values()].map((row) => row['name']);
    const [before, now, later] = [names(world.options.firstDay), names(NOW), names(NOW + 20 * DAY)];
    expect(before.filter((name) => !now.includes(name))).toEqual(['Billing office', 'Records room']);
    expect(now.filter((name) => !before.includes(name))).toEqual(['Billing office, east', 'Pharmacy counter']);
    expect(now.filter((name) => !later.includes(name))).toEqual(['Night ward', 'Loading dock']);
    expect(later.filter((name) => !now.includes(name))).toEqual(['Loading dock (new)']);
    rig.clock.advance(20 * DAY);
    expect((await rowsOf(rig, '/v2.1/atas')).map(({ name }) => name)).toEqual(later);
  });

  it('register again and again, but for one that never did and one that has stopped', async () => {
    const rig = await startRig({ world: { ...QUIET, days: 60 } });
    const { world } = rig.simulator;
    const stampsOf = (name: string) => {
      const stamps = Array.from({ length: 60 }, (_, day) => {
        const row = [...world.objectsAt('atas', NOW - day * DAY).values()].find((one) => one['name'] === name);
        return row?.['last_registered_at'];
      });
      return [...new Set(stamps)];
    };
    expect(stampsOf('Night ward')).toEqual([null]);
    expect(stampsOf('Front desk').length).toBeGreaterThan(5);
    const stopped = Number(stampsOf('Radiología')[0]);
    expect(NOW - stopped).toBeGreaterThan(0.39 * 60 * DAY);
    expect(NOW - Number(stampsOf('Front desk')[0])).toBeLessThan(10 * DAY);
  });

  it('keep what commands changed through the changes that were planned, and stay deleted', async () => {
    const rig = await startRig({ world: { ...QUIET, days: 60 } });
    const atas = await rowsOf(rig, '/v2.1/atas');
    const idOf = (name: string) => String(atas.find((ata) => ata['name'] === name)?.['id']);
    const renamed = idOf('Loading dock');
    await rig.ask(`/v2.1/atas/${renamed}`, form('PATCH', [['description', 'By the gate']]));
    rig.clock.advance(20 * DAY);
    const later = (await rig.ask(`/v2.1/atas/${renamed}`)).json.data;
    expect(later).toMatchObject({ name: 'Loading dock (new)', description: 'By the gate' });
    const other = await startRig({ world: { ...QUIET, days: 60 } });
    await other.ask(`/v2.1/atas/${renamed}`, { method: 'DELETE' });
    expect((await other.ask(`/v2.1/atas/${renamed}`)).status).toBe(404);
    other.clock.advance(20 * DAY);
    expect((await other.ask(`/v2.1/atas/${renamed}`)).status).toBe(404);
  });

  it('are made, changed, given new credentials and deleted', async () => {
    const rig = await startRig({ world: QUIET });
    const made = await rig.ask(
      '/v2.1/atas',
      form('POST', [
        ['name', 'Lab'],
        ['mac_address', '000B82AABBCC'],
      ]),
    );
    expect(made.json.message).toBe('ATA created successfully');
    expect(Object.keys(made.json.data).join()).toBe(`${ATA_FIELDS},username,password`);
    expect(made.json.data).toMatchObject({ name: 'Lab', mac_address: '000B82AABBCC', last_registered: null });
    const path = `/v2.1/atas/${made.json.data.id}`;
    rig.clock.advance(MINUTE);
    const updated = await rig.ask(path, form('PATCH', [['description', 'Second floor']]));
    expect(updated.json.message).toBe('ATA updated successfully');
    expect(updated.json.data).toMatchObject({ name: 'Lab', description: 'Second floor' });
    expect(Object.keys(updated.json.data).join()).toBe(ATA_FIELDS);
    const renewed = await rig.ask(`${path}/regenerate_credentials`, form('PATCH'));
    expect(renewed.json.message).toBe('ATA credentials regenerated');
    expect(renewed.json.data.description).toBe('Second floor');
    expect(renewed.json.data.password).not.toBe(made.json.data.password);
    expect(renewed.json.data.username).not.toBe(made.json.data.username);
    const deleted = await rig.ask(path, { method: 'DELETE' });
    expect(deleted.json).toEqual({
      success: true,
      message: 'ATA deleted successfully',
      data: { id: made.json.data.id },
    });
    for (const method of ['GET', 'PATCH', 'DELETE']) expect((await rig.ask(path, { method })).status).toBe(404);
    expect((await rig.ask('/v2.1/atas', form('POST'))).status).toBe(422);
    const { world } = rig.simulator;
    expect(world.objectsAt('atas', NOW + MINUTE - 1).get(String(made.json.data.id))).toMatchObject({
      description: null,
    });
  });

  it('give their names to the numbers that ring at them, from then until they are taken away', async () => {
    const rig = await startRig({ world: QUIET });
    const numbers = await rowsOf(rig, '/v2.1/phone_numbers');
    const free = numbers.find((number) => number['ata_name'] === null)?.['phone_number'] as string;
    expect(numbers.filter((number) => number['ata_name'] === 'Front desk')).toHaveLength(2);
    const { id } = (await rowsOf(rig, '/v2.1/atas')).find(({ name }) => name === 'Loading dock') ?? {};
    const nameNow = async () => (await rig.ask(`/v2.1/phone_numbers/${free}`)).json.data.ata_name;
    const path = `/v2.1/atas/${id}/phone_numbers/${free}`;
    const data = { phone_number: `+1 ${free.slice(2, 5)}-${free.slice(5, 8)}-${free.slice(8)}` };
    const added = await rig.ask(path, { method: 'POST' });
    expect(added.json).toEqual({ success: true, message: 'Phone number added to ATA', data });
    expect(await nameNow()).toBe('Loading dock');
    rig.clock.advance(MINUTE);
    const removed = await rig.ask(path, { method: 'DELETE' });
    expect(removed.json).toEqual({ success: true, message: 'Phone number removed from ATA', data });
    expect(await nameNow()).toBeNull();
    expect(rig.simulator.world.numbersAt(NOW).find((one) => one.phoneNumber === free)?.ataName).toBe('Loading dock');
    expect((await rig.ask(path, { method: 'DELETE' })).status).toBe(404);
    const taken = numbers.find((number) => number['ata_name'] === 'Front desk')?.['phone_number'] as string;
    await rig.ask(`/v2.1/atas/${id}/phone_numbers/${taken}`, { method: 'POST' });
    expect((await rig.ask(`/v2.1/phone_numbers/${taken}`)).json.data.ata_name).toBe('Loading dock');
    expect((await rig.ask(`/v2.1/atas/${id}/phone_numbers/+19995550000`, { method: 'POST' })).status).toBe(404);
  });

  it('have provisioning URLs for each maker, and a list of those noticed by themselves', async () => {
    const rig = await startRig({ world: QUIET });
    const urls = await rig.ask('/v2.1/atas/provisioning_urls?group=clinic');
    expect(urls.json.message).toBe('Retrieved provisioning URLs');
    expect(Object.keys(urls.json.data)).toEqual(['Grandstream', 'OBi', 'Netgen']);
    const detected = await rig.ask('/v2.1/atas/detected');
    expect(detected.json.paging.total).toBe(3);
    for (const ata of detected.json.data) {
      expect(Object.keys(ata)).toEqual(['mac_address', 'user_agent', 'last_seen']);
      expect(ata.mac_address).toMatch(/^[0-9A-F]{12}$/);
      expect(ata.last_seen).toMatch(CENTRAL);
    }
  });
});

describe('blocking rules and addresses', () => {
  it('lists, makes and deletes rules in the words send and receive, but not a locked one', async () => {
    const rig = await startRig({ world: QUIET });
    const rules = await rowsOf(rig, '/v2.1/blocking_rules');
    expect(rules).toHaveLength(4);
    for (const rule of rules) {
      expect(Object.keys(rule)).toEqual(['id', 'to', 'from', 'direction', 'is_locked']);
      expect(['send', 'receive']).toContain(rule['direction']);
    }
    const fields = [['from', '+12015723798']] as const;
    const { json } = await rig.ask('/v2.1/blocking_rules/receive', form('POST', fields));
    expect(json.data).toMatchObject({ to: '*', from: '+12015723798', direction: 'receive', is_locked: false });
    expect(await rowsOf(rig, '/v2.1/blocking_rules')).toHaveLength(5);
    expect((await rig.ask(`/v2.1/blocking_rules/${json.data.id}`, { method: 'DELETE' })).status).toBe(200);
    expect((await rig.ask(`/v2.1/blocking_rules/${json.data.id}`, { method: 'DELETE' })).status).toBe(404);
    const locked = rules.find((rule) => rule['is_locked'] === true);
    expect((await rig.ask(`/v2.1/blocking_rules/${locked?.['id']}`, { method: 'DELETE' })).status).toBe(422);
    expect((await rig.ask('/v2.1/blocking_rules/receive', form('POST', [['from', 'x']]))).status).toBe(422);
    expect(await rowsOf(rig, '/v2.1/blocking_rules')).toEqual(rules);
  });

  it('lists addresses with the documented fields, one of them changed in the history', async () => {
    const rig = await startRig({ world: QUIET });
    const rows = await rowsOf(rig, '/v2.1/addresses');
    expect(rows).toHaveLength(3);
    expect(Object.keys(rows[0] ?? {})).toHaveLength(18);
    const { world } = rig.simulator;
    const before = [...world.objectsAt('addresses', world.options.firstDay).values()];
    const now = [...world.objectsAt('addresses', NOW).values()];
    expect(now.filter((row, index) => row['street_number'] !== before[index]?.['street_number'])).toHaveLength(1);
  });

  it('answers 404 at the invented paths where they are switched off', async () => {
    const rig = await startRig({ world: QUIET, http: { switches: { undocumentedEndpoints: false } } });
    expect((await rig.ask('/v2.1/addresses')).status).toBe(404);
    expect((await rig.ask('/v2.1/atas/detected')).status).toBe(404);
    expect((await rig.ask('/v2.1/atas')).status).toBe(200);
  });
});

describe('PhaxCodes', () => {
  it('are those that barcodes name, known without the prefix that some barcodes have', async () => {
    const rig = await startRig({ world: { days: 20, faxesPerDay: 100, barcodeShare: 0.5 } });
    const named = rig.simulator.world
      .truth(NOW)
      .faxes.flatMap((fax) => fax.barcodes ?? [])
      .filter(({ type }) => type === 'phax_code');
    const prefixed = named.filter(({ identifier }) => identifier?.startsWith('px:'));
    expect(prefixed.length).toBeGreaterThan(10);
    expect(prefixed.length).toBeLessThan(named.length / 3);
    for (const { identifier, metadata } of [...prefixed.slice(0, 5), ...named.slice(0, 5)]) {
      const bare = identifier?.replace(/^px:/, '') ?? '';
      const { json } = await rig.ask(`/v2.1/phax_codes/${bare}`);
      expect(json.message).toBe('Info for PhaxCode');
      expect(json.data).toEqual({ identifier: bare, created_at: expect.stringMatching(CENTRAL), metadata });
      expect((await rig.ask(`/v2.1/phax_codes/px:${bare}`)).status).toBe(404);
    }
    expect((await rig.ask('/v2.1/phax_codes/nobody')).status).toBe(404);
  });

  it('are not known before the first fax that carries them', () => {
    const world = new World(7, { days: 20, faxesPerDay: 100, barcodeShare: 0.5 }, NOW);
    const [identifier = '', row] = [...world.objectsAt('phax_codes', NOW)].at(-1) ?? [];
    const plan = world.plans().find(({ barcodes }) => barcodes.some((code) => code.identifier?.endsWith(identifier)));
    expect(plan).toBeDefined();
    expect(Number(row?.['created_at'])).toBeLessThan(plan?.createdAt ?? 0);
    expect(world.objects.codes.find(identifier, (plan?.createdAt ?? 0) - 1)).toBeNull();
    expect(world.objects.codes.find(identifier, plan?.createdAt ?? 0)).toMatchObject({ identifier });
  });

  it('are made once for the same metadata', async () => {
    const rig = await startRig({ world: QUIET });
    const make = async (metadata: string) =>
      (await rig.ask('/v2.1/phax_codes', form('POST', [['metadata', metadata]]))).json;
    const first = await make('one');
    expect(first).toEqual({ success: true, message: 'PhaxCode generated', data: { identifier: expect.any(String) } });
    rig.clock.advance(DAY);
    expect(await make('one')).toEqual(first);
    expect(await make('two')).not.toEqual(first);
    const { data } = (await rig.ask(`/v2.1/phax_codes/${first.data.identifier}`)).json;
    expect(Date.parse(data.created_at)).toBe(NOW);
    const bare = await rig.ask('/v2.1/phax_codes', { method: 'POST' });
    const found = await rig.ask(`/v2.1/phax_codes/${bare.json.data.identifier}`);
    expect(Object.keys(found.json.data)).toEqual(['identifier', 'created_at']);
  });
});

describe('v1 and v2', () => {
  it('have none of these', async () => {
    const rig = await startRig({ world: QUIET });
    const rooms = [
      'port_orders',
      'port_numbers/5670',
      'atas',
      'atas/310',
      'blocking_rules',
      'addresses',
      'phax_codes/x',
    ];
    for (const face of ['v1', 'v2']) {
      for (const room of rooms) {
        for (const method of ['GET', 'POST']) {
          expect((await rig.ask(`/${face}/${room}`, { method })).status, `${method} ${face} ${room}`).toBe(404);
        }
      }
    }
  });
});
