import type pg from 'pg';
import { toWarehouseError } from './database-error.ts';

/** What the roles may do, held against what they should. Names of tables, functions and roles only. */
export interface RightsHealth {
  /** Group roles that are not there. */
  readonly missingRoles: readonly string[];
  /** `role: right on name` for each right that a role should have and has not. */
  readonly lacks: readonly string[];
  /** The same for each right that it has and should not. */
  readonly exceeds: readonly string[];
  /** Tables and views that BI logins may read without being held to the accounts they were granted. */
  readonly unprotected: readonly string[];
  /** `policy on table` for each that is not as migrations make it, or not there. */
  readonly wrongPolicies: readonly string[];
  /** Whether the login that asks may load. */
  readonly mayLoad: boolean;
}

/** What each role should be able to do, by the names of tables and views (t), functions (f) and schemas (s): what the migrations grant. */
const RULES: ReadonlyArray<readonly [role: string, kind: 't' | 'f' | 's', rights: string, names: string]> = [
  ['faxsync_loader', 's', 'usage', 'warehouse|ops|rollup'],
  ['faxsync_loader', 't', 'select', 'warehouse[.](?!(account_grants|charges|rent_schedule)$).*|ops[.].*|rollup[.].*'],
  [
    'faxsync_loader',
    't',
    'insert',
    'warehouse[.](?!(account_grants|charges|rent_schedule|error_codes|dial_prefixes|country_names)$).*|ops[.](?!(migrations|report_scripts|rejected_counts)$).*|rollup[.].*_pending',
  ],
  [
    'faxsync_loader',
    't',
    'update',
    'warehouse[.](?!(account_grants|charges|rent_schedule|error_codes|dial_prefixes|country_names)$).*|ops[.](?!(migrations|report_scripts|rejected_counts|fax_recipient_changes)$).*',
  ],
  [
    'faxsync_loader',
    't',
    'delete',
    'warehouse[.](.*_history|fax_recipients|fax_barcodes|rate_card)|ops[.](fax_looks|fax_recipient_changes|sync_.*)',
  ],
  ['faxsync_loader', 'f', 'execute', 'rollup[.](fold|rebuild|differences)'],
  ['faxsync_reader', 's', 'usage', 'warehouse|ops|rollup|recon|report'],
  [
    'faxsync_reader',
    't',
    'select',
    'warehouse[.](?!account_grants$).*|ops[.](?!rejected_records$).*|rollup[.].*|recon[.].*|report[.].*',
  ],
  ['faxsync_bi', 's', 'usage', 'warehouse|rollup|recon|report'],
  ['faxsync_bi', 't', 'select', 'warehouse[.](?!account_grants$).*|rollup[.].*|recon[.].*|report[.].*'],
  ['faxsync_reconciler', 's', 'usage', 'recon|rollup'],
  ['faxsync_reconciler', 't', 'select', 'recon[.].*'],
  [
    'faxsync_reconciler',
    't',
    'insert',
    'recon[.](events|invoices|invoice_lines|receipts|results|settings_versions|items|periods|runs)',
  ],
  ['faxsync_reconciler', 't', 'update', 'recon[.](items|periods|runs)'],
  ['faxsync_reconciler', 'f', 'execute', 'rollup[.](fold|rebuild)|recon[.]close_month'],
  ...['faxsync_reader', 'faxsync_bi', 'faxsync_reconciler'].map(
    (role) =>
      [
        role,
        'f',
        'execute',
        'warehouse[.](stream_looks|faxes_known_until|unread_range|quality_counts)|recon[.](late_looks|corrections)',
      ] as const,
  ),
  ...['faxsync_reader', 'faxsync_reconciler'].map((role) => [role, 'f', 'execute', 'rollup[.]differences'] as const),
];

/** Functions that nobody but the owner of the schemas calls: they make rights, or are called by other functions. */
const OF_THE_OWNER = '(ops|recon)[.](protect_.*|keep_rows|add_mirror_history)|warehouse[.]may_see';

const RIGHTS = `
with groups as (
  select unnest(array['faxsync_loader', 'faxsync_reader', 'faxsync_bi', 'faxsync_reconciler']) as name
), roles as (
  select r.oid, r.rolname::text as name from pg_roles r join groups g on g.name = r.rolname
), rules as (
  select role, kind, "right", '^(' || names || ')$' as names from unnest($1::text[], $2::text[], $3::text[], $4::text[]) u (role, kind, "right", names)
), relations as (
  select c.oid, format('%s.%s', n.nspname, c.relname) as name, n.nspname as schema, c.relkind as kind, c.relrowsecurity as is_protected,
    coalesce(c.reloptions @> '{security_invoker=true}', false) as is_of_caller,
    exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'account_id' and not a.attisdropped) as has_account
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where n.nspname in ('warehouse', 'ops', 'report', 'recon', 'rollup') and c.relkind in ('r', 'p', 'v', 'm')
), functions as (
  select p.oid, format('%s.%s', n.nspname, p.proname) as name
  from pg_proc p join pg_namespace n on n.oid = p.pronamespace
  where n.nspname in ('warehouse', 'ops', 'report', 'recon', 'rollup') and p.prorettype <> 'trigger'::regtype
), objects as (
  select 't' as kind, oid, name, unnest(array['select', 'insert', 'update', 'delete', 'truncate', 'references', 'trigger']) as "right" from relations
  union all
  select 'f', f.oid, f.name, 'execute' from functions f
  where f.name ~ $5 or exists (select from rules u where u.kind = 'f' and f.name ~ u.names)
  union all
  select 's', n.oid, n.nspname, unnest(array['usage', 'create']) from pg_namespace n where n.nspname in ('warehouse', 'ops', 'report', 'recon', 'rollup')
), held as (
  select r.name as role, o.name, o."right",
    exists (select from rules u where u.role = r.name and u.kind = o.kind and u."right" = o."right" and o.name ~ u.names) as should,
    case o.kind when 't' then has_table_privilege(r.oid, o.oid, o."right") when 'f' then has_function_privilege(r.oid, o.oid, o."right")
      else has_schema_privilege(r.oid, o.oid, o."right") end as may,
    o.kind = 't' and o."right" in ('select', 'insert', 'update', 'references') and has_any_column_privilege(r.oid, o.oid, o."right") as may_in_part
  from roles r cross join objects o
), policies as (
  select t.name as table, p.polname as name,
    case p.polname
      when 'all_accounts' then p.polcmd = '*' and pg_get_expr(p.polqual, p.polrelid) = 'true' and p.polroles <@ array(select oid from roles where name <> 'faxsync_bi')
      when 'granted_accounts' then p.polcmd = 'r' and p.polroles = array(select oid from roles where name = 'faxsync_bi')
        -- Where warehouse is on the search path it is left out.
        and replace(pg_get_expr(p.polqual, p.polrelid), 'warehouse.', '') = '(account_id IN ( SELECT visible_accounts() AS visible_accounts))'
      else false end and p.polpermissive as is_right
  from pg_policy p join relations t on t.oid = p.polrelid
)
select
  array(select g.name from groups g where g.name not in (select name from roles)) as "missingRoles",
  array(select format('%s: %s on %s', h.role, h."right", h.name) from held h where h.should and not h.may order by 1) as lacks,
  array(select format('%s: %s on %s', h.role, h."right", h.name) from held h where not h.should and (h.may or h.may_in_part) order by 1) as exceeds,
  array(
    select t.name from relations t join roles r on r.name = 'faxsync_bi'
    where has_schema_privilege(r.oid, t.schema, 'usage') and has_any_column_privilege(r.oid, t.oid, 'select')
      and case when t.kind = 'v' then not t.is_of_caller else t.kind = 'm' or t.has_account and not t.is_protected end
    order by 1
  ) as unprotected,
  array(
    select format('%s on %s', p.name, p.table) from policies p where not p.is_right
    union all
    select format('no %s on %s', w.name, t.name) from relations t cross join (values ('all_accounts'), ('granted_accounts')) w (name)
    where t.is_protected and not exists (select from policies p where p.table = t.name and p.name = w.name)
    order by 1
  ) as "wrongPolicies",
  (
    select bool_and(case o.kind when 't' then has_table_privilege(o.oid, o."right") when 'f' then has_function_privilege(o.oid, o."right")
      else has_schema_privilege(o.oid, o."right") end)
    from objects o join rules u on u.role = 'faxsync_loader' and u.kind = o.kind and u."right" = o."right" and o.name ~ u.names
  ) as "mayLoad"`;

/** Asks what the roles may do. The schema must be there. @throws {WarehouseError} */
export async function readRightsHealth(pool: pg.Pool): Promise<RightsHealth> {
  const column = (at: 0 | 1 | 2 | 3) => RULES.map((rule) => rule[at]);
  try {
    const values = [column(0), column(1), column(2), column(3), `^(${OF_THE_OWNER})$`];
    // A select without a table has one row.
    return (await pool.query<RightsHealth & pg.QueryResultRow>(RIGHTS, values)).rows[0] as RightsHealth;
  } catch (error) {
    throw toWarehouseError(error);
  }
}
