import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parsePeriod } from '../../../src/domain/reconciliation.ts';
import { readItems } from '../../../src/warehouse/recon/read-items.ts';
import { readOpenErrors, readStanding } from '../../../src/warehouse/recon/standing.ts';
import { freshDatabase, type TestDatabase } from '../../support/database.ts';
import { type ReaderLogin, readerOf } from '../../support/reader-login.ts';

const JULY = parsePeriod('2026-07') ?? ('' as never);

let database: TestDatabase;
let reader: ReaderLogin;

/** Rows as runs leave them, past every trigger. */
const ROWS = `
insert into warehouse.accounts (account_key, billing_zone, created_at) values ('main', 'UTC', '2026-06-01Z'), ('other', 'UTC', '2026-06-02Z');
insert into recon.periods (account_id, period, state, settles_on, changed_at)
select 1, p::date, state, '2026-10-01', now()
from (values ('2026-06-01', 'closed'), ('2026-07-01', 'settling'), ('2026-08-01', 'open')) v(p, state);
insert into recon.runs (account_id, period, as_of, every, status, code_version, tolerances_version, rates_version, started_at, finished_at,
  tested_count, matched_count, tested_cents, matched_cents)
select 1, p::date, coalesce(b, f)::timestamptz, every, status, 't', 1, 1, f::timestamptz, f::timestamptz, tested, matched, tested * 10, matched * 10 - lacking
from (values
  ('2026-06-01', '2026-08-10T03:00Z', 'day', 'complete', 1000, 0, 0, null),
  ('2026-07-01', '2026-08-09T01:00Z', 'day', 'complete', 100000, 50000, 0, null),
  ('2026-07-01', '2026-08-10T02:00Z', 'day', 'complete', 100000, 99999, 0, null),
  ('2026-08-01', '2026-08-10T01:00Z', 'day', 'complete', 0, 0, 0, null),
  ('2026-08-01', '2026-08-10T07:00Z', 'day', 'complete', 500, 0, 0, '2026-08-03T00:00Z'),
  ('2026-08-01', '2026-08-10T05:00Z', 'day', 'failed', null, null, 0, null),
  ('2026-08-01', '2026-08-10T06:00Z', 'hour', 'complete', null, null, 0, null)) v(p, f, every, status, tested, matched, lacking, b);
insert into recon.items (account_id, period, check_id, subject_kind, subject_id, grain, reason, severity, state, cents, owed_cents,
  opened_at, opened_run_id, changed_at, changed_run_id)
select a, p::date, c, kind, id, 'period', 'differs', severity, state, cents, owed, now(), 1, now(), run
from (values
  (1, '2026-06-01', 'C9', 'fax', '7', 'error', 'open', -30, 0, 1),
  (1, '2026-07-01', 'C10', 'fax', '8', 'error', 'open', 20, 20, 2),
  (1, '2026-07-01', 'C14', 'number', '+14145550100', 'error', 'open', 200, 200, 3),
  (1, '2026-07-01', 'C10', 'fax', '9', 'error', 'disputed', 50, 50, 2),
  (1, '2026-07-01', 'C10', 'fax', '10', 'error', 'written_off', 60, 60, 2),
  (1, '2026-07-01', 'C10', 'fax', '11', 'error', 'cleared', 70, 70, 2),
  (1, '2026-08-01', 'C12', 'fax', '12', 'warn', 'open', 4, 4, 4),
  (1, '2026-08-01', 'C16', 'number', '+14145550101', 'info', 'open', 1, 0, 4),
  (1, '2026-07-01', 'C10', 'fax', '14', 'error', 'disputed', 40, 40, 2),
  (2, '2026-07-01', 'C10', 'fax', '13', 'error', 'open', 999, 999, 2)) v(a, p, c, kind, id, severity, state, cents, owed, run);
update recon.items set credited_cents = case subject_id when '9' then 30 else 45 end where subject_id in ('9', '14')`;

beforeAll(async () => {
  database = await freshDatabase();
  reader = await readerOf(database);
  const client = await database.pool.connect();
  await client.query(`begin; set local session_replication_role = replica; ${ROWS}; commit`);
  client.release();
});
afterAll(async () => {
  await database.drop();
  await reader.drop();
});

describe('what stands of an account', () => {
  it('is what is open over all its months, what is owed, and how much of the months that are not closed agrees, rounded down', async () => {
    expect(await readStanding(reader.pool, 'main')).toEqual({
      unexplainedCents: 250,
      errors: 3,
      warnings: 1,
      // Of one disputed item 20 cents are left, of the other nothing.
      owedCents: 244,
      // Of 100,000 faxes one does not agree: that is not 100 %.
      matchedByCount: 99.99,
      matchedByMoney: 99.99,
      // The month that is furthest behind, of those that are not closed; a run that looks back brings none forward.
      reconciledAt: Date.UTC(2026, 7, 10, 1),
      knownSince: Date.UTC(2026, 5, 1),
    });
  });

  it('is owed by no item that was credited whole', async () => {
    const owed = await readItems(reader.pool, { account: 'main', states: ['disputed'], isOwedOnly: true });
    expect(owed.map(({ subjectId }) => subjectId)).toEqual(['9']);
  });

  it('is nothing where nothing was reconciled, and where nothing is known', async () => {
    const nothing = { warnings: 0, matchedByCount: null, matchedByMoney: null, reconciledAt: null };
    expect(await readStanding(reader.pool, 'other')).toMatchObject({ ...nothing, errors: 1 });
    expect(await readStanding(reader.pool, 'nobody')).toEqual({
      ...nothing,
      unexplainedCents: 0,
      errors: 0,
      owedCents: 0,
      knownSince: null,
    });
  });
});

describe('the exceptions that may be told', () => {
  const ask = (changedByRun: number | null, limit = 9) =>
    readOpenErrors(reader.pool, { account: 'main', period: JULY, changedByRun, limit });

  it('are those of a month that nobody has explained, most money first, with a fax by its id and nothing else by its name', async () => {
    const rest = { itemId: expect.any(Number), reason: 'differs' };
    expect(await ask(null)).toEqual([
      { ...rest, checkId: 'C14', cents: 200, owedCents: 200, faxId: null },
      { ...rest, checkId: 'C10', cents: 20, owedCents: 20, faxId: '8' },
    ]);
  });

  it('are only those that one run changed, and no more than asked', async () => {
    expect((await ask(2)).map(({ faxId }) => faxId)).toEqual(['8']);
    expect(await ask(null, 1)).toHaveLength(1);
    expect(await ask(99)).toEqual([]);
  });
});
