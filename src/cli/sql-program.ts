import type { Command } from 'commander';
import type { AddCommand } from './add-command.ts';
import { wholeNumber } from './flag-values.ts';
import { addSettingOptions } from './setting-options.ts';

/** A statement that would run for longer is forgotten by whoever asked it. */
const SECONDS_DEFAULT = 300;
const ROWS_DEFAULT = 1_000;

/** Adds the prompt. */
export function addSql(program: Command, add: AddCommand): void {
  addSettingOptions(
    add(
      program,
      'sql [statement]',
      'ask the database, as a login that can only read; without a statement a prompt, off a terminal from stdin',
      [
        'sql',
        'sql "select * from billing_by_month"',
        `sql '\\why billing_by_month'`,
        'sql --csv < question.sql > answer.csv',
      ],
      async (context, options, [statement]) => {
        const { runSql } = await import('./sql.ts');
        return runSql(context, {
          statement: statement ?? null,
          isCsv: options['csv'] === true,
          rowsMax: Number(options['limit']),
          timeoutMs: Number(options['timeout']) * 1_000,
          mayUsePsql: options['psql'] !== false,
        });
      },
    )
      .option('--csv', 'all rows as CSV, safe for spreadsheets')
      .option(
        '--limit <number>',
        'most rows of a table, and of each answer with --json',
        wholeNumber(1, 1_000_000),
        ROWS_DEFAULT,
      )
      .option('--timeout <seconds>', 'longest time of a statement', wholeNumber(1, 86_400), SECONDS_DEFAULT)
      .option('--no-psql', 'the prompt of this program where psql is there too'),
  );
}
