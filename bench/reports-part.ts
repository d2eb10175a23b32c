import { gzipSync } from 'node:zlib';
import type { Pool } from 'pg';
import { makeReportPage } from '../src/report/make-report-page.ts';
import { loadObject } from '../src/warehouse/load-object.ts';
import { compareRollups, foldRollups, rebuildRollups } from '../src/warehouse/rollups.ts';
import { faxEnvelope, PAGE_FAXES, prepared } from './faxes.ts';
import { type Figure, median } from './figures.ts';
import { BENCH_LOAD, type Ground, secondsOf } from './ground.ts';
import { ACCOUNT, BUSY, BUSY_MONTH, FILLED, fillReports } from './reports-fill.ts';
import { measureRollupLoad } from './rollup-load.ts';

const FAXES = 10_000_000;
/** Faxes of the month whose page is made, for each ten of the long account. */
const BUSY_SHARE = 0.1;
const MILLISECONDS_MAX = 10;
const TIMES_FASTER_MIN = 100;
const ROUNDS = 7;
/** Pages that are loaded and not folded, for the figures that say so: what a process loads between two folds. */
const UNFOLDED_PAGES = 200;

const MONTH = `date '${BUSY_MONTH}-01'`;
const DAY = "(coalesce(f.created_at, f.completed_at, f.observed_at) at time zone 'America/Chicago')::date";
const OF_ACCOUNT = `f.account_id = (select account_id from warehouse.accounts where account_key = '${ACCOUNT}')`;
const LAST_90 = `between ${MONTH} - 62 and ${MONTH} + 27`;
const COUNTED = `${OF_ACCOUNT} and f.is_test is not true`;

/** One question: as a view answers it, and as a scan of the tables does. Both give the same rows in the same order. */
interface Question {
  readonly name: string;
  readonly view: string;
  readonly scan: string;
}

const QUESTIONS: readonly Question[] = [
  {
    name: "a month's bill per tag",
    view: `select tag_value, fax_count, page_count, cost_cents from report.chargeback
      where account_key = '${ACCOUNT}' and usage_month = ${MONTH} and tag_name = 'department' and share_kind = 'tag' order by 1`,
    scan: `select f.tags ->> 'department' as tag_value, count(*) as fax_count, sum(f.num_pages) as page_count, sum(f.cost_cents) as cost_cents from warehouse.faxes f
      where ${COUNTED} and f.tags ? 'department' and date_trunc('month', ${DAY}) = ${MONTH} group by 1 order by 1`,
  },
  {
    name: 'daily cost of 90 days',
    view: `select usage_date, charge_kind, fax_count, cost_cents from report.billing_by_day
      where account_key = '${ACCOUNT}' and usage_date ${LAST_90} order by 1, 2`,
    scan: `select ${DAY} as usage_date, f.direction as charge_kind, count(*) as fax_count, sum(f.cost_cents) as cost_cents from warehouse.faxes f
      where ${COUNTED} and ${DAY} ${LAST_90} group by 1, 2 order by 1, 2`,
  },
  {
    name: 'daily outcomes of 90 days',
    view: `select usage_date, sum(fax_count) as fax_count, sum(success_count) as success_count, sum(failure_count) as failure_count from report.outcomes_by_day
      where account_key = '${ACCOUNT}' and usage_date ${LAST_90} group by 1 order by 1`,
    scan: `select ${DAY} as usage_date, count(*) as fax_count, count(*) filter (where f.status = 'success') as success_count,
        count(*) filter (where f.status = 'failure') as failure_count from warehouse.faxes f
      where ${COUNTED} and f.gone_at_source_at is null and ${DAY} ${LAST_90} group by 1 order by 1`,
  },
  {
    name: 'error families of 90 days',
    view: `select error_class, sum(failure_count) as failure_count from report.errors_by_day
      where account_key = '${ACCOUNT}' and usage_date ${LAST_90} group by 1 order by 1`,
    scan: `select coalesce(e.class, 'unknown') as error_class, count(*) as failure_count from warehouse.fax_recipients r
      left join warehouse.error_codes e on e.error_type = r.error_type and e.error_id = r.error_id
      where r.account_id = (select account_id from warehouse.accounts where account_key = '${ACCOUNT}') and r.is_counted and r.status = 'failure'
        and (r.fax_created_at at time zone 'America/Chicago')::date ${LAST_90} group by 1 order by 1`,
  },
  {
    name: 'worst areas of a month',
    view: `select dest_prefix, finished_recipient_count, failed_recipient_count from report.outcomes_by_prefix
      where account_key = '${ACCOUNT}' and usage_month = ${MONTH} order by failed_recipient_count desc, dest_prefix limit 10`,
    scan: `select left(r.phone_number, 5) as dest_prefix, count(*) as finished_recipient_count, count(*) filter (where r.status = 'failure') as failed_recipient_count
      from warehouse.fax_recipients r
      where r.account_id = (select account_id from warehouse.accounts where account_key = '${ACCOUNT}') and r.is_counted and r.status in ('success', 'failure')
        and date_trunc('month', r.fax_created_at at time zone 'America/Chicago') = ${MONTH}
      group by 1 order by 3 desc, 1 limit 10`,
  },
  {
    name: 'times to deliver of a month, p50 to p99',
    view: `select direction, status, fax_count, seconds_p50, seconds_p90, seconds_p95, seconds_p99 from report.delivery_times
      where account_key = '${ACCOUNT}' and usage_month = ${MONTH} order by 1, 2`,
    scan: `select f.direction, f.status, count(*) as fax_count, percentile_disc(0.5) within group (order by s.seconds) as seconds_p50,
        percentile_disc(0.9) within group (order by s.seconds) as seconds_p90, percentile_disc(0.95) within group (order by s.seconds) as seconds_p95,
        percentile_disc(0.99) within group (order by s.seconds) as seconds_p99
      from warehouse.faxes f, lateral (select extract(epoch from f.completed_at - f.created_at)::integer as seconds) s
      where ${COUNTED} and f.gone_at_source_at is null and f.stage >= 2 and date_trunc('month', f.created_at at time zone 'America/Chicago') = ${MONTH}
      group by 1, 2 order by 1, 2`,
  },
  {
    name: 'totals of 24 months',
    view: `select usage_month, sum(fax_count) as fax_count, sum(cost_cents) as cost_cents from report.billing_by_month
      where account_key = '${ACCOUNT}' group by 1 order by 1`,
    scan: `select date_trunc('month', ${DAY})::date as usage_month, count(*) as fax_count, sum(f.cost_cents) as cost_cents from warehouse.faxes f
      where ${COUNTED} group by 1 order by 1`,
  },
];

type Rows = readonly Record<string, unknown>[];

/** Whole rows as text, numbers as they are however the driver gives them. */
const told = (rows: Rows): string =>
  JSON.stringify(rows.map((row) => Object.values(row).map((value) => String(value))));

async function warm(pool: Pool, sql: string): Promise<{ ms: number; rows: Rows }> {
  let rows: Rows = [];
  const times: number[] = [];
  for (let round = -2; round < ROUNDS; round++) {
    const seconds = await secondsOf(async () => {
      rows = (await pool.query<Record<string, unknown>>(sql)).rows;
    });
    if (round >= 0) times.push(seconds * 1_000);
  }
  return { ms: median(times), rows };
}

async function scanOnce(pool: Pool, sql: string): Promise<{ ms: number; rows: Rows }> {
  let rows: Rows = [];
  await pool.query(`begin; set local enable_indexscan = off; set local enable_bitmapscan = off; set local enable_indexonlyscan = off;
    set local max_parallel_workers_per_gather = 0; set local jit = off; set local work_mem = '256MB'`);
  const seconds = await secondsOf(async () => {
    rows = (await pool.query<Record<string, unknown>>(sql)).rows;
  });
  await pool.query('rollback');
  return { ms: seconds * 1_000, rows };
}

async function measureQuestions(pool: Pool): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const { name, view, scan } of QUESTIONS) {
    process.stderr.write(`Asking for ${name} ...\n`);
    const answer = await warm(pool, view);
    const scanned = await scanOnce(pool, scan);
    const isExact = told(answer.rows) === told(scanned.rows) && answer.rows.length > 0;
    figures.push(
      {
        name: `${name}, ms`,
        target: { is: 'at most', value: MILLISECONDS_MAX },
        measured: answer.ms,
        digits: 1,
        beside: `median of ${ROUNDS}, warm; ${answer.rows.length} rows`,
      },
      {
        name: '- times as fast as a scan of the tables',
        target: { is: 'at least', value: TIMES_FASTER_MIN },
        measured: scanned.ms / answer.ms,
        digits: 0,
        beside: `${(scanned.ms / 1_000).toFixed(1)} s the scan, without index, worker and jit`,
      },
      {
        name: '- rows that are not those of the scan',
        target: { is: 'at most', value: 0 },
        measured: isExact
          ? 0
          : answer.rows.filter((row, i) => told([row]) !== told(scanned.rows.slice(i, i + 1))).length || 1,
        digits: 0,
        beside: 'every cent, count and second compared',
      },
    );
  }
  return figures;
}

/** The same questions with pages that no fold has been at, and what the fold takes. */
async function measureUnfolded(ground: Ground): Promise<Figure[]> {
  const { pool } = ground;
  process.stderr.write(`Loading ${UNFOLDED_PAGES} pages ...\n`);
  for (let page = 0; page < UNFOLDED_PAGES; page++) {
    await loadObject(pool, prepared(faxEnvelope(ground.takeIds(PAGE_FAXES), 'late')), BENCH_LOAD);
  }
  const slowest: [string, number][] = [];
  for (const { name, view } of QUESTIONS) slowest.push([name, (await warm(pool, view)).ms]);
  slowest.sort(([, a], [, b]) => b - a);
  let rows: number | null = null;
  const seconds = await secondsOf(async () => {
    rows = await foldRollups(pool);
  });
  return [
    {
      name: `the slowest of these with ${UNFOLDED_PAGES} pages not folded, ms`,
      target: null,
      measured: slowest[0]?.[1] ?? Number.NaN,
      digits: 1,
      beside: slowest.map(([name, ms]) => `${name} ${ms.toFixed(1)}`).join(', '),
    },
    { name: '- folding them, ms', target: null, measured: seconds * 1_000, digits: 0, beside: `${rows} pending rows` },
  ];
}

async function measurePage(pool: Pool, faxes: number): Promise<Figure[]> {
  const request = { account: BUSY, from: `${BUSY_MONTH}-01`, to: `${BUSY_MONTH}-31`, now: Date.UTC(2026, 10, 2, 12) };
  await makeReportPage(pool, request);
  let html = '';
  const seconds = await secondsOf(async () => {
    html = (await makeReportPage(pool, request)).html;
  });
  const bytes = Buffer.byteLength(html);
  const zipped = gzipSync(html, { level: 9 }).length;
  const of = `of a month of ${faxes} faxes`;
  return [
    {
      name: `the report page ${of}, s`,
      target: { is: 'at most', value: 3 },
      measured: seconds,
      beside: 'its second making',
    },
    {
      name: '- its size, kB',
      target: { is: 'at most', value: 250 },
      measured: bytes / 1_000,
      digits: 0,
      beside: 'one file',
    },
    {
      name: '- gzipped, kB',
      target: { is: 'at most', value: 40 },
      measured: zipped / 1_000,
      digits: 0,
      beside: 'level 9',
    },
  ];
}

/** Figures of the reports: questions against scans of ten million faxes, the page of a month, and what the rollups cost the load path. */
export async function measureReports(
  ground: Ground,
  asked: number | null,
  pages: number,
  rounds: number,
): Promise<Figure[]> {
  const { pool } = ground;
  // Before the large tables, so that the pages are loaded beside as many faxes as in the part "load".
  const load = await measureRollupLoad(ground, pages, rounds);
  const faxes = asked ?? FAXES;
  const busy = Math.ceil(faxes * BUSY_SHARE);
  await fillReports(pool, faxes, busy, ground.takeIds);
  const rebuilt = await secondsOf(async () => {
    for (const account of [ACCOUNT, BUSY]) await rebuildRollups(pool, account);
  });
  await pool.query('vacuum analyze');
  const questions = await measureQuestions(pool);
  let differing = 0;
  const compared = await secondsOf(async () => {
    for (const account of [ACCOUNT, BUSY, 'main']) differing += (await compareRollups(pool, account)).length;
  });
  const unfolded = await measureUnfolded(ground);
  return [
    ...questions,
    {
      name: `rollups that are not what ${faxes + busy} faxes add up to`,
      target: { is: 'at most', value: 0 },
      measured: differing,
      digits: 0,
      beside: `compared in ${compared.toFixed(0)} s, made in ${rebuilt.toFixed(0)} s; filled: ${FILLED}`,
    },
    ...unfolded,
    ...load,
    ...(await measurePage(pool, busy)),
  ];
}
