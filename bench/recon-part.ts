import { memoryUsage } from 'node:process';
import { parsePeriod, RECONCILIATION_DEFAULTS } from '../src/domain/reconciliation.ts';
import { createWarehousePool, inTransaction } from '../src/warehouse/connection.ts';
import { judge, prepareJudgement } from '../src/warehouse/recon/judge.ts';
import { prepareBalance } from '../src/warehouse/recon/prepare-balance.ts';
import { rateFaxes } from '../src/warehouse/recon/rate-faxes.ts';
import { CHECKS } from '../src/warehouse/recon/registry.ts';
import { runChecks } from '../src/warehouse/recon/run.ts';
import { takeScope } from '../src/warehouse/recon/scope.ts';
import type { Figure } from './figures.ts';
import { type Ground, secondsOf } from './ground.ts';
import { AS_OF, FILLED, filledFaxes, fillMonth, MONTH } from './recon-fill.ts';

/** Faxes of the largest month; the others have a half and a quarter of them. */
const FAXES = 1_000_000;
const MB = 1_048_576;
/** Longest that the checks of a month of the last size may take, s. */
const SECONDS_MAX = 60;
/** Growth of the time against that of the rows: noise of the machine is a third. */
const GROWTH_MAX = 1.15;

interface Measured {
  readonly faxes: number;
  readonly seconds: number;
  /** A run that finds what the one before found, s. */
  readonly again: number;
  readonly peakRss: number;
  readonly exceptions: number;
  readonly isRepeat: boolean;
  readonly rowsWritten: number;
  readonly steps: ReadonlyArray<readonly [name: string, seconds: number]>;
}

/** Runs `work` and tells the largest resident size the process had meanwhile. */
async function watchMemory<T>(work: () => Promise<T>): Promise<{ value: T; peak: number }> {
  let peak = memoryUsage.rss();
  const timer = setInterval(() => {
    peak = Math.max(peak, memoryUsage.rss());
  }, 50);
  try {
    return { value: await work(), peak };
  } finally {
    clearInterval(timer);
  }
}

async function reconRows(ground: Ground): Promise<number> {
  const { rows } = await ground.pool.query<{ rows: number }>(
    `select ((select count(*) from recon.results) + (select count(*) from recon.items) + (select count(*) from recon.events)
       + (select count(*) from recon.periods) + (select count(*) from recon.settings_versions))::float8 as rows`,
  );
  return rows[0]?.rows ?? Number.NaN;
}

async function measureMonth(ground: Ground, faxes: number): Promise<Measured> {
  const account = `month-${faxes}`;
  process.stderr.write(`Filling a month of ${faxes} faxes ...\n`);
  await fillMonth(ground.pool, account, faxes, ground.takeIds(filledFaxes(faxes)));
  const period = parsePeriod(MONTH);
  if (period === null) throw new Error(`${MONTH} is no month`);
  const scope = { account, period, asOf: AS_OF, settings: RECONCILIATION_DEFAULTS };
  const request = {
    ...scope,
    checks: CHECKS,
    codeVersion: 'bench',
    every: 'day' as const,
    now: AS_OF,
    timeoutMs: 600_000,
  };
  const pool = createWarehousePool(ground.url, { connectionsMax: 2, applicationName: 'faxsync-bench' });
  try {
    let seconds = 0;
    let again = 0;
    const first = await watchMemory(async () => {
      let summary: Awaited<ReturnType<typeof runChecks>> = null;
      seconds = await secondsOf(async () => {
        summary = await runChecks(pool, request);
      });
      return summary as Awaited<ReturnType<typeof runChecks>>;
    });
    const before = await reconRows(ground);
    let isRepeat = false;
    again = await secondsOf(async () => {
      isRepeat = (await runChecks(pool, request))?.isRepeat === true;
    });
    const rowsWritten = (await reconRows(ground)) - before;
    const steps: [string, number][] = [];
    await inTransaction(
      pool,
      async (client) => {
        const step = async (name: string, work: () => Promise<unknown>) => {
          steps.push([name, await secondsOf(work)]);
        };
        await step('faxes', () => takeScope(client, scope));
        await step('rating', () => rateFaxes(client, scope.settings));
        await step('balance', () => prepareBalance(client));
        await prepareJudgement(client);
        for (const check of CHECKS) await step(check.id, () => judge(client, check, check.tolerance));
      },
      `begin isolation level repeatable read; set local work_mem = '64MB'; set local jit = off`,
    );
    const exceptions = first.value?.exceptions ?? Number.NaN;
    return { faxes, seconds, again, peakRss: first.peak, exceptions, isRepeat, rowsWritten, steps };
  } finally {
    await pool.end();
  }
}

function describe({ steps, seconds, faxes }: Measured): string {
  const slowest = steps.toSorted(([, a], [, b]) => b - a).slice(0, 6);
  const perFax = ((seconds / faxes) * 1e6).toFixed(1);
  return `${perFax} us a fax; slowest: ${slowest.map(([name, took]) => `${name} ${took.toFixed(1)}`).join(', ')}`;
}

/** Figures of the reconciliation of one month, at three sizes. */
export async function measureRecon(ground: Ground, largest: number | null): Promise<Figure[]> {
  const sizes = [4, 2, 1].map((part) => Math.ceil((largest ?? FAXES) / part));
  const months: Measured[] = [];
  // Each fax is looked for under every other account too, so all months get the same number of them: one stands in for each month to come.
  await ground.pool.query(
    `insert into warehouse.accounts (account_key, billing_zone) select 'later-' || n, 'UTC' from unnest($1::integer[]) n`,
    [sizes],
  );
  for (const faxes of sizes) {
    await ground.pool.query(`delete from warehouse.accounts where account_key = 'later-' || $1::integer`, [faxes]);
    months.push(await measureMonth(ground, faxes));
  }
  const [least] = months;
  const last = months.at(-1);
  if (least === undefined || last === undefined) return [];
  const growth = last.seconds / last.faxes / (least.seconds / least.faxes);
  return [
    ...months.map(
      (month): Figure => ({
        name: `a month of ${month.faxes} faxes, all ${CHECKS.length} checks, s`,
        target: month === last ? { is: 'at most', value: SECONDS_MAX } : null,
        measured: month.seconds,
        digits: 1,
        beside: month === last ? `${describe(month)}; ${FILLED}` : describe(month),
      }),
    ),
    {
      name: '- time a fax, largest month against smallest',
      target: { is: 'at most', value: GROWTH_MAX },
      measured: growth,
      beside: months.map(({ faxes, seconds }) => `${seconds.toFixed(1)} s of ${faxes}`).join(', '),
    },
    {
      name: '- memory of Node, largest month above smallest, MB',
      target: { is: 'at most', value: 16 },
      measured: Math.max(0, last.peakRss - least.peakRss) / MB,
      digits: 0,
      beside: months.map(({ faxes, peakRss }) => `${(peakRss / MB).toFixed(0)} MB at ${faxes}`).join(', '),
    },
    {
      name: '- rows written by a second run beside its own',
      target: { is: 'at most', value: 0 },
      measured: Math.max(...months.map(({ rowsWritten }) => rowsWritten)),
      digits: 0,
      beside: `${months.filter(({ isRepeat }) => isRepeat).length} of ${months.length} found the same again, the last in ${last.again.toFixed(1)} s; exceptions ${last.exceptions}`,
    },
  ];
}
