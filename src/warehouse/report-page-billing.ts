import type pg from 'pg';
import { type Asked, ask, monthStart, type ReportScope } from './report-page-ask.ts';
import { text, textOrNull, whole, wholeOrNull } from './report-page-read.ts';

/** What one day cost. Whole US cents; credits above zero. */
export interface DayBilling {
  /** `YYYY-MM-DD` in the billing zone. */
  readonly day: string;
  readonly faxChargedCents: number;
  readonly rentChargedCents: number;
  readonly creditedCents: number;
}

const BILLING = `
select usage_date,
  coalesce(sum(charged_cents) filter (where charge_kind is distinct from 'rent'), 0) as fax_charged_cents,
  coalesce(sum(charged_cents) filter (where charge_kind = 'rent'), 0) as rent_charged_cents,
  sum(credited_cents) as credited_cents
from report.billing_by_day
where account_key = $1 and usage_date between $2::date and $3::date
group by usage_date
order by usage_date`;

/** Charges and credits of each day that has any. */
export function readBilling(client: pg.ClientBase, { account, from, to }: ReportScope): Promise<Asked<DayBilling>> {
  return ask(client, { sql: BILLING, parameters: [account, from, to] }, (row) => ({
    day: text(row, 'usage_date'),
    faxChargedCents: whole(row, 'fax_charged_cents'),
    rentChargedCents: whole(row, 'rent_charged_cents'),
    creditedCents: whole(row, 'credited_cents'),
  }));
}

/** What a value of the tag cost; with its other rows it adds up to all charges of the months. */
export interface TagCost {
  readonly tagName: string;
  /** `tag`: this value; `others`: values that are rare, look like a number or an address, or are not among the dearest; `untagged`; `received`; `shared`: rents. */
  readonly shareKind: string;
  /** Null but for `tag`. */
  readonly tagValue: string | null;
  /** Different values in the row. */
  readonly valueCount: number;
  readonly faxCount: number;
  readonly pageCount: number;
  readonly costCents: number;
}

// The tag that names most faxes by values of at least a group is shown; what might be a telephone number or an address of mail never is, be it value or name.
// The page judges once more, by the digits of all scripts, which not every database knows. A tag of which no sums are kept has a value for nearly every fax and
// names no group; to count its faxes would take longer than all the rest of the page.
const NO_NUMBER = (column: string) =>
  `length(regexp_replace(${column}, '[^0-9]', '', 'g')) < 7 and ${column} not like '%@%'`;

const BEST_TAG = `
select t.tag_name
from (
  select t.tag_name, t.tag_value, sum(t.fax_count) as fax_count
  from warehouse.accounts a
  join rollup.tag_months t on t.account_id = a.account_id
  where a.account_key = $1 and t.usage_month between $2::date and $3::date
    and not exists (select from rollup.unrolled_tags u where u.account_id = t.account_id and u.tag_name = t.tag_name)
  group by t.tag_name, t.tag_value
) t
where t.fax_count >= $4 and ${NO_NUMBER('t.tag_value')} and ${NO_NUMBER('t.tag_name')}
group by t.tag_name order by sum(t.fax_count) desc, t.tag_name limit 1`;

const TAGS = `
with
  by_value as (
    select tag_name, share_kind, tag_value,
      sum(fax_count) as fax_count, sum(page_count) as page_count, sum(cost_cents) as cost_cents
    from report.chargeback
    where account_key = $1 and usage_month between $2::date and $3::date and tag_name = $5
    group by tag_name, share_kind, tag_value
  ),
  judged as (
    select b.*, share_kind = 'tag' and fax_count >= $4 and ${NO_NUMBER('tag_value')} as is_group
    from by_value b
  ),
  ranked as (
    select j.*, row_number() over (partition by is_group order by cost_cents desc, tag_value) as place
    from judged j
  ),
  folded as (
    select tag_name, fax_count, page_count, cost_cents,
      case when is_group and place <= 12 then tag_value end as tag_value,
      case when share_kind = 'tag' and not (is_group and place <= 12) then 'others' else share_kind end as share_kind
    from ranked
  )
select tag_name, share_kind, tag_value, count(*) as value_count,
  sum(fax_count) as fax_count, sum(page_count) as page_count, sum(cost_cents) as cost_cents
from folded
group by tag_name, share_kind, tag_value
order by case share_kind when 'tag' then 1 when 'others' then 2 when 'untagged' then 3 when 'received' then 4 else 5 end, sum(cost_cents) desc, tag_value`;

/** Cost by the values of one tag, over whole months; no row where no tag has a value in at least `groupMin` faxes. */
export async function readTags(
  client: pg.ClientBase,
  { account, from, to }: ReportScope,
  groupMin: number,
): Promise<Asked<TagCost>> {
  const of = [account, monthStart(from), monthStart(to), groupMin];
  const { rows } = await client.query<{ tag_name: string }>(BEST_TAG, of);
  return ask(client, { sql: TAGS, parameters: [...of, rows[0]?.tag_name ?? ''] }, (row) => ({
    tagName: text(row, 'tag_name'),
    shareKind: text(row, 'share_kind'),
    tagValue: textOrNull(row, 'tag_value'),
    valueCount: whole(row, 'value_count'),
    faxCount: whole(row, 'fax_count'),
    pageCount: whole(row, 'page_count'),
    costCents: whole(row, 'cost_cents'),
  }));
}

/** What one of the account's own numbers cost. */
export interface NumberCost {
  /** Its last two digits; null for all other numbers together and for what has no number. */
  readonly ending: string | null;
  /** `number`, `others` (more numbers than are shown) or `none`: the provider did not say which. */
  readonly kind: string;
  readonly numberCount: number;
  readonly faxCount: number;
  readonly faxCents: number;
  readonly rentCents: number;
}

const NUMBERS = `
with
  by_number as (
    select phone_number,
      sum(fax_count) as fax_count,
      coalesce(sum(cost_cents) filter (where charge_kind is distinct from 'rent'), 0) as fax_cents,
      coalesce(sum(cost_cents) filter (where charge_kind = 'rent'), 0) as rent_cents
    from report.billing_by_number
    where account_key = $1 and usage_month between $2::date and $3::date
    group by phone_number
  ),
  ranked as (
    select b.*, row_number() over (order by phone_number is null, fax_cents + rent_cents desc, phone_number) as place
    from by_number b
  )
select
  case when phone_number is null then 'none' when place <= 10 then 'number' else 'others' end as kind,
  case when phone_number is not null and place <= 10 then right(phone_number, 2) end as ending,
  count(phone_number) as number_count,
  sum(fax_count) as fax_count, sum(fax_cents) as fax_cents, sum(rent_cents) as rent_cents
from ranked
group by 1, 2, case when place <= 10 then place end
order by min(place)`;

/** Cost by own number, over whole months, the ten dearest. Only the last two digits leave the database. */
export function readNumbers(client: pg.ClientBase, { account, from, to }: ReportScope): Promise<Asked<NumberCost>> {
  return ask(client, { sql: NUMBERS, parameters: [account, monthStart(from), monthStart(to)] }, (row) => ({
    kind: text(row, 'kind'),
    ending: textOrNull(row, 'ending'),
    numberCount: whole(row, 'number_count'),
    faxCount: whole(row, 'fax_count'),
    faxCents: whole(row, 'fax_cents'),
    rentCents: whole(row, 'rent_cents'),
  }));
}

/** Numbers of the account in one state. */
export interface NumbersHeld {
  /** active, porting, ported, released, port_gone or port_failed. */
  readonly status: string;
  readonly numberCount: number;
  /** US cents a month; null where the list says no price. */
  readonly monthlyRentCents: number | null;
}

const HELD = `
select inventory_status, count(*) as number_count, sum(monthly_rent_cents) as monthly_rent_cents
from report.number_inventory
where account_key = $1
group by inventory_status
order by inventory_status`;

/** Numbers by state, as they are now. */
export function readNumbersHeld(client: pg.ClientBase, { account }: ReportScope): Promise<Asked<NumbersHeld>> {
  return ask(client, { sql: HELD, parameters: [account] }, (row) => ({
    status: text(row, 'inventory_status'),
    numberCount: whole(row, 'number_count'),
    monthlyRentCents: wholeOrNull(row, 'monthly_rent_cents'),
  }));
}
