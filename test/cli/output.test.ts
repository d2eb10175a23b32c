import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { createOutput } from '../../src/cli/create-output.ts';
import { countOf, describeError, formatSpan, tableLines } from '../../src/cli/output.ts';
import { SettingsError } from '../../src/domain/errors.ts';
import { withoutProgress } from './run-cli.ts';

/** A stream that looks like a terminal or a pipe, and what was written to it. */
function sink(isTTY: boolean): { stream: NodeJS.WriteStream; text: () => string } {
  let text = '';
  const stream = new PassThrough();
  stream.on('data', (chunk: Buffer) => {
    text += chunk.toString();
  });
  return { stream: Object.assign(stream, { isTTY, columns: 80 }) as unknown as NodeJS.WriteStream, text: () => text };
}

async function sayAll(isTTY: boolean, isJson: boolean, env: Record<string, string> = {}) {
  const stdout = sink(isTTY);
  const stderr = sink(isTTY);
  const output = await createOutput({
    isJson,
    stdout: stdout.stream,
    stderr: stderr.stream,
    env,
    signal: new AbortController().signal,
  });
  output.step('One fact');
  output.warn('Look at this');
  output.table(['name', 'rows'], [['a', 1_200]]);
  output.document({ ok: true });
  output.fail({ code: 'broken', message: 'It broke.', frames: null });
  return { mode: output.mode, stdout: stdout.text(), stderr: stderr.text() };
}

describe('createOutput', () => {
  it('writes facts to stdout and the rest to stderr, plainly, on a pipe', async () => {
    expect(await sayAll(false, false)).toEqual({
      mode: 'plain',
      stdout: 'One fact\nname   rows\na     1,200\n',
      stderr: 'warning: Look at this\nerror: It broke.\n',
    });
  });

  it('writes plain lines on a terminal too where NO_COLOR is set', async () => {
    expect((await sayAll(true, false, { NO_COLOR: '1' })).mode).toBe('plain');
    expect((await sayAll(true, false, { TERM: 'dumb' })).mode).toBe('plain');
    const { mode, stdout } = await sayAll(true, false);
    expect(mode).toBe('terminal');
    expect(stdout).toContain('One fact');
    expect(stdout).toContain('It broke.');
  });

  it('writes exactly one document with --json, the first', async () => {
    const { mode, stdout, stderr } = await sayAll(true, true);
    expect(mode).toBe('json');
    expect(JSON.parse(stdout)).toEqual({ ok: true });
    expect(stderr).toBe('error: It broke.\n');
  });
});

describe('describeError', () => {
  it('says the message of our own errors and only the class of others', () => {
    const own = new SettingsError('FAXSYNC_ACCOUNT is wrong.', { code: 'settings_invalid' });
    expect(describeError(own, false)).toEqual({
      code: 'settings_invalid',
      message: 'FAXSYNC_ACCOUNT is wrong.',
      frames: null,
    });
    const foreign = Object.assign(new TypeError('canary +14145550123'), { code: 'ERR_CANARY' });
    const { message, frames } = describeError(foreign, true);
    expect(message).toContain('TypeError, ERR_CANARY');
    expect(`${message}${frames}`).not.toContain('4145550123');
    expect(frames).toMatch(/^\s+at /);
  });
});

describe('texts', () => {
  it('set numbers to the right and texts to the left', () => {
    expect(
      tableLines(
        ['stream', 'n'],
        [
          ['faxes', 7],
          ['x', 12_345],
        ],
      ),
    ).toEqual(['stream       n', 'faxes        7', 'x       12,345']);
  });

  it('count things and spans as people do', () => {
    expect([countOf(1, 'fax', 'faxes'), countOf(1_200, 'fax', 'faxes')]).toEqual(['1 fax', '1,200 faxes']);
    expect([850, 4_100, 720_000, 10_800_000, 3_024_000_000].map(formatSpan)).toEqual([
      '850 ms',
      '4.1 s',
      '12 min',
      '3 h',
      '35 days',
    ]);
  });
});

describe('what the tests take for progress', () => {
  it('is progress alone: a warning, an error, a line of the log and a note of Node stay', () => {
    const progress = [
      'main: +15m at 2026-06-10 · 1,082 landed · 1 object loaded, 1,314 records',
      'main:  · 0 landed · 2 objects loaded, 1 record',
      'a-clinic: port_orders · 1 landed',
      'main: checking 1,083 landed objects',
      'main: next look in 60 min · Ctrl-C ends',
    ];
    const others = [
      'warning: 1 landed · that was odd',
      'error: main: checking 3 landed objects failed',
      'main: another process pulls this account, waiting for it',
      '{"level":"ERROR","message":"main: faxes · 1 landed"}',
      '(node:7) Warning: main: faxes · 1 landed',
    ];
    const said = { code: 0, stdout: 'main: faxes · 1 landed', stderr: `${[...progress, ...others].join('\n')}\n` };
    expect(withoutProgress(said)).toEqual({ ...said, stderr: `${others.join('\n')}\n` });
  });
});
