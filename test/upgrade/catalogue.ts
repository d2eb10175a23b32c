import type { ClientBase, Pool } from 'pg';

/**
 * What a schema means to code that reads and writes it. Report views are left out: every release rebuilds them, and no function
 * reads them.
 */
export interface Catalogue {
  /** What code may rely on, and its form: `column warehouse.faxes.cost_cents` is `integer`. */
  readonly promises: ReadonlyMap<string, string>;
  /** What is asked of who writes, and the promise it hangs on: `column ops.slices.digest must be given`, of `relation ops.slices`. */
  readonly duties: ReadonlyMap<string, string>;
}

const OURS = `array['warehouse', 'ops', 'recon']`;

/** Both kinds of lines; `of` is null for promises. Unique keys are both: `on conflict` relies on them, and writers keep to them. */
const READ = `
with relations as (
  select oid, oid::regclass::text as name, relkind, relowner, relacl, relrowsecurity
  from pg_class
  where relnamespace::regnamespace::text = any(${OURS}) and relkind in ('r', 'p', 'v', 'm', 'S')
), columns as (
  select format('%s.%s', r.name, a.attname) as name, r.name as relation, a.*, a.atthasdef and a.attgenerated = '' as has_default
  from relations r
  join pg_attribute a on a.attrelid = r.oid and a.attnum > 0 and not a.attisdropped
  where r.relkind <> 'S'
), functions as (
  select oid::regprocedure::text as name, format_type(prorettype, null) as returns, coalesce(proacl, acldefault('f', proowner)) as acl
  from pg_proc
  where pronamespace::regnamespace::text = any(${OURS})
), unique_keys as (
  select r.name as relation, pg_get_expr(i.indpred, i.indrelid) as condition,
    (select string_agg(pg_get_indexdef(i.indexrelid, place, true), ', ') from generate_series(1, i.indnkeyatts) as place) as key
  from relations r join pg_index i on i.indrelid = r.oid and i.indisunique
), rights as (
  select name as thing, coalesce(relacl, acldefault('r', relowner)) as acl from relations where relkind <> 'S'
  union all select name, attacl from columns
  union all select name, acl from functions
  union all select nspname, nspacl from pg_namespace where nspname = any(${OURS})
)
select format('relation %s', name) as thing, relkind::text as form, null as of from relations
union all select format('column %s', name), format_type(atttypid, atttypmod), null from columns
union all select format('default of %s', name), '', null from columns where has_default
union all select format('function %s', name), returns, null from functions
union all select format('unique key (%s) of %s', key, relation), coalesce(condition, ''), null from unique_keys
union all select format('trigger %s on %s', t.tgname, r.name), '', null
  from relations r join pg_trigger t on t.tgrelid = r.oid and not t.tgisinternal
union all select format('policy %s on %s', p.polname, r.name), p.polcmd::text, null
  from relations r join pg_policy p on p.polrelid = r.oid and p.polpermissive
union all select format('%s of %s by %s', a.privilege_type, thing, coalesce(nullif(a.grantee, 0)::regrole::text, 'everybody')), '', null
  from rights cross join lateral aclexplode(acl) as a
union all select format('column %s must be given', name), '', format('relation %s', relation)
  from columns where attnotnull and not has_default and attidentity = '' and attgenerated = ''
union all select format('column %s must not be null', name), '', format('column %s', name) from columns where attnotnull
union all select format('column %s must not be written', name), '', format('column %s', name)
  from columns where attgenerated <> '' or attidentity = 'a'
union all select format('rows of %s must be unique by (%s)', relation, key), '', format('relation %s', relation) from unique_keys
union all select format('rows of %s must obey %s', r.name, pg_get_constraintdef(c.oid)), '', format('relation %s', r.name)
  from relations r join pg_constraint c on c.conrelid = r.oid and c.contype in ('c', 'f', 'x')
union all select format('rows of %s must pass its policies', name), '', format('relation %s', name) from relations where relrowsecurity
union all select format('rows of %s must pass policy %s', r.name, p.polname), '', format('relation %s', r.name)
  from relations r join pg_policy p on p.polrelid = r.oid and not p.polpermissive
order by 1`;

/** Reads the catalogue of a migrated database. */
export async function readCatalogue(database: Pool | ClientBase): Promise<Catalogue> {
  const { rows } = await database.query<{ thing: string; form: string; of: string | null }>(READ);
  const promises = rows.filter((row) => row.of === null).map(({ thing, form }) => [thing, form] as const);
  const duties = rows.flatMap(({ thing, of }) => (of === null ? [] : [[thing, of] as const]));
  return { promises: new Map(promises), duties: new Map(duties) };
}

/** What a change of the schema takes from code written for it as it was, in words; empty where it only adds. */
export function lossesBetween(before: Catalogue, after: Catalogue): string[] {
  const losses: string[] = [];
  for (const [thing, form] of before.promises) {
    const now = after.promises.get(thing);
    if (now === undefined) losses.push(`${thing} is gone`);
    else if (now !== form) losses.push(`${thing} is ${now}, was ${form}`);
  }
  // A new table may ask whatever it likes: the code before does not write it.
  for (const [thing, of] of after.duties) {
    if (!before.duties.has(thing) && before.promises.has(of)) losses.push(`new: ${thing}`);
  }
  return losses;
}
