import type { Command } from 'commander';
import type { AddCommand } from './add-command.ts';
import { addSettingOptions } from './setting-options.ts';

/** Adds the commands of the reconciliation. */
export function addReconciliation(program: Command, add: AddCommand): void {
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
