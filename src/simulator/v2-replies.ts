import type { WirePagingV2 } from '../phaxio/wire.ts';
import { PAGE_ROWS_MAX, pageParam } from './face-context.ts';
import { type ApiRequest, jsonReply, type Reply, wholeParam } from './http-message.ts';

const PAGE_ROWS_DEFAULT = 25;

/** The page a request asks for. */
export interface Page {
  readonly page: number;
  readonly perPage: number;
  readonly offset: number;
}

/** Reads `page` and `per_page`. */
export function pageOf(request: ApiRequest): Page {
  const perPage = pageParam(wholeParam(request.params, 'per_page'), PAGE_ROWS_DEFAULT, PAGE_ROWS_MAX);
  const page = pageParam(wholeParam(request.params, 'page'), 1, Number.MAX_SAFE_INTEGER);
  return { page, perPage, offset: (page - 1) * perPage };
}

/** One page of a list, with `paging` after the data and the X- headers; totals above `countCap` become a text. */
export function pagedReply(
  message: string,
  data: readonly object[],
  total: number,
  page: Page,
  countCap: number,
): Reply {
  const shown: number | string = total > countCap ? `>${countCap}` : total;
  const paging: WirePagingV2 = { total: shown, per_page: page.perPage, page: page.page };
  return jsonReply(
    200,
    { success: true, message, data, paging },
    { 'x-total': String(shown), 'x-per-page': String(page.perPage), 'x-page': String(page.page) },
  );
}

/** The page a request asks for, out of all rows. */
export function slicedReply(message: string, rows: readonly object[], request: ApiRequest, countCap: number): Reply {
  const page = pageOf(request);
  return pagedReply(message, rows.slice(page.offset, page.offset + page.perPage), rows.length, page, countCap);
}

/** Success, with data where there is any. */
export function done(message: string, data?: object): Reply {
  return jsonReply(200, { success: true, message, ...(data === undefined ? {} : { data }) });
}
