import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { stripTypeScriptTypes } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { BUILD_OPTIONS, BUNDLE_BUDGETS, type BundledFunction, bundleFunctions } from '../infra/bundle.ts';
import type { ImportReport } from './cold-start-child.ts';
import { type Figure, median } from './figures.ts';

/**
 * What an import may take, ms of a processor: where somebody waits, and elsewhere. By the clock it is the same on a machine that does nothing
 * else; neighbours lengthen that, and not this.
 */
const TARGET_MS = { ingress: 100, worker: 150 };

/** Events that make a function load and build all it works with, and then do nothing. */
const IDLE_EVENTS: Readonly<Record<string, unknown>> = {
  load: { Records: [] },
  'receive-callback': { headers: {}, requestContext: { http: { method: 'POST' } }, body: '', isBase64Encoded: false },
};

/** A deployment's settings; nothing of it is ever reached. */
const ENVIRONMENT = {
  AWS_REGION: 'us-east-1',
  AWS_ACCESS_KEY_ID: 'bench',
  AWS_SECRET_ACCESS_KEY: 'bench',
  FAXSYNC_API_KEY: 'bench',
  FAXSYNC_API_SECRET: 'bench',
  FAXSYNC_LANDING: 's3://bench',
  FAXSYNC_STATE: 'dynamodb:bench',
  FAXSYNC_DATABASE_URL: 'postgres://bench@127.0.0.1:1/bench',
  FAXSYNC_CALLBACK_TOKENS: 'bench',
  FAXSYNC_CALLBACK_URL: 'https://faxes.example.com/callbacks',
  FAXSYNC_LOG_LEVEL: 'SILENT',
  POWERTOOLS_METRICS_DISABLED: 'true',
};

const SDK_CLIENT = `import { DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
export const handler = () => new DynamoDBClient({}).send(new UpdateItemCommand({}));`;

interface Subject {
  readonly path: string;
  readonly event: unknown;
  readonly reports: ImportReport[];
}

/**
 * Import of each bundle in `rounds` fresh processes, taking turns with an empty module and a client of the SDK alone: by itself what
 * every function of AWS pays. Needs no database and no network.
 */
export async function measureColdStarts(rounds: number): Promise<Figure[]> {
  const folder = await mkdtemp(join(tmpdir(), 'faxsync-bench-'));
  try {
    const child = join(folder, 'child.mjs');
    const source = await readFile(new URL('cold-start-child.ts', import.meta.url), 'utf8');
    await writeFile(child, stripTypeScriptTypes(source));
    const bundles = await bundleFunctions({ outdir: folder });
    const subjects = new Map<string, Subject>([
      [
        'empty',
        { path: await writeModule(folder, 'empty', 'export const handler = () => {};'), event: null, reports: [] },
      ],
      ['client', { path: await bundleClient(folder, 'client', true), event: null, reports: [] }],
      ['client as it is', { path: await bundleClient(folder, 'plain-client', false), event: null, reports: [] }],
    ]);
    for (const { name, folder: at } of bundles) {
      subjects.set(name, { path: join(at, 'index.mjs'), event: IDLE_EVENTS[name] ?? null, reports: [] });
    }
    const turns = [...subjects.values()];
    for (let round = 0; round <= rounds; round++) {
      const first = round % turns.length;
      for (const { path, event, reports } of [...turns.slice(first), ...turns.slice(0, first)]) {
        const report = await importOnce(child, path, event);
        // The first round brings the files into memory.
        if (round > 0) reports.push(report);
      }
    }
    return figuresOf(subjects, bundles, rounds);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function writeModule(folder: string, name: string, text: string): Promise<string> {
  const path = join(folder, `${name}.mjs`);
  await writeFile(path, text);
  return path;
}

async function bundleClient(folder: string, name: string, hasPlugins: boolean): Promise<string> {
  const outfile = join(folder, `${name}.mjs`);
  const resolveDir = fileURLToPath(new URL('..', import.meta.url));
  const plugins = hasPlugins ? BUILD_OPTIONS.plugins : [];
  await build({ ...BUILD_OPTIONS, plugins, stdin: { contents: SDK_CLIENT, resolveDir }, outfile });
  return outfile;
}

async function importOnce(child: string, path: string, event: unknown): Promise<ImportReport> {
  const started = spawn(process.execPath, [child, path, ...(event === null ? [] : [JSON.stringify(event)])], {
    env: ENVIRONMENT,
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  let report: ImportReport | undefined;
  started.on('message', (message) => {
    report = message as ImportReport;
  });
  await once(started, 'close');
  if (report === undefined) throw new Error(`importing ${path} ended without a report`);
  return report;
}

function figuresOf(
  subjects: ReadonlyMap<string, Subject>,
  bundles: readonly BundledFunction[],
  rounds: number,
): Figure[] {
  const medianOf = (name: string, of: keyof ImportReport) =>
    median((subjects.get(name)?.reports ?? []).map((report) => report[of]));
  const best = (name: string) => Math.min(...(subjects.get(name)?.reports ?? []).map(({ importMs }) => importMs));
  const ratio = (name: string, to: string) => (medianOf(name, 'cpuMs') / medianOf(to, 'cpuMs')).toFixed(2);
  const beside = (name: string) =>
    `by the clock ${medianOf(name, 'importMs').toFixed(0)} ms, at best ${best(name).toFixed(0)}; RSS ${medianOf(name, 'rssMb').toFixed(0)} MB`;
  const plain = (name: string, subject: string): Figure => ({
    name,
    target: null,
    measured: medianOf(subject, 'cpuMs'),
    digits: 1,
    beside: beside(subject),
  });
  const rows: Figure[] = [
    plain(`import of an empty module, processor ms (medians of ${rounds})`, 'empty'),
    plain('- of the DynamoDB client alone, as it is', 'client as it is'),
    plain('- of the DynamoDB client alone, bundled as ours are', 'client'),
  ];
  for (const { name, bytes } of bundles) {
    const isIngress = BUNDLE_BUDGETS[name as keyof typeof BUNDLE_BUDGETS]?.bytesMax === BUNDLE_BUDGETS.canary.bytesMax;
    const first = medianOf(name, 'firstCallMs');
    const call = first > 0 ? `, first idle call ${first.toFixed(0)} ms` : '';
    rows.push({
      name: `import of ${name}, processor ms`,
      target: { is: 'at most', value: isIngress ? TARGET_MS.ingress : TARGET_MS.worker },
      measured: medianOf(name, 'cpuMs'),
      digits: 1,
      beside:
        `${ratio(name, 'client as it is')} of the client as it is, ${ratio(name, 'client')} of it bundled as ours; ` +
        `${beside(name)}, ${(medianOf(name, 'rssMb') - medianOf('empty', 'rssMb')).toFixed(0)} above the empty one; ${(bytes / 1000).toFixed(0)} kB${call}`,
    });
  }
  return rows;
}
