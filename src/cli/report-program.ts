import { type Command, Option } from 'commander';
import type { AddCommand } from './add-command.ts';
import { dayOrMonth } from './flag-values.ts';
import { addSettingOptions } from './setting-options.ts';

/** Adds the commands that show what was mirrored. */
export function addReports(program: Command, add: AddCommand): void {
  addExport(program, add);
  addReport(program, add);
}

function addReport(program: Command, add: AddCommand): void {
  addSettingOptions(
    add(
      program,
      'report',
      'write the report page of an account: one HTML file without numbers, names or scripts',
      ['report', 'report --from 2026-09 --to 2026-10', 'report --account main --from 2026-10-05 --out october.html'],
      async (context, options) => {
        const { runReport } = await import('./report.ts');
        const text = (name: string) => (typeof options[name] === 'string' ? options[name] : null);
        return runReport(context, { from: text('from'), to: text('to'), out: text('out') });
      },
    )
      .option(
        '--from <day>',
        'first day or month; without it the first of the month before that of the end',
        dayOrMonth('first'),
      )
      .option(
        '--to <day>',
        'last day or month, itself included; without it today, or the last fax where none came for two weeks',
        dayOrMonth('last'),
      )
      .option('--out <file>', 'file to write [default report.html in the home]'),
  );
}

function addExport(program: Command, add: AddCommand): void {
  addSettingOptions(
    add(
      program,
      'export [view]',
      'write a report view as CSV, JSON lines or Parquet; without a view list them',
      [
        'export',
        'export billing_by_day --out billing.csv',
        'export errors_by_month --format jsonl | head',
        'export charges --from 2026-09 --to 2026-09 --format parquet --out charges.parquet',
        'export chargeback --account main --out chargeback.csv --json',
      ],
      async (context, options, [view]) => {
        const { runExport } = await import('./export.ts');
        const { format } = options;
        const text = (name: string) => (typeof options[name] === 'string' ? options[name] : null);
        return runExport(context, {
          view: view ?? null,
          format: format === 'jsonl' || format === 'parquet' ? format : 'csv',
          days: { from: text('from'), to: text('to') },
          out: text('out'),
        });
      },
    )
      .addOption(
        new Option(
          '--format <name>',
          'csv: safe for spreadsheets; jsonl: an object a line; parquet: the types of the database',
        )
          .choices(['csv', 'jsonl', 'parquet'])
          .default('csv'),
      )
      .option('--from <day>', 'first day or month of the rows; without it from the first', dayOrMonth('first'))
      .option(
        '--to <day>',
        'last day or month of the rows, itself included; without it to the last',
        dayOrMonth('last'),
      )
      .option('--out <file>', 'where to; without it stdout'),
  );
}
