import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ingressRuntime } from '../../src/runtime/ingress-runtime.ts';
import { pullRuntime } from '../../src/runtime/pull-runtime.ts';
import { type RuntimeKind, RuntimeSource } from '../../src/runtime/runtime-source.ts';
import { SECRET_AGE_MAX_MS } from '../../src/runtime/secret-cache.ts';
import type { SecretKind } from '../../src/runtime/secret-content.ts';
import { ManualClock } from '../../src/simulator/manual-clock.ts';
import { SecretsServer } from '../support/secrets-server.ts';

const ENV = {
  FAXSYNC_ACCOUNTS: JSON.stringify([{ account: 'north' }, { account: 'south', api_version: 'v2' }]),
  FAXSYNC_SECRETS: 'faxsync',
  FAXSYNC_STATE: 'dynamodb:faxsync-state',
  FAXSYNC_LANDING: '.faxsync/landing',
};
const NORTH = { api_key: 'north-key', api_secret: 'north-secret-canary', api_key_2: '', api_secret_2: '' };

let server: SecretsServer;
let clock: ManualClock;
let lines: string[];
beforeEach(async () => {
  server = await SecretsServer.start();
  for (const [name, value] of Object.entries(server.environment)) vi.stubEnv(name, value);
  clock = new ManualClock(Date.UTC(2026, 10, 22, 10));
  lines = [];
  server.put('faxsync/north/provider', NORTH);
  server.put('faxsync/south/provider', { api_key: 'south-key', api_secret: 'south-secret-canary' });
  server.put('faxsync/north/callbacks', { callback_tokens: 'north-token', callback_url: 'https://h.example/north' });
  server.put('faxsync/south/callbacks', { callback_tokens: 's-1, s-2', callback_url: 'https://h.example/south' });
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await server.stop();
  expect(lines.join('\n')).not.toContain('canary');
});

function sourceOf<R>(runtime: RuntimeKind<R>, secrets: readonly SecretKind[], env: Record<string, string> = ENV) {
  return new RuntimeSource(env, {
    service: 'test',
    runtime,
    secrets,
    clock,
    writeLog: (line) => lines.push(line),
  });
}

const pullSource = (env?: Record<string, string>) => sourceOf(pullRuntime, ['provider'], env);
const callbackSource = () => sourceOf(ingressRuntime, ['callbacks']);

async function keyOf(source: ReturnType<typeof pullSource>, account: string): Promise<string> {
  return (await source.current(account)).pullDeps(account).provider.credentials[0].apiKey;
}

async function tokensOf(source: ReturnType<typeof callbackSource>): Promise<Record<string, readonly string[]>> {
  const { settings } = (await source.current()).callbackDeps();
  return Object.fromEntries(settings.map(({ account, tokens }) => [account, tokens]));
}

/** What was thrown, as everything that may be shown of it. */
async function faultOf(work: Promise<unknown>): Promise<string> {
  const error: unknown = await work.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof Error)) throw new Error('an error was expected');
  expect(`${error.stack} ${JSON.stringify(error)} ${String(error.cause)}`).not.toContain('canary');
  return error.message;
}

describe("a function's runtime", () => {
  it('has the API keys of the account it was asked for, and reads no other secret', async () => {
    const source = pullSource();
    const runtime = await source.current('north');
    expect(runtime.pullDeps('north')).toMatchObject({
      provider: { dialect: 'v2.1', credentials: [{ apiKey: 'north-key', apiSecret: 'north-secret-canary' }] },
    });
    expect(() => runtime.pullDeps('south')).toThrow('has no API key');
    expect(server.asked).toEqual(['faxsync/north/provider']);
  });

  it('reads a secret once for all who ask at the same time, and again after five minutes', async () => {
    const source = pullSource();
    const keys = await Promise.all(Array.from({ length: 8 }, () => keyOf(source, 'north')));
    expect(new Set(keys)).toEqual(new Set(['north-key']));
    server.put('faxsync/north/provider', { ...NORTH, api_key: 'north-key-2' });
    clock.advance(SECRET_AGE_MAX_MS - 1);
    expect(await keyOf(source, 'north')).toBe('north-key');
    expect(server.asked).toHaveLength(1);
    clock.advance(1);
    expect(await keyOf(source, 'north')).toBe('north-key-2');
    expect(server.asked).toHaveLength(2);
  });

  it('reads the secrets anew when it is told to forget them', async () => {
    const source = pullSource();
    await source.current('north');
    server.put('faxsync/north/provider', { ...NORTH, api_key: 'north-key-2' });
    source.forget();
    expect(await keyOf(source, 'north')).toBe('north-key-2');
  });

  it('keeps its connections and clients while keys change', async () => {
    const env = { ...ENV, FAXSYNC_STATE: 'postgres', FAXSYNC_DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none' };
    const source = pullSource(env);
    const before = await source.current('north');
    expect(await source.current('north')).toBe(before);
    server.put('faxsync/north/provider', { ...NORTH, api_key: 'north-key-2' });
    source.forget();
    const after = await source.current('north');
    expect(after).not.toBe(before);
    expect(after.landing).toBe(before.landing);
    expect(after.state).toBe(before.state);
    expect(after.pool).toBe(before.pool);
    await after.close();
  });

  it('goes on with the secrets read before while Secrets Manager is out of reach, and says so', async () => {
    const source = pullSource();
    await source.current('north');
    clock.advance(SECRET_AGE_MAX_MS);
    server.failure = { status: 500, type: 'InternalServiceError' };
    expect(await keyOf(source, 'north')).toBe('north-key');
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      level: 'WARN',
      setting: 'faxsync/north/provider',
      error: { code: 'secrets_unavailable' },
    });
    // It does not wait for a dead service in every call, and asks again after half a minute.
    const { length } = server.asked;
    expect(await keyOf(source, 'north')).toBe('north-key');
    expect(server.asked).toHaveLength(length);
    server.failure = null;
    server.put('faxsync/north/provider', { ...NORTH, api_key: 'north-key-2' });
    clock.advance(30_000);
    expect(await keyOf(source, 'north')).toBe('north-key-2');
  });

  it('goes on with no secret that it may not read any more', async () => {
    const source = pullSource();
    await source.current('north');
    source.forget();
    server.failure = { status: 400, type: 'AccessDeniedException' };
    expect(await faultOf(source.current('north'))).toMatch(/^Secret faxsync\/north\/provider cannot be read/);
  });

  it('remembers no read that failed', async () => {
    const source = pullSource();
    server.failure = { status: 500, type: 'InternalServiceError' };
    await expect(source.current('north')).rejects.toMatchObject({ code: 'secrets_unavailable', retryable: true });
    server.failure = null;
    expect(await keyOf(source, 'north')).toBe('north-key');
  });

  it('says which secret is not there', async () => {
    server.secrets.delete('faxsync/north/provider');
    expect(await faultOf(pullSource().current('north'))).toMatch(/^There is no secret faxsync\/north\/provider/);
  });

  it.each([
    ['blank', { ...NORTH, api_key: '', api_secret: ' ' }, /provider is blank: .*api_key.*put-secret-value/],
    ['half a pair', { ...NORTH, api_secret: '' }, /api_secret in the secret faxsync\/north\/provider is missing/],
    [
      'a second half',
      { ...NORTH, api_key_2: 'canary' },
      /api_secret_2 in the secret faxsync\/north\/provider is missing/,
    ],
    ['a number', { ...NORTH, api_key: 12345 }, /api_key in the secret faxsync\/north\/provider is not text/],
    ['an unknown name', { ...NORTH, 'api-key-canary': 'x' }, /has a field that does not exist: allowed are api_key,/],
    ['another kind', { ...NORTH, callback_url: 'canary' }, /has a field that does not exist/],
    ['no JSON', '{"api_key": "canary', /is not a JSON object: write \{"api_key": "\.\.\.",/],
    ['a list', ['canary'], /is not a JSON object/],
  ])('names what is wrong with a secret that is %s, and looks again the next time', async (_what, content, fault) => {
    const source = pullSource();
    server.put('faxsync/north/provider', content);
    expect(await faultOf(source.current('north'))).toMatch(fault);
    expect(await keyOf(source, 'south')).toBe('south-key');
    server.put('faxsync/north/provider', NORTH);
    expect(await keyOf(source, 'north')).toBe('north-key');
  });

  it('is of the environment alone where that names no secrets', async () => {
    const source = pullSource({
      FAXSYNC_API_KEY: 'own-key',
      FAXSYNC_API_SECRET: 'canary',
      FAXSYNC_STATE: ENV.FAXSYNC_STATE,
    });
    expect(await keyOf(source, 'main')).toBe('own-key');
    expect(server.asked).toEqual([]);
  });

  it('names every fault of the environment, each time it is asked', async () => {
    const source = pullSource({ ...ENV, FAXSYNC_SECRETS: '/canary', FAXSYNC_STATE: 'canary' });
    for (let time = 0; time < 2; time++) {
      expect(await faultOf(source.current('north'))).toMatch(/2 settings .*FAXSYNC_SECRETS .*FAXSYNC_STATE/s);
    }
  });

  it('refuses an account that it does not know', async () => {
    const runtime = await pullSource().current('west');
    expect(() => runtime.pullDeps('west')).toThrow('There is no account of this name');
  });
});

describe('the runtime of callbacks', () => {
  it('has the tokens of all accounts, two while one is being replaced', async () => {
    const source = callbackSource();
    expect(await tokensOf(source)).toEqual({ north: ['north-token'], south: ['s-1', 's-2'] });
    expect([...server.asked].sort()).toEqual(['faxsync/north/callbacks', 'faxsync/south/callbacks']);
    expect(await source.current()).toBe(await source.current());
  });

  it.each([
    ['wrong', { callback_tokens: 'canary' }],
    ['unreadable', 'canary'],
  ])('leaves out the account whose secret is %s, says so once, and serves the others', async (_what, content) => {
    server.put('faxsync/north/callbacks', content);
    const source = callbackSource();
    expect(await tokensOf(source)).toEqual({ south: ['s-1', 's-2'] });
    expect(await tokensOf(source)).toEqual({ south: ['s-1', 's-2'] });
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ level: 'ERROR', account: 'north' });
  });

  it('leaves out the account whose secret is not there', async () => {
    server.secrets.delete('faxsync/north/callbacks');
    expect(await tokensOf(callbackSource())).toEqual({ south: ['s-1', 's-2'] });
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ account: 'north', error: { code: 'secret_missing' } });
  });

  it('leaves out accounts that no callback could tell apart', async () => {
    server.put('faxsync/south/callbacks', { callback_tokens: 'north-token', callback_url: 'https://h.example/north' });
    expect(await tokensOf(callbackSource())).toEqual({});
    expect(lines.map((line) => JSON.parse(line).account)).toEqual(['north', 'south']);
  });

  it('has no account where all secrets are blank, and says how to fill them', async () => {
    for (const account of ['north', 'south']) {
      server.put(`faxsync/${account}/callbacks`, { callback_tokens: '', callback_url: '' });
    }
    expect(await tokensOf(callbackSource())).toEqual({});
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      message: 'no account receives callbacks',
      error: { message: expect.stringContaining('put-secret-value --secret-id faxsync/north/callbacks') },
    });
  });

  it('answers nobody while no secret can be reached, since the callbacks may be good', async () => {
    server.failure = { status: 503, type: 'ServiceUnavailable' };
    const source = callbackSource();
    await expect(source.current()).rejects.toMatchObject({ code: 'secrets_unavailable', retryable: true });
    server.failure = null;
    expect(Object.keys(await tokensOf(source))).toEqual(['north', 'south']);
  });
});
