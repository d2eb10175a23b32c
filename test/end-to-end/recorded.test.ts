import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Dialect, LandedKind } from '../../src/landing/contract.ts';
import { loadLanded } from '../../src/pipeline/load.ts';
import { LoadBed } from '../support/load-bed.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const DIRECTORY = resolve(ROOT, process.env['FAXSYNC_RECORDED_DIR'] ?? '../shared/recorded');

/** What an answer is about, told by its file's name. All others are about no object that is mirrored. */
const KINDS: ReadonlyArray<readonly [pattern: RegExp, stream: string, kind: LandedKind, table: string]> = [
  [/(^|\/)(fax-list|list_faxes)/, 'faxes', 'slice', 'faxes'],
  [/(^|\/)(fax-(get|reference)|fax_status)/, 'faxes', 'lookup', 'faxes'],
  [
    /(^|\/)(phone_number-(list|get|create)-|list_numbers|provision_number)/,
    'phone_numbers',
    'snapshot',
    'phone_numbers',
  ],
  [/(^|\/)account/, 'account_status', 'snapshot', 'account_snapshots'],
  [/(^|\/)public-country/, 'countries', 'snapshot', 'rate_card'],
];

interface Recorded {
  readonly name: string;
  readonly path: string;
  readonly dialect: Dialect;
}

function findRecorded(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return findRecorded(path);
    return entry.name.endsWith('.json') ? [path] : [];
  });
}

/** The folder of a file is named after the dialect and the year. */
function dialectOf(name: string): Dialect {
  if (name.startsWith('v1')) return 'v1';
  return name.startsWith('v2.1') ? 'v2.1' : 'v2';
}

const recorded: Recorded[] = findRecorded(DIRECTORY)
  .sort()
  .map((path) => {
    const name = relative(DIRECTORY, path);
    return { name, path, dialect: dialectOf(name) };
  });
const kindOf = ({ name }: Recorded) => KINDS.find(([pattern]) => pattern.test(name));
const mirrored = recorded.flatMap((one) => {
  const kind = kindOf(one);
  return kind === undefined ? [] : [{ ...one, stream: kind[1], kind: kind[2], table: kind[3] }];
});
const others = recorded.filter((one) => kindOf(one) === undefined);

describe('the recorded answers of the provider', () => {
  let bed: LoadBed;
  let observation = 0;
  beforeAll(async () => {
    bed = await LoadBed.open();
  });
  afterAll(() => bed.close());

  /** Lands one recorded body as an answer and loads it, for an account of its own; answers the account and what was done. */
  async function loadRecorded({ path, dialect }: Recorded, stream: string, kind: LandedKind) {
    observation += 1;
    const { response } = JSON.parse(readFileSync(path, 'utf8')) as { response: { status: number; body: unknown } };
    const account = `recorded-${observation}`;
    const at = Date.UTC(2026, 0, 1);
    const window = kind === 'slice' ? { after: Date.UTC(2005, 0, 1), before: Date.UTC(2040, 0, 1) } : null;
    const spec = { account, stream, dialect, kind, window, observation, at, status: response.status };
    const outcome = await loadLanded(await bed.land(spec, JSON.stringify(response.body)), bed.deps);
    const { success, data } = response.body as { success?: unknown; data?: unknown };
    return { account, outcome, data: success === true ? data : undefined };
  }

  it('are found where there are any', () => {
    console.log(
      existsSync(DIRECTORY)
        ? `recorded answers found: ${recorded.length}, of which ${mirrored.length} are about mirrored objects`
        : 'recorded answers found: 0, since FAXSYNC_RECORDED_DIR (default ../shared/recorded) is not there',
    );
    expect(recorded.length > 0).toBe(existsSync(DIRECTORY));
  });

  for (const { stream, kind, table, ...one } of mirrored) {
    it(`load through landing and load: ${one.name}, as ${kind} of ${stream}`, async () => {
      const { account, outcome, data } = await loadRecorded(one, stream, kind);
      const records = Array.isArray(data) ? data.length : 1;
      expect(outcome).toMatchObject({ kind: 'loaded', records, added: records, rejected: 0 });
      expect(await bed.rows(account, `warehouse.${table}`)).toHaveLength(records);
      expect(await bed.rows(account, 'ops.rejected_records')).toEqual([]);
    });
  }

  for (const one of others) {
    it(`hold no object to mirror, and are judged by what they name: ${one.name}`, async () => {
      const { account, outcome, data } = await loadRecorded(one, 'faxes', 'lookup');
      const expected = expectedAsFax(data);
      expect(outcome).toMatchObject({ kind: 'loaded', added: expected.rows, rejected: expected.refused });
      expect(await bed.rows(account, 'warehouse.faxes')).toHaveLength(expected.rows);
      const refused = await bed.rows(account, 'ops.rejected_records', 'distinct reason');
      expect(refused.map(({ reason }) => reason)).toEqual(expected.reasons);
    });
  }
});

/**
 * What the fax stream makes of an answer that is no fax: a receipt (`{"id": 1}`) is a fax of which only the id is known, rows and
 * objects without an id (area codes, codes, v1's `faxId`) are refused one by one, an answer without data, or of a failure, is refused whole.
 */
function expectedAsFax(data: unknown): { rows: number; refused: number; reasons: string[] } {
  if (typeof data !== 'object' || data === null) return { rows: 0, refused: 1, reasons: ['unreadable_page'] };
  if (!Array.isArray(data) && 'id' in data) return { rows: 1, refused: 0, reasons: [] };
  const refused = Array.isArray(data) ? data.length : 1;
  return { rows: 0, refused, reasons: refused === 0 ? [] : ['missing_id'] };
}
