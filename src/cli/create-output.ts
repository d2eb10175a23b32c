import { type DescribedError, type Output, type Progress, tableLines } from './output.ts';
import { passOn } from './pass-on.ts';

/** Streams and circumstances an {@link Output} is made for. */
export interface OutputOptions {
  readonly isJson: boolean;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  /** The environment: NO_COLOR. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Says that what is under way is to end: nobody waits for a reader any more. */
  readonly signal: AbortSignal;
}

/** The output that fits: JSON where asked for, plain lines on a pipe or with NO_COLOR, else the terminal's. */
export async function createOutput(options: OutputOptions): Promise<Output> {
  const { isJson, stdout, stderr, env, signal } = options;
  if (isJson) return new JsonOutput(stdout, stderr);
  const isPlain = !stdout.isTTY || (env['NO_COLOR'] ?? '') !== '' || env['TERM'] === 'dumb';
  if (isPlain) return new PlainOutput(stdout, stderr, signal);
  const { TerminalOutput } = await import('./terminal-output.ts');
  return new TerminalOutput(stdout, signal);
}

/** Off a terminal a line of progress is worth writing this often, in ms. */
const PLAIN_PROGRESS_EVERY_MS = 2_000;

/** Plain lines: for pipes, files and readers without colour. */
class PlainOutput implements Output {
  readonly mode = 'plain';
  readonly #stdout: NodeJS.WritableStream;
  readonly #stderr: NodeJS.WritableStream;
  readonly #signal: AbortSignal;

  constructor(stdout: NodeJS.WritableStream, stderr: NodeJS.WritableStream, signal: AbortSignal) {
    this.#stdout = stdout;
    this.#stderr = stderr;
    this.#signal = signal;
  }

  #say(text: string): void {
    this.#stdout.write(`${text}\n`);
  }

  intro(text: string): void {
    this.#say(text);
  }

  step(text: string): void {
    this.#say(text);
  }

  info(text: string): void {
    this.#say(text);
  }

  warn(text: string): void {
    this.#stderr.write(`warning: ${text}\n`);
  }

  table(headings: readonly string[], rows: ReadonlyArray<ReadonlyArray<string | number>>): void {
    for (const line of tableLines(headings, rows)) this.#say(line);
  }

  async raw(text: string): Promise<void> {
    await passOn(this.#stdout, text, this.#signal);
  }

  progress(): Progress {
    let nextAt = Date.now() + PLAIN_PROGRESS_EVERY_MS;
    let isOver = false;
    return {
      update: (text) => {
        if (isOver || Date.now() < nextAt) return;
        nextAt = Date.now() + PLAIN_PROGRESS_EVERY_MS;
        this.#stderr.write(`${text}\n`);
      },
      end: () => {
        isOver = true;
      },
    };
  }

  outro(text: string): void {
    this.#say(text);
  }

  document(): void {}

  fail(error: DescribedError): void {
    this.#stderr.write(`error: ${error.message}\n${error.frames === null ? '' : `${error.frames}\n`}`);
  }
}

/** One JSON document on stdout, nothing else there. */
class JsonOutput implements Output {
  readonly mode = 'json';
  readonly #stdout: NodeJS.WritableStream;
  readonly #stderr: NodeJS.WritableStream;
  #isSaid = false;

  constructor(stdout: NodeJS.WritableStream, stderr: NodeJS.WritableStream) {
    this.#stdout = stdout;
    this.#stderr = stderr;
  }

  intro(): void {}

  step(): void {}

  info(): void {}

  warn(): void {}

  table(): void {}

  async raw(): Promise<void> {}

  progress(): Progress {
    return { update: () => {}, end: () => {} };
  }

  outro(): void {}

  document(value: object): void {
    if (this.#isSaid) return;
    this.#isSaid = true;
    this.#stdout.write(`${JSON.stringify(value, null, 2)}\n`);
  }

  fail(error: DescribedError): void {
    this.document({ error: { code: error.code, message: error.message } });
    this.#stderr.write(`error: ${error.message}\n${error.frames === null ? '' : `${error.frames}\n`}`);
  }
}
