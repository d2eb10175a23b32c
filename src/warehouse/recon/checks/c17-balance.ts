import { type Check, EXACT } from '../check.ts';

/**
 * Left: what the balance lost since the quiet look of the day before, recharges left out. Right: charges less credits and rents, as the books
 * show them for that time. Tolerance: none.
 *
 * When exactly the provider took or gave back an amount only the looks before and after tell, so what every stretch of looks can have cost has
 * bounds; a loss inside them is explained by timing. One outside, alone or together with the days before, is an exception with what cannot be
 * explained, at the likeliest: above zero where the account lost more. See prepare-balance.ts.
 */
export const balance: Check = {
  id: 'C17',
  name: 'balance',
  left: 'what the balance lost, recharges left out',
  right: 'charges less credits, and rents',
  why: 'The balance is the only sum the provider gives; money that moved with no charge to show for it is found nowhere else.',
  unit: 'cents',
  severity: 'error',
  tolerance: EXACT,
  isGate: false,
  every: 'day',
  reasons: {
    timing: 'Equal within what nobody could see: faxes under way at a look, and credits and rents between two looks.',
    balance_differs:
      'The balance moved by more or less than charges, credits, rents and recharges explain. Ask the provider for its ledger of that day and the day before.',
    unknown_hold: 'A fax was under way at the look, and no price is known for it.',
    cost_unknown: 'A fax or a rent was listed without its cost.',
    not_listed: 'No complete listing covers the time yet, so a fax or a number may be missing.',
    record_refused: 'A fax that could not be read may be the reason; see "faxsync rejected".',
    no_look: 'The balance was not looked at twice.',
    with_next_day:
      'Said by report.bill_agreement_by_day: of the day alone nothing is known, it is part of the next day that has a result. Look there.',
  },
  sql: 'select * from run_balance',
};
