import { type Command, Option } from 'commander';
import type { Period } from '../domain/reconciliation.ts';
import type { Instant } from '../domain/time.ts';
import { type AddCommand, examples, pick, textsOf } from './add-command.ts';
import { EXIT } from './exit-codes.ts';
import { instantFlag, nameFlag, periodFlag } from './recon-flags.ts';
import { addItems } from './recon-items-program.ts';
import { addSettingOptions } from './setting-options.ts';

/** Adds the commands of the reconciliation. */
export function addReconciliation(program: Command, add: AddCommand): void {
  addSettingOptions(
    add(
      program,
      'reconcile',
      `hold the bill against everything that was seen, row by row; ends with ${EXIT.different} while a difference stands`,
      ['reconcile', 'reconcile --period 2026-10', 'reconcile --period 2026-10 --as-of 2026-11-06T12:00:00Z --json'],
      async (context, options) => {
        const { runReconcile } = await import('./reconcile.ts');
        return runReconcile(context, {
          isHourly: options['hourly'] === true,
          ...pick<{ period: Period; asOf: Instant }>(options, 'period', 'asOf'),
        });
      },
    )
      .option('--period <month>', 'one month; without it those that are due', periodFlag)
      .option('--as-of <instant>', 'know nothing that was looked at later', instantFlag)
      .option('--hourly', 'only the checks of every hour'),
  );

  addSettingOptions(
    add(program, 'periods', 'where each month of the bill stands', ['periods', 'periods --json'], async (context) => {
      const { runPeriods } = await import('./periods.ts');
      return runPeriods(context);
    }),
  );

  addItems(program, add);
  addImport(program, add);

  addSettingOptions(
    add(
      program,
      'close',
      'prepare a month, close it as a second person, or open it again',
      [
        'close --period 2026-10 --preparer "Ann Lee" --statement "all explained"',
        'close --period 2026-10 --approver "Ben Ash"',
        'close --period 2026-10 --reopen --approver "Ben Ash" --reason "invoice came late"',
      ],
      async (context, options) => {
        const { runClose } = await import('./periods.ts');
        return runClose(context, {
          period: options['period'] as Period,
          isReopening: options['reopen'] === true,
          ...textsOf(options, 'preparer', 'approver', 'statement', 'reason'),
        });
      },
    )
      .requiredOption('--period <month>', 'the month, e.g. 2026-10', periodFlag)
      .option('--preparer <name>', 'who prepares it', nameFlag)
      .option('--statement <text>', 'what the preparer says of it')
      .option('--approver <name>', 'who approves it, somebody else than who prepared it', nameFlag)
      .option('--reopen', 'open a closed month again')
      .option('--reason <text>', 'with --reopen: why'),
  );

  addSettingOptions(
    add(
      program,
      'explain <fax-id>',
      'the life of one fax: every look, change, charge, callback and what the checks found',
      ['explain 1234567', 'explain 1234567 --json'],
      async (context, _options, [faxId = '']) => {
        const { runExplain } = await import('./explain.ts');
        return runExplain(context, faxId);
      },
    ),
  );

  addSettingOptions(
    add(
      program,
      'proof',
      `write a closed month with its hashes for an auditor; verify such a folder without any database, which ends with ${EXIT.different} where anything was changed`,
      ['proof --period 2026-10 --out proof-2026-10', 'proof --verify proof-2026-10 --head <digest>'],
      async (context, options) => {
        const { runProof } = await import('./proof.ts');
        return runProof(context, {
          ...pick<{ period: Period }>(options, 'period'),
          ...textsOf(options, 'out', 'verify', 'head'),
        });
      },
    )
      .option('--period <month>', 'the closed month', periodFlag)
      .option('--out <folder>', 'where to; not there yet, or empty')
      .option('--verify <folder>', 'verify this one')
      .option('--head <digest>', 'with --verify: a digest that was noted when the month was closed'),
  );
}

function addImport(program: Command, add: AddCommand): void {
  const parent = program
    .command('import')
    .description("import the provider's invoices or receipts from CSV")
    .helpCommand(false)
    .addHelpText('after', examples('import invoices invoices-2026-10.csv --by "Ann Lee"'));
  for (const what of ['invoices', 'receipts'] as const) {
    addSettingOptions(
      add(
        parent,
        `${what} <file>`,
        `import ${what} from a CSV file, all of it or nothing`,
        [`import ${what} ${what}-2026-10.csv --by "Ann Lee"`],
        async (context, options, [file = '']) => {
          const { runImport } = await import('./import.ts');
          return runImport(context, { what, file, by: String(options['by']) });
        },
      ).addOption(new Option('--by <name>', 'who imports it').argParser(nameFlag).makeOptionMandatory()),
    );
  }
}
