-- Why: three report views ask for the same run of a month, and must never mean different ones.
-- Locks: none beyond the catalogue. Safe with the code before it: yes, nothing calls it.

create function recon.last_full_run(of_account integer, of_period date) returns setof recon.runs language sql stable as $$
  select r.* from recon.runs r
  where r.account_id = of_account and r.period = of_period and r.status = 'complete' and r.every = 'day'
  order by r.as_of desc, r.run_id desc limit 1
$$;
comment on function recon.last_full_run is 'The complete run of all checks of a month that has seen most; no row where there is none. With the rights of who asks.';
revoke execute on function recon.last_full_run from public;
grant execute on function recon.last_full_run to faxsync_reconciler, faxsync_reader, faxsync_bi;
