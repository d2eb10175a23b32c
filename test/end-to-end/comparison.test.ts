import { describe, expect, it } from 'vitest';
import { compareWorld } from '../../src/cli/compare-world.ts';
import { RIG_ACCOUNT } from '../../src/cli/demo/mirror-rig.ts';
import { LISTED_STREAMS, STREAMS } from '../../src/streams/registry.ts';
import { createWarehousePool } from '../../src/warehouse/connection.ts';
import { mirroredTableNames } from '../support/warehouse-content.ts';
import { DAY, differencesOf, HOUR, live, MINUTE, openRig, START } from './rigs.ts';

/**
 * Columns that tell by which look a row was loaded, where the world cannot foretell it; everything else of every table must be compared.
 * By hand, since it is less than the marks of loading that the comments of columns name: those of listed objects are compared, too.
 */
const NOT_COMPARED: Readonly<Record<string, readonly string[]>> = {
  faxes: ['observation_no', 'observed_at', 'observed_via', 'stage'],
  fax_history: ['observed_at', 'observed_via', 'observation_no', 'stage'],
  phax_codes: ['observation_no', 'observed_at'],
};

/** An expression that gives the column another value, by its type. */
function tampered(column: string, type: string): string {
  const name = `"${column}"`;
  switch (type) {
    case 'text':
      return `coalesce(${name}, '') || 'x'`;
    case 'boolean':
      return `not coalesce(${name}, false)`;
    case 'timestamp with time zone':
      return `coalesce(${name}, '2020-01-01') + interval '1 second'`;
    case 'jsonb':
      return `coalesce(${name}, '{}') || '{"tampered": "yes"}'`;
    case 'uuid':
      return `'00000000-0000-0000-0000-000000000001'::uuid`;
    default:
      // Far enough to be no other row's key, and small enough for every whole number.
      return `coalesce(${name}, 0) + 10_007`;
  }
}

/** The tables of a list of objects. */
function tablesOf(stream: string): { table: string; history: string } {
  const table = STREAMS.get(stream)?.tables[0]?.table ?? '';
  const singular = stream.endsWith('sses') ? stream.slice(0, -2) : stream.slice(0, -1);
  return { table, history: `warehouse.${singular}_history` };
}

describe('the comparison with the world', () => {
  it('notices one changed value in any column of any table, a row too many and a row too few', async () => {
    const { rig, database } = await openRig({ world: { days: 3, faxesPerDay: 40, restsFrom: START, oddities: false } });
    await rig.pull();
    await live(rig, START + 37 * DAY, 3 * DAY);
    await rig.pull({ eager: true });
    expect(differencesOf(await rig.compare())).toEqual([]);
    // One connection, so that what the comparison reads is what the open transaction has written.
    const pool = createWarehousePool(database.url, { connectionsMax: 1 });
    const compare = () =>
      compareWorld(pool, {
        world: rig.simulator.world,
        account: RIG_ACCOUNT,
        at: rig.clock.now(),
        dialect: 'v2.1',
        zone: 'America/Chicago',
      });
    const undone: string[] = [];
    const tamper = async (what: string, sql: string): Promise<void> => {
      await pool.query('begin');
      await pool.query(sql);
      // By the tables alone: that sums of reports differ as well must hide nothing.
      const { tables: compared, money } = await compare();
      if (compared.every(({ differing }) => differing === 0) && money.differingDays.length === 0) undone.push(what);
      await pool.query('rollback');
    };
    const tables = await mirroredTableNames(pool);
    for (const table of Object.keys(NOT_COMPARED)) expect(tables).toContain(table);
    const columns = await pool.query<{ table_name: string; column_name: string; data_type: string }>(
      `select table_name, column_name, data_type from information_schema.columns
       where table_schema = 'warehouse' and table_name = any($1) and column_name <> 'account_id' order by 1, ordinal_position`,
      [tables],
    );
    let tried = 0;
    for (const { table_name: table, column_name: column, data_type: type } of columns.rows) {
      if (NOT_COMPARED[table]?.includes(column) === true) continue;
      tried += 1;
      await tamper(
        `${table}.${column}`,
        `alter table warehouse.${table} disable trigger user;
         update warehouse.${table} set "${column}" = ${tampered(column, type)}
         where ctid = (select max(ctid) from warehouse.${table})`,
      );
    }
    for (const table of tables) {
      tried += 1;
      await tamper(
        `${table}: a row too few`,
        `delete from warehouse.${table} where ctid = (select max(ctid) from warehouse.${table})`,
      );
    }
    // A list that was never looked at, and one that was looked at once, are wrong although every row agrees with its looks.
    const forgetting = (stream: string, looks: string) => {
      const { table, history } = tablesOf(stream);
      return `delete from ops.slices where stream = '${stream}' and ${looks};
        delete from ${table}; delete from ${history} where observation_no not in (select observation_no from ops.slices where stream = '${stream}')`;
    };
    for (const { name, listing, dialects } of LISTED_STREAMS) {
      if (!dialects.includes('v2.1') || name === 'account_status' || name === 'phone_numbers' || name === 'countries')
        continue;
      tried += 1;
      if (listing.subjects === undefined) {
        await tamper(`${name}: never listed`, forgetting(name, 'true'));
        continue;
      }
      const few = `subject_id = (select min(subject_id) from ops.slices where stream = '${name}')`;
      await tamper(
        `${name} of one number: never read`,
        `delete from ops.slices where stream = '${name}' and ${few};
         delete from warehouse.${name} where port_number_id::text not in (select subject_id from ops.slices where stream = '${name}');
         delete from ${tablesOf(name).history} where port_number_id::text not in (select subject_id from ops.slices where stream = '${name}')`,
      );
    }
    await tamper(
      'a rejection that nobody planted',
      `insert into ops.rejected_records (account_id, stream, scope, object, record_id, path, reason, raw, raw_digest, occurrences,
         first_landed_key, last_landed_key, first_seen_at, last_seen_at)
       select account_id, 'faxes', 'value', 'fax', '1', '$.cost', 'negative_cost', '-1', 'x', 1, 'k', 'k', now(), now() from warehouse.accounts`,
    );
    await tamper(
      'a fax that nobody sent',
      `insert into warehouse.faxes (account_id, fax_id, observed_at, observation_no, content_hash, stage, observed_via)
       select account_id, 77, now(), 1, '00000000-0000-0000-0000-000000000001', 3, 'listing' from warehouse.accounts`,
    );
    await pool.end();
    expect(undone).toEqual([]);
    expect(tried).toBeGreaterThan(80);
    console.log(`tampered with ${tried + 2} places, one at a time: every one noticed`);
  });

  it('names a fax that changed since the last look, and its day', async () => {
    const { rig } = await openRig({ world: { days: 2, faxesPerDay: 60, restsFrom: START + HOUR } });
    await rig.pull();
    rig.clock.advance(10 * MINUTE);
    const { tables, isEqual } = await rig.compare();
    expect(isEqual).toBe(false);
    const faxes = tables.find(({ table }) => table === 'faxes');
    expect(faxes?.differing).toBeGreaterThan(0);
    for (const { row } of faxes?.differences ?? []) expect(row).toMatch(/^fax \d+$/);
  });
});
