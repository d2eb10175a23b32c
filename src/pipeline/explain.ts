import { type Instant, toIso } from '../domain/time.ts';
import { counted, dollarsOrUnknown, formatDollars, monthOf, plainWords } from '../domain/words.ts';
import type { FaxEvent, FaxItem, FaxLine, FaxRecon } from '../warehouse/recon/read-fax-recon.ts';
import type {
  ChangeFacts,
  FaxStory,
  ListedFacts,
  LookFacts,
  RecipientFacts,
} from '../warehouse/recon/read-fax-story.ts';
import { stillOwedCents } from '../warehouse/recon/read-items.ts';

/** What an entry of the timeline is about. */
export type StoryKind =
  | 'begun'
  | 'seen'
  | 'changed'
  | 'charge'
  | 'credit'
  | 'listed'
  | 'callback'
  | 'look_up'
  | 'not_shown'
  | 'recipient'
  | 'completed'
  | 'missing'
  | 'gone'
  | 'refused'
  | 'watched'
  | 'run'
  | 'item'
  | 'event'
  | 'billed';

/** One thing that happened to a fax, in plain words and without personal data. */
export interface StoryEntry {
  readonly at: Instant;
  readonly kind: StoryKind;
  readonly text: string;
  /** Number of the look; null where it was none. */
  readonly observation: number | null;
  /** US cents that moved or are at stake; null where no money is. */
  readonly cents: number | null;
}

/** Why a fax waits on the watch list. */
export interface WatchedFact {
  readonly reason: string;
  readonly attempts: number;
  readonly dueAt: Instant;
}

/** Everything a timeline is told from. */
export interface StoryParts {
  readonly story: FaxStory;
  readonly recon: FaxRecon;
  readonly watched: WatchedFact | null;
  /** What each reason of each check means. */
  meaningOf(checkId: string, reason: string): string | null;
}

/** At one instant things are told in this order: first what the provider did, then what we saw of it, then what was made of it. */
const ORDER: readonly StoryKind[] = [
  'begun',
  'recipient',
  'completed',
  'charge',
  'seen',
  'changed',
  'credit',
  'callback',
  'look_up',
  'listed',
  'not_shown',
  'missing',
  'gone',
  'refused',
  'run',
  'item',
  'event',
  'billed',
  'watched',
];

/** The timeline of one fax, oldest first. Pure. */
export function tellStory(parts: StoryParts): StoryEntry[] {
  const { story, recon } = parts;
  const entries = [
    ...tellLife(story),
    ...story.recipients.flatMap((recipient) => tellRecipient(recipient, story)),
    ...story.changes.map((change, at) => tellChange(change, story.changes[at - 1] ?? null)),
    ...tellCharges(story),
    ...story.listed.map(tellListed),
    ...story.looks.map(tellLook),
    ...(story.refusals ?? []).map(({ scope, path, reason, firstSeenAt, rejectedId }) =>
      entry(
        'refused',
        firstSeenAt,
        `a ${scope} at ${path} could not be taken as sent: ${plainWords(reason)} (${rejectedId})`,
      ),
    ),
    ...tellRun(recon),
    ...recon.items.map((item) => tellItem(item, parts)),
    ...recon.events.map(tellEvent),
    ...recon.lines.flatMap(tellLine),
    ...tellWatched(parts.watched),
  ];
  return entries.sort(
    (a, b) =>
      a.at - b.at || ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind) || (a.observation ?? 0) - (b.observation ?? 0) || 0,
  );
}

function entry(
  kind: StoryKind,
  at: Instant,
  text: string,
  more: { readonly observation?: number; readonly cents?: number } = {},
): StoryEntry {
  return { at, kind, text, observation: more.observation ?? null, cents: more.cents ?? null };
}

function tellLife({ fax }: FaxStory): StoryEntry[] {
  const { createdAt, completedAt, missingSince, goneAt, direction, isTest } = fax;
  const test = isTest ? ', a test, which is not billed' : '';
  return [
    ...(createdAt === null
      ? []
      : [entry('begun', createdAt, `the fax was ${direction === 'received' ? 'received' : 'requested'}${test}`)]),
    ...(completedAt === null
      ? []
      : [entry('completed', completedAt, 'the provider says that the fax was over (as last seen)')]),
    ...(missingSince === null ? [] : [entry('missing', missingSince, 'complete listings no longer show it')]),
    ...(goneAt === null ? [] : [entry('gone', goneAt, 'a second look missed it too: gone at the source')]),
  ];
}

function tellRecipient(recipient: RecipientFacts, { fax, recipients }: FaxStory): StoryEntry[] {
  const { ordinal, number, status, completedAt, retryCount, error, errorMeaning } = recipient;
  if (completedAt === null || fax.direction === 'received') return [];
  const tries = retryCount === null || retryCount === 0 ? '' : ` after ${counted(retryCount, 'retry', 'retries')}`;
  const meaning = errorMeaning === null ? '' : ` (${errorMeaning})`;
  const why = error === null ? '' : `: ${error}${meaning}`;
  return [
    entry(
      'recipient',
      completedAt,
      `recipient ${ordinal + 1} of ${recipients.length}, ${number}: ${status ?? 'no status'}${tries}${why}`,
    ),
  ];
}

/** How a look is named: by the pass of the listing, or by its kind. */
function lookName(via: string, pass: string | null): string {
  if (via === 'callback') return 'a callback';
  if (via === 'lookup') return 'a look-up by id';
  return pass === null ? 'a listing' : `a listing of pass ${pass}`;
}

function tellChange(change: ChangeFacts, before: ChangeFacts | null): StoryEntry {
  const { observation, at, via, pass, status, numPages, costCents } = change;
  const by = `${lookName(via, pass)} (look ${observation})`;
  if (before === null) {
    const pages = numPages === null ? 'pages not known' : counted(numPages, 'page');
    return entry(
      'seen',
      at,
      `first seen by ${by}: ${status ?? 'no status'}, ${pages}, cost ${dollarsOrUnknown(costCents)}`,
      {
        observation,
      },
    );
  }
  const changes = [
    ...(status === before.status ? [] : [`status ${before.status ?? 'none'} to ${status ?? 'none'}`]),
    ...(numPages === before.numPages ? [] : [`pages ${before.numPages ?? 'not known'} to ${numPages ?? 'not known'}`]),
    ...(costCents === before.costCents
      ? []
      : [`cost ${dollarsOrUnknown(before.costCents)} to ${dollarsOrUnknown(costCents)}`]),
  ];
  return entry('changed', at, `${by} showed a change: ${changes.join(', ')}`, { observation });
}

function tellCharges({ charges }: FaxStory): StoryEntry[] {
  return charges.map(({ kind, observation, usageDate, postedAt, postingDate, cents }) =>
    kind === 'credit'
      ? entry('credit', postedAt, `credited ${formatDollars(-cents)}: usage ${usageDate}, posted by ${postingDate}`, {
          observation,
          cents,
        })
      : entry('charge', postedAt, `charged ${formatDollars(cents)}: usage ${usageDate}, posted ${postingDate}`, {
          observation,
          cents,
        }),
  );
}

function tellListed({ pass, count, firstAt, firstObservation, lastAt, lastObservation }: ListedFacts): StoryEntry {
  const by = lookName('listing', pass).replace(/^a listing/, 'complete listings');
  const until = count === 1 ? '' : `, the last at ${toIso(lastAt)} (look ${lastObservation})`;
  return entry('listed', firstAt, `shown by ${by}: ${counted(count, 'time')}${until}`, {
    observation: firstObservation,
  });
}

function tellLook({ observation, at, via, outcome, eventType, pass }: LookFacts): StoryEntry {
  const by = `${lookName(via, pass)}${eventType === null ? '' : ` ${eventType}`} (look ${observation})`;
  if (outcome === 'missing') return entry('not_shown', at, `${by} did not show it`, { observation });
  const kind = via === 'callback' ? 'callback' : via === 'lookup' ? 'look_up' : 'listed';
  const counts =
    outcome === 'stale' ? 'which was older news than what was known, and changed nothing' : 'which counted';
  return entry(kind, at, `${by} showed it, ${counts}`, { observation });
}

function tellRun({ run, items }: FaxRecon): StoryEntry[] {
  if (run === null || run.finishedAt === null) return [];
  const found = items.filter(({ state }) => state !== 'cleared').length;
  const what = found === 0 ? 'nothing about it differs' : `${counted(found, 'difference')} about it, see the items`;
  return [
    entry(
      'run',
      run.finishedAt,
      `run ${run.runId} checked its month by ${counted(run.checks.length, 'check')}: ${what}`,
    ),
  ];
}

function tellItem(item: FaxItem, { meaningOf }: StoryParts): StoryEntry {
  const { itemId, checkId, reason, actual, expected, cents, openedAt, state, period } = item;
  const sides =
    actual === null && expected === null ? '' : `, ${actual ?? 'not known'} against ${expected ?? 'not known'}`;
  const stillOwed = stillOwedCents(item);
  const owed = stillOwed === 0 ? '' : `, owed ${formatDollars(stillOwed)}`;
  const meaning = meaningOf(checkId, reason);
  return entry(
    'item',
    openedAt,
    `${checkId} found in ${monthOf(period)}: ${plainWords(reason)}${sides}${owed}; item ${itemId} is ${plainWords(state)}${meaning === null ? '' : `. ${meaning}`}`,
    { cents },
  );
}

function tellEvent({ at, kind, actor, itemId, sequence }: FaxEvent): StoryEntry {
  return entry('event', at, `item ${itemId}: ${plainWords(kind)}, by ${actor} (event ${sequence})`);
}

function tellLine({ billingPeriod, closingNo, closedAt, chargePeriod, isCorrection, cents }: FaxLine): StoryEntry[] {
  if (closedAt === null) return [];
  const month = monthOf(billingPeriod);
  const nth = closingNo > 1 ? `, closing ${closingNo}` : '';
  const text = isCorrection
    ? `corrected in the bill of ${month}${nth}: ${formatDollars(cents)} for ${monthOf(chargePeriod)}`
    : `billed in ${month}${nth}: ${formatDollars(cents)}`;
  return [entry('billed', closedAt, text, { cents })];
}

function tellWatched(watched: WatchedFact | null): StoryEntry[] {
  if (watched === null) return [];
  const { reason, attempts, dueAt } = watched;
  const tries = attempts === 0 ? 'not asked for yet' : `asked for ${counted(attempts, 'time')}`;
  return [entry('watched', dueAt, `on the watch list (${plainWords(reason)}), ${tries}; to be asked for by id`)];
}
