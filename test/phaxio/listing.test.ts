import { describe, expect, it } from 'vitest';
import type { ProviderAnswer } from '../../src/phaxio/client.ts';
import {
  listFaxesRequest,
  readFaxPage,
  readFaxRequest,
  readFaxStatus,
  readListPage,
} from '../../src/phaxio/listing.ts';

function answerOf(body: string, status = 200): ProviderAnswer {
  const json = status === 200 ? JSON.parse(body) : null;
  return { status, raw: { status, body, encoding: 'utf8' }, json, providerAt: null, requestedAt: 0, respondedAt: 0 };
}

function pageOf(
  rows: readonly string[],
  paging: unknown = { total: rows.length, per_page: 1000, page: 1 },
): ProviderAnswer {
  return answerOf(`{"success":true,"data":[${rows.join(',')}],"paging":${JSON.stringify(paging)}}`);
}

describe('listFaxesRequest', () => {
  it('always sends both bounds in whole seconds, widened outwards, with their zone in v2', () => {
    const bounds = { after: Date.UTC(2024, 0, 1) + 900, before: Date.UTC(2024, 0, 1, 1) + 100 };
    expect(listFaxesRequest('v2', bounds, 3, 500)).toMatchObject({
      method: 'GET',
      path: '/faxes',
      params: {
        created_after: '2024-01-01T00:00:00Z',
        created_before: '2024-01-01T01:00:01Z',
        per_page: '500',
        page: '3',
      },
    });
    expect(listFaxesRequest('v1', bounds, 3, 500)).toMatchObject({
      method: 'POST',
      path: '/faxList',
      params: { start: '1704067200', end: '1704070801', maxperpage: '500', page: '3' },
    });
  });

  it('never asks for more rows than the provider gives', () => {
    const { params } = listFaxesRequest('v2', { after: 0, before: 1000 }, 1, 5000);
    expect(params['per_page']).toBe('1000');
  });
});

describe('readFaxRequest', () => {
  it('asks for one fax, which may be missing', () => {
    expect(readFaxRequest('v2.1', '42')).toMatchObject({ path: '/faxes/42', mayBeMissing: true });
    expect(readFaxRequest('v1', '42')).toMatchObject({ path: '/faxStatus', params: { id: '42' }, mayBeMissing: true });
  });

  it('is answered with a status, or none where the fax is missing or odd', () => {
    expect(readFaxStatus(answerOf('{"success":true,"data":{"id":1,"status":"success"}}'))).toBe('success');
    expect(readFaxStatus(answerOf('{"success":true,"data":{"id":1,"status":7}}'))).toBeNull();
    expect(readFaxStatus(answerOf('gone', 404))).toBeNull();
  });
});

describe('readFaxPage', () => {
  it.each([
    ['v2', { total: 7, per_page: 1000, page: 1 }, 7, 1000],
    ['v2', { total: '>10000', per_page: 1000, page: 1 }, 'many', 1000],
    ['v2', { total: '12', per_page: '25', page: 1 }, 12, 25],
    ['v2', { total: -1, per_page: 0 }, null, 1000],
    ['v2', { total: 'several' }, null, 1000],
    ['v2', null, null, 1000],
    ['v1', { max_per_page: 50, page: 1, total_pages: 2, total_results: 70 }, 70, 50],
    ['v1', { total: 70 }, null, 1000],
  ] as const)('reads the total and the page size %s announces as %j', (dialect, paging, total, capacity) => {
    expect(readFaxPage(dialect, pageOf([], paging), 1000)).toMatchObject({
      total,
      capacity,
      rowCount: 0,
      order: 'flat',
    });
  });

  it('tells faxes apart whose ids JavaScript numbers cannot hold', () => {
    const page = pageOf(['{"id":9007199254740993}', '{"id":9007199254740992}', '{"id":"12"}', '{"id":null}']);
    expect(readListPage('v2', page, 1000).ids).toEqual(['9007199254740993', '9007199254740992', '12', '{"id":null}']);
  });

  it('reads creation times of both dialects and passes over what is none', () => {
    const v2 = ['{"created_at":"2024-01-01T00:00:05.000-06:00"}', '{"created_at":"today"}', '7'];
    expect(readFaxPage('v2', pageOf(v2), 1000).createdAt).toEqual([Date.UTC(2024, 0, 1, 6, 0, 5), null, null]);
    const v1 = ['{"requested_at":1704067200}', '{"requested_at":"1704067201"}', '{"requested_at":1704067200000}'];
    expect(readFaxPage('v1', pageOf(v1), 1000).createdAt).toEqual([1_704_067_200_000, 1_704_067_201_000, null]);
  });

  it.each([
    [[1, 1, 1], 'flat'],
    [[1, 2, 2, 3], 'ascending'],
    [[3, 2, 2, 1], 'descending'],
    [[1, 3, 2], 'unsorted'],
    [[], 'flat'],
  ])('sees that %j is %s', (offsets, order) => {
    const rows = offsets.map((offset) => `{"requested_at":${1_704_067_200 + offset}}`);
    expect(readFaxPage('v1', pageOf(rows), 1000).order).toBe(order);
  });
});
