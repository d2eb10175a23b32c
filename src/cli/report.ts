import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type pg from 'pg';
import { FaxsyncError, SettingsError } from '../domain/errors.ts';
import { makeReportPage, type ReportPageRequest } from '../report/make-report-page.ts';
import { rangeText } from '../report/range.ts';
import type { CommandContext } from './context.ts';
import { EXIT } from './exit-codes.ts';
import { withSession } from './session.ts';

/** `faxsync report`. */
export interface ReportOptions {
  /** First day, `YYYY-MM-DD`; null: the first of the month before that of the end. */
  readonly from: string | null;
  /** Last day, itself included; null: today. */
  readonly to: string | null;
  /** File to write; null: `report.html` in the home. */
  readonly out: string | null;
}

/** The page could not be written (code `report_unwritable`); the one that was there is as it was. */
class ReportError extends FaxsyncError {}

/** A page that was written. */
export interface WrittenReport {
  readonly file: string;
  readonly bytes: number;
  /** `YYYY-MM-DD`, both included. */
  readonly from: string;
  readonly to: string;
  readonly zone: string;
}

/**
 * Makes the page and puts it into a file, which is there whole or as it was; only its owner may read it.
 * @throws {ReportError} @throws what {@link makeReportPage} throws.
 */
export async function writeReport(pool: pg.Pool, request: ReportPageRequest, file: string): Promise<WrittenReport> {
  const { html, from, to, zone } = await makeReportPage(pool, request);
  const part = `${file}.part`;
  try {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(part, html, { mode: 0o600 });
    await rename(part, file);
  } catch (error) {
    await rm(part, { force: true }).catch(() => undefined);
    const { code } = error as NodeJS.ErrnoException;
    throw new ReportError(
      `The page cannot be written (${code ?? 'for an unknown reason'}). Check its folder and its rights, or name another file: --out <file>`,
      { code: 'report_unwritable' },
    );
  }
  return { file, bytes: Buffer.byteLength(html), from, to, zone };
}

/**
 * Writes the report page of one account. Returns the exit code.
 * @throws {SettingsError} where the settings have several accounts and none is picked, and for a range that ends before it begins. @throws {ReportError}
 */
export async function runReport(context: CommandContext, { from, to, out }: ReportOptions): Promise<number> {
  const { output } = context;
  output.intro('faxsync report');
  return withSession(context, { settings: [], schema: 'filled' }, async ({ settings, runtime }) => {
    const [first, second] = settings.accounts;
    if (first === undefined || second !== undefined) {
      const names = settings.accounts.map(({ account }) => account).join(', ');
      throw new SettingsError(`A page is of one account. Say which: --account <key>. There are: ${names}.`, {
        code: 'account_needed',
      });
    }
    const { account } = first;
    const progress = output.progress('Making the page');
    try {
      const request = { account, from, to, now: Date.now() };
      const written = await writeReport(runtime.pool, request, out ?? join(settings.home, 'report.html'));
      progress.end();
      output.step(`${account}, ${rangeText(written, true)}, ${written.zone}: ${Math.ceil(written.bytes / 1024)} kB`);
      output.document({ command: 'report', ok: true, account, ...written });
      output.outro(`Written: ${written.file} (open it in a browser; it asks for nothing from elsewhere)`);
      return EXIT.fine;
    } finally {
      progress.end();
    }
  });
}
