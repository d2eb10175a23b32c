import { type Command, Option } from 'commander';
import { flagOf, SETTING_VARIABLES } from '../runtime/setting-variables.ts';
import type { SettingTexts } from '../runtime/settings.ts';

const GROUP = 'Settings, as a flag or in the variable (flags win; keep secrets in variables, others can see flags):';

/** Gives a command the flag of every setting. */
export function addSettingOptions(command: Command): Command {
  for (const { variable, description, fallback } of SETTING_VARIABLES) {
    const suffix = fallback === null ? `[${variable}]` : `[${variable}, default ${fallback}]`;
    command.addOption(new Option(`--${flagOf(variable)} <value>`, `${description} ${suffix}`).helpGroup(GROUP));
  }
  return command;
}

/** The settings among a command's parsed options, by variable name. */
export function settingFlags(options: Readonly<Record<string, unknown>>): SettingTexts {
  const flags: Record<string, string> = {};
  for (const { variable } of SETTING_VARIABLES) {
    const value = options[new Option(`--${flagOf(variable)} <value>`).attributeName()];
    if (typeof value === 'string') flags[variable] = value;
  }
  return flags;
}
