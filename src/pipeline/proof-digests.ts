import { createHash } from 'node:crypto';
import { type ProofClosing, sha256 } from './proof-format.ts';

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
  readonly approvedBy: string | null;
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
    partsText([item.approvedBy]),
    partsText([item.note]),
  ].join('|');
}

/** The digest of a run's results, all columns of `results.csv`, which come in order of check and grain, byte by byte. @see src/warehouse/recon/run.ts */
export function resultsDigest(results: ReadonlyArray<ReadonlyArray<string | null>>): string {
  return sha256(results.map((parts) => parts.map((part) => part ?? '-').join('|')).join(','));
}

/** The digest of who closed what, when and with which words, and of the run that was approved. @see migrations/0024_create_bill.sql */
export function closingDigest(accountId: number, period: string, closing: ProofClosing, run: unknown): string {
  const { closing_no: no, run_id: runId, as_of: asOf, statement } = closing;
  const { prepared_by: preparer, prepared_at: preparedAt, approved_by: approver, closed_at: closedAt } = closing;
  return sha256(
    partsText([
      String(accountId),
      `${period}-01`,
      String(no),
      String(runId),
      asOf,
      preparer,
      preparedAt,
      approver,
      closedAt,
      statement,
      jsonbText(run),
    ]),
  );
}

/** A value as the database writes it: keys by length, then by their bytes, a space after commas and colons. */
function jsonbText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(jsonbText).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const bytes = (text: string) => Buffer.from(text, 'utf8');
  const keys = Object.entries(value).sort(
    ([a], [b]) => bytes(a).length - bytes(b).length || Buffer.compare(bytes(a), bytes(b)),
  );
  return `{${keys.map(([key, part]) => `${JSON.stringify(key)}: ${jsonbText(part)}`).join(', ')}}`;
}
