import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, mkdir, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { LandedRef, LandingZone } from '../../src/landing/contract.ts';
import { FolderLandingZone } from '../../src/landing/folder.ts';
import { S3LandingZone } from '../../src/landing/s3.ts';
import { S3Server } from '../support/s3-server.ts';
import { CANARIES, sampleEnvelope } from './envelopes.ts';

interface OpenZone {
  readonly zone: LandingZone;
  /** Another one on the same place, as another process would have it. */
  readonly rival: LandingZone;
  /** Every object there is, by the name the place itself uses. */
  names(): Promise<string[]>;
  /** Cuts a stored object short, as a failing disk would. */
  cut(key: string): Promise<void>;
  /** Puts something that is no object of ours beside one. */
  litter(key: string): Promise<void>;
  close(): Promise<void>;
}

async function openFolder(): Promise<OpenZone & { readonly root: string }> {
  const parent = await mkdtemp(join(tmpdir(), 'faxsync-landing-'));
  const root = join(parent, 'deep', 'zone');
  return {
    root,
    zone: new FolderLandingZone(root),
    rival: new FolderLandingZone(root),
    names: async () => (await readdir(root, { recursive: true })).filter((name) => name.endsWith('.gz')).sort(),
    cut: (key) => truncate(join(root, key), 40),
    litter: async (key) => {
      const folder = dirname(join(root, key));
      await writeFile(join(folder, '.DS_Store'), 'x');
      await writeFile(join(dirname(folder), 'zzz.txt'), 'x');
      await mkdir(join(root, '.partial'), { recursive: true });
      await writeFile(join(root, '.partial', `${key.replaceAll('/', '_')}.0`), 'half an obj');
    },
    close: () => rm(parent, { recursive: true, force: true }),
  };
}

async function openS3(prefix?: string): Promise<OpenZone & { readonly server: S3Server }> {
  const server = new S3Server(['landing']);
  server.pageSize = 3;
  const client = await server.start();
  const options = { client, bucket: 'landing', ...(prefix === undefined ? {} : { prefix }) };
  const place = `landing/${prefix === undefined ? '' : `${prefix}/`}`;
  return {
    server,
    zone: new S3LandingZone(options),
    rival: new S3LandingZone(options),
    names: async () => server.keys().map((key) => key.slice(place.length)),
    cut: async (key) => server.plant(place + key, (server.bytesOf(place + key) ?? new Uint8Array()).subarray(0, 40)),
    litter: async (key) => server.plant(`${place}${dirname(key)}/.DS_Store`, Buffer.from('x')),
    close: async () => {
      client.destroy();
      await server.stop();
    },
  };
}

async function keysOf(refs: AsyncIterable<LandedRef>): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of refs) keys.push(key);
  return keys;
}

describe.each([
  { name: 'a folder', open: openFolder },
  { name: 'S3', open: () => openS3() },
  { name: 'S3 under a prefix', open: () => openS3('clinics/fax') },
])('landing zone in $name', ({ open }) => {
  let place: OpenZone;
  let zone: LandingZone;

  beforeEach(async () => {
    place = await open();
    zone = place.zone;
  });
  afterEach(async () => {
    await place.close();
  });

  it('gives back what was put, to others too', async () => {
    const envelope = sampleEnvelope({
      bodies: [
        { status: 200, encoding: 'utf8', body: '{"a":"\u0000 Zoë \ud83d\udce0"}' },
        { status: 500, encoding: 'base64', body: Buffer.from([0xff, 0xfe, 0]).toString('base64') },
      ],
    });
    const { key } = await zone.put(envelope);
    expect(await place.rival.get(key)).toEqual(envelope);
    expect(await place.names()).toEqual([key]);
  });

  it('holds one object however often, and by how many at once, the same envelope is put', async () => {
    const refs = await Promise.all(
      Array.from({ length: 16 }, (_, n) => (n % 2 === 0 ? zone : place.rival).put(sampleEnvelope())),
    );
    refs.push(await zone.put(sampleEnvelope()));
    expect(new Set(refs.map(({ key }) => key)).size).toBe(1);
    expect(await place.names()).toEqual([refs[0]?.key]);
    expect(await zone.get(refs[0]?.key ?? '')).toEqual(sampleEnvelope());
  });

  it('lists an account by observation across folders, from a key on, some streams only', async () => {
    const observations = [1_000_000, 5, 999, 1_000, 70_000, 3, 1_001];
    const put = new Map<number, string>();
    for (const observation of observations) {
      const stream = observation % 2 === 0 ? 'faxes' : 'countries';
      put.set(observation, (await zone.put(sampleEnvelope({ observation, stream }))).key);
    }
    await zone.put(sampleEnvelope({ account: 'main-2', observation: 1 }));
    await zone.put(sampleEnvelope({ account: 'maim', observation: 1 }));
    const sorted = [3, 5, 999, 1_000, 1_001, 70_000, 1_000_000].map((observation) => put.get(observation));
    expect(await keysOf(zone.list('main'))).toEqual(sorted);
    for (const [index, after = ''] of sorted.entries()) {
      expect(await keysOf(zone.list('main', { after }))).toEqual(sorted.slice(index + 1));
    }
    expect(await keysOf(zone.list('main', { streams: ['faxes'] }))).toEqual(
      [1_000, 70_000, 1_000_000].map((o) => put.get(o)),
    );
    const after = put.get(1_000) ?? '';
    expect(await keysOf(zone.list('main', { after, streams: ['countries'] }))).toEqual([put.get(1_001)]);
    expect(await keysOf(zone.list('main', { streams: [] }))).toEqual([]);
  });

  it('lists nothing for an account without objects, or a name that is no account', async () => {
    await zone.put(sampleEnvelope());
    for (const account of ['nobody', 'mai', '..', '', '.partial']) expect(await keysOf(zone.list(account))).toEqual([]);
  });

  it('passes over what others left beside the objects', async () => {
    const { key } = await zone.put(sampleEnvelope());
    await place.litter(key);
    expect(await keysOf(zone.list('main'))).toEqual([key]);
    expect((await zone.put(sampleEnvelope({ observation: 43 }))).key).toContain('0043');
  });

  it('says which object is missing', async () => {
    const { key } = await zone.put(sampleEnvelope());
    for (const missing of [key.replace('0042', '0041'), '../../etc/passwd', '', 'main/x']) {
      await expect(zone.get(missing)).rejects.toMatchObject({ code: 'landed_object_missing', retryable: false });
    }
  });

  it('says which object is unreadable, without its content', async () => {
    const { key } = await zone.put(sampleEnvelope());
    await place.cut(key);
    const error: unknown = await zone.get(key).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      name: 'LandingError',
      code: 'landed_object_unreadable',
      context: { landedKey: key },
    });
    for (const canary of CANARIES) expect(String(error)).not.toContain(canary);
  });

  it('has keys without anything personal in them', async () => {
    await zone.put(
      sampleEnvelope({ kind: 'callback', subjectId: '311', eventType: CANARIES[2], digest: 'cd'.repeat(32) }),
    );
    const names = (await place.names()).join('\n');
    expect(names).toMatch(/callback/);
    for (const canary of CANARIES) expect(names).not.toContain(canary);
  });
});

describe('landing zone in a folder, by itself', () => {
  let place: Awaited<ReturnType<typeof openFolder>>;

  beforeEach(async () => {
    place = await openFolder();
  });
  afterEach(async () => {
    await place.close();
  });

  it('survives writers killed at any moment: every listed object is whole, and the same put then works', async () => {
    const script = fileURLToPath(new URL('./put-until-killed.ts', import.meta.url));
    let seen = 0;
    for (let kill = 0; kill < 6; kill++) {
      const child = spawn(process.execPath, [script, place.root, String(kill * 10_000)], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      await once(child.stdout, 'data');
      // The child writes without a pause: it dies in the middle of some put, at another step each time.
      for (let turn = 0; turn < kill * 3; turn++) await place.names();
      child.kill('SIGKILL');
      await once(child, 'exit');
      const keys = await keysOf(place.zone.list('main'));
      for (const key of keys) expect((await place.zone.get(key)).account).toBe('main');
      expect(keys.length).toBeGreaterThan(seen);
      seen = keys.length;
      const { key } = await place.zone.put(sampleEnvelope({ observation: kill * 10_000 }));
      expect(keys).toContain(key);
    }
  });

  it('does not replace an object that is there', async () => {
    const { key } = await place.zone.put(sampleEnvelope());
    await appendFile(join(place.root, key), 'mark');
    await place.rival.put(sampleEnvelope());
    expect((await readFile(join(place.root, key))).subarray(-4).toString()).toBe('mark');
  });

  it('says that the folder cannot be used where it is a file', async () => {
    const file = join(place.root, '..', 'file');
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, '');
    const zone = new FolderLandingZone(file);
    const error: unknown = await zone.put(sampleEnvelope()).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ name: 'LandingError', code: 'landing_unusable', retryable: false });
    expect(String(error)).toContain('FAXSYNC_LANDING');
  });

  it('works again after its folder was removed under it', async () => {
    await place.zone.put(sampleEnvelope());
    await rm(place.root, { recursive: true });
    await place.zone.put(sampleEnvelope()).catch(() => {});
    const { key } = await place.zone.put(sampleEnvelope());
    expect(await place.zone.get(key)).toEqual(sampleEnvelope());
  });
});

describe('landing zone in S3, by itself', () => {
  let place: Awaited<ReturnType<typeof openS3>>;

  beforeEach(async () => {
    place = await openS3('clinics');
  });
  afterEach(async () => {
    await place.close();
  });

  it('does not replace an object that is there', async () => {
    const { key } = await place.zone.put(sampleEnvelope());
    place.server.plant(`landing/clinics/${key}`, Buffer.from('mark'));
    await place.rival.put(sampleEnvelope());
    expect(Buffer.from(place.server.bytesOf(`landing/clinics/${key}`) ?? []).toString()).toBe('mark');
  });

  it('asks again while another put of the same key is under way', async () => {
    const conflict = { method: 'PUT', status: 409, code: 'ConditionalRequestConflict' } as const;
    place.server.faults.push(conflict, conflict);
    const { key } = await place.zone.put(sampleEnvelope());
    expect(await place.zone.get(key)).toEqual(sampleEnvelope());
    place.server.faults.push(conflict, conflict, conflict, conflict);
    await expect(place.zone.put(sampleEnvelope({ observation: 43 }))).rejects.toMatchObject({
      code: 'landing_unavailable',
      retryable: true,
    });
  });

  it('can be put again after the answer was lost', async () => {
    place.server.faults.push({ method: 'PUT', status: 500, code: 'InternalError', isDone: true });
    await expect(place.zone.put(sampleEnvelope())).rejects.toMatchObject({
      code: 'landing_unavailable',
      retryable: true,
    });
    const { key } = await place.zone.put(sampleEnvelope());
    expect(place.server.keys()).toEqual([`landing/clinics/${key}`]);
  });

  it('tells what a human has to do from what passes', async () => {
    const { key } = await place.zone.put(sampleEnvelope());
    place.server.faults.push({ method: 'GET', status: 403, code: 'AccessDenied' });
    await expect(place.zone.get(key)).rejects.toMatchObject({ code: 'landing_unusable', retryable: false });
    place.server.faults.push({ method: 'GET', status: 503, code: 'SlowDown' });
    await expect(place.zone.get(key)).rejects.toMatchObject({ code: 'landing_unavailable', retryable: true });
    place.server.faults.push({ method: 'GET', status: 503, code: 'SlowDown' });
    await expect(keysOf(place.zone.list('main'))).rejects.toMatchObject({
      code: 'landing_unavailable',
      retryable: true,
    });
  });

  it('says that an object it may not read may not be there: S3 tells a missing one only to who may list the bucket', async () => {
    const { key } = await place.zone.put(sampleEnvelope());
    const refusal = (code: string) => {
      place.server.faults.push({ method: 'GET', status: 403, code });
      return place.zone.get(key).catch((error: unknown) => String(error));
    };
    expect(await refusal('AccessDenied')).toMatch(/does not let us read .* or the object is not there/);
    expect(await refusal('SignatureDoesNotMatch')).not.toContain('not there');
    place.server.faults.push({ method: 'PUT', status: 403, code: 'AccessDenied' });
    const put = place.zone.put(sampleEnvelope({ observation: 44 })).catch((error: unknown) => String(error));
    expect(await put).not.toContain('not there');
  });

  it('reads landing keys from the object keys of notifications', async () => {
    const { key } = await place.zone.put(sampleEnvelope());
    const zone = place.zone as S3LandingZone;
    expect(zone.keyOf(`clinics/${key}`)).toBe(key);
    expect(zone.keyOf(key)).toBeNull();
    expect(zone.keyOf('clinics/readme.txt')).toBeNull();
  });

  it('tells in its lists when each object was stored', async () => {
    place.server.now = () => Date.UTC(2026, 10, 1, 12);
    const { key } = await place.zone.put(sampleEnvelope());
    const refs = [];
    for await (const ref of place.zone.list('main')) refs.push(ref);
    expect(refs).toEqual([{ key, landedAt: Date.UTC(2026, 10, 1, 12) }]);
  });

  it('lists page by page and no further than asked', async () => {
    for (let observation = 1; observation <= 9; observation++) await place.zone.put(sampleEnvelope({ observation }));
    place.server.requests.length = 0;
    for await (const { key } of place.zone.list('main')) if (key.includes('0000000000000004.')) break;
    expect(place.server.requests).toEqual(['GET landing/', 'GET landing/']);
  });
});
