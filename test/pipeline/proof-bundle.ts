import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CsvValue } from '../../src/pipeline/proof-csv.ts';
import {
  closingDigest,
  type EventRow,
  eventDigest,
  itemText,
  type LineRow,
  LinesDigest,
  NO_DIGEST,
  resultsDigest,
} from '../../src/pipeline/proof-digests.ts';
import { PROOF_COLUMNS, type ProofClosing, type ProofClosingFile, sha256 } from '../../src/pipeline/proof-format.ts';
import { type ProofSource, writeProof } from '../../src/pipeline/proof-write.ts';

/** What a test changes of the small month that {@link sourceOf} makes, before its digests are reckoned. */
export interface MonthChanges {
  readonly lines?: readonly LineRow[];
  readonly approvedBy?: string;
  readonly statement?: string;
  /** Put into the event of the closing in place of what closing.json says. */
  readonly details?: Readonly<Record<string, unknown>>;
  /** Put into closing.json after everything was reckoned. */
  readonly closing?: Partial<ProofClosing>;
  /** Put into the run of closing.json after everything was reckoned. */
  readonly run?: Readonly<Record<string, unknown>>;
}

const ACCOUNT_ID = 3;

function line(usageDate: string, subjectId: string, cents: string, more: Partial<LineRow> = {}): LineRow {
  const base = { closingNo: '1', chargeKind: 'fax', chargePeriod: '2026-10-01', isCorrection: false, quantity: '2' };
  return { ...base, usageDate, subjectId, cents, ...more };
}

/** Five lines: three faxes, a rent, a correction of the month before. */
export const LINES: readonly LineRow[] = [
  line('2026-09-30', '90', '-7', { chargePeriod: '2026-09-01', isCorrection: true, quantity: null }),
  line('2026-10-01', '100', '14'),
  line('2026-10-01', '101', '21', { quantity: '3' }),
  line('2026-10-01', '+15550100001@2026-10-01T12:00:00.000Z', '200', { chargeKind: 'rent', quantity: '1' }),
  line('2026-10-31', '102', '0', { quantity: null }),
];

const ITEMS = [
  [
    '1',
    '7',
    'C10',
    'fax',
    '101',
    'missing_credit',
    'error',
    'accepted',
    '7',
    '7',
    'Ann',
    'Ben',
    'asked twice, "no", said they\n=never',
  ],
  ['1', '8', 'C15', 'number', '+15550100001', 'rent_changed', 'warn', 'explained', '100', '0', 'Ann', null, null],
] as const;

const COLUMNS: readonly string[] = PROOF_COLUMNS['results.csv'];
const RESULTS: ReadonlyArray<readonly CsvValue[]> = [
  [
    'C10',
    '2026-10-01',
    'exception',
    'error',
    'cents',
    '21',
    '14',
    '0',
    null,
    2,
    0,
    0,
    1,
    0,
    7,
    7,
    'missing_credit',
    sha256('found'),
  ],
  ['C2', 'period', 'pass', 'error', 'faxes', '3', '3', '0', null, 1, 0, 0, 0, 0, 0, 0, null, null],
];

function textOf(value: CsvValue | undefined): string | null {
  return value === undefined || value === null ? null : String(value);
}

function itemsDigest(): string {
  const texts = ITEMS.map(
    ([
      closingNo,
      itemId,
      checkId,
      subjectKind,
      subjectId,
      reason,
      severity,
      state,
      cents,
      owedCents,
      decidedBy,
      approvedBy,
      note,
    ]) =>
      itemText({
        closingNo,
        itemId,
        checkId,
        subjectKind,
        subjectId,
        reason,
        severity,
        state,
        cents,
        owedCents,
        decidedBy,
        approvedBy,
        note,
      }),
  );
  return sha256(texts.join('\n'));
}

function closingOf(
  lines: readonly LineRow[],
  { approvedBy = 'Ben', statement = 'All explained.' }: MonthChanges,
): ProofClosing {
  const digest = new LinesDigest();
  for (const each of lines) digest.add(each);
  const corrections = lines.filter(({ isCorrection }) => isCorrection);
  const sum = (of: readonly LineRow[]) => of.reduce((total, { cents }) => total + Number(cents), 0);
  return {
    closing_no: 1,
    run_id: 12,
    as_of: '2026-11-06T09:00:00.000000Z',
    prepared_by: 'Ann',
    prepared_at: '2026-11-06T10:00:00.000000Z',
    approved_by: approvedBy,
    closed_at: '2026-11-06T11:00:00.000000Z',
    statement,
    line_count: lines.length,
    billed_cents: sum(lines),
    correction_count: corrections.length,
    correction_cents: sum(corrections),
    lines_digest: digest.end(),
    results_digest: resultsDigest(RESULTS.map((row) => COLUMNS.map((_, at) => textOf(row[at])))),
    items_digest: itemsDigest(),
  };
}

/** Of the run only what is read, and settings of several forms. */
function runOf({ results_digest: digest }: ProofClosing): Readonly<Record<string, unknown>> {
  return {
    run_id: 12,
    results_digest: digest,
    tolerances: { checks: [['C10', { share: null, amount: 0 }]], é: 0.0005 },
  };
}

function chainOf(closing: ProofClosing, details: Readonly<Record<string, unknown>>): EventRow[] {
  const events: EventRow[] = [];
  const add = (event: Pick<EventRow, 'actor' | 'kind' | 'period' | 'itemId' | 'runId' | 'details'>) => {
    const draft = {
      ...event,
      sequenceNo: String(events.length + 1),
      happenedAt: `2026-11-06T10:00:0${events.length}.000001Z`,
      login: 'faxsync_reconcile',
      previousDigest: events.at(-1)?.digest ?? NO_DIGEST,
      digest: '',
    };
    events.push({ ...draft, digest: eventDigest(ACCOUNT_ID, draft) });
  };
  add({ actor: 'faxsync', kind: 'item_opened', period: '2026-10-01', itemId: '7', runId: '12', details: '{}' });
  add({
    actor: 'Ann',
    kind: 'item_accepted',
    period: '2026-10-01',
    itemId: '7',
    runId: null,
    details: '{"note": "Ü, \\"no\\""}',
  });
  add({
    actor: closing.approved_by,
    kind: 'period_closed',
    period: '2026-10-01',
    itemId: null,
    runId: '12',
    details: JSON.stringify({
      ...closing,
      closing_digest: closingDigest(ACCOUNT_ID, '2026-10', closing, runOf(closing)),
      ...details,
    }),
  });
  return events;
}

async function* rowsOf<Row extends readonly CsvValue[]>(rows: readonly Row[]): AsyncGenerator<readonly Row[]> {
  if (rows.length > 0) yield rows;
}

/** A small closed month as a bundle is written from it. */
export function sourceOf(changes: MonthChanges = {}): ProofSource {
  const lines = changes.lines ?? LINES;
  const closing = closingOf(lines, changes);
  const events = chainOf(closing, changes.details ?? {});
  const file: ProofClosingFile = {
    account: 'clinic',
    account_id: ACCOUNT_ID,
    billing_zone: 'America/Chicago',
    period: '2026-10',
    closing_no: 1,
    billed_cents: closing.billed_cents,
    closings: [{ ...closing, ...changes.closing }],
    run: { ...runOf(closing), ...changes.run },
    checks: [{ id: 'C10', left: 'cost', right: 'due', unit: 'cents' }],
  };
  return {
    closing: file,
    head: events.at(-1)?.digest ?? NO_DIGEST,
    tables: {
      'results.csv': rowsOf(RESULTS),
      'items.csv': rowsOf(ITEMS),
      'events.csv': rowsOf(
        events.map((event) => [
          event.sequenceNo,
          event.happenedAt,
          event.actor,
          event.login,
          event.kind,
          event.period,
          event.itemId,
          event.runId,
          event.details,
          event.previousDigest,
          event.digest,
        ]),
      ),
      'lines.csv': rowsOf(
        lines.map((each) => [
          each.closingNo,
          each.usageDate,
          each.chargeKind,
          each.subjectId,
          each.chargePeriod,
          each.isCorrection,
          each.quantity,
          each.cents,
        ]),
      ),
    },
  };
}

/** Does something with a bundle in a folder of its own, which is removed. */
export async function withBundle<Result>(
  source: ProofSource,
  work: (folder: string) => Promise<Result>,
): Promise<Result> {
  const home = await mkdtemp(join(tmpdir(), 'faxsync-proof-'));
  try {
    const folder = join(home, 'proof');
    await writeProof(folder, source);
    return await work(folder);
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}
