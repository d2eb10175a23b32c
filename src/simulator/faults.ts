import { FaxsyncError } from '../domain/errors.ts';
import type { Instant } from '../domain/time.ts';
import { randomFor, type SeededRandom } from './random.ts';

/** A fault was asked for that does not exist or lacks its figures; nothing was changed. */
export class FaultRequestError extends FaxsyncError {}

/** What can go wrong with a request. */
export const FAULT_KINDS = [
  'down',
  'hang',
  'throttle',
  'status',
  'html',
  'failure',
  'stale',
  'reset',
  'truncate',
  'drip',
] as const;

/** One kind of fault. */
export type FaultKind = (typeof FAULT_KINDS)[number];

/**
 * A scripted fault and which requests it strikes.
 *
 * | kind | what the client sees | figures |
 * |---|---|---|
 * | `down` | the connection is reset before any answer | |
 * | `hang` | no answer, until the client gives up | |
 * | `throttle` | 429 | `retryAfter` |
 * | `status` | an HTTP error with a JSON body | `status` (503), `message` |
 * | `html` | HTTP 200 with a page of HTML | |
 * | `failure` | HTTP 200 with `success:false` | `message` |
 * | `stale` | a view up to `lagMs` old | `lagMs` (600,000) |
 * | `reset` | the answer, then a reset | `atByte` or `atShare` |
 * | `truncate` | a part of the body | `atByte` or `atShare`, `framing` |
 * | `drip` | the answer, slowly | `bytesPerSecond` (64) |
 */
export interface Fault {
  readonly kind: FaultKind;
  /** Strikes only paths that begin so, e.g. `/v2.1/faxes`. */
  readonly path?: string;
  readonly method?: string;
  /** Lets this many matching requests pass first. */
  readonly skip?: number;
  /** Strikes at most this many requests. */
  readonly count?: number;
  /** Strikes with this probability (seeded); 1 when left out. */
  readonly probability?: number;
  /** Strikes from and before these instants of the world's clock. */
  readonly from?: Instant;
  readonly until?: Instant;
  /** Where the body breaks off, in bytes, or as a share of its length (0.5 when neither is given). */
  readonly atByte?: number;
  readonly atShare?: number;
  /**
   * How a cut body is framed: `full_length` announces the whole length and closes early, `short_length` announces the
   * cut length (looks complete), `close` announces none and closes (looks complete too).
   */
  readonly framing?: 'full_length' | 'short_length' | 'close';
  readonly status?: number;
  readonly message?: string;
  /** Value of Retry-After, as sent; none when left out. */
  readonly retryAfter?: string;
  readonly lagMs?: number;
  readonly bytesPerSecond?: number;
}

/** A fault at work, with how often it was met. */
export interface ActiveFault {
  readonly id: number;
  readonly fault: Fault;
  /** Requests that matched. */
  readonly matched: number;
  /** Requests that were struck. */
  readonly struck: number;
}

interface Slot {
  readonly id: number;
  readonly fault: Fault;
  matched: number;
  struck: number;
}

/** The faults at work; they can be changed at any time. */
export class FaultBox {
  #slots: Slot[] = [];
  #nextId = 1;
  readonly #random: SeededRandom;

  constructor(seed: number, faults: readonly Fault[] = []) {
    this.#random = randomFor(seed, 'faults');
    for (const fault of faults) this.add(fault);
  }

  /** Adds a fault and returns its id. @throws {FaultRequestError} for an unknown kind. */
  add(fault: Fault): number {
    checkFault(fault);
    const id = this.#nextId++;
    this.#slots.push({ id, fault, matched: 0, struck: 0 });
    return id;
  }

  /** Takes one fault away; false when it was not there. */
  remove(id: number): boolean {
    const before = this.#slots.length;
    this.#slots = this.#slots.filter((slot) => slot.id !== id);
    return this.#slots.length < before;
  }

  /** Takes every fault away. */
  clear(): void {
    this.#slots = [];
  }

  /** The faults at work with their counts. */
  list(): ActiveFault[] {
    return this.#slots.map((slot) => ({ ...slot }));
  }

  /** The faults that strike one request, each at most once a kind; counts them. */
  strike(method: string, path: string, now: Instant): ReadonlyMap<FaultKind, Fault> {
    const struck = new Map<FaultKind, Fault>();
    for (const slot of this.#slots) {
      const { fault } = slot;
      if (fault.path !== undefined && !path.startsWith(fault.path)) continue;
      if (fault.method !== undefined && fault.method !== method) continue;
      if ((fault.from !== undefined && now < fault.from) || (fault.until !== undefined && now >= fault.until)) continue;
      slot.matched += 1;
      if (slot.matched <= (fault.skip ?? 0) || slot.struck >= (fault.count ?? Number.POSITIVE_INFINITY)) continue;
      if (fault.probability !== undefined && !this.#random.chance(fault.probability)) continue;
      if (struck.has(fault.kind)) continue;
      slot.struck += 1;
      struck.set(fault.kind, fault);
    }
    return struck;
  }

  /** How old the view of a struck request is: anything up to the fault's lag. */
  drawLagMs(fault: Fault): number {
    return Math.floor(this.#random.next() * (fault.lagMs ?? 600_000));
  }
}

/** Where a body of `length` bytes breaks off. */
export function cutAt(fault: Fault, length: number): number {
  const at = fault.atByte ?? Math.floor(length * (fault.atShare ?? 0.5));
  return Math.max(0, Math.min(at, length));
}

const NUMBERS = [
  'skip',
  'count',
  'probability',
  'from',
  'until',
  'atByte',
  'atShare',
  'status',
  'lagMs',
  'bytesPerSecond',
];
const TEXTS = ['path', 'method', 'framing', 'message', 'retryAfter'];

function checkFault(fault: Fault): void {
  if (!FAULT_KINDS.includes(fault.kind)) {
    throw new FaultRequestError(`There is no such fault; use one of ${FAULT_KINDS.join(', ')}.`, {
      code: 'fault_unknown',
    });
  }
}

/**
 * Reads a fault from JSON, as POST /__simulator/faults takes it.
 * @throws {FaultRequestError} when it is not an object of the documented fields.
 */
export function parseFault(value: unknown): Fault {
  if (typeof value !== 'object' || value === null) {
    throw new FaultRequestError('A fault is an object with a kind.', { code: 'fault_malformed' });
  }
  for (const [name, part] of Object.entries(value)) {
    const fits = NUMBERS.includes(name)
      ? typeof part === 'number' && Number.isFinite(part)
      : (TEXTS.includes(name) || name === 'kind') && typeof part === 'string';
    if (!fits) {
      throw new FaultRequestError(`The fault's field "${name.slice(0, 40)}" is unknown or of the wrong type.`, {
        code: 'fault_malformed',
      });
    }
  }
  const fault = value as Fault;
  checkFault(fault);
  return fault;
}
