import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createWarehousePool } from '../../src/warehouse/connection.ts';
import { describeDashboard } from '../../src/warehouse/describe-dashboard.ts';
import { CliBed } from '../cli/cli-bed.ts';

interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly datasource: { readonly type: string; readonly uid: string };
  readonly targets: ReadonlyArray<{
    readonly rawSql: string;
    readonly format: string;
    readonly datasource: { readonly uid: string };
  }>;
  readonly fieldConfig: {
    readonly defaults: { readonly unit?: string; readonly min?: number };
    readonly overrides: ReadonlyArray<{ readonly matcher: { readonly options: string } }>;
  };
}

interface Dashboard {
  readonly templating: {
    readonly list: ReadonlyArray<{ readonly name: string; readonly type: string; readonly query: string }>;
  };
  readonly panels: readonly Panel[];
}

let bed: CliBed;
let text: string;
let dashboard: Dashboard;
let bi: pg.Pool;
let login: string;
beforeAll(async () => {
  bed = await CliBed.open();
  await bed.run(['sync']);
  // One fax that is under way, and one that its source no longer shows.
  await bed.database.pool.query(`
    with few as (
      select account_id, fax_id, row_number() over (order by fax_id) as n from warehouse.faxes
      where direction = 'sent' and is_test is not true and created_at >= '2026-05-20' order by fax_id limit 2
    )
    update warehouse.faxes f
    set stage = case n when 1 then 1 else f.stage end, status = case n when 1 then 'inprogress' else f.status end,
      missing_since = case n when 2 then f.observed_at end, gone_at_source_at = case n when 2 then f.observed_at end
    from few where f.account_id = few.account_id and f.fax_id = few.fax_id`);
  await bed.run(['reconcile', '--period', '2026-05']);
  text = await describeDashboard(bed.database.pool);
  dashboard = JSON.parse(text) as Dashboard;
  login = `test_grafana_${randomBytes(4).toString('hex')}`;
  const password = randomBytes(12).toString('hex');
  await bed.database.pool.query(`create role ${login} login password '${password}' in role faxsync_bi`);
  await bed.database.pool.query('insert into warehouse.account_grants select $1, account_id from warehouse.accounts', [
    login,
  ]);
  const url = new URL(bed.database.url);
  url.username = login;
  url.password = password;
  bi = createWarehousePool(url.href, { connectionsMax: 1 });
});
afterAll(async () => {
  await bi.end();
  await bed.close();
  const admin = new URL(bed.database.url);
  admin.pathname = '/postgres';
  const client = new pg.Client({ connectionString: admin.href });
  await client.connect();
  await client.query(`drop role ${login}`);
  await client.end();
});

const FROM = '2026-05-12T00:00:00Z';
const TO = '2026-06-11T00:00:00Z';

/** Panels of the last days before now: this world ended months ago. */
const EMPTY = ['Days that stand out'];

/** What Grafana's data source for Postgres makes of a panel's SQL before it is sent. */
function expand(sql: string, chosen: Readonly<Record<string, readonly string[]>>): string {
  const literal = (value: string) => `'${value.replaceAll("'", "''")}'`;
  return sql
    .replaceAll(/\$\{(\w+):sqlstring\}/g, (_, name: string) => (chosen[name] ?? []).map(literal).join(','))
    .replaceAll(/\$__timeFilter\((\w+)\)/g, (_, column: string) => `${column} BETWEEN '${FROM}' AND '${TO}'`)
    .replaceAll(
      /\$__timeGroup\((\w+), '1d'\)/g,
      (_, column: string) => `floor(extract(epoch from ${column})/86400)*86400`,
    )
    .replaceAll('$__timeFrom()', `'${FROM}'`)
    .replaceAll('$__timeTo()', `'${TO}'`);
}

const CHOSEN = { account: ['main', "o'brien"], tag: ['department'] };

describe('docs/grafana/faxsync.json', () => {
  it('is what "npm run generate" would write for the migrated schema', async () => {
    expect(await readFile(new URL('../../docs/grafana/faxsync.json', import.meta.url), 'utf8')).toBe(text);
  });

  it('has a panel for each question, of one data source that is chosen', () => {
    expect(dashboard.panels.map(({ title }) => title)).toEqual([
      'Cost',
      'Delivered at the first call',
      'Faxes under way, and stuck ones',
      'Behind the provider',
      'Balance, and how long it lasts',
      'Money that nobody has explained',
      'What should not be and is',
      'Numbers and their rent',
      'Cost per day',
      'Charged and credited per day',
      'Outcomes per day',
      'Delivered at the first call, per day',
      'Why faxes fail, and what to do',
      'Faxes under way, oldest first',
      'Cost by the chosen tag',
      'Numbers that cost rent for nothing',
      'What the month will cost',
      'Days that stand out',
      'Does the bill agree?',
      'Difference between balance and warehouse per day',
      'Checks with something to look at',
      'When each list was last read',
      'Can the figures be trusted?',
    ]);
    const source = { type: 'grafana-postgresql-datasource', uid: `\${${'DS'}}` };
    for (const { datasource, targets } of dashboard.panels) {
      expect(datasource).toEqual(source);
      expect(targets.map((target) => target.datasource)).toEqual([source]);
    }
    expect(dashboard.templating.list.map(({ name, type }) => [name, type])).toEqual([
      ['DS', 'datasource'],
      ['account', 'query'],
      ['tag', 'query'],
    ]);
  });

  it('explains each panel by the comment of a view that its SQL reads', async () => {
    const { rows } = await bed.database.pool.query<{ name: string; meaning: string }>(
      `select relname as name, obj_description(oid, 'pg_class') as meaning from pg_class where relnamespace = 'report'::regnamespace and relkind = 'v'`,
    );
    const meanings = new Map(rows.map(({ name, meaning }) => [name, meaning]));
    for (const { title, description, targets } of dashboard.panels) {
      const view = /View report\.(\w+)\.$/.exec(description)?.[1] ?? '';
      expect(description, title).toBe(`${meanings.get(view)} View report.${view}.`);
      expect(targets[0]?.rawSql, title).toContain(`from report.${view} `);
    }
  });

  it('asks questions that a BI login is answered, and plans without reading what it may not', async () => {
    const counts: Record<string, number> = {};
    for (const { title, type, targets } of dashboard.panels) {
      for (const { rawSql, format } of targets) {
        const sql = expand(rawSql, CHOSEN);
        expect(sql, title).not.toContain('$');
        await bi.query(`explain ${sql}`);
        const { rows, fields } = await bi.query<Record<string, unknown>>(sql);
        counts[title] = rows.length;
        expect([type, format].join(' '), title).toMatch(/^(timeseries time_series|(stat|table) table)$/);
        if (format === 'time_series') {
          expect(fields[0]?.name, title).toBe('time');
          // In order of time, each a whole day.
          const times = rows.map(({ time }) => Number(time));
          expect(times, title).toEqual(times.toSorted((a, b) => a - b));
          expect(
            times.filter((time) => time % 86_400 !== 0),
            title,
          ).toEqual([]);
        }
      }
    }
    const empty = Object.entries(counts).filter(([, count]) => count === 0);
    expect(empty.map(([title]) => title)).toEqual(EMPTY);
  });

  it('lists what can be chosen', async () => {
    const [, accounts, tags] = dashboard.templating.list;
    expect((await bi.query(expand(accounts?.query ?? '', CHOSEN))).rows).toEqual([{ account_key: 'main' }]);
    const { rows } = await bi.query<{ tag_name: string }>(expand(tags?.query ?? '', CHOSEN));
    expect(rows.map(({ tag_name }) => tag_name)).toContain('department');
  });

  it('shows the same money as the charges of the period', async () => {
    const cost = dashboard.panels.find(({ title }) => title === 'Cost per day')?.targets[0]?.rawSql ?? '';
    const { rows } = await bi.query<{ usd: string }>(
      `select sum(cost_usd)::text as usd from (${expand(cost, CHOSEN)}) x`,
    );
    const { rows: charges } = await bed.database.pool.query<{ usd: string }>(
      `select round(sum(cents) / 100.0, 2)::text as usd from warehouse.charges where usage_date between '2026-05-12' and '2026-06-11'`,
    );
    expect(rows[0]?.usd).toBe(charges[0]?.usd);
  });

  it('gives every amount its unit', async () => {
    for (const { title, type, targets, fieldConfig } of dashboard.panels) {
      const { fields } = await bi.query(expand(targets[0]?.rawSql ?? '', CHOSEN));
      for (const { name } of fields.filter((field) => /_(usd|share|hours|minutes|percent|count)$/.test(field.name))) {
        const isNamed = fieldConfig.overrides.some(({ matcher }) =>
          new RegExp(matcher.options.slice(1, -1)).test(name),
        );
        expect(isNamed || fieldConfig.defaults.unit !== undefined, `${title}: ${name} ${type}`).toBe(true);
      }
    }
  });

  it('begins the axis at nothing for counts and shares only, so that a negative amount is seen', async () => {
    for (const { title, type, targets, fieldConfig } of dashboard.panels) {
      if (type !== 'timeseries') continue;
      const { fields } = await bi.query(expand(targets[0]?.rawSql ?? '', CHOSEN));
      const values = fields.map(({ name }) => name).filter((name) => name !== 'time' && name !== 'metric');
      expect(values.length, title).toBeGreaterThan(0);
      const isNeverNegative = values.every((name) => /_(count|share)$/.test(name));
      expect(fieldConfig.defaults.min, title).toBe(isNeverNegative ? 0 : undefined);
    }
  });

  it('places its panels side by side, none over another', () => {
    const taken = new Set<string>();
    for (const { title, gridPos } of dashboard.panels) {
      expect(gridPos.x + gridPos.w, title).toBeLessThanOrEqual(24);
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x += 1) {
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y += 1) {
          expect(taken.has(`${x} ${y}`), title).toBe(false);
          taken.add(`${x} ${y}`);
        }
      }
    }
  });
});
