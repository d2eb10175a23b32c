import pg from 'pg';
import { inTransaction } from './connection.ts';
import { toWarehouseError } from './database-error.ts';

/** A column of a report. */
export interface ReportColumn {
  readonly name: string;
  /** As Postgres writes it, `numeric(14,2)`. */
  readonly type: string;
  /** Its unit and what null means. */
  readonly meaning: string;
}

/** A view of schema report, as the catalogue of the database has it. */
export interface ReportView {
  readonly name: string;
  /** Its grain and what it answers. */
  readonly meaning: string;
  readonly columns: readonly ReportColumn[];
}

const VIEWS = `
select c.relname as name, coalesce(obj_description(c.oid, 'pg_class'), '') as meaning, json_agg(json_build_object(
    'name', a.attname, 'type', format_type(a.atttypid, a.atttypmod), 'meaning', coalesce(col_description(c.oid, a.attnum), '')) order by a.attnum) as columns
from pg_class c
join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
where c.relnamespace = 'report'::regnamespace and c.relkind = 'v'
group by c.oid, c.relname
order by c.relname`;

/** The views of schema report in the order of their names. @throws {WarehouseError} */
export async function readReportViews(pool: pg.Pool): Promise<ReportView[]> {
  try {
    return (await pool.query<{ name: string; meaning: string; columns: ReportColumn[] }>(VIEWS)).rows;
  } catch (error) {
    throw toWarehouseError(error);
  }
}

/** Columns that say whose row it is: ours, and that of FOCUS. */
const ACCOUNT_COLUMNS = ['account_key', 'billing_account_id'];

/** Rows that are fetched at a time: all that memory ever holds. */
const ROWS_AT_ONCE = 2_000;

/** Views with a row a charge. To sort them the server would first write them all to disk; they come as it finds them, account by account and fax by fax. */
const UNSORTED = new Set(['charges']);

/** Has the server begin with the first rows at once, rather than prepare all of them for the fastest end. */
const FIRST_ROWS_SOON = 'set local cursor_tuple_fraction = 0.001';

/** Columns that say of which day or month a row is, the first that a view has. */
const DAY_COLUMNS = ['usage_date', 'usage_month', 'x_billing_period'];

/** The instant of a row beside its day, by which the database finds a span of days. */
const INSTANT_COLUMN = 'used_at';

/** The column by which rows of a view belong to days or months; null where they belong to none. */
export function dayColumnOf(view: ReportView): string | null {
  return DAY_COLUMNS.find((name) => view.columns.some((column) => column.name === name)) ?? null;
}

/** Which rows of a view are asked for, and in which form. */
export interface ReportRequest {
  readonly view: ReportView;
  /** Keys of accounts. */
  readonly accounts: readonly string[];
  /** First and last day, `YYYY-MM-DD`; of a view by the month, every month of which they touch a day. Null: without that end. Views without days give all rows. */
  readonly days?: { readonly from: string | null; readonly to: string | null };
  /** `cells`: the columns as texts, null where there is none; `json`: one object a row, as text. */
  readonly as: 'cells' | 'json';
}

/**
 * Gives all rows of a view to `take`, some thousand at a time, of one state of the database, in the order of their columns from the first on: the same rows
 * give the same file. Only `charges` is not sorted. Times are in UTC. Returns how many there were.
 * @throws {WarehouseError} and any FaxsyncError of `take`.
 */
export async function readReportRows(
  pool: pg.Pool,
  { view, accounts, as, days }: ReportRequest,
  take: (rows: ReadonlyArray<ReadonlyArray<string | null>>) => Promise<void>,
): Promise<number> {
  const names = view.columns.map(({ name }) => pg.escapeIdentifier(name));
  const row = as === 'json' ? 'row_to_json(v)::text' : names.map((name) => `v.${name}::text`).join(', ');
  const { where, values } = conditionOf(view, accounts, days ?? { from: null, to: null });
  const isSorted = !UNSORTED.has(view.name);
  const order = isSorted ? ` order by ${names.map((_, index) => index + 1).join(', ')}` : '';
  const rows = `select * from report.${pg.escapeIdentifier(view.name)} v${where}${order}`;
  return inTransaction(
    pool,
    async (client) => {
      if (!isSorted) await client.query(FIRST_ROWS_SOON);
      await client.query(`declare rows no scroll cursor for select ${row} from (${rows}) v`, values);
      const fetch = { text: `fetch ${ROWS_AT_ONCE} from rows`, rowMode: 'array' as const };
      for (let count = 0; ; ) {
        const { rows: fetched } = await client.query<Array<string | null>>(fetch);
        if (fetched.length === 0) return count;
        await take(fetched);
        count += fetched.length;
      }
    },
    `begin isolation level repeatable read read only; set local timezone = 'UTC'; set local datestyle = 'ISO, YMD'; set local jit = off;
      set local idle_in_transaction_session_timeout = '15min'`,
  );
}

function conditionOf(
  view: ReportView,
  accounts: readonly string[],
  { from, to }: NonNullable<ReportRequest['days']>,
): { readonly where: string; readonly values: unknown[] } {
  const conditions: string[] = [];
  const values: unknown[] = [];
  const holds = (condition: (place: string) => string, value: unknown) => {
    values.push(value);
    conditions.push(condition(`$${values.length}`));
  };
  const has = (name: string) => view.columns.some((column) => column.name === name);
  const of = ACCOUNT_COLUMNS.find(has);
  const day = dayColumnOf(view);
  if (of !== undefined) holds((place) => `v.${of} = any(${place}::text[])`, accounts);
  if (day !== null && from !== null) {
    const first = day === 'usage_date' ? 'day' : 'month';
    holds((place) => `v.${day} >= date_trunc('${first}', ${place}::date)::date`, from);
    // A day begins at most so much earlier anywhere on earth.
    if (has(INSTANT_COLUMN)) holds((place) => `v.${INSTANT_COLUMN} >= ${place}::date - interval '1 day'`, from);
  }
  if (day !== null && to !== null) {
    holds((place) => `v.${day} <= ${place}::date`, to);
    if (has(INSTANT_COLUMN)) holds((place) => `v.${INSTANT_COLUMN} < ${place}::date + interval '2 days'`, to);
  }
  return { where: conditions.length === 0 ? '' : ` where ${conditions.join(' and ')}`, values };
}
