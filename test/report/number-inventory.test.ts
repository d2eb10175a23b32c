import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createReportRig, type ReportRig, type ReportRow } from './report-rig.ts';

/** Numbers by what they are here. */
const N = {
  ported: '+14145550001',
  released: '+14145550002',
  labelled: '+14145550003',
  bringing: '+14145550004',
  failed: '+14145550005',
  arriving: '+14145550006',
  returning: '+14145550007',
  withdrawn: '+14145550008',
  orphaned: '+14145550009',
  renewed: '+14145550010',
} as const;

describe('report.number_inventory', () => {
  let rig: ReportRig;
  const byNumber = new Map<unknown, ReportRow>();

  beforeAll(async () => {
    rig = await createReportRig();
    const { daysAgo, look } = rig;
    const listed = (phone_number: string, over: object = {}) => ({
      phone_number,
      city: 'Milwaukee',
      state: 'Wisconsin',
      country: 'United States of America',
      cost: 200,
      last_billed_at: daysAgo(40),
      provisioned_at: daysAgo(400),
      callback_url: null,
      ata_name: null,
      ...over,
    });
    const ported = (days: number, cost: number) =>
      listed(N.ported, { ata_name: 'Front desk', cost, last_billed_at: daysAgo(days) });
    const labelled = listed(N.labelled, { ata_name: 'Lab' });
    const orphaned = listed(N.orphaned, { ata_name: 'Attic', cost: 0, last_billed_at: null });
    await look('phone_numbers', 35, [
      ported(40, 200),
      listed(N.released, { ata_name: 'Spare' }),
      labelled,
      listed(N.returning),
      orphaned,
    ]);
    await look('phone_numbers', 9, [ported(10, 250), labelled, orphaned]);
    await look('phone_numbers', 8, [ported(10, 250), labelled, orphaned]);

    const order = (
      id: number,
      created: number,
      ended: number | null,
      numbers: ReadonlyArray<[number, string, string]>,
    ) => ({
      id,
      created_at: daysAgo(created),
      completed_at: ended === null ? null : daysAgo(ended),
      name_on_account: 'Canary Clinic',
      contact_email: 'canary@example.com',
      port_numbers: numbers.map(([number_id, port_number, status]) => ({ id: number_id, port_number, status })),
    });
    const orders = [
      order(1, 420, 400, [
        [11, N.ported, 'succeeded'],
        [12, N.released, 'succeeded'],
      ]),
      order(3, 60, 50, [
        [31, N.bringing, 'failed'],
        [32, N.failed, 'failed'],
        [33, N.renewed, 'failed'],
      ]),
      order(2, 5, null, [
        [21, N.bringing, 'needinfo'],
        [22, N.returning, 'submitted'],
      ]),
      order(4, 6, 1, [[41, N.arriving, 'succeeded']]),
    ];
    const withdrawn = order(5, 7, null, [
      [51, N.withdrawn, 'needinfo'],
      [52, N.renewed, 'open'],
    ]);
    await look('port_orders', 5, [...orders, withdrawn]);
    await look('port_orders', 4, orders);
    await look('port_orders', 3, orders);

    const ata = (
      id: number,
      name: string,
      user_phone_number: string | null,
      registered: number | null,
      over: object = {},
    ) => ({
      id,
      name,
      user_phone_number,
      last_registered: registered === null ? null : daysAgo(registered),
      expiry_time: registered === null ? null : daysAgo(registered - 1),
      ...over,
    });
    const atas = [
      ata(1, 'Front desk', N.ported, 0.5),
      ata(2, 'Front desk', null, 0.25),
      ata(3, 'Lab', null, 2),
      ata(4, 'Lab', null, null),
      ata(6, 'Spare', N.bringing, 3),
      ata(7, 'New', N.bringing, 0.5),
      ata(8, 'Cellar', N.failed, null),
    ];
    await look('atas', 3, [...atas, ata(5, 'Attic', N.orphaned, 3)]);
    await look('atas', 2, atas);
    await look('atas', 1, atas);

    await look('phone_numbers', 1, [listed(N.ported, { ata_name: 'Front desk' })], { account: 'south' });
    for (const row of await rig.rows("select * from report.number_inventory where account_key = 'main'")) {
      byNumber.set(row['phone_number'], row);
    }
  });
  afterAll(() => rig.drop());

  it('has one row a number of an account, whatever names it twice', async () => {
    expect([...byNumber.keys()].sort()).toEqual(Object.values(N).sort());
    expect(
      await rig.rows(
        'select account_key, count(*)::integer as number_count from report.number_inventory group by 1 order by 1',
      ),
    ).toEqual([
      { account_key: 'main', number_count: Object.keys(N).length },
      { account_key: 'south', number_count: 1 },
    ]);
  });

  it('joins listing, port, rents and adapter of a number into its row', () => {
    expect(byNumber.get(N.ported)).toEqual({
      account_key: 'main',
      phone_number: N.ported,
      inventory_status: 'active',
      is_listed: true,
      city: 'Milwaukee',
      state: 'Wisconsin',
      country: 'United States of America',
      provisioned_at: rig.dateDaysAgo(400),
      released_at: null,
      monthly_rent_cents: 250,
      monthly_rent_usd: '2.50',
      rent_count: 2,
      rent_total_cents: '450',
      rent_total_usd: '4.50',
      last_billed_at: rig.dateDaysAgo(10),
      port_order_id: '1',
      port_number_id: '11',
      port_status: 'succeeded',
      is_port_blocked_on_information: false,
      port_age_days: '20.00',
      ata_id: '1',
      ata_name: 'Front desk',
      ata_count: 2,
      ata_last_registered_at: rig.dateDaysAgo(0.5),
      is_ata_registration_expired: false,
    });
  });

  it('says what became of each number', () => {
    const statuses = Object.entries(N).map(([what, number]) => [what, byNumber.get(number)?.['inventory_status']]);
    expect(Object.fromEntries(statuses)).toEqual({
      ported: 'active',
      released: 'released',
      labelled: 'active',
      bringing: 'porting',
      failed: 'port_failed',
      arriving: 'ported',
      returning: 'porting',
      withdrawn: 'port_gone',
      orphaned: 'active',
      renewed: 'port_failed',
    });
  });

  it('takes the newest order of a number that is in two, and one that is still shown first', () => {
    expect(byNumber.get(N.renewed)).toMatchObject({ port_order_id: '3', port_status: 'failed' });
    expect(byNumber.get(N.bringing)).toMatchObject({
      is_listed: false,
      port_order_id: '2',
      port_number_id: '21',
      port_status: 'needinfo',
      is_port_blocked_on_information: true,
      port_age_days: '5.00',
      monthly_rent_cents: null,
      rent_count: 0,
      rent_total_usd: '0.00',
    });
  });

  it('counts no rent now for a released number, but what it cost', () => {
    expect(byNumber.get(N.released)).toMatchObject({
      is_listed: false,
      released_at: rig.dateDaysAgo(9),
      monthly_rent_cents: null,
      monthly_rent_usd: null,
      rent_count: 1,
      rent_total_cents: '200',
      ata_id: null,
      ata_name: null,
    });
    expect(byNumber.get(N.orphaned)).toMatchObject({ monthly_rent_cents: 0, monthly_rent_usd: '0.00', rent_count: 0 });
  });

  it('shows no age and no block of a port that the provider no longer shows', () => {
    expect(byNumber.get(N.withdrawn)).toMatchObject({
      port_order_id: '5',
      port_status: 'needinfo',
      is_port_blocked_on_information: false,
      port_age_days: null,
    });
    expect(byNumber.get(N.labelled)).toMatchObject({
      port_order_id: null,
      port_status: null,
      is_port_blocked_on_information: null,
      port_age_days: null,
    });
  });

  it('takes the adapter that registered last among those of one name or number, and counts them', () => {
    expect(byNumber.get(N.labelled)).toMatchObject({
      ata_id: '3',
      ata_name: 'Lab',
      ata_count: 2,
      ata_last_registered_at: rig.dateDaysAgo(2),
      is_ata_registration_expired: true,
    });
    expect(byNumber.get(N.bringing)).toMatchObject({ ata_id: '7', ata_count: 2, is_ata_registration_expired: false });
    expect(byNumber.get(N.failed)).toMatchObject({
      ata_id: '8',
      ata_count: 1,
      ata_last_registered_at: null,
      is_ata_registration_expired: null,
    });
  });

  it('keeps the name a number carries when its adapter is gone or belongs to another account', async () => {
    const withoutAdapter = { ata_id: null, ata_count: 0, is_ata_registration_expired: null };
    expect(byNumber.get(N.orphaned)).toMatchObject({ ata_name: 'Attic', ...withoutAdapter });
    const south = await rig.rows("select * from report.number_inventory where account_key = 'south'");
    expect(south).toMatchObject([{ ata_name: 'Front desk', port_order_id: null, ...withoutAdapter }]);
  });

  it('shows a number missing from one listing as active and not listed', async () => {
    const listed = (phone_number: string) => ({ phone_number, cost: 200, last_billed_at: null, provisioned_at: null });
    await rig.look('phone_numbers', 2, [listed(N.ported), listed(N.released)], { account: 'west' });
    await rig.look('phone_numbers', 1, [listed(N.ported)], { account: 'west' });
    expect(
      await rig.rows(`
        select inventory_status, is_listed, released_at, monthly_rent_cents from report.number_inventory
        where account_key = 'west' order by phone_number`),
    ).toEqual([
      { inventory_status: 'active', is_listed: true, released_at: null, monthly_rent_cents: 200 },
      { inventory_status: 'active', is_listed: false, released_at: null, monthly_rent_cents: 200 },
    ]);
  });

  it('shows no contact, name or billing data of an order', () => {
    expect(JSON.stringify([...byNumber.values()])).not.toMatch(/canary/i);
  });
});
