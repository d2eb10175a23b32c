import type { Pool } from 'pg';
import * as v from 'valibot';
import { type Period, parsePeriod, type ReconciliationSettings } from '../domain/reconciliation.ts';
import type { Instant } from '../domain/time.ts';
import {
  approvePeriod,
  type ClosedPeriod,
  type PreparedPeriod,
  preparePeriod,
  reopenPeriod,
} from '../warehouse/recon/close.ts';
import { decideItems, type ItemsDecided } from '../warehouse/recon/decide.ts';
import { type InvoicesImported, importInvoices } from '../warehouse/recon/import-invoices.ts';
import { importReceipts, type ReceiptsImported } from '../warehouse/recon/import-receipts.ts';
import { signedName } from '../warehouse/recon/signed.ts';

const account = v.pipe(v.string(), v.nonEmpty());
const text = v.pipe(v.string(), v.nonEmpty());
const cents = v.pipe(v.number(), v.integer(), v.minValue(0));

/** A month as it is written for people, `2026-10`. */
export const periodField = v.pipe(
  v.string(),
  v.check((month) => parsePeriod(month) !== null),
  v.transform((month) => parsePeriod(month) as Period),
);

/**
 * What people sign by an event of the function `reconcile`, since on Aurora no command line reaches the database: the same as `faxsync items`,
 * `faxsync close` and `faxsync import`. `by` is who it is, and stands in events and imports for ever.
 */
export const SIGN_OFF_EVENTS = [
  v.strictObject({
    account,
    task: v.literal('decide'),
    items: v.pipe(v.array(v.pipe(v.number(), v.integer(), v.minValue(1))), v.minLength(1), v.maxLength(10_000)),
    state: v.optional(v.picklist(['open', 'explained', 'disputed', 'accepted', 'written_off', 'closed'])),
    by: text,
    note: v.optional(text),
    owner: v.optional(text),
    ticket: v.optional(text),
    claimed_cents: v.optional(cents),
    credited_cents: v.optional(cents),
    approver: v.optional(text),
  }),
  v.strictObject({
    account,
    task: v.literal('prepare'),
    period: periodField,
    by: text,
    statement: v.optional(v.string(), ''),
  }),
  v.strictObject({ account, task: v.literal('approve'), period: periodField, by: text }),
  v.strictObject({ account, task: v.literal('reopen'), period: periodField, by: text, reason: text }),
  v.strictObject({
    account,
    task: v.literal('import'),
    kind: v.picklist(['invoices', 'receipts']),
    csv: text,
    by: text,
  }),
] as const;

/** One of {@link SIGN_OFF_EVENTS}. */
export type SignOff = v.InferOutput<(typeof SIGN_OFF_EVENTS)[number]>;

/** What became of it. */
export type SignedOff =
  | ({ readonly task: 'decide' } & ItemsDecided)
  | ({ readonly task: 'prepare' } & PreparedPeriod)
  | ({ readonly task: 'approve' } & ClosedPeriod)
  | { readonly task: 'reopen'; readonly head: string }
  | ({ readonly task: 'import' } & (InvoicesImported | ReceiptsImported));

/** Whether an event signs something. */
export function isSignOff(asked: { readonly task: string }): asked is SignOff {
  return SIGN_OFF_EVENTS.some(({ entries }) => entries.task.literal === asked.task);
}

/** Does what somebody signed. @throws {SignOffError} or {ImportError} where it may not be, @throws {WarehouseError} */
export async function signOff(
  pool: Pool,
  asked: SignOff,
  { limits }: Pick<ReconciliationSettings, 'limits'>,
  now: Instant,
): Promise<SignedOff> {
  const { account: key, by } = asked;
  switch (asked.task) {
    case 'decide': {
      const { note, owner, ticket, approver, claimed_cents: claimedCents, credited_cents: creditedCents } = asked;
      const decision = { account: key, itemIds: asked.items, state: asked.state ?? null, actor: by, limits, now };
      const said = { note, owner, ticket, approver, claimedCents, creditedCents };
      return { task: 'decide', ...(await decideItems(pool, { ...decision, ...withoutAbsent(said) })) };
    }
    case 'prepare': {
      const { period, statement } = asked;
      return {
        task: 'prepare',
        ...(await preparePeriod(pool, { account: key, period, now, preparer: by, statement })),
      };
    }
    case 'approve':
      return {
        task: 'approve',
        ...(await approvePeriod(pool, { account: key, period: asked.period, now, approver: by })),
      };
    case 'reopen':
      return {
        task: 'reopen',
        head: await reopenPeriod(pool, { account: key, period: asked.period, now, approver: by, reason: asked.reason }),
      };
    case 'import': {
      const file = { account: key, text: asked.csv, importedBy: signedName(by, 'who imports'), now };
      const imported = asked.kind === 'invoices' ? await importInvoices(pool, file) : await importReceipts(pool, file);
      return { task: 'import', ...imported };
    }
  }
}

/** The fields that were said: one that is absent leaves what stands. */
function withoutAbsent<Fields extends Readonly<Record<string, unknown>>>(
  fields: Fields,
): { readonly [Name in keyof Fields]?: Exclude<Fields[Name], undefined> } {
  const said = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(said) as { readonly [Name in keyof Fields]?: Exclude<Fields[Name], undefined> };
}
