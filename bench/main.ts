import { cpus, totalmem } from 'node:os';
import { parseArgs } from 'node:util';
import { measureBackfill } from './backfill-part.ts';
import { measureCalls } from './calls-part.ts';
import { measureColdStarts } from './cold-start-part.ts';
import { measureDecoding } from './decode-part.ts';
import { measureExport } from './export-part.ts';
import { PAGE_FAXES } from './faxes.ts';
import { type Figure, isReached, tableOf } from './figures.ts';
import { type Ground, openGround } from './ground.ts';
import { measureLoad } from './load-part.ts';
import { measureMemory } from './memory-part.ts';
import { measurePeers } from './peers-part.ts';
import { measureRecon } from './recon-part.ts';
import { measureReports } from './reports-part.ts';
import { measureUsage } from './usage-part.ts';

const HELP = `npm run bench [-- <part> ...] [-- --faxes N --rounds N --base N]

Measures the load path on the embedded Postgres and prints ratios; all writers of a part take turns in one run.
Parts (all, when none is named):
  load        the load path against COPY, and against itself; from the landing zone to the commit
  peers       against stripe-sync-engine, Singer's statements and kysely
  decode      decoding against JSON.parse
  memory      the load function over 200,000 faxes
  calls       provider calls of a backfill
  backfill    a year at 1 M faxes a month: the provider's rate against the clock, and whether load keeps up
  usage       calls, objects and units of DynamoDB of a day by the schedule: inputs of the cost model
  reports     questions to report views against scans of 10 M faxes, the report page, what sums cost the load path
  recon       all checks of one month of 0.25, 0.5 and 1 M faxes
  export      a million single charges as CSV, JSON lines and Parquet
  cold-start  import of each function's bundle against the SDK's client alone; needs no database
Options:
  --faxes N    faxes a cell (default 20000); in recon of its largest month, in export charges (1000000)
  --rounds N   rounds that count, after one that warms (default 5)
  --base N     faxes in the tables before (default 100000)
`;

interface Options {
  readonly pages: number;
  /** Faxes, where they were asked for. */
  readonly faxes: number | null;
  readonly rounds: number;
}

/** A part that asks for the ground starts the server, where no part before it did. */
type Part = (ground: () => Promise<Ground>, options: Options) => Promise<Figure[]>;

/** Processes a bundle is imported in, for each round of the other parts: 20 unless told otherwise. */
const IMPORTS_PER_ROUND = 4;

const PARTS: Readonly<Record<string, Part>> = {
  load: async (ground, { pages, rounds }) => measureLoad(await ground(), pages, rounds),
  peers: async (ground, { pages, rounds }) => measurePeers(await ground(), pages, rounds),
  decode: (_ground, { rounds }) => measureDecoding(rounds),
  memory: async (ground, { pages }) => measureMemory(await ground(), pages * PAGE_FAXES * 10),
  calls: async (ground) => measureCalls(await ground()),
  backfill: async (ground) => measureBackfill(await ground()),
  usage: async (ground) => measureUsage(await ground()),
  recon: async (ground, { faxes }) => measureRecon(await ground(), faxes),
  reports: async (ground, { faxes, pages, rounds }) =>
    measureReports(await ground(), faxes, faxes === null ? pages : 20, rounds),
  export: async (ground, { faxes }) => measureExport(await ground(), faxes),
  'cold-start': (_ground, { rounds }) => measureColdStarts(rounds * IMPORTS_PER_ROUND),
};

function count(text: string | undefined, fallback: number): number {
  const value = Number(text ?? fallback);
  if (!Number.isSafeInteger(value) || value < 1) throw new Error(`${text} is not a whole number above 0`);
  return value;
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    faxes: { type: 'string' },
    rounds: { type: 'string' },
    base: { type: 'string' },
    help: { type: 'boolean', short: 'h' },
  },
});
const named = positionals.length > 0 ? positionals : Object.keys(PARTS);
const unknown = named.filter((name) => PARTS[name] === undefined);
if (values.help === true || unknown.length > 0) {
  process.stdout.write(HELP);
  process.exit(values.help === true ? 0 : 64);
}
const options = {
  pages: Math.max(1, Math.round(count(values.faxes, 20_000) / PAGE_FAXES)),
  faxes: values.faxes === undefined ? null : count(values.faxes, 0),
  rounds: count(values.rounds, 5),
};
const base = count(values.base, 100_000);
const [cpu] = cpus();
console.log(
  `${cpus().length} cores ${cpu?.model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GB, Node ${process.versions.node}, ` +
    `medians of ${options.rounds} interleaved rounds`,
);
let opened: Promise<Ground> | undefined;
async function openOnce(): Promise<Ground> {
  process.stderr.write(`Loading ${base} faxes to begin with ...\n`);
  const ground = await openGround(base);
  console.log(
    `Postgres ${ground.serverVersion} (embedded, durable, shared_buffers 1GB), ${base} faxes before, ` +
      `${options.pages * PAGE_FAXES} a cell`,
  );
  return ground;
}
const groundOnce = (): Promise<Ground> => {
  opened ??= openOnce();
  return opened;
};
const figures: Figure[] = [];
try {
  for (const name of named) {
    process.stderr.write(`Measuring ${name} ...\n`);
    figures.push(...((await PARTS[name]?.(groundOnce, options)) ?? []));
  }
} finally {
  await (await opened)?.close();
}
console.log(tableOf(figures));
const missed = figures.filter((figure) => !isReached(figure)).length;
const targets = figures.filter(({ target }) => target !== null).length;
console.log(`${targets - missed} of ${targets} targets reached${missed > 0 ? `, ${missed} below target` : ''}`);
