import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { phaxCodeIdentifier } from '../../src/domain/phax-code.ts';
import { loadObject } from '../../src/warehouse/load-object.ts';
import { readMirrorStatus } from '../../src/warehouse/mirror-status.ts';
import { freshDatabase, type TestDatabase } from '../support/database.ts';
import { preparedOf, TEST_LOAD, wireFax } from '../support/landed.ts';

const AT = Date.UTC(2026, 2, 1);

let database: TestDatabase;
beforeAll(async () => {
  database = await freshDatabase();
});
afterAll(() => database.drop());

describe('the PhaxCodes that the status calls not looked up', () => {
  it('are those that the identifier rule takes for one, each once', async () => {
    const named = [
      'a1',
      'px:a1',
      'px:px:a1',
      'pX:a1',
      'a1\npx:',
      ' ',
      '...',
      './',
      'é'.repeat(100),
      `px:${'x'.repeat(200)}`,
    ];
    const refused = ['', 'px:', '.', 'px:.', '..', 'px:..', `${'é'.repeat(100)}x`, 'x'.repeat(201)];
    expect(refused.map(phaxCodeIdentifier)).toEqual(refused.map(() => null));
    const identifiers = [...named, ...refused];
    const barcodes = identifiers.map((identifier) => ({
      type: 'phax_code',
      page: 1,
      identifier,
      metadata: 'm',
    }));
    const other = { type: 'qr', page: 1, identifier: 'of-another-type', metadata: 'm' };
    const fax = wireFax(1, '2026-03-01T00:00:00Z', { status: 'success', barcodes: [...barcodes, other] });
    const spec = { account: 'main', stream: 'faxes', kind: 'lookup', subjectId: '1', observation: 1, at: AT } as const;
    await loadObject(database.pool, preparedOf(spec, fax), TEST_LOAD);
    const { rows } = await database.pool.query<{ identifier: string }>(
      `select identifier from warehouse.fax_barcodes where type = 'phax_code'`,
    );
    expect(rows.map(({ identifier }) => identifier).sort()).toEqual(identifiers.toSorted());
    const expected = new Set(identifiers.map(phaxCodeIdentifier).filter((identifier) => identifier !== null));
    expect(expected.size).toBe(named.length - 1);
    expect((await readMirrorStatus(database.pool, 'main'))?.phaxCodesNotLookedUp).toBe(expected.size);
  });
});
