import type { Fax, FaxBarcode, FaxRecipient } from '../domain/fax.ts';
import type { Cents } from '../domain/money.ts';
import type { Instant } from '../domain/time.ts';
import type { FaxError } from './error-table.ts';

/** What a fax says of itself from `at` until its next state. */
export interface FaxState {
  readonly at: Instant;
  readonly status: string;
  readonly numPages: number;
  readonly costCents: number;
  readonly completedAt: Instant | null;
  readonly error: FaxError | null;
}

/** What a recipient says of itself from `at` until its next state; the status is null right after creation. */
export interface RecipientState {
  readonly at: Instant;
  readonly status: string | null;
  readonly retryCount: number;
  readonly completedAt: Instant | null;
  readonly bitrate: number | null;
  readonly resolution: number | null;
  readonly error: FaxError | null;
}

/** One call made to a recipient. */
export interface PlannedCall {
  readonly startedAt: Instant;
  readonly endedAt: Instant;
  /** `success` or `failure`. */
  readonly status: string;
  readonly error: FaxError | null;
}

/** A recipient with its whole life. */
export interface RecipientPlan {
  readonly phoneNumber: string;
  readonly alpha2: string;
  /** What the fax was charged for this recipient when it went into progress; 0 before. */
  chargedCents: number;
  /** States in order of time; the first one begins with the fax. */
  states: RecipientState[];
  calls: PlannedCall[];
}

/** What is unusual about a record on purpose. */
export type OddityKind =
  | 'unknown_status'
  | 'unknown_field'
  | 'nul_character'
  | 'lone_surrogate'
  | 'cost_as_text'
  | 'negative_cost'
  | 'missing_id'
  | 'id_beyond_2_53';

/** A fax with its whole life: what it shows at an instant depends on the plan and the instant only. */
export interface FaxPlan {
  /** Decimal digits; text because ids may exceed 2^53. */
  readonly id: string;
  readonly direction: 'sent' | 'received';
  readonly isTest: boolean;
  /** Whole seconds. */
  readonly createdAt: Instant;
  /** First instant at which listings show it; look-ups by id show it from `createdAt`. */
  readonly listedAt: Instant;
  deletedAt: Instant | null;
  filesDeletedAt: Instant | null;
  readonly callerId: string | null;
  readonly fromNumber: string | null;
  readonly toNumber: string | null;
  readonly callerName: string | null;
  readonly tags: Readonly<Record<string, string>>;
  /** Pages of the document, once converted. */
  readonly pages: number;
  /** States in order of time; never empty. */
  states: FaxState[];
  readonly recipients: readonly RecipientPlan[] | null;
  readonly barcodes: readonly FaxBarcode[];
  /** PhaxCode metadata of a received document, for v1 and v2 callbacks. */
  readonly metadata: string | null;
  /** Callback URL given with the send request. */
  readonly callbackUrl: string | null;
  oddity: OddityKind | null;
}

/** The state in force at an instant; the first one for instants before it. */
function inForce<T extends { readonly at: Instant }>(states: readonly T[], at: Instant): T | undefined {
  let found = states[0];
  for (const state of states) {
    if (state.at > at) break;
    found = state;
  }
  return found;
}

/** A fax's state at an instant. */
export function stateAt(plan: FaxPlan, at: Instant): FaxState {
  const state = inForce(plan.states, at);
  if (state !== undefined) return state;
  return { at: plan.createdAt, status: 'queued', numPages: 0, costCents: 0, completedAt: null, error: null };
}

/** The status a fax shows at an instant. */
export function statusAt(plan: FaxPlan, at: Instant): string {
  return stateAt(plan, at).status;
}

/** When a fax ends: its first state that is completed, whatever its status is called; credits come later. */
export function finishedAt(plan: FaxPlan): Instant {
  const end = plan.states.find((state) => state.completedAt !== null) ?? plan.states.at(-1);
  return end?.at ?? plan.createdAt;
}

/** Whether the provider knows a fax at an instant (look-ups by id). */
export function isKnownAt(plan: FaxPlan, at: Instant): boolean {
  return plan.createdAt <= at && (plan.deletedAt === null || plan.deletedAt > at);
}

/** Whether listings show a fax at an instant. */
export function isListedAt(plan: FaxPlan, at: Instant): boolean {
  return plan.listedAt <= at && (plan.deletedAt === null || plan.deletedAt > at);
}

/** The calls to a recipient that have begun by an instant. */
export function callsAt(recipient: RecipientPlan, at: Instant): readonly PlannedCall[] {
  return recipient.calls.filter((call) => call.startedAt <= at);
}

/** The field an `unknown_field` record carries beyond the documented ones. */
export const UNKNOWN_FIELD = { name: 'delivery_priority', value: 'expedited' } as const;

/** A fax as it is at an instant, in the words of the domain; straight from the plan, through no decoder. */
export function faxAt(plan: FaxPlan, at: Instant): Fax {
  const state = stateAt(plan, at);
  return {
    faxId: plan.id,
    direction: plan.direction,
    status: state.status,
    isTest: plan.isTest,
    numPages: state.numPages,
    costCents: (plan.oddity === 'negative_cost' && state.costCents > 0 ? -state.costCents : state.costCents) as Cents,
    createdAt: plan.createdAt,
    completedAt: state.completedAt,
    callerId: plan.callerId,
    fromNumber: plan.fromNumber,
    toNumber: plan.toNumber,
    callerName: plan.callerName,
    errorId: state.error?.id ?? null,
    errorType: state.error?.type ?? null,
    errorMessage: state.error?.message ?? null,
    tags: plan.tags,
    recipients: plan.recipients?.map((recipient) => recipientAt(recipient, at)) ?? null,
    barcodes: plan.barcodes,
    extra: plan.oddity === 'unknown_field' ? { [UNKNOWN_FIELD.name]: UNKNOWN_FIELD.value } : null,
  };
}

function recipientAt(plan: RecipientPlan, at: Instant): FaxRecipient {
  const state = inForce(plan.states, at);
  return {
    phoneNumber: plan.phoneNumber,
    status: state?.status ?? null,
    retryCount: state?.retryCount ?? 0,
    completedAt: state?.completedAt ?? null,
    bitrate: state?.bitrate ?? null,
    resolution: state?.resolution ?? null,
    errorId: state?.error?.id ?? null,
    errorType: state?.error?.type ?? null,
    errorMessage: state?.error?.message ?? null,
    extra: null,
  };
}

/** One movement of money that a fax causes; test faxes cause none. */
export interface FaxMovement {
  readonly at: Instant;
  /** Below zero for a charge, above for a credit. */
  readonly cents: number;
}

/** Every charge and credit of a fax, in order of time: the steps of its cost. */
export function movementsOf(plan: FaxPlan): FaxMovement[] {
  const movements: FaxMovement[] = [];
  if (plan.isTest) return movements;
  let cost = 0;
  for (const state of plan.states) {
    if (state.costCents !== cost) movements.push({ at: state.at, cents: cost - state.costCents });
    cost = state.costCents;
  }
  return movements;
}
