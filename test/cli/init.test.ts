import { execFile } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { askOnTerminal } from '../../src/cli/init-ask.ts';
import { faultOf } from '../../src/cli/init-questions.ts';
import { CliBed } from './cli-bed.ts';
import { documentOf, runCli, startCli } from './run-cli.ts';

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'faxsync-init-'));
});
afterEach(() => rm(home, { recursive: true }));

const env = () => ({ FAXSYNC_HOME: home, FAXSYNC_SETTINGS_FILE: '' });
const KEYS = ['--api-key', 'canary-key', '--api-secret', 'canary-secret'];
const file = () => join(home, 'settings.env');

describe('faxsync init', () => {
  it('writes what the flags say, for its owner only, and says what is next without saying a secret', async () => {
    const { code, stdout, stderr } = await runCli(['init', ...KEYS, '--billing-zone', 'America/New_York'], env());
    expect([code, stderr]).toEqual([0, '']);
    expect((await stat(file())).mode & 0o777).toBe(0o600);
    expect(await readFile(file(), 'utf8')).toContain(`FAXSYNC_BILLING_ZONE='America/New_York'\n`);
    expect(stdout).toContain('FAXSYNC_API_KEY, FAXSYNC_API_SECRET, FAXSYNC_BILLING_ZONE');
    expect(stdout).toMatch(/\nNext: npm run -s faxsync -- doctor\n$/);
    expect(stdout).not.toContain('canary');
  });

  it('takes the rest from lines on stdin, which flags win over', async () => {
    const run = startCli(['init', '--account', 'clinic', '--json'], env());
    run.child.stdin.end(`FAXSYNC_API_KEY=k\n# words\nFAXSYNC_API_SECRET='s #1'\nFAXSYNC_ACCOUNT=other\n`);
    const result = await run.ended;
    expect(result.code).toBe(0);
    expect(documentOf(result)).toMatchObject({
      ok: true,
      file: file(),
      settings: ['FAXSYNC_API_KEY', 'FAXSYNC_API_SECRET', 'FAXSYNC_ACCOUNT'],
    });
    expect(await readFile(file(), 'utf8')).toContain(`FAXSYNC_API_SECRET='s #1'`);
    expect(await readFile(file(), 'utf8')).toContain(`FAXSYNC_ACCOUNT='clinic'`);
  });

  it('writes nothing where an answer is wrong or missing, and names all that are', async () => {
    const run = startCli(['init', '--api-version', 'v9'], env());
    run.child.stdin.end('FAXSYNC_API_KEY=canary\nFAXSYNC_BILLING_ZONE=Mars\n');
    const { code, stderr } = await run.ended;
    expect(code).toBe(64);
    for (const name of ['FAXSYNC_API_SECRET', 'FAXSYNC_API_VERSION', 'FAXSYNC_BILLING_ZONE'])
      expect(stderr).toContain(name);
    expect(stderr).not.toContain('canary');
    expect(await readdir(home)).toEqual([]);
  });

  it('refuses lines that are no settings, and a home for a file whose place is known', async () => {
    const run = startCli(['init'], env());
    run.child.stdin.end('FAXSYNC_API_KEI=canary\nFAXSYNC_API_KEY canary\nFAXSYNC_HOME=/tmp\n');
    const { code, stderr } = await run.ended;
    expect(code).toBe(64);
    expect(stderr.split('\n').slice(1, 4)).toEqual([
      '  stdin has FAXSYNC_API_KEI, which is no setting',
      '  stdin, line 2, has no "=": write FAXSYNC_NAME=value',
      '  stdin has FAXSYNC_HOME, which says where the file goes: say it with --home',
    ]);
    expect(stderr).not.toContain('canary');
    expect(await readdir(home)).toEqual([]);
  });

  it('writes over a file only when told so, and then for its owner only', async () => {
    await writeFile(file(), 'as it was');
    await chmod(file(), 0o644);
    const refused = await runCli(['init', ...KEYS], env());
    expect(refused.code).toBe(64);
    expect(refused.stderr).toContain('--force');
    expect(await readFile(file(), 'utf8')).toBe('as it was');
    expect((await runCli(['init', ...KEYS, '--force'], env())).code).toBe(0);
    expect(await readFile(file(), 'utf8')).toContain('canary-key');
    expect((await stat(file())).mode & 0o777).toBe(0o600);
    expect(await readdir(home)).toEqual(['settings.env']);
  });

  it('warns of a work tree that does not ignore the file, and of settings the environment says otherwise', async () => {
    await promisify(execFile)('git', ['init', '-q', home]);
    const first = await runCli(['init', ...KEYS], { ...env(), FAXSYNC_API_KEY: 'another' });
    expect(first.code).toBe(0);
    expect(first.stderr).toContain('is not ignored there: add it to .gitignore');
    expect(first.stderr).toContain('FAXSYNC_API_KEY is also set in the environment, which wins over the file.');
    await writeFile(join(home, '.gitignore'), 'settings.env\n');
    expect((await runCli(['init', ...KEYS, '--force'], env())).stderr).toBe('');
  });

  it('says how another place is named to the commands', async () => {
    await mkdir(join(home, 'my place'));
    const path = join(home, 'my place', 'fax.env');
    const { stdout } = await runCli(['init', ...KEYS, '--file', path], env());
    expect(stdout).toContain(`Next: FAXSYNC_SETTINGS_FILE='${path}' npm run -s faxsync -- doctor`);
    expect(await readFile(path, 'utf8')).toContain(`FAXSYNC_HOME='${home}'`);
  });
});

describe('the file it writes', () => {
  let bed: CliBed;
  beforeAll(async () => {
    bed = await CliBed.open({ world: { days: 5, faxesPerDay: 5, deletedTestShare: 0 } });
  });
  afterAll(() => bed.close());

  it('is all that doctor, sync and sql need', async () => {
    const { FAXSYNC_HOME: _, ...settings } = bed.env;
    const lines = Object.entries(settings).map(([name, value]) => `${name}=${value}\n`);
    const run = startCli(['init'], env());
    run.child.stdin.end(lines.join(''));
    expect((await run.ended).code).toBe(0);
    const doctor = await runCli(['doctor'], env());
    expect(doctor.code).toBe(0);
    expect(doctor.stdout).toMatch(/^green {3}settings: .*settings\.env is read for what the environment leaves out$/m);
    expect((await runCli(['sync'], env())).code).toBe(0);
    expect((await runCli(['sql', 'select count(*) > 0 as some from warehouse.faxes'], env())).stdout).toContain(
      '\nt\n',
    );
    // What is set beside it wins.
    expect((await runCli(['status'], { ...env(), FAXSYNC_API_VERSION: 'v9' })).code).toBe(64);
  });

  it.each([
    ['a line of it is no setting', 'FAXSYNC_API_KEI=x\n', 0o600, 'has FAXSYNC_API_KEI, which is no setting'],
    ['others may write into it', 'FAXSYNC_ACCOUNT=x\n', 0o666, 'can be written by others'],
  ])('is refused by every command where %s, and red in doctor', async (_what, text, mode, fault) => {
    await writeFile(file(), text);
    await chmod(file(), mode);
    const { code, stderr } = await runCli(['status', '--database-url', bed.database.url], env());
    expect(code).toBe(64);
    expect(stderr).toMatch(/^error: The settings file cannot be taken:\n/);
    expect(stderr).toContain(fault);
    const doctor = await runCli(['doctor', '--offline', '--database-url', bed.database.url], env());
    expect(doctor.code).toBe(2);
    expect(doctor.stdout).toMatch(new RegExp(`^red {5}settings: .*${fault}`, 'm'));
  });

  it('sends no keys of the environment to a provider that it names', async () => {
    const before = bed.simulator.stats().requests;
    const { FAXSYNC_HOME: _, FAXSYNC_PROVIDER_URL: url = '', ...settings } = bed.env;
    await writeFile(file(), `FAXSYNC_PROVIDER_URL=${url}\n`, { mode: 0o600 });
    const { code, stderr } = await runCli(['sync'], { ...settings, ...env() });
    expect(code).toBe(64);
    expect(stderr).toContain('has FAXSYNC_PROVIDER_URL, and keys that stand elsewhere');
    expect(bed.simulator.stats().requests).toBe(before);
  });
});

describe('the questions on a terminal', () => {
  const ask = async (keys: ReadonlyArray<readonly [after: RegExp, keys: string]>) => {
    const input = new PassThrough();
    const output = new PassThrough();
    let said = '';
    let all = '';
    output.setEncoding('utf8').on('data', (text: string) => {
      said += text;
      all += text;
    });
    const answering = askOnTerminal({}, { input, output, signal: new AbortController().signal });
    for (const [after, text] of keys) {
      while (!after.test(said)) await new Promise((done) => output.once('data', done));
      said = '';
      input.write(text);
    }
    const answers = await answering;
    return { answers, all };
  };

  it('are asked again until the answer is right, and what holds anyhow is left out', async () => {
    const { answers } = await ask([
      [/account be called/, 'Bad\r'],
      [/This is not an account key/, '\x15clinic\r'],
      [/version of the API/, '\r'],
      [/API key/, '\r'],
      [/This is needed/, 'key-1\r'],
      [/API secret/, 'secret-1\r'],
      [/Time zone/, '\r'],
      [/Callback token/, 'token-1\r'],
      [/Callback URL/, 'https://example.com/faxes\r'],
      [/Database/, '\r'],
      [/Limits/, '{"settle_days": 4}\r'],
    ]);
    expect(answers).toEqual({
      FAXSYNC_ACCOUNT: 'clinic',
      FAXSYNC_API_KEY: 'key-1',
      FAXSYNC_API_SECRET: 'secret-1',
      FAXSYNC_CALLBACK_TOKENS: 'token-1',
      FAXSYNC_CALLBACK_URL: 'https://example.com/faxes',
      FAXSYNC_RECONCILIATION: '{"settle_days": 4}',
    });
  });

  it('do not show a secret that is typed', async () => {
    const { answers, all } = await ask([
      [/account be called/, '\r'],
      [/version of the API/, '\r'],
      [/API key/, 'canary\r'],
      [/API secret/, '\x03'],
    ]);
    expect(answers).toBeNull();
    expect(all).toContain('API secret');
    expect(all).not.toContain('canary');
  });

  it('know the faults of every setting by its own parser', () => {
    expect(faultOf('FAXSYNC_DATABASE_URL', 'mysql://x')).toContain('is not a database URL');
    expect(faultOf('FAXSYNC_RECONCILIATION', '{"settle_days": "x"}')).toContain('settle_days');
    expect(faultOf('FAXSYNC_API_KEY', 'k')).toBeUndefined();
    expect(faultOf('FAXSYNC_CALLBACK_TOKENS', ',')).toContain('has no token in it');
  });
});
