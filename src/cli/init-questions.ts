import { SettingsError } from '../domain/errors.ts';
import type { SettingName } from '../runtime/setting-variables.ts';
import { parseSettings } from '../runtime/settings.ts';

/** Answers by the name of the setting. */
export type Answers = Partial<Record<SettingName, string>>;

/** One question of `faxsync init`, in the order in which they are asked. */
export interface Question {
  readonly name: SettingName;
  readonly text: string;
  /** Not shown while it is typed. */
  readonly isSecret?: boolean;
  /** True where there is no going on without an answer. */
  readonly isNeeded?: boolean;
  /** What holds where nothing is answered. */
  readonly fallback?: string;
  readonly choices?: readonly string[];
  /** Asked only where this one was answered. */
  readonly after?: SettingName;
}

/** What a mirror needs to begin, and what most want to say at once; everything else is in the documentation of the settings. */
export const QUESTIONS: readonly Question[] = [
  { name: 'FAXSYNC_ACCOUNT', text: 'What shall the account be called here?', fallback: 'main' },
  {
    name: 'FAXSYNC_API_VERSION',
    text: 'Which version of the API?',
    fallback: 'v2.1',
    choices: ['v2.1', 'v2', 'v1'],
  },
  { name: 'FAXSYNC_API_KEY', text: "API key, from the provider's console", isSecret: true, isNeeded: true },
  { name: 'FAXSYNC_API_SECRET', text: 'API secret', isSecret: true, isNeeded: true },
  {
    name: 'FAXSYNC_BILLING_ZONE',
    text: 'Time zone of the bill',
    fallback: 'America/Chicago',
  },
  {
    name: 'FAXSYNC_CALLBACK_TOKENS',
    text: 'Callback token, where callbacks are to be received (nothing: polling brings everything)',
    isSecret: true,
  },
  {
    name: 'FAXSYNC_CALLBACK_URL',
    text: 'Callback URL, letter by letter as given to the provider',
    isNeeded: true,
    after: 'FAXSYNC_CALLBACK_TOKENS',
  },
  {
    name: 'FAXSYNC_DATABASE_URL',
    text: 'Database, postgres://user:password@host:5432/database (nothing: an embedded one)',
    isSecret: true,
  },
  {
    name: 'FAXSYNC_RECONCILIATION',
    text: 'Limits of the checks and negotiated prices as JSON (nothing: the documented ones)',
  },
];

/** What is wrong with an answer by itself, completing the sentence that begins with it; undefined where nothing is. The parsers of the settings decide. */
export function faultOf(name: SettingName, value: string): string | undefined {
  try {
    parseSettings({ [name]: value });
    return undefined;
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    const lines = error.message.split('\n').map((line) => line.trim());
    const own = lines.find((line) => line.startsWith(`${name} `) || line.startsWith(`${name}.`));
    // What else is missing is asked for next.
    return own?.slice(name.length).trim();
  }
}
