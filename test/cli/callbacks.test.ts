import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CALLBACK_BODY_BYTES_MAX } from '../../src/cli/callback-server.ts';
import { signCallback } from '../../src/phaxio/signature.ts';
import { type FormPart, MULTIPART, multipartBody } from '../support/form-body.ts';
import { wireFax } from '../support/landed.ts';
import { CliBed } from './cli-bed.ts';
import type { CliRun } from './run-cli.ts';

const TOKEN = 'canary-callback-token';
const SIGNED_URL = 'https://clinic.example.com/fax?account=main';

let bed: CliBed;
let run: CliRun;
let url: string;
beforeAll(async () => {
  bed = await CliBed.open({}, { FAXSYNC_CALLBACK_TOKENS: TOKEN, FAXSYNC_CALLBACK_URL: SIGNED_URL });
  run = bed.start(['callbacks', '--port', '0']);
  url = (await run.said(/Listening on (http:\S+) for main/))[1] ?? '';
});
afterAll(() => bed.close());

function partsOf(id: number): FormPart[] {
  const fax = wireFax(id, '2026-06-01T10:00:00.000-05:00', { status: 'success' });
  return [
    { name: 'fax', value: JSON.stringify(fax) },
    { name: 'event_type', value: 'fax_completed' },
    { name: 'file', value: '%PDF-1.4 canary', filename: 'fax.pdf', type: 'application/pdf' },
  ];
}

function signatureOf(parts: readonly FormPart[], token: string): string {
  return signCallback(token, SIGNED_URL, {
    fields: parts
      .filter(({ filename }) => filename === undefined)
      .map(({ name, value }) => ({ name, value: String(value) })),
    files: parts
      .filter(({ filename }) => filename !== undefined)
      .map(({ name, value }) => ({ name, sha1: createHash('sha1').update(value).digest('hex') })),
  });
}

async function post(id: number, token = TOKEN): Promise<number> {
  const parts = partsOf(id);
  const answer = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': MULTIPART, 'x-phaxio-signature': signatureOf(parts, token) },
    body: new Uint8Array(multipartBody(parts)),
  });
  await answer.text();
  return answer.status;
}

async function storedIds(): Promise<string[]> {
  const { rows } = await bed.database.pool.query<{ fax_id: string }>('select fax_id from warehouse.faxes order by 1');
  return rows.map(({ fax_id }) => fax_id);
}

describe('faxsync callbacks', () => {
  it('takes signed callbacks into the warehouse and refuses forged ones', async () => {
    expect(await Promise.all([post(501), post(502), post(503, 'another-token'), post(501)])).toEqual(
      expect.arrayContaining([200, 401]),
    );
    await expect.poll(storedIds, { timeout: 20_000 }).toEqual(['501', '502']);
  });

  it('answers other methods and bodies beyond the limit without taking them', async () => {
    expect((await fetch(url)).status).toBe(405);
    const answer = await fetch(url, { method: 'POST', body: new Uint8Array(CALLBACK_BODY_BYTES_MAX + 1) }).catch(
      () => null,
    );
    // Refused while it was still being sent: some clients see the answer, some the closed connection.
    expect([413, undefined]).toContain(answer?.status);
    expect(await post(504)).toBe(200);
  });

  it('ends in order on Ctrl-C, with everything it stored loaded', async () => {
    expect(await post(505)).toBe(200);
    run.child.kill('SIGINT');
    const { code, stdout, stderr } = await run.ended;
    expect(code).toBe(0);
    expect(await storedIds()).toEqual(['501', '502', '504', '505']);
    expect(stdout).toMatch(/\d+ callbacks: \d+ taken, \d+ refused/);
    expect(stdout + stderr).not.toMatch(/canary|clinic\.example/);
  });

  it('loads what an endpoint that was killed had stored only', async () => {
    await bed.database.pool.query('delete from ops.landed_objects');
    const again = bed.start(['callbacks', '--port', '0']);
    await again.said(/Listening on/);
    const loaded = async () => (await bed.database.pool.query('select from ops.landed_objects')).rowCount;
    await expect.poll(loaded, { timeout: 20_000 }).toBeGreaterThanOrEqual(4);
    again.child.kill('SIGTERM');
    expect((await again.ended).code).toBe(0);
  });
});
