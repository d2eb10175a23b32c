import type { CheckSeverity, Tolerance } from '../../domain/reconciliation.ts';

/** Numbers of the checks; docs/reconciliation.md is written from them. */
export type CheckId = `C${number}`;

/**
 * One check of the reconciliation: a left side held against a right side, row by row.
 *
 * `sql` is one select that gives every row it tested, equal ones too. It has no parameters: it reads the tables of the run (`asked`, one row;
 * `run_faxes`, one row a fax of the period; see scope.ts) and the warehouse. What it must give, by name:
 * - `grain` text: row of the results it counts in, a day `YYYY-MM-DD` or `period` as a rule;
 * - `subject_kind`, `subject_id` text: what the row is about, once each in a check (see `recon.items`);
 * - `left_value`, `right_value` numeric: the two sides in the check's unit; null where not known;
 * - `cents` bigint: US cents at stake if it differs, above zero where the account paid too much; 0 where no money is;
 * - `owed_cents` bigint: of these what the provider owes if it differs; 0 where nothing;
 * - `verdict` text: null, and the tolerance decides; else `pass`, `exception`, `explained` or `not_testable`;
 * - `reason` text: why it differs or could not be tested, a stable snake_case word; null where it passes.
 */
export interface Check {
  readonly id: CheckId;
  /** Stable, snake_case. */
  readonly name: string;
  /** What is held against what, for people. */
  readonly left: string;
  readonly right: string;
  /** Why the tolerance is what it is, and what the check is for. */
  readonly why: string;
  readonly unit: 'cents' | 'faxes' | 'recipients' | 'rows' | 'numbers' | 'hours' | 'days';
  /** Unit of the row about a subject, where rows differ in it. */
  unitOf?(subjectId: string): Check['unit'];
  readonly severity: CheckSeverity;
  readonly tolerance: Tolerance;
  /** Whether the month cannot be made ready while this check has an unexplained exception. */
  readonly isGate: boolean;
  /** How often it is run: hourly ones also with the daily rest. */
  readonly every: 'hour' | 'day';
  /** Words for `reason` that it gives, with what each means and what to do. */
  readonly reasons: Readonly<Record<string, string>>;
  readonly sql: string;
}

/** No difference passes. */
export const EXACT: Tolerance = { amount: 0, share: null };
