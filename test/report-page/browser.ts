import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Browser, chromium, type Page } from 'playwright-core';

/** Where screenshots are kept for people to look at; not in the repository. */
const OUTPUT = fileURLToPath(new URL('../../test-output/report-page', import.meta.url));

/** An address that exists nowhere: the page is handed to the browser under it. */
const ADDRESS = 'http://report.invalid/';

/** A page in the browser, with everything it said and asked for. */
export interface OpenPage {
  readonly page: Page;
  /** Console messages of any kind and uncaught errors. */
  readonly said: readonly string[];
  /** Addresses asked for beside the page itself; every one was refused. */
  readonly asked: readonly string[];
}

/** A headless Chromium from npm, unpacked into a folder of its own. */
export interface TestBrowser {
  open(html: string, of: { width: number; height?: number; scheme?: 'light' | 'dark' }): Promise<OpenPage>;
  /** A path under which a screenshot is kept. */
  output(name: string): string;
  close(): Promise<void>;
}

/** Unpacks and starts the browser: as any user, with the libraries it brings along, with no way to the network. */
export async function startBrowser(): Promise<TestBrowser> {
  const folder = await mkdtemp(join(tmpdir(), 'faxsync-chromium-'));
  const before = { ...process.env };
  // The package unpacks what it brings only where it takes the host for Lambda's, and where the temporary folder is.
  Object.assign(process.env, { TMPDIR: folder, AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x' });
  let browser: Browser;
  try {
    const { default: packed } = await import('@sparticuz/chromium');
    packed.setGraphicsMode = false;
    const executablePath = await packed.executablePath();
    // Its own font settings look for the fonts in one fixed folder only.
    await writeFile(
      join(folder, 'fonts', 'fonts.conf'),
      `<?xml version="1.0"?><fontconfig><dir>${join(folder, 'fonts', 'fonts')}</dir><cachedir>${join(folder, 'cache')}</cachedir></fontconfig>`,
    );
    // In one process, as Lambda needs it, the browser would end with the first page that is closed.
    const args = packed.args.filter((flag) => flag !== '--single-process');
    browser = await chromium.launch({
      executablePath,
      args: [
        ...args,
        '--disable-dev-shm-usage',
        '--disable-background-networking',
        '--host-resolver-rules=MAP * ~NOTFOUND',
      ],
      env: { ...process.env, HOME: folder, FONTCONFIG_PATH: join(folder, 'fonts') } as Record<string, string>,
    });
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  } finally {
    for (const name of ['TMPDIR', 'AWS_EXECUTION_ENV', 'LD_LIBRARY_PATH', 'FONTCONFIG_PATH', 'HOME']) {
      if (before[name] === undefined) delete process.env[name];
      else process.env[name] = before[name];
    }
  }
  await mkdir(OUTPUT, { recursive: true });
  return {
    open: async (html, { width, height = 900, scheme = 'light' }) => {
      const context = await browser.newContext({ viewport: { width, height }, colorScheme: scheme });
      const [said, asked]: [string[], string[]] = [[], []];
      await context.route('**/*', (route) => {
        const url = route.request().url();
        if (url === ADDRESS) return route.fulfill({ contentType: 'text/html; charset=utf-8', body: html });
        asked.push(url);
        return route.abort();
      });
      const page = await context.newPage();
      page.on('console', (message) => said.push(message.text()));
      page.on('pageerror', (error) => said.push(error.message));
      await page.goto(ADDRESS);
      return { page, said, asked };
    },
    output: (name) => join(OUTPUT, name),
    close: async () => {
      await browser.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
