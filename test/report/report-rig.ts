import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { DAY_MS, type Instant, toIso } from '../../src/domain/time.ts';
import type { LandedKind } from '../../src/landing/contract.ts';
import { createWarehousePool } from '../../src/warehouse/connection.ts';
import { loadObject } from '../../src/warehouse/load-object.ts';
import { freshDatabase, type TestDatabase } from '../support/database.ts';
import { preparedOf, TEST_LOAD } from '../support/landed.ts';

/** Columns of a report's row by name. */
export type ReportRow = Record<string, unknown>;

/**
 * A database filled by looks at the past, reckoned from the database's own time: reports compare with its now().
 * Whole days ago stay whole days in figures of two decimals for the minutes a test takes.
 */
export interface ReportRig {
  readonly database: TestDatabase;
  /** RFC 3339 stamp so many days before now; a negative number lies ahead. */
  daysAgo(days: number): string;
  dateDaysAgo(days: number): Date;
  /** Loads one whole listing (`kind` slice: faxes) as if it was made so many days ago; observation numbers follow the order of the calls. */
  look(
    stream: string,
    days: number,
    data: unknown,
    of?: { account?: string; subjectId?: string; kind?: LandedKind },
  ): Promise<void>;
  rows(sql: string): Promise<ReportRow[]>;
  /** How many rows of warehouse.faxes a query goes through, those among them that it then leaves out. */
  faxesRead(sql: string): Promise<number>;
  /** A pool of a login in `group`, granted the accounts; its role is dropped with the rig. */
  login(group: string, accounts: readonly string[]): Promise<pg.Pool>;
  drop(): Promise<void>;
}

/** A step of a plan, as EXPLAIN gives it. */
interface PlanStep {
  readonly 'Relation Name'?: string;
  readonly 'Actual Rows': number;
  readonly 'Actual Loops': number;
  readonly 'Rows Removed by Filter'?: number;
  readonly Plans?: readonly PlanStep[];
}

function faxesOf(step: PlanStep): number {
  const rows = (step['Actual Rows'] + (step['Rows Removed by Filter'] ?? 0)) * step['Actual Loops'];
  return (step.Plans ?? []).reduce((sum, next) => sum + faxesOf(next), step['Relation Name'] === 'faxes' ? rows : 0);
}

/** Makes the rig; `drop` ends it. */
export async function createReportRig(): Promise<ReportRig> {
  const database = await freshDatabase();
  const found = await database.pool.query<{ now: Date }>("select date_trunc('second', now()) as now");
  const now: Instant = found.rows[0]?.now.getTime() ?? Number.NaN;
  const logins: Array<{ name: string; pool: pg.Pool }> = [];
  let observation = 0;
  const at = (days: number): Instant => now - days * DAY_MS;
  return {
    database,
    daysAgo: (days) => toIso(at(days)),
    dateDaysAgo: (days) => new Date(at(days)),
    look: async (stream, days, data, of = {}) => {
      observation += 1;
      const spec = { observation, at: at(days), kind: 'snapshot' as const, stream, ...of };
      await loadObject(database.pool, preparedOf(spec, data), TEST_LOAD);
    },
    rows: async (sql) => (await database.pool.query<ReportRow>(sql)).rows,
    faxesRead: async (sql) => {
      const { rows } = await database.pool.query<{ 'QUERY PLAN': readonly { Plan: PlanStep }[] }>(
        `explain (analyze, timing off, format json) ${sql}`,
      );
      return rows.flatMap((row) => row['QUERY PLAN']).reduce((sum, plan) => sum + faxesOf(plan.Plan), 0);
    },
    login: async (group, accounts) => {
      const name = `test_report_${randomBytes(4).toString('hex')}`;
      const password = randomBytes(12).toString('hex');
      await database.pool.query(`create role ${name} login password '${password}' in role ${group}`);
      await database.pool.query(
        'insert into warehouse.account_grants select $1, account_id from warehouse.accounts where account_key = any($2)',
        [name, accounts],
      );
      const url = new URL(database.url);
      url.username = name;
      url.password = password;
      const pool = createWarehousePool(url.href);
      logins.push({ name, pool });
      return pool;
    },
    drop: async () => {
      for (const { pool } of logins) await pool.end();
      await database.drop();
      const url = new URL(database.url);
      url.pathname = '/postgres';
      const client = new pg.Client({ connectionString: url.href });
      await client.connect();
      for (const { name } of logins) await client.query(`drop role if exists ${name}`);
      await client.end();
    },
  };
}
