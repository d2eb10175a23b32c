-- Why: reports say how fresh and how whole the mirror is. That is known in schema ops, which BI logins have no rights to, and of which rejected records
--   are personal data. These functions give times and counts only, and only of accounts that the login may see.
-- Locks: none beyond the catalogue. Safe with the code before it: yes, nothing calls them.

create function warehouse.may_see(of_account integer) returns boolean language sql stable as $$
  select pg_has_role(session_user, current_user, 'member') or pg_has_role(session_user, 'faxsync_reader', 'member')
    or pg_has_role(session_user, 'faxsync_reconciler', 'member') or of_account in (select warehouse.visible_accounts())
$$;
comment on function warehouse.may_see is 'For functions that run with their owner''s rights: whether the login that asks may know of the account.';
revoke execute on function warehouse.may_see from public;

-- Along the keys of ops.slices and ops.landed_objects only: for each stream, found by jumping, backwards from its last look.
create function warehouse.stream_looks(of_account integer)
returns table (stream text, looked_at timestamptz, tried_at timestamptz, is_last_complete boolean, loaded_at timestamptz)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  with recursive streams as (
    (select s.stream from ops.slices s where s.account_id = of_account and warehouse.may_see(of_account) order by s.stream limit 1)
    union all
    select (select s.stream from ops.slices s where s.account_id = of_account and s.stream > known.stream order by s.stream limit 1)
    from streams known where known.stream is not null
  )
  select n.stream, c.requested_at, l.requested_at, l.is_complete, o.loaded_at
  from streams n
  cross join lateral (
    select s.observation_no, s.requested_at, s.is_complete from ops.slices s
    where s.account_id = of_account and s.stream = n.stream order by s.observation_no desc limit 1
  ) l
  left join lateral (
    select s.requested_at from ops.slices s
    where s.account_id = of_account and s.stream = n.stream and s.is_complete order by s.observation_no desc limit 1
  ) c on true
  left join lateral (
    select max(d.loaded_at) as loaded_at from ops.landed_objects d where d.account_id = of_account and d.observation_no = l.observation_no
  ) o on true
  union all
  -- A look at the account's status is one object and no list.
  select 'account_status', b.observed_at, b.observed_at, true, (
    select max(d.loaded_at) from ops.landed_objects d where d.account_id = of_account and d.observation_no = b.observation_no)
  from (
    select h.observation_no, h.observed_at from warehouse.account_snapshots h
    where h.account_id = of_account and warehouse.may_see(of_account) order by h.observation_no desc limit 1
  ) b
$$;
comment on function warehouse.stream_looks is 'For each stream that is listed, and the account''s status: last complete look, last look, whether that was complete, and when it was loaded. Of an account the login may see. Security definer: schema ops itself stays with its readers.';

-- Among the latest slices is one of the head, which is read every minute and reaches furthest.
create function warehouse.faxes_known_until(of_account integer) returns timestamptz
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select max(coalesce(upper(l.created_within), l.requested_at))
  from (
    select s.created_within, s.requested_at from ops.slices s
    where s.account_id = of_account and s.stream = 'faxes' and s.is_complete and warehouse.may_see(of_account)
    order by s.observation_no desc limit 500
  ) l
$$;
comment on function warehouse.faxes_known_until is 'Up to which creation time the faxes of an account the login may see were listed; null where they never were.';

create function warehouse.unread_range(of_account integer) returns table (unread_from timestamptz, unread_to timestamptz)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select c.position_at, e.end_at
  from ops.sync_cursors c
  join warehouse.accounts a on a.account_key = c.account
  cross join lateral (
    select case
      when c.pass = 'backfill' then (
        select s.position_at from ops.sync_cursors s where s.account = c.account and s.stream = 'faxes' and s.pass = 'start')
      when c.pass ~ '^backfill:.{20}:[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$' then right(c.pass, 20)::timestamptz
    end as end_at
  ) e
  where a.account_id = of_account and c.stream = 'faxes' and c.position_at < e.end_at and warehouse.may_see(of_account)
  order by c.position_at limit 1
$$;
comment on function warehouse.unread_range is 'Earliest range of creation times that a backfill of an account has begun on and not read to its end; no row where there is none, and where the state is kept outside of the database.';

create function warehouse.quality_counts(of_account integer, since timestamptz)
returns table (
  record_count bigint, value_count bigint, field_count bigint, word_count bigint, incomplete_count bigint,
  callback_count bigint, late_callback_count bigint, idle_callback_count bigint
)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  with ledger as (
    -- Looks are numbered as they are made, so that the part since an instant is the end of an index.
    select o.record_count, o.new_count, o.changed_count, o.stale_count from ops.landed_objects o
    where o.account_id = of_account and o.kind = 'callback' and o.requested_at >= since and o.observation_no > coalesce((
      select b.observation_no from ops.landed_objects b
      where b.account_id = of_account and b.requested_at < since order by b.observation_no desc limit 1), -1)
  )
  select r.record_count, r.value_count, d.field_count, d.word_count, i.incomplete_count, c.callback_count, c.late_count, c.idle_count
  from (
    select count(*) filter (where x.scope = 'record') as record_count, count(*) filter (where x.scope = 'value') as value_count
    from ops.rejected_records x where x.account_id = of_account and x.resolved_at is null
  ) r
  cross join (
    select count(distinct (x.object, x.field)) filter (where x.kind = 'unknown_field') as field_count,
      count(distinct (x.object, x.field, x.detail)) filter (where x.kind = 'unknown_value') as word_count
    from ops.schema_drift x where x.account_id = of_account
  ) d
  cross join (
    select coalesce(sum(t.incomplete_count), 0)::bigint as incomplete_count
    from warehouse.stream_looks(of_account) n
    cross join lateral (
      select count(*) as incomplete_count from ops.slices s
      where s.account_id = of_account and s.stream = n.stream and not s.is_complete and s.requested_at >= since and s.observation_no > coalesce((
        select b.observation_no from ops.slices b
        where b.account_id = of_account and b.stream = n.stream and b.requested_at < since order by b.observation_no desc limit 1), -1)
    ) t
  ) i
  cross join (
    select count(*) as callback_count, count(*) filter (where l.stale_count > 0) as late_count,
      count(*) filter (where l.stale_count = 0 and l.new_count + l.changed_count = 0) as idle_count
    from ledger l
  ) c
  where warehouse.may_see(of_account)
$$;
comment on function warehouse.quality_counts is 'What schema ops knows of how whole an account''s mirror is: records and values set aside and open, fields and words the documentation does not have, and since an instant: listings not taken as complete, callbacks loaded, those older than what was known, and those that told nothing new. No row where the login may not see the account.';

do $$
declare
  name text;
begin
  foreach name in array array['stream_looks(integer)', 'faxes_known_until(integer)', 'unread_range(integer)', 'quality_counts(integer, timestamptz)'] loop
    execute format('revoke execute on function warehouse.%s from public', name);
    execute format('grant execute on function warehouse.%s to faxsync_reader, faxsync_bi, faxsync_reconciler', name);
  end loop;
end
$$;
