import type { Extra } from '../domain/fax.ts';
import { phaxCodeIdentifier } from '../domain/phax-code.ts';
import { type Instant, toIso } from '../domain/time.ts';
import { instantArray, textArray } from './array-literal.ts';
import type { FaxRow } from './fax-rows.ts';
import { type LoadTransaction, NOTHING_WRITTEN, type WriteCounts } from './load-transaction.ts';
import { stableJson } from './snapshot-table.ts';

/** The type of the barcodes that name a PhaxCode. */
const PHAX_CODE = 'phax_code';

/** By lateral with offset 0: index probes, whatever the planner believes of a table it has never analyzed. */
const FIND_UNKNOWN = `
select p.identifier from unnest($2::text[]) as p(identifier)
left join lateral (
  select true as is_known from warehouse.phax_codes k where k.account_id = $1 and k.identifier = p.identifier offset 0
) k on true
where k.is_known is null`;

/** The PhaxCodes that barcodes of these faxes name and of which nothing is stored, each once. Asks only where a barcode names one. */
export async function findUnknownCodes(load: LoadTransaction, rows: readonly FaxRow[]): Promise<readonly string[]> {
  const named = new Set<string>();
  for (const { fax } of rows) {
    if (fax.barcodes === null || fax.barcodes.length === 0) continue;
    for (const { type, identifier: text } of fax.barcodes) {
      const identifier = type === PHAX_CODE ? phaxCodeIdentifier(text) : null;
      if (identifier !== null) named.add(identifier);
    }
  }
  if (named.size === 0) return [];
  const found = await load.client.query<{ identifier: string }>(FIND_UNKNOWN, [load.accountId, textArray([...named])]);
  return found.rows.map(({ identifier }) => identifier).sort();
}

/**
 * The latest look-up wins, in whatever order they are loaded. So a later one that shows the same still moves the row's number: without
 * it a look between the two, loaded last, would win. The very look that wrote the row writes it again only where a better decoder
 * reads it differently.
 */
const UPSERT = `
insert into warehouse.phax_codes as c (account_id, observation_no, observed_at, identifier, metadata, created_at, extra)
select $1, $2::bigint, $3::timestamptz, p.* from unnest($4::text[], $5::text[], $6::timestamptz[], $7::jsonb[]) as p
on conflict (account_id, identifier) do update set
  observation_no = excluded.observation_no, observed_at = excluded.observed_at, metadata = excluded.metadata,
  created_at = excluded.created_at, extra = excluded.extra
where c.observation_no < excluded.observation_no
  or (c.observation_no = excluded.observation_no
    and (c.metadata, c.created_at, c.extra) is distinct from (excluded.metadata, excluded.created_at, excluded.extra))
returning c.xmax = 0 as is_new`;

/** What one look-up says of a PhaxCode. */
export interface PhaxCodeRow {
  /** As {@link phaxCodeIdentifier} gives it. */
  readonly identifier: string;
  readonly metadata: string | null;
  readonly createdAt: Instant | null;
  readonly extra: Extra;
}

/** Loads what look-ups say of PhaxCodes. The last row of an identifier counts. */
export async function loadPhaxCodes(load: LoadTransaction, rows: readonly PhaxCodeRow[]): Promise<WriteCounts> {
  const codes = [...new Map(rows.map((row) => [row.identifier, row])).values()];
  if (codes.length === 0) return NOTHING_WRITTEN;
  const written = await load.client.query<{ is_new: boolean }>(UPSERT, [
    load.accountId,
    load.observation,
    toIso(load.requestedAt),
    textArray(codes.map(({ identifier }) => identifier)),
    textArray(codes.map(({ metadata }) => metadata)),
    instantArray(codes.map(({ createdAt }) => createdAt)),
    textArray(codes.map(({ extra }) => stableJson(extra))),
  ]);
  const added = written.rows.filter((row) => row.is_new).length;
  return { ...NOTHING_WRITTEN, records: codes.length, added, changed: written.rows.length - added };
}
