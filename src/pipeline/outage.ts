import { FaxsyncError } from '../domain/errors.ts';
import { WarehouseError } from '../warehouse/database-error.ts';

/** What is out of reach when a load fails with an outage. */
export type Outage = 'warehouse' | 'landing' | 'state';

const WAREHOUSE_OUTAGES: ReadonlySet<string> = new Set(['connection', 'failover', 'credentials', 'storage']);
const STORE_OUTAGE = /^(state|landing)_(unavailable|unusable)$/;

/** What a failed load could not reach, so that the next object would most likely fail in the same way; null where it is the object's own. */
export function outageOf(error: unknown): Outage | null {
  if (error instanceof WarehouseError) return WAREHOUSE_OUTAGES.has(error.failure) ? 'warehouse' : null;
  const store = error instanceof FaxsyncError ? STORE_OUTAGE.exec(error.code)?.[1] : undefined;
  return store === 'state' || store === 'landing' ? store : null;
}
