import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Pool } from 'pg';
import type { ExportFormat } from '../src/cli/export.ts';
import type { Figure } from './figures.ts';
import { type Ground, secondsOf } from './ground.ts';
import { RSS_FILE, type RssReport } from './watch-rss.ts';

const CHARGES = 1_000_000;
const ACCOUNT = 'export';
/** Every twentieth fax was credited: it has a charge and a credit. */
const CREDITED = 20;
const FORMATS: readonly ExportFormat[] = ['csv', 'jsonl', 'parquet'];
const SECONDS_MAX = 30;
/** As in the part "memory": bounds that show what is held, where the engine would else let garbage lie. */
const NODE_OPTIONS = ['--max-old-space-size=96', '--max-semi-space-size=4'];
const GROWTH_MAX_MB = 20;

const FILL: readonly string[] = [
  `insert into warehouse.accounts (account_key, billing_zone) values ('${ACCOUNT}', 'America/Chicago')`,
  `insert into warehouse.faxes (account_id, fax_id, created_at, completed_at, observed_at, observation_no, content_hash, num_pages, cost_cents, recipient_count,
     stage, direction, status, observed_via)
   select a.account_id, $1::bigint + n, at, at + interval '50 seconds', at + interval '15 minutes', 1000 + n / 500, md5(n::text)::uuid, 1 + n % 4, 7 * (1 + n % 4), 1,
     3, case when n % 10 < 3 then 'received' else 'sent' end, case when n % ${CREDITED} = 5 then 'failure' else 'success' end, 'listing'
   from warehouse.accounts a, generate_series(0, $2::bigint - 1) n,
     lateral (select timestamptz '2026-09-01T05:00Z' + make_interval(secs => n * 2.6) as at offset 0) t
   where a.account_key = '${ACCOUNT}'`,
  `update warehouse.faxes f set cost_cents = 0, observed_at = f.observed_at + interval '1 hour', observation_no = f.observation_no + 4
   from warehouse.accounts a where a.account_id = f.account_id and a.account_key = '${ACCOUNT}' and f.status = 'failure'`,
  'vacuum analyze warehouse.faxes, warehouse.fax_history, warehouse.accounts',
];

/** Fills as many faxes in as have the charges and credits that are asked for; returns how many there are. */
async function fillCharges(pool: Pool, charges: number, takeIds: Ground['takeIds']): Promise<number> {
  const faxes = Math.ceil((charges * CREDITED) / (CREDITED + 1));
  const first = takeIds(faxes);
  for (const statement of FILL) {
    await pool.query(statement, statement.includes('$1') ? [first, faxes] : []);
  }
  const { rows } = await pool.query<{ count: number }>(
    `select count(*)::integer as count from report.charges where account_key = '${ACCOUNT}'`,
  );
  return rows[0]?.count ?? Number.NaN;
}

interface Measured {
  readonly seconds: number;
  readonly megabytes: number;
  readonly rss: RssReport;
}

/** Runs the command itself, as a user would. */
async function exportOnce(url: string, folder: string, format: ExportFormat): Promise<Measured> {
  const out = join(folder, `charges.${format}`);
  const rssFile = join(folder, `${format}.json`);
  const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));
  const seconds = await secondsOf(async () => {
    const child = spawn(
      process.execPath,
      [
        ...NODE_OPTIONS,
        ...['--import', new URL('./watch-rss.ts', import.meta.url).href, path('../src/cli/main.ts')],
        ...['export', 'charges', '--account', ACCOUNT, '--format', format, '--out', out],
      ],
      {
        env: { ...process.env, FAXSYNC_DATABASE_URL: url, [RSS_FILE]: rssFile },
        stdio: ['ignore', 'ignore', 'inherit'],
      },
    );
    const [code] = await once(child, 'close');
    if (code !== 0) throw new Error(`the export as ${format} ended with ${code}`);
  });
  const rss = JSON.parse(await readFile(rssFile, 'utf8')) as RssReport;
  return { seconds, megabytes: (await stat(out)).size / 1e6, rss };
}

/** Writes a million charges in each format with the command line, in a process each; seconds include its start. */
export async function measureExport(ground: Ground, asked: number | null): Promise<Figure[]> {
  const folder = await mkdtemp(join(tmpdir(), 'faxsync-bench-'));
  try {
    const charges = await fillCharges(ground.pool, asked ?? CHARGES, ground.takeIds);
    const figures: Figure[] = [];
    for (const format of FORMATS) {
      const { seconds, megabytes, rss } = await exportOnce(ground.url, folder, format);
      const fifth = Math.max(...rss.samples.slice(0, Math.ceil(rss.samples.length / 5)));
      const atEnd = Math.max(...rss.samples);
      figures.push(
        {
          name: `export of ${charges} charges as ${format}, s`,
          target: { is: 'at most', value: SECONDS_MAX },
          measured: seconds,
          digits: 1,
          beside: `${(charges / seconds / 1_000).toFixed(0)}k rows/s, ${megabytes.toFixed(1)} MB`,
        },
        {
          name: '- growth of its peak memory from 20 % to the end, MB',
          target: { is: 'at most', value: GROWTH_MAX_MB },
          measured: atEnd - fifth,
          digits: 0,
          beside: `${fifth.toFixed(0)} MB at 20 %, ${rss.peak.toFixed(0)} MB at most; ${NODE_OPTIONS.join(' ')}`,
        },
      );
    }
    return figures;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
