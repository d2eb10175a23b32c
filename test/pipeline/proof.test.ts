import { createHash } from 'node:crypto';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  MANIFEST,
  manifestDigest,
  PROOF_FILES,
  type ProofFile,
  type ProofManifest,
  proofJson,
} from '../../src/pipeline/proof-format.ts';
import { type ProofReport, verifyProof } from '../../src/pipeline/proof-verify.ts';
import { writeProof } from '../../src/pipeline/proof-write.ts';
import { LINES, type MonthChanges, sourceOf, withBundle } from './proof-bundle.ts';

/** The checks that failed, with what they say. */
function faults({ checks }: ProofReport): string[] {
  return checks.filter(({ ok }) => !ok).map(({ name, detail }) => `${name}: ${detail}`);
}

async function readManifest(folder: string): Promise<ProofManifest> {
  return JSON.parse(await readFile(join(folder, MANIFEST), 'utf8')) as ProofManifest;
}

/** Changes a file and makes every hash of the manifest anew, as somebody would who knows how a bundle is made. */
async function forge(folder: string, name: ProofFile, change: (text: string) => string): Promise<void> {
  const text = change(await readFile(join(folder, name), 'utf8'));
  await writeFile(join(folder, name), text);
  const manifest = await readManifest(folder);
  const facts = { sha256: createHash('sha256').update(text).digest('hex'), bytes: Buffer.byteLength(text) };
  const draft = { ...manifest, files: { ...manifest.files, [name]: facts } };
  await writeFile(join(folder, MANIFEST), proofJson({ ...draft, digest: manifestDigest(draft) }));
}

const verified = (changes: MonthChanges = {}) => withBundle(sourceOf(changes), (folder) => verifyProof(folder, null));

describe('a bundle', () => {
  it('verifies as it was written', async () => {
    const report = await verified();
    expect(faults(report)).toEqual([]);
    expect(report.isProven).toBe(true);
    expect(report.checks.map(({ name }) => name)).toEqual([
      'manifest',
      'folder',
      ...PROOF_FILES.map((name) => `file ${name}`),
      'closing',
      'two_people',
      'results',
      'items',
      'lines',
      'events',
      'closed',
    ]);
  });

  it('is the same for the same month', async () => {
    const one = await withBundle(sourceOf(), readManifest);
    const two = await withBundle(sourceOf(), readManifest);
    expect(one).toEqual(two);
  });

  it('is not written into a folder that has something in it', async () => {
    await withBundle(sourceOf(), async (folder) => {
      await expect(writeProof(folder, sourceOf())).rejects.toThrow('not empty');
    });
  });

  it('does not verify with any one byte of any file changed', async () => {
    await withBundle(sourceOf(), async (folder) => {
      const unnoticed: string[] = [];
      for (const name of [MANIFEST, ...PROOF_FILES]) {
        const path = join(folder, name);
        const bytes = await readFile(path);
        // Every fifth, so that each bit, each key and each digest is struck and a run takes seconds.
        for (let at = bytes.length % 5; at < bytes.length; at += 5) {
          const changed = Buffer.from(bytes);
          changed[at] = (changed[at] ?? 0) ^ (1 << (at % 8));
          await writeFile(path, changed);
          const { isProven, checks } = await verifyProof(folder, null);
          const isNamed = checks.some(({ ok, detail }) => !ok && detail.includes(name));
          if (isProven || !isNamed) unnoticed.push(`${name} at ${at}`);
        }
        await writeFile(path, bytes);
      }
      expect(unnoticed).toEqual([]);
      expect((await verifyProof(folder, null)).isProven).toBe(true);
    });
  }, 60_000);

  it('does not verify with a byte more or less, or with a file more or less', async () => {
    await withBundle(sourceOf(), async (folder) => {
      for (const name of [MANIFEST, ...PROOF_FILES]) {
        const path = join(folder, name);
        const bytes = await readFile(path);
        for (const changed of [bytes.subarray(0, -1), Buffer.concat([bytes, Buffer.from('\n')])]) {
          await writeFile(path, changed);
          expect((await verifyProof(folder, null)).isProven, name).toBe(false);
        }
        await writeFile(path, bytes);
        await rename(path, `${path}.away`);
        expect(faults(await verifyProof(folder, null)).join()).toMatch(/missing|is not there/);
        await rename(`${path}.away`, path);
      }
      await writeFile(join(folder, 'more.txt'), 'x');
      expect(faults(await verifyProof(folder, null))).toEqual([
        'folder: files of the folder that the bundle does not have: 1',
      ]);
    });
  });
});

describe('a folder that is no bundle', () => {
  it('is said to be none, with what is missing', async () => {
    await withBundle(sourceOf(), async (folder) => {
      await writeFile(join(folder, MANIFEST), 'no JSON');
      expect(faults(await verifyProof(folder, null))).toEqual([
        'manifest: manifest.json is no manifest of the form faxsync-proof/1: this folder is no proof of faxsync, or the file was changed',
      ]);
      for (const name of [MANIFEST, ...PROOF_FILES]) await rm(join(folder, name));
      expect(faults(await verifyProof(folder, null))).toEqual([
        'manifest: manifest.json is not there: this folder is no proof of faxsync, or one that was cut short',
        `folder: missing: ${[MANIFEST, ...PROOF_FILES].join(', ')}`,
      ]);
    });
  });
});

describe('a bundle made anew by somebody who knows its form', () => {
  it.each<[string, ProofFile, (text: string) => string, RegExp]>([
    [
      'a line costs less',
      'lines.csv',
      (text) => text.replace(',21\n', ',14\n'),
      /^lines: lines.csv: closing 1: sum \$2\.21, not \$2\.28; closing 1: digest of the lines/,
    ],
    [
      'cents moved from one line to another',
      'lines.csv',
      (text) => text.replace(',21\n', ',20\n').replace(',14\n', ',15\n'),
      /^lines: lines.csv: closing 1: digest of the lines/,
    ],
    [
      'a line is left out',
      'lines.csv',
      (text) => text.replace(/^.*,102,.*\n/m, ''),
      /^lines: lines.csv: closing 1: lines 4, not 5/,
    ],
    [
      'a correction says it is none',
      'lines.csv',
      (text) => text.replace(',true,', ',false,'),
      /^lines: lines.csv, line 2: a correction/,
    ],
    [
      'an item is closed',
      'items.csv',
      (text) => text.replace('accepted', 'closed'),
      /^items: items.csv: the items of closing 1/,
    ],
    [
      'an event has another actor',
      'events.csv',
      (text) => text.replace(',Ann,', ',Eve,'),
      /^events: events.csv, line 3 \(event 2\): its text does not give its digest/,
    ],
    [
      'an event is left out',
      'events.csv',
      (text) => text.replace(/^2,.*\n/m, ''),
      /^events: events.csv, line 3 \(event 2\): its number is 3/,
    ],
    [
      'the last event is left out',
      'events.csv',
      (text) => text.slice(0, text.indexOf('\n3,') + 1),
      /^events: events.csv: the last event is not the one/,
    ],
    [
      'a closing has another total',
      'closing.json',
      (text) => text.replaceAll('"billed_cents": 228', '"billed_cents": 229'),
      /^lines: lines.csv: closing 1: sum \$2\.28, not \$2\.29/,
    ],
    [
      'a closing has another approver',
      'closing.json',
      (text) => text.replace('"Ben"', '"Bob"'),
      /^closed: event 3 says of closing 1 another approved_by/,
    ],
    [
      'closing.json has another form',
      'closing.json',
      (text) => text.replace('\n', ''),
      /^closing: closing.json: it is not in the form/,
    ],
    [
      'a column has another name',
      'results.csv',
      (text) => text.replace('grain', 'grains'),
      /^results: results.csv: Line 1 is no CSV: the columns are others/,
    ],
    [
      'a result is better',
      'results.csv',
      (text) => text.replace(',exception,', ',pass,'),
      /^results: results.csv: its rows do not give the digest of the last closing/,
    ],
  ])('does not verify where %s', async (_name, file, change, fault) => {
    await withBundle(sourceOf(), async (folder) => {
      await forge(folder, file, change);
      const found = faults(await verifyProof(folder, null));
      expect(found.join('\n')).toMatch(new RegExp(fault.source, 'm'));
    });
  });

  it('does not verify where one person prepared and approved', async () => {
    expect(faults(await verified({ approvedBy: ' ann' }))).toEqual([
      'two_people: closing 1: prepared and approved by one person',
    ]);
  });

  it('does not verify where the event of the closing says something else', async () => {
    expect(faults(await verified({ details: { lines_digest: 'x' } }))).toEqual([
      'closed: event 3 says of closing 1 another lines_digest',
    ]);
    expect(faults(await verified({ closing: { items_digest: 'x' } }))).toEqual([
      'items: items.csv: the items of closing 1 do not give its digest',
      'closed: event 3 says of closing 1 another items_digest',
    ]);
  });

  it('does not verify where instant, statement or the run are others than the event of the closing holds', async () => {
    for (const closing of [{ statement: 'None.' }, { as_of: '2026-11-05T09:00:00.000000Z' }, { run_id: 13 }]) {
      expect(faults(await verified({ closing }))).toEqual([
        'closed: event 3 says of closing 1 another instant, name, statement or run',
      ]);
    }
    expect(faults(await verified({ run: { charged_cents: 1 } }))).toEqual([
      'closed: event 3 says of closing 1 another instant, name, statement or run',
    ]);
  });

  it('verifies by itself with its whole chain made anew, and does not with a digest that was noted', async () => {
    const noted = sourceOf().head;
    await withBundle(sourceOf(), async (folder) => {
      const manifest = await readManifest(folder);
      for (const head of [noted, noted.toUpperCase(), manifest.digest]) {
        expect((await verifyProof(folder, head)).isProven).toBe(true);
      }
    });
    await withBundle(sourceOf({ lines: LINES.slice(1) }), async (folder) => {
      expect((await verifyProof(folder, null)).isProven).toBe(true);
      expect(faults(await verifyProof(folder, noted))).toEqual(['head: the digest that was noted is no part of it']);
    });
  });
});
