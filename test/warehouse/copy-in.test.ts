import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inTransaction } from '../../src/warehouse/connection.ts';
import { CopyBuffer, copyIn } from '../../src/warehouse/copy-in.ts';
import { freshEmptyDatabase, type TestDatabase } from '../support/database.ts';

const COPY = 'copy things (number, words) from stdin (format binary)';

/** `count` rows in chunks; the one numbered `bad` has a number that no integer column takes. */
function* things(count: number, bad = -1): Iterable<Buffer> {
  const copy = new CopyBuffer();
  for (let number = 0; number < count; number++) {
    copy.row(2);
    copy.integer(number === bad ? 2 ** 40 : number);
    copy.text(`fax ${number} é`.repeat(10));
    if (copy.isFull) yield copy.chunk();
  }
  yield copy.finish();
}

let database: TestDatabase;
beforeAll(async () => {
  database = await freshEmptyDatabase();
  await database.pool.query('create table things (number integer primary key, words text)');
});
afterAll(() => database.drop());

const stored = async () =>
  (
    await database.pool.query<{ n: number; sum: number }>(
      'select count(*)::integer as n, sum(number)::integer as sum from things',
    )
  ).rows[0];

describe('copyIn', () => {
  it('stores rows that fill many chunks, whole', async () => {
    expect([...things(5000)].length).toBeGreaterThan(10);
    await inTransaction(database.pool, (client) => copyIn(client, COPY, things(5000)));
    expect(await stored()).toEqual({ n: 5000, sum: (4999 * 5000) / 2 });
    await database.pool.query('truncate things');
  });

  it('passes on the error of a row that cannot be written, stores nothing and leaves the connection usable', async () => {
    const client = await database.pool.connect();
    const failure: unknown = await copyIn(client, COPY, things(5000, 4000)).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(RangeError);
    const { rows } = await client.query<{ n: number }>('select count(*)::integer as n from things');
    expect(rows).toEqual([{ n: 0 }]);
    client.release();
  });

  it("passes on the server's refusal", async () => {
    const client = await database.pool.connect();
    await copyIn(client, COPY, things(3));
    await expect(copyIn(client, COPY, things(5000))).rejects.toMatchObject({ code: '23505' });
    expect(await stored()).toEqual({ n: 3, sum: 3 });
    client.release();
  });
});
