import type { Pool } from 'pg';
import type { LandingZone } from '../landing/contract.ts';
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
  const check = async () => {
    unloaded.push(...(await unloadedAmong(pool, chunk)));
    landed += chunk.length;
    chunk = [];
    onProgress(landed);
  };
  for await (const { key } of landing.list(account, after === undefined ? {} : { after })) {
    chunk.push(key);
    if (chunk.length === AUDIT_KEYS_MAX) await check();
  }
  if (chunk.length > 0) await check();
  return { landed, unloaded };
}
