import { readFile, stat } from 'node:fs/promises';
import { SettingsError } from '../domain/errors.ts';
import { importInvoices } from '../warehouse/recon/import-invoices.ts';
import { importReceipts } from '../warehouse/recon/import-receipts.ts';
import type { CommandContext } from './context.ts';
import { EXIT } from './exit-codes.ts';
import { countOf } from './output.ts';
import { oneAccount } from './recon-flags.ts';
import { withSession } from './session.ts';

/** Largest file that is read: a million lines have room. */
const BYTES_MAX = 256 * 1024 * 1024;

/** `faxsync import invoices|receipts`. */
export interface ImportOptions {
  readonly what: 'invoices' | 'receipts';
  readonly file: string;
  /** Who imports it. */
  readonly by: string;
}

/** Imports a CSV file of invoices or receipts, all or nothing. Returns the exit code. @throws {ImportError} naming every fault by its line. */
export async function runImport(context: CommandContext, { what, file, by }: ImportOptions): Promise<number> {
  const { output } = context;
  const text = await readText(file);
  output.intro(`faxsync import ${what}`);
  return withSession(context, { settings: [], schema: 'filled' }, async (session) => {
    const account = oneAccount(session);
    const { pool, clock } = session.runtime;
    const request = { account, text, importedBy: by, now: clock.now() };
    const counts = what === 'invoices' ? await importInvoices(pool, request) : await importReceipts(pool, request);
    const { skipped } = counts;
    const added =
      'lines' in counts
        ? `${countOf(counts.invoices, 'invoice')} with ${countOf(counts.lines, 'line')}`
        : countOf(counts.receipts, 'receipt');
    output.step(`${account}: ${added} imported${skipped === 0 ? '' : `, ${skipped} there already and the same`}`);
    output.document({ command: 'import', ok: true, account, what, ...counts });
    output.outro('Hold them against the charges: faxsync reconcile');
    return EXIT.fine;
  });
}

/** The file's text. @throws {SettingsError} where it cannot be read as UTF-8, or is too large. */
async function readText(file: string): Promise<string> {
  const size = await stat(file).then(
    (found) => (found.isFile() ? found.size : null),
    () => null,
  );
  if (size === null) throw new SettingsError('There is no such file to import.', { code: 'file_unreadable' });
  if (size > BYTES_MAX)
    throw new SettingsError('The file is larger than 256 MB; import it in parts.', { code: 'file_too_large' });
  const bytes = await readFile(file).catch(() => {
    throw new SettingsError('The file cannot be read. Check its rights.', { code: 'file_unreadable' });
  });
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new SettingsError('The file is not UTF-8. Save it as CSV in UTF-8.', { code: 'file_unreadable' });
  }
}
