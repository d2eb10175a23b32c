import { constants } from 'node:fs';
import { access, mkdir, rm, stat, statfs, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { SettingsError } from '../domain/errors.ts';
import type { Instant } from '../domain/time.ts';
import { type SignedContent, signCallback } from '../phaxio/signature.ts';
import type { AccountSettings } from '../runtime/account-settings.ts';
import type { SettingsFile } from '../runtime/settings-file.ts';
import type { AccountHealth, ServerHealth } from '../warehouse/database-health.ts';
import type { RightsHealth } from '../warehouse/rights-health.ts';
import type { SchemaState } from '../warehouse/schema-check.ts';
import { countOf, formatSpan } from './output.ts';

/** green: as it should be; yellow: to be looked at; red: something does not work. */
export type CheckStatus = 'green' | 'yellow' | 'red';

/** What one check found. Neither secrets nor personal data: it is made to be copied into a message to others. */
export interface Finding {
  readonly status: CheckStatus;
  /** The account it is about; null where it is about none. */
  readonly account: string | null;
  readonly detail: string;
  /** What to do; null where there is nothing. */
  readonly remedy: string | null;
}

/** Makes a finding. */
export function finding(
  status: CheckStatus,
  detail: string,
  remedy: string | null = null,
  account: string | null = null,
): Finding {
  return { status, account, detail, remedy };
}

const CLOCK_MAX_MS = 30_000;
const HOUR_MS = 3_600_000;
const LATELY_MS = 26 * HOUR_MS;
const MEGABYTE = 1_048_576;
const FREE_LOW_MB = 1_024;
const FREE_LEAST_MB = 200;
const SERVER_LEAST = 150_000;

/** A line for each fault of the settings. */
export function settingsFaults(error: SettingsError): Finding[] {
  const faults = error.message.split('\n').slice(1);
  if (faults.length === 0) return [finding('red', error.message)];
  return faults.map((line) => finding('red', line.trim(), 'mend this setting; "faxsync sync --help" lists them all'));
}

/** Whether the settings file can be taken as it is, and is its owner's only; nothing where there is none. */
export async function settingsFileFindings(file: SettingsFile | null): Promise<Finding[]> {
  if (file === null) return [];
  const faults = file.faults.map((fault) =>
    finding('red', fault, 'mend the file, or write it anew with faxsync init --force'),
  );
  const mode = await stat(file.path).then(
    (found) => (found.isFile() ? found.mode : 0),
    () => 0,
  );
  if ((mode & 0o044) !== 0)
    faults.push(finding('yellow', `${file.path} can be read by others on this machine`, `chmod 600 ${file.path}`));
  return faults.length > 0 ? faults : [finding('green', `${file.path} is read for what the environment leaves out`)];
}

/** Whether what an account is pulled with is there. The account that the demo made has nothing to be pulled with, and nobody to be pulled from. */
export function credentialsFinding({ account, credentials, apiVersion }: AccountSettings, isOfDemo: boolean): Finding {
  if (credentials.length === 0 && isOfDemo)
    return finding(
      'green',
      'no API key, and none is needed: the demo made this home, and its pretend provider is gone',
      null,
      account,
    );
  if (credentials.length === 0)
    return finding(
      'red',
      'no API key',
      "set FAXSYNC_API_KEY and FAXSYNC_API_SECRET from the provider's console, or run faxsync init",
      account,
    );
  return finding(
    'green',
    `${countOf(credentials.length, 'API key')} with its secret, API ${apiVersion}`,
    null,
    account,
  );
}

/** The first vector is the provider's own; the second has what it lacks: several fields, a file, a URL with a query. */
const VECTORS: ReadonlyArray<readonly [token: string, url: string, content: SignedContent, signature: string]> = [
  [
    '1234567890',
    'example.com',
    { fields: [{ name: 'test', value: 'true' }], files: [] },
    '15adeecb7eca79676ece07ee4bc1bbba2c69eddd',
  ],
  [
    'test-webhook-token',
    'https://example.com/phaxio?acct=7',
    {
      fields: [
        { name: 'success', value: 'true' },
        { name: 'is_test', value: 'false' },
        { name: 'direction', value: 'received' },
        { name: 'event_type', value: 'fax_completed' },
        { name: 'fax', value: '{"id":1}' },
      ],
      files: [{ name: 'file', sha1: 'aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d' }],
    },
    '656ff4e4b858f6541c124968b3d8e464c95141f4',
  ],
];

/** Whether signatures of callbacks come out as documented. */
export function signatureFinding(sign: typeof signCallback = signCallback): Finding {
  const isRight = VECTORS.every(([token, url, content, signature]) => sign(token, url, content) === signature);
  return isRight
    ? finding('green', `${countOf(VECTORS.length, 'documented vector')} come out right`)
    : finding('red', 'a documented vector comes out wrong', 'every callback would be refused: report this');
}

/** Whether a folder for landed objects can be read and written. The log itself is left alone: the probe lies where objects are written first. */
export async function landingFolderFinding(path: string): Promise<Finding> {
  const folder = resolve(path);
  try {
    await access(folder, constants.R_OK | constants.W_OK | constants.X_OK);
    const partial = join(folder, '.partial');
    await mkdir(partial, { recursive: true });
    const probe = join(partial, `doctor-${process.pid}`);
    await writeFile(probe, 'x');
    await rm(probe);
    return finding('green', `${folder} can be read and written`);
  } catch (error) {
    const { code = 'for an unknown reason' } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return finding('yellow', `${folder} is not there yet`, 'faxsync sync makes it');
    return finding(
      'red',
      `${folder} cannot be used (${code})`,
      'let this user read and write it, or set FAXSYNC_LANDING',
    );
  }
}

/** Whether there is room where the embedded database and the landing zone lie. */
export async function diskFinding(home: string): Promise<Finding> {
  let folder = resolve(home);
  for (;;) {
    const free = await statfs(folder).then(
      ({ bavail, bsize }) => Math.floor((bavail * bsize) / MEGABYTE),
      () => null,
    );
    if (free !== null) {
      const detail = `${free.toLocaleString('en-US')} MB free where ${resolve(home)} lies`;
      if (free < FREE_LEAST_MB) return finding('red', detail, 'make room, or set FAXSYNC_HOME to another disk');
      return free < FREE_LOW_MB ? finding('yellow', detail, 'make room soon') : finding('green', detail);
    }
    if (dirname(folder) === folder) return finding('yellow', 'the free space cannot be told');
    folder = dirname(folder);
  }
}

/** Whether two clocks agree. `differenceMs` above 0: ours is ahead. */
export function clockFinding(whose: string, differenceMs: number, account: string | null = null): Finding {
  const by = Math.abs(differenceMs);
  if (by <= CLOCK_MAX_MS)
    return finding('green', `agrees with ${whose}, within ${CLOCK_MAX_MS / 1_000} s`, null, account);
  return finding(
    'yellow',
    `this machine is ${formatSpan(by)} ${differenceMs > 0 ? 'ahead of' : 'behind'} ${whose}`,
    'set the clock by NTP; cursors go by the provider, leases and ages by this machine',
    account,
  );
}

/** Whether the server is new enough and takes writes. */
export function serverFinding({ versionNumber, version, isReplica }: ServerHealth): Finding {
  if (versionNumber < SERVER_LEAST)
    return finding('red', `Postgres ${version}`, 'faxsync needs Postgres 15 or newer: upgrade the server');
  return isReplica
    ? finding('red', `Postgres ${version}, a copy that takes no writes`, 'point FAXSYNC_DATABASE_URL to the primary')
    : finding('green', `Postgres ${version}`);
}

/** Whether the schema is that of this version. */
export function schemaFinding({ appliedCount, pending, newer }: SchemaState, isEmbedded: boolean): Finding {
  if (appliedCount === 0)
    return isEmbedded
      ? finding('yellow', 'nothing was loaded into it yet', 'faxsync sync')
      : finding('red', 'no faxsync schema yet', 'faxsync migrate');
  if (pending.length > 0) {
    const detail = `lacks ${countOf(pending.length, 'migration')} of this version`;
    return isEmbedded
      ? finding('yellow', detail, 'the next command runs them by itself')
      : finding('red', detail, 'faxsync migrate');
  }
  if (newer.length === 0) return finding('green', `${countOf(appliedCount, 'migration')}, none is missing`);
  return finding(
    'yellow',
    `${countOf(newer.length, 'migration')} of a newer version, which this one works with`,
    'update this checkout',
  );
}

/** Whether each role may do what it is for, and no more. */
export function rightsFindings({ missingRoles, lacks, exceeds, mayLoad }: RightsHealth): Finding[] {
  const findings: Finding[] = [];
  if (missingRoles.length > 0)
    findings.push(finding('red', `missing: ${missingRoles.join(', ')}`, 'faxsync migrate as an owner of the schemas'));
  if (lacks.length > 0) findings.push(finding('red', `may not do what they are for, ${someOf(lacks)}`, REGRANT));
  if (exceeds.length > 0) findings.push(finding('red', `may do what they should not, ${someOf(exceeds)}`, REGRANT));
  if (findings.length > 0) return findings;
  findings.push(
    finding('green', 'faxsync_loader writes; faxsync_reader and faxsync_bi only read, and no refused records'),
  );
  if (!mayLoad)
    findings.push(
      finding(
        'yellow',
        'the login of the settings may not load',
        'enough for status, sql and export; sync needs one in faxsync_loader',
      ),
    );
  return findings;
}

const REGRANT =
  'find out who granted or revoked it, and put it right; "faxsync migrate" makes a new database as it should be';
const NAMED_MAX = 8;

function someOf(names: readonly string[]): string {
  const more = names.length - NAMED_MAX;
  return [...names.slice(0, NAMED_MAX), ...(more > 0 ? [`and ${more} more`] : [])].join(', ');
}

/** Whether BI logins are held to the accounts they were granted. */
export function rowSecurityFindings({ unprotected, wrongPolicies }: RightsHealth): Finding[] {
  const findings: Finding[] = [];
  if (unprotected.length > 0)
    findings.push(
      finding(
        'red',
        `BI logins see every account in ${someOf(unprotected)}`,
        'switch on row-level security there (views: security_invoker), or take the right to read away',
      ),
    );
  if (wrongPolicies.length > 0)
    findings.push(
      finding(
        'red',
        `policies that are not as migrations make them: ${someOf(wrongPolicies)}`,
        'drop those that were added, since each shows more rows; make those that lack as migrations/0006_protect_accounts.sql does',
      ),
    );
  if (findings.length > 0) return findings;
  return [finding('green', 'BI logins see the accounts they were granted, in every table and view')];
}

/** Rows that wait to be folded into the sums of the reports above which they are worth a word. */
export const PENDING_MAX = 100_000;

/** Whether the sums of the reports are folded; `count` of each sum goes no further than {@link PENDING_MAX}. */
export function sumsFinding(count: number): Finding {
  const most = count > PENDING_MAX ? `more than ${PENDING_MAX.toLocaleString('en-US')} rows` : countOf(count, 'row');
  const detail = `${most} of loads wait to be folded into the sums of reports`;
  if (count <= PENDING_MAX) return finding('green', detail);
  return finding(
    'yellow',
    `${detail}: they say the same, but slower`,
    'the next faxsync sync that loads something folds them; deployed, the function reconcile does: look when it last ran',
  );
}

/** Whether the zone of the settings is the one by which the account was loaded. */
export function zoneFinding({ account, billingZone }: AccountSettings, health: AccountHealth | null): Finding[] {
  if (health === null) return [];
  if (health.billingZone === billingZone)
    return [finding('green', `days and months are those of ${billingZone}`, null, account)];
  return [
    finding(
      'yellow',
      `the settings say ${billingZone}, and days and months were loaded as those of ${health.billingZone}`,
      `unless every report and every open month of the bill is to change its days with the next load, set FAXSYNC_BILLING_ZONE=${health.billingZone}`,
      account,
    ),
  ];
}

/** How lately an account was pulled, loaded and reconciled. The account of a demo's home is pulled no more (`isOver`), but can be reconciled. */
export function runFindings(account: string, health: AccountHealth | null, now: Instant, isOver = false): Finding[] {
  if (health === null) return [finding('yellow', 'nothing was loaded yet', 'faxsync sync', account)];
  const { pulledAt, loadedAt, reconciledAt } = health;
  const runs = [
    ['pulled', pulledAt, 'faxsync sync, or sync --watch'],
    ['loaded', loadedAt, 'faxsync sync; then look at faxsync status'],
    ['reconciled', reconciledAt, 'faxsync reconcile'],
  ] as const;
  return runs.map(([what, at, remedy]) => {
    if (at === null) return finding('yellow', `never ${what}`, remedy, account);
    const detail = `${what} ${formatSpan(Math.max(0, now - at))} ago`;
    if (isOver && what !== 'reconciled') return finding('green', `${detail}, by the demo`, null, account);
    return now - at > LATELY_MS ? finding('yellow', detail, remedy, account) : finding('green', detail, null, account);
  });
}

/** Whether callbacks come, where they are set up. Without them everything comes by polling, later. */
export function callbacksFinding(
  { account, callbackTokens }: AccountSettings,
  health: AccountHealth | null,
  now: Instant,
): Finding {
  const isSetUp = callbackTokens.length > 0;
  const at = health?.calledBackAt ?? null;
  if (!isSetUp) {
    return at === null
      ? finding('green', 'not set up; polling brings everything', null, account)
      : finding('green', `not set up here; the last came ${formatSpan(Math.max(0, now - at))} ago`, null, account);
  }
  const check =
    "check the callback URL in the provider's console, and that faxsync callbacks or the deployed endpoint can be reached";
  if (at === null) return finding('yellow', 'set up, and none ever came', check, account);
  const detail = `the last came ${formatSpan(Math.max(0, now - at))} ago`;
  return now - at > LATELY_MS ? finding('yellow', detail, check, account) : finding('green', detail, null, account);
}

/** Whether records wait that could not be taken as sent. */
export function rejectedFinding(account: string, health: AccountHealth | null): Finding {
  const count = health?.rejectedCount ?? 0;
  if (count === 0) return finding('green', 'none', null, account);
  return finding('yellow', countOf(count, 'record or value', 'records or values'), 'faxsync rejected', account);
}
