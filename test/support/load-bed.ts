import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FolderLandingZone } from '../../src/landing/folder.ts';
import type { LoadDeps } from '../../src/pipeline/load.ts';
import { systemClock } from '../../src/runtime/system-clock.ts';
import { PostgresStateStore } from '../../src/state/postgres.ts';
import { freshDatabase, type TestDatabase } from './database.ts';
import { envelopeOfText, type LandedSpec } from './landed.ts';

/** A row by column. */
export type Row = Record<string, unknown>;

/** A landing zone and a database of their own, and what the loader needs to bring the one into the other. */
export class LoadBed {
  readonly database: TestDatabase;
  readonly deps: LoadDeps;
  readonly #folder: string;

  private constructor(database: TestDatabase, deps: LoadDeps, folder: string) {
    this.database = database;
    this.deps = deps;
    this.#folder = folder;
  }

  /** Makes the bed; {@link close} ends it. */
  static async open(): Promise<LoadBed> {
    const database = await freshDatabase();
    const folder = await mkdtemp(join(tmpdir(), 'faxsync-load-'));
    const { pool } = database;
    const clock = systemClock;
    const random = () => 0.5;
    const state = new PostgresStateStore(pool, { clock, random });
    const accountSettings = () => ({ v1Zone: 'America/Chicago', billingZone: 'America/Chicago' });
    const landing = new FolderLandingZone(folder);
    return new LoadBed(database, { landing, pool, state, clock, random, accountSettings }, folder);
  }

  /** Lands one answer as it came; answers its key. */
  async land(spec: LandedSpec, body: string): Promise<string> {
    const { key } = await this.deps.landing.put(envelopeOfText(spec, body));
    return key;
  }

  /** What a table (with its schema) says of an account, ordered by the first of the columns; `t` is the row. */
  async rows(account: string, table: string, columns = 't.*'): Promise<Row[]> {
    const { rows } = await this.database.pool.query<Row>(
      `select ${columns} from ${table} t where account_id = (select account_id from warehouse.accounts where account_key = $1) order by 1`,
      [account],
    );
    return rows;
  }

  /** Drops the database and removes the landing zone. */
  async close(): Promise<void> {
    await this.database.drop();
    await rm(this.#folder, { recursive: true, force: true });
  }
}
