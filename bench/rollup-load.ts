import type { Pool } from 'pg';
import { createWarehousePool } from '../src/warehouse/connection.ts';
import { loadObject } from '../src/warehouse/load-object.ts';
import { foldRollups } from '../src/warehouse/rollups.ts';
import { faxEnvelope, PAGE_FAXES, prepared } from './faxes.ts';
import { type Figure, median, rate, spread } from './figures.ts';
import { BENCH_LOAD, type Ground, secondsOf, tidy } from './ground.ts';
import { against } from './load-part.ts';
import { faxsyncWriter } from './our-writers.ts';
import { type Phase, race, type Writer } from './race.ts';

/** Loaders that run side by side, each for an account of its own. */
const SIDE_BY_SIDE = 4;

const TRIGGERS = `
select tgrelid::regclass::text as table_name, tgname as trigger_name from pg_trigger
where tgfoid in (select oid from pg_proc where pronamespace = 'rollup'::regnamespace) and tgname <> 'rollups_follow_zone'`;

/** Has the rollups kept by what is loaded from now on, or not. */
async function keepRollups(pool: Pool, isKept: boolean): Promise<void> {
  const { rows } = await pool.query<{ table_name: string; trigger_name: string }>(TRIGGERS);
  for (const { table_name: table, trigger_name: trigger } of rows) {
    await pool.query(`alter table ${table} ${isKept ? 'enable' : 'disable'} trigger ${trigger}`);
  }
}

/** The load path with the rollups it keeps, or as if there were none. */
function writer(pool: Pool, pages: number, isKept: boolean): Writer {
  const whole = faxsyncWriter(pool, pages);
  return {
    ...whole,
    name: isKept ? 'with rollups' : 'without rollups',
    prepare: async (envelopes) => {
      const run = await whole.prepare(envelopes);
      await keepRollups(pool, isKept);
      return run;
    },
  };
}

/** Faxes a second of loaders side by side, one cell with rollups and one without in each round. */
async function raceSideBySide(ground: Ground, pages: number, rounds: number): Promise<Figure> {
  const pools = Array.from({ length: SIDE_BY_SIDE }, (_, i) =>
    createWarehousePool(ground.url, { connectionsMax: 1, applicationName: `faxsync-bench-${i}` }),
  );
  const speeds: { readonly isKept: boolean; readonly perSecond: number }[] = [];
  try {
    for (let round = 0; round <= rounds; round++) {
      for (const isKept of round % 2 === 0 ? [true, false] : [false, true]) {
        await keepRollups(ground.pool, isKept);
        const loads = pools.map((_, i) =>
          Array.from({ length: pages }, () => {
            const { mark, ...load } = prepared(faxEnvelope(ground.takeIds(PAGE_FAXES), 'early'));
            return { ...load, mark: { ...mark, account: `side-${i}` } };
          }),
        );
        await tidy(ground.pool);
        const seconds = await secondsOf(() =>
          Promise.all(
            pools.map(async (pool, i) => {
              for (const load of loads[i] ?? []) await loadObject(pool, load, BENCH_LOAD);
            }),
          ),
        );
        if (round > 0) speeds.push({ isKept, perSecond: (SIDE_BY_SIDE * pages * PAGE_FAXES) / seconds });
      }
    }
  } finally {
    for (const pool of pools) await pool.end();
  }
  const of = (isKept: boolean) => speeds.filter((cell) => cell.isKept === isKept).map(({ perSecond }) => perSecond);
  const [kept, plain] = [of(true), of(false)];
  const ratios = kept.map((perSecond, i) => perSecond / (plain[i] ?? Number.NaN));
  return {
    name: `- ${SIDE_BY_SIDE} loaders side by side`,
    target: { is: 'at least', value: 0.98 },
    measured: median(ratios),
    beside: `${rate(median(kept))} and ${rate(median(plain))}; ${spread(ratios)}; client and server share the cores`,
  };
}

/** What the rollups cost the load path: the same pages with their triggers and without, in turn. */
export async function measureRollupLoad(ground: Ground, pages: number, rounds: number): Promise<Figure[]> {
  const { pool } = ground;
  // Finds the tags of the base that have too many values to be kept.
  await foldRollups(pool);
  const cells = await race(ground, [writer(pool, pages, true), writer(pool, pages, false)], rounds);
  const ratio = (name: string, phase: Phase, atLeast: number | null) =>
    against(cells, name, ['with rollups', phase], ['without rollups', phase], atLeast);
  const sideBySide = await raceSideBySide(ground, Math.ceil(pages / 2), rounds);
  await keepRollups(pool, true);
  await pool.query('select rollup.rebuild(account_id) from warehouse.accounts');
  return [
    ratio('fresh load with rollups, against none', 'fresh', 0.85),
    sideBySide,
    ratio('- unchanged', 'unchanged', 0.98),
    ratio('- 10 % changed', 'changed', null),
  ];
}
