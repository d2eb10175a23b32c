import type { Pool } from 'pg';
import { parsePeriod, type ReconciliationSettings } from '../domain/reconciliation.ts';
import { type Instant, toIso } from '../domain/time.ts';
import { monthOf } from '../domain/words.ts';
import { type FaxRate, readFaxRate } from '../warehouse/recon/read-fax-rate.ts';
import { type FaxRecon, readFaxRecon } from '../warehouse/recon/read-fax-recon.ts';
import { type FaxStory, readFaxStory } from '../warehouse/recon/read-fax-story.ts';
import { checkOf } from '../warehouse/recon/registry.ts';
import { type StoryEntry, type StoryKind, tellStory, type WatchedFact } from './explain.ts';

const BIGINT_MAX = 9_223_372_036_854_775_807n;

/** Everything that is said of one fax. */
export interface ExplainedFax {
  readonly account: string;
  readonly story: FaxStory;
  readonly recon: FaxRecon;
  /** Null where the fax is not of its month any more. */
  readonly rate: FaxRate | null;
  /** Oldest first. */
  readonly timeline: readonly StoryEntry[];
  /** Kinds of entries that the timeline would not have in any case: where they are kept cannot be read from here. */
  readonly notTold: readonly StoryKind[];
}

/** Which fax is told, and by what. */
export interface ExplainRequest {
  readonly account: string;
  /** As {@link faxIdOf} gives it. */
  readonly faxId: string;
  readonly settings: ReconciliationSettings;
  readonly now: Instant;
  /** Looks for the fax on the watch list; absent where the list cannot be reached. */
  readonly readWatched?: () => Promise<WatchedFact | null>;
}

/** The id of a fax as people give it, without leading zeros; null where no fax can have it. */
export function faxIdOf(text: string): string | null {
  if (!/^\d{1,19}$/.test(text)) return null;
  const id = BigInt(text);
  return id > BIGINT_MAX ? null : `${id}`;
}

/**
 * Tells the life of one fax: what was seen of it and when, what was charged, what the checks found. Numbers are cut down to country and last two
 * digits; names and tags are not read. Null where nothing of it is stored under this account.
 * @throws {WarehouseError}
 */
export async function explainFax(pool: Pool, request: ExplainRequest): Promise<ExplainedFax | null> {
  const { account, faxId, settings, now, readWatched } = request;
  const story = await readFaxStory(pool, account, faxId);
  if (story === null) return null;
  const recon = await readFaxRecon(pool, { accountId: story.accountId, faxId, period: story.fax.period });
  const watched = (await readWatched?.()) ?? null;
  const period = parsePeriod(story.fax.period);
  const rate = period === null ? null : await readFaxRate(pool, { account, faxId, period, asOf: now, settings });
  return {
    account,
    story,
    recon,
    rate,
    timeline: tellStory({ story, recon, watched, meaningOf }),
    notTold: [
      ...(story.refusals === null ? (['refused'] as const) : []),
      ...(readWatched === undefined ? (['watched'] as const) : []),
    ],
  };
}

function meaningOf(checkId: string, reason: string): string | null {
  return checkOf(checkId)?.reasons[reason] ?? null;
}

/** What is said of one fax as `faxsync explain --json` says it: instants as RFC 3339, months as `2026-10`, money in US cents. */
export type ExplainDocument = ReturnType<typeof explainDocument>;

/** {@link ExplainedFax} as JSON. Pure. */
export function explainDocument({ account, story, recon, rate, timeline, notTold }: ExplainedFax) {
  const { fax, recipients } = story;
  return {
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
      credited_cents: item.creditedCents,
    })),
    timeline: timeline.map(({ at, kind, text, observation, cents }) => ({
      at: toIso(at),
      kind,
      text,
      observation,
      cents,
    })),
    not_told: notTold,
  };
}

function isoOrNull(at: Instant | null): string | null {
  return at === null ? null : toIso(at);
}
