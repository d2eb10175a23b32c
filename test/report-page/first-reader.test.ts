import { describe, expect, it } from 'vitest';
import { lookFirst } from '../../src/report/look-first.ts';
import { renderReport } from '../../src/report/page.ts';
import { addDays } from '../../src/report/range.ts';
import { billSection } from '../../src/report/section-bill.ts';
import { numbersCostSection, tagsSection } from '../../src/report/section-cost.ts';
import { failuresSection } from '../../src/report/section-outcomes.ts';
import { numbersSection, outlookSection } from '../../src/report/section-outlook.ts';
import { areasSection } from '../../src/report/section-where.ts';
import { tiles } from '../../src/report/tiles.ts';
import type { ReportPageData } from '../../src/warehouse/report-page-data.ts';
import { asked, busyData, calmData, emptyData, tagCost } from './sample-data.ts';

const words = (html: { toString(): string }) =>
  html
    .toString()
    .replace(/<[^>]+>/g, ' ')
    .replace(/\s+/g, ' ');
const calm = (over: Partial<ReportPageData> = {}) => busyData({ ...calmData(), ...over });
const look = (data: ReportPageData, flags = '') => words(lookFirst(data, [], flags));
const foot = (html: { toString(): string }) => words(/<tfoot>.*<\/tfoot>/s.exec(html.toString())?.[0] ?? '');

describe('why faxes fail', () => {
  const cause = (errorClass: string, failureCount: number) => ({
    errorClass,
    message: `the words of ${errorClass}`,
    advice: `what helps against ${errorClass}`,
    failureCount,
  });

  it('stands beside how many were delivered: the cause of most failures, its share, and the way to the others', () => {
    const failures = asked(cause('bad_number', 30), cause('retry_soon', 52), cause('money', 18));
    const tile = tiles(busyData({ failures })).toString();
    expect(tile).toContain('52\u00a0% of failures: <a href="#failures">line trouble, busy</a>');
    expect(tiles(busyData({ failures: asked() })).toString()).not.toContain('of failures');
  });

  it('comes with advice for every bar', () => {
    const classes = ['retry_soon', 'retry_later', 'bad_number', 'bad_document', 'cancelled', 'money', 'system'];
    const failures = asked(...classes.map((name, at) => cause(name, 70 - at)));
    const card = words(failuresSection(busyData({ failures })));
    for (const name of classes) expect(card).toContain(`what helps against ${name}`);
  });

  it('leads to the numbers to call, by the command with the flags it needs', () => {
    const card = areasSection(busyData(), ' --home my/home').toString();
    expect(card).toContain('npm run -s faxsync -- export destinations --out destinations.csv --home my/home</pre>');
    expect(card).toContain('to call first: those with is_always_failing');
  });
});

describe('how long the balance lasts', () => {
  const [month] = busyData().forecast.rows;
  const unlike = asked(...(month === undefined ? [] : [{ ...month, recentFaxCount: 0 }]));

  it('is foreseen only while the month is', () => {
    expect(words(outlookSection(busyData()))).toMatch(/Spent a day \$13\.90 Lasts for 6 days , until/);
    expect(words(outlookSection(busyData({ forecast: unlike })))).toMatch(
      /Spent a day \$13\.90 in the mean of the last 28 days, of which some were unlike the others Lasts for not foreseen/,
    );
  });

  it('has no day in the first sentences where it is not foreseen', () => {
    expect(look(calm({ balance: busyData().balance }))).toContain('down to $91.00: at this pace it is empty on');
    expect(look(calm({ balance: busyData().balance, forecast: unlike }))).toContain('is down to $91.00. See');
  });
});

describe('credits', () => {
  const credited = (firstLookDay: string) =>
    busyData({ copyBegin: asked({ firstDay: '2026-09-01', firstLookDay }), to: '2026-10-30' });
  const tile = (data: ReportPageData) => /<dt>Credited back.*?<\/dd>/s.exec(tiles(data).toString())?.[0];

  it('of before the first look were never seen, and so it is said', () => {
    expect(tile(credited('2026-10-20'))).toMatch(/\d % of what was billed; none seen from before 20 Oct</);
    expect(words(renderReport(credited('2026-10-20')))).toContain(
      'The account was first looked at on 20 Oct 2026: of faxes that were over by then only what they cost in the end is known, not what was credited',
    );
    const none = emptyData({ copyBegin: asked({ firstDay: '2026-09-01', firstLookDay: '2026-11-02' }) });
    expect(tile(none)).toMatch(/>–<.*not seen: first looked at on 2 Nov 2026</s);
  });

  it('are told as they are where all days are after it', () => {
    expect(tile(credited('2026-09-01'))).toMatch(/\d % of what was billed</);
  });
});

describe('a total', () => {
  it('stands below departments, numbers and the bill by month', () => {
    expect(foot(tagsSection(busyData({ tags: asked(tagCost('Lab', 50), tagCost('Ward', 20)) })))).toBe(
      ' Total 70 $6.30 100.0 % ',
    );
    expect(foot(numbersCostSection(busyData()))).toBe(' Total 3,900 $380.00 $4.00 ');
    expect(foot(billSection(busyData(), ''))).toBe(' Total $846.32 &gt; 99.9 % $12.40 $12.40 ');
  });

  it('says of which days it is where those of the tile are others', () => {
    const cost = (over: Partial<ReportPageData>) => words(numbersCostSection(busyData(over)));
    expect(cost({})).toContain('make $384.00, after credits, as below “Billed” above.');
    const part = 'make $384.00, after credits and of the whole of Sep – Oct 2026; “Billed” above is of ';
    expect(cost({ from: '2026-09-02' })).toContain(`${part}2 Sep – 30 Oct only.`);
    expect(cost({ to: '2026-10-29' })).toContain(`${part}1 Sep – 29 Oct only.`);
    expect(words(billSection(busyData(), ''))).toContain('The total is of whole months, after credits');
  });
});

describe('numbers without a fax', () => {
  const [since29, since30] = [-29, -30].map((days) => asked({ day: addDays('2026-10-30', days) }));

  it('are no finding where the whole account has been silent for as long', () => {
    const { numberFindings } = busyData();
    expect(look(calm({ numberFindings, lastFaxDay: since29 ?? asked() }))).toContain('2 numbers had no fax');
    const silent = calm({ numberFindings, lastFaxDay: since30 ?? asked() });
    expect(look(silent)).not.toContain('numbers had no fax');
    expect(words(numbersSection(silent))).toMatch(
      /The whole account has been silent since 30 Sep 2026: .* unused for 30 days or more 2 \$4\.00 – /,
    );
    expect(words(numbersSection(calm({ numberFindings })))).toContain('$4.00 $12.00');
  });

  it('differ from faxes under way, which a command lists', () => {
    expect(look(calm({ open: busyData().open }), ' --home my/home')).toContain(
      '2 faxes have been under way for more than a day; “faxsync export open_faxes --out open-faxes.csv --home my/home” lists them.',
    );
  });
});

describe('what the provider owes', () => {
  const [row] = busyData().billItems.rows;
  const owed = (owedCents: number, disputedCents: number, isUnexplained: boolean) =>
    row === undefined ? [] : [{ ...row, itemCount: 1, overCents: owedCents, owedCents, disputedCents, isUnexplained }];

  it('is told with how much of it is in dispute', () => {
    const some = calm({ billItems: asked(...owed(98, 0, true), ...owed(42, 42, false)) });
    expect(look(some)).toContain(
      '$0.98 in 1 item stands unexplained. The provider owes $1.40, $0.42 of it in dispute; “faxsync',
    );
    expect(words(billSection(some, ''))).toContain(
      'Beside these the provider owes $0.42 by 1 item, all of it in dispute.',
    );
    expect(look(calm({ billItems: asked(...owed(42, 42, false)) }))).toContain('owes $0.42, all of it in dispute;');
    expect(look(calm({ billItems: asked(...owed(98, 0, true)) }))).not.toContain('dispute');
  });

  it('is not known, rather than nothing, where no amount is', () => {
    const [month] = busyData().bill.rows;
    const bill = asked(
      ...(month === undefined ? [] : [{ ...month, verdict: 'incomplete', openErrorCount: 1, unexplainedCents: 0 }]),
    );
    const data = calm({ bill, to: '2026-09-30', billTo: '2026-09-30' });
    expect(billSection(data, '').toString()).toMatch(
      /<span class="warn">amount<br>not known<\/span><br><small>1 item</,
    );
    expect(tiles(data).toString()).toMatch(/class="v bad">–<.*1 item, amount not known/s);
  });
});
