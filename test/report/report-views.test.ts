import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FaxsyncError } from '../../src/domain/errors.ts';
import { readReportRows, readReportViews } from '../../src/warehouse/report-views.ts';
import { createReportRig, type ReportRig } from './report-rig.ts';

let rig: ReportRig;
beforeAll(async () => {
  rig = await createReportRig();
  await rig.rows(`
    with accounts as (
      insert into warehouse.accounts (account_key, billing_zone, created_at) values ('north', 'UTC', now()), ('south', 'UTC', now()) returning account_id, account_key
    )
    insert into warehouse.faxes (account_id, fax_id, created_at, observed_at, observation_no, content_hash, num_pages, stage, direction, status, observed_via)
    select account_id, n, '2010-01-01T12:00Z'::timestamptz + n * interval '1 day', now(), 1, gen_random_uuid(), 1, 3, 'sent', 'success', 'listing'
    from accounts cross join generate_series(1, case account_key when 'north' then 4500 else 3 end) n`);
});
afterAll(() => rig.drop());

async function outcomes() {
  const view = (await readReportViews(rig.database.pool)).find(({ name }) => name === 'outcomes_by_day');
  if (view === undefined) throw new Error('the view is not there');
  return view;
}

async function read(accounts: readonly string[], as: 'cells' | 'json') {
  const sizes: number[] = [];
  const all: Array<ReadonlyArray<string | null>> = [];
  const count = await readReportRows(rig.database.pool, { view: await outcomes(), accounts, as }, async (rows) => {
    sizes.push(rows.length);
    all.push(...rows);
  });
  return { sizes, all, count };
}

describe('the rows of a report', () => {
  it('come some thousand at a time, each once and in their order', async () => {
    const { sizes, all, count } = await read(['north'], 'cells');
    expect([sizes, count]).toEqual([[2000, 2000, 500], 4500]);
    const days = all.map(([, day]) => day);
    expect(days).toEqual([...new Set(days)].toSorted());
    expect(days[0]).toBe('2010-01-02');
  });

  it('are those of the accounts that are asked for', async () => {
    expect((await read(['south'], 'cells')).count).toBe(3);
    expect((await read(['north', 'south'], 'cells')).count).toBe(4503);
    expect((await read([], 'cells')).count).toBe(0);
  });

  it('say the same as objects', async () => {
    const { all } = await read(['south'], 'json');
    expect(all.map(([text]) => JSON.parse(text ?? ''))[0]).toMatchObject({
      account_key: 'south',
      usage_date: '2010-01-02',
      fax_count: 1,
      success_count: 1,
    });
  });

  it('end where whoever takes them fails, with its error', async () => {
    const view = await outcomes();
    const failing = readReportRows(rig.database.pool, { view, accounts: ['north'], as: 'cells' }, async () => {
      throw new FaxsyncError('disk full', { code: 'disk_full' });
    });
    await expect(failing).rejects.toThrow('disk full');
    expect((await read(['south'], 'cells')).count).toBe(3);
  });
});

describe('the views as the catalogue has them', () => {
  it('say what they hold, and of every column its type and its meaning', async () => {
    const views = await readReportViews(rig.database.pool);
    for (const { name, meaning, columns } of views) {
      expect(meaning, name).toMatch(/^[A-Z].{20,}\.$/s);
      for (const column of columns) expect(column.meaning, `${name}.${column.name}`).toMatch(/.{6,}/);
    }
    expect((await outcomes()).columns[0]).toEqual({
      name: 'account_key',
      type: 'text',
      meaning: 'Name of the account in the settings.',
    });
  });
});
