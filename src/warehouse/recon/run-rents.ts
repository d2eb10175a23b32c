/** SQL behind `from`: the rents of the month as the run knows them, rows `c` of `warehouse.phone_number_charges`. */
export const RENTS = `
  warehouse.phone_number_charges c
  where c.account_id = (select account_id from asked) and c.billed_at >= (select starts_at from asked) and c.billed_at < (select ends_at from asked)
    and c.observed_at <= (select as_of from asked)`;

/** What they come to: one bigint. */
export const RENTS_SUM = `select coalesce(sum(c.cost_cents), 0)::bigint from ${RENTS}`;
