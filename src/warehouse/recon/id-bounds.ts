/** Ids rise with the time of creation up to a few neighbours; so many of them are looked at. */
const NEIGHBOURS = 20;

/**
 * SQL of the lowest id of the account's first faxes created at or after an instant; null where there are none. `at` is SQL.
 * Rows without a fax have no time of creation: by these bounds they lie in one window, and in one month.
 */
export function firstIdFrom(at: string): string {
  return `(select min(fax_id) from (
    select fax_id from warehouse.faxes
    where account_id = (select account_id from asked) and created_at >= ${at} order by created_at limit ${NEIGHBOURS}) following)`;
}

/** SQL of the highest id of the account's last faxes created before an instant; null where there are none. `at` is SQL. */
export function lastIdBefore(at: string): string {
  return `(select max(fax_id) from (
    select fax_id from warehouse.faxes
    where account_id = (select account_id from asked) and created_at < ${at} order by created_at desc limit ${NEIGHBOURS}) preceding)`;
}
