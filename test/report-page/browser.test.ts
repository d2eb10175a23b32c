import { writeFile } from 'node:fs/promises';
import axe from 'axe-core';
import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { renderReport } from '../../src/report/page.ts';
import { type OpenPage, startBrowser, type TestBrowser } from './browser.ts';
import { paletteOf } from './png.ts';
import { busyData, emptyData } from './sample-data.ts';

const PAGE = renderReport(busyData());
const CHARTS = ['#outcomes', '#cost', '#failures', '#hours'];
const WAYS = [
  { width: 1180, scheme: 'light' },
  { width: 1180, scheme: 'dark' },
  { width: 390, scheme: 'light' },
  { width: 390, scheme: 'dark' },
] as const;

let browser: TestBrowser;
beforeAll(async () => {
  browser = await startBrowser();
});
afterAll(() => browser.close());

/** A chart of which one colour has that much shows nothing but its axes. */
const BLANK_FROM = 0.93;

/** The share of the pixels that have the most frequent colour. */
async function shareOfOneColour(chart: Locator): Promise<number> {
  const counts = [...paletteOf(await chart.screenshot()).values()];
  return Math.max(...counts) / counts.reduce((sum, count) => sum + count, 0);
}

/** How much wider than the window the page is. */
const overflow = (page: Page) =>
  page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth');
const openDetails = (page: Page) =>
  page.evaluate('for (const each of document.querySelectorAll("details")) each.open = true');

/** Rules of axe that the page breaks, with the elements. */
async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const found = await page.evaluate<axe.AxeResults>('axe.run()');
  return found.violations.flatMap(({ id, nodes }) => nodes.map(({ target }) => `${id}: ${target.join(' ')}`));
}

describe.each(WAYS)('the page at $width px, $scheme', ({ width, scheme }) => {
  let open: OpenPage;
  beforeAll(async () => {
    open = await browser.open(PAGE, { width, scheme });
    await open.page.screenshot({ path: browser.output(`${width}-${scheme}.png`), fullPage: true });
  });
  afterAll(() => open.page.context().close());

  it('fits the window, folded and unfolded', async () => {
    expect(await overflow(open.page)).toBe(0);
    await openDetails(open.page);
    expect(await overflow(open.page)).toBe(0);
  });

  it.each(CHARTS)('draws something at %s: bars or cells, and its labels', async (id) => {
    const chart = open.page.locator(`${id} .chart`);
    expect(await shareOfOneColour(chart)).toBeLessThan(BLANK_FROM);
    expect(await chart.locator('svg:visible text').count()).toBeGreaterThan(5);
  });

  it('breaks no rule of axe, unfolded', async () => {
    await openDetails(open.page);
    expect(await violations(open.page)).toEqual([]);
  });

  it('says nothing to the console and asks for nothing', () => {
    expect(open.said).toEqual([]);
    expect(open.asked).toEqual([]);
  });
});

describe('the page on a desk', () => {
  it('shows what to look at first, cost, failures and whether the bill agrees without scrolling', async () => {
    const { page } = await browser.open(PAGE, { width: 1180, height: 900 });
    await page.screenshot({ path: browser.output('first-screen.png') });
    for (const place of ['.look', '.tiles', '#bill .verdict', '#bill > table', '#outcomes .chart']) {
      const box = await page.locator(place).boundingBox();
      expect((box?.y ?? 0) + (box?.height ?? 9_999), place).toBeLessThanOrEqual(900);
    }
    const tiles = await page.locator('.tiles').innerText();
    for (const name of ['Delivered', 'failed', 'of failures: line trouble, busy', 'Billed', 'Bill unexplained'])
      expect(tiles).toContain(name);
    await page.context().close();
  });

  it('has no hole in its two columns: why faxes fail stands below cost, and neither column is much longer', async () => {
    const { page } = await browser.open(PAGE, { width: 1180 });
    const endOf = async (place: string) => {
      const box = await page.locator(place).boundingBox();
      return (box?.y ?? 0) + (box?.height ?? 0);
    };
    expect(await page.locator('.lead .stack:first-child #failures').count()).toBe(1);
    const [left, right] = [await endOf('#failures'), await endOf('#hours')];
    expect(Math.abs(left - right)).toBeLessThan(250);
    await page.context().close();
  });

  it('draws the chart of the narrow column narrow, and wide where there is one column only', async () => {
    for (const [width, kind] of [
      [1180, 'narrow'],
      [900, 'wide'],
      [390, 'narrow'],
    ] as const) {
      const { page } = await browser.open(PAGE, { width });
      expect(await page.locator('#hours .chart > div:visible').getAttribute('class'), String(width)).toBe(kind);
      await page.context().close();
    }
  });

  it('leads from each first sentence to its section', async () => {
    const { page } = await browser.open(PAGE, { width: 1180 });
    for (const link of await page.locator('.look a').all()) {
      const to = await link.getAttribute('href');
      await link.click();
      expect(await page.locator(`${to}:target`).count()).toBe(1);
    }
    await page.context().close();
  });

  it('gives a whole query to whoever clicks into it', async () => {
    const { page } = await browser.open(PAGE, { width: 1180 });
    await page.locator('#outcomes summary', { hasText: 'SQL' }).click();
    await page.locator('#outcomes pre').first().click();
    expect(await page.evaluate('getSelection().toString().trim()')).toBe("select 1 where 'a' < 'b';");
    await page.context().close();
  });

  it('of an account without anything breaks no rule of axe either', async () => {
    const { page } = await browser.open(renderReport(emptyData()), { width: 1180 });
    await openDetails(page);
    expect(await violations(page)).toEqual([]);
    await page.context().close();
  });
});

describe('a chart', () => {
  it.each(CHARTS)('without its bars or cells is told as blank: %s', async (id) => {
    const { page } = await browser.open(PAGE, { width: 1180 });
    await page.evaluate('for (const each of document.querySelectorAll("svg path[class^=f-]")) each.remove()');
    expect(await shareOfOneColour(page.locator(`${id} .chart`))).toBeGreaterThan(BLANK_FROM);
    await page.context().close();
  });
});

describe('the page on paper', () => {
  it('is light whatever the screen is, and fits A4', async () => {
    const { page } = await browser.open(PAGE, { width: 710, scheme: 'dark' });
    await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
    expect(await overflow(page)).toBe(0);
    expect(await page.evaluate('getComputedStyle(document.querySelector(".card")).backgroundColor')).toBe(
      'rgb(255, 255, 255)',
    );
    const pdf = await page.pdf({ preferCSSPageSize: true, printBackground: true });
    await writeFile(browser.output('page.pdf'), pdf);
    const text = pdf.toString('latin1');
    expect(text).toMatch(/MediaBox \[0 0 59[45](\.\d+)? 84[12](\.\d+)?\]/);
    expect((text.match(/\/Type \/Page\b/g) ?? []).length).toBeLessThanOrEqual(5);
    await page.context().close();
  });
});
