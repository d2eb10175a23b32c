import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dayIn } from '../../src/domain/time.ts';
import { makeReportPage, type ReportPage } from '../../src/report/make-report-page.ts';
import type { DayRange } from '../../src/report/range.ts';
import { type Asked, filledIn } from '../../src/warehouse/report-page-ask.ts';
import { type ReportPageData, readReportPage } from '../../src/warehouse/report-page-data.ts';
import { createReportRig, type ReportRig } from '../report/report-rig.ts';
import { wireFax } from '../support/landed.ts';

const ZONE = 'America/Chicago';
const BUSY = { error_type: 'lineError', error_id: 17 };
/** Days of faxes, the last one yesterday, and faxes of each. */
const DAYS = 40;
const FAXES = 80;

let rig: ReportRig;
let now: number;
let page: ReportPage;
let asked: { account: string; from: string; to: string };

/** Some 3,000 faxes: tags of departments, of patients, and one that is a telephone number; a bad week in area 907. */
beforeAll(async () => {
  rig = await createReportRig();
  now = rig.dateDaysAgo(0).getTime();
  const own = ['+14145550147', '+14145550288'];
  const numbers = own.map((phone_number) => ({
    phone_number,
    cost: 200,
    provisioned_at: rig.daysAgo(70),
    last_billed_at: rig.daysAgo(20),
  }));
  await rig.look('phone_numbers', 1, numbers);
  for (let day = DAYS; day >= 1; day--) {
    const faxes = Array.from({ length: FAXES }, (_, at) => {
      const id = (DAYS - day) * FAXES + at + 1;
      const isBad = at % 10 === 0 || (day >= 5 && day <= 8 && at % 2 === 0);
      const isReceived = at % 5 === 4;
      const status = isBad && !isReceived ? 'failure' : 'success';
      const error = status === 'failure' ? BUSY : {};
      const sent = wireFax(0, '').recipients?.map((one) => ({
        ...one,
        ...error,
        status,
        phone_number: isBad ? `+1907555${1000 + id}` : `+1414555${1000 + id}`,
        completed_at: rig.daysAgo(day - 0.002),
      }));
      return wireFax(id, rig.daysAgo(day - at / 400), {
        ...error,
        status,
        direction: isReceived ? 'received' : 'sent',
        completed_at: rig.daysAgo(day - at / 400 - 0.002),
        num_pages: 1 + (at % 3),
        cost: status === 'failure' ? 0 : 7 * (1 + (at % 3)),
        caller_id: isReceived ? null : (own[at % 2] ?? null),
        to_number: isReceived ? (own[0] ?? null) : null,
        recipients: isReceived ? [] : (sent ?? []),
        tags:
          at === 3
            ? { clinic: '414-555-9911' }
            : at === 6
              ? { clinic: `Roe ${id}` }
              : { clinic: at % 2 === 0 ? 'Lab <1>' : 'Ward' },
      });
    });
    await rig.look('faxes', day - 0.5, faxes, { kind: 'slice' });
  }
  asked = { account: 'main', from: dayIn(now - 62 * 86_400_000, ZONE), to: dayIn(now, ZONE) };
  page = await makeReportPage(rig.database.pool, { ...asked, now });
});
afterAll(() => rig.drop());

const read = (range: DayRange) =>
  readReportPage(rig.database.pool, 'main', now, {
    rangeIn: () => ({ ...range, billTo: range.to }),
    incidentIn: () => range,
  });
/** The parts of the data that were asked for, with their queries. */
function partsOf(data: ReportPageData): Array<Asked<unknown>> {
  return Object.values(data).filter((part) => part !== null && typeof part === 'object' && 'sql' in part);
}
const one = async (sql: string) => Object.values((await rig.rows(sql))[0] ?? {}).map(String);

/** The text of a part of the page. */
function words(id: string): string {
  const part = new RegExp(`id="${id}".*?(?=<div class="more"|</section>)`, 's').exec(page.html)?.[0] ?? '';
  return part.replace(/<[^>]+>/g, ' ').replace(/\s+/g, ' ');
}

describe('makeReportPage', () => {
  it('counts in its tiles what the tables hold', async () => {
    const [faxes, failed, cents] = await one(
      `select count(*) as faxes, count(*) filter (where status = 'failure') as failed, sum(cost_cents) as cents from warehouse.faxes where is_test is not true`,
    );
    const [rents] = await one('select sum(cost_cents) from warehouse.phone_number_charges');
    const tiles = /<dl class="tiles">.*?<\/dl>/s.exec(page.html)?.[0].replace(/<[^>]+>/g, ' ') ?? '';
    const count = (text: string | undefined) => Number(text).toLocaleString('en-US');
    expect(tiles).toMatch(new RegExp(`Faxes +${count(faxes)} .* ${count(failed)} failed`, 's'));
    expect(tiles).toContain(`$${((Number(cents) + Number(rents)) / 100).toFixed(2)} after credits`);
  });

  it('names the tag that many faxes share, and neither patients nor what looks like a number', async () => {
    const [lab] = await one(`select sum(cost_cents) from warehouse.faxes where tags ->> 'clinic' = 'Lab <1>'`);
    expect(words('tags')).toContain(`Lab &lt;1&gt; `);
    expect(words('tags')).toContain(`$${(Number(lab) / 100).toFixed(2)}`);
    expect(page.html.includes('Roe ')).toBe(false);
    expect(page.html.includes('414-555-9911')).toBe(false);
    expect(words('tags')).toContain(`others (${DAYS + 1})`);
  });

  it('holds no telephone number, in its queries as little as in its figures', () => {
    expect(page.html.match(/\+?\d{10,}|555-?\d{4}/g)).toBe(null);
    expect(words('numbers-cost')).toMatch(/•••• 47 .*•••• 88/);
  });

  it('names the bad week, its cause and its area first', () => {
    expect(/class="look.*?<\/section>/s.exec(page.html)?.[0]).toMatch(
      /Failures rose from 10 % to 40 % on .*busy.*area \+1 907/s,
    );
  });

  it('is asked by views of schema report, and by tables only for what no view counts', async () => {
    const data = await read({ from: '2026-01-01', to: '2026-01-31' });
    const queries = partsOf(data).map(({ sql }) => sql);
    expect(queries.length).toBeGreaterThan(15);
    const tables = new Set<string>();
    for (const sql of queries) {
      const sources = [...sql.matchAll(/\b(?:from|join) (?!lateral\b)([a-z_.]+)/g)].map(([, name]) => name ?? '');
      const steps = new Set([...sql.matchAll(/\b([a-z_]+) as \(/g)].map(([, name]) => name));
      for (const name of sources) if (!name.startsWith('report.') && !steps.has(name)) tables.add(name);
    }
    expect([...tables].sort()).toEqual([
      'recon.items',
      'rollup.fax_days',
      'warehouse.account_snapshots',
      'warehouse.accounts',
      'warehouse.fax_recipients',
      'warehouse.faxes',
      'warehouse.phone_number_charges',
    ]);
  });

  it('shows the very queries that were run: each gives the same rows again', async () => {
    const range = { from: asked.from, to: asked.to };
    const data = await read(range);
    for (const { sql, rows } of partsOf(data)) {
      expect(sql).not.toMatch(/\$\d/);
      expect((await rig.rows(sql)).length, sql).toBe(rows.length);
    }
    const [day] = data.outcomes.rows;
    const [again] = await rig.rows(data.outcomes.sql);
    expect(again).toMatchObject({ usage_date: day?.day, fax_count: String(day?.faxCount) });
  });

  it('may be made by a login that only reads', async () => {
    const reader = await rig.login('faxsync_reader', []);
    expect((await makeReportPage(reader, { ...asked, now })).from).toBe(page.from);
  });

  it('says which accounts there are where the one asked for is not', async () => {
    await expect(makeReportPage(rig.database.pool, { ...asked, account: 'mian', now })).rejects.toThrow(
      'Nothing was ever loaded of the account mian. There are: main.',
    );
  });
});

describe('filledIn', () => {
  it('writes parameters as literals, quotes and all, and tells $1 from $10', () => {
    const parameters = ["o'hara\\", ...Array.from({ length: 9 }, (_, at) => at)];
    expect(filledIn('$1 $10 $2 $11', parameters)).toBe(" E'o''hara\\\\' 8 0 $11");
  });
});
