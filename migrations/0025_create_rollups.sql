-- Why: reports answer in milliseconds at ten million faxes. Sums by day, hour, month, area, number and tag are kept in the transaction that loads the
--   faxes: triggers append what each statement added or took away to the pending part of a rollup, a job folds it into the folded part
--   (rollup.fold), and whoever reads a rollup adds both up. So loaders never wait for each other's sums, and a report is exact at any instant.
--   Here are the tables; the next migration keeps them.
-- Locks: recipients are locked while a column is added. Safe with the code before it: yes, nothing reads them.

create schema rollup;
comment on schema rollup is 'Sums over the mirrored account that report views read: exact at any instant, kept by triggers. Not an interface; read schema report.';
grant usage on schema rollup to faxsync_loader, faxsync_reader, faxsync_bi, faxsync_reconciler;

create table rollup.fax_days_folded (
  account_id integer not null,
  usage_date date not null,
  is_open boolean not null,
  is_gone boolean not null,
  direction text,
  status text,
  fax_count bigint not null,
  page_count bigint not null,
  cost_cents bigint not null
) with (fillfactor = 80);
comment on table rollup.fax_days_folded is 'Faxes, their pages and cost by day, direction and status. Test faxes are in no rollup.';
comment on column rollup.fax_days_folded.account_id is 'warehouse.accounts.account_id.';
comment on column rollup.fax_days_folded.usage_date is 'Day, in the account''s billing zone, of created_at, else completed_at, else observed_at.';
comment on column rollup.fax_days_folded.is_open is 'Whether the fax is under way.';
comment on column rollup.fax_days_folded.is_gone is 'Whether the source no longer shows it; outcomes leave those out, money does not.';
comment on column rollup.fax_days_folded.direction is 'sent or received; null where it was not sent.';
comment on column rollup.fax_days_folded.status is 'Status in the provider''s word; null where it was not sent.';
comment on column rollup.fax_days_folded.fax_count is 'Faxes.';
comment on column rollup.fax_days_folded.page_count is 'Pages, each fax once whatever its recipients.';
comment on column rollup.fax_days_folded.cost_cents is 'Their cost now, US cents.';

create table rollup.credit_days_folded (
  account_id integer not null,
  usage_date date not null,
  direction text,
  credited_cents bigint not null
) with (fillfactor = 80);
comment on table rollup.credit_days_folded is 'What was given back of the faxes of a day; with the cost of rollup.fax_days it gives what was charged.';
comment on column rollup.credit_days_folded.account_id is 'warehouse.accounts.account_id.';
comment on column rollup.credit_days_folded.usage_date is 'Day of the fax, as in rollup.fax_days.';
comment on column rollup.credit_days_folded.direction is 'sent or received; null where it was not sent.';
comment on column rollup.credit_days_folded.credited_cents is 'US cents, above zero: the falls of cost in warehouse.fax_history.';

create table rollup.recipient_hours_folded (
  account_id integer not null,
  usage_date date not null,
  hour smallint not null,
  recipient_count bigint not null,
  reached_count bigint not null,
  first_attempt_count bigint not null,
  failed_count bigint not null
) with (fillfactor = 80);
comment on table rollup.recipient_hours_folded is 'Recipients and what became of them by hour of their fax; of warehouse.fax_recipients those that are counted.';
comment on column rollup.recipient_hours_folded.account_id is 'warehouse.accounts.account_id.';
comment on column rollup.recipient_hours_folded.usage_date is 'Day, in the account''s billing zone, of created_at.';
comment on column rollup.recipient_hours_folded.hour is 'Hour of that day, 0 to 23, in the account''s billing zone.';
comment on column rollup.recipient_hours_folded.recipient_count is 'Recipients.';
comment on column rollup.recipient_hours_folded.reached_count is 'Recipients that were reached.';
comment on column rollup.recipient_hours_folded.first_attempt_count is 'Recipients that were reached without a retry.';
comment on column rollup.recipient_hours_folded.failed_count is 'Recipients that failed.';

create table rollup.error_days_folded (
  account_id integer not null,
  usage_date date not null,
  error_id integer,
  direction text,
  error_type text,
  failure_count bigint not null
) with (fillfactor = 80);
comment on table rollup.error_days_folded is 'Failures by day of the fax and error: recipients that failed, and faxes without recipients that did.';
comment on column rollup.error_days_folded.account_id is 'warehouse.accounts.account_id.';
comment on column rollup.error_days_folded.usage_date is 'Day of the fax, as in rollup.fax_days.';
comment on column rollup.error_days_folded.error_id is 'Number of the error; null where none was sent.';
comment on column rollup.error_days_folded.direction is 'Direction of a fax without recipients; sent for recipients, which only sent faxes have.';
comment on column rollup.error_days_folded.error_type is 'The provider''s word for the kind of error; null where none was sent.';
comment on column rollup.error_days_folded.failure_count is 'Failures.';

create table rollup.prefix_months_folded (
  account_id integer not null,
  usage_month date not null,
  dest_prefix text,
  reached_count bigint not null,
  first_attempt_count bigint not null,
  failed_count bigint not null,
  retry_count bigint not null
) with (fillfactor = 80);
comment on table rollup.prefix_months_folded is 'Recipients that were reached or failed, by month of the fax and area of their number.';
comment on column rollup.prefix_months_folded.account_id is 'warehouse.accounts.account_id.';
comment on column rollup.prefix_months_folded.usage_month is 'First day of the month of the fax, in the account''s billing zone.';
comment on column rollup.prefix_months_folded.dest_prefix is 'First five characters of the number; null where it was not sent.';
comment on column rollup.prefix_months_folded.reached_count is 'Recipients that were reached.';
comment on column rollup.prefix_months_folded.first_attempt_count is 'Recipients that were reached without a retry.';
comment on column rollup.prefix_months_folded.failed_count is 'Recipients that failed.';
comment on column rollup.prefix_months_folded.retry_count is 'Retries of these recipients.';

create table rollup.delivery_months_folded (
  account_id integer not null,
  usage_month date not null,
  seconds integer not null,
  direction text,
  status text,
  fax_count bigint not null
) with (fillfactor = 80);
comment on table rollup.delivery_months_folded is 'Faxes by whole seconds from their request until they were over; percentiles of it are exact.';
comment on column rollup.delivery_months_folded.account_id is 'warehouse.accounts.account_id.';
comment on column rollup.delivery_months_folded.usage_month is 'First day of the month of created_at, in the account''s billing zone.';
comment on column rollup.delivery_months_folded.seconds is 'Whole seconds, 0 where the fax ended, by the provider''s clocks, before it began.';
comment on column rollup.delivery_months_folded.direction is 'sent or received; null where it was not sent.';
comment on column rollup.delivery_months_folded.status is 'How it ended.';
comment on column rollup.delivery_months_folded.fax_count is 'Faxes.';

create table rollup.tag_months_folded (
  account_id integer not null,
  usage_month date not null,
  tag_name text not null,
  tag_value text,
  is_received boolean not null,
  fax_count bigint not null,
  page_count bigint not null,
  cost_cents bigint not null
) with (fillfactor = 80);
comment on table rollup.tag_months_folded is 'Faxes, pages and cost by month and value of a tag. Personal data: tag values are the account''s own words.';
comment on column rollup.tag_months_folded.account_id is 'warehouse.accounts.account_id.';
comment on column rollup.tag_months_folded.usage_month is 'First day of the month of the fax, in the account''s billing zone.';
comment on column rollup.tag_months_folded.tag_name is 'Name of the tag, by rollup.tag_label.';
comment on column rollup.tag_months_folded.tag_value is 'Its value, by rollup.tag_label; null where the provider sent a null.';
comment on column rollup.tag_months_folded.is_received is 'Whether the faxes were received: of the provider none was ever seen that has a tag.';
comment on column rollup.tag_months_folded.fax_count is 'Faxes.';
comment on column rollup.tag_months_folded.page_count is 'Their pages.';
comment on column rollup.tag_months_folded.cost_cents is 'Their cost now, US cents.';

-- Keys of an index must be short, and the provider's words and tags need not be.
create function rollup.tag_label(tag text) returns text language sql immutable as $$
  select case when octet_length(tag) <= 500 then tag else left(tag, 100) || '... ' || md5(tag) end
$$;
comment on function rollup.tag_label is 'Name or value of a tag as reports show it: of more than 500 bytes its beginning and the MD5 of it all.';

create table rollup.unrolled_tags (
  account_id integer not null,
  tag_name text not null,
  unrolled_at timestamptz not null default now(),
  constraint unrolled_tags_pkey primary key (account_id, tag_name)
);
comment on table rollup.unrolled_tags is 'Tags with more than 10,000 values in a month, such as order numbers: their sums would be as many as the faxes, so reports count the faxes themselves.';
comment on column rollup.unrolled_tags.account_id is 'warehouse.accounts.account_id.';
comment on column rollup.unrolled_tags.tag_name is 'Name of the tag; rows that rollup.tag_months still has of it do not count.';
comment on column rollup.unrolled_tags.unrolled_at is 'When the fold found that it has too many values.';
alter table rollup.unrolled_tags enable row level security;
create policy all_accounts on rollup.unrolled_tags to faxsync_loader, faxsync_reader using (true) with check (true);
create policy granted_accounts on rollup.unrolled_tags for select to faxsync_bi using (account_id in (select warehouse.visible_accounts()));
grant select on rollup.unrolled_tags to faxsync_loader, faxsync_reader, faxsync_bi;

create function warehouse.is_counted(created_at timestamptz, is_test boolean, gone_at_source_at timestamptz) returns boolean language sql immutable as $$
  select created_at is not null and is_test is not true and gone_at_source_at is null
$$;
comment on function warehouse.is_counted is 'Whether the recipients of a fax count in reports of outcomes.';

-- Kept on the recipient, since asking the fax of each took as long as all that is counted of it.
-- What is there already is true without being written, and what is not is marked by the next migration; code that does not know the column leaves it null, for the
-- trigger to find.
alter table warehouse.fax_recipients add column is_counted boolean default true;
alter table warehouse.fax_recipients alter column is_counted drop default;
comment on column warehouse.fax_recipients.is_counted is 'False for recipients of test faxes, of faxes gone at the source and of faxes without created_at: reports of outcomes leave them out. Follows the fax; null only where there is no fax.';

-- What is pending has no key, so that appending it costs nothing and meets nobody. Times to deliver differ from fax to fax, so they are appended in arrays:
-- a row for each took as long as all other rows together.
create table rollup.delivery_months_pending (
  account_id integer not null,
  usage_month date not null,
  direction text,
  status text,
  came_seconds integer[],
  left_seconds integer[]
);
comment on column rollup.delivery_months_pending.account_id is 'warehouse.accounts.account_id.';
comment on column rollup.delivery_months_pending.usage_month is 'First day of the month of created_at, in the account''s billing zone.';
comment on column rollup.delivery_months_pending.direction is 'sent or received; null where it was not sent.';
comment on column rollup.delivery_months_pending.status is 'How they ended.';
comment on column rollup.delivery_months_pending.came_seconds is 'Whole seconds that each fax took that came to it; null for none.';
comment on column rollup.delivery_months_pending.left_seconds is 'The same of faxes that no longer belong to it.';

do $$
declare
  folded record;
begin
  for folded in
    select r.name, r.keys, r.columns, case r.name
      when 'delivery_months' then
        'select p.account_id, p.usage_month, s.seconds, p.direction, p.status, 1::bigint from rollup.delivery_months_pending p cross join lateral unnest(p.came_seconds) s (seconds)
         union all
         select p.account_id, p.usage_month, s.seconds, p.direction, p.status, -1::bigint from rollup.delivery_months_pending p cross join lateral unnest(p.left_seconds) s (seconds)'
      else format('select p.%s from rollup.%I p', replace(r.columns, ', ', ', p.'), r.name || '_pending') end as pending
    from (
      select replace(c.relname, '_folded', '') as name, string_agg(quote_ident(a.attname), ', ' order by a.attnum) as columns,
        string_agg(quote_ident(a.attname), ', ' order by a.attnum) filter (where a.attname !~ '_(count|cents)$') as keys
      from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0
      where c.relnamespace = 'rollup'::regnamespace and c.relname like '%\_folded' and c.relkind = 'r'
      group by c.relname
    ) r
  loop
    execute format('alter table rollup.%I add constraint %I unique nulls not distinct (%s)', folded.name || '_folded', folded.name || '_folded_key', folded.keys);
    if folded.name <> 'delivery_months' then
      execute format('create table rollup.%I (like rollup.%I including comments)', folded.name || '_pending', folded.name || '_folded');
    end if;
    execute format('alter table rollup.%I set (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 20000)', folded.name || '_pending');
    execute format('comment on table rollup.%I is ''What statements added to rollup.%s and took away since it was last folded.''', folded.name || '_pending', folded.name);
    execute format('create view rollup.%I with (security_invoker = true) as select %s from rollup.%I union all %s',
      folded.name, folded.columns, folded.name || '_folded', folded.pending);
    execute format('comment on view rollup.%I is %L', folded.name, obj_description(('rollup.' || folded.name || '_folded')::regclass)
      || ' Folded and pending rows: several rows a key, to be summed.');
    execute (select string_agg(format('comment on column rollup.%I.%I is %L', folded.name, a.attname, col_description(a.attrelid, a.attnum)), '; ')
      from pg_attribute a where a.attrelid = ('rollup.' || folded.name || '_folded')::regclass and a.attnum > 0);
    execute (select string_agg(format('
      alter table rollup.%1$I enable row level security;
      create policy all_accounts on rollup.%1$I to faxsync_loader, faxsync_reader using (true) with check (true);
      create policy granted_accounts on rollup.%1$I for select to faxsync_bi using (account_id in (select warehouse.visible_accounts()));
      grant select on rollup.%1$I to faxsync_loader, faxsync_reader, faxsync_bi', folded.name || part), ';') from unnest(array['_folded', '_pending']) part);
    -- Loads append; whatever else happens to sums is done by rollup.fold and rollup.rebuild, with their owner's rights.
    execute format('grant insert on rollup.%I to faxsync_loader', folded.name || '_pending');
    execute format('grant select on rollup.%I to faxsync_loader, faxsync_reader, faxsync_bi', folded.name);
  end loop;
end
$$;
