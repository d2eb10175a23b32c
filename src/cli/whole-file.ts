import { randomBytes } from 'node:crypto';
import { type FileHandle, lstat, mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { FaxsyncError } from '../domain/errors.ts';
import { printableLines } from './sql-table.ts';

/** How a file is written. */
export interface WholeFileOptions {
  /** Code of the error where it cannot be. */
  readonly code: string;
  /** What the error calls it; default `The file`. */
  readonly name?: string;
  /** What the error advises beside a look at folder and rights. */
  readonly advice?: string;
  /** Makes the folders it lies in. */
  readonly makesFolders?: boolean;
  /** Refuses to take the place of one that is there (reason `EEXIST`). */
  readonly isNew?: boolean;
}

/** A file could not be written (code: the writer's); the one that was there is as it was. */
export class WholeFileError extends FaxsyncError {
  /** Code of the operating system, or why it was not tried. */
  readonly reason: string;

  constructor(
    reason: string,
    { code, name = 'The file', advice = '' }: WholeFileOptions,
    remedy = 'Check its folder and its rights',
  ) {
    super(`${name} cannot be written (${reason}). ${remedy}${advice === '' ? '.' : advice}`, { code });
    this.reason = reason;
  }
}

/**
 * A file that takes its name once it is whole, and that only its owner may read. Until then it is a part beside it whose name nobody can foresee, so that no link that
 * was laid there is followed. After an error, call {@link WholeFile.discard}.
 */
export class WholeFile {
  /** Where it will be. */
  readonly path: string;
  readonly #options: WholeFileOptions;
  readonly #part: string;
  readonly #handle: FileHandle;

  private constructor(path: string, options: WholeFileOptions, part: string, handle: FileHandle) {
    this.path = path;
    this.#options = options;
    this.#part = part;
    this.#handle = handle;
  }

  /** Begins a file. @throws {WholeFileError} also where a folder, a link or a device has its name. */
  static async open(path: string, options: WholeFileOptions): Promise<WholeFile> {
    const target = resolve(path);
    const part = `${target}.${randomBytes(6).toString('hex')}.part`;
    try {
      if (options.makesFolders === true) await mkdir(dirname(target), { recursive: true });
      const there = await lstat(target).catch(ignoreMissing);
      if (there?.isFile() === false)
        throw new WholeFileError('its name is taken by a folder, a link or a device', options);
      return new WholeFile(target, options, part, await open(part, 'wx', 0o600));
    } catch (error) {
      throw unwritable(error, options, dirname(target));
    }
  }

  /** Adds to the end. @throws {WholeFileError} */
  async write(piece: string | Uint8Array): Promise<void> {
    try {
      await this.#handle.appendFile(piece);
    } catch (error) {
      throw unwritable(error, this.#options);
    }
  }

  /** Gives it its name. @throws {WholeFileError} */
  async close(): Promise<void> {
    try {
      await this.#handle.sync();
      await this.#handle.close();
      // To rename takes a name that is there; to make a file does not.
      if (this.#options.isNew === true) await (await open(this.path, 'wx', 0o600)).close();
      await rename(this.#part, this.path);
    } catch (error) {
      await this.discard();
      throw unwritable(error, this.#options);
    }
  }

  /** Gives it up and takes the part away; does nothing more after that, and nothing after {@link close}. */
  async discard(): Promise<void> {
    await this.#handle.close().catch(() => undefined);
    await rm(this.#part, { force: true }).catch(() => undefined);
  }
}

/** Writes a file at once. @throws {WholeFileError} */
export async function writeWholeFile(path: string, text: string, options: WholeFileOptions): Promise<void> {
  const file = await WholeFile.open(path, options);
  try {
    await file.write(text);
    await file.close();
  } catch (error) {
    await file.discard();
    throw error;
  }
}

function ignoreMissing(error: NodeJS.ErrnoException): null {
  if (error.code === 'ENOENT') return null;
  throw error;
}

function unwritable(error: unknown, options: WholeFileOptions, folder: string | null = null): WholeFileError {
  if (error instanceof WholeFileError) return error;
  const { code } = error as NodeJS.ErrnoException;
  return new WholeFileError(code ?? 'for an unknown reason', options, remedyOf(code, folder));
}

/** What to do where it is the folder; undefined where that is not known. */
function remedyOf(code: string | undefined, folder: string | null): string | undefined {
  if (folder === null) return undefined;
  // It may be named in a file of statements, which is anybody's text.
  const named = printableLines(folder);
  if (code === 'ENOENT') return `There is no folder ${named}: make it, or name a file in one that is there`;
  if (code === 'ENOTDIR') return `${named} is no folder, or lies in none: name a file in one that is there`;
  return undefined;
}
