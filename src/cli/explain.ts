import { SettingsError } from '../domain/errors.ts';
import { type Instant, toIso } from '../domain/time.ts';
import { dollarsOrUnknown, formatDollars, monthOf, plainWords } from '../domain/words.ts';
import type { WatchedFact } from '../pipeline/explain.ts';
import { type ExplainedFax, explainDocument, explainFax, faxIdOf } from '../pipeline/explain-fax.ts';
import type { FaxRate } from '../warehouse/recon/read-fax-rate.ts';
import type { FaxStory } from '../warehouse/recon/read-fax-story.ts';
import type { CommandContext } from './context.ts';
import { EXIT } from './exit-codes.ts';
import { countOf, type Output } from './output.ts';
import { type Session, withSession } from './session.ts';

const WATCHED_MAX = 10_000;
/** Nothing is due later than this. */
const END_OF_TIME: Instant = Date.UTC(2100, 0, 1);

/**
 * Tells the life of one fax: what was seen of it and when, what was charged, what the checks found. Numbers are cut down to country and last two
 * digits; names and tags are not shown. Returns the exit code.
 * @throws {SettingsError} for what is no id of a fax, or one of which nothing is stored.
 */
export async function runExplain(context: CommandContext, idText: string): Promise<number> {
  const faxId = faxIdOf(idText);
  if (faxId === null) {
    throw new SettingsError('The id of a fax is a whole number, as the provider gives it.', { code: 'usage' });
  }
  context.output.intro('faxsync explain');
  return withSession(context, { settings: [], schema: 'filled' }, async (session) => {
    const explained = await explain(session, faxId);
    say(context.output, explained);
    context.output.document({ command: 'explain', ok: true, ...explainDocument(explained) });
    return EXIT.fine;
  });
}

async function explain(session: Session, faxId: string): Promise<ExplainedFax> {
  const { pool, clock } = session.runtime;
  for (const { account, reconciliation: settings } of session.settings.accounts) {
    const readWatched = () => findWatched(session, account, faxId);
    const explained = await explainFax(pool, { account, faxId, settings, now: clock.now(), readWatched });
    if (explained !== null) return explained;
  }
  throw new SettingsError(
    `Nothing of a fax ${faxId} is stored under the accounts of the settings. Was it refused? See: faxsync rejected`,
    { code: 'unknown_fax' },
  );
}

async function findWatched(session: Session, account: string, faxId: string): Promise<WatchedFact | null> {
  const watched = await session.runtime.state.dueObjects(account, 'faxes', END_OF_TIME, WATCHED_MAX);
  return watched.find(({ subjectId }) => subjectId === faxId) ?? null;
}

/** Seconds are enough for people. */
function shortTime(at: Instant): string {
  return `${toIso(at).slice(0, 19)}Z`;
}

function say(output: Output, { account, story, recon, rate, timeline, notTold }: ExplainedFax): void {
  const { fax, recipients } = story;
  const pages = fax.numPages === null ? 'pages not known' : countOf(fax.numPages, 'page');
  output.step(
    `${account}: fax ${fax.faxId}, ${fax.direction ?? 'direction not known'}${fax.isTest ? ', test' : ''}, ${fax.status ?? 'no status'}, ${pages}, cost ${dollarsOrUnknown(fax.costCents)}, in the bill of ${monthOf(fax.period)} (${fax.zone})`,
  );
  output.table(
    ['when (UTC)', 'what', 'happened'],
    timeline.map(({ at, kind, text }) => [shortTime(at), plainWords(kind), text]),
  );
  if (recipients.length > 0) {
    output.table(
      ['recipient', 'number', 'status', 'error'],
      recipients.map(({ ordinal, number, status, error }) => [ordinal + 1, number, status ?? '', error ?? '']),
    );
  }
  output.step(rateLine(story, rate));
  if (notTold.includes('refused'))
    output.step('What could not be taken as sent is not told: this login may not read it.');
  const unsettled = recon.items.filter(({ state }) => state === 'open' || state === 'disputed');
  output.outro(
    unsettled.length === 0
      ? 'Nothing stands open about it.'
      : `${countOf(unsettled.length, 'item')} not settled: ${unsettled.map(({ itemId }) => itemId).join(', ')}. Decide: faxsync items --help`,
  );
}

function rateLine({ fax }: FaxStory, rate: FaxRate | null): string {
  if (fax.isTest) return 'Rate: a test fax is not billed.';
  if (rate === null || rate.fullCents === null) {
    return 'Rate: no price is known for it by the price list or the settings; runs hold it against prices seen on other faxes of the month.';
  }
  const { country, units, succeeded, failed, expectedCents, fullCents, source } = rate;
  const from = source === 'negotiated' ? 'the negotiated price' : "the provider's price list";
  const where = country === null ? 'several countries' : country;
  const all = `${formatDollars(fullCents)} for ${countOf(units, 'recipient')} (${where}) by ${from}`;
  if (expectedCents === null) return `Rate: ${all}; it is under way, so what will be due is not known yet.`;
  const difference = fax.costCents === null ? null : fax.costCents - expectedCents;
  const verdict =
    difference === null ? 'cost not known' : difference === 0 ? 'agrees' : `differs by ${formatDollars(difference)}`;
  return `Rate: ${all}; ${succeeded} reached, ${failed} failed: due ${formatDollars(expectedCents)}, cost ${dollarsOrUnknown(fax.costCents)}, ${verdict}.`;
}
