import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dayColumnOf, type ReportView, readReportViews } from '../../src/warehouse/report-views.ts';
import { openSqlLogin, type SqlLogin } from '../../src/warehouse/sql-login.ts';
import { type SqlColumn, type SqlRow, SqlSession } from '../../src/warehouse/sql-session.ts';
import { freshDatabase, type TestDatabase } from '../support/database.ts';
import { figuresOf, fillPage, markdownTable, type Question, questionsUnder } from './questions-page.ts';
import { ASKED_AT, fillWorld, holdTime, type Personal } from './questions-world.ts';

/** docs/reports.md is what is expected. Its results are written anew by `npm exec -- vitest run test/report/questions.test.ts -u`. */
const PAGE = fileURLToPath(new URL('../../docs/reports.md', import.meta.url));
const STATEMENT_TIMEOUT_MS = 20_000;
const ROWS_MAX = 10;

/** Names of schema report that a query reads. */
function viewsOf(sql: string): string[] {
  const ctes = new Set([...sql.matchAll(/(?:\bwith|,)\s+(\w+) as \(/g)].map(([, name]) => name));
  const named = [...sql.matchAll(/\b(?:from|join) ([\w.]+)/g)].map(([, name = '']) => name);
  return named.filter((name) => !ctes.has(name));
}

describe('docs/reports.md', () => {
  const page = readFileSync(PAGE, 'utf8');
  const finance = questionsUnder(page, 'Finance');
  const operations = questionsUnder(page, 'Operations');
  const questions: readonly Question[] = [...finance, ...operations];
  const tables = new Map<string, string>();
  const rowCounts = new Map<string, number>();
  let database: TestDatabase;
  let login: SqlLogin;
  let personal: Personal;
  let views: readonly ReportView[];
  let viewNames: string[];

  beforeAll(async () => {
    database = await freshDatabase();
    personal = await fillWorld(database);
    await holdTime(database.pool, ASKED_AT);
    views = await readReportViews(database.pool);
    viewNames = views.map(({ name }) => name);
    login = await openSqlLogin(database.pool, randomBytes(24).toString('hex'));
    const session = new SqlSession(login.url, { timeoutMs: STATEMENT_TIMEOUT_MS });
    try {
      // Names without a schema can be those of schema report alone.
      await ask(session, 'set search_path = report');
      for (const { sql } of questions) {
        const { columns, rows } = await ask(session, sql);
        tables.set(sql, markdownTable(columns, rows));
        rowCounts.set(sql, rows.length);
      }
    } finally {
      await session.close();
    }
  }, 90_000);
  afterAll(async () => {
    await login?.close();
    await database?.drop();
  });

  it('has at least ten questions each of finance and of operations, each with an answer and a query of its own', () => {
    expect(finance.length).toBeGreaterThanOrEqual(10);
    expect(operations.length).toBeGreaterThanOrEqual(10);
    for (const { title, answer, sql } of questions) {
      expect(title).toMatch(/^[A-Z].+\?$/);
      expect(answer).toMatch(/^[A-Z\d][^`]+\.$/);
      expect(sql, title).not.toBe('');
    }
    expect(new Set(questions.map(({ sql }) => sql)).size).toBe(questions.length);
  });

  it('shows what its queries print to a login that only reads', async () => {
    expect(login.isMade).toBe(true);
    await expect(fillPage(page, tables)).toMatchFileSnapshot(PAGE);
  });

  it('shows one to ten rows for each question, and every figure of an answer stands in them', () => {
    for (const { title, answer, sql, table } of questions) {
      expect(rowCounts.get(sql), title).toBeGreaterThan(0);
      expect(rowCounts.get(sql), title).toBeLessThanOrEqual(ROWS_MAX);
      const shown = new Set(figuresOf(table));
      expect(
        figuresOf(answer).filter((figure) => !shown.has(figure)),
        title,
      ).toEqual([]);
    }
  });

  it('reads views of schema report and nothing else, of one account', () => {
    for (const { title, sql } of questions) {
      const named = viewsOf(sql);
      expect(named.length, title).toBeGreaterThan(0);
      expect(
        named.filter((name) => !viewNames.includes(name)),
        title,
      ).toEqual([]);
      expect(sql.match(/\b(?:warehouse|ops|recon|rollup|report|pg_catalog|information_schema)\./), title).toBeNull();
      expect(sql, title).toContain("account_key = 'main'");
    }
  });

  it('asks for months or days of every view that has them, but for those that go by the present', () => {
    const byThePresent = new Set(['anomalies', 'month_forecast']);
    for (const { title, sql } of questions) {
      const hasDays = views.some(
        (view) => viewsOf(sql).includes(view.name) && !byThePresent.has(view.name) && dayColumnOf(view) !== null,
      );
      expect(/\busage_(?:month|date) (?:=|>|between) /.test(sql), title).toBe(hasDays);
    }
  });

  it('gives the same money and the same failures by whichever view they are asked for', async () => {
    const sums = (view: string, of = 'cost_cents', where = 'true', month = 'usage_month') =>
      `select '${view}' as view, date_trunc('month', ${month})::date::text as month, sum(${of})::bigint::text as sum from report.${view} where ${where} group by 1, 2`;
    const money = [
      sums('billing_by_month'),
      sums('billing_by_day'),
      sums('billing_by_number'),
      sums('billing_by_country'),
      sums('chargeback', 'cost_cents', `tag_name = 'department'`),
      sums('charges', 'cost_cents', 'true', 'usage_date'),
      sums('cost_and_usage', 'x_cents', 'true', 'x_charge_period'),
      sums('reconciliation_by_month', 'warehouse_cents'),
    ];
    const failures = [
      sums('errors_by_month', 'failure_count', `direction = 'sent'`),
      sums('errors_by_day', 'failure_count', `direction = 'sent'`, 'usage_date'),
      sums('outcomes_by_hour', 'failed_recipient_count'),
      sums('outcomes_by_prefix', 'failed_recipient_count'),
      sums('outcomes_by_day', 'finished_recipient_count - reached_recipient_count', 'true', 'usage_date'),
      sums('cost_of_failures', 'failed_recipient_count'),
    ];
    for (const queries of [money, failures]) {
      const { rows } = await database.pool.query<{ view: string; month: string; sum: string }>(
        queries.join(' union all '),
      );
      const byMonth = Map.groupBy(rows, ({ month }) => month);
      expect(byMonth.size).toBe(5);
      for (const [month, said] of byMonth) {
        expect(said.length, month).toBe(queries.length);
        expect(new Set(said.map(({ sum }) => sum)).size, JSON.stringify(said)).toBe(1);
      }
    }
  });

  it('uses every view, or lists it with its purpose', () => {
    const [, list = ''] = page.split('\n## The other views\n');
    const listed = [...list.matchAll(/^\| `(\w+)` \| .+ \|$/gm)].map(([, name = '']) => name);
    const used = new Set(questions.flatMap(({ sql }) => viewsOf(sql)));
    expect(listed).toEqual(viewNames.filter((name) => !used.has(name)));
  });

  it('shows no whole number, and no name or other personal text of the world', () => {
    expect(personal.numbers.length).toBeGreaterThan(100);
    expect(personal.texts.length).toBeGreaterThan(100);
    const shown = [page, ...tables.values()].join('\n');
    // As E.164 and as the ten digits of North America.
    expect(
      personal.numbers.filter((number) => shown.includes(number.slice(1)) || shown.includes(number.slice(2))),
    ).toEqual([]);
    expect(personal.texts.filter((text) => shown.includes(text))).toEqual([]);
  });
});

async function ask(session: SqlSession, sql: string): Promise<{ columns: readonly SqlColumn[]; rows: SqlRow[] }> {
  let columns: readonly SqlColumn[] = [];
  const rows: SqlRow[] = [];
  const outcome = await session.run(sql, {
    begin: (begun) => {
      columns = begun;
    },
    take: async (some) => {
      rows.push(...some);
      return true;
    },
  });
  if (outcome.kind === 'refused') throw new Error(`${outcome.message}\n${sql}`);
  return { columns, rows };
}
