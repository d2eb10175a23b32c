import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { STREAMS } from '../../src/streams/registry.ts';
import { CliBed } from './cli-bed.ts';
import { documentOf } from './run-cli.ts';

interface StreamDocument {
  readonly stream: string;
  readonly state: string;
  readonly every_ms: number | null;
  readonly last_complete_at: string | null;
  readonly known: number;
  readonly gone: number | null;
  readonly rejected: number;
  readonly drift: number;
}

interface StatusDocument {
  readonly accounts: ReadonlyArray<{
    readonly streams: readonly StreamDocument[];
    readonly mirror: { readonly phax_codes_not_looked_up: number } | null;
    readonly warnings: readonly string[];
  }>;
}

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

let bed: CliBed;
beforeAll(async () => {
  // The list of rules is down for good.
  bed = await CliBed.open(
    { faults: [{ kind: 'status', status: 404, path: '/v2.1/blocking_rules' }] },
    { FAXSYNC_UNDOCUMENTED_STREAMS: 'addresses', FAXSYNC_SKIPPED_STREAMS: 'phone_numbers' },
  );
  expect((await bed.run(['sync'])).code).toBe(1);
});
afterAll(() => bed.close());

async function statusOf(flags: readonly string[] = [], env: Record<string, string> = {}) {
  const [account] = documentOf<StatusDocument>(await bed.run(['status', '--json', ...flags], env)).accounts;
  if (account === undefined) throw new Error('no account in the document');
  const row = (stream: string) => account.streams.find((document) => document.stream === stream);
  return { ...account, row };
}

async function countOf(sql: string): Promise<number> {
  const { rows } = await bed.database.pool.query<{ count: number }>(`select (${sql})::integer as count`);
  return rows[0]?.count ?? -1;
}

describe('faxsync status, its streams', () => {
  it('are those of the registry in its order, each with how it is mirrored', async () => {
    const { streams, row } = await statusOf();
    expect(streams.map(({ stream }) => stream).filter((stream) => stream !== 'port_numbers')).toEqual([
      ...STREAMS.keys(),
    ]);
    const states = Object.fromEntries(streams.map(({ stream, state }) => [stream, state]));
    expect(states).toMatchObject({
      account_status: 'listed',
      faxes: 'walked',
      phone_numbers: 'skipped',
      port_orders: 'listed',
      port_numbers: 'listed',
      addresses: 'listed',
      detected_atas: 'off',
    });
    expect(row('port_orders')?.every_ms).toBe(HOUR);
    expect(row('addresses')?.every_ms).toBe(DAY);
    expect(row('faxes')?.every_ms).toBeNull();
  });

  it('are told in words to people', async () => {
    const { stdout } = await bed.run(['status']);
    for (const words of [
      /^account_status +listed every hour +20\S+Z +1 /m,
      /^faxes +walked by passes +20\S+Z +\d/m,
      /^phone_numbers +skipped +0 /m,
      /^port_numbers +with port_orders +20\S+Z /m,
      /^atas +listed every 6 hours +20\S+Z /m,
      /^addresses +listed every day +20\S+Z /m,
      /^detected_atas +off: FAXSYNC_UNDOCUMENTED_STREAMS +0 /m,
    ]) {
      expect(stdout).toMatch(words);
    }
    const v1 = await bed.run(['status', '--api-version', 'v1'], { FAXSYNC_UNDOCUMENTED_STREAMS: '' });
    expect(v1.stdout).toMatch(/^port_orders +not in v1 /m);
    expect(v1.stdout).toMatch(/^addresses +not in v1 /m);
    expect(v1.stdout).toMatch(/^phax_codes +not in v1 /m);
    expect(v1.stdout).toMatch(/^countries +listed every day /m);
  });

  it('count objects, not rows, each by the table of the stream', async () => {
    const { row } = await statusOf();
    expect(row('account_status')?.known).toBe(1);
    for (const [stream, sql] of [
      ['faxes', 'select count(*) from warehouse.faxes'],
      ['countries', 'select count(distinct country_name) from warehouse.rate_card'],
      ['port_orders', 'select count(*) from warehouse.port_orders'],
      ['port_numbers', 'select count(*) from warehouse.port_numbers'],
      ['port_number_notes', 'select count(*) from warehouse.port_number_notes'],
      ['atas', 'select count(*) from warehouse.atas'],
      ['addresses', 'select count(*) from warehouse.addresses'],
    ] as const) {
      expect(row(stream), stream).toMatchObject({ known: await countOf(sql), last_complete_at: expect.any(String) });
      expect(row(stream)?.known, stream).toBeGreaterThan(0);
    }
    for (const stream of ['blocking_rules', 'detected_atas', 'phone_numbers']) {
      expect(row(stream), stream).toMatchObject({ known: 0, last_complete_at: null });
    }
  });

  it('are there with counts of 0 where nothing was ever loaded', async () => {
    const { streams, mirror } = await statusOf([], { FAXSYNC_ACCOUNT: 'fresh' });
    expect(mirror).toBeNull();
    expect(streams.map(({ stream }) => stream)).toEqual((await statusOf()).streams.map(({ stream }) => stream));
    expect(streams.every(({ known, last_complete_at }) => known === 0 && last_complete_at === null)).toBe(true);
  });

  it('say how many PhaxCodes barcodes name of which nothing is stored', async () => {
    const named = await countOf(
      // The sync may have looked some up already; the provider knows them without the "px:" of some barcodes.
      `select count(distinct replace(identifier, 'px:', '')) from warehouse.fax_barcodes b where type = 'phax_code'
       and not exists (select from warehouse.phax_codes c where c.identifier = replace(b.identifier, 'px:', ''))`,
    );
    expect((await statusOf()).mirror?.phax_codes_not_looked_up).toBe(named);
    const client = await bed.database.pool.connect();
    try {
      await client.query(
        `insert into warehouse.fax_barcodes (account_id, fax_id, ordinal, type, identifier)
         select account_id, fax_id, 90 + n, 'phax_code', case n when 1 then 'px:Never1' else 'Never' || (n - 1) end
         from (select account_id, fax_id from warehouse.faxes limit 1) f, generate_series(1, 3) n`,
      );
      expect((await statusOf()).mirror?.phax_codes_not_looked_up).toBe(named + 2);
      await client.query(
        `insert into warehouse.phax_codes (account_id, identifier, observation_no, observed_at)
         select account_id, 'Never1', 1, now() from warehouse.accounts where account_key = 'main'`,
      );
      expect((await statusOf()).mirror?.phax_codes_not_looked_up).toBe(named + 1);
      expect((await bed.run(['status'])).stdout).toMatch(
        new RegExp(`^${named + 1} PhaxCodes that .* are not stored: `, 'm'),
      );
    } finally {
      client.release();
    }
  });

  it('are something to look at once a list was not taken for three of its intervals, while the account is pulled', async () => {
    // The database was made by the clock of this machine, which is no clock of the pretend provider.
    await bed.database.pool.query(`update ops.migrations set applied_at = '2026-06-01'`);
    const lists = async () => (await statusOf()).warnings.filter((warning) => /faxsync sync --streams/.test(warning));
    expect(await lists()).toEqual([]);
    bed.clock.advance(17 * HOUR);
    await bed.run(['sync']);
    expect(await lists()).toEqual([]);
    bed.clock.advance(3 * HOUR);
    await bed.run(['sync']);
    expect(await lists()).toEqual([
      "blocking_rules is listed every 6 hours and was never taken. Why: faxsync sync --streams blocking_rules --now. If the account's plan lacks it, name blocking_rules in FAXSYNC_SKIPPED_STREAMS.",
    ]);
    const skipped = { FAXSYNC_SKIPPED_STREAMS: 'phone_numbers,blocking_rules' };
    expect((await statusOf([], skipped)).warnings.join()).not.toContain('blocking_rules');
  });

  it('count what is gone at the source after the second complete listing without it', async () => {
    const [ata] = (await bed.database.pool.query<{ ata_id: string }>('select ata_id from warehouse.atas')).rows;
    const { apiKey, apiSecret } = bed.simulator.credentials;
    const authorization = `Basic ${Buffer.from(`${apiKey}:${apiSecret}`).toString('base64')}`;
    const url = `${bed.env['FAXSYNC_PROVIDER_URL']}/v2.1/atas/${ata?.ata_id}`;
    expect((await fetch(url, { method: 'DELETE', headers: { authorization } })).status).toBe(200);
    const { known } = (await statusOf()).row('atas') ?? { known: 0 };
    for (const gone of [0, 1]) {
      bed.clock.advance(7 * HOUR);
      expect((await bed.run(['sync', '--streams', 'atas'])).code).toBe(0);
      expect((await statusOf()).row('atas')).toMatchObject({ known, gone });
    }
  });
});
