import type { Pool } from 'pg';
import { INSTANT_MAX, type Instant } from '../domain/time.ts';
import type { LandingZone } from '../landing/contract.ts';
import { parseLandingKey } from '../landing/key.ts';
import { AUDIT_KEYS_MAX, lastObservationBefore, unloadedAmong } from '../warehouse/audit.ts';

/** What an audit works with. */
export interface AuditPorts {
  readonly landing: Pick<LandingZone, 'list'>;
  readonly pool: Pool;
}

/** How many landed objects an audit looked at, and which of them the ledger lacks, in order of observation. */
export interface AuditResult {
  readonly landed: number;
  readonly unloaded: readonly string[];
  /** How many more the ledger lacks that were landed so lately that the loader may still be at them. */
  readonly young: number;
  /** The last key there was; null where there was none. */
  readonly last: string | null;
  /** False where it ended before it had seen everything. */
  readonly isComplete: boolean;
}

/** How an audit is run. */
export interface AuditOptions {
  /** Leaves out keys up to and including this one. */
  readonly after?: string;
  /** Leaves out keys from this one on. */
  readonly until?: string;
  /** Objects landed later than this may still be on their way to the loader, and are not called unloaded. */
  readonly landedBefore?: Instant;
  /** Asked before each thousand keys are looked up; true ends the audit. */
  readonly isOver?: () => boolean;
  /** Ends the audit once so many unloaded objects were found. Default: no end. */
  readonly unloadedMax?: number;
  readonly onProgress?: (landed: number) => void;
}

/**
 * Compares an account's landed objects with the load ledger: what a crash between landing and loading left is found here.
 * Exact, and remembers nothing: every key is looked up by the ledger's primary key, a thousand a statement. 100,000 objects in a
 * folder take about a second; from S3 also one listing call a thousand objects.
 * @throws {LandingError} when the landing zone cannot be listed.
 * @throws {WarehouseError} when the ledger cannot be asked.
 */
export async function auditLanded(
  { landing, pool }: AuditPorts,
  account: string,
  options: AuditOptions = {},
): Promise<AuditResult> {
  const {
    after,
    until,
    landedBefore,
    isOver = () => false,
    unloadedMax = Number.POSITIVE_INFINITY,
    onProgress,
  } = options;
  const unloaded: string[] = [];
  let landed = 0;
  let chunk: string[] = [];
  let last: string | null = null;
  let isComplete = true;
  const late = new Set<string>();
  let young = 0;
  const check = async () => {
    const missing = await unloadedAmong(pool, chunk);
    const lost = missing.filter((key) => !late.has(key));
    unloaded.push(...lost);
    young += missing.length - lost.length;
    landed += chunk.length;
    last = chunk.at(-1) ?? last;
    chunk = [];
    late.clear();
    onProgress?.(landed);
  };
  for await (const { key, landedAt } of landing.list(account, after === undefined ? {} : { after })) {
    if (until !== undefined && key >= until) break;
    chunk.push(key);
    if (landedBefore !== undefined && landedAt !== null && landedAt >= landedBefore) late.add(key);
    if (chunk.length < AUDIT_KEYS_MAX) continue;
    if (isOver() || unloaded.length >= unloadedMax) {
      isComplete = false;
      chunk = [];
      break;
    }
    await check();
  }
  if (chunk.length > 0) await check();
  return { landed, unloaded, young, last, isComplete };
}

/** Parts of a landing zone that are listed side by side, and the fewest observations worth a part of its own. */
const PARTS_MAX = 8;
const PART_OBSERVATIONS_MIN = 20_000;

/**
 * {@link auditLanded} of a whole account, in parts side by side: one list of S3 after the other tells some 8,000 keys a second, and four
 * months of a million faxes would take ten minutes. Cut by the newest look that the ledger knows.
 * @throws {LandingError} and {WarehouseError} as {@link auditLanded}.
 */
export async function auditWhole(
  ports: AuditPorts,
  account: string,
  options: Omit<AuditOptions, 'after' | 'until' | 'onProgress'> = {},
): Promise<AuditResult> {
  const newest = (await lastObservationBefore(ports.pool, account, INSTANT_MAX)) ?? 0;
  const count = Math.max(1, Math.min(PARTS_MAX, Math.floor(newest / PART_OBSERVATIONS_MIN)));
  const bounds = Array.from({ length: count - 1 }, (_, part) =>
    keyPrefix(account, Math.ceil((newest * (part + 1)) / count)),
  );
  const parts = await Promise.all(
    Array.from({ length: count }, (_, part) => {
      const [after, until] = [bounds[part - 1], bounds[part]];
      return auditLanded(ports, account, {
        ...options,
        ...(after === undefined ? {} : { after }),
        ...(until === undefined ? {} : { until }),
      });
    }),
  );
  return {
    landed: parts.reduce((sum, { landed }) => sum + landed, 0),
    unloaded: parts.flatMap(({ unloaded }) => unloaded),
    young: parts.reduce((sum, { young }) => sum + young, 0),
    last: parts.findLast(({ last }) => last !== null)?.last ?? null,
    isComplete: parts.every(({ isComplete }) => isComplete),
  };
}

/** Observations that may still be landed after later ones: a look is numbered before its request, and callbacks overtake it. */
const LATE_OBSERVATIONS_MAX = 2_000;

/**
 * Where the next audit of the same process may begin, when one has seen everything up to `last` loaded: a little before it, since
 * looks land out of order. A process that ends forgets it, and a long one should audit everything again from time to time.
 */
export function auditAgainAfter(last: string): string | null {
  const parts = parseLandingKey(last);
  return parts === null ? null : keyBefore(parts.account, parts.observation);
}

/**
 * Where an audit of what was landed since an instant may begin, by what the ledger says of the looks before it; null: at the beginning,
 * where the ledger knows of none. With the same margin, since looks land out of order.
 * @throws {WarehouseError} when the ledger cannot be asked.
 */
export async function auditSince(pool: Pool, account: string, since: Instant): Promise<string | null> {
  const observation = await lastObservationBefore(pool, account, since);
  return observation === null ? null : keyBefore(account, observation);
}

/** A text that sorts before the keys of an account's looks from a margin before this one on; null where that is the first. */
function keyBefore(account: string, observation: number): string | null {
  return observation <= LATE_OBSERVATIONS_MAX ? null : keyPrefix(account, observation - LATE_OBSERVATIONS_MAX);
}

/** What the keys of one observation begin with. */
function keyPrefix(account: string, observation: number): string {
  const digits = String(observation).padStart(16, '0');
  return `${account}/${digits.slice(0, 13)}/${digits}`;
}
