import { access, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CliBed } from './cli-bed.ts';
import { documentOf, withoutProgress } from './run-cli.ts';

interface ErrorDocument {
  readonly error: { readonly code: string; readonly message: string };
}

let bed: CliBed;
beforeAll(async () => {
  bed = await CliBed.open();
});
afterAll(() => bed.close());

/** The streams of which an account has landed something. */
async function landedStreams(account: string): Promise<string[]> {
  const { rows } = await bed.database.pool.query<{ stream: string }>(
    `select distinct stream from ops.landed_objects join warehouse.accounts using (account_id)
     where account_key = $1 order by stream`,
    [account],
  );
  return rows.map(({ stream }) => stream);
}

describe('faxsync sync --streams', () => {
  it('pulls those and nothing else', async () => {
    const env = { FAXSYNC_ACCOUNT: 'some' };
    const result = await bed.run(['sync', '--streams', 'port_orders, blocking_rules'], env);
    expect(withoutProgress(result)).toMatchObject({ code: 0, stderr: '' });
    expect(await landedStreams('some')).toEqual(['blocking_rules', 'port_orders']);
  });

  it.each([
    ['v1', 'port_orders'],
    ['v1', 'atas'],
    ['v2', 'port_number_notes'],
    ['v2', 'addresses'],
  ])('says that version %s has no %s, with 64 and before anything is asked', async (version, stream) => {
    const env = { FAXSYNC_ACCOUNT: 'old', FAXSYNC_API_VERSION: version };
    const result = await bed.run(['sync', '--json', '--streams', `faxes,${stream}`], env);
    expect(result.code).toBe(64);
    expect(documentOf<ErrorDocument>(result).error).toEqual({
      code: 'stream_not_in_version',
      message: `Version ${version} of the provider's API has no ${stream}. Set FAXSYNC_API_VERSION to v2.1, or leave the stream out.`,
    });
    expect(await landedStreams('old')).toEqual([]);
  });

  it('says which setting has an undocumented list asked for, and asks for it where it is set', async () => {
    const env = { FAXSYNC_ACCOUNT: 'open' };
    const refused = await bed.run(['sync', '--streams', 'addresses'], env);
    expect(refused.code).toBe(64);
    expect(refused.stderr).toMatch(
      /^error: How to list addresses is not documented .* FAXSYNC_UNDOCUMENTED_STREAMS .*\n$/,
    );
    const path = 'addresses=/no/such/list';
    const missing = await bed.run(['sync', '--streams', 'addresses', '--undocumented-streams', path], env);
    expect(missing.code).toBe(1);
    const set = { ...env, FAXSYNC_UNDOCUMENTED_STREAMS: 'addresses' };
    // A list that failed is left alone for a while, unless it is wanted now.
    expect((await bed.run(['sync', '--streams', 'addresses'], set)).stdout).toContain('nothing of addresses was due');
    expect((await bed.run(['sync', '--streams', 'addresses', '--now'], set)).code).toBe(0);
    expect(await landedStreams('open')).toEqual(['addresses']);
  });

  it('names the streams there are where one is misspelt', async () => {
    const result = await bed.run(['sync', '--json', '--streams', 'port_oders']);
    expect(result.code).toBe(64);
    const { error } = documentOf<ErrorDocument>(result);
    expect(error.code).toBe('unknown_stream');
    expect(error.message).toContain('port_orders');
  });

  it('refuses names before it starts or makes anything', async () => {
    const home = join(bed.home, 'empty');
    const env = { FAXSYNC_DATABASE_URL: '', FAXSYNC_HOME: home };
    for (const names of ['atas,atsa', 'addresses']) {
      const result = await bed.run(['sync', '--streams', names], env);
      expect(result).toMatchObject({ code: 64, stdout: 'faxsync sync\n' });
    }
    await expect(access(home)).rejects.toThrow('ENOENT');
  });

  it('says what was not due, and takes it with --now', async () => {
    const env = { FAXSYNC_ACCOUNT: 'twice' };
    const atas = ['sync', '--streams', 'atas'];
    const looks = async () => {
      const { rows } = await bed.database.pool.query<{ looks: number }>(
        `select count(*)::integer as looks from ops.slices join warehouse.accounts using (account_id)
         where account_key = 'twice' and stream = 'atas'`,
      );
      return rows[0]?.looks;
    };
    const hint = /twice: nothing of atas was due, [^\n]*add --now/;
    expect((await bed.run(atas, env)).stdout).not.toMatch(hint);
    // The bed's provider lives in another year: taken a moment ago is said by hand.
    await bed.database.pool.query(
      `update ops.sync_cursors set position_at = now() where account = 'twice' and stream = 'atas' and pass = 'snapshot'`,
    );
    const second = await bed.run(atas, env);
    expect(second.code).toBe(0);
    expect(second.stdout).toMatch(hint);
    expect(await looks()).toBe(1);
    const third = await bed.run([...atas, '--now'], env);
    expect(third.code).toBe(0);
    expect(third.stdout).not.toMatch(hint);
    expect(await looks()).toBe(2);
  });

  it('names the account that lacks a stream, and begins with none', async () => {
    const { apiKey, apiSecret } = bed.simulator.credentials;
    const keys = { api_key: apiKey, api_secret: apiSecret };
    const file = join(bed.home, 'accounts.json');
    await writeFile(
      file,
      JSON.stringify([
        { account: 'new', ...keys },
        { account: 'aged', ...keys, api_version: 'v1' },
      ]),
    );
    const env = { FAXSYNC_ACCOUNTS_FILE: file, FAXSYNC_API_KEY: '', FAXSYNC_API_SECRET: '' };
    const result = await bed.run(['sync', '--streams', 'atas'], env);
    expect(result.code).toBe(64);
    expect(result.stderr).toMatch(/^error: Account aged: Version v1 of the provider's API has no atas\./);
    expect(await landedStreams('new')).toEqual([]);
  });
});

describe('a skipped stream', () => {
  it('is not asked for, unless by name', async () => {
    const env = {
      FAXSYNC_ACCOUNT: 'plain',
      FAXSYNC_SKIPPED_STREAMS: 'port_orders,port_number_notes,atas,phone_numbers',
    };
    expect((await bed.run(['sync'], env)).code).toBe(0);
    const landed = await landedStreams('plain');
    expect(landed).toEqual(expect.arrayContaining(['account_status', 'blocking_rules', 'countries', 'faxes']));
    for (const stream of env.FAXSYNC_SKIPPED_STREAMS.split(',')) expect(landed).not.toContain(stream);
    expect((await bed.run(['sync', '--streams', 'atas'], env)).code).toBe(0);
    expect(await landedStreams('plain')).toContain('atas');
  });
});
