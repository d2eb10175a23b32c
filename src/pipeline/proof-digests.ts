import { createHash } from 'node:crypto';
import { sha256 } from './proof-format.ts';

/** `previous_digest` of the first event of a chain. */
export const NO_DIGEST = '0'.repeat(64);

/** Each part as `<length in bytes>:<text>`, null as `-`: no two different lists look alike. */
export function partsText(parts: ReadonlyArray<string | null>): string {
  return parts.map((part) => (part === null ? '-' : `${Buffer.byteLength(part, 'utf8')}:${part}`)).join('');
}

/** An event as `events.csv` has it. */
export interface EventRow {
  readonly sequenceNo: string;
  readonly happenedAt: string;
  readonly actor: string;
  readonly login: string;
  readonly kind: string;
  readonly period: string | null;
  readonly itemId: string | null;
  readonly runId: string | null;
  readonly details: string;
  readonly previousDigest: string;
  readonly digest: string;
}

/** The digest that an event must have. @see migrations/0018_protect_recon.sql: `recon.event_text`. */
export function eventDigest(accountId: number, event: EventRow): string {
  return sha256(
    partsText([
      event.previousDigest,
      String(accountId),
      event.sequenceNo,
      event.happenedAt,
      event.actor,
      event.login,
      event.kind,
      event.period,
      event.itemId,
      event.runId,
      event.details,
    ]),
  );
}

/** A line of the bill as `lines.csv` has it. */
export interface LineRow {
  readonly closingNo: string;
  /** `YYYY-MM-DD`. */
  readonly usageDate: string;
  readonly chargeKind: string;
  readonly subjectId: string;
  readonly chargePeriod: string;
  readonly isCorrection: boolean;
  readonly quantity: string | null;
  readonly cents: string;
}

/**
 * The digest over the lines of one closing, fed in the order of the file: days rise, and within a day kind and subject. Memory holds a digest
 * a day. @see docs/reconciliation.md
 */
export class LinesDigest {
  readonly #days: string[] = [];
  #day: string | null = null;
  #lines = createHash('sha256');
  #isFirst = true;

  /** Takes the next line. */
  add(line: LineRow): void {
    if (line.usageDate !== this.#day) this.#endDay();
    this.#day = line.usageDate;
    this.#lines.update(`${this.#isFirst ? '' : '\n'}${lineText(line)}`);
    this.#isFirst = false;
  }

  /** The digest of all lines that were taken; nothing may be added after it. */
  end(): string {
    this.#endDay();
    return sha256(this.#days.join('\n'));
  }

  #endDay(): void {
    if (this.#day !== null) this.#days.push(`${this.#day} ${this.#lines.digest('hex')}`);
    this.#lines = createHash('sha256');
    this.#isFirst = true;
  }
}

function lineText({ chargeKind, subjectId, chargePeriod, isCorrection, quantity, cents }: LineRow): string {
  return [chargeKind, subjectId, chargePeriod, isCorrection ? 't' : 'f', quantity ?? '-', cents].join('|');
}

/** An item as `items.csv` has it. */
export interface ItemRow {
  readonly closingNo: string;
  readonly itemId: string;
  readonly checkId: string;
  readonly subjectKind: string;
  readonly subjectId: string;
  readonly reason: string;
  readonly severity: string;
  readonly state: string;
  readonly cents: string;
  readonly owedCents: string;
  readonly decidedBy: string | null;
  readonly note: string | null;
}

/** The text of one item in the digest over the items of a closing, which joins them by line feeds in order of their numbers. */
export function itemText(item: ItemRow): string {
  return [
    item.itemId,
    item.checkId,
    item.subjectKind,
    partsText([item.subjectId]),
    item.reason,
    item.severity,
    item.state,
    item.cents,
    item.owedCents,
    partsText([item.decidedBy]),
    partsText([item.note]),
  ].join('|');
}

/** Columns of `results.csv` that the digest of the results is reckoned over, in its order. */
export const RESULT_PARTS = [
  'check_id',
  'grain',
  'outcome',
  'left_value',
  'right_value',
  'tolerance_amount',
  'tolerance_share',
  'tested_count',
  'within_count',
  'explained_count',
  'exception_count',
  'untestable_count',
  'exception_cents',
  'owed_cents',
  'findings_digest',
] as const;

/** The digest of a run's results, which come in order of check and grain, byte by byte. @see src/warehouse/recon/run.ts */
export function resultsDigest(results: ReadonlyArray<ReadonlyArray<string | null>>): string {
  return sha256(results.map((parts) => parts.map((part) => part ?? '-').join('|')).join(','));
}
