import type pg from 'pg';
import type { Instant } from '../../domain/time.ts';
import { instantOf, int8ToNumber } from '../connection.ts';
import { toWarehouseError } from '../database-error.ts';

/** One fax as it stands, without what is personal of it. */
export interface FaxFacts {
  readonly faxId: string;
  readonly zone: string;
  readonly createdAt: Instant | null;
  readonly completedAt: Instant | null;
  readonly direction: string | null;
  readonly status: string | null;
  readonly isTest: boolean;
  readonly numPages: number | null;
  readonly costCents: number | null;
  readonly missingSince: Instant | null;
  readonly goneAt: Instant | null;
  /** First day of its month in the billing zone, `YYYY-MM-DD`. */
  readonly period: string;
}

/** A recipient of a sent fax, or the own number of a received one. */
export interface RecipientFacts {
  readonly ordinal: number;
  /** Country and last two digits: `GB ..42`. */
  readonly number: string;
  readonly status: string | null;
  readonly completedAt: Instant | null;
  readonly retryCount: number | null;
  /** Type and number of the error; null where none. */
  readonly error: string | null;
  /** What the error means; null where it is not known. */
  readonly errorMeaning: string | null;
}

/** Looks of one pass that showed the fax and changed nothing by name: how often, first and last. */
export interface ListedFacts {
  /** Null where the pass is not known. */
  readonly pass: string | null;
  readonly count: number;
  readonly firstAt: Instant;
  readonly firstObservation: number;
  readonly lastAt: Instant;
  readonly lastObservation: number;
}

/** A look that stands by name: callbacks, look-ups, misses, stale ones. */
export interface LookFacts {
  readonly observation: number;
  readonly at: Instant;
  readonly via: string;
  readonly outcome: string;
  readonly eventType: string | null;
  readonly pass: string | null;
}

/** A change of status, cost or pages, the first look included. */
export interface ChangeFacts {
  readonly observation: number;
  readonly at: Instant;
  readonly via: string;
  readonly pass: string | null;
  readonly status: string | null;
  readonly numPages: number | null;
  readonly costCents: number | null;
}

/** A charge or credit of `warehouse.charges`. */
export interface ChargeFacts {
  readonly kind: string;
  readonly observation: number;
  readonly usageDate: string;
  readonly postedAt: Instant;
  readonly postingDate: string;
  readonly cents: number;
}

/** What of the fax could not be taken as sent. */
export interface RefusalFacts {
  readonly rejectedId: string;
  readonly scope: string;
  readonly path: string;
  readonly reason: string;
  readonly firstSeenAt: Instant;
}

/** A fax with everything the mirror knows of it; what the reconciliation says stands in {@link readFaxRecon}. */
export interface FaxStory {
  readonly accountId: number;
  readonly fax: FaxFacts;
  readonly recipients: readonly RecipientFacts[];
  readonly changes: readonly ChangeFacts[];
  readonly listed: readonly ListedFacts[];
  readonly looks: readonly LookFacts[];
  readonly charges: readonly ChargeFacts[];
  /** Null where the login may not read them: those that read the mirror, or reconcile, may not. */
  readonly refusals: readonly RefusalFacts[] | null;
}

const FAX = `
select a.account_id, a.billing_zone, f.fax_id, f.created_at, f.completed_at, f.direction, f.status, coalesce(f.is_test, false) as is_test,
  f.num_pages, f.cost_cents, f.missing_since, f.gone_at_source_at,
  date_trunc('month', coalesce(f.created_at, f.completed_at, f.observed_at) at time zone a.billing_zone)::date as period
from warehouse.accounts a
join warehouse.faxes f on f.account_id = a.account_id and f.fax_id = $2
where a.account_key = $1`;

/** Numbers are cut down by the database: what is not read cannot be shown. */
const RECIPIENTS = `
with numbers as (
  select r.ordinal::integer as ordinal, r.phone_number, r.status, r.completed_at, r.retry_count, r.error_type, r.error_id
  from warehouse.fax_recipients r where r.account_id = $1 and r.fax_id = $2
  union all
  select 0, f.to_number, f.status, f.completed_at, null, f.error_type, f.error_id
  from warehouse.faxes f where f.account_id = $1 and f.fax_id = $2 and f.direction = 'received'
)
select n.ordinal, coalesce(p.alpha2, '??') || ' ..' || right(coalesce(n.phone_number, '??'), 2) as number,
  n.status, n.completed_at, n.retry_count, concat_ws(' ', n.error_type, n.error_id) as error, e.message as error_meaning
from numbers n
left join lateral (
  select d.alpha2 from warehouse.dial_prefixes d
  where n.phone_number like '+%' and starts_with(substr(n.phone_number, 2), d.prefix)
  order by length(d.prefix) desc limit 1
) p on true
left join warehouse.error_codes e on e.error_type = n.error_type and e.error_id = n.error_id
order by n.ordinal`;

const CHANGES = `
select h.observation_no, h.observed_at, h.observed_via, s.pass, h.status, h.num_pages, h.cost_cents
from warehouse.fax_history h
left join ops.slices s on s.account_id = h.account_id and s.stream = 'faxes' and s.observation_no = h.observation_no
where h.account_id = $1 and h.fax_id = $2 order by h.observation_no`;

/** Complete slices whose window holds the fax, from the first look that showed it on; what they did otherwise is in ops.fax_looks. */
const LISTED = `
select s.pass, count(*) as looks, min(s.requested_at) as first_at, min(s.observation_no) as first_no,
  max(s.requested_at) as last_at, max(s.observation_no) as last_no
from warehouse.faxes f
join ops.slices s on s.account_id = f.account_id and s.stream = 'faxes' and s.is_complete and s.created_within @> f.created_at
where f.account_id = $1 and f.fax_id = $2
  and not exists (
    select from ops.fax_looks l where l.account_id = f.account_id and l.fax_id = f.fax_id and l.observation_no = s.observation_no)
group by s.pass order by min(s.observation_no)`;

const LOOKS = `
select l.observation_no, l.requested_at, l.observed_via, l.outcome, l.event_type, s.pass
from ops.fax_looks l
left join ops.slices s on s.account_id = l.account_id and s.stream = 'faxes' and s.observation_no = l.observation_no
where l.account_id = $1 and l.fax_id = $2 order by l.observation_no`;

const CHARGES = `
select charge_kind, observation_no, usage_date, posted_at, posting_date, cents
from warehouse.charges where account_id = $1 and fax_id = $2 order by observation_no`;

const MAY_READ_REFUSALS = `select has_table_privilege('ops.rejected_records', 'select') as may`;

const REFUSALS = `
select rejected_id, scope, path, reason, first_seen_at
from ops.rejected_records where account_id = $1 and stream = 'faxes' and record_id = $2::bigint::text order by rejected_id`;

interface FaxRow {
  readonly account_id: number;
  readonly billing_zone: string;
  readonly fax_id: string;
  readonly created_at: Date | null;
  readonly completed_at: Date | null;
  readonly direction: string | null;
  readonly status: string | null;
  readonly is_test: boolean;
  readonly num_pages: number | null;
  readonly cost_cents: number | null;
  readonly missing_since: Date | null;
  readonly gone_at_source_at: Date | null;
  readonly period: string;
}

function faxOf(row: FaxRow): FaxFacts {
  return {
    faxId: row.fax_id,
    zone: row.billing_zone,
    createdAt: instantOf(row.created_at),
    completedAt: instantOf(row.completed_at),
    direction: row.direction,
    status: row.status,
    isTest: row.is_test,
    numPages: row.num_pages,
    costCents: row.cost_cents,
    missingSince: instantOf(row.missing_since),
    goneAt: instantOf(row.gone_at_source_at),
    period: row.period,
  };
}

/**
 * Reads everything the mirror knows of one fax; null where it is not stored under this account. `faxId`: decimal digits that fit a bigint.
 * @throws {WarehouseError}
 */
export async function readFaxStory(pool: pg.Pool, account: string, faxId: string): Promise<FaxStory | null> {
  try {
    const { rows } = await pool.query<FaxRow>(FAX, [account, faxId]);
    const [row] = rows;
    return row === undefined ? null : await readAll(pool, row);
  } catch (error) {
    throw toWarehouseError(error);
  }
}

async function readAll(pool: pg.Pool, row: FaxRow): Promise<FaxStory> {
  const keys = [row.account_id, row.fax_id];
  return {
    accountId: row.account_id,
    fax: faxOf(row),
    recipients: await readRecipients(pool, keys),
    changes: await readChanges(pool, keys),
    listed: await readListed(pool, keys),
    looks: await readLooksByName(pool, keys),
    charges: await readCharges(pool, keys),
    refusals: await readRefusals(pool, keys),
  };
}

type Keys = ReadonlyArray<number | string>;

async function readRecipients(pool: pg.Pool, keys: Keys): Promise<RecipientFacts[]> {
  const { rows } = await pool.query<{
    ordinal: number;
    number: string;
    status: string | null;
    completed_at: Date | null;
    retry_count: number | null;
    error: string;
    error_meaning: string | null;
  }>(RECIPIENTS, [...keys]);
  return rows.map((row) => ({
    ordinal: row.ordinal,
    number: row.number,
    status: row.status,
    completedAt: instantOf(row.completed_at),
    retryCount: row.retry_count,
    error: row.error === '' ? null : row.error,
    errorMeaning: row.error_meaning,
  }));
}

async function readChanges(pool: pg.Pool, keys: Keys): Promise<ChangeFacts[]> {
  const { rows } = await pool.query<{
    observation_no: string;
    observed_at: Date;
    observed_via: string;
    pass: string | null;
    status: string | null;
    num_pages: number | null;
    cost_cents: number | null;
  }>(CHANGES, [...keys]);
  return rows.map((row) => ({
    observation: int8ToNumber(row.observation_no),
    at: instantOf(row.observed_at),
    via: row.observed_via,
    pass: row.pass,
    status: row.status,
    numPages: row.num_pages,
    costCents: row.cost_cents,
  }));
}

async function readListed(pool: pg.Pool, keys: Keys): Promise<ListedFacts[]> {
  const { rows } = await pool.query<{
    pass: string | null;
    looks: string;
    first_at: Date;
    first_no: string;
    last_at: Date;
    last_no: string;
  }>(LISTED, [...keys]);
  return rows.map((row) => ({
    pass: row.pass,
    count: int8ToNumber(row.looks),
    firstAt: instantOf(row.first_at),
    firstObservation: int8ToNumber(row.first_no),
    lastAt: instantOf(row.last_at),
    lastObservation: int8ToNumber(row.last_no),
  }));
}

async function readLooksByName(pool: pg.Pool, keys: Keys): Promise<LookFacts[]> {
  const { rows } = await pool.query<{
    observation_no: string;
    requested_at: Date;
    observed_via: string;
    outcome: string;
    event_type: string | null;
    pass: string | null;
  }>(LOOKS, [...keys]);
  return rows.map((row) => ({
    observation: int8ToNumber(row.observation_no),
    at: instantOf(row.requested_at),
    via: row.observed_via,
    outcome: row.outcome,
    eventType: row.event_type,
    pass: row.pass,
  }));
}

async function readCharges(pool: pg.Pool, keys: Keys): Promise<ChargeFacts[]> {
  const { rows } = await pool.query<{
    charge_kind: string;
    observation_no: string;
    usage_date: string;
    posted_at: Date;
    posting_date: string;
    cents: string;
  }>(CHARGES, [...keys]);
  return rows.map((row) => ({
    kind: row.charge_kind,
    observation: int8ToNumber(row.observation_no),
    usageDate: row.usage_date,
    postedAt: instantOf(row.posted_at),
    postingDate: row.posting_date,
    cents: int8ToNumber(row.cents),
  }));
}

async function readRefusals(pool: pg.Pool, keys: Keys): Promise<RefusalFacts[] | null> {
  const { rows: rights } = await pool.query<{ may: boolean }>(MAY_READ_REFUSALS);
  if (rights[0]?.may !== true) return null;
  const { rows } = await pool.query<{
    rejected_id: string;
    scope: string;
    path: string;
    reason: string;
    first_seen_at: Date;
  }>(REFUSALS, [...keys]);
  return rows.map((row) => ({
    rejectedId: row.rejected_id,
    scope: row.scope,
    path: row.path,
    reason: row.reason,
    firstSeenAt: instantOf(row.first_seen_at),
  }));
}
