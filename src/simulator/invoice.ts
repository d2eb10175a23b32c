import { type Instant, toIso } from '../domain/time.ts';
import type { LedgerEntry } from './ledger.ts';
import { dayIn, monthIn } from './months.ts';
import type { FaxPlan } from './plan.ts';
import type { SeededRandom } from './random.ts';
import type { RateCard } from './rate-card.ts';

/** One line of an invoice. */
export interface InvoiceLine {
  readonly lineNo: number;
  readonly chargeKind: 'sent' | 'received' | 'rent';
  /** ISO 3166-1 alpha-2; null for rents, and where a fax went to several countries. */
  readonly alpha2: string | null;
  readonly description: string;
  /** Pages charged, or months of rent. */
  readonly quantity: number;
  readonly cents: number;
}

/** A line whose amount is not what the provider took. */
export interface InvoiceSlip {
  readonly invoiceId: string;
  readonly lineNo: number;
  readonly period: string;
  readonly issuedAt: Instant;
  /** Above zero: the line asks for too much. */
  readonly cents: number;
}

/** What an invoice is made of. */
export interface InvoiceScene {
  /** `YYYY-MM`. */
  readonly period: string;
  /** IANA zone of the months. */
  readonly zone: string;
  readonly issuedAt: Instant;
  readonly plans: readonly FaxPlan[];
  readonly ledger: readonly LedgerEntry[];
  readonly card: RateCard;
}

/** Number of a month's invoice. */
export function invoiceIdOf(period: string): string {
  return `INV-${period}`;
}

function countryOf(plan: FaxPlan, card: RateCard): string | null {
  const countries = new Set(plan.recipients?.map(({ alpha2 }) => alpha2) ?? [card.alpha2Of(plan.toNumber ?? '')]);
  const [alpha2 = null, ...others] = countries;
  return others.length === 0 ? alpha2 : null;
}

/**
 * The lines of a month: what the ledger took for its faxes less what it gave back by now, by direction and country, and the rents taken in
 * the month. A fax belongs to the month it was created in. Nothing that was never charged is on it, so test faxes are not.
 */
export function invoiceLines({ period, zone, issuedAt, plans, ledger, card }: InvoiceScene): InvoiceLine[] {
  const byId = new Map(plans.map((plan) => [plan.id, plan]));
  const groups = new Map<string, Omit<InvoiceLine, 'lineNo' | 'description'>>();
  const add = (chargeKind: InvoiceLine['chargeKind'], alpha2: string | null, quantity: number, cents: number): void => {
    // Rents last; within a direction by country.
    const key = `${['sent', 'received', 'rent'].indexOf(chargeKind)}${alpha2 ?? ''}`;
    const group = groups.get(key) ?? { chargeKind, alpha2, quantity: 0, cents: 0 };
    groups.set(key, { ...group, quantity: group.quantity + quantity, cents: group.cents + cents });
  };
  for (const entry of ledger) {
    if (entry.at > issuedAt) break;
    if (entry.kind === 'rent' && monthIn(entry.at, zone) === period) add('rent', null, 1, -entry.cents);
    const plan = entry.faxId === null ? undefined : byId.get(entry.faxId);
    if (plan === undefined || monthIn(plan.createdAt, zone) !== period) continue;
    add(plan.direction, countryOf(plan, card), entry.kind === 'charge' ? plan.pages : 0, -entry.cents);
  }
  return [...groups.entries()]
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([, group], index) => ({ lineNo: index + 1, description: describe(group), ...group }));
}

function describe({ chargeKind, alpha2 }: Pick<InvoiceLine, 'chargeKind' | 'alpha2'>): string {
  if (chargeKind === 'rent') return 'Phone numbers, monthly';
  return `Faxes ${chargeKind}, ${alpha2 ?? 'several countries'}`;
}

/** Makes `count` lines wrong, over or under, by more than any tolerance; each at most once. */
export function slipLines(
  lines: readonly InvoiceLine[],
  count: number,
  random: SeededRandom,
): { readonly lines: InvoiceLine[]; readonly slips: ReadonlyArray<Pick<InvoiceSlip, 'lineNo' | 'cents'>> } {
  const slips = new Map<number, number>();
  const left = [...lines];
  for (let index = 0; index < count && left.length > 0; index++) {
    const [line] = left.splice(random.int(0, left.length - 1), 1);
    if (line === undefined) break;
    const cents = 101 + random.int(1, 2000);
    // An amount below zero would be a credit note.
    slips.set(line.lineNo, random.chance(0.5) || line.cents < cents ? cents : -cents);
  }
  return {
    lines: lines.map((line) => ({ ...line, cents: line.cents + (slips.get(line.lineNo) ?? 0) })),
    slips: [...slips].map(([lineNo, cents]) => ({ lineNo, cents })),
  };
}

function dollars(cents: number): string {
  const digits = String(Math.abs(cents)).padStart(3, '0');
  return `${cents < 0 ? '-' : ''}${digits.slice(0, -2)}.${digits.slice(-2)}`;
}

function csv(rows: ReadonlyArray<ReadonlyArray<string | number>>): string {
  const field = (value: string | number): string => {
    const text = String(value);
    return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  return `${rows.map((row) => row.map(field).join(',')).join('\n')}\n`;
}

/** An invoice as CSV: a header row, then a row a line; amounts in dollars, without tax. */
export function writeInvoice(
  lines: readonly InvoiceLine[],
  of: Pick<InvoiceScene, 'period' | 'zone' | 'issuedAt'>,
): string {
  const header = 'invoice_id,issued_on,period,line_no,charge_kind,country,description,quantity,amount,tax'.split(',');
  const rows = lines.map((line) => [
    invoiceIdOf(of.period),
    dayIn(of.issuedAt, of.zone),
    of.period,
    line.lineNo,
    line.chargeKind,
    line.alpha2 ?? '',
    line.description,
    line.quantity,
    dollars(line.cents),
    'false',
  ]);
  return csv([header, ...rows]);
}

/** Receipts of the money that was added, as CSV: a header row, then a row a recharge, oldest first. */
export function writeReceipts(ledger: readonly LedgerEntry[]): string {
  const header = 'receipt_id,paid_at,amount,method,note'.split(',');
  const rows = ledger
    .filter(({ kind }) => kind === 'recharge')
    .map(({ at, cents }, index) => [`R-${String(index + 1).padStart(4, '0')}`, toIso(at), dollars(cents), 'card', '']);
  return csv([header, ...rows]);
}
