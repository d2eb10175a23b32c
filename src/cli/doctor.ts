import { join } from 'node:path';
import { styleText } from 'node:util';
import { FaxsyncError, SettingsError } from '../domain/errors.ts';
import { PhaxioClient, type ProviderAnswer } from '../phaxio/client.ts';
import { RETRY_LIMITS } from '../phaxio/retry.ts';
import type { AccountSettings } from '../runtime/account-settings.ts';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../runtime/embedded-postgres.ts';
import { migrationsDirectory } from '../runtime/migrate-deps.ts';
import { Runtime } from '../runtime/runtime.ts';
import { parseSettings, type Settings } from '../runtime/settings.ts';
import { readSettingsFile } from '../runtime/settings-file.ts';
import { systemClock } from '../runtime/system-clock.ts';
import { accountStatus } from '../streams/account-status.ts';
import { countPendingRows, readAccountHealth, readServerHealth } from '../warehouse/database-health.ts';
import { readRightsHealth } from '../warehouse/rights-health.ts';
import { checkSchema } from '../warehouse/schema-check.ts';
import type { CommandContext } from './context.ts';
import { demoAccountIn } from './demo/demo-mark.ts';
import {
  callbacksFinding,
  clockFinding,
  credentialsFinding,
  diskFinding,
  type Finding,
  finding,
  landingFolderFinding,
  PENDING_MAX,
  rejectedFinding,
  rightsFindings,
  rowSecurityFindings,
  runFindings,
  schemaFinding,
  serverFinding,
  settingsFaults,
  settingsFileFindings,
  signatureFinding,
  sumsFinding,
  zoneFinding,
} from './doctor-checks.ts';
import { EXIT } from './exit-codes.ts';
import { countOf, describeError, type Output } from './output.ts';

/** `faxsync doctor`. */
export interface DoctorOptions {
  /** Leaves out what asks the provider. */
  readonly isOffline: boolean;
}

/** Longest wait for the provider and for the database: who asks how things stand wants an answer. */
const ANSWER_MAX_MS = 15_000;

/** What the checks share. Each is null as long as what it needs is not there. */
interface Patient {
  readonly context: CommandContext;
  settings: Settings | null;
  server: EmbeddedPostgres | null;
  runtime: Runtime | null;
  /** Whether the schema is there to be asked. */
  hasSchema: boolean;
  /** Account that the demo made in the home, where the database in it is the one that is looked at; else null. */
  demoAccount: string | null;
  /** How the clocks of whoever answered agree with ours. */
  readonly clocks: Finding[];
}

/** A check: what it is called, and what it finds; what it throws is a red line. */
interface Check {
  readonly name: string;
  readonly find: (patient: Patient) => Promise<readonly Finding[]>;
}

const ALL: readonly Check[] = [
  { name: 'settings', find: readSettings },
  { name: 'signature', find: async () => [signatureFinding()] },
  { name: 'disk', find: async ({ context, settings }) => [await diskFinding(settings?.home ?? homeOf(context))] },
  {
    name: 'credentials',
    find: async ({ settings, demoAccount }) =>
      (settings?.accounts ?? []).map((account) => credentialsFinding(account, account.account === demoAccount)),
  },
  { name: 'provider', find: askProvider },
  { name: 'landing', find: lookAtLanding },
  { name: 'database', find: openDatabase },
  { name: 'clock', find: async ({ clocks }) => clocks },
  { name: 'schema', find: lookAtSchema },
  { name: 'roles', find: withSchema(async ({ pool }) => rightsFindings(await readRightsHealth(pool))) },
  { name: 'row security', find: withSchema(async ({ pool }) => rowSecurityFindings(await readRightsHealth(pool))) },
  { name: 'sums', find: withSchema(async ({ pool }) => [sumsFinding(await countPendingRows(pool, PENDING_MAX))]) },
  { name: 'billing zone', find: ofAccounts((settings, health) => zoneFinding(settings, health)) },
  { name: 'runs', find: lookAtRuns },
  { name: 'callbacks', find: ofAccounts((settings, health, now) => [callbacksFinding(settings, health, now)]) },
  { name: 'set aside', find: ofAccounts(({ account }, health) => [rejectedFinding(account, health)]) },
];
const OF_PROVIDER: ReadonlySet<string> = new Set(['provider']);

/** Checks everything a mirror stands on, says each with what to do, and changes nothing. Returns 2 where something does not work. */
export async function runDoctor(context: CommandContext, { isOffline }: DoctorOptions): Promise<number> {
  const { output } = context;
  output.intro('faxsync doctor');
  const patient: Patient = {
    context,
    settings: null,
    server: null,
    runtime: null,
    hasSchema: false,
    demoAccount: null,
    clocks: [],
  };
  const found: Array<{ readonly check: string } & Finding> = [];
  const progress = output.progress('Looking');
  try {
    for (const { name, find } of ALL) {
      if ((isOffline && OF_PROVIDER.has(name)) || context.signal.aborted) continue;
      progress.update(`Looking: ${name}`);
      const findings = await find(patient).catch((error: unknown) => [failure(error)]);
      found.push(...findings.map((one) => ({ check: name, ...one })));
    }
  } finally {
    progress.end();
    await patient.runtime?.close().catch(() => undefined);
    await patient.server?.stop().catch(() => undefined);
  }
  for (const one of found) output.info(lineOf(one, output));
  const count = (status: Finding['status']) => found.filter((one) => one.status === status).length;
  const isFine = count('red') === 0 && !context.signal.aborted;
  output.document({ command: 'doctor', ok: isFine, checks: found });
  output.outro(`${count('green')} green, ${count('yellow')} yellow, ${count('red')} red`);
  if (context.signal.aborted) return EXIT.failed;
  return isFine ? EXIT.fine : EXIT.different;
}

const COLOURS = { green: 'green', yellow: 'yellow', red: 'red' } as const;

function lineOf({ check, status, account, detail, remedy }: { check: string } & Finding, output: Output): string {
  const word = status.padEnd(6);
  const mark = output.mode === 'terminal' ? styleText(COLOURS[status], word) : word;
  const line = `${mark}  ${check}${account === null ? '' : ` (${account})`}: ${detail}`;
  return remedy === null ? line : `${line}\n        -> ${remedy}`;
}

function failure(error: unknown): Finding {
  const { message } = describeError(error, false);
  return finding('red', error instanceof FaxsyncError ? message : `could not be checked. ${message}`);
}

function homeOf({ env, flags }: CommandContext): string {
  return flags['FAXSYNC_HOME'] ?? env['FAXSYNC_HOME'] ?? '.faxsync';
}

async function readSettings(patient: Patient): Promise<readonly Finding[]> {
  const { env, flags } = patient.context;
  try {
    const settings = parseSettings(env, flags);
    patient.settings = settings;
    patient.demoAccount = settings.databaseUrl === null ? await demoAccountIn(settings.home) : null;
    return [
      finding('green', `${countOf(settings.accounts.length, 'account')}, home ${settings.home}`),
      ...(await settingsFileFindings(readSettingsFile(process.env, flags))),
    ];
  } catch (error) {
    if (error instanceof SettingsError) return settingsFaults(error);
    throw error;
  }
}

/** Each key by itself: a second one that is wrong would be noticed only when the first is taken back. */
async function askProvider({ context, settings, clocks }: Patient): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  for (const account of settings?.accounts ?? []) {
    const { account: key, credentials, providerUrl } = account;
    let isClockKnown = false;
    for (const [at, credential] of credentials.entries()) {
      const which = credentials.length === 1 ? '' : `key ${at + 1} of ${credentials.length}: `;
      const answer = await askFor(account, credential, context.signal).catch(failure);
      if ('detail' in answer) {
        findings.push({ ...answer, detail: `${which}${answer.detail}`, account: key });
        continue;
      }
      const { requestedAt, respondedAt, providerAt } = answer;
      const tookMs = respondedAt - requestedAt;
      findings.push(finding('green', `${which}${new URL(providerUrl).host} answers in ${tookMs} ms`, null, key));
      if (providerAt === null || isClockKnown) continue;
      isClockKnown = true;
      // Its header has whole seconds.
      clocks.push(clockFinding("the provider's clock", requestedAt + tookMs / 2 - (providerAt + 500), key));
    }
  }
  return findings;
}

/** One call for the status of the account, repeated once where that may help; what it says of money is not looked at. */
async function askFor(
  account: AccountSettings,
  { apiKey, apiSecret }: AccountSettings['credentials'][number],
  signal: AbortSignal,
): Promise<ProviderAnswer | Finding> {
  const { listing } = accountStatus;
  if (listing === null) return finding('red', 'it cannot be asked');
  const client = new PhaxioClient(
    {
      account: account.account,
      dialect: account.apiVersion,
      baseUrl: account.providerUrl,
      credentials: [{ apiKey: apiKey.reveal(), apiSecret: apiSecret.reveal() }],
    },
    {
      fetch: globalThis.fetch,
      clock: systemClock,
      random: Math.random,
      limiter: { take: async () => {}, slowDown: async () => {} },
    },
    { retry: { ...RETRY_LIMITS, transientMax: 1, malformedMax: 0, throttledMax: 1 } },
  );
  const request = listing.request({ dialect: account.apiVersion, page: 1, perPage: 1, path: null, subjectId: null });
  return client.call(request, { deadline: systemClock.now() + ANSWER_MAX_MS, signal });
}

async function lookAtLanding({ settings }: Patient): Promise<readonly Finding[]> {
  if (settings === null) return [];
  const { landing } = settings;
  if (landing.kind === 'folder') return [await landingFolderFinding(landing.path)];
  const runtime = await Runtime.open(settings);
  try {
    // Nothing is written: what is landed stays for ever.
    for await (const _ of runtime.landing.list(settings.accounts[0]?.account ?? 'main')) break;
    return [finding('green', `s3://${landing.bucket} can be listed`)];
  } finally {
    await runtime.close();
  }
}

async function openDatabase(patient: Patient): Promise<readonly Finding[]> {
  const { settings, context } = patient;
  if (settings === null) return [];
  if (settings.databaseUrl === null) {
    patient.server = await startEmbeddedPostgres({ directory: join(settings.home, 'db') });
  }
  const { server } = patient;
  const runtime = await Runtime.open(settings, {
    writeLog: context.writeLog,
    connectionsMax: 2,
    ...(server === null ? {} : { databaseUrl: server.connectionString }),
  });
  const askedAt = systemClock.now();
  const health = await readServerHealth(runtime.pool).catch(async (error: unknown) => {
    await runtime.close();
    throw error;
  });
  patient.runtime = runtime;
  const middle = (askedAt + systemClock.now()) / 2;
  // The embedded one has our own clock.
  if (server === null) patient.clocks.push(clockFinding("the database's clock", middle - health.at));
  const where = server === null ? 'of FAXSYNC_DATABASE_URL' : `embedded in ${server.directory}`;
  return [finding('green', `reached, ${where}`), serverFinding(health)];
}

async function lookAtSchema(patient: Patient): Promise<readonly Finding[]> {
  const { runtime, context, server } = patient;
  if (runtime === null) return [];
  const state = await checkSchema(runtime.pool, migrationsDirectory(context.env));
  patient.hasSchema = state.appliedCount > 0 && state.pending.length === 0;
  return [schemaFinding(state, server !== null)];
}

function withSchema(find: (runtime: Runtime) => Promise<readonly Finding[]>): Check['find'] {
  return async ({ runtime, hasSchema }) => (runtime === null || !hasSchema ? [] : find(runtime));
}

function lookAtRuns(patient: Patient): Promise<readonly Finding[]> {
  const find = ofAccounts(({ account, credentials }, health, now) =>
    runFindings(account, health, now, patient.demoAccount === account && credentials.length === 0),
  );
  return find(patient);
}

function ofAccounts(
  find: (
    settings: AccountSettings,
    health: Awaited<ReturnType<typeof readAccountHealth>>,
    now: number,
  ) => readonly Finding[],
): Check['find'] {
  return withSchema(async ({ pool, settings }) => {
    const findings: Finding[] = [];
    for (const account of settings.accounts)
      findings.push(...find(account, await readAccountHealth(pool, account.account), systemClock.now()));
    return findings;
  });
}
