-- Why: rules by which faxes are refused (v2.1): without them a fax that never came cannot be explained.
-- Locks: new tables only. Safe with the code before it: yes, nothing reads them.

create table warehouse.blocking_rules (
  account_id integer not null,
  blocking_rule_id bigint not null,
  direction text,
  from_rule text,
  to_rule text,
  is_locked boolean,
  extra jsonb,
  observation_no bigint not null,
  observed_at timestamptz not null,
  gone_at_source_at timestamptz,
  constraint blocking_rules_pkey primary key (account_id, blocking_rule_id)
);
comment on table warehouse.blocking_rules is 'One row a rule by which the provider refuses faxes of the account, as last listed; v2.1 only. Personal data: rules name numbers.';
comment on column warehouse.blocking_rules.blocking_rule_id is 'The provider''s id of the rule.';
comment on column warehouse.blocking_rules.direction is 'send or receive (not sent and received, as for faxes); other words are kept as sent.';
comment on column warehouse.blocking_rules.from_rule is 'Source it blocks (from): *, a country (alpha-2), or an E.164 number; as sent.';
comment on column warehouse.blocking_rules.to_rule is 'Destination it blocks (to): *, a country (alpha-2), or an E.164 number; as sent.';
comment on column warehouse.blocking_rules.is_locked is 'True where only the provider can change the rule.';
select ops.add_mirror_history('blocking_rules', 'blocking_rule_history');
