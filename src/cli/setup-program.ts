import type { Command } from 'commander';
import type { AddCommand } from './add-command.ts';
import { EXIT } from './exit-codes.ts';
import { addSettingOptions } from './setting-options.ts';

/** Adds the commands that set a mirror up and look whether it is well. */
export function addSetup(program: Command, add: AddCommand): void {
  addSettingOptions(
    add(
      program,
      'init',
      'write the settings file that every command reads; asks on a terminal, else by flags or lines NAME=value on stdin',
      ['init', 'init --force', 'init --database-url postgres://localhost/faxes --json < answers.env'],
      async (context, options) => {
        const { runInit } = await import('./init.ts');
        const { file } = options;
        return runInit(context, {
          file: typeof file === 'string' ? file : null,
          isForced: options['force'] === true,
        });
      },
    )
      .option('--file <path>', 'where to [FAXSYNC_SETTINGS_FILE, default settings.env in the home]')
      .option('--force', 'write over a file that is there'),
  );
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
