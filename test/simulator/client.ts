import { afterEach } from 'vitest';
import { ManualClock } from '../../src/simulator/manual-clock.ts';
import { createSimulator, type Simulator, type SimulatorOptions } from '../../src/simulator/simulator.ts';

/** A Wednesday at 15:00 UTC, in the middle of US office hours, three weeks after the clocks went back. */
export const NOW = Date.UTC(2026, 10, 18, 15);
export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** An answer read whole. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body as JSON; undefined when it is none. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape.
  readonly json: any;
}

/** A listening simulator with a clock that stands still. */
export interface Rig {
  readonly simulator: Simulator;
  readonly clock: ManualClock;
  readonly url: string;
  /** Asks with the live keys: Basic for v2 and v2.1, parameters for v1. */
  ask(path: string, init?: RequestInit): Promise<Answer>;
  /** Asks with the test keys. */
  askAsTest(path: string, init?: RequestInit): Promise<Answer>;
}

const running: Simulator[] = [];

afterEach(async () => {
  await Promise.all(running.splice(0).map((simulator) => simulator.stop()));
});

async function ask(url: string, key: string, secret: string, path: string, init: RequestInit = {}): Promise<Answer> {
  const target = new URL(url + path);
  const headers = new Headers(init.headers);
  if (path.startsWith('/v1/')) {
    target.searchParams.set('api_key', key);
    target.searchParams.set('api_secret', secret);
  } else {
    headers.set('authorization', `Basic ${Buffer.from(`${key}:${secret}`).toString('base64')}`);
  }
  const answer = await fetch(target, { ...init, headers });
  const text = await answer.text();
  return { status: answer.status, headers: answer.headers, text, json: parse(text) };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Starts a simulator with a week of history and no request limit unless told otherwise; it ends with the test. */
export async function startRig(options: Partial<SimulatorOptions> = {}): Promise<Rig> {
  const clock = new ManualClock(NOW);
  const simulator = createSimulator({
    seed: 7,
    clock,
    ...options,
    world: { days: 7, faxesPerDay: 60, ...options.world },
    http: { rateLimit: null, ...options.http },
  });
  running.push(simulator);
  const { url } = await simulator.start();
  const keys = simulator.credentials;
  return {
    simulator,
    clock,
    url,
    ask: (path, init) => ask(url, keys.apiKey, keys.apiSecret, path, init),
    askAsTest: (path, init) => ask(url, keys.testApiKey, keys.testApiSecret, path, init),
  };
}

/** A multipart send request. */
export function sendForm(fields: Readonly<Record<string, string | readonly string[]>>): RequestInit {
  const body = new FormData();
  for (const [name, value] of Object.entries(fields)) {
    for (const one of typeof value === 'string' ? [value] : value) body.append(name, one);
  }
  body.append('file', new Blob(['hello']), 'hello.txt');
  return { method: 'POST', body };
}

/** An instant as a filter writes it. */
export function iso(instant: number): string {
  return new Date(instant).toISOString();
}
