-- Why: every list of objects that the provider gives whole is mirrored in the same form: a table of the objects as last listed and a
--   table of their changes, both under the rules of migration 0006. Two functions make that form, so that a new list is one table.
-- Locks: ops.slices, exclusively, while it is read once for the index (a column that may be null needs no rewrite). Safe with the code before it: yes.

alter table ops.slices add column subject_id text, add column shown_keys text[];
comment on column ops.slices.subject_id is 'Object whose own list this was, where a list exists once for each of them (notes of a number being ported); null elsewhere.';
comment on column ops.slices.shown_keys is 'Keys of the objects that an incomplete snapshot showed, since it speaks for nothing else; null for complete ones, and for slices of faxes. Personal data where the key is a phone number.';
-- The looks at one number's notes lie far apart among those of all numbers.
create index slices_subject on ops.slices (account_id, stream, subject_id, observation_no) where subject_id is not null;

create function ops.protect_mirror_table(mirror_table text, is_rewritten boolean) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  execute format('alter table warehouse.%I enable row level security', mirror_table);
  execute format('create policy all_accounts on warehouse.%I to faxsync_loader, faxsync_reader using (true) with check (true)', mirror_table);
  execute format(
    'create policy granted_accounts on warehouse.%I for select to faxsync_bi using (account_id in (select warehouse.visible_accounts()))',
    mirror_table);
  execute format('grant select on warehouse.%I to faxsync_reader, faxsync_bi', mirror_table);
  execute format('grant select, insert, update on warehouse.%I to faxsync_loader', mirror_table);
  if is_rewritten then
    execute format('grant delete on warehouse.%I to faxsync_loader', mirror_table);
  end if;
end
$$;
comment on function ops.protect_mirror_table is 'For migrations: gives a table of schema warehouse the row-level security and the rights of the fax tables; is_rewritten: late looks rewrite it.';
revoke execute on function ops.protect_mirror_table from public;

create function ops.add_mirror_history(current_table text, history_table text) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  current_id regclass := format('warehouse.%I', current_table)::regclass;
  key_columns text[];
  held record;
  definitions text[] := '{}';
  comments text[] := '{}';
  statement text;
begin
  select array_agg(a.attname order by array_position(i.indkey::smallint[], a.attnum)) into key_columns
  from pg_index i join pg_attribute a on a.attrelid = i.indrelid and a.attnum = any(i.indkey)
  where i.indrelid = current_id and i.indisprimary;

  for held in
    select a.attname as column_name, format_type(a.atttypid, a.atttypmod) as type_name, a.attname = any(key_columns) as is_key
    from pg_attribute a
    where a.attrelid = current_id and a.attnum > 0 and not a.attisdropped
      and a.attname not in ('observation_no', 'observed_at', 'gone_at_source_at')
    order by not a.attname = any(key_columns), a.attnum
  loop
    definitions := definitions || format('%I %s%s', held.column_name, held.type_name, case when held.is_key then ' not null' else '' end);
    comments := comments || format('comment on column warehouse.%I.%I is %L', history_table, held.column_name,
      case
        when held.column_name = 'account_id' then 'warehouse.accounts.account_id.'
        when held.is_key then format('warehouse.%s.%s.', current_table, held.column_name)
        else format('As %s.%s from this look on; null while not listed.', current_table, held.column_name)
      end);
  end loop;

  execute format(
    'create table warehouse.%I (%s, observation_no bigint not null, observed_at timestamptz not null, is_listed boolean not null, constraint %I primary key (%s, observation_no))',
    history_table, array_to_string(definitions, ', '), history_table || '_pkey', (select string_agg(format('%I', k), ', ') from unnest(key_columns) k));
  execute format('comment on table warehouse.%I is %L', history_table,
    format('One row for each change of a row of %s between complete listings; leaving the list is a change.', current_table));
  foreach statement in array comments loop
    execute statement;
  end loop;
  -- What every table of listed objects says of itself.
  execute format('comment on column warehouse.%I.account_id is %L', current_table, 'warehouse.accounts.account_id.');
  execute format('comment on column warehouse.%I.extra is %L', current_table, 'Fields this version does not know, as sent; null when none.');
  execute format('comment on column warehouse.%I.observation_no is %L', current_table,
    'Number of the first look that showed the current values. A mark of loading.');
  execute format('comment on column warehouse.%I.observed_at is %L', current_table, 'When that look was made. A mark of loading.');
  execute format('comment on column warehouse.%I.gone_at_source_at is %L', current_table,
    'Set once two complete listings no longer showed the object: time of the first of them. Null while listed, and after only one.');
  execute format('comment on column warehouse.%I.observation_no is %L', history_table, 'Number of the first look that showed this state.');
  execute format('comment on column warehouse.%I.observed_at is %L', history_table, 'When that look was made.');
  execute format('comment on column warehouse.%I.is_listed is %L', history_table, 'False from the first complete listing that no longer shows the object.');
  perform ops.protect_mirror_table(current_table, false);
  perform ops.protect_mirror_table(history_table, true);
end
$$;
comment on function ops.add_mirror_history is 'For migrations: makes the table of changes that belongs to a table of listed objects, writes the comments all of them share, and protects both.';
revoke execute on function ops.add_mirror_history from public;
