-- Answers: which areas have poor lines, so that faxes take long or are tried again: candidates for another resolution or another route. An area is told by the
-- first five characters of a number, as in report.outcomes_by_prefix. No whole number leaves this view.
-- Runs with the caller's rights, so a BI login sees the accounts it was granted.

drop view if exists report.line_quality;

create view report.line_quality with (security_invoker = true) as
select
  a.account_key,
  m.usage_month,
  q.dest_prefix,
  q.reached_recipient_count,
  q.retry_count,
  q.bitrate_known_count,
  q.bitrate_p50,
  q.below_9600_count,
  (q.below_9600_count::numeric / nullif(q.bitrate_known_count, 0))::numeric(5, 4) as below_9600_share,
  q.resolution_known_count,
  q.standard_resolution_count,
  (q.standard_resolution_count::numeric / nullif(q.resolution_known_count, 0))::numeric(5, 4) as standard_resolution_share,
  q.seconds_a_page_p50
from warehouse.accounts a
cross join lateral report.fax_months(a.account_id, a.billing_zone) m
cross join lateral (
  with
    reached as (
      select
        left(r.phone_number, 5) as dest_prefix, r.retry_count, r.bitrate, r.resolution,
        -- By the provider's clocks a call may end a moment before it began.
        case when r.completed_at < f.created_at then 0 else extract(epoch from r.completed_at - f.created_at)::float8 end / nullif(f.num_pages, 0) as seconds_a_page
      from warehouse.faxes f
      join warehouse.fax_recipients r on r.account_id = f.account_id and r.fax_id = f.fax_id
      where f.account_id = a.account_id and f.created_at >= m.starts_at and f.created_at < m.ends_at
        and r.status = 'success' and f.direction is distinct from 'received' and f.is_test is not true and f.gone_at_source_at is null
      union all
      select left(r.phone_number, 5), r.retry_count, r.bitrate, r.resolution, null
      from warehouse.faxes f
      join warehouse.fax_recipients r on r.account_id = f.account_id and r.fax_id = f.fax_id
      where f.account_id = a.account_id and f.created_at is null
        and coalesce(f.completed_at, f.observed_at) >= m.starts_at and coalesce(f.completed_at, f.observed_at) < m.ends_at
        and r.status = 'success' and f.direction is distinct from 'received' and f.is_test is not true and f.gone_at_source_at is null
    )
  select
    dest_prefix,
    count(*) as reached_recipient_count,
    coalesce(sum(retry_count), 0)::bigint as retry_count,
    count(bitrate) as bitrate_known_count,
    percentile_disc(0.5) within group (order by bitrate) as bitrate_p50,
    count(*) filter (where bitrate < 9600) as below_9600_count,
    count(resolution) as resolution_known_count,
    count(*) filter (where resolution < 7700) as standard_resolution_count,
    (percentile_disc(0.5) within group (order by seconds_a_page))::numeric(12, 1) as seconds_a_page_p50
  from reached
  group by dest_prefix
) q;

comment on view report.line_quality is 'How good the lines were over which recipients were reached, one row a month and area of the number called. Medians may not be added up or averaged. Test faxes and faxes gone at the source are left out.';
comment on column report.line_quality.account_key is 'Name of the account in the settings.';
comment on column report.line_quality.usage_month is 'First day of the month, in the account''s billing zone, in which the fax was requested.';
comment on column report.line_quality.dest_prefix is 'First five characters of the number called, +1414: in North America +1 and the area code, elsewhere the country and what follows it. Null where the number was not sent.';
comment on column report.line_quality.reached_recipient_count is 'Recipients that were reached.';
comment on column report.line_quality.retry_count is 'Retries until they were.';
comment on column report.line_quality.bitrate_known_count is 'Of these recipients, those whose bitrate was sent.';
comment on column report.line_quality.bitrate_p50 is 'Median of their bitrates, bits a second; null where none was sent.';
comment on column report.line_quality.below_9600_count is 'Of these, those below 9600 bits a second: poor lines, on which faxes take twice as long or longer.';
comment on column report.line_quality.below_9600_share is 'Their share of the known ones, 0 to 1; null where none is known.';
comment on column report.line_quality.resolution_known_count is 'Recipients whose resolution was sent.';
comment on column report.line_quality.standard_resolution_count is 'Of these, those below 7700 pixels a metre: the standard resolution of faxes, half of the fine one. What the provider was seen to send is 7700 and 8040.';
comment on column report.line_quality.standard_resolution_share is 'Their share of the known ones, 0 to 1; null where none is known.';
comment on column report.line_quality.seconds_a_page_p50 is 'Median of the seconds from the request until the recipient was reached, a page of the fax: waiting and retries included. Null where a time or the pages were not sent for any.';

grant select on report.line_quality to faxsync_reader, faxsync_bi;
