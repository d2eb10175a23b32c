/** What an exception of a check is worth. `info` is told and never counted as a difference. */
export type CheckSeverity = 'error' | 'warn' | 'info';

/** How far left and right of one row may lie apart; of amount and share the stricter one holds. Null: not limited by it. */
export interface Tolerance {
  /** In the unit of the check. */
  readonly amount: number | null;
  /** Share of the right side's size, 0 to 1. */
  readonly share: number | null;
}

/** One negotiated price; it stands above the provider's list. */
export interface NegotiatedRate {
  /** ISO 3166-1 alpha-2, or `*` for every country. A country's own line stands above `*`. */
  readonly country: string;
  readonly direction: 'sent' | 'received' | '*';
  /** US cents a page; may have up to four decimals. A fax is rounded half up to whole cents. */
  readonly pricePerPageCents: number;
  /** First day, `YYYY-MM-DD` in the billing zone. */
  readonly from: string;
  /** First day on which it no longer holds; null: it holds on. */
  readonly to: string | null;
}

/** Limits of the checks of one account. Kept by version; every run names the version it used. */
export interface CheckLimits {
  /** Days after the end of a month until it may be closed. */
  readonly settleDays: number;
  /** Days after its end that a fax's failed recipients may still be credited; after that a missing credit is owed. */
  readonly creditDays: number;
  /** IANA zone in which the provider's counters begin their day and month. */
  readonly counterZone: string;
  /** Whether the provider's counters count test faxes. */
  readonly countersIncludeTests: boolean;
  /** Amount of one automatic recharge in US cents; null: any whole dollar amount may be one. */
  readonly rechargeCents: number | null;
  /** Hours after which an open fax is stuck. */
  readonly stuckHours: number;
  /** Hours after which a listing or a load is late. */
  readonly freshHours: number;
  /** Days without traffic after which a number is idle. */
  readonly idleDays: number;
  /** Tag by whose values cost is charged back; null: all cost is untagged. */
  readonly chargebackTag: string | null;
  /** Share of a month's cost that may be rated by no card before it is an exception, 0 to 1. */
  readonly unratedShareMax: number;
  /** Above this amount in US cents a write-off needs a second person. */
  readonly writeOffMaxCents: number;
  /** Days after a month's end in which the contract takes disputes; null: no limit is known. */
  readonly disputeDays: number | null;
  /** Tolerances by check id, in place of the registered ones. */
  readonly tolerances: Readonly<Record<string, Tolerance>>;
}

/** Everything that can be set about the reconciliation of one account. */
export interface ReconciliationSettings {
  readonly limits: CheckLimits;
  readonly rates: readonly NegotiatedRate[];
}

/** What holds where nothing is set. */
export const RECONCILIATION_DEFAULTS: ReconciliationSettings = {
  limits: {
    settleDays: 5,
    creditDays: 35,
    counterZone: 'America/Chicago',
    countersIncludeTests: true,
    rechargeCents: null,
    stuckHours: 24,
    freshHours: 26,
    idleDays: 90,
    chargebackTag: 'department',
    unratedShareMax: 0.02,
    writeOffMaxCents: 1_000,
    disputeDays: 60,
    tolerances: {},
  },
  rates: [],
};

/** The month of a bill: its first day, `YYYY-MM-01`. */
export type Period = string & { readonly __period: never };

/** Reads `2026-10` or `2026-10-01`; null for anything else. */
export function parsePeriod(text: string): Period | null {
  const [, month] = /^(\d{4}-(?:0[1-9]|1[0-2]))(?:-01)?$/.exec(text) ?? [];
  return month === undefined ? null : (`${month}-01` as Period);
}

/** The month `count` months after (before, where negative) another. */
export function shiftPeriod(period: Period, count: number): Period {
  const months = Number(period.slice(0, 4)) * 12 + Number(period.slice(5, 7)) - 1 + count;
  return `${String(Math.floor(months / 12)).padStart(4, '0')}-${String((months % 12) + 1).padStart(2, '0')}-01` as Period;
}
