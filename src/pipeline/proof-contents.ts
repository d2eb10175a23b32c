import { isSamePerson } from '../domain/person.ts';
import { counted, formatDollars } from '../domain/words.ts';
import {
  closingDigest,
  type EventRow,
  eventDigest,
  itemText,
  LinesDigest,
  NO_DIGEST,
  resultsDigest,
} from './proof-digests.ts';
import {
  PROOF_COLUMNS,
  type ProofCheck,
  type ProofClosing,
  type ProofClosingFile,
  type ProofManifest,
  proofJson,
  sha256,
} from './proof-format.ts';
import type { TableRow } from './proof-tables.ts';

type Rows = AsyncIterable<TableRow>;

const fault = (name: string, detail: string): ProofCheck => ({ name, ok: false, detail });
const pass = (name: string, detail: string): ProofCheck => ({ name, ok: true, detail });

/** Holds closing.json against the manifest and itself; null where it has not the shape of one. */
export function checkClosings(
  value: Record<string, unknown> | null,
  text: string,
  manifest: ProofManifest,
  checks: ProofCheck[],
): ProofClosingFile | null {
  const closing = value === null ? null : asClosingFile(value);
  if (closing === null) {
    checks.push(fault('closing', 'closing.json is no closing of a month'));
    return null;
  }
  const { closings, account, period } = closing;
  const isOne =
    account === manifest.account && period === manifest.period && closing.closing_no === manifest.closing_no;
  const isCounted = closings.every(({ closing_no: no }, at) => no === at + 1) && closings.length === closing.closing_no;
  const billed = closings.reduce((sum, { billed_cents: cents }) => sum + cents, 0);
  const faults = [
    ...(proofJson(value ?? {}) === text ? [] : ['it is not in the form in which it is written']),
    ...(isOne ? [] : ['account, month or closing are others than in the manifest']),
    ...(isCounted ? [] : ['its closings are not numbered from 1 to the last']),
    ...(billed === closing.billed_cents
      ? []
      : [`its closings add up to ${formatDollars(billed)}, not ${formatDollars(closing.billed_cents)}`]),
  ];
  checks.push(
    faults.length === 0
      ? pass('closing', `${account}, ${period}, closing ${closing.closing_no}, ${formatDollars(billed)} billed`)
      : fault('closing', `closing.json: ${faults.join('; ')}`),
  );
  const alone = closings.filter(({ prepared_by: a, approved_by: b }) => isSamePerson(a, b));
  checks.push(
    alone.length === 0
      ? pass('two_people', 'who approved is somebody else than who prepared')
      : fault(
          'two_people',
          `closing ${alone.map(({ closing_no: no }) => no).join(', ')}: prepared and approved by one person`,
        ),
  );
  return closing;
}

const CLOSING_NUMBERS = ['closing_no', 'run_id', 'line_count', 'billed_cents', 'correction_count', 'correction_cents'];
const CLOSING_TEXTS = [
  'as_of',
  'prepared_by',
  'prepared_at',
  'approved_by',
  'closed_at',
  'lines_digest',
  'results_digest',
  'items_digest',
];

function asClosingFile(value: Record<string, unknown>): ProofClosingFile | null {
  const { closings, account, period, account_id: id, closing_no: no, billed_cents: cents } = value;
  const isWhole = typeof account === 'string' && typeof period === 'string' && Array.isArray(closings);
  if (!isWhole || closings.length === 0 || ![id, no, cents].every(Number.isSafeInteger)) return null;
  const areWhole = closings.every((closing: unknown) => {
    const fields: Record<string, unknown> = { ...Object(closing) };
    return (
      CLOSING_NUMBERS.every((name) => Number.isSafeInteger(fields[name])) &&
      CLOSING_TEXTS.every((name) => typeof fields[name] === 'string')
    );
  });
  // Every field that is read below was looked at.
  return areWhole ? (value as unknown as ProofClosingFile) : null;
}

/** The results give the digest that the run and the last closing name. */
export async function checkResults(rows: Rows, { closings, run }: ProofClosingFile): Promise<ProofCheck[]> {
  const results: Array<Array<string | null>> = [];
  for await (const row of rows) results.push(PROOF_COLUMNS['results.csv'].map((column) => row.optional(column)));
  const digest = resultsDigest(results);
  if (digest !== closings.at(-1)?.results_digest) {
    return [fault('results', 'results.csv: its rows do not give the digest of the last closing')];
  }
  if (digest !== run['results_digest'])
    return [fault('results', 'closing.json: the run has another digest of its results')];
  return [pass('results', `${results.length} results`)];
}

/** The items of each closing give its digest. */
export async function checkItems(rows: Rows, { closings }: ProofClosingFile): Promise<ProofCheck[]> {
  const texts = new Map<number, string[]>(closings.map(({ closing_no: no }) => [no, []]));
  for await (const row of rows) {
    const of = texts.get(row.whole('closing_no'));
    if (of === undefined) return [fault('items', `items.csv, line ${row.line}: a closing that is not there`)];
    of.push(
      itemText({
        closingNo: row.text('closing_no'),
        itemId: row.text('item_id'),
        checkId: row.text('check_id'),
        subjectKind: row.text('subject_kind'),
        subjectId: row.text('subject_id'),
        reason: row.text('reason'),
        severity: row.text('severity'),
        state: row.text('state'),
        cents: row.text('cents'),
        owedCents: row.text('owed_cents'),
        decidedBy: row.optional('decided_by'),
        approvedBy: row.optional('approved_by'),
        note: row.optional('note'),
      }),
    );
  }
  const wrong = closings.filter(
    ({ closing_no: no, items_digest: digest }) => sha256((texts.get(no) ?? []).join('\n')) !== digest,
  );
  if (wrong.length > 0) {
    return [
      fault(
        'items',
        `items.csv: the items of closing ${wrong.map(({ closing_no: no }) => no).join(', ')} do not give its digest`,
      ),
    ];
  }
  return [pass('items', `${[...texts.values()].reduce((sum, { length }) => sum + length, 0)} items`)];
}

interface LineTotals {
  readonly digest: LinesDigest;
  lines: number;
  cents: bigint;
  corrections: number;
  correctionCents: bigint;
}

/** The lines of each closing give its digest, its number of lines and its sums. */
export async function checkLines(rows: Rows, { closings, period }: ProofClosingFile): Promise<ProofCheck[]> {
  const totals = new Map<string, LineTotals>(
    closings.map(({ closing_no: no }) => [
      String(no),
      { digest: new LinesDigest(), lines: 0, cents: 0n, corrections: 0, correctionCents: 0n },
    ]),
  );
  let count = 0;
  for await (const row of rows) {
    const of = totals.get(row.text('closing_no'));
    if (of === undefined) return [fault('lines', `lines.csv, line ${row.line}: a closing that is not there`)];
    const isCorrection = row.text('is_correction') === 'true';
    const chargePeriod = row.text('charge_period');
    if (isCorrection !== chargePeriod < `${period}-01`) {
      return [fault('lines', `lines.csv, line ${row.line}: a correction is of an earlier month, and only it`)];
    }
    const cents = row.whole('cents');
    of.digest.add({
      closingNo: row.text('closing_no'),
      usageDate: row.text('usage_date'),
      chargeKind: row.text('charge_kind'),
      subjectId: row.text('subject_id'),
      chargePeriod,
      isCorrection,
      quantity: row.optional('quantity'),
      cents: row.text('cents'),
    });
    count += 1;
    of.lines += 1;
    of.cents += BigInt(cents);
    if (!isCorrection) continue;
    of.corrections += 1;
    of.correctionCents += BigInt(cents);
  }
  const faults = closings.flatMap((closing) => lineFaults(closing, totals.get(String(closing.closing_no))));
  return faults.length === 0
    ? [
        pass(
          'lines',
          `${counted(count, 'line')} give the digest and the sums of ${counted(closings.length, 'closing')}`,
        ),
      ]
    : [fault('lines', `lines.csv: ${faults.join('; ')}`)];
}

function lineFaults(closing: ProofClosing, found: LineTotals | undefined): string[] {
  if (found === undefined) return [];
  const pairs: ReadonlyArray<readonly [string, unknown, unknown]> = [
    ['lines', found.lines, closing.line_count],
    ['sum', formatDollars(Number(found.cents)), formatDollars(closing.billed_cents)],
    ['corrections', found.corrections, closing.correction_count],
    ['sum of the corrections', formatDollars(Number(found.correctionCents)), formatDollars(closing.correction_cents)],
    ['digest of the lines', found.digest.end(), closing.lines_digest],
  ];
  return pairs.flatMap(([what, is, should]) =>
    is === should ? [] : [`closing ${closing.closing_no}: ${what} ${is}, not ${should}`],
  );
}

/** The chain has no gap, each event the digest that its text gives, and each closing its event. */
export async function checkEvents(
  rows: Rows,
  closing: ProofClosingFile,
  head: string,
): Promise<{ readonly found: readonly ProofCheck[]; readonly digests: ReadonlySet<string> }> {
  const digests = new Set<string>();
  const closed = new Map<number, EventRow>();
  let previous = NO_DIGEST;
  for await (const row of rows) {
    const event = eventOf(row);
    const where = `events.csv, line ${row.line} (event ${digests.size + 1})`;
    if (event.sequenceNo !== String(digests.size + 1))
      return chainFault(digests, `${where}: its number is ${event.sequenceNo}`);
    if (event.previousDigest !== previous)
      return chainFault(digests, `${where}: it does not hold the digest of the one before`);
    if (eventDigest(closing.account_id, event) !== event.digest)
      return chainFault(digests, `${where}: its text does not give its digest`);
    previous = event.digest;
    digests.add(event.digest);
    if (event.kind === 'period_closed' && event.period === `${closing.period}-01`) closed.set(closed.size + 1, event);
  }
  if (previous !== head)
    return chainFault(digests, 'events.csv: the last event is not the one that the manifest names');
  const faults = closing.closings.flatMap((one) => closedFaults(closing, one, closed.get(one.closing_no)));
  if (closed.size !== closing.closings.length) faults.push(`the chain closes the month ${closed.size} times`);
  const found = [
    pass('events', `${digests.size} events, each with the digest of the one before`),
    faults.length === 0
      ? pass('closed', 'the chain says of every closing what closing.json says')
      : fault('closed', faults.join('; ')),
  ];
  return { found, digests };
}

function chainFault(digests: ReadonlySet<string>, detail: string) {
  return { found: [fault('events', detail)], digests };
}

function eventOf(row: TableRow): EventRow {
  return {
    sequenceNo: row.text('sequence_no'),
    happenedAt: row.text('happened_at'),
    actor: row.text('actor'),
    login: row.text('login'),
    kind: row.text('kind'),
    period: row.optional('period'),
    itemId: row.optional('item_id'),
    runId: row.optional('run_id'),
    details: row.text('details'),
    previousDigest: row.text('previous_digest'),
    digest: row.text('digest'),
  };
}

/** What the event of a closing says otherwise than closing.json; its details hold the figures by the same names. */
function closedFaults(file: ProofClosingFile, closing: ProofClosing, event: EventRow | undefined): string[] {
  if (event === undefined) return [`closing ${closing.closing_no} has no event`];
  const details: Record<string, unknown> = { ...Object(parse(event.details)) };
  const names = [
    'closing_no',
    'prepared_by',
    'approved_by',
    'line_count',
    'billed_cents',
    'correction_count',
    'correction_cents',
    'lines_digest',
    'results_digest',
    'items_digest',
  ] as const;
  const others: string[] = names.filter((name) => String(details[name]) !== String(closing[name]));
  // Of the closings before the last one the file has no run.
  const isLast = closing.closing_no === file.closing_no;
  if (isLast && details['closing_digest'] !== closingDigest(file.account_id, file.period, closing, file.run)) {
    others.push('instant, name, statement or run');
  }
  return others.map((what) => `event ${event.sequenceNo} says of closing ${closing.closing_no} another ${what}`);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
