import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createReceiveCallbackHandler, handler } from '../../functions/receive-callback.ts';
import { LOCAL_CONTEXT } from '../../src/cli/local-host.ts';
import { FolderLandingZone } from '../../src/landing/folder.ts';
import { type SignedContent, signCallback } from '../../src/phaxio/signature.ts';
import { type CallbackSettings, DIGEST_TTL_MS } from '../../src/pipeline/receive-callback.ts';
import { createLogger } from '../../src/runtime/logger.ts';
import { ManualClock } from '../../src/simulator/manual-clock.ts';
import { StateUnavailableError } from '../../src/state/errors.ts';
import { PostgresStateStore } from '../../src/state/postgres.ts';
import { countedMetrics } from '../support/counted-metrics.ts';
import { freshDatabase, type TestDatabase } from '../support/database.ts';
import { type FormPart, MULTIPART, multipartBody } from '../support/form-body.ts';
import { seededRandom } from '../support/random.ts';

const TOKEN = 'test-webhook-token';
const URL = 'https://clinic:secret@example.com/phaxio?acct=7';
const CANARY = '%PDF-1.4 canary of the document';
const PARTS: readonly FormPart[] = [
  {
    name: 'fax',
    value:
      '{"id":9007199254740993,"created_at":"2021-02-24T12:51:12.000-06:00","barcodes":[],"caller_name":"Canary Name"}',
  },
  { name: 'event_type', value: 'fax_completed' },
  { name: 'success', value: 'true' },
  { name: 'is_test', value: 'false' },
  { name: 'direction', value: 'received' },
  { name: 'file', value: CANARY, filename: 'fax-5.pdf', type: 'application/pdf' },
];

let database: TestDatabase;
let folder: string;
let clock: ManualClock;
let lines: string[];
let state: PostgresStateStore;
let landing: FolderLandingZone;
let account: CallbackSettings;
let count = 0;
const { metrics, counted } = countedMetrics('receive-callback');

beforeAll(async () => {
  database = await freshDatabase();
  folder = await mkdtemp(join(tmpdir(), 'faxsync-callbacks-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true });
  await database.drop();
});
beforeEach(() => {
  count += 1;
  clock = new ManualClock(Date.UTC(2021, 1, 24, 18, 52));
  lines = [];
  counted();
  state = new PostgresStateStore(database.pool, { clock: { sleep: async () => {} }, random: seededRandom(1) });
  landing = new FolderLandingZone(join(folder, String(count)));
  account = { account: `clinic-${count}`, tokens: [TOKEN], url: URL };
});

/** What the provider signs of these parts. */
function contentOf(parts: readonly FormPart[]): SignedContent {
  return {
    fields: parts
      .filter((part) => part.filename === undefined)
      .map(({ name, value }) => ({ name, value: String(value) })),
    files: parts
      .filter((part) => part.filename !== undefined)
      .map(({ name, value }) => ({ name, sha1: createHash('sha1').update(value).digest('hex') })),
  };
}

interface Sent {
  readonly parts?: readonly FormPart[];
  readonly signature?: string | null;
  readonly body?: Uint8Array;
  readonly headers?: Record<string, string>;
  readonly method?: string;
  readonly isText?: boolean;
}

function eventOf(sent: Sent): APIGatewayProxyEventV2 {
  const parts = sent.parts ?? PARTS;
  const signature = sent.signature === undefined ? signCallback(TOKEN, URL, contentOf(parts)) : sent.signature;
  const body = Buffer.from(sent.body ?? multipartBody(parts));
  return {
    headers: {
      host: 'attacker.example.net',
      'content-type': MULTIPART,
      ...(signature === null ? {} : { 'x-phaxio-signature': signature }),
      ...sent.headers,
    },
    requestContext: { http: { method: sent.method ?? 'POST' } },
    isBase64Encoded: sent.isText !== true,
    body: body.toString(sent.isText === true ? 'utf8' : 'base64'),
  } as unknown as APIGatewayProxyEventV2;
}

/** Sends one callback to the handler; status and word of the answer. */
async function send(sent: Sent = {}, changes: { settings?: readonly CallbackSettings[]; ports?: object } = {}) {
  const log = createLogger({ service: 'receive-callback', write: (line) => lines.push(line) });
  const ports = { clock, state, landing, log, ...changes.ports };
  const handle = createReceiveCallbackHandler({ ports, settings: changes.settings ?? [account], metrics });
  const { statusCode, body } = await handle(eventOf(sent));
  return `${statusCode} ${body?.trim()}`;
}

async function landed(name = account.account) {
  const objects = [];
  for await (const { key } of landing.list(name)) objects.push(await landing.get(key));
  return objects;
}

describe('the callback function', () => {
  it('answers 200 once the callback lies in the landing zone', async () => {
    expect(await send()).toBe('200 stored');
    const fields = Object.fromEntries(contentOf(PARTS).fields.map(({ name, value }) => [name, value]));
    const [envelope, ...others] = await landed();
    expect(others).toEqual([]);
    expect(envelope).toEqual({
      version: 1,
      account: account.account,
      stream: 'faxes',
      dialect: 'v2.1',
      kind: 'callback',
      window: null,
      pass: null,
      observation: 1,
      requestedAt: clock.now(),
      respondedAt: clock.now(),
      subjectId: '9007199254740993',
      eventType: 'fax_completed',
      digest: expect.stringMatching(/^[0-9a-f]{64}$/),
      bodies: [{ status: null, encoding: 'utf8', body: JSON.stringify(fields) }],
    });
  });

  it('does nothing the second time, for eight days', async () => {
    const reordered = { parts: PARTS.toReversed() };
    expect(await send()).toBe('200 stored');
    expect(await send()).toBe('200 repeated');
    expect(await send(reordered)).toBe('200 repeated');
    clock.advance(DIGEST_TTL_MS - 1);
    expect(await send()).toBe('200 repeated');
    expect(await landed()).toHaveLength(1);
    clock.advance(1);
    expect(await send()).toBe('200 stored');
    expect((await landed()).map(({ observation }) => observation)).toEqual([1, 2]);
  });

  it('takes the signature of the URL without its credentials, and of either token', async () => {
    const content = contentOf(PARTS);
    expect(await send({ signature: signCallback(TOKEN, 'https://example.com/phaxio?acct=7', content) })).toBe(
      '200 stored',
    );
    const rotating = { ...account, tokens: ['the new token', TOKEN] };
    const other = PARTS.map((part) => (part.name === 'success' ? { ...part, value: 'false' } : part));
    const signature = signCallback('the new token', URL, contentOf(other));
    expect(await send({ parts: other, signature }, { settings: [rotating] })).toBe('200 stored');
    const third = PARTS.map((part) => (part.name === 'is_test' ? { ...part, value: 'true' } : part));
    expect(await send({ parts: third }, { settings: [rotating] })).toBe('200 stored');
  });

  it('tells the account by the signature', async () => {
    const other = { account: `${account.account}-b`, tokens: ['another token'], url: 'https://example.com/b' };
    const signature = signCallback('another token', 'https://example.com/b', contentOf(PARTS));
    expect(await send({ signature }, { settings: [account, other] })).toBe('200 stored');
    expect(await landed()).toEqual([]);
    expect(await landed(other.account)).toHaveLength(1);
  });

  it('refuses what is not signed, and everything without a token', async () => {
    const right = signCallback(TOKEN, URL, contentOf(PARTS));
    expect(await send({ signature: null })).toBe('401 unsigned');
    expect(await send({ signature: '' })).toBe('401 unsigned');
    expect(await send({ signature: right.toUpperCase() })).toBe('401 unsigned');
    expect(await send({ signature: `${right},${right}` })).toBe('401 unsigned');
    expect(await send({ signature: 'a'.repeat(40) })).toBe('401 forged');
    expect(await send({ signature: signCallback('api secret', URL, contentOf(PARTS)) })).toBe('401 forged');
    expect(await send({ signature: signCallback(TOKEN, 'https://attacker.example.net/', contentOf(PARTS)) })).toBe(
      '401 forged',
    );
    expect(await send({}, { settings: [{ ...account, tokens: [] }] })).toBe('401 not_configured');
    expect(await send({}, { settings: [{ ...account, tokens: [''] }] })).toBe('401 not_configured');
    expect(
      await send(
        { signature: signCallback('', URL, contentOf(PARTS)) },
        { settings: [{ ...account, tokens: ['', 'x'] }] },
      ),
    ).toBe('401 forged');
    expect(await send({}, { settings: [] })).toBe('401 not_configured');
    expect(await landed()).toEqual([]);
  });

  it('takes nothing but what was signed, whichever bit is changed', async () => {
    const body = multipartBody(PARTS);
    const signature = signCallback(TOKEN, URL, contentOf(PARTS));
    const answers = new Map<string, number>();
    let at = 0;
    for (; at < body.length; at++) {
      const changed = Buffer.from(body);
      changed[at] = (changed[at] ?? 0) ^ (1 << (at % 8));
      const answer = await send({ body: changed, signature });
      answers.set(answer, (answers.get(answer) ?? 0) + 1);
    }
    console.log(`one bit changed in each of ${at} bytes: ${JSON.stringify(Object.fromEntries(answers))}`);
    // What the form's framing carries beside names and contents is not signed: the file's name and type, the case of headers.
    const objects = await landed();
    const fields = Object.fromEntries(contentOf(PARTS).fields.map(({ name, value }) => [name, value]));
    for (const { bodies } of objects) expect(bodies[0]?.body).toBe(JSON.stringify(fields));
    expect(new Set(objects.map(({ digest }) => digest)).size).toBeLessThanOrEqual(1);
  });

  it('refuses signed callbacks of an undocumented form', async () => {
    expect(await send({ parts: [...PARTS, { name: 'admin', value: 'true' }] })).toBe('400 refused');
    expect(await send({ parts: PARTS.slice(1) })).toBe('400 refused');
    expect(await landed()).toEqual([]);
  });

  it('refuses what is no form, too large or no POST', async () => {
    expect(await send({ body: multipartBody(PARTS).subarray(0, 300) })).toBe('400 malformed');
    expect(await send({ headers: { 'content-type': 'application/json' } })).toBe('400 malformed');
    expect(await send({ body: Buffer.alloc(0) })).toBe('400 malformed');
    const document = { name: 'file', filename: 'fax.pdf', value: Buffer.alloc(5 * 1024 * 1024 + 1) };
    expect(await send({ parts: [document] })).toBe('413 too_large');
    expect(await send({ body: Buffer.alloc(7 * 1024 * 1024) })).toBe('413 too_large');
    expect(await send({ method: 'GET' })).toBe('405 method_not_allowed');
    expect(await landed()).toEqual([]);
  });

  it('stores events nobody has heard of', async () => {
    const parts = PARTS.map((part) => (part.name === 'event_type' ? { ...part, value: 'fax_teleported' } : part));
    expect(await send({ parts })).toBe('200 stored');
    expect((await landed())[0]?.eventType).toBe('fax_teleported');
  });

  it('reads a body that the gateway passed as text, and headers in any case', async () => {
    const parts = PARTS.filter((part) => part.filename === undefined);
    const signature = signCallback(TOKEN, URL, contentOf(parts));
    const headers = { 'X-Phaxio-Signature': signature };
    expect(await send({ parts, isText: true, signature: null, headers })).toBe('200 stored');
  });

  it('asks for another try when it cannot be stored, and remembers nothing', async () => {
    const file = join(folder, 'a-file');
    await writeFile(file, '');
    expect(await send({}, { ports: { landing: new FolderLandingZone(join(file, 'below')) } })).toBe('503 unavailable');
    expect(await send()).toBe('200 stored');
  });

  it('asks for another try when the state store fails before the callback is stored', async () => {
    const down = async (): Promise<never> => {
      throw new StateUnavailableError('The state store is down.', { code: 'state_unavailable', retryable: true });
    };
    for (const method of ['hasDigest', 'nextObservation'] as const) {
      expect(await send({}, { ports: { state: bound(state, method, down) } })).toBe('503 unavailable');
    }
    expect(await landed()).toEqual([]);
    // Stored, yet not remembered: taken, and a repetition costs one object.
    const ports = { state: bound(state, 'rememberDigest', down) };
    expect(await send({}, { ports })).toBe('200 stored');
    expect(await send()).toBe('200 stored');
    expect(await send()).toBe('200 repeated');
    expect(await landed()).toHaveLength(2);
  });

  it('counts each callback once, for its account once the signature told it', async () => {
    const service = 'receive-callback';
    const mine = { service, account: account.account };
    const unknown = PARTS.map((part) => (part.name === 'event_type' ? { ...part, value: 'fax_teleported' } : part));
    const down = new FolderLandingZone(join(folder, 'a-file', 'below'));
    await writeFile(join(folder, 'a-file'), '');
    await send();
    await send();
    await send({ parts: unknown });
    await send({ parts: PARTS.slice(1) });
    await send({ signature: null });
    await send({ signature: 'c'.repeat(40) });
    await send({}, { settings: [] });
    await send({ body: Buffer.alloc(0) });
    await send({ parts: unknown.toReversed(), signature: signCallback(TOKEN, URL, contentOf(PARTS)) });
    await send({ method: 'GET' });
    const ports = {
      landing: down,
      state: bound(state, 'hasDigest', async () => Promise.reject(new StateUnavailableError('x', { code: 'x' }))),
    };
    await send({}, { ports });
    expect(counted()).toEqual([
      { ...mine, CallbacksTaken: 1 },
      { ...mine, CallbacksRepeated: 1 },
      { ...mine, CallbacksTaken: 1, UnknownEvents: 1 },
      { ...mine, CallbacksRefused: 1 },
      ...Array.from({ length: 5 }, () => ({ service, CallbacksRefused: 1 })),
      { ...mine, CallbacksUnavailable: 1 },
    ]);
  });

  it('counts what is signed with another token than the first: the provider still has the old one', async () => {
    const settings = [{ ...account, tokens: ['the new token', TOKEN] }];
    await send({}, { settings });
    const parts = PARTS.map((part) => (part.name === 'success' ? { ...part, value: 'false' } : part));
    await send({ parts, signature: signCallback('the new token', URL, contentOf(parts)) }, { settings });
    const mine = { service: 'receive-callback', account: account.account, CallbacksTaken: 1 };
    expect(counted()).toEqual([{ ...mine, CallbacksByOldToken: 1 }, mine]);
  });

  it('is deployed with a runtime of its own, and asks for another try where that cannot begin', async () => {
    const answer = await handler(eventOf({}), LOCAL_CONTEXT);
    expect([answer.statusCode, answer.body]).toEqual([503, 'unavailable\n']);
  });

  it('keeps the document, names, numbers and secrets out of its log, and the document out of the landing zone', async () => {
    await send();
    await send({ signature: 'b'.repeat(40) });
    await send({ parts: [...PARTS, { name: 'admin', value: 'canary value' }] });
    await send({ body: multipartBody(PARTS).subarray(0, 400) });
    const log = lines.join('\n');
    expect(lines.length).toBe(4);
    for (const secret of ['canary', 'Canary', '%PDF', TOKEN, 'clinic:secret', 'b'.repeat(40), 'admin']) {
      expect(log).not.toContain(secret);
    }
    const root = join(folder, String(count));
    let searched = 0;
    for (const entry of await readdir(root, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue;
      const bytes = await readFile(join(entry.parentPath, entry.name));
      const text = bytes[0] === 0x1f ? gunzipSync(bytes).toString() : bytes.toString();
      expect(text).not.toContain('canary of the document');
      searched += 1;
    }
    expect(searched).toBe(1);
  });
});

/** The store with one method failing; the port of a store that is down at that moment. */
function bound(store: PostgresStateStore, failing: string, fail: () => Promise<never>) {
  const method = <Name extends 'hasDigest' | 'rememberDigest' | 'nextObservation'>(name: Name) =>
    (name === failing ? fail : store[name].bind(store)) as PostgresStateStore[Name];
  return {
    hasDigest: method('hasDigest'),
    rememberDigest: method('rememberDigest'),
    nextObservation: method('nextObservation'),
  };
}
