import { isExactNumber, parseExactJson } from '../domain/exact-number.ts';
import { bodyText } from '../domain/raw-body.ts';
import type { Instant } from '../domain/time.ts';
import { fromUnixSeconds, parseRfc3339, toIso } from '../domain/time.ts';
import type { Dialect, TimeWindow } from '../landing/contract.ts';
import type { ProviderAnswer, ProviderRequest } from './client.ts';
import { isObject } from './json.ts';

/** The status of an answer that says: no such object. */
export const HTTP_NOT_FOUND = 404;

/** The most rows the provider gives per page, in every version. */
export const PER_PAGE_MAX = 1000;

/**
 * Asks for one page of the faxes created inside `bounds`.
 * Both bounds are always sent, in UTC: the provider's default of the lower one does not move with the upper one,
 * and a stamp without a zone means US Central. Whether they are inclusive is not documented, so callers widen by a second.
 */
export function listFaxesRequest(dialect: Dialect, bounds: TimeWindow, page: number, perPage: number): ProviderRequest {
  const operation = 'list faxes';
  if (dialect === 'v1') {
    const params = {
      start: String(Math.floor(bounds.after / 1000)),
      end: String(Math.ceil(bounds.before / 1000)),
      ...pageParams(dialect, page, perPage),
    };
    return { operation, method: 'POST', path: '/faxList', params, data: 'rows' };
  }
  const params = {
    created_after: toSecond(Math.floor(bounds.after / 1000)),
    created_before: toSecond(Math.ceil(bounds.before / 1000)),
    ...pageParams(dialect, page, perPage),
  };
  return { operation, method: 'GET', path: '/faxes', params, data: 'rows' };
}

/** Asks for one fax; a 404 is an answer. `faxId` is digits. */
export function readFaxRequest(dialect: Dialect, faxId: string): ProviderRequest {
  const operation = 'read fax';
  return dialect === 'v1'
    ? { operation, method: 'POST', path: '/faxStatus', params: { id: faxId }, data: 'object', mayBeMissing: true }
    : {
        operation,
        method: 'GET',
        path: `/faxes/${encodeURIComponent(faxId)}`,
        params: {},
        data: 'object',
        mayBeMissing: true,
      };
}

/** The parameters that ask for one page, of at most {@link PER_PAGE_MAX} rows. */
export function pageParams(dialect: Dialect, page: number, perPage: number): Record<string, string> {
  const size = String(Math.min(perPage, PER_PAGE_MAX));
  return dialect === 'v1' ? { maxperpage: size, page: String(page) } : { per_page: size, page: String(page) };
}

function toSecond(unixSeconds: number): string {
  return `${toIso(unixSeconds * 1000).slice(0, 19)}Z`;
}

/** How the rows of a page are sorted by creation; pages of one second (or one row) are `flat`. */
export type RowOrder = 'ascending' | 'descending' | 'flat' | 'unsorted';

/** What a page says about the list it belongs to; the rows themselves are decoded by the loader. */
export interface ListPage {
  /** How many rows the provider says the whole list has; `many` above 10,000; null when it does not say. */
  readonly total: number | 'many' | null;
  /** Rows this page could hold: what we asked for, or less where the provider says so. */
  readonly capacity: number;
  readonly rowCount: number;
  /** One key a row, in the order sent: the provider's id, losslessly, or the row's JSON text where it has none. */
  readonly ids: readonly string[];
}

/** A page of faxes. */
export interface FaxPage extends ListPage {
  /** Creation times in the order sent; null where one could not be read. */
  readonly createdAt: readonly (Instant | null)[];
  readonly order: RowOrder;
}

/** Reads the page of a list; tolerates rows of any form. */
export function readListPage(dialect: Dialect, answer: ProviderAnswer, perPage: number): ListPage {
  const rows = rowsOf(answer.json);
  return { ...readPaging(dialect, answer.json, perPage), rowCount: rows.length, ids: idsOf(answer, rows) };
}

/** Reads a page of faxes; tolerates rows of any form. */
export function readFaxPage(dialect: Dialect, answer: ProviderAnswer, perPage: number): FaxPage {
  const createdAt = rowsOf(answer.json).map((row) => createdAtOf(dialect, row));
  return { ...readListPage(dialect, answer, perPage), createdAt, order: orderOf(createdAt) };
}

/** The status of the fax in the answer to {@link readFaxRequest}; null when it has none. */
export function readFaxStatus(answer: ProviderAnswer): string | null {
  const data = answer.json?.['data'];
  const status = isObject(data) ? data['status'] : null;
  return typeof status === 'string' ? status : null;
}

function rowsOf(json: Readonly<Record<string, unknown>> | null): readonly unknown[] {
  const data = json?.['data'];
  return Array.isArray(data) ? data : [];
}

function readPaging(
  dialect: Dialect,
  json: Readonly<Record<string, unknown>> | null,
  perPage: number,
): Pick<ListPage, 'total' | 'capacity'> {
  const asked = Math.min(perPage, PER_PAGE_MAX);
  const paging = json?.['paging'];
  if (!isObject(paging)) return { total: null, capacity: asked };
  const total = paging[dialect === 'v1' ? 'total_results' : 'total'];
  const announced = wholeNumber(paging[dialect === 'v1' ? 'max_per_page' : 'per_page']);
  return {
    total: typeof total === 'string' && total.trim().startsWith('>') ? 'many' : wholeNumber(total),
    capacity: announced === null || announced === 0 ? asked : Math.min(asked, announced),
  };
}

/** A count sent as a number or as digits. */
function wholeNumber(value: unknown): number | null {
  const number = typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value;
  return typeof number === 'number' && Number.isSafeInteger(number) && number >= 0 ? number : null;
}

/** The rows of a list with no number changed; parses the whole answer again. */
function readExactRows(answer: ProviderAnswer): readonly unknown[] {
  return rowsOf(toObject(parseExactJson(bodyText(answer.raw).replace(/^\uFEFF/, ''))));
}

/** Ids beyond 2^53 would collide as JavaScript numbers, so a page that has one is parsed again, exactly. */
function idsOf(answer: ProviderAnswer, rows: readonly unknown[]): string[] {
  const isExact = rows.every(
    (row) => !isObject(row) || typeof row['id'] !== 'number' || Number.isSafeInteger(row['id']),
  );
  return (isExact ? rows : readExactRows(answer)).map(idOf);
}

function toObject(value: unknown): Record<string, unknown> | null {
  return isObject(value) ? value : null;
}

function idOf(row: unknown): string {
  const id = isObject(row) ? row['id'] : undefined;
  if (typeof id === 'number' || typeof id === 'string') return String(id);
  if (isExactNumber(id)) return id.rawJSON;
  return JSON.stringify(row) ?? 'null';
}

function createdAtOf(dialect: Dialect, row: unknown): Instant | null {
  if (!isObject(row)) return null;
  if (dialect !== 'v1') {
    const stamp = row['created_at'];
    return typeof stamp === 'string' ? parseRfc3339(stamp) : null;
  }
  const seconds = wholeNumber(row['requested_at']);
  return seconds === null ? null : fromUnixSeconds(seconds);
}

function orderOf(createdAt: readonly (Instant | null)[]): RowOrder {
  let rises = false;
  let falls = false;
  let last: Instant | null = null;
  for (const at of createdAt) {
    if (at === null) continue;
    if (last !== null && at > last) rises = true;
    if (last !== null && at < last) falls = true;
    last = at;
  }
  if (rises) return falls ? 'unsorted' : 'ascending';
  return falls ? 'descending' : 'flat';
}
