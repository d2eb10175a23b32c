import type { Figure } from './figures.ts';
import type { Ground } from './ground.ts';
import { kyselyWriter } from './kysely-writer.ts';
import { against } from './load-part.ts';
import { faxsyncWriter } from './our-writers.ts';
import { type Cell, type Phase, race } from './race.ts';
import { createSingerTable, singerWriter } from './singer-writer.ts';
import { stripeWriter } from './stripe-writer.ts';

/** Pages of the writers that take a statement a row. */
const SLOW_PAGES = 2;

/** Figures against the writers of others, on the same faxes and server. */
export async function measurePeers(ground: Ground, pages: number, rounds: number): Promise<Figure[]> {
  const { pool, url } = ground;
  await createSingerTable(pool);
  const stripe = await stripeWriter(pool, url, Math.min(pages, SLOW_PAGES));
  const writers = [
    faxsyncWriter(pool, pages),
    stripe,
    singerWriter(pool, pages, 'one table'),
    singerWriter(pool, pages, 'same tables'),
    kyselyWriter(pool, Math.min(pages, SLOW_PAGES)),
  ];
  const cells = await race(ground, writers, rounds);
  await stripe.end();
  return [
    ...compare(cells, 'stripe-sync-engine', 'its own writer', { fresh: 15, unchanged: 150, changed: null }),
    ...compare(cells, 'Singer, same tables', 'equal work', { fresh: 1, unchanged: 7, changed: 2.5 }),
    ...compare(cells, 'Singer, one table', 'jsonb lists, no history', { fresh: null, unchanged: null, changed: null }),
    ...compare(cells, 'kysely', 'a statement a row', { fresh: null, unchanged: null }),
  ];
}

function compare(
  cells: readonly Cell[],
  peer: string,
  what: string,
  targets: Partial<Record<Phase, number | null>>,
): Figure[] {
  const phases = (['fresh', 'unchanged', 'changed'] as const).filter((phase) => phase in targets);
  return phases.map((phase) =>
    against(cells, `${phase}, against ${peer} (${what})`, ['faxsync', phase], [peer, phase], targets[phase] ?? null),
  );
}
