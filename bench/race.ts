import type { Envelope } from '../src/landing/contract.ts';
import { faxEnvelope, type Look, PAGE_FAXES } from './faxes.ts';
import { type Ground, secondsOf, tidy, walBytes } from './ground.ts';

/** New faxes; the same ones again; the same ones of which one in ten has changed. */
export type Phase = 'fresh' | 'unchanged' | 'changed';

/** Something that writes faxes into the database, and is measured doing so. */
export interface Writer {
  readonly name: string;
  /** Pages of 1,000 a cell; fewer for the slow ones. */
  readonly pages: number;
  readonly phases: readonly Phase[];
  /** Tables of its own, to be vacuumed between cells. */
  readonly tables?: readonly string[];
  /** Makes everything ready up to faxes decoded in memory; what it returns is timed, up to the last commit. */
  prepare(envelopes: readonly Envelope[]): Promise<() => Promise<void>>;
}

/** What one cell showed. */
export interface Cell {
  readonly writer: string;
  readonly phase: Phase;
  readonly round: number;
  readonly faxesPerSecond: number;
  readonly walBytesPerFax: number;
}

/** Called around the timed part of a cell, for what is measured of one writer only. */
export type Observer = (writer: Writer, phase: Phase, run: () => Promise<void>) => Promise<void>;

const LOOKS: Readonly<Record<Phase, Look>> = { fresh: 'early', unchanged: 'early', changed: 'late' };

/**
 * Runs all writers in turn, `rounds` times, each round beginning with another one, all on the same tables of the same server.
 * A first round that warms code and caches is not counted.
 */
export async function race(
  ground: Ground,
  writers: readonly Writer[],
  rounds: number,
  observe: Observer = (_writer, _phase, run) => run(),
): Promise<Cell[]> {
  const cells: Cell[] = [];
  for (let round = 0; round <= rounds; round++) {
    const turn = round % writers.length;
    for (const writer of [...writers.slice(turn), ...writers.slice(0, turn)]) {
      const first = ground.takeIds(writer.pages * PAGE_FAXES);
      for (const phase of writer.phases) {
        const starts = Array.from({ length: writer.pages }, (_, page) => first + page * PAGE_FAXES);
        const run = await writer.prepare(starts.map((start) => faxEnvelope(start, LOOKS[phase])));
        await tidy(ground.pool, writer.tables);
        const walBefore = await walBytes(ground.pool);
        let seconds = 0;
        await observe(writer, phase, async () => {
          seconds = await secondsOf(run);
        });
        const wal = (await walBytes(ground.pool)) - walBefore;
        const faxes = writer.pages * PAGE_FAXES;
        if (round === 0) continue;
        cells.push({
          writer: writer.name,
          phase,
          round,
          faxesPerSecond: faxes / seconds,
          walBytesPerFax: wal / faxes,
        });
      }
    }
  }
  return cells;
}

/** The cells of one writer and phase, in order of rounds. */
export function cellsOf(cells: readonly Cell[], writer: string, phase: Phase): Cell[] {
  return cells.filter((cell) => cell.writer === writer && cell.phase === phase).sort((a, b) => a.round - b.round);
}

/** Speed of one cell against another of the same round, for every round. */
export function ratios(
  cells: readonly Cell[],
  [writer, phase]: readonly [string, Phase],
  [against, againstPhase]: readonly [string, Phase],
): number[] {
  const others = cellsOf(cells, against, againstPhase);
  return cellsOf(cells, writer, phase).map(
    ({ faxesPerSecond }, i) => faxesPerSecond / (others[i]?.faxesPerSecond ?? Number.NaN),
  );
}
