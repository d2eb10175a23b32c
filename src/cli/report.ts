import { join } from 'node:path';
import type pg from 'pg';
import { SettingsError } from '../domain/errors.ts';
import { makeReportPage, type ReportPageRequest } from '../report/make-report-page.ts';
import { rangeText } from '../report/range.ts';
import type { CommandContext } from './context.ts';
import { EXIT } from './exit-codes.ts';
import { withSession } from './session.ts';
import { writeWholeFile } from './whole-file.ts';

/** `faxsync report`. */
export interface ReportOptions {
  /** First day, `YYYY-MM-DD`; null: the first of the month before that of the end. */
  readonly from: string | null;
  /** Last day, itself included; null: today. */
  readonly to: string | null;
  /** File to write; null: `report.html` in the home. */
  readonly out: string | null;
}

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
 * @throws {WholeFileError} code `report_unwritable`. @throws what {@link makeReportPage} throws.
 */
export async function writeReport(pool: pg.Pool, request: ReportPageRequest, file: string): Promise<WrittenReport> {
  const { html, from, to, zone } = await makeReportPage(pool, request);
  await writeWholeFile(file, html, {
    code: 'report_unwritable',
    name: 'The page',
    advice: ', or name another file: --out <file>',
    makesFolders: true,
  });
  return { file, bytes: Buffer.byteLength(html), from, to, zone };
}

/**
 * Writes the report page of one account. Returns the exit code.
 * @throws {SettingsError} where the settings have several accounts and none is picked, and for a range that ends before it begins. @throws {WholeFileError}
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
