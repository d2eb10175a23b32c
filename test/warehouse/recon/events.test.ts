import { createHash, randomBytes } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createWarehousePool } from '../../../src/warehouse/connection.ts';
import { migrate } from '../../../src/warehouse/migrate.ts';
import { freshEmptyDatabase, MIGRATIONS_DIRECTORY } from '../../support/database.ts';
import { wireFax } from '../../support/landed.ts';
import { ReconBed } from '../../support/recon-bed.ts';
import { agreeingBalance, closeMonth, give, givenCheck, makeGivenRows } from '../../support/recon-runs.ts';

const SETTLED = Date.parse('2026-08-07T12:00:00Z');
const KEPT = ['settings_versions', 'results', 'closings', 'closing_items', 'bill_lines', 'events'] as const;
const MOVED = ['runs', 'items', 'periods'] as const;
const ROLES = ['faxsync_loader', 'faxsync_reader', 'faxsync_bi', 'faxsync_reconciler'] as const;

let bed: ReconBed;
beforeAll(async () => {
  bed = await ReconBed.open();
  await makeGivenRows(bed);
  bed.newAccount();
  await bed.load({ observation: 1, at: Date.parse('2026-07-02T00:00:00Z') }, [
    wireFax(1, '2026-07-01T12:00:00.000-05:00', { status: 'success' }),
  ]);
  await give(bed, 'C10', [{ subject: '1', verdict: 'explained', reason: 'credit_pending' }]);
  await closeMonth(bed, '2026-07', SETTLED, [agreeingBalance, givenCheck('C10')]);
});
afterAll(() => bed.close());

interface EventRow {
  readonly previous_digest: string;
  readonly digest: string;
  readonly parts: ReadonlyArray<string | null>;
}

/** The digest of each event, reckoned anew; the places of those that are not what the row says, or do not follow the one before. */
async function brokenEvents(client: pg.ClientBase | pg.Pool): Promise<number[]> {
  const { rows } = await client.query<EventRow>(
    `select previous_digest, digest, array[account_id::text, sequence_no::text,
       to_char(happened_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), actor, login, kind, period::text, item_id::text, run_id::text, details] as parts
     from recon.events order by account_id, sequence_no`,
  );
  const broken: number[] = [];
  let before = '0'.repeat(64);
  for (const [at, { previous_digest: previous, digest, parts }] of rows.entries()) {
    const text = [previous, ...parts]
      .map((part) => (part === null ? '-' : `${Buffer.byteLength(part)}:${part}`))
      .join('');
    const own = createHash('sha256').update(text).digest('hex');
    if (own !== digest || previous !== before) broken.push(at + 1);
    before = digest;
  }
  return broken;
}

/** The SQLSTATE with which a statement is refused, or that it is not; nothing of it stays. */
async function refusalOf(role: string | null, sql: string): Promise<string> {
  const client = await bed.database.pool.connect();
  try {
    await client.query('begin');
    if (role !== null) await client.query(`set local role ${role}`);
    return await client.query(sql).then(
      () => 'allowed',
      (error: { code: string }) => error.code,
    );
  } finally {
    await client.query('rollback');
    client.release();
  }
}

describe('the chain of events', () => {
  it('is verified by whoever can hash, and breaks where an event was changed or left out', async () => {
    const { rows } = await bed.pool.query('select from recon.events');
    expect(rows.length).toBe(5);
    expect(await brokenEvents(bed.pool)).toEqual([]);
    const client = await bed.database.pool.connect();
    const afterTampering = async (sql: string): Promise<number[]> => {
      await client.query('begin; set local session_replication_role = replica');
      await client.query(sql);
      const broken = await brokenEvents(client);
      await client.query('rollback');
      return broken;
    };
    expect(await afterTampering(`update recon.events set actor = 'Somebody' where sequence_no = 3`)).toEqual([3]);
    expect(await afterTampering(`update recon.events set details = details || ' ' where sequence_no = 5`)).toEqual([5]);
    expect(await afterTampering(`update recon.events set run_id = null where sequence_no = 2`)).toEqual([2]);
    expect(await afterTampering(`delete from recon.events where sequence_no = 2`)).toEqual([2]);
    client.release();
  });

  it('leaves place, time, login and digests to no writer', async () => {
    const { rows } = await bed.pool.query<{ sequence_no: string; is_own: boolean }>(
      `insert into recon.events (account_id, sequence_no, happened_at, actor, login, kind, details, previous_digest, digest)
       values (77, 9, '2020-01-01', 'Anna', 'somebody', 'item_noted', '{}', 'x', 'y')
       returning sequence_no, happened_at > '2026-01-01' and login = session_user and previous_digest = repeat('0', 64) and length(digest) = 64 as is_own`,
    );
    expect(rows).toEqual([{ sequence_no: '1', is_own: true }]);
  });

  it('stays whole where several write at once', async () => {
    const insert = `insert into recon.events (account_id, actor, kind, details) select 78, 'Anna', 'item_noted', n::text from generate_series(1, 20) n`;
    await Promise.all([1, 2, 3].map(() => bed.database.pool.query(insert)));
    const { rows } = await bed.pool.query<{ sequence_no: string }>(
      'select sequence_no from recon.events where account_id = 78 order by 1',
    );
    expect(rows.map((row) => Number(row.sequence_no))).toEqual(Array.from({ length: 60 }, (_, at) => at + 1));
  });
});

describe('rows that are kept', () => {
  it('are changed and removed by no role: by the rights of the application, and by triggers for whoever owns them', async () => {
    for (const table of KEPT) {
      for (const sql of [
        `update recon.${table} set account_id = account_id`,
        `delete from recon.${table}`,
        `truncate recon.${table}`,
      ]) {
        for (const role of ROLES) expect([role, sql, await refusalOf(role, sql)]).toEqual([role, sql, '42501']);
        expect([sql, await refusalOf(null, sql)]).toEqual([sql, '23001']);
      }
    }
  });

  it('are removed by no role where a run or a person may change them', async () => {
    for (const table of MOVED) {
      for (const sql of [`delete from recon.${table}`, `truncate recon.${table}`]) {
        for (const role of ROLES) expect([role, sql, await refusalOf(role, sql)]).toEqual([role, sql, '42501']);
        expect([sql, await refusalOf(null, sql)]).toEqual([sql, '23001']);
      }
      const update = `update recon.${table} set account_id = account_id`;
      for (const role of ['faxsync_loader', 'faxsync_reader', 'faxsync_bi']) {
        expect([role, update, await refusalOf(role, update)]).toEqual([role, update, '42501']);
      }
    }
  });

  it.each([
    ['a run that is over', `update recon.runs set charged_cents = 0`],
    [
      'results of a run that is over',
      `insert into recon.results select (jsonb_populate_record(r, '{"grain": "forged"}')).* from recon.results r`,
    ],
    [
      'a run that begins as over',
      `insert into recon.runs (account_id, period, as_of, every, status, code_version, tolerances_version, rates_version, started_at) select account_id, period, as_of, every, 'complete', 't', 1, 1, now() from recon.runs`,
    ],
    ['a closed month', `update recon.periods set settles_on = settles_on`],
    ['a closed month going back to ready', `update recon.periods set state = 'ready'`],
    ['the number of closings in a reopening', `update recon.periods set state = 'reopened', closing_no = 0`],
    ['what an item is about', `update recon.items set subject_id = '2'`],
    [
      'a closing of a month that is closed',
      `insert into recon.closings select (jsonb_populate_record(c, '{"closing_no": 2}')).* from recon.closings c`,
    ],
    [
      'lines of a month that is closed',
      `insert into recon.bill_lines select account_id, billing_period, closing_no, charge_period, usage_date, 'rent', 'x', false, 1, 1 from recon.bill_lines`,
    ],
    [
      'items of a month that is closed',
      `insert into recon.closing_items select account_id, period, closing_no, 999, check_id, subject_kind, subject_id, reason, severity, state, cents, owed_cents, decided_by, approved_by, note from recon.closing_items`,
    ],
  ])('include %s, for whoever may write there', async (_what, sql) => {
    // Refused for what it is, and not because such a row is there already.
    for (const role of ['faxsync_reconciler', null]) expect(await refusalOf(role, sql)).toMatch(/^(23001|42501)$/);
  });
});

describe('an owner who is no superuser', () => {
  it('migrates, writes events and is refused like everybody', async () => {
    const database = await freshEmptyDatabase();
    const owner = `test_owner_${randomBytes(4).toString('hex')}`;
    const password = randomBytes(12).toString('hex');
    const name = new URL(database.url).pathname.slice(1);
    await database.pool.query(`create role ${owner} login createrole password '${password}'`);
    await database.pool.query(`alter database ${name} owner to ${owner}`);
    const url = new URL(database.url);
    url.username = owner;
    url.password = password;
    const pool = createWarehousePool(url.href, { connectionsMax: 1 });
    try {
      await migrate(pool, { directory: MIGRATIONS_DIRECTORY });
      await pool.query(
        `insert into recon.events (account_id, actor, kind, details) values (1, 'Anna', 'item_noted', '{}'), (1, 'Ben', 'item_noted', '{}')`,
      );
      expect(await brokenEvents(pool)).toEqual([]);
      for (const sql of [
        'update recon.events set actor = actor',
        'delete from recon.events',
        'truncate recon.events',
      ]) {
        await expect(pool.query(sql)).rejects.toMatchObject({ code: '23001' });
      }
      await expect(pool.query('set session_replication_role = replica')).rejects.toMatchObject({ code: '42501' });
      expect((await pool.query('select * from recon.bill')).rows).toEqual([]);
    } finally {
      await pool.end();
      await database.drop();
      const admin = new pg.Client({ connectionString: bed.database.url });
      await admin.connect();
      await admin.query(`drop role ${owner}`);
      await admin.end();
    }
  });
});

describe('late looks', () => {
  it('are told to a login of reports for its own accounts only', async () => {
    const client = await bed.database.pool.connect();
    const count = async (login: string): Promise<number> => {
      await client.query(`set local session authorization ${login}`);
      const { rows } = await client.query<{ count: number }>(
        `select count(*)::integer as count from recon.late_looks(${accountId}, '-infinity', 'infinity')`,
      );
      await client.query('reset session authorization');
      return rows[0]?.count ?? -1;
    };
    const found = await client.query<{ id: number }>(
      'select account_id as id from warehouse.accounts where account_key = $1',
      [bed.account],
    );
    const accountId = found.rows[0]?.id ?? 0;
    try {
      await client.query('begin');
      expect(await count('faxsync_bi')).toBe(0);
      for (const login of ['faxsync_reader', 'faxsync_reconciler']) expect(await count(login)).toBe(1);
      await client.query(
        `insert into warehouse.account_grants (role_name, account_id) values ('faxsync_bi', ${accountId})`,
      );
      expect(await count('faxsync_bi')).toBe(1);
    } finally {
      await client.query('rollback');
      client.release();
    }
  });
});
