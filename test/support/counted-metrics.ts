import type { Metrics } from '../../src/domain/metrics.ts';
import { standardPassNames } from '../../src/pipeline/passes.ts';
import { createMetrics } from '../../src/runtime/metrics.ts';

/** What one published line says: its dimensions and values, without the form around them. */
export type CountedLine = Readonly<Record<string, unknown>>;

/** The real metrics of a function, kept instead of written. */
export interface CountedMetrics {
  readonly metrics: Metrics;
  /** Every line as it was published. */
  readonly texts: readonly string[];
  /** The lines published since it was last asked. */
  counted(): CountedLine[];
}

/** Makes the metrics of a function for a test to read. */
export function countedMetrics(service: string): CountedMetrics {
  const texts: string[] = [];
  let read = 0;
  const write = (line: string) => texts.push(line);
  const metrics = createMetrics({ service, namespace: 'faxsync', passes: standardPassNames(), write });
  const counted = () => {
    const lines = texts.slice(read);
    read = texts.length;
    return lines.map((line) => {
      const { _aws, ...values } = JSON.parse(line) as CountedLine;
      return values;
    });
  };
  return { metrics, texts, counted };
}
