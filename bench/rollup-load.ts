import type { Pool } from 'pg';
import type { Figure } from './figures.ts';
import type { Ground } from './ground.ts';
import { against } from './load-part.ts';
import { faxsyncWriter } from './our-writers.ts';
import { race, type Writer } from './race.ts';

const TRIGGERS = `
select format('alter table %s %s trigger %I', tgrelid::regclass, $1, tgname) as statement from pg_trigger
where tgfoid in (select oid from pg_proc where pronamespace = 'rollup'::regnamespace) and tgname <> 'rollups_follow_zone'`;

/** Has the rollups kept by what is loaded from now on, or not. */
async function keepRollups(pool: Pool, isKept: boolean): Promise<void> {
  const { rows } = await pool.query<{ statement: string }>(
    TRIGGERS.replace('$1', `'${isKept ? 'enable' : 'disable'}'`),
  );
  for (const { statement } of rows) await pool.query(statement);
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

/** What the rollups cost the load path: the same pages with their triggers and without, in turn. */
export async function measureRollupLoad(ground: Ground, pages: number, rounds: number): Promise<Figure[]> {
  const { pool } = ground;
  const cells = await race(ground, [writer(pool, pages, true), writer(pool, pages, false)], rounds);
  await keepRollups(pool, true);
  const ratio = (name: string, phase: 'fresh' | 'unchanged' | 'changed', atLeast: number | null) =>
    against(cells, name, ['with rollups', phase], ['without rollups', phase], atLeast);
  return [
    ratio('fresh load with rollups, against none', 'fresh', 0.85),
    ratio('- unchanged', 'unchanged', 0.98),
    ratio('- 10 % changed', 'changed', null),
  ];
}
