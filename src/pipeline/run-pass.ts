import { DAY_MS, HOUR_MS, type Instant } from '../domain/time.ts';
import type { TimeWindow } from '../landing/contract.ts';
import { listFaxesRequest } from '../phaxio/listing.ts';
import type { PassPlan } from './passes.ts';
import { CURSOR_AHEAD_MAX_MS, CursorAheadError } from './passes.ts';
import type { PullRun } from './pull-run.ts';
import type { AskedWindow, SliceStep } from './slices.ts';
import { floorSecond, readSlices, SLICE_SETTINGS } from './slices.ts';
import { takeAccountStatus } from './snapshots.ts';

const SECOND_MS = 1000;

/** The stream that passes walk. */
export const FAX_STREAM = 'faxes';

/** Width believed to fill a page before anything was seen: 24,000 faxes a day. */
export const PAGE_WIDTH_FIRST_MS = HOUR_MS;

const PAGE_WIDTH_MAX_MS = 400 * DAY_MS;

/** Windows are planned to hold this many pages: only the last page of a window is partly empty, so more pages waste less. */
const PAGES_PER_WINDOW = 6;

/** The part of the planned pages that rows are to fill; the rest is for what the density does until then. */
const FILL = 0.96;

/** A window with this many times the planned rows is given up for a smaller one, so that a cursor moves within the run. */
const ROWS_TO_PLAN_MAX = 3;

/** Time one page is believed to take at worst; a run with little time left asks for small windows, so that a cursor moves. */
const PAGE_MS = 10_000;

/** How far into the future the upper bound of the head is sent: more than any clock drifts. */
const OPEN_END_SLACK_MS = DAY_MS;

/** How far a pass came. */
export interface PassResult {
  readonly name: string;
  /** Everything created before this was landed by the pass. */
  readonly position: Instant;
  /** How far that is behind where the pass may go. */
  readonly lagMs: number;
  readonly slices: number;
  /** Rows inside the slices; faxes in overlaps count each time. */
  readonly rows: number;
  readonly isDone: boolean;
}

/** What is wrong with a cursor that lies beyond where its pass may go; null when it is in order. Of a backfill it always is. */
function aheadFault(run: PullRun, plan: PassPlan, position: Instant): CursorAheadError | null {
  const aheadMs = position - endOf(run, plan);
  const isTrailing = plan.isOpen || plan.everyMs > 0;
  return isTrailing && aheadMs > CURSOR_AHEAD_MAX_MS ? new CursorAheadError(run.account, plan.name, aheadMs) : null;
}

/** Looks at where a pass stands before it is run; needs the provider's present. */
export async function findCursorAhead(run: PullRun, plan: PassPlan): Promise<CursorAheadError | null> {
  const cursor = await run.readCursor(FAX_STREAM, plan.name);
  return aheadFault(run, plan, cursor?.position ?? plan.from);
}

/** Whether a pass has gathered enough to be worth its calls; the head always has. */
export async function isPassDue(run: PullRun, plan: PassPlan, eager: boolean): Promise<boolean> {
  const cursor = await run.readCursor(FAX_STREAM, plan.name);
  const gathered = plan.end - (cursor?.position ?? plan.from);
  if (plan.isOpen) return true;
  if (gathered <= 0) return false;
  return eager || gathered >= Math.min(plan.everyMs, cursor?.widthMs ?? plan.everyMs);
}

/**
 * Walks one pass from its cursor to its end, window by window; each slice is landed, and the cursor moves over what is
 * landed without a gap. After each window it stops when the run is over or `shouldPause` says that something else
 * has precedence; the next call goes on from the cursor. Ended in mid window, only that window is read again.
 * @throws what the provider, the landing zone and the state store throw; {@link LeaseLostError}; {@link CursorAheadError} where the
 * cursor lies in the provider's future, without asking for a fax.
 */
export async function runPass(run: PullRun, plan: PassPlan, shouldPause: () => boolean): Promise<PassResult> {
  const cursor = await run.readCursor(FAX_STREAM, plan.name);
  const progress = new PassProgress(run, plan, cursor?.position ?? plan.from, cursor?.widthMs ?? PAGE_WIDTH_FIRST_MS);
  let isDone = progress.position >= plan.end && !plan.isOpen;
  // Before any answer told the provider's clock, a cursor beyond ours may still be in order.
  const isDoubtful = plan.isOpen && aheadFault(run, plan, progress.position) !== null;
  if (isDoubtful && !run.knowsProviderTime()) await takeAccountStatus(run);
  while (!isDone && !run.isOver()) {
    const fault = aheadFault(run, plan, progress.position);
    if (fault !== null) throw fault;
    const asked = planWindow(run, plan, progress);
    const isWhole = await readWindow(run, asked, progress);
    // A window ends before its bound where the provider's present is. An open one that ends at its upper bound shows a clock of
    // ours far behind: ask again with the provider's.
    const isAtPresent = isWhole && progress.frontier < (asked.before ?? asked.openEnd);
    isDone = isAtPresent || (!plan.isOpen && progress.position >= plan.end);
    // After a window, not before: work of lower precedence still moves when the head is always due.
    if (shouldPause()) break;
  }
  const { position, slices, rows } = progress;
  return { name: plan.name, position, lagMs: Math.max(0, endOf(run, plan) - position), slices, rows, isDone };
}

function endOf(run: PullRun, plan: PassPlan): Instant {
  return plan.isOpen ? floorSecond(run.providerNow()) : plan.end;
}

function planWindow(run: PullRun, plan: PassPlan, progress: PassProgress): AskedWindow {
  const pages = Math.max(1, Math.min(PAGES_PER_WINDOW, Math.floor(run.timeLeftMs() / PAGE_MS)));
  const widthMs = Math.ceil((progress.pageWidthMs * pages * FILL) / SECOND_MS) * SECOND_MS;
  const after = progress.frontier;
  const before = Math.min(after + widthMs, progress.landedFrom());
  const openEnd = floorSecond(Math.max(run.clock.now(), run.providerNow()) + OPEN_END_SLACK_MS);
  // v1 lists the oldest first, so there each page moves the cursor and no window is too full.
  const isAscending = run.client.account.dialect === 'v1';
  const rowsMax = isAscending ? Number.POSITIVE_INFINITY : ROWS_TO_PLAN_MAX * pages * run.perPage;
  // Before the provider told its clock, ours decides nothing: a window might end in the provider's future.
  const isShort = before < endOf(run, plan) && (run.knowsProviderTime() || !plan.isOpen);
  if (isShort) return { after, before, openEnd, rowsMax };
  return { after, before: plan.isOpen ? null : plan.end, openEnd, rowsMax };
}

/** Reads one window to its end; false when it was left early, to be planned anew from the cursor. */
async function readWindow(run: PullRun, asked: AskedWindow, progress: PassProgress): Promise<boolean> {
  const { dialect } = run.client.account;
  const ports = {
    nextObservation: () => run.nextObservation(),
    listFaxes: (bounds: TimeWindow, page: number) => run.ask(listFaxesRequest(dialect, bounds, page, run.perPage)),
    sentAtProvider: run.sentAtProvider.bind(run),
  };
  const settings = { ...SLICE_SETTINGS, dialect, perPage: run.perPage };
  progress.beginWindow();
  for await (const step of readSlices(asked, settings, ports)) {
    if (step.kind === 'too_full') {
      progress.pageWidthMs = step.pageWidthMs;
      return false;
    }
    await progress.land(step);
    const isCut = step.window.before !== asked.before && asked.before !== null;
    // After an ascending page the cursor stands at its end: a new full window from there wastes less than the rest of this one.
    if (dialect === 'v1' && isCut && step.window.before === progress.frontier) return false;
  }
  progress.endWindow();
  return true;
}

type Slice = Extract<SliceStep, { kind: 'slice' }>;

/** Where a pass stands, and how dense the faxes lie there. */
class PassProgress {
  position: Instant;
  /** Everything from the overlap's begin to here is landed; behind `position` while the overlap is read. */
  frontier: Instant;
  pageWidthMs: number;
  slices = 0;
  rows = 0;
  readonly #run: PullRun;
  readonly #plan: PassPlan;
  /** Landed windows beyond the frontier, earliest first: the ends of windows that proved too full. They are not read again. */
  #ahead: TimeWindow[] = [];
  #windowMs = 0;
  #windowRows = 0;

  constructor(run: PullRun, plan: PassPlan, position: Instant, pageWidthMs: number) {
    this.#run = run;
    this.#plan = plan;
    this.position = position;
    this.frontier = position - plan.overlapMs;
    this.pageWidthMs = pageWidthMs;
  }

  /** Where landed windows begin again; Infinity when there are none beyond the frontier. */
  landedFrom(): Instant {
    return this.#ahead[0]?.after ?? Number.POSITIVE_INFINITY;
  }

  beginWindow(): void {
    this.#windowMs = 0;
    this.#windowRows = 0;
  }

  /** Lands one slice; moves the cursor when nothing before the slice's end is missing any more. */
  async land(slice: Slice): Promise<void> {
    const { window, observation, answers } = slice;
    const pass = this.#plan.name;
    await this.#run.land({ stream: FAX_STREAM, kind: 'slice', pass, window, observation, subjectId: null, answers });
    this.slices += 1;
    this.rows += slice.rows;
    this.#windowMs += window.before - window.after;
    this.#windowRows += slice.rows;
    this.#ahead.push(window);
    this.#ahead.sort((a, b) => a.after - b.after);
    while (this.#ahead[0] !== undefined && this.#ahead[0].after <= this.frontier) {
      this.frontier = Math.max(this.frontier, this.#ahead[0].before);
      this.#ahead.shift();
    }
    if (this.frontier <= this.position) return;
    this.pageWidthMs = this.#observedPageWidth();
    this.position = this.frontier;
    const widthMs = this.pageWidthMs;
    await this.#run.advance(FAX_STREAM, pass, { position: this.position, widthMs });
  }

  endWindow(): void {
    if (this.#windowMs > 0) this.pageWidthMs = this.#observedPageWidth();
  }

  /** Few rows say little about the density, so they may widen the next window less. */
  #observedPageWidth(): number {
    const { perPage } = this.#run;
    const growthMax = this.#windowRows >= perPage / 10 ? 16 : 8;
    const observed = this.#windowRows === 0 ? Number.POSITIVE_INFINITY : (this.#windowMs * perPage) / this.#windowRows;
    const grown = Math.min(observed, Math.max(this.pageWidthMs, this.#windowMs) * growthMax, PAGE_WIDTH_MAX_MS);
    return Math.max(SECOND_MS, Math.round(grown));
  }
}
