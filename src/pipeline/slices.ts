import type { Instant } from '../domain/time.ts';
import type { Dialect, TimeWindow } from '../landing/contract.ts';
import type { ProviderAnswer } from '../phaxio/client.ts';
import { ProviderContractError } from '../phaxio/errors.ts';
import type { FaxPage } from '../phaxio/listing.ts';
import { readFaxPage } from '../phaxio/listing.ts';

const SECOND_MS = 1000;

/** Above this many rows the provider announces `">10000"` and no number. */
const MANY_ROWS = 10_000;

/** How a window of faxes is read. */
export interface SliceSettings {
  readonly dialect: Dialect;
  readonly perPage: number;
  /** The most rows walked through inside one second (and its neighbours) before giving up. */
  readonly secondRowsMax: number;
  /** How often the pages of one second are walked until two walks in a row agree. */
  readonly secondWalksMax: number;
  /** How often an answer that contradicts itself is asked for again. */
  readonly recountsMax: number;
}

/** 50,000 faxes in one second are fifty times a provider's whole page. */
export const SLICE_SETTINGS = { secondRowsMax: 50_000, secondWalksMax: 6, recountsMax: 2 } as const;

/** What slices need of the outside: each request draws its observation number first. */
export interface SlicePorts {
  /** A number later than every look so far; drawn before the request it belongs to. */
  nextObservation(): Promise<number>;
  /** One page of the faxes created inside `bounds`, which are sent as they are. */
  listFaxes(bounds: TimeWindow, page: number): Promise<ProviderAnswer>;
  /** The provider's clock when the request behind this answer was sent. */
  sentAtProvider(answer: ProviderAnswer): Instant;
}

/** A window to be read. */
export interface AskedWindow {
  /** Whole seconds. */
  readonly after: Instant;
  /** Whole seconds; null: up to the provider's present, which the first answer tells. One beyond that present is cut to it. */
  readonly before: Instant | null;
  /** The upper bound sent while `before` is null, in whole seconds: generously in the future, so that no clock hides the newest faxes. */
  readonly openEnd: Instant;
  /** Read no further when the window announces more rows than this: rather ask for a smaller one. Infinity: read on. */
  readonly rowsMax: number;
}

/** What {@link readSlices} yields. */
export type SliceStep =
  | {
      readonly kind: 'slice';
      /** Exactly the part of creation time for which the answers hold every fax. */
      readonly window: TimeWindow;
      readonly observation: number;
      /** One page, or all pages of one second. */
      readonly answers: readonly ProviderAnswer[];
      /** Rows created inside `window`. */
      readonly rows: number;
    }
  | {
      readonly kind: 'too_full';
      /** Width that would fill one page, by what was seen. */
      readonly pageWidthMs: number;
    };

/**
 * Reads a window as slices, each authoritative for its part. A window whose rows fit a page is one slice.
 *
 * A page too small for its window is authoritative for the part it covers, when it is sorted as documented: v2 lists
 * the newest first, so it covers the end of the window; v1 the oldest first, so its start. The second in which the page
 * ends is left to the next request, which asks for the rest. Slices come in the order they are read: with v2 latest first.
 * A page that is not sorted proves nothing; its window is halved. Where a page lies in one second, that second is walked
 * page by page until two walks see the same faxes.
 *
 * Bounds are sent one second wider on both sides, since nobody documents whether they are inclusive.
 * Ends early with `too_full` when more than `rowsMax` rows are announced, after the slice that the page still proves.
 *
 * @throws {ProviderContractError} `inconsistent_listing` (retryable), when counts or walks never agree.
 */
export async function* readSlices(
  asked: AskedWindow,
  settings: SliceSettings,
  ports: SlicePorts,
): AsyncGenerator<SliceStep> {
  const pending: AskedWindow[] = [asked];
  let whole: TimeWindow | null = null;
  let seenRows = 0;
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const look = await askConsistently(next, settings, ports);
    const present = Math.min(floorSecond(ports.sentAtProvider(look.answer)), next.openEnd);
    // A window asked beyond the provider's present holds what was there, and says nothing of what is still to come.
    const window = { after: next.after, before: Math.min(next.before ?? present, present) };
    if (window.before <= window.after) continue;
    whole ??= window;
    if (look.isWhole) {
      yield sliceOf(window, look.observation, [look]);
      continue;
    }
    const rows = seenRows + expectedRows(look.page, window);
    const part = partCovered(look.page, window, settings.dialect);
    if (rows > asked.rowsMax && part.kind !== 'second') {
      if (part.kind === 'covered') yield sliceOf(part.window, look.observation, [look]);
      yield { kind: 'too_full', pageWidthMs: pageWidthOf(look.page, whole, rows) };
      return;
    }
    seenRows += look.page.rowCount;
    switch (part.kind) {
      case 'covered':
        yield sliceOf(part.window, look.observation, [look]);
        break;
      case 'second':
        yield await readSecond(part.window, look, next, settings, ports);
        break;
      case 'halves':
        break;
    }
    // The stack gives the earliest part first, so that the cursor moves as soon as it can.
    for (const rest of part.rest.toReversed()) pending.push({ ...next, ...rest });
  }
}

/** One page and what it was asked for. */
interface Look {
  readonly observation: number;
  readonly answer: ProviderAnswer;
  readonly page: FaxPage;
  /** True when the page holds every row of what was asked for. */
  readonly isWhole: boolean;
}

async function askConsistently(asked: AskedWindow, settings: SliceSettings, ports: SlicePorts): Promise<Look> {
  for (let recount = 0; recount <= settings.recountsMax; recount++) {
    const observation = await ports.nextObservation();
    const answer = await ports.listFaxes(widened(asked), 1);
    const page = readFaxPage(settings.dialect, answer, settings.perPage);
    const isFull = page.rowCount >= page.capacity;
    if (page.total === page.rowCount || (page.total === null && !isFull)) {
      return { observation, answer, page, isWhole: true };
    }
    // Fewer rows than fit although more are announced, or more than announced: the list moved under the count.
    if (isFull && (page.total === null || page.total === 'many' || page.total > page.rowCount)) {
      return { observation, answer, page, isWhole: false };
    }
  }
  throw new ProviderContractError('inconsistent_listing', { operation: 'list faxes' });
}

function widened(asked: AskedWindow): TimeWindow {
  return { after: asked.after - SECOND_MS, before: (asked.before ?? asked.openEnd) + SECOND_MS };
}

function sliceOf(window: TimeWindow, observation: number, looks: readonly Pick<Look, 'answer' | 'page'>[]): SliceStep {
  let rows = 0;
  for (const { page } of looks) {
    for (const at of page.createdAt) if (at !== null && at >= window.after && at < window.before) rows += 1;
  }
  return { kind: 'slice', window, observation, answers: looks.map(({ answer }) => answer), rows };
}

/** How many rows a window has: as announced, or, above the number the provider tells, as dense as the page. */
function expectedRows(page: FaxPage, window: TimeWindow): number {
  if (page.total !== 'many') return page.total ?? page.rowCount;
  const dense = ((window.before - window.after) * page.capacity) / spanOf(page);
  return Math.max(MANY_ROWS + 1, Math.floor(dense));
}

/** Width that would hold one page of rows: by the rows of the whole window, and by the span of those on the page; the smaller counts. */
function pageWidthOf(page: FaxPage, whole: TimeWindow, rows: number): number {
  const mean = ((whole.before - whole.after) * page.capacity) / rows;
  return Math.max(SECOND_MS, Math.min(mean, spanOf(page)));
}

/** From the earliest to the latest creation on a page, at least a second. */
function spanOf(page: FaxPage): number {
  const times = page.createdAt.filter((at) => at !== null);
  return times.length === 0 ? SECOND_MS : Math.max(SECOND_MS, Math.max(...times) - Math.min(...times));
}

type Part =
  | { readonly kind: 'covered' | 'second'; readonly window: TimeWindow; readonly rest: readonly TimeWindow[] }
  | { readonly kind: 'halves'; readonly rest: readonly TimeWindow[] };

/** What a full page proves about its window. A page of one second shows no order; there the documented one is believed. */
function partCovered(page: FaxPage, window: TimeWindow, dialect: Dialect): Part {
  if (window.before - window.after <= SECOND_MS) return { kind: 'second', window, rest: [] };
  const last = page.createdAt.findLast((at) => at !== null) ?? null;
  const newestFirst = dialect !== 'v1';
  if (last === null || page.order === 'unsorted' || page.order === (newestFirst ? 'ascending' : 'descending')) {
    const middle = floorSecond((window.after + window.before) / 2);
    const rest = [
      { after: window.after, before: middle },
      { after: middle, before: window.before },
    ];
    return { kind: 'halves', rest };
  }
  if (newestFirst) {
    // Complete from the second after the one in which the page ends.
    const from = Math.max(window.after, floorSecond(last) + SECOND_MS);
    const kind = from < window.before ? 'covered' : 'second';
    const after = kind === 'covered' ? from : window.before - SECOND_MS;
    return { kind, window: { after, before: window.before }, rest: nonEmpty({ after: window.after, before: after }) };
  }
  const to = Math.min(window.before, floorSecond(last));
  const kind = to > window.after ? 'covered' : 'second';
  const before = kind === 'covered' ? to : window.after + SECOND_MS;
  return { kind, window: { after: window.after, before }, rest: nonEmpty({ after: before, before: window.before }) };
}

function nonEmpty(window: TimeWindow): TimeWindow[] {
  return window.after < window.before ? [window] : [];
}

/** Walks all pages of one second, again and again, until two walks in a row hold the same faxes and none twice. */
async function readSecond(
  window: TimeWindow,
  first: Look,
  asked: AskedWindow,
  settings: SliceSettings,
  ports: SlicePorts,
): Promise<SliceStep> {
  const bounds = widened({ ...asked, ...window });
  // When the second was all that was asked for, its first page is at hand.
  const isSame = asked.after === window.after && asked.before === window.before;
  let previous: ReadonlySet<string> | null = null;
  for (let walk = 0; walk < settings.secondWalksMax; walk++) {
    const begun = walk === 0 && isSame ? first : null;
    const observation = begun?.observation ?? (await ports.nextObservation());
    const pages: Pick<Look, 'answer' | 'page'>[] = begun === null ? [] : [begun];
    while (!isLastPage(pages.at(-1)?.page)) {
      if (pages.length * settings.perPage >= settings.secondRowsMax + settings.perPage) {
        throw new ProviderContractError('inconsistent_listing', {
          operation: 'list faxes',
          context: { limit: settings.secondRowsMax },
        });
      }
      const answer = await ports.listFaxes(bounds, pages.length + 1);
      pages.push({ answer, page: readFaxPage(settings.dialect, answer, settings.perPage) });
    }
    const ids = new Set(pages.flatMap(({ page }) => page.ids));
    const rowCount = pages.reduce((sum, { page }) => sum + page.rowCount, 0);
    if (previous !== null && ids.size === rowCount && isEqual(previous, ids))
      return sliceOf(window, observation, pages);
    previous = ids;
  }
  throw new ProviderContractError('inconsistent_listing', { operation: 'list faxes' });
}

function isLastPage(page: FaxPage | undefined): boolean {
  return page !== undefined && page.rowCount < page.capacity;
}

function isEqual(a: ReadonlySet<string>, b: ReadonlySet<string>): boolean {
  return a.size === b.size && [...a].every((id) => b.has(id));
}

/** The whole second in which an instant lies. */
export function floorSecond(instant: Instant): Instant {
  return Math.floor(instant / SECOND_MS) * SECOND_MS;
}
