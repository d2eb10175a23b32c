import { isFinalStatus } from '../domain/fax.ts';
import type { Instant } from '../domain/time.ts';
import type { FaxPlan, OddityKind } from './plan.ts';

/** Every kind of unusual record. */
export const ODDITY_KINDS: readonly OddityKind[] = [
  'unknown_status',
  'unknown_field',
  'nul_character',
  'lone_surrogate',
  'cost_as_text',
  'negative_cost',
  'missing_id',
  'id_beyond_2_53',
];

/** The status an `unknown_status` fax ends in. */
export const UNKNOWN_STATUS = 'heldforreview';

/** First id that a JavaScript number cannot hold. */
const FIRST_WIDE_ID = 9_007_199_254_740_993n;

/** An unusual record, listed so that a comparison can account for it. */
export interface Oddity {
  readonly kind: OddityKind;
  /** The record's id; for `missing_id` the id that is not shown. */
  readonly faxId: string;
  readonly createdAt: Instant;
  /** JSON path of the unusual part in v2's words, `$` for the record itself. */
  readonly path: string;
  /** Whether a reader can take the record at all; false for `missing_id` only. */
  readonly readable: boolean;
}

function endsCostly(plan: FaxPlan): boolean {
  return (plan.states.at(-1)?.costCents ?? 0) > 0;
}

function firstTag(plan: FaxPlan): string | undefined {
  return Object.keys(plan.tags)[0];
}

/** Whether a fax can carry an oddity so that it shows. */
export function suits(plan: FaxPlan, kind: OddityKind): boolean {
  if (plan.oddity !== null || plan.isTest) return false;
  switch (kind) {
    case 'nul_character':
    case 'lone_surrogate':
      return firstTag(plan) !== undefined;
    case 'cost_as_text':
    case 'negative_cost':
      return endsCostly(plan);
    default:
      return true;
  }
}

/** The same fax with an oddity; `ordinal` keeps wide ids apart. */
export function withOddity(plan: FaxPlan, kind: OddityKind, ordinal: number): FaxPlan {
  const odd: FaxPlan = { ...plan, oddity: kind };
  const tag = firstTag(plan);
  switch (kind) {
    case 'unknown_status':
      odd.states = plan.states.map((state) =>
        isFinalStatus(state.status) ? { ...state, status: UNKNOWN_STATUS } : state,
      );
      return odd;
    case 'nul_character':
      return tag === undefined ? odd : { ...odd, tags: { ...plan.tags, [tag]: `${plan.tags[tag] ?? ''}\u0000end` } };
    case 'lone_surrogate':
      return tag === undefined ? odd : { ...odd, tags: { ...plan.tags, [tag]: `${plan.tags[tag] ?? ''}\ud83d` } };
    case 'id_beyond_2_53':
      return { ...odd, id: String(FIRST_WIDE_ID + 2n * BigInt(ordinal)) };
    default:
      return odd;
  }
}

/** How an unusual fax is listed in the truth. */
export function describeOddity(plan: FaxPlan, kind: OddityKind): Oddity {
  const tagPath = `$.tags.${firstTag(plan) ?? ''}`;
  const paths: Record<OddityKind, string> = {
    unknown_status: '$.status',
    unknown_field: '$',
    nul_character: tagPath,
    lone_surrogate: tagPath,
    cost_as_text: '$.cost',
    negative_cost: '$.cost',
    missing_id: '$',
    id_beyond_2_53: '$.id',
  };
  return { kind, faxId: plan.id, createdAt: plan.createdAt, path: paths[kind], readable: kind !== 'missing_id' };
}
