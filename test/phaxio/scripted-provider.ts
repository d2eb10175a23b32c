import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Clock } from '../../src/domain/clock.ts';
import type { Instant } from '../../src/domain/time.ts';
import type { ClientLimits, RateLimiter } from '../../src/phaxio/client.ts';
import { PhaxioClient } from '../../src/phaxio/client.ts';
import type { ProviderAccount } from '../../src/phaxio/provider-account.ts';

/** What the server does with one request. */
export type Step = (request: IncomingMessage, response: ServerResponse) => void;

/** A request as the server received it. */
export interface ReceivedRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** An HTTP server on a free port that plays one step per request; the last step is played again and again. */
export class ScriptedProvider {
  readonly received: ReceivedRequest[] = [];
  readonly #server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method = '', url = '', headers } = request;
      this.received.push({ method, url, headers, body: Buffer.concat(chunks).toString() });
      const step = this.#steps[Math.min(this.received.length, this.#steps.length) - 1];
      step?.(request, response);
    });
  });
  #steps: readonly Step[] = [];

  async start(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  /** Starts a new script. */
  play(...steps: Step[]): void {
    this.#steps = steps;
    this.received.length = 0;
  }

  get url(): string {
    const { port } = this.#server.address() as AddressInfo;
    return `http://127.0.0.1:${port}`;
  }
}

/** A whole answer. */
export function answer(status: number, body: string | Buffer, headers: Record<string, string> = {}): Step {
  return (_request, response) => {
    response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', ...headers });
    response.end(body);
  };
}

/** A whole answer whose body is JSON. */
export function json(value: unknown, headers: Record<string, string> = {}): Step {
  return answer(200, JSON.stringify(value), headers);
}

/** Own time: waits end at once and move it, except the timers of attempts (known by their signal), which only {@link expire} ends. */
export class TestClock implements Clock {
  readonly waits: number[] = [];
  #now: Instant;
  readonly #held = new Set<{ ms: number; end: () => void }>();

  constructor(now: Instant) {
    this.#now = now;
  }

  now(): Instant {
    return this.#now;
  }

  advance(ms: number): void {
    this.#now += ms;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal === undefined) {
      this.waits.push(ms);
      this.#now += ms;
      return Promise.resolve();
    }
    return new Promise((resolve, reject) => {
      const timer = { ms, end: resolve };
      this.#held.add(timer);
      signal.addEventListener('abort', () => {
        this.#held.delete(timer);
        reject(signal.reason);
      });
    });
  }

  /** Lets the time of every running attempt run out. */
  expire(): void {
    for (const timer of this.#held) {
      this.#now += timer.ms;
      timer.end();
    }
    this.#held.clear();
  }

  /** Timers of attempts that nobody has ended. */
  get heldCount(): number {
    return this.#held.size;
  }
}

/** A limiter that grants everything and notes what it was told. */
export function openLimiter(): RateLimiter & { taken: number; readonly slowedUntil: Instant[] } {
  return {
    taken: 0,
    slowedUntil: [],
    take(): Promise<void> {
      this.taken += 1;
      return Promise.resolve();
    },
    slowDown(until): Promise<void> {
      this.slowedUntil.push(until);
      return Promise.resolve();
    },
  };
}

/** Keys and numbers that must never be seen outside the request. */
export const CANARIES = ['canary-key-1', 'canary-secret-1', 'canary-key-2', 'canary-secret-2', '5550001111'];

/** An account with one or two credential slots. */
export function accountAt(baseUrl: string, overrides: Partial<ProviderAccount> = {}): ProviderAccount {
  const [apiKey = '', apiSecret = ''] = CANARIES;
  return { account: 'clinic', dialect: 'v2.1', baseUrl, credentials: [{ apiKey, apiSecret }], ...overrides };
}

/** A client on real HTTP with a time of its own. */
export function clientAt(
  account: ProviderAccount,
  limits: Partial<ClientLimits> = {},
): { client: PhaxioClient; clock: TestClock; limiter: ReturnType<typeof openLimiter> } {
  const clock = new TestClock(Date.UTC(2024, 5, 1, 12));
  const limiter = openLimiter();
  const client = new PhaxioClient(account, { fetch, clock, random: () => 0.5, limiter }, limits);
  return { client, clock, limiter };
}
