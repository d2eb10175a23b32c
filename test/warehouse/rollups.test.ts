import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadObject } from '../../src/warehouse/load-object.ts';
import { migrate } from '../../src/warehouse/migrate.ts';
import { readMigrationFiles } from '../../src/warehouse/migration-files.ts';
import { compareRollups, foldRollups, rebuildRollups } from '../../src/warehouse/rollups.ts';
import { freshDatabase, freshEmptyDatabase, MIGRATIONS_DIRECTORY, type TestDatabase } from '../support/database.ts';
import { preparedOf, TEST_LOAD, wireFax } from '../support/landed.ts';

const NOON = Date.UTC(2026, 6, 31, 17);
const HOUR = 3_600_000;

let database: TestDatabase;
beforeAll(async () => {
  database = await freshDatabase();
});
afterAll(() => database.drop());

const recipient = fc.record({
  number: fc.constantFrom('+14145550123', '+14145550124', '+442079460123', '12', null),
  status: fc.constantFrom('success', 'failure', 'callactive', null),
  retries: fc.constantFrom(0, 1, 2, null),
  error: fc.constantFrom(34, 49),
});

const fax = fc.record({
  id: fc.integer({ min: 1, max: 5 }),
  status: fc.constantFrom('success', 'failure', 'partialsuccess', 'inprogress', 'on the moon'),
  cost: fc.constantFrom(0, 7, 14, null),
  isReceived: fc.boolean(),
  isTest: fc.constantFrom(false, false, true, null),
  seconds: fc.constantFrom(-3, 0, 50.9, 90_000),
  tags: fc.constantFrom({}, { department: 'Lab' }, { department: 'Front', order: '1' }, { order: '2' }),
  recipients: fc.array(recipient, { maxLength: 3 }),
});

const look = fc.record({
  kind: fc.constantFrom('slice' as const, 'slice' as const, 'lookup' as const, 'callback' as const),
  faxes: fc.uniqueArray(fax, { selector: ({ id }) => id, minLength: 1, maxLength: 5 }),
});

type Look = typeof look extends fc.Arbitrary<infer T> ? T : never;

/** Fax `id` was created `id` hours before midnight of the last of July in Chicago, or after it. */
function wireOf({ id, status, cost, isReceived, isTest, seconds, tags, recipients }: Look['faxes'][number]) {
  const createdAt = NOON + (8 + id) * HOUR;
  const isOver = status !== 'inprogress';
  const shape = wireFax(id, new Date(createdAt).toISOString(), { status, tags });
  const one = shape.recipients?.[0];
  return {
    ...shape,
    cost,
    is_test: isTest,
    direction: isReceived ? 'received' : 'sent',
    completed_at: isOver ? new Date(createdAt + seconds * 1_000).toISOString() : null,
    error_id: status === 'failure' ? 99 : null,
    error_type: status === 'failure' ? 'lineError' : null,
    recipients: isReceived
      ? []
      : recipients.map(({ number, status: end, retries, error }) => ({
          ...one,
          phone_number: number,
          status: end,
          retry_count: retries,
          error_id: end === 'failure' ? error : null,
          error_type: end === 'failure' ? 'lineError' : null,
        })),
  };
}

async function load(account: string, observation: number, { kind, faxes }: Look): Promise<void> {
  const window = kind === 'slice' ? { after: NOON, before: NOON + 20 * HOUR } : null;
  const spec = { observation, at: NOON + 40 * HOUR + observation * HOUR, kind, account, window };
  const wires = faxes.map(wireOf);
  const [first] = wires;
  const data = kind === 'slice' ? wires : first;
  const subjectId = kind === 'slice' ? null : String(first?.id);
  const prepared = preparedOf({ ...spec, subjectId }, data);
  await loadObject(
    database.pool,
    { ...prepared, mark: { ...prepared.mark, landedKey: `${account}/${observation}` } },
    TEST_LOAD,
  );
}

describe('the rollups', () => {
  it('are what the tables add up to after any looks in any order, folded or not', async () => {
    let run = 0;
    await fc.assert(
      fc.asyncProperty(
        fc
          .array(look, { minLength: 2, maxLength: 6 })
          .chain((looks) =>
            fc.tuple(
              fc.constant(looks),
              fc.shuffledSubarray([...looks.keys()], { minLength: looks.length }),
              fc.nat(looks.length),
            ),
          ),
        async ([looks, order, foldedAfter]) => {
          run += 1;
          const account = `any-${run}`;
          for (const [place, index] of order.entries()) {
            const each = looks[index];
            if (each !== undefined) await load(account, index + 1, each);
            if (place === foldedAfter) await foldRollups(database.pool);
          }
          expect(await compareRollups(database.pool, account)).toEqual([]);
          await foldRollups(database.pool);
          expect(await compareRollups(database.pool, account)).toEqual([]);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('lose and double nothing while four accounts are loaded side by side and folds go on', async () => {
    const accounts = [1, 2, 3, 4].map((n) => `beside-${n}`);
    let isLoading = true;
    let folds = 0;
    const folding = (async () => {
      while (isLoading) if ((await foldRollups(database.pool)) !== null) folds += 1;
    })();
    const looks = fc.sample(look, { numRuns: 25, seed: 11 });
    await Promise.all(
      accounts.map(async (account, n) => {
        for (const [i, each] of looks.entries()) await load(account, ((i * 7 + n) % looks.length) + 1, each);
      }),
    );
    isLoading = false;
    await folding;
    expect(folds).toBeGreaterThan(1);
    for (const account of accounts) expect(await compareRollups(database.pool, account), account).toEqual([]);
  });

  it('follow a fax that is gone at the source and comes back, that turns out to be a test, and that has another day', async () => {
    const account = 'moves';
    await load(account, 1, fc.sample(look, { numRuns: 1, seed: 5 })[0] as Look);
    for (const change of [
      'gone_at_source_at = now()',
      'gone_at_source_at = null',
      'is_test = true',
      'is_test = null',
      "created_at = created_at - interval '2 months'",
      'created_at = null, completed_at = null',
      "created_at = observed_at, completed_at = observed_at + interval '1 second'",
      "direction = case when direction = 'sent' then 'received' else 'sent' end",
      'cost_cents = 1',
    ]) {
      await database.pool.query(
        `update warehouse.faxes set ${change} where account_id = (select account_id from warehouse.accounts where account_key = $1)`,
        [account],
      );
      expect(await compareRollups(database.pool, account), change).toEqual([]);
    }
  });

  it('follow the billing zone of an account', async () => {
    const account = 'zoned';
    await load(account, 1, fc.sample(look, { numRuns: 1, seed: 6 })[0] as Look);
    const days = async () =>
      (
        await database.pool.query(
          `select distinct usage_date::text as day from rollup.fax_days join warehouse.accounts using (account_id) where account_key = $1 order by 1`,
          [account],
        )
      ).rows.map((row) => row.day);
    const before = await days();
    await database.pool.query(
      `update warehouse.accounts set billing_zone = 'Pacific/Honolulu' where account_key = $1`,
      [account],
    );
    expect(await compareRollups(database.pool, account)).toEqual([]);
    expect(await days()).not.toEqual(before);
  });

  it('know the day and hour of a zone whose clocks differ by three quarters of an hour', async () => {
    const zoned = { ...TEST_LOAD, billingZone: 'Asia/Kathmandu' };
    const faxes = ['2026-05-31T18:14:59Z', '2026-05-31T18:15:00Z', '2026-06-01T02:14:59Z', '2026-06-01T02:15:00Z'];
    const wires = faxes.map((at, i) => wireFax(i + 1, at, { status: 'success', tags: { department: 'Lab' } }));
    const spec = { observation: 1, at: Date.UTC(2026, 5, 2), account: 'kathmandu', kind: 'slice' as const };
    const window = { after: Date.UTC(2026, 4, 31), before: Date.UTC(2026, 5, 2) };
    await loadObject(database.pool, preparedOf({ ...spec, window }, wires), zoned);
    const of = (columns: string, rollup: string) =>
      database.pool
        .query<{ counted: string }>(
          `select concat_ws(' ', ${columns}, sum(fax_count)) as counted from ${rollup} join warehouse.accounts using (account_id)
             where account_key = 'kathmandu' group by ${columns} order by 1`,
        )
        .then(({ rows }) => rows.map(({ counted }) => counted));
    expect(await of('usage_date', 'rollup.fax_days')).toEqual(['2026-05-31 1', '2026-06-01 3']);
    expect(await of('usage_month', 'rollup.tag_months')).toEqual(['2026-05-01 1', '2026-06-01 3']);
    expect(
      await of(
        'usage_date, hour',
        '(select *, recipient_count as fax_count from rollup.recipient_hours) recipient_hours',
      ),
    ).toEqual(['2026-05-31 23 1', '2026-06-01 0 1', '2026-06-01 7 1', '2026-06-01 8 1']);
  });

  it('count recipients of code that does not say whether they count, beside those of code that does', async () => {
    const account = 'mixed';
    await load(account, 1, fc.sample(look, { numRuns: 1, seed: 6 })[0] as Look);
    await database.pool.query(
      `insert into warehouse.fax_recipients (account_id, fax_id, fax_created_at, ordinal, phone_number, status, retry_count, is_counted)
       select f.account_id, f.fax_id, f.created_at, 90 + n, '+14145550199', 'success', 0, case n when 1 then warehouse.is_counted(f.created_at, f.is_test, f.gone_at_source_at) end
       from warehouse.faxes f join warehouse.accounts using (account_id) cross join generate_series(1, 2) n where account_key = $1`,
      [account],
    );
    expect(await compareRollups(database.pool, account)).toEqual([]);
  });

  it('are told to differ where they do, rollup by rollup, and are made anew', async () => {
    const account = 'broken';
    const faxes = [
      {
        id: 1,
        status: 'failure',
        cost: 7,
        isReceived: false,
        isTest: false,
        seconds: 50.9,
        tags: { department: 'Lab' },
        recipients: [{ number: '+14145550123', status: 'failure', retries: 1, error: 34 }],
      },
    ] as const;
    await load(account, 1, { kind: 'slice', faxes: faxes as unknown as Look['faxes'] });
    await load(account, 2, { kind: 'slice', faxes: [{ ...faxes[0], cost: 0 }] as unknown as Look['faxes'] });
    await foldRollups(database.pool);
    const id = `(select account_id from warehouse.accounts where account_key = '${account}')`;
    for (const rollup of [
      'credit_days',
      'delivery_months',
      'error_days',
      'fax_days',
      'prefix_months',
      'recipient_hours',
      'tag_months',
    ]) {
      await database.pool.query(`delete from rollup.${rollup}_folded where account_id = ${id}`);
    }
    expect(await compareRollups(database.pool, account)).toEqual(
      [
        'credit_days',
        'delivery_months',
        'error_days',
        'fax_days',
        'prefix_months',
        'recipient_hours',
        'tag_months',
      ].map((rollup) => ({
        rollup,
        differenceCount: 1,
      })),
    );
    await rebuildRollups(database.pool, account);
    expect(await compareRollups(database.pool, account)).toEqual([]);
  });

  it('take words and tags of any length, and an end eighty years later', async () => {
    const account = 'wordy';
    const long = (of: string) => Array.from({ length: 400 }, (_, n) => `${of}${(n * 7919) % 1009}`).join('');
    const faxes = [1, 2].map((id) => ({
      id,
      status: 'success',
      cost: 7,
      isReceived: false,
      isTest: false,
      seconds: 80 * 365 * 86_400,
      tags: { [long('name')]: long('value'), department: id === 1 ? long('a') : `${long('a')}b` },
      recipients: [{ number: '+14145550123', status: long('status'), retries: 0, error: 34 }],
    }));
    await load(account, 1, { kind: 'slice', faxes: faxes as unknown as Look['faxes'] });
    const id = `(select account_id from warehouse.accounts where account_key = '${account}')`;
    await database.pool.query(
      `update warehouse.faxes set status = $1, direction = $2, stage = 3 where account_id = ${id}`,
      [long('ended'), long('sideways')],
    );
    expect(await foldRollups(database.pool)).toBeGreaterThan(0);
    expect(await compareRollups(database.pool, account)).toEqual([]);
    const { rows } = await database.pool.query(
      `select count(distinct tag_value)::int as values, max(octet_length(tag_value)) as longest, sum(cost_cents)::int as cents
       from report.chargeback where account_key = $1 and tag_name = 'department'`,
      [account],
    );
    expect(rows).toEqual([{ values: 2, longest: 136, cents: 14 }]);
  });

  it('are made by the migration of what is there', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'faxsync-migrations-'));
    const earlier = await freshEmptyDatabase();
    try {
      const { migrations } = await readMigrationFiles(MIGRATIONS_DIRECTORY);
      for (const { name } of migrations.filter((each) => each.name < '0025')) {
        await copyFile(join(MIGRATIONS_DIRECTORY, `${name}.sql`), join(folder, `${name}.sql`));
      }
      await migrate(earlier.pool, { directory: folder });
      await earlier.pool.query(
        `insert into warehouse.accounts (account_key, billing_zone) values ('old', 'America/Chicago')`,
      );
      await earlier.pool.query(
        `insert into warehouse.faxes (account_id, fax_id, created_at, completed_at, observed_at, observation_no, content_hash, cost_cents, recipient_count, stage, is_test, direction,
           status, observed_via, tags)
         select 1, n, timestamptz '2026-03-10 12:00Z', timestamptz '2026-03-10 12:01Z', now(), 9, md5(n::text)::uuid, 7, 1, 3, n = 3, 'sent', 'failure', 'listing', '{"department": "Lab"}'
         from generate_series(1, 3) n`,
      );
      await earlier.pool.query('update warehouse.faxes set cost_cents = 0, observation_no = 10 where fax_id = 1');
      await earlier.pool.query(
        `insert into warehouse.fax_recipients (account_id, fax_id, fax_created_at, ordinal, phone_number, status, error_type, error_id)
         select 1, n, timestamptz '2026-03-10 12:00Z', 0, '+14145550123', 'failure', 'lineError', 34 from generate_series(1, 3) n`,
      );
      await migrate(earlier.pool, { directory: MIGRATIONS_DIRECTORY });
      expect(await compareRollups(earlier.pool, 'old')).toEqual([]);
      const { rows } = await earlier.pool.query(
        `select (select sum(failure_count)::int from report.errors_by_day) as failures, (select sum(credited_cents)::int from report.billing_by_day) as credited,
           (select array_agg(is_counted order by fax_id) from warehouse.fax_recipients) as counted`,
      );
      expect(rows).toEqual([{ failures: 2, credited: 7, counted: [true, true, false] }]);
    } finally {
      await earlier.drop();
      await rm(folder, { recursive: true });
    }
  });

  it('are changed by nobody but the fold and the rebuild, which neither a reader nor a BI login may start', async () => {
    const may = async (role: string, what: string) => {
      const { rows } = await database.pool.query(`select ${what.replace('$role', `'${role}'`)} as may`);
      return rows[0]?.may;
    };
    for (const role of ['faxsync_loader', 'faxsync_reader', 'faxsync_bi', 'faxsync_reconciler']) {
      for (const right of ['insert', 'update', 'delete', 'truncate']) {
        expect(
          await may(role, `has_table_privilege($role, 'rollup.fax_days_folded', '${right}')`),
          `${role} ${right}`,
        ).toBe(false);
      }
      expect(await may(role, `has_table_privilege($role, 'rollup.fax_days_pending', 'update')`), role).toBe(false);
    }
    const folds = async (role: string) => may(role, `has_function_privilege($role, 'rollup.fold()', 'execute')`);
    expect(
      await Promise.all(['faxsync_loader', 'faxsync_reconciler', 'faxsync_reader', 'faxsync_bi'].map(folds)),
    ).toEqual([true, true, false, false]);
  });

  it('keep no row whose sums are nothing', async () => {
    const account = 'emptied';
    const faxes = [
      {
        id: 1,
        status: 'inprogress',
        cost: 7,
        isReceived: true,
        isTest: false,
        seconds: 0,
        tags: { department: 'Lab' },
        recipients: [],
      },
    ];
    await load(account, 1, { kind: 'slice', faxes: faxes as Look['faxes'] });
    await foldRollups(database.pool);
    await load(account, 2, { kind: 'slice', faxes: faxes.map((each) => ({ ...each, isTest: true })) as Look['faxes'] });
    await foldRollups(database.pool);
    const { rows } = await database.pool.query(
      `select (select count(*) from rollup.fax_days f where f.account_id = a.account_id)::int as days,
         (select count(*) from rollup.tag_months t where t.account_id = a.account_id)::int as tags
       from warehouse.accounts a where account_key = $1`,
      [account],
    );
    expect(rows).toEqual([{ days: 0, tags: 0 }]);
  });

  it('leave a tag with more than ten thousand values in a month to the faxes themselves', async () => {
    const account = 'ordered';
    await load(account, 1, fc.sample(look, { numRuns: 1, seed: 5 })[0] as Look);
    const id = `(select account_id from warehouse.accounts where account_key = '${account}')`;
    await database.pool.query(
      `insert into warehouse.faxes (account_id, fax_id, created_at, observed_at, observation_no, content_hash, stage, status, observed_via, tags)
       select ${id}, n, timestamptz '2026-03-10 12:00Z', now(), 9, md5(n::text)::uuid, 3, 'success', 'listing', jsonb_build_object('order', n, 'department', n % 7)
       from generate_series(1001, 11001) n`,
    );
    await foldRollups(database.pool);
    const kept = async () =>
      (
        await database.pool.query(
          `select tag_name, count(*)::int as values from rollup.tag_months where account_id = ${id} and usage_month = '2026-03-01' group by 1 order by 1`,
        )
      ).rows;
    expect(await kept()).toEqual([{ tag_name: 'department', values: 7 }]);
    expect(await compareRollups(database.pool, account)).toEqual([]);
    await database.pool.query(
      `update warehouse.faxes set tags = jsonb_build_object('order', 'x', 'department', 'x') where account_id = ${id} and fax_id > 11000`,
    );
    expect(await kept()).toEqual([{ tag_name: 'department', values: 9 }]);
    expect(await compareRollups(database.pool, account)).toEqual([]);
  });
});
