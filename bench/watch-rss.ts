import { writeFileSync } from 'node:fs';
import { memoryUsage, resourceUsage } from 'node:process';

/** Resident sizes of a process, told when it ends. */
export interface RssReport {
  /** Every twentieth of a second, MB. */
  readonly samples: readonly number[];
  /** The largest the system saw, MB. */
  readonly peak: number;
}

/** Name of the variable that holds the file for the report. A command that is run with `--import` of this module writes it; its own code is as ever. */
export const RSS_FILE = 'BENCH_RSS_FILE';

const MB = 1_048_576;
const file = process.env[RSS_FILE];
if (file !== undefined) {
  const samples: number[] = [];
  setInterval(() => samples.push(memoryUsage.rss() / MB), 50).unref();
  process.on('exit', () => {
    const report: RssReport = { samples, peak: resourceUsage().maxRSS / 1_024 };
    writeFileSync(file, JSON.stringify(report));
  });
}
