-- Answers: which numbers there are, what each costs, where it comes from and which adapter it hangs on. One row a number, whatever
-- was listed twice. Runs with the caller's rights, so a BI login sees the accounts it was granted.
-- Shown: the account's own fax numbers, which are what the view is about. Never shown: contacts, names, billing data, texts of notes.

drop view if exists report.number_inventory;

create view report.number_inventory with (security_invoker = true) as
with
  newest_ports as (
    select distinct on (p.account_id, p.port_number)
      p.account_id, p.port_number as phone_number, p.port_number_id, p.port_order_id, p.status,
      p.gone_at_source_at is not null as is_gone,
      coalesce(p.status in ('succeeded', 'failed'), false) as is_final,
      o.created_at, o.completed_at
    from warehouse.port_numbers p
    left join warehouse.port_orders o on o.account_id = p.account_id and o.port_order_id = p.port_order_id
    where p.port_number is not null
    order by
      p.account_id, p.port_number, p.gone_at_source_at is not null,
      o.created_at desc nulls last, p.port_order_id desc nulls last, p.port_number_id desc
  ),
  charges as (
    select account_id, phone_number, count(*)::integer as rent_count, sum(cost_cents) as rent_total_cents
    from warehouse.phone_number_charges
    group by account_id, phone_number
  ),
  live_atas as (
    select account_id, ata_id, name, user_phone_number, last_registered_at, expires_at
    from warehouse.atas
    where gone_at_source_at is null
  ),
  ata_matches as (
    select account_id, user_phone_number as phone_number, ata_id, name, last_registered_at, expires_at, 1 as preference
    from live_atas
    where user_phone_number is not null
    union all
    select n.account_id, n.phone_number, a.ata_id, a.name, a.last_registered_at, a.expires_at, 2 as preference
    from warehouse.phone_numbers n
    join live_atas a on a.account_id = n.account_id and a.name = n.ata_name
    where n.released_at is null and a.user_phone_number is distinct from n.phone_number
  ),
  best_atas as (
    select distinct on (account_id, phone_number)
      account_id, phone_number, ata_id, name, last_registered_at, expires_at,
      (count(*) over (partition by account_id, phone_number))::integer as ata_count
    from ata_matches
    order by account_id, phone_number, preference, last_registered_at desc nulls last, ata_id desc
  ),
  known_numbers as (
    select
      coalesce(n.account_id, p.account_id) as account_id,
      coalesce(n.phone_number, p.phone_number) as phone_number,
      case
        when n.phone_number is not null and n.released_at is null then 'active'
        when not p.is_gone and not p.is_final then 'porting'
        when not p.is_gone and p.status = 'succeeded'
          and (n.released_at is null or n.released_at < coalesce(p.completed_at, p.created_at)) then 'ported'
        when n.released_at is not null then 'released'
        when p.is_gone then 'port_gone'
        else 'port_failed'
      end as inventory_status,
      n.phone_number is not null and n.missing_since is null as is_listed,
      n.city, n.state, n.country, n.provisioned_at, n.released_at, n.last_billed_at,
      case when n.released_at is null then n.cost_cents end as monthly_rent_cents,
      case when n.released_at is null then n.ata_name end as listed_ata_name,
      p.port_order_id, p.port_number_id,
      p.status as port_status,
      case when p.is_final then p.completed_at when not p.is_gone then now() end - p.created_at as port_age,
      case when p.port_number_id is not null then not p.is_gone and coalesce(p.status = 'needinfo', false) end as is_blocked
    from warehouse.phone_numbers n
    full join newest_ports p on p.account_id = n.account_id and p.phone_number = n.phone_number
  )
select
  a.account_key,
  k.phone_number,
  k.inventory_status,
  k.is_listed,
  k.city,
  k.state,
  k.country,
  k.provisioned_at,
  k.released_at,
  k.monthly_rent_cents,
  (k.monthly_rent_cents / 100.0)::numeric(14, 2) as monthly_rent_usd,
  coalesce(c.rent_count, 0) as rent_count,
  coalesce(c.rent_total_cents, 0) as rent_total_cents,
  (coalesce(c.rent_total_cents, 0) / 100.0)::numeric(14, 2) as rent_total_usd,
  k.last_billed_at,
  k.port_order_id,
  k.port_number_id,
  k.port_status,
  k.is_blocked as is_port_blocked_on_information,
  (extract(epoch from k.port_age) / 86400)::numeric(10, 2) as port_age_days,
  b.ata_id,
  coalesce(b.name, k.listed_ata_name) as ata_name,
  coalesce(b.ata_count, 0) as ata_count,
  b.last_registered_at as ata_last_registered_at,
  b.expires_at < now() as is_ata_registration_expired
from known_numbers k
join warehouse.accounts a on a.account_id = k.account_id
left join charges c on c.account_id = k.account_id and c.phone_number = k.phone_number
left join best_atas b on b.account_id = k.account_id and b.phone_number = k.phone_number;

comment on view report.number_inventory is 'One row a fax number that an account has, had, or asked to bring. The account''s own numbers are shown to whoever may read the account; contacts, names, billing data and texts of notes are not.';
comment on column report.number_inventory.account_key is 'Name of the account in the settings; with phone_number the key of the view.';
comment on column report.number_inventory.phone_number is 'The number, E.164 where it could be read, else as sent.';
comment on column report.number_inventory.inventory_status is 'active: the account has it; porting: a port is under way; ported: its port succeeded and no listing shows it yet; released: the account had it; port_failed: never had, its newest port failed; port_gone: never had, and the provider no longer shows its port. The first that is true.';
comment on column report.number_inventory.is_listed is 'True while the newest complete listing of the account''s numbers shows it. An active number that is not listed is released once a second listing misses it too.';
comment on column report.number_inventory.city is 'City of the area code; may be a comma list. Null for numbers never listed.';
comment on column report.number_inventory.state is 'State (place) of the area code; null for numbers never listed.';
comment on column report.number_inventory.country is 'Country, as text; null for numbers never listed and in v1.';
comment on column report.number_inventory.provisioned_at is 'When the number was bought or came in; null for numbers never listed.';
comment on column report.number_inventory.released_at is 'First complete listing without it, once a second one missed it too; null while the account has it, and for numbers never listed.';
comment on column report.number_inventory.monthly_rent_cents is 'Rent a month in US cents as now paid, so that its sum is that of the account; null when released, never listed, or not sent.';
comment on column report.number_inventory.monthly_rent_usd is 'The same in US dollars.';
comment on column report.number_inventory.rent_count is 'Rents seen (phone_number_charges); 0 where none was. Rents before the mirror began are not known, except the last.';
comment on column report.number_inventory.rent_total_cents is 'Sum of the rents seen, in US cents; 0 where none was.';
comment on column report.number_inventory.rent_total_usd is 'The same in US dollars.';
comment on column report.number_inventory.last_billed_at is 'Last time the rent was taken; null for numbers never listed, or when not sent.';
comment on column report.number_inventory.port_order_id is 'Newest order that brings or brought the number (warehouse.port_orders), one still shown by the provider before one that is not; null where there is none.';
comment on column report.number_inventory.port_number_id is 'The number in that order (warehouse.port_numbers), by which its notes are found; null where there is none.';
comment on column report.number_inventory.port_status is 'Status of the number in that order: open, submitted, needinfo, succeeded, failed, or another word as sent; null where there is none.';
comment on column report.number_inventory.is_port_blocked_on_information is 'True while that port waits for information (needinfo); null where there is no port.';
comment on column report.number_inventory.port_age_days is 'Days from the order''s creation until now, for a final number until the order''s completion; null where there is no port, one of the times is missing, or a port under way is no longer shown.';
comment on column report.number_inventory.ata_id is 'Adapter of the number (warehouse.atas): one that names the number, else one with the name the number carries, the one registered last among several; null where none is known.';
comment on column report.number_inventory.ata_name is 'Name of that adapter, or the name the number carries where no adapter has it; null where there is none.';
comment on column report.number_inventory.ata_count is 'Adapters that match; more than 1 is a conflict to be cleared at the provider.';
comment on column report.number_inventory.ata_last_registered_at is 'When that adapter last registered; null where it never did, or there is none.';
comment on column report.number_inventory.is_ata_registration_expired is 'True where its registration has ended; null where there is no adapter or it never registered.';

grant select on report.number_inventory to faxsync_reader, faxsync_bi;
