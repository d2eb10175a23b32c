import { type Check, EXACT } from '../check.ts';

/**
 * Left: a recharge that the balance shows (see balance-recharges.ts). Right: the receipts for it, of the same amount and at most 3 business days
 * away. And the other way about: each receipt of the month on the right, what of it reached the balance on the left. Tolerance: none.
 */
export const recharges: Check = {
  id: 'C18',
  name: 'recharges',
  left: 'recharges that the balance shows',
  right: 'receipts that were imported',
  why: 'The provider shows no payments. Money paid that never reached the balance is lost; money that came without a receipt lacks its voucher.',
  unit: 'cents',
  severity: 'warn',
  tolerance: EXACT,
  isGate: false,
  every: 'day',
  reasons: {
    no_receipts: 'No receipt of the account was ever imported.',
    no_receipt: 'The balance rose by a recharge for which no receipt was imported within 3 business days. Import it.',
    receipt_may_follow: 'The recharge is less than 3 business days old.',
    receipt_without_recharge: 'Paid by the receipt, but the balance never rose by it. Ask the provider for the amount.',
    recharge_may_follow: 'The receipt is less than 3 business days old.',
    no_look: 'The balance was not looked at around the day of the receipt.',
  },
  sql: 'select * from run_recharges',
};
