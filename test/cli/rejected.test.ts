import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FolderLandingZone } from '../../src/landing/folder.ts';
import { envelopeOf } from '../support/landed.ts';
import { CliBed } from './cli-bed.ts';
import { documentOf } from './run-cli.ts';

interface RejectedDocument {
  readonly has_more: boolean;
  readonly rejected: ReadonlyArray<{
    readonly id: number;
    readonly reason: string;
    readonly raw?: string;
    readonly resolved_at: string | null;
  }>;
}

interface RetryDocument {
  readonly reread_objects: number;
  readonly resolved: readonly string[];
  readonly still_open: number;
}

let bed: CliBed;
beforeAll(async () => {
  bed = await CliBed.open({ world: { days: 30, faxesPerDay: 60, deletedTestShare: 0, oddities: true } });
  await bed.run(['sync']);
});
afterAll(() => bed.close());

async function listed(...flags: readonly string[]): Promise<RejectedDocument['rejected']> {
  return documentOf<RejectedDocument>(await bed.run(['rejected', '--json', ...flags])).rejected;
}

describe('faxsync rejected', () => {
  it('lists what was set aside, without what was sent', async () => {
    const result = await bed.run(['rejected', '--json']);
    expect(result).toMatchObject({ code: 0, stderr: '' });
    const { rejected } = documentOf<RejectedDocument>(result);
    expect(rejected.map(({ reason }) => reason)).toEqual(expect.arrayContaining(['missing_id', 'nul_character']));
    expect(rejected.filter(({ raw }) => raw !== undefined)).toEqual([]);
    expect(result.stdout).not.toMatch(/\+1\d{10}/);
    const lines = (await bed.run(['rejected'])).stdout;
    for (const { id, reason } of rejected) expect(lines).toMatch(new RegExp(`^${id} .* ${reason} `, 'm'));
  });

  it('narrows by reason and says when there is more', async () => {
    const all = await listed();
    expect((await listed('--reason', 'missing_id')).every(({ reason }) => reason === 'missing_id')).toBe(true);
    const one = documentOf<RejectedDocument>(await bed.run(['rejected', '--json', '--limit', '1']));
    expect(one).toMatchObject({ has_more: all.length > 1 });
    expect(one.rejected).toHaveLength(1);
  });

  it('shows what was sent only for the one that was asked for', async () => {
    const [whole] = await listed('--reason', 'missing_id');
    const shown = documentOf<RejectedDocument>(await bed.run(['rejected', '--json', '--show', String(whole?.id)]));
    expect(JSON.parse(shown.rejected[0]?.raw ?? '')).toMatchObject({ status: expect.any(String) });
    expect((await bed.run(['rejected', '--show', String(whole?.id)])).stdout).toContain(
      `${whole?.id}: fax at $, missing_id`,
    );
    expect((await bed.run(['rejected', '--show', '999999'])).code).toBe(64);
  });
});

describe('faxsync rejected retry', () => {
  it('leaves open what is refused again', async () => {
    const open = await listed();
    const result = await bed.run(['rejected', 'retry', '--json']);
    expect(result.code).toBe(0);
    expect(documentOf<RetryDocument>(result)).toMatchObject({ resolved: [], still_open: open.length });
    expect((await listed()).map(({ id }) => id).sort()).toEqual(open.map(({ id }) => id).sort());
  });

  it('marks as resolved what this version reads without complaint', async () => {
    // As an older decoder would have left it: a refusal that reading the object again does not repeat.
    const { rows } = await bed.database.pool.query<{ rejected_id: string }>(
      `insert into ops.rejected_records (account_id, stream, scope, object, record_id, path, reason, raw, raw_digest, occurrences,
         first_landed_key, last_landed_key, first_seen_at, last_seen_at)
       select account_id, stream, scope, object, record_id, path, 'mended_since', raw, raw_digest, 1,
         first_landed_key, last_landed_key, first_seen_at, last_seen_at
       from ops.rejected_records limit 1 returning rejected_id`,
    );
    const id = String(rows[0]?.rejected_id);
    const open = (await listed()).length;
    const retried = documentOf<RetryDocument>(await bed.run(['rejected', 'retry', id, '--json']));
    expect(retried).toMatchObject({ resolved: [id], still_open: 0 });
    expect(retried.reread_objects).toBeGreaterThan(0);
    expect(await listed()).toHaveLength(open - 1);
    expect((await listed('--all')).find((record) => String(record.id) === id)?.resolved_at).not.toBeNull();
  });

  it('resolves nothing where the landed object cannot be read', async () => {
    const { rows } = await bed.database.pool.query<{ rejected_id: string }>(
      `update ops.rejected_records set last_landed_key = 'main/0000000000099/0000000000099999.faxes.slice.000000000000.json.gz',
         resolved_at = null where reason = 'mended_since' returning rejected_id`,
    );
    const id = String(rows[0]?.rejected_id);
    const result = await bed.run(['rejected', 'retry', id]);
    expect(result.code).toBe(1);
    expect(result.stderr).toMatch(/^error: 1 landed object could not be read again\. There is no landed object /m);
    expect((await listed()).map((record) => String(record.id))).toContain(id);
  });

  it('refuses an id that is not there', async () => {
    const result = await bed.run(['rejected', 'retry', '999999']);
    expect(result.code).toBe(64);
    expect(result.stderr).toContain('no (open) rejected record 999999');
  });
});

describe('port orders that cannot be read', () => {
  const AT = Date.UTC(2026, 5, 9);

  interface Listed {
    readonly stream: string;
    readonly object: string;
    readonly record_id: string;
    readonly scope: string;
    readonly path: string;
    readonly reason: string;
    readonly occurrences: number;
  }

  /** What was set aside of port orders, by object. */
  async function portsSetAside(): Promise<readonly Listed[]> {
    const { rejected } = documentOf<{ rejected: readonly Listed[] }>(await bed.run(['rejected', '--json']));
    return rejected.filter(({ stream }) => stream === 'port_orders');
  }

  it('are set aside like faxes, the others of their list are loaded, and a retry reads them again', async () => {
    const landing = new FolderLandingZone(join(bed.home, 'landing'));
    const spec = { account: 'main', stream: 'port_orders', kind: 'snapshot', at: AT } as const;
    const orders = [
      { id: 901, status: 'open', quantity: 'canary-many', port_numbers: [{ id: 9001, port_number: '+15551112222' }] },
      { status: 'open', name_on_account: 'Canary Clinic' },
      { id: 902, status: 'open', port_numbers: [{ id: 9002, status: 'parked' }, { status: 'open' }] },
    ];
    await landing.put(envelopeOf({ ...spec, observation: 900_001 }, orders));
    // The example of the provider's page lacks a colon.
    const broken = envelopeOf({ ...spec, observation: 900_002 }, []);
    const body = '{"success": true, "data": [{"id": 1234, "port_numbers" [{"id": 1234}]}]}';
    await landing.put({ ...broken, bodies: [{ status: 200, body, encoding: 'utf8' }] });
    await bed.run(['sync']);
    const { rows } = await bed.database.pool.query<{ port_order_id: string }>(
      'select port_order_id::text from warehouse.port_orders where port_order_id in (901, 902) order by 1',
    );
    expect(rows.map(({ port_order_id }) => port_order_id)).toEqual(['901', '902']);
    const first = await portsSetAside();
    const told = first.map(({ object, record_id, scope }) => `${scope} of ${object} ${record_id}`.trim());
    expect(told.sort()).toEqual([
      // The second order of the first list, and the whole of the second.
      'record of port_order',
      'record of port_order',
      'value of port_number 902',
      'value of port_order 901',
    ]);
    const plain = await bed.run(['rejected']);
    expect(plain.stdout).not.toMatch(/canary|\+1555/i);

    const retried = documentOf<RetryDocument>(await bed.run(['rejected', 'retry', '--json']));
    expect(retried.resolved).toEqual([]);
    const second = await portsSetAside();
    expect(second.map(({ reason }) => reason).sort()).toEqual(first.map(({ reason }) => reason).sort());
    expect(second.every(({ occurrences }) => occurrences > 1)).toBe(true);
  });

  it('are counted for orders and numbers apart, and make a listing that proves no absence', async () => {
    const status = documentOf<{
      accounts: ReadonlyArray<{
        streams: ReadonlyArray<{ stream: string; rejected: number; drift: number }>;
        mirror: { latest_incomplete: ReadonlyArray<{ stream: string }> };
      }>;
    }>(await bed.run(['status', '--json'])).accounts[0];
    const row = (name: string) => status?.streams.find(({ stream }) => stream === name);
    const setAside = await portsSetAside();
    const numbers = setAside.filter(({ object }) => object === 'port_number').length;
    expect(row('port_numbers')?.rejected).toBe(numbers);
    expect(row('port_orders')?.rejected).toBe(setAside.length - numbers);
    expect(row('port_numbers')?.drift).toBeGreaterThan(0);
    expect(status?.mirror.latest_incomplete.map(({ stream }) => stream)).toEqual(
      expect.arrayContaining(['port_orders', 'port_numbers']),
    );
  });
});
