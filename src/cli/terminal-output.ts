import { intro, log, outro } from '@clack/prompts';
import { type DescribedError, type Output, type Progress, tableLines } from './output.ts';
import { passOn } from './pass-on.ts';

const FRAMES = ['◐', '◓', '◑', '◒'];
const FRAME_MS = 120;
const BAR_COLUMNS = 24;

/** Lines with symbols, and one that moves while work goes on; loaded only where there is a terminal. */
export class TerminalOutput implements Output {
  readonly mode = 'terminal';
  readonly #stdout: NodeJS.WriteStream;
  readonly #signal: AbortSignal;
  /** Takes the moving line away before anything else is written. */
  #clear: () => void = () => {};

  constructor(stdout: NodeJS.WriteStream, signal: AbortSignal) {
    this.#stdout = stdout;
    this.#signal = signal;
  }

  intro(text: string): void {
    this.#clear();
    intro(text, { output: this.#stdout });
  }

  step(text: string): void {
    this.#clear();
    log.step(text, { spacing: 0, output: this.#stdout });
  }

  info(text: string): void {
    this.#clear();
    log.message(text, { spacing: 0, output: this.#stdout });
  }

  warn(text: string): void {
    this.#clear();
    log.warn(text, { spacing: 0, output: this.#stdout });
  }

  table(headings: readonly string[], rows: ReadonlyArray<ReadonlyArray<string | number>>): void {
    this.#clear();
    log.message([...tableLines(headings, rows)], { spacing: 0, output: this.#stdout });
  }

  async raw(text: string): Promise<void> {
    this.#clear();
    await passOn(this.#stdout, text, this.#signal);
  }

  /** Not clack's own spinner: that takes Ctrl-C away from us, and with it the orderly stop of the database. */
  progress(text: string): Progress {
    const stdout = this.#stdout;
    let shown = text;
    let share: number | null = null;
    let frame = 0;
    const clear = () => stdout.write('\r\x1b[2K');
    const draw = () => {
      const filled = Math.round(Math.min(1, Math.max(0, share ?? 0)) * BAR_COLUMNS);
      const bar = share === null ? '' : `${'━'.repeat(filled)}${'╌'.repeat(BAR_COLUMNS - filled)}  `;
      const line = `${FRAMES[frame++ % FRAMES.length]}  ${bar}${shown}`;
      stdout.write(`\r\x1b[2K${line.slice(0, Math.max(20, (stdout.columns || 80) - 1))}`);
    };
    const timer = setInterval(draw, FRAME_MS);
    timer.unref();
    this.#clear = clear;
    draw();
    return {
      update: (next, nextShare) => {
        shown = next;
        share = nextShare ?? null;
      },
      end: () => {
        clearInterval(timer);
        clear();
        this.#clear = () => {};
      },
    };
  }

  outro(text: string): void {
    this.#clear();
    outro(text, { output: this.#stdout });
  }

  document(): void {}

  fail(error: DescribedError): void {
    this.#clear();
    log.error(error.frames === null ? error.message : `${error.message}\n${error.frames}`, {
      spacing: 0,
      output: this.#stdout,
    });
  }
}
