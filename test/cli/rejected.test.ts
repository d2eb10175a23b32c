import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CliBed } from './cli-bed.ts';
import { documentOf } from './run-cli.ts';

interface RejectedDocument {
  readonly has_more: boolean;
  readonly rejected: ReadonlyArray<{
    readonly id: number;
    readonly reason: string;
    readonly raw?: string;
    readonly resolved_at: string | null;
  }>;
}

interface RetryDocument {
  readonly reread_objects: number;
  readonly resolved: readonly string[];
  readonly still_open: number;
}

let bed: CliBed;
beforeAll(async () => {
  bed = await CliBed.open({ world: { days: 30, faxesPerDay: 60, deletedTestShare: 0, oddities: true } });
  await bed.run(['sync']);
});
afterAll(() => bed.close());

async function listed(...flags: readonly string[]): Promise<RejectedDocument['rejected']> {
  return documentOf<RejectedDocument>(await bed.run(['rejected', '--json', ...flags])).rejected;
}

describe('faxsync rejected', () => {
  it('lists what was set aside, without what was sent', async () => {
    const result = await bed.run(['rejected', '--json']);
    expect(result).toMatchObject({ code: 0, stderr: '' });
    const { rejected } = documentOf<RejectedDocument>(result);
    expect(rejected.map(({ reason }) => reason)).toEqual(expect.arrayContaining(['missing_id', 'nul_character']));
    expect(rejected.filter(({ raw }) => raw !== undefined)).toEqual([]);
    expect(result.stdout).not.toMatch(/\+1\d{10}/);
    const lines = (await bed.run(['rejected'])).stdout;
    for (const { id, reason } of rejected) expect(lines).toMatch(new RegExp(`^${id} .* ${reason} `, 'm'));
  });

  it('narrows by reason and says when there is more', async () => {
    const all = await listed();
    expect((await listed('--reason', 'missing_id')).every(({ reason }) => reason === 'missing_id')).toBe(true);
    const one = documentOf<RejectedDocument>(await bed.run(['rejected', '--json', '--limit', '1']));
    expect(one).toMatchObject({ has_more: all.length > 1 });
    expect(one.rejected).toHaveLength(1);
  });

  it('shows what was sent only for the one that was asked for', async () => {
    const [whole] = await listed('--reason', 'missing_id');
    const shown = documentOf<RejectedDocument>(await bed.run(['rejected', '--json', '--show', String(whole?.id)]));
    expect(JSON.parse(shown.rejected[0]?.raw ?? '')).toMatchObject({ status: expect.any(String) });
    expect((await bed.run(['rejected', '--show', String(whole?.id)])).stdout).toContain(
      `${whole?.id}: fax at $, missing_id`,
    );
    expect((await bed.run(['rejected', '--show', '999999'])).code).toBe(64);
  });
});

describe('faxsync rejected retry', () => {
  it('leaves open what is refused again', async () => {
    const open = await listed();
    const result = await bed.run(['rejected', 'retry', '--json']);
    expect(result.code).toBe(0);
    expect(documentOf<RetryDocument>(result)).toMatchObject({ resolved: [], still_open: open.length });
    expect((await listed()).map(({ id }) => id).sort()).toEqual(open.map(({ id }) => id).sort());
  });

  it('marks as resolved what this version reads without complaint', async () => {
    // As an older decoder would have left it: a refusal that reading the object again does not repeat.
    const { rows } = await bed.database.pool.query<{ rejected_id: string }>(
      `insert into ops.rejected_records (account_id, stream, scope, object, record_id, path, reason, raw, raw_digest, occurrences,
         first_landed_key, last_landed_key, first_seen_at, last_seen_at)
       select account_id, stream, scope, object, record_id, path, 'mended_since', raw, raw_digest, 1,
         first_landed_key, last_landed_key, first_seen_at, last_seen_at
       from ops.rejected_records limit 1 returning rejected_id`,
    );
    const id = String(rows[0]?.rejected_id);
    const open = (await listed()).length;
    const retried = documentOf<RetryDocument>(await bed.run(['rejected', 'retry', id, '--json']));
    expect(retried).toMatchObject({ resolved: [id], still_open: 0 });
    expect(retried.reread_objects).toBeGreaterThan(0);
    expect(await listed()).toHaveLength(open - 1);
    expect((await listed('--all')).find((record) => String(record.id) === id)?.resolved_at).not.toBeNull();
  });

  it('resolves nothing where the landed object cannot be read', async () => {
    const { rows } = await bed.database.pool.query<{ rejected_id: string }>(
      `update ops.rejected_records set last_landed_key = 'main/0000000000099/0000000000099999.faxes.slice.000000000000.json.gz',
         resolved_at = null where reason = 'mended_since' returning rejected_id`,
    );
    const id = String(rows[0]?.rejected_id);
    const result = await bed.run(['rejected', 'retry', id]);
    expect(result.code).toBe(1);
    expect(result.stderr).toMatch(/^error: 1 landed object could not be read again\. There is no landed object /m);
    expect((await listed()).map((record) => String(record.id))).toContain(id);
  });

  it('refuses an id that is not there', async () => {
    const result = await bed.run(['rejected', 'retry', '999999']);
    expect(result.code).toBe(64);
    expect(result.stderr).toContain('no (open) rejected record 999999');
  });
});
