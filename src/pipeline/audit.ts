import type { Pool } from 'pg';
import type { LandingZone } from '../landing/contract.ts';
import { parseLandingKey } from '../landing/key.ts';
import { AUDIT_KEYS_MAX, unloadedAmong } from '../warehouse/audit.ts';

/** What an audit works with. */
export interface AuditPorts {
  readonly landing: Pick<LandingZone, 'list'>;
  readonly pool: Pool;
}

/** How many landed objects an audit looked at, and which of them the ledger lacks, in order of observation. */
export interface AuditResult {
  readonly landed: number;
  readonly unloaded: readonly string[];
  /** The last key there was; null where there was none. */
  readonly last: string | null;
}

/**
 * Compares an account's landed objects with the load ledger: what a crash between landing and loading left is found here.
 * Exact, and remembers nothing: every key is looked up by the ledger's primary key, a thousand a statement. 100,000 objects in a
 * folder take about a second; from S3 also one listing call a thousand objects. `after` leaves out keys up to and including that one.
 * @throws {LandingError} when the landing zone cannot be listed.
 * @throws {WarehouseError} when the ledger cannot be asked.
 */
export async function auditLanded(
  { landing, pool }: AuditPorts,
  account: string,
  options: { readonly after?: string; readonly onProgress?: (landed: number) => void } = {},
): Promise<AuditResult> {
  const { after, onProgress = () => {} } = options;
  const unloaded: string[] = [];
  let landed = 0;
  let chunk: string[] = [];
  let last: string | null = null;
  const check = async () => {
    unloaded.push(...(await unloadedAmong(pool, chunk)));
    landed += chunk.length;
    chunk = [];
    onProgress(landed);
  };
  for await (const { key } of landing.list(account, after === undefined ? {} : { after })) {
    chunk.push(key);
    last = key;
    if (chunk.length === AUDIT_KEYS_MAX) await check();
  }
  if (chunk.length > 0) await check();
  return { landed, unloaded, last };
}

/** Observations that may still be landed after later ones: a look is numbered before its request, and callbacks overtake it. */
const LATE_OBSERVATIONS_MAX = 2_000;

/**
 * Where the next audit of the same process may begin, when one has seen everything up to `last` loaded: a little before it, since
 * looks land out of order. A process that ends forgets it, and a long one should audit everything again from time to time.
 */
export function auditAgainAfter(last: string): string | null {
  const parts = parseLandingKey(last);
  if (parts === null || parts.observation <= LATE_OBSERVATIONS_MAX) return null;
  const digits = String(parts.observation - LATE_OBSERVATIONS_MAX).padStart(16, '0');
  return `${parts.account}/${digits.slice(0, 13)}/${digits}`;
}
