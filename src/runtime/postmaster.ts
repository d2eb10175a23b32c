import { type ChildProcess, spawn } from 'node:child_process';
import { open, readFile, rename, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { embeddedPostgresError, type PostgresBinaries, type ServerUser } from './postgres-binaries.ts';

const READY_TIMEOUT_MS = 60_000;
/** Longest wait for a server to stop; afterwards an operator is told. */
export const STOP_TIMEOUT_MS = 30_000;
/** Pause between two looks at the server's files. */
export const POLL_MS = 15;

/** Folders and identity of one cluster. `root` holds `data`, `password`, `server.log`, `users/` and `leaving/`. */
export interface Cluster {
  readonly root: string;
  readonly user: ServerUser;
  readonly binaries: PostgresBinaries;
  readonly isTemporary: boolean;
}

/** What `postmaster.pid` says; `status` is Postgres' own word, padded in the file. */
export interface Postmaster {
  readonly pid: number;
  readonly port: number;
  readonly status: string;
}

/** What a child needs to run as the server's user. */
export function identityOf(user: ServerUser): { uid?: number; gid?: number } {
  return user.isOther ? { uid: user.uid, gid: user.gid } : {};
}

/** Only what the server needs: PG* variables of the user's shell would change what initdb makes. */
export function serverEnvironment(): Record<string, string> {
  return { PATH: process.env['PATH'] ?? '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' };
}

/** Whether a process with this id runs, be it ours or not. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** The server's own note of itself, or null where no server runs or ran. */
export async function readPostmaster(cluster: Cluster): Promise<Postmaster | null> {
  const text = await readFile(join(cluster.root, 'data', 'postmaster.pid'), 'utf8').catch(() => '');
  const lines = text.split('\n');
  const pid = Number(lines[0]);
  if (!Number.isInteger(pid) || pid <= 0) return null;
  return { pid, port: Number(lines[3] ?? 0), status: (lines[7] ?? '').trim() };
}

/** Whether `pid` is a server on this data folder, and not a stranger that got the number of one that was killed. */
export async function isPostmaster(cluster: Cluster, pid: number): Promise<boolean> {
  if (!isAlive(pid)) return false;
  if (process.platform !== 'linux') return true;
  const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
  return command.split('\0').includes(join(cluster.root, 'data'));
}

/** How a server is launched; see `EmbeddedPostgresOptions`. */
export interface LaunchOptions {
  readonly isDurable?: boolean;
  readonly settings?: Readonly<Record<string, string>>;
}

/** Starts a server on a free port and returns once it is ready or ended; the text says why it ended. */
export async function launchServer(cluster: Cluster, options: LaunchOptions): Promise<string> {
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
export async function readyPostmaster(cluster: Cluster): Promise<Postmaster | null> {
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

/** Stops the server by its process id: in order, then, if that takes long, as a crash that the next start recovers from. */
export async function stopServer(cluster: Cluster, pid: number): Promise<void> {
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
