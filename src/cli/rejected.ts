import { FaxsyncError, SettingsError } from '../domain/errors.ts';
import { toIso } from '../domain/time.ts';
import { loadLanded } from '../pipeline/load.ts';
import { listRejected, type RejectedRecord, readRejectedRaw, resolveRejected } from '../warehouse/rejected-records.ts';
import type { CommandContext } from './context.ts';
import { EXIT } from './exit-codes.ts';
import { countOf, describeError } from './output.ts';
import { type Session, withSession } from './session.ts';

/** `faxsync rejected`. */
export interface RejectedOptions {
  /** Shows this one with its raw text. */
  readonly show?: string;
  readonly reason?: string;
  readonly isResolvedToo: boolean;
  readonly limit: number;
}

/** Lists what could not be taken as sent, or shows one with its raw text. Returns the exit code. */
export async function runRejected(context: CommandContext, options: RejectedOptions): Promise<number> {
  const id = options.show === undefined ? null : checkId(options.show);
  context.output.intro('faxsync rejected');
  return withSession(context, { settings: [], schema: 'current' }, (session) =>
    id === null ? list(context, session, options) : show(context, session, id),
  );
}

async function list({ output }: CommandContext, session: Session, options: RejectedOptions): Promise<number> {
  const { reason, isResolvedToo, limit } = options;
  const accounts = accountsOf(session);
  const found = await listRejected(session.runtime.pool, {
    accounts,
    isResolvedToo,
    limit: limit + 1,
    ...(reason === undefined ? {} : { reason }),
  });
  const shown = found.slice(0, limit);
  if (shown.length > 0) {
    output.table(
      ['id', 'account', 'object', 'record', 'what', 'path', 'reason', 'seen', 'last seen'],
      shown.map((record) => [
        record.rejectedId,
        record.account,
        record.object,
        record.recordId,
        record.resolvedAt === null ? record.scope : `${record.scope}, resolved`,
        record.path,
        record.reason,
        record.occurrences,
        toIso(record.lastSeenAt),
      ]),
    );
  }
  output.document({ command: 'rejected', ok: true, has_more: found.length > limit, rejected: shown.map(documentOf) });
  if (found.length > limit) output.warn(`There are more than ${limit}. See them: --limit ${limit * 10}`);
  output.outro(
    shown.length === 0
      ? 'Nothing is set aside.'
      : 'What was sent (personal data): faxsync rejected --show <id>. Read again: faxsync rejected retry',
  );
  return EXIT.fine;
}

async function show({ output }: CommandContext, session: Session, id: string): Promise<number> {
  const { pool } = session.runtime;
  const [record] = await listRejected(pool, { accounts: accountsOf(session), ids: [id], isResolvedToo: true });
  const raw = record === undefined ? null : await readRejectedRaw(pool, id);
  if (record === undefined || raw === null) throw unknownId(id);
  output.step(
    `${record.rejectedId}: ${[record.object, record.recordId].filter(Boolean).join(' ')} at ${record.path}, ${record.reason}`,
  );
  output.info(
    `landed in ${record.firstLandedKey}${record.firstLandedKey === record.lastLandedKey ? '' : `, last in ${record.lastLandedKey}`}`,
  );
  output.info(raw);
  output.document({ command: 'rejected', ok: true, rejected: [{ ...documentOf(record), raw }] });
  output.outro('Personal data may be above: keep it out of tickets and logs.');
  return EXIT.fine;
}

/** Reads the landed objects of rejected records again; what is not refused any more is marked resolved. Returns the exit code. */
export async function runRetryRejected(context: CommandContext, ids: readonly string[]): Promise<number> {
  const wanted = ids.map(checkId);
  context.output.intro('faxsync rejected retry');
  return withSession(context, { settings: [], schema: 'current' }, (session) => retry(context, session, wanted));
}

async function retry({ output, signal }: CommandContext, session: Session, ids: readonly string[]): Promise<number> {
  const { pool, clock } = session.runtime;
  const accounts = accountsOf(session);
  const listed = await listRejected(pool, { accounts, ...(ids.length === 0 ? {} : { ids }) });
  const missing = ids.find((id) => !listed.some(({ rejectedId }) => rejectedId === id));
  if (missing !== undefined) throw unknownId(missing);
  const keys = [...new Set(listed.flatMap((record) => [record.firstLandedKey, record.lastLandedKey]))].sort();
  const failures = new Map<string, unknown>();
  const progress = output.progress('Reading landed objects again');
  const deps = session.runtime.loadDeps();
  for (const [at, key] of keys.entries()) {
    progress.update(`${at} of ${countOf(keys.length, 'landed object')} read again`, at / keys.length);
    if (signal.aborted) failures.set(key, null);
    else await loadLanded(key, deps, { isReread: true }).catch((error: unknown) => failures.set(key, keepOwn(error)));
  }
  progress.end();
  const isRead = (record: RejectedRecord) =>
    !failures.has(record.firstLandedKey) && !failures.has(record.lastLandedKey);
  const resolved = await resolveRejected(pool, listed.filter(isRead), clock.now());
  const open = listed.length - resolved.length;
  const failure = [...failures.values()].find((error) => error !== null) ?? null;
  output.step(`${countOf(keys.length - failures.size, 'landed object')} read again`);
  output.document({
    command: 'rejected retry',
    ok: failures.size === 0,
    reread_objects: keys.length - failures.size,
    failed_objects: failures.size,
    resolved,
    still_open: open,
  });
  if (failures.size > 0) {
    const why = failure === null ? 'Stopped.' : describeError(failure, false).message;
    output.fail({
      code: 'objects_not_loaded',
      message: `${countOf(failures.size, 'landed object')} could not be read again. ${why}`,
      frames: null,
    });
    return EXIT.failed;
  }
  output.outro(`${resolved.length} resolved, ${open} still refused.`);
  return EXIT.fine;
}

/** Defects come through; errors of our own are counted. */
function keepOwn(error: unknown): FaxsyncError {
  if (error instanceof FaxsyncError) return error;
  throw error;
}

function accountsOf(session: Session): string[] {
  return session.settings.accounts.map(({ account }) => account);
}

function checkId(id: string): string {
  if (/^[1-9]\d{0,17}$/.test(id)) return id;
  throw new SettingsError('An id of a rejected record is a whole number; "faxsync rejected" lists them.', {
    code: 'flag_invalid',
  });
}

function unknownId(id: string): SettingsError {
  return new SettingsError(
    `There is no (open) rejected record ${id} in these accounts; "faxsync rejected --all" lists them.`,
    { code: 'unknown_rejected_record' },
  );
}

function documentOf(record: RejectedRecord): object {
  return {
    id: Number(record.rejectedId),
    account: record.account,
    stream: record.stream,
    scope: record.scope,
    object: record.object,
    record_id: record.recordId,
    path: record.path,
    reason: record.reason,
    occurrences: record.occurrences,
    first_landed_key: record.firstLandedKey,
    last_landed_key: record.lastLandedKey,
    first_seen_at: toIso(record.firstSeenAt),
    last_seen_at: toIso(record.lastSeenAt),
    resolved_at: record.resolvedAt === null ? null : toIso(record.resolvedAt),
  };
}
