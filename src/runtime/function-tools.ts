import * as v from 'valibot';
import type { Clock } from '../domain/clock.ts';
import { type Metrics, NO_METRICS } from '../domain/metrics.ts';
import { createLogger, type FunctionLog } from './logger.ts';
import { createMetrics } from './metrics.ts';
import { logLevelValue } from './setting-values.ts';
import { systemClock } from './system-clock.ts';

/** What every deployed function has before anything of its settings is known, so that it can say why it could not begin. */
export interface FunctionTools {
  readonly clock: Clock;
  readonly log: FunctionLog;
  readonly metrics: Metrics;
}

/**
 * The tools of one deployed function. Metrics are published where `POWERTOOLS_METRICS_NAMESPACE` says under which name; elsewhere (tests,
 * one machine) nobody reads them. `passes`: names that may be a dimension. A log level that cannot be read is told by the settings.
 */
export function functionTools(
  service: string,
  env: Readonly<Record<string, string | undefined>>,
  passes: readonly string[] = [],
): FunctionTools {
  const level = v.safeParse(logLevelValue, env['FAXSYNC_LOG_LEVEL']);
  const namespace = env['POWERTOOLS_METRICS_NAMESPACE'] ?? '';
  return {
    clock: systemClock,
    log: createLogger(level.success ? { service, level: level.output } : { service }),
    metrics: namespace === '' ? NO_METRICS : createMetrics({ service, namespace, passes }),
  };
}
