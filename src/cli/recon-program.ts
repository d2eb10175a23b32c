import type { Command } from 'commander';
import type { Period } from '../domain/reconciliation.ts';
import type { Instant } from '../domain/time.ts';
import { type AddCommand, pick } from './add-command.ts';
import { EXIT } from './exit-codes.ts';
import { instantFlag, periodFlag } from './recon-flags.ts';
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

  addItems(program, add);
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
}
