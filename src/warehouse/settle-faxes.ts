import { type LookVia, type Stage, stageOf } from '../domain/fax.ts';
import { expandHistory, foldLooks, type Look } from '../domain/fold-looks.ts';
import type { Cents } from '../domain/money.ts';
import { toIso } from '../domain/time.ts';
import { instantArray, plainArray, textArray } from './array-literal.ts';
import { doubtSlices } from './doubt-slices.ts';
import { type KnownLook, markCoveringMisses, noteLooks, readLooks } from './fax-looks.ts';
import { type FaxRow, faxIdArray } from './fax-rows.ts';
import type { LoadTransaction } from './load-transaction.ts';
import { viaOf } from './load-transaction.ts';
import { addFaxes, changeFaxes, fillFaxes, writeSparingBadRows } from './write-faxes.ts';

/** What the history of a fax follows. */
interface FaxValue {
  readonly status: string | null;
  readonly costCents: number | null;
  readonly numPages: number | null;
}

type FaxLook = Look<FaxValue>;

/** A row as it stands, with its history and every look known at it. */
interface Known {
  readonly hash: string;
  readonly stage: Stage;
  readonly place: string;
  readonly recipientsBefore: number | null;
  readonly barcodesBefore: number | null;
  readonly observation: number;
  readonly points: readonly FaxLook[];
  readonly looks: readonly KnownLook[];
}

/** What one look does to one known fax. */
interface Settlement {
  readonly row: FaxRow;
  readonly known: Known;
  readonly isAccepted: boolean;
  /** The look is the fax's latest and differs from the row. */
  readonly isChange: boolean;
  /** The whole history, where the trigger would not leave it so; null where it will. */
  readonly rewritten: readonly FaxLook[] | null;
  /** Looks that no longer count because of this one. */
  readonly overtaken: readonly KnownLook[];
  readonly wasMissing: boolean;
}

const READ_ROWS = `
select fax_id, ctid as place, stage, replace(content_hash::text, '-', '') as content_hash, observation_no, recipient_count, barcode_count
from warehouse.faxes
where account_id = $1 and fax_id = any($2::bigint[])`;

const READ_HISTORY = `
select fax_id, observation_no, observed_at, cost_cents, num_pages, stage, observed_via, status from warehouse.fax_history
where account_id = $1 and fax_id = any($2::bigint[]) order by fax_id, observation_no`;

const DELETE_HISTORY = 'delete from warehouse.fax_history where account_id = $1 and fax_id = any($2::bigint[])';

const INSERT_HISTORY = `
insert into warehouse.fax_history
  (account_id, fax_id, observation_no, observed_at, cost_cents, cost_delta_cents, num_pages, stage, observed_via, status)
select $1, fax_id, observation_no, observed_at, cost_cents,
  coalesce(cost_cents, 0) - coalesce(lag(cost_cents) over (partition by fax_id order by observation_no), 0),
  num_pages, stage, observed_via, status
from unnest($2::bigint[], $3::bigint[], $4::timestamptz[], $5::integer[], $6::integer[], $7::smallint[], $8::text[], $9::text[])
  as p(fax_id, observation_no, observed_at, cost_cents, num_pages, stage, observed_via, status)`;

const NOTE_OVERTAKEN = `
insert into ops.fax_looks (account_id, fax_id, observation_no, requested_at, observed_via, outcome)
select $1, p.*, 'stale' from unnest($2::bigint[], $3::bigint[], $4::timestamptz[], $5::text[]) as p
on conflict (account_id, fax_id, observation_no) do update set outcome = excluded.outcome`;

/** What settling did; `recheck` names faxes whose absence marks are to be looked at once the object's own look is recorded. */
export interface SettledCounts {
  readonly added: number;
  readonly changed: number;
  readonly stale: number;
  readonly disagreements: readonly string[];
  readonly recheck: readonly string[];
}

const NOTHING: SettledCounts = { added: 0, changed: 0, stale: 0, disagreements: [], recheck: [] };

function sameValue(a: FaxValue, b: FaxValue): boolean {
  return a.status === b.status && a.costCents === b.costCents && a.numPages === b.numPages;
}

function stageAt(value: FaxValue, via: LookVia): Stage {
  return stageOf(value.status, via);
}

/**
 * Loads looks that may come late or are of a single fax: each is put in its place among all looks known at that fax, so that row
 * and history end the same in whatever order objects arrive. Costs some queries a batch; the ordinary slice does not come here.
 */
export async function settleFaxes(load: LoadTransaction, rows: readonly FaxRow[]): Promise<SettledCounts> {
  if (rows.length === 0) return NOTHING;
  const known = await readKnown(load, rows);
  const fresh = rows.filter(({ fax }) => !known.has(fax.faxId));
  const added = await writeSparingBadRows(load, fresh, addFaxes);
  const missedBy = await markCoveringMisses(load, added);
  const settlements = rows.flatMap((row) => {
    const of = known.get(row.fax.faxId);
    return of === undefined ? [] : [settle(load, row, of)];
  });
  const changes = settlements.flatMap(({ row, isChange, known: { place, stage, recipientsBefore, barcodesBefore } }) =>
    isChange ? [{ ...row, place, stageBefore: stage, recipientsBefore, barcodesBefore }] : [],
  );
  const written = await writeSparingBadRows(load, changes, changeFaxes);
  const changed = new Set(written.map(({ fax }) => fax));
  const kept = settlements.filter(({ row, isChange }) => !isChange || changed.has(row.fax));
  const filled = await fillFaxes(
    load,
    settlements.filter(({ isChange }) => !isChange).map(({ row }) => row),
  );
  await rewriteHistory(load, kept);
  await noteOvertaken(load, kept);
  // Slices made later that miss any of these faxes may now miss too many that were known before them.
  const misses = kept.flatMap(({ known: { looks } }) => looks.filter(({ outcome }) => outcome === 'missing'));
  const later = [...missedBy, ...misses.map(({ observation }) => observation)].filter((of) => of > load.observation);
  const doubted = await doubtSlices(load, [...new Set(later)]);
  const lost = kept.filter(({ isAccepted }) => !isAccepted);
  await noteLooks(
    load,
    lost.map(({ row }) => row),
    'stale',
  );
  if (load.kind !== 'slice') {
    const seen = kept.filter(({ isAccepted }) => isAccepted).map(({ row }) => row);
    await noteLooks(load, [...added, ...seen], 'seen');
  }
  return {
    added: added.length,
    changed: changed.size + filled,
    stale: lost.length,
    disagreements: kept
      .filter(({ row, isAccepted, wasMissing }) => {
        const isDifferent = !isAccepted && known.get(row.fax.faxId)?.hash !== row.hash;
        return isDifferent || (wasMissing && load.kind === 'callback');
      })
      .map(({ row }) => row.fax.faxId),
    recheck: [
      ...[...added, ...kept.filter(({ wasMissing }) => wasMissing).map(({ row }) => row)].map(({ fax }) => fax.faxId),
      ...doubted,
    ],
  };
}

function settle(load: LoadTransaction, row: FaxRow, known: Known): Settlement {
  const via = viaOf(load.kind);
  const differs = known.hash !== row.hash;
  const wasMissing = known.looks.some((look) => look.outcome === 'missing');
  const isReread = [...known.looks, ...known.points].some((look) => look.observation === load.observation);
  if (isReread) {
    // The same look again, perhaps by a better decoder: only the row it wrote may be mended.
    const isChange = differs && known.observation === load.observation && row.stage >= known.stage;
    return { row, known, isAccepted: true, isChange, rewritten: null, overtaken: [], wasMissing };
  }
  const seen = known.looks.filter((look) => look.outcome === 'seen');
  const { fax, stage } = row;
  const before = known.points.findLast((point) => point.observation < load.observation)?.value;
  // What was not sent does not erase what was known.
  const value = {
    status: fax.status,
    costCents: fax.costCents ?? before?.costCents ?? null,
    numPages: fax.numPages ?? before?.numPages ?? null,
  };
  const look: FaxLook = { observation: load.observation, at: load.requestedAt, via, stage, value };
  const folded = foldLooks([...expandHistory(known.points, seen, stageAt), look], sameValue);
  const isAccepted = !folded.stale.includes(look.observation);
  const isChange = differs && folded.accepted.at(-1)?.observation === look.observation;
  const last = known.points.at(-1);
  const byTrigger =
    isChange && (last === undefined || !sameValue(last.value, value)) ? [...known.points, look] : known.points;
  const isAsExpected =
    byTrigger.length === folded.points.length &&
    byTrigger.every((point, i) => point.observation === folded.points[i]?.observation);
  const overtaken = known.looks.filter(
    ({ outcome, observation }) => outcome === 'seen' && folded.stale.includes(observation),
  );
  return { row, known, isAccepted, isChange, rewritten: isAsExpected ? null : folded.points, overtaken, wasMissing };
}

async function readKnown(load: LoadTransaction, rows: readonly FaxRow[]): Promise<Map<string, Known>> {
  const ids = faxIdArray(rows);
  const current = await load.client.query<{
    fax_id: string;
    place: string;
    stage: Stage;
    content_hash: string;
    observation_no: string;
    recipient_count: number | null;
    barcode_count: number | null;
  }>(READ_ROWS, [load.accountId, ids]);
  if (current.rows.length === 0) return new Map();
  const looks = await readLooks(
    load,
    current.rows.map((row) => row.fax_id),
  );
  const points = await readHistory(load, ids);
  return new Map(
    current.rows.map((row) => [
      row.fax_id,
      {
        hash: row.content_hash,
        stage: row.stage,
        place: row.place,
        recipientsBefore: row.recipient_count,
        barcodesBefore: row.barcode_count,
        observation: Number(row.observation_no),
        points: points.get(row.fax_id) ?? [],
        looks: looks.get(row.fax_id) ?? [],
      },
    ]),
  );
}

async function readHistory(load: LoadTransaction, ids: Buffer): Promise<Map<string, FaxLook[]>> {
  const found = await load.client.query<{
    fax_id: string;
    observation_no: string;
    observed_at: Date;
    cost_cents: Cents | null;
    num_pages: number | null;
    stage: Stage;
    observed_via: LookVia;
    status: string | null;
  }>(READ_HISTORY, [load.accountId, ids]);
  const points = new Map<string, FaxLook[]>();
  for (const row of found.rows) {
    const of = points.get(row.fax_id) ?? [];
    points.set(row.fax_id, of);
    of.push({
      observation: Number(row.observation_no),
      at: row.observed_at.getTime(),
      via: row.observed_via,
      stage: row.stage,
      value: { status: row.status, costCents: row.cost_cents, numPages: row.num_pages },
    });
  }
  return points;
}

async function rewriteHistory(load: LoadTransaction, settlements: readonly Settlement[]): Promise<void> {
  const points = settlements.flatMap(({ row, rewritten }) =>
    (rewritten ?? []).map((point) => ({ faxId: row.fax.faxId, ...point })),
  );
  if (points.length === 0) return;
  const ids = plainArray([...new Set(points.map(({ faxId }) => faxId))]);
  await load.client.query(DELETE_HISTORY, [load.accountId, ids]);
  await load.client.query(INSERT_HISTORY, [
    load.accountId,
    plainArray(points.map(({ faxId }) => faxId)),
    plainArray(points.map(({ observation }) => observation)),
    instantArray(points.map(({ at }) => at)),
    plainArray(points.map(({ value }) => value.costCents)),
    plainArray(points.map(({ value }) => value.numPages)),
    plainArray(points.map(({ stage }) => stage)),
    textArray(points.map(({ via }) => via)),
    textArray(points.map(({ value }) => value.status)),
  ]);
}

async function noteOvertaken(load: LoadTransaction, settlements: readonly Settlement[]): Promise<void> {
  const looks = settlements.flatMap(({ row, overtaken }) => overtaken.map((look) => ({ faxId: row.fax.faxId, look })));
  if (looks.length === 0) return;
  await load.client.query(NOTE_OVERTAKEN, [
    load.accountId,
    plainArray(looks.map(({ faxId }) => faxId)),
    plainArray(looks.map(({ look }) => look.observation)),
    plainArray(looks.map(({ look }) => toIso(look.at))),
    textArray(looks.map(({ look }) => look.via)),
  ]);
}
