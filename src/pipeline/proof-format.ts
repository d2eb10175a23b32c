import { hash } from 'node:crypto';

/** Version of the bundle's form; another form gets another number. */
export const PROOF_FORMAT = 'faxsync-proof/1';

/** The file that names all others. */
export const MANIFEST = 'manifest.json';

/** Every file of a bundle beside the manifest, in order of their writing. */
export const PROOF_FILES = [
  'README.txt',
  'closing.json',
  'results.csv',
  'items.csv',
  'events.csv',
  'lines.csv',
] as const;

/** Name of one of {@link PROOF_FILES}. */
export type ProofFile = (typeof PROOF_FILES)[number];

/** What is said of one file. */
export interface ProofFileFacts {
  readonly sha256: string;
  readonly bytes: number;
}

/** The manifest. Keys are written in this order. */
export interface ProofManifest {
  readonly format: string;
  readonly account: string;
  /** `2026-10`. */
  readonly period: string;
  readonly closing_no: number;
  /** Digest of the last event of the chain. */
  readonly head: string;
  readonly files: Readonly<Record<ProofFile, ProofFileFacts>>;
  /** SHA-256 over the manifest as written without this field. */
  readonly digest: string;
}

/** One closing of the month, as `recon.closings` has it; instants as `YYYY-MM-DDTHH:MM:SS.ffffffZ`. */
export interface ProofClosing {
  readonly closing_no: number;
  readonly run_id: number;
  readonly as_of: string;
  readonly prepared_by: string;
  readonly prepared_at: string;
  readonly approved_by: string;
  readonly closed_at: string;
  readonly statement: string | null;
  readonly line_count: number;
  readonly billed_cents: number;
  readonly correction_count: number;
  readonly correction_cents: number;
  readonly lines_digest: string;
  readonly results_digest: string;
  readonly items_digest: string;
}

/** `closing.json`. */
export interface ProofClosingFile {
  readonly account: string;
  readonly account_id: number;
  readonly billing_zone: string;
  readonly period: string;
  readonly closing_no: number;
  /** Sum of all closings of the month, US cents. */
  readonly billed_cents: number;
  /** Every closing of the month, oldest first; more than one after a reopening. */
  readonly closings: readonly ProofClosing[];
  /** The run whose results were approved last, with the settings it used. */
  readonly run: Readonly<Record<string, unknown>>;
  /** What each check holds against what. */
  readonly checks: ReadonlyArray<{
    readonly id: string;
    readonly left: string;
    readonly right: string;
    readonly unit: string;
  }>;
}

/** Columns of the CSV files; their first lines. */
export const PROOF_COLUMNS = {
  'results.csv': [
    'check_id',
    'grain',
    'outcome',
    'severity',
    'unit',
    'left_value',
    'right_value',
    'tolerance_amount',
    'tolerance_share',
    'tested_count',
    'within_count',
    'explained_count',
    'exception_count',
    'untestable_count',
    'exception_cents',
    'owed_cents',
    'reason',
    'findings_digest',
  ],
  'items.csv': [
    'closing_no',
    'item_id',
    'check_id',
    'subject_kind',
    'subject_id',
    'reason',
    'severity',
    'state',
    'cents',
    'owed_cents',
    'decided_by',
    'approved_by',
    'note',
  ],
  'events.csv': [
    'sequence_no',
    'happened_at',
    'actor',
    'login',
    'kind',
    'period',
    'item_id',
    'run_id',
    'details',
    'previous_digest',
    'digest',
  ],
  'lines.csv': [
    'closing_no',
    'usage_date',
    'charge_kind',
    'subject_id',
    'charge_period',
    'is_correction',
    'quantity',
    'cents',
  ],
} as const;

/** Name of one of the CSV files. */
export type ProofTable = keyof typeof PROOF_COLUMNS;

/** One thing that was verified. */
export interface ProofCheck {
  /** Stable, snake_case. */
  readonly name: string;
  readonly ok: boolean;
  /** What was found, and where it is wrong: file and line, event, closing. */
  readonly detail: string;
}

/** JSON in the one form that a bundle knows, so that every byte of it counts. */
export function proofJson(value: object): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

/** SHA-256 of a text as UTF-8, hexadecimal. */
export function sha256(text: string): string {
  return hash('sha256', text);
}

/** The digest of a manifest. */
export function manifestDigest({ digest: _, ...rest }: ProofManifest): string {
  return sha256(proofJson(rest));
}

/** What the bundle says of itself to people. */
export function proofReadme(account: string, period: string, closingNo: number): string {
  return `Proof of the closed bill of account ${account} for ${period} (closing ${closingNo})

What this is
  The bill of one month of faxes and phone numbers as it was closed by faxsync, with everything that is needed to see that it was
  not changed since. It holds own phone numbers and what people noted; no recipient, no document.

  closing.json   who prepared and who approved, the totals, the digests, the run of the checks and the settings it used
  results.csv    what each check found: left side, right side, tolerance, outcome
  items.csv      every difference of the month, and what was decided about it before the closing
  events.csv     everything that was done to items and months of this account, in order; each event holds the digest of the one before
  lines.csv      the bill: one line a fax or rent and closing, US cents; lines of corrections name the month they correct
  manifest.json  SHA-256 and size of each file, and a digest over the manifest itself

How to verify
  Without any database or settings, with the program that made it. In a clone of its repository, at the version that closing.json
  names (run, code_version) or a later one:
    npm ci
    npm run -s faxsync -- proof --verify <this folder>
  It reckons every digest anew and says which file or row is wrong. Exit code 0: everything agrees, 2: something does not.

  The bundle proves that its parts belong together. That nobody made all of it anew is proved by a digest that was noted elsewhere
  when the month was closed (faxsync close prints it, and so does faxsync proof):
    npm run -s faxsync -- proof --verify <this folder> --head <digest>

By hand
  A file:      its SHA-256 is in manifest.json (sha256sum -b <file>).
  An event:    SHA-256 over the fields previous_digest, account_id, sequence_no, happened_at, actor, login, kind, period, item_id,
               run_id, details, each written as <length in bytes>:<text>, an empty one that has no value as -.
  Lines, items, results and the closing itself: see docs/reconciliation.md of the program's sources. Their digests are in the event of the closing.
  Cells of CSV files that begin with ' had a sign there that spreadsheets would take for a formula; the ' is not part of them.
`;
}
