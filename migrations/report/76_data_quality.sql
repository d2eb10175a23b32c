-- Answers: what of the mirror is not as it should be, and what to do about it. Counts only; texts that were set aside stay where they are.
-- Runs with the caller's rights, so a BI login sees the accounts it was granted; what schema ops knows comes by a function that gives counts.

drop view if exists report.data_quality;

create view report.data_quality with (security_invoker = true) as
select
  a.account_key,
  m.measure,
  m.value_count,
  m.day_count,
  m.is_alarm,
  m.advice
from warehouse.accounts a
-- One account after the other, so that a question about one reads its rows alone.
cross join lateral (
  with
    counted as (
      select * from warehouse.quality_counts(a.account_id, now() - interval '7 days')
    ),
    statuses as (
      select
        coalesce(sum(d.fax_count) filter (
          where coalesce(d.status, '') not in ('queued', 'pendingbatch', 'inprogress', 'success', 'failure', 'partialsuccess')), 0)::bigint as unknown_count,
        coalesce(sum(d.fax_count) filter (where d.is_gone), 0)::bigint as gone_count,
        coalesce(sum(d.fax_count) filter (where coalesce(d.direction, '') not in ('sent', 'received')), 0)::bigint as undirected_count
      from rollup.fax_days d
      where d.account_id = a.account_id
    ),
    untimed as (
      select count(*) as untimed_count from warehouse.faxes f where f.account_id = a.account_id and f.created_at is null and f.is_test is not true
    ),
    unpriced as (
      select count(*) as unpriced_count from warehouse.faxes f
      where f.account_id = a.account_id and f.created_at >= now() - interval '7 days' and f.cost_cents is null and f.stage >= 2 and f.is_test is not true
    ),
    ended as (
      -- The first row of its history that shows a fax as over says who told.
      select
        count(*) filter (where h.observed_via = 'callback') as called_count,
        count(*) filter (where h.observed_via <> 'callback') as polled_count
      from warehouse.faxes f
      cross join lateral (
        select x.observed_via from warehouse.fax_history x
        where x.account_id = f.account_id and x.fax_id = f.fax_id and x.stage >= 2 order by x.observation_no limit 1
      ) h
      where f.account_id = a.account_id and f.created_at >= now() - interval '1 day' and f.stage >= 2 and f.is_test is not true
    )
  select v.measure, v.value_count, v.day_count, v.is_wrong and v.value_count > 0 as is_alarm, case when v.value_count > 0 then v.advice else 'Nothing to do.' end as advice
  from counted c
  cross join statuses s
  cross join untimed t
  cross join unpriced p
  cross join ended e
  cross join lateral (values
    ('records_set_aside', c.record_count, null::integer, true,
      'Whole records could not be read and are in no figure. See "faxsync rejected"; after a fix of the decoder, "faxsync rejected retry".'),
    ('values_set_aside', c.value_count, null, true,
      'Records were loaded without these values, or with mended ones. See "faxsync rejected".'),
    ('unknown_statuses', s.unknown_count, null, true,
      'Faxes with a status that is not documented, or none, count as under way. See "faxsync status", and ask the provider what the word means.'),
    ('unknown_fields', c.field_count, null, false,
      'The provider sends fields that its documentation does not have. They are kept in the columns "extra"; "faxsync status" names them.'),
    ('unknown_words', c.word_count, null, false,
      'The provider sends words that its documentation does not have. They are kept as sent; "faxsync status" names them.'),
    ('faxes_gone_at_source', s.gone_count, null, true,
      'Live faxes that the provider no longer shows, although only test faxes can be deleted. Ask it for them; check C3 lists them.'),
    ('faxes_without_time', t.untimed_count, null, true,
      'They count on the day they ended or were last looked at, which may change. Ask the provider when they were requested.'),
    ('faxes_without_cost', p.unpriced_count, 7, true,
      'They are over, and no cost was sent: their money is in no figure. Ask the provider; check C13 lists them.'),
    ('faxes_without_direction', s.undirected_count, null, true,
      'Nobody can say whether they were sent or received. Ask the provider.'),
    ('listings_incomplete', c.incomplete_count, 7, true,
      'These listings missed too many known objects, or held records that could not be read, and prove nothing absent. See "faxsync status".'),
    ('callbacks_loaded', c.callback_count, 7, false,
      'Nothing to do. Repeated callbacks are dropped where they come in; the metrics of the ingress count them.'),
    ('callbacks_late', c.late_callback_count, 7, false,
      'They told less than was known already and were ignored. Many of them: see how long callbacks take (check C23).'),
    ('callbacks_without_news', c.idle_callback_count, 7, false,
      'They only confirmed what was known.'),
    ('ends_told_by_callback', e.called_count, 1, false, 'Nothing to do.'),
    ('ends_told_by_polling', e.polled_count, 1, false,
      'Polling was first to see the end of these faxes. If no callback tells anything, look at what receives them.')
  ) v (measure, value_count, day_count, is_wrong, advice)
) m;

comment on view report.data_quality is 'How whole and how sound an account''s mirror is, one row a measure, those at 0 among them. Counts only.';
comment on column report.data_quality.account_key is 'Name of the account in the settings; with measure the key of the view.';
comment on column report.data_quality.measure is 'What is counted: records_set_aside, values_set_aside (open ones), unknown_statuses, unknown_fields, unknown_words, faxes_gone_at_source, faxes_without_time, faxes_without_cost, faxes_without_direction, listings_incomplete, callbacks_loaded (landed and read), callbacks_late, callbacks_without_news, ends_told_by_callback, ends_told_by_polling (faxes whose end was first seen so). Test faxes are left out.';
comment on column report.data_quality.value_count is 'How many.';
comment on column report.data_quality.day_count is 'Over how many days back from now, of faxes by their creation; null: of all that is stored.';
comment on column report.data_quality.is_alarm is 'True where there should be none and there are.';
comment on column report.data_quality.advice is 'What to do, in a plain sentence.';

grant select on report.data_quality to faxsync_reader, faxsync_bi;
