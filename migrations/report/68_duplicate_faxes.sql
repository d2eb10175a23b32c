-- Answers: which faxes went out twice within minutes although nothing had failed: money, and somebody's papers lying at a machine twice.
-- What counts as a duplicate is said in the head of the script of report.resend_chains, whose functions are used here. No number, name or tag leaves this view.
-- Runs with the caller's rights, so a BI login sees the accounts it was granted.

drop view if exists report.duplicate_faxes;

create view report.duplicate_faxes with (security_invoker = true) as
select
  a.account_key,
  m.usage_month,
  s.fax_id,
  s.fax_id_before,
  s.requested_at,
  s.requested_at_before,
  round(extract(epoch from s.requested_at - s.requested_at_before))::integer as seconds_between,
  s.status,
  s.status_before,
  s.recipient_count,
  s.page_count,
  coalesce(s.cost_cents, 0) as cost_cents,
  (coalesce(s.cost_cents, 0) / 100.0)::numeric(14, 2) as cost_usd
from warehouse.accounts a
cross join lateral report.fax_months(a.account_id, a.billing_zone) m
cross join lateral report.sent_faxes(a.account_id, m.starts_at, m.ends_at) s
where s.is_duplicate;

comment on view report.duplicate_faxes is 'Faxes that were requested at most ten minutes after one to the same numbers with as many pages and the same tags that had not failed by then, one row each, with the one before it. A suspicion: documents are not compared, so the more the tags tell, the surer it is. Ask for months by usage_month. Left out: received faxes, test faxes, faxes gone at the source, faxes without a time of request or with a recipient without a number.';
comment on column report.duplicate_faxes.account_key is 'Name of the account in the settings.';
comment on column report.duplicate_faxes.usage_month is 'First day of the month, in the account''s billing zone, in which the duplicate was requested.';
comment on column report.duplicate_faxes.fax_id is 'The provider''s id of the duplicate; "faxsync explain" tells its life.';
comment on column report.duplicate_faxes.fax_id_before is 'The last fax like it, which is a duplicate itself where there are three.';
comment on column report.duplicate_faxes.requested_at is 'When the duplicate was requested.';
comment on column report.duplicate_faxes.requested_at_before is 'When the fax before it was requested.';
comment on column report.duplicate_faxes.seconds_between is 'Seconds from one request to the other, 0 to 600.';
comment on column report.duplicate_faxes.status is 'What became of the duplicate, in the provider''s word.';
comment on column report.duplicate_faxes.status_before is 'What became of the fax before it. Where it failed, it was still under way when the duplicate was requested.';
comment on column report.duplicate_faxes.recipient_count is 'Recipients of the duplicate.';
comment on column report.duplicate_faxes.page_count is 'Pages of the duplicate; null where not sent.';
comment on column report.duplicate_faxes.cost_cents is 'US cents that the duplicate cost, credits taken off; 0 where not sent.';
comment on column report.duplicate_faxes.cost_usd is 'The same in US dollars.';

grant select on report.duplicate_faxes to faxsync_reader, faxsync_bi;
