import { phaxCodeIdentifier } from '../domain/phax-code.ts';
import type { Instant } from '../domain/time.ts';
import type { World } from '../simulator/world.ts';
import type { MirrorTable } from '../warehouse/mirror-tables.ts';
import type { MirrorTableRow } from '../warehouse/read-mirror.ts';
import { type Look, looksAt, type Point, pointsOf } from './compare-world-looks.ts';
import { type CellRow, cellsOf, TableComparer, type TableComparison } from './compare-world-rows.ts';

type NameIn<Table extends string> = Table extends `warehouse.${infer Name}` ? Name : never;

/** A list of objects the provider gives whole, and the tables that mirror it. */
interface MirroredList {
  /** Name of its control totals, of its truth, and of the table with its objects as last listed. */
  readonly stream: NameIn<MirrorTable>;
  readonly history: MirrorTable;
  readonly keys: readonly string[];
  /** Column with the id of the object whose own list it is. */
  readonly scope?: string;
  /** What a row is called in a difference; without it the key, which then must not be personal data. */
  readonly noun?: string;
}

/** The lists that only v2.1 has. */
const MIRRORED_LISTS: readonly MirroredList[] = [
  { stream: 'port_orders', history: 'warehouse.port_order_history', keys: ['port_order_id'] },
  { stream: 'port_numbers', history: 'warehouse.port_number_history', keys: ['port_number_id'] },
  {
    stream: 'port_number_notes',
    history: 'warehouse.port_number_note_history',
    keys: ['port_number_id', 'note_id'],
    scope: 'port_number_id',
  },
  { stream: 'atas', history: 'warehouse.ata_history', keys: ['ata_id'] },
  { stream: 'blocking_rules', history: 'warehouse.blocking_rule_history', keys: ['blocking_rule_id'] },
  { stream: 'addresses', history: 'warehouse.address_history', keys: ['address_id'] },
  { stream: 'detected_atas', history: 'warehouse.detected_ata_history', keys: ['mac_address'], noun: 'adapter' },
];

/** Every table that {@link compareObjects} compares. */
export const OBJECT_TABLES: readonly MirrorTable[] = MIRRORED_LISTS.flatMap((list) => [tableOf(list), list.history]);

/** Rows of any mirrored table by its name. */
export type StoredTables = ReadonlyMap<MirrorTable, readonly Readonly<Record<string, unknown>>[]>;

/**
 * Compares the lists of objects: what each look of the mirror must have found follows from the world at that instant, so every row and
 * every change is known exactly, lost objects included. Looks are compared at the instant their request was sent.
 */
export function compareObjects(
  stored: StoredTables,
  slices: ReadonlyArray<MirrorTableRow<'ops.slices'>>,
  world: World,
): TableComparison[] {
  return MIRRORED_LISTS.flatMap((list) => {
    const { current, history } = expectedRows(list, slices, world);
    const nameOf = namer(list);
    const rowsOf = (table: MirrorTable, more: readonly string[]) =>
      new Map(
        (stored.get(table) ?? []).map((row) => {
          const cells = cellsOf(row, ['account_id']);
          return [keyOf(cells, [...list.keys, ...more]), cells];
        }),
      );
    const gone = [...current.values()].filter((row) => row['gone_at_source_at'] !== null).length;
    return [
      new TableComparer(list.stream)
        .compareAll(current, rowsOf(tableOf(list), []), nameOf)
        .result(gone === 0 ? null : `${gone} of them gone at the source`),
      new TableComparer(shortName(list.history))
        .compareAll(history, rowsOf(list.history, ['observation_no']), nameOf)
        .result(),
    ];
  });
}

/**
 * Compares the PhaxCodes: every code that a barcode of a mirrored fax names, and that the provider knows, was looked up once.
 * `named`: identifiers as the barcodes have them.
 */
export function comparePhaxCodes(
  stored: ReadonlyArray<MirrorTableRow<'warehouse.phax_codes'>>,
  named: ReadonlySet<string>,
  world: World,
  at: Instant,
): TableComparison {
  const known = world.objectsAt('phax_codes', at);
  const expected = new Map<string, CellRow>();
  for (const name of named) {
    const identifier = phaxCodeIdentifier(name);
    const code = identifier === null ? undefined : known.get(identifier);
    if (identifier !== null && code !== undefined) expected.set(identifier, code);
  }
  const rows = stored.map((row) => {
    const cells = cellsOf(row, ['account_id', 'observation_no', 'observed_at']);
    return [row.identifier, cells] as const;
  });
  // Identifiers are barcode data: their place stands for them.
  const places = new Map([...expected.keys()].map((identifier, index) => [identifier, `code ${index + 1}`]));
  return new TableComparer('phax_codes')
    .compareAll(expected, new Map(rows), (key) => places.get(key) ?? 'a code no barcode names')
    .result('each looked up because a barcode names it');
}

function tableOf({ stream }: MirroredList): MirrorTable {
  return `warehouse.${stream}`;
}

function shortName(table: string): string {
  return table.slice(table.indexOf('.') + 1);
}

function keyOf(cells: CellRow, columns: readonly string[]): string {
  return columns.map((column) => cells[column]).join('|');
}

function namer({ noun }: MirroredList): (key: string) => string {
  const places = new Map<string, number>();
  return (key) => {
    if (noun === undefined) return key;
    const [object = '', look] = key.split('|');
    const place = places.get(object) ?? places.size + 1;
    places.set(object, place);
    return look === undefined ? `${noun} ${place}` : `${noun} ${place}, look ${look}`;
  };
}

interface ExpectedRows {
  readonly current: ReadonlyMap<string, CellRow>;
  readonly history: ReadonlyMap<string, CellRow>;
}

function expectedRows(
  list: MirroredList,
  slices: ReadonlyArray<MirrorTableRow<'ops.slices'>>,
  world: World,
): ExpectedRows {
  const current = new Map<string, CellRow>();
  const history = new Map<string, CellRow>();
  const subjects = new Set(slices.filter(({ stream }) => stream === list.stream).map(({ subject_id }) => subject_id));
  for (const subject of subjects) {
    const looks = looksAt(slices, list.stream, subject);
    const listAt = (at: Instant): ReadonlyMap<string, CellRow> => {
      const all = world.objectsAt(list.stream, at);
      const { scope } = list;
      return scope === undefined ? all : new Map([...all].filter(([, row]) => row[scope] === subject));
    };
    for (const [key, points] of pointsOf(looks, listAt)) {
      const row = currentRow(points, looks);
      if (row !== null) current.set(key, row);
      for (const { look, values } of points) {
        const like = points[0]?.values ?? {};
        const absent = Object.keys(like).map((name) => [name, list.keys.includes(name) ? (like[name] ?? null) : null]);
        history.set(`${key}|${look.observation}`, {
          ...(values ?? Object.fromEntries(absent)),
          observation_no: look.observation,
          observed_at: look.at,
          is_listed: values !== null,
        });
      }
    }
  }
  return { current, history };
}

/** The object as last listed; marked gone once a second complete look missed it. */
function currentRow(points: readonly Point[], looks: readonly Look[]): CellRow | null {
  const listed = points.findLast(({ values }) => values !== null);
  const last = points.at(-1);
  if (listed?.values == null || last === undefined) return null;
  const isGone =
    last.values === null &&
    looks.some(({ isComplete, observation }) => isComplete && BigInt(observation) > BigInt(last.look.observation));
  return {
    ...listed.values,
    observation_no: listed.look.observation,
    observed_at: listed.look.at,
    gone_at_source_at: isGone ? last.look.at : null,
  };
}
