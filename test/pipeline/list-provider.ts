import type { Clock } from '../../src/domain/clock.ts';
import type { Instant } from '../../src/domain/time.ts';
import { parseRfc3339, toIso } from '../../src/domain/time.ts';
import type { Dialect, TimeWindow } from '../../src/landing/contract.ts';
import type { ProviderAnswer } from '../../src/phaxio/client.ts';

/** A fax as the list shows it. */
export interface ListedFax {
  readonly id: number;
  /** Unix seconds. */
  readonly createdAt: number;
  readonly status?: string;
}

/** How the provider lists; everything that is not documented is a switch. */
export interface ListOptions {
  readonly dialect: Dialect;
  /** The most rows it gives per page. */
  readonly pageMax: number;
  /** Above this many rows v2 says `">N"` instead of a total. */
  readonly totalMax?: number;
  readonly includesAfter?: boolean;
  readonly includesBefore?: boolean;
  /** Rows in no order at all. */
  readonly isShuffled?: boolean;
  readonly showsPaging?: boolean;
}

/** A provider that lists faxes by creation time, in memory: v2 the newest first, v1 the oldest first. */
export class ListProvider {
  readonly options: ListOptions;
  readonly faxes: ListedFax[];
  calls = 0;
  /** Called before each page is made: the place to change the world under a reader. */
  beforePage: (call: number) => void = () => {};

  constructor(faxes: readonly ListedFax[], options: ListOptions) {
    this.faxes = [...faxes];
    this.options = options;
  }

  /** Faxes whose creation lies in `[after, before)`. */
  within(window: TimeWindow): ListedFax[] {
    return this.faxes.filter(({ createdAt }) => createdAt * 1000 >= window.after && createdAt * 1000 < window.before);
  }

  /** The body of one page. */
  page(bounds: TimeWindow, page: number, perPage: number): Record<string, unknown> {
    this.calls += 1;
    this.beforePage(this.calls);
    const { dialect, pageMax, totalMax = 10_000, includesAfter = true, includesBefore = true } = this.options;
    const rows = this.faxes.filter(({ createdAt }) => {
      const at = createdAt * 1000;
      const isAfter = includesAfter ? at >= bounds.after : at > bounds.after;
      return isAfter && (includesBefore ? at <= bounds.before : at < bounds.before);
    });
    const isV1 = dialect === 'v1';
    rows.sort((a, b) => (isV1 ? 1 : -1) * (a.createdAt - b.createdAt || a.id - b.id));
    if (this.options.isShuffled === true) rows.sort((a, b) => scatter(a.id) - scatter(b.id));
    const size = Math.min(perPage, pageMax);
    const data = rows.slice((page - 1) * size, page * size).map((fax) => wireOf(dialect, fax));
    const body = { success: true, message: 'Retrieved faxes successfully', data };
    if (this.options.showsPaging === false) return body;
    if (isV1) {
      const pages = Math.ceil(rows.length / size);
      return { ...body, paging: { max_per_page: size, page, total_pages: pages, total_results: rows.length } };
    }
    return { ...body, paging: { total: rows.length > totalMax ? `>${totalMax}` : rows.length, per_page: size, page } };
  }

  /** One page as the client would give it. */
  answer(bounds: TimeWindow, page: number, perPage: number, now: Instant): ProviderAnswer {
    const json = this.page(bounds, page, perPage);
    const raw = { status: 200, body: JSON.stringify(json), encoding: 'utf8' } as const;
    return { status: 200, raw, json, providerAt: now, requestedAt: now, respondedAt: now };
  }
}

function scatter(id: number): number {
  return (id * 2_654_435_761) % 1_000_003;
}

function wireOf(dialect: Dialect, { id, createdAt, status = 'success' }: ListedFax): Record<string, unknown> {
  return dialect === 'v1'
    ? { id, requested_at: createdAt, status }
    : { id, created_at: toIso(createdAt * 1000).replace('Z', '+00:00'), status };
}

/** What {@link providerFetch} answers beside fax lists. */
export interface OtherAnswers {
  /** By path below the version; the status is 200 unless given. */
  readonly [path: string]: () => { readonly status?: number; readonly body: unknown };
}

/** A `fetch` that reaches a {@link ListProvider} without a network; `clock` is the provider's, for its `Date` header. */
export function providerFetch(
  provider: ListProvider,
  clock: Pick<Clock, 'now'>,
  others: OtherAnswers = {},
): (url: string, init: RequestInit) => Promise<Response> {
  return async (url, init) => {
    const { pathname, searchParams } = new URL(url);
    const path = pathname.replace(/^\/v[\d.]+/, '');
    const params = init.method === 'POST' ? new URLSearchParams(String(init.body)) : searchParams;
    const date = () => new Date(clock.now()).toUTCString();
    const other = others[path];
    if (other !== undefined) {
      const { status = 200, body } = other();
      return Response.json(body, { status, headers: { date: date() } });
    }
    const isV1 = provider.options.dialect === 'v1';
    if (path !== (isV1 ? '/faxList' : '/faxes')) {
      const body = { success: true, message: 'x', data: [], paging: { total: 0, per_page: 1000, page: 1 } };
      return Response.json(body, { headers: { date: date() } });
    }
    const bounds = isV1
      ? { after: Number(params.get('start')) * 1000, before: Number(params.get('end')) * 1000 }
      : { after: boundOf(params.get('created_after')), before: boundOf(params.get('created_before')) };
    const perPage = Number(params.get(isV1 ? 'maxperpage' : 'per_page'));
    const page = provider.page(bounds, Number(params.get('page')), perPage);
    return Response.json(page, { headers: { date: date() } });
  };
}

function boundOf(text: string | null): Instant {
  const instant = parseRfc3339(text ?? '');
  if (instant === null) throw new Error('the request lacks a bound with an offset');
  return instant;
}
