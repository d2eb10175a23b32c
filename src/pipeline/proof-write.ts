import { createHash } from 'node:crypto';
import { type FileHandle, mkdir, open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { SettingsError } from '../domain/errors.ts';
import { type CsvValue, csvLine } from './proof-csv.ts';
import {
  MANIFEST,
  manifestDigest,
  PROOF_COLUMNS,
  PROOF_FORMAT,
  type ProofClosingFile,
  type ProofFile,
  type ProofFileFacts,
  type ProofManifest,
  type ProofTable,
  proofJson,
  proofReadme,
} from './proof-format.ts';

/** Rows of a table in batches, columns in the order of {@link PROOF_COLUMNS}. */
export type ProofRows = AsyncIterable<ReadonlyArray<readonly CsvValue[]>>;

/** What a bundle is written from. */
export interface ProofSource {
  readonly closing: ProofClosingFile;
  /** Digest of the last event. */
  readonly head: string;
  readonly tables: Readonly<Record<ProofTable, ProofRows>>;
}

/** A file that knows its digest and size as it is written. */
class HashedFile {
  readonly #hash = createHash('sha256');
  readonly #file: FileHandle;
  #bytes = 0;

  private constructor(file: FileHandle) {
    this.#file = file;
  }

  /** Makes the file. @throws where it is there already. */
  static async create(path: string): Promise<HashedFile> {
    return new HashedFile(await open(path, 'wx'));
  }

  async write(text: string): Promise<void> {
    const bytes = Buffer.from(text, 'utf8');
    this.#hash.update(bytes);
    this.#bytes += bytes.length;
    await this.#file.writeFile(bytes);
  }

  async close(): Promise<ProofFileFacts> {
    await this.#file.close();
    return { sha256: this.#hash.digest('hex'), bytes: this.#bytes };
  }
}

/** Writes a file piece by piece and closes it, whatever happens. */
async function writeFile(path: string, pieces: AsyncIterable<string> | Iterable<string>): Promise<ProofFileFacts> {
  const file = await HashedFile.create(path);
  let facts: ProofFileFacts;
  try {
    for await (const piece of pieces) await file.write(piece);
  } finally {
    facts = await file.close();
  }
  return facts;
}

async function* tableText(table: ProofTable, rows: ProofRows): AsyncGenerator<string> {
  yield csvLine(PROOF_COLUMNS[table]);
  for await (const batch of rows) yield batch.map(csvLine).join('');
}

/**
 * Writes a bundle into a folder, which is made if need be. The manifest comes last: a bundle that was cut short has none, and does not verify.
 * Memory holds one batch of rows.
 * @throws {SettingsError} where the folder has something in it.
 */
export async function writeProof(folder: string, source: ProofSource): Promise<ProofManifest> {
  await mkdir(folder, { recursive: true });
  if ((await readdir(folder)).length > 0) {
    throw new SettingsError('The folder of --out is not empty. Name one that is not there yet.', {
      code: 'folder_not_empty',
    });
  }
  const { closing, head, tables } = source;
  const { account, period, closing_no: closingNo } = closing;
  const files: Record<ProofFile, ProofFileFacts> = {
    'README.txt': await writeFile(join(folder, 'README.txt'), [proofReadme(account, period, closingNo)]),
    'closing.json': await writeFile(join(folder, 'closing.json'), [proofJson(closing)]),
    'results.csv': await writeFile(join(folder, 'results.csv'), tableText('results.csv', tables['results.csv'])),
    'items.csv': await writeFile(join(folder, 'items.csv'), tableText('items.csv', tables['items.csv'])),
    'events.csv': await writeFile(join(folder, 'events.csv'), tableText('events.csv', tables['events.csv'])),
    'lines.csv': await writeFile(join(folder, 'lines.csv'), tableText('lines.csv', tables['lines.csv'])),
  };
  const draft = { format: PROOF_FORMAT, account, period, closing_no: closingNo, head, files, digest: '' };
  const manifest: ProofManifest = { ...draft, digest: manifestDigest(draft) };
  await writeFile(join(folder, MANIFEST), [proofJson(manifest)]);
  return manifest;
}
