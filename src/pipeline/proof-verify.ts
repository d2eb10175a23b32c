import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FaxsyncError, SettingsError } from '../domain/errors.ts';
import { checkClosings, checkEvents, checkItems, checkLines, checkResults } from './proof-contents.ts';
import {
  MANIFEST,
  manifestDigest,
  PROOF_FILES,
  PROOF_FORMAT,
  type ProofCheck,
  type ProofClosingFile,
  type ProofFile,
  type ProofFileFacts,
  type ProofManifest,
  proofJson,
} from './proof-format.ts';
import { readTable } from './proof-tables.ts';

/** What a verification came to. */
export interface ProofReport {
  /** Null where the manifest cannot be read. */
  readonly manifest: ProofManifest | null;
  readonly checks: readonly ProofCheck[];
  readonly isProven: boolean;
}

/**
 * Verifies a bundle by its files alone: every digest is reckoned anew, every total added up. `head`: a digest that was noted elsewhere, of an
 * event or of a manifest; it must be part of the bundle. Memory holds one piece of a file, and the events.
 * @throws {SettingsError} where there is no such folder.
 */
export async function verifyProof(folder: string, head: string | null): Promise<ProofReport> {
  const names = await readdir(folder).catch(() => {
    throw new SettingsError('The folder of --verify cannot be read. Name the folder that faxsync proof made.', {
      code: 'folder_unreadable',
    });
  });
  const checks: ProofCheck[] = [];
  const manifest = await verifyManifest(folder, checks);
  checks.push(folderCheck(names));
  if (manifest !== null) {
    for (const name of PROOF_FILES) checks.push(await fileCheck(folder, name, manifest.files[name]));
    await verifyContents(folder, manifest, head, checks);
  }
  return { manifest, checks, isProven: checks.every(({ ok }) => ok) };
}

async function verifyManifest(folder: string, checks: ProofCheck[]): Promise<ProofManifest | null> {
  const say = (ok: boolean, detail: string) => checks.push({ name: 'manifest', ok, detail });
  const bytes = await readFile(join(folder, MANIFEST)).catch(() => null);
  if (bytes === null) {
    say(false, `${MANIFEST} is not there: this folder is no proof of faxsync, or one that was cut short`);
    return null;
  }
  const manifest = parseManifest(bytes.toString('utf8'));
  if (manifest === null) {
    say(
      false,
      `${MANIFEST} is no manifest of the form ${PROOF_FORMAT}: this folder is no proof of faxsync, or the file was changed`,
    );
    return null;
  }
  const isAsWritten = bytes.equals(Buffer.from(proofJson(manifest), 'utf8'));
  const isOwnDigest = manifestDigest(manifest) === manifest.digest;
  say(
    isAsWritten && isOwnDigest,
    isAsWritten && isOwnDigest
      ? `digest ${manifest.digest}`
      : `${MANIFEST} was changed: ${isOwnDigest ? 'it is not in the form in which it is written' : 'its digest is another'}`,
  );
  return manifest;
}

/** Null for anything that has not the shape of a manifest. Keys come back in the order in which they are written. */
function parseManifest(text: string): ProofManifest | null {
  const value = parseObject(text);
  if (value === null) return null;
  const { format, account, period, closing_no: closingNo, head, digest } = value;
  const files = value['files'];
  if (format !== PROOF_FORMAT || typeof files !== 'object' || files === null) return null;
  if (typeof account !== 'string' || typeof period !== 'string' || typeof closingNo !== 'number') return null;
  if (typeof head !== 'string' || typeof digest !== 'string') return null;
  const facts: Partial<Record<ProofFile, ProofFileFacts>> = {};
  for (const name of PROOF_FILES) {
    const { sha256, bytes } = Object(Reflect.get(files, name));
    if (typeof sha256 !== 'string' || typeof bytes !== 'number') return null;
    facts[name] = { sha256, bytes };
  }
  // Only complete ones get here.
  return { format, account, period, closing_no: closingNo, head, files: facts as ProofManifest['files'], digest };
}

function parseObject(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : null;
  } catch {
    return null;
  }
}

function folderCheck(names: readonly string[]): ProofCheck {
  const known = new Set<string>([MANIFEST, ...PROOF_FILES]);
  const missing = [...known].filter((name) => !names.includes(name));
  const foreign = names.filter((name) => !known.has(name));
  const faults = [
    ...(missing.length === 0 ? [] : [`missing: ${missing.join(', ')}`]),
    // Names of foreign files are not ours to repeat.
    ...(foreign.length === 0 ? [] : [`files of the folder that the bundle does not have: ${foreign.length}`]),
  ];
  return {
    name: 'folder',
    ok: faults.length === 0,
    detail: faults.length === 0 ? `${known.size} files` : faults.join('; '),
  };
}

async function fileCheck(folder: string, name: ProofFile, expected: ProofFileFacts): Promise<ProofCheck> {
  const found = await hashOf(join(folder, name));
  if (found === null) return { name: `file ${name}`, ok: false, detail: `${name} cannot be read` };
  const ok = found.sha256 === expected.sha256 && found.bytes === expected.bytes;
  const what =
    found.bytes === expected.bytes ? 'its SHA-256 is another' : `${found.bytes} bytes, not ${expected.bytes}`;
  return { name: `file ${name}`, ok, detail: ok ? `${found.bytes} bytes` : `${name} was changed: ${what}` };
}

async function hashOf(path: string): Promise<ProofFileFacts | null> {
  const digest = createHash('sha256');
  let bytes = 0;
  try {
    for await (const piece of createReadStream(path)) {
      digest.update(piece);
      bytes += piece.length;
    }
  } catch {
    return null;
  }
  return { sha256: digest.digest('hex'), bytes };
}

async function verifyContents(
  folder: string,
  manifest: ProofManifest,
  head: string | null,
  checks: ProofCheck[],
): Promise<void> {
  const text = await readFile(join(folder, 'closing.json'), 'utf8').catch(() => '');
  const closing = checkClosings(parseObject(text), text, manifest, checks);
  if (closing === null) return;
  await guarded('results', checks, async () => checkResults(readTable(folder, 'results.csv'), closing));
  await guarded('items', checks, async () => checkItems(readTable(folder, 'items.csv'), closing));
  await guarded('lines', checks, async () => checkLines(readTable(folder, 'lines.csv'), closing));
  await verifyEvents(folder, { manifest, closing, head }, checks);
}

async function verifyEvents(
  folder: string,
  asked: { readonly manifest: ProofManifest; readonly closing: ProofClosingFile; readonly head: string | null },
  checks: ProofCheck[],
): Promise<void> {
  const { manifest, closing, head } = asked;
  await guarded('events', checks, async () => {
    const { found, digests } = await checkEvents(readTable(folder, 'events.csv'), closing, manifest.head);
    if (head === null) return found;
    const ok = digests.has(head.toLowerCase()) || manifest.digest === head.toLowerCase();
    const detail = ok
      ? 'the digest that was noted is part of the bundle'
      : 'the digest that was noted is no part of it';
    return [...found, { name: 'head', ok, detail }];
  });
}

/** A file that cannot be read as what it is fails its check, and the others are still made. */
async function guarded(name: string, checks: ProofCheck[], work: () => Promise<readonly ProofCheck[]>): Promise<void> {
  try {
    checks.push(...(await work()));
  } catch (error) {
    const detail = error instanceof FaxsyncError ? error.message : 'cannot be read';
    checks.push({ name, ok: false, detail: `${name}.csv: ${detail}` });
  }
}
