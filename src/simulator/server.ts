import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Clock } from '../domain/clock.ts';
import { FaxsyncError } from '../domain/errors.ts';
import type { Instant } from '../domain/time.ts';
import type { Commands } from './commands.ts';
import { type ApiKeys, type KeyKind, keyKindOf } from './face-context.ts';
import { answerV1, isPublicV1 } from './face-v1.ts';
import { answerV2, isPublicV2 } from './face-v2.ts';
import type { Fault, FaultBox, FaultKind } from './faults.ts';
import { writeReply } from './faulty-writer.ts';
import { type ApiRequest, errorReply, jsonReply, notFound, type Reply, readBody, readForm } from './http-message.ts';
import type { Face, HttpSwitches, RateLimit } from './http-options.ts';
import { randomFor, type SeededRandom } from './random.ts';
import { RequestLimiter } from './rate-limit.ts';
import type { World } from './world.ts';

/** One request as tests look at it. Keys and secrets are cut out. */
export interface LoggedRequest {
  /** By the world's clock. */
  readonly at: Instant;
  readonly method: string;
  readonly path: string;
  /** Query parameters without the keys. */
  readonly query: string;
  /** The answer's status; null where none was sent. */
  readonly status: number | null;
  /** Faults that struck it. */
  readonly faults: readonly FaultKind[];
}

/** Requests kept in the log; older ones are dropped. */
export const LOG_REQUESTS_MAX = 100_000;

/** What the server is made of. */
export interface ServerParts {
  readonly seed: number;
  readonly clock: Clock;
  readonly realClock: Clock;
  readonly world: World;
  readonly commands: Commands;
  readonly keys: ApiKeys;
  readonly switches: HttpSwitches;
  readonly rateLimit: RateLimit | null;
  readonly faults: FaultBox;
  readonly port: number;
  /** Answers `/__simulator/...`; such requests are neither limited nor struck by faults. */
  readonly control: (request: ApiRequest, body: Buffer) => Promise<Reply>;
}

const FACES: ReadonlySet<string> = new Set<Face>(['v1', 'v2', 'v2.1']);

/** The simulated provider on the loopback interface. */
export class ApiServer {
  readonly #parts: ServerParts;
  readonly #limiter: RequestLimiter | null;
  readonly #ids: SeededRandom;
  readonly #log: LoggedRequest[] = [];
  #server: Server | null = null;
  #port: number;

  constructor(parts: ServerParts) {
    this.#parts = parts;
    this.#port = parts.port;
    this.#ids = randomFor(parts.seed, 'request-ids');
    const limit = parts.rateLimit;
    this.#limiter =
      limit === null ? null : new RequestLimiter(limit, limit.clock === 'real' ? parts.realClock : parts.clock);
  }

  /** The requests so far, oldest first. */
  get log(): readonly LoggedRequest[] {
    return this.#log;
  }

  /** Starts to listen on 127.0.0.1, after a stop on the same port again; returns the base URL without a slash at its end. */
  async start(): Promise<string> {
    const server = createServer((request, response) => {
      this.#serve(request, response).catch((cause: unknown) => failRequest(response, cause));
    });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(this.#port, '127.0.0.1', resolve);
    });
    this.#server = server;
    this.#port = (server.address() as AddressInfo).port;
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Stops to listen and breaks every open connection: clients see a refused connection. */
  async stop(): Promise<void> {
    const server = this.#server;
    if (server === null) return;
    this.#server = null;
    await new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://simulator');
    const method = request.method ?? 'GET';
    const parts = url.pathname.split('/').filter((part) => part !== '');
    const [face = '', ...path] = parts.map(decodePart);
    const params = new URLSearchParams(url.search);
    const authorization = request.headers.authorization ?? null;
    if (face === '__simulator') {
      const body = await readBody(request);
      const reply = await this.#parts.control({ method, path, params, files: [], authorization }, body);
      await writeReply(response, reply, {}, new Map(), this.#parts.realClock);
      return;
    }
    const now = this.#parts.clock.now();
    this.#parts.world.advanceTo(now);
    const struck = this.#parts.faults.strike(method, url.pathname, now);
    const note = (status: number | null): void => this.#note(now, method, url, status, struck);
    if (struck.has('down')) {
      note(null);
      request.socket.resetAndDestroy();
      return;
    }
    const body = await readBody(request);
    if (struck.has('hang')) {
      note(null);
      return;
    }
    const reply =
      faultReply(struck) ?? (await this.#answer(face, method, path, params, authorization, request, body, now, struck));
    note(reply.status);
    const headers = { 'x-request-id': this.#requestId(), date: new Date(now).toUTCString() };
    await writeReply(response, reply, headers, struck, this.#parts.realClock);
  }

  async #answer(
    face: string,
    method: string,
    path: readonly string[],
    params: URLSearchParams,
    authorization: string | null,
    message: IncomingMessage,
    body: Buffer,
    now: Instant,
    struck: ReadonlyMap<FaultKind, Fault>,
  ): Promise<Reply> {
    const { rateLimit, faults } = this.#parts;
    if (this.#limiter?.take() === false) {
      const wait = rateLimit?.retryAfterSeconds ?? null;
      return errorReply(429, 'Too many requests', wait === null ? {} : { 'retry-after': String(wait) });
    }
    if (!FACES.has(face)) return notFound();
    const form = await readForm(message.headers['content-type'] ?? '', body);
    for (const [name, value] of form.fields) params.append(name, value);
    const request: ApiRequest = { method, path, params, files: form.files, authorization };
    const isV1 = face === 'v1';
    const key = this.#keyOf(request, isV1);
    if (key === null && !(isV1 ? isPublicV1(path) : isPublicV2(path))) {
      return errorReply(401, 'That key or secret is not correct.');
    }
    const stale = struck.get('stale');
    const context = {
      world: this.#parts.world,
      commands: this.#parts.commands,
      switches: this.#parts.switches,
      now,
      asOf: stale === undefined ? now : now - faults.drawLagMs(stale),
      isTestKey: key === 'test',
    };
    if (isV1) return answerV1(request, context) ?? notFound();
    return answerV2(request, context, face === 'v2' ? 'v2' : 'v2.1');
  }

  #keyOf(request: ApiRequest, isV1: boolean): KeyKind {
    const { keys } = this.#parts;
    if (!isV1 && request.authorization?.toLowerCase().startsWith('basic ') === true) {
      const text = Buffer.from(request.authorization.slice(6), 'base64').toString('utf8');
      const colon = text.indexOf(':');
      return keyKindOf(keys, text.slice(0, colon), text.slice(colon + 1));
    }
    return keyKindOf(keys, request.params.get('api_key') ?? '', request.params.get('api_secret') ?? '');
  }

  #requestId(): string {
    const hex = this.#ids.hex(32);
    return [hex.slice(0, 8), hex.slice(8, 12), `4${hex.slice(13, 16)}`, `a${hex.slice(17, 20)}`, hex.slice(20)].join(
      '-',
    );
  }

  #note(at: Instant, method: string, url: URL, status: number | null, struck: ReadonlyMap<FaultKind, Fault>): void {
    const query = new URLSearchParams(url.search);
    query.delete('api_key');
    query.delete('api_secret');
    if (this.#log.length >= LOG_REQUESTS_MAX) this.#log.shift();
    this.#log.push({ at, method, path: url.pathname, query: query.toString(), status, faults: [...struck.keys()] });
  }
}

function decodePart(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** The whole answer of a fault that replaces it; null when none does. */
function faultReply(struck: ReadonlyMap<FaultKind, Fault>): Reply | null {
  const throttle = struck.get('throttle');
  if (throttle !== undefined) {
    const wait = throttle.retryAfter;
    return errorReply(429, throttle.message ?? 'Too many requests', wait === undefined ? {} : { 'retry-after': wait });
  }
  const status = struck.get('status');
  if (status !== undefined) {
    const wait = status.retryAfter;
    const headers: Record<string, string> = wait === undefined ? {} : { 'retry-after': wait };
    return errorReply(status.status ?? 503, status.message ?? 'Service unavailable', headers);
  }
  if (struck.has('html')) {
    const page = '<!DOCTYPE html><html><body><h1>We will be back soon</h1></body></html>';
    return { status: 200, headers: { 'content-type': 'text/html; charset=utf-8' }, body: Buffer.from(page) };
  }
  const failure = struck.get('failure');
  if (failure === undefined) return null;
  return jsonReply(200, { success: false, message: failure.message ?? 'Something went wrong' });
}

function failRequest(response: ServerResponse, cause: unknown): void {
  if (response.headersSent || response.destroyed) {
    response.destroy();
    return;
  }
  const status = cause instanceof FaxsyncError ? 400 : 500;
  const message = cause instanceof FaxsyncError ? cause.message : 'Error 500 - There was a problem';
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' });
  response.end(JSON.stringify({ success: false, message }));
}
