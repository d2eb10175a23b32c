/**
 * The statements of the Postgres state store, one a method, bound parameters only.
 * Instants go in as milliseconds and come out as float8, which holds every millisecond until the year 287,396 and which
 * the driver reads as a number whatever parser is set for bigint.
 */

/** $1 account. One row: `observation`. */
export const NEXT_OBSERVATION = `
  insert into ops.sync_state as stored (account, last_observation)
  values ($1, 1)
  on conflict (account) do update
  set last_observation = stored.last_observation + 1
  returning last_observation::float8 as observation`;

const CURSOR_COLUMNS = `
    stream,
    pass,
    (extract(epoch from position_at) * 1000)::float8 as position,
    width_ms::float8 as width_ms,
    (extract(epoch from moved_at) * 1000)::float8 as moved_at`;

/** $1 account, $2 stream, $3 pass. No row where the pass never moved. */
export const READ_CURSOR = `
  select ${CURSOR_COLUMNS}
  from ops.sync_cursors
  where account = $1 and stream = $2 and pass = $3`;

/** $1 account. */
export const LIST_CURSORS = `
  select ${CURSOR_COLUMNS}
  from ops.sync_cursors
  where account = $1
  order by stream collate "C", pass collate "C"`;

/**
 * $1 account, $2 stream, $3 pass, $4 position, $5 width or null, $6 now, $7 fence. One row when it moved.
 *
 *   stored:  none --------------------------------------> moved     unless a cursor of the account has a higher fence
 *            position < new, fence <= new fence --------> moved     unless a cursor of the account has a higher fence
 *            position >= new, or fence > new fence -----> refused
 *
 * The look at the account's other cursors uses the statement's snapshot. A rival that commits after it is then ordered after this
 * write, which is true of what both saw; on the contested row itself the newest fence is compared.
 */
export const ADVANCE_CURSOR = `
  insert into ops.sync_cursors as stored (account, stream, pass, position_at, width_ms, moved_at, fence)
  select $1, $2, $3, to_timestamp($4::float8 / 1000), $5::float8::bigint, to_timestamp($6::float8 / 1000), $7::float8::bigint
  where not exists (
    select from ops.sync_cursors as other where other.account = $1 and other.fence > $7::float8::bigint
  )
  on conflict (account, stream, pass) do update
  set position_at = excluded.position_at,
      width_ms = excluded.width_ms,
      moved_at = excluded.moved_at,
      fence = excluded.fence
  where stored.position_at < excluded.position_at and stored.fence <= excluded.fence
  returning true as moved`;

/**
 * $1 account, $2 holder, $3 expiry, $4 now. One row `fence` when taken.
 *
 *   free, or expired at now ------> held by $2, fence + 1
 *   held by $2 itself ------------> held by $2, fence + 1   (it asks again because the first answer was lost)
 *   held by another, not expired -> refused
 */
export const ACQUIRE_LEASE = `
  insert into ops.sync_state as stored (account, lease_holder, lease_fence, lease_expires_at)
  values ($1, $2, 1, to_timestamp($3::float8 / 1000))
  on conflict (account) do update
  set lease_holder = excluded.lease_holder,
      lease_fence = stored.lease_fence + 1,
      lease_expires_at = excluded.lease_expires_at
  where stored.lease_holder is null
    or stored.lease_holder = excluded.lease_holder
    or stored.lease_expires_at <= to_timestamp($4::float8 / 1000)
  returning lease_fence::float8 as fence`;

/** $1 account, $2 holder, $3 fence, $4 expiry. One row when it still was ours, expired or not. */
export const RENEW_LEASE = `
  update ops.sync_state
  set lease_expires_at = to_timestamp($4::float8 / 1000)
  where account = $1 and lease_holder = $2 and lease_fence = $3::float8::bigint
  returning true as renewed`;

/** $1 account, $2 holder, $3 fence. The fence stays, so the next holder's is higher. */
export const RELEASE_LEASE = `
  update ops.sync_state
  set lease_holder = null
  where account = $1 and lease_holder = $2 and lease_fence = $3::float8::bigint`;

/**
 * $1 account, $2 now, $3 step, $4 slack, both in microseconds (see token-bucket.ts). One row: `granted`, and `wait_ms` as it
 * looked when the statement began (null where the account was new).
 *
 *   full_at = the later of bucket_full_at and bucket_drained_until + slack
 *   full_at <= now + slack -> granted, bucket_full_at = the later of full_at and now, plus one step
 *   full_at >  now + slack -> wait for the difference, nothing written
 */
export const TAKE_TOKEN = `
  with asked as (
    select
      to_timestamp($2::float8 / 1000) as now,
      $3::float8 * interval '1 microsecond' as step,
      $4::float8 * interval '1 microsecond' as slack
  ), taken as (
    insert into ops.sync_state as stored (account, bucket_full_at)
    select $1, now + step from asked
    on conflict (account) do update
    set bucket_full_at = (
      select greatest(stored.bucket_full_at, stored.bucket_drained_until + slack, now) + step from asked
    )
    where (
      select coalesce(greatest(stored.bucket_full_at, stored.bucket_drained_until + slack) <= now + slack, true) from asked
    )
    returning true as granted
  )
  select
    exists (select from taken) as granted,
    ceil(extract(epoch from
      greatest(seen.bucket_full_at, seen.bucket_drained_until + asked.slack) - asked.slack - asked.now
    ) * 1000)::float8 as wait_ms
  from asked
  left join ops.sync_state as seen on seen.account = $1`;

/** $1 account, $2 until. A later end is never brought forward. */
export const DRAIN_TOKENS = `
  insert into ops.sync_state as stored (account, bucket_drained_until)
  values ($1, to_timestamp($2::float8 / 1000))
  on conflict (account) do update
  set bucket_drained_until = greatest(stored.bucket_drained_until, excluded.bucket_drained_until)`;

/** $1 account, $2 digest, $3 now. One row when remembered. */
export const HAS_DIGEST = `
  select true as remembered
  from ops.sync_digests
  where account = $1 and digest = $2 and expires_at > to_timestamp($3::float8 / 1000)`;

/**
 * $1 account, $2 digest, $3 expiry, $4 now. One row when it was not remembered before.
 *
 *   none, or expired at now -> remembered until $3
 *   not expired ------------> refused
 *
 * Each call also removes up to four rows that expired a day ago: in a steady flow the table stays as large as what is remembered.
 */
export const REMEMBER_DIGEST = `
  with long_expired as (
    select account, digest
    from ops.sync_digests
    where expires_at <= to_timestamp($4::float8 / 1000) - interval '1 day' and digest <> $2
    order by expires_at
    limit 4
    for update skip locked
  ), removed as (
    delete from ops.sync_digests as stored
    using long_expired
    where stored.account = long_expired.account and stored.digest = long_expired.digest
  )
  insert into ops.sync_digests as stored (account, digest, expires_at)
  values ($1, $2, to_timestamp($3::float8 / 1000))
  on conflict (account, digest) do update
  set expires_at = excluded.expires_at
  where stored.expires_at <= to_timestamp($4::float8 / 1000)
  returning true as remembered`;

/** $1 account, $2 stream, $3 id, $4 reason, $5 due. The first reason and the earlier due time are kept. */
export const WATCH = `
  insert into ops.sync_watched_objects as stored (account, stream, subject_id, reason, due_at)
  values ($1, $2, $3, $4, to_timestamp($5::float8 / 1000))
  on conflict (account, stream, subject_id) do update
  set due_at = excluded.due_at
  where stored.due_at > excluded.due_at`;

/** $1 account, $2 stream, $3 now, $4 limit. Shorter ids first, so that ids of digits come in the order of their numbers. */
export const DUE_OBJECTS = `
  select
    subject_id,
    reason,
    (extract(epoch from due_at) * 1000)::float8 as due_at,
    attempts::float8 as attempts
  from ops.sync_watched_objects as watched
  where account = $1 and stream = $2 and due_at <= to_timestamp($3::float8 / 1000)
  order by watched.due_at, octet_length(watched.subject_id), watched.subject_id collate "C"
  limit $4`;

/** $1 account, $2 stream, $3 id, $4 due. */
export const POSTPONE = `
  update ops.sync_watched_objects
  set attempts = attempts + 1, due_at = to_timestamp($4::float8 / 1000)
  where account = $1 and stream = $2 and subject_id = $3`;

/** $1 account, $2 stream, $3 id. */
export const UNWATCH = `
  delete from ops.sync_watched_objects
  where account = $1 and stream = $2 and subject_id = $3`;
