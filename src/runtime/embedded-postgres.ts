import { type ChildProcess, spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { chmod, chown, mkdir, mkdtemp, readdir, readFile, rename, rm, rmdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import {
  canReach,
  EmbeddedPostgresError,
  embeddedPostgresError,
  findServerUser,
  ownSharedFolder,
  preparePostgresBinaries,
  type ServerUser,
} from './postgres-binaries.ts';
import { endWatchdog, startWatchdog } from './postgres-watchdog.ts';
import {
  type Cluster,
  identityOf,
  isAlive,
  isPostmaster,
  launchServer,
  POLL_MS,
  readPostmaster,
  readyPostmaster,
  STOP_TIMEOUT_MS,
  serverEnvironment,
  stopServer,
} from './postmaster.ts';

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
  let home = '';
  try {
    const user = await findServerUser();
    const binaries = await preparePostgresBinaries(user);
    const notices = binaries.notice === null ? [] : [binaries.notice];
    const isTemporary = options.directory === undefined;
    home = await chooseHome(options.directory, user, notices);
    // A data folder belongs to one major version; after an upgrade the old one stays beside the new one.
    const cluster: Cluster = { root: join(home, `postgres-${binaries.majorVersion}`), user, binaries, isTemporary };
    await ensureCluster(cluster, options.isDurable ?? true);
    return await joinOrStart(cluster, options, home, notices);
  } catch (error) {
    if (options.directory === undefined && home !== '') await rm(home, { recursive: true, force: true });
    if (error instanceof EmbeddedPostgresError) throw error;
    const { code, path } = error as NodeJS.ErrnoException;
    const reason =
      code === undefined ? 'for an unknown reason' : `with ${code}${path === undefined ? '' : ` on ${path}`}`;
    throw embeddedPostgresError(`The embedded Postgres could not be set up: it failed ${reason}.`, 'failed', error);
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
  await mkdir(wanted, { recursive: true });
  if (await canReach(join(wanted, '..'), user)) {
    // The folder itself only has to be passed through; what lies in it has modes of its own.
    if (user.isOther) await chmod(wanted, 0o711);
    if (await canReach(join(wanted, 'postgres'), user)) return wanted;
  }
  await rmdir(wanted).catch(() => {});
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
  await removeDeadDrafts(root);
  const draft = await mkdtemp(`${root}.draft-${process.pid}.`);
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

/** Half-made clusters of processes that were killed while making them. */
async function removeDeadDrafts(root: string): Promise<void> {
  const prefix = `${basename(root)}.draft-`;
  const names = await readdir(dirname(root));
  for (const name of names.filter((entry) => entry.startsWith(prefix))) {
    const pid = Number(name.slice(prefix.length).split('.')[0]);
    if (!isAlive(pid)) await rm(join(dirname(root), name), { recursive: true, force: true });
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
      if (!isAttached) lastProblem = await launchServer(cluster, options);
      // Sessions of a killed server hold its memory for a moment, and a rival may just be starting one.
      if (lastProblem !== '') await sleep(attempt * 100);
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
