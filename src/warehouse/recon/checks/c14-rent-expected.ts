import { type Check, EXACT } from '../check.ts';
import { isoText, rentSteps } from '../rents.ts';

/**
 * Left: what was billed for each anniversary of each number, by the advances of its `last_billed_at`. Right: one rent.
 * Tolerance: none. A billing belongs to the anniversary that it is within 3 days of, counted from the last day of a short month to the same
 * day carried on into the next: which of the two the provider does is not known. Billed rents count in the month they are billed in.
 * Rent of numbers that were given back is C16's.
 */
export const rentExpected: Check = {
  id: 'C14',
  name: 'rent_expected',
  left: 'rent billed for an anniversary, as last_billed_at showed it',
  right: 'one month of rent',
  why: 'The provider sends no bill for numbers: that one was billed twice, or not at all, shows only in the dates of its list.',
  unit: 'cents',
  severity: 'error',
  tolerance: EXACT,
  isGate: false,
  every: 'day',
  reasons: {
    skipped_rent:
      'A list more than 3 days after the anniversary still showed the number unbilled. Nothing is owed; a later bill for it would be right.',
    double_rent:
      'Billed on a day that is no anniversary, or a second time for the same one. Ask the provider for the amount.',
    not_due: 'The anniversary is less than 3 days old.',
    released_meanwhile: 'The number was given back around its anniversary; no look tells whether it was billed before.',
    no_look: 'No complete list was read between this anniversary and the next.',
    cost_unknown: 'The list gave no rent for the number.',
    not_provisioned: 'The list does not say when the number was bought, so nobody knows its anniversaries.',
  },
  sql: `
  with ${rentSteps('(select starts_at from asked)', '(select ends_at from asked)')}
  select (r.at at time zone (select billing_zone from asked))::date::text as grain, 'number' as subject_kind,
    r.phone_number || '@' || ${isoText("case when r.kind in ('rent', 'skipped', 'unknown') then r.due_at else r.billed_at end")} as subject_id,
    case when r.kind = 'skipped' then 0 when r.kind = 'unknown' then null else r.cents end::numeric as left_value,
    case when r.kind = 'extra' then 0 when r.kind = 'unplaced' then null else r.cents end::numeric as right_value,
    case r.kind when 'extra' then r.cents when 'skipped' then -r.cents else 0 end::bigint as cents,
    case r.kind when 'extra' then r.cents else 0 end::bigint as owed_cents,
    case when r.kind in ('unknown', 'unplaced') or r.cents is null then 'not_testable' end as verdict,
    case
      when r.kind = 'unknown' then r.reason
      when r.kind = 'unplaced' then 'not_provisioned'
      when r.cents is null then 'cost_unknown'
      when r.kind = 'extra' then 'double_rent'
      when r.kind = 'skipped' then 'skipped_rent' end as reason
  from rents r where r.kind <> 'after_release'`,
};
