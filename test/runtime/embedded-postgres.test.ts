import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startEmbeddedPostgres } from '../../src/runtime/embedded-postgres.ts';
import { canReach } from '../../src/runtime/postgres-binaries.ts';

const CHILD = fileURLToPath(new URL('../support/embedded-server-child.ts', import.meta.url));

let directory: string;
let children: ChildProcess[] = [];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'faxsync-embedded-'));
  await chmod(directory, 0o755);
});
afterEach(async () => {
  for (const child of children) child.kill('SIGKILL');
  children = [];
  await until(async () => (await postmasterPid()) === null);
  await rm(directory, { recursive: true, force: true });
});

async function postmasterPid(): Promise<number | null> {
  const text = await readFile(join(directory, 'postgres-18', 'data', 'postmaster.pid'), 'utf8').catch(() => '');
  const pid = Number(text.split('\n')[0]);
  return pid > 0 && isAlive(pid) ? pid : null;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Looks until it is so; the test's own limit ends what never becomes so. */
async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await sleep(20);
}

async function query(url: string, sql: string): Promise<Record<string, unknown>> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => {});
  await client.connect();
  try {
    const { rows } = await client.query<Record<string, unknown>>(sql);
    return rows[0] ?? {};
  } finally {
    await client.end().catch(() => {});
  }
}

/** Another process that uses the server in `directory`. */
async function neighbour(): Promise<{ child: ChildProcess; url: string; isAttached: boolean }> {
  const child = spawn(process.execPath, [CHILD, directory], { stdio: ['pipe', 'pipe', 'inherit'] });
  children.push(child);
  if (child.stdout === null) throw new Error('no pipe');
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  return { child, ...(JSON.parse(line) as { url: string; isAttached: boolean }) };
}

describe('startEmbeddedPostgres', () => {
  it('gives a temporary server of UTF8, C collation and UTC on the loopback, and removes all of it', async () => {
    const server = await startEmbeddedPostgres({ isDurable: false, settings: { work_mem: '5MB' } });
    const found = await query(
      server.connectionString,
      `select current_database() as name, datcollate as collation, pg_encoding_to_char(encoding) as encoding,
              current_setting('TimeZone') as zone, current_setting('listen_addresses') as addresses,
              current_setting('unix_socket_directories') as sockets, current_setting('work_mem') as work_mem
       from pg_database where datname = current_database()`,
    );
    expect(found).toEqual({
      name: 'faxsync',
      collation: 'C',
      encoding: 'UTF8',
      zone: 'UTC',
      addresses: '127.0.0.1',
      sockets: '',
      work_mem: '5MB',
    });
    await server.stop();
    await server.stop();
    await expect(access(server.directory)).rejects.toMatchObject({ code: 'ENOENT' });
    await expect(query(server.connectionString, 'select 1')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('asks for a password that only we can read', async () => {
    const server = await startEmbeddedPostgres({ directory, isDurable: false });
    const url = new URL(server.connectionString);
    expect((await stat(join(directory, 'postgres-18', 'password'))).mode & 0o777).toBe(0o600);
    expect(url.password.length).toBeGreaterThanOrEqual(32);
    url.password = 'guess';
    await expect(query(url.href, 'select 1')).rejects.toMatchObject({ code: '28P01' });
    await server.stop();
  });

  it('keeps the data of a folder between runs', async () => {
    const first = await startEmbeddedPostgres({ directory, isDurable: false });
    await query(first.connectionString, 'create table kept as select 7 as value');
    await first.stop();
    const second = await startEmbeddedPostgres({ directory, isDurable: false });
    expect(await query(second.connectionString, 'select value from kept')).toEqual({ value: 7 });
    await second.stop();
  });

  it('lets five processes that start at once share one server, stopped by the last', async () => {
    const neighbours = await Promise.all([1, 2, 3, 4, 5].map(() => neighbour()));
    expect(new Set(neighbours.map(({ url }) => url)).size).toBe(1);
    expect((await readdir(directory)).filter((name) => name.includes('draft'))).toEqual([]);
    const url = neighbours[0]?.url ?? '';
    for (const { child } of neighbours) {
      expect(await query(url, 'select 1 as one')).toEqual({ one: 1 });
      child.stdin?.end('stop\n');
      await once(child, 'exit');
    }
    expect(await postmasterPid()).toBeNull();
  });

  it('shares one server between two starts in one process', async () => {
    const first = await startEmbeddedPostgres({ directory, isDurable: false });
    const second = await startEmbeddedPostgres({ directory, isDurable: false });
    expect(second.isAttached).toBe(true);
    expect(second.connectionString).toBe(first.connectionString);
    await first.stop();
    expect(await query(second.connectionString, 'select 1 as one')).toEqual({ one: 1 });
    await second.stop();
    expect(await postmasterPid()).toBeNull();
  });

  it('leaves no server behind a process that is killed', async () => {
    const { child } = await neighbour();
    expect(await postmasterPid()).not.toBeNull();
    child.kill('SIGKILL');
    await until(async () => (await postmasterPid()) === null);
    await until(async () => (await readdir(join(directory, 'postgres-18', 'leaving'))).length === 0);
    expect(await readdir(join(directory, 'postgres-18', 'users'))).toEqual([]);
  });

  it('keeps the server for the others when one of its users is killed', async () => {
    const mine = await startEmbeddedPostgres({ directory, isDurable: false });
    const { child, isAttached } = await neighbour();
    expect(isAttached).toBe(true);
    child.kill('SIGKILL');
    await until(async () => (await readdir(join(directory, 'postgres-18', 'users'))).length === 1);
    expect(await query(mine.connectionString, 'select 1 as one')).toEqual({ one: 1 });
    await mine.stop();
  });

  it('starts again beside the remains of a user and a server that were killed together, again and again', async () => {
    for (let round = 0; round < 4; round++) {
      const { child, url } = await neighbour();
      await query(url, `create table round_${round} as select 1`);
      await query(url, 'checkpoint');
      child.kill('SIGKILL');
      const server = await postmasterPid();
      if (server !== null && round % 2 === 0) process.kill(server, 'SIGKILL');
    }
    const last = await startEmbeddedPostgres({ directory, isDurable: false });
    const found = await query(
      last.connectionString,
      `select count(*)::int as n from pg_tables where tablename like 'round%'`,
    );
    expect(found).toEqual({ n: 4 });
    await last.stop();
  });

  it('is not fooled by a pid file whose number now belongs to somebody else', async () => {
    const first = await startEmbeddedPostgres({ directory, isDurable: false });
    await first.stop();
    const lines = [process.pid, join(directory, 'postgres-18', 'data'), 1, 1, '', '127.0.0.1', '0 0', 'ready   ', ''];
    await writeFile(join(directory, 'postgres-18', 'data', 'postmaster.pid'), lines.join('\n'));
    const second = await startEmbeddedPostgres({ directory, isDurable: false });
    expect(second.isAttached).toBe(false);
    await second.stop();
  });

  it('writes no statement, value or detail to the server log', async () => {
    const server = await startEmbeddedPostgres({ directory, isDurable: false });
    await query(server.connectionString, 'create table numbers (number text primary key)');
    const insert = `insert into numbers values ('+12065551234'), ('+12065551234')`;
    await expect(query(server.connectionString, insert)).rejects.toMatchObject({ code: '23505' });
    await expect(query(server.connectionString, `select 'Jane Canary'::int`)).rejects.toMatchObject({ code: '22P02' });
    await server.stop();
    const log = await readFile(join(directory, 'postgres-18', 'server.log'), 'utf8');
    expect(log).toContain('ready to accept connections');
    expect(log).not.toMatch(/2065551234|Canary|numbers/);
  });

  it('says where the data lies when the server’s user cannot reach the folder that was asked for', async () => {
    const closed = join(directory, 'closed');
    await mkdir(closed, { mode: 0o700 });
    const wanted = join(closed, 'data');
    const server = await startEmbeddedPostgres({ directory: wanted, isDurable: false });
    const isRoot = process.getuid?.() === 0;
    expect(server.directory === wanted).toBe(!isRoot);
    expect(server.notices.some((notice) => notice.includes(wanted))).toBe(isRoot);
    expect(await query(server.connectionString, 'select 1 as one')).toEqual({ one: 1 });
    await server.stop();
    if (isRoot) await rm(server.directory, { recursive: true });
  });

  it('names the folder and the way around it when the folder cannot be used', async () => {
    const file = join(directory, 'file');
    await writeFile(file, '');
    await expect(startEmbeddedPostgres({ directory: join(file, 'data') })).rejects.toMatchObject({
      code: 'embedded_postgres_failed',
      message: expect.stringMatching(/(ENOTDIR|EEXIST).*FAXSYNC_DATABASE_URL/s),
    });
  });
});

describe('canReach', () => {
  it('looks at every folder on the way with the rights of the user asked about', async () => {
    const stranger = { name: 'stranger', uid: 61_234, gid: 61_234, isOther: true };
    const inner = join(directory, 'a', 'b');
    await mkdir(inner, { recursive: true });
    await chmod(join(directory, 'a'), 0o755);
    expect(await canReach(inner, stranger)).toBe(true);
    await chmod(join(directory, 'a'), 0o711);
    expect(await canReach(inner, stranger)).toBe(true);
    await chmod(join(directory, 'a'), 0o700);
    expect(await canReach(inner, stranger)).toBe(false);
    expect(await canReach(inner, { ...stranger, uid: (await stat(inner)).uid })).toBe(true);
  });
});
