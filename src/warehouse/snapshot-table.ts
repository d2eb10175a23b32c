import type { Extra } from '../domain/fax.ts';
import { instantArray, plainArray, textArray } from './array-literal.ts';

/** One value of a snapshot row as it is compared and sent: instants in ms, JSON as text with its names in order. */
export type SnapshotValue = string | number | null;

type ColumnType = 'text' | 'integer' | 'timestamptz' | 'jsonb';

/** Where the changes of one snapshot stream are kept. All names are constants of this code. */
export interface SnapshotTable {
  readonly stream: string;
  /** History table: key, observation_no, a time, is_listed, then `columns`. */
  readonly table: string;
  readonly key: string;
  /** Column that holds the time of the look. */
  readonly at: string;
  readonly columns: ReadonlyArray<{ readonly name: string; readonly type: ColumnType }>;
}

/** Numbers of the account. */
export const PHONE_NUMBER_TABLE: SnapshotTable = {
  stream: 'phone_numbers',
  table: 'warehouse.phone_number_history',
  key: 'phone_number',
  at: 'observed_at',
  columns: [
    { name: 'city', type: 'text' },
    { name: 'state', type: 'text' },
    { name: 'country', type: 'text' },
    { name: 'cost_cents', type: 'integer' },
    { name: 'last_billed_at', type: 'timestamptz' },
    { name: 'provisioned_at', type: 'timestamptz' },
    { name: 'callback_url', type: 'text' },
    { name: 'ata_name', type: 'text' },
    { name: 'extra', type: 'jsonb' },
  ],
};

/** The provider's price list. */
export const RATE_CARD_TABLE: SnapshotTable = {
  stream: 'countries',
  table: 'warehouse.rate_card',
  key: 'country_name',
  at: 'valid_from',
  columns: [
    { name: 'alpha2', type: 'text' },
    { name: 'country_code', type: 'integer' },
    { name: 'price_per_page_cents', type: 'integer' },
    { name: 'send_support', type: 'text' },
    { name: 'receive_support', type: 'text' },
    { name: 'extra', type: 'jsonb' },
  ],
};

/** JSON text with the names of every object in order, so that what `jsonb` reordered compares equal; null stays null. */
export function stableJson(value: Extra): string | null {
  if (value === null) return null;
  return JSON.stringify(value, (_name, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part) && !('rawJSON' in part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}

/** A column's values as one array literal. */
export function columnArray(type: ColumnType, values: readonly SnapshotValue[]): string {
  if (type === 'timestamptz') return instantArray(values.map((value) => (value === null ? null : Number(value))));
  if (type === 'integer') return plainArray(values);
  return textArray(values.map((value) => (value === null ? null : String(value))));
}

/** A value as the driver returns it, in the form it is compared in. */
export function readValue(type: ColumnType, value: unknown): SnapshotValue {
  if (value === null || value === undefined) return null;
  if (type === 'timestamptz') return value instanceof Date ? value.getTime() : null;
  if (type === 'jsonb') return stableJson(value as Extra);
  return typeof value === 'number' ? value : String(value);
}
