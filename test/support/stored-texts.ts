import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { Pool } from 'pg';

/** Every table of a database that is ours, with its schema, ready for a statement. */
export async function ownTables(pool: Pool): Promise<string[]> {
  const { rows } = await pool.query<{ name: string }>(`
    select format('%I.%I', schemaname, tablename) as name from pg_tables
    where schemaname not in ('pg_catalog', 'information_schema') order by 1`);
  return rows.map(({ name }) => name);
}

/** Every row of every table that is ours: the table's name, a blank, and the row as text. */
export async function rowTexts(pool: Pool): Promise<string[]> {
  const texts: string[] = [];
  for (const name of await ownTables(pool)) {
    const { rows } = await pool.query<{ row: string }>(`select t::text as row from ${name} t`);
    texts.push(...rows.map(({ row }) => `${name} ${row}`));
  }
  return texts;
}

/** Every file in the folder of a landing zone: its path, a line break, and its bytes, unpacked, as one byte a character. */
export async function landedTexts(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return Promise.all(
    paths.map(async (path) => {
      const bytes = await readFile(path);
      const isPacked = bytes[0] === 0x1f && bytes[1] === 0x8b;
      return `${path}\n${(isPacked ? gunzipSync(bytes) : bytes).toString('latin1')}`;
    }),
  );
}
