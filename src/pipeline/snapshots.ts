import type { ProviderAnswer } from '../phaxio/client.ts';
import { ProviderContractError } from '../phaxio/errors.ts';
import type { SnapshotStream } from '../phaxio/listing.ts';
import { readListPage, snapshotRequest } from '../phaxio/listing.ts';
import type { PullRun } from './pull-run.ts';

const HOUR_MS = 3_600_000;

/** The pass whose cursor holds the provider's time of the last snapshot of a stream. */
export const SNAPSHOT_PASS = 'snapshot';

/** A stream that is listed whole. */
interface SnapshotPlan {
  readonly stream: SnapshotStream;
  readonly everyMs: number;
}

/** The streams listed whole, in the order they are taken, and how often. */
export const SNAPSHOTS: readonly [SnapshotPlan, ...SnapshotPlan[]] = [
  { stream: 'account_status', everyMs: HOUR_MS },
  { stream: 'phone_numbers', everyMs: HOUR_MS },
  { stream: 'countries', everyMs: 24 * HOUR_MS },
];

/** More pages than this are a provider that ignores the page number. */
const PAGES_MAX = 200;
const RECOUNTS_MAX = 2;

/** Whether a stream's last snapshot is old enough for the next one, by the provider's clock; one of the future came of a wrong clock. */
export async function isSnapshotDue(run: PullRun, stream: SnapshotStream, everyMs: number): Promise<boolean> {
  const cursor = await run.readCursor(stream, SNAPSHOT_PASS);
  return cursor === null || Math.abs(run.providerNow() - cursor.position) >= everyMs;
}

/**
 * Lists a stream whole, lands it as one object, and remembers when.
 * @throws {ProviderContractError} `inconsistent_listing` (retryable), when the pages never add up to the announced total:
 * then nothing is landed, since a row missing from a snapshot counts as gone at the source.
 */
export async function takeSnapshot(run: PullRun, stream: SnapshotStream): Promise<void> {
  const { observation, answers } = await readWhole(run, stream);
  await run.land({
    stream,
    kind: 'snapshot',
    pass: SNAPSHOT_PASS,
    window: null,
    observation,
    subjectId: null,
    answers,
  });
  const previous = await run.readCursor(stream, SNAPSHOT_PASS);
  const position = Math.max(run.providerNow(), (previous?.position ?? 0) + 1);
  await run.advance(stream, SNAPSHOT_PASS, { position, widthMs: null });
}

async function readWhole(
  run: PullRun,
  stream: SnapshotStream,
): Promise<{ observation: number; answers: ProviderAnswer[] }> {
  for (let recount = 0; recount <= RECOUNTS_MAX; recount++) {
    const observation = await run.nextObservation();
    const answers = await readPages(run, stream);
    if (answers !== null) return { observation, answers };
  }
  throw new ProviderContractError('inconsistent_listing', { operation: `list ${stream}` });
}

/** All pages, or null when they do not add up. */
async function readPages(run: PullRun, stream: SnapshotStream): Promise<ProviderAnswer[] | null> {
  const { dialect } = run.client.account;
  const answers: ProviderAnswer[] = [];
  const seen = new Set<string>();
  for (let number = 1; number <= PAGES_MAX; number++) {
    const request = snapshotRequest(dialect, stream, number, run.perPage);
    const answer = await run.ask(request);
    if (request.data === 'object') return [answer];
    const page = readListPage(dialect, answer, run.perPage);
    const seenBefore = seen.size;
    for (const id of page.ids) seen.add(id);
    // A provider that ignores the page number says the same again; that page adds nothing.
    const isNews = number === 1 || seen.size > seenBefore;
    if (isNews) answers.push(answer);
    if (page.rowCount >= page.capacity && isNews && page.total !== seen.size) continue;
    return typeof page.total !== 'number' || page.total === seen.size ? answers : null;
  }
  return null;
}
