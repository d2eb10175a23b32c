import { describe, expect, it } from 'vitest';
import { decimalDollars, formatDollars } from '../../src/domain/words.ts';
import { type StoryParts, tellStory } from '../../src/pipeline/explain.ts';

const AT = Date.UTC(2026, 9, 12, 9);
const MINUTE = 60_000;

/** A sent fax that was listed, credited, told by a late callback, missed, and found wanting. */
const PARTS: StoryParts = {
  story: {
    accountId: 1,
    fax: {
      faxId: '12',
      zone: 'America/Chicago',
      createdAt: AT,
      completedAt: AT + 2 * MINUTE,
      direction: 'sent',
      status: 'partialsuccess',
      isTest: false,
      numPages: 3,
      costCents: 21,
      missingSince: AT + 90 * MINUTE,
      goneAt: null,
      period: '2026-10-01',
    },
    recipients: [
      {
        ordinal: 0,
        number: 'US ..28',
        status: 'success',
        completedAt: AT + MINUTE,
        retryCount: 0,
        error: null,
        errorMeaning: null,
      },
      {
        ordinal: 1,
        number: 'GB ..42',
        status: 'failure',
        completedAt: AT + 2 * MINUTE,
        retryCount: 2,
        error: 'lineError 98',
        errorMeaning: 'Congestion',
      },
    ],
    changes: [
      {
        observation: 5,
        at: AT + MINUTE,
        via: 'listing',
        pass: 'head',
        status: 'inprogress',
        numPages: 3,
        costCents: 42,
      },
      {
        observation: 9,
        at: AT + 20 * MINUTE,
        via: 'lookup',
        pass: null,
        status: 'partialsuccess',
        numPages: 3,
        costCents: 21,
      },
    ],
    listed: [
      {
        pass: 'head',
        count: 3,
        firstAt: AT + MINUTE,
        firstObservation: 5,
        lastAt: AT + 4 * MINUTE,
        lastObservation: 7,
      },
    ],
    looks: [
      {
        observation: 10,
        at: AT + 30 * MINUTE,
        via: 'callback',
        outcome: 'stale',
        eventType: 'fax_completed',
        pass: null,
      },
      { observation: 12, at: AT + 90 * MINUTE, via: 'listing', outcome: 'missing', eventType: null, pass: '+6h' },
    ],
    charges: [
      { kind: 'usage', observation: 5, usageDate: '2026-10-12', postedAt: AT, postingDate: '2026-10-12', cents: 42 },
      {
        kind: 'credit',
        observation: 9,
        usageDate: '2026-10-12',
        postedAt: AT + 20 * MINUTE,
        postingDate: '2026-10-12',
        cents: -21,
      },
    ],
    refusals: [
      { rejectedId: '4', scope: 'value', path: '$.tags.x', reason: 'nul_character', firstSeenAt: AT + MINUTE },
    ],
  },
  recon: {
    items: [
      {
        itemId: '77',
        period: '2026-10-01',
        checkId: 'C3',
        reason: 'vanished',
        severity: 'error',
        state: 'written_off',
        actual: null,
        expected: null,
        cents: 21,
        owedCents: 0,
        creditedCents: null,
        openedAt: AT + 200 * MINUTE,
        openedRunId: '3',
      },
    ],
    events: [{ sequence: 8, at: AT + 300 * MINUTE, kind: 'item_written_off', actor: 'Ann', itemId: '77', runId: null }],
    lines: [
      {
        billingPeriod: '2026-11-01',
        closingNo: 1,
        closedAt: AT + 400 * MINUTE,
        chargePeriod: '2026-10-01',
        isCorrection: true,
        quantity: 0,
        cents: -21,
      },
    ],
    run: { runId: '3', asOf: AT + 199 * MINUTE, finishedAt: AT + 199 * MINUTE, checks: ['C1', 'C3'] },
  },
  watched: { reason: 'looks_disagree', attempts: 1, dueAt: AT + 500 * MINUTE },
  meaningOf: (checkId, reason) => (checkId === 'C3' && reason === 'vanished' ? 'Ask the provider.' : null),
};

describe('the life of a fax', () => {
  it('is told in order of time and in plain words', () => {
    expect(tellStory(PARTS).map(({ at, kind, text }) => `${(at - AT) / MINUTE} ${kind}: ${text}`)).toEqual([
      '0 begun: the fax was requested',
      '0 charge: charged $0.42: usage 2026-10-12, posted 2026-10-12',
      '1 recipient: recipient 1 of 2, US ..28: success',
      '1 seen: first seen by a listing of pass head (look 5): inprogress, 3 pages, cost $0.42',
      '1 listed: shown by complete listings of pass head: 3 times, the last at 2026-10-12T09:04:00.000Z (look 7)',
      '1 refused: a value at $.tags.x could not be taken as sent: nul character (4)',
      '2 recipient: recipient 2 of 2, GB ..42: failure after 2 retries: lineError 98 (Congestion)',
      '2 completed: the provider says that the fax was over (as last seen)',
      '20 changed: a look-up by id (look 9) showed a change: status inprogress to partialsuccess, cost $0.42 to $0.21',
      '20 credit: credited $0.21: usage 2026-10-12, posted by 2026-10-12',
      '30 callback: a callback fax_completed (look 10) showed it, which was older news than what was known, and changed nothing',
      '90 not_shown: a listing of pass +6h (look 12) did not show it',
      '90 missing: complete listings no longer show it',
      '199 run: run 3 checked its month by 2 checks: 1 difference about it, see the items',
      '200 item: C3 found in 2026-10: vanished; item 77 is written off. Ask the provider.',
      '300 event: item 77: item written off, by Ann (event 8)',
      '400 billed: corrected in the bill of 2026-11: -$0.21 for 2026-10',
      '500 watched: on the watch list (looks disagree), asked for 1 time; to be asked for by id',
    ]);
  });

  it.each([
    ['nothing', null, ', owed $0.24; item'],
    ['a part', 10, ', owed $0.14; item'],
    ['all', 24, 'vanished; item'],
  ])('says what the provider still owes after it credited %s', (_, creditedCents, said) => {
    const items = PARTS.recon.items.map((item) => ({ ...item, owedCents: 24, creditedCents }));
    const told = tellStory({ ...PARTS, recon: { ...PARTS.recon, items } });
    expect(told.find(({ kind }) => kind === 'item')?.text).toContain(said);
  });

  it('moves the cents of its charges and credits', () => {
    const moved = tellStory(PARTS).filter(({ kind }) => kind === 'charge' || kind === 'credit');
    expect(moved.map(({ cents, observation }) => [cents, observation])).toEqual([
      [42, 5],
      [-21, 9],
    ]);
  });
});

describe('dollars', () => {
  it.each([
    [0, '$0.00', '0.00'],
    [-7, '-$0.07', '-0.07'],
    [123_456, '$1,234.56', '1234.56'],
  ])('of %s cents are %s to people and %s to programs', (cents, read, computed) => {
    expect(formatDollars(cents)).toBe(read);
    expect(decimalDollars(cents)).toBe(computed);
  });
});
