import pg from 'pg';

/** What a chart or table of the report page shows, with the text that anybody can run again. */
export interface Asked<Row> {
  readonly rows: readonly Row[];
  /** The query that was run, its parameters filled in, with a semicolon: runs in psql as it is. */
  readonly sql: string;
}

/** A parameter of a query: text and dates as text, counts as whole numbers. */
type Parameter = string | number;

/** A row as the driver gives it: `bigint`, `numeric` and `date` as text. */
export type RawRow = Readonly<Record<string, string | number | boolean | Date | null>>;

/**
 * Fills parameters into the text of a query as literals. `$2` is never taken for the beginning of `$21`.
 * @throws nothing: a parameter that is not given stays as it is written.
 */
export function filledIn(sql: string, parameters: readonly Parameter[]): string {
  return sql.replace(/\$(\d+)/g, (whole, digits: string) => {
    const value = parameters[Number(digits) - 1];
    if (value === undefined) return whole;
    return typeof value === 'number' ? String(value) : pg.escapeLiteral(value);
  });
}

/**
 * Runs a query and keeps the text of it. `toRow` makes what the page needs of each row.
 * @throws what the driver throws; the transaction around it translates.
 */
export async function ask<Row>(
  client: pg.ClientBase,
  { sql, parameters }: { readonly sql: string; readonly parameters: readonly Parameter[] },
  toRow: (row: RawRow) => Row,
): Promise<Asked<Row>> {
  const { rows } = await client.query<RawRow>(sql, [...parameters]);
  return { rows: rows.map(toRow), sql: `${filledIn(sql, parameters).trim()};` };
}

/** Which rows of the views the page shows. */
export interface ReportScope {
  /** Key of the account. */
  readonly account: string;
  /** First day, `YYYY-MM-DD`, in the account's billing zone. */
  readonly from: string;
  /** Last day, itself included. */
  readonly to: string;
}

/** The first day of a day's month. */
export function monthStart(day: string): string {
  return `${day.slice(0, 7)}-01`;
}
