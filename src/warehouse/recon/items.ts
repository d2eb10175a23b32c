import type pg from 'pg';
import type { Period } from '../../domain/reconciliation.ts';
import type { Instant } from '../../domain/time.ts';
import type { Check } from './check.ts';

/** Which run merges its findings. */
export interface ItemsMerge {
  readonly runId: number;
  readonly accountId: number;
  readonly period: Period;
  /** The checks that were run: only their items can have passed. */
  readonly checks: readonly Check[];
  readonly now: Instant;
}

/** Brings the items of the period to what the run found. */
export async function mergeItems(_client: pg.ClientBase, _merge: ItemsMerge): Promise<void> {}
