import type { SettingTexts } from '../runtime/settings.ts';
import type { Output } from './output.ts';

/** What every command is run with. */
export interface CommandContext {
  readonly output: Output;
  readonly env: SettingTexts;
  /** Settings given as flags, by variable name. */
  readonly flags: SettingTexts;
  /** Aborted by the first Ctrl-C or SIGTERM: end in order. */
  readonly signal: AbortSignal;
  /** Takes log lines; stderr, when a log level was asked for. */
  readonly writeLog: (line: string) => void;
}
