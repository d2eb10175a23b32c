import { describe, expect, it } from 'vitest';
import type { Html } from '../../src/report/html.ts';
import { findIncidents } from '../../src/report/incidents.ts';
import { lookFirst } from '../../src/report/look-first.ts';
import { renderReport } from '../../src/report/page.ts';
import { billSection } from '../../src/report/section-bill.ts';
import { numbersCostSection, tagsSection } from '../../src/report/section-cost.ts';
import { outlookSection } from '../../src/report/section-outlook.ts';
import { askSection } from '../../src/report/section-trust.ts';
import { tiles } from '../../src/report/tiles.ts';
import type { ReportPageData } from '../../src/warehouse/report-page-data.ts';
import type { BillItems, BillMonth } from '../../src/warehouse/report-page-trust.ts';
import { asked, busyData, calmData, emptyData, tagCost } from './sample-data.ts';

const words = (html: string) => html.replace(/<[^>]+>/g, ' ').replace(/\s+/g, ' ');
// Parts of the page by themselves: it is drawing all of it that takes long.
const partOf = (pattern: RegExp, part: Html) => pattern.exec(part.toString())?.[0] ?? '';
const lookBox = (data: ReportPageData, flags = '') => lookFirst(data, findIncidents(data), flags).toString();
const billCard = (data: ReportPageData, flags = '') => partOf(/^.*?<div class="more">/s, billSection(data, flags));
const billTile = (data: ReportPageData) => partOf(/<dt>Bill unexplained.*?<\/dd>/s, tiles(data));
const tagsCard = (data: ReportPageData) => words(partOf(/^.*?<\/table>/s, tagsSection(data)));

const calm = (over: Partial<ReportPageData> = {}) => busyData({ ...calmData(), ...over });

/** September and October with a verdict, or what else they have. */
function bill(over: Partial<BillMonth>, months: readonly string[] = ['2026-09-01', '2026-10-01']) {
  const [row] = busyData().bill.rows;
  if (row === undefined) throw new Error('no month');
  return asked(...months.map((month): BillMonth => ({ ...row, month, ...over })));
}

function items(over: Partial<BillItems>): BillItems {
  return {
    month: '2026-10-01',
    checkId: 'C11',
    reason: 'wrong_rate',
    isUnexplained: true,
    itemCount: 1,
    overCents: 0,
    underCents: 0,
    owedCents: 0,
    disputedCents: 0,
    ...over,
  };
}

describe('whether the bill agrees', () => {
  it('is answered yes, in green, where every month agrees, and as of the oldest run', () => {
    const [first, second] = bill({}).rows;
    if (first === undefined || second === undefined) throw new Error('no month');
    const data = calm({ bill: asked({ ...first, lastRunAt: Date.UTC(2026, 9, 3, 12) }, second) });
    expect(billCard(data)).toMatch(
      /<p class="verdict good">Yes: every charge is explained.*<small>as of 3 Oct 2026 07:00<\/small>/,
    );
    expect(billTile(data)).toMatch(/class="v good">\$0\.00<.*100\.0 % of faxes agree/s);
  });

  it.each([
    ['differs', 'bad', 'No: ', 'at stake in 0 items'],
    ['incomplete', 'bad', 'Not known: ', 'at stake in 0 items'],
    ['not_checked', 'warn', 'Not known: 2 of 2 months were never checked', '2 of 2 months not checked'],
    ['outdated', 'warn', 'Nothing differed, but charges changed since', 'charges changed since the last check'],
    ['not_tied_out', 'warn', 'Nothing differs, but neither balance nor invoice', 'held against no balance or invoice'],
    ['a_word_of_a_later_version', 'warn', 'Not known', 'not checked'],
  ])('of months that are %s is answered in the tone %s, never yes', (verdict, mood, answer, note) => {
    const data = calm({ bill: bill({ verdict }) });
    expect(billCard(data)).toContain(`<p class="verdict ${mood}">${answer}`);
    expect(billTile(data)).toContain(`<div class="v ${mood}">`);
    expect(billTile(data)).toContain(note);
    expect(billCard(data) + billTile(data)).not.toMatch(/Yes|good/);
  });

  it('is not known where a month of the range has no run, and so it says first', () => {
    const data = calm({ from: '2026-08-01', bill: bill({}) });
    expect(billCard(data)).toContain('Not known: 1 of 3 months was never checked (Aug 2026). Run “faxsync reconcile”.');
    expect(billTile(data)).toMatch(/class="v warn">–<.*1 of 3 months not checked/s);
    expect(words(lookBox(data))).toContain('The bill of Aug 2026 was never checked.');
  });

  it('covers the months after the last fax too, whose numbers cost on', () => {
    const data = calm({ to: '2026-09-20', billTo: '2026-10-30', bill: bill({}, ['2026-09-01']) });
    expect(billCard(data)).toContain('Not known: 1 of 2 months was never checked (Oct 2026).');
  });

  it('asks for no run of a month that has not begun', () => {
    expect(billCard(calm({ to: '2026-12-31', billTo: '2026-12-31' }))).toContain('Yes: every charge is explained');
  });

  it('says by how much a month changed since its last run, also beside one that differs', () => {
    const changed = { runCents: 21, warehouseCents: 90_021 };
    const outdated = calm({ bill: bill({ verdict: 'outdated', ...changed }, ['2026-09-01', '2026-10-01']) });
    expect(billCard(outdated)).toContain('Sep 2026 came to $0.21 then and to $900.21 now');
    const beside = calm({ bill: bill({ verdict: 'differs', ...changed }), from: '2026-08-01' });
    expect(billCard(beside)).toMatch(
      /Besides: 1 of 3 months was never checked \(Aug 2026\); since the last check Sep 2026/,
    );
  });

  it('counts no cent twice and mixes no signs', () => {
    const billItems = asked(
      items({ itemCount: 6, overCents: 100, owedCents: 100 }),
      items({ itemCount: 5, underCents: 84, reason: 'undercharged' }),
      items({ isUnexplained: false, itemCount: 2, overCents: 30, owedCents: 25 }),
    );
    const data = calm({ bill: bill({ verdict: 'differs', openErrorCount: 5, unexplainedCents: 92 }), billItems });
    expect(words(billCard(data))).toMatch(
      /No: \$1\.84 in 11 items stands unexplained\. as of .*2026.* \$1\.00 was taken too much, which the provider owes; \$0\.84 too little\. Beside these the provider owes \$0\.25 by 2 items\./,
    );
    expect(words(lookBox(data))).toContain(
      'The bill: $1.84 in 11 items stands unexplained. The provider owes $1.25; “faxsync items --owed” lists what is owed.',
    );
    expect(billTile(data)).toContain('$1.84<');
    const partly = asked(items({ overCents: 100, owedCents: 40 }));
    expect(words(billCard(calm({ bill: bill({ verdict: 'differs' }), billItems: partly })))).toMatch(
      /No: \$1\.00 in 1 item stands unexplained\..* \$1\.00 was taken too much, of which the provider owes \$0\.40\./,
    );
    const others = asked(items({ isUnexplained: false, itemCount: 2, owedCents: 25 }));
    expect(words(lookBox(calm({ billItems: others })))).toContain(
      'The bill: the provider owes $0.25; “faxsync items --owed” lists what is owed.',
    );
  });

  it('comes with what to do: the commands that list what is owed and what stands, with the flags they need', () => {
    const data = calm({
      bill: bill({ verdict: 'differs', state: 'settling' }),
      billItems: asked(items({ owedCents: 7 })),
    });
    const flags = ' --home my/home';
    expect(billCard(data, flags)).toContain(
      'npm run -s faxsync -- items --owed --home my/home\nnpm run -s faxsync -- items --home my/home</pre>',
    );
    expect(billCard(data)).toContain('While a month is settling, credits may still come by themselves.');
    expect(askSection(flags).toString()).toContain('npm run -s faxsync -- sql --home my/home\n');
    expect(words(lookBox(data, flags))).toContain('“faxsync items --owed --home my/home” lists what is owed.');
    expect(billCard(data)).toContain('items --owed\nnpm');
    expect(billCard(calm())).not.toContain('What to do');
    const unchecked = calm({ bill: bill({ verdict: 'not_checked' }) });
    expect(billCard(unchecked, flags)).toContain('Run “faxsync reconcile --home my/home”.');
  });

  it('says of days without a look between which of them the day after holds, and which nothing does', () => {
    const [day] = busyData().billDays.rows;
    if (day === undefined) throw new Error('no day');
    const untested = { ...day, state: 'not_testable' };
    const days = asked(
      day,
      { ...untested, reason: 'with_next_day' },
      { ...untested, reason: 'with_next_day' },
      { ...untested, reason: 'no_look' },
    );
    expect(billCard(calm({ bill: bill({}), billDays: days }))).toContain(
      'Day by day against the balance: 1 agree, 2 are part of the day after, without a look between, 0 differ, 1 could not be tested.',
    );
  });

  it('says why a month is incomplete in which no amount is known', () => {
    const data = calm({
      bill: bill({ verdict: 'incomplete', openErrorCount: 2, unexplainedCents: 0 }, ['2026-10-01']),
      billItems: asked(items({ checkId: 'C13', reason: 'cost_missing', itemCount: 2 })),
      from: '2026-10-01',
    });
    expect(billCard(data)).toContain('Not known: 2 items stand unexplained; no amount is known.');
    expect(words(billCard(data))).toMatch(
      /Oct 2026 incomplete, closed .*amount not known 2 items .*What stands: Oct 2026: 2 cost missing\./,
    );
  });
});

describe('that nothing stands out', () => {
  it('is said in green where everything could be looked at', () => {
    expect(lookBox(calm())).toMatch(/class="look fine".*Nothing stands out in these days\./);
  });

  it('is never said of days without faxes, nor of too few of them to compare', () => {
    const empty = lookBox(calm({ outcomes: asked() }));
    expect(empty).toMatch(/class="look plain".*No fax was sent or received in these days\./);
    const [first] = busyData().outcomes.rows;
    const short = { from: '2026-09-01', to: '2026-09-01', outcomes: asked(...(first === undefined ? [] : [first])) };
    expect(lookBox(calm(short))).toMatch(/class="look plain".*Too few days with enough faxes are known/);
    const judged = { measure: 'failure_share', value: 6, median: 6, isAnomaly: false, direction: null };
    expect(lookBox(calm({ ...short, judgedDays: asked({ day: '2026-09-01', ...judged }) }))).toContain('look fine');
  });

  it('is held against the eight weeks before the range', () => {
    const range = { from: '2026-10-09', to: '2026-10-12' };
    const isBad = ({ day }: { readonly day: string }) => day >= range.from && day <= range.to;
    const { outcomes } = busyData();
    const bad = { ...calmData(), ...range, outcomes: asked(...outcomes.rows.filter(isBad)) };
    const before = asked(...outcomes.rows.filter(({ day }) => day < range.from));
    expect(words(lookBox(busyData({ ...bad, daysBefore: before })))).toContain(
      'Failures rose from 7 % to 37 % on 9–12 Oct',
    );
    expect(words(lookBox(busyData(bad)))).not.toContain('Failures rose');
  });

  it('is not said where most failed, even if nobody knows what is usual', () => {
    const day = { day: '2026-06-10', faxCount: 400, sentCount: 400, successCount: 40, partialCount: 0, otherCount: 0 };
    const data = emptyData({ from: day.day, to: day.day, outcomes: asked({ ...day, failureCount: 360 }) });
    expect(words(lookBox(data))).toContain(
      '360 of 400 faxes failed; too few days are known to say whether that is usual.',
    );
  });

  it('yields to what is missing in the data: lists never read, alarms, and first to what makes every figure wrong', () => {
    const list = { lastLookAt: null, ageMinutes: null, isLastComplete: false };
    const [faxes] = busyData().freshness.rows;
    if (faxes === undefined) throw new Error('no list');
    const freshness = asked(faxes, { ...faxes, ...list, stream: 'phone_numbers' });
    const alarm = (measure: string, count: number) => ({
      measure,
      count,
      dayCount: null,
      isAlarm: true,
      advice: 'Look.',
    });
    const few = calm({ freshness, quality: asked(alarm('records_set_aside', 2), alarm('faxes_without_cost', 3)) });
    expect(words(lookBox(few))).toMatch(
      /first The copy has faults: 3 faxes without a cost, 2 records set aside\..* Never read to the end: phone numbers\./,
    );
    const many = busyData({ quality: asked(alarm('records_set_aside', 5_000)) });
    expect(words(lookBox(many))).toMatch(
      /first 5,000 records set aside: they could not be read and are in no figure\..*Failures rose/,
    );
    expect(lookBox(calm({ freshness: asked() }))).toContain('The account’s faxes were never listed');
  });

  it('names no area where none of the incident’s own days was reached worse than the rest', () => {
    const text = words(lookBox(busyData({ incidentAreas: asked() })));
    expect(text).toContain('Failures rose from 7 % to 37 % on 9–12 Oct');
    expect(text).not.toContain('area');
  });
});

describe('that no fax comes any more', () => {
  const at = (day: string) => Date.parse(`${day}T23:05:00Z`);
  const [list] = busyData().freshness.rows;
  const outcomes = calm().outcomes.rows;
  /** Days of faxes from September on to the last one, and what was known when. */
  const silentFrom = (lastDay: string, now: string, over: Partial<ReportPageData> = {}) =>
    words(
      lookBox(
        calm({
          lastFaxDay: asked({ day: lastDay }),
          outcomes: asked(...outcomes.filter(({ day }) => day <= lastDay)),
          to: now,
          billTo: now,
          now: at(now),
          ...over,
        }),
      ),
    );

  it('is said first, with how long, from two whole days on where every day had some', () => {
    expect(silentFrom('2026-10-20', '2026-10-22')).toContain('Nothing stands out');
    expect(silentFrom('2026-10-20', '2026-10-23')).toMatch(
      /first No fax since 20 Oct 2026: 2 days without any \(every day of the weeks before had some\)\. See the days/,
    );
  });

  it('is no news where pauses are usually as long', () => {
    const workdays = asked(
      ...outcomes.filter(
        ({ day }) => day <= '2026-10-23' && ![0, 6].includes(new Date(`${day}T00:00:00Z`).getUTCDay()),
      ),
    );
    expect(silentFrom('2026-10-23', '2026-10-26', { outcomes: workdays })).not.toContain('No fax since');
    expect(silentFrom('2026-10-23', '2026-10-27', { outcomes: workdays })).toContain(
      'No fax since 23 Oct 2026: 3 days without any (in the weeks before, never more than 2 days in a row).',
    );
    const few = asked(...outcomes.slice(0, 3));
    expect(silentFrom('2026-09-03', '2026-09-11', { outcomes: few })).not.toContain('No fax since');
    expect(silentFrom('2026-09-03', '2026-09-12', { outcomes: few })).toContain(
      'No fax since 3 Sep 2026: 8 days without any. See',
    );
  });

  it('comes with the command that shows the days since, where the page ends with the last fax', () => {
    const quiet = { to: '2026-09-20', billTo: '2026-10-30' };
    expect(silentFrom('2026-09-20', '2026-10-30', quiet)).toContain(
      'No fax since 20 Sep 2026: 39 days without any (every day of the weeks before had some). The page ends there; “faxsync report --to 2026-10-30” shows the days since.',
    );
    const asIs = { to: '2026-09-20', billTo: '2026-09-20' };
    expect(silentFrom('2026-09-20', '2026-10-30', asIs)).not.toContain('The page ends there');
  });

  it('is said of no page that ends before the last fax, and of no days that were not listed yet', () => {
    expect(silentFrom('2026-10-20', '2026-10-30', { to: '2026-10-01' })).not.toContain('No fax since');
    if (list === undefined) throw new Error('no list');
    const behind = asked({ ...list, behindMinutes: 9 * 1_440 });
    expect(silentFrom('2026-10-20', '2026-10-30', { freshness: behind })).not.toContain('No fax since');
    expect(silentFrom('2026-10-20', '2026-11-02', { freshness: behind })).toMatch(/9 days behind .*No fax since/);
  });
});

describe('what the page leaves out', () => {
  it('is said as it is, without a promise that nobody can keep', () => {
    const page = words(renderReport(busyData()));
    expect(page).not.toContain('patient data');
    expect(page).toContain('left out: telephone numbers but for two digits of own ones and areas');
  });

  it('are others of fewer than five faxes: the smallest values shown go with them', () => {
    const data = busyData({ tags: asked(tagCost('Lab', 50), tagCost('Ward', 5, 60), tagCost('Jane Roe', 2, 40)) });
    expect(tagsCard(data)).toMatch(/Lab 50 .*others \(2\) 7 \$1\.00/);
    expect(tagsCard(data)).not.toContain('Ward');
    const lone = tagsSection(busyData({ tags: asked(tagCost('Ward', 5), tagCost('Jane Roe', 2)) }));
    expect(lone.toString()).toContain('No tag has a value that enough faxes share.');
  });

  it('has received faxes by themselves, which nobody can tag', () => {
    const rest = ['untagged', 'received'].map((shareKind, at) => ({
      ...tagCost('', 20 + at),
      shareKind,
      tagValue: null,
    }));
    const data = busyData({ tags: asked(tagCost('Lab', 50), tagCost('Jane Roe', 5), ...rest) });
    expect(tagsCard(data)).toMatch(/Lab 50 .*without clinic 20 .*received faxes 21 /);
  });

  it.each(['４１４５５５９９１１', '٤١٤٥٥٥٩٩١١', '414-555-9911', 'jane.roe@mail.example'])(
    'is the value %s of a tag, and a tag of that name',
    (telling) => {
      expect(tagsCard(busyData({ tags: asked(tagCost('Lab', 50), tagCost(telling, 9)) }))).toMatch(
        /Lab 50 .*others \(1\) 9/,
      );
      const named = renderReport(busyData({ tags: asked({ ...tagCost('Lab', 50), tagName: telling }) }));
      expect(named.includes(telling)).toBe(false);
    },
  );
});

describe('figures beside each other', () => {
  it('tells own numbers apart that end alike', () => {
    const [number] = busyData().numbers.rows;
    if (number === undefined) throw new Error('no number');
    const numbers = asked(number, { ...number, ending: '12' }, { ...number });
    const card = words(numbersCostSection(busyData({ numbers })).toString());
    expect(card).toMatch(/•••• 47 \(a\) .*•••• 12 3,000.*•••• 47 \(b\) /);
  });

  it('foresees a month only while the last two weeks are like those before', () => {
    const [month] = busyData().forecast.rows;
    if (month === undefined) throw new Error('no month');
    const outlook = (over: Partial<typeof month>) =>
      words(outlookSection(busyData({ forecast: asked({ ...month, ...over }) })).toString());
    expect(outlook({})).toContain('$429.00 , likely between');
    expect(outlook({ recentFaxCount: 0 })).toContain(
      'not foreseen: the last two weeks had 0 faxes a day, the days before 150. The mean of all of them, which report.month_forecast has, makes $429.00',
    );
    expect(outlook({ recentFaxCount: 4_201 })).toContain('not foreseen: the last two weeks had 300');
    expect(outlook({ recentFaxCount: 4_200 })).toContain('$429.00');
    expect(outlook({ recentFaxCount: 0, earlierDayCount: 13 })).toContain('$429.00');
    expect(outlook({ expectedCents: null })).toContain('not foreseen: fewer than 14 days are known');
  });
});
