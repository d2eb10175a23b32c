import { hashFax } from '../domain/content-hash.ts';
import type { Fax, FaxBarcode, FaxRecipient } from '../domain/fax.ts';
import type { Instant } from '../domain/time.ts';
import type { Dialect } from '../landing/contract.ts';
import type { FaxPlan } from '../simulator/plan.ts';
import { type DeletedFax, stepsOf, type WorldTruth } from '../simulator/truth.ts';
import type { MirrorTableRow } from '../warehouse/read-mirror.ts';
import { type Cell, type CellRow, cellsOf, TableComparer, type TableComparison, toCell } from './compare-world-rows.ts';

/** The fax tables of one account as they are stored. */
export interface StoredFaxes {
  readonly faxes: ReadonlyArray<MirrorTableRow<'warehouse.faxes'>>;
  readonly recipients: ReadonlyArray<MirrorTableRow<'warehouse.fax_recipients'>>;
  readonly barcodes: ReadonlyArray<MirrorTableRow<'warehouse.fax_barcodes'>>;
  readonly history: ReadonlyArray<MirrorTableRow<'warehouse.fax_history'>>;
  readonly slices: ReadonlyArray<MirrorTableRow<'ops.slices'>>;
}

/** What the faxes are held against. */
export interface FaxTruth {
  readonly truth: WorldTruth;
  /** Plans by fax id, for what a fax looked like earlier. */
  readonly plans: ReadonlyMap<string, FaxPlan>;
  readonly dialect: Dialect;
}

const MARKS_OF_LOADING = ['observation_no', 'observed_at', 'observed_via', 'stage'];

function tidy(text: string): string {
  return text.toWellFormed().replaceAll('\u0000', '');
}

/**
 * A fax as a mirror can have it: without what the dialect does not carry, and without what must be refused (a negative cost,
 * NUL, lone surrogates). Stated here once more on purpose, not taken from the decoders.
 */
export function carriedFax(fax: Fax, dialect: Dialect): Fax {
  const is21 = dialect === 'v2.1';
  return {
    ...fax,
    costCents: fax.costCents !== null && fax.costCents < 0 ? null : fax.costCents,
    callerName: is21 ? fax.callerName : null,
    barcodes: is21 ? fax.barcodes : null,
    tags: Object.fromEntries(Object.entries(fax.tags).map(([name, value]) => [tidy(name), tidy(value)])),
  };
}

function faxCells(fax: Fax): CellRow {
  return {
    fax_id: fax.faxId,
    created_at: fax.createdAt,
    completed_at: fax.completedAt,
    missing_since: null,
    gone_at_source_at: null,
    content_hash: hashFax(fax),
    num_pages: fax.numPages,
    cost_cents: fax.costCents,
    error_id: fax.errorId,
    recipient_count: fax.recipients?.length ?? null,
    barcode_count: fax.barcodes?.length ?? null,
    is_test: fax.isTest,
    direction: fax.direction,
    status: fax.status,
    caller_id: fax.callerId,
    from_number: fax.fromNumber,
    to_number: fax.toNumber,
    caller_name: fax.callerName,
    error_type: fax.errorType,
    error_message: fax.errorMessage,
    tags: toCell(fax.tags),
    extra: toCell(fax.extra),
  };
}

function recipientCells(fax: Fax, recipient: FaxRecipient, ordinal: number): CellRow {
  return {
    fax_id: fax.faxId,
    fax_created_at: fax.createdAt,
    // Of faxes that the source still shows, which are those that are compared.
    is_counted: fax.createdAt !== null && fax.isTest !== true,
    completed_at: recipient.completedAt,
    retry_count: recipient.retryCount,
    bitrate: recipient.bitrate,
    resolution: recipient.resolution,
    error_id: recipient.errorId,
    ordinal,
    phone_number: recipient.phoneNumber,
    status: recipient.status,
    error_type: recipient.errorType,
    error_message: recipient.errorMessage,
    extra: toCell(recipient.extra),
  };
}

function barcodeCells(fax: Fax, barcode: FaxBarcode, ordinal: number): CellRow {
  return {
    fax_id: fax.faxId,
    ordinal,
    page: barcode.page,
    type: barcode.type,
    value: barcode.value,
    identifier: barcode.identifier,
    metadata: barcode.metadata,
    extra: toCell(barcode.extra),
  };
}

function stored(row: MirrorTableRow<'warehouse.faxes'>): CellRow {
  const cells = cellsOf(row, ['account_id', ...MARKS_OF_LOADING]);
  return { ...cells, content_hash: row.content_hash.replaceAll('-', '') };
}

/** Columns of a fax that stay the same all its life. */
const FIXED_COLUMNS =
  'fax_id created_at is_test direction caller_id from_number to_number caller_name tags extra'.split(' ');

/** A complete listing, and the creation times it speaks for. */
interface Listing {
  readonly at: Instant;
  readonly after: Instant;
  readonly before: Instant;
}

/** The complete listings of faxes. One that holds a record without an id is not complete: that record might be any fax. */
function completeListings(of: StoredFaxes): Listing[] {
  return of.slices.flatMap((slice) => {
    const [, after, before] = /^\["(.+)","(.+)"\)$/.exec(slice.created_within ?? '') ?? [];
    if (!slice.is_complete || after === undefined || before === undefined) return [];
    return [{ at: slice.requested_at.getTime(), after: readStamp(after), before: readStamp(before) }];
  });
}

/** A stamp as Postgres writes it in a range, in UTC: `2026-11-22 11:00:00+00`. */
function readStamp(text: string): Instant {
  return Date.parse(text.replace(' ', 'T').replace(/\+00$/, 'Z'));
}

/** An old replica may show a deleted fax for this long. */
const REPLICA_LAG_MAX_MS = 15 * 60_000;

/** Whether a fax deleted at the source is kept as it once was, and marked if a complete listing has missed it since. */
function judgeDeleted(
  row: MirrorTableRow<'warehouse.faxes'>,
  { fax, deletedAt }: DeletedFax,
  states: readonly State[],
  listings: readonly Listing[],
): string[] {
  const expected = faxCells(fax);
  const cells = stored(row);
  const columns = FIXED_COLUMNS.filter((name) => cells[name] !== expected[name]);
  if (!states.some((state) => isSameState(state, row))) columns.push('status, cost_cents, num_pages');
  const createdAt = fax.createdAt ?? 0;
  const isMissed = listings.some(
    ({ at, after, before }) => at >= deletedAt + REPLICA_LAG_MAX_MS && after <= createdAt && createdAt < before,
  );
  if (isMissed && row.missing_since === null) columns.push('missing_since');
  return columns;
}

/**
 * Compares faxes, recipients, barcodes and tags with the truth, column by column. Faxes deleted at the source must be kept and
 * marked where they were ever seen; faxes that listings do not show yet may be there or not.
 */
export function compareFaxes(of: StoredFaxes, { truth, plans, dialect }: FaxTruth): TableComparison[] {
  const faxes = new TableComparer('faxes');
  const recipients = new TableComparer('fax_recipients');
  const barcodes = new TableComparer('fax_barcodes');
  const tags = new TableComparer('tags');
  const rows = new Map(of.faxes.map((row) => [row.fax_id, row]));
  const unlisted = new Set(truth.unlistedFaxIds);
  const deleted = new Map(truth.deletedFaxes.map((one) => [one.fax.faxId, one]));
  const children = {
    recipients: new Map<string, CellRow>(),
    barcodes: new Map<string, CellRow>(),
    tags: new Map<string, CellRow>(),
  };
  for (const shown of truth.faxes) {
    const fax = carriedFax(shown, dialect);
    const row = rows.get(fax.faxId);
    faxes.compare(`fax ${fax.faxId}`, faxCells(fax), row === undefined ? null : stored(row));
    for (const [ordinal, recipient] of (fax.recipients ?? []).entries()) {
      children.recipients.set(childKey(fax.faxId, ordinal), recipientCells(fax, recipient, ordinal));
    }
    for (const [ordinal, barcode] of (fax.barcodes ?? []).entries()) {
      children.barcodes.set(childKey(fax.faxId, ordinal), barcodeCells(fax, barcode, ordinal));
    }
    for (const [ordinal, [name, value]] of sortedTags(fax.tags).entries()) {
      children.tags.set(childKey(fax.faxId, ordinal), { name, value });
    }
  }
  const listed = new Set(truth.faxes.map(({ faxId }) => faxId));
  const listings = completeListings(of);
  let deletedKept = 0;
  let deletedUnnoticed = 0;
  for (const [faxId, row] of rows) {
    if (listed.has(faxId) || unlisted.has(faxId)) continue;
    const gone = deleted.get(faxId);
    if (gone === undefined) {
      faxes.compare(`fax ${faxId}`, null, stored(row));
      continue;
    }
    if (row.missing_since !== null) deletedKept += 1;
    else deletedUnnoticed += 1;
    const states = statesOf(plans.get(faxId), gone.deletedAt);
    const columns = judgeDeleted(row, { ...gone, fax: carriedFax(gone.fax, dialect) }, states, listings);
    if (columns.length > 0) faxes.differs(`fax ${faxId} (deleted at the source)`, 'differs', columns);
  }
  const isCompared = (faxId: string): boolean => listed.has(faxId);
  recipients.compareAll(children.recipients, childRows(of.recipients, isCompared));
  barcodes.compareAll(children.barcodes, childRows(of.barcodes, isCompared));
  const storedTags = of.faxes.filter((row) => isCompared(row.fax_id)).flatMap(tagRows);
  tags.compareAll(children.tags, new Map(storedTags));
  return [
    faxes.result(noteOnDeleted(deletedKept, deletedUnnoticed)),
    recipients.result(),
    barcodes.result(dialect === 'v2.1' ? null : `${dialect} carries none`),
    tags.result(),
  ];
}

function noteOnDeleted(kept: number, unnoticed: number): string | null {
  const notes = [
    ...(kept === 0 ? [] : [`${kept} more were deleted at the source: kept and marked`]),
    ...(unnoticed === 0 ? [] : [`${unnoticed} deleted beside a record without an id: no listing proves it`]),
  ];
  return notes.length === 0 ? null : notes.join('; ');
}

function childKey(faxId: string, ordinal: number): string {
  return `fax ${faxId} #${ordinal}`;
}

function childRows(
  rows: ReadonlyArray<Readonly<Record<string, unknown>> & { readonly fax_id: string; readonly ordinal: number }>,
  isCompared: (faxId: string) => boolean,
): Map<string, CellRow> {
  const of = rows.filter((row) => isCompared(row.fax_id));
  return new Map(of.map((row) => [childKey(row.fax_id, row.ordinal), cellsOf(row, ['account_id'])]));
}

function sortedTags(tags: Readonly<Record<string, Cell>>): Array<[name: string, value: Cell]> {
  return Object.entries(tags).sort(([a], [b]) => (a < b ? -1 : 1));
}

function tagRows(row: MirrorTableRow<'warehouse.faxes'>): Array<[string, CellRow]> {
  const tags = row.tags as Readonly<Record<string, Cell>>;
  return sortedTags(tags).map(([name, value], ordinal) => [childKey(row.fax_id, ordinal), { name, value }]);
}

type HistoryRow = MirrorTableRow<'warehouse.fax_history'>;

/**
 * Checks the history of every stored fax: the deltas add up to the cost, observations rise, no two rows in a row are alike, the
 * stage never falls, the last row is the fax itself, and every row is a state the provider's fax once had.
 * One row of the result is one row of history; the provider's side counts those that can be explained.
 */
export function compareHistory(of: StoredFaxes, { truth, plans }: FaxTruth): TableComparison {
  const comparer = new TableComparer('fax_history');
  const histories = new Map<string, HistoryRow[]>();
  for (const row of of.history) {
    const rows = histories.get(row.fax_id);
    if (rows === undefined) histories.set(row.fax_id, [row]);
    else rows.push(row);
  }
  for (const fax of of.faxes) {
    const rows = histories.get(fax.fax_id) ?? [];
    histories.delete(fax.fax_id);
    checkHistory(comparer, fax, rows, statesOf(plans.get(fax.fax_id), truth.at));
  }
  for (const faxId of histories.keys()) comparer.differs(`fax ${faxId}`, 'surplus', ['without a fax']);
  return comparer.result();
}

function checkHistory(
  comparer: TableComparer,
  fax: MirrorTableRow<'warehouse.faxes'>,
  rows: readonly HistoryRow[],
  states: readonly State[],
): void {
  let before: HistoryRow | null = null;
  let sum = 0;
  for (const row of rows) {
    const faults: string[] = [];
    sum += row.cost_delta_cents;
    if (sum !== (row.cost_cents ?? 0)) faults.push('cost_delta_cents');
    if (before !== null) {
      if (BigInt(row.observation_no) <= BigInt(before.observation_no)) faults.push('observation_no');
      if (row.stage < before.stage) faults.push('stage');
      if (isSameState(row, before)) faults.push('repeats the row before');
    }
    if (!states.some((state) => isSameState(state, row))) faults.push('a state the fax never had');
    before = row;
    if (faults.length === 0) comparer.agrees();
    else comparer.differs(`fax ${fax.fax_id} look ${row.observation_no}`, 'differs', faults);
  }
  if (before === null) comparer.differs(`fax ${fax.fax_id}`, 'missing', ['no history']);
  else if (!isSameState(before, fax)) comparer.differs(`fax ${fax.fax_id}`, 'differs', ['the last row is not the fax']);
}

interface State {
  readonly status: string | null;
  readonly cost_cents: number | null;
  readonly num_pages: number | null;
}

function isSameState(a: State, b: State): boolean {
  return a.status === b.status && a.cost_cents === b.cost_cents && a.num_pages === b.num_pages;
}

/** Every state a fax had until an instant, as a mirror can have it. */
function statesOf(plan: FaxPlan | undefined, until: Instant): State[] {
  if (plan === undefined) return [];
  return stepsOf(plan, until).map(({ status, numPages, costCents }) => ({
    status,
    num_pages: numPages,
    cost_cents: plan.oddity === 'negative_cost' && costCents > 0 ? null : costCents,
  }));
}
