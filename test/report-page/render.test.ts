import { describe, expect, it } from 'vitest';
import { findIncidents } from '../../src/report/incidents.ts';
import { renderReport } from '../../src/report/page.ts';
import { daysBetween } from '../../src/report/range.ts';
import { asked, busyData, calmData, emptyData, INCIDENT, tagCost } from './sample-data.ts';

/** The text of a section by its id. */
function section(page: string, id: string): string {
  const found = new RegExp(`<section class="card" id="${id}".*?</section>`, 's').exec(page)?.[0];
  if (found === undefined) throw new Error(`no section ${id}`);
  return found;
}

const SECTIONS = [
  'outcomes',
  'bill',
  'cost',
  'outlook',
  'failures',
  'hours',
  'areas',
  'tags',
  'numbers-cost',
  'speed',
  'numbers',
  'trust',
  'ask',
];

describe('renderReport', () => {
  it('gives the same text for the same data', () => {
    expect(renderReport(busyData())).toBe(renderReport(busyData()));
  });

  it('has every section, each with a heading of its own', () => {
    for (const page of [renderReport(busyData()), renderReport(emptyData())]) {
      for (const id of SECTIONS) expect(section(page, id)).toContain(`<h2 id="${id}-h">`);
    }
  });

  it('asks for nothing from elsewhere and runs nothing', () => {
    const page = renderReport(busyData());
    expect(page).not.toMatch(
      /<(script|link|img|iframe|object|embed|form)\b|\ssrc=|@import|url\(|\son\w+=|javascript:/i,
    );
    expect([...page.matchAll(/href="([^"]*)"/g)].filter(([, to]) => !to?.startsWith('#'))).toEqual([]);
    expect(page).toContain(`content="default-src 'none'; style-src 'unsafe-inline'"`);
  });

  it('stays small', () => {
    expect(Buffer.byteLength(renderReport(busyData()))).toBeLessThan(100_000);
  });

  it.each([
    '<script>alert(1)</script>',
    '"><img src=x onerror=alert(1)>',
    `' onmouseover='alert(1)`,
    '</style></pre></section>',
    '&lt;b&gt;',
  ])('shows the words %s as words, wherever they come from', (hostile) => {
    const page = renderReport(
      busyData({
        account: hostile,
        tags: asked({ ...tagCost(hostile, 50), tagName: hostile }),
        failures: asked({ errorClass: hostile, message: hostile, advice: hostile, failureCount: 9 }),
        quality: asked({ measure: hostile, count: 1, dayCount: null, isAlarm: true, advice: hostile }),
        freshness: asked({ stream: hostile, lastLookAt: 0, ageMinutes: 1, isLastComplete: false, behindMinutes: 1 }),
        held: asked({ status: hostile, numberCount: 1, monthlyRentCents: null }),
        numberFindings: asked({ finding: hostile, numberCount: 1, monthlyRentCents: null, wastedCents: null }),
        outcomes: { ...busyData().outcomes, sql: hostile },
      }),
    );
    const plain = renderReport(busyData());
    const tags = (text: string) =>
      new Set([...text.matchAll(/<\/?([a-z0-9]+)|\s([a-z-]+)="/gi)].map(([, tag, name]) => tag ?? name));
    expect([...tags(page)].filter((name) => !tags(plain).has(name))).toEqual([]);
    expect(page.includes(hostile)).toBe(false);
  });

  it('replaces characters that HTML forbids or that turn the direction of what follows', () => {
    const page = renderReport(busyData({ tags: asked(tagCost('a\u0000b\u202ec\ud800d', 50)) }));
    expect(page).toContain('a\ufffdb\ufffdc\ufffdd');
  });
});

describe('privacy of the page', () => {
  it('folds values of fewer than five faxes into the others, whatever the query gave', () => {
    const page = renderReport(
      busyData({
        tags: asked(tagCost('Lab', 5, 50), tagCost('Jane Roe', 4, 40), tagCost('John Doe', 1, 7), {
          ...tagCost('', 3, 3),
          shareKind: 'others',
          tagValue: null,
          valueCount: 2,
        }),
      }),
    );
    expect(page.match(/Jane Roe|John Doe/)).toBe(null);
    expect(section(page, 'tags')).toMatch(/>Lab<.*others \(4\).*>8<.*\$0\.50/s);
  });

  it('shows of an own number its last two digits, whatever the query gave', () => {
    const [row] = busyData().numbers.rows;
    if (row === undefined) throw new Error('no number');
    const page = renderReport(busyData({ numbers: asked({ ...row, ending: '+14145550147' }) }));
    expect(section(page, 'numbers-cost')).toContain('•••• 47');
    expect(page.includes('5550147')).toBe(false);
  });

  it('leaves areas and hours of fewer than five recipients out', () => {
    const page = renderReport(
      busyData({
        areas: asked({ prefix: '+1907', finishedCount: 4, failedCount: 4, firstAttemptCount: 0 }),
        hours: asked({ weekday: 1, hour: 3, finishedCount: 4, failedCount: 4 }),
      }),
    );
    expect(page.includes('+1 907')).toBe(false);
    expect(section(page, 'hours')).toContain('Too few faxes to tell.');
  });
});

describe('a page of an account', () => {
  it('without anything says so in every section, and calls nothing fine', () => {
    const page = renderReport(emptyData());
    expect(page).not.toContain('Nothing stands out');
    expect(section(page, 'outcomes')).toContain('No fax was sent or received');
    expect(section(page, 'bill')).toContain('never reconciled');
    expect(page.match(/NaN|undefined|null|Infinity/)).toBe(null);
  });

  it('with days but no fax in them draws nothing and divides by nothing', () => {
    const zero = {
      day: '2026-09-02',
      faxCount: 0,
      sentCount: 0,
      successCount: 0,
      partialCount: 0,
      failureCount: 0,
      otherCount: 0,
    };
    const page = renderReport(emptyData({ outcomes: asked(zero) }));
    expect(page.match(/NaN|undefined|Infinity/)).toBe(null);
    expect(page).toContain('<div class="v">–</div>');
  });

  it('of one day draws one column', () => {
    const page = renderReport(busyData({ from: '2026-10-20', to: '2026-10-20' }));
    expect(section(page, 'outcomes').match(/<tr>/g)).toHaveLength(2);
    expect(page.match(/NaN|undefined|Infinity/)).toBe(null);
  });

  it('of 400 days draws weeks, whose sums are those of the days', () => {
    const range = { from: '2025-10-01', to: '2026-11-04' };
    expect(daysBetween(range)).toBe(400);
    const data = busyData(range);
    const outcomes = section(renderReport(data), 'outcomes');
    expect(outcomes).toContain('each week’s faxes');
    expect(outcomes.match(/<tr>/g)).toHaveLength(59);
    const failed = [...outcomes.matchAll(/<tr><th scope="row">.*?<\/tr>/g)].map(
      ([row]) => /(?:<td class="n">[\d,]+<\/td>){2}<td class="n">([\d,]+)/.exec(row)?.[1]?.replace(',', '') ?? 'none',
    );
    const sum = data.outcomes.rows.reduce((total, { failureCount }) => total + failureCount, 0);
    expect(failed.reduce((total, count) => total + Number(count), 0)).toBe(sum);
    expect(Buffer.byteLength(renderReport(data))).toBeLessThan(110_000);
  });
});

describe('look here first', () => {
  const first = (page: string) =>
    /<section class="look.*?<\/section>/s
      .exec(page)?.[0]
      .replace(/<[^>]+>/g, ' ')
      .replace(/\s+/g, ' ') ?? '';

  it('names the rise of failures with its days, cause and area, then the bill, then the balance', () => {
    const text = first(renderReport(busyData()));
    expect(text).toMatch(
      /Failures rose from 7 % to 37 % on 9–12 Oct, 8\d % of them for the cause “line trouble, busy”; area \+1 414 suffered most \(53 % not reached\)\. See why/,
    );
    expect(text).toContain(
      'The bill: $12.40 in 3 items stands unexplained. The provider owes $12.40; “faxsync items --owed” lists what is owed.',
    );
    expect(text).toContain('The prepaid balance is down to $91.00: at this pace it is empty on 5 Nov 2026.');
    expect(text).not.toContain('under way');
  });

  it('begins with the copy being far behind, since the rest is then about the past', () => {
    const freshness = asked({
      stream: 'faxes',
      lastLookAt: 0,
      ageMinutes: 1,
      isLastComplete: true,
      behindMinutes: 1_600,
    });
    expect(first(renderReport(busyData({ freshness })))).toMatch(/^ ?Look here first The copy is 26 h behind/);
  });

  it('says what stays when the grave things are gone', () => {
    const text = first(
      renderReport(busyData({ ...calmData(), open: busyData().open, numberFindings: busyData().numberFindings })),
    );
    expect(text).toContain(
      '2 faxes have been under way for more than a day; “faxsync export open_faxes --out open-faxes.csv” lists them.',
    );
    expect(text).toContain('2 numbers had no fax for 30 days or more and cost $4.00 a month.');
  });
});

describe('findIncidents', () => {
  it('finds the days in a row that fail unusually often, and what rose', () => {
    const [incident, ...others] = findIncidents(busyData());
    expect(others).toEqual([]);
    expect(incident).toMatchObject({ ...INCIDENT, errorClass: 'retry_soon' });
  });

  it('takes the verdict of the view of anomalies where it has one', () => {
    const verdict = (day: string, isAnomaly: boolean) => ({
      day,
      measure: 'failure_share',
      value: 36,
      median: 7,
      isAnomaly,
      direction: isAnomaly ? 'up' : null,
    });
    const judgedDays = asked(
      ...['2026-10-09', '2026-10-10', '2026-10-11', '2026-10-12'].map((day) => verdict(day, false)),
      verdict('2026-10-20', true),
    );
    expect(findIncidents(busyData({ judgedDays })).map(({ from, to }) => [from, to])).toEqual([
      ['2026-10-20', '2026-10-20'],
    ]);
  });

  it('takes a few failures more for chance', () => {
    const { outcomes } = busyData();
    const rows = outcomes.rows.map((day, at) => (at === 5 ? { ...day, faxCount: 12, failureCount: 4 } : day));
    expect(findIncidents(busyData({ outcomes: asked(...rows) })).map(({ from }) => from)).toEqual([INCIDENT.from]);
  });
});
