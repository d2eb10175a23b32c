import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DemoResult } from '../../src/cli/demo/demo-report.ts';
import { DEMO_DEFAULTS, runDemo } from '../../src/cli/demo.ts';
import type { Output } from '../../src/cli/output.ts';
import { SettingsError } from '../../src/domain/errors.ts';
import { runCli } from '../cli/run-cli.ts';
import { freshDatabase } from '../support/database.ts';
import { mirroredTableNames } from '../support/warehouse-content.ts';

/** An output that keeps what is said. */
function listening(): { output: Output; lines: string[]; documents: DemoResult[] } {
  const lines: string[] = [];
  const documents: DemoResult[] = [];
  const say = (text: string) => void lines.push(text);
  const output: Output = {
    mode: 'plain',
    intro: say,
    step: say,
    info: say,
    warn: say,
    table: (headings, rows) => void lines.push(headings.join(' '), ...rows.map((row) => row.join(' '))),
    raw: async (text) => say(text),
    progress: (text) => {
      say(text);
      return { update: say, end: () => undefined };
    },
    outro: say,
    document: (value) => void documents.push(value as DemoResult),
    fail: ({ message }) => say(message),
  };
  return { output, lines, documents };
}

/** What is compared beside the tables that mirror the account: tags by fax, and what is unusual on purpose. */
const ALSO_COMPARED = ['tags', 'oddities', 'lists'];

/** Every line of README's example that says something of every world stands in what was said, one after the other. */
async function expectInOrder(lines: readonly string[]): Promise<void> {
  const readme = await readFile(new URL('../../README.md', import.meta.url), 'utf8');
  const [, example = ''] = /```\n(faxsync demo: [\s\S]*?)```/.exec(readme) ?? [];
  const begins =
    example.match(/^(?:[A-Z][a-z]+(?: [a-z]+)?|faxsync demo|table|planted error|warning)(?=[ :]|$)/gm) ?? [];
  expect(begins).toEqual(expect.arrayContaining(['Reconciled', 'Mirror agrees', 'Everything is', 'Try next']));
  // The plain output writes the word before a warning.
  const words = begins.map((begin) => (begin === 'warning' ? /^\d+ values set aside/ : new RegExp(`^${begin}\\b`)));
  const places = words.map((begin) => lines.findIndex((line) => begin.test(line)));
  expect(places).not.toContain(-1);
  expect(places).toEqual(places.toSorted((a, b) => a - b));
}

describe('the demo', () => {
  let home: string;
  let tables: string[];
  beforeAll(async () => {
    const database = await freshDatabase();
    tables = await mirroredTableNames(database.pool);
    await database.drop();
    home = await mkdtemp(join(tmpdir(), 'faxsync-demo-'));
    // As root the server runs as somebody else; where it cannot get in, the database would lie, and stay, outside of the folder.
    await chmod(home, 0o711);
  });
  afterAll(() => rm(home, { recursive: true, force: true }));

  const small = { ...DEMO_DEFAULTS, days: 6, faxes: 600, endsAt: Date.UTC(2026, 9, 20, 12) };

  it('ends with 0 and equality of every table, and says nothing personal', async () => {
    const { output, lines, documents } = listening();
    expect(await runDemo(output, { ...small, home }), lines.join('\n')).toBe(0);
    expect(documents).toHaveLength(1);
    const { comparison, callbackAnswers, provider, ports, rejected } = documents[0] as DemoResult;
    expect(comparison).toMatchObject({ isEqual: true, dialect: 'v2.1' });
    const compared = comparison.tables.map(({ table }) => table);
    expect(compared.toSorted()).toEqual([...tables, ...ALSO_COMPARED].toSorted());
    expect(comparison.money.warehouseCents).toBe(comparison.money.providerCents);
    expect(comparison.money.providerCents).toBeGreaterThan(10_000);
    const { bill } = documents[0] as DemoResult;
    expect(bill).toMatchObject({ isRight: true, falseAlarms: [], bill: { differingDays: [] } });
    expect(bill.bill.warehouseCents).toBe(bill.bill.providerCents);
    // Rents since first contact come on top of the faxes.
    expect(bill.bill.warehouseCents).toBeGreaterThan(comparison.money.warehouseCents);
    expect(bill.errors.map(({ kind }) => kind)).toEqual(expect.arrayContaining(['rent_twice', 'skipped_rent']));
    expect(bill.errors.every(({ outcome }) => outcome === 'found')).toBe(true);
    expect(callbackAnswers['stored']).toBeGreaterThan(20);
    const portNumbers = comparison.tables.find(({ table }) => table === 'port_numbers')?.warehouse;
    expect(ports.reduce((sum, { numbers }) => sum + numbers, 0)).toBe(portNumbers);
    expect(provider.retries).toBeGreaterThan(0);
    const reasons = ['lone_surrogate', 'missing_id', 'negative_cost', 'nul_character'];
    expect(rejected.map(({ reason }) => reason)).toEqual(reasons);
    const said = [...lines, JSON.stringify(documents)].join('\n');
    expect(said).toContain('Everything is equal');
    // The results, the verdict on them, and at the very end what to do next.
    expect(lines.at(-3)).toMatch(
      /^Mirror agrees with the provider's ledger: ledger \$[\d,]+\.\d\d, warehouse \$[\d,]+\.\d\d, difference \$0\.00 /,
    );
    expect(lines.at(-2)).toMatch(/^Everything is equal /);
    expect(lines.at(-1)).toMatch(/^Try next\n {2}the report page /);
    await expectInOrder(lines);
    expect(said.match(/\+\d{7,}|\b[2-9]\d{2}555\d{4}\b/g)).toBeNull();
    expect(said).not.toMatch(/CATHERINE|ACME|LAKESIDE|Cardiology/);
    const page = await readFile((documents[0] as DemoResult & { page: { file: string } }).page.file, 'utf8');
    expect(page).toMatch(/^<!doctype html>/i);
    expect(page.match(/\+\d{7,}|\b[2-9]\d{2}555\d{4}\b/g)).toBeNull();
  });

  it('leaves a home of which the doctor finds nothing red, and which it does not take for one where a key is set', async () => {
    const demo = { FAXSYNC_HOME: join(home, 'demo') };
    const fine = await runCli(['doctor'], demo);
    expect(fine.code, fine.stdout).toBe(0);
    expect(fine.stdout).toMatch(/^green {3}credentials \(main\): no API key, and none is needed/m);
    const key = { FAXSYNC_API_KEY: 'k', FAXSYNC_API_SECRET: 's', FAXSYNC_PROVIDER_URL: 'http://127.0.0.1:1' };
    const { code, stdout } = await runCli(['doctor'], { ...demo, ...key });
    expect([code, stdout]).toEqual([2, expect.stringMatching(/^red {5}provider \(main\)/m)]);
  });

  it('refuses options it cannot keep its promise with', async () => {
    const { output } = listening();
    await expect(runDemo(output, { ...small, home, days: 0, faxes: 1e9 })).rejects.toThrow(SettingsError);
  });

  it('ends in order when the user stops it, and leaves a folder that the next one can use', async () => {
    const stop = new AbortController();
    const { output } = listening();
    const stopping: Output = { ...output, step: (text) => (text.startsWith('History') ? stop.abort() : undefined) };
    expect(await runDemo(stopping, { ...small, home, signal: stop.signal })).toBe(1);
    const { output: next, documents } = listening();
    expect(await runDemo(next, { ...small, home, seed: 5, apiVersion: 'v1' })).toBe(0);
    expect(documents[0]?.comparison).toMatchObject({ isEqual: true, dialect: 'v1' });
    expect(documents[0]?.bill.isRight).toBe(true);
  });
});
