import { resolve } from 'node:path';
import { SettingsError } from '../domain/errors.ts';
import type { Period } from '../domain/reconciliation.ts';
import { plainWords } from '../domain/words.ts';
import { makeProof } from '../pipeline/proof-make.ts';
import { verifyProof } from '../pipeline/proof-verify.ts';
import type { CommandContext } from './context.ts';
import { EXIT } from './exit-codes.ts';
import { oneAccount } from './recon-flags.ts';
import { withSession } from './session.ts';

/** `faxsync proof`: either a month and a folder to write, or a folder to verify. */
export interface ProofOptions {
  readonly period?: Period;
  readonly out?: string;
  readonly verify?: string;
  readonly head?: string;
}

const USAGE = 'Give --period and --out to write a proof, or --verify to verify one.';

/** Writes the proof of a closed month, or verifies one without any database. Returns the exit code. */
export async function runProof(context: CommandContext, options: ProofOptions): Promise<number> {
  const { period, out, verify, head } = options;
  if (verify !== undefined) {
    if (period !== undefined || out !== undefined) throw new SettingsError(USAGE, { code: 'usage' });
    if (head !== undefined && !/^[0-9a-f]{64}$/i.test(head)) {
      throw new SettingsError('A digest is 64 hexadecimal digits.', { code: 'usage' });
    }
    return verifyFolder(context, verify, head ?? null);
  }
  if (period === undefined || out === undefined || head !== undefined)
    throw new SettingsError(USAGE, { code: 'usage' });
  return writeFolder(context, period, out);
}

async function verifyFolder({ output }: CommandContext, folder: string, head: string | null): Promise<number> {
  output.intro('faxsync proof');
  const { manifest, checks, isProven } = await verifyProof(folder, head);
  output.table(
    ['verified', 'holds', 'found'],
    checks.map(({ name, ok, detail }) => [plainWords(name), ok ? 'yes' : 'NO', detail]),
  );
  for (const { name, ok, detail } of checks) if (!ok) output.warn(`${plainWords(name)}: ${detail}`);
  output.document({
    command: 'proof',
    ok: isProven,
    account: manifest?.account ?? null,
    period: manifest?.period ?? null,
    closing_no: manifest?.closing_no ?? null,
    digest: manifest?.digest ?? null,
    head: manifest?.head ?? null,
    checks,
  });
  const unnoted = head === null ? ' That it is not made anew, a digest noted elsewhere shows: --head' : '';
  output.outro(isProven ? `The proof holds.${unnoted}` : 'The proof does NOT hold: see above.');
  return isProven ? EXIT.fine : EXIT.different;
}

async function writeFolder(context: CommandContext, period: Period, out: string): Promise<number> {
  const { output } = context;
  output.intro('faxsync proof');
  return withSession(context, { settings: [], schema: 'filled' }, async (session) => {
    const account = oneAccount(session);
    const folder = resolve(out);
    const progress = output.progress('Writing the proof');
    try {
      const {
        closing_no: closingNo,
        head,
        digest,
        files,
      } = await makeProof(session.runtime.pool, { account, period, folder });
      progress.end();
      output.table(
        ['file', 'bytes', 'SHA-256'],
        Object.entries(files).map(([name, { bytes, sha256 }]) => [name, bytes, sha256]),
      );
      output.step(`Digest of the manifest: ${digest}`);
      output.step(`Digest of the last event: ${head}`);
      output.document({
        command: 'proof',
        ok: true,
        account,
        period: period.slice(0, 7),
        closing_no: closingNo,
        head,
        digest,
        folder,
        files,
      });
      output.outro(`Written to ${folder}. Verify: faxsync proof --verify ${out}`);
      return EXIT.fine;
    } finally {
      progress.end();
    }
  });
}
