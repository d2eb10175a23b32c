import { type ChildProcess, spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { chmod, chown, mkdir, mkdtemp, open, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import {
  canReach,
  embeddedPostgresError,
  findServerUser,
  ownSharedFolder,
  type PostgresBinaries,
  preparePostgresBinaries,
  type ServerUser,
} from './postgres-binaries.ts';
import { endWatchdog, startWatchdog } from './postgres-watchdog.ts';

/** How the embedded server is started. */
export interface EmbeddedPostgresOptions {
  /** Folder kept between runs and shared by processes; left out: a temporary one, gone after {@link EmbeddedPostgres.stop}. */
  readonly directory?: string;
  /** False gives up safety against power loss for speed (tests). Default true. */
  readonly isDurable?: boolean;
  /** Further server settings, for instance `{ shared_buffers: '1GB' }`. They count for the process that starts the server. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** A running server of ours. */
export interface EmbeddedPostgres {
  /** URL of the superuser on database `faxsync` (UTF8, C collation), with its random password: never to be logged. */
  readonly connectionString: string;
  /** Where the data lies. */
  readonly directory: string;
  /** True when another process had started this server and we joined it. */
  readonly isAttached: boolean;
  /** What the user should know: folders that had to be put elsewhere. */
  readonly notices: readonly string[];
  /** Leaves the server; the last process to leave stops it. May be called twice. */
  stop(): Promise<void>;
}

const SUPERUSER = 'postgres';
const DATABASE = 'faxsync';
const START_ATTEMPTS = 8;
const READY_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 30_000;
const POLL_MS = 15;

/** Folders and identity of one cluster. `root` holds `data`, `password`, `server.log`, `users/` and `leaving/`. */
interface Cluster {
  readonly root: string;
  readonly user: ServerUser;
  readonly binaries: PostgresBinaries;
  readonly isTemporary: boolean;
}

/** What `postmaster.pid` says; `status` is Postgres' own word, padded in the file. */
interface Postmaster {
  readonly pid: number;
  readonly port: number;
  readonly status: string;
}

/**
 * Starts the real Postgres server that npm installed, or joins the one another process started in the same folder.
 *
 * It listens on 127.0.0.1 only, on a free port, without a Unix socket; the superuser's random password lies beside
 * the data in a file only we can read. As root it runs as `postgres` or `nobody`. The last process to leave stops it;
 * a process that dies without a word (kill -9) is noticed by a watchdog, which does the same, so no server is left
 * behind; should the watchdog die too, the next start joins the server or recovers its data.
 * The server's log leaves out statements, details and values, since they may be personal data.
 *
 * @throws {EmbeddedPostgresError} where the platform has no binaries, the folder is unusable or the server does not start.
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions = {}): Promise<EmbeddedPostgres> {
  if (process.platform === 'win32') {
    throw embeddedPostgresError('The embedded Postgres is not supported on Windows; use WSL.', 'unsupported');
  }
  const user = await findServerUser();
  const binaries = await preparePostgresBinaries(user);
  const notices = binaries.notice === null ? [] : [binaries.notice];
  const isTemporary = options.directory === undefined;
  const home = await chooseHome(options.directory, user, notices);
  // A data folder belongs to one major version; after an upgrade the old one stays beside the new one.
  const cluster: Cluster = { root: join(home, `postgres-${binaries.majorVersion}`), user, binaries, isTemporary };
  try {
    await ensureCluster(cluster, options.isDurable ?? true);
    return await joinOrStart(cluster, options, home, notices);
  } catch (error) {
    if (isTemporary) await rm(home, { recursive: true, force: true });
    throw error;
  }
}

async function chooseHome(directory: string | undefined, user: ServerUser, notices: string[]): Promise<string> {
  if (directory === undefined) {
    const base = (await canReach(tmpdir(), user)) ? tmpdir() : '/tmp';
    const home = await mkdtemp(join(base, 'faxsync-postgres-'));
    await chmod(home, 0o711);
    return home;
  }
  const wanted = resolve(directory);
  if (await canReach(join(wanted, '..'), user)) {
    await mkdir(wanted, { recursive: true });
    // The folder itself only has to be passed through; what lies in it has modes of its own.
    if (user.isOther) await chmod(wanted, 0o711);
    if (await canReach(join(wanted, 'postgres'), user)) return wanted;
  }
  const key = createHash('sha256').update(wanted).digest('hex').slice(0, 12);
  const elsewhere = await ownSharedFolder(`faxsync-data-${process.getuid?.() ?? 0}-${key}`);
  notices.push(`The database lies in ${elsewhere}, since user ${user.name} cannot reach ${wanted}.`);
  return elsewhere;
}

/**
 * Creates the cluster where there is none. It is made beside its place and then renamed, so a crash leaves no half
 * cluster, and of two processes doing it at once one wins and both use the winner's.
 */
async function ensureCluster(cluster: Cluster, isDurable: boolean): Promise<void> {
  const { root, user, binaries } = cluster;
  if ((await readFile(join(root, 'password'), 'utf8').catch(() => '')) !== '') return;
  const draft = await mkdtemp(`${root}.draft-`);
  try {
    await chmod(draft, 0o711);
    for (const name of ['data', 'users', 'leaving']) await mkdir(join(draft, name), { mode: 0o700 });
    const password = randomBytes(24).toString('base64url');
    const passwordFile = join(draft, 'initdb-password');
    await writeFile(passwordFile, password, { mode: 0o600 });
    if (user.isOther) {
      await chown(join(draft, 'data'), user.uid, user.gid);
      await chown(passwordFile, user.uid, user.gid);
    }
    const args = ['-D', join(draft, 'data'), '-U', SUPERUSER, '--pwfile', passwordFile, '-A', 'scram-sha-256'];
    args.push('-E', 'UTF8', '--locale=C', '--no-instructions');
    if (!isDurable) args.push('--no-sync');
    await runInitdb(binaries.initdb, args, user);
    await rm(passwordFile);
    await writeFile(join(draft, 'password'), password, { mode: 0o600 });
    await rename(draft, root).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
    });
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

async function runInitdb(program: string, args: readonly string[], user: ServerUser): Promise<void> {
  const child = spawn(program, args, {
    ...identityOf(user),
    cwd: '/',
    env: serverEnvironment(),
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let output = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  const code = await new Promise<number | null>((done, fail) => {
    child.once('error', fail);
    child.once('close', done);
  }).catch((cause: unknown) => {
    throw embeddedPostgresError(`The embedded Postgres could not be run: ${program}.`, 'failed', cause);
  });
  if (code !== 0) {
    throw embeddedPostgresError(`The embedded Postgres could not create its data folder: ${output.trim()}`, 'failed');
  }
}

function identityOf(user: ServerUser): { uid?: number; gid?: number } {
  return user.isOther ? { uid: user.uid, gid: user.gid } : {};
}

/** Only what the server needs: PG* variables of the user's shell would change what initdb makes. */
function serverEnvironment(): Record<string, string> {
  return { PATH: process.env['PATH'] ?? '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' };
}

async function joinOrStart(
  cluster: Cluster,
  options: EmbeddedPostgresOptions,
  home: string,
  notices: readonly string[],
): Promise<EmbeddedPostgres> {
  const password = await readFile(join(cluster.root, 'password'), 'utf8');
  const userFile = join(cluster.root, 'users', `${process.pid}.${randomBytes(4).toString('hex')}`);
  // Registered before looking, as a leaver announces itself before looking: one of the two sees the other.
  await writeFile(userFile, '');
  let lastProblem = '';
  try {
    for (let attempt = 0; attempt < START_ATTEMPTS; attempt++) {
      await leaversGone(cluster);
      const running = await readPostmaster(cluster);
      const isAttached = running !== null && (await isPostmaster(cluster, running.pid));
      if (running !== null && !isAttached) await rm(join(cluster.root, 'data', 'postmaster.pid'), { force: true });
      if (!isAttached) lastProblem = await launch(cluster, options);
      const ready = await readyPostmaster(cluster);
      if (ready === null) continue;
      const connectionString = `postgres://${SUPERUSER}:${password}@127.0.0.1:${ready.port}/${DATABASE}`;
      if (!(await openDatabase(connectionString))) continue;
      const remove = cluster.isTemporary ? home : '';
      const watchdog = startWatchdog({ root: cluster.root, pid: ready.pid, userFile, remove });
      let stopping: Promise<void> | null = null;
      const stop = () => {
        stopping ??= leave(cluster, ready.pid, userFile, watchdog, remove);
        return stopping;
      };
      return { connectionString, directory: home, isAttached, notices, stop };
    }
  } catch (error) {
    await rm(userFile, { force: true });
    throw error;
  }
  await rm(userFile, { force: true });
  throw embeddedPostgresError(
    `The embedded Postgres in ${cluster.root} did not start: ${lastProblem || 'no reason given'}. See server.log there.`,
    'failed',
  );
}

/** Waits until no living process is in the middle of stopping this server. */
async function leaversGone(cluster: Cluster): Promise<void> {
  for (let waitedMs = 0; waitedMs < STOP_TIMEOUT_MS; waitedMs += POLL_MS) {
    const leavers = await readdir(join(cluster.root, 'leaving'));
    if (!leavers.some((name) => isAlive(Number(name.split('.')[0])))) return;
    await sleep(POLL_MS);
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

async function readPostmaster(cluster: Cluster): Promise<Postmaster | null> {
  const text = await readFile(join(cluster.root, 'data', 'postmaster.pid'), 'utf8').catch(() => '');
  const lines = text.split('\n');
  const pid = Number(lines[0]);
  if (!Number.isInteger(pid) || pid <= 0) return null;
  return { pid, port: Number(lines[3] ?? 0), status: (lines[7] ?? '').trim() };
}

/** Whether `pid` is a server on this data folder, and not a stranger that got the number of one that was killed. */
async function isPostmaster(cluster: Cluster, pid: number): Promise<boolean> {
  if (!isAlive(pid)) return false;
  if (process.platform !== 'linux') return true;
  const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
  return command.split('\0').includes(join(cluster.root, 'data'));
}

/** Starts a server on a free port and returns once it is ready or ended; the text says why it ended. */
async function launch(cluster: Cluster, options: EmbeddedPostgresOptions): Promise<string> {
  const port = await freePort();
  const logPath = join(cluster.root, `server-${process.pid}.log`);
  const log = await open(logPath, 'w', 0o600);
  const args = ['-D', join(cluster.root, 'data'), '-p', String(port)];
  for (const [name, value] of Object.entries({ ...serverSettings(options.isDurable ?? true), ...options.settings })) {
    args.push('-c', `${name}=${value}`);
  }
  try {
    // A session of its own: Ctrl-C in the terminal reaches us, not the server, which we then stop in order.
    const child = spawn(cluster.binaries.postgres, args, {
      ...identityOf(cluster.user),
      cwd: '/',
      env: serverEnvironment(),
      detached: true,
      stdio: ['ignore', log.fd, log.fd],
    });
    child.unref();
    const problem = await startedOrEnded(cluster, child);
    if (problem === null) {
      await rename(logPath, join(cluster.root, 'server.log'));
      return '';
    }
    const text = await readFile(logPath, 'utf8');
    await rm(logPath, { force: true });
    return (
      text
        .split('\n')
        .filter((line) => line.includes('FATAL'))
        .join(' ')
        .trim() || problem
    );
  } finally {
    await log.close();
  }
}

function serverSettings(isDurable: boolean): Record<string, string> {
  return {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    timezone: 'UTC',
    log_timezone: 'UTC',
    max_connections: '100',
    shared_buffers: '64MB',
    max_wal_size: '512MB',
    // Errors, their details and statements carry values of rows: none of that is written to the log.
    log_min_messages: 'log',
    log_min_error_statement: 'panic',
    log_error_verbosity: 'terse',
    ...(isDurable ? {} : { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }),
  };
}

/** Null once the child's server is ready; else why it ended. */
async function startedOrEnded(cluster: Cluster, child: ChildProcess): Promise<string | null> {
  let ended: string | null = null;
  child.once('error', (error) => {
    ended = error.message;
  });
  child.once('exit', (code, signal) => {
    ended = `ended with ${signal ?? `code ${code}`}`;
  });
  for (let waitedMs = 0; waitedMs < READY_TIMEOUT_MS; waitedMs += POLL_MS) {
    if (ended !== null) return ended;
    const found = await readPostmaster(cluster);
    if (found !== null && found.pid === child.pid && found.status === 'ready') return null;
    await sleep(POLL_MS);
  }
  child.kill('SIGQUIT');
  throw embeddedPostgresError(`The embedded Postgres in ${cluster.root} took over ${READY_TIMEOUT_MS} ms.`, 'timeout');
}

/** The running server once it takes connections; null when there is none (any more). */
async function readyPostmaster(cluster: Cluster): Promise<Postmaster | null> {
  for (let waitedMs = 0; waitedMs < READY_TIMEOUT_MS; waitedMs += POLL_MS) {
    const found = await readPostmaster(cluster);
    if (found === null || !isAlive(found.pid)) return null;
    if (found.status === 'ready') return found;
    await sleep(POLL_MS);
  }
  throw embeddedPostgresError(`The embedded Postgres in ${cluster.root} is not getting ready.`, 'timeout');
}

/** A port of 127.0.0.1 that is free now; when another process takes it first, the start is tried again. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done, fail) => {
    server.once('error', fail);
    server.listen(0, '127.0.0.1', done);
  });
  const address = server.address();
  await new Promise((done) => server.close(done));
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** Makes sure our database is there; false when the server went away meanwhile, so that the caller looks again. */
async function openDatabase(connectionString: string): Promise<boolean> {
  const url = new URL(connectionString);
  url.pathname = '/postgres';
  const client = new pg.Client({ connectionString: url.href, connectionTimeoutMillis: 20_000 });
  client.on('error', () => {});
  try {
    await client.connect();
    const found = await client.query('select 1 from pg_database where datname = $1', [DATABASE]);
    if (found.rowCount === 0) {
      await client.query(`create database ${DATABASE}`).catch((error: { code?: string }) => {
        // Another starter was faster: 42P04 as a rule, 23505 in the same instant.
        if (error.code !== '42P04' && error.code !== '23505') throw error;
      });
    }
    return true;
  } catch (error) {
    if ((error as { code?: string }).code === '28P01') {
      throw embeddedPostgresError(
        'The embedded Postgres does not take its password file; remove the folder.',
        'failed',
      );
    }
    await sleep(POLL_MS);
    return false;
  } finally {
    await client.end().catch(() => {});
  }
}

/** Leaves the server and stops it when nobody else uses it. The same steps are in the watchdog's script. */
async function leave(
  cluster: Cluster,
  pid: number,
  userFile: string,
  watchdog: ChildProcess,
  remove: string,
): Promise<void> {
  const leaving = join(cluster.root, 'leaving', `${process.pid}.${randomBytes(4).toString('hex')}`);
  await rm(userFile, { force: true });
  await writeFile(leaving, '');
  try {
    const users = await readdir(join(cluster.root, 'users'));
    if (!users.some((name) => isAlive(Number(name.split('.')[0])))) await stopServer(cluster, pid);
  } finally {
    await rm(leaving, { force: true });
    endWatchdog(watchdog);
  }
  if (remove !== '') await rm(remove, { recursive: true, force: true });
}

async function stopServer(cluster: Cluster, pid: number): Promise<void> {
  for (let waitedMs = 0; waitedMs < STOP_TIMEOUT_MS; waitedMs += POLL_MS) {
    const found = await readPostmaster(cluster);
    if (found === null || found.pid !== pid || !isAlive(pid)) return;
    // SIGINT is Postgres' fast stop: sessions end, data is flushed. Halfway through it becomes SIGQUIT, a recoverable crash.
    if (waitedMs === 0) process.kill(pid, 'SIGINT');
    if (waitedMs === STOP_TIMEOUT_MS / 2) process.kill(pid, 'SIGQUIT');
    await sleep(POLL_MS);
  }
  throw embeddedPostgresError(`The embedded Postgres with process id ${pid} did not stop; end it.`, 'timeout');
}
