import type { Command } from 'commander';
import type { AddCommand } from './add-command.ts';
import { EXIT } from './exit-codes.ts';
import { addSettingOptions } from './setting-options.ts';

/** Adds the commands that set a mirror up and look whether it is well. */
export function addSetup(program: Command, add: AddCommand): void {
  addSettingOptions(
    add(
      program,
      'doctor',
      `check what a mirror stands on, each with what to do; ends with ${EXIT.different} where something does not work`,
      ['doctor', 'doctor --offline', 'doctor --json'],
      async (context, options) => {
        const { runDoctor } = await import('./doctor.ts');
        return runDoctor(context, { isOffline: options['offline'] === true });
      },
    ).option('--offline', 'ask nothing of the provider'),
  );
}
