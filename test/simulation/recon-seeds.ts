import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { startEmbeddedPostgres } from '../../src/runtime/embedded-postgres.ts';
import { createWarehousePool } from '../../src/warehouse/connection.ts';
import { migrate } from '../../src/warehouse/migrate.ts';
import { planSeed } from './recon-plan.ts';
import {
  complaintsOf,
  isFailure,
  isGood,
  LEFT_OUT,
  plantedTable,
  type SeedReport,
  seedsTable,
  unplantedKinds,
} from './recon-tables.ts';
import { runSeed } from './recon-world.ts';

/**
 * `npm run recon:seeds -- --honest 200 --planted 200 [--from-seed N] [--workers 2]`: lives seeded worlds through the whole pipeline and the
 * reconciliation, and prints what was found of what was planted, false alarms, and what warehouse, bill and ledger differ by. One seed again:
 * `--seed N [--planted 1 --honest 0] --verbose`. Exit code 1 where any seed is not as it has to be or a hundred seeds had none of a kind, 2 for arguments it cannot use.
 */

const MIGRATIONS = fileURLToPath(new URL('../../migrations', import.meta.url));
const TEMPLATE = 'faxsync_recon_template';
const WORKERS_MAX = 16;

/** One seed to run. */
interface Job {
  readonly seed: number;
  readonly isPlanted: boolean;
}

/** What a worker is told: where the server is, once, then one seed after the other. */
type ToWorker = { readonly serverUrl: string } | Job;

function databaseUrl(serverUrl: string, name: string): string {
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return url.href;
}

async function asAdmin(serverUrl: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: serverUrl });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

async function runJob(serverUrl: string, { seed, isPlanted }: Job): Promise<SeedReport> {
  const name = `recon_${isPlanted ? 'planted' : 'honest'}_${seed}`;
  try {
    await asAdmin(serverUrl, `create database ${name} template ${TEMPLATE}`);
    const stage = { databaseUrl: databaseUrl(serverUrl, name), elapsed: () => performance.now() };
    return await runSeed(planSeed(seed, isPlanted), stage);
  } catch (error) {
    const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return { seed, isPlanted, message };
  } finally {
    await asAdmin(serverUrl, `drop database if exists ${name} with (force)`).catch(() => undefined);
  }
}

function work(): void {
  let serverUrl = '';
  process.on('message', async (message: ToWorker) => {
    if ('serverUrl' in message) serverUrl = message.serverUrl;
    else process.send?.(await runJob(serverUrl, message));
  });
}

/** Gives the jobs to worker processes, each as it gets free; ends them all. */
async function runAll(
  serverUrl: string,
  jobs: readonly Job[],
  workers: number,
  onReport: (report: SeedReport, done: number) => void,
): Promise<SeedReport[]> {
  const left = [...jobs];
  const reports: SeedReport[] = [];
  const runWorker = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const child = fork(fileURLToPath(import.meta.url), ['--worker'], { execPath: process.execPath });
      const next = (): void => {
        const job = left.shift();
        if (job === undefined) child.disconnect();
        else child.send(job);
      };
      child.on('message', (report: SeedReport) => {
        reports.push(report);
        onReport(report, reports.length);
        next();
      });
      child.on('error', reject);
      child.on('exit', (code) => (code === 0 ? resolve() : reject(new Error(`a worker ended with code ${code}`))));
      child.send({ serverUrl });
      next();
    });
  await Promise.all(Array.from({ length: Math.min(workers, jobs.length) }, runWorker));
  return reports.sort((left, right) => Number(left.isPlanted) - Number(right.isPlanted) || left.seed - right.seed);
}

function readArguments(): { jobs: Job[]; workers: number; isVerbose: boolean } | null {
  const { values } = parseArgs({
    options: {
      honest: { type: 'string', default: '200' },
      planted: { type: 'string', default: '200' },
      'from-seed': { type: 'string', default: '1' },
      seed: { type: 'string' },
      workers: { type: 'string', default: '2' },
      verbose: { type: 'boolean', default: false },
    },
  });
  const from = Number(values.seed ?? values['from-seed']);
  const [honest, planted] = [values.honest, values.planted].map((count) =>
    values.seed === undefined ? Number(count) : Math.min(1, Number(count)),
  );
  const workers = Number(values.workers);
  const jobs = (count: number, isPlanted: boolean): Job[] =>
    Array.from({ length: count }, (_, index) => ({ seed: from + index, isPlanted }));
  if (![from, honest, planted, workers].every((value) => Number.isInteger(value) && (value ?? -1) >= 0)) return null;
  if (workers < 1 || workers > WORKERS_MAX) return null;
  return { jobs: [...jobs(honest ?? 0, false), ...jobs(planted ?? 0, true)], workers, isVerbose: values.verbose };
}

function nameOf({ seed, isPlanted }: Job): string {
  return `--seed ${seed} ${isPlanted ? '--honest 0' : '--planted 0'}`;
}

function describe(report: SeedReport, isVerbose: boolean): string {
  const lines = complaintsOf(report).map((line) => `  ${line}`);
  if (isVerbose && !isFailure(report)) {
    const { dialect, zone, period, callbacks, faults, limits } = planSeed(report.seed, report.isPlanted);
    lines.unshift(
      `  ${JSON.stringify({ dialect, zone, period, callbacks: callbacks !== null, faults: faults.length, limits })}`,
    );
    lines.push(
      ...report.verdicts.map(
        ({ outcome, planted }) => `  ${outcome} ${planted.kind} ${planted.subjectKind} ${planted.period}`,
      ),
    );
    lines.push(`  ${report.faxes} faxes, ${Math.round(report.tookMs)} ms`);
  }
  return [nameOf(report), ...lines].join('\n');
}

async function main(): Promise<number> {
  const asked = readArguments();
  if (asked === null) {
    process.stderr.write('Counts, seeds and workers (1 to 16) are whole numbers.\n');
    return 2;
  }
  const { jobs, workers, isVerbose } = asked;
  const began = performance.now();
  const settings = { autovacuum: 'off', max_connections: '200' };
  const server = await startEmbeddedPostgres({ isDurable: false, settings });
  try {
    await asAdmin(server.connectionString, `create database ${TEMPLATE}`);
    const pool = createWarehousePool(databaseUrl(server.connectionString, TEMPLATE), { connectionsMax: 1 });
    await migrate(pool, { directory: MIGRATIONS });
    await pool.end();
    const reports = await runAll(server.connectionString, jobs, workers, (report, done) => {
      if (isVerbose || !isGood(report)) process.stdout.write(`${describe(report, isVerbose)}\n`);
      if (done % 20 === 0) process.stderr.write(`${done} of ${jobs.length} seeds\n`);
    });
    const bad = reports.filter((report) => !isGood(report));
    const seconds = Math.round((performance.now() - began) / 1000);
    const unplanted = unplantedKinds(reports);
    process.stdout.write(`\n${plantedTable(reports)}\n\n${seedsTable(reports)}\n${LEFT_OUT}\n\n`);
    for (const kind of unplanted) process.stdout.write(`${kind} was never planted: nothing is known of it.\n`);
    process.stdout.write(
      `${reports.length} seeds in ${seconds} s with ${workers} workers; ${bad.length} not as they have to be.\n`,
    );
    return bad.length === 0 && unplanted.length === 0 ? 0 : 1;
  } finally {
    await server.stop();
  }
}

if (process.argv.includes('--worker')) work();
else process.exitCode = await main();
