import { SettingsError } from '../domain/errors.ts';
import { auditLanded } from '../pipeline/audit.ts';
import { clearAccounts, countLoaded } from '../warehouse/clear-accounts.ts';
import { type MirrorStatus, readMirrorStatus } from '../warehouse/mirror-status.ts';
import { foldRollups } from '../warehouse/rollups.ts';
import type { CommandContext } from './context.ts';
import { EXIT } from './exit-codes.ts';
import { LocalQueue } from './local-host.ts';
import { countOf, describeError, formatCount, formatSpan } from './output.ts';
import { type Session, withSession } from './session.ts';

/** Objects loaded between two looks at Ctrl-C. */
const CHUNK_OBJECTS = 100;

/** `faxsync replay`. */
export interface ReplayOptions {
  /** The word that the warehouse may be emptied. */
  readonly isConfirmed: boolean;
}

/** Builds the warehouse anew from the landing zone. Returns the exit code. */
export async function runReplay(context: CommandContext, options: ReplayOptions): Promise<number> {
  context.output.intro('faxsync replay');
  return withSession(context, { settings: [], schema: 'current' }, (session) => replay(context, session, options));
}

async function replay({ output, signal }: CommandContext, session: Session, { isConfirmed }: ReplayOptions) {
  const startedAt = Date.now();
  const { pool, landing } = session.runtime;
  const accounts = session.settings.accounts.map(({ account }) => account);
  const before = await readAll(session, accounts);
  const loadedBefore = await countLoaded(pool, accounts);
  if (loadedBefore > 0) {
    if (!isConfirmed) throw unconfirmed(accounts, loadedBefore);
    await clearAccounts(pool, accounts);
    output.step(`Emptied what ${countOf(loadedBefore, 'object')} of ${accounts.join(', ')} had filled`);
  }
  const progress = output.progress('Listing landed objects');
  const keys: string[] = [];
  for (const account of accounts) {
    const { unloaded } = await auditLanded({ landing, pool }, account, {
      onProgress: (landed) => progress.update(`${account}: ${formatCount(landed)} landed objects listed`),
    });
    keys.push(...unloaded);
  }
  const queue = new LocalQueue(session.runtime);
  let [loaded, records, error] = [0, 0, null as unknown];
  const failed: string[] = [];
  // One account after the other, each in order of observation: any order ends the same, this one rewrites the least history.
  for (let at = 0; at < keys.length && !signal.aborted; at += CHUNK_OBJECTS) {
    const round = await queue.load(keys.slice(at, at + CHUNK_OBJECTS), (done, read) => {
      const [objects, all] = [formatCount(loaded + done), formatCount(keys.length)];
      progress.update(
        `${objects} of ${all} objects · ${formatCount(records + read)} records`,
        (loaded + done) / keys.length,
      );
    });
    loaded += round.loaded;
    records += round.records;
    failed.push(...round.failed);
    error ??= round.error;
    if (round.isOutage) break;
  }
  progress.end();
  // Reports are as exact without it, and slower; a database that is gone is told by what was to be loaded.
  await foldRollups(pool).catch(() => null);
  const left = keys.length - loaded;
  const after = await readAll(session, accounts).catch(() => new Map<string, MirrorStatus>());
  const durationMs = Date.now() - startedAt;
  output.step(`${countOf(loaded, 'object')} replayed, ${countOf(records, 'record')} read`);
  if (loadedBefore > 0 && left === 0) {
    const names = Object.keys(after.values().next().value?.rows ?? {});
    const sum = (of: ReadonlyMap<string, MirrorStatus>, name: string) =>
      [...of.values()].reduce((total, { rows }) => total + (rows[name] ?? 0), 0);
    output.table(
      ['table', 'before', 'after'],
      names.map((name) => [name, sum(before, name), sum(after, name)]),
    );
  }
  output.document({
    command: 'replay',
    ok: left === 0,
    duration_ms: durationMs,
    replayed_objects: loaded,
    records,
    left_objects: left,
    failed_objects: failed.length,
    accounts: accounts.map((account) => ({
      account,
      rows_before: before.get(account)?.rows ?? {},
      rows_after: after.get(account)?.rows ?? {},
    })),
  });
  if (left > 0) {
    const why = error === null ? 'Stopped.' : describeError(error, false).message;
    output.fail({
      code: 'objects_not_loaded',
      message: `${countOf(left, 'landed object')} not replayed. ${why} The next "faxsync sync" or "faxsync replay" goes on from here.`,
      frames: null,
    });
    return EXIT.failed;
  }
  output.outro(`Done in ${formatSpan(durationMs)}.`);
  return EXIT.fine;
}

async function readAll(session: Session, accounts: readonly string[]): Promise<Map<string, MirrorStatus>> {
  const found = new Map<string, MirrorStatus>();
  for (const account of accounts) {
    const status = await readMirrorStatus(session.runtime.pool, account);
    if (status !== null) found.set(account, status);
  }
  return found;
}

function unconfirmed(accounts: readonly string[], loaded: number): SettingsError {
  return new SettingsError(
    `The warehouse holds what ${countOf(loaded, 'object')} of ${accounts.join(', ')} filled. A replay empties it first: add --yes to agree, or name an empty database in FAXSYNC_DATABASE_URL.`,
    { code: 'replay_unconfirmed', context: { setting: '--yes' } },
  );
}
