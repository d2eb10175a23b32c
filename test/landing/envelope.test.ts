import { gunzipSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bodyBytes, toRawBody } from '../../src/domain/raw-body.ts';
import { decodeEnvelope, ENVELOPE_BYTES_MAX, encodeEnvelope } from '../../src/landing/envelope.ts';
import { LandingError } from '../../src/landing/errors.ts';
import { parseLandingKey } from '../../src/landing/key.ts';
import { anyEnvelope, CANARIES, sampleEnvelope } from './envelopes.ts';

async function faultOf(key: string, bytes: Uint8Array): Promise<LandingError> {
  const error = await decodeEnvelope(key, bytes).then(
    () => new Error('it was read'),
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(LandingError);
  expect(error).toMatchObject({ code: 'landed_object_unreadable', retryable: false });
  for (const canary of CANARIES) expect(String((error as LandingError).message)).not.toContain(canary);
  return error as LandingError;
}

function gzipJson(value: unknown): Uint8Array {
  return gzipSync(JSON.stringify(value));
}

describe('envelope', () => {
  it('comes back as it was, whatever its texts hold', async () => {
    await fc.assert(
      fc.asyncProperty(anyEnvelope, async (envelope) => {
        const { key, bytes } = await encodeEnvelope(envelope);
        expect(await decodeEnvelope(key, bytes)).toEqual(envelope);
      }),
      { numRuns: 300, seed: 7 },
    );
  });

  it('is the same key and bytes for the same envelope, whatever order its fields came in', async () => {
    const envelope = sampleEnvelope();
    const turned = Object.fromEntries(Object.entries(envelope).reverse()) as unknown as typeof envelope;
    const first = await encodeEnvelope(envelope);
    const second = await encodeEnvelope({ ...turned, ...{ unknown: 1 } });
    expect(second).toEqual(first);
    expect(first.bytes.subarray(4, 10), 'no time, no operating system').toEqual(Buffer.from([0, 0, 0, 0, 4, 255]));
  });

  it('keeps every byte of a body, as base64 where it is not UTF-8', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        expect(Buffer.from(bodyBytes(toRawBody(bytes, 200))).equals(bytes)).toBe(true);
      }),
      { seed: 7 },
    );
    expect(toRawBody(Buffer.from([0x7b, 0xff, 0x7d]), 200)).toEqual({ status: 200, encoding: 'base64', body: 'e/99' });
    expect(toRawBody(Buffer.from('\ufeff{"naam":"Zoë"}\0'), null)).toEqual({
      status: null,
      encoding: 'utf8',
      body: '\ufeff{"naam":"Zoë"}\0',
    });
  });

  it('is unreadable when it is cut at any byte, altered, or no gzip at all', async () => {
    const { key, bytes } = await encodeEnvelope(sampleEnvelope());
    for (let length = 0; length < bytes.length; length++) await faultOf(key, bytes.subarray(0, length));
    expect((await faultOf(key, bytes.subarray(0, bytes.length - 1))).message).toContain('cut off');
    const altered = Uint8Array.from(bytes);
    altered[bytes.length - 6] = (altered[bytes.length - 6] ?? 0) ^ 1;
    await faultOf(key, altered);
    await faultOf(key, Buffer.from('{"version":1}'));
    await faultOf(key, gzipSync(`{"version":1,"note":"${CANARIES[1]}"`));
  });

  it('names the field that is missing or wrong, and quotes none of it', async () => {
    const { key } = await encodeEnvelope(sampleEnvelope());
    const whole = JSON.parse(JSON.stringify(sampleEnvelope()));
    for (const field of Object.keys(whole)) {
      const { [field]: _, ...rest } = whole;
      expect((await faultOf(key, gzipJson(rest))).message).toContain(`envelope.${field} is missing`);
      expect((await faultOf(key, gzipJson({ ...whole, [field]: { odd: CANARIES[0] } }))).message).toMatch(
        new RegExp(`envelope\\.${field}(\\.after)? is (wrong|missing)`),
      );
    }
    const bodies = [{ status: 200, encoding: 'base64', body: 'not base64!' }];
    expect((await faultOf(key, gzipJson({ ...whole, bodies }))).context).toMatchObject({
      fault: 'envelope.bodies[0].body is not base64',
    });
    expect((await faultOf(key, gzipJson([whole]))).message).toContain('envelope is not an object');
  });

  it('of a later version is refused with the advice to use a newer release', async () => {
    const { key } = await encodeEnvelope(sampleEnvelope());
    expect((await faultOf(key, gzipJson({ ...sampleEnvelope(), version: 2 }))).message).toContain('newer release');
  });

  it('under a key of another account, observation, stream or kind is refused', async () => {
    const { bytes } = await encodeEnvelope(sampleEnvelope());
    for (const changes of [
      { account: 'other' },
      { observation: 43 },
      { stream: 'countries' },
      { kind: 'lookup' },
    ] as const) {
      const { key } = await encodeEnvelope(sampleEnvelope(changes));
      expect((await faultOf(key, bytes)).message).toContain('another key');
    }
  });

  it('that unpacks to more than the limit is refused before it fills the memory', async () => {
    const { key } = await encodeEnvelope(sampleEnvelope());
    const bomb = gzipSync(Buffer.alloc(ENVELOPE_BYTES_MAX + 1), { level: 1 });
    expect((await faultOf(key, bomb)).message).toContain('unpacks to more than');
  });
});

describe('landing key', () => {
  it('has the documented form and is read back', async () => {
    const { key, bytes } = await encodeEnvelope(sampleEnvelope());
    expect(key).toMatch(/^main\/0000000000000\/0000000000000042\.faxes\.slice\.[0-9a-f]{12}\.json\.gz$/);
    expect(parseLandingKey(key)).toEqual({
      account: 'main',
      folder: '0000000000000',
      observation: 42,
      stream: 'faxes',
      kind: 'slice',
    });
    expect(gunzipSync(bytes).length).toBeGreaterThan(300);
  });

  it('sorts as text as observations sort as numbers', async () => {
    await fc.assert(
      fc.asyncProperty(fc.maxSafeNat(), fc.maxSafeNat(), async (a, b) => {
        const [first, second] = [a, b].sort((x, y) => x - y).map((observation) => sampleEnvelope({ observation }));
        if (a === b || first === undefined || second === undefined) return;
        expect((await encodeEnvelope(first)).key < (await encodeEnvelope(second)).key).toBe(true);
      }),
      { seed: 7 },
    );
  });

  it('holds nothing of the content', async () => {
    const callback = sampleEnvelope({
      kind: 'callback',
      subjectId: CANARIES[3],
      eventType: CANARIES[2],
      pass: CANARIES[1],
    });
    for (const envelope of [sampleEnvelope(), callback]) {
      const { key } = await encodeEnvelope(envelope);
      for (const canary of CANARIES) expect(key).not.toContain(canary);
      expect(key.replaceAll(/[0-9a-f]{12}\.json/g, '')).not.toMatch(/\+|773|ward|MRN/);
    }
  });

  it('differs when anything in the envelope does', async () => {
    const { key } = await encodeEnvelope(sampleEnvelope());
    for (const changes of [
      { respondedAt: 1 },
      { pass: '+3d' },
      { dialect: 'v2' },
      { window: null },
      { bodies: [] },
      { digest: 'ab' },
    ] as const) {
      expect((await encodeEnvelope(sampleEnvelope(changes))).key).not.toBe(key);
    }
  });

  it('is refused for an account, stream or observation that would leave its folder', async () => {
    for (const changes of [
      { account: '../x' },
      { account: 'A' },
      { account: '' },
      { stream: 'a/b' },
      { observation: -1 },
    ]) {
      await expect(encodeEnvelope(sampleEnvelope(changes))).rejects.toMatchObject({ code: 'invariant_broken' });
    }
    for (const text of [
      '',
      'main',
      '../main/x',
      'main/0000000000001/0000000000000042.faxes.slice.0123456789ab.json.gz',
    ]) {
      expect(parseLandingKey(text)).toBeNull();
    }
  });
});
