import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runSqlPrompt } from '../../src/cli/sql-prompt.ts';
import { isForPsql, psqlCall } from '../../src/cli/sql-psql.ts';
import { SqlShell } from '../../src/cli/sql-shell.ts';
import { openSqlLogin, type SqlLogin } from '../../src/warehouse/sql-login.ts';
import { SqlSession } from '../../src/warehouse/sql-session.ts';
import { type ReaderLogin, readerOf } from '../support/reader-login.ts';
import { CliBed } from './cli-bed.ts';
import { documentOf } from './run-cli.ts';

let bed: CliBed;
beforeAll(async () => {
  bed = await CliBed.open({ world: { days: 10, faxesPerDay: 20, deletedTestShare: 0 } });
  await bed.run(['sync']);
});
const readers: ReaderLogin[] = [];
afterAll(async () => {
  await bed.close();
  for (const reader of readers) await reader.drop();
});

const SECRET = 'a1b2c3d4e5f60718293a4b5c6d7e8f9001122334455667';
/** Roles belong to the whole server, where other tests have theirs. */
const isThere = (role: string) =>
  bed.database.pool.query('select from pg_roles where rolname = $1', [role]).then(({ rowCount }) => rowCount === 1);

describe('faxsync sql', () => {
  it('runs the statements of its argument and says how many rows there were', async () => {
    const { code, stdout, stderr } = await bed.run([
      'sql',
      `select account_key, sum(cost_cents) as cents from billing_by_month group by 1; select ';' as "a;b" -- no end; here`,
    ]);
    expect([code, stderr]).toEqual([0, '(1 row)\n(1 row)\n']);
    const { rows } = await bed.database.pool.query<{ cents: string }>(
      'select sum(cents) as cents from warehouse.charges',
    );
    expect(stdout).toMatch(new RegExp(`^account_key +cents\n-+ +-+\nmain +${rows[0]?.cents}\na;b\n---\n;\n$`));
  });

  it('reads stdin off a terminal, and writes CSV without formulas and nothing else to stdout', async () => {
    const run = bed.start(['sql', '--csv']);
    run.child.stdin.end(
      `select '=1+1' as formula, null as "none",\n '' as empty\n;\nselect * from billing_by_day limit 0`,
    );
    const { code, stdout, stderr } = await run.ended;
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toContain(`formula,none,empty\n'=1+1,,""\naccount_key,usage_date,`);
  });

  it.each([
    ['stdin had no statement', null],
    ['the statement is empty', ' -- all of it\n;'],
  ])('takes it for misuse where nothing is asked: %s', async (words, statement) => {
    const run = bed.start(['sql', ...(statement === null ? [] : [statement])]);
    run.child.stdin.end(' \n');
    const { code, stdout, stderr } = await run.ended;
    expect([code, stdout]).toEqual([64, '']);
    expect(stderr).toContain(`error: Nothing was asked: ${words}. Give one, faxsync sql "select`);
  });

  it('gives a machine one document, and tells where rows were left out', async () => {
    const run = await bed.run([
      'sql',
      '--json',
      '--limit',
      '2',
      'select n, null as nothing from generate_series(1, 5000) n',
    ]);
    expect(documentOf(run)).toEqual({
      command: 'sql',
      ok: true,
      results: [
        {
          columns: ['n', 'nothing'],
          rows: [
            ['1', null],
            ['2', null],
          ],
          has_more: true,
        },
      ],
    });
  });

  it.each([
    ['select * from biling_by_dya', 'Did you mean billing_by_day'],
    ['select usage_dat from billing_by_day', 'usage_date'],
    ['select b.usage from billing_by_day b', 'Did you mean usage_date'],
    [
      'select colour from report.billing_by_month',
      'Columns of billing_by_month: account_key, usage_month, charge_kind, fax_count, charged_cents, credited_cents, cost_cents, cost_usd. What they mean: \\d billing_by_month',
    ],
    ['select colour from cost_and_usage', 'All columns: \\d cost_and_usage'],
    ['with w as (select 1 as one) select colour from w', 'The columns of a view: \\d VIEW'],
    ['selec 1', 'syntax error'],
    ['\\d bilings_by_day', 'Did you mean billing_by_day'],
    ['\\vews', 'Did you mean \\views?'],
    ['copy report.billing_by_day to stdout', '\\csv FILE'],
    ['/* x */ copy (select 1) to stdout', '\\csv FILE'],
  ])('ends with 1 at %s and says what may be meant', async (statement, words) => {
    const { code, stdout, stderr } = await bed.run(['sql', `${statement};\nselect 'not run'`]);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toContain(words);
  });

  it('shows what a view means and the SQL behind it', async () => {
    const { code, stdout } = await bed.run(['sql', '\\d billing_by_month\n\\why billing_by_month\n\\views']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^cost_cents +bigint +US cents charged less credited\.$/m);
    expect(stdout).toContain('-- Answers: what each month cost');
    expect(stdout).toContain('create view report.billing_by_month with (security_invoker = true) as');
    expect(stdout).not.toContain('comment on');
    expect(stdout).toMatch(/^billing_by_month +What was charged, one row a month/m);
  });

  it('writes to a file, takes in a file, and shows a row as a block', async () => {
    const csv = join(bed.home, 'answer.csv');
    const included = join(bed.home, 'question.sql');
    await writeFile(included, `\\x\nselect 1 as one,\n2 as two;`);
    const { code, stdout, stderr } = await bed.run([
      'sql',
      `\\csv ${csv}\nselect 7 as seven;\n\\table\n\\i ${included}`,
    ]);
    expect(code).toBe(0);
    expect(await readFile(csv, 'utf8')).toBe('seven\n7\n');
    expect((await stat(csv)).mode & 0o777).toBe(0o600);
    expect(stderr).toContain(`1 row written to ${csv}`);
    expect(stdout).toBe('-- row 1\none  1\ntwo  2\n');
  });

  it.each([
    ['an error', `select (E'a\\x1b]0;owned\\x07')::int`, 1],
    ['the statement an error quotes', `select 1 as "\x1b]0;owned\x07" frm x`, 1],
    ['a notice', `do $$ begin raise notice '%', E'a\\x1b]0;owned\\x07\\nb'; end $$`, 0],
    ['detail and hint', `do $$ begin raise 'x' using detail = E'\\x1b]0;owned', hint = E'\\u009b2J'; end $$`, 1],
  ])('gives a terminal no command by %s', async (_what, statement, code) => {
    const result = await bed.run(['sql', statement]);
    expect(result.code).toBe(code);
    expect(result.stderr).toContain('·]0;owned');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is to be found
    expect(result.stdout + result.stderr).not.toMatch(/[\x00-\x08\x0b-\x1f\x7f-\x9f]/);
  });

  it('does not say again words that are too many, which are a statement without its quotes', async () => {
    const { code, stdout, stderr } = await bed.run(['sql', 'select', 'canary']);
    expect([code, stdout]).toEqual([64, '']);
    expect(stderr).toBe(
      "error: too many arguments for 'sql'. Expected 1 argument but got 2. See: faxsync sql --help\n",
    );
  });

  it('writes no file where a statement of it is refused, and keeps the one that was there', async () => {
    const csv = join(bed.home, 'kept.csv');
    await writeFile(csv, 'as it was');
    const { code } = await bed.run(['sql', `\\csv ${csv}\nselect 1 as one;\nselect 1 / 0;`]);
    expect([code, await readFile(csv, 'utf8')]).toEqual([1, 'as it was']);
    expect((await readdir(bed.home)).filter((name) => name.endsWith('.part'))).toEqual([]);
  });

  it('ends in order where the reader of its output goes away, and leaves no login', async () => {
    const run = bed.start(['sql', '--csv', `select session_user, repeat('x', 500) from generate_series(1, 2000000)`]);
    const [role = ''] = await run.said(/faxsync_sql_[0-9a-f]{12}/);
    run.child.stdout.destroy();
    expect((await run.ended).code).toBe(1);
    expect(await isThere(role)).toBe(false);
  });

  it('leaves no login behind', async () => {
    const { stdout } = await bed.run(['sql', '--csv', 'select session_user']);
    const [, role = ''] = stdout.split('\n');
    expect(role).toMatch(/^faxsync_sql_[0-9a-f]{12}$/);
    expect(await isThere(role)).toBe(false);
  });

  it('ends a statement that takes too long', async () => {
    const { code, stderr } = await bed.run(['sql', '--timeout', '1', 'select pg_sleep(60)']);
    expect([code, stderr]).toEqual([1, 'error: canceling statement due to statement timeout\n']);
  });
});

describe('the login of a session', () => {
  let login: SqlLogin;
  let session: SqlSession;
  beforeAll(async () => {
    login = await openSqlLogin(bed.database.pool, SECRET);
    session = new SqlSession(login.url, { timeoutMs: 20_000 });
  });
  afterAll(async () => {
    await session.close();
    await login.close();
  });

  const run = async (text: string) => {
    const rows: Array<ReadonlyArray<string | null>> = [];
    const outcome = await session.run(text, { begin: () => {}, take: async (some) => rows.push(...some) > 0 });
    return { outcome, rows };
  };

  it('is one of its own, in the group of readers only', async () => {
    expect(login.isMade).toBe(true);
    const { rows } = await run(
      `select session_user = current_user, (select string_agg(rolname, ',') from pg_roles where pg_has_role(rolname, 'member') and rolname <> current_user)`,
    );
    expect(rows).toEqual([['t', 'faxsync_reader']]);
  });

  it.each([
    'insert into warehouse.accounts (account_key) values ($$x$$)',
    'with gone as (delete from warehouse.faxes returning 1) select * from gone',
    'update ops.sync_cursors set position = now()',
    'create table report.mine (a int)',
    'create temp table mine (a int)',
    'select * into mine from report.billing_by_day',
    'set transaction read write',
    'begin read write',
    'do $$ begin set transaction read write; end $$',
    `select set_config('transaction_read_only', 'off', false)`,
    'select lo_create(0)',
    'set role faxsync_loader',
    'set role postgres',
    'set session authorization postgres',
    `select set_config('role', 'faxsync_loader', false)`,
    'select * from ops.rejected_records',
    `select query_to_xml('select * from ops.rejected_records', true, true, '')`,
    'select * from warehouse.account_grants',
    'select rolpassword from pg_authid',
    'select 1; select 2',
    'commit; insert into warehouse.accounts (account_key) values ($$x$$)',
    `copy (select 1) to program 'id'`,
    `do $$ begin copy (select 1) to program 'id'; end $$`,
    `do $$ begin copy (select 1) to '/tmp/x'; end $$`,
    `select pg_read_file('/etc/passwd')`,
    `select pg_terminate_backend(pid) from pg_stat_activity where usename <> current_user`,
    'drop view report.billing_by_day',
    `do $$ begin reset role; insert into warehouse.accounts (account_key) values ('x'); end $$`,
    'grant faxsync_loader to current_user',
    'alter role current_user superuser',
    'lock table warehouse.faxes in exclusive mode',
    'explain analyze delete from warehouse.faxes',
  ])('refuses %s', async (statement) => {
    expect((await run(statement)).outcome.kind).toBe('refused');
  });

  it('stays read-only and without rights whatever its settings were made', async () => {
    for (const setting of ['default_transaction_read_only = off', 'session characteristics as transaction read write'])
      expect((await run(`set ${setting}`)).outcome.kind).toBe('done');
    await run('reset role');
    await run('commit');
    expect((await run('show transaction_read_only')).rows).toEqual([['on']]);
    // By itself, as psql would let it: without rights to write there is nothing that being read-only must prevent.
    const { rows } = await run(`select count(*) from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where n.nspname in ('warehouse', 'ops', 'report', 'recon', 'rollup') and c.relkind in ('r', 'p', 'v')
        and has_table_privilege(c.oid, 'insert, update, delete, truncate, references, trigger')`);
    expect(rows).toEqual([['0']]);
  });

  it('ends between two pieces of an answer too, where the server has nothing to end, and goes on after that', async () => {
    let count = 0;
    const outcome = await session.run('select n from generate_series(1, 100000) n', {
      begin: () => {},
      take: async (rows) => {
        count += rows.length;
        await session.cancel();
        return true;
      },
    });
    expect([outcome, count]).toMatchObject([{ kind: 'refused', sqlState: '57014' }, 1_000]);
    expect((await run('select 1')).rows).toEqual([['1']]);
  });

  it('takes no further statement once it is stopped', async () => {
    const stopped = new SqlSession(login.url, { timeoutMs: 20_000 });
    try {
      await stopped.connect();
      await stopped.stop();
      const outcome = await stopped.run('select 1', { begin: () => {}, take: async () => true });
      expect(outcome).toMatchObject({ kind: 'refused', sqlState: '57014' });
    } finally {
      await stopped.close();
    }
  });

  it('keeps no lock that would hold up the mirror', async () => {
    await run('select pg_advisory_lock(1717660780)');
    const { rows } = await bed.database.pool.query<{ got: boolean }>(
      'select pg_try_advisory_lock(1717660780) as got, pg_advisory_unlock_all()',
    );
    expect(rows[0]?.got).toBe(true);
  });

  it('is taken from the settings where that is a reader already, and refused where it may write', async () => {
    const reader = await readerOf(bed.database);
    const writer = await readerOf(bed.database, { mayReconcile: true });
    readers.push(reader, writer);
    const own = await openSqlLogin(reader.pool, SECRET);
    expect([own.isMade, own.url]).toEqual([false, reader.url]);
    await expect(openSqlLogin(writer.pool, SECRET)).rejects.toMatchObject({ code: 'sql_login_too_strong' });
    const { code, stderr } = await bed.run(['sql', 'select 1'], { FAXSYNC_DATABASE_URL: writer.url });
    expect(code).toBe(1);
    expect(stderr).toContain('in role faxsync_reader');
  });
});

describe('the prompt', () => {
  it('takes statements of several lines, ends one at Ctrl-C and goes on, and ends at Ctrl-D', async () => {
    const login = await openSqlLogin(bed.database.pool, SECRET);
    const session = new SqlSession(login.url, { timeoutMs: 60_000 });
    const input = new PassThrough();
    const output = new PassThrough();
    let said = '';
    output.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
    const say = (text: string) => output.write(`${text}\n`);
    const shell = new SqlShell(
      {
        session,
        out: async (text) => void output.write(text),
        say,
        width: () => 60,
        now: () => 0,
        scripts: async () => [],
        rowsMax: 3,
      },
      'table',
    );
    const cancel = () => {
      const { isRunning } = session;
      void session.cancel();
      return isRunning;
    };
    const until = async (pattern: RegExp) => {
      while (!pattern.test(said)) await new Promise((done) => output.once('data', done));
    };
    try {
      const ended = runSqlPrompt({ shell, input, output, cancel, signal: new AbortController().signal });
      await until(/faxsync=> /);
      input.write('select n as number\n');
      await until(/faxsync-> /);
      input.write('from generate_series(1, 9) n;\n');
      await until(/\(the first 3 rows, there are more/);
      input.write('select pg_sleep(50);\n');
      await until(/pg_sleep\(50\);/);
      while (!session.isRunning) await new Promise((done) => setImmediate(done));
      // Sent again until the statement has reached the server.
      while (!said.includes('canceling statement')) {
        if (session.isRunning) input.write('\x03');
        await new Promise((done) => setTimeout(done, 50));
      }
      input.write(`select E'x\\x1b]0;owned\\x07' || rpad('', 500, 'y') as wide, 1 as one;\n`);
      await until(/\(1 row\)/);
      expect(said.split('\n').find((line) => line.startsWith('x·]0;owned·yyy'))?.length).toBeLessThanOrEqual(60);
      input.write(`\\csv\nselect E'z\\x1b]0;owned\\x07' as csv;\n`);
      await until(/z·\]0;owned·/);
      expect(said).not.toContain('\x1b]0');
      input.write('\x04');
      await ended;
    } finally {
      await session.close();
      await login.close();
    }
  });
});

describe('psql', () => {
  it('is given the password in its environment, and nothing of ours beside it', () => {
    const call = psqlCall(
      'postgres://faxsync_sql_x:pass%2Fword@127.0.0.1:5999/faxsync',
      { PATH: '/bin', FAXSYNC_API_KEY: 'key', PGPASSWORD: 'other', HOME: '/h' },
      300_000,
    );
    expect(call.args.join(' ')).not.toContain('pass');
    expect(call.env).toMatchObject({
      PGPASSWORD: 'pass/word',
      PGHOST: '127.0.0.1',
      PGPORT: '5999',
      PATH: '/bin',
      HOME: '/h',
    });
    expect(call.env['PGOPTIONS']).toContain('-c default_transaction_read_only=on');
    expect(Object.keys(call.env)).not.toContain('FAXSYNC_API_KEY');
  });

  it('is left out where the URL says more than it would read alike', () => {
    expect(isForPsql('postgres://a:b@host/db')).toBe(true);
    expect(isForPsql('postgres://a:b@host/db?sslmode=verify-full')).toBe(false);
  });
});
