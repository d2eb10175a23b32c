import { addDays, daysOf } from '../../src/report/range.ts';
import type { Asked } from '../../src/warehouse/report-page-ask.ts';
import type { TagCost } from '../../src/warehouse/report-page-billing.ts';
import { GROUP_MIN, type ReportPageData } from '../../src/warehouse/report-page-data.ts';

/** Rows with a query that stands for the one that gave them. */
export function asked<Row>(...rows: readonly Row[]): Asked<Row> {
  return { rows, sql: `select 1 where 'a' < 'b';` };
}

/** An account of which nothing is known. */
export function emptyData(over: Partial<ReportPageData> = {}): ReportPageData {
  return {
    account: 'main',
    zone: 'America/Chicago',
    from: '2026-09-01',
    to: '2026-10-30',
    billTo: '2026-10-30',
    now: Date.UTC(2026, 9, 30, 23, 5),
    groupMin: GROUP_MIN,
    outcomes: asked(),
    daysBefore: asked(),
    lastFaxDay: asked(),
    copyBegin: asked(),
    failures: asked(),
    failureDays: asked(),
    incidentAreas: null,
    hours: asked(),
    areas: asked(),
    speed: asked(),
    open: asked({ openCount: 0, stuckCount: 0, heldCents: 0 }),
    billing: asked(),
    tags: asked(),
    numbers: asked(),
    held: asked(),
    numberFindings: asked(),
    forecast: asked(),
    balance: asked(),
    judgedDays: asked(),
    bill: asked(),
    billItems: asked(),
    billDays: asked(),
    freshness: asked(),
    quality: asked(),
    ...over,
  };
}

/** A value of the tag `clinic` in so many faxes. */
export function tagCost(tagValue: string, faxCount: number, costCents = faxCount * 9): TagCost {
  return { tagName: 'clinic', shareKind: 'tag', tagValue, valueCount: 1, faxCount, pageCount: faxCount * 2, costCents };
}

/** Days of an incident in {@link busyData}. */
export const INCIDENT = { from: '2026-10-09', to: '2026-10-12' };

/** A clinic group with weekends, rents, a carrier's bad weekend in October, and a bill that differs by some dollars. */
export function busyData(over: Partial<ReportPageData> = {}): ReportPageData {
  const { from, to } = { from: '2026-09-01', to: '2026-10-30', ...over };
  const days = daysOf({ from, to }).map((day, at) => {
    const isWeekend = [0, 6].includes(new Date(`${day}T00:00:00Z`).getUTCDay());
    const faxCount = (isWeekend ? 42 : 180) + ((at * 37) % 41);
    const isBad = day >= INCIDENT.from && day <= INCIDENT.to;
    const failureCount = Math.round(faxCount * (isBad ? 0.36 : 0.06)) + (at % 3);
    return { day, faxCount, failureCount, partialCount: at % 4, isBad, rent: day.endsWith('-07') ? 2_400 : 0 };
  });
  const failureDays = days.flatMap(({ day, failureCount, isBad }) => {
    const line = Math.round(failureCount * (isBad ? 0.85 : 0.5));
    return [
      { day, errorClass: 'bad_number', failureCount: failureCount - line },
      { day, errorClass: 'retry_soon', failureCount: line },
    ];
  });
  const count = (errorClass: string) =>
    failureDays.reduce((sum, row) => sum + (row.errorClass === errorClass ? row.failureCount : 0), 0);
  const cause = (errorClass: string, message: string | null, failureCount: number, advice: string) => ({
    errorClass,
    message,
    advice,
    failureCount,
  });
  const hours = Array.from({ length: 168 }, (_, at) => {
    const [weekday, hour] = [Math.floor(at / 24) + 1, at % 24];
    const finishedCount = hour < 6 ? 3 : weekday > 5 ? 12 : 60;
    const share = hour >= 11 && hour <= 13 && weekday <= 5 ? 0.34 : 0.06 + (at % 5) * 0.02;
    return { weekday, hour, finishedCount, failedCount: Math.round(finishedCount * share) };
  });
  const speed = (month: string, status: string, faxCount: number, p50: number) => ({
    month,
    status,
    faxCount,
    p50,
    p90: p50 * 6,
    p95: p50 * 10,
    p99: p50 * 19,
  });
  const bill = (month: string, state: string, owedCents: number) => ({
    month,
    state,
    verdict: owedCents === 0 ? 'agrees' : 'differs',
    agreesWith: 'balance',
    warehouseCents: 42_316,
    runCents: 42_316,
    invoiceCents: null,
    unexplainedCents: owedCents,
    owedCents,
    openErrorCount: owedCents === 0 ? 0 : 3,
    testedCount: 4_107,
    matchedCount: owedCents === 0 ? 4_107 : 4_104,
    lastRunAt: Date.UTC(2026, 9, 30, 7, 10),
  });
  const billItems = (checkId: string, reason: string, itemCount: number, cents: number) => ({
    month: '2026-10-01',
    checkId,
    reason,
    isUnexplained: true,
    itemCount,
    overCents: cents,
    underCents: 0,
    owedCents: cents,
    disputedCents: 0,
  });
  return emptyData({
    outcomes: asked(
      ...days.map(({ day, faxCount, failureCount, partialCount }) => ({
        day,
        faxCount,
        sentCount: Math.round(faxCount * 0.6),
        successCount: faxCount - failureCount - partialCount,
        partialCount,
        failureCount,
        otherCount: 0,
      })),
    ),
    lastFaxDay: asked({ day: '2026-10-30' }),
    failureDays: asked(...failureDays),
    failures: asked(
      cause(
        'retry_soon',
        'The call dropped prematurely',
        Math.ceil(count('retry_soon') * 0.7),
        'Send again in some minutes.',
      ),
      cause('bad_number', 'Phone number not operational', count('bad_number'), 'Check the number with the recipient.'),
      cause('retry_soon', 'Busy', Math.floor(count('retry_soon') * 0.3), 'Send again in some minutes.'),
      cause('money', null, 4, 'Recharge the account, then send again.'),
    ),
    hours: asked(...hours),
    areas: asked(
      { prefix: '+1414', finishedCount: 812, failedCount: 240, firstAttemptCount: 500 },
      { prefix: '+4420', finishedCount: 40, failedCount: 9, firstAttemptCount: 28 },
    ),
    speed: asked(
      speed('2026-09-01', 'success', 4_100, 71),
      speed('2026-10-01', 'success', 4_000, 88),
      speed('2026-10-01', 'failure', 700, 610),
    ),
    incidentAreas: asked({ prefix: '+1414', finishedCount: 220, failedCount: 117 }),
    open: asked({ openCount: 3, stuckCount: 2, heldCents: 126 }),
    billing: asked(
      ...days.map(({ day, faxCount, failureCount, rent }) => ({
        day,
        faxChargedCents: faxCount * 11,
        rentChargedCents: rent,
        creditedCents: failureCount * 9,
      })),
    ),
    tags: asked(
      tagCost('Cardiology', 1_200),
      tagCost('Radiology', 900),
      { ...tagCost('', 12), shareKind: 'others', tagValue: null, valueCount: 5 },
      { ...tagCost('', 500), shareKind: 'untagged', tagValue: null },
      { ...tagCost('', 1_500), shareKind: 'received', tagValue: null },
    ),
    numbers: asked(
      { ending: '47', kind: 'number', numberCount: 1, faxCount: 3_000, faxCents: 30_000, rentCents: 400 },
      { ending: null, kind: 'none', numberCount: 0, faxCount: 900, faxCents: 8_000, rentCents: 0 },
    ),
    held: asked({ status: 'active', numberCount: 12, monthlyRentCents: 2_400 }),
    numberFindings: asked({ finding: 'idle', numberCount: 2, monthlyRentCents: 400, wastedCents: 1_200 }),
    forecast: asked({
      month: '2026-10-01',
      soFarCents: 40_012,
      expectedCents: 42_900,
      lowCents: 41_000,
      highCents: 45_000,
      recentFaxCount: 2_100,
      earlierFaxCount: 6_300,
      earlierDayCount: 42,
    }),
    balance: asked({
      balanceCents: 9_100,
      seenAt: Date.UTC(2026, 9, 30, 22, 50),
      dailySpendCents: 1_390,
      daysUntilEmpty: 6,
      emptyDate: addDays(to, 6),
      isLow: true,
    }),
    bill: asked(bill('2026-09-01', 'closed', 0), bill('2026-10-01', 'open', 1_240)),
    billItems: asked(billItems('C10', 'missed_credit', 2, 1_240), billItems('C13', 'cost_missing', 1, 0)),
    billDays: asked({
      day: '2026-10-28',
      state: 'agrees',
      reason: null,
      providerCents: 2_046,
      warehouseCents: 2_046,
      differenceCents: 0,
    }),
    freshness: asked({
      stream: 'faxes',
      lastLookAt: Date.UTC(2026, 9, 30, 23, 1),
      ageMinutes: 4,
      isLastComplete: true,
      behindMinutes: 4,
    }),
    quality: asked(
      { measure: 'values_set_aside', count: 3, dayCount: null, isAlarm: true, advice: 'See "faxsync rejected".' },
      { measure: 'callbacks_loaded', count: 8_190, dayCount: 30, isAlarm: false, advice: null },
    ),
    ...over,
  });
}

/** What makes {@link busyData} an account of which nothing stands out: without its incident, errors and findings, every month agrees. */
export function calmData(): Partial<ReportPageData> {
  const { outcomes, bill } = busyData();
  return {
    outcomes: asked(...outcomes.rows.map((day) => ({ ...day, failureCount: Math.round(day.faxCount * 0.06) }))),
    incidentAreas: null,
    bill: asked(
      ...bill.rows.map((month) => ({
        ...month,
        verdict: 'agrees',
        unexplainedCents: 0,
        owedCents: 0,
        openErrorCount: 0,
      })),
    ),
    billItems: asked(),
    balance: asked(),
    quality: asked(),
    open: asked({ openCount: 0, stuckCount: 0, heldCents: 0 }),
    numberFindings: asked(),
  };
}
