import type { Pool } from 'pg';
import { FaxsyncError } from '../domain/errors.ts';
import type { Period } from '../domain/reconciliation.ts';
import { type ClosingFacts, type ProofFacts, withProofFacts } from '../warehouse/recon/read-proof.ts';
import { CHECKS } from '../warehouse/recon/registry.ts';
import type { ProofClosing, ProofClosingFile, ProofManifest } from './proof-format.ts';
import { writeProof } from './proof-write.ts';

/** What a proof was asked of is no closed month (code `period_not_closed`). */
export class NotClosedError extends FaxsyncError {}

/** Which month, and where to. */
export interface ProofRequest {
  readonly account: string;
  readonly period: Period;
  /** Made if need be; nothing may be in it. */
  readonly folder: string;
}

/**
 * Writes the proof of a closed month into a folder. Memory is the same for ten lines and a million.
 * @throws {NotClosedError} where it was never closed. @throws {SettingsError} where something is in the folder. @throws {WarehouseError}
 */
export async function makeProof(pool: Pool, { account, period, folder }: ProofRequest): Promise<ProofManifest> {
  const manifest = await withProofFacts(pool, { account, period }, (facts) =>
    writeProof(folder, {
      closing: closingFile(account, period, facts),
      head: facts.head,
      tables: {
        'results.csv': facts.results,
        'items.csv': facts.items,
        'events.csv': facts.events,
        'lines.csv': facts.lines,
      },
    }),
  );
  if (manifest !== null) return manifest;
  throw new NotClosedError(
    `Month ${period.slice(0, 7)} of account ${account} was never closed, so there is nothing to prove. See: faxsync periods`,
    { code: 'period_not_closed', context: { account, period: period.slice(0, 7) } },
  );
}

function closingFile(account: string, period: Period, facts: ProofFacts): ProofClosingFile {
  const { accountId, billingZone, closings, run } = facts;
  return {
    account,
    account_id: accountId,
    billing_zone: billingZone,
    period: period.slice(0, 7),
    closing_no: closings.at(-1)?.closingNo ?? 0,
    billed_cents: closings.reduce((sum, { billedCents }) => sum + billedCents, 0),
    closings: closings.map(closingOf),
    run,
    checks: CHECKS.map(({ id, left, right, unit }) => ({ id, left, right, unit })),
  };
}

function closingOf(facts: ClosingFacts): ProofClosing {
  return {
    closing_no: facts.closingNo,
    run_id: facts.runId,
    as_of: facts.asOf,
    prepared_by: facts.preparedBy,
    prepared_at: facts.preparedAt,
    approved_by: facts.approvedBy,
    closed_at: facts.closedAt,
    statement: facts.statement,
    line_count: facts.lineCount,
    billed_cents: facts.billedCents,
    correction_count: facts.correctionCount,
    correction_cents: facts.correctionCents,
    lines_digest: facts.linesDigest,
    results_digest: facts.resultsDigest,
    items_digest: facts.itemsDigest,
  };
}
