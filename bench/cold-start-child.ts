import { cpuUsage, env, hrtime, memoryUsage } from 'node:process';
import { pathToFileURL } from 'node:url';

/** What importing one bundle took in a process that did nothing before. */
export interface ImportReport {
  readonly importMs: number;
  /** Of all threads: the compiler works beside the import. */
  readonly cpuMs: number;
  /** Of the whole process after the import. */
  readonly rssMb: number;
  /** The first call after it, with what it loads and builds; 0 where none was asked for. */
  readonly firstCallMs: number;
}

const [path, event] = process.argv.slice(2);
const context = { awsRequestId: 'bench', getRemainingTimeInMillis: () => 30_000 };
const msSince = (startedAt: bigint) => Number(hrtime.bigint() - startedAt) / 1e6;

const cpuBefore = cpuUsage();
const importedAt = hrtime.bigint();
const { handler } = (await import(pathToFileURL(path ?? '').href)) as { handler?: (...args: unknown[]) => unknown };
const importMs = msSince(importedAt);
const { user, system } = cpuUsage(cpuBefore);
const rssMb = memoryUsage.rss() / 2 ** 20;
let firstCallMs = 0;
if (event !== undefined && handler !== undefined) {
  const calledAt = hrtime.bigint();
  const outcome = await (async () => handler(JSON.parse(event), context))().catch((error: unknown) => error);
  firstCallMs = msSince(calledAt);
  if (env['BENCH_TELL'] !== undefined) console.error(outcome);
}
const report: ImportReport = { importMs, cpuMs: (user + system) / 1000, rssMb, firstCallMs };
process.send?.(report, () => process.exit(0));
