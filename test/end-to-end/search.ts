import type { Pool } from 'pg';
import type { MirrorRig } from '../../src/cli/demo/mirror-rig.ts';
import { ownTables } from '../support/stored-texts.ts';
import { landedOf } from './rigs.ts';

function escapePattern(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

/** Places of any of these words, whole, in any column of any table of ours; each as `schema.table: count`. */
export async function searchDatabase(pool: Pool, words: readonly string[]): Promise<string[]> {
  // Word borders: a number must not be found inside a longer one.
  const pattern = `(^|[^[:alnum:]])(${words.map(escapePattern).join('|')})([^[:alnum:]]|$)`;
  const places: string[] = [];
  for (const name of await ownTables(pool)) {
    const found = await pool.query<{ count: string }>(`select count(*) from ${name} t where t::text ~ $1`, [pattern]);
    if (found.rows[0]?.count !== '0') places.push(`${name}: ${found.rows[0]?.count}`);
  }
  return places;
}

/** Keys of landed objects whose key or content holds any of these words, whole. */
export async function searchLanded(rig: MirrorRig, words: readonly string[]): Promise<string[]> {
  const pattern = new RegExp(`(?<![A-Za-z0-9])(?:${words.map(escapePattern).join('|')})(?![A-Za-z0-9])`);
  const landed = await landedOf(rig);
  return landed
    .filter(({ key, envelope }) => pattern.test(key) || envelope.bodies.some(({ body }) => pattern.test(body)))
    .map(({ key }) => key);
}
