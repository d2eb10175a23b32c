import { join } from 'node:path';
import type pg from 'pg';
import { SettingsError } from '../domain/errors.ts';
import { dayIn } from '../domain/time.ts';
import { makeReportPage, type ReportPageRequest } from '../report/make-report-page.ts';
import { rangeText } from '../report/range.ts';
import type { SettingTexts } from '../runtime/settings.ts';
import type { CommandContext } from './context.ts';
import { EXIT } from './exit-codes.ts';
import { withSession } from './session.ts';
import { shellWord } from './typed-command.ts';
import { writeWholeFile } from './whole-file.ts';

/** `faxsync report`. */
export interface ReportOptions {
  /** First day, `YYYY-MM-DD`; null: the first of the month before that of the end. */
  readonly from: string | null;
  /** Last day, itself included; null: today, or the day of the last fax where none came for two weeks. */
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
  /** The last day with a fax, in the page or not; null where there is none. */
  readonly lastFaxDay: string | null;
}

/**
 * Makes the page and puts it into a file, which is there whole or as it was; only its owner may read it.
 * @throws {WholeFileError} code `report_unwritable`. @throws what {@link makeReportPage} throws.
 */
export async function writeReport(pool: pg.Pool, request: ReportPageRequest, file: string): Promise<WrittenReport> {
  const { html, from, to, zone, lastFaxDay } = await makeReportPage(pool, request);
  await writeWholeFile(file, html, {
    code: 'report_unwritable',
    name: 'The page',
    advice: ', or name another file: --out <file>',
    makesFolders: true,
  });
  return { file, bytes: Buffer.byteLength(html), from, to, zone, lastFaxDay };
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
      const now = Date.now();
      const request = { account, from, to, now, commandFlags: flagsOnPage(context.flags, settings.home) };
      const written = await writeReport(runtime.pool, request, out ?? join(settings.home, 'report.html'));
      progress.end();
      output.step(`${account}, ${rangeText(written, true)}, ${written.zone}: ${Math.ceil(written.bytes / 1024)} kB`);
      const today = dayIn(now, written.zone);
      if (to === null && written.to < today)
        output.warn(
          `The copy has no fax since ${written.to}: the page ends there. The days since: faxsync report --to ${today}${request.commandFlags}`,
        );
      output.document({ command: 'report', ok: true, account, ...written });
      output.outro(`Written: ${written.file} (open it in a browser; it asks for nothing from elsewhere)`);
      return EXIT.fine;
    } finally {
      progress.end();
    }
  });
}

/** Flags by which another command finds the same account again; never one with a secret. */
const FLAGS_REPEATED = { FAXSYNC_ACCOUNT: '--account', FAXSYNC_ACCOUNTS_FILE: '--accounts-file' } as const;

/** What the commands on the page need, a space before each flag: the home where it is not the default, and what was said by flags of which account it is. */
export function flagsOnPage(flags: SettingTexts, home: string): string {
  const repeated = Object.entries(FLAGS_REPEATED).flatMap(([name, flag]) => {
    const value = flags[name];
    return value === undefined ? [] : [` ${flag} ${shellWord(value)}`];
  });
  return [...(home === '.faxsync' ? [] : [` --home ${shellWord(home)}`]), ...repeated].join('');
}
