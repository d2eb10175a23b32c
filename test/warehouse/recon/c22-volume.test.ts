import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { DAY_MS, HOUR_MS, toIso } from '../../../src/domain/time.ts';
import { volume } from '../../../src/warehouse/recon/checks/c22-volume.ts';
import { wireFax } from '../../support/landed.ts';
import { ReconBed } from '../../support/recon-bed.ts';
import { itIsShownByItsOwnRule } from '../../support/recon-shown.ts';

/** Noon in Chicago on Monday, 1 June 2026. */
const FIRST = Date.UTC(2026, 5, 1, 17);
/** The Monday six weeks later. */
const DAY = 42;
const SCOPE = { period: '2026-07', asOf: FIRST + 44 * DAY_MS };

let bed: ReconBed;
let looks = 0;
beforeAll(async () => {
  bed = await ReconBed.open();
});
afterAll(() => bed.close());
beforeEach(() => {
  looks = 0;
  bed.newAccount();
});

/** Loads so many faxes of one cent, or of more, on a day, some of them failed. */
async function send(day: number, count: number, failed = 0, cost = 1): Promise<void> {
  looks += 1;
  const after = FIRST + day * DAY_MS;
  const faxes = Array.from({ length: count }, (_, index) =>
    wireFax(looks * 10_000 + index, toIso(after + index * 1_000), {
      status: index < failed ? 'failure' : 'success',
      cost,
    }),
  );
  await bed.load({ observation: looks, at: after + HOUR_MS, window: { after, before: after + HOUR_MS } }, faxes);
}

/** Six Mondays of about so many faxes. */
async function sendMondays(about = 40): Promise<void> {
  for (const [week, more] of [0, 1, -1, 0, 2, 0].entries()) await send(week * 7, about + more);
}

/** A list a day later, which shows that nothing more came. */
async function listOn(): Promise<void> {
  const at = FIRST + (DAY + 1) * DAY_MS;
  await bed.load({ observation: 500, at, window: { after: at - HOUR_MS, before: at } }, []);
}

async function check() {
  await listOn();
  return bed.check(volume, SCOPE);
}

const unusual = async () =>
  (await check()).findings.filter(({ outcome }) => outcome === 'exception').map(({ subject }) => subject);

describe('C22, volume', () => {
  it('passes a Monday like the others, whatever the days between were', async () => {
    await sendMondays();
    await send(DAY, 44);
    expect(await unusual()).toEqual([]);
  });

  it('finds a day of twice as many faxes, and one on which hardly any came', async () => {
    await sendMondays();
    await send(DAY, 80);
    expect((await check()).findings).toEqual([
      expect.objectContaining({ subject: 'day 2026-07-13 count', reason: 'unusual', left: 80, right: 40, cents: 0 }),
    ]);
    bed.newAccount();
    await sendMondays();
    await send(DAY, 3);
    expect(await unusual()).toEqual(['day 2026-07-13 count']);
  });

  it.each([
    ['half of it', 150, true],
    ['a fax less', 149, false],
  ])('asks for a difference of half of the median: %s', async (_, count, isFound) => {
    await sendMondays(100);
    await send(DAY, count);
    expect(await unusual()).toEqual(isFound ? ['day 2026-07-13 count'] : []);
  });

  it('tells a line that has gone dead once, on its first day', async () => {
    for (let day = 0; day < DAY - 7; day++) await send(day, 600, 60);
    const { findings } = await check();
    const silent = Array.from({ length: 7 }, (_, index) => toIso(FIRST + (DAY - 6 + index) * DAY_MS).slice(0, 10));
    expect(findings.filter(({ outcome }) => outcome === 'exception').map(({ subject }) => subject)).toEqual([
      'day 2026-07-06 count',
    ]);
    expect(findings.filter(({ reason }) => reason === 'goes_on').map(({ subject }) => subject)).toEqual(
      silent.map((day) => `day ${day} count`),
    );
    expect(findings.filter(({ reason }) => reason === 'with_count').map(({ subject }) => subject)).toEqual(
      ['2026-07-06', ...silent].flatMap((day) => [`day ${day} cost`, `day ${day} failures`]),
    );
  });

  it('tells of a month that goes on as the one before ended', async () => {
    for (let day = 0; day < 28; day++) await send(day, 40);
    await listOn();
    const { findings } = await bed.check(volume, SCOPE);
    expect(findings[0]).toMatchObject({ subject: 'day 2026-07-01 count', outcome: 'explained', reason: 'goes_on' });
  });

  it('tells of cost beside the count where it rose more than twice as much', async () => {
    await sendMondays(600);
    await send(DAY, 1_200);
    expect(await unusual()).toEqual(['day 2026-07-13 count']);
    bed.newAccount();
    await sendMondays(600);
    await send(DAY, 1_200, 0, 3);
    expect(await unusual()).toEqual(['day 2026-07-13 cost', 'day 2026-07-13 count']);
  });

  it('tells failures from faxes', async () => {
    await sendMondays();
    await send(DAY, 40, 25);
    expect(await unusual()).toEqual(['day 2026-07-13 failures']);
  });

  it('takes one dear fax for what it is, and the same one sent all night for what that is', async () => {
    await sendMondays();
    await send(DAY, 40);
    const after = FIRST + DAY * DAY_MS;
    const sendDear = (count: number) =>
      bed.load(
        { observation: 100 + count, at: after + 2 * HOUR_MS, window: { after, before: after + 2 * HOUR_MS } },
        Array.from({ length: count }, (_, index) =>
          wireFax(90_000 + index, toIso(after + HOUR_MS + index * 1_000), { status: 'success', cost: 2_000 }),
        ),
      );
    await sendDear(1);
    expect(await unusual()).toEqual([]);
    await sendDear(19);
    const found = await bed.check(volume, SCOPE);
    expect(found.findings).toEqual([
      expect.objectContaining({ subject: 'day 2026-07-13 cost', left: 38_040, right: 40, cents: 38_000 }),
    ]);
  });

  it('sees a day as it was known as of the instant', async () => {
    await sendMondays();
    await send(DAY, 40);
    const late = Array.from({ length: 60 }, (_, index) =>
      wireFax(90_000 + index, toIso(FIRST + DAY * DAY_MS + index * 1_000), { status: 'success', cost: 1 }),
    );
    await bed.load({ observation: 900, at: SCOPE.asOf + HOUR_MS }, late);
    expect(await unusual()).toEqual([]);
  });

  it('leaves small days alone, however far from the others they are', async () => {
    for (let week = 0; week < 6; week++) await send(week * 7, 3);
    await send(DAY, 22);
    expect(await unusual()).toEqual([]);
  });

  it('cannot test a day with fewer than four such weekdays before it, nor one that is not over or not listed to its end', async () => {
    await send(21, 40);
    await send(DAY, 400);
    const unlisted = await bed.check(volume, SCOPE);
    expect(unlisted.results.map(({ grain }) => grain)).not.toContain('2026-07-13');
    const { results } = await check();
    expect(results.find(({ grain }) => grain === '2026-07-13')).toMatchObject({ tested: 0, untestable: 3 });
    const running = await bed.check(volume, { period: '2026-07', asOf: FIRST + DAY * DAY_MS + 2 * HOUR_MS });
    expect(running.results.map(({ grain }) => grain)).not.toContain('2026-07-13');
  });

  itIsShownByItsOwnRule(() => bed, volume);
});
