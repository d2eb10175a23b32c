/** True where the run looks back: something of its month was seen after its instant, so that views, which know the present, say something else. */
export const LOOKS_BACK = `(
  exists (
    select from warehouse.faxes f
    where f.account_id = (select account_id from asked) and f.created_at >= (select starts_at from asked) and f.created_at < (select ends_at from asked)
      and f.observed_at > (select as_of from asked))
  or exists (
    select from warehouse.faxes f
    where f.account_id = (select account_id from asked) and f.created_at is null and f.observed_at > (select as_of from asked)
      and coalesce(f.completed_at, f.observed_at) >= (select starts_at from asked))
  or exists (
    select from warehouse.phone_number_charges c
    where c.account_id = (select account_id from asked) and c.billed_at >= (select starts_at from asked) and c.billed_at < (select ends_at from asked)
      and c.observed_at > (select as_of from asked)))`;
