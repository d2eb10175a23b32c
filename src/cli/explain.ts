import { SettingsError } from '../domain/errors.ts';
import { parsePeriod } from '../domain/reconciliation.ts';
import { type Instant, toIso } from '../domain/time.ts';
import { type StoryEntry, tellStory, type WatchedFact } from '../pipeline/explain.ts';
import { dollarsOrUnknown, formatDollars, monthOf, plainWords } from '../pipeline/explain-words.ts';
import { type FaxRate, readFaxRate } from '../warehouse/recon/read-fax-rate.ts';
import { type FaxRecon, readFaxRecon } from '../warehouse/recon/read-fax-recon.ts';
import { type FaxStory, readFaxStory } from '../warehouse/recon/read-fax-story.ts';
import { CHECKS } from '../warehouse/recon/registry.ts';
import type { CommandContext } from './context.ts';
import { EXIT } from './exit-codes.ts';
import { countOf, type Output } from './output.ts';
import { type Session, withSession } from './session.ts';

const BIGINT_MAX = 9_223_372_036_854_775_807n;
const WATCHED_MAX = 10_000;
/** Nothing is due later than this. */
const END_OF_TIME: Instant = Date.UTC(2100, 0, 1);

/** Everything that is said of one fax. */
interface Explained {
  readonly account: string;
  readonly story: FaxStory;
  readonly recon: FaxRecon;
  readonly rate: FaxRate | null;
  readonly timeline: readonly StoryEntry[];
}

/**
 * Tells the life of one fax: what was seen of it and when, what was charged, what the checks found. Numbers are cut down to country and last two
 * digits; names and tags are not shown. Returns the exit code.
 * @throws {SettingsError} for what is no id of a fax, or one of which nothing is stored.
 */
export async function runExplain(context: CommandContext, faxId: string): Promise<number> {
  if (!/^\d{1,19}$/.test(faxId) || BigInt(faxId) > BIGINT_MAX) {
    throw new SettingsError('The id of a fax is a whole number, as the provider gives it.', { code: 'usage' });
  }
  context.output.intro('faxsync explain');
  return withSession(context, { settings: [], schema: 'current' }, async (session) => {
    const explained = await explain(session, BigInt(faxId).toString());
    say(context.output, explained);
    context.output.document(documentOf(explained));
    return EXIT.fine;
  });
}

async function explain(session: Session, faxId: string): Promise<Explained> {
  const { pool, clock } = session.runtime;
  for (const { account } of session.settings.accounts) {
    const story = await readFaxStory(pool, account, faxId);
    if (story === null) continue;
    const recon = await readFaxRecon(pool, { accountId: story.accountId, faxId, period: story.fax.period });
    const watched = await readWatched(session, account, faxId);
    const period = parsePeriod(story.fax.period);
    const { reconciliation } = session.runtime.account(account);
    const rate =
      period === null
        ? null
        : await readFaxRate(pool, { account, faxId, period, asOf: clock.now(), settings: reconciliation });
    return { account, story, recon, rate, timeline: tellStory({ story, recon, watched, meaningOf }) };
  }
  throw new SettingsError(
    `Nothing of a fax ${faxId} is stored under the accounts of the settings. Was it refused? See: faxsync rejected`,
    { code: 'unknown_fax' },
  );
}

async function readWatched(session: Session, account: string, faxId: string): Promise<WatchedFact | null> {
  const watched = await session.runtime.state.dueObjects(account, 'faxes', END_OF_TIME, WATCHED_MAX);
  return watched.find(({ subjectId }) => subjectId === faxId) ?? null;
}

function meaningOf(checkId: string, reason: string): string | null {
  return CHECKS.find(({ id }) => id === checkId)?.reasons[reason] ?? null;
}

/** Seconds are enough for people. */
function shortTime(at: Instant): string {
  return `${toIso(at).slice(0, 19)}Z`;
}

function say(output: Output, { account, story, recon, rate, timeline }: Explained): void {
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
  const open = recon.items.filter(({ state }) => state === 'open' || state === 'disputed');
  output.outro(
    open.length === 0
      ? 'Nothing stands open about it.'
      : `${countOf(open.length, 'item')} open: ${open.map(({ itemId }) => itemId).join(', ')}. Decide: faxsync items --help`,
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

function documentOf({ account, story, recon, rate, timeline }: Explained): object {
  const { fax, recipients } = story;
  return {
    command: 'explain',
    ok: true,
    account,
    fax: {
      fax_id: fax.faxId,
      period: monthOf(fax.period),
      billing_zone: fax.zone,
      direction: fax.direction,
      status: fax.status,
      is_test: fax.isTest,
      num_pages: fax.numPages,
      cost_cents: fax.costCents,
      created_at: isoOrNull(fax.createdAt),
      completed_at: isoOrNull(fax.completedAt),
      missing_since: isoOrNull(fax.missingSince),
      gone_at: isoOrNull(fax.goneAt),
    },
    recipients: recipients.map(({ ordinal, number, status, completedAt, retryCount, error }) => ({
      ordinal,
      number,
      status,
      completed_at: isoOrNull(completedAt),
      retry_count: retryCount,
      error,
    })),
    rate:
      rate === null
        ? null
        : {
            country: rate.country,
            recipients: rate.units,
            succeeded: rate.succeeded,
            failed: rate.failed,
            expected_cents: rate.expectedCents,
            full_cents: rate.fullCents,
            source: rate.source,
          },
    checked_by:
      recon.run === null ? null : { run_id: recon.run.runId, as_of: toIso(recon.run.asOf), checks: recon.run.checks },
    items: recon.items.map((item) => ({
      item_id: item.itemId,
      period: monthOf(item.period),
      check: item.checkId,
      reason: item.reason,
      severity: item.severity,
      state: item.state,
      actual: item.actual,
      expected: item.expected,
      cents: item.cents,
      owed_cents: item.owedCents,
    })),
    timeline: timeline.map(({ at, kind, text, observation, cents }) => ({
      at: toIso(at),
      kind,
      text,
      observation,
      cents,
    })),
  };
}

function isoOrNull(at: Instant | null): string | null {
  return at === null ? null : toIso(at);
}
