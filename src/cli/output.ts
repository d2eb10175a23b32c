import { FaxsyncError } from '../domain/errors.ts';

/** Where work that takes a while says how far it is. Silent after `end`. */
export interface Progress {
  /** Replaces what is shown; on a pipe at most one line every two seconds gets through. `share` in [0, 1] draws a bar. */
  update(text: string, share?: number): void;
  /** Takes the line away; what was reached is said by {@link Output.step}. */
  end(): void;
}

/**
 * What a command says. On a terminal with symbols and colour, on a pipe or with NO_COLOR as plain lines, with `--json` as one document.
 * Facts and results go to stdout; warnings, errors and, off a terminal, progress go to stderr.
 */
export interface Output {
  readonly mode: 'terminal' | 'plain' | 'json';
  /** The first line: what runs. */
  intro(text: string): void;
  /** One fact: something is done. */
  step(text: string): void;
  /** Something beside the facts, without a symbol; may have several lines. */
  info(text: string): void;
  /** Something to look at; names the next command. Not shown with `--json`, where the document says it. */
  warn(text: string): void;
  /** Rows under a heading each; numbers are set to the right. */
  table(headings: readonly string[], rows: ReadonlyArray<ReadonlyArray<string | number>>): void;
  /** Text exactly as it is, for files and other programs; not with `--json`. Nothing else goes to stdout then: see {@link onlyRaw}. Resolves once the text is passed on, so that whoever writes much waits for a slow reader, or once the command is told to stop. */
  raw(text: string): Promise<void>;
  /** Says how far a long work is, from now until its `end`. */
  progress(text: string): Progress;
  /** The last line: how it ended, how long it took. */
  outro(text: string): void;
  /** The machine's answer; shown with `--json` only. Call it exactly once. */
  document(value: object): void;
  /** One clear error; with `--json` it is the document too, where there was none. */
  fail(error: DescribedError): void;
}

/** The same output that says nothing on stdout but {@link Output.raw} and the document. */
export function onlyRaw(output: Output): Output {
  return {
    mode: output.mode,
    intro: () => {},
    step: () => {},
    info: () => {},
    warn: (text) => output.warn(text),
    table: () => {},
    raw: (text) => output.raw(text),
    progress: (text) => output.progress(text),
    outro: () => {},
    document: (value) => output.document(value),
    fail: (error) => output.fail(error),
  };
}

/** An error as it may be shown to anyone. */
export interface DescribedError {
  /** Stable, snake_case. */
  readonly code: string;
  readonly message: string;
  /** Stack frames, for FAXSYNC_LOG_LEVEL=DEBUG only; null otherwise. */
  readonly frames: string | null;
}

/**
 * Puts an error into words. Messages of our own errors may be shown; those of others quote values (pg, JSON.parse, URL), so only
 * their class and code are said.
 */
export function describeError(error: unknown, isDebug: boolean): DescribedError {
  const stack = error instanceof Error ? (error.stack ?? '') : '';
  const frames = isDebug
    ? stack
        .split('\n')
        .filter((line) => /^\s+at /.test(line))
        .join('\n')
    : null;
  if (error instanceof FaxsyncError) return { code: error.code, message: error.message, frames };
  const name = error instanceof Error && /^\w{1,60}$/.test(error.name) ? error.name : 'error';
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const what = /^[A-Z][A-Z0-9_]{1,60}$/.test(code) ? `${name}, ${code}` : name;
  return {
    code: 'unexpected',
    message: `faxsync failed unexpectedly (${what}). Run it again with FAXSYNC_LOG_LEVEL=DEBUG and report what it prints.`,
    frames,
  };
}

/** Columns as text: the first line holds the headings. */
export function tableLines(
  headings: readonly string[],
  rows: ReadonlyArray<ReadonlyArray<string | number>>,
): readonly string[] {
  const text = (cell: string | number) => (typeof cell === 'number' ? formatCount(cell) : cell);
  const widths = headings.map((heading, at) =>
    Math.max(heading.length, ...rows.map((row) => text(row[at] ?? '').length)),
  );
  const line = (cells: ReadonlyArray<string | number>) =>
    widths
      .map((width, at) => {
        const cell = cells[at] ?? '';
        return typeof cell === 'number' ? text(cell).padStart(width) : cell.padEnd(width);
      })
      .join('  ')
      .trimEnd();
  const isNumeric = headings.map((_, at) => rows.length > 0 && rows.every((row) => typeof row[at] === 'number'));
  const first = headings.map((heading, at) => (isNumeric[at] ? heading.padStart(widths[at] ?? 0) : heading));
  return [line(first), ...rows.map(line)];
}

/** A count with commas: 12,345. */
export function formatCount(count: number): string {
  return count.toLocaleString('en-US');
}

/** A number of things with the right ending: `1 fax`, `1,200 faxes`. */
export function countOf(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`;
}

/** A span as people say it: `850 ms`, `4.1 s`, `12 min`, `3 h`, `35 days`. */
export function formatSpan(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1_000).toFixed(1)} s`;
  if (ms < 7_200_000) return `${Math.round(ms / 60_000)} min`;
  if (ms < 172_800_000) return `${Math.round(ms / 3_600_000)} h`;
  return `${Math.round(ms / 86_400_000)} days`;
}
