import { assertInvariant } from '../domain/errors.ts';
import type { Instant } from '../domain/time.ts';
import type { ProviderAnswer } from '../phaxio/client.ts';
import { ProviderContractError } from '../phaxio/errors.ts';
import { HTTP_NOT_FOUND, type ListPage, readListPage } from '../phaxio/listing.ts';
import { accountStatus } from '../streams/account-status.ts';
import { isListed, type ListedStream } from '../streams/registry.ts';
import type { PullRun } from './pull-run.ts';

/** The pass whose cursor holds the provider's time of the last snapshot of a stream. */
export const SNAPSHOT_PASS = 'snapshot';

/** A list is due this much early: a schedule whose runs begin some seconds sooner or later than before must not wait for the next one. */
const EARLY_MS = 5 * 60_000;

/** More pages than this are a provider that ignores the page number. */
const PAGES_MAX = 200;
const RECOUNTS_MAX = 2;
/** Rows up to which the provider says how many there are. */
const COUNTED_MAX = 10_000;

/** Whether a stream's last snapshot is old enough for the next one, by the provider's clock; one of the future came of a wrong clock. */
export async function isSnapshotDue(run: PullRun, { name, listing }: ListedStream): Promise<boolean> {
  const takenAt = await readTakenAt(run, name);
  return takenAt === null || Math.abs(run.providerNow() - takenAt) >= listing.everyMs - EARLY_MS;
}

/** The provider's time of a stream's last snapshot; null when there was none. */
export async function readTakenAt(run: PullRun, stream: string): Promise<Instant | null> {
  return (await run.readCursor(stream, SNAPSHOT_PASS))?.position ?? null;
}

/**
 * Lists a stream whole, lands it as one object, and remembers when. Returns the answers.
 * @throws {ProviderContractError} `inconsistent_listing` (retryable), when the pages never add up to the announced total:
 * then nothing is landed, since a row missing from a snapshot counts as gone at the source.
 */
export async function takeSnapshot(run: PullRun, stream: ListedStream): Promise<readonly ProviderAnswer[]> {
  const answers = await landList(run, stream, null);
  await rememberTaken(run, stream.name);
  return answers;
}

/** Takes a look at the account's balance: the one call that is sure to tell the provider's clock. */
export async function takeAccountStatus(run: PullRun): Promise<void> {
  assertInvariant(isListed(accountStatus), 'the account status cannot be asked for');
  await takeSnapshot(run, accountStatus);
}

/** Remembers that a stream was listed whole just now. */
export async function rememberTaken(run: PullRun, stream: string): Promise<void> {
  const previous = await readTakenAt(run, stream);
  const position = Math.max(run.providerNow(), (previous ?? 0) + 1);
  await run.advance(stream, SNAPSHOT_PASS, { position, widthMs: null });
}

/** Reads one list to its end and lands it as one object; one that the provider says is not there (404) is not landed. */
export async function landList(
  run: PullRun,
  stream: ListedStream,
  subjectId: string | null,
): Promise<readonly ProviderAnswer[]> {
  const { observation, answers } = await readWhole(run, stream, subjectId);
  if (answers.some(({ status }) => status === HTTP_NOT_FOUND)) return [];
  await run.land({
    stream: stream.name,
    kind: 'snapshot',
    pass: SNAPSHOT_PASS,
    window: null,
    observation,
    subjectId,
    answers,
  });
  return answers;
}

async function readWhole(
  run: PullRun,
  stream: ListedStream,
  subjectId: string | null,
): Promise<{ observation: number; answers: readonly ProviderAnswer[] }> {
  for (let recount = 0; recount <= RECOUNTS_MAX; recount++) {
    const observation = await run.nextObservation();
    const answers = await readPages(run, stream, subjectId);
    if (answers !== null) return { observation, answers };
  }
  throw new ProviderContractError('inconsistent_listing', { operation: `list ${stream.name}` });
}

/** All pages, or null when they do not add up. */
async function readPages(
  run: PullRun,
  { name, listing }: ListedStream,
  subjectId: string | null,
): Promise<ProviderAnswer[] | null> {
  const { dialect } = run.client.account;
  const answers: ProviderAnswer[] = [];
  const seen = new Set<string>();
  const path = run.undocumentedPath(name);
  for (let page = 1; page <= PAGES_MAX; page++) {
    const request = listing.request({ dialect, page, perPage: run.perPage, path, subjectId });
    const answer = await run.ask(request);
    if (request.data === 'object' || answer.status === HTTP_NOT_FOUND) return [answer];
    const read = readListPage(dialect, answer, run.perPage);
    const seenBefore = seen.size;
    for (const id of read.ids) seen.add(id);
    // A provider that ignores the page number says the same again; that page adds nothing.
    const isNews = page === 1 || seen.size > seenBefore;
    if (isNews) answers.push(answer);
    // On one page nothing can have been missed, even if it shows an object twice.
    const isOnePage = page === 1 && read.total === read.rowCount;
    if (read.rowCount >= read.capacity && isNews && !isOnePage && read.total !== seen.size) continue;
    return isOnePage || addsUp(read.total, seen.size) ? answers : null;
  }
  // Another count would be as long.
  throw new ProviderContractError('inconsistent_listing', { operation: `list ${name}` });
}

/** Whether so many different rows are all that the provider announced; `many` are more than it counts. */
function addsUp(total: ListPage['total'], seen: number): boolean {
  return total === 'many' ? seen > COUNTED_MAX : total === null || total === seen;
}
