import { access, type FileHandle, mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { Envelope, LandedRef, LandingZone, ListedRef } from './contract.ts';
import { decodeEnvelope, encodeEnvelope } from './envelope.ts';
import { LandingError, missingObject } from './errors.ts';
import { isAccountKey, parseLandingKey } from './key.ts';

/** Where objects are written before they get their name. Not an account's key, so it is never listed. */
const PARTIAL_FOLDER = '.partial';
/** Names tried for one partial file: as many writers of the very same object, or leftovers of killed ones, may be met. */
const PARTIAL_NAMES_MAX = 1_000;

function errorCode(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : null;
  return typeof code === 'string' ? code : 'unknown';
}

/** No right, read-only, or a file where a folder should be: a human has to act. */
const UNUSABLE: ReadonlySet<string> = new Set(['EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'EISDIR', 'ENAMETOOLONG']);

/**
 * The {@link LandingZone} in a folder: each key is a path below it.
 * An object is written beside the zone, flushed, then renamed, and the folders that name it are flushed: what `put` returned survives
 * a power cut, and no reader ever meets half an object. A writer that is killed leaves at most one file in `.partial`, which is
 * never read. Several processes may share the folder.
 */
export class FolderLandingZone implements LandingZone {
  readonly #root: string;
  /** Folders this process has made sure are there and flushed. */
  readonly #settled = new Set<string>();

  constructor(root: string) {
    this.#root = resolve(root);
  }

  async put(envelope: Envelope): Promise<LandedRef> {
    const { key, bytes } = await encodeEnvelope(envelope);
    const path = join(this.#root, key);
    try {
      await this.#settle(dirname(path));
      if (!(await isThere(path))) {
        await this.#settle(join(this.#root, PARTIAL_FOLDER));
        const partial = await this.#writePartial(path, bytes);
        // Replaces only an object of the same key, which is the same object: put by a rival since the look above.
        await rename(partial, path);
      }
      // Also where the object was there already: its writer may have been killed before this.
      await flushFolder(dirname(path));
    } catch (cause) {
      this.#settled.clear();
      throw folderError('store', key, cause);
    }
    return { key };
  }

  async get(key: string): Promise<Envelope> {
    // Only well-formed keys become paths: nothing outside the folder can be asked for.
    if (parseLandingKey(key) === null) throw missingObject(key);
    const bytes = await readFile(join(this.#root, key)).catch((cause: unknown) => {
      throw errorCode(cause) === 'ENOENT' ? missingObject(key, cause) : folderError('read', key, cause);
    });
    return decodeEnvelope(key, bytes);
  }

  /**
   * Holds the names of one folder at a time (a thousand observations). Objects put while it runs may or may not be met; when each was
   * stored is not looked up.
   */
  async *list(
    account: string,
    options: { readonly after?: string; readonly streams?: readonly string[] } = {},
  ): AsyncIterable<ListedRef> {
    const { after = '', streams } = options;
    if (!isAccountKey(account)) return;
    for (const folder of await this.#names(account)) {
      const prefix = `${account}/${folder}/`;
      // Every key of a folder that sorts before the wanted key's folder is before the wanted key.
      if (prefix < after && !after.startsWith(prefix)) continue;
      for (const name of await this.#names(prefix)) {
        const key = prefix + name;
        if (key <= after) continue;
        const parts = parseLandingKey(key);
        if (parts === null || (streams !== undefined && !streams.includes(parts.stream))) continue;
        yield { key, landedAt: null };
      }
    }
  }

  /** Names in a folder below the root, sorted as text; none where there is no such folder. */
  async #names(folder: string): Promise<string[]> {
    const names = await readdir(join(this.#root, folder)).catch((cause: unknown) => {
      if (errorCode(cause) === 'ENOENT' || errorCode(cause) === 'ENOTDIR') return [];
      throw folderError('list', folder, cause);
    });
    return names.sort();
  }

  /** Makes a folder and everything above it, and flushes their names to disk once a process. */
  async #settle(folder: string): Promise<void> {
    if (this.#settled.has(folder)) return;
    const created = await mkdir(folder, { recursive: true });
    // Up to the root, or above it to where the first missing folder was made. Rivals may have made them and not flushed yet.
    const top = created !== undefined && created.length <= this.#root.length ? dirname(created) : this.#root;
    for (let inner = folder; inner !== top; inner = dirname(inner)) await flushFolder(dirname(inner));
    this.#settled.add(folder);
  }

  async #writePartial(path: string, bytes: Uint8Array): Promise<string> {
    const stem = path.slice(this.#root.length + 1).replaceAll('/', '_');
    for (let number = 0; ; number++) {
      const partial = join(this.#root, PARTIAL_FOLDER, `${stem}.${number}`);
      const file = await openNew(partial, number < PARTIAL_NAMES_MAX);
      if (file === null) continue;
      try {
        await file.writeFile(bytes);
        await file.sync();
      } catch (error) {
        await rm(partial, { force: true });
        throw error;
      } finally {
        await file.close();
      }
      return partial;
    }
  }
}

async function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    (error: unknown) => {
      if (errorCode(error) === 'ENOENT') return false;
      throw error;
    },
  );
}

/** Opens a file that was not there; null where it was and `mayBeThere`. */
async function openNew(path: string, mayBeThere: boolean): Promise<FileHandle | null> {
  return open(path, 'wx').catch((error: unknown) => {
    if (mayBeThere && errorCode(error) === 'EEXIST') return null;
    throw error;
  });
}

/** Makes the names in a folder durable. */
async function flushFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function folderError(verb: 'store' | 'read' | 'list', key: string, cause: unknown): LandingError {
  const error = errorCode(cause);
  const context = { landedKey: key, causeCode: error, store: 'folder' };
  if (UNUSABLE.has(error)) {
    return new LandingError(
      `The landing folder does not let us ${verb} ${key} (${error}). Check that FAXSYNC_LANDING is a folder this user may write to.`,
      { code: 'landing_unusable', context, cause },
    );
  }
  return new LandingError(
    `The landing folder could not ${verb} ${key} (${error}). Check the disk of FAXSYNC_LANDING; the work is repeated by the next run.`,
    { code: 'landing_unavailable', retryable: true, context, cause },
  );
}
