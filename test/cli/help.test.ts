import { describe, expect, it } from 'vitest';
import { documentOf, runCli } from './run-cli.ts';

const COMMANDS = [
  ['migrate'],
  ['sync'],
  ['backfill'],
  ['callbacks'],
  ['replay'],
  ['status'],
  ['rejected'],
  ['rejected', 'retry'],
  ['dead'],
  ['dead', 'list'],
  ['dead', 'show'],
  ['dead', 'redrive'],
  ['reconcile'],
  ['periods'],
  ['items'],
  ['items', 'explain'],
  ['items', 'accept'],
  ['items', 'dispute'],
  ['items', 'write-off'],
  ['items', 'close'],
  ['items', 'open'],
  ['items', 'assign'],
  ['close'],
  ['import'],
  ['import', 'invoices'],
  ['import', 'receipts'],
  ['explain'],
  ['proof'],
  ['export'],
  ['report'],
  ['sql'],
  ['init'],
  ['doctor'],
  ['simulate'],
  ['demo'],
];

describe('help', () => {
  it('lists every command', async () => {
    const { code, stdout } = await runCli(['--help']);
    expect(code).toBe(0);
    for (const [command] of COMMANDS) expect(stdout).toMatch(new RegExp(`^  ${command}\\b`, 'm'));
  });

  it.each(COMMANDS)('of %s %s has examples and the exit codes', async (...command) => {
    const words = command.filter((word) => typeof word === 'string');
    const { code, stdout, stderr } = await runCli([...words, '--help']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain(`Examples:\n  npm run -s faxsync -- ${words.join(' ')}`);
    expect(stdout).toContain('Exit codes: 0 done');
  });

  it('names each setting of a command with its variable', async () => {
    const { stdout } = await runCli(['sync', '--help']);
    expect(stdout).toMatch(/--api-key <value>\s+API key of the account \[FAXSYNC_API_KEY\]/);
  });

  it('is shown, with code 64, where no command is given', async () => {
    const { code, stdout } = await runCli([]);
    expect(code).toBe(64);
    expect(stdout).toContain('Usage: faxsync');
  });
});

describe('a command line that is wrong', () => {
  it.each([
    [['snyc'], "unknown command 'snyc'"],
    [['items', 'explane', '5'], "unknown command 'explane' (Did you mean explain?). See: faxsync items --help"],
    [['items', 'explane', '5', '--by', 'Ann'], "unknown command 'explane' (Did you mean explain?)"],
    [['rejected', 'rety', '5'], "unknown command 'rety' (Did you mean retry?)"],
    // A number or an address of somebody is not said again.
    [['items', 'ann@example.org'], 'too many arguments'],
    [['items', 'help'], "unknown command 'help'"],
    [['items', '--ownd'], "unknown option '--ownd'"],
    [['sync', '--wacht'], "unknown option '--wacht'"],
    [['sync', 'now'], 'too many arguments'],
    [['sync', '--every', 'often'], 'Write a whole number from 1 to 86400'],
    [['sync', '--streams', ' , '], 'Write one name or more, with a comma between'],
    [['close'], "required option '--period <month>' not specified"],
    [['close', '--period', '2026-13', '--preparer', 'Ann'], 'Write a month such as 2026-10'],
    [['import', 'invoices', 'x.csv'], "required option '--by <name>' not specified"],
    [['items', 'accept', '8'], "required option '--by <name>' not specified"],
    [['items', 'accept', '--by', 'Ann'], "missing required argument 'ids'"],
    [['items', '--period', '2026-13'], 'Write a month such as 2026-10'],
    [['reconcile', '--period', '2026-13'], 'Write a month such as 2026-10'],
    [['explain'], "missing required argument 'fax-id'"],
    [['proof'], 'Give --period and --out'],
    [['backfill'], "required option '--from <day>' not specified"],
    [['rejected', '--show', 'x'], 'An id of a rejected record is a whole number'],
    [['simulate', '--fault', '{"kind":"rain"}'], '--fault cannot be read'],
    [['simulate', '--forged', '2'], 'Write a number from 0 to 1'],
  ])('%j ends with 64 and one line', async (args, fault) => {
    const { code, stderr } = await runCli(args);
    expect(code).toBe(64);
    expect(stderr).toContain(fault);
    expect(stderr).toMatch(/^error: [^\n]+\n$/);
  });

  it.each([
    [['snyc'], 'faxsync --help'],
    [['sync', '--streams', ''], 'faxsync sync --help'],
    [['rejected', 'retry', '--al'], 'faxsync rejected retry --help'],
  ])('%j points to the help that has what is wrong', async (args, help) => {
    const { stderr } = await runCli(args);
    expect(stderr).toMatch(new RegExp(` See: ${help}\\n$`));
  });

  it('does not repeat the value of a mistyped flag, which may be a secret', async () => {
    const { code, stdout, stderr } = await runCli(['sync', '--api-secrte=canary-secret']);
    expect(code).toBe(64);
    expect(stdout + stderr).not.toContain('canary-secret');
    expect(stderr).toContain('--api-secrte');
  });

  it('is a document too under --json', async () => {
    const result = await runCli(['sync', '--json', '--wacht']);
    expect(result.code).toBe(64);
    expect(documentOf(result)).toMatchObject({ error: { code: 'usage' } });
  });
});

describe('settings that are missing or wrong', () => {
  it('are listed all at once, by name and with the remedy', async () => {
    const { code, stderr } = await runCli(['sync'], {
      FAXSYNC_DATABASE_URL: 'mysql://user:canary-password@host/db',
      FAXSYNC_API_VERSION: 'v9',
    });
    expect(code).toBe(64);
    for (const name of ['FAXSYNC_API_KEY', 'FAXSYNC_API_SECRET', 'FAXSYNC_DATABASE_URL', 'FAXSYNC_API_VERSION']) {
      expect(stderr).toMatch(new RegExp(`^  ${name} `, 'm'));
    }
    expect(stderr).not.toContain('canary-password');
  });

  it('are named as flags where they were given as flags', async () => {
    const { code, stderr } = await runCli(['status', '--database-url', 'nowhere']);
    expect(code).toBe(64);
    expect(stderr).toContain('--database-url is not a database URL');
  });

  it('keep the callback endpoint from starting', async () => {
    const { code, stderr } = await runCli(['callbacks', '--port', '0']);
    expect(code).toBe(64);
    expect(stderr).toContain('FAXSYNC_CALLBACK_TOKENS');
    expect(stderr).toContain('FAXSYNC_CALLBACK_URL');
  });
});
