import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compareWorld, type WorldComparison } from '../../src/cli/compare-world.ts';
import { ManualClock } from '../../src/simulator/manual-clock.ts';
import { createSimulator, type Simulator, type SimulatorOptions } from '../../src/simulator/simulator.ts';
import { freshDatabase, type TestDatabase } from '../support/database.ts';
import { type CliResult, type CliRun, runCli, startCli } from './run-cli.ts';

/** The pretend provider's present: it stands still, so a sync sees one state of the world. */
export const BED_NOW = Date.UTC(2026, 5, 10, 17);

/** A pretend provider, a database and a home folder for commands in processes of their own. */
export class CliBed {
  readonly simulator: Simulator;
  readonly clock: ManualClock;
  readonly database: TestDatabase;
  readonly home: string;
  readonly env: Readonly<Record<string, string>>;

  private constructor(
    simulator: Simulator,
    clock: ManualClock,
    database: TestDatabase,
    home: string,
    env: Readonly<Record<string, string>>,
  ) {
    this.simulator = simulator;
    this.clock = clock;
    this.database = database;
    this.home = home;
    this.env = env;
  }

  static async open(options: Partial<SimulatorOptions> = {}, env: Record<string, string> = {}): Promise<CliBed> {
    const clock = new ManualClock(BED_NOW);
    const simulator = createSimulator({
      seed: 11,
      clock,
      // Marks of absence need two looks an hour apart by our own clock, which nobody moves here.
      world: { days: 30, faxesPerDay: 60, deletedTestShare: 0 },
      http: { rateLimit: null },
      ...options,
    });
    const { url } = await simulator.start();
    const database = await freshDatabase();
    const home = await mkdtemp(join(tmpdir(), 'faxsync-cli-'));
    const { apiKey, apiSecret } = simulator.credentials;
    return new CliBed(simulator, clock, database, home, {
      FAXSYNC_HOME: home,
      FAXSYNC_DATABASE_URL: database.url,
      FAXSYNC_PROVIDER_URL: url,
      FAXSYNC_API_KEY: apiKey,
      FAXSYNC_API_SECRET: apiSecret,
      FAXSYNC_REQUESTS_PER_SECOND: '100',
      FAXSYNC_FIRST_DAY: '2026-05-01',
      ...env,
    });
  }

  run(args: readonly string[], env: Record<string, string> = {}): Promise<CliResult> {
    return runCli(args, { ...this.env, ...env });
  }

  start(args: readonly string[], env: Record<string, string> = {}): CliRun {
    return startCli(args, { ...this.env, ...env });
  }

  /** The fax tables and the money, held against the world. */
  async compareFaxes(): Promise<Pick<WorldComparison, 'tables' | 'money'>> {
    const { simulator, clock, database } = this;
    const comparison = await compareWorld(database.pool, {
      world: simulator.world,
      account: 'main',
      at: clock.now(),
      dialect: 'v2.1',
      zone: 'America/Chicago',
    });
    // Lists taken whole are compared at the looks' own instants, which here are of another clock.
    const tables = comparison.tables.filter(({ table }) => /fax/.test(table));
    return { tables, money: comparison.money };
  }

  async close(): Promise<void> {
    await this.simulator.stop();
    await this.database.drop();
    await rm(this.home, { recursive: true, force: true });
  }
}
