import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { CallOptions, ProviderAnswer, ProviderRequest } from '../../src/phaxio/client.ts';
import type { ProviderError } from '../../src/phaxio/errors.ts';
import { listFaxesRequest, readFaxRequest } from '../../src/phaxio/listing.ts';
import { accountAt, answer, CANARIES, clientAt, json, ScriptedProvider } from './scripted-provider.ts';

const EMPTY = {
  success: true,
  message: 'Retrieved faxes successfully',
  data: [],
  paging: { total: 0, per_page: 1000, page: 1 },
};
const WINDOW = { after: Date.UTC(2024, 0, 1), before: Date.UTC(2024, 0, 2) };
const LIST = listFaxesRequest('v2.1', WINDOW, 1, 1000);
const LATE: CallOptions = { deadline: Number.MAX_SAFE_INTEGER };
const TWO_SLOTS = [
  { apiKey: 'canary-key-1', apiSecret: 'canary-secret-1' },
  { apiKey: 'canary-key-2', apiSecret: 'canary-secret-2' },
] as const;

const provider = new ScriptedProvider();
beforeAll(() => provider.start());
afterAll(() => provider.stop());
beforeEach(() => provider.play(json(EMPTY)));

async function errorOf(call: Promise<ProviderAnswer>): Promise<ProviderError> {
  const outcome = await call.then(
    () => null,
    (error: unknown) => error,
  );
  expect(outcome).toBeInstanceOf(Error);
  return outcome as ProviderError;
}

describe('PhaxioClient', () => {
  it('authenticates v2 and v2.1 with HTTP Basic and keeps credentials out of the URL', async () => {
    for (const dialect of ['v2', 'v2.1'] as const) {
      provider.play(json(EMPTY));
      const { client } = clientAt(accountAt(provider.url, { dialect }));
      await client.call(listFaxesRequest(dialect, WINDOW, 1, 1000), LATE);
      const [received] = provider.received;
      expect(received?.method).toBe('GET');
      expect(received?.url).toBe(
        `/${dialect}/faxes?created_after=2024-01-01T00%3A00%3A00Z&created_before=2024-01-02T00%3A00%3A00Z&per_page=1000&page=1`,
      );
      const basic = Buffer.from('canary-key-1:canary-secret-1').toString('base64');
      expect(received?.headers.authorization).toBe(`Basic ${basic}`);
    }
  });

  it('authenticates v1 in the form of a POST and keeps everything out of the URL', async () => {
    const { client } = clientAt(accountAt(provider.url, { dialect: 'v1' }));
    await client.call(listFaxesRequest('v1', WINDOW, 2, 500), LATE);
    const [received] = provider.received;
    expect(received?.method).toBe('POST');
    expect(received?.url).toBe('/v1/faxList');
    expect(received?.headers.authorization).toBeUndefined();
    expect(Object.fromEntries(new URLSearchParams(received?.body))).toEqual({
      start: '1704067200',
      end: '1704153600',
      maxperpage: '500',
      page: '2',
      api_key: 'canary-key-1',
      api_secret: 'canary-secret-1',
    });
  });

  it('gives the body as received, the parsed answer and both clocks', async () => {
    const text = '{ "success": true, "data": [], "message": "\u00e9" }\n';
    provider.play(answer(200, text, { date: 'Wed, 24 Feb 2021 18:55:09 GMT' }));
    const { client, clock } = clientAt(accountAt(provider.url));
    const got = await client.call(LIST, LATE);
    expect(got.raw).toEqual({ status: 200, body: text, encoding: 'utf8' });
    expect(got.json).toMatchObject({ success: true, data: [] });
    expect(got.providerAt).toBe(Date.UTC(2021, 1, 24, 18, 55, 9));
    expect([got.requestedAt, got.respondedAt]).toEqual([clock.now(), clock.now()]);
  });

  it('tells that the provider shows no clock', async () => {
    provider.play((_request, response) => {
      response.sendDate = false;
      response.end(JSON.stringify(EMPTY));
    });
    expect((await clientAt(accountAt(provider.url)).client.call(LIST, LATE)).providerAt).toBeNull();
  });

  it('keeps bytes that are not UTF-8 as base64 and still reads the answer', async () => {
    const bytes = Buffer.concat([
      Buffer.from('{"success":true,"data":[{"id":1,"tag":"'),
      Buffer.from([0xff]),
      Buffer.from('"}]}'),
    ]);
    provider.play(answer(200, bytes));
    const got = await clientAt(accountAt(provider.url)).client.call(LIST, LATE);
    expect(got.raw).toEqual({ status: 200, body: bytes.toString('base64'), encoding: 'base64' });
    expect(got.json?.['data']).toHaveLength(1);
  });

  it('reads an answer that begins with a byte order mark', async () => {
    provider.play(answer(200, `\uFEFF${JSON.stringify(EMPTY)}`));
    const got = await clientAt(accountAt(provider.url)).client.call(LIST, LATE);
    expect(got.raw.body.charCodeAt(0)).toBe(0xfeff);
    expect(got.json?.['data']).toEqual([]);
  });

  it.each([401, 403])('tries the second credential once after HTTP %i and stays with it', async (status) => {
    provider.play(answer(status, '{"success":false,"message":"no"}'), json(EMPTY));
    const { client, clock } = clientAt(accountAt(provider.url, { credentials: TWO_SLOTS }));
    await client.call(LIST, LATE);
    await client.call(LIST, LATE);
    const users = provider.received.map(({ headers }) =>
      Buffer.from(headers.authorization?.slice(6) ?? '', 'base64').toString(),
    );
    expect(users).toEqual([
      'canary-key-1:canary-secret-1',
      'canary-key-2:canary-secret-2',
      'canary-key-2:canary-secret-2',
    ]);
    expect(clock.waits).toEqual([]);
  });

  it.each([1, 2])('makes at most %i calls with that many dead keys', async (slots) => {
    provider.play(answer(401, '{"success":false,"message":"no"}'));
    const credentials = slots === 1 ? ([TWO_SLOTS[0]] as const) : TWO_SLOTS;
    const { client } = clientAt(accountAt(provider.url, { credentials }));
    const error = await errorOf(client.call(LIST, LATE));
    expect(error).toMatchObject({ code: 'provider_auth', retryable: false, status: 401 });
    expect(provider.received).toHaveLength(slots);
  });

  it("takes v1's HTTP 200 about a wrong key for what it is", async () => {
    provider.play(json({ success: false, message: 'That key or secret is not correct.' }));
    const { client } = clientAt(accountAt(provider.url, { dialect: 'v1' }));
    const error = await errorOf(client.call(listFaxesRequest('v1', WINDOW, 1, 1000), LATE));
    expect(error.code).toBe('provider_auth');
    expect(provider.received).toHaveLength(1);
  });

  it.each([
    [404, 'provider_not_found'],
    [400, 'provider_refused_request'],
    [422, 'provider_refused_request'],
  ])('does not repeat after HTTP %i', async (status, code) => {
    provider.play(answer(status, '{"success":false,"message":"Not found"}'));
    const error = await errorOf(clientAt(accountAt(provider.url)).client.call(LIST, LATE));
    expect(error).toMatchObject({ code, retryable: false, status });
    expect(provider.received).toHaveLength(1);
  });

  it('takes a missing fax for an answer, with its body as received', async () => {
    provider.play(answer(404, '<h1>Not found</h1>'));
    const got = await clientAt(accountAt(provider.url)).client.call(readFaxRequest('v2.1', '7'), LATE);
    expect(got).toMatchObject({ status: 404, json: null, raw: { status: 404, body: '<h1>Not found</h1>' } });
  });

  it('never follows a redirect', async () => {
    const other = new ScriptedProvider();
    await other.start();
    other.play(json(EMPTY));
    provider.play((_request, response) => response.writeHead(302, { location: `${other.url}/v2.1/faxes` }).end());
    const error = await errorOf(clientAt(accountAt(provider.url)).client.call(LIST, LATE));
    expect(error.code).toBe('provider_redirected');
    expect(provider.received).toHaveLength(1);
    expect(other.received).toHaveLength(0);
    await other.stop();
  });

  it.each(['ftp://x', 'https://u:p@x', 'https://x?y=1', 'x', ''])(
    'refuses the base URL %j by name of the setting',
    (url) => {
      expect(() => clientAt(accountAt(url))).toThrow(/FAXSYNC_PROVIDER_URL/);
    },
  );

  it('ends at once when it is stopped in mid answer', async () => {
    const stop = new AbortController();
    provider.play((_request, response) => {
      response.write('{"success":');
      stop.abort();
    });
    const { client, clock } = clientAt(accountAt(provider.url));
    const error = await errorOf(client.call(LIST, { ...LATE, signal: stop.signal }));
    expect(error).toMatchObject({ code: 'stopped', retryable: true });
    expect(provider.received).toHaveLength(1);
    expect(clock.heldCount).toBe(0);
  });

  it('starts no attempt that cannot finish before the deadline', async () => {
    provider.play(answer(503, ''));
    const { client, clock } = clientAt(accountAt(provider.url), { attemptMinMs: 2_000 });
    const deadline = clock.now() + 1_999;
    expect(await errorOf(client.call(LIST, { deadline }))).toMatchObject({ code: 'deadline_reached', retryable: true });
    expect(provider.received).toHaveLength(0);
    const error = await errorOf(client.call(LIST, { deadline: clock.now() + 2_400 }));
    expect(error.code).toBe('provider_unavailable');
    expect(provider.received).toHaveLength(1);
  });

  it('shows no credential, fax id or URL in any error', async () => {
    const faults = [
      answer(401, '5550001111'),
      answer(404, '5550001111'),
      answer(422, '{"success":false,"message":"5550001111"}'),
      answer(429, '5550001111', { 'retry-after': '5550001111', 'x-request-id': 'canary-key-1 5550001111' }),
      answer(500, '5550001111'),
      answer(200, '5550001111'),
      json({ success: false, message: '5550001111' }),
    ];
    const request: ProviderRequest = { ...readFaxRequest('v2.1', '5550001111'), mayBeMissing: false };
    let seen = 0;
    for (const fault of faults) {
      provider.play(fault);
      const error = await errorOf(clientAt(accountAt(provider.url)).client.call(request, LATE));
      const shown = `${error.message} ${error.stack} ${JSON.stringify(error.context)} ${String(error.cause)}`;
      for (const canary of [...CANARIES, provider.url]) if (shown.includes(canary)) seen += 1;
    }
    expect(seen).toBe(0);
  });
});
