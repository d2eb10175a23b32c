import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { parsePeriod, RECONCILIATION_DEFAULTS, type ReconciliationSettings } from '../../src/domain/reconciliation.ts';
import type { Instant } from '../../src/domain/time.ts';
import { createWarehousePool, inTransaction } from '../../src/warehouse/connection.ts';
import { loadObject } from '../../src/warehouse/load-object.ts';
import type { Check } from '../../src/warehouse/recon/check.ts';
import { judge, prepareJudgement } from '../../src/warehouse/recon/judge.ts';
import { prepareBalance } from '../../src/warehouse/recon/prepare-balance.ts';
import { rateFaxes } from '../../src/warehouse/recon/rate-faxes.ts';
import { takeScope } from '../../src/warehouse/recon/scope.ts';
import { freshDatabase, type TestDatabase } from './database.ts';
import { type LandedSpec, preparedOf, TEST_LOAD } from './landed.ts';
import { ShownChecks } from './recon-shown.ts';

/** A row that differs, as a check found it. */
export interface Finding {
  readonly subject: string;
  readonly outcome: string;
  readonly reason: string;
  readonly left: number | null;
  readonly right: number | null;
  readonly cents: number;
  readonly owed: number;
}

/** A row of the results of a check. */
export interface CheckResult {
  readonly grain: string;
  readonly outcome: string;
  readonly tested: number;
  readonly within: number;
  readonly explained: number;
  readonly exceptions: number;
  readonly untestable: number;
}

/** What one check came to. */
export interface Checked {
  readonly results: readonly CheckResult[];
  readonly findings: readonly Finding[];
}

/** What a check is run on, beside the account. */
export interface CheckedScope {
  /** `2026-07`. */
  readonly period: string;
  readonly asOf: Instant;
  readonly limits?: Partial<ReconciliationSettings['limits']>;
  readonly rates?: ReconciliationSettings['rates'];
}

/** A database of its own with a login that may reconcile and nothing else, for tests of single checks on rows loaded as in production. */
export class ReconBed {
  readonly database: TestDatabase;
  /** Logged in with the rights of the function that reconciles. */
  readonly pool: pg.Pool;
  /** What the runs of the checks have come to. */
  readonly shown = new ShownChecks();
  readonly #login: string;
  #accounts = 0;
  #account = '';

  private constructor(database: TestDatabase, pool: pg.Pool, login: string) {
    this.database = database;
    this.pool = pool;
    this.#login = login;
  }

  /** Makes the bed; {@link close} ends it. */
  static async open(): Promise<ReconBed> {
    const database = await freshDatabase();
    const login = `test_reconciler_${randomBytes(4).toString('hex')}`;
    const password = randomBytes(12).toString('hex');
    await database.pool.query(
      `create role ${login} login password '${password}' in role faxsync_reader, faxsync_reconciler`,
    );
    const url = new URL(database.url);
    url.username = login;
    url.password = password;
    return new ReconBed(database, createWarehousePool(url.href, { connectionsMax: 2 }), login);
  }

  /** Begins with a new account, of which nothing is loaded; its key. */
  newAccount(): string {
    this.#accounts += 1;
    this.#account = `clinic-${this.#accounts}`;
    return this.#account;
  }

  /** The account in use. */
  get account(): string {
    return this.#account;
  }

  /** Loads one look of the account, `data` as the provider sends it. */
  async load(spec: LandedSpec, data: unknown): Promise<void> {
    const account = spec.account ?? this.#account;
    const prepared = preparedOf({ ...spec, account }, data);
    const mark = { ...prepared.mark, landedKey: `${account}/${spec.stream ?? 'faxes'}/${spec.observation}` };
    const { kind } = await loadObject(this.database.pool, { ...prepared, mark }, TEST_LOAD);
    if (kind !== 'loaded') throw new Error(`a look of the test was not loaded: ${kind}`);
  }

  /** Somebody's own statement about the account, past every trigger; `$ACCOUNT` stands for its number. */
  async tamper(sql: string): Promise<void> {
    const client = await this.database.pool.connect();
    const account = `(select account_id from warehouse.accounts where account_key = '${this.#account}')`;
    try {
      await client.query('begin');
      await client.query('set local session_replication_role = replica');
      await client.query(sql.replaceAll('$ACCOUNT', account));
      await client.query('commit');
    } finally {
      client.release();
    }
  }

  /** Runs one check on the account; nothing is kept. */
  check(check: Check, { period, asOf, limits = {}, rates = [] }: CheckedScope): Promise<Checked> {
    const month = parsePeriod(period);
    if (month === null) throw new Error(`${period} is no period`);
    const settings = { limits: { ...RECONCILIATION_DEFAULTS.limits, ...limits }, rates };
    return inTransaction(this.pool, async (client) => {
      await takeScope(client, { account: this.#account, period: month, asOf, settings });
      await rateFaxes(client, settings);
      await prepareBalance(client);
      await prepareJudgement(client);
      const tolerance = settings.limits.tolerances[check.id] ?? check.tolerance;
      await judge(client, check, tolerance);
      const checked = await readChecked(client);
      await this.shown.note(check.id, checked, tolerance, async (other) => {
        await client.query('truncate run_findings, run_results');
        await judge(client, check, other);
        return readChecked(client);
      });
      return checked;
    });
  }

  /** Drops database and login. */
  async close(): Promise<void> {
    await this.pool.end();
    await this.database.drop();
    const admin = new URL(this.database.url);
    admin.pathname = '/postgres';
    const client = new pg.Client({ connectionString: admin.href });
    await client.connect();
    await client.query(`drop role ${this.#login}`);
    await client.end();
  }
}

async function readChecked(client: pg.ClientBase): Promise<Checked> {
  const results = await client.query<CheckResult>(
    `select grain, outcome, tested_count::float8 as tested, within_count::float8 as within, explained_count::float8 as explained,
       exception_count::float8 as exceptions, untestable_count::float8 as untestable
     from run_results order by grain`,
  );
  const findings = await client.query<Finding>(
    `select subject_kind || ' ' || subject_id as subject, outcome, reason, left_value::float8 as left, right_value::float8 as right,
       cents::float8 as cents, owed_cents::float8 as owed
     from run_findings order by subject_kind, subject_id`,
  );
  const once = new Set(findings.rows.map(({ subject }) => subject));
  if (once.size !== findings.rows.length) throw new Error('a check named one subject twice');
  return { results: results.rows, findings: findings.rows };
}
