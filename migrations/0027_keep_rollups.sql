-- Why: keeps the rollups of 0025. Triggers append what each statement adds to the sums and takes away; rollup.fold folds it; rollup.rebuild makes the sums of an
--   account anew and rollup.differences holds them against the tables. What a row contributes is written once, in the block below, and made into all of these.
-- Locks: writers of faxes, recipients and history wait until the sums of what is there are made (9 s for 5 million faxes); readers do not.
-- Safe with the code before it: yes; the triggers count what it loads, and what is pending grows until newer code folds it.

create function rollup.month_of(day date) returns date language sql immutable as $$ select day - extract(day from day)::integer + 1 $$;
comment on function rollup.month_of is 'First day of the month of a day.';

create aggregate rollup.all_of(integer[]) (sfunc = array_cat, stype = integer[]);
comment on aggregate rollup.all_of(integer[]) is 'The elements of several arrays in one.';

do $$
declare
  -- The sources: rows that come with a sign, 1 where a row counts and -1 where it no longer does, as they are counted; and the groups in which they are summed
  -- first, so that a thousand rows are gone through once. A fax that is a test counts nowhere, recipients where warehouse.fax_recipients says so.
  -- Rows are grouped by a quarter of an hour and quarters by day and hour, since asking a zone for the time of each row took as long as all else. Clocks differ by
  -- whole quarters since 1972 and change at whole quarters, so a quarter is within one hour of any zone; but for the few changes at 00:01 (ADR 0028).
  faxes constant text := $sql$
    faxes_counted as not materialized (
      select f.sign, f.account_id, date_bin('15 minutes', coalesce(f.created_at, f.completed_at, f.observed_at), timestamptz 'epoch') as used_in, f.stage < 2 as is_open,
        f.gone_at_source_at is not null as is_gone, f.direction, f.status, coalesce(f.num_pages, 0) as num_pages, coalesce(f.cost_cents, 0) as cost_cents, f.tags,
        f.status = 'failure' and f.gone_at_source_at is null and coalesce(f.recipient_count, 0) = 0 as is_failure, f.error_id, f.error_type,
        -- A received fax may end, by the provider's clocks, a moment before it began.
        case when f.stage >= 2 and f.gone_at_source_at is null and f.completed_at >= f.created_at then least(floor(date_part('epoch', f.completed_at - f.created_at)), 2147483647)::integer
          when f.stage >= 2 and f.gone_at_source_at is null and f.completed_at < f.created_at then 0 end as seconds
      from (%1$s) f
      where f.is_test is not true
    ), faxes_binned as materialized (
      select account_id, used_in, is_open, is_gone, direction, status, is_failure,
        case when is_failure then error_id end as error_id, case when is_failure then error_type end as error_type,
        sum(sign) as fax_count, sum(sign * num_pages) as page_count, sum(sign * cost_cents) as cost_cents,
        array_agg(seconds) filter (where sign > 0 and seconds is not null) as came_seconds, %2$s as left_seconds
      -- With offset 0 what several columns need is reckoned once.
      from (select * from faxes_counted offset 0) f
      group by account_id, used_in, is_open, is_gone, direction, status, is_failure, case when is_failure then error_id end, case when is_failure then error_type end
    ), faxes_grouped as materialized (
      select b.account_id, (b.used_in at time zone a.billing_zone)::date as usage_date, b.is_open, b.is_gone, left(b.direction, 200) as direction, left(b.status, 200) as status,
        b.is_failure, b.error_id, left(b.error_type, 200) as error_type, sum(b.fax_count) as fax_count, sum(b.page_count) as page_count, sum(b.cost_cents) as cost_cents,
        rollup.all_of(b.came_seconds) as came_seconds, rollup.all_of(b.left_seconds) as left_seconds
      from faxes_binned b
      join warehouse.accounts a on a.account_id = b.account_id
      group by 1, 2, 3, 4, 5, 6, 7, 8, 9
    )$sql$;
  none_left constant text := 'null::integer[]';
  some_left constant text := 'array_agg(seconds) filter (where sign < 0 and seconds is not null)';
  recipients constant text := $sql$
    recipients_binned as materialized (
      select account_id, is_counted, date_bin('15 minutes', fax_created_at, timestamptz 'epoch') as created_in, status, left(phone_number, 5) as dest_prefix,
        case when status = 'failure' then error_id end as error_id, case when status = 'failure' then error_type end as error_type,
        sum(sign) as recipient_count, sum(sign) filter (where retry_count = 0) as first_attempt_count, sum(sign * retry_count) as retry_count
      from (%s) r
      where is_counted is not false
      group by account_id, is_counted, 3, status, 5, 6, 7
    ), recipients_grouped as materialized (
      select r.account_id, r.local_at::date as usage_date, rollup.month_of(r.local_at::date) as usage_month, extract(hour from r.local_at)::smallint as hour,
        left(r.status, 200) as status, r.dest_prefix, r.error_id, left(r.error_type, 200) as error_type, r.recipient_count,
        case when r.status = 'success' then r.recipient_count else 0 end as reached_count,
        case when r.status = 'success' then coalesce(r.first_attempt_count, 0) else 0 end as first_attempt_count,
        case when r.status = 'failure' then r.recipient_count else 0 end as failed_count,
        coalesce(r.retry_count, 0) as retry_count
      from (
        select b.*, b.created_in at time zone a.billing_zone as local_at from recipients_binned b join warehouse.accounts a on a.account_id = b.account_id
        where b.is_counted
        offset 0
      ) r
    )$sql$;
  credits constant text := $sql$
    credits_grouped as materialized (
      select h.account_id, (h.used_at at time zone a.billing_zone)::date as usage_date, h.direction, sum(-h.sign * h.cost_delta_cents) as credited_cents
      from (%s) h
      join warehouse.accounts a on a.account_id = h.account_id
      where h.is_test is not true
      group by h.account_id, (h.used_at at time zone a.billing_zone)::date, h.direction
    )$sql$;
  -- History that is credit, with its fax. A lateral with offset 0 is probed by key, whatever the planner thinks of tables that were never analyzed.
  credits_of constant text := $sql$
    select s.sign, s.account_id, s.cost_delta_cents, f.* from (%s) s cross join lateral (
      select coalesce(f.created_at, f.completed_at, f.observed_at) as used_at, f.direction, f.is_test from warehouse.faxes f
      where f.account_id = s.account_id and f.fax_id = s.fax_id offset 0) f
    where s.cost_delta_cents < 0$sql$;
  -- Credits and recipients that are there already go with their fax: to another day or direction, into the sums or out of them.
  moved_credits constant text := $sql$
    select f.sign, n.account_id, h.cost_delta_cents, f.used_at, f.direction, f.is_test
    from changed n
    join former o on o.account_id = n.account_id and o.fax_id = n.fax_id
      and (coalesce(n.created_at, n.completed_at, n.observed_at), n.direction, n.is_test)
        is distinct from (coalesce(o.created_at, o.completed_at, o.observed_at), o.direction, o.is_test)
    cross join lateral (values (1, coalesce(n.created_at, n.completed_at, n.observed_at), n.direction, n.is_test),
      (-1, coalesce(o.created_at, o.completed_at, o.observed_at), o.direction, o.is_test)) f (sign, used_at, direction, is_test)
    cross join lateral (
      select h.cost_delta_cents from warehouse.fax_history h
      where h.account_id = n.account_id and h.fax_id = n.fax_id and h.cost_delta_cents < 0 offset 0
    ) h$sql$;
  move_recipients constant text := $sql$
    update warehouse.fax_recipients r set fax_created_at = m.created_at, is_counted = m.is_counted
    from (
      select n.created_at, warehouse.is_counted(n.created_at, n.is_test, n.gone_at_source_at) as is_counted, k.place
      from changed n
      join former o on o.account_id = n.account_id and o.fax_id = n.fax_id
        and (n.created_at, n.is_test, n.gone_at_source_at is null) is distinct from (o.created_at, o.is_test, o.gone_at_source_at is null)
      cross join lateral (
        select k.ctid as place from warehouse.fax_recipients k where k.account_id = n.account_id and k.fax_id = n.fax_id offset 0
      ) k
    ) m
    where r.ctid = m.place and (r.fax_created_at, r.is_counted) is distinct from (m.created_at, m.is_counted);$sql$;

  -- Code of before the column does not write it.
  mark_recipients constant text := $sql$
    if unmarked > 0 then update warehouse.fax_recipients r set is_counted = m.is_counted
    from (
      select k.place, f.is_counted
      from added n
      cross join lateral (
        select warehouse.is_counted(f.created_at, f.is_test, f.gone_at_source_at) as is_counted from warehouse.faxes f
        where f.account_id = n.account_id and f.fax_id = n.fax_id offset 0
      ) f
      cross join lateral (
        select k.ctid as place from warehouse.fax_recipients k where k.account_id = n.account_id and k.fax_id = n.fax_id and k.ordinal = n.ordinal offset 0
      ) k
      where n.is_counted is null
    ) m
    where r.ctid = m.place; end if;$sql$;

  added constant text := 'select 1 as sign, n.* from added n';
  changed constant text := 'select 1 as sign, n.* from changed n union all select -1, o.* from former o';
  removed constant text := 'select -1 as sign, o.* from removed o';
  whole constant text := 'select 1 as sign, x.* from warehouse.%s x where x.account_id = of_account';
  as_trigger constant text := 'create function rollup.%s() returns trigger language plpgsql as $f$ declare done integer; unmarked bigint; begin %s return null; end $f$';
  part record;
  append_faxes text := format('with %s', faxes);
  append_recipients text := format('with %s', recipients);
  append_credits text := format('with %s', credits);
  -- Times to deliver are pending in arrays.
  unpacking constant text := $sql$(
    select d.account_id, d.usage_month, s.seconds, d.direction, d.status, s.fax_count
    from %s d
    cross join lateral (
      select unnest(d.came_seconds) as seconds, 1 as fax_count union all select unnest(d.left_seconds), -1
    ) s) unpacked$sql$;
  append_all text;
  anew text := '';
  folding text := '';
  emptying text := '';
  comparing text := '';
begin
  -- What each rollup takes from the groups of a source; rows of its pending part, in the order of its columns.
  for part in
    select * from (values
      ('fax_days', 'faxes', 'select account_id, usage_date, is_open, is_gone, direction, status, sum(fax_count), sum(page_count), sum(cost_cents) from faxes_grouped
        group by 1, 2, 3, 4, 5, 6 having sum(fax_count) <> 0 or sum(page_count) <> 0 or sum(cost_cents) <> 0'),
      ('error_days', 'faxes', 'select account_id, usage_date, error_id, direction, error_type, sum(fax_count) from faxes_grouped where is_failure
        group by 1, 2, 3, 4, 5 having sum(fax_count) <> 0'),
      ('delivery_months', 'faxes', 'select account_id, rollup.month_of(usage_date) as usage_month, direction, status, came_seconds, left_seconds from faxes_grouped
        where came_seconds is distinct from left_seconds'),
      -- By whole sets of tags first, of which there are few, without the tags that are not kept: to take each fax's apart took four times as long.
      ('tag_months', 'faxes', 'select t.account_id, rollup.month_of((t.used_in at time zone a.billing_zone)::date), rollup.tag_label(e.key), rollup.tag_label(e.value),
          t.is_received, sum(t.fax_count), sum(t.page_count), sum(t.cost_cents)
        from (
          select c.account_id, c.used_in, c.tags - coalesce(u.names, ''{}'') as tags, c.direction is not distinct from ''received'' as is_received,
            sum(c.sign) as fax_count, sum(c.sign * c.num_pages) as page_count, sum(c.sign * c.cost_cents) as cost_cents
          from faxes_counted c
          left join (select account_id, array_agg(tag_name) as names from rollup.unrolled_tags group by account_id) u on u.account_id = c.account_id
          where c.tags <> ''{}''
          group by c.account_id, c.used_in, c.tags - coalesce(u.names, ''{}''), c.direction is not distinct from ''received''
          having sum(c.sign) <> 0 or sum(c.sign * c.num_pages) <> 0 or sum(c.sign * c.cost_cents) <> 0
        ) t
        join warehouse.accounts a on a.account_id = t.account_id
        cross join lateral jsonb_each_text(t.tags) e
        group by 1, 2, 3, 4, 5'),
      ('recipient_hours', 'recipients', 'select account_id, usage_date, hour, sum(recipient_count), sum(reached_count), sum(first_attempt_count), sum(failed_count)
        from recipients_grouped group by 1, 2, 3
        having sum(recipient_count) <> 0 or sum(reached_count) <> 0 or sum(first_attempt_count) <> 0 or sum(failed_count) <> 0'),
      ('error_days', 'recipients', 'select account_id, usage_date, error_id, ''sent'', error_type, sum(failed_count) from recipients_grouped where status = ''failure''
        group by 1, 2, 3, 4, 5 having sum(failed_count) <> 0'),
      ('prefix_months', 'recipients', 'select account_id, usage_month, dest_prefix, sum(reached_count), sum(first_attempt_count), sum(failed_count), sum(retry_count)
        from recipients_grouped where status in (''success'', ''failure'') group by 1, 2, 3
        having sum(reached_count) <> 0 or sum(first_attempt_count) <> 0 or sum(failed_count) <> 0 or sum(retry_count) <> 0'),
      ('credit_days', 'credits', 'select account_id, usage_date, direction, credited_cents from credits_grouped where credited_cents <> 0')
    ) p (rollup, source, taking)
  loop
    case part.source
      when 'faxes' then append_faxes := append_faxes || format(', %I as (insert into rollup.%I %s)', part.rollup, part.rollup || '_pending', part.taking);
      when 'recipients' then append_recipients := append_recipients || format(', %I as (insert into rollup.%I %s)', part.rollup, part.rollup || '_pending', part.taking);
      else append_credits := append_credits || format(', %I as (insert into rollup.%I %s)', part.rollup, part.rollup || '_pending', part.taking);
    end case;
    anew := anew || format(', %I as (%s)', part.rollup || '_of_' || part.source, part.taking);
  end loop;
  append_faxes := append_faxes || ' select 1 into done;';
  append_recipients := append_recipients || ' select count(*) filter (where is_counted is null) from recipients_binned into unmarked;';
  append_credits := append_credits || ' select 1 into done;';
  append_all := format(append_faxes, format(whole, 'faxes'), none_left) || format(append_recipients, format(whole, 'fax_recipients'))
    || format(append_credits, format(credits_of, format(whole, 'fax_history')));

  execute format(as_trigger, 'count_added_faxes', format(append_faxes, added, none_left));
  execute format(as_trigger, 'count_changed_faxes', format(append_faxes, changed, some_left) || format(append_credits, moved_credits) || move_recipients);
  execute format(as_trigger, 'count_removed_faxes', format(append_faxes, removed, some_left));
  execute format(as_trigger, 'count_added_recipients', format(append_recipients, added) || mark_recipients);
  execute format(as_trigger, 'count_changed_recipients', format(append_recipients, changed));
  execute format(as_trigger, 'count_removed_recipients', format(append_recipients, removed));
  execute format(as_trigger, 'count_history', format('if tg_op <> ''INSERT'' then %s end if; if tg_op <> ''DELETE'' then %s end if;',
    format(append_credits, format(credits_of, 'select -1 as sign, old.account_id, old.fax_id, old.cost_delta_cents')),
    format(append_credits, format(credits_of, 'select 1 as sign, new.account_id, new.fax_id, new.cost_delta_cents'))));

  for part in
    select r.rollup, string_agg(r.column_name, ', ' order by r.place) as columns, string_agg(r.column_name, ', ' order by r.place) filter (where r.is_key) as keys,
      string_agg(format('sum(%s) as %1$s', r.column_name), ', ' order by r.place) filter (where not r.is_key) as summing,
      string_agg(format('sum(%s) <> 0', r.column_name), ' or ' order by r.place) filter (where not r.is_key) as not_zero,
      string_agg(format('r.%s = 0', r.column_name), ' and ' order by r.place) filter (where not r.is_key) as is_zero,
      string_agg(format('%s = r.%1$s + excluded.%1$s', r.column_name), ', ' order by r.place) filter (where not r.is_key) as adding,
      string_agg(case when r.is_key then r.column_name else '-' || r.column_name end, ', ' order by r.place) as turned
    from (
      select replace(c.relname, '_folded', '') as rollup, a.attname as column_name, a.attnum as place, a.attname !~ '_(count|cents)$' as is_key
      from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0
      where c.relnamespace = 'rollup'::regnamespace and c.relkind = 'r' and c.relname like '%\_folded'
    ) r
    group by r.rollup
  loop
    folding := folding || format($f$
      with taken as (
        delete from rollup.%1$I returning *
      ), sums as (
        select %3$s, %4$s from %5$s group by %3$s having %6$s
      ), folded as (
        insert into rollup.%2$I as r (%7$s) select %7$s from sums order by %3$s
        on conflict (%3$s) do update set %8$s
        returning r.ctid as place, %9$s as is_zero
      )
      select array_agg(f.place) filter (where f.is_zero), (select count(*) from taken) into emptied, taken_count from folded f;
      delete from rollup.%2$I where ctid = any(emptied);
      row_count := row_count + taken_count;$f$,
      part.rollup || '_pending', part.rollup || '_folded', part.keys, part.summing, case part.rollup when 'delivery_months' then format(unpacking, 'taken') else 'taken' end,
      part.not_zero, part.columns, part.adding, part.is_zero);
    emptying := emptying || format(' delete from rollup.%I where account_id = of_account; delete from rollup.%I where account_id = of_account;',
      part.rollup || '_folded', part.rollup || '_pending');
    -- What is kept and, with its signs turned, what was counted anew: where a sum of a key is not zero, they differ.
    comparing := comparing || format($f$
      union all
      select %1$L, count(*) from (
        select %2$s from (
          select %3$s from rollup.%1$I where account_id = of_account and %4$s
          union all
          select %5$s from (%6$s) anew (%3$s)
        ) sides
        group by %2$s having %7$s
      ) different$f$,
      part.rollup, part.keys, part.columns,
      case part.rollup when 'tag_months' then 'tag_name not in (select u.tag_name from rollup.unrolled_tags u where u.account_id = of_account)' else 'true' end, part.turned,
      case part.rollup
        when 'delivery_months' then 'select * from ' || format(unpacking, 'delivery_months_of_faxes')
        when 'error_days' then 'select * from error_days_of_faxes union all select * from error_days_of_recipients'
        else format('select * from %I', part.rollup || '_of_' || case when part.rollup in ('recipient_hours', 'prefix_months') then 'recipients' when part.rollup = 'credit_days' then 'credits' else 'faxes' end)
      end, part.not_zero);
  end loop;

  execute format($f$
    create function rollup.fold() returns bigint language plpgsql security definer set search_path = pg_catalog, pg_temp as $body$
    declare
      row_count bigint := 0;
      taken_count bigint;
      emptied tid[];
      accounts integer[];
      months date[];
      names text[];
    begin
      -- A table and no advisory lock, which any login could hold. Loads only read it.
      begin
        lock table rollup.unrolled_tags in share row exclusive mode nowait;
      exception
        when lock_not_available then return null;
      end;
      select array_agg(t.account_id), array_agg(t.usage_month), array_agg(t.tag_name) into accounts, months, names
      from (select distinct p.account_id, p.usage_month, p.tag_name from rollup.tag_months_pending p) t;
      %s
      with many_valued as (
        insert into rollup.unrolled_tags (account_id, tag_name)
        select distinct t.account_id, t.tag_name
        from unnest(accounts, months, names) t (account_id, usage_month, tag_name)
        cross join lateral (
          select count(*) as value_count from rollup.tag_months_folded f
          where f.account_id = t.account_id and f.usage_month = t.usage_month and f.tag_name = t.tag_name
        ) f
        -- A label is not the name by which faxes have the tag.
        where f.value_count > 10000 and t.tag_name !~ '\.\.\. [0-9a-f]{32}$'
        on conflict do nothing
        returning account_id, tag_name
      )
      delete from rollup.tag_months_folded t using many_valued m where t.account_id = m.account_id and t.tag_name = m.tag_name;
      return row_count;
    end
    $body$ $f$, folding);
  -- Whole tables are joined: of tables that were never analyzed the planner would go through one once for each row of the other.
  execute format($f$
    create function rollup.rebuild(of_account integer) returns void language plpgsql security definer set search_path = pg_catalog, pg_temp
    set enable_nestloop = off set jit = off set work_mem = '64MB' set lock_timeout = '60s' as $body$
    declare
      done integer;
      unmarked bigint;
    begin
      -- The lock that loads of the account take; before that of the fold, as whoever clears an account has it.
      perform pg_advisory_xact_lock(1717663852, of_account);
      lock table rollup.unrolled_tags in share row exclusive mode;
      -- Its triggers find nothing to add or take away: what they append is emptied below.
      update warehouse.fax_recipients r set fax_created_at = f.created_at, is_counted = warehouse.is_counted(f.created_at, f.is_test, f.gone_at_source_at)
      from warehouse.faxes f
      where r.account_id = of_account and f.account_id = of_account and f.fax_id = r.fax_id
        and (r.fax_created_at, r.is_counted) is distinct from (f.created_at, warehouse.is_counted(f.created_at, f.is_test, f.gone_at_source_at));
      delete from rollup.unrolled_tags where account_id = of_account;
      %s
      %s
      perform rollup.fold();
    end
    $body$ $f$, emptying, append_all);
  execute format($f$
    create function rollup.differences(of_account integer) returns table (rollup text, difference_count bigint) language sql stable
    set enable_nestloop = off set jit = off set work_mem = '64MB' as $body$
      with %s, %s, %s%s
      select 'fax_recipients', count(*) from warehouse.fax_recipients r join warehouse.faxes f on f.account_id = r.account_id and f.fax_id = r.fax_id
      where r.account_id = of_account
        and (r.fax_created_at, r.is_counted) is distinct from (f.created_at, warehouse.is_counted(f.created_at, f.is_test, f.gone_at_source_at))
      %s
    $body$ $f$,
    format(faxes, format(whole, 'faxes'), none_left), format(recipients, format(whole, 'fax_recipients')), format(credits, format(credits_of, format(whole, 'fax_history'))),
    anew, comparing);
end
$$;
comment on function rollup.fold is 'Folds what is pending into the folded parts; returns the rows it took, null where another fold is at work. Reports say the same before and after. Security definer: nobody else changes sums.';
comment on function rollup.rebuild is 'Makes the sums of an account anew from its tables. Loads of the account wait meanwhile.';
comment on function rollup.differences is 'Compares every rollup of an account with its tables: keys whose sums differ, and recipients that do not follow their fax; 0 for each where all is well.';

revoke execute on function rollup.fold, rollup.rebuild, rollup.differences from public;
grant execute on function rollup.differences to faxsync_loader, faxsync_reader, faxsync_reconciler;
grant execute on function rollup.fold, rollup.rebuild to faxsync_loader, faxsync_reconciler;

-- Named so that it fires before faxes_changed, which writes history: the credits that were there move with their fax, then new ones are added where it is now.
create trigger faxes_are_counted after insert on warehouse.faxes
  referencing new table as added for each statement execute function rollup.count_added_faxes();
create trigger faxes_are_recounted after update on warehouse.faxes
  referencing old table as former new table as changed for each statement execute function rollup.count_changed_faxes();
create trigger faxes_are_uncounted after delete on warehouse.faxes
  referencing old table as removed for each statement execute function rollup.count_removed_faxes();
create trigger recipients_are_counted after insert on warehouse.fax_recipients
  referencing new table as added for each statement execute function rollup.count_added_recipients();
create trigger recipients_are_recounted after update on warehouse.fax_recipients
  referencing old table as former new table as changed for each statement execute function rollup.count_changed_recipients();
create trigger recipients_are_uncounted after delete on warehouse.fax_recipients
  referencing old table as removed for each statement execute function rollup.count_removed_recipients();
-- By row, since few rows of history are credits: to hand all of them to a trigger took longer than these do.
create trigger history_is_counted after insert on warehouse.fax_history
  for each row when (new.cost_delta_cents < 0) execute function rollup.count_history();
create trigger history_is_recounted after update on warehouse.fax_history
  for each row when (least(new.cost_delta_cents, 0) <> least(old.cost_delta_cents, 0)) execute function rollup.count_history();
create trigger history_is_uncounted after delete on warehouse.fax_history
  for each row when (old.cost_delta_cents < 0) execute function rollup.count_history();

create function rollup.follow_zone() returns trigger language plpgsql as $$
begin
  perform rollup.rebuild(new.account_id);
  return null;
end
$$;
comment on function rollup.follow_zone is 'Days and months begin elsewhere once the billing zone of an account is another.';
create trigger rollups_follow_zone after update of billing_zone on warehouse.accounts
  for each row when (old.billing_zone <> new.billing_zone) execute function rollup.follow_zone();

select rollup.rebuild(account_id) from warehouse.accounts;

do $$
declare
  made record;
begin
  for made in select p.oid::regprocedure as name, p.proname from pg_proc p where p.pronamespace = 'rollup'::regnamespace and p.proname like 'count\_%' loop
    execute format('comment on function %s is ''Appends to the rollups what a statement %s.''', made.name, translate(substr(made.proname, 7), '_', ' '));
  end loop;
end
$$;
